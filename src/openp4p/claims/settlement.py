"""Settling every row of an input: used, or set aside with a reason; and storing what is used."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from openp4p.claims.by_person import PERSON, lies_by_person, ranges
from openp4p.claims.checks import plain_select, typed_select
from openp4p.claims.columns import CanonicalTable
from openp4p.claims.crosswalk import regrouped
from openp4p.claims.final_action import several_versions, superseded_claims
from openp4p.claims.formats.parts import Part, Reading
from openp4p.claims.formats.workbench import Workbench
from openp4p.claims.marked import KEY
from openp4p.claims.tables import TABLES
from openp4p.claims.vintage import LATER, UNDATED, set_later_aside
from openp4p.engine.slices import Slice
from openp4p.engine.sql_text import literal, quoted_name
from openp4p.engine.written import parquet

CHILDREN = ("claim_line", "diagnosis", "procedure")
_MOST_SLOTS = 1000
_BY_BENEFICIARY = ("beneficiary_id", "from_date", "claim_id", "line_number", "seq", "year_month")


@dataclass(frozen=True)
class Settled:
    """One canonical table on the workbench: all rows typed, and those set aside."""

    table: CanonicalTable
    typed: str
    aside: str
    parts: tuple[Part, ...]

    @property
    def paths(self) -> list[Path]:
        """The files of the table."""
        return [path for part in self.parts for path in part.file.paths]

    @property
    def accepted(self) -> str:
        """The relation of the rows that are used."""
        return f"(SELECT * FROM {self.typed} t ANTI JOIN {self.aside} a USING (_file, _row, _part))"


def settle(
    bench: Workbench,
    reading: Reading,
    *,
    in_place: bool,
    paid_through: dt.date | None = None,
    written_here: bool = False,
) -> dict[str, Settled]:
    """Every canonical table that has parts, typed and with the rows to be set aside.

    With `paid_through`, claims paid later are set aside before their versions are settled. Of files
    that are `written_here`, by an intake that has just ended, no row is judged again by itself; the
    versions of claims are, since formats differ in what replaces what.
    """
    found: dict[str, Settled] = {}
    for name, table in TABLES.items():
        parts = tuple(part for part in reading.parts if part.table == name)
        if not parts:
            continue
        settled = Settled(table, f"typed_{name}", f"aside_{name}", parts)
        _type(bench, settled, in_place=in_place, is_clean=written_here)
        if not written_here:
            _set_duplicates_aside(bench, settled)
        found[name] = settled
    if "claim" in found:
        if paid_through is not None:
            set_later_aside(bench, found["claim"].typed, found["claim"].aside, paid_through)
        _set_versions_aside(bench, found["claim"], replace=reading.adjustments_replace)
        all_stand = written_here and not bench.one(f"SELECT count(*) FROM {found['claim'].aside}")
        for name in CHILDREN:
            if name in found and not all_stand:
                _set_orphans_aside(bench, found[name], found["claim"])
    return found


def _type(bench: Workbench, one: Settled, *, in_place: bool, is_clean: bool) -> None:
    """The typed rows of a table and those of them that break a rule.

    Files that are read in place are gone through once more at each question: where no rule is
    broken and tidying changes nothing, they are not tidied again.
    """
    kind = "VIEW" if in_place else "TABLE"
    bench.connection.execute(f"CREATE {kind} {one.typed} AS {_rows_of(one.parts, typed_select)}")
    # counted so, and not by WHERE, which the scan of the files would ask value by value
    unclean = f"SELECT count_if(_changed OR _rule IS NOT NULL) FROM {one.typed}"
    if in_place and _is_typed(one) and (is_clean or not bench.one(unclean)):
        bench.connection.execute(
            f"CREATE OR REPLACE VIEW {one.typed} AS {_rows_of(one.parts, plain_select)}"
        )
    bench.connection.execute(
        f"CREATE TABLE {one.aside} AS SELECT _file, _row, _part, _column, _rule, _found "
        f"FROM {one.typed} WHERE _rule IS NOT NULL"
    )


def _rows_of(parts: tuple[Part, ...], select: Callable[[Part], str]) -> str:
    return " UNION ALL ".join(
        f"SELECT * EXCLUDE (_slot), {number * _MOST_SLOTS} + _slot AS _part FROM ({select(part)})"
        for number, part in enumerate(parts)
    )


def _set_duplicates_aside(bench: Workbench, settled: Settled) -> None:
    """All but the first row of each key: a duplicate, or in conflict with the row that is used."""
    quoted = [f'"{column}"' for column in settled.table.key]
    hashed = f"hash({', '.join(quoted)})"
    bench.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT {hashed} AS h FROM {settled.typed} "
        "WHERE _rule IS NULL GROUP BY 1 HAVING count(*) > 1"
    )
    if not bench.one("SELECT count(*) FROM repeated"):
        return
    content = ", ".join(f'"{column}"' for column in settled.table.columns)
    bench.connection.execute(
        f"INSERT INTO {settled.aside} SELECT _file, _row, _part, NULL, CASE WHEN content = kept "
        "THEN 'duplicate' ELSE 'conflicting duplicate' END, NULL FROM ("
        "SELECT _file, _row, _part, content, row_number() OVER same AS place, "
        "first_value(content) OVER same AS kept FROM ("
        f"SELECT {', '.join(quoted)}, _file, _row, _part, hash({content}) AS content "
        f"FROM {settled.typed} WHERE _rule IS NULL AND {hashed} IN (SELECT h FROM repeated)) "
        f"WINDOW same AS (PARTITION BY {', '.join(quoted)} ORDER BY _file, _row, _part)) "
        "WHERE place > 1"
    )


def _set_versions_aside(bench: Workbench, claims: Settled, *, replace: bool) -> None:
    if not any("control_number" in part.columns for part in claims.parts):
        return
    bench.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE versioned AS {several_versions(claims.typed)}"
    )
    if not bench.one("SELECT count(*) FROM versioned"):
        return
    bench.connection.execute(
        f"INSERT INTO {claims.aside} SELECT _file, _row, _part, NULL, _rule, NULL "
        f"FROM ({superseded_claims(claims.typed, claims.aside, 'versioned', replace=replace)})"
    )


def _set_orphans_aside(bench: Workbench, children: Settled, claims: Settled) -> None:
    """Lines and codes without a claim that is used, or with one of another person."""
    cut = (
        f"SELECT t.claim_id, min(a._rule) AS cut FROM {claims.typed} t JOIN {claims.aside} a "
        f"USING (_file, _row, _part) WHERE a._rule IN ('{LATER}', '{UNDATED}') GROUP BY 1"
    )
    bench.connection.execute(
        "CREATE OR REPLACE TEMP TABLE orphans AS SELECT c._file, c._row, c._part, c.claim_id "
        f"FROM {children.typed} c ANTI JOIN {claims.accepted} k USING (claim_id, {PERSON})"
    )
    used = f"SELECT claim_id FROM {claims.accepted} SEMI JOIN orphans USING (claim_id)"
    known = f"SELECT DISTINCT claim_id FROM {claims.typed} SEMI JOIN orphans USING (claim_id)"
    bench.connection.execute(
        f"INSERT INTO {children.aside} SELECT o._file, o._row, o._part, "
        f"CASE WHEN u.claim_id IS NULL THEN 'claim_id' ELSE '{PERSON}' END, "
        "CASE WHEN u.claim_id IS NOT NULL THEN 'claim of somebody else' "
        "WHEN v.cut IS NOT NULL THEN v.cut WHEN k.claim_id IS NOT NULL "
        "THEN 'claim set aside' ELSE 'no such claim' END, 'not shown' FROM orphans o "
        f"LEFT JOIN ({used}) u USING (claim_id) LEFT JOIN ({known}) k USING (claim_id) "
        f"LEFT JOIN ({cut}) v USING (claim_id) "
        f"ANTI JOIN {children.aside} a USING (_file, _row, _part)"
    )


def store(
    bench: Workbench, settled: dict[str, Settled], into: Path, *, in_place: bool, leave: bool
) -> dict[str, list[str]]:
    """Write the rows that are used, table by table; the paths of the tables left where they are.

    Tables of which every row is used as it lies are left there, if that is what is wanted. Those of
    many people become several files, of some people each.
    """
    left_there: dict[str, list[str]] = {}
    parted = ranges(bench, settled["beneficiary"].accepted) if "beneficiary" in settled else ()
    for name, one in settled.items():
        rows = regrouped(bench, settled) if name == "claim_line" else ""
        if leave and in_place and not rows and _is_as_stored(bench, one):
            left_there[name] = [str(path.resolve()) for path in one.paths]
            continue
        columns = ", ".join(f'"{column}"' for column in one.table.columns)
        order = [c for c in _BY_BENEFICIARY if c in one.table.columns] or list(one.table.key)
        as_it_lies = in_place and _lies_by_person(bench, one)
        sort = "" if as_it_lies else " ORDER BY " + ", ".join(f'"{c}"' for c in order)
        select = f"SELECT {columns} FROM {rows or one.accepted}"
        whole = PERSON not in one.table.columns or len(parted) < 2
        chosen = [""] if whole else [f" WHERE {_within(some)}" for some in parted]
        write(bench, [f"{select}{where}{sort}" for where in chosen], into / name)
    return left_there


def _within(some: Slice) -> str:
    name, start, below = quoted_name(some.column), literal(some.start), literal(some.below)
    return f"{name} >= {start} AND {name} < {below}"


def _is_as_stored(bench: Workbench, one: Settled) -> bool:
    """Whether the files hold, in the declared types, exactly the rows and values that are used."""
    return (
        _is_typed(one)
        and _lies_by_person(bench, one)
        and not bench.one(f"SELECT count(*) FROM {one.aside}")
        and not bench.one(f"SELECT count_if(_changed) FROM {one.typed}")
    )


def _lies_by_person(bench: Workbench, one: Settled) -> bool:
    return PERSON not in one.table.columns or lies_by_person(bench, one.paths)


def _is_typed(one: Settled) -> bool:
    """Whether the files hold the declared types already, so that stages can read them."""
    expected = {
        "string": "VARCHAR",
        "int64": "BIGINT",
        "date": "DATE",
        "boolean": "BOOLEAN",
        "decimal(18, 2)": "DECIMAL(18,2)",
        "float64": "DOUBLE",
    }
    return all(
        part.file.types[part.file.columns.index(name)] == expected[column.type]
        for part in one.parts
        for name, column in one.table.columns.items()
        if part.file.has(name)
    ) and all(path.suffix == ".parquet" for path in one.paths)


def write(bench: Workbench, selects: Sequence[str], folder: Path) -> None:
    """Store the rows of each SELECT as a Parquet file of a folder, whole or not at all."""
    draft = folder.with_name(folder.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    draft.mkdir(parents=True)
    mark = ""
    if bench.mark is not None:
        mark = f", KV_METADATA {{{KEY}: {literal(bench.mark)}}}"
    digits = len(str(len(selects) - 1))
    for number, select in enumerate(selects):
        target = literal(draft / f"part-{number:0{digits}}.parquet")
        bench.connection.execute(f"COPY ({select}) TO {target} ({parquet()}{mark})")
    draft.rename(folder)
