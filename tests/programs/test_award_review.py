"""A review of a run that pays awards: the pool has the money, and nobody else's award moves."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from openp4p.cli.agreement import agreements
from openp4p.errors import UsageError
from openp4p.explain import why_adjustment
from openp4p.results import Run
from openp4p.run import Request, run
from tests.populations import population
from tests.portal import site
from tests.programs.recompute import recomputed, same
from tests.programs.runs import PEOPLE, PERIOD, SEED, scratch
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
    """The portal's recalculation of a run whose enrolled practice had met more than it reported."""
    sent = {(row["tin"], row["measure"]): row for row in model().given("quality_result")
            if row["performance_year"] == PERIOD and row["not_met"]}  # fmt: skip
    measure, tin = next(
        (row["measure"], row["tin"])
        for row in model().rows("award_measures")
        if row["score"] is not None
        and row["score"] < 0.9  # there is something to gain
        and (row["tin"], row["measure"]) in sent
        and by_tin(model(), "bonuses")[row["tin"]]["bonus"] > 0
    )
    reviewed = site.demonstrated("sqlite", "awards", model())
    from openp4p.portal.acts import deciding, delivering, disputing, recalculating
    from openp4p.review.disputes import Category

    rep, analyst = site.person("representative-a"), site.person("analyst")
    result = reviewed.results.get(practice__tin=tin)
    delivering.opened(result, rep)
    row = sent[tin, measure]
    item = {"measure": measure, "claimed_value": str(row["met"] + row["not_met"])}
    text = "its registry lost reports"
    dispute = disputing.file(result, Category.REPORTING, [item], text, rep)
    deciding.decide(dispute, site.person("case-officer"), outcome="accepted", rule="",
                    reason_code="evidence", text="the registry says so")  # fmt: skip
    work = recalculating.carry_out(recalculating.begin(reviewed, analyst))
    assert work.state == recalculating.DONE, work.message
    return Run.open(Path(work.folder) / "run"), tin


def test_the_portal_computes_an_award_again_from_the_pool_of_the_run_under_review():
    again, tin = corrected()
    from openp4p.portal.models import Result  # there once Django is up

    assert again.manifest["review_of"] == model().manifest["result_fingerprint"]
    assert again.manifest["pool"] == model().manifest["pool"]
    result = Result.objects.get(practice__tin=tin)
    first, second = result.versions.all()
    paid = [by_tin(one, "payments")[tin]["adjustment_amount"] for one in (model(), again)]
    assert [first.cents, second.cents] == [int(dollars * 100) for dollars in paid]
    assert second.cents > first.cents
    assert not Result.objects.exclude(pk=result.pk).filter(version__gt=1).exists()


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
