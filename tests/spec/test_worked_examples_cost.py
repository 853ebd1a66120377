"""The worked examples of the rules: cost and risk."""

from __future__ import annotations

from openp4p.benchmarks import benchmarks
from openp4p.composites import scores
from openp4p.groups.high_risk import high_risk
from openp4p.measures.costs import beneficiary_costs
from openp4p.measures.specialty import performance_rates, specialty_costs
from tests.measured import dollars, eligible, people_given, per_capita_cost_of, rates
from tests.paid import dollars as money
from tests.short_tables import column, value_modifier
from tests.solving import on_every_solver, solve
from tests.worked import EXAMPLES, composite_of, example, near, scored, with_nation


@on_every_solver
def test_example_per_capita_risk_adjustment(solver):
    """From dollars and months to scores, in 2015, which has no specialty adjustment."""
    example_ = EXAMPLES["per_capita_risk_adjustment"]
    expected, program = example_["expected"], value_modifier(2015, D14="none")
    listed = [
        {
            "beneficiary_id": f"{tin}{number:02}",
            "tin": tin,
            "cost": cost,
            "months": months,
            "score": hcc,
            "esrd": bool(esrd),
        }
        for number, (tin, cost, months, hcc, esrd) in enumerate(example_["rows"])
    ]
    services = [
        {
            "claim_id": row["beneficiary_id"],
            "beneficiary_id": row["beneficiary_id"],
            "in_year": True,
            "amount": money(row["cost"]),
            "standardization": "supplied",
        }
        for row in listed
    ]
    enrolled = [r for row in listed for r in eligible(row["beneficiary_id"], months=row["months"])]
    spent = solve(
        solver,
        beneficiary_costs,
        program,
        service_costs=services,
        eligible_beneficiaries=enrolled,
    )
    annualised = column(spent, "beneficiary_id", "annualised_cost")
    assert annualised["A03"] == near(expected["annualised_A4"])
    assert annualised["B07"] == near(expected["annualised_B3"])
    inputs = {**people_given(listed), "beneficiary_costs": spent}
    found = per_capita_cost_of(solver, program, inputs)
    order = ("intercept", "risk_score", "risk_score_squared", "esrd")
    beta = column(found["model"], "term", "coefficient")
    assert [beta[term] for term in order] == near(expected["beta"])
    rules = [dollars(minimum_cases=1)]
    made = rates(solver, found["cases"], *rules)
    means = [row["national_mean"] for row in made]
    assert means == near([expected["national_mean"]] * 3)
    given = {"unadjusted_rates": made, "measure_rules": rules}
    national = solve(solver, specialty_costs, program, **given)
    final = solve(solver, performance_rates, program, **given, specialty_costs=national)
    assert column(final, "tin", "rate") == near(expected["risk_adjusted"])
    errors = {row["tin"]: row["variance"] ** 0.5 for row in final}
    assert errors == near(expected["se"])
    subject = [{"tin": tin, "is_subject": True} for tin in errors]
    peers = solve(
        solver,
        benchmarks,
        program,
        performance_rates=final,
        measure_rules=rules,
        practices=subject,
    )
    assert peers[0]["mean"] == near(expected["benchmark"])
    assert peers[0]["standard_deviation"] == near(expected["sd"])
    placed = solve(
        solver, scores, program, performance_rates=final, benchmarks=peers, measure_rules=rules
    )
    assert column(placed, "tin", "score") == near(expected["z"])


def of_specialties(tins: dict[str, dict]) -> tuple[list[dict], list[dict]]:
    """Professionals, and cost rates, of practices with so many professionals by specialty."""
    staff = [
        {
            "tin": tin,
            "npi": f"{tin}{specialty}{n}",
            "specialty": specialty,
            "in_claims": True,
            "paid_amount": money(0 if n else 1000 * said.get("part_b_share", {}).get(specialty, 0)),
        }
        for tin, said in tins.items()
        for specialty, heads in said["eps"].items()
        for n in range(heads)
    ]
    spent = [
        {
            "tin": tin,
            "measure": "per_capita_cost",
            "cases": said["beneficiaries"],
            "rate": float(said["cost"]),
            "numerator": 1.0,
        }
        for tin, said in tins.items()
    ]
    return staff, spent


@on_every_solver
def test_example_specialty_adjustment(solver):
    one = EXAMPLES["specialty_adjustment"]
    expected, program, rules = one["expected"], value_modifier(2017), [dollars()]
    staff, spent = of_specialties(one["tins"])
    given = {"unadjusted_rates": spent, "professionals": staff, "measure_rules": rules}
    national = solve(solver, specialty_costs, program, **given)
    assert column(national, "specialty", "expected_cost") == near(
        expected["national_specialty_expected"]
    )
    final = solve(solver, performance_rates, program, **given, specialty_costs=national)
    assert column(final, "tin", "specialty_expected") == near(expected["tin_expected"])
    assert column(final, "tin", "rate") == near(expected["specialty_adjusted"])
    for row in final:
        mean = row["rate"] / row["unadjusted_rate"] * row["specialty_expected"]
        assert mean == near(expected["national_mean"])
    peers, placed = scored(solver, program, final, rules)
    assert peers[0]["mean"] == near(expected["benchmark"])
    assert peers[0]["standard_deviation"] == near(expected["sd"])
    assert column(placed, "tin", "score") == near(expected["z"])


@on_every_solver
def test_example_specialty_adjustment_cms_step1(solver):
    one = EXAMPLES["specialty_adjustment_cms_step1"]
    staff, spent = of_specialties(one["tins"])
    national = solve(
        solver,
        specialty_costs,
        value_modifier(2016),
        unadjusted_rates=spent,
        professionals=staff,
        measure_rules=[dollars()],
    )
    assert column(national, "specialty", "expected_cost") == near(one["expected"])


@on_every_solver
def test_example_mspb(solver):
    """The ratio of sums; the episodes themselves come with the measure."""
    inputs, expected = example("mspb")
    cases = [
        {
            "tin": "A",
            "measure": "spending_per_beneficiary",
            "cases": 1,
            "numerator": float(observed),
            "denominator": 1.0,
            "expected": float(modelled),
        }
        for observed, modelled in zip(inputs["observed"], inputs["expected_cost"], strict=True)
    ]
    listed = with_nation(cases, inputs["national_mean"], 3.0, 3)
    made = rates(solver, listed, dollars("spending_per_beneficiary"))
    assert made[0]["national_mean"] == near(inputs["national_mean"])
    assert made[0]["rate"] == near(expected["mspb"])


@on_every_solver
def test_example_cost_composite(solver):
    inputs, expected = example("cost_composite")
    listed = {d: [(z, 0.1) for z in inputs[d]] for d in ("AAB", "BSC")}
    domains, raw, made = composite_of(solver, "cost", listed, inputs)
    assert domains == near({domain: expected[domain] for domain in listed})
    assert raw["raw"] == near(expected["raw"])
    assert made[0]["composite"] == near(expected["standardized"])


@on_every_solver
def test_example_trim(solver):
    inputs, expected = example("trim")
    sequence = inputs["sequence"]
    costs = range(sequence["start"], sequence["stop"] + 1, sequence["step"])
    listed = [
        {"beneficiary_id": f"b{n:03}", "tin": "A", "cost": c, "months": 12, "score": 1.0}
        for n, c in enumerate(costs)
    ]
    everyone = [{**row, "esrd": False} for row in listed]
    found = per_capita_cost_of(solver, value_modifier(2017), people_given(everyone))
    points = found["points"][0]
    assert (points["low"], points["high"]) == near((expected["p1"], expected["p99"]))
    kept = [row["numerator"] for row in found["cases"] if row["included"]]
    assert len(kept) == expected["rows"]
    assert sum(kept) / len(kept) == near(expected["mean"])


@on_every_solver
def test_example_high_risk_p75(solver):
    inputs, expected = example("high_risk_p75")
    people = [
        {"beneficiary_id": f"b{n}", "risk_score": score, "is_eligible": True, "tin": "nation"}
        for n, score in enumerate(inputs["beneficiary_scores"])
    ]
    means = expected["eligible_at"]
    rows = solve(
        solver,
        high_risk,
        value_modifier(2017),
        eligible_beneficiaries=people,
        attributed_beneficiaries=people,
        practices=[{"tin": mean} for mean in means],
        supplied_practice=[{"tin": mean, "mean_risk_score": float(mean)} for mean in means],
    )
    assert [row["threshold"] for row in rows] == near([expected["p75"]] * len(means))
    assert column(rows, "tin", "is_high_risk") == means
