"""Cost on CMS DE-SynPUF: what can be known without carrier claims, and what a few people cost."""

from __future__ import annotations

from collections import Counter

import pytest

from openp4p.results import Run
from tests.command_line import openp4p, shown
from tests.samples.conftest import PROGRAM


@pytest.fixture(scope="module")
def whole(synpuf_full, tmp_path_factory):
    """The complete sample 1: inpatient claims of everyone, outpatient claims of some."""
    out = tmp_path_factory.mktemp("sample1") / "run"
    openp4p(
        "run", PROGRAM, "--input", synpuf_full, "--performance-period", 2009, "--out", out
    )  # fmt: skip
    return Run.open(out)


def counts(run, table, column):
    return Counter(row[column] for row in run.rows(table))


def test_bills_become_stays_and_each_stay_has_its_place_in_the_walk(whole):
    assert len(whole.rows("stay_claims")) == 66_705  # claims, without the second segments
    types = counts(whole, "inpatient_stays", "facility_type")
    assert sum(types.values()) == 66_080
    assert types["short_term_acute"] == 57_440
    assert types["rehab_unit"] == 2_218
    # 2,006 numbers have hidden digits that could be of more than one kind
    assert types["unknown"] == 2_006
    assert counts(whole, "episode_stays", "reason") == {
        None: 48_722,
        "not_subsection_d": 10_035,
        "within_30_days": 4_923,
        "no_payment_or_drg": 1_837,
        "transfer": 563,
    }


def test_episodes_of_2009_and_what_they_cost(whole):
    """About 12,000 dollars: a stay of 9,600 and what little else the files have."""
    reasons = counts(whole, "expected_episodes", "reason")
    assert reasons == {
        None: 11_481,
        "outlier": 116,
        "part_c": 5_162,
        "not_enrolled": 505,
        "medicare_secondary": 346,
        "died": 16,
    }
    kept = [row for row in whole.rows("expected_episodes") if row["reason"] is None]
    mean = sum(row["cost"] for row in kept) / len(kept)
    assert mean == pytest.approx(12_021, abs=1)
    assert sum(row["expected"] for row in kept) == pytest.approx(sum(row["cost"] for row in kept))


def test_without_carrier_claims_nobody_is_attributed_and_no_practice_has_a_cost(whole):
    assert whole.rows("attributed_beneficiaries") == []
    assert whole.rows("performance_rates") == []
    assert whole.rows("cost_fit") == []


def test_one_in_seven_has_a_condition_of_the_risk_model_from_the_hospital_alone(whole):
    scores = whole.rows("risk_scores")
    assert len(scores) == 116_352
    known = [row for row in scores if not row["is_new_enrollee"]]
    assert len(known) == 96_270
    assert sum(row["hccs"] != "" for row in known) / len(known) == pytest.approx(0.150, abs=0.001)
    assert sum(row["risk_score"] for row in known) / len(known) == pytest.approx(0.702, abs=0.001)


def test_dollars_as_paid_are_said_to_be_so(synpuf_run):
    notes = {note["code"] for note in Run.open(synpuf_run).manifest["notes"]}
    assert {"standardization_none", "risk_map_year"} <= notes
    tin = shown(synpuf_run, "practice_costs")[0]["tin"]
    assert "Price standardization: none" in openp4p("cost", synpuf_run, "--tin", tin).stdout


def test_the_people_of_sample_2_are_sick_and_their_categories_add_up(synpuf_run):
    """Three of four have a condition of the risk model: the extract is of users of care."""
    run = Run.open(synpuf_run)
    known = [row for row in run.rows("risk_scores") if not row["is_new_enrollee"]]
    assert len(known) == 292
    assert sum(row["hccs"] != "" for row in known) == 218
    assert sum(r["risk_score"] for r in known) / len(known) == pytest.approx(2.443, abs=0.001)
    mine = {row["beneficiary_id"] for row in run.rows("attributed_beneficiaries")}
    costs = run.rows("beneficiary_costs")
    dollars = sum(row["cost_dollars"] for row in costs if row["beneficiary_id"] in mine)
    assert sum(row["dollars"] for row in run.rows("practice_costs")) == dollars
