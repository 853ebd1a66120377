"""Scores of people listed in files: reading, checking row by row, scoring, writing."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from ibis import _

from openp4p.engine.base import Engine
from openp4p.errors import InputError, Problem
from openp4p.program.risk_tables import (
    COLUMNS,
    COMMUNITY,
    Version,
    segments_of,
    shape_of,
    takes_blank_segments,
    version_rows,
    versions,
)
from openp4p.risk.hcc import Model, scores
from openp4p.risk.scores import age_on_february_first

_ROW = "row_in_file"
_BENEFICIARIES = ("beneficiary_id", "sex", "orec", "medicaid")
_DIAGNOSES = ("beneficiary_id", "icd_version", "code")
_ENDINGS = (".csv", ".csv.gz", ".parquet")
_OLDEST = 150
_TABLES = ("codes", "edits", "conditions", "segments", "demographics", "interactions", "sets")


@dataclass(frozen=True)
class Asked:
    """What is to be scored, by which model, and where the scores go."""

    model: str
    year: int
    beneficiaries: Path
    diagnoses: Path
    out: Path
    with_edits: bool = True


@dataclass(frozen=True)
class Check:
    """Something that must not be so in a row: where, what to say of it, what is allowed."""

    column: str
    is_wrong: ir.BooleanValue
    found: str
    allowed: str = ""


def score_files(asked: Asked, engine: Engine) -> dict[str, object]:
    """Write the score of everyone in a file, and return a summary; every problem of the input at
    once."""
    problems = _option_problems(asked)
    people = _read(asked.beneficiaries, _BENEFICIARIES, problems)
    if people is not None and not {"birth_date", "age"} & set(people.column_names):
        problems.append(_lacks(asked.beneficiaries, ["birth_date or age"]))
        people = None
    diagnoses = _read(asked.diagnoses, _DIAGNOSES, problems)
    version = _version(asked)
    if people is not None and version is not None:
        known = ibis.memtable(_with(people, ("birth_date", "age", "segment")))
        _found(engine, known, _of_people(known, version), asked.beneficiaries, problems)
        if diagnoses is not None:
            listed = _tidy(ibis.memtable(diagnoses))
            checks = _of_diagnoses(listed, known)
            _found(engine, listed, checks, asked.diagnoses, problems)
    if problems:
        raise InputError(problems, code="risk-score-input")
    assert version is not None
    return _scored(asked, version, engine, known, listed)


def _option_problems(asked: Asked) -> list[Problem]:
    problems, known = [], versions()
    if asked.model not in known:
        found = f"there is no model '{asked.model}'"
        problems.append(Problem("--model", "option", found, ", ".join(known)))
    elif asked.year not in known[asked.model]:
        found = f"the model {asked.model} has no factors for {asked.year}"
        allowed = ", ".join(map(str, known[asked.model]))
        problems.append(Problem("--coefficients", "option", found, allowed))
    if not asked.out.name.endswith(_ENDINGS):
        problems.append(Problem("--out", "option", "unknown ending", ", ".join(_ENDINGS)))
    elif asked.out.is_dir() or not asked.out.parent.is_dir():
        remedy = "Make its folder first."
        problems.append(Problem("--out", "option", "no file can be written there", "", remedy))
    return problems


def _version(asked: Asked) -> Version | None:
    file = versions().get(asked.model, {}).get(asked.year)
    return None if file is None else Version(asked.model, file, asked.year)


def _read(path: Path, wanted: Sequence[str], problems: list[Problem]) -> pa.Table | None:
    """The rows as text, blank as null, with their number in the file; nothing if they cannot be
    used."""
    if not path.is_file():
        problems.append(Problem(str(path), "file", "there is no such file"))
        return None
    try:
        table = _as_text(path)
    except (pa.ArrowException, OSError, UnicodeError):
        # what the reader says may quote a row, so it is not passed on
        found = "the file cannot be read as a table"
        problems.append(Problem(str(path), "file", found, "CSV (also .csv.gz) or Parquet"))
        return None
    missing = [column for column in wanted if column not in table.column_names]
    if missing:
        problems.append(_lacks(path, missing))
        return None
    return table


def _lacks(path: Path, columns: Sequence[str]) -> Problem:
    found = f"columns are missing: {', '.join(columns)}"
    return Problem(str(path), "header", found, "", "docs/risk-scores.md says what they hold.")


def _as_text(path: Path) -> pa.Table:
    if path.name.endswith(".parquet"):
        table = pq.read_table(path)
        table = table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))
        first = 1
    else:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            header = file.readline().decode("utf-8-sig").strip().split(",")
        names = [name.strip().strip('"') for name in header]
        options = pyarrow.csv.ReadOptions(column_names=names, skip_rows=1)
        text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        table = pyarrow.csv.read_csv(path, options, convert_options=text)
        first = 2  # the first line is the header
    trimmed = {name: _blank_as_null(table[name]) for name in table.column_names if name != _ROW}
    return pa.table({**trimmed, _ROW: pa.array(range(first, first + len(table)), pa.int64())})


def _blank_as_null(column: pa.ChunkedArray) -> pa.ChunkedArray:
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def _with(table: pa.Table, optional: Sequence[str]) -> pa.Table:
    for name in optional:
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(len(table), pa.string()))
    return table


def _of_people(people: ir.Table, version: Version) -> list[Check]:
    born, age = people.birth_date.try_cast("date"), people.age.try_cast("int64")
    told = _age_told(people, version.year)
    is_date = people.birth_date.re_search(r"^\d{4}-\d{2}-\d{2}$") & born.notnull()
    is_age = people.age.re_search(r"^\d{1,3}$") & (age <= _OLDEST)
    both = is_date & is_age
    segments, or_blank = segments_of(version), takes_blank_segments(version)
    allowed = f"{', '.join(segments)}{' or blank' if or_blank else ''}"
    repeated = people.beneficiary_id.count().over(ibis.window(group_by="beneficiary_id")) > 1
    return [
        Check("beneficiary_id", people.beneficiary_id.isnull(), "it is blank"),
        Check("beneficiary_id", repeated, "another row has the same"),
        Check("birth_date", people.birth_date.notnull() & ~is_date, "not a date", "YYYY-MM-DD"),
        Check(
            "birth_date",
            is_date & (told < 0),
            f"born after 1 February {version.year}",
        ),
        Check("age", people.age.notnull() & ~is_age, "not an age", "whole years, 0 to 150"),
        Check("age", people.birth_date.isnull() & people.age.isnull(), "neither it nor birth_date"),
        Check("age", both & (told != age), "not the age by birth_date on 1 February"),
        Check("sex", ~_is_one_of(people.sex, ("1", "2")), "unknown sex", "1 (male), 2 (female)"),
        Check(
            "orec",
            people.orec.notnull() & ~_is_one_of(people.orec, ("0", "1", "2", "3")),
            "unknown reason for entitlement",
            "0, 1, 2, 3 or blank",
        ),
        Check("medicaid", ~_is_one_of(people.medicaid, ("0", "1")), "not yes or no", "0, 1"),
        Check(
            "segment",
            people.segment.notnull() & ~_is_one_of(people.segment, segments),
            f"no segment of {version.model} {version.year}",
            allowed,
        ),
        Check("segment", people.segment.isnull() & (not or_blank), "it is blank", allowed),
    ]


def _is_one_of(column: ir.StringValue, allowed: Sequence[str]) -> ir.BooleanValue:
    return column.isin(allowed).fill_null(False)


def _age_told(people: ir.Table, year: int) -> ir.IntegerValue:
    return age_on_february_first(people.birth_date.try_cast("date"), year)


def _tidy(diagnoses: ir.Table) -> ir.Table:
    """Codes as the lists have them: upper case, without dots."""
    return diagnoses.mutate(code=diagnoses.code.upper().replace(".", ""))


def _of_diagnoses(diagnoses: ir.Table, people: ir.Table) -> list[Check]:
    is_known = diagnoses.beneficiary_id.isin(people.beneficiary_id)
    return [
        Check("beneficiary_id", ~is_known.fill_null(False), "no beneficiary of that name"),
        Check(
            "icd_version",
            ~_is_one_of(diagnoses.icd_version, ("9", "10")),
            "unknown version of ICD",
            "9, 10",
        ),
        Check("code", diagnoses.code.isnull(), "it is blank"),
    ]


def _found(
    engine: Engine, table: ir.Table, checks: list[Check], path: Path, problems: list[Problem]
) -> None:
    """One problem for each check that rows fail: the first of them, and how many there are."""
    sums: dict[str, Any] = {}
    for number, check in enumerate(checks):
        wrong = check.is_wrong.fill_null(False)
        sums[f"first_{number}"] = ibis.ifelse(wrong, table[_ROW], ibis.null("int64"))
    marked = table.select(**sums)
    totals = marked.agg(
        **{f"first_{n}": marked[f"first_{n}"].min() for n in range(len(checks))},
        **{f"rows_{n}": marked[f"first_{n}"].count() for n in range(len(checks))},
    )
    row = engine.rows(totals).to_pylist()[0]
    for number, check in enumerate(checks):
        if row[f"rows_{number}"]:
            others = row[f"rows_{number}"] - 1
            where = f"row {row[f'first_{number}']}, {check.column}"
            more = f" (and {others:,} more rows)" if others else ""
            problems.append(Problem(str(path), where, check.found + more, check.allowed))


def _scored(
    asked: Asked, version: Version, engine: Engine, people: ir.Table, diagnoses: ir.Table
) -> dict[str, object]:
    rows = version_rows(version)
    model = Model(
        **{n: engine.table(rows[f"hcc_{n}"], COLUMNS[f"hcc_{n}"]) for n in _TABLES},
        shape=shape_of(version),
        with_edits=asked.with_edits,
    )
    known = _facts(people, version)
    coded = diagnoses.mutate(icd_version=diagnoses.icd_version.cast("int64"))
    found = scores(known.drop(_ROW), coded, model)
    placed = found.inner_join(known.select("beneficiary_id", _ROW), "beneficiary_id")
    columns = ("beneficiary_id", "risk_score", "hccs_before", "hccs", "terms")
    made = engine.rows(placed.select(*columns, _ROW)).sort_by(_ROW).select(columns)
    _write(made, asked.out)
    mapped = model.codes.select("icd_version", "code")
    unmapped = coded.anti_join(mapped, ["icd_version", "code"]).agg(
        rows=_.count(), codes=_.code.nunique()
    )
    rest = engine.rows(unmapped).to_pylist()[0]
    return {
        "model": version.model,
        "coefficients": version.year,
        "coefficient_file": version.coefficient_file,
        "beneficiaries": len(made),
        "mean_risk_score": pc.mean(made["risk_score"]).as_py(),
        "with_conditions": pc.sum(pc.not_equal(made["hccs"], "")).as_py() or 0,
        "diagnoses": engine.rows(coded.agg(n=coded.count())).to_pylist()[0]["n"],
        "diagnoses_of_no_condition": rest["rows"],
        "codes_of_no_condition": rest["codes"],
    }


def _facts(people: ir.Table, version: Version) -> ir.Table:
    """The people as the model takes them; who is on Medicaid has full benefits."""
    is_on_medicaid = people.medicaid == "1"
    told = people.age.try_cast("int64")
    return people.select(
        "beneficiary_id",
        "sex",
        _ROW,
        asked_segment=people.segment.fill_null(""),
        population=ibis.literal(COMMUNITY),
        dual_benefit=ibis.ifelse(is_on_medicaid, "full", "none"),
        age=told.fill_null(_age_told(people, version.year)),
        medicaid=is_on_medicaid,
        reason=people.orec.fill_null(""),
    )


def _write(table: pa.Table, out: Path) -> None:
    """The rows in a file that is there whole or not at all."""
    draft = out.with_name(f".{out.name}")
    if out.name.endswith(".parquet"):
        pq.write_table(table, draft)
    elif out.name.endswith(".gz"):
        with gzip.open(draft, "wb") as file:
            _write_csv(table, file)
    else:
        with draft.open("wb") as file:
            _write_csv(table, file)
    draft.replace(out)


def _write_csv(table: pa.Table, file: Any) -> None:  # noqa: ANN401  # a binary file
    options = pyarrow.csv.WriteOptions(quoting_style="needed")
    pyarrow.csv.write_csv(table, file, options)


def lines_of(summary: Mapping[str, Any]) -> list[str]:
    """The summary in words."""
    people = summary["beneficiaries"]
    share = summary["with_conditions"] / people if people else 0.0
    mean = summary["mean_risk_score"] or 0.0
    return [
        f"Scored {people:,} beneficiaries with {summary['model']}, factors of "
        f"{summary['coefficients']} ({summary['coefficient_file']}): mean {mean:.3f}.",
        f"{summary['with_conditions']:,} ({share:.0%}) have a condition category.",
        f"{summary['diagnoses_of_no_condition']:,} of {summary['diagnoses']:,} diagnoses "
        f"({summary['codes_of_no_condition']:,} codes) are of no condition category: most are not.",
    ]
