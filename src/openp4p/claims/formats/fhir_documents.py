"""FHIR resources on the workbench: NDJSON, Bundles and single resources, one row for each resource.

The shape is told by the content. NDJSON is read as a stream; one line of it, or one document, is
bounded.
"""

from __future__ import annotations

import json
import re

import duckdb

from openp4p.claims.formats.entries import Entry
from openp4p.claims.formats.fhir_structure import STRUCTURE
from openp4p.claims.formats.sources import LONGEST_LINE, file_problems, is_packed, opened
from openp4p.claims.formats.workbench import SourceFile, Workbench
from openp4p.engine.sql_text import literal
from openp4p.errors import Problem

LARGEST_DOCUMENT = 64 * 1024 * 1024
_SIGN = re.compile(r'"resourceType"\s*:\s*"[A-Z]|"https://bluebutton\.cms\.gov/resources/')
_ENDINGS = (".json", ".ndjson", ".jsonl")
_LINES_LOOKED_AT = 20
_WHOLE = "a whole FHIR resource, a Bundle, or one resource a line"
# an entry of a Bundle without a resource is a row as well
_ENTRIES = (
    "list_transform(from_json(json -> 'entry', '[{\"resource\": \"JSON\"}]'), "
    "lambda e: coalesce(e.resource, CAST('null' AS JSON)))"
)


def is_fhir(entry: Entry) -> bool:
    """Whether a file holds FHIR resources, by its first characters."""
    head = entry.head.lstrip()
    is_json = head[:1] in ("{", "[") or entry.short.lower().removesuffix(".gz").endswith(_ENDINGS)
    return bool(head) and is_json and _SIGN.search(head) is not None


def is_document(head: str) -> bool:
    """Whether a file is one JSON document over several lines, by its first characters."""
    lines = [line for line in head.splitlines() if line.strip()]
    return len(lines) > 1 and not any(map(_is_resource, lines[:_LINES_LOOKED_AT]))


def _is_resource(line: str) -> bool:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "resourceType" in found


def open_resources(
    bench: Workbench, entry: Entry, kind: str, problems: list[Problem]
) -> SourceFile | None:
    """The resources of a file; None, with the reasons in the list, if it is unusable."""
    found = file_problems(entry.path, entry.name, has_header=False)
    if found:
        problems += found
        return None
    whole = is_document(entry.head)
    number = len(bench.files)
    parsed, rejects = f"parsed_{number}", f"rejects_{number}"
    try:
        source = _document(bench, entry, problems) if whole else _lines(entry)
        if source is None:
            return None
        # rows are numbered by their place in the table: counted here, they would come one by one
        bench.connection.execute(
            f"CREATE TABLE {parsed} AS SELECT json IS NULL AS is_broken, "
            f"from_json(json, {literal(json.dumps(STRUCTURE))}) AS r "
            f"FROM (SELECT unnest({_resources(whole)}) AS json FROM {source})"
        )
    except duckdb.Error:
        problems.append(_cut_short(entry.name))
        return None
    bench.connection.execute(
        f"CREATE TABLE {rejects} AS SELECT rowid + 1 AS source_row FROM {parsed} WHERE is_broken"
    )
    rows = bench.one(f"SELECT count(*) FROM {parsed}")
    if rows == bench.one(f"SELECT count(*) FROM {rejects}"):
        problems.append(_cut_short(entry.name))
        return None
    view = f"resources_{number}"
    bench.connection.execute(
        f"CREATE VIEW {view} AS SELECT rowid + 1 AS source_row, r.resourceType AS type, r "
        f"FROM {parsed} WHERE NOT is_broken"
    )
    columns, types = ("source_row", "type", "r"), ("BIGINT", "VARCHAR", "STRUCT")
    made = SourceFile(entry.name, (entry.path,), view, columns, types, rows, rejects, kind)
    bench.files.append(made)
    return made


def _lines(entry: Entry) -> str:
    """The relation of the lines of NDJSON; a line that is no JSON is null."""
    packed = ", compression = 'gzip'" if is_packed(entry.path) else ""
    return (
        f"read_json_objects({literal(entry.path)}, format = 'newline_delimited', "
        f"ignore_errors = true, maximum_object_size = {LONGEST_LINE}{packed})"
    )


def _document(bench: Workbench, entry: Entry, problems: list[Problem]) -> str | None:
    """The table of the one document that a file is."""
    with opened(entry.path) as file:
        content = file.read(LARGEST_DOCUMENT + 1)
    if len(content) > LARGEST_DOCUMENT:
        found = f"is one JSON document of more than {LARGEST_DOCUMENT:,} bytes"
        remedy = "Export NDJSON, which is read as a stream, or cut the Bundle into several."
        problems.append(Problem(entry.name, "file", found, "one resource a line", remedy))
        return None
    table = f"document_{len(bench.files)}"
    bench.connection.execute(f"CREATE TABLE {table} (json JSON)")
    # text that is no JSON is refused here
    bench.connection.execute(f"INSERT INTO {table} VALUES (?)", [content.decode("utf-8-sig")])
    return table


def _resources(is_document: bool) -> str:
    """SQL of the resources of a line or a document: entries of a Bundle, or itself."""
    array = "WHEN json_array_length(json) > 0 THEN from_json(json, '[\"JSON\"]') "
    # most lines need not be taken apart to see that they are no Bundle
    return (
        "CASE WHEN contains(CAST(json AS VARCHAR), '\"Bundle\"') THEN "
        "CASE WHEN json ->> 'resourceType' = 'Bundle' AND json_array_length(json, 'entry') > 0 "
        f"THEN {_ENTRIES} ELSE [json] END {array if is_document else ''}ELSE [json] END"
    )


def _cut_short(name: str) -> Problem:
    return Problem(name, "file", "is cut short or is not JSON", _WHOLE, "Copy it again.")
