"""The worked examples of the rules: tiers, budget neutrality and claim lines."""

from __future__ import annotations

from openp4p.groups.practices import practices
from openp4p.payment.adjustment import adjustments
from openp4p.payment.balance import balance
from openp4p.payment.claim_lines import adjusted_claim_lines, line_payment
from openp4p.tiers import tiers
from tests.paid import clinician, fraction, paid, paid_lines, payable, standing
from tests.paid import dollars as money
from tests.short_tables import team, value_modifier
from tests.solving import on_every_solver, solve
from tests.worked import EXAMPLES, example


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
        lines = paid_lines(f"paid_amount\n {made['paid_before']}", 2017)
        row = solve(
            solver,
            adjusted_claim_lines,
            program,
            claim_line=lines,
            payments=[{"tin": "A", "adjustment_fraction": change}],
            payable_clinicians=payable(
                solver, program, claim_line=lines, professionals=[clinician()]
            ),
        )[0]
        for paid_out in (made["paid_out"], row["paid_after"] + row["sequestered_amount"]):
            assert paid_out == money(case["after_sequestration"])
        for one in (made, row):
            assert one["paid_before"] == money(case["paid_before"])
            assert one["paid_after"] == money(case["paid_after"])
