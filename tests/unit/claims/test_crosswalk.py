"""A crosswalk regroups billing numbers into practices; one that cannot be meant is refused."""

from __future__ import annotations

import pytest

from openp4p.errors import InputError
from tests.unit.claims.folders import CLAIM_LINE, canonical, must_add_up, taken


@pytest.fixture
def practices(tmp_path, duckdb_engine):
    """The practice of each line under a crosswalk: what was billed, and what it became."""

    def of(text, lines=CLAIM_LINE):
        crosswalk = tmp_path / "groups.csv"
        crosswalk.write_text("\n".join(line.strip() for line in text.strip().splitlines()) + "\n")
        folder = canonical(tmp_path / "in", claim_line=lines)
        found = taken(folder, duckdb_engine, crosswalk=crosswalk)
        must_add_up(found)
        return [(r["billed_tin"], r["tin"]) for r in found.rows("claim_line")]

    return of


def test_by_billing_number(practices):
    assert practices("""
        raw_tin,analysis_tin
        111111111,900000001
    """) == [("111111111", "900000001")] * 2 + [("022222222", "022222222")]


def test_plain_names_of_the_two_columns_are_understood(practices):
    assert practices("""
        TIN,Practice
        02-2222222,900000001
    """)[2] == ("022222222", "900000001")


def test_by_professional(practices):
    assert practices("""
        npi,analysis_tin
        1245319599,900000002
    """)[2] == ("022222222", "900000002")


def test_professionals_lines_without_a_billing_number_get_a_practice(practices):
    assert practices("npi,analysis_tin\n1245319599,900000002", CLAIM_LINE.replace("022222222", ""))[
        2
    ] == (None, "900000002")


def test_a_hospitals_lines_get_no_practice_through_a_professional(tmp_path, duckdb_engine):
    lines = CLAIM_LINE + "I1,1,PERSON7A1,INPATIENT,2015-05-01,,,1245319599,,,,\n"
    (tmp_path / "groups.csv").write_text("npi,analysis_tin\n1245319599,900000002\n")
    folder = canonical(tmp_path / "in", claim_line=lines)
    found = taken(folder, duckdb_engine, crosswalk=tmp_path / "groups.csv")
    by_class = {(r["claim_class"], r["npi"]): r["tin"] for r in found.rows("claim_line")}
    assert by_class["INPATIENT", "1245319599"] is None
    assert by_class["PART_B", "1245319599"] == "900000002"


def test_both_together_win_over_the_number_and_the_number_over_the_professional(practices):
    assert practices("""
        raw_tin,npi,analysis_tin
        111111111,,900000001
        ,1245319599,900000002
        022222222,1245319599,900000003
        ,1234567893,900000004
    """) == [("111111111", "900000001")] * 2 + [("022222222", "900000003")]


def test_entries_hold_from_their_first_day_to_their_last(practices):
    lines = CLAIM_LINE.replace(
        "C1,2,PERSON7A1,PART_B,2015-03-01", "C1,2,PERSON7A1,PART_B,2015-03-02"
    )
    assert practices(
        """
        raw_tin,analysis_tin,valid_from,valid_to
        111111111,900000001,,2015-03-01
        111111111,900000002,2015-03-02,2015-12-31
        022222222,900000003,2015-04-02,
        """,
        lines,
    ) == [
        ("111111111", "900000001"),
        ("111111111", "900000002"),
        ("022222222", "022222222"),
    ]


def test_the_same_entry_twice_does_no_harm(practices):
    assert practices("""
        raw_tin,analysis_tin
        111111111,900000001
        111111111,900000001
    """)[0] == ("111111111", "900000001")


def test_a_crosswalk_among_the_claims_is_read_once(tmp_path, duckdb_engine):
    folder = canonical(tmp_path / "in")
    (folder / "tin_crosswalk.csv").write_text("raw_tin,analysis_tin\n111111111,900000001\n")
    found = taken(folder, duckdb_engine, crosswalk=folder / ".." / "in" / "tin_crosswalk.csv")
    read = {r["file"]: r["rows_read"] for r in found.rows("accounting")}
    assert read["tin_crosswalk.csv"] == 1
    assert len(read) == 5
    assert [r["tin"] for r in found.rows("claim_line")] == ["900000001"] * 2 + ["022222222"]


def test_two_crosswalks_of_the_same_name_are_told_apart(tmp_path, duckdb_engine):
    folder = canonical(tmp_path / "in")
    (folder / "tin_crosswalk.csv").write_text("raw_tin,analysis_tin\n111111111,900000001\n")
    other = tmp_path / "tin_crosswalk.csv"
    other.write_text("raw_tin,analysis_tin\n022222222,900000002\n")
    found = taken(folder, duckdb_engine, crosswalk=other)
    must_add_up(found)
    read = {r["file"]: (r["rows_read"], r["rows_used"]) for r in found.rows("accounting")}
    assert read["tin_crosswalk.csv"] == read[str(other)] == (1, 1)
    assert {r["tin"] for r in found.rows("claim_line")} == {"900000001", "900000002"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raw_tin,analysis_tin\n111111111,900000001\n111111111,900000002",
         "rows 1 and 2: both hold for the same billing number or professional on the same days"),
        ("raw_tin,analysis_tin,valid_from,valid_to\n111111111,900000001,2015-01-01,2015-06-30\n"
         "111111111,900000001,2015-06-30,2015-12-31", "rows 1 and 2: both hold"),
        ("npi,analysis_tin\n1245319599,900000001\n1245319599,900000002", "rows 1 and 2: both hold"),
        ("raw_tin,analysis_tin\n333333333,900000001", "no line of the claims has a billing number"),
        ("raw_tin,analysis_tin", "no line of the claims has a billing number"),
        ("raw_tin,group\n111111111,900000001", r"lacks columns .* needs: analysis_tin"),
        ("analysis_tin,name\n900000001,North", r"needs: raw_tin \(or npi\)"),
        ("raw_tin,raw_tin,analysis_tin\n1,2,3", "names columns twice: raw_tin"),
        ("", "is empty"),
    ],
)  # fmt: skip
def test_a_crosswalk_that_cannot_be_meant_is_refused(practices, tmp_path, text, said):
    with pytest.raises(InputError, match=said) as refused:
        practices(text)
    assert all(problem.file == "groups.csv" for problem in refused.value.problems)
    assert [path.name for path in (tmp_path / "in-intake").iterdir()] == []


def test_an_entry_without_number_or_professional_is_set_aside(tmp_path, duckdb_engine):
    (tmp_path / "groups.csv").write_text(
        "raw_tin,npi,analysis_tin\n111111111,,900000001\n000000000,,900000002\n"
    )
    folder = canonical(tmp_path / "in")
    found = taken(folder, duckdb_engine, crosswalk=tmp_path / "groups.csv")
    assert found.aside() == [("groups.csv", 2, "raw_tin", "missing", "nothing")]


def test_a_rosters_specialty_fills_lines_that_state_none(tmp_path, duckdb_engine):
    roster = "tin,npi,specialty_primary\n111111111,1234567893,06\n022222222,1245319599,11\n"
    lines = CLAIM_LINE.replace(",1245319599,11,", ",1245319599,,")
    folder = canonical(tmp_path / "in", provider_enrollment=roster, claim_line=lines)
    found = taken(folder, duckdb_engine)
    # a line keeps what it states
    assert [r["specialty"] for r in found.rows("claim_line")] == ["11", "11", "11"]


def test_warnings_are_of_the_practices_after_the_crosswalk(tmp_path, duckdb_engine):
    lines = CLAIM_LINE.replace("022222222", "12345")
    (tmp_path / "groups.csv").write_text("raw_tin,analysis_tin\n12345,900000002\n")
    folder = canonical(tmp_path / "in", claim_line=lines)
    found = taken(folder, duckdb_engine, crosswalk=tmp_path / "groups.csv")
    assert [r for r in found.rows("intake_warnings") if r["column"] == "tin"] == []
