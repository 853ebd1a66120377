"""Opening an input file on the workbench: as a table of records, fixed positions, or documents.

Each opened file is a view with `source_row`, its place in the file. Records that cannot be read are
in its table of rejects, so that every row is accounted for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from openp4p.claims.formats.entries import Entry
from openp4p.claims.formats.sources import (
    ASK,
    LONGEST_LINE,
    file_problems,
    is_packed,
    is_parquet,
    opened,
    parquet_files,
    text_header,
)
from openp4p.claims.formats.workbench import SourceFile, Workbench
from openp4p.engine.sql_text import literal, quoted_name
from openp4p.errors import Problem

_NEVER_CLOSED = "UNQUOTED VALUE"
_KINDS = "CSV with a header row (plain or gzip), or Parquet"
# a character that no text has, to keep a line in one piece
_NO_DELIMITER = "\x1f"


@dataclass(frozen=True)
class Wanted:
    """How the rows of a file are wanted.

    With `expected`, every column is text with blanks as null, and expected columns that the file
    lacks are there as nulls. `aliases` are other names of columns, upper case, and what they are
    called here. Without `quoted`, a quotation mark is a character like any other.
    """

    upper: bool = False
    expected: tuple[str, ...] | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    quoted: bool = True

    def called(self, name: str) -> str:
        """What a column goes by."""
        folded = name.strip().upper() if self.upper else name.strip().lower()
        return self.aliases.get(folded, folded)


AS_IT_IS = Wanted()


def open_table(
    bench: Workbench,
    entry: Entry,
    problems: list[Problem],
    *,
    kind: str = "",
    format: str = "",
    wanted: Wanted = AS_IT_IS,
    lacking: Sequence[str] = (),
) -> SourceFile | None:
    """A file with a header row, or Parquet; None, with the reasons in the list, if it is unusable.

    `lacking` are the columns without which a file of its kind cannot be read.
    """
    found = file_problems(entry.path, entry.name)
    found = found or lacks(entry.name, lacking, f"a {format} {kind} file")
    if found:
        problems += found
        return None
    try:
        if is_parquet(entry.path):
            raw, rejects = _parquet(bench, entry.path), ""
        else:
            raw, rejects = _records(bench, entry, problems, quoted=wanted.quoted)
        return _listed(bench, entry, raw, rejects, kind, wanted)
    except duckdb.Error as error:
        problems.append(_unreadable(entry, error))
        return None


def open_lines(
    bench: Workbench,
    entry: Entry,
    problems: list[Problem],
    *,
    kind: str,
    fields: Mapping[str, tuple[int, int]],
    whole: Collection[str] = (),
) -> SourceFile | None:
    """A file of fixed positions without a header: `fields` gives first and last position, from 1.

    Short lines end in blanks, what stands behind the last field is not looked at. Of the fields
    that are `whole` or nothing, such as dates, one that a line ends in the middle of is null.
    """
    found = file_problems(entry.path, entry.name, has_header=False)
    if found:
        problems += found
        return None
    number = len(bench.files)
    lines = f"lines_{number}"
    taken = ", ".join(
        f"nullif(trim({_cut(first, last, name in whole)}), '') AS {quoted_name(name)}"
        for name, (first, last) in fields.items()
    )
    try:
        bench.connection.execute(
            f"CREATE TABLE {lines} AS SELECT row_number() OVER () AS source_row, {taken} "
            f"FROM read_csv({literal(entry.path)}, columns = {{'line': 'VARCHAR'}}, "
            f"auto_detect = false, header = false, delim = {literal(_NO_DELIMITER)}, quote = '', "
            f"escape = '', null_padding = true, max_line_size = {LONGEST_LINE}{_packing(entry)})"
        )
    except duckdb.Error as error:
        problems.append(_unreadable(entry, error))
        return None
    made = SourceFile(
        entry.name,
        (entry.path,),
        lines,
        ("source_row", *fields),
        ("BIGINT", *("VARCHAR" for _ in fields)),
        bench.one(f"SELECT count(*) FROM {lines}"),
        kind=kind,
    )
    bench.files.append(made)
    return made


def _cut(first: int, last: int, whole: bool) -> str:
    cut = f"line[{first}:{last}]"
    return f"CASE WHEN length(line) >= {last} THEN {cut} END" if whole else cut


def lacks(file: str, columns: Sequence[str], what: str) -> list[Problem]:
    """The problem that a file lacks columns, if it does."""
    if not columns:
        return []
    found = f"lacks columns that {what} needs: {', '.join(columns)}"
    remedy = "Add the columns; docs/input.md says what they hold."
    return [Problem(file, "header", found, "", remedy)]


def _packing(entry: Entry) -> str:
    return ", compression = 'gzip'" if is_packed(entry.path) else ""


def _records(
    bench: Workbench, entry: Entry, problems: list[Problem], *, quoted: bool
) -> tuple[str, str]:
    """Tables of the records with their place in the file, and of those that are malformed."""
    number = len(bench.files)
    names, delimiter = text_header(entry.path)
    names += ("",) * _nameless(entry, names, delimiter, quoted=quoted)
    columns = ", ".join(
        f"{literal(column or f'column_{place}')}: 'VARCHAR'"
        for place, column in enumerate(names, 1)
    )
    records, rejects = f"records_{number}", f"rejects_{number}"
    mark = "'\"'" if quoted else "''"
    bench.connection.execute(
        f"CREATE TABLE {records} AS SELECT row_number() OVER () AS place, * FROM "
        f"read_csv({literal(entry.path)}, auto_detect = false, columns = {{{columns}}}, "
        f"header = true, delim = {literal(delimiter)}, quote = {mark}, escape = {mark}, "
        f"store_rejects = true, rejects_table = '{rejects}_all', rejects_scan = "
        f"'{rejects}_scan', rejects_limit = 0, null_padding = false, strict_mode = true, "
        f"max_line_size = {LONGEST_LINE}{_packing(entry)})"
    )
    # the first record is the header, so that record n + 1 is row n
    bench.connection.execute(
        f"CREATE TABLE {rejects} AS SELECT line - 1 AS source_row FROM {rejects}_all GROUP BY 1"
    )
    if quoted:
        _unclosed_quote(bench, entry, records, rejects, problems)
    shifted = f"raw_{number}"
    bench.connection.execute(
        f"CREATE VIEW {shifted} AS SELECT r.place + coalesce(s.before, 0) AS source_row, "
        f"r.* EXCLUDE (place) FROM {records} r ASOF LEFT JOIN (SELECT first, max(n) AS before "
        "FROM (SELECT source_row - row_number() OVER (ORDER BY source_row) + 1 AS first, "
        f"row_number() OVER (ORDER BY source_row) AS n FROM {rejects}) GROUP BY 1) s "
        "ON r.place >= s.first"
        if bench.one(f"SELECT count(*) FROM {rejects}")
        else f"CREATE VIEW {shifted} AS SELECT place AS source_row, * EXCLUDE (place) "
        f"FROM {records}"
    )
    return shifted, rejects


def _nameless(entry: Entry, names: tuple[str, ...], delimiter: str, *, quoted: bool) -> int:
    """How many cells the first row has behind those that the header names.

    Where a quotation mark may hide a delimiter, only a single empty one is taken for such.
    """
    first = next(iter(entry.head.splitlines()[1:2]), "")
    more = max(first.count(delimiter) + 1 - len(names), 0)
    return more if not quoted else int(more == 1 and first.endswith(delimiter))


def _unclosed_quote(
    bench: Workbench, entry: Entry, records: str, rejects: str, problems: list[Problem]
) -> None:
    """A quotation mark that is never closed swallows all rows after it: say so."""
    last = bench.run(
        f"SELECT line, min(line_byte_position) FROM {rejects}_all "
        f"WHERE error_type = '{_NEVER_CLOSED}' GROUP BY line ORDER BY line DESC LIMIT 1"
    )
    total = bench.one(
        f"SELECT (SELECT count(*) FROM {records}) + (SELECT count(*) FROM {rejects}) + 1"
    )
    if not last or int(str(last[0][0])) != total:
        return
    with opened(entry.path) as file:
        file.seek(max(int(str(last[0][1])) - 1, 0))
        rest = file.read(LONGEST_LINE).strip()
    if b"\n" in rest:
        found = "a quotation mark is opened and never closed, so later rows cannot be told apart"
        problems.append(
            Problem(entry.name, f"record {total}", found, "quotation marks in pairs", "Close it.")
        )


def _parquet(bench: Workbench, path: Path) -> str:
    paths = parquet_files(path)
    listed = ", ".join(literal(p) for p in paths)
    raw = f"raw_{len(bench.files)}"
    counts = [bench.one(f"SELECT count(*) FROM read_parquet({literal(p)})") for p in paths]
    before = [sum(counts[:place]) for place in range(len(counts))]
    offset = "" if len(paths) == 1 else f" + {before}[CAST(file_index AS BIGINT) + 1]"
    bench.connection.execute(
        f"CREATE VIEW {raw} AS SELECT file_row_number + 1{offset} AS source_row, * EXCLUDE "
        f"(file_row_number) FROM read_parquet([{listed}], file_row_number = true)"
    )
    return raw


def _listed(
    bench: Workbench, entry: Entry, raw: str, rejects: str, kind: str, wanted: Wanted
) -> SourceFile:
    described = bench.run(f"DESCRIBE SELECT * FROM {raw}")
    names = [str(row[0]) for row in described]
    renamed = _renamed(names, wanted)
    plain = [quoted_name(n) for n in names]
    if wanted.expected is not None:
        plain = [
            sql if n == "source_row" else f"nullif(trim(CAST({sql} AS VARCHAR)), '')"
            for n, sql in zip(names, plain, strict=True)
        ]
    selected = [f"{sql} AS {quoted_name(r)}" for sql, r in zip(plain, renamed, strict=True)]
    selected += [
        f"CAST(NULL AS VARCHAR) AS {quoted_name(n)}"
        for n in wanted.expected or ()
        if n not in renamed
    ]
    view = f"file_{len(bench.files)}"
    # a reader takes a wide file apart many times: what it reads is tidied once
    stored = "VIEW" if wanted.expected is None else "TABLE"
    bench.connection.execute(f"CREATE {stored} {view} AS SELECT {', '.join(selected)} FROM {raw}")
    rows = bench.one(f"SELECT count(*) FROM {raw}")
    if rejects:
        rows += bench.one(f"SELECT count(*) FROM {rejects}")
    text = wanted.expected is not None
    types = tuple("VARCHAR" if text else str(row[1]) for row in described)
    paths = parquet_files(entry.path)
    made = SourceFile(entry.name, paths, view, tuple(renamed), types, rows, rejects, kind)
    bench.files.append(made)
    return made


def _renamed(names: Iterable[str], wanted: Wanted) -> list[str]:
    """What the columns go by; of two that would go by the same, the first does."""
    renamed: list[str] = []
    for name in names:
        called = name if name == "source_row" else wanted.called(name)
        if called in renamed:
            called = name.strip().upper() if wanted.upper else name.strip().lower()
        renamed.append(called)
    return renamed


def _unreadable(entry: Entry, error: duckdb.Error) -> Problem:
    reason = _without_values(str(error).split("\n", 1)[0])
    return Problem(entry.name, "file", f"cannot be read: {reason}", _KINDS, ASK)


def _without_values(reason: str) -> str:
    """A database message up to the point where it quotes what was in the file."""
    for mark in ("Line:", "line:", "LINE", "Original Line", '"'):
        reason = reason.split(mark, 1)[0]
    return reason[:200].strip().rstrip(":.") or "the file is damaged"
