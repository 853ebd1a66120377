"""Scores of the golden file: 720 people and segments computed with CMS's rules by another program.

V12 in 2013, V22 in 2014 and 2016, and V22 of 2017 with its six community segments.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from tests.scored import scored, version
from tests.solving import on_every_solver

GOLDEN = Path(__file__).parent.parent / "golden" / "hcc_scores.csv"
YEARS = {2013: "V12", 2014: "V22", 2016: "V22", 2017: "V22"}


def golden() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@on_every_solver
@pytest.mark.parametrize("year", YEARS)
def test_scores_are_those_of_the_golden_file(solver, year):
    rows = [r for r in golden() if int(r["payment_year"]) == year]
    people = [
        {
            "asked_segment": r["segment"],
            "age": int(r["age_feb1"]),
            "sex": r["sex"],
            "medicaid": r["medicaid"] == "1",
            "reason": r["orec"],
        }
        for r in rows
    ]
    diagnoses = [
        (f"b{number}", int(r["icd_version"]), code)
        for number, r in enumerate(rows)
        for code in r["dx_codes"].split("|")
        if code
    ]
    found = scored(solver, version(YEARS[year], year), people, diagnoses)
    for row, expected in zip(found, rows, strict=True):
        assert f"{row['risk_score']:.3f}" == expected["expected_raw_score"], (row, expected)
        assert row["hccs"] == expected["expected_hccs"]
        values = [float(term.split("=")[1]) for term in row["terms"].split("|")]
        assert round(sum(values), 3) == row["risk_score"]


def test_the_golden_file_has_all_its_rows():
    assert len(golden()) == 720
    assert Counter(int(r["payment_year"]) for r in golden()) == dict.fromkeys(YEARS, 180)
