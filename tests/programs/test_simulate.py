"""What is simulated on the tables of a run is what a whole run under the other rules pays."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openp4p.simulation.policy_changes import ChangesError
from openp4p.simulation.policy_report import simulate
from openp4p.simulation.variants import stated
from tests.populations import population
from tests.programs.runs import PEOPLE, SEED, paid, usual

ALTERNATIVE = {"D12": "none"}
ROUNDED = Decimal("0.001")  # parts are written with four decimals


@pytest.fixture(scope="module")
def compared():
    """Of the usual run: a choice, a rule value, a reform to come, and two changes in parts."""
    variants = [
        stated([f"{k}={v}" for k, v in ALTERNATIVE.items()]),
        stated(["tiering.standard_deviations=0.5", "D12=none"]),
        stated(["tiering.standard_deviations=0.5"], since=2018),
    ]
    found = simulate(usual(), variants, decompose="shapley")
    return found.variants


def test_a_variant_pays_what_a_whole_run_with_it_pays(compared):
    whole = {
        row["tin"]: row
        for row in paid(
            2017, population(PEOPLE, SEED), "simulated-whole", choices=dict(ALTERNATIVE)
        ).rows("payments")
    }
    before = {row["tin"]: row for row in usual().rows("payments")}
    assert compared[0].practices
    for row in compared[0].practices:
        was = before[row["tin"]]["adjustment_amount"] if row["tin"] in before else None
        now = whole[row["tin"]]["adjustment_amount"] if row["tin"] in whole else None
        assert (row["adjustment_amount_run"], row["adjustment_amount_variant"]) == (was, now)
    assert compared[0].changed["cost_tier"] + compared[0].changed["quality_tier"] > 0


def test_only_what_depends_on_a_change_is_computed(compared):
    assert "tiers" in compared[0].computed
    assert not {"risk_scores", "service_costs", "attributed_beneficiaries"} & set(
        compared[0].computed
    )


def test_a_reform_changes_nothing_before_its_year(compared):
    reform = compared[2]
    assert not reform.in_force
    assert reform.computed == ()
    assert set(reform.changed.values()) <= {0}
    assert reform.note == "Not in force yet: it starts in payment year 2018."


def test_the_parts_of_two_changes_add_up_to_what_both_do(compared):
    assert len(compared[1].changes) > 1
    assert any(row["difference"] for row in compared[1].parts)
    for row in compared[1].parts:
        assert len(row["parts"]) == len(compared[1].changes)
        assert sum(row["parts"].values()) == pytest.approx(row["difference"], abs=ROUNDED), row


def test_all_mistakes_are_told_together():
    wrong = [stated(["tiering.standard_deviation=1"]), stated(["tiering.standard_deviations=abc"])]
    with pytest.raises(ChangesError) as told:
        simulate(usual(), wrong)
    assert len(told.value.problems) == len(wrong)
