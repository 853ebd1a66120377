"""The picture of quality against cost: the practice, how uncertain it is, and its peers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openp4p.reports.charts import NONE, UP
from openp4p.reports.qrur.charts import WIDTH, Picture, _text
from openp4p.reports.qrur.nation import EDGE, FEWEST_IN_SQUARE, SQUARE
from openp4p.reports.qrur.shown import shown

_LOW, _HIGH, _TOP, _BOTTOM = 34.0, 350.0, 24.0, 340.0
_LIGHTEST, _STRONGEST = 0.12, 0.6


def scatter(pictures: Mapping[str, Any]) -> Picture | None:
    """Up is better quality, left is lower cost; none for a practice without both composites."""
    quality, cost = (pictures["composites"][kind] for kind in ("quality", "cost"))
    if not quality or not cost or None in (quality["composite"], cost["composite"]):
        return None
    parts = [_average(pictures["limit"]), *_squares(pictures["squares"]), _frame()]
    parts.append(_practice(quality, cost, pictures["critical"]))
    said = (
        f"Your quality composite is {shown(quality['composite'], 'score')} and your cost composite "
        f"{shown(cost['composite'], 'score')}. Up is better quality, left is lower cost, which is "
        "better. The cross shows what chance allows. The band in the middle is the average range; "
        f"each grey square holds at least {FEWEST_IN_SQUARE} practices, darker ones more."
    )
    return Picture("scatter", "Where you are among practices", said, 376, "".join(parts))


def _x(cost: float) -> float:
    return _LOW + (max(-EDGE, min(EDGE, cost)) + EDGE) / (2 * EDGE) * (_HIGH - _LOW)


def _y(quality: float) -> float:
    return _BOTTOM - (max(-EDGE, min(EDGE, quality)) + EDGE) / (2 * EDGE) * (_BOTTOM - _TOP)


def _average(limit: float) -> str:
    """The ranges that are average, across and upright."""
    shade = f'fill="{UP}" opacity=".09"'
    return (
        f'<rect x="{_LOW}" y="{_y(limit):.1f}" width="{_HIGH - _LOW}" '
        f'height="{_y(-limit) - _y(limit):.1f}" {shade} />'
        f'<rect x="{_x(-limit):.1f}" y="{_TOP}" width="{_x(limit) - _x(-limit):.1f}" '
        f'height="{_BOTTOM - _TOP}" {shade} />'
    )


def _squares(squares: Any) -> list[str]:  # noqa: ANN401  # rows of counts
    most = max((row["n"] for row in squares), default=1)
    side_x, side_y = _x(SQUARE) - _x(0), _y(0) - _y(SQUARE)
    return [
        f'<rect x="{_x(row["cost"] * SQUARE) + 1:.1f}" '
        f'y="{_y((row["quality"] + 1) * SQUARE) + 1:.1f}" width="{side_x - 2:.1f}" '
        f'height="{side_y - 2:.1f}" fill="{NONE}" '
        f'opacity="{_LIGHTEST + (_STRONGEST - _LIGHTEST) * row["n"] / most:.2f}" />'
        for row in squares
    ]


def _frame() -> str:
    ticks = [-2, -1, 0, 1, 2]
    lines = "".join(
        f'<path d="M{_x(t):.1f} {_BOTTOM}v4M{_LOW} {_y(t):.1f}h-4" stroke="currentColor" />'
        + _text(_x(t), _BOTTOM + 17, _tick(t), "middle")
        + _text(_LOW - 7, _y(t) + 4, _tick(t), "end")
        for t in ticks
    )
    return (
        f'<path d="M{_LOW} {_TOP}V{_BOTTOM}H{_HIGH}" fill="none" stroke="currentColor" />'
        f'<path d="M{_x(0):.1f} {_TOP}V{_BOTTOM}M{_LOW} {_y(0):.1f}H{_HIGH}" '
        'stroke="currentColor" stroke-dasharray="3 3" opacity=".5" />'
        + lines
        + _text(4, 14, "\N{UPWARDS ARROW} better quality (SD)", "start")
        + _text(WIDTH / 2 + 14, _BOTTOM + 33, "\N{LEFTWARDS ARROW} lower cost is better (SD)",
                "middle")
    )  # fmt: skip


def _tick(value: int) -> str:
    return f"{value:+d}".replace("-", "\N{MINUS SIGN}") if value else "0"


def _practice(quality: Mapping[str, Any], cost: Mapping[str, Any], critical: float) -> str:
    at_x, at_y = _x(cost["composite"]), _y(quality["composite"])
    across = critical * (cost["standard_error"] or 0.0)
    upright = critical * (quality["standard_error"] or 0.0)
    left, right = _x(cost["composite"] - across), _x(cost["composite"] + across)
    top, bottom = _y(quality["composite"] + upright), _y(quality["composite"] - upright)
    beside = -10 if at_x > WIDTH * 0.8 else 10
    return (
        f'<path d="M{left:.1f} {at_y:.1f}H{right:.1f}M{at_x:.1f} {top:.1f}V{bottom:.1f}" '
        'stroke="currentColor" stroke-width="2" />'
        f'<path d="M{at_x:.1f} {at_y - 8:.1f}l8 8l-8 8l-8 -8z" fill="{UP}" stroke="currentColor" '
        'stroke-width="1.5" />'
        + _text(at_x + beside, at_y - 10, "you", "end" if beside < 0 else "start",
                extra=' font-weight="700"')
    )  # fmt: skip
