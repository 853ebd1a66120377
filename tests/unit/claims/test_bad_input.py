"""Input that cannot be used, through the command: one report, nothing lost, nothing half made."""

from __future__ import annotations

import gzip

import pyarrow.parquet as pq
import pytest

from openp4p.cli import main
from tests.unit.claims.folders import (
    BORN,
    CANONICAL,
    CLAIM,
    CLAIM_LINE,
    PEOPLE,
    as_gzip,
    as_parquet,
    canonical,
)

PROGRAM = "medicare_value_modifier/2017"


@pytest.fixture
def refused(tmp_path, capsys):
    """What the command says of an input it must refuse, with nothing left behind."""

    def of(folder, *options, program=PROGRAM, code=4):
        out = tmp_path / "out"
        before = sorted(tmp_path.rglob("*"))
        status = main(["run", program, "--input", str(folder), "--out", str(out), *options])
        said = capsys.readouterr()
        assert status == code, said.err
        assert said.out == ""
        assert "Traceback" not in said.err
        assert "did not foresee" not in said.err
        assert [hidden for hidden in (*PEOPLE, *BORN) if hidden in said.err] == []
        assert not out.exists()
        assert sorted(tmp_path.rglob("*")) == before
        return said.err

    return of


def test_a_folder_that_is_not_there(refused, tmp_path):
    said = refused(tmp_path / "nowhere")
    assert "nowhere: folder: does not exist" in said
    assert "(input-unusable: see docs/errors.md)" in said


def test_a_file_in_place_of_the_folder(refused, tmp_path):
    (tmp_path / "claims.csv").write_text("a\n")
    assert "claims.csv: folder: is a file" in refused(tmp_path / "claims.csv")


def test_an_empty_folder(refused, tmp_path):
    (tmp_path / "in").mkdir()
    assert "in: folder: holds no data files" in refused(tmp_path / "in")


def test_a_folder_of_other_things(refused, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "weather.csv").write_text("day,rain\n1,2\n")
    said = refused(tmp_path / "in")
    assert "no known format in: weather.csv" in said
    assert "format-unknown" in said


def test_a_format_that_there_is_not(refused, tmp_path):
    said = refused(canonical(tmp_path / "in"), "--format", "cobol", code=2)
    assert "Unknown format 'cobol'." in said
    assert "Formats: synpuf, tuva, fhir, canonical." in said


def test_a_format_that_the_files_do_not_have(refused, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "weather.csv").write_text("day,rain\n1,2\n")
    said = refused(tmp_path / "in", "--format", "tuva")
    assert "claim: no file holds this table" in said
    assert "allowed: the table medical_claim" in said
    assert "weather.csv is not a file of this format" in said


def test_missing_tables_are_listed_together(refused, tmp_path):
    said = refused(canonical(tmp_path / "in", claim=None, beneficiary=None))
    assert "(2 problems)" in said
    assert "input: beneficiary: no file holds this table" in said
    assert "input: claim: no file holds this table" in said
    assert "allowed: claim.csv (plain or gzip) or claim.parquet" in said


def test_missing_columns_are_listed_together(refused, tmp_path):
    claims = CLAIM.replace("from_date", "begin").replace("thru_date", "end")
    lines = CLAIM_LINE.replace("line_number", "n")
    said = refused(canonical(tmp_path / "in", claim=claims, claim_line=lines))
    assert "(2 problems)" in said
    assert "claim.csv: header: lacks columns that the table claim needs: from_date, thru_d" in said
    assert "claim_line.csv: header: lacks columns that the table claim_line needs: line_nu" in said


def test_several_kinds_of_trouble_are_all_said_at_once(refused, tmp_path):
    folder = canonical(tmp_path / "in", beneficiary="", enrollment_month=None)
    (folder / "claim.csv").write_bytes(CLAIM.encode() + "é".encode("latin-1"))
    (folder / "claim_line.csv").write_text(CLAIM_LINE.replace("line_number", "n"))
    said = refused(folder, "--crosswalk", str(folder / "claim.csv"))
    assert "beneficiary.csv: file: is empty" in said
    assert "claim.csv: line 5, byte" in said
    assert "claim_line.csv: header: lacks columns" in said
    assert "input: enrollment_month: no file holds this table" in said


def test_columns_of_another_kind(refused, tmp_path):
    """Dates and amounts changed places: not one row can be used, and that is said with counts."""
    text = CLAIM.replace("from_date,thru_date,paid_amount", "paid_amount,thru_date,from_date")
    said = refused(canonical(tmp_path / "in", claim=text))
    assert "claim.csv: claim: every row would be set aside (not a date from_date: 3)" in said
    assert "claim_line.csv: claim_line: every row would be set aside" in said


def test_a_table_with_a_header_only(refused, tmp_path):
    said = refused(canonical(tmp_path / "in", claim_line=CLAIM_LINE.splitlines()[0] + "\n"))
    assert "claim_line.csv: claim_line: there are no rows" in said


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (CLAIM.encode("utf-16"), "claim.csv: file: is UTF-16 text"),
        (CLAIM.replace("INPATIENT", "INPATIËNT").encode("cp1252"), "claim.csv: line 4, byte "),
        (CLAIM.encode() + b"\x00\x01", "claim.csv: line 5, byte "),
        (CLAIM.encode() + "Ü".encode()[:1], "claim.csv: line 5, byte "),
        (b"", "claim.csv: file: is empty"),
        (b"1,2,3\n4,5,6\n", "claim.csv: line 1: is not a header row"),
        (CLAIM.replace("claim_class", "Claim_ID", 1).encode(), "names columns twice: claim_id"),
        (CLAIM.replace("C1,", '"C1,', 1).encode(), "a quotation mark is opened and never closed"),
    ],
    ids=["utf-16", "windows", "zero byte", "cut character", "empty", "no header", "twice", "quote"],
)
def test_a_file_that_is_no_text_table(content, found, refused, tmp_path):
    folder = canonical(tmp_path / "in")
    (folder / "claim.csv").write_bytes(content)
    said = refused(folder)
    assert found in said
    assert "(1 problem)" in said


def test_a_packed_file_that_is_cut_short(refused, tmp_path):
    folder = as_gzip(canonical(tmp_path / "in"))
    whole = gzip.compress(CLAIM.encode() * 50)
    (folder / "claim.csv.gz").write_bytes(whole[: len(whole) // 2])
    assert "claim.csv.gz: file: is cut short or damaged" in refused(folder)


def test_a_parquet_file_that_is_cut_short(refused, tmp_path):
    folder = as_parquet(canonical(tmp_path / "in"))
    whole = (folder / "claim.parquet").read_bytes()
    (folder / "claim.parquet").write_bytes(whole[: len(whole) // 2])
    assert "claim.parquet: file: is not a whole Parquet file" in refused(folder)


def test_a_parquet_file_that_is_damaged_inside(refused, tmp_path):
    folder = as_parquet(canonical(tmp_path / "in"))
    whole = bytearray((folder / "claim.parquet").read_bytes())
    whole[4:200] = b"\xff" * 196
    (folder / "claim.parquet").write_bytes(bytes(whole))
    assert "claim.parquet: file: " in refused(folder)


def test_a_crosswalk_that_is_not_there(refused, tmp_path):
    folder = canonical(tmp_path / "in")
    said = refused(folder, "--crosswalk", str(tmp_path / "groups.csv"))
    assert "groups.csv: file: does not exist" in said


def test_a_crosswalk_and_a_folder_that_are_not_there(refused, tmp_path):
    said = refused(tmp_path / "in", "--crosswalk", str(tmp_path / "groups.csv"))
    assert "(2 problems)" in said


def test_a_crosswalk_that_contradicts_itself(refused, tmp_path):
    (tmp_path / "groups.csv").write_text("tin,practice\n111111111,9\n111111111,8\n")
    said = refused(canonical(tmp_path / "in"), "--crosswalk", str(tmp_path / "groups.csv"))
    assert "groups.csv: rows 1 and 2: both hold for the same billing number" in said


def test_a_crosswalk_of_other_billing_numbers(refused, tmp_path):
    (tmp_path / "groups.csv").write_text("tin,practice\n11111111,900000001\n")
    said = refused(canonical(tmp_path / "in"), "--crosswalk", str(tmp_path / "groups.csv"))
    assert "no line of the claims has a billing number or professional of the crosswalk" in said
    assert "spreadsheets drop leading zeros" in said


def test_a_program_with_an_unknown_key(refused, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("extends: medicare_value_modifier/2017\nid: mine\nchangez:\n  a: 1\n")
    said = refused(canonical(tmp_path / "in"), program=str(mine), code=3)
    assert "mine.yaml: line 3: changez: unknown key" in said
    assert "(program-file: see docs/errors.md)" in said


def test_a_year_that_is_not_covered(refused, tmp_path):
    said = refused(canonical(tmp_path / "in"), program="medicare_value_modifier/2019", code=3)
    assert "payment year 2019 is not covered" in said
    assert "allowed: 2015, 2016, 2017, 2018" in said


def test_the_folder_that_was_there_stays_as_it_was(tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    folder = canonical(tmp_path / "in", claim=None)
    assert main(["run", PROGRAM, "--input", str(folder), "--out", str(out)]) == 4
    assert list(out.iterdir()) == []
    capsys.readouterr()


def test_bad_rows_do_not_stop_a_run_and_are_on_its_first_page(tmp_path, capsys):
    """Impossible dates, unknown codes, huge amounts, duplicates: set aside, counted, shown.

    The input was refused before, into the same folder, for want of a table.
    """
    bad = (
        f"C7,{PEOPLE[0]},PART_B,2015-02-30,2015-03-01,10.00,10.00\n"
        f"C8,{PEOPLE[0]},DENTAL,2015-03-01,2015-03-01,10.00,10.00\n"
        f"C9,{PEOPLE[0]},INPATIENT,2015-03-01,2015-03-01,99999999.00,10.00\n"
        f"C1,{PEOPLE[0]},PART_B,2015-03-01,2015-03-01,80.00,100.00\n"
        "cut short\n"
    )
    folder = canonical(tmp_path / "in", claim=None)
    out = tmp_path / "out"
    command = ["run", PROGRAM, "--input", str(folder), "--out", str(out)]
    assert main(command) == 4
    (folder / "claim.csv").write_text(CANONICAL["claim"] + bad)
    assert main(command) == 0
    said = capsys.readouterr().out
    page = (out / "summary.html").read_text(encoding="utf-8")
    for reason in ("not a date", "unknown code", "amount beyond limit", "duplicate", "malformed"):
        assert reason in said
        assert reason in page
    assert "claim.csv" in said
    ledger = {r["file"]: r for r in pq.read_table(out / "intake" / "accounting").to_pylist()}
    claims = ledger["claim.csv"]
    assert (claims["rows_read"], claims["rows_used"], claims["rows_set_aside"]) == (8, 3, 5)
    assert main(["show", str(out), "quarantine", "--csv"]) == 0
    rows = capsys.readouterr().out
    assert rows.splitlines()[0] == "file,row,table_name,column,rule,found,remedy"
    assert len(rows.splitlines()) == 6
    assert PEOPLE[0] not in rows
