"""The copy of a report that leaves the practice: fewer exhibits, and no small count in any.

Counts of cases stay behind altogether, so that no rate can be turned into people; a rate that rests
on few of them, or on all but few, is withheld with everything that says it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from openp4p.reports.qrur import measures, patients, result
from openp4p.reports.qrur.model import Exhibit, Report
from openp4p.reports.qrur.shown import WITHHELD
from openp4p.reports.suppression import Sum, is_small, withheld

Row = Mapping[str, Any]
_SHOWN = {
    result.COVER.id, result.VM.id, result.E1.id, patients.E6.id, measures.E2.id,
    measures.E4.id, *measures.E3, *measures.E5, measures.SPECIALTY.id,
}  # fmt: skip
_STAYS_BEHIND = {
    "your_cases", "events", "expected", "observed", "contested", "avg_pcs_from_your_tin",
    "avg_pcs_from_other_tins", "tiers_again", "probability", "tier_again",
}  # fmt: skip
_SAYS_THE_RATE = ("your_rate", "standardized_score", "reliability", "standing")
_TITLE = "Copy for others than the practice"
_TEXT = (
    "Counts of fewer than 11 people, and what they could be worked out from, show as *. Results "
    "are estimates with stated error; they are not to be used in credentialing, licensure, "
    "certification or the choice of a network, nor to be passed on."
)


def public(report: Report) -> Report:
    """The same report for readers who may not see the practice's patients."""
    hidden = _hidden(report)
    kept = [_public(e, hidden) for e in report.exhibits if e.rule.id in _SHOWN]
    answers = tuple(answer for answer in report.answers if answer.id == "paid")
    return replace(
        report,
        audience="public",
        banners=((_TITLE, _TEXT), *report.banners),
        exhibits=tuple(kept),
        answers=answers,
        pictures={},
    )


def _public(exhibit: Exhibit, hidden: frozenset[str]) -> Exhibit:
    rule = exhibit.rule
    columns = tuple(column for column in rule.columns if column.id not in _STAYS_BEHIND)
    rows: Sequence[Row] = exhibit.rows
    if rule.id == patients.E6.id:
        rows = _steps(rows)
    elif rule.id in hidden:
        rows = _domains(rows)
    elif rule.id == measures.SPECIALTY.id:
        few = [row["measure_name"] in hidden for row in rows]
        rows = [_without(row, ("before", "after")) if f else row
                for row, f in zip(rows, few, strict=True)]  # fmt: skip
    else:
        rows = [
            _without(row, _SAYS_THE_RATE) if row.get("measure_name") in hidden else row
            for row in rows
        ]
    note = "" if rule.id == result.E1.id and rows else exhibit.note  # on draws, which stay behind
    return replace(exhibit, rule=replace(rule, columns=columns), rows=tuple(rows), note=note)


def _without(row: Row, columns: Sequence[str]) -> Row:
    return {**row, **dict.fromkeys((c for c in columns if c in row), WITHHELD)}


def _hidden(report: Report) -> frozenset[str]:
    """The measures to withhold, by name, and the exhibits of composites that they count in.

    A rate goes when it rests on few cases, or when few, or all but few, had the event.
    """
    found = set()
    for exhibit in report.exhibits:
        composite = measures.E2 if exhibit.rule.id in measures.E3 else measures.E4
        for row in exhibit.rows if exhibit.rule.id in {*measures.E3, *measures.E5} else ():
            if _rests_on_few(row):
                found |= {row["measure_name"], *([composite.id] if row["included"] else [])}
    return frozenset(found)


def _rests_on_few(row: Row) -> bool:
    cases, events = row["your_cases"] or 0, row.get("events")
    if is_small(cases) or events is None or row.get("unit") == "score":
        return is_small(cases)
    return is_small(events) or is_small(cases - events)


def _steps(rows: Sequence[Row]) -> list[Row]:
    """Patients by step: a list with its total, guarded together."""
    if not rows:
        return []
    counts = [row["n_beneficiaries"] for row in rows]
    total = len(rows) - 1
    hidden = withheld(counts, [Sum(total, tuple(range(total)))])
    if not hidden:
        return list(rows)
    # a share of a step that is shown would tell the total
    return [
        _without(row, ("n_beneficiaries", "pct") if place in hidden else ("pct",))
        for place, row in enumerate(rows)
    ]


def _domains(rows: Sequence[Row]) -> list[Row]:
    """Domains and composite without their scores: a withheld one would follow from them."""
    columns = ("domain_score", "standardized_composite", "standard_error")
    return [_without(row, columns) for row in rows]
