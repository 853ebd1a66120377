"""Hospital care full of clinical contests: transfers, returns, deaths, codes of many sets."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from random import Random

from tests.short_tables import months

DAY = dt.timedelta(days=1)
HOSPITALS = ["100001"] * 4 + ["100002", "101300", "10T001", "050146"]
# principal diagnoses that the indicators, cohorts and exclusions tell apart
PRINCIPAL = {
    9: ["486", "486", "5990", "27651", "2760", "25010", "25072", "49121", "4660", "4280", "4280",
        "29570", "V5789", "V5811", "1533", "41401", "6826", "82021", "0389",
        "43491", None],
    10: ["J189", "N390", "E860", "E870", "E1110", "E1151", "J441", "I509", "I509", "F209", "Z5189",
         "Z5111", "C180", "I2510", "L03115", "S72001A", "A419", "I639",
         None],
}  # fmt: skip
SECONDARY = {
    9: ["27651", "5856", "49120", "28262", "V420", "25000", "4280", "2848", "7990", "27700"],
    10: ["E860", "N186", "J449", "D5700", "Z940", "E119", "I509", "R0902", "D849", "E840"],
}
PROCEDURES = {9: ["8415", "3612", "4104", "3995", "8154", "0045"], 10: ["0Y6H0Z1", "0210093"]}
STATUS = ["01"] * 6 + ["02", "03", "06", "07", "20", "62", None]
CONDITIONS = ["diabetes", "copd", "asthma", "heart_failure"]
ACOS = [("T1", "A1", 2015), ("T2", "A1", 2015), ("T2", "A2", 2015), ("T3", "A3", 2013)]
TINS = ["T1", "T1", "T1", "T2", "T2", "T3"]


def care(seed: int, year: int, people: int = 40) -> dict[str, list[dict]]:
    """Stays, their claims and codes, and the people they are of."""
    draw = Random(seed)
    found: dict[str, list[dict]] = {
        name: []
        for name in (
            "inpatient_stays", "stay_claims", "diagnosis", "procedure", "beneficiary",
            "eligible_beneficiaries", "attributed_beneficiaries", "beneficiary_conditions",
            "enrollment_month", "claim", "claim_line", "model_participation",
        )
    }  # fmt: skip
    for number in range(people):
        id_ = f"b{number:02}"
        stays = _stays(draw, id_, year)
        found["inpatient_stays"] += stays
        _codes(draw, found, stays)
        _person(draw, found, id_, stays, year)
        _visits(draw, found, stays)
        _seen(draw, found, stays)
    found["model_participation"] = [
        {"tin": tin, "model": "mssp", "entity_id": aco, "performance_year": of, "npi": None}
        for tin, aco, of in draw.sample(ACOS, 3)
    ]
    return found


def _visits(draw: Random, found: dict[str, list[dict]], stays: list[dict]) -> None:
    """Claims of each stay, and claims around it at the borders of the year before it."""
    for stay in stays:
        for row in found["stay_claims"]:
            if row["stay_id"] == stay["stay_id"]:
                found["claim"].append(
                    {
                        "claim_id": row["claim_id"],
                        "beneficiary_id": stay["beneficiary_id"],
                        "claim_class": "INPATIENT",
                        "from_date": stay["admission_date"],
                        "thru_date": stay["discharge_date"],
                        "claim_type_code": "60",
                    }
                )
        for number in range(draw.choice([0, 1, 2])):
            back = draw.choice([-1, 0, 1, 1, 20, 200, 364, 365, 366, 367])
            day = stay["admission_date"] - DAY * back
            claim_id = f"{stay['stay_id']}+{number}"
            found["claim"].append(
                {
                    "claim_id": claim_id,
                    "beneficiary_id": stay["beneficiary_id"],
                    "claim_class": draw.choice(["OUTPATIENT", "PART_B", "PART_B", "SNF", "DME"]),
                    "from_date": day,
                    "thru_date": day,
                    "nonpayment_code": draw.choice([None, None, None, "0", "A"]),
                    "claim_type_code": draw.choice(["71", "71", "61"]),
                }
            )
            version = 9 if day < dt.date(2015, 10, 1) else 10
            for seq, code in enumerate(draw.sample(SECONDARY[version], 2)):
                found["diagnosis"].append(
                    {
                        "claim_id": claim_id,
                        "beneficiary_id": stay["beneficiary_id"],
                        "icd_version": version,
                        "seq": seq,
                        "code": code,
                    }
                )


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


def _seen(draw: Random, found: dict[str, list[dict]], stays: list[dict]) -> None:
    """Visits around each discharge, at the borders of the days that count."""
    for stay in stays:
        for number in range(draw.choice([0, 1, 2, 3])):
            day = stay["discharge_date"] + DAY * draw.choice([-1, 0, 0, 1, 2, 7, 8, 14, 30, 31])
            is_clinic = draw.random() < 0.2
            claim_id = f"{stay['stay_id']}v{number}"
            found["claim"].append(
                {
                    "claim_id": claim_id,
                    "beneficiary_id": stay["beneficiary_id"],
                    "claim_class": "OUTPATIENT" if is_clinic else "PART_B",
                    "from_date": day,
                    "thru_date": day,
                    "ccn": draw.choice(["103800", None]),
                    "nonpayment_code": draw.choice([None, None, "A"]) if is_clinic else None,
                    "claim_type_code": draw.choice(["71"] * 5 + ["62"]),
                }
            )
            for line in (1, 2):
                found["claim_line"].append(
                    {
                        "claim_id": claim_id,
                        "line_number": line,
                        "beneficiary_id": stay["beneficiary_id"],
                        "claim_class": "OUTPATIENT" if is_clinic else "PART_B",
                        "from_date": day,
                        "hcpcs_code": draw.choice(["99213", "99495", "99283", "99243", None]),
                        "revenue_code": draw.choice(["0521", "0525", None]) if is_clinic else None,
                        "npi": draw.choice(["n1", "n1", "n2", None]),
                        "billing_npi": draw.choice(["n9", None]),
                        "processing_indicator": draw.choice(["A", "A", "A", None, "R", "C"]),
                        "allowed_amount": draw.choice([Decimal("70.00"), Decimal("0.00"), None]),
                    }
                )


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


def risks(seed: int) -> list[dict]:
    """Index stays of practices that differ, in cohorts that are small, rare or all alike."""
    draw, found = Random(seed), []
    effects = {f"T{number}": draw.choice([-1.0, 0.0, 0.0, 1.2]) for number in range(9)}
    for cohort, stays in (("medicine", 160), ("neurology", 40), ("cardiovascular", 12)):
        differ = draw.random() < 0.6
        for number in range(stays):
            tin, bits = draw.choice(list(effects)), draw.choice([0, 1, 4, 5, 1 << 14])
            years = draw.choice([0, 1, 8, 20, 33])
            log_odds = -1.3 + 0.02 * years + 0.5 * (bits & 1) + effects[tin] * differ
            chance = 1.0 / (1.0 + 2.718281828**-log_odds)
            stay = {
                "tin": tin,
                "stay_id": f"{cohort}{number:03}",
                "is_practice": True,
                "cohort": cohort,
                "category": draw.choice(["pooled", "108"]),
                "years": years,
                "comorbidities": bits,
                "is_readmitted": cohort != "cardiovascular" and draw.random() < chance,
            }
            found.append(stay)
            if tin in ("T1", "T2"):
                found.append({**stay, "tin": "A1", "is_practice": False})
    return found
