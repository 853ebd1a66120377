"""Whether Parquet files lie person by person: some people can be read without the others."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path

from openp4p.claims.formats.workbench import Workbench

PERSON = "beneficiary_id"
_FEW, _SHARE = 8, 0.05  # parts, or a share of them, that may hold the rows of one person


def lies_by_person(bench: Workbench, paths: Sequence[Path]) -> bool:
    """Whether whoever reads some people's rows can pass over most parts (row groups) of the files.

    Stages go through people in slices, and would read the whole at each of them otherwise. Files
    that do not say which people a part holds do not lie by person, unless their parts are few.
    """
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    ends = bench.run(
        "SELECT coalesce(stats_min_value, ''), coalesce(stats_max_value, chr(1114111)) "
        f"FROM parquet_metadata([{listed}]) WHERE path_in_schema = '{PERSON}'"
    )
    firsts, lasts = sorted(str(first) for first, _ in ends), sorted(str(last) for _, last in ends)
    holders = sum(bisect_right(firsts, first) - bisect_left(lasts, first) for first in firsts)
    return len(ends) <= _FEW or holders <= len(ends) * max(_FEW, len(ends) * _SHARE)
