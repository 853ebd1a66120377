"""What explains an episode's cost, read a second time: its cell, its diagnoses, its terms."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row, is_allowed


def nursing_facility_cover(claim_line: list[Row], program: Program) -> list[Row]:
    """The long unbroken spells of nursing-facility visits of each beneficiary."""
    rules = program.episodes
    visits: dict[str, set[date]] = defaultdict(set)
    for line in claim_line:
        is_visit = (
            line["claim_class"] == "PART_B"
            and line["hcpcs_code"] in rules.nursing_facility_codes
            and line["place_of_service"] == rules.nursing_facility_place
        )
        if is_visit and is_allowed(line):
            visits[line["beneficiary_id"]].add(line["from_date"])
    found = []
    for id_, days in visits.items():
        spells: list[list[date]] = []
        for day in sorted(days):
            if spells and (day - spells[-1][-1]).days <= rules.nursing_facility_gap:
                spells[-1].append(day)
            else:
                spells.append([day])
        found += [
            {"beneficiary_id": id_, "first_day": spell[0], "last_day": spell[-1]}
            for spell in spells
            if (spell[-1] - spell[0]).days + 1 >= rules.nursing_facility_days
        ]
    return found


def episode_risks(
    episodes: list[Row], episode_costs: list[Row], drgs: list[Row], program: Program
) -> list[Row]:
    """Every episode with its cost, its stratum and its cell."""
    cost: dict[str, Decimal] = defaultdict(Decimal)
    unpriced: Counter[str] = Counter()
    for row in episode_costs:
        cost[row["episode_id"]] += row["amount"]
        unpriced[row["episode_id"]] += row["not_standardized"]
    listed = {row["drg"]: row for row in drgs}
    found = []
    for episode in episodes:
        id_, drg = episode["episode_id"], listed.get(episode["drg"])
        reason = episode["reason"]
        if program.cost.standardization == "never_fall_back" and unpriced[id_]:
            reason = reason or "not_standardized"
        found.append(
            {
                "episode_id": id_,
                "beneficiary_id": episode["beneficiary_id"],
                "start_date": episode["start_date"],
                "cost_dollars": cost[id_].quantize(Decimal("0.01")),
                "mdc": "unlisted" if drg is None else drg["mdc"],
                "drg": episode["drg"],
                "kind": _kind(drg),
                "reason": reason,
            }
        )
    return _with_cells(found, program)


def _kind(drg: Row | None) -> str:
    if drg is None:
        return "unlisted"
    return "surgical" if drg["is_surgical"] else "medical"


def _with_cells(found: list[Row], program: Program) -> list[Row]:
    """The episodes in strata and cells that hold enough of them (M31)."""
    counted = [row for row in found if row["reason"] is None]
    of_mdc = Counter(row["mdc"] for row in counted)
    of_drg = Counter(row["drg"] for row in counted)
    fewest = program.episodes.minimum_cell
    for row in found:
        rare_mdc, rare_drg = of_mdc[row["mdc"]] < fewest, of_drg[row["drg"]] < fewest
        drg, kind = row.pop("drg"), row.pop("kind")
        row["stratum"] = "other" if rare_mdc else row["mdc"]
        row["drg_cell"] = kind if rare_drg else drg
        if program.episodes.rare_cells == "dropped" and (rare_mdc or rare_drg):
            row["reason"] = row["reason"] or "rare_cell"
    return found


def episode_terms(
    episode_risks: list[Row],
    episode_conditions: list[Row],
    beneficiary: list[Row],
    enrollment_month: list[Row],
    nursing_facility_cover: list[Row],
    hcc_segments: list[Row],
    program: Program,
) -> list[Row]:
    """The terms of the cost model that hold of each episode."""
    people = {row["beneficiary_id"]: row for row in beneficiary}
    months = {(row["beneficiary_id"], row["year_month"]): row for row in enrollment_month}
    conditions: dict[str, list[str]] = defaultdict(list)
    for row in episode_conditions:
        conditions[row["episode_id"]].append(row["variable"])
    found = []
    for episode in episode_risks:
        if episode["reason"] is not None:
            continue
        id_, start = episode["beneficiary_id"], episode["start_date"]
        month = months.get((id_, start.year * 100 + start.month), {})
        spells = [row for row in nursing_facility_cover if row["beneficiary_id"] == id_]
        terms = ["intercept", *conditions[episode["episode_id"]], "drg_" + episode["drg_cell"]]
        if id_ in people:
            terms += _of_age(people[id_], start, hcc_segments, program)
        if month.get("entitlement_status") in program.eligibility.esrd_codes:
            terms.append("esrd")
        if _is_resident(start, spells, month, program):
            terms.append("long_term_care")
        found += [
            {"episode_id": episode["episode_id"], "term": term, "stratum": episode["stratum"]}
            for term in terms
        ]
    return found


def age_at(birth: date, day: date) -> int:
    """Whole years from the birth date to a day."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _of_age(person: Row, start: date, hcc_segments: list[Row], program: Program) -> list[str]:
    age = age_at(person["birth_date"], start)
    bands = program.episodes.age_bands.items()
    terms = [name for name, (first, last) in bands if first <= age <= last]
    community = next(row for row in hcc_segments if row["population"] == "community")
    reasons = community["originally_disabled_reasons"]
    code = person["orig_entitlement_code"]
    if age >= community["disabled_below"] and code and code in reasons:
        terms.append("originally_disabled")
    return terms


def _is_resident(start: date, spells: list[Row], month: Row, program: Program) -> bool:
    """Whether someone lived in an institution when the episode started (M32)."""
    rules = program.episodes
    if rules.long_term_care == "supplied_status":
        return bool(month.get("institutional"))
    if rules.long_term_care == "never":
        return False
    for spell in spells:
        last = min(spell["last_day"], start - timedelta(days=1))
        is_long = (last - spell["first_day"]).days + 1 >= rules.nursing_facility_days
        if is_long and (start - spell["last_day"]).days <= rules.nursing_facility_recent_days:
            return True
    return False
