"""Scores of the golden file: 720 people and segments computed with CMS's rules by another program.

V12 in 2013, V22 in 2014 and 2016, and V22 of 2017 with its six community segments.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from openp4p.program.risk_tables import COLUMNS, Version, shape_of, version_rows, versions
from openp4p.risk.hcc import Model, scores
from tests.conftest import rows_of

GOLDEN = Path(__file__).parent.parent / "golden" / "hcc_scores.csv"
TABLES = ("codes", "edits", "conditions", "segments", "demographics", "interactions", "sets")
PEOPLE = {
    "beneficiary_id": "string",
    "asked_segment": "string",
    "population": "string",
    "dual_benefit": "string",
    "age": "int64",
    "sex": "string",
    "medicaid": "boolean",
    "reason": "string",
}
DIAGNOSES = {"beneficiary_id": "string", "icd_version": "int64", "code": "string"}


def golden() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def model(engine: object, version: Version, *, with_edits: bool = True) -> Model:
    rows = version_rows(version)
    return Model(
        **{name: engine.table(rows[f"hcc_{name}"], COLUMNS[f"hcc_{name}"]) for name in TABLES},
        shape=shape_of(version),
        with_edits=with_edits,
    )


@pytest.mark.parametrize("year", [2013, 2014, 2016, 2017])
def test_scores_are_those_of_the_golden_file(engine, year):
    rows = {f"{r['case_id']}:{r['segment']}": r for r in golden() if int(r["payment_year"]) == year}
    name = next(iter(rows.values()))["model"]
    people = [
        {
            "beneficiary_id": key,
            "asked_segment": r["segment"],
            "population": "",
            "dual_benefit": "none",
            "age": int(r["age_feb1"]),
            "sex": r["sex"],
            "medicaid": r["medicaid"] == "1",
            "reason": r["orec"],
        }
        for key, r in rows.items()
    ]
    diagnoses = [
        {"beneficiary_id": key, "icd_version": int(r["icd_version"]), "code": code}
        for key, r in rows.items()
        for code in r["dx_codes"].split("|")
        if code
    ]
    found = rows_of(
        engine,
        scores(
            engine.table(people, PEOPLE),
            engine.table(diagnoses, DIAGNOSES),
            model(engine, Version(name, versions()[name][year], year)),
        ),
    )
    assert len(found) == len(rows)
    wrong = {
        r["beneficiary_id"]: (r, rows[r["beneficiary_id"]])
        for r in found
        if (f"{r['risk_score']:.3f}", r["hccs"])
        != (
            rows[r["beneficiary_id"]]["expected_raw_score"],
            rows[r["beneficiary_id"]]["expected_hccs"],
        )
    }
    assert not wrong
    for r in found:
        parts = [t.split("=") for t in r["terms"].split("|") if t]
        assert round(sum(float(value) for _, value in parts), 3) == r["risk_score"]


def test_the_golden_file_has_all_its_rows():
    assert len(golden()) == 720
    assert Counter(r["payment_year"] for r in golden()) == {
        "2013": 180,
        "2014": 180,
        "2016": 180,
        "2017": 180,
    }
