"""The pictures of a comparison of variants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
from markupsafe import Markup

from openp4p.reports.charts import DOWN, INK, UP, WIDTH, as_svg

_NAMES = 210
Rows = Sequence[dict[str, Any]]


def moves_chart(rows: Rows) -> Markup:
    """Bars: practices with another adjustment under each variant, most first."""
    labels = alt.Text("n:Q", format=",")
    chart = _chart(rows, alt.value(UP), alt.X("n:Q", axis=None), labels)
    said = "; ".join(f"{row['name']}: {row['n']:,}" for row in rows)
    return as_svg(chart, "moves", "Practices with another adjustment, by variant", said)


def dollars_chart(rows: Rows, name: str) -> Markup:
    """Bars: by how many dollars each group of practices is paid more or less than in the run."""
    colour = alt.condition("datum.dollars < 0", alt.value(DOWN), alt.value(UP))
    axis = alt.Axis(format="$~s", tickCount=4, domain=False)
    chart = _chart(rows, colour, alt.X("dollars:Q", title=None, axis=axis), None)
    said = "; ".join(f"{row['name']}: {row['dollars']:,.0f} dollars" for row in rows)
    return as_svg(chart, name, "Dollars more or less than in the run, by group", said)


def _chart(rows: Rows, colour: Any, x: Any, labels: Any) -> Any:  # noqa: ANN401  # Altair channels
    base = alt.Chart(alt.Data(values=list(rows))).encode(
        y=alt.Y(
            "name:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=_NAMES, ticks=False, domain=False, labelPadding=8),
        ),
        x=x,
    )
    made: Any = base.mark_bar(height={"band": 0.68}).encode(color=colour)
    if labels is not None:
        made += base.mark_text(align="left", dx=5, color=INK).encode(text=labels)
    return made.properties(width=WIDTH - _NAMES + 60, height=alt.Step(24))
