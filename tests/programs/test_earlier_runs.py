"""Runs that rest on earlier ones: benchmarks of the year before, and reviews of a finished run."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from openp4p.cli.agreement import agreements
from openp4p.errors import InputError, UsageError
from openp4p.results import Run
from tests.populations import population
from tests.programs.runs import PEOPLE, SEED, paid, scratch, usual

OUTCOMES = {"acute_pqi", "chronic_pqi", "readmission"}
HEADER = "tin,kind,performance_year,decided_on,decided_by,reason\n"


def sources(run: Run) -> set[str]:
    return {row["source"] for row in run.rows("benchmarks") if row["measure"] in OUTCOMES}


def noted(run: Run) -> set[str]:
    return {note["code"] for note in run.manifest["notes"]}


def adjusted(run: Run) -> dict[str, tuple]:
    columns = ("basis", "quality_tier", "cost_tier", "percent", "multiple")
    return {r["tin"]: tuple(r[c] for c in columns) for r in run.rows("adjustments")}


@cache
def year_before() -> Run:
    return paid(2016, population(PEOPLE, SEED), "year-before", period=2014)


def test_outcomes_are_compared_with_the_run_of_the_year_before():
    run = paid(2017, population(PEOPLE, SEED), "with-prior", prior_run=year_before().folder)
    assert (sources(usual()), sources(run)) == ({"performance_year"}, {"prior_year"})
    assert "no_prior_run" in noted(usual())
    assert "no_prior_run" not in noted(run)
    prior = year_before().rows("performance_rates", {"measure": "acute_pqi"})
    cases = [row["cases"] for row in run.rows("benchmarks", {"measure": "acute_pqi"})]
    of_practices = {row["tin"] for row in year_before().rows("practices")}
    peers = [row for row in prior if row["tin"] in of_practices and row["rate"] is not None]
    assert cases == [sum(row["cases"] for row in peers)]
    assert run.manifest["run_id"] != usual().manifest["run_id"]


def test_a_run_of_another_year_is_refused():
    with pytest.raises(UsageError, match="one of 2014 is needed"):
        paid(2017, population(PEOPLE, SEED), "wrong-prior", prior_run=usual().folder)


def with_corrections(name: str, rows: str) -> Path:
    folder = scratch() / f"input-{name}"
    shutil.copytree(population(PEOPLE, SEED), folder)
    (folder / "correction.csv").write_text(HEADER + rows, encoding="utf-8")
    return folder


@cache
def reviewed() -> tuple[Run, str, str]:
    """A review in which one practice is found to have reported, and one is not in the run."""
    silent = min(
        row["tin"]
        for row in usual().rows("adjustments", {"basis": "automatic"})
        if row["percent"] != 0
    )
    rows = f"{silent},category_1_on_review,2015,2017-03-01,CMS,lost\n"
    rows += "NOBODY,cost_error,2015,2017-03-01,CMS,nobody\n"
    folder = with_corrections("review", rows)
    return paid(2017, folder, "review", review_of=usual().folder), silent, "NOBODY"


def test_a_review_changes_the_corrected_practice_and_nobody_else():
    run, silent, _ = reviewed()
    before, after = adjusted(usual()), adjusted(run)
    changed = {tin for tin in before if before[tin] != after[tin]}
    assert changed == {silent}
    assert after[silent][0] in ("informal_review", "tiering")
    assert (after[silent][1], after[silent][2] in ("average", "low")) == ("average", True)
    assert before.keys() == after.keys()
    for table in ("benchmarks", "peer_groups"):
        assert run.rows(table) == usual().rows(table)
    (balance,), (was,) = run.rows("balance"), usual().rows("balance")
    assert balance["adjustment_factor"] == was["adjustment_factor"]
    assert abs(balance["downward_dollars"]) < abs(was["downward_dollars"])


def test_a_review_says_what_it_is_and_agrees_with_the_reference():
    run, _, nobody = reviewed()
    notes = {note["code"]: note["text"] for note in run.manifest["notes"]}
    assert usual().manifest["run_id"] in notes["review"]
    assert "1 practices" in notes["review"]
    assert nobody in notes["corrected_nobody"]
    assert [one.stage for one in agreements(run) if not one.agrees] == []


def test_where_nobody_was_owed_an_upward_adjustment_a_review_owes_none_either():
    first = paid(2015, population(PEOPLE, SEED), "no-factor")
    assert [row["adjustment_factor"] for row in first.rows("balance")] == [None]
    tin = min(row["tin"] for row in first.rows("practices"))
    folder = with_corrections("no-factor", f"{tin},category_1_on_review,2015,,,\n")
    again = paid(2015, folder, "no-factor-review", review_of=first.folder)
    (row,) = again.rows("balance")
    assert (row["adjustment_factor"], row["upward_dollars"]) == (0, 0)


def test_corrections_without_the_run_they_correct_are_refused():
    folder = with_corrections("alone", "000100001,cost_error,2015,,,\n")
    with pytest.raises(UsageError, match="--review-of RUN"):
        paid(2017, folder, "alone")
    everything = paid(2017, folder, "everything", choices={"D31": "everything"})
    assert everything.rows("practice_corrections")
    with pytest.raises(UsageError, match="D31=everything"):
        paid(2017, folder, "both", choices={"D31": "everything"}, review_of=usual().folder)


def test_an_unknown_kind_of_correction_is_named_with_those_there_are():
    folder = with_corrections("unknown", "A,typo,2015,,,\nB,other,2015,,,\n")
    with pytest.raises(InputError, match="category_1_on_review") as raised:
        paid(2017, folder, "unknown", review_of=usual().folder)
    assert len(raised.value.problems) == 2


def test_a_review_needs_a_correction_and_a_run_of_the_same_rules():
    with pytest.raises(UsageError, match="nothing to review"):
        paid(2017, population(PEOPLE, SEED), "nothing", review_of=usual().folder)
    folder = with_corrections("other-choice", "A,cost_error,2015,,,\n")
    with pytest.raises(UsageError, match="chose otherwise: D3"):
        paid(
            2017,
            folder,
            "other-choice",
            choices={"D3": "earliest_service"},
            review_of=usual().folder,
        )
    folder = with_corrections("other-rules", "A,cost_error,2014,,,\n")
    with pytest.raises(UsageError, match="not what is being reviewed"):
        paid(2016, folder, "other-rules", period=2014, review_of=usual().folder)
