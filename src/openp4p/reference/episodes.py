"""Episodes read a second time, in plain Python: index admissions, costs, practices."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row, is_allowed

MEASURE = "spending_per_beneficiary"
_CENT = Decimal("0.01")


def stay_exclusions(
    inpatient_stays: list[Row],
    claim: list[Row],
    beneficiary: list[Row],
    enrollment_month: list[Row],
    program: Program,
) -> list[Row]:
    """Every stay, the episode it would open, and what speaks against that."""
    people = {row["beneficiary_id"]: row for row in beneficiary}
    months: dict[str, dict[int, Row]] = defaultdict(dict)
    for row in enrollment_month:
        months[row["beneficiary_id"]][row["year_month"]] = row
    claims: dict[str, list[Row]] = defaultdict(list)
    for row in claim:
        claims[row["beneficiary_id"]].append(row)
    found = []
    for stay in inpatient_stays:
        id_ = stay["beneficiary_id"]
        start = stay["admission_date"] - timedelta(days=program.episodes.days_before)
        end = stay["discharge_date"] + timedelta(days=program.episodes.days_after)
        no_index = _no_index_reason(stay, program)
        first = start - timedelta(days=program.episodes.lookback_days)
        found.append(
            {
                "stay_id": stay["stay_id"],
                "beneficiary_id": id_,
                "admission_date": stay["admission_date"],
                "discharge_date": stay["discharge_date"],
                "start_date": start,
                "end_date": end,
                "no_index_reason": no_index,
                "exclusion": None
                if no_index
                else _exclusion(first, end, people.get(id_, {}), months[id_], claims[id_]),
            }
        )
    return found


def _no_index_reason(stay: Row, program: Program) -> str | None:
    is_in_maryland = stay["is_maryland"] and program.episodes.index_hospitals != "maryland_included"
    if not stay["is_subsection_d"] or is_in_maryland:
        return "not_subsection_d"
    paid = stay["paid_amount"]
    if (paid is not None and paid <= 0) or stay["drg"] is None:
        return "no_payment_or_drg"
    moved_on = stay["discharge_status"] in program.episodes.transfer_statuses
    return "transfer" if moved_on or stay["chain_stays"] > 1 else None


def _exclusion(
    first: date, end: date, person: Row, months: dict[int, Row], claims: list[Row]
) -> str | None:
    death = person.get("death_date")
    needed = _months(first, end if death is None else min(death, end))
    listed = [months.get(month, {}) for month in needed]
    if not all(row.get("part_a") and row.get("part_b") for row in listed):
        return "not_enrolled"
    if any(row.get("ma_enrolled") for row in listed):
        return "part_c"
    for row in claims:
        other = row["primary_payer_code"] is not None or (row["primary_payer_paid"] or 0) > 0
        if other and first <= row["from_date"] <= end:
            return "medicare_secondary"
    if death is not None and death <= end:
        return "died"
    return "no_risk_data" if person.get("birth_date") is None else None


def _months(first: date, last: date) -> list[int]:
    """Every month from the first day to the last, as 201501; none after a death before it."""
    found, year, month = [], first.year, first.month
    while (year, month) <= (last.year, last.month):
        found.append(year * 100 + month)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def _candidates(stay_exclusions: list[Row], program: Program) -> dict[str, list[Row]]:
    """By beneficiary and in order of date, the stays that could be index admissions."""
    found: dict[str, list[Row]] = defaultdict(list)
    for stay in stay_exclusions:
        blocks = program.episodes.index_chain != "excluded_stays_do_not_block"
        if stay["no_index_reason"] is None and (blocks or stay["exclusion"] is None):
            found[stay["beneficiary_id"]].append(stay)
    for stays in found.values():
        stays.sort(key=lambda s: (s["admission_date"], s["discharge_date"], s["stay_id"]))
    return found


def index_candidates(stay_exclusions: list[Row], program: Program) -> list[Row]:
    """The stays that could be index admissions, each with the next that it would not block."""
    found = []
    for id_, stays in _candidates(stay_exclusions, program).items():
        opens = [
            not any(_blocks(earlier, stay, program) for earlier in stays[:number])
            for number, stay in enumerate(stays)
        ]
        for number, stay in enumerate(stays):
            following = [
                later
                for later in range(number + 1, len(stays))
                if not _blocks(stay, stays[later], program)
            ]
            has_next = bool(following) and not opens[following[0]]
            found.append(
                {
                    "beneficiary_id": id_,
                    "position": number + 1,
                    "stay_id": stay["stay_id"],
                    "opens_run": opens[number],
                    "next_position": following[0] + 1 if has_next else None,
                }
            )
    return found


def _blocks(earlier: Row, later: Row, program: Program) -> bool:
    days: int = (later["admission_date"] - earlier["discharge_date"]).days
    return days <= program.episodes.days_between


def index_steps(index_candidates: list[Row]) -> list[Row]:
    """From every stay that has a next one, eight steps onwards."""
    after = {(r["beneficiary_id"], r["position"]): r["next_position"] for r in index_candidates}
    found = []
    for (id_, position), next_position in after.items():
        if next_position is None:
            continue
        row, at = {"beneficiary_id": id_, "position": position}, position
        for number in range(1, 9):
            at = after.get((id_, at))
            row[f"step_{number}"] = at
        found.append(row)
    return found


def episode_stays(
    stay_exclusions: list[Row],
    index_candidates: list[Row],  # noqa: ARG001  # the walk below needs no preparation
    index_steps: list[Row],  # noqa: ARG001
    program: Program,
) -> list[Row]:
    """Every stay, walked through in order of date: an index admission, or why it is none."""
    blocked_by: dict[str, str | None] = {}
    for stays in _candidates(stay_exclusions, program).values():
        index = None
        for stay in stays:
            if index is not None and _blocks(index, stay, program):
                blocked_by[stay["stay_id"]] = index["stay_id"]
            else:
                blocked_by[stay["stay_id"]], index = None, stay
    found = []
    for stay in stay_exclusions:
        is_candidate = stay["stay_id"] in blocked_by
        blocker = blocked_by.get(stay["stay_id"])
        reason = stay["no_index_reason"] or stay["exclusion"]
        if is_candidate:
            reason = None if blocker is None else "within_30_days"
        found.append(
            {
                "stay_id": stay["stay_id"],
                "beneficiary_id": stay["beneficiary_id"],
                "admission_date": stay["admission_date"],
                "discharge_date": stay["discharge_date"],
                "is_index": is_candidate and blocker is None,
                "reason": reason,
                "blocked_by": blocker,
            }
        )
    return found


def episodes(
    episode_stays: list[Row],
    stay_exclusions: list[Row],
    inpatient_stays: list[Row],
    measure_rules: list[Row],
    program: Program,
) -> list[Row]:
    """The index admissions whose discharge and episode lie in the performance year."""
    if not any(row["measure"] == MEASURE for row in measure_rules):
        return []
    index = {row["stay_id"] for row in episode_stays if row["is_index"]}
    said = {row["stay_id"]: row for row in stay_exclusions}
    found = []
    for stay in inpatient_stays:
        if stay["stay_id"] not in index:
            continue
        window, year = said[stay["stay_id"]], program.performance_year
        if stay["discharge_date"] < date(year, 1, 1) or window["end_date"] > date(year, 12, 31):
            continue
        found.append(
            {
                "episode_id": stay["stay_id"],
                **{c: stay[c] for c in ("beneficiary_id", "ccn", "drg")},
                **{c: stay[c] for c in ("admission_date", "discharge_date")},
                **{c: window[c] for c in ("start_date", "end_date")},
                "reason": window["exclusion"],
            }
        )
    return found


def episode_costs(episodes: list[Row], service_costs: list[Row], program: Program) -> list[Row]:
    """The dollars of each category that begin in each episode."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in service_costs:
        rows[row["beneficiary_id"]].append(row)
    found: dict[tuple[str, str], Row] = {}
    for episode in episodes:
        for row in rows[episode["beneficiary_id"]]:
            if not episode["start_date"] <= row["from_day"] <= episode["end_date"]:
                continue
            key = (episode["episode_id"], row["category"] or "other")
            total = found.setdefault(
                key,
                {
                    "episode_id": key[0],
                    "category": key[1],
                    "services": 0,
                    "amount": Decimal(0),
                    "not_standardized": 0,
                },
            )
            total["services"] += 1
            total["amount"] += _inside(row, episode["end_date"], program)
            total["not_standardized"] += row["standardization"] == "none"
    return list(found.values())


def _inside(row: Row, end: date, program: Program) -> Decimal:
    """The amount of a row that belongs to an episode (M28)."""
    amount: Decimal = row["amount"]
    if program.episodes.window_costs != "prorated_post_acute":
        return amount
    if row["claim_class"] not in ("SNF", "HHA", "HOSPICE") or row["thru_day"] <= end:
        return amount
    days = Decimal((row["thru_day"] - row["from_day"]).days + 1)
    share = (Decimal((end - row["from_day"]).days + 1) / days).quantize(
        Decimal("0.000000001"), ROUND_HALF_UP
    )
    return (amount * share).quantize(_CENT, ROUND_HALF_UP)


def episode_candidates(
    episodes: list[Row], claim_line: list[Row], specialties: list[Row], program: Program
) -> list[Row]:
    """The practices that billed for the beneficiary during each stay, best first."""
    professionals = {row["specialty"] for row in specialties}
    lines: dict[str, list[Row]] = defaultdict(list)
    for line in claim_line:
        if _is_counted(line, professionals, program):
            lines[line["beneficiary_id"]].append(line)
    found = []
    for episode in episodes:
        by_tin: dict[str, list[Row]] = defaultdict(list)
        for line in lines[episode["beneficiary_id"]]:
            if episode["admission_date"] <= line["from_date"] <= episode["discharge_date"]:
                by_tin[line["tin"]].append(line)
        totals = [
            {
                "episode_id": episode["episode_id"],
                "tin": tin,
                "charges": sum((line["allowed_amount"] for line in mine), Decimal(0)),
                "services": len(mine),
                "first_service": min(line["from_date"] for line in mine),
                "last_service": max(line["from_date"] for line in mine),
            }
            for tin, mine in by_tin.items()
        ]
        totals.sort(key=lambda total: _place(total, program))
        found += [{**total, "rank": rank} for rank, total in enumerate(totals, start=1)]
    return found


def _is_counted(line: Row, professionals: set[str], program: Program) -> bool:
    if line["claim_class"] != "PART_B" or line["tin"] is None or not is_allowed(line):
        return False
    if line["allowed_amount"] is None or line["allowed_amount"] <= 0:
        return False
    rule = program.episodes.attribution_lines
    if rule == "all_carrier_lines":
        return True
    is_ep = line["specialty"] is None or line["specialty"] in professionals
    if rule == "place_of_service_restricted":
        return is_ep and line["place_of_service"] in program.episodes.inpatient_places
    return is_ep


def _place(total: Row, program: Program) -> tuple[object, ...]:
    """The order among practices: charges, then how ties are broken (D3), then the TIN."""
    rule, tin = program.attribution.tie_break, total["tin"]
    if rule == "latest_service":
        return (-total["charges"], -total["last_service"].toordinal(), -total["services"], tin)
    if rule == "earliest_service":
        return (-total["charges"], total["first_service"], -total["services"], tin)
    drawn = hashlib.md5((total["episode_id"] + tin).encode()).hexdigest()  # noqa: S324  # no secret
    return (-total["charges"], drawn, tin)
