"""What the first page says of cost: prices, measures, fit of the models, where dollars go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ibis import _
from markupsafe import Markup

from openp4p.reports import cost_charts
from openp4p.reports.facts import Facts, Rows, rows_of
from openp4p.results import Run

ALL_PATIENTS = "per_capita_cost"
# how beneficiaries are told apart when it is asked how well the model fits
GROUPINGS = {
    "risk_decile": "Risk score",
    "age_band": "Age",
    "dual": "Medicaid",
    "esrd": "End-stage renal disease",
    "new_enrollee": "New to Medicare",
}
_GROUPS = {
    "under_65": "under 65",
    "65_to_74": "65 to 74",
    "75_to_84": "75 to 84",
    "85_and_over": "85 and over",
    "dual": "full Medicaid",
    "not_dual": "no full Medicaid",
    "esrd": "end-stage renal disease",
    "no_esrd": "no end-stage renal disease",
    "new_enrollee": "new to Medicare",
    "continuing": "in Medicare the year before",
    "unknown": "not known",
}
_DECILE = "risk_decile"
_PRICES = {
    "supplied": "supplied standardised amounts",
    "schedule": "prices of a supplied fee schedule",
    "national_mean": "national mean prices of these claims",
    "partial": "several kinds of price",
    "none": "not standardised: allowed amounts as paid",
    "no_claims": "no claims in the year",
}


def cost(run: Run) -> Facts:
    """Everything the section on cost shows; empty lists where nothing was computed."""
    groups = _groups(run)
    beneficiaries = rows_of(run, run.table("attributed_beneficiaries").agg(n=_.count()))[0]["n"]
    categories = _categories(run, beneficiaries)
    return {
        "prices": _prices(run),
        "measures": _measures(run),
        "groupings": [
            (name, [row for row in groups if row["grouping"] == id_])
            for id_, name in GROUPINGS.items()
            if any(row["grouping"] == id_ for row in groups)
        ],
        "categories": categories,
        "beneficiaries": beneficiaries,
        "pictures": _pictures(groups, categories),
    }


def _prices(run: Run) -> Rows:
    """Beneficiaries and dollars by how the dollars were priced."""
    found = rows_of(
        run,
        run.table("beneficiary_costs")
        .group_by("standardization")
        .agg(n=_.count(), dollars=_.cost_dollars.sum()),
    )
    order = list(_PRICES)
    return [
        {**row, "name": _PRICES[row["standardization"]]}
        for row in sorted(found, key=lambda row: order.index(row["standardization"]))
    ]


def _measures(run: Run) -> Rows:
    """The cost measures with their cases, mean and fit, and the practices at the minimum."""
    fits = {row["measure"]: row for row in run.rows("cost_fit")}
    rules = {rule.id: rule for rule in run.program.measures if rule.kind == "cost"}
    scored = run.table("scores").filter(_.kind == "cost", _.is_scored)
    practices = {
        row["measure"]: row["n"]
        for row in rows_of(run, scored.group_by("measure").agg(n=_.count()))
    }
    return [
        {
            "name": rule.name,
            "minimum_cases": rule.minimum_cases,
            "practices": practices.get(id_, 0),
            **fits[id_],
        }
        for id_, rule in rules.items()
        if id_ in fits
    ]


def _groups(run: Run) -> Rows:
    """Groups of beneficiaries with what they cost and what the model expects of them."""
    rows = run.rows("cost_calibration", {"measure": ALL_PATIENTS})
    order = list(GROUPINGS)
    return [
        {**row, "name": _named(row)}
        for row in sorted(
            (row for row in rows if row["grouping"] in GROUPINGS),
            key=lambda row: (order.index(row["grouping"]), _place(str(row["group"]))),
        )
    ]


def _place(group: str) -> tuple[int, str]:
    """Deciles by their number, other groups in the order in which they are listed."""
    listed = list(_GROUPS)
    return (listed.index(group), "") if group in listed else (0, group)


def _named(row: Mapping[str, Any]) -> str:
    group = str(row["group"])
    if row["grouping"] == _DECILE and group.isdigit():
        ends = {1: " (lowest risk)", 10: " (highest risk)"}
        return f"Decile {int(group)}{ends.get(int(group), '')}"
    return _GROUPS.get(group, group)


def _categories(run: Run, beneficiaries: int) -> Rows:
    """Dollars of attributed beneficiaries by category of service and who billed, and for each."""
    found = rows_of(
        run,
        run.table("practice_costs").group_by("category", "billed_by").agg(dollars=_.dollars.sum()),
    )
    listed = {row["category"]: row for row in run.rows("cost_categories")}
    by = list(cost_charts.BILLED_BY)
    return [
        {
            **row,
            "name": listed[row["category"]]["name"],
            "section": listed[row["category"]]["section"],
            "place": by.index(row["billed_by"]),
            "per_capita": float(row["dollars"]) / max(beneficiaries, 1),
        }
        for row in sorted(
            found,
            key=lambda r: (listed[r["category"]]["position"], by.index(r["billed_by"])),
        )
        if row["dollars"]
    ]


def _pictures(groups: Rows, categories: Rows) -> dict[str, Markup | None]:
    deciles = [row for row in groups if row["grouping"] == _DECILE]
    by_section: dict[tuple[str, str], dict[str, Any]] = {}
    for row in categories:
        held = by_section.setdefault(
            (row["section"], row["billed_by"]),
            {
                "name": row["section"],
                "billed_by": row["billed_by"],
                "place": row["place"],
                "dollars": 0.0,
            },
        )
        held["dollars"] += row["per_capita"]
    return {
        "fit": cost_charts.fit_chart(deciles) if deciles else None,
        "categories": (
            cost_charts.categories_chart(list(by_section.values())) if by_section else None
        ),
    }
