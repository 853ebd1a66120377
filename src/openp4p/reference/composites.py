"""Domains, composites and the peers they are compared with, read a second time in plain Python."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

from openp4p.program.definition import Program
from openp4p.reference.benchmarks import all_alike
from openp4p.reference.carrier_lines import Row


def domain_scores(scores: list[Row]) -> list[Row]:
    """The mean of a practice's scores in each domain."""
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in scores:
        if row["is_scored"]:
            groups[row["tin"], row["kind"], row["domain"]].append(row)
    return [
        {
            "tin": tin,
            "kind": kind,
            "domain": domain,
            "measures": len(rows),
            "score": _mean(row["score"] for row in rows),
            "variance": _variance_of_mean(row["score_variance"] for row in rows),
        }
        for (tin, kind, domain), rows in groups.items()
    ]


def raw_composites(domain_scores: list[Row]) -> list[Row]:
    """The mean of a practice's domains, one for quality and one for cost."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in domain_scores:
        groups[row["tin"], row["kind"]].append(row)
    return [
        {
            "tin": tin,
            "kind": kind,
            "domains": len(rows),
            "raw": _mean(row["score"] for row in rows),
            "variance": _variance_of_mean(row["variance"] for row in rows),
        }
        for (tin, kind), rows in groups.items()
    ]


def _mean(values: Iterable[float]) -> float:
    listed = [Fraction(value) for value in values]
    return float(sum(listed) / len(listed))


def _variance_of_mean(variances: Iterable[float | None]) -> float | None:
    """Of the mean of k independent values: the sum of their variances over k squared (D12)."""
    listed = list(variances)
    known = [value for value in listed if value is not None]
    if len(known) < len(listed):
        return None
    return math.fsum(known) / len(listed) ** 2


def peer_groups(
    raw_composites: list[Row],
    practices: list[Row],
    reporting_categories: list[Row],
    supplied_peers: list[Row],
    size_classes: list[Row],
    program: Program,
) -> list[Row]:
    """Number, mean and deviation of the peers of every size class, for quality and for cost."""
    rule = program.composites
    known = {row["tin"]: row for row in practices}
    category = {row["tin"]: row["category"] for row in reporting_categories}
    peers: dict[str, list[tuple[str | None, float]]] = defaultdict(list)
    for row in raw_composites:
        practice = known.get(row["tin"])
        if practice is None or practice["handling"] == "aco":
            continue
        if rule.peer_group != "all_practices" and not practice["is_subject"]:
            continue
        if rule.peer_group.endswith("category_1") and category.get(row["tin"]) != 1:
            continue
        peers[row["kind"]].append((practice["size_class"], row["raw"]))
    found = []
    for kind, listed in peers.items():
        for size_class in (row["size_class"] for row in size_classes):
            values = [raw for of_class, raw in listed if of_class == size_class]
            basis = "size_class"
            by_class = rule.peer_group in ("subject_same_class", "subject_same_class_category_1")
            if not by_class or len(values) < max(rule.minimum_peers, 1):
                values, basis = [raw for _, raw in listed], "all_practices"
            mean, deviation = _population_moments(values)
            made = {"kind": kind, "size_class": size_class, "peers": len(values), "mean": mean}
            found.append({**made, "standard_deviation": deviation, "basis": basis})
    stated = {(row["kind"], row["size_class"]): row for row in supplied_peers}
    found = [row for row in found if (row["kind"], row["size_class"]) not in stated]
    return found + [
        {
            "kind": kind,
            "size_class": size_class,
            "peers": None,
            "mean": row["mean"],
            "standard_deviation": row["standard_deviation"],
            "basis": "supplied",
        }
        for (kind, size_class), row in stated.items()
    ]


def _population_moments(values: list[float]) -> tuple[float, float]:
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    if all_alike(values):
        return float(mean), 0.0
    return float(mean), math.sqrt(sum((x - mean) ** 2 for x in exact) / len(exact))


def composites(
    raw_composites: list[Row],
    practices: list[Row],
    model_participation: list[Row],
    peer_groups: list[Row],
    program: Program,
) -> list[Row]:
    """Every practice's composites among its peers; one of an ACO has its best ACO's quality."""
    raw = {(row["tin"], row["kind"]): row for row in raw_composites}
    peers = {(row["kind"], row["size_class"]): row for row in peer_groups}
    handling = program.applicability.model_handling
    acos: dict[str, set[str]] = defaultdict(set)
    for row in model_participation:
        in_year = row["performance_year"] == program.performance_year
        if in_year and row["entity_reported"] and handling.get(row["model"]) == "aco":
            acos[row["tin"]].add(row["entity_id"])
    found = []
    for practice in practices:
        tin = practice["tin"]
        for kind in ("quality", "cost"):
            entity, mine = None, raw.get((tin, kind))
            if practice["handling"] == "aco":
                offered = [(e, raw[e, kind]) for e in sorted(acos[tin]) if (e, kind) in raw]
                if kind == "cost" or not offered:
                    continue
                entity, mine = max(offered, key=lambda pair: pair[1]["raw"])
            peer = peers.get((kind, practice["size_class"]))
            if mine is None or peer is None:
                continue
            composite, error = _among(mine, peer, program)
            found.append(
                {
                    "tin": tin,
                    "kind": kind,
                    "entity_id": entity,
                    "raw": mine["raw"],
                    "peer_mean": peer["mean"],
                    "peer_sd": peer["standard_deviation"],
                    "composite": composite,
                    "standard_error": error,
                }
            )
    return found


def _among(mine: Row, peer: Row, program: Program) -> tuple[float, float | None]:
    """Q = (raw - mean) / deviation, SE = sqrt(Var(raw)) / deviation; peers without spread: 0."""
    deviation = peer["standard_deviation"]
    if not deviation or deviation < 0:
        return 0.0, None
    composite = (mine["raw"] - peer["mean"]) / deviation
    if mine["variance"] is None or program.composites.standard_error == "none":
        return composite, None
    return composite, math.sqrt(mine["variance"]) / deviation
