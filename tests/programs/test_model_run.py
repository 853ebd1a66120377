"""A whole run of the model program: a fixed pool, by free will, with nothing to lose."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from openp4p.audit.evidence_of_run.findings import findings_of
from openp4p.errors import UsageError
from openp4p.explain.awards import why_award
from openp4p.program.library import load_program
from openp4p.results import Run
from openp4p.run import Request, run
from openp4p.simulation.bootstrap_run import uncertainty
from tests.populations import population
from tests.programs.recompute import every_step, recomputed, same
from tests.programs.runs import PEOPLE, PERIOD, SEED, paid, scratch, usual
from tests.programs.test_explanations import one_of_each

POOL = Decimal("250000.00")
NOBODY = {"did_not_enrol", "enrolled_late", "withdrawn", "no_patients", "no_measure"}


def few_practices_are_enough() -> Path:
    """The model program as a sponsor of twenty practices would have it, and not of hundreds."""
    path = scratch() / "model-of-few.yaml"
    path.write_text(
        "id: model_of_few\nextends: vms_model/2017\ngovernance: inherited\nchanges:\n"
        "  award.fewest_practices: {value: 3, cite: a sponsor of few practices}\n",
        encoding="utf-8",
    )
    return path


@cache
def model() -> Run:
    """The model program on the usual population, improvement measured from the year before."""
    before = paid(2016, population(PEOPLE, SEED), "model-before", period=PERIOD - 1)
    return run(
        Request(
            program=load_program(str(few_practices_are_enough())),
            input_folder=population(PEOPLE, SEED),
            out=scratch() / "model",
            performance_period=PERIOD,
            pool=POOL,
            prior_run=before.folder,
        )
    )


def test_what_is_awarded_and_what_is_left_are_the_pool_to_the_cent():
    (fund,) = model().rows("award_fund")
    bonuses = model().rows("bonuses")
    assert fund["pool"] == POOL
    assert fund["awarded_dollars"] == sum(row["bonus"] for row in bonuses) > 0
    assert fund["awarded_dollars"] + fund["unused_dollars"] == POOL
    taking_part = [row for row in bonuses if row["participates"]]
    assert fund["largest_liability"] == sum(row["largest_bonus"] for row in taking_part) <= POOL
    assert sum(row["largest_bonus"] for row in bonuses) <= POOL


def test_nobody_loses_and_nobody_is_paid_who_did_not_enrol():
    bonuses = {row["tin"]: row for row in model().rows("bonuses")}
    payments = {row["tin"]: row for row in model().rows("payments")}
    assert bonuses.keys() == payments.keys()
    for tin, row in payments.items():
        bonus = bonuses[tin]
        assert row["adjustment_amount"] == bonus["bonus"] >= 0
        assert row["percent"] == 0
        assert row["adjustment_factor"] is None
        if not bonus["participates"]:
            assert bonus["bonus"] == 0
            assert bonus["reason"] in NOBODY | {"not_eligible"}
    unpaid = {row["reason"] for row in bonuses.values()}
    assert {"did_not_enrol", "withdrawn"} <= unpaid
    assert any(row["offered_bonus"] > 0 and not row["participates"] for row in bonuses.values())


def test_paid_amounts_are_those_of_the_value_modifier_and_do_not_move():
    of_model = {row["tin"]: row["paid_amount"] for row in model().rows("paid_amounts")}
    of_modifier = {row["tin"]: row["paid_amount"] for row in usual().rows("paid_amounts")}
    shared = of_model.keys() & of_modifier.keys()
    assert len(shared) > 10
    assert {tin: of_model[tin] for tin in shared} == {tin: of_modifier[tin] for tin in shared}
    assert model().rows("attributed_beneficiaries") == usual().rows("attributed_beneficiaries")


def test_a_bonus_follows_from_its_tree():
    rows = one_of_each(model().rows("bonuses"), "reason")
    paid_ones = [row for row in model().rows("bonuses") if row["bonus"] > 0][:4]
    assert paid_ones
    reached = set()
    for row in [*rows, *paid_ones]:
        text = why_award(model(), row["tin"]).to_json()
        assert same(recomputed(text), row["bonus"]), row["reason"]
        reached |= {step["formula"] for step in steps_of(text)}
    assert reached >= {"part_of_largest_bonus", "months_times_rate", "complexity_months",
                       "rate_of_pool", "award_of_domains", "attainment_or_improvement"}  # fmt: skip


def steps_of(text: str) -> list[dict]:
    return every_step(json.loads(text))


def test_a_tree_in_which_a_cent_was_changed_does_not_follow():
    row = next(row for row in model().rows("bonuses") if row["bonus"] > 0)
    text = why_award(model(), row["tin"]).to_json()
    changed = text.replace(f"{row['bonus']}", f"{row['bonus'] + Decimal('0.01')}", 1)
    assert changed != text
    with pytest.raises(AssertionError):
        recomputed(changed)


def test_cost_pays_nothing():
    scored = {row["measure"] for row in model().rows("award_measures") if row["score"] is not None}
    costs = {m.id for m in model().program.measures if m.kind == "cost"}
    assert scored
    assert not scored & costs


def test_the_audit_of_the_run_finds_no_loss_and_a_fund_of_its_own():
    found = {name: one.evidence for name, one in findings_of(model()).items()}
    assert found["P10.2"].verdict == "meets"
    assert found["P15.2"].verdict == "meets"
    assert {name for name, one in found.items() if one.verdict == "fails"} == set()


def test_a_program_of_awards_has_no_tier_to_be_sure_of():
    with pytest.raises(UsageError, match="pays awards and has no tiers") as told:
        uncertainty(model())
    assert told.value.code == "no-tiers"
    assert not (model().folder / "uncertainty").exists()
