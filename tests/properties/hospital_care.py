"""Hospital care full of clinical contests: transfers, returns, deaths, codes of many sets."""

from __future__ import annotations

import datetime as dt
from random import Random

from tests.short_tables import months

DAY = dt.timedelta(days=1)
HOSPITALS = ["100001"] * 4 + ["100002", "101300", "10T001", "050146"]
# principal diagnoses that the indicators, cohorts and exclusions tell apart
PRINCIPAL = {
    9: ["486", "486", "5990", "27651", "2760", "25010", "25072", "49121", "4660", "4280", "4280",
        "29570", "V5789", "V5811", "1533", "41401", "6826", "82021", "0389", None],
    10: ["J189", "N390", "E860", "E870", "E1110", "E1151", "J441", "I509", "I509", "F209", "Z5189",
         "Z5111", "C180", "I2510", "L03115", "S72001A", "A419", None],
}  # fmt: skip
SECONDARY = {
    9: ["27651", "5856", "49120", "28262", "V420", "25000", "4280", "2848", "7990", "27700"],
    10: ["E860", "N186", "J449", "D5700", "Z940", "E119", "I509", "R0902", "D849", "E840"],
}
PROCEDURES = {9: ["8415", "3612", "4104", "3995", "8154", "0045"], 10: ["0Y6H0Z1", "0210093"]}
STATUS = ["01"] * 6 + ["02", "03", "06", "07", "20", "62", None]
CONDITIONS = ["diabetes", "copd", "asthma", "heart_failure"]
TINS = ["T1", "T1", "T1", "T2", "T2", "T3"]


def care(seed: int, year: int, people: int = 40) -> dict[str, list[dict]]:
    """Stays, their claims and codes, and the people they are of."""
    draw = Random(seed)
    found: dict[str, list[dict]] = {
        name: []
        for name in (
            "inpatient_stays", "stay_claims", "diagnosis", "procedure", "beneficiary",
            "eligible_beneficiaries", "attributed_beneficiaries", "beneficiary_conditions",
            "enrollment_month",
        )
    }  # fmt: skip
    for number in range(people):
        id_ = f"b{number:02}"
        stays = _stays(draw, id_, year)
        found["inpatient_stays"] += stays
        _codes(draw, found, stays)
        _person(draw, found, id_, stays, year)
    return found


def _stays(draw: Random, id_: str, year: int) -> list[dict]:
    """Stays one after the other, at the borders of every window, some of them a transfer chain."""
    starts = [dt.date(year - 1, 12, 20), dt.date(year, 1, 1), dt.date(year, 6, 1)]
    starts += [dt.date(year, 11, 28), dt.date(year, 12, 30), dt.date(year, 9, 20)]
    first, found = draw.choice(starts), []
    for _ in range(draw.choice([1, 2, 2, 3, 5])):
        last = first + DAY * draw.choice([0, 1, 3, 9])
        version = 9 if last < dt.date(2015, 10, 1) else 10
        ccn = draw.choice(HOSPITALS)
        found.append(
            {
                "stay_id": f"s{draw.randrange(10**8):08}",
                "beneficiary_id": id_,
                "ccn": ccn,
                "facility_type": "rehab_unit" if ccn[2] == "T" else "short_term_acute",
                "is_acute": ccn[2] != "T",
                "admission_date": first,
                "discharge_date": last,
                "discharge_status": draw.choice(STATUS),
                "admission_source": draw.choice(["1", "1", "4", None, None]),
                "drg": draw.choice(["291", "291", "765", "999", None]),
                "principal_code": draw.choice(PRINCIPAL[version]),
                "principal_icd_version": version,
                "claims": 1,
            }
        )
        first = last + DAY * draw.choice([0, 0, 0, 1, 1, 2, 7, 29, 30, 30, 31, 45])
    _chain(found)
    return found


def _chain(stays: list[dict]) -> None:
    """The transfer chains of one person's acute stays; the others are alone."""
    chain: list[dict] = []
    for stay in stays:
        before = chain[-1] if chain else None
        follows = (
            stay["is_acute"]
            and before is not None
            and before["ccn"] != stay["ccn"]
            and 0 <= (stay["admission_date"] - before["discharge_date"]).days <= 1
        )
        if not stay["is_acute"]:
            stay.update(chain_id=stay["stay_id"], chain_position=1, chain_stays=1)
            continue
        chain = [*chain, stay] if follows else [stay]
        for place, member in enumerate(chain, start=1):
            member.update(
                chain_id=chain[0]["stay_id"], chain_position=place, chain_stays=len(chain)
            )


def _codes(draw: Random, found: dict[str, list[dict]], stays: list[dict]) -> None:
    """One or two claims of each stay with their codes; the last one has the principal."""
    for stay in stays:
        version = stay["principal_icd_version"]
        bills = draw.choice([1, 1, 2])
        for position in range(1, bills + 1):
            claim_id, is_last = f"{stay['stay_id']}-{position}", position == bills
            found["stay_claims"].append(
                {
                    "claim_id": claim_id,
                    "stay_id": stay["stay_id"],
                    "beneficiary_id": stay["beneficiary_id"],
                    "position": position,
                    "is_last": is_last,
                }
            )
            principal = stay["principal_code"] if is_last else draw.choice(SECONDARY[version])
            listed = [(1, principal)] if principal else []
            others = draw.sample(SECONDARY[version], draw.choice([0, 1, 2]))
            listed += [*enumerate(others, start=2), (0, draw.choice(SECONDARY[version]))]
            of = {
                "claim_id": claim_id,
                "beneficiary_id": stay["beneficiary_id"],
                "icd_version": version,
            }
            found["diagnosis"] += [{**of, "seq": seq, "code": code} for seq, code in listed]
            operations = draw.sample(PROCEDURES[version], draw.choice([0, 0, 0, 1]))
            found["procedure"] += [
                {**of, "seq": seq, "code": code} for seq, code in enumerate(operations, start=1)
            ]


def _person(
    draw: Random, found: dict[str, list[dict]], id_: str, stays: list[dict], year: int
) -> None:
    """The person: age at the borders, death in a window, months with gaps, conditions."""
    stay = draw.choice(stays)
    ages = [dt.date(1930, 2, 28), dt.date(1940, 6, 1), dt.date(year - 65, 6, 1)]
    ages += [dt.date(year - 40, 12, 31), dt.date(year - 39, 1, 1), dt.date(year - 17, 12, 31), None]
    death = stay["discharge_date"] + DAY * draw.choice([0, 5, 30, 31])
    person = {
        "beneficiary_id": id_,
        "birth_date": draw.choice(ages[:3] * 3 + ages),
        "sex": draw.choice(["1", "2", "2", "2", "0"]),
        "death_date": draw.choice([None, None, None, death]),
        "is_eligible": True,
    }
    found["beneficiary"].append(person)
    found["eligible_beneficiaries"].append(person)
    if draw.random() < 0.9:
        found["attributed_beneficiaries"].append({"beneficiary_id": id_, "tin": draw.choice(TINS)})
    for condition in draw.sample(CONDITIONS, draw.choice([0, 1, 2, 3])):
        found["beneficiary_conditions"].append(
            {
                "beneficiary_id": id_,
                "condition": condition,
                "has_condition": draw.random() < 0.8,
                "first_date": stay["admission_date"] + DAY * draw.choice([-90, -1, 0, 1]),
            }
        )
    listed = months(id_, (year - 2) * 100 + 1, (year + 1) * 100 + 12)
    odd = stay["admission_date"] - DAY * draw.choice([400, 360, 300, -25, -35])
    for row in listed:
        if row["year_month"] == odd.year * 100 + odd.month and draw.random() < 0.3:
            row.update(draw.choice([{"part_a": False}, {"part_b": False}, {"ma_enrolled": True}]))
    found["enrollment_month"] += listed
