"""A rates file to edit: every row that the year asks for, an example practice filled in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from openp4p.errors import UsageError
from openp4p.program.definition import MeasureRule, Program
from openp4p.results import Run
from openp4p.simulation.rates import rule_of
from openp4p.simulation.rates_rows import COLUMNS, EXAMPLE, facts, how_to_fill, measures

Benchmarks = Mapping[str, tuple[float, float, str]]  # by measure: mean, deviation, source
# made up, so that the example works; each is marked as an example and told of when it is used
_EXAMPLES = {
    "proportion": (0.75, 0.12), "score": (80.0, 6.0), "per_1000": (20.0, 10.0),
    "percent": (16.0, 1.5), "dollars": (20000.0, 3000.0),
}  # fmt: skip


def write_template(path: Path, program: Program, benchmarks: Benchmarks | None = None) -> int:
    """Write the template of a program's year; how many measures it has.

    Benchmarks are those given; where none is, an example marked as one. An existing file is left
    alone.
    """
    if path.exists():
        raise UsageError(
            f"'{path}' is there already.",
            remedy="Choose another name: a template never overwrites what you filled in.",
            code="template-exists",
        )
    names = measures(program)
    path.write_text(template(program, benchmarks), encoding="utf-8")
    return len(names)


def template(program: Program, benchmarks: Benchmarks | None = None) -> str:
    """The text of the template."""
    held = io.StringIO()
    held.write(_head(program))
    writer = csv.DictWriter(held, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    example = _example()
    for name, fact in facts(program).items():
        row = {"row": name, "how_to_fill": fact.about, "value": fact.example}
        if fact.kind == "peers":
            row |= example[name] | {"benchmark_source": EXAMPLE}
        writer.writerow(row)
    for name in measures(program):
        rule = rule_of(program, name)
        assert rule is not None, f"{name} is a measure of the program"
        row = {"row": name, "name": rule.name, "how_to_fill": how_to_fill(rule)}
        row |= example.get(name, {})
        mean, deviation, source = (benchmarks or {}).get(name) or _made_up(rule, row)
        row |= {"benchmark_mean": f"{mean:g}", "benchmark_sd": f"{deviation:g}"}
        writer.writerow(row | {"benchmark_source": source})
    return held.getvalue()


def benchmarks_of_run(run: Run) -> dict[str, tuple[float, float, str]]:
    """The benchmarks that a finished run compared with, by measure."""
    said = f"run {run.manifest['run_id']}"
    return {
        row["measure"]: (row["mean"], row["standard_deviation"], said)
        for row in run.rows("benchmarks")
        if row["is_usable"]
    }


def _example() -> dict[str, dict[str, str]]:
    text = files("openp4p.simulation").joinpath("rates_example.csv").read_text("utf-8")
    rows = csv.DictReader(io.StringIO(text))
    return {row["row"]: {k: v for k, v in row.items() if v} for row in rows}


def _made_up(rule: MeasureRule, row: Mapping[str, str]) -> tuple[float, float, str]:
    if row.get("benchmark_mean"):
        return float(row["benchmark_mean"]), float(row["benchmark_sd"]), EXAMPLE
    mean, deviation = _EXAMPLES[rule.unit]
    return (1 - mean if _is_low(rule) else mean), deviation, EXAMPLE


def _is_low(rule: MeasureRule) -> bool:
    return rule.unit == "proportion" and rule.better == "lower"


def _head(program: Program) -> str:
    year, care = program.payment_year, program.performance_year
    return (
        f"# A practice's rates for {program.title}: payment year {year}, care of {care}.\n"
        "# The practice filled in here is made up. Put your own numbers in its place:\n"
        "# - a measure you do not report: leave value, cases, met and standard_error empty;\n"
        "# - a share of patients: cases and met (or cases and value, a fraction from 0 to 1);\n"
        "# - admissions, costs, surveys: value and cases, and the standard error of the value,\n"
        "#   without which the composite cannot be significant and its tier stays average;\n"
        "# - benchmark_mean and benchmark_sd: of the year's benchmark file. Those marked\n"
        "#   'example' are made up; a measure without a benchmark is not scored;\n"
        "# - quality_peers, cost_peers: mean and SD of raw composites, from your last report.\n"
        "# Lines that begin with # are not read; how_to_fill and name are for you.\n"
    )
