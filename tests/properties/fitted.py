"""Populations of a program of awards: few practices, scores at every edge, ties in risk."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from random import Random

TINS = [f"T{n}" for n in range(1, 7)]
MEASURES = {"001": True, "047": True, "cahps_1": False, "acute_pqi": False, "readmission": False}
PERIODS = ("performance_year", "two_years", "benchmark_year")
_DAYS = [
    dt.date(2014, 6, 1), dt.date(2014, 12, 31), dt.date(2015, 1, 1), dt.date(2015, 1, 2),
    dt.date(2015, 12, 30), dt.date(2015, 12, 31), dt.date(2016, 3, 1),
]  # fmt: skip


def rates(seed: int) -> dict[str, list[dict]]:
    """Results of three years, some without counts, a variance, or any case."""
    draw = Random(seed)
    return {
        name: [
            _rate(draw, tin, measure)
            for tin in [*TINS, "gone"]
            for measure in MEASURES
            if draw.random() < 0.7
        ]
        for name in ("unadjusted_rates", "prior_rates", "benchmark_rates")
    }


def _rate(draw: Random, tin: str, measure: str) -> dict:
    cases = draw.choice([0, 1, 5, 40])
    met = float(draw.randint(0, cases))
    counted = draw.random() < 0.8
    return {
        "tin": tin,
        "measure": measure,
        "cases": cases,
        "numerator": met if counted else None,
        "denominator": float(cases) if counted else None,
        "expected": draw.choice([None, 0.25 * cases]),
        "national_mean": 16.0,
        "rate": draw.choice([None, met / cases]) if cases else None,
        "variance": draw.choice([None, 0.01, 2.5]),
    }


def fits(seed: int) -> list[dict]:
    """Fits of the measures in each period: some flat, some of too few practices."""
    draw, made = Random(seed), []
    for measure, is_count in MEASURES.items():
        paid = draw.choice(PERIODS[:2])
        for period in PERIODS:
            if draw.random() < 0.2:
                continue
            reason = draw.choice([None] * 4 + ["too_few_practices", "no_differences"])
            low, high = draw.choice([(0.2, 0.8), (0.8, 0.2), (0.5, 0.5)])
            known = reason is None
            made.append(
                {
                    "measure": measure,
                    "period": period,
                    "scale": 1.0,
                    "alpha": draw.choice([2.0, 12.0]) if known and is_count else None,
                    "beta": 4.0 if known and is_count else None,
                    "mean": None if reason == "too_few_practices" else 0.5,
                    "between": draw.choice([0.04, 0.5]) if known and not is_count else None,
                    "low": low if known else None,
                    "high": high if known else None,
                    "is_paid_on": period == paid,
                    "reason": reason,
                }
            )
    return made


def care(seed: int) -> dict[str, list[dict]]:
    """Patients of two years with months, ties in risk, and practices that begin in the year."""
    draw = Random(seed)
    people = [f"b{n:02}" for n in range(30)]
    year = draw.choice([2014, 2014, 2015])
    prefix = {2014: "history_", 2015: ""}[year]
    eligible = [
        {
            "beneficiary_id": id_,
            "is_eligible": draw.random() < 0.9,
            "months": draw.choice([12, 12, 5]),
            "is_dual": draw.random() < 0.3,
            "risk_score": draw.choice([None, 0.5, 0.5, 1.0, 1.0, 2.0]),
        }
        for id_ in people
    ]
    attributed = [
        {"beneficiary_id": id_, "tin": draw.choice(TINS)} for id_ in people if draw.random() < 0.9
    ]
    months = [
        {
            "beneficiary_id": id_,
            "year_month": y * 100 + m,
            "part_a": draw.random() < 0.95,
            "part_b": draw.choice([True, True, True, None]),
        }
        for id_ in people
        for y in (2014, 2015)
        for m in range(1, draw.choice([3, 12]) + 1)
    ]
    lines = [
        {
            "claim_id": f"c{n:03}",
            "line_number": 1,
            "claim_class": draw.choice(["PART_B", "PART_B", "DME"]),
            "from_date": dt.date(draw.choice([2014, 2015]), draw.randint(1, 12), 3),
            "tin": draw.choice([*TINS, None]),
            "processing_indicator": draw.choice(["A", "A", None, "D"]),
            "allowed_amount": Decimal("50.00"),
        }
        for n in range(40)
    ]
    names = (
        ("eligible", "attributed")
        if prefix
        else ("eligible_beneficiaries", "attributed_beneficiaries")
    )
    return {
        f"{prefix}{names[0]}": eligible,
        f"{prefix}{names[1]}": attributed,
        "enrollment_month": months,
        "claim_line": lines,
    }


def choices(seed: int) -> dict[str, list[dict]]:
    """Practices and when they took part, at every edge of the period, some twice."""
    draw = Random(seed)
    practices = [{"tin": t, "is_subject": draw.random() < 0.85, "size_class": "1-9"} for t in TINS]
    stretches = {}
    for tin in [*TINS, "gone"]:
        for day in draw.sample(_DAYS, draw.choice([0, 1, 1, 2])):
            later = [d for d in _DAYS if d >= day]
            stretches[tin, day] = draw.choice([None, *later])
    rows = [
        {"tin": tin, "participates_from": day, "participates_to": to}
        for (tin, day), to in stretches.items()
    ]
    return {"practices": practices, "participation": rows}
