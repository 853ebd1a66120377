"""The worked examples of the rules, each from its inputs to its answer through the stages.

The numbers are in worked_examples.yaml; every engine and the reference must reach them.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from openp4p.attribution.attributed import attributed_beneficiaries
from openp4p.attribution.candidates import attribution_candidates
from openp4p.attribution.primary_care import primary_care_services
from openp4p.benchmarks import benchmarks
from openp4p.composites import composites, domain_scores, raw_composites, scores
from openp4p.groups.high_risk import high_risk
from openp4p.groups.practices import practices
from openp4p.groups.reporting import reporting_categories
from openp4p.measures.costs import beneficiary_costs
from openp4p.measures.reported import reported_cases
from openp4p.measures.specialty import performance_rates, specialty_costs
from openp4p.payment.adjustment import adjustments
from openp4p.payment.balance import balance
from openp4p.payment.claim_lines import adjusted_claim_lines, line_payment
from openp4p.program.definition import Program
from openp4p.tiers import tiers
from tests.measured import dollars, eligible, measure, people_given, per_capita_cost_of, rates
from tests.paid import clinician, fraction, paid, paid_lines, standing
from tests.paid import dollars as money
from tests.short_tables import column, team, value_modifier
from tests.solving import on_every_solver, solve

FILE = yaml.safe_load(Path(__file__).with_name("worked_examples.yaml").read_text(encoding="utf-8"))
EXAMPLES: dict[str, dict[str, Any]] = {one["id"]: one for one in FILE["examples"]}
# examples that no stage computes yet, with the reason
LATER = {
    "readmission_srr": "cohort models of readmission come with that measure; its combination of "
    "ratios is tested on its own in test_measures_rates.py",
}


def near(expected: Any) -> Any:
    """The expected number, or collection of numbers, to the tolerance that the examples state."""
    return pytest.approx(expected, rel=FILE["tolerance"], abs=FILE["tolerance"])


def example(id_: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs and expected values of one example."""
    return EXAMPLES[id_].get("inputs", {}), EXAMPLES[id_].get("expected", {})


def test_every_example_is_computed_or_said_to_come_later():
    tested = {name.removeprefix("test_example_") for name in globals() if "test_example_" in name}
    assert len(EXAMPLES) == 21
    assert tested | set(LATER) == set(EXAMPLES)
    assert tested & set(LATER) == set()


@on_every_solver
def test_example_size(solver):
    inputs, expected = example("size")
    people = team(
        "A",
        roster=inputs["pecos_eps"],
        claims=inputs["claims_eps"],
        physicians=inputs["claims_eps"],
    )
    for year in (2016, 2017):
        row = solve(
            solver, practices, value_modifier(year), professionals=people, roster_supplied=True
        )[0]
        assert row["size"] == expected["size"]
        found = row["size_class"] if row["is_subject"] else "not_subject"
        assert found == expected[f"class_{year}"]


@on_every_solver
def test_example_pqrs_share(solver):
    for case in EXAMPLES["pqrs_share"]["cases"]:
        people = team("A", roster=0, claims=case["eps"], physicians=1)
        success = [
            {"tin": "A", "npi": row["npi"], "performance_year": 2015, "is_satisfactory": True}
            for row in people[: case["satisfied"]]
        ]
        row = solve(
            solver,
            reporting_categories,
            value_modifier(2017),
            practices=[{"tin": "A"}],
            professionals=people,
            pqrs_success=success,
            roster_supplied=True,
        )[0]
        assert row["category"] == case["category"], case


@on_every_solver
@pytest.mark.parametrize("year", [2015, 2016, 2017, 2018])
def test_example_attribution(solver, year):
    program, lines, expected = value_modifier(year), [], {}
    for person, case in enumerate(EXAMPLES["attribution"]["cases"]):
        expected[f"b{person}"] = case["expected"][str(year)]
        for number, line in enumerate(case["lines"]):
            lines.append(
                {
                    "claim_id": f"{person}/{number}",
                    "line_number": 1,
                    "beneficiary_id": f"b{person}",
                    "claim_class": "PART_B",
                    "from_date": dt.date(program.performance_year, 6, 1),
                    "hcpcs_code": "99213",
                    "tin": line["tin"],
                    "npi": f"n{number}",
                    "specialty": line["spec"],
                    "allowed_amount": money(line["allowed"]),
                }
            )
    services = solve(solver, primary_care_services, program, claim_line=lines)
    offers = solve(solver, attribution_candidates, program, primary_care_services=services)
    rows = solve(
        solver,
        attributed_beneficiaries,
        program,
        attribution_candidates=offers,
        eligible_beneficiaries=[{"beneficiary_id": b, "is_eligible": True} for b in expected],
    )
    found = column(rows, "beneficiary_id", "tin")
    assert {person: found.get(person) for person in expected} == expected


@on_every_solver
def test_example_weighted_benchmark(solver):
    inputs, expected = example("weighted_benchmark")
    reporters = [
        {"tin": f"T{n}", "measure": "111", "cases": cases, "rate": rate}
        for n, (rate, cases) in enumerate(zip(inputs["rates"], inputs["cases"], strict=True))
    ]
    row = solve(
        solver,
        benchmarks,
        value_modifier(2017, D9="1"),
        prior_rates=reporters,
        measure_rules=[measure("111")],
    )[0]
    assert (row["mean"], row["standard_deviation"]) == near((expected["mean"], expected["sd"]))


def scored(
    solver: str,
    program: Program,
    made: list[dict],
    rules: list[dict],
    published: dict[str, tuple[float, float]] | None = None,
) -> tuple[list[dict], list[dict]]:
    """Benchmarks and scores of these rates, with published means and deviations."""
    peers = solve(
        solver,
        benchmarks,
        program,
        performance_rates=made,
        measure_rules=rules,
        supplied_benchmark=[
            {"measure": m, "mean": mean, "standard_deviation": sd}
            for m, (mean, sd) in (published or {}).items()
        ],
    )
    found = solve(
        solver, scores, program, performance_rates=made, benchmarks=peers, measure_rules=rules
    )
    return peers, found


@on_every_solver
def test_example_pqrs_merge_and_score(solver):
    inputs, expected = example("pqrs_merge_and_score")
    program, rules = value_modifier(2017), [measure("111")]
    routes = [("n1", "claims"), ("n1", "registry"), ("n2", "registry")]
    counts = zip(inputs["numerators"], inputs["denominators"], strict=True)
    cases = solve(
        solver,
        reported_cases,
        program,
        quality_result=[
            {
                "tin": "A",
                "npi": npi,
                "performance_year": program.performance_year,
                "mechanism": mechanism,
                "measure": "111",
                "met": met,
                "eligible": of,
            }
            for (npi, mechanism), (met, of) in zip(routes, counts, strict=True)
        ],
        reporting_categories=[{"tin": "A", "basis": "individual_share", "group_reported": False}],
        measure_rules=rules,
        performance_year=program.performance_year,
    )
    made = rates(solver, cases, *rules)
    assert made[0]["rate"] == near(expected["rate"])
    peer = {"111": (inputs["mean"], inputs["sd"])}
    row = scored(solver, program, made, rules, peer)[1][0]
    assert (row["score"], row["is_scored"]) == (near(expected["z"]), True)


@on_every_solver
def test_example_lower_is_better(solver):
    inputs, expected = example("lower_is_better")
    rule = measure("001", better="lower", sign=-1.0)
    supplied = [{"tin": "A", "measure": "001", "cases": 50, "rate": inputs["rate"]}]
    made = rates(solver, [], rule, supplied_rate=supplied)
    peer = {"001": (inputs["mean"], inputs["sd"])}
    row = scored(solver, value_modifier(2017), made, [rule], peer)[1][0]
    assert row["score"] == near(expected["z"])


CCC = {"better": "lower", "sign": -1.0, "domain": "CCC"}


@on_every_solver
def test_example_claims_outcomes(solver):
    """The observed form, from events and beneficiaries; readmission from its rate."""
    inputs, expected = example("claims_outcomes")
    acute, chronic, readmitted = inputs["cms1"], inputs["cms2"], inputs["cms3"]
    rules = [
        measure("acute_pqi", unit="per_1000", form="proportion", **CCC),
        measure("chronic_pqi", unit="per_1000", form="proportion", **CCC),
        measure("readmission", unit="percent", form="observed_over_expected", **CCC),
    ]
    components = [
        *[("acute_pqi", events, acute["beneficiaries"]) for events in acute["events"]],
        *[
            ("chronic_pqi", events, of)
            for events, of in zip(chronic["events"], chronic["denominators"], strict=True)
        ],
    ]
    cases = [
        {
            "tin": "A",
            "measure": m,
            "cases": of,
            "numerator": float(events),
            "denominator": float(of),
        }
        for m, events, of in components
    ]
    supplied = {"tin": "A", "measure": "readmission", "cases": readmitted["cases"]}
    supplied["rate"] = readmitted["rate_pct"]
    made = rates(solver, cases, *rules, supplied_rate=[supplied])
    by_measure = column(made, "measure", "rate")
    assert by_measure["acute_pqi"] == near(expected["cms1_rate"])
    assert by_measure["chronic_pqi"] == near(expected["cms2_rate"])
    published = {
        rule["measure"]: (one["mean"], one["sd"])
        for rule, one in zip(rules, (acute, chronic, readmitted), strict=True)
    }
    _, found = scored(solver, value_modifier(2017), made, rules, published)
    assert column(found, "measure", "score") == near(
        {
            "acute_pqi": expected["cms1_z"],
            "chronic_pqi": expected["cms2_z"],
            "readmission": expected["cms3_z"],
        }
    )
    # the variances that the example `quality_se` starts from
    variances = dict(zip(by_measure, EXAMPLES["quality_se"]["inputs"]["CCC_var_z"], strict=True))
    assert column(found, "measure", "score_variance") == near(variances)


def composite_of(
    solver: str, kind: str, domains: dict[str, list[tuple[float, float]]], peers: dict[str, float]
) -> tuple[dict[str, float], dict, list[dict]]:
    """Domain scores, raw composite and composites of scores with variances, by domain."""
    program = value_modifier(2017)
    rows = [
        {
            "tin": "A",
            "measure": f"{domain}{n}",
            "kind": kind,
            "domain": domain,
            "score": score,
            "score_variance": variance,
            "is_scored": True,
        }
        for domain, listed in domains.items()
        for n, (score, variance) in enumerate(listed)
    ]
    of_domains = solve(solver, domain_scores, program, scores=rows)
    raws = solve(solver, raw_composites, program, domain_scores=of_domains)
    moments = {"mean": peers["peer_mean"], "standard_deviation": peers["peer_sd"]}
    made = solve(
        solver,
        composites,
        program,
        raw_composites=raws,
        practices=[{"tin": "A", "size_class": "10+", "is_subject": True}],
        peer_groups=[{"kind": kind, "size_class": "10+", **moments}],
    )
    return column(of_domains, "domain", "score"), raws[0], made


@on_every_solver
def test_example_quality_composite(solver):
    inputs, expected = example("quality_composite")
    listed = {d: [(z, 0.1) for z in inputs[d]] for d in ("ECC", "CCC", "PS")}
    domains, raw, made = composite_of(solver, "quality", listed, inputs)
    assert domains == near({domain: expected[domain] for domain in listed})
    assert raw["raw"] == near(expected["raw"])
    assert made[0]["composite"] == near(expected["standardized"])


@on_every_solver
def test_example_quality_se(solver):
    """The scores are those of `quality_composite`, of which the composite is the input here."""
    inputs, expected = example("quality_se")
    of_scores = EXAMPLES["quality_composite"]["inputs"]
    listed = {
        domain: list(zip(of_scores[domain], inputs[f"{domain}_var_z"], strict=True))
        for domain in ("ECC", "CCC", "PS")
    }
    _, raw, made = composite_of(solver, "quality", listed, of_scores)
    assert raw["variance"] == near(expected["raw_var"])
    row = made[0]
    assert row["composite"] == near(inputs["composite"])
    assert row["standard_error"] == near(expected["se"])
    assert row["composite"] / row["standard_error"] == near(expected["z_stat"])
    placed = solve(
        solver,
        tiers,
        value_modifier(2017),
        practices=[{"tin": "A", "size_class": "10+", "is_subject": True}],
        reporting_categories=[{"tin": "A", "category": 1, "basis": "group"}],
        composites=made,
    )
    assert placed[0]["quality_tier"] == expected["tier"]


@on_every_solver
def test_example_per_capita_risk_adjustment(solver):
    """From claims and months to scores, in 2015, which has no specialty adjustment."""
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
    claims = [
        {
            "claim_id": row["beneficiary_id"],
            "beneficiary_id": row["beneficiary_id"],
            "claim_class": "OUTPATIENT",
            "from_date": dt.date(2013, 6, 1),
            "thru_date": dt.date(2013, 6, 1),
            "allowed_amount": money(row["cost"]),
        }
        for row in listed
    ]
    enrolled = [r for row in listed for r in eligible(row["beneficiary_id"], months=row["months"])]
    spent = solve(solver, beneficiary_costs, program, claim=claims, eligible_beneficiaries=enrolled)
    annualised = column(spent, "beneficiary_id", "annualised_cost")
    assert annualised["A03"] == near(expected["annualised_A4"])
    assert annualised["B07"] == near(expected["annualised_B3"])
    inputs = {**people_given(listed, True), "beneficiary_costs": spent}
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


def with_nation(cases: list[dict], mean: float, denominator: float, number: int) -> list[dict]:
    """The cases, and those of another practice that bring the national mean to what it is."""
    of_all = denominator + sum(case["denominator"] for case in cases)
    other = mean * of_all - sum(case["numerator"] for case in cases)
    rest = {"tin": "Z", "measure": cases[0]["measure"], "expected": 1.0, "cases": 1}
    rest |= {"numerator": other / number, "denominator": denominator / number}
    return [*cases, *[rest] * number]


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
def test_example_tier_and_high_risk(solver):
    """Size to class, composites to tiers, tiers and risk to what they pay."""
    distance = {"low": -2.0, "average": 0.0, "high": 2.0}
    for case in EXAMPLES["tier_and_high_risk"]["cases"]:
        program = value_modifier(case["year"])
        sized = solve(
            solver,
            practices,
            program,
            professionals=team(
                "A", roster=case["size"], claims=case["size"], physicians=case["size"]
            ),
            practice_election=[
                {
                    "tin": "A",
                    "performance_year": program.performance_year,
                    "elects_quality_tiering": True,
                }
            ],
            roster_supplied=True,
        )
        reported = [{"tin": "A", "category": 1, "basis": "group"}]
        reported[0]["mechanism"] = case.get("mechanism")
        placed = solve(
            solver,
            tiers,
            program,
            practices=sized,
            reporting_categories=reported,
            composites=[
                {
                    "tin": "A",
                    "kind": kind,
                    "composite": distance[case[kind]],
                    "standard_error": 0.5,
                }
                for kind in ("quality", "cost")
            ],
        )
        assert (placed[0]["quality_tier"], placed[0]["cost_tier"]) == (
            case["quality"],
            case["cost"],
        )
        row = solve(
            solver,
            adjustments,
            program,
            practices=sized,
            reporting_categories=reported,
            tiers=placed,
            high_risk=[{"tin": "A", "is_high_risk": case["high_risk"]}],
        )[0]
        assert row["multiple"] == case.get("units"), case
        assert row["percent"] == fraction(case.get("pct")), case


@on_every_solver
def test_example_budget_neutrality(solver):
    inputs, expected = example("budget_neutrality")
    down, up = inputs["downward"], inputs["upward"]
    standings = [standing(f"D{n}", percent=row["pct"]) for n, row in enumerate(down)]
    standings += [standing(f"U{n}", multiple=row["units"]) for n, row in enumerate(up)]
    amounts = [row["paid"] for row in (*down, *up)]
    program = value_modifier(2017)
    lowered = program.payment.model_copy(update={"actuarial_factor": 0.95})
    for rules, key in (
        (program, "x"),
        (program.model_copy(update={"payment": lowered}), "x_with_actuarial_0_95"),
    ):
        row = solve(
            solver,
            balance,
            rules,
            adjustments=standings,
            paid_amounts=[
                paid(s["tin"], amount) for s, amount in zip(standings, amounts, strict=True)
            ],
            published_factor=None,
        )[0]
        assert row["downward_dollars"] == -money(expected["pool"])
        assert row["unit_dollars"] == money(expected["unit_dollars"])
        assert row["adjustment_factor"] == fraction(expected[key])


@on_every_solver
def test_example_claim_line(solver):
    """The fee, the beneficiary's share, then what Medicare pays: as a line and as a stage."""
    program = value_modifier(2017)
    for case in EXAMPLES["claim_line"]["cases"]:
        change = fraction(case["vm_pct"])
        made = line_payment(
            money(case["allowed"]),
            money(case["deductible"]),
            change,
            program,
            pqrs=bool(case["pqrs"]),
            ehr=False,
        )
        assert case["coinsurance_rate"] == program.payment.coinsurance
        assert made["allowed"] == money(case.get("allowed_after_pqrs", case["allowed"]))
        assert made["beneficiary"] == money(case["beneficiary_share"])
        row = solve(
            solver,
            adjusted_claim_lines,
            program,
            claim_line=paid_lines(f"paid_amount\n {made['paid_before']}", 2017),
            payments=[{"tin": "A", "adjustment_fraction": change}],
            professionals=[clinician()],
        )[0]
        for paid_out in (made["paid_out"], row["paid_after"] + row["sequestered_amount"]):
            assert paid_out == money(case["after_sequestration"])
        for one in (made, row):
            assert one["paid_before"] == money(case["paid_before"])
            assert one["paid_after"] == money(case["paid_after"])


@on_every_solver
def test_example_acsc_oe(solver):
    """Observed over expected times the national rate; expected events come with the measure."""
    inputs, expected = example("acsc_oe")
    case = {"tin": "A", "measure": "acute_pqi", "cases": 3000, "denominator": 3000.0}
    case |= {"numerator": float(inputs["observed"]), "expected": float(inputs["expected_events"])}
    rule = measure("acute_pqi", unit="per_1000", form="observed_over_expected", **CCC)
    listed = with_nation([case], inputs["national"] / 1000, 7000.0, 1)
    made = rates(solver, listed, rule)
    assert made[0]["national_mean"] == near(inputs["national"])
    assert made[0]["rate"] == near(expected["rate"])


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
    found = per_capita_cost_of(solver, value_modifier(2017), people_given(everyone, True))
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
