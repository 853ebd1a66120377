"""Hospital care full of contests: bills that touch, stays a day too near, practices that tie."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from random import Random

from openp4p.program.definition import Program
from tests.short_tables import months

HOSPITALS = ["100001", "100001", "100001", "100002", "101300", "10T001", "210001", None]
DAY = dt.timedelta(days=1)
DRGS = ["291", "291", "291", "292", "470", "470", "470", "469", "001", "OTH"]
CODES = [(9, "4280"), (9, "25060"), (9, "25000"), (9, "496"), (9, "4910"), (9, "29570")]
CODES += [(10, "I509"), (10, "E1140"), (10, "J449"), (9, "unknown")]
TINS = ["T1", "T2", "T3"]


def bills(seed: int, year: int) -> dict[str, list[dict]]:
    """Inpatient claims close to each other, many of them interim, and their diagnoses."""
    draw = Random(seed)
    claims, diagnoses = [], []
    for person in range(30):
        day = dt.date(year, draw.choice([1, 2, 3]), 1)
        for _ in range(draw.choice([1, 2, 3, 5, 8])):
            first = day + DAY * draw.choice([-3, -1, 0, 0, 0, 1, 1, 2, 9])
            last = first + DAY * draw.choice([0, 1, 3, 3, 9])
            # several bills that end on the same day
            last = draw.choice([last, last, max(first, day)])
            day = max(day, last)
            claims.append(
                {
                    "claim_id": f"k{draw.randrange(10**9)}",
                    "beneficiary_id": f"b{person:02}",
                    "claim_class": draw.choice(["INPATIENT"] * 20 + ["SNF"]),
                    "claim_type_code": draw.choice([None] * 20 + ["62"]),
                    "nonpayment_code": draw.choice([None] * 20 + ["N"]),
                    "mco_paid": draw.choice([None, "0", "0", "0"] * 8 + ["1"]),
                    "from_date": first,
                    "thru_date": last,
                    "admission_date": draw.choice([None, first, first, first - DAY]),
                    "discharge_date": draw.choice([None, last, last]),
                    "discharge_status": draw.choice(["01", "01", "02", "30", None]),
                    "admission_source": draw.choice(["1", "4", None]),
                    "bill_type": draw.choice(["111", "112", "113", "114", None, None]),
                    "ccn": draw.choice(HOSPITALS),
                    "facility_npi": draw.choice([None, "h1"]),
                    "drg": draw.choice(DRGS),
                    "paid_amount": draw.choice([None, Decimal("-1.00"), Decimal("100.10")]),
                }
            )
    for claim in claims:
        for seq in draw.sample([0, 1, 2], draw.choice([0, 2, 3])):
            version, code = draw.choice(CODES)
            diagnoses.append(
                {
                    "claim_id": claim["claim_id"],
                    "seq": seq,
                    "beneficiary_id": claim["beneficiary_id"],
                    "code": code,
                    "icd_version": version,
                }
            )
    return {"claim": claims, "diagnosis": diagnoses}


def stays(seed: int, year: int, people: int = 30) -> list[dict]:
    """Stays a day before, on and a day after the last that another one blocks; some very many."""
    draw, found = Random(seed), []
    for person in range(people):
        often = person % 10 == 0
        day = dt.date(year - draw.choice([0, 0, 1, 1, 2]), draw.choice([1, 6, 11, 12]), 15)
        for _ in range(draw.choice([30, 100]) if often else draw.choice([1, 2, 3, 6])):
            first = day + DAY * draw.choice(_OFTEN if often else _GAPS)
            last = first + DAY * (draw.choice([0, 0, 3]) if often else draw.choice([0, 1, 4, 40]))
            day = draw.choice([last, last, last, max(day, first)])
            found.append(_stay(draw, len(found), f"b{person:02}", first, last, often))
    return found


# so near that every stay lies within thirty days of another: one long run of index admissions
_OFTEN = [14, 15, 16, 17, 20]
_GAPS = [0, 0, 1, 2, 15, 29, 30, 30, 30, 31, 31, 31, 32, 45, 90]


def _stay(
    draw: Random, number: int, person: str, first: dt.date, last: dt.date, often: bool
) -> dict:
    plain = often or draw.random() < 0.8
    return {
        "stay_id": f"s{draw.randrange(10**6):06}-{number:04}",
        "beneficiary_id": person,
        "ccn": "100001",
        "is_subsection_d": plain or draw.random() < 0.8,
        "is_maryland": not plain and draw.random() < 0.3,
        "admission_date": first,
        "discharge_date": last,
        "discharge_status": "01" if plain else draw.choice(["01", "02", "05", "30", None]),
        "drg": "291" if plain else draw.choice([None, *DRGS]),
        "paid_amount": Decimal("10.00")
        if plain
        else draw.choice([None, Decimal("0.00"), Decimal("-5.00"), Decimal("7.00")]),
        "chain_stays": 1 if plain else draw.choice([1, 1, 2]),
    }


def enrolled(seed: int, stays_: list[dict], year: int) -> dict[str, list[dict]]:
    """The people of the stays: months with gaps, deaths around the ends, other payers."""
    draw = Random(seed)
    people, rows, claims = [], [], []
    by_person: dict[str, list[dict]] = {}
    for stay in stays_:
        by_person.setdefault(stay["beneficiary_id"], []).append(stay)
    for person, mine in by_person.items():
        stay = draw.choice(mine)
        death = stay["discharge_date"] + DAY * draw.choice([0, 29, 30, 30, 30, 31])
        people.append(
            {
                "beneficiary_id": person,
                "birth_date": draw.choice([None] + [dt.date(1940, 2, 29)] * 15),
                "death_date": draw.choice([None, None, death]),
            }
        )
        listed = months(person, (year - 3) * 100 + 1, (year + 5) * 100 + 12)
        odd = stay["admission_date"] - DAY * draw.choice([0, 93, 94, 120, 300])
        for row in listed:
            if row["year_month"] == odd.year * 100 + odd.month:
                row.update(draw.choice(_ODD_MONTHS))
        rows += [row for row in listed if row["part_a"] is not None]
        if draw.random() < 0.4:
            claims.append(
                {
                    "claim_id": f"m{person}",
                    "beneficiary_id": person,
                    "from_date": draw.choice([stay["discharge_date"] + 30 * DAY, odd]),
                    "primary_payer_code": draw.choice([None, "A"]),
                    "primary_payer_paid": draw.choice([None, Decimal("0.00"), Decimal("1.00")]),
                }
            )
    return {"beneficiary": people, "enrollment_month": rows, "claim": claims}


_ODD_MONTHS = [{}, {}, {}, {"part_a": None}, {"part_b": False}, {"part_b": None}]
_ODD_MONTHS += [{"ma_enrolled": True}, {"ma_enrolled": None}]


def hospital_year(seed: int, program: Program) -> dict[str, list[dict]]:
    """Episodes of the year with costs and professional lines on both sides of each boundary."""
    draw, year = Random(seed), program.performance_year
    episodes, costs, lines = [], [], []
    for number in range(40):
        person = f"b{number % 30:02}"
        first = dt.date(year, draw.choice([1, 4, 7]), draw.choice([1, 2, 20]))
        last = first + DAY * draw.choice([0, 2, 5])
        episode = {
            "episode_id": f"e{number:02}",
            "beneficiary_id": person,
            "drg": draw.choice(DRGS),
            "admission_date": first,
            "discharge_date": last,
            "start_date": first - 3 * DAY,
            "end_date": last + 30 * DAY,
            "reason": draw.choice([None] * 8 + ["died"]),
        }
        episodes.append(episode)
        for _ in range(draw.choice([0, 2, 6])):
            costs.append(_cost(draw, len(costs), episode))
        for tin in draw.sample(TINS, draw.choice([0, 1, 2, 3])):
            for amount in draw.choice([["1.00"], ["0.90", "0.10"], ["0.30", "0.30", "0.40"]]):
                lines.append(_line(draw, len(lines), episode, tin, amount))
    return {"episodes": episodes, "service_costs": costs, "claim_line": lines}


def _cost(draw: Random, number: int, episode: dict) -> dict:
    start, end = episode["start_date"], episode["end_date"]
    first = draw.choice([start - DAY, start, start + DAY, end - 4 * DAY, end, end + DAY])
    return {
        "claim_id": f"k{number}",
        "line_number": draw.choice([0, 1]),
        "beneficiary_id": episode["beneficiary_id"],
        "claim_class": draw.choice(["SNF", "HHA", "HOSPICE", "PART_B", "INPATIENT", "OUTPATIENT"]),
        "from_day": first,
        "thru_day": first + DAY * draw.choice([0, 1, 2, 6, 30]),
        "category": draw.choice(["em", "inpatient", "snf", None]),
        "amount": Decimal(draw.choice(["0.00", "10.01", "100.00", "-5.05", "33333.33"])),
        "standardization": draw.choice(["supplied"] * 9 + ["schedule", "national_mean", "none"]),
    }


def _line(draw: Random, number: int, episode: dict, tin: str, amount: str) -> dict:
    first, last = episode["admission_date"], episode["discharge_date"]
    return {
        "claim_id": f"c{number}",
        "line_number": 1,
        "beneficiary_id": episode["beneficiary_id"],
        "claim_class": draw.choice(["PART_B"] * 12 + ["DME"]),
        "from_date": draw.choice([first - DAY, last + DAY, *[first, last] * 6]),
        "tin": draw.choice([tin] * 15 + [None]),
        "specialty": draw.choice(["11", "06", "50", None, "59", "70"]),
        "place_of_service": draw.choice(["21", "21", "11", None]),
        "processing_indicator": draw.choice(["A", "A", None, None, "R", "D"]),
        "allowed_amount": draw.choice([Decimal(amount)] * 12 + [None, Decimal("0.00")]),
    }


def coded(seed: int, year: int) -> dict[str, list[dict]]:
    """Episodes in common and rare cells, with the people, claims and visits that explain them."""
    draw = Random(seed)
    risks, people, months_, claims, lines, diagnoses = [], [], [], [], [], []
    drgs = draw.choice([DRGS, DRGS, DRGS[:4]])
    for number in range(50):
        person, start = f"b{number:02}", dt.date(year, draw.choice([1, 3, 6, 11]), 15)
        drg = draw.choice(drgs)
        risks.append(
            {
                "episode_id": f"e{number:02}",
                "beneficiary_id": person,
                "start_date": start,
                "cost_dollars": Decimal(draw.choice(["9000.00", "9000.00", "20000.10", "1.00"])),
                "stratum": draw.choice(["05", "08"]),
                "drg_cell": drg,
                "reason": draw.choice([None] * 9 + ["died"]),
            }
        )
        born = dt.date(year - draw.choice([20, 44, 45, 64, 65, 70, 70, 95, 96]), 3, 15)
        people.append(
            {
                "beneficiary_id": person,
                "birth_date": born - draw.choice([0, 0, 1]) * DAY,
                "sex": draw.choice(["1", "2", None]),
                "orig_entitlement_code": draw.choice(["0", "1", "2", "3", None]),
            }
        )
        months_.append(
            {
                "beneficiary_id": person,
                "year_month": start.year * 100 + draw.choice([start.month, start.month, 12]),
                "entitlement_status": draw.choice(["10", "11", "21", None]),
                "institutional": draw.choice([True, False, None]),
            }
        )
        for _ in range(draw.choice([0, 1, 3])):
            claim_id = f"k{len(claims)}"
            claims.append(
                {
                    "claim_id": claim_id,
                    "beneficiary_id": person,
                    "claim_class": draw.choice(["INPATIENT", "OUTPATIENT", "PART_B", "SNF"]),
                    "from_date": start - DAY * 95,
                    "thru_date": start - DAY * draw.choice([0, 1, 1, 30, 90, 91]),
                    "claim_type_code": draw.choice([None] * 9 + ["61"]),
                    "nonpayment_code": draw.choice([None] * 9 + ["0", "N"]),
                    "mco_paid": draw.choice([None] * 9 + ["1"]),
                }
            )
            lines.append(
                {
                    "claim_id": claim_id,
                    "line_number": 1,
                    "beneficiary_id": person,
                    "claim_class": claims[-1]["claim_class"],
                    "from_date": claims[-1]["thru_date"],
                    "thru_date": draw.choice([None, claims[-1]["thru_date"]]),
                    "hcpcs_code": draw.choice(["99213"] * 6 + ["71010", "80053", "A0428", "E0601"]),
                    "specialty": draw.choice(["11", "06", "59", None]),
                    "processing_indicator": draw.choice([None, "A", "A", "D"]),
                }
            )
            for seq in range(draw.choice([1, 3])):
                version, code = draw.choice(CODES)
                row = {"claim_id": claim_id, "seq": seq + 1, "beneficiary_id": person}
                diagnoses.append({**row, "icd_version": version, "code": code})
        lines += _visits(draw, len(lines), person, start)
    return {
        "episode_risks": risks,
        "beneficiary": people,
        "enrollment_month": months_,
        "claim": claims,
        "claim_line": lines,
        "diagnosis": diagnoses,
    }


def _visits(draw: Random, number: int, person: str, start: dt.date) -> list[dict]:
    """Nursing-facility visits up to a day around the start, with a gap that is just too long."""
    if draw.random() < 0.5:
        return []
    day = start + DAY * draw.choice([1, 10, -1, -29, -30, -31])
    found = []
    for _ in range(draw.choice([7, 8, 9, 12])):
        found.append(
            {
                "claim_id": f"v{number}-{len(found)}",
                "line_number": 1,
                "beneficiary_id": person,
                "claim_class": "PART_B",
                "from_date": day,
                "hcpcs_code": draw.choice(["99308"] * 30 + ["99213"]),
                "place_of_service": draw.choice(["32"] * 30 + ["31"]),
                "specialty": "11",
            }
        )
        day -= DAY * draw.choice([*[13] * 8, 14, 14, 12, 15])
    return found


def episode_terms(seed: int) -> dict[str, list[dict]]:
    """Episodes with few different costs and terms, so that terms are collinear and costs tie."""
    draw = Random(seed)
    risks, terms = [], []
    names = ["HCC18", "HCC85", "age_70_74", "drg_291", "drg_292", "esrd"]
    for number in range(draw.choice([0, 1, 12, 120, 201])):
        id_, stratum = f"e{number:03}", draw.choice(["04", "05", "05", "other"])
        reason = draw.choice([None] * 12 + ["died"])
        cost = draw.choice(["9000.00", "12000.00", "12000.00", "20000.50", "90000.00"])
        risks.append(
            {
                "episode_id": id_,
                "beneficiary_id": f"b{number}",
                "stratum": stratum,
                "cost_dollars": Decimal(cost) + draw.randrange(3000),
                "reason": reason,
            }
        )
        if reason is None:
            held = {"intercept", *draw.sample(names, draw.choice([0, 1, 3]))}
            if "HCC18" in held and draw.random() < 0.9:
                held |= {"HCC85"}
            terms += [{"episode_id": id_, "term": t, "stratum": stratum} for t in held]
    tins = [
        {"episode_id": row["episode_id"], "tin": tin, "rank": rank}
        for row in risks
        for rank, tin in enumerate(draw.sample(TINS, draw.choice([0, 1, 2])), start=1)
    ]
    return {"episode_risks": risks, "episode_terms": terms, "episode_candidates": tins}
