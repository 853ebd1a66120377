"""Which exhibits have a picture, and what is drawn in it."""

from __future__ import annotations

from typing import Any

from openp4p.reports.qrur import chances, charts, measures, services
from openp4p.reports.qrur.charts import Picture
from openp4p.reports.qrur.model import Report
from openp4p.reports.qrur.result import E1
from openp4p.reports.qrur.scatter import scatter
from openp4p.reports.qrur.shown import WITHHELD
from openp4p.reports.qrur.waterfall import RULES as STEPS


def pictures(report: Report) -> dict[str, Picture]:
    """The pictures by the exhibit they stand with; a copy that hides numbers has none."""
    if report.audience != "practice":
        return {}
    found: dict[str, Picture | None] = {
        "VM": scatter(report.pictures) if "composites" in report.pictures else None
    }
    for exhibit in report.exhibits:
        id_, rows = exhibit.rule.id, list(exhibit.rows)
        title = f"Picture of exhibit {id_}: {exhibit.rule.title}"
        if id_ == E1.id:
            found[id_] = chances.picture(rows)
        elif id_ in measures.E3 or id_ in measures.E5:
            better = "higher" if id_ in measures.E3 else "lower"
            found[id_] = charts.scores(id_, title, _with_chance(report, rows), better)
        elif id_ in (STEPS["quality"].id, STEPS["cost"].id):
            better = "higher" if id_ == STEPS["quality"].id else "lower"
            found[id_] = charts.steps(id_, title, rows, better)
        elif id_ == services.E8.id:
            found[id_] = charts.differences(id_, title, rows, "section")
        elif id_ == services.E9.id:
            found[id_] = charts.differences(id_, title, rows, "condition")
    return {id_: picture for id_, picture in found.items() if picture is not None}


def _with_chance(report: Report, rows: list[Any]) -> list[dict[str, Any]]:
    critical = report.pictures["critical"]
    return [
        {**row, "critical": critical}
        for row in rows
        if row.get("standardized_score") is not WITHHELD
    ]
