"""A practice alone, with the readmission model of a nation: what a run of everybody says of it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from openp4p.errors import InputError
from openp4p.results import Run
from tests.meta.files import ROOT
from tests.populations import population
from tests.programs.runs import PEOPLE, SEED, changed, paid, scratch, tables_of, usual
from tests.unit.cli.commands import command

PAGE = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"^`readmission_coefficient\.csv`\n\n```csv\n(.*?)^```", PAGE, re.M | re.S)[1]
NOTE = "readmission_coefficients"


@cache
def practice() -> str:
    """The practice with the most index stays."""
    stays: dict[str, int] = {}
    for row in usual().rows("cohort_ratios"):
        stays[row["tin"]] = stays.get(row["tin"], 0) + row["stays"]
    return max(sorted(stays), key=stays.__getitem__)


def alone(name: str, coefficients: str) -> Path:
    """An input folder with the patients of that practice only, and a readmission model beside."""
    patients = usual().rows("attributed_beneficiaries", {"tin": practice()})
    listed = ", ".join(f"'{row['beneficiary_id']}'" for row in patients)
    of_people = f"SELECT * FROM TABLE WHERE beneficiary_id IN ({listed})"
    tables = {"beneficiary", "enrollment_month", "claim", "claim_line", "diagnosis", "procedure"}
    held = tables & set(tables_of(population(PEOPLE, SEED)))
    return beside(coefficients, changed(name, dict.fromkeys(held, of_people)))


def beside(coefficients: str, folder: Path) -> Path:
    """The input folder with a readmission model laid beside its claims."""
    (folder / "readmission_coefficient.csv").write_text(coefficients, encoding="utf-8")
    return folder


def expected(run: Run) -> dict[str, tuple]:
    rows = run.rows("readmission_predictions", {"tin": practice()})
    return {row["stay_id"]: (row["expected"], row["predicted"]) for row in rows}


def rate(run: Run) -> tuple:
    (row,) = run.rows("performance_rates", {"tin": practice(), "measure": "readmission"})
    return tuple(row[name] for name in ("cases", "rate", "variance"))


@cache
def with_the_nations() -> Run:
    said = command("show", usual().folder, "readmission_model", "--csv")
    return paid(2017, alone("practice", said.out), "practice")


def test_what_is_expected_of_its_stays_is_what_a_run_of_everybody_expects():
    run = with_the_nations()
    assert len(expected(run)) > 30
    assert any(chance != predicted for chance, predicted in expected(run).values())
    assert expected(run) == {
        stay: pytest.approx(chances, rel=1e-11) for stay, chances in expected(usual()).items()
    }
    assert rate(run) == pytest.approx(rate(usual()), rel=1e-9)


def test_the_run_says_so():
    run = with_the_nations()
    (nation,) = usual().rows("readmission_model", {"kind": "rate"})
    notes = {note["code"]: note["text"] for note in run.manifest["notes"]}
    assert NOTE not in {note["code"] for note in usual().manifest["notes"]}
    assert f"the national rate of {nation['value']:.2%}" in notes[NOTE]


def test_the_example_of_the_page_is_a_model():
    run = paid(2017, alone("practice-page", EXAMPLE), "practice-page")
    assert run.rows("quarantine", {"file": "readmission_coefficient.csv"}) == []
    said = {(r["cohort"], r["kind"]): r["value"] for r in run.rows("readmission_model")}
    assert (said["all", "rate"], said["medicine", "variance"]) == (0.1502, 0.02)
    assert rate(run)[0] == rate(usual())[0]
    assert rate(run)[1] != pytest.approx(rate(usual())[1], rel=1e-3)


BAD = """\
medicine,age,years,0.009
medicine,comorbidity,on_dialysis,0.35
medicine,comorbidity,diabetes,many
medicine,comorbidity,gout,0.1
medicine,comorbidity,chf
"""


def test_half_a_model_is_refused_with_every_row_that_cannot_be_used_and_leaves_nothing_behind():
    """The row that is there twice is no matter; a run without one of the others would be one of
    another model."""
    half = [line for line in EXAMPLE.splitlines() if not line.startswith("neurology")]
    folder = beside("\n".join(half) + "\n" + BAD, changed("practice-half", {}))
    with pytest.raises(InputError) as raised:
        paid(2017, folder, "practice-half")
    assert raised.value.code == NOTE.replace("_", "-")
    told = [str(problem).split(". ")[0] for problem in raised.value.problems]
    assert told == [
        "readmission_coefficient.csv: row 17: conflicting duplicate",
        "readmission_coefficient.csv: row 19, column value: not a number (xxxx)",
        "readmission_coefficient.csv: row 21: malformed line",
        "readmission_coefficient: column name: 'gout' is no comorbidity",
        "readmission_coefficient: cohort neurology: has neither an intercept nor categories.",
        "readmission_coefficient: cohort neurology: has no variance between practices.",
    ]
    assert not (scratch() / "practice-half").exists()
