"""The breakdown of a practice's cost, read a second time in plain Python."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from openp4p.reference.carrier_lines import Row
from openp4p.reference.standing import significant

_NOTHING = Decimal("0.00")


def beneficiary_cost_categories(
    service_costs: list[Row], attributed_beneficiaries: list[Row]
) -> list[Row]:
    """Dollars of the year per attributed beneficiary, category, kind of service and biller."""
    practice = {row["beneficiary_id"]: row["tin"] for row in attributed_beneficiaries}
    cells: dict[tuple[str, ...], list[Decimal]] = defaultdict(list)
    for row in service_costs:
        id_ = row["beneficiary_id"]
        if not row["in_year"] or id_ not in practice:
            continue
        biller = "own" if row["tin"] == practice[id_] else "other"
        biller = "facility" if row["tin"] is None else biller
        group = "none" if row["betos"] is None else row["betos"][:2]
        cells[id_, row["category"], group, biller].append(row["amount"])
    return [
        {
            "beneficiary_id": id_,
            "category": category,
            "service_group": group,
            "billed_by": biller,
            "tin": practice[id_],
            "services": len(amounts),
            "dollars": sum(amounts, _NOTHING),
        }
        for (id_, category, group, biller), amounts in cells.items()
    ]


def practice_costs(
    beneficiary_cost_categories: list[Row],
    attributed_beneficiaries: list[Row],
    practices: list[Row],
) -> list[Row]:
    """Dollars per practice, category and biller, per head, beside the nation and the class."""
    heads: dict[str, int] = defaultdict(int)
    for row in attributed_beneficiaries:
        heads[row["tin"]] += 1
    spent: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in beneficiary_cost_categories:
        spent[row["tin"], row["category"], row["billed_by"]] += row["dollars"]
    size = {row["tin"]: row["size_class"] for row in practices}
    found = []
    for category, biller in {key[1:] for key in spent}:
        for tin, people in heads.items():
            dollars = spent.get((tin, category, biller), _NOTHING)
            whole = sum((d for key, d in spent.items() if key[0] == tin), _NOTHING)
            same = [t for t in heads if size.get(t) is not None and size.get(t) == size.get(tin)]
            peers = _per_head(list(heads), category, biller, spent, heads)
            found.append(
                {
                    "tin": tin,
                    "category": category,
                    "billed_by": biller,
                    "beneficiaries": people,
                    "dollars": dollars.quantize(_NOTHING),
                    "share": float(dollars) / float(whole) if whole else None,
                    "per_capita_dollars": float(dollars) / people,
                    "peers_per_capita_dollars": peers,
                    "class_per_capita_dollars": (
                        _per_head(same, category, biller, spent, heads) if same else None
                    ),
                    "difference": float(dollars) / people - peers,
                }
            )
    return found


def _per_head(
    tins: list[str],
    category: str,
    biller: str,
    spent: dict[tuple[str, str, str], Decimal],
    heads: dict[str, int],
) -> float:
    dollars = sum((spent.get((t, category, biller), _NOTHING) for t in tins), _NOTHING)
    return float(dollars) / sum(heads[t] for t in tins)


def practice_cost_services(beneficiary_cost_categories: list[Row]) -> list[Row]:
    """Dollars per practice, kind of service and biller."""
    cells: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    whole: dict[str, Decimal] = defaultdict(Decimal)
    for row in beneficiary_cost_categories:
        cells[row["tin"], row["service_group"], row["billed_by"]].append(row)
        whole[row["tin"]] += row["dollars"]
    found = []
    for (tin, group, biller), rows in cells.items():
        dollars = sum((row["dollars"] for row in rows), _NOTHING)
        found.append(
            {
                "tin": tin,
                "service_group": group,
                "billed_by": biller,
                "services": sum(row["services"] for row in rows),
                "dollars": dollars,
                "share": float(dollars) / float(whole[tin]) if whole[tin] else None,
            }
        )
    return found


def practice_cost_facts(
    beneficiary_cost_categories: list[Row],
    attributed_beneficiaries: list[Row],
    eligible_beneficiaries: list[Row],
    beneficiary_costs: list[Row],
) -> list[Row]:
    """Cost before adjustment, who billed it, and risk, per practice."""
    score = {row["beneficiary_id"]: row["risk_score"] for row in eligible_beneficiaries}
    yearly = {row["beneficiary_id"]: row["annualised_cost"] for row in beneficiary_costs}
    people: dict[str, list[str]] = defaultdict(list)
    for row in attributed_beneficiaries:
        people[row["tin"]].append(row["beneficiary_id"])
    billed: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in beneficiary_cost_categories:
        billed[row["tin"]][row["billed_by"]] += row["dollars"]
    means = {tin: _mean([score.get(id_) for id_ in ids]) for tin, ids in people.items()}
    ranks = [significant(mean) for mean in means.values() if mean is not None]
    found = []
    for tin, ids in people.items():
        dollars = sum(billed[tin].values(), _NOTHING)
        shares = {
            f"{biller}_share": float(billed[tin][biller]) / float(dollars) if dollars else None
            for biller in ("own", "other", "facility")
        }
        mean = means[tin]
        at_or_below = None
        if mean is not None:
            at_or_below = sum(rank <= significant(mean) for rank in ranks) / len(ranks) * 100
        found.append(
            {
                "tin": tin,
                "beneficiaries": len(ids),
                "dollars": dollars,
                "per_capita_dollars": float(dollars) / len(ids),
                "annualised_cost": _mean([yearly.get(id_) for id_ in ids]),
                **shares,
                "risk_score": mean,
                "risk_percentile": at_or_below,
            }
        )
    return found


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
