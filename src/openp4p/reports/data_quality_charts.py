"""The pictures of data quality: what is filled, claims by month, how complete the months are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
from markupsafe import Markup

from openp4p.claims.data_quality.arrival import Month
from openp4p.claims.data_quality.checks import BAD, LOOK, OK
from openp4p.claims.data_quality.counted import ALL, Counted
from openp4p.reports.charts import DOWN, INK, NAMES, NONE, UP, WIDTH, as_svg
from openp4p.reports.meanings import in_english

_COLOURS = {OK: UP, LOOK: NONE, BAD: DOWN}
_SAID = {OK: "in order", LOOK: "look at it", BAD: "bad"}
_HUNDRED, _FEW = 100, 13


def filled_chart(counted: Sequence[Counted]) -> Markup:
    """Bars: the share of rows that have what matters, by column and claim class."""
    rows = [
        {
            "name": _name(one),
            "share": 1 - one.share,
            "level": one.level,
            "said": f"{_down(1 - one.share)}%",
        }
        for one in counted
    ]
    names = alt.Axis(labelLimit=2 * WIDTH, ticks=False, domain=False, labelPadding=8)
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=names),
        x=alt.X("share:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 1])),
    )
    bars = base.mark_bar(height={"band": 0.66}).encode(color=_colour())
    labels = base.mark_text(align="left", dx=5, color=INK).encode(text="said:N")
    chart = (bars + labels).properties(width=WIDTH - NAMES, height=alt.Step(22))
    said = "; ".join(f"{row['name']}: {row['said']}" for row in rows)
    return as_svg(chart, "filled", "Share of rows that have what matters", said)


def volume_chart(months: Sequence[Month]) -> Markup:
    """Columns: claims by month of service, one row of columns for each claim class."""
    rows = [
        {
            "name": str(in_english(month.claim_class)),
            "month": _dashed(month.year_month),
            "claims": month.claims,
            # what is usual shows where a month has nothing to show
            "usual": month.usual if month.level != OK else 0,
            "level": month.level,
        }
        for month in months
    ]
    shown = sorted({_dashed(month.year_month) for month in months})
    label = "slice(datum.label, 5) == '01' ? slice(datum.label, 0, 4) : ''"
    if len(shown) <= _FEW:
        label = "slice(datum.label, 5)"
    axis = alt.Axis(labelAngle=0, labelExpr=label, labelOverlap=False, ticks=False)
    x = alt.X("month:O", title=None, axis=axis, scale=alt.Scale(domain=shown))
    counts = alt.Axis(tickCount=2, format="~s")
    base = alt.Chart().encode(x=x, color=_colour())
    usual = base.mark_bar(opacity=0.35).encode(y=alt.Y("usual:Q", title=None, axis=counts))
    there = base.mark_bar().encode(y=alt.Y("claims:Q", title=None, axis=counts))
    header = alt.Header(
        labelAngle=0, labelAlign="left", labelColor=INK, labelFontSize=13, labelPadding=30
    )
    names = list(dict.fromkeys(row["name"] for row in rows))
    chart = (
        alt.layer(usual, there, data=alt.Data(values=rows))
        .properties(width=WIDTH - NAMES, height=46)
        .facet(row=alt.Row("name:N", sort=names, title=None, header=header))
        .resolve_scale(y="independent")
    )
    lacking = [f"{row['name']} {row['month']}" for row in rows if row["level"] != OK]
    said = f"{len(shown)} months from {shown[0]} to {shown[-1]}. "
    said += f"Few or none: {', '.join(lacking)}." if lacking else "No month stands out."
    return as_svg(chart, "volume", "Claims by month of service and claim class", said)


def complete_chart(complete: Mapping[int, float]) -> Markup:
    """Columns: the share of each month's claims that is probably there."""
    rows = [
        {"month": _dashed(month), "share": share, "said": f"{_down(share)}%"}
        for month, share in complete.items()
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X(
            "month:O",
            title=None,
            axis=alt.Axis(labelAngle=0, labelExpr="slice(datum.label, 5)", ticks=False),
        ),
        y=alt.Y("share:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 1])),
    )
    labels = base.mark_text(dy=-7, color=INK, fontSize=11).encode(text="said:N")
    chart = (base.mark_bar(color=UP) + labels).properties(width=WIDTH - 60, height=120)
    said = "; ".join(f"{row['month']}: {row['said']}" for row in rows)
    return as_svg(chart, "complete", "Share of each month's claims that is probably there", said)


def _colour() -> alt.Color:
    return alt.Color(
        "level:N",
        scale=alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values())),
        legend=alt.Legend(
            title=None, orient="top", columnPadding=28, labelExpr=f"{_SAID}[datum.label]"
        ),
    )


def _name(one: Counted) -> str:
    if one.claim_class == ALL or len(one.check.classes) == 1:
        return one.check.what
    return f"{one.check.what}: {in_english(one.claim_class)}"


def _dashed(year_month: int) -> str:
    return f"{year_month // _HUNDRED}-{year_month % _HUNDRED:02d}"


def _down(share: float) -> int:
    """Percent without decimals, never 100 while something lacks."""
    return int(share * _HUNDRED)
