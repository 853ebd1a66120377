"""The operator's page: every practice of a delivery, to search and to sort, with its files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from openp4p.reports.meanings import in_english
from openp4p.reports.qrur.nation import Nation
from openp4p.reports.qrur.shown import WITHHELD, shown
from openp4p.reports.summary import is_synthetic
from openp4p.reports.suppression import FEWEST
from openp4p.results import Run
from openp4p.simulation.bootstrap_run import record


def index_html(run: Run, files: Mapping[str, Mapping[str, str]], shared: Nation) -> str:
    """The text of the page; counts of patients too small to show are starred."""
    rows = [_row(row, files[row["tin"]]) for row in _practices(run) if row["tin"] in files]
    return _template().render(
        manifest=shared.manifest,
        synthetic=is_synthetic(shared.manifest),
        rows=rows,
        fewest=FEWEST,
        forms=sorted({form for held in files.values() for form in held}),
    )


def _practices(run: Run) -> list[dict[str, Any]]:
    """Every practice with its payment and how many patients it has."""
    practices = run.table("practices").select("tin", "reason", practices_class="size_class")
    payments = run.table("payments").select(
        "tin", "quality_tier", "cost_tier", "adjustment_fraction", "adjustment_amount", "basis"
    )
    found = practices.left_join(payments, "tin").drop("tin_right")
    if record(run) is not None:
        drawn = run.table("tier_probabilities")
        pair = ["tin", "quality_tier", "cost_tier"]
        found = found.left_join(drawn, pair).drop(*(f"{name}_right" for name in pair))
    if "attributed_beneficiaries" in run.names():
        attributed = run.table("attributed_beneficiaries")
        people = attributed.group_by("tin").agg(people=attributed.count())
        found = found.left_join(people, "tin").drop("tin_right")
    rows: list[dict[str, Any]] = run.engine.rows(found.order_by("tin")).to_pylist()
    return rows


def _row(row: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    people = row.get("people") or 0
    is_few = 0 < people < FEWEST
    tiers = f"{row['quality_tier']} quality, {row['cost_tier']} cost" if row["quality_tier"] else ""
    return {
        "tin": row["tin"],
        "size_class": row["practices_class"] or "",
        "result": tiers or in_english(row["reason"] or row["basis"]),
        "again": shown(row.get("probability"), "share"),
        "again_sort": -1 if row.get("probability") is None else row["probability"],
        "people": shown(WITHHELD if is_few else people, "count"),
        "people_sort": -1 if is_few else people,
        "adjustment": shown(row["adjustment_fraction"], "adjustment"),
        "adjustment_sort": str(row["adjustment_fraction"] or 0),
        "amount": shown(row["adjustment_amount"], "cents"),
        "amount_sort": str(row["adjustment_amount"] or 0),
        "files": {form: quote(file) for form, file in sorted(files.items())},
    }


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("openp4p.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("qrur/index.html.j2")
