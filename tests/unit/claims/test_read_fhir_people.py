"""FHIR Patients and Coverages: beneficiaries and their months of enrolment."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from tests.unit.claims.fhir_resources import (
    COVERED,
    PEOPLE,
    STAY,
    VARIABLES,
    VISIT,
    coverage,
    extension,
    ndjson,
    patient,
)
from tests.unit.claims.folders import must_add_up, taken


@pytest.fixture
def made(tmp_path, duckdb_engine):
    """The intake of two claims of 2018, and of these people and coverages."""

    def of(*people, beside=None):
        folder = tmp_path / "in"
        folder.mkdir()
        ndjson(folder / "claims.ndjson", VISIT, STAY)
        if people:
            ndjson(folder / "people.ndjson", *people)
        for name, text in (beside or {}).items():
            (folder / name).write_text(text)
        found = taken(folder, duckdb_engine)
        must_add_up(found)
        return found

    return of


def months(found, person="P1"):
    """The months of a person by what they say."""
    return {
        row["year_month"]: (row["part_a"], row["part_b"], row["ma_enrolled"])
        for row in found.rows("enrollment_month")
        if row["beneficiary_id"] == person
    }


def reference_year(year, stem, codes):
    """The codes of the months of a year, and the year."""
    listed = [extension(f"{stem}{n:02d}", code) for n, code in enumerate(codes, 1) if code]
    return [{"url": VARIABLES + "rfrnc_yr", "valueDate": str(year)}, *listed]


def test_a_patient_becomes_a_beneficiary(made):
    found = made(patient("P1", deceasedDateTime="2018-12-30T10:00:00Z"), PEOPLE[1], *COVERED)
    rows = {r["beneficiary_id"]: r for r in found.rows("beneficiary")}
    assert {name: value for name, value in rows["P1"].items() if value is not None} == {
        "beneficiary_id": "P1", "birth_date": dt.date(1944, 1, 31), "sex": "2", "race": "1",
        "death_date": dt.date(2018, 12, 30), "state": "VT", "zip5": "05401",
        "is_us_resident": True,
    }  # fmt: skip
    assert rows["P2"]["sex"] == "1"
    assert found.codes() & {"no_patients", "enrolment_assumed", "coverage_without_dates"} == set()


@pytest.mark.parametrize(("state", "wanted"), [("10", "FL"), ("Vermont", "VT"), ("nh", "NH")])
def test_states_may_be_numbers_or_names(made, state, wanted):
    found = made(patient("P1", address=[{"state": state}]), *COVERED)
    assert found.rows("beneficiary")[0]["state"] == wanted


def test_the_newest_version_of_a_patient_is_used(made):
    new = patient("P1", meta={"lastUpdated": "2019-01-01"}, gender="male")
    old = patient("P1", meta={"lastUpdated": "2018-01-01"})
    found = made(new, old, *COVERED)
    assert [r["sex"] for r in found.rows("beneficiary")] == ["1"]
    assert {(row, rule) for _f, row, _c, rule, _x in found.aside()} == {(2, "replaced")}


def test_periods_become_months_of_their_part(made):
    found = made(
        *PEOPLE,
        coverage("P1", "A", period={"start": "2018-03-15", "end": "2018-05-01"}),
        coverage("P1", "B", period={"start": "2018-05-01"}),
        coverage("P1", "C", period={"start": "2018-12-01", "end": "2019-12-31"}),
    )
    assert months(found) == {
        201803: (True, False, False), 201804: (True, False, False), 201805: (True, True, False),
        **{201800 + n: (False, True, False) for n in range(6, 12)}, 201812: (False, True, True),
    }  # fmt: skip
    assert {r["source_grain"] for r in found.rows("enrollment_month")} == {"span"}
    # each of the three is a row of which something is used
    used = {r["file"]: r["rows_used"] for r in found.rows("accounting")}
    assert used["people.ndjson"] == 5


def test_months_long_before_the_claims_are_not_made(made):
    assert min(months(made(*PEOPLE, *COVERED))) == 201701


def test_codes_of_months_win_over_periods(made):
    buyin = ["3", "C", "1", "A", "2", "B", "0", None, "3", "3", "3", "3"]
    hmo = ["0", "4", "1", "C", *["0"] * 8]
    found = made(
        *PEOPLE,
        coverage("P1", "A", period={"start": "2017-12-01", "end": "2018-12-31"},
                 extension=[*reference_year(2018, "buyin", buyin), extension("ms_cd", "20"),
                            extension("orec", "1"), extension("dual_02", "8"),
                            extension("dual_03", "**")]),
        coverage("P1", "C", extension=reference_year(2018, "hmo_ind_", hmo)),
    )  # fmt: skip
    assert months(found) == {
        201712: (True, False, False), 201801: (True, True, False), 201802: (True, True, False),
        201803: (True, False, True), 201804: (True, False, True), 201805: (False, True, False),
        201806: (False, True, False), 201807: (False, False, False),
        # no code for August but that of Part C: the period of Part A tells
        201808: (True, False, False),
        **{201800 + n: (True, True, False) for n in range(9, 13)},
    }  # fmt: skip
    rows = {r["year_month"]: r for r in found.rows("enrollment_month")}
    assert [rows[201800 + n]["dual_status"] for n in (1, 2, 3)] == [None, "08", None]
    assert {r["entitlement_status"] for r in rows.values()} == {"20"}
    people = {r["beneficiary_id"]: r["orig_entitlement_code"] for r in found.rows("beneficiary")}
    assert people == {"P1": "1", "P2": None}


def test_parts_in_force_without_dates_count_in_the_years_of_the_claims(made):
    old = {**coverage("P1", "B"), "class": None, "grouping": {"subPlan": "Part B"}}
    found = made(*PEOPLE, coverage("P1", "A"), old, coverage("P1", "D"), coverage("P1", "C"))
    assert months(found) == {201800 + n: (True, True, False) for n in range(1, 13)}
    assert "coverage_without_dates" in found.codes()
    assert {(row, rule) for _f, row, _c, rule, _x in found.aside()} == {
        (5, "resource not used"), (6, "span without usable dates"),
    }  # fmt: skip


def test_coverage_that_holds_at_no_time_is_set_aside_with_the_reason(made):
    found = made(
        *PEOPLE, *COVERED[:2],
        coverage("P2", "A", period={"start": "2018-05-01", "end": "2018-04-01"}),
        coverage("P2", "B", period={"start": "2021-05-01"}),
        {**coverage("P2", "B", status="entered-in-error"), "id": "other"},
        coverage("P2", "C", status="cancelled", period={"start": "2018-05-01"}),
    )  # fmt: skip
    assert {(row, rule) for _f, row, _c, rule, _x in found.aside()} == {
        (5, "span without usable dates"), (6, "not in the years of the claims"),
        (7, "not active"), (8, "span without usable dates"),
    }  # fmt: skip


def test_without_coverage_everybody_listed_counts_until_death(made):
    found = made(patient("P1", deceasedDateTime="2018-03-10"), PEOPLE[1], coverage("P1", "D"))
    assert months(found) == {201800 + n: (True, True, False) for n in range(1, 4)}
    assert months(found, "P2") == {201800 + n: (True, True, False) for n in range(1, 13)}
    assert "enrolment_assumed" in found.codes()
    assert [rule for *_, rule, _x in found.aside()] == ["resource not used"]


def test_without_patients_the_people_are_those_of_the_claims(made):
    found = made(coverage("P1", "A", extension=[extension("orec", "2")]))
    rows = {r["beneficiary_id"]: r["orig_entitlement_code"] for r in found.rows("beneficiary")}
    assert rows == {"P1": "2", "P2": None}
    assert "no_patients" in found.codes()
    assert len(months(found)) == 12


def test_tables_of_our_own_beside_the_resources_win(made):
    found = made(
        *PEOPLE, *COVERED,
        beside={
            "beneficiary.csv": "beneficiary_id,birth_date,sex\nP1,1950-01-01,1\nP2,1950-01-01,1\n",
            "enrollment_month.csv": "beneficiary_id,year_month,part_a,part_b,ma_enrolled\n"
            "P1,201801,true,true,false\n",
        },
    )  # fmt: skip
    assert {r["birth_date"] for r in found.rows("beneficiary")} == {dt.date(1950, 1, 1)}
    assert months(found) == {201801: (True, True, False)}
    assert {rule for *_, rule, _x in found.aside()} == {"resource not used"}


def test_no_message_says_who_a_person_is(made):
    found = made(patient("P1", birthDate="someday"), PEOPLE[1], *COVERED)
    said = found.said()
    assert "someday" not in said
    assert json.dumps(PEOPLE[0]["birthDate"]) not in said
