"""Populations full of contests: few practices, few amounts, dates at every boundary, many ties."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tests.short_tables import months

seeds = st.integers(min_value=0, max_value=2**32 - 1)
TINS = ["T1", "T2", "T3", "T4"]
AMOUNTS = [Decimal(a) for a in ("0.00", "0.10", "0.20", "0.30", *["50.00"] * 4, "100.00")]
CODES = ["99213"] * 8 + ["99350", "G0438", "99223", "J1100", None]
SPECIALTIES = ["01", "06", "06", "11", "11", "38", "50", "50", "89", "97", "65", "59", None]
INDICATORS = ["A"] * 6 + [None] * 4 + ["R", "S", "D"]


def thoroughly(examples: int) -> settings:
    """Settings of a property test; the phase that explains failures is left out as too slow."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )


def claim_lines(draw: Random, year: int, people: int = 25) -> list[dict]:
    """Carrier lines of many beneficiaries, each torn between a few practices."""
    dates = [
        dt.date(year - 1, 12, 31),
        dt.date(year, 1, 1),
        *[dt.date(year, 6, 1)] * 7,
        *[dt.date(year, 6, 2)] * 3,
        dt.date(year, 12, 31),
        dt.date(year + 1, 1, 1),
    ]
    lines = [line for n in range(8) for line in _tied_lines(draw, year, f"b{n:02}t")]
    for person in range(people):
        tins = draw.sample(TINS, draw.choice([1, 2, 2, 3]))
        codes = draw.choice([SPECIALTIES, SPECIALTIES, ["11"], ["06", "50"], ["50"]])
        for _ in range(draw.choice([1, 4, 6, 9])):
            amount = draw.choice(AMOUNTS)
            lines.append(
                {
                    "claim_id": f"c{len(lines) // 2}",
                    "line_number": len(lines) % 2 + 1,
                    "beneficiary_id": f"b{person:02}",
                    "claim_class": draw.choice(["PART_B"] * 20 + ["DME", "OUTPATIENT"]),
                    "from_date": draw.choice(dates),
                    "hcpcs_code": draw.choice(CODES),
                    "tin": draw.choice([*tins] * 8 + [None]),
                    "npi": draw.choice(["n1", "n1", "n2", "n3", "n4", None]),
                    "specialty": draw.choice(codes),
                    "allowed_amount": draw.choice([amount] * 9 + [None]),
                    "standardized_amount": draw.choice([*AMOUNTS, None]),
                    "paid_amount": draw.choice([amount * Decimal("0.8"), None]),
                    "processing_indicator": draw.choice(INDICATORS),
                }
            )
            lines[-1]["paid_amount"] = _cents(lines[-1]["paid_amount"])
    return lines


def _tied_lines(draw: Random, year: int, person: str) -> list[dict]:
    """Two or three practices with one dollar each, in one to three services on three days."""
    usual = {"beneficiary_id": person, "claim_class": "PART_B", "hcpcs_code": "99213"}
    lines = []
    for tin in draw.sample(TINS, draw.choice([2, 3])):
        for amount in draw.choice([["1.00"], ["0.90", "0.10"], ["0.30", "0.30", "0.40"]]):
            line = {**usual, "claim_id": person, "line_number": len(lines) + 1, "tin": tin}
            line["from_date"] = dt.date(year, 3, draw.choice([1, 2, 3]))
            line["allowed_amount"] = line["standardized_amount"] = Decimal(amount)
            lines.append({**line, "npi": "n1", "specialty": "11"})
    return lines


def _cents(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(Decimal("0.01"))


def roster(draw: Random) -> list[dict]:
    """Who has reassigned billing rights to whom."""
    pairs = [(tin, npi) for tin in [*TINS, "T5"] for npi in ("n1", "n2", "n3", "n4", "n5")]
    return [
        {"tin": tin, "npi": npi, "specialty_primary": draw.choice(SPECIALTIES)}
        for tin, npi in pairs
        if draw.random() < 0.6
    ]


def enrolment(draw: Random, year: int, people: int = 40) -> tuple[list[dict], list[dict]]:
    """Beneficiaries and their months: new, broken, deceased, in Part C, in one part alone."""
    persons = [{"beneficiary_id": f"b{number:02}t"} for number in range(8)]
    rows = [
        row for p in persons for row in months(p["beneficiary_id"], year * 100 + 1, year * 100 + 12)
    ]
    for number in range(people):
        person = f"b{number:02}"
        spells = [(1, 12)] * 5 + [(4, 12), (1, 6), (4, 6), (4, 9)]
        first, last = draw.choice(spells)
        death = draw.choice([None] * 7 + [dt.date(year, m, d) for m, d in ((6, 10), (12, 1))])
        death = draw.choice([death] * 20 + [dt.date(year - 1, 12, 31), dt.date(year + 1, 1, 1)])
        persons.append(
            {
                "beneficiary_id": person,
                "birth_date": dt.date(1940, 1, 1 + number % 28),
                "sex": draw.choice(["1", "2", None]),
                "death_date": death,
                "is_us_resident": draw.choice([True] * 8 + [None] * 6 + [False]),
            }
        )
        listed = [year * 100 + m for m in range(first, last + 1)]
        listed += draw.choice([[], [], [(year - 1) * 100 + 12], [(year - 1) * 100 + 6]])
        listed += draw.choice([[], [], [(year + 1) * 100 + 1]])
        odd = draw.choice([*listed, *[None] * 60])
        kind = draw.choice(["part_a", "part_b", "ma_enrolled", "gone", "neither"])
        for month in listed:
            if month == odd and kind == "gone":
                continue
            row = {"beneficiary_id": person, "year_month": month, "part_a": True, "part_b": True}
            row["ma_enrolled"] = draw.choice([False, None])
            if month == odd:
                row[kind] = kind == "ma_enrolled"
                if kind == "neither":
                    row.update(part_a=False, part_b=None)
            row["entitlement_status"] = draw.choice(["10"] * 25 + ["11", "20", "21", "31", None])
            row["dual_status"] = draw.choice([None] * 25 + ["01", "02", "04", "08", "06"])
            row.pop("neither", None)
            rows.append(row)
    return persons, rows


def risk_scores(draw: Random, people: int = 40) -> list[dict]:
    """Scores from a short list, so that means fall exactly on percentiles."""
    return [
        {
            "beneficiary_id": f"b{number:02}",
            "risk_score": draw.choice([0.1, 0.2, 0.3, 0.7, 0.7, 1.1]),
        }
        for number in range(people)
        if draw.random() < 0.8
    ]


def participation(draw: Random, year: int, tins: list[str]) -> list[dict]:
    """Practices in ACOs and models, some in several, some in another year."""
    rows = [
        {
            "tin": draw.choice(tins),
            "npi": draw.choice([None, "n1"]),
            "model": draw.choice(["mssp", "mssp", "mssp", "pioneer", "cpc", "ocm"]),
            "entity_id": draw.choice(["E1", "E2"]),
            "performance_year": draw.choice([year] * 4 + [year - 1]),
            "entity_reported": draw.choice([True, False, None]),
        }
        for _ in range(len(tins))
    ]
    key = ("tin", "npi", "model", "entity_id", "performance_year")
    return list({tuple(row[c] for c in key): row for row in rows}.values())
