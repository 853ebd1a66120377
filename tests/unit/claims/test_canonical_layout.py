"""Our own layout: a file for each table, as CSV or Parquet, plain or packed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import pytest

from openp4p.claims.tables import TABLES
from tests.unit.claims.folders import (
    CLAIM_LINE,
    PEOPLE,
    as_gzip,
    as_parquet,
    canonical,
    must_add_up,
    taken,
    written,
)


@pytest.mark.parametrize("packed", [lambda f: f, as_gzip, as_parquet], ids=["csv", "gz", "parquet"])
def test_each_kind_of_file_gives_the_same_rows(packed, tmp_path, duckdb_engine):
    found = taken(packed(canonical(tmp_path / "in")), duckdb_engine)
    assert found.format == "canonical"
    assert found.supplied == {"beneficiary", "enrollment_month", "claim", "claim_line"}
    lines = found.rows("claim_line")
    assert [(r["claim_id"], r["line_number"], r["paid_amount"], r["tin"]) for r in lines] == [
        ("C1", 1, Decimal("48.00"), "111111111"),
        ("C1", 2, Decimal("32.00"), "111111111"),
        ("C2", 1, Decimal("40.00"), "022222222"),
    ]
    assert lines[0]["from_date"] == dt.date(2015, 3, 1)
    assert list(lines[0]) == list(TABLES["claim_line"].columns)
    assert len(found.rows("enrollment_month")) == 24
    assert found.rows("quarantine") == []
    must_add_up(found)


def test_a_folder_of_parquet_files_is_one_table(tmp_path, duckdb_engine):
    folder = canonical(tmp_path / "in", claim_line=None)
    (folder / "claim_line").mkdir()
    for part, keep in (("b", "C1"), ("a", "C2")):
        text = "\n".join(
            line for line in CLAIM_LINE.splitlines() if line.startswith(("claim_id", keep))
        )
        (tmp_path / "part.csv").write_text(text + "\n")
        duckdb.sql(
            f"COPY (SELECT * FROM read_csv('{tmp_path / 'part.csv'}', all_varchar = true)) "
            f"TO '{folder / 'claim_line' / part}.parquet' (FORMAT parquet)"
        )
    found = taken(folder, duckdb_engine)
    assert [r["claim_id"] for r in found.rows("claim_line")] == ["C1", "C1", "C2"]
    assert {r["file"]: r["rows_read"] for r in found.rows("accounting")}["claim_line"] == 3


@pytest.mark.parametrize("mark", ["\t", "|", ";"])
def test_other_characters_may_stand_between_the_columns(mark, tmp_path, duckdb_engine):
    folder = canonical(tmp_path / "in", claim_line=CLAIM_LINE.replace(",", mark))
    assert len(taken(folder, duckdb_engine).rows("claim_line")) == 3


def test_a_mark_of_utf_8_and_windows_line_ends_do_no_harm(tmp_path, duckdb_engine):
    folder = canonical(tmp_path / "in")
    text = (folder / "claim.csv").read_bytes().replace(b"\n", b"\r\n")
    (folder / "claim.csv").write_bytes(b"\xef\xbb\xbf" + text)
    found = taken(folder, duckdb_engine)
    assert [r["claim_id"] for r in found.rows("claim")] == ["C1", "I1", "C2"]


def test_codes_dates_and_dollars_are_tidied(tmp_path, duckdb_engine):
    header, first, *rest = CLAIM_LINE.splitlines()
    header += ",place_of_service,line_diagnosis"
    first = first.replace("99213,111111111", "g0402 ,01-2345678")
    first = first.replace("2015-03-01", "03/01/2015").replace("60.00,48.00", '"$1,060.00",48')
    text = "\n".join([header, first + ",5,e11.9", *(line + ",," for line in rest)]) + "\n"
    folder = canonical(tmp_path / "in", claim_line=text)
    (line,) = [r for r in taken(folder, duckdb_engine).rows("claim_line") if r["line_number"] == 1
               and r["claim_id"] == "C1"]  # fmt: skip
    assert line["tin"] == "012345678"
    assert line["hcpcs_code"] == "G0402"
    assert line["place_of_service"] == "05"
    assert line["line_diagnosis"] == "E119"
    assert line["from_date"] == dt.date(2015, 3, 1)
    assert line["allowed_amount"] == Decimal("1060.00")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("194", "194"), ("0194", "194"), ("6955", None), ("OTH", None), ("", None)],
)
def test_a_drg_has_three_digits_or_none(given, kept, tmp_path, duckdb_engine):
    folder = canonical(tmp_path / "in")
    claims = (folder / "claim.csv").read_text().splitlines()
    claims = [claims[0] + ",drg", *(c + f",{given if c[0] == 'I' else ''}" for c in claims[1:])]
    (folder / "claim.csv").write_text("\n".join(claims) + "\n")
    found = taken(folder, duckdb_engine)
    assert {r["drg"] for r in found.rows("claim") if r["claim_class"] == "INPATIENT"} == {kept}
    warned = [r for r in found.rows("intake_warnings") if r["column"] == "drg"]
    assert bool(warned) is (kept is None)


def test_a_tin_of_zeros_or_nines_is_no_tin(tmp_path, duckdb_engine):
    text = CLAIM_LINE.replace("111111111", "000000000").replace("022222222", "99-9999999")
    found = taken(canonical(tmp_path / "in", claim_line=text), duckdb_engine)
    assert {r["tin"] for r in found.rows("claim_line")} == {None}


def test_what_is_not_read_is_said(tmp_path, duckdb_engine):
    folder = canonical(tmp_path / "in", claim=None)
    written(
        folder / "claim.csv",
        ["claim_id", "beneficiary_id", "claim_class", "from_date", "thru_date", "mood"],
        {"claim_id": "C1", "beneficiary_id": PEOPLE[0], "claim_class": "PART_B",
         "from_date": "2015-03-01", "thru_date": "2015-03-01", "mood": "fair"},
        {"claim_id": "C2", "beneficiary_id": PEOPLE[1], "claim_class": "PART_B",
         "from_date": "2015-04-01", "thru_date": "2015-04-01", "mood": "fair"},
    )  # fmt: skip
    (folder / "README.md").write_text("about")
    (folder / "claims.xlsx").write_bytes(b"PK")
    (folder / "notes.txt").write_bytes("Übersicht\n".encode("latin-1"))
    (folder / "other.csv").write_text("a,b\n1,2\n")
    notes = {(n["code"], n["text"]) for n in taken(folder, duckdb_engine).notes}
    assert ("unknown_columns", "claim.csv: columns that are not read: mood.") in notes
    assert ("ignored_file", "Not data, so not read: claims.xlsx.") in notes
    assert ("ignored_file", "notes.txt is not a file of this format: not read.") in notes
    assert ("ignored_file", "other.csv is not a file of this format: not read.") in notes


def test_a_run_may_start_from_rates(tmp_path, duckdb_engine):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "supplied_practice.csv").write_text("tin,professionals_in_claims\n111111111,12\n")
    (folder / "supplied_rate.csv").write_text(
        "tin,measure,cases,rate\n111111111,readmission,40,.15\n"
    )
    found = taken(folder, duckdb_engine)
    assert found.supplied == {"supplied_practice", "supplied_rate"}
    assert found.rows("supplied_rate")[0]["rate"] == 0.15


def test_files_that_are_as_the_stages_need_them_are_not_copied(tmp_path, duckdb_engine):
    first = taken(canonical(tmp_path / "in"), duckdb_engine)
    typed = tmp_path / "typed"
    for table in first.supplied:
        (typed / table).mkdir(parents=True)
        part = first.folder / table / "part-0.parquet"
        (typed / table / "part-0.parquet").write_bytes(part.read_bytes())
    again = taken(typed, duckdb_engine)
    assert not any(again.has(table) for table in again.supplied)
    assert {r["file"]: r["rows_used"] for r in again.rows("accounting")} == {
        r["file"].removesuffix(".csv"): r["rows_used"] for r in first.rows("accounting")
    }
    duckdb.sql(
        f"COPY (SELECT * REPLACE (DATE '2150-01-01' AS thru_date) FROM "
        f"'{first.folder}/claim/*.parquet' WHERE claim_id = 'C1' UNION ALL SELECT * FROM "
        f"'{first.folder}/claim/*.parquet' WHERE claim_id <> 'C1') "
        f"TO '{typed}/claim/part-0.parquet' (FORMAT parquet)"
    )
    mended = typed.rename(tmp_path / "mended")
    found = taken(mended, duckdb_engine)
    assert [r["claim_id"] for r in found.rows("claim")] == ["I1", "C2"]
    assert found.reasons() == {
        ("claim", "impossible date"): 1,
        ("claim_line", "claim set aside"): 2,
    }


def test_what_is_stored_is_opened_and_not_read_again(tmp_path, duckdb_engine):
    folder = canonical(tmp_path / "in")
    before = taken(folder, duckdb_engine)
    (folder / "claim.csv").unlink()
    assert taken(folder, duckdb_engine).rows("claim") == before.rows("claim")
