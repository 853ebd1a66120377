"""P11.2 and P11.3 of a run: what of the results is signal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from ibis import _

from openp4p.audit.evidence.award_error import reliability_finding
from openp4p.audit.evidence.beta_binomial import can_be_fitted, fit_beta_binomial
from openp4p.audit.evidence.misclassification import (
    AVERAGE,
    HIGH,
    LOW,
    Wrong,
    misclassification_finding,
    true_cuts_at_deviations,
    wrong_tiers,
)
from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.evidence.payment_variance import quality_weight, tier_matrix, tier_points
from openp4p.audit.evidence.ratio_reliability import spread_of
from openp4p.audit.evidence.record import Finding
from openp4p.audit.thresholds import threshold
from openp4p.columns import columns
from openp4p.results import Run

_TIERS = {"low": LOW, "average": AVERAGE, "high": HIGH}


def reliability_findings(run: Run, specialty: dict[str, str | None], *, seed: int) -> list[Finding]:
    """The money resting on reliable results, and how many tiers are wrong."""
    return [_weighted(run, specialty), _tiers(run, seed)]


def _weighted(run: Run, specialty: dict[str, str | None]) -> Finding:
    """Results that entered the composites of practices paid by tier.

    Shares of cases by beta-binomial, everything else by the variance of its rate. A result weighs
    its measure's share of its domain, the domain's of its composite, the composite's of the payment
    rule, times the practice's base payments.
    """
    rules = run.table("measure_rules").select("measure", "form")
    rates = run.table("performance_rates").select(
        "tin", "measure", "rate", "variance", "numerator", "denominator"
    )
    scored = run.table("scores").filter(_.is_scored).select("tin", "measure", "kind", "domain")
    paid = run.table("payments").filter(_.basis == "tiering").select(
        "tin", "size_class", "paid_amount"
    )  # fmt: skip
    joined = rates.inner_join(rules, "measure")
    for other in (scored,):
        joined = joined.left_join(other, ["tin", "measure"]).drop("tin_right", "measure_right")
    joined = joined.left_join(paid, "tin").drop("tin_right")
    held = columns(run, joined.order_by("measure", "tin"))
    names = np.array(held["measure"])
    reliability = np.full(len(names), np.nan)
    groups = [specialty.get(tin) for tin in held["tin"]]
    for measure in np.unique(names):
        rows = np.flatnonzero(names == measure)
        for part in _fitted_together([groups[row] for row in rows]):
            reliability[rows[part]] = _reliability_of(held, rows[part])
    counted = np.array([kind is not None for kind in held["kind"]]) & np.isfinite(
        held["paid_amount"]
    )
    shares = _shares(run, held, counted)
    return reliability_finding(reliability[counted], shares * held["paid_amount"][counted])


def _fitted_together(groups: Sequence[str | None]) -> list[Vector]:
    """Specialties of enough practices each for itself, the others together."""
    sizes = Counter(groups)
    least = threshold("reliability.group_practices")
    own = np.array([name if name and sizes[name] >= least else "" for name in groups])
    return [np.flatnonzero(own == name) for name in np.unique(own)]


def _reliability_of(held: dict[str, Vector], rows: Vector) -> Vector:
    if held["form"][rows[0]] == "proportion" and np.isfinite(held["numerator"][rows]).all():
        met, cases = held["numerator"][rows], held["denominator"][rows]
        if can_be_fitted(cases):
            return np.full(len(rows), np.nan)
        return fit_beta_binomial(np.minimum(met, cases), cases).reliability(cases)
    rate, variance = held["rate"][rows], held["variance"][rows]
    known = np.isfinite(rate) & np.isfinite(variance)
    made = np.full(len(rows), np.nan)
    if known.sum() >= threshold("reliability.fewest_practices"):
        made[known] = spread_of(rate[known], variance[known]).reliability
    return made


def _shares(run: Run, held: dict[str, Vector], counted: Vector) -> Vector:
    rows = np.flatnonzero(counted)
    keys = [(held["tin"][r], held["kind"][r], held["domain"][r]) for r in rows]
    measures = Counter(keys)
    domains = Counter((tin, kind) for tin, kind, _domain in set(keys))
    grid = run.program.payment.grid
    quality = {
        size.id: quality_weight(tier_matrix(tier_points(grid, size.id)))
        for size in run.program.applicability.size_classes
    }
    made = []
    for row, key in zip(rows, keys, strict=True):
        of_quality = quality.get(held["size_class"][row])
        kind = of_quality if key[1] == "quality" else 1.0 - (of_quality or 0.0)
        made.append((kind or 0.0) / domains[key[:2]] / measures[key])
    return np.array(made)


def _tiers(run: Run, seed: int) -> Finding:
    """Tiers of quality and cost, as they were paid: what the test held back is average."""
    held = columns(run, run.table("tiers").filter(_.is_tiered).order_by("tin"))
    wrong: dict[str, Wrong] = {}
    reach = run.program.tiering.standard_deviations
    for kind in ("quality", "cost"):
        values, error = held[f"{kind}_composite"], held[f"{kind}_standard_error"]
        known = np.isfinite(values) & np.isfinite(error) & (error > 0)
        if known.sum() < threshold("reliability.fewest_practices"):
            continue
        assigned = np.array([_TIERS[tier] for tier in np.array(held[f"{kind}_tier"])[known]])
        spread = spread_of(values[known], np.square(error[known]))
        cuts = true_cuts_at_deviations(spread, reach)
        wrong[kind] = wrong_tiers(spread, values[known], assigned, cuts, seed=seed)
    return misclassification_finding(wrong, len(held["tin"]))
