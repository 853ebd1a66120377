"""The worked examples of the rules: size, category, attribution and quality.

Each goes from its inputs to its answer through the stages, on every engine and by the reference.
The numbers are in worked_examples.yaml.
"""

from __future__ import annotations

import datetime as dt

import pytest

from openp4p.attribution.attributed import attributed_beneficiaries
from openp4p.attribution.candidates import attribution_candidates
from openp4p.attribution.primary_care import primary_care_services
from openp4p.benchmarks import benchmarks
from openp4p.groups.practices import practices
from openp4p.groups.reporting import reporting_categories
from openp4p.measures.rates import combined_ratio
from openp4p.measures.reported import reported_cases
from openp4p.tiers import tiers
from tests.conftest import ENGINES, _opened
from tests.measured import measure, rates
from tests.paid import dollars as money
from tests.short_tables import column, team, value_modifier
from tests.solving import on_every_solver, solve
from tests.spec import test_worked_examples_cost, test_worked_examples_payment
from tests.worked import EXAMPLES, composite_of, example, near, scored, with_nation

CCC = {"better": "lower", "sign": -1.0, "domain": "CCC"}


def test_every_example_is_computed():
    chapters = (test_worked_examples_cost, test_worked_examples_payment)
    names = [*globals(), *(name for chapter in chapters for name in vars(chapter))]
    tested = {name.removeprefix("test_example_") for name in names if "test_example_" in name}
    assert len(EXAMPLES) == 21
    assert tested == set(EXAMPLES)


@pytest.mark.parametrize("name", ENGINES)
def test_example_readmission_srr(name):
    """Ratios of cohorts combine by volume; the models that make them come with the measure."""
    inputs, expected = example("readmission_srr")
    rows = [
        {"tin": "A", "stays": stays, "ratio": ratio}
        for stays, ratio in zip(inputs["n"], inputs["srr"], strict=True)
    ]
    engine = _opened(name)
    cohorts = engine.table(rows, {"tin": "string", "stays": "int64", "ratio": "float64"})
    (found,) = engine.rows(combined_ratio(cohorts, "tin")).to_pylist()
    assert found["ratio"] == pytest.approx(expected["srr"], rel=1e-8)
    rate = found["ratio"] * inputs["national_pct"]
    assert rate == pytest.approx(expected["rate_pct"], rel=1e-8)


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
        removed_patient=[],
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
        quality_reports=[
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
