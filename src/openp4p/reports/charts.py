"""The pictures of a page: Vega-Altair as inline SVG that needs no script and no network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup, escape

# told apart by every kind of colour vision, and by shape or position as well
UP, NONE, DOWN = "#0072b2", "#7d848c", "#d55e00"
INK = "#010203"  # replaced by the colour of the text around the picture
WIDTH, NAMES = 500, 150
_FEW_MONTHS = 13
_FONT = "system-ui, sans-serif"
# browsers' letters are wider than the renderer's, so that names need some room
_ROOM = {"left": 24, "right": 40, "top": 6, "bottom": 6}
_DIRECTIONS = {"up": "paid more", "none": "no change", "down": "paid less"}
Rows = Sequence[dict[str, Any]]


def steps_chart(rows: Rows) -> Markup:
    """Bars: eligible beneficiaries by the step that attributed them."""
    bars = _bars(rows, alt.value(UP))
    said = "; ".join(f"{row['name']}: {row['n']:,}" for row in rows)
    return as_svg(bars, "steps", "Eligible beneficiaries by attribution step", said)


def spread_chart(rows: Rows) -> Markup:
    """Bars: subject practices by their adjustment, largest reduction first."""
    colour = alt.Color(
        "direction:N",
        scale=alt.Scale(domain=list(_DIRECTIONS), range=[UP, NONE, DOWN]),
        legend=None,
    )
    bars = _bars(rows, colour)
    said = "; ".join(f"{row['name']}: {row['n']:,} practices" for row in rows)
    return as_svg(bars, "spread", "Practices by payment adjustment", said)


def awards_chart(rows: Rows) -> Markup:
    """Bars: eligible practices by tenths of the award."""
    bars = _bars([{"name": row["name"], "n": row["n"]} for row in rows], alt.value(UP))
    said = "; ".join(f"{row['name']}: {row['n']:,} practices" for row in rows)
    return as_svg(bars, "spread", "Eligible practices by award", said)


def again_chart(rows: Rows) -> Markup:
    """Bars: by pair of tiers, the practices that other patients would put into it again."""
    bars = _bars(
        [{"name": row["name"], "n": row["again"]} for row in rows],
        alt.value(UP),
        ".1%",
        1.5 * NAMES,
    )
    said = "; ".join(f"{row['name']}: {row['again']:.1%} of {row['n']:,}" for row in rows)
    return as_svg(bars, "again", "Practices in the same pair of tiers on another draw", said)


def _bars(
    rows: Rows,
    colour: Any,  # noqa: ANN401  # a colour or a channel
    written: str = ",",
    names: float = NAMES,
) -> alt.LayerChart:
    """A bar for each row with its number at the end, in the order given."""
    base = alt.Chart(alt.Data(values=list(rows))).encode(
        y=alt.Y(
            "name:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=names, ticks=False, domain=False, labelPadding=8),
        ),
        x=alt.X("n:Q", axis=None),
    )
    labels = base.mark_text(align="left", dx=5, color=INK).encode(
        text=alt.Text("n:Q", format=written)
    )
    bars = base.mark_bar(height={"band": 0.68}).encode(color=colour)
    return (bars + labels).properties(width=WIDTH - names, height=alt.Step(30))


def months_chart(rows: Rows) -> Markup:
    """Columns: Medicare-paid dollars used of every claim class together, month by month."""
    # a long row of months is marked by its years
    names = "slice(datum.label, 5)" if len(rows) <= _FEW_MONTHS else "''"
    label = f"slice(datum.label, 5) == '01' ? slice(datum.label, 0, 4) : {names}"
    chart = (
        alt.Chart(alt.Data(values=list(rows)))
        .mark_bar(color=UP)
        .encode(
            x=alt.X(
                "month:O",
                title=None,
                axis=alt.Axis(labelAngle=0, labelExpr=label, labelOverlap=False, ticks=False),
            ),
            y=alt.Y("dollars:Q", title="dollars used", axis=alt.Axis(format="$~s", tickCount=4)),
        )
        .properties(width=WIDTH - 60, height=150)
    )
    last, first = rows[-1]["month"], rows[0]["month"]
    said = f"{len(rows)} months from {first} to {last}; the table below has every amount."
    return as_svg(chart, "months", "Dollars used by month of service", said)


def scatter_chart(rows: Rows, *, distance: float, limit: float, counted: bool) -> Markup:
    """Points: quality against cost composite; up and left is better; the average range shaded."""
    furthest = max([abs(v) for row in rows for v in (row["quality"], row["cost"])] + [2 * distance])
    edge = min(limit, furthest) * 1.05
    x = alt.Scale(domain=[-edge, edge], nice=False)
    cost, quality = "\N{LEFTWARDS ARROW} lower cost (better)", "better quality \N{RIGHTWARDS ARROW}"
    whole = alt.Axis(format="d", tickMinStep=1)
    average = alt.Chart(
        alt.Data(values=[{"from": -distance, "to": distance, "low": -edge, "high": edge}])
    )
    shade = {"color": NONE, "opacity": 0.16}
    bands = average.mark_rect(**shade).encode(
        x=alt.X("from:Q", title=cost), x2="to:Q", y=alt.Y("low:Q", title=quality), y2="high:Q"
    ) + average.mark_rect(**shade).encode(
        x=alt.X("low:Q", title=cost), x2="high:Q", y=alt.Y("from:Q", title=quality), y2="to:Q"
    )
    size: Any = alt.Size("n:Q", scale=alt.Scale(range=[12, 300]), legend=None)
    points = (
        alt.Chart(alt.Data(values=list(rows)))
        .mark_point(filled=True, opacity=0.75)
        .encode(
            x=alt.X("cost:Q", scale=x, title=cost, axis=whole),
            y=alt.Y("quality:Q", scale=x, title=quality, axis=whole),
            color=alt.Color(
                "direction:N",
                scale=alt.Scale(domain=list(_DIRECTIONS), range=[UP, NONE, DOWN]),
                legend=alt.Legend(
                    title=None,
                    orient="top",
                    columnPadding=28,
                    labelExpr=f"{_DIRECTIONS}[datum.label]",
                ),
            ),
            shape=alt.Shape(
                "direction:N",
                scale=alt.Scale(
                    domain=list(_DIRECTIONS), range=["triangle-up", "circle", "triangle-down"]
                ),
            ),
            size=size if counted else alt.value(34),
        )
    )
    best = (
        alt.Chart(alt.Data(values=[{"cost": -edge, "quality": edge}]))
        .mark_text(
            text="best", align="left", baseline="top", dx=6, dy=6, color=INK, fontStyle="italic"
        )
        .encode(x=alt.X("cost:Q", title=cost), y=alt.Y("quality:Q", title=quality))
    )
    by = {d: sum(row["n"] for row in rows if row["direction"] == d) for d in _DIRECTIONS}
    said = (
        "Each point is a tiered practice" + (" or several of them" if counted else "") + ". "
        "Up is better quality, left is lower cost; the shaded bands are within "
        f"{distance:g} standard deviation of the peers' mean. "
        + "; ".join(f"{_DIRECTIONS[d]}: {n:,}" for d, n in by.items())
        + "."
    )
    chart = (bands + points + best).properties(width=WIDTH - 60, height=WIDTH - 60)
    return as_svg(chart, "scatter", "Quality and cost composites of tiered practices", said)


def as_svg(chart: Any, name: str, title: str, description: str) -> Markup:  # noqa: ANN401
    """The chart as an SVG element that fits its place, with a title and a description."""
    spec = chart.configure(background="transparent", font=_FONT, padding=_ROOM).configure_axis(
        labelColor=INK,
        titleColor=INK,
        domainColor=INK,
        tickColor=INK,
        gridColor=INK,
        gridOpacity=0.12,
        labelFontSize=13,
        titleFontSize=13,
        titleFontWeight="normal",
    )
    spec = spec.configure_view(stroke=None).configure_text(fontSize=13)
    spec = spec.configure_legend(labelColor=INK, titleColor=INK, labelFontSize=13)
    drawn = vl_convert.vegalite_to_svg(spec.to_dict())
    head = re.match(r"<svg[^>]*>", drawn)
    assert head, "the renderer gives an SVG element"
    box = re.search(r'viewBox="([^"]*)"', head[0])
    assert box, "the renderer gives the size of the picture"
    body = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", drawn[head.end() :])
    body = body.replace(INK, "currentColor")
    # names inside a picture must not meet those of another on the same page
    body = re.sub(r'(id="|url\(#)(clip\d+)', rf"\g<1>{name}-\g<2>", body)
    width = float(box[1].split()[2])
    return Markup(  # noqa: S704  # made above from our own numbers, with its words escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}" role="img" '
        f'style="max-width:{width:.0f}px" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>{body}'
    )
