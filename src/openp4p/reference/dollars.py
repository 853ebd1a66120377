"""What each beneficiary cost, read a second time in plain Python."""

from __future__ import annotations

import calendar
from collections import defaultdict
from decimal import Decimal

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row


def beneficiary_costs(
    service_costs: list[Row], eligible_beneficiaries: list[Row], program: Program
) -> list[Row]:
    """The dollars of each eligible beneficiary, in the year and scaled to a whole year."""
    cost: dict[str, Decimal] = defaultdict(Decimal)
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in service_costs:
        if row["in_year"]:
            cost[row["beneficiary_id"]] += row["amount"]
            if row["amount"] != 0:
                kinds[row["beneficiary_id"]].add(row["standardization"])
    found = []
    for person in eligible_beneficiaries:
        if not person["is_eligible"]:
            continue
        id_ = person["beneficiary_id"]
        dollars = cost.get(id_, Decimal(0)).quantize(Decimal("0.01"))
        if program.cost.annualise == "months":
            yearly = float(dollars) * 12 / max(person["months"], 1)
        else:
            days = 366 if calendar.isleap(program.performance_year) else 365
            yearly = float(dollars) * days / max(person["days"], 1)
        found.append(
            {
                "beneficiary_id": id_,
                "months": person["months"],
                "cost_dollars": dollars,
                "annualised_cost": yearly,
                "standardization": _standardization(kinds[id_]),
                "is_standardized": "none" not in kinds[id_],
            }
        )
    return found


def _standardization(kinds: set[str]) -> str:
    if not kinds:
        return "no_claims"
    return next(iter(kinds)) if len(kinds) == 1 else "partial"
