"""Row by row: what is set aside, by which rule, and what is said of it."""

from __future__ import annotations

import pytest

from openp4p.claims.checks import REMEDIES
from tests.unit.claims.folders import (
    BORN,
    CANONICAL,
    CLAIM,
    CLAIM_LINE,
    PEOPLE,
    canonical,
    must_add_up,
    taken,
)


@pytest.fixture
def spoilt(tmp_path, duckdb_engine):
    """The intake of the small folder with one piece of text of one table replaced."""

    def of(table, old, new):
        assert CANONICAL[table].count(old) >= 1
        text = CANONICAL[table].replace(old, new, 1)
        return taken(canonical(tmp_path / "in", **{table: text}), duckdb_engine)

    return of


@pytest.mark.parametrize(
    ("table", "old", "new", "row", "column", "rule", "found"),
    [
        ("claim", "2015-03-01,2015-03-01", "2015-02-30,2015-03-01", 1, "from_date",
         "not a date", "2015-02-30"),
        ("claim", "2015-03-01,2015-03-01", "2015-03-01,soon", 1, "thru_date", "not a date", "xxxx"),
        ("claim", "2015-03-01,2015-03-01", "infinity,2015-03-01", 1, "from_date",
         "not a date", "xxxxxxxx"),
        ("claim", "2015-03-01,2015-03-01", "2015031,2015-03-01", 1, "from_date",
         "not a date", "9999999"),
        ("claim", "2015-03-01,2015-03-01", "2015-03-01,", 1, "thru_date", "missing", "nothing"),
        ("claim", "2015-05-04", "2015-04-30", 3, "thru_date", "impossible date", "2015-04-30"),
        ("claim", "2015-05-04", "2250-01-01", 3, "thru_date", "impossible date", "2250-01-01"),
        ("claim", "INPATIENT", "INPATENT", 3, "claim_class", "unknown code", "INPATENT"),
        ("claim", "80.00", "eighty", 1, "paid_amount", "not an amount", "xxxxxx"),
        ("claim", "80.00", "1e400", 1, "paid_amount", "not an amount", "9x999"),
        ("claim", "80.00", "10000000.01", 1, "paid_amount", "amount beyond limit", "about 1e+07"),
        ("claim", "80.00", "-99999999", 1, "paid_amount", "amount beyond limit", "about -1e+08"),
        ("claim", "C1,", ",", 1, "claim_id", "missing", "nothing"),
        ("claim_line", "C1,1", "C1,1.5", 1, "line_number", "not a whole number", "1.5"),
        ("claim_line", "C1,1", "C1,one", 1, "line_number", "not a whole number", "one"),
        ("beneficiary", BORN[0], "1938-13-01", 1, "birth_date", "not a date", "not shown"),
        ("beneficiary", ",1,,05401", ",1,1938-01-01,05401", 1, "death_date", "impossible date",
         "not shown"),
        ("beneficiary", ",1,,05401", ",M,,05401", 1, "sex", "unknown code", "M"),
        ("enrollment_month", "201501,true", "201501,maybe", 1, "part_a", "not yes or no", "xxxxx"),
        ("enrollment_month", "201501", "201513", 1, "year_month", "impossible date", "999999"),
    ],
)  # fmt: skip
def test_a_bad_cell_sets_its_row_aside_and_says_why(
    spoilt, table, old, new, row, column, rule, found
):
    result = spoilt(table, old, new)
    entries = [entry for entry in result.aside() if entry[0] == f"{table}.csv"]
    assert (f"{table}.csv", row, column, rule, found) in entries
    assert rule in REMEDIES
    remedies = {r["rule"]: r["remedy"] for r in result.rows("quarantine")}
    assert remedies[rule] == REMEDIES[rule]
    must_add_up(result)


def test_every_column_of_a_row_is_read_but_the_row_counts_once(spoilt):
    found = spoilt("claim", "2015-03-01,2015-03-01,80.00", "never,never,lots")
    assert found.reasons()["claim.csv", "not a date"] == 1
    assert {r["file"]: r["rows_set_aside"] for r in found.rows("accounting")} == {
        "beneficiary.csv": 0, "claim.csv": 1, "claim_line.csv": 2, "enrollment_month.csv": 0,
    }  # fmt: skip


def test_lines_of_a_claim_that_is_set_aside_follow_it(spoilt):
    found = spoilt("claim", "C1,", "C9,")
    assert found.reasons() == {("claim_line.csv", "no such claim"): 2}
    assert [entry[1] for entry in found.aside()] == [1, 2]


def test_a_line_that_names_another_person_than_its_claim_is_nobodys(spoilt):
    found = spoilt("claim_line", f"C1,1,{PEOPLE[0]}", f"C1,1,{PEOPLE[1]}")
    assert found.reasons() == {("claim_line.csv", "claim of somebody else"): 1}
    assert [entry[2] for entry in found.aside()] == ["beneficiary_id"]
    must_add_up(found)


@pytest.mark.parametrize("value", ["nan", "inf", "-Infinity"])
def test_a_number_that_is_none_is_set_aside(value, tmp_path, duckdb_engine):
    text = f"measure,mean,standard_deviation\nreadmission,{value},1\nacute_pqi,7.5,5.7\n"
    folder = canonical(tmp_path / "in", supplied_benchmark=text)
    found = taken(folder, duckdb_engine)
    assert found.reasons() == {("supplied_benchmark.csv", "not a number"): 1}
    assert [r["measure"] for r in found.rows("supplied_benchmark")] == ["acute_pqi"]


def test_negative_amounts_are_used_and_counted(spoilt):
    found = spoilt("claim", "9000.00", "-9000.00")
    assert found.rows("quarantine") == []
    warned = [(r["table_name"], r["column"], r["rule"], r["rows"])
              for r in found.rows("intake_warnings")]  # fmt: skip
    assert ("claim", "paid_amount", "negative amount", 1) in warned
    assert "input_warnings" in found.codes()
    must_add_up(found)


def test_odd_numbers_of_practices_and_professionals_are_used_and_counted(tmp_path, duckdb_engine):
    text = CLAIM_LINE.replace("022222222,1245319599", "22222222,1245319590")
    text = text.replace("99214,111111111,1234567893", "X,,12345")
    found = taken(canonical(tmp_path / "in", claim_line=text), duckdb_engine)
    assert {(r["column"], r["rule"]): r["rows"] for r in found.rows("intake_warnings")} == {
        ("drg", "no valid DRG"): 1,
        ("hcpcs_code", "not the shape of a HCPCS code"): 1,
        ("npi", "check digit does not fit"): 1,
        ("npi", "not ten digits"): 1,
        ("tin", "missing"): 1,
        ("tin", "not nine digits"): 1,
    }
    assert len(found.rows("claim_line")) == 3


def test_claims_of_people_nobody_listed_are_used_and_counted(tmp_path, duckdb_engine):
    people = CANONICAL["beneficiary"].splitlines(keepends=True)
    months = CANONICAL["enrollment_month"].splitlines(keepends=True)
    folder = canonical(
        tmp_path / "in",
        beneficiary="".join(people[:2]),
        enrollment_month="".join(m for m in months if PEOPLE[0] not in m),
    )
    warned = {r["rule"]: r["rows"] for r in taken(folder, duckdb_engine).rows("intake_warnings")}
    assert warned["beneficiary is not listed"] == 1
    assert warned["beneficiary has no enrolment"] == 2


def test_the_same_row_twice_is_used_once(tmp_path, duckdb_engine):
    text = CLAIM + CLAIM.splitlines()[1] + "\n"
    found = taken(canonical(tmp_path / "in", claim=text), duckdb_engine)
    assert found.aside() == [("claim.csv", 4, None, "duplicate", None)]
    assert len(found.rows("claim")) == 3
    must_add_up(found)


def test_rows_that_contradict_each_other_are_told_from_duplicates(tmp_path, duckdb_engine):
    text = CLAIM_LINE + CLAIM_LINE.splitlines()[1].replace("48.00", "49.00") + "\n"
    found = taken(canonical(tmp_path / "in", claim_line=text), duckdb_engine)
    assert found.aside() == [("claim_line.csv", 4, None, "conflicting duplicate", None)]
    (money,) = [r for r in found.rows("accounting_money") if r["year_month"] == 201503]
    assert (money["dollars_read"], money["dollars_used"], money["dollars_set_aside"]) == (
        129, 80, 49,
    )  # fmt: skip
    assert found.rows("accounting_reasons")[0]["dollars"] == 49


def test_a_table_of_which_nothing_can_be_used_is_said(tmp_path, duckdb_engine):
    text = "tin,npi,performance_year,is_satisfactory\n111111111,,year,yes\n"
    found = taken(canonical(tmp_path / "in", pqrs_success=text), duckdb_engine)
    assert "table_set_aside" in found.codes()
    assert found.rows("pqrs_success") == []


def test_no_identity_of_a_person_is_in_what_is_said(tmp_path, duckdb_engine):
    """Identifiers shifted into columns where codes, dates and amounts should be."""
    one, two = PEOPLE
    header, *claims = CLAIM.splitlines()
    shifted = [
        f"C3,PART_B,{one},2015-03-01,2015-03-01,80.00,100.00",
        f"C4,{one},PART_B,{two},{BORN[0]},80.00,100.00",
        f"C5,{one},PART_B,2015-03-01,2015-03-01,{two},{BORN[0]}",
        f"C6,{one},{BORN[1]},2015-03-01,2015-03-01,80.00,100.00",
    ]
    people = CANONICAL["beneficiary"] + f"{one},{BORN[1]},2,,05403\nPERSON7C3,{BORN[0]},{two},,\n"
    folder = canonical(
        tmp_path / "in",
        claim="\n".join([header, *claims, *shifted]) + "\n",
        beneficiary=people,
        enrollment_month=CANONICAL["enrollment_month"] + f"{two},{one},{two},yes,no\n",
    )
    found = taken(folder, duckdb_engine)
    assert len(found.rows("quarantine")) == 7
    said = found.said()
    assert [hidden for hidden in (*PEOPLE, "PERSON7C3", *BORN) if hidden in said] == []
    must_add_up(found)
