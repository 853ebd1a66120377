"""The mid-year report: measures from claims only, before anything is decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from openp4p.identity import code_version
from openp4p.reports.qrur.gather import Gathered
from openp4p.reports.qrur.model import Column, ExhibitRule, Report, exhibit
from openp4p.reports.qrur.nation import Nation
from openp4p.reports.qrur.patients import patients
from openp4p.reports.qrur.practice import Practice
from openp4p.reports.qrur.reports import TITLE, banners
from openp4p.reports.qrur.result import COVER, cover

PART = "Measures from claims"
ALL = ExhibitRule(
    "MY-ALL",
    "Measures from claims so far",
    PART,
    "Admissions that good ambulatory care prevents (CMS-1 and CMS-2), readmissions (CMS-3) and the "
    "cost measures. Nothing is scored and nothing is paid on them yet. Lower is better in all.",
    (
        Column("measure", "Measure", "text", "name of the measure"),
        Column("your_cases", "Your cases", "count", "patients, stays or episodes so far"),
        Column("minimum_cases", "Needed", "count", "cases below which it will not count"),
        Column("your_value", "Your rate", "rate", "your rate, or dollars, so far"),
        Column("prior_benchmark", "Benchmark", "rate", "mean rate of all practices"),
        Column("sd", "SD", "rate", "standard deviation of practices around it"),
        Column("benchmark_of", "Benchmark of", "text", "year whose practices it is of"),
    ),
    better="lower is better",
)
_COVER = ("tin_last4", "legal_name", "performance_period", "size_class", "professionals")
_YEARS = {
    "prior_year": "the year before",
    "performance_year": "this year",
    "supplied": "a published file",
}
_UNDECIDED = (
    "Mid-year",
    "Measures from claims only: no reported quality, no composites, no tiers, no payment. The "
    "program's own mid-year reports look at July to June; this one at the care of {year} that the "
    "run holds.",
)
RULES = (replace(COVER, columns=tuple(c for c in COVER.columns if c.id in _COVER)), ALL)


def mid_year(tin: str, rows: Gathered, shared: Nation) -> Report:
    """The mid-year report of one practice."""
    practice, manifest = Practice(tin, rows, shared), shared.manifest
    name = practice.one("names").get("name")
    heading, text = _UNDECIDED
    year = manifest["performance_year"]
    return Report(
        tin=tin,
        kind="mid_year",
        title=f"{year} mid-year {TITLE}",
        subtitle=f"Practice {tin}" + (f", {name}" if name else ""),
        audience="practice",
        banners=((heading, text.format(year=year)), *banners(shared)),
        notes=tuple(note["text"] for note in manifest["notes"]),
        answers=(),
        exhibits=(
            exhibit(RULES[0], [cover(practice)]),
            exhibit(ALL, _measures(practice)),
            *patients(practice),
        ),
        made_from=f"Run {manifest['run_id']}, result {manifest['result_fingerprint']}; report by "
        f"openp4p {code_version()}",
        about=shared.about,
    )


def _measures(practice: Practice) -> list[dict[str, Any]]:
    """The scored measures from claims, quality before cost."""
    rows = [r for kind in ("quality", "cost") for r in practice.scores(practice.tin, kind)]
    benchmarks = practice.nation.benchmarks
    return [
        {
            "measure": row["name"],
            "unit": row["unit"],
            "your_cases": row["cases"],
            "minimum_cases": row["rule"]["minimum_cases"],
            "your_value": row["rate"],
            "prior_benchmark": row["benchmark_mean"],
            "sd": row["benchmark_sd"],
            "benchmark_of": _YEARS.get(benchmarks.get(row["measure"], {}).get("source", "")),
        }
        for row in rows
        if row["rule"]["source"] == "claims" and row["rule"]["is_scored"]
    ]
