"""Small input folders of invented people, and what intake made of them."""

from __future__ import annotations

import csv
import gzip
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from openp4p.claims.intake import read_claims
from openp4p.claims.seal import FOLDER as SEAL
from openp4p.claims.seal import HOLDS
from openp4p.engine import Engine

# identifiers and birth dates that must not be found anywhere but in the tables themselves
PEOPLE = ("PERSON7A1", "PERSON7B2")
BORN = ("1938-11-23", "1941-02-17")
# what intake stores beside the tables
KEPT = ("accounting", "accounting_reasons", "accounting_money", "quarantine", "intake_warnings")

BENEFICIARY = f"""beneficiary_id,birth_date,sex,death_date,zip5
{PEOPLE[0]},{BORN[0]},1,,05401
{PEOPLE[1]},{BORN[1]},2,,05402
"""
ENROLLMENT_MONTH = "beneficiary_id,year_month,part_a,part_b,ma_enrolled\n" + "".join(
    f"{person},{2015_00 + month},true,true,false\n" for person in PEOPLE for month in range(1, 13)
)
CLAIM = f"""claim_id,beneficiary_id,claim_class,from_date,thru_date,paid_amount,allowed_amount
C1,{PEOPLE[0]},PART_B,2015-03-01,2015-03-01,80.00,100.00
C2,{PEOPLE[1]},PART_B,2015-04-01,2015-04-01,40.00,50.00
I1,{PEOPLE[0]},INPATIENT,2015-05-01,2015-05-04,9000.00,10000.00
"""
CLAIM_LINE = (
    "claim_id,line_number,beneficiary_id,claim_class,from_date,hcpcs_code,tin,npi,specialty,"
    "allowed_amount,paid_amount,processing_indicator\n"
    f"C1,1,{PEOPLE[0]},PART_B,2015-03-01,99213,111111111,1234567893,11,60.00,48.00,A\n"
    f"C1,2,{PEOPLE[0]},PART_B,2015-03-01,99214,111111111,1234567893,11,40.00,32.00,A\n"
    f"C2,1,{PEOPLE[1]},PART_B,2015-04-01,99214,022222222,1245319599,11,50.00,40.00,A\n"
)
CANONICAL = {
    "beneficiary": BENEFICIARY,
    "enrollment_month": ENROLLMENT_MONTH,
    "claim": CLAIM,
    "claim_line": CLAIM_LINE,
}


def canonical(folder: Path, **changed: str | None) -> Path:
    """A folder in our own layout; a table may be given other text, or left out (None)."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, text in {**CANONICAL, **changed}.items():
        if text is not None:
            (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    return folder


def as_gzip(folder: Path) -> Path:
    """The same files, packed."""
    for path in list(folder.glob("*.csv")):
        with gzip.open(path.with_name(path.name + ".gz"), "wb") as packed:
            packed.write(path.read_bytes())
        path.unlink()
    return folder


def as_parquet(folder: Path) -> Path:
    """The same files as Parquet with every column text."""
    for path in list(folder.glob("*.csv")):
        target = path.with_suffix(".parquet")
        duckdb.sql(
            f"COPY (SELECT * FROM read_csv('{path}', all_varchar = true)) TO '{target}' "
            "(FORMAT parquet)"
        )
        path.unlink()
    return folder


def written(path: Path, columns: list[str], *rows: dict[str, object]) -> Path:
    """A CSV file with these columns; what a row leaves out is empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


@dataclass(frozen=True)
class Taken:
    """What intake stored of a folder."""

    folder: Path
    notes: list[dict[str, str]]
    format: str
    supplied: frozenset[str]

    def rows(self, table: str) -> list[dict[str, object]]:
        """The stored rows of a canonical table or of the ledger."""
        return pq.read_table(self.folder / table).to_pylist()

    def has(self, table: str) -> bool:
        """Whether the rows of the table were copied."""
        return (self.folder / table).exists()

    def codes(self) -> set[str]:
        """The codes of the notes."""
        return {note["code"] for note in self.notes}

    def aside(self) -> list[tuple[object, ...]]:
        """File, row, column, rule and what was found of every row in quarantine."""
        return [
            (r["file"], r["row"], r["column"], r["rule"], r["found"])
            for r in self.rows("quarantine")
        ]

    def reasons(self) -> dict[tuple[object, object], object]:
        """Rows by file and reason."""
        return {(r["file"], r["reason"]): r["rows"] for r in self.rows("accounting_reasons")}

    def said(self) -> str:
        """Everything that intake says about the input, as one text."""
        ledger = ("accounting", "accounting_reasons", "quarantine", "intake_warnings")
        return str([self.rows(name) for name in ledger]) + str(self.notes)


def taken(folder: Path, engine: Engine, **options: object) -> Taken:
    """The intake of a folder, into a new one beside it."""
    into = folder.with_name(folder.name + "-intake")
    claims = read_claims(folder, engine, into, **options)
    return Taken(into, claims.notes, claims.format, claims.supplied)


def must_be_as_read(converted: Path, engine: Engine) -> None:
    """The seal of a converted folder says what a reading that knows of no seal finds in it."""
    plain = converted.with_name("unsealed")
    shutil.copytree(converted, plain, ignore=shutil.ignore_patterns(SEAL))
    sealed, read = taken(converted, engine), taken(plain, engine)
    assert HOLDS in sealed.notes
    assert [note for note in sealed.notes if note != HOLDS] == read.notes
    assert sealed.supplied == read.supplied
    for table in KEPT:
        assert sorted(map(str, sealed.rows(table))) == sorted(map(str, read.rows(table))), table
    assert read.rows("quarantine") == []


def must_add_up(found: Taken) -> None:
    """Read = used + set aside, by file and reason, and in dollars by claim class and month."""
    by_file: dict[object, int] = {}
    for row in found.rows("accounting_reasons"):
        assert isinstance(row["rows_set_aside"], int)
        assert 0 <= row["rows_set_aside"] <= row["rows"]
        by_file[row["file"]] = by_file.get(row["file"], 0) + row["rows_set_aside"]
    for row in found.rows("accounting"):
        assert row["rows_read"] == row["rows_used"] + row["rows_set_aside"], row
        assert by_file.pop(row["file"], 0) == row["rows_set_aside"], row
    assert by_file == {}
    for row in found.rows("accounting_money"):
        assert row["dollars_read"] == row["dollars_used"] + row["dollars_set_aside"], row
