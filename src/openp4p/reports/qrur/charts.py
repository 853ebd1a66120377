"""The pictures of a report, drawn at the width of a phone and readable at any.

Made by hand as SVG: a report has a dozen, and a batch a hundred thousand. Which way is good is
written on each; blue is better, orange worse, grey too uncertain or not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from openp4p.reports.charts import DOWN, NONE, UP
from openp4p.reports.qrur.practice import BETTER, WORSE
from openp4p.reports.qrur.shown import shown

WIDTH = 360
_LEFT, _RIGHT, _ROW, _TOP = 8, 352, 38, 30
_NAME = 54  # characters of a name that fit on one line
_MOST = 4.0  # standard deviations; what lies beyond is drawn at the edge
_COLOURS = {BETTER: UP, WORSE: DOWN}
_ARROWS = {
    "higher": "better \N{RIGHTWARDS ARROW}",
    "lower": "\N{LEFTWARDS ARROW} better",
}
Rows = Iterable[Mapping[str, Any]]


@dataclass(frozen=True)
class Picture:
    """An SVG element with its title and the words that say the same."""

    id: str
    title: str
    description: str
    height: float
    body: str

    def inline(self) -> Markup:
        """As a part of a page."""
        return Markup(  # noqa: S704  # drawn here from numbers; words are escaped
            f'<svg viewBox="0 0 {WIDTH} {self.height:.0f}" role="img" '
            f'aria-labelledby="{self.id}-t {self.id}-d">'
            f'<title id="{self.id}-t">{escape(self.title)}</title>'
            f'<desc id="{self.id}-d">{escape(self.description)}</desc>{self.body}</svg>'
        )

    def alone(self) -> str:
        """As a file of its own, in black where the page would choose the ink."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:.0f}" '
            f'width="{WIDTH}" height="{self.height:.0f}">'
            f"{self.body.replace('currentColor', '#1b2027')}</svg>"
        )


def scores(id_: str, title: str, rows: Rows, better: str) -> Picture | None:
    """Points: each measure in standard deviations from its benchmark, with what chance allows."""
    listed = [row for row in rows if row.get("standardized_score") is not None]
    if not listed:
        return None
    parts = [_axis(len(listed), better, "benchmark")]
    for place, row in enumerate(listed):
        y, value = _line(place), row["standardized_score"]
        colour = _colour(row)
        spread = (row.get("score_variance") or 0.0) ** 0.5 * row["critical"]
        low, high = _x(value - spread), _x(value + spread)
        parts.append(_name(place, row["measure_name"]))
        parts.append(
            f'<path d="M{low:.1f} {y}H{high:.1f}" stroke="{colour}" stroke-width="2.5" />'
            f'<circle cx="{_x(value):.1f}" cy="{y}" r="5.5" fill="{colour}" />'
        )
    said = "; ".join(
        f"{row['measure_name']}: {shown(row['standardized_score'], 'score')}, {row['standing']}"
        for row in listed
    )
    way = "Right" if better == "higher" else "Left"
    return _picture(id_, title, f"{way} is better. {said}.", len(listed), parts)


def steps(id_: str, title: str, rows: Sequence[Mapping[str, Any]], better: str) -> Picture | None:
    """A waterfall: what each measure adds, one after the other, down to the composite."""
    if not rows:
        return None
    walked = [row for row in rows if "weight" in row or row.get("step", "").startswith("less")]
    total = next(row for row in rows if row.get("tone") == "total")
    reached, edges = 0.0, [0.0]
    for row in walked:
        reached += row["adds"]
        edges.append(reached)
    most = max(*(abs(edge) for edge in edges), abs(total["adds"]), 1.0) * 1.08
    parts = [_axis(len(walked) + 1, better, "no difference")]
    for place, (row, start) in enumerate(zip(walked, edges, strict=False)):
        parts += [_name(place, row["step"], shown(row["adds"], "score"))]
        parts += [_bar(place, start, start + row["adds"], most, _colour(row))]
    place = len(walked)
    parts += [_name(place, total["step"], shown(total["adds"], "score"), bold=True)]
    parts += [_bar(place, 0.0, total["adds"], most, "currentColor")]
    said = "; ".join(f"{row['step']} {shown(row['adds'], 'score')}" for row in [*walked, total])
    way = "right" if better == "higher" else "left"
    return _picture(id_, title, f"To the {way} is better. {said}.", len(walked) + 1, parts)


def differences(id_: str, title: str, rows: Rows, name: str) -> Picture | None:
    """Bars: dollars above or below all practices; less is to the left."""
    listed = [r for r in rows if r.get("difference") is not None and r.get("tone") != "total"]
    if not listed:
        return None
    most = max(*(abs(row["difference"]) for row in listed), 1.0) * 1.05
    parts = [_axis(len(listed), "lower", "all practices", "costs less", "costs more")]
    for place, row in enumerate(listed):
        parts += [_name(place, str(row[name]), shown(row["difference"], "moved"))]
        parts += [_bar(place, 0.0, row["difference"], most, NONE)]
    said = "; ".join(f"{row[name]} {shown(row['difference'], 'moved')}" for row in listed)
    return _picture(id_, title, f"Left costs less. {said}.", len(listed), parts)


def _colour(row: Mapping[str, Any]) -> str:
    return _COLOURS.get(str(row.get("standing")), NONE)


def _picture(id_: str, title: str, said: str, rows: int, parts: Sequence[str]) -> Picture:
    return Picture(id_, title, said, _TOP + rows * _ROW + 6, "".join(parts))


def _line(place: int) -> float:
    return _TOP + place * _ROW + 26


def _x(value: float, most: float = _MOST) -> float:
    middle = (_LEFT + _RIGHT) / 2
    return middle + max(-1.0, min(1.0, value / most)) * (_RIGHT - middle)


def _axis(rows: int, better: str, zero: str, left: str = "", right: str = "") -> str:
    """The line of no difference, named, and which way is good."""
    middle = (_LEFT + _RIGHT) / 2
    # beside the marks only: a line through the names would make them hard to read
    line = "".join(f"M{middle} {_line(place) - 9}v18" for place in range(rows))
    arrow = _ARROWS[better]
    left = left or (arrow if better == "lower" else "worse")
    right = right or (arrow if better == "higher" else "worse")
    return (
        f'<path d="{line}" stroke="currentColor" stroke-dasharray="3 3" '
        'opacity=".6" />'
        + _text(_LEFT, 13, left, "start")
        + _text(middle, 13, zero, "middle")
        + _text(_RIGHT, 13, right, "end")
    )


def _name(place: int, name: str, value: str = "", *, bold: bool = False) -> str:
    y = _TOP + place * _ROW + 13
    short = name if len(name) <= _NAME else name[: _NAME - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    if value and len(short) > _NAME - len(value) - 2:
        short = short[: _NAME - len(value) - 4].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    weight = ' font-weight="600"' if bold else ""
    right = _text(_RIGHT, y, value, "end", extra=weight) if value else ""
    return _text(_LEFT, y, short, "start", extra=weight) + right


def _bar(place: int, start: float, end: float, most: float, colour: str) -> str:
    low, high = sorted((_x(start, most), _x(end, most)))
    return (
        f'<rect x="{low:.1f}" y="{_line(place) - 6}" width="{max(high - low, 1.5):.1f}" '
        f'height="12" fill="{colour}" />'
    )


def _text(x: float, y: float, words: str, anchor: str, *, extra: str = "") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12.5" '
        f'font-family="system-ui, sans-serif" fill="currentColor"{extra}>{escape(words)}</text>'
    )
