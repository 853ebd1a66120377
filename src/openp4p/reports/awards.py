"""What a run of awards says of its fund, of who takes part, and of the measures it pays on."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ibis import _

from openp4p.reports.facts import Facts, Rows, rows_of
from openp4p.results import Run

_TENTHS = 10
TAKES_PART = "takes_part"


def awards(run: Run) -> Facts | None:
    """The fund, practices by participation and by award, and each measure; None of other programs.

    Awards are counted over all eligible practices, whether or not they take part: they are what
    enrolling would have paid.
    """
    if run.program.award is None:
        return None
    fund = rows_of(run, run.table("award_fund"))[0]
    return {
        "fund": fund,
        "rule": run.program.award,
        "used": float(fund["awarded_dollars"]) / float(fund["pool"]) if fund["pool"] else None,
        "participation": _participation(run),
        "spread": _spread(run),
        "measures": _measures(run),
        "counted_year": _counted_year(run),
    }


def _participation(run: Run) -> Rows:
    """Practices by whether they take part, and why not, with what they are paid."""
    found = run.table("bonuses").inner_join(
        run.table("participants").select("tin", outside=_.reason), "tin"
    )
    grouped = found.group_by(reason=_.outside.fill_null(TAKES_PART)).agg(
        n=_.count(), offered=_.offered_bonus.sum(), bonus=_.bonus.sum()
    )
    return sorted(rows_of(run, grouped), key=lambda r: (r["reason"] != TAKES_PART, -r["n"]))


def _spread(run: Run) -> Rows:
    """Eligible practices by tenths of the award."""
    found = run.table("bonuses").filter(
        _.award.notnull(), _.reason.isnull() | (_.reason != "not_eligible")
    )
    tenth = (found.award.cast("float64") * _TENTHS).floor().clip(0, _TENTHS - 1).cast("int64")
    counted = found.mutate(tenth=tenth).group_by("tenth").agg(
        n=_.count(), enrolled=_.participates.cast("int64").sum(), bonus=_.bonus.sum()
    )  # fmt: skip
    held = {row["tenth"]: row for row in rows_of(run, counted)}
    return [
        {
            "name": f"{tenth / _TENTHS:.1f} to {(tenth + 1) / _TENTHS:.1f}",
            **held.get(tenth, {"n": 0, "enrolled": 0, "bonus": None}),
        }
        for tenth in range(_TENTHS)
    ]


def _measures(run: Run) -> Rows:
    """Each measure that is paid on: its thresholds, reliability and mean score."""
    means = run.table("award_measures").group_by("measure").agg(
        practices=_.count(),
        score=_.score.mean(),
        reliability=_.reliability.median(),
        improved=(_.improvement > _.attainment).fill_null(False).cast("int64").sum(),
    )  # fmt: skip
    rules = run.table("measure_rules").select("measure", "name", "unit", "better", "domain")
    fits = run.table("shrinkage_fits").filter("is_paid_on").select(
        "measure", "period", "reason", shared_mean="mean"
    )  # fmt: skip
    thresholds = run.table("shrunken_rates").group_by("measure").agg(
        low=_.low.max(), high=_.high.max(), source=_.threshold_source.max()
    )  # fmt: skip
    joined = means
    for other in (rules, fits, thresholds):
        joined = joined.inner_join(other, "measure")
    unscored = joined.reason.notnull() | (joined.low == joined.high).fill_null(True)
    listed = rows_of(run, joined.mutate(is_scored=~unscored))
    return sorted(listed, key=lambda r: (not r["is_scored"], str(r["domain"]), str(r["measure"])))


def _counted_year(run: Run) -> int | None:
    year: Any = rows_of(
        run, run.table("practice_complexity").agg(year=_.counted_year.max().cast("int64"))
    )[0]["year"]
    return None if year is None else int(year)


def why_not(measures: Rows) -> Counter[str]:
    """How many measures are shown and not scored, by reason."""
    return Counter(str(row["reason"]) for row in measures if not row["is_scored"])
