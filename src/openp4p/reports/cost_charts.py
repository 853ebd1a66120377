"""The pictures of cost: how well the model fits, and where the dollars go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
from markupsafe import Markup

from openp4p.reports.charts import DOWN, INK, NAMES, NONE, UP, WIDTH, as_svg

Rows = Sequence[dict[str, Any]]
BILLED_BY = {"own": "own practice", "other": "other practices", "facility": "facilities"}
_KINDS = {"actual": "what they cost", "expected": "what the model expects"}


def fit_chart(rows: Rows) -> Markup:
    """Points: mean actual and expected dollars of each group, one line a group."""
    long = [
        {"name": row["name"], "kind": kind, "dollars": row[f"{kind}_dollars"]}
        for row in rows
        for kind in _KINDS
    ]
    y = alt.Y(
        "name:N",
        sort=None,
        title=None,
        axis=alt.Axis(labelLimit=NAMES, ticks=False, domain=False, labelPadding=8, grid=True),
    )
    x = alt.X(
        "dollars:Q",
        title="mean dollars a year",
        scale=alt.Scale(zero=False),
        axis=alt.Axis(format="$~s", tickCount=5),
    )
    base = alt.Chart(alt.Data(values=long)).encode(y=y)
    span = alt.Chart(alt.Data(values=list(rows))).mark_rule(color=NONE)
    between = span.encode(
        y=y, x=alt.X("actual_dollars:Q", title="mean dollars a year"), x2="expected_dollars:Q"
    )
    domain = list(_KINDS)
    points = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=x,
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=domain, range=[UP, DOWN]),
            legend=alt.Legend(
                title=None, orient="top", columnPadding=28, labelExpr=f"{_KINDS}[datum.label]"
            ),
        ),
        shape=alt.Shape("kind:N", scale=alt.Scale(domain=domain, range=["circle", "diamond"])),
    )
    said = "; ".join(
        f"{row['name']}: ${row['actual_dollars']:,.0f} actual, "
        f"${row['expected_dollars']:,.0f} expected"
        for row in rows
    )
    chart = (between + points).properties(width=WIDTH - NAMES, height=alt.Step(24))
    return as_svg(chart, "fit", "Actual and expected dollars by group of beneficiaries", said)


def categories_chart(rows: Rows) -> Markup:
    """Stacked bars: dollars a beneficiary by category of service and by who billed."""
    colour = alt.Color(
        "billed_by:N",
        scale=alt.Scale(domain=list(BILLED_BY), range=[UP, DOWN, NONE]),
        legend=alt.Legend(
            title=None, orient="top", columnPadding=28, labelExpr=f"{BILLED_BY}[datum.label]"
        ),
    )
    y = alt.Y(
        "name:N",
        sort=None,
        title=None,
        axis=alt.Axis(labelLimit=2 * NAMES, ticks=False, domain=False, labelPadding=8),
    )
    order = alt.Order("place:Q")
    bars = (
        alt.Chart(alt.Data(values=list(rows)))
        .mark_bar(height={"band": 0.7})
        .encode(
            y=y, x=alt.X("dollars:Q", stack=True, axis=None, title=None), color=colour, order=order
        )
    )
    whole: dict[str, float] = {}
    for row in rows:
        whole[row["name"]] = whole.get(row["name"], 0.0) + row["dollars"]
    totals = [{"name": name, "dollars": dollars} for name, dollars in whole.items()]
    labels = (
        alt.Chart(alt.Data(values=totals))
        .mark_text(align="left", dx=5, color=INK)
        .encode(y=y, x=alt.X("dollars:Q", title=None), text=alt.Text("dollars:Q", format="$,.0f"))
    )
    said = "; ".join(f"{name}: ${dollars:,.0f}" for name, dollars in whole.items())
    chart = (bars + labels).properties(width=WIDTH - NAMES, height=alt.Step(24))
    return as_svg(chart, "services", "Dollars a beneficiary by category of service", said)
