"""The worked examples of the rules, and the ways to several of their answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from openp4p.benchmarks import benchmarks
from openp4p.composites import composites, domain_scores, raw_composites, scores
from openp4p.program.definition import Program
from tests.short_tables import column, value_modifier
from tests.solving import solve

_HERE = Path(__file__).parent
FILE = yaml.safe_load((_HERE / "spec" / "worked_examples.yaml").read_text(encoding="utf-8"))
EXAMPLES: dict[str, dict[str, Any]] = {one["id"]: one for one in FILE["examples"]}


def near(expected: Any) -> Any:
    """The expected number, or collection of numbers, to the tolerance that the examples state."""
    return pytest.approx(expected, rel=FILE["tolerance"], abs=FILE["tolerance"])


def example(id_: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs and expected values of one example."""
    return EXAMPLES[id_].get("inputs", {}), EXAMPLES[id_].get("expected", {})


def scored(
    solver: str,
    program: Program,
    made: list[dict],
    rules: list[dict],
    published: dict[str, tuple[float, float]] | None = None,
) -> tuple[list[dict], list[dict]]:
    """Benchmarks and scores of these rates, with published means and deviations."""
    peers = solve(
        solver,
        benchmarks,
        program,
        performance_rates=made,
        measure_rules=rules,
        supplied_benchmark=[
            {"measure": m, "mean": mean, "standard_deviation": sd}
            for m, (mean, sd) in (published or {}).items()
        ],
    )
    found = solve(
        solver, scores, program, performance_rates=made, benchmarks=peers, measure_rules=rules
    )
    return peers, found


def composite_of(
    solver: str, kind: str, domains: dict[str, list[tuple[float, float]]], peers: dict[str, float]
) -> tuple[dict[str, float], dict, list[dict]]:
    """Domain scores, raw composite and composites of scores with variances, by domain."""
    program = value_modifier(2017)
    rows = [
        {
            "tin": "A",
            "measure": f"{domain}{n}",
            "kind": kind,
            "domain": domain,
            "score": score,
            "score_variance": variance,
            "is_scored": True,
        }
        for domain, listed in domains.items()
        for n, (score, variance) in enumerate(listed)
    ]
    of_domains = solve(solver, domain_scores, program, scores=rows)
    raws = solve(solver, raw_composites, program, domain_scores=of_domains)
    moments = {"mean": peers["peer_mean"], "standard_deviation": peers["peer_sd"]}
    made = solve(
        solver,
        composites,
        program,
        raw_composites=raws,
        practices=[{"tin": "A", "size_class": "10+", "is_subject": True}],
        peer_groups=[{"kind": kind, "size_class": "10+", **moments}],
    )
    return column(of_domains, "domain", "score"), raws[0], made


def with_nation(cases: list[dict], mean: float, denominator: float, number: int) -> list[dict]:
    """The cases, and those of another practice that bring the national mean to what it is."""
    of_all = denominator + sum(case["denominator"] for case in cases)
    other = mean * of_all - sum(case["numerator"] for case in cases)
    rest = {"tin": "Z", "measure": cases[0]["measure"], "expected": 1.0, "cases": 1}
    rest |= {"numerator": other / number, "denominator": denominator / number}
    return [*cases, *[rest] * number]
