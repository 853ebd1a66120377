"""Published deciles of performance turned into benchmarks, approximately."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist, fmean

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from openp4p.errors import InputError, Problem

_EHR = "electronicHealthRecord"
_CUTS = 9  # the floor, then where deciles 3 to 10 start
_PERCENT = 100.0
# from the 20th to the 90th percentile of a normal distribution, in standard deviations
_SPREAD = NormalDist().inv_cdf(0.9) - NormalDist().inv_cdf(0.2)
COLUMNS = ("measure", "mechanism", "mean", "standard_deviation", "source")


class _Deciles(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    measure: str = Field(alias="measureId")
    year: int = Field(alias="benchmarkYear")
    method: str = Field(alias="submissionMethod")
    deciles: list[float | None]


@dataclass(frozen=True)
class Approximated:
    """Benchmarks, and the measures of the year that have none with the reason."""

    rows: tuple[dict[str, object], ...]
    left_out: tuple[tuple[str, str], ...]  # measure and method, why

    def write(self, path: Path) -> None:
        """The benchmarks as the input table `supplied_benchmark`."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)


def benchmarks_of(path: Path, year: int) -> Approximated:
    """A mean and a deviation for each measure of the file whose deciles are of that year.

    The file is CMS's JSON of MIPS benchmarks (`benchmarks/<year>.json`): percents, the floor first.
    Mean: that of the 20th to the 80th percentile; deviation: from the 20th to the 90th percentile
    over that distance of a normal distribution. Methods other than the electronic one weigh the
    same in a measure's benchmark, since how many used each is not published.
    """
    found: dict[tuple[str, str | None], list[tuple[float, float]]] = defaultdict(list)
    left_out = []
    rows = [row for row in _rows(path) if row.year == year]
    for row in rows:
        cuts = [cut for cut in row.deciles if cut is not None]
        name = f"{row.measure} ({row.method})"
        if len(cuts) != _CUTS:
            left_out.append((name, f"has {len(cuts)} cut points of {_CUTS}"))
            continue
        deviation = abs(cuts[-1] - cuts[1]) / _SPREAD / _PERCENT
        if deviation == 0.0:
            left_out.append((name, "most practices are at the top: there is no spread"))
            continue
        mechanism = "ehr" if row.method == _EHR else None
        found[row.measure, mechanism].append((fmean(cuts[1:-1]) / _PERCENT, deviation))
    return Approximated(tuple(_merged(found, path.name, year)), tuple(left_out))


def _merged(
    found: dict[tuple[str, str | None], list[tuple[float, float]]], file: str, year: int
) -> Iterable[dict[str, object]]:
    only_electronic: dict[tuple[str, str | None], list[tuple[float, float]]] = {
        (measure, None): moments
        for (measure, mechanism), moments in found.items()
        if mechanism is not None and (measure, None) not in found
    }
    every = [*found.items(), *only_electronic.items()]
    for (measure, mechanism), moments in sorted(
        every, key=lambda item: (item[0][0], item[0][1] or "")
    ):
        yield {
            "measure": measure,
            "mechanism": mechanism,
            "mean": round(fmean(mean for mean, _ in moments), 6),
            "standard_deviation": round(fmean(deviation for _, deviation in moments), 6),
            "source": f"{file}, deciles of {year}, approximated",
        }


def _rows(path: Path) -> list[_Deciles]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            return TypeAdapter(list[_Deciles]).validate_python(json.load(file))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        where, wrong = "file", "is not JSON that can be read"
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        wrong = first["msg"].lower()
    remedy = "Name CMS's benchmarks/<year>.json."
    problem = Problem(path.name, where, wrong, remedy=remedy)
    raise InputError([problem], code="quality-benchmarks")
