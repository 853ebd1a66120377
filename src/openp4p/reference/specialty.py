"""The specialty adjustment read a second time, in plain Python (42 CFR 414.1235(c))."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row


def specialty_costs(
    unadjusted_rates: list[Row],
    professionals: list[Row],
    measure_rules: list[Row],
    program: Program,
) -> list[Row]:
    """What each cost measure costs nationally where one specialty practises: E_s."""
    if not program.cost.specialty_adjustment:
        return []
    costs: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for rate in _at_minimum(unadjusted_rates, measure_rules):
        team = _team(rate["tin"], professionals)
        heads = Counter(person["specialty"] for person in team)
        shares = _shares(team, program.cost.specialty_share)
        for specialty, number in heads.items():
            share = shares[specialty]
            if share is not None:
                weight = share * number * rate["cases"]
                costs[rate["measure"], specialty].append((weight, rate["rate"]))
            else:
                costs[rate["measure"], specialty]  # listed, without weight
    found = []
    for (measure, specialty), pairs in costs.items():
        weight = math.fsum(w for w, _ in pairs) if pairs else None
        mean = math.fsum(w * c for w, c in pairs) / weight if weight else None
        found.append(
            {
                "measure": measure,
                "specialty": specialty,
                "weight": weight,
                "expected_cost": mean,
            }
        )
    return found


def _at_minimum(rates: list[Row], measure_rules: list[Row]) -> list[Row]:
    """Cost rates computed from claims, of practices at the minimum of cases."""
    minimum = {r["measure"]: r["minimum_cases"] for r in measure_rules if r["kind"] == "cost"}
    return [
        rate
        for rate in rates
        if rate["measure"] in minimum
        and rate["cases"] >= minimum[rate["measure"]]
        and rate["rate"] is not None
        and rate["numerator"] is not None
    ]


def _team(tin: str, professionals: list[Row]) -> list[Row]:
    return [row for row in professionals if row["tin"] == tin and row["in_claims"]]


def _shares(team: list[Row], basis: str) -> dict[str, float | None]:
    """Each specialty's share of the practice's heads or dollars; none without dollars."""
    totals: dict[str, float] = defaultdict(float)
    for person in team:
        totals[person["specialty"]] += {
            "headcount": 1.0,
            "part_b_payments": float(person["paid_amount"] or 0),
            "paid_fee_schedule": float(person["paid_amount"] or 0),
            "allowed_amount": float(person["allowed_amount"] or 0),
        }[basis]
    whole = sum(totals.values())
    return {name: total / whole if whole else None for name, total in totals.items()}


def performance_rates(
    unadjusted_rates: list[Row],
    specialty_costs: list[Row],
    professionals: list[Row],
    measure_rules: list[Row],
    program: Program,
) -> list[Row]:
    """The rates as they will be compared: C* = C / X times the national mean for cost measures."""
    kinds = {row["measure"]: row["kind"] for row in measure_rules}
    pairs: dict[str, list[Row]] = defaultdict(list)
    for rate in _at_minimum(unadjusted_rates, measure_rules):
        pairs[rate["measure"]].append(rate)
    means = {
        measure: math.fsum(r["cases"] * r["rate"] for r in rates) / sum(r["cases"] for r in rates)
        for measure, rates in pairs.items()
    }
    national = {(r["measure"], r["specialty"]): r["expected_cost"] for r in specialty_costs}
    found = []
    for rate in unadjusted_rates:
        measure, made = rate["measure"], dict(rate)
        made.pop("national_mean", None)
        made["unadjusted_rate"], made["specialty_expected"] = rate["rate"], None
        if program.cost.specialty_adjustment and kinds.get(measure) == "cost" and measure in means:
            mean = means[measure]
            own = _own_expected(_team(rate["tin"], professionals), measure, mean, national, program)
            made["specialty_expected"] = own
            if own and rate["numerator"] is not None and rate["rate"] is not None:
                factor = mean / own
                made["rate"] = rate["rate"] * factor
                if rate["variance"] is not None:
                    made["variance"] = rate["variance"] * factor**2
        found.append(made)
    return found


def _own_expected(
    team: list[Row],
    measure: str,
    mean: float,
    national: dict[tuple[str, str], float | None],
    program: Program,
) -> float | None:
    """X_j: what the practice's own mix of specialties costs nationally."""
    shares = _shares(team, program.cost.specialty_dollars)
    if None in shares.values():
        shares = _shares(team, "headcount")
    top = bottom = 0.0
    for specialty, share in shares.items():
        cost = national.get((measure, specialty))
        if cost is None and program.cost.specialty_missing == "drop_and_renormalise":
            continue
        top += (share or 0.0) * (mean if cost is None else cost)
        bottom += share or 0.0
    return top / bottom if bottom else None
