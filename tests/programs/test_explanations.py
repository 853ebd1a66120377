"""Every explanation can be followed: its root is computed again from its tree alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from openp4p.errors import UsageError
from openp4p.explain import why_adjustment, why_attributed, why_case, why_rate, why_tier
from tests.programs.recompute import every_step, recomputed, same
from tests.programs.runs import by, paid, scratch, usual
from tests.unit.cli.commands import RATES

YEARS = [2015, 2016, 2017, 2018]
every_year = pytest.mark.parametrize("year", YEARS)


def one_of_each(rows: list[dict], *columns: str) -> list[dict]:
    """The first row of each combination of these columns."""
    found: dict[tuple, dict] = {}
    for row in rows:
        found.setdefault(tuple(row[column] for column in columns), row)
    return list(found.values())


@every_year
def test_an_adjustment_follows_from_its_tree(year):
    run = usual(year)
    rows = one_of_each(
        run.rows("payments"), "basis", "quality_tier", "cost_tier", "high_risk_bonus"
    )
    assert {row["basis"] for row in rows} >= {"not_subject"}
    for row in rows:
        explained = why_adjustment(run, row["tin"])
        assert same(recomputed(explained.to_json()), row["adjustment_amount"])


@every_year
def test_a_tier_follows_from_its_tree(year):
    run = usual(year)
    rows = one_of_each(run.rows("tiers"), "reason", "quality_tier", "cost_tier")
    for row in rows:
        explained = why_tier(run, row["tin"])
        recomputed(explained.to_json())
        if row["is_tiered"]:
            assert row["quality_tier"] in explained.value
            assert row["cost_tier"] in explained.value


@every_year
def test_a_rate_follows_from_its_tree(year):
    run = usual(year)
    for row in one_of_each(run.rows("performance_rates"), "measure"):
        explained = why_rate(run, row["tin"], row["measure"])
        assert same(recomputed(explained.to_json()), row["rate"])


def test_the_rate_of_a_condition_shows_who_has_it():
    """The evidence of every beneficiary with any, and as many with the condition as have cases."""
    run = usual()
    rate = next(r for r in run.rows("performance_rates") if r["measure"] == "diabetes_cost")
    tree = json.loads(why_rate(run, rate["tin"], "diabetes_cost").to_json())
    (evidence,) = (step for step in every_step(tree) if step["name"] == "with_condition")
    assert evidence["table"] == "beneficiary_conditions"
    cases = run.rows("measure_cases", {"tin": rate["tin"], "measure": "diabetes_cost"})
    having = {row["beneficiary_id"] for row in evidence["rows"] if row["has_condition"]}
    assert having == {case["case_id"] for case in cases}
    assert "2 claims on different days (OUTPATIENT or PART_B)" in evidence["rule"]
    assert "choice D18" in evidence["sources"][0]["source"]


@every_year
def test_a_cost_case_follows_from_its_tree(year):
    run = usual(year)
    measures = {row["measure"]: row for row in run.rows("cost_trim_points")}
    assert len(measures) == 5
    everyone = run.rows("per_capita_cost_cases")
    asked = one_of_each(everyone, "measure", "reason")
    low = [r for r in everyone if r["numerator"] == measures[r["measure"]]["low"]]
    high = [r for r in everyone if r["numerator"] == measures[r["measure"]]["high"]]
    assert low
    assert high
    for row in [*asked, low[-1], high[-1]]:
        explained = why_case(run, row["beneficiary_id"], row["measure"])
        value = row["numerator"] / row["expected"] if row["included"] else None
        assert same(recomputed(explained.to_json()), value)


@pytest.mark.parametrize("year", [2016, 2017, 2018])
def test_episodes_follow_from_their_trees(year):
    run = usual(year)
    found = run.rows("expected_episodes")
    costs = {row["episode_id"]: row for row in found}
    for row in one_of_each(found, "reason", "stratum"):
        tree = why_case(run, row["beneficiary_id"], "spending_per_beneficiary").to_json()
        assert recomputed(tree) is None
        steps = {step["name"]: step for step in json.loads(tree)["steps"]}
        told = steps[f"episode_{row['episode_id']}"]
        assert (told["value"] is None) == (costs[row["episode_id"]]["reason"] is not None)


def test_a_year_without_episodes_says_so():
    run = usual(2015)
    someone = run.rows("attributed_beneficiaries")[0]["beneficiary_id"]
    with pytest.raises(UsageError, match="no per capita cost measure 'spending_per_benef"):
        why_case(run, someone, "spending_per_beneficiary")


def test_a_case_that_is_none_has_the_reason():
    run = usual()
    attributed = {row["beneficiary_id"] for row in run.rows("attributed_beneficiaries")}
    ill = {row["case_id"] for row in run.rows("measure_cases", {"measure": "diabetes_cost"})}
    well = why_case(run, min(attributed - ill), "diabetes_cost")
    assert well.answer == "Not at all: it does not have the condition."
    everyone = {row["beneficiary_id"] for row in run.rows("eligible_beneficiaries")}
    nobodys = why_case(run, min(everyone - attributed), "per_capita_cost")
    assert nobodys.answer == "Not at all: it is attributed to no practice."
    with pytest.raises(UsageError, match="no such beneficiary"):
        why_case(run, "NOBODY-77", "per_capita_cost")
    with pytest.raises(UsageError, match="no per capita cost measure '111'"):
        why_case(run, min(attributed), "111")
    nobody = why_case(run, min(everyone - attributed), "acute_pqi")
    assert nobody.answer.startswith("Not at all: it is attributed to no practice")


OUTCOMES = ["acute_pqi", "chronic_pqi", "heart_failure_pqi", "readmission", "post_discharge_visits"]


@pytest.mark.parametrize("measure", OUTCOMES)
def test_a_case_of_an_outcome_follows_from_its_tree(measure):
    run = usual()
    entities = {row["entity_id"] for row in run.given("model_participation")}
    cases = [r for r in run.rows("measure_cases", {"measure": measure}) if r["tin"] not in entities]
    told = set()
    for row in one_of_each(cases, "reason", "numerator"):
        explained = why_case(run, row["beneficiary_id"], measure)
        mine = [r for r in cases if r["beneficiary_id"] == row["beneficiary_id"] and r["included"]]
        expected = sum(r["numerator"] for r in mine) if mine else None
        assert explained.value == expected
        assert recomputed(explained.to_json()) == expected
        told.add(explained.answer.split(" ")[0])
        if row["reason"] is not None:
            tree = explained.to_json()
            assert row["reason"] in tree
            assert f": {row['reason']}." not in tree  # told in words
    assert "With" in told


def test_a_readmission_is_told_with_the_stay_and_the_risk():
    run = usual()
    (row, *_) = run.rows("index_stays", {"reason": None, "is_readmitted": True})
    explained = why_case(run, row["beneficiary_id"], "readmission")
    steps = {step.name: step for step in explained.steps}
    stay, risk = steps[row["stay_id"]], steps[f"risk_{row['stay_id']}"]
    assert f"not planned followed after {row['days_to_readmission']} days" in stay.answer
    assert "in the average practice" in risk.answer


@every_year
def test_an_attribution_follows_from_its_tree(year):
    run = usual(year)
    won = run.rows("attributed_beneficiaries")
    contested = [row for row in won if row["runner_up_tin"] is not None]
    ties = [row for row in contested if not row["margin"]]
    assert contested
    assert ties
    none = [row for row in run.rows("eligible_beneficiaries") if row["is_eligible"]]
    nowhere = {row["beneficiary_id"] for row in none} - {row["beneficiary_id"] for row in won}
    asked = [*won[:5], *contested[:5], *ties[:3], *one_of_each(won, "step")]
    expected = {row["beneficiary_id"]: row["tin"] for row in asked}
    expected.update(dict.fromkeys(sorted(nowhere)[:5]))
    for beneficiary, tin in expected.items():
        assert recomputed(why_attributed(run, beneficiary).to_json()) == tin


@pytest.mark.parametrize("year", [2015, 2016])
def test_large_practices_of_the_first_years_follow_from_their_trees(year):
    """The people of these tests have no practice of a hundred: two that a report describes."""
    run = paid(year, large_practices(year), f"large-{year}", period=year - 2)
    rows = by(run.rows("payments"), "tin")
    up, down = rows[("EXAMPLE01",)], rows[("EXAMPLE02",)]
    assert up["adjustment_amount"] > 0 > down["adjustment_amount"]
    for row in (up, down):
        recomputed(why_tier(run, row["tin"]).to_json())
        explained = why_adjustment(run, row["tin"])
        assert same(recomputed(explained.to_json()), row["adjustment_amount"])


def large_practices(year: int) -> Path:
    """The documented example of a report's rates, of two practices of 140 and 120 professionals."""
    folder = scratch() / f"large-practices-{year}"
    shutil.copytree(RATES, folder)
    for name, old, new in (
        ("pqrs_success", ",2015,", f",{year - 2},"),
        ("supplied_peers", "10+", "100+"),
        ("supplied_practice", ",40,38,", ",140,140,"),
        ("supplied_practice", ",12,15,", ",120,125,"),
    ):
        path = folder / f"{name}.csv"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
    elections = "".join(f"{tin},{year - 2},true\n" for tin in ("EXAMPLE01", "EXAMPLE02"))
    header = "tin,performance_year,elects_quality_tiering\n"
    (folder / "practice_election.csv").write_text(header + elections, "utf-8")
    return folder


def test_a_beneficiary_who_does_not_count_has_the_reason():
    run = usual(2015)
    rows = one_of_each(run.rows("eligible_beneficiaries"), "reason")
    assert len(rows) > 3
    for row in rows:
        if row["is_eligible"]:
            continue
        explained = why_attributed(run, row["beneficiary_id"])
        assert explained.value is None
        assert explained.answer.startswith("To none: the beneficiary")


@every_year
def test_every_rule_in_a_tree_says_where_it_comes_from(year):
    run = usual(year)
    rows = one_of_each(run.rows("payments"), "basis")
    trees = [json.loads(why_adjustment(run, row["tin"]).to_json()) for row in rows]
    steps = [step for tree in trees for step in every_step(tree)]
    assert len(steps) >= 2 * len(rows)
    for step in steps:
        assert step["rule"]
        for source in step["sources"]:
            assert source["source"]
            assert source["status"] in ("verified", "recalled", "default")
    assert any(step["sources"] for step in steps)


def test_a_tree_that_was_tampered_with_does_not_follow():
    run = usual()
    row = next(row for row in run.rows("payments") if row["adjustment_amount"])
    tree = json.loads(why_adjustment(run, row["tin"]).to_json())
    tree["value"] = "123456.78"
    with pytest.raises(AssertionError, match="is not"):
        recomputed(json.dumps(tree))


def test_the_text_names_answer_rule_and_rows():
    run = usual()
    row = next(row for row in run.rows("payments") if row["adjustment_amount"])
    text = why_adjustment(run, row["tin"]).to_text()
    assert row["tin"] in text
    assert "Rule" in text or "rule" in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_an_unknown_practice_or_beneficiary_is_said_without_a_name():
    run = usual()
    with pytest.raises(UsageError, match="no practice"):
        why_adjustment(run, "999999999")
    with pytest.raises(UsageError, match="no such beneficiary") as caught:
        why_attributed(run, "NOBODY-77")
    assert "NOBODY-77" not in str(caught.value)
