"""A report as one HTML file: offline, by keyboard, read aloud, on a phone, on paper."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from openp4p.reports.qrur.model import Exhibit, Report
from openp4p.reports.qrur.pictures import pictures
from openp4p.reports.qrur.result import TIERS

NUMERIC = frozenset(
    {"count", "cents", "dollars", "moved", "share", "adjustment", "multiple", "score",
     "two_digits", "rate"}
)  # fmt: skip


def html(report: Report, *, patients_page: str = "") -> str:
    """The text of the page; `patients_page` is where the practice's own patients are listed."""
    drawn = pictures(report)
    return _template().render(
        report=report,
        drawn={id_: picture.inline() for id_, picture in drawn.items()},
        descriptions={id_: picture.description for id_, picture in drawn.items()},
        grid=_grid(report),
        numeric=NUMERIC,
        patients_page=patients_page,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("openp4p.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["zip"] = zip
    return environment.get_template("qrur/report.html.j2")


def _grid(report: Report) -> list[tuple[str, list[dict[str, str]]]]:
    """The nine cells as rows of quality and columns of cost; none without them."""
    found = next((e for e in report.exhibits if e.rule.id == "E1"), None)
    if found is None or not found.rows:
        return []
    cells = iter(_cells(found))
    return [(quality, [next(cells) for _ in TIERS["cost"]]) for quality in TIERS["quality"]]


def _cells(grid: Exhibit) -> list[dict[str, str]]:
    by_column = [
        dict(zip((c.id for c in grid.rule.columns), grid.cells(row), strict=True))
        for row in grid.rows
    ]
    signs = [row["adjustment"] for row in grid.rows]
    for cell, sign in zip(by_column, signs, strict=True):
        cell["sign"] = "up" if sign > 0 else "down" if sign < 0 else "even"
    return by_column
