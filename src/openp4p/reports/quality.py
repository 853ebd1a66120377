"""What the first page says of quality: outcomes from claims, reported measures, domains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ibis import _
from markupsafe import Markup

from openp4p.program.definition import MeasureRule
from openp4p.reports import quality_charts
from openp4p.reports.facts import Facts, Rows, rows_of
from openp4p.reports.practice_quality import domain_name, in_unit
from openp4p.results import Run

SOURCES = {
    "supplied": "a published file",
    "prior_year": "the year before",
    "performance_year": "this year's practices",
}


def quality(run: Run) -> Facts:
    """Everything the section on quality shows; empty lists where nothing was computed."""
    measures = _measures(run)
    outcomes = [row for row in measures if row["source"] == "claims"]
    others = [row for row in measures if row["source"] != "claims"]
    return {
        "outcomes": outcomes,
        "reported": others,
        "domains": _domains(run),
        "sources": sorted({SOURCES.get(row["benchmark_source"], "none") for row in outcomes}),
        "pictures": {"outcomes": _picture(run, outcomes)},
    }


def _measures(run: Run) -> Rows:
    """Quality measures that any practice has a rate on, with benchmark and practices scored."""
    rules = {rule.id: rule for rule in run.program.measures if rule.kind == "quality"}
    benchmarks = {row["measure"]: row for row in run.rows("benchmarks")}
    counted = rows_of(
        run,
        run.table("scores")
        .filter(_.kind == "quality")
        .group_by("measure")
        .agg(n=_.count(), scored=_.is_scored.sum(), cases=_.cases.sum()),
    )
    found = [_shown(row, rules[_base(row)], benchmarks) for row in counted]
    order = list(rules)
    return sorted(found, key=lambda row: (order.index(_base(row)), row["measure"]))


def _base(row: Mapping[str, Any]) -> str:
    """The measure of a row; an electronic version is one of the same."""
    return str(row["measure"]).partition(":")[0]


def _shown(row: Mapping[str, Any], rule: MeasureRule, benchmarks: Mapping[str, Any]) -> Facts:
    benchmark = benchmarks.get(row["measure"], {})
    unit = rule.unit
    return {
        **row,
        "name": rule.name,
        "source": rule.source,
        "unit": unit,
        "domain": domain_name(rule.domain),
        "is_scored": rule.is_scored,
        "minimum_cases": rule.minimum_cases,
        "benchmark": in_unit(benchmark.get("mean"), unit),
        "spread": in_unit(benchmark.get("standard_deviation"), unit),
        "benchmark_source": benchmark.get("source"),
        "from": SOURCES.get(benchmark.get("source"), "none"),
    }


def _domains(run: Run) -> Rows:
    """Practices with a score in each quality domain, and how many measures it rests on."""
    found = rows_of(
        run,
        run.table("domain_scores")
        .filter(_.kind == "quality")
        .group_by("domain")
        .agg(n=_.count(), measures=_.measures.mean()),
    )
    return [{**row, "name": domain_name(row["domain"])} for row in sorted(found, key=_by_domain)]


def _by_domain(row: Mapping[str, Any]) -> str:
    return domain_name(row["domain"])


def _picture(run: Run, outcomes: Rows) -> Markup | None:
    """How far the practices at the minimum lie from the benchmark of each outcome."""
    names = {row["measure"]: row["name"] for row in outcomes if row["is_scored"]}
    scores = run.table("scores").filter(_.is_scored, _.measure.isin(list(names)))
    parts = scores.group_by("measure").agg(
        n=_.count(),
        low=_.score.quantile(0.10),
        lower=_.score.quantile(0.25),
        middle=_.score.quantile(0.50),
        upper=_.score.quantile(0.75),
        high=_.score.quantile(0.90),
    )
    rows = [{**row, "name": names[row["measure"]]} for row in rows_of(run, parts)]
    order = list(names)
    rows.sort(key=lambda row: order.index(row["measure"]))
    return quality_charts.outcomes_chart(rows) if rows else None
