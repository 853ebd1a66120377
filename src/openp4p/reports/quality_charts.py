"""The picture of quality: how far practices lie from the benchmark of each outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
from markupsafe import Markup

from openp4p.reports.charts import INK, NAMES, NONE, UP, WIDTH, as_svg

Rows = Sequence[dict[str, Any]]
_TITLE = "standard deviations from the benchmark; right is better"


def outcomes_chart(rows: Rows) -> Markup:
    """Boxes: the middle half of the practices at the minimum, and 10th and 90th percentiles."""
    base = alt.Chart(alt.Data(values=list(rows))).encode(
        y=alt.Y(
            "name:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=2 * NAMES, ticks=False, domain=False, labelPadding=8),
        )
    )
    scale = alt.Scale(zero=True, nice=True)
    spans = base.mark_rule(color=NONE, strokeWidth=2).encode(
        x=alt.X("low:Q", title=_TITLE, scale=scale), x2="high:Q"
    )
    halves = base.mark_bar(color=UP, height={"band": 0.45}, opacity=0.75).encode(
        x=alt.X("lower:Q", title=_TITLE), x2="upper:Q"
    )
    middles = base.mark_tick(color=INK, thickness=2, height={"band": 0.6}).encode(
        x=alt.X("middle:Q", title=_TITLE)
    )
    zero = (
        alt.Chart(alt.Data(values=[{"at": 0}]))
        .mark_rule(color=INK, strokeDash=[3, 3])
        .encode(x=alt.X("at:Q", title=_TITLE))
    )
    said = "; ".join(
        f"{row['name']}: {row['n']:,} practices, median {row['middle']:+.2f}, "
        f"half of them from {row['lower']:+.2f} to {row['upper']:+.2f}"
        for row in rows
    )
    chart = (zero + spans + halves + middles).properties(width=WIDTH - NAMES, height=alt.Step(34))
    return as_svg(chart, "outcomes", "Practices and the benchmark of each outcome", said)
