"""Calibration read a second time, in plain Python: expected against actual cost, by group."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row


def cost_calibration(
    measure_cases: list[Row],
    measure_rules: list[Row],
    eligible_beneficiaries: list[Row],
    risk_scores: list[Row],
    program: Program,
) -> list[Row]:
    """Mean actual and mean expected cost of the cases that count, by measure and group."""
    people = {row["beneficiary_id"]: row for row in eligible_beneficiaries}
    new = {row["beneficiary_id"]: row["is_new_enrollee"] for row in risk_scores}
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for measure, cases in _counted(measure_cases, measure_rules).items():
        deciles = _deciles(cases, people)
        for case in cases:
            person = people.get(case["beneficiary_id"], {})
            places = {
                "all": "all",
                "risk_decile": deciles.get((case["tin"] or "", case["case_id"]), "unknown"),
                "dual": _named(person.get("is_dual"), "dual", "not_dual"),
                "esrd": _named(person.get("is_esrd"), "esrd", "no_esrd"),
                "age_band": _band(person, program),
                "new_enrollee": _named(
                    new.get(case["beneficiary_id"]), "new_enrollee", "continuing"
                ),
            }
            for grouping, group in places.items():
                groups[measure, grouping, group].append(case)
    return [
        {
            "measure": measure,
            "grouping": grouping,
            "group": group,
            "cases": len(cases),
            "beneficiaries": len({case["beneficiary_id"] for case in cases} - {None}),
            "actual_dollars": _sum(cases, "numerator") / len(cases),
            "expected_dollars": _sum(cases, "expected") / len(cases),
            "predictive_ratio": _over(_sum(cases, "expected"), _sum(cases, "numerator")),
        }
        for (measure, grouping, group), cases in groups.items()
    ]


def _counted(measure_cases: list[Row], measure_rules: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {
        rule["measure"]: [] for rule in measure_rules if rule["kind"] == "cost"
    }
    for case in measure_cases:
        if case["measure"] in found and case["included"] and case["expected"] is not None:
            found[case["measure"]].append(case)
    return {measure: cases for measure, cases in found.items() if cases}


def _deciles(cases: list[Row], people: dict[str, Row]) -> dict[tuple[str, str], str]:
    """The tenth in which each case with a score stands, lowest scores first."""
    scored = []
    for case in cases:
        score = people.get(case["beneficiary_id"], {}).get("risk_score")
        if score is not None:
            scored.append((score, case["tin"] or "", case["case_id"]))
    return {
        (tin, case_id): f"{place * 10 // len(scored) + 1:02}"
        for place, (_score, tin, case_id) in enumerate(sorted(scored))
    }


def _named(value: bool | None, yes: str, no: str) -> str:
    if value is None:
        return "unknown"
    return yes if value else no


def _band(person: Row, program: Program) -> str:
    born = person.get("birth_date")
    if born is None:
        return "unknown"
    age = program.performance_year - born.year
    if age < 65:
        return "under_65"
    if age < 75:
        return "65_to_74"
    return "75_to_84" if age < 85 else "85_and_over"


def _sum(cases: list[Row], column: str) -> float:
    return math.fsum(case[column] for case in cases)


def _over(one: float, other: float) -> float | None:
    return None if other == 0 else one / other


def cost_fit(measure_cases: list[Row], measure_rules: list[Row]) -> list[Row]:
    """How much of the spread of each measure's cost is explained by what was expected."""
    found = []
    for measure, cases in _counted(measure_cases, measure_rules).items():
        actual = [Fraction(case["numerator"]) for case in cases]
        mean = sum(actual, Fraction(0)) / len(actual)
        in_all = sum(((cost - mean) ** 2 for cost in actual), Fraction(0))
        unexplained = sum(
            (cost - Fraction(case["expected"])) ** 2
            for cost, case in zip(actual, cases, strict=True)
        )
        found.append(
            {
                "measure": measure,
                "cases": len(cases),
                "mean_dollars": float(mean),
                "r_squared": float(1 - unexplained / in_all) if in_all else None,
            }
        )
    return found
