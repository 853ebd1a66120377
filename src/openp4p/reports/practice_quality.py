"""How good a practice's care is by each measure, domain by domain, beside the benchmarks."""

from __future__ import annotations

from typing import Any

from openp4p.errors import UsageError
from openp4p.results import Run

Facts = dict[str, Any]
DOMAINS = {
    "ECC": "Effective Clinical Care",
    "PCE": "Person and Caregiver-Centered Experience and Outcomes",
    "CPH": "Community/Population Health",
    "PS": "Patient Safety",
    "CCC": "Communication and Care Coordination",
    "ECR": "Efficiency and Cost Reduction",
}
_UNITS = {"proportion": 100.0}  # a share is shown as percent


def practice_quality(run: Run, tin: str) -> Facts:
    """The quality measures of a practice by domain, its domain scores and its composite.

    `measures` holds every quality measure with a rate, scored or not; of a practice in an ACO also
    what the ACO reported (`of` is the ACO then). `readmission_cohorts` holds its index stays by
    specialty cohort, `follow_up` its discharges with a visit within so many days.
    """
    composite = next(iter(run.rows("composites", {"tin": tin, "kind": "quality"})), None)
    entity = composite["entity_id"] if composite else None
    reporters = [tin] if entity is None else [tin, entity]
    measures = [row for reporter in reporters for row in _measures(run, reporter)]
    if not measures and composite is None:
        raise UsageError(
            f"There is no practice '{tin}' with a quality measure in this run.",
            remedy="`openp4p show RUN performance_rates` lists the rates.",
            code="no-such-practice",
        )
    scored = entity or tin
    return {
        "tin": tin,
        "entity_id": entity,
        "domains": [
            {
                "domain": row["domain"],
                "name": domain_name(row["domain"]),
                "measures": row["measures"],
                "score": row["score"],
            }
            for row in run.rows("domain_scores", {"tin": scored, "kind": "quality"})
        ],
        "composite": None if composite is None else composite["composite"],
        "standard_error": None if composite is None else composite["standard_error"],
        "measures": measures,
        "readmission_cohorts": _cohorts(run, tin),
        "follow_up": [
            {name: row[name] for name in ("days", "discharges", "followed", "share")}
            for row in run.rows("follow_up_shares", {"tin": tin})
        ],
    }


def _cohorts(run: Run, tin: str) -> list[Facts]:
    """Readmissions by specialty cohort: what happened against what was expected."""
    columns = ("cohort", "stays", "readmissions", "expected", "ratio", "is_used")
    rows = run.rows("cohort_ratios", {"tin": tin})
    return [{name: row[name] for name in columns} for row in rows]


def domain_name(domain: str) -> str:
    """The name of a domain; its identifier where a program has domains of its own."""
    return DOMAINS.get(domain, domain)


def _measures(run: Run, tin: str) -> list[Facts]:
    rules = {row["measure"]: row for row in run.rows("measure_rules", {"kind": "quality"})}
    scores = {row["measure"]: row for row in run.rows("scores", {"tin": tin, "kind": "quality"})}
    benchmarks = {row["measure"]: row for row in run.rows("benchmarks")}
    found = []
    for row in run.rows("performance_rates", {"tin": tin}):
        rule = rules.get(row["measure"])
        if rule is None:
            continue
        score = scores.get(row["measure"], {})
        benchmark = benchmarks.get(row["measure"], {})
        found.append(
            {
                "of": tin,
                "measure": row["measure"],
                "name": rule["name"],
                "domain": rule["domain"],
                "better": rule["better"],
                "unit": rule["unit"],
                "cases": row["cases"],
                "minimum_cases": rule["minimum_cases"],
                "rate": row["rate"],
                "benchmark": benchmark.get("mean"),
                "standard_deviation": benchmark.get("standard_deviation"),
                "benchmark_source": benchmark.get("source"),
                "score": score.get("score"),
                "is_scored": bool(score.get("is_scored")),
                "reason": score.get("reason"),
            }
        )
    domains, listed = list(DOMAINS), [measure.id for measure in run.program.measures]

    def place(row: Facts) -> tuple[int, int, str]:
        base = row["measure"].partition(":")[0]  # an electronic version stands beside its measure
        domain = row["domain"]
        of_domain = domains.index(domain) if domain in domains else len(domains)
        return of_domain, listed.index(base), row["measure"]

    return sorted(found, key=place)


def in_unit(value: float | None, unit: str) -> str:
    """A rate as people read it: 12.3%, 7.53 per 1,000, 81.2."""
    if value is None:
        return "-"
    shown = value * _UNITS.get(unit, 1.0)
    return f"{shown:.1f}%" if unit in ("proportion", "percent") else f"{shown:,.2f}"
