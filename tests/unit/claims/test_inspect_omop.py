"""OMOP tables: a few invented rows, what is said about them, and that no run takes them."""

from __future__ import annotations

import pytest

from openp4p.claims.inspection import inspect
from openp4p.errors import InputError
from tests.unit.claims.folders import taken, written

TABLES = {
    "person": [
        {"person_id": "7", "gender_concept_id": "8532", "year_of_birth": "1938",
         "month_of_birth": "1", "day_of_birth": "23"},
        {"person_id": "8", "gender_concept_id": "8507", "year_of_birth": "1941"},
    ],
    "death": [{"person_id": "8", "death_date": "2009-04-01", "death_type_concept_id": "0"}],
    "payer_plan_period": [
        {"person_id": "7", "payer_plan_period_start_date": "2009-01-01",
         "payer_plan_period_end_date": "2009-12-31", "plan_source_value": plan}
        for plan in ("Medicare Part A", "Medicare Part B")
    ],
    "visit_occurrence": [
        {"visit_occurrence_id": "1", "person_id": "7", "visit_concept_id": "0",
         "visit_start_date": "2009-03-01", "visit_end_date": "2009-03-01", "care_site_id": "5"},
        {"visit_occurrence_id": "2", "person_id": "7", "visit_concept_id": "9201",
         "visit_start_date": "2009-05-01", "visit_end_date": "2009-05-04", "care_site_id": "6"},
    ],
    "procedure_occurrence": [
        {"procedure_occurrence_id": "11", "person_id": "7", "procedure_concept_id": "1",
         "procedure_date": "2009-03-01", "provider_id": "3", "visit_occurrence_id": "1",
         "procedure_source_value": "99213"},
    ],
    "condition_occurrence": [
        {"condition_occurrence_id": "21", "person_id": "7", "condition_concept_id": "1",
         "condition_start_date": "2009-03-01", "visit_occurrence_id": "1",
         "condition_source_value": "401.9"},
    ],
    "provider": [{"provider_id": "3", "npi": "1234567893", "specialty_concept_id": "0"}],
    "care_site": [{"care_site_id": "5", "care_site_source_value": "012345678"},
                  {"care_site_id": "6", "care_site_source_value": "2600GD"}],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """Eight tables, under names that say nothing."""
    place = tmp_path / "in"
    place.mkdir()
    for number, rows in enumerate(TABLES.values()):
        columns = list({name: None for row in rows for name in row})
        written(place / f"table_{number}.csv", columns, *rows)
    return place


def test_the_tables_are_named_by_their_columns(folder):
    found = inspect(folder)
    assert (found.format, found.can_run) == ("omop", False)
    assert [file.kind for file in found.files] == list(TABLES)
    days = {file.kind: (file.first_day, file.last_day) for file in found.files if file.first_day}
    assert days == {
        "payer_plan_period": ("2009-01-01", "2009-12-31"),
        "visit_occurrence": ("2009-03-01", "2009-05-04"),
        "procedure_occurrence": ("2009-03-01", "2009-03-01"),
    }


def test_what_they_state_counts_and_what_they_lack_is_said(folder):
    found = {(one.need.table, one.need.column, one.need.what): one for one in inspect(folder).needs}
    filled = {(table, column): one.filled for (table, column, _what), one in found.items()}
    assert (filled["beneficiary", "birth_date"], filled["diagnosis", ""]) == (2, 1)
    assert filled["enrollment_month", ""] == 12
    # the care site of the visit is a billing number, the other a hospital's
    assert (filled["claim_line", "tin"], filled["claim_line", "npi"]) == (1, 1)
    assert (filled["claim_line", "allowed_amount"], filled["claim_line", "specialty"]) == (0, 0)


def test_some_of_the_tables_are_enough_to_know_them(folder):
    for path in sorted(folder.iterdir())[1:]:
        path.unlink()
    found = inspect(folder)
    assert found.format == "omop"
    assert {one.need.table for one in found.missing} >= {"claim", "claim_line", "enrollment_month"}


def test_a_run_refuses_them_once_and_says_why(folder, duckdb_engine):
    with pytest.raises(
        InputError, match="OMOP keeps no claim lines as they were billed"
    ) as refused:
        taken(folder, duckdb_engine)
    assert len(refused.value.problems) == 1
