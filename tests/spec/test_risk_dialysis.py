"""Scores of dialysis, kidney transplant and functioning graft (V21, factors E2118P1M).

CMS-HCC software E2118P1M; scores of 200 made-up people as two other programs print them.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

from tests.scored import scored, version
from tests.solving import on_every_solver

GOLDEN = Path(__file__).parent.parent / "golden" / "hcc_esrd_scores.csv"
YEAR = 2018


def golden() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8") as file:
        next(file)  # how it was made
        return list(csv.DictReader(file))


def terms_of(row: dict) -> dict[str, float]:
    parts = [term.split("=") for term in row["terms"].split("|")]
    return {name: float(value) for name, value in parts}


def found(solver, **person) -> dict[str, float]:
    codes = person.pop("codes", ())
    diagnoses = [("b0", 10, code) for code in codes]
    row = scored(solver, version("V21", YEAR), [person], diagnoses)[0]
    terms = terms_of(row)
    assert round(sum(terms.values()), 3) == row["risk_score"]
    return terms


def of_golden(solver, rows):
    people = [
        {
            "asked_segment": r["segment"],
            "age": int(r["age"]),
            "sex": r["sex"],
            "medicaid": r["medicaid"] == "1",
            "reason": r["orec"],
        }
        for r in rows
    ]
    diagnoses = [
        (f"b{number}", 10, code)
        for number, r in enumerate(rows)
        for code in r["dx_codes"].split("|")
        if code
    ]
    return scored(solver, version("V21", YEAR), people, diagnoses)


# terms that other programs do not find: hccinfhir by the model a segment is of, hccpy of dialysis
LOST_BY_HCCINFHIR = {"GNE": r"N?MCAID_.*", "GI": r"MCAID", "DNE": r".*_NE[FM]85_GT"}
LOST_BY_HCCPY = r"MCAID_.*|Originally_ESRD_.*"


def without(row: dict, lost: str) -> str:
    """The score without the terms that another program does not have."""
    left = {k: v for k, v in terms_of(row).items() if not re.fullmatch(lost, k)}
    return f"{round(sum(left.values()), 3):.3f}"


@on_every_solver
def test_scores_are_those_of_hccinfhir(solver):
    """Where CMS's program adds a term that it does not find, the rest of the score is the same."""
    rows = golden()
    for expected, row in zip(rows, of_golden(solver, rows), strict=True):
        lost = LOST_BY_HCCINFHIR.get(expected["segment"].split("_")[0], "")
        assert without(row, lost) == expected["hccinfhir"], (row, expected)


@on_every_solver
def test_scores_are_those_of_hccpy_where_it_has_any(solver):
    """It knows dialysis without Medicaid and original ESRD, and the factors of transplants."""
    rows = [r for r in golden() if r["hccpy"]]
    assert Counter(r["segment"] == "DI" for r in rows) == {True: 60, False: 6}
    for expected, row in zip(rows, of_golden(solver, rows), strict=True):
        assert without(row, LOST_BY_HCCPY) == expected["hccpy"], (row, expected)


def test_the_golden_file_has_all_its_rows():
    rows = golden()
    assert len(rows) == 200
    assert len({r["segment"] for r in rows}) == 11


@on_every_solver
def test_the_age_of_a_graft_is_a_term_of_its_own(solver):
    young = found(solver, asked_segment="GC_DUR4_9", age=64, reason="1")
    assert list(young) == ["F60_64", "LT65_DUR4_9"]
    assert young["LT65_DUR4_9"] == 2.174
    old = found(solver, asked_segment="GI_DUR10PL", age=65)
    assert list(old) == ["F65_69", "GE65_DUR10PL"]


@on_every_solver
def test_a_new_enrollee_with_a_graft_has_a_cell_and_the_age_of_the_graft(solver):
    terms = found(solver, asked_segment="GNE_DUR4_9", age=66, reason="1", codes=["E1140"])
    assert list(terms) == ["NMCAID_ORIGDIS_G_NEF66", "GE65_DUR4_9"]


@on_every_solver
def test_who_is_new_on_dialysis_is_originally_disabled_at_any_age(solver):
    person = {"asked_segment": "DNE", "age": 40, "medicaid": True}
    assert list(found(solver, **person, reason="1")) == ["MCAID_ORIGDIS_NEF35_44"]
    assert list(found(solver, **person, reason="2")) == ["MCAID_NORIGDIS_NEF35_44"]


@on_every_solver
def test_sixty_four_and_entitled_by_age_counts_as_sixty_five(solver):
    assert list(found(solver, asked_segment="DI", age=64)) == ["F65_69"]
    graft = found(solver, asked_segment="GC_DUR4_9", age=64)
    assert list(graft) == ["F65_69", "GE65_DUR4_9"]


@on_every_solver
def test_renal_disease_as_the_reason_lowers_a_dialysis_score_from_65_on(solver):
    person = {"asked_segment": "DI", "sex": "1", "reason": "2"}
    assert list(found(solver, **person, age=65)) == ["M65_69", "Originally_ESRD_Male"]
    assert list(found(solver, **person, age=64)) == ["M60_64"]


@on_every_solver
def test_a_transplant_is_one_factor_whoever_has_it(solver):
    terms = found(solver, asked_segment="TRANSPLANT_KIDNEY_ONLY_1M", age=30, codes=["E1140"])
    assert terms == {"TRANSPLANT_KIDNEY_ONLY_1M": 6.03}


@on_every_solver
def test_dialysis_status_is_no_condition_of_these_models(solver):
    """E2118P1M sets it to zero before the hierarchy, so it removes nothing either."""
    person = {"asked_segment": "DI", "age": 70}
    assert list(found(solver, **person, codes=["Z992"])) == ["F70_74"]
    assert "HCC135" in found(solver, **person, codes=["Z992", "N179"])
