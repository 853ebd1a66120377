"""Parquet files that lie person by person: some people can be read without the others."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path

from openp4p.claims.formats.workbench import Workbench
from openp4p.engine.slices import Slice, between, evenly
from openp4p.engine.sql_text import literal

PERSON = "beneficiary_id"
PEOPLE_A_FILE = 250_000  # a file of more is slow to find some people in
_SAMPLE = 4096  # people of each file that are looked at to part them
_FEW, _SHARE = 8, 0.05  # parts, or a share of them, that may hold the rows of one person


def lies_by_person(bench: Workbench, paths: Sequence[Path]) -> bool:
    """Whether whoever reads some people's rows can pass over most parts (row groups) of the files.

    Stages go through people in slices, and would read the whole at each of them otherwise. Files
    that do not say which people a part holds do not lie by person, unless their parts are few.
    """
    listed = ", ".join(map(literal, paths))
    ends = bench.run(
        "SELECT coalesce(stats_min_value, ''), coalesce(stats_max_value, chr(1114111)) "
        f"FROM parquet_metadata([{listed}]) WHERE path_in_schema = '{PERSON}'"
    )
    firsts, lasts = sorted(str(first) for first, _ in ends), sorted(str(last) for _, last in ends)
    holders = sum(bisect_right(firsts, first) - bisect_left(lasts, first) for first in firsts)
    return len(ends) <= _FEW or holders <= len(ends) * max(_FEW, len(ends) * _SHARE)


def ranges(bench: Workbench, people: str) -> tuple[Slice, ...]:
    """The people of each file of a table, given the relation that holds each of them once.

    From a sample that is the same every time: the files do not depend on threads or memory.
    """
    rows = bench.one(f"SELECT count(*) FROM {people}")
    number = max(1, -(-rows // PEOPLE_A_FILE))
    one_in = max(1, rows // (number * _SAMPLE))
    some = f"SELECT {PERSON} FROM {people} WHERE hash({PERSON}) % {one_in} = 0 ORDER BY 1"
    keys = [str(key) for (key,) in bench.run(some)] if number > 1 else []
    return between(PERSON, evenly(keys, number))
