"""Folders that were converted one by one, put together without reading their claims again.

Claims of more people than one machine converts at a time are converted by parts. What no part can
see by itself is asked here: whether a person or a key is in two of them.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from openp4p.claims.by_person import PERSON
from openp4p.claims.formats.canonical import NAME
from openp4p.claims.formats.workbench import Workbench
from openp4p.claims.intake import MARKER, input_files
from openp4p.claims.reading import may_be_read
from openp4p.claims.seal import FOLDER, Seal, put_seal, sealed, was_converted
from openp4p.claims.settlement import CHILDREN, write
from openp4p.claims.tables import TABLES
from openp4p.claims.warnings import keep_notes, note_on_warnings
from openp4p.engine.sql_text import literal, quoted_name

LEDGER = "-ledger"  # what a converted folder's ledger is called after it
_KEYS_AT_ONCE = 50_000_000
_CROSSWALK = "tin_crosswalk"
_WARNINGS = "input_warnings"
_SUMS = {
    "accounting": ("file", "rows_read, rows_used, rows_set_aside", "BIGINT"),
    "accounting_money": (
        "claim_class, year_month, table_name",
        "dollars_read, dollars_used, dollars_set_aside",
        "DECIMAL(38, 2)",
    ),
    "intake_warnings": ('file, table_name, "column", rule', "rows", "BIGINT"),
}
_EMPTY = ("accounting_reasons", "quarantine")  # a sealed folder has nothing set aside


def converted_parts(folder: Path) -> tuple[Seal, ...]:
    """The seals of the converted folders that a folder consists of; none when it is another.

    The ledgers beside them are no part of it.
    """
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    ledgers = {path.name + LEDGER for path in inside}
    parts = [path for path in inside if path.name not in ledgers]
    parts = [path for path in parts if path.is_dir() or may_be_read(path)]
    if len(parts) < 2 or not all(map(was_converted, parts)):  # one is no part
        return ()
    return tuple(seal for part in parts if (seal := sealed(part, input_files(part))))


def in_common(parts: Sequence[Seal], bench: Workbench) -> list[str]:
    """What is in two parts, so that they must be read again to be one: mostly nothing.

    Lines, diagnoses and procedures belong to claims of their part, and months to people of theirs;
    a crosswalk of one part would regroup the practices of all.
    """
    held: dict[str, dict[int, list[Path]]] = defaultdict(dict)
    for number, part in enumerate(parts):
        for table, names in part.said["intake"]["left_there"].items():
            held[table][number] = [part.folder / name for name in names]
    found = [_CROSSWALK] if _CROSSWALK in held else []
    people = _people_in_two(bench, held)
    found += [f"{people:,} of {PERSON}"] if people else []
    for table, by_part in held.items():
        key = TABLES[table].key
        if table not in CHILDREN and PERSON not in key:
            repeated = _keys_in_two(bench, [f for files in by_part.values() for f in files], key)
            found += [f"{repeated:,} of {table}"] if repeated else []
    return found


def _people_in_two(bench: Workbench, held: Mapping[str, Mapping[int, list[Path]]]) -> int:
    """How many people are in more than one part."""
    selects = [
        f"SELECT DISTINCT {PERSON} AS person, {number} AS part FROM {_rows(files)}"
        for table, by_part in held.items()
        if PERSON in TABLES[table].columns and table not in CHILDREN
        for number, files in by_part.items()
    ]
    return bench.one(
        "SELECT count(*) FROM (SELECT person FROM "
        f"({' UNION ALL '.join(selects)}) GROUP BY 1 HAVING min(part) <> max(part))"
    )


def _keys_in_two(bench: Workbench, files: Sequence[Path], key: Sequence[str]) -> int:
    """How many keys are there more than once; they are not in one part.

    The hashes of a share of them at a time, since those of all are more than memory and disk hold.
    """
    rows, columns = _rows(files), ", ".join(map(quoted_name, key))
    shares = -(-bench.one(f"SELECT count(*) FROM {rows}") // _KEYS_AT_ONCE)
    found = 0
    for share in range(shares):
        some = f"{rows} WHERE hash({columns}) % {shares} = {share}"
        bench.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT hash({columns}) AS h FROM {some} "
            "GROUP BY 1 HAVING count(*) > 1"
        )
        if bench.one("SELECT count(*) FROM repeated"):
            found += bench.one(
                f"SELECT count(*) FROM (SELECT {columns} FROM {some} "
                f"AND hash({columns}) IN (FROM repeated) GROUP BY ALL HAVING count(*) > 1)"
            )
    return found


def join(parts: Sequence[Seal], bench: Workbench, tables: Path, intake: Path) -> None:
    """Put the files of the parts into `tables`, sealed, and the sum of their ledgers into `intake`.

    The files are linked where the disk is the same: no row is written again.
    """
    placed: dict[str, list[str]] = defaultdict(list)
    for part in parts:
        for table, names in part.said["intake"]["left_there"].items():
            for name in names:
                source = part.folder / name
                target = tables / table / f"{part.folder.name}-{source.name}"
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(source, target)
                placed[table].append(str(target.resolve()))
    for name, (by, sums, kind) in _SUMS.items():
        summed = ", ".join(f"CAST(sum({c}) AS {kind}) AS {c}" for c in sums.split(", "))
        bench.connection.execute(
            f"CREATE TABLE {name} AS SELECT {by}, {summed} FROM {_kept(parts, name)} GROUP BY ALL"
        )
        write(bench, [f"FROM {name} ORDER BY ALL"], intake / name)
    for name in _EMPTY:
        write(bench, [f"FROM {_kept(parts, name)}"], intake / name)
    notes = [note for part in parts for note in part.said["intake"]["notes"]]
    notes = [note for n, note in enumerate(notes) if note not in notes[:n]]
    notes = [note for note in notes if note["code"] != _WARNINGS] + note_on_warnings(bench)
    keep_notes(bench, notes, intake)
    said = {
        "format": NAME,
        "supplied": sorted(placed),
        "left_there": placed,
        "notes": notes,
    }
    (intake / MARKER).write_text(json.dumps(said, indent=2), encoding="utf-8")
    assert put_seal(tables, intake, MARKER, input_files(tables)), "a part had rows set aside"


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one that has no links
        shutil.copyfile(source, target)


def _kept(parts: Sequence[Seal], name: str) -> str:
    return _rows([file for p in parts for file in sorted((p.folder / FOLDER / name).iterdir())])


def _rows(files: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(map(literal, files))}], union_by_name = true)"
