"""`openp4p risk-score`: files in, scores out; every mistake of the input at once, nobody named."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.meta.files import ROOT
from tests.unit.cli.commands import command

EXAMPLE = ROOT / "docs" / "examples" / "risk"
PEOPLE = "beneficiary_id,birth_date,sex,orec,medicaid\n"
CODES = "beneficiary_id,icd_version,code\n"


def asked(
    folder: Path,
    people: str | Path,
    codes: str | Path,
    *more: str,
    model: str = "V22",
    year: int = 2017,
    out: str = "scores.csv",
):
    """The command over the given texts, as CSV files of the folder."""
    paths = []
    for name, text in (("people.csv", people), ("diagnoses.csv", codes)):
        path = text if isinstance(text, Path) else folder / name
        if isinstance(text, str):
            path.write_text(text, encoding="utf-8")
        paths.append(path)
    return command(
        *("risk-score", "--model", model, "--coefficients", year, "--beneficiaries", paths[0]),
        *("--diagnoses", paths[1], "--out", folder / out, *more),
    )


def scores(folder: Path, name: str = "scores.csv") -> dict[str, dict[str, str]]:
    with (folder / name).open(encoding="utf-8") as file:
        return {row["beneficiary_id"]: row for row in csv.DictReader(file)}


def test_the_example_has_every_score_with_its_terms(tmp_path):
    said = asked(tmp_path, EXAMPLE / "beneficiaries.csv", EXAMPLE / "diagnoses.csv")
    assert said.code == 0, said.err
    assert "Scored 5 beneficiaries with V22, factors of 2017 (C2214O5P): mean 1.733." in said.out
    found = scores(tmp_path)
    assert list(found) == ["anna", "bruno", "clara", "dora", "emil"]
    assert found["anna"] == {
        "beneficiary_id": "anna",
        "risk_score": "1.169",
        "hccs_before": "18|85",
        "hccs": "18|85",
        "terms": "F70_74=0.374|HCC18=0.318|HCC85=0.323|HCC85_gDiabetesMellit=0.154",
    }
    assert (found["clara"]["hccs_before"], found["clara"]["hccs"]) == ("8|12", "8")
    assert found["emil"]["terms"] == "NMCAID_NORIGDIS_NEM65=0.514"


def test_the_summary_is_also_json(tmp_path):
    files = EXAMPLE / "beneficiaries.csv", EXAMPLE / "diagnoses.csv"
    said = asked(tmp_path, *files, "--json")
    summary = json.loads(said.out)
    assert summary["beneficiaries"] == 5
    assert summary["with_conditions"] == 4
    assert (summary["diagnoses"], summary["diagnoses_of_no_condition"]) == (11, 1)
    assert summary["coefficient_file"] == "C2214O5P"
    assert round(summary["mean_risk_score"], 4) == 1.7328


@pytest.mark.parametrize("ending", ["csv.gz", "parquet"])
def test_files_may_be_compressed_or_parquet(tmp_path, ending):
    """Numbers and dates of a Parquet file are read as what they say."""
    if ending == "parquet":
        people = {
            "beneficiary_id": ["a"],
            "age": pa.array([70], pa.int32()),
            "sex": pa.array([2], pa.int64()),
            "orec": pa.array([None], pa.int64()),
            "medicaid": pa.array([0], pa.int8()),
        }
        codes = {"beneficiary_id": ["a"], "icd_version": [10], "code": ["e119"]}
        for name, columns in (("p.parquet", people), ("d.parquet", codes)):
            pq.write_table(pa.table(columns), tmp_path / name)
    else:
        for name, text in (
            ("p.csv.gz", "beneficiary_id,age,sex,orec,medicaid\na,70,2,,0\n"),
            ("d.csv.gz", CODES + "a,10,e119\n"),
        ):
            (tmp_path / name).write_bytes(gzip.compress(text.encode()))
    paths = tmp_path / f"p.{ending}", tmp_path / f"d.{ending}"
    said = asked(tmp_path, *paths, out=f"s.{ending}")
    assert said.code == 0, said.err
    if ending == "parquet":
        rows = pq.read_table(tmp_path / "s.parquet").to_pylist()
    else:
        text = gzip.decompress((tmp_path / "s.csv.gz").read_bytes()).decode()
        rows = list(csv.DictReader(text.splitlines()))
    assert [(r["beneficiary_id"], float(r["risk_score"]), r["hccs"]) for r in rows] == [
        ("a", 0.478, "19")
    ]


def test_ages_are_those_of_the_first_of_february(tmp_path):
    people = PEOPLE + "on,1952-02-01,1,0,0\nafter,1952-02-02,1,0,0\n"
    asked(tmp_path, people, CODES)
    found = {name: row["terms"] for name, row in scores(tmp_path).items()}
    assert found == {"on": "M65_69=0.3", "after": "M60_64=0.303"}


def test_medicaid_and_age_choose_the_segment_where_it_is_blank(tmp_path):
    """From 2017 full benefits or none, aged or not; to 2016 one community segment."""
    people = PEOPLE + "a,1940-01-01,2,0,0\nb,1940-01-01,2,0,1\nc,1970-01-01,2,1,1\n"
    asked(tmp_path, people, CODES)
    later = {name: row["terms"] for name, row in scores(tmp_path).items()}
    assert later == {"a": "F75_79=0.448", "b": "F75_79=0.611", "c": "F45_54=0.338"}
    asked(tmp_path, people, CODES, year=2016)
    assert scores(tmp_path)["c"]["terms"].startswith("F45_54=0.263|MCAID_Female_Disabled=")


def test_edits_of_age_and_sex_can_be_left_out(tmp_path):
    people, codes = PEOPLE + "a,1940-01-01,2,0,0\n", CODES + "a,10,D66\n"
    asked(tmp_path, people, codes)
    assert scores(tmp_path)["a"]["hccs"] == "48"
    asked(tmp_path, people, codes, "--no-age-sex-edits")
    assert scores(tmp_path)["a"]["hccs"] == "46"


@pytest.mark.parametrize(
    ("model", "years", "segment"),
    [
        ("V12", (2012, 2015), ""),
        ("V21", (2012, 2017), ""),
        ("V21", (2018, 2019), "DI"),
        ("V22", (2014, 2019), ""),
    ],
)
def test_every_year_with_factors_can_be_asked(tmp_path, model, years, segment):
    people = f"{PEOPLE.strip()},segment\na,1940-01-01,2,0,0,{segment}\n"
    for year in years:
        said = asked(tmp_path, people, CODES + "a,9,4280\n", model=model, year=year)
        assert said.code == 0, said.err
    said = asked(tmp_path, people, CODES, model=model, year=2020)
    assert said.code == 4
    assert f"the model {model} has no factors for 2020" in said.err


def test_dialysis_and_transplant_patients_must_say_their_segment(tmp_path):
    people = f"{PEOPLE.strip()},segment\na,1940-01-01,2,0,0,\nb,1940-01-01,2,0,0,DI\n"
    said = asked(tmp_path, people, CODES, model="V21", year=2018)
    assert said.code == 4
    assert "row 2, segment: it is blank" in said.err
    assert "TRANSPLANT_KIDNEY_ONLY_1M" in said.err


def test_every_mistake_is_told_at_once_and_nobody_is_named(tmp_path):
    people = (
        "beneficiary_id,birth_date,age,sex,orec,medicaid,segment\n"
        "secret-1,1950-13-01,70,3,9,x,ZZ\n"
        "secret-1,1950-01-01,40,1,,1,\n"
        ",,,1,0,0,CNA\n"
        "secret-2,2018-01-01,,1,0,0,\n"
        "secret-3,,151,1,0,0,\n"
    )
    codes = CODES + "secret-9,11,\nsecret-1,9,250.00\n"
    said = asked(tmp_path, people, codes, out="scores.txt")
    assert said.code == 4
    assert "secret" not in said.err.replace(str(tmp_path), "")
    for problem in (
        "--out: option: unknown ending",
        "row 4, beneficiary_id: it is blank",
        "row 2, beneficiary_id: another row has the same (and 1 more rows)",
        "row 2, birth_date: not a date",
        "row 5, birth_date: born after 1 February 2017",
        "row 6, age: not an age",
        "row 4, age: neither it nor birth_date",
        "row 3, age: not the age by birth_date on 1 February",
        "row 2, sex: unknown sex",
        "row 2, orec: unknown reason for entitlement",
        "row 2, medicaid: not yes or no",
        "row 2, segment: no segment of V22 2017",
        "allowed: CNA, CND, CFA, CFD, CPA, CPD, INS, NE, SNPNE or blank",
        "row 2, beneficiary_id: no beneficiary of that name",
        "row 2, icd_version: unknown version of ICD",
        "row 2, code: it is blank",
    ):
        assert problem in said.err, problem
    assert "(16 problems)" not in said.err
    assert "(15 problems)" in said.err
    assert "risk-score-input: see docs/errors.md" in said.err
    assert not list(tmp_path.glob("*scores*"))


def test_a_missing_file_column_or_model_is_told(tmp_path):
    said = asked(tmp_path, tmp_path / "none.csv", "beneficiary_id,code\n", model="V99")
    assert said.code == 4
    assert "there is no model 'V99'" in said.err
    assert "none.csv: file: there is no such file" in said.err
    assert "header: columns are missing: icd_version" in said.err
    said = asked(tmp_path, "beneficiary_id,sex,orec,medicaid\n", CODES)
    assert "columns are missing: birth_date or age" in said.err


def test_a_file_that_is_no_table_is_told_without_its_rows(tmp_path):
    said = asked(tmp_path, PEOPLE + "secret,1,2,3,4,5,6\n", CODES)
    assert said.code == 4
    assert "the file cannot be read as a table" in said.err
    assert "secret" not in said.err.replace(str(tmp_path), "")


def test_nobody_is_no_mistake(tmp_path):
    said = asked(tmp_path, PEOPLE, CODES)
    assert said.code == 0, said.err
    assert "Scored 0 beneficiaries" in said.out
    assert scores(tmp_path) == {}
