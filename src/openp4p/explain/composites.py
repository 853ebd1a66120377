"""Why a practice has its composite: domains, scores, benchmarks."""

from __future__ import annotations

from typing import Any

from openp4p.explain.model import Explanation, Row
from openp4p.explain.rates import rate_of
from openp4p.explain.sources import sources
from openp4p.explain.words import number
from openp4p.results import Run

_COUNTED = ("measure", "domain", "cases", "score", "score_variance")


def composite(run: Run, found: Row, kind: str) -> Explanation:
    """The composite in standard deviations from the mean of the peers."""
    whose = f"its ACO {found['entity_id']}" if found["entity_id"] else "the practice"
    return Explanation(
        name="composite",
        question=f"What is its {kind} composite?",
        answer=f"{number(found['composite'])}: the raw composite {number(found['raw'])} of {whose} "
        f"against a mean of {number(found['peer_mean'])} and a standard deviation of "
        f"{number(found['peer_sd'])} among its peers.",
        value=found["composite"],
        formula="standardised",
        rule="The raw composite in standard deviations from the mean of the practice's peers.",
        sources=sources(run.program, "composites.peer_group", "composites.minimum_peers"),
        steps=(
            _raw(run, found, kind),
            _peer_moment(run, found, kind, "mean"),
            _peer_moment(run, found, kind, "sd"),
        ),
    )


def _peer_moment(run: Run, found: Row, kind: str, moment: str) -> Explanation:
    column = {"mean": "mean", "sd": "standard_deviation"}[moment]
    words = {"mean": "mean", "sd": "standard deviation"}[moment]
    practice = run.rows("practices", {"tin": found["tin"]})[0]
    row = run.rows("peer_groups", {"kind": kind, "size_class": practice["size_class"]})[0]
    peers = "the peers the report states" if row["peers"] is None else f"{row['peers']:,} peers"
    who = {
        "size_class": "practices of its size class",
        "all_practices": "all practices that count, its class being too small",
        "supplied": "as supplied",
    }[row["basis"]]
    return Explanation(
        name=f"peer_{moment}",
        question=f"What is the {words} of raw composites among its peers?",
        answer=f"{number(row[column])} over {peers} ({who}).",
        value=row[column],
        formula="stored",
        rule="Unweighted over practices subject to the program in the same size class.",
        sources=sources(run.program, "composites.peer_group", "composites.minimum_peers"),
        inputs={"column": column},
        table="peer_groups",
        rows=(row,),
    )


def _unit(found: Row) -> str:
    """Whose scores make the composite: the practice's own, or those of its ACO."""
    return str(found["entity_id"] or found["tin"])


def _scored(run: Run, unit: str, kind: str) -> list[dict[str, Any]]:
    rows = run.rows("scores", {"tin": unit})
    return [row for row in rows if row["kind"] == kind and row["is_scored"]]


def _raw(run: Run, found: Row, kind: str) -> Explanation:
    unit = _unit(found)
    domains = run.rows("domain_scores", {"tin": unit, "kind": kind})
    return Explanation(
        name="raw",
        question=f"What is its raw {kind} composite?",
        answer=f"{number(found['raw'])}: the mean of {len(domains)} domain"
        f"{'s' * (len(domains) != 1)}, each with equal weight.",
        value=found["raw"],
        formula="mean_of_steps",
        rule="The mean of the domains that have a scored measure.",
        sources=sources(run.program, f"composites.{kind}_domains"),
        steps=tuple(_domain(run, unit, row) for row in domains),
    )


def _domain(run: Run, unit: str, domain: Row) -> Explanation:
    rows = [r for r in _scored(run, unit, domain["kind"]) if r["domain"] == domain["domain"]]
    names = {**run.program.composites.quality_domains, **run.program.composites.cost_domains}
    name = names.get(domain["domain"], domain["domain"])
    return Explanation(
        name=domain["domain"],
        question=f"How did it do in {name}?",
        answer=f"{number(domain['score'])}: the mean of {len(rows)} score{'s' * (len(rows) != 1)}.",
        value=domain["score"],
        formula="mean_of_steps",
        rule="The mean of the domain's scored measures, each with equal weight.",
        sources=sources(run.program, f"composites.{domain['kind']}_domains"),
        steps=tuple(_score(run, row) for row in rows),
    )


def _score(run: Run, row: Row) -> Explanation:
    better = "larger is better" if row["kind"] == "quality" else "larger is costlier"
    common: dict[str, Any] = {
        "name": row["measure"],
        "question": f"What is its score on {row['measure']}?",
        "value": row["score"],
        "table": "scores",
    }
    if row["rate"] is None:
        return Explanation(
            answer=f"{number(row['score'])}: the electronic and the other version of the measure, "
            "weighted by cases.",
            formula="stored",
            rule="Two versions of a measure with benchmarks of their own count as one score.",
            sources=sources(run.program, "quality.ecqm_scores"),
            inputs={"column": "score"},
            rows=(row,),
            **common,
        )
    rule = run.rows("measure_rules", {"measure": row["measure"]})[0]
    return Explanation(
        answer=f"{number(row['score'])} standard deviations from the benchmark ({better}).",
        formula="score",
        rule="The distance of the rate from the benchmark, in the benchmark's standard deviations; "
        f"{better}.",
        sources=_measure_sources(run, row["measure"], "benchmarks.standard_deviation"),
        inputs={"sign": rule["sign"]},
        rows=(row,),
        steps=(rate_of(run, row["tin"], row["measure"]), *_benchmark(run, row["measure"])),
        **common,
    )


def _measure_sources(run: Run, measure: str, *paths: str) -> tuple[Any, ...]:
    return sources(run.program, f"measures.{measure.partition(':')[0]}", *paths)


def _benchmark(run: Run, measure: str) -> tuple[Explanation, ...]:
    row = run.rows("benchmarks", {"measure": measure})[0]
    taken = {
        "supplied": "as supplied",
        "prior_year": "over all who reported in the year before",
        "performance_year": "over the practices of the performance year",
    }[row["source"]]
    counted = f" ({row['practices']:,} practices)" if row["practices"] is not None else ""
    return tuple(
        Explanation(
            name=name,
            question=f"What is the {words} of the benchmark of {measure}?",
            answer=f"{number(row[column])}, {taken}{counted}.",
            value=row[column],
            formula="stored",
            rule=rule,
            sources=_measure_sources(run, measure, path),
            inputs={"column": column},
            table="benchmarks",
            rows=(row,),
        )
        for name, column, words, rule, path in (
            (
                "benchmark_mean",
                "mean",
                "mean",
                "The mean rate of the peers, weighted by cases.",
                "quality.benchmark_period",
            ),
            (
                "benchmark_sd",
                "standard_deviation",
                "standard deviation",
                "The spread of the peers' rates around that mean.",
                "benchmarks.standard_deviation",
            ),
        )
    )


def standard_error(run: Run, found: Row, kind: str) -> Explanation:
    """How uncertain the composite is, from the variances of the scores."""
    scored = _scored(run, _unit(found), kind)
    rows = tuple({column: row[column] for column in _COUNTED} for row in scored)
    error = found["standard_error"]
    answer = (
        "It cannot be computed: a measure's variance is missing, or the peers do not differ."
        if error is None
        else f"{number(error)}, from the variances of {len(rows)} score{'s' * (len(rows) != 1)}."
    )
    return Explanation(
        name="standard_error",
        question=f"How uncertain is its {kind} composite?",
        answer=answer,
        value=error,
        formula="standard_error",
        rule="Measures are taken as independent, benchmarks and peer moments as constants.",
        sources=sources(run.program, "composites.standard_error"),
        inputs={"peer_sd": found["peer_sd"]},
        table="scores",
        rows=rows,
    )
