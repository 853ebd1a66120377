"""A review of a run that pays awards: the pool has the money, and nobody else's award moves."""

from __future__ import annotations

import shutil
from decimal import Decimal
from functools import cache
from pathlib import Path

import duckdb
import pytest

from openp4p.cli.agreement import agreements
from openp4p.errors import UsageError
from openp4p.explain import why_adjustment
from openp4p.results import Run
from openp4p.run import Request, run
from tests.populations import population
from tests.programs.recompute import recomputed, same
from tests.programs.runs import PEOPLE, PERIOD, SEED, scratch
from tests.programs.test_earlier_runs import HEADER
from tests.programs.test_model_run import model


def reviewing(name: str, folder: Path, pool: Decimal | None = None) -> Run:
    """The model program again over another input, with the run of it that is reviewed."""
    return run(
        Request(
            program=model().program,
            input_folder=folder,
            out=scratch() / name,
            performance_period=PERIOD,
            review_of=model().folder,
            pool=pool,
        )
    )


def by_tin(found: Run, table: str) -> dict[str, dict]:
    return {row["tin"]: row for row in found.rows(table)}


@cache
def corrected() -> tuple[Run, str]:
    """A review in which one enrolled practice had reported far fewer met than it had."""
    measure, tin = next(
        (row["measure"], row["tin"])
        for row in model().rows("award_measures")
        if row["score"] is not None
        and row["score"] < 0.9  # there is something to gain
        and row["measure"].isdigit()
        and by_tin(model(), "bonuses")[row["tin"]]["bonus"] > 0
    )
    folder = scratch() / "input-award-review"
    shutil.copytree(population(PEOPLE, SEED), folder)
    query = (
        f"SELECT * REPLACE (if({_theirs(tin, measure)}, met + not_met, met) AS met, "
        f"if({_theirs(tin, measure)}, 0, not_met) AS not_met) "
        f"FROM '{folder}/quality_result/*.parquet'"
    )
    duckdb.execute(f"COPY ({query}) TO '{folder}/quality_result.draft' (FORMAT parquet)")
    shutil.rmtree(folder / "quality_result")
    (folder / "quality_result.draft").rename(folder / "quality_result.parquet")
    row = f"{tin},quality_error_recomputed,2015,2017-03-01,reviewer,its registry lost reports\n"
    (folder / "correction.csv").write_text(HEADER + row, encoding="utf-8")
    return reviewing("award-review", folder), tin


def _theirs(tin: str, measure: str) -> str:
    return f"tin = '{tin}' AND measure = '{measure}' AND performance_year = 2015"


def test_a_correction_raises_the_award_of_its_practice_and_moves_nobody_else():
    again, tin = corrected()
    before, after = by_tin(model(), "bonuses"), by_tin(again, "bonuses")
    assert {t for t in before if before[t] != after[t]} == {tin}
    assert before.keys() == after.keys()
    assert after[tin]["bonus"] > before[tin]["bonus"]
    paid = by_tin(model(), "payments"), by_tin(again, "payments")
    assert {t for t in paid[0] if paid[0][t] != paid[1][t]} == {tin}
    for table in ("shrinkage_fits", "practice_complexity", "award_rate", "benchmarks"):
        assert again.rows(table) == model().rows(table)


def test_what_a_correction_adds_comes_from_what_the_pool_had_left():
    again, tin = corrected()
    (was,), (now,) = model().rows("award_fund"), again.rows("award_fund")
    added = by_tin(again, "bonuses")[tin]["bonus"] - by_tin(model(), "bonuses")[tin]["bonus"]
    assert now["awarded_dollars"] - was["awarded_dollars"] == added
    assert was["unused_dollars"] - now["unused_dollars"] == added
    assert (now["pool"], now["largest_liability"]) == (was["pool"], was["largest_liability"])
    assert now["unused_dollars"] >= 0


def test_a_review_of_awards_says_what_it_is_is_explained_and_agrees_with_the_reference():
    again, tin = corrected()
    notes = {note["code"]: note["text"] for note in again.manifest["notes"]}
    assert model().manifest["run_id"] in notes["review"]
    assert "what the pool had left" in notes["review"]
    other = next(t for t, row in by_tin(again, "bonuses").items() if t != tin)
    for one in (tin, other):
        found = recomputed(why_adjustment(again, one).to_json())
        assert same(found, by_tin(again, "payments")[one]["adjustment_amount"])
    assert [one.stage for one in agreements(again) if not one.agrees] == []


def test_a_review_has_no_pool_of_its_own():
    with pytest.raises(UsageError, match="it cannot change"):
        reviewing("other-pool", population(PEOPLE, SEED), Decimal("7.00"))
