"""What accepted disputes put into the input of the next run, while the old input stays as it is."""

from __future__ import annotations

import csv
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from openp4p.claims.marked import KEY, synthetic_mark
from openp4p.review.corrected_input import corrected_input
from openp4p.review.corrections import (
    Accepted,
    Varied,
    correction_rows,
    default_kind,
    overrides,
    removed_patients,
    variance_rows,
)
from openp4p.review.disputes import Category


def accepted(category: str, *items: dict[str, str], tin: str = "A", kind: str = "") -> Accepted:
    which = Category(category)
    return Accepted(f"d-{category}", tin, which, kind or default_kind(which), items,
                    date(2026, 3, 1), "the case officer", "evidence")  # fmt: skip


@pytest.fixture
def original(tmp_path):
    folder = tmp_path / "input"
    for name, rows in {
        "claim": [{"claim_id": "1", "tin": "A"}, {"claim_id": "2", "tin": "A"}],
        "claim_line": [{"claim_id": "1", "tin": "A"}, {"claim_id": "2", "tin": "A"}],
        "quality_result": [
            {"tin": "A", "measure": "001", "performance_year": 2015, "met": 3},
            {"tin": "A", "measure": "001", "performance_year": 2014, "met": 3},
            {"tin": "B", "measure": "001", "performance_year": 2015, "met": 3},
        ],
    }.items():  # fmt: skip
        (folder / name).mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows), folder / name / "part-0.parquet")
    (folder / "provider_enrollment.csv").write_text(
        "tin,npi,specialty_primary\nA,0012,01\nA,7,02\nB,0012,03\n"
    )
    return folder


def rows(folder, name):
    return pq.read_table(folder / name).to_pylist()


def test_each_kind_of_dispute_changes_the_rows_it_names_and_no_others(original, tmp_path):
    disputes = [
        accepted("specialty", {"npi": "0012", "claimed_value": "11"}),
        accepted("size", {"npi": "7"}),
        accepted("claim", {"claim_id": "1"}),
        accepted("reporting", {"measure": "001", "claimed_value": "9"}),
        accepted("patient", {"beneficiary_id": "b1"}, {"beneficiary_id": "b2"}),
    ]
    before = {p: p.read_bytes() for p in original.rglob("*") if p.is_file()}
    into = tmp_path / "corrected"
    added = {
        "correction": correction_rows(disputes, 2015),
        "removed_patient": removed_patients(disputes, 2015),
    }
    assert corrected_input(original, into, overrides(disputes, 2015), added) == []
    assert (into / "provider_enrollment.csv").read_text().replace('"', "") == (
        "tin,npi,specialty_primary\nA,0012,11\nB,0012,03\n"
    )
    assert [r["claim_id"] for r in rows(into, "claim")] == ["2"]
    assert [r["claim_id"] for r in rows(into, "claim_line")] == ["2"]
    assert [r["met"] for r in rows(into, "quality_result")] == [9, 3, 3]
    with (into / "removed_patient.csv").open() as held:
        assert [r["beneficiary_id"] for r in csv.DictReader(held)] == ["b1", "b2"]
    with (into / "correction.csv").open() as held:
        kinds = [r["kind"] for r in csv.DictReader(held)]
    assert kinds == ["cost_error_recomputed", "quality_error_recomputed"]
    assert {p: p.read_bytes() for p in before} == before, "inputs are never edited"


def test_what_is_written_anew_stays_marked_as_synthetic(original, tmp_path):
    path = original / "claim" / "part-0.parquet"
    marked = pq.read_table(path).replace_schema_metadata({KEY: "Made up."})
    pq.write_table(marked, path)
    into = tmp_path / "corrected"
    corrected_input(original, into, overrides([accepted("claim", {"claim_id": "1"})], 2015), {})
    assert not (into / "claim" / "part-0.parquet").is_symlink()
    assert synthetic_mark([into / "claim" / "part-0.parquet"]) == "Made up."


def test_a_dispute_that_names_no_row_is_said_and_not_passed_over(original, tmp_path):
    lost = [accepted("specialty", {"npi": "99", "claimed_value": "11"})]
    problems = corrected_input(original, tmp_path / "corrected", overrides(lost, 2015), {})
    assert [p.where for p in problems] == ["dispute d-specialty"]


def test_untouched_files_are_links_and_old_corrections_are_not_taken_along(original, tmp_path):
    (original / "correction.csv").write_text("tin,kind\n")
    into = tmp_path / "corrected"
    corrected_input(original, into, overrides([accepted("size", {"npi": "7"})], 2015), {})
    assert (into / "claim" / "part-0.parquet").is_symlink()
    assert not (into / "provider_enrollment.csv").is_symlink()
    assert not (into / "correction.csv").exists()


def test_variances_and_accepted_disputes_about_them_are_rows_of_one_table():
    varied = [
        Varied("A", "post_discharge_visits", "b1", "V-PAT-1", date(2026, 3, 2)),
        Varied("B", "readmission", "b9", "V-OVR-1", date(2026, 3, 4)),
        Varied("B", "readmission", "b9", "V-MED-1", date(2026, 3, 3)),
    ]
    item = {"measure": "readmission", "case_id": "s1", "code": "V-OVR-1"}
    disputes = [accepted("variance", item), accepted("patient", {"beneficiary_id": "b2"})]
    found = variance_rows(varied, disputes, 2015)
    assert [(r["tin"], r["beneficiary_id"], r["case_id"], r["is_override"]) for r in found] == [
        ("A", "b1", "", False), ("A", "", "s1", True), ("B", "b9", "", True),
    ]  # fmt: skip
    corrections = correction_rows(disputes, 2015, varied)
    assert [(r["tin"], r["kind"], r["decided_on"]) for r in corrections] == [
        ("A", "cost_error_recomputed", date(2026, 3, 1)),
        ("B", "cost_error_recomputed", date(2026, 3, 4)),
    ], "computed again, and nothing is set to average"
    assert corrections[0]["reason"].endswith("clinical variances")
