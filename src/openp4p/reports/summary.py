"""The first page of a run: one self-contained HTML file that needs no network and no scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from openp4p.reports import charts, facts, numbers
from openp4p.reports.awards import awards, why_not
from openp4p.reports.cost import cost
from openp4p.reports.meanings import in_english
from openp4p.reports.quality import quality
from openp4p.reports.rules import choices_shown, unverified_shown
from openp4p.reports.suppression import is_small
from openp4p.reports.tier_certainty import by_cell, by_pair, by_size
from openp4p.results import Run

PAGE = "summary.html"
_MOST_POINTS = 2_000  # beyond this many practices the picture counts them in squares
_EDGE = 5.0  # standard deviations; composites beyond are drawn at the edge
_SQUARE = 0.1  # standard deviations


def write_summary(run: Run) -> Path:
    """The page, written into the run's folder."""
    page = run.folder / PAGE
    draft = page.with_name(PAGE + ".new")
    draft.write_text(summary_html(run), encoding="utf-8")
    draft.replace(page)
    return page


def summary_html(run: Run) -> str:
    """The text of the page."""
    said: dict[str, Any] = {
        "manifest": run.manifest,
        "program": run.program,
        "synthetic": is_synthetic(run.manifest),
        "stamp": run.stamp,
        "reach": run.manifest.get("vintage"),
        "people": facts.people(run),
        "patients": facts.patients(run),
        "quality": quality(run),
        "cost": cost(run),
        "grids": [],
        "certainty": None,
        "again": {},
        "pairs": [],
        "money": {},
        "award": awards(run),
        "input": facts.reconciliation(run),
        "choices": choices_shown(run.program),
        "unverified": unverified_shown(run.program),
        "stages": _stages(run.manifest),
        "unstandardised": _has_note(run.manifest, "standardization_none"),
    }
    if said["award"] is None:
        said |= {"grids": facts.grids(run), "certainty": by_size(run), "money": facts.money(run)}
        said["again"] = by_cell(run)
        said["pairs"] = by_pair(said["again"])
        said["same_again"] = _mean_again(said["pairs"])
    else:
        said["why_not"] = why_not(said["award"]["measures"])
    said["small"] = _small_counts(said["patients"])
    said["pictures"] = _pictures(run, said)
    return environment().get_template("summary.html.j2").render(said)


def _mean_again(pairs: Sequence[Mapping[str, Any]]) -> float | None:
    """The share of practices, over all pairs of tiers, that another draw would leave in theirs."""
    n = sum(row["n"] for row in pairs)
    return sum(row["n"] * row["again"] for row in pairs) / n if n else None


def is_synthetic(manifest: Mapping[str, Any]) -> bool:
    """Whether the input says that it is synthetic: in its files, or in a note of its format."""
    return bool(manifest.get("synthetic")) or _has_note(manifest, "synthetic")


def _has_note(manifest: Mapping[str, Any], code: str) -> bool:
    return any(note["code"].startswith(code) for note in manifest["notes"])


def environment() -> Environment:
    """The templates of every page, with the filters by which they write numbers."""
    made = Environment(
        loader=PackageLoader("openp4p.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        count=numbers.count,
        cents=numbers.cents,
        dollars=numbers.dollars,
        moved=numbers.moved,
        share=numbers.share,
        adjustment=numbers.adjustment,
        factor=numbers.factor,
        multiple=numbers.multiple,
        english=in_english,
    )
    return made


def _pictures(run: Run, said: Mapping[str, Any]) -> dict[str, Markup | None]:
    """The pictures; None where there is nothing to draw."""
    made: dict[str, Markup | None] = dict.fromkeys(
        ("steps", "spread", "scatter", "months", "again")
    )
    patients, money = said["patients"], said["money"]
    if patients["eligible"]:
        rows = [{"name": f"Step {row['step']}", "n": row["n"]} for row in patients["steps"]]
        rows.append({"name": "No practice", "n": patients["unattributed"]})
        made["steps"] = charts.steps_chart(rows)
    if said["award"] is not None:
        made["spread"] = charts.awards_chart(said["award"]["spread"])
    elif money["spread"]:
        made["spread"] = charts.spread_chart(
            [
                {"name": row["name"], "n": row["n"], "direction": _direction(row)}
                for row in money["spread"]
            ]
        )
    if said["pairs"]:
        made["again"] = charts.again_chart(said["pairs"])
    points: facts.Rows = []
    counted = False
    if said["award"] is None:
        points, counted = facts.placements(run, most=_MOST_POINTS, limit=_EDGE, step=_SQUARE)
    if points:
        made["scatter"] = charts.scatter_chart(
            points,
            distance=run.program.tiering.standard_deviations,
            limit=_EDGE,
            counted=counted,
        )
    months = _months(said["input"]["months"])
    if months:
        made["months"] = charts.months_chart(months)
    return made


def _direction(row: Mapping[str, Any]) -> str:
    fraction = row["adjustment_fraction"]
    return "up" if fraction > 0 else "down" if fraction < 0 else "none"


def _months(amounts: facts.Rows) -> list[dict[str, Any]]:
    sums: dict[str, float] = {}
    for row in amounts:
        month = str(row["year_month"] or "")
        if len(month) == len("201501") and month.isdigit():
            named = f"{month[:4]}-{month[4:]}"
            sums[named] = sums.get(named, 0.0) + float(row["dollars_used"] or 0)
    return [{"month": month, "dollars": sums[month]} for month in sorted(sums)]


def _small_counts(patients: Mapping[str, Any]) -> bool:
    counts = [row["n"] for row in [*patients["reasons"], *patients["steps"]]]
    return any(is_small(n) for n in [*counts, patients["unattributed"]])


def _stages(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each table took, with intake first."""
    rows = [{"name": "intake", "rows": None, "fingerprint": "", **manifest["intake"]}]
    rows += [{"name": name, **record} for name, record in manifest["tables"].items()]
    return rows
