"""Quality-data codes on claims read a second time, in plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row, is_allowed

Instance = tuple[str, int, str, str, str]  # measure, year, TIN, NPI, beneficiary
_KEY = ("tin", "npi", "entity_id", "performance_year", "mechanism", "measure", "stratum")


def claims_quality_instances(
    claim_line: list[Row], beneficiary: list[Row], quality_data_code: list[Row], program: Program
) -> list[Row]:
    """Whom each professional saw for a measure, and the best that those claims say of it."""
    births = {person["beneficiary_id"]: person["birth_date"] for person in beneficiary}
    meanings = defaultdict(list)
    for code in quality_data_code:
        meanings[code["performance_year"], code["hcpcs_code"]].append(code)
    telling = program.reporting.quality_data_modifiers
    # by who saw whom for what in which year: the claims of encounters, and what each claim says
    seen: dict[Instance, set[str]] = defaultdict(set)
    said: dict[Instance, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for line in claim_line:
        if line["claim_class"] != "PART_B" or line["tin"] is None or line["npi"] is None:
            continue
        year = line["from_date"].year
        for code in meanings[year, line["hcpcs_code"]]:
            if not _modified(line, code["modifier"], telling):
                continue
            if not _of_age(births.get(line["beneficiary_id"]), line["from_date"], code):
                continue
            who = (code["measure"], year, line["tin"], line["npi"], line["beneficiary_id"])
            if code["outcome"] != "eligible":
                said[who][line["claim_id"]].add(code["outcome"])
            elif is_allowed(line):
                seen[who].add(line["claim_id"])
    found = []
    for who, claims in seen.items():
        outcomes = {outcome for claim in claims for outcome in said[who][claim]}
        best = next((o for o in program.reporting.quality_data_outcomes if o in outcomes), None)
        measure, in_year, tin, npi, person = who
        found.append(
            {
                "measure": measure,
                "performance_year": in_year,
                "tin": tin,
                "npi": npi,
                "beneficiary_id": person,
                "outcome": best,
            }
        )
    return found


def _modified(line: Row, wanted: str | None, telling: frozenset[str]) -> bool:
    on_line = {line[f"modifier_{n}"] for n in (1, 2, 3, 4)} - {None}
    return wanted in on_line if wanted is not None else not on_line & telling


def _of_age(born: date | None, day: date, code: Row) -> bool:
    youngest, oldest = code["age_from"], code["age_to"]
    if youngest is None and oldest is None:
        return True
    if born is None:
        return False
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return (youngest is None or youngest <= age) and (oldest is None or age <= oldest)


def claims_quality_results(claims_quality_instances: list[Row]) -> list[Row]:
    """How often each professional reported a measure on claims, and with which outcomes."""
    outcomes = defaultdict(list)
    for one in claims_quality_instances:
        if one["outcome"] is not None:
            reported = (one["tin"], one["npi"], one["performance_year"], one["measure"])
            outcomes[reported].append(one["outcome"])
    return [
        {
            "tin": tin,
            "npi": npi,
            "entity_id": None,
            "performance_year": year,
            "mechanism": "claims",
            "measure": measure,
            "stratum": None,
            "eligible": len(listed),
            "exclusions": listed.count("exclusion"),
            "exceptions": listed.count("exception"),
            "met": listed.count("met"),
            "not_met": listed.count("not_met"),
            "rate_reported": None,
        }
        for (tin, npi, year, measure), listed in outcomes.items()
    ]


def quality_reports(quality_result: list[Row], claims_quality_results: list[Row]) -> list[Row]:
    """Every report that was sent, and those counted from claims that nobody sent."""
    sent = {tuple(row[column] for column in _KEY) for row in quality_result}
    counted = [row for row in claims_quality_results if tuple(row[c] for c in _KEY) not in sent]
    return [*quality_result, *counted]
