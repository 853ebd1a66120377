"""P02.4 and P17.1 of a run: payments computed again with one patient's care made dearer.

Benchmarks, peers, the factor x and every other patient stay as they are; the cost measures that
count a patient's whole year move, up to the cap the program puts on it. A patient who counts in
none (too short a year, a cost below the trim point) moves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import NormalDist, fmean
from typing import Any

import numpy as np
from ibis import _

from openp4p.audit.evidence.numbers import rounded
from openp4p.audit.evidence.record import NOT_ASSESSABLE, Evidence, Finding
from openp4p.audit.evidence.shock import Paid, shock_finding, shock_test
from openp4p.audit.thresholds import threshold
from openp4p.columns import columns
from openp4p.program.consistency import ALL_CLASSES
from openp4p.program.definition import GridCell, Program
from openp4p.results import Run

_CENT = 0.01
_TWO_SIDES = 2
Row = dict[str, Any]


def shock_findings(run: Run, *, seed: int) -> list[Finding]:
    """The shock test, if the payments computed again without a shock are those of the run."""
    again = Recomputed(run)
    off = again.differing()
    if off:
        return [_not_the_same(name, off) for name in ("P02.4", "P17.1")]
    shocks, skipped = shock_test(patients_of(run), again.paid, costliest(run), seed=seed)
    return [shock_finding(shocks, skipped, name) for name in ("P02.4", "P17.1")]


def patients_of(run: Run) -> dict[str, list[str]]:
    """The attributed patients of every practice, none of some."""
    patients: dict[str, list[str]] = {row["tin"]: [] for row in run.rows("practices")}
    for row in run.rows("attributed_beneficiaries"):
        patients.setdefault(row["tin"], []).append(row["beneficiary_id"])
    return patients


def costliest(run: Run) -> float:
    """The annual cost that one patient in a hundred reaches."""
    costs = columns(run, run.table("beneficiary_costs").select("annualised_cost"))
    return float(np.quantile(costs["annualised_cost"], threshold("shock.cost_quantile")))


@dataclass(frozen=True)
class _Cases:
    """The patients of one practice in one cost measure: who, what they cost, what was expected."""

    place: dict[str, int]
    actual: np.ndarray
    expected: np.ndarray
    cap: float

    def changed(self, patient: str, dollars: float) -> tuple[float, float]:
        """By what the rate and its variance are multiplied."""
        at = self.place.get(patient)
        if at is None or not dollars:
            return 1.0, 1.0
        raised = self.actual.copy()
        raised[at] = max(raised[at], min(raised[at] + dollars, self.cap))
        spread = self._squares(self.actual)
        return raised.sum() / self.actual.sum(), self._squares(raised) / spread if spread else 1.0

    def _squares(self, actual: np.ndarray) -> float:
        off = actual - actual.sum() / self.expected.sum() * self.expected
        return float(np.square(off).sum())


class Recomputed:
    """Payments of practices under a change of their patients' costs."""

    def __init__(self, run: Run) -> None:
        self.program: Program = run.program
        self.payments: dict[str, Row] = {row["tin"]: row for row in run.rows("payments")}
        sizes = [size.id for size in run.program.applicability.size_classes]
        self.grid: dict[tuple[str, str, str], GridCell] = {
            (size, c.quality, c.cost): c
            for c in run.program.payment.grid
            for size in (sizes if c.size_class == ALL_CLASSES else [c.size_class])
        }
        own = run.rows("composites", {"kind": "cost"})
        self.composites: dict[str, Row] = {row["tin"]: row for row in own}
        self.scores: dict[str, list[Row]] = defaultdict(list)
        for row in run.rows("scores", {"kind": "cost", "is_scored": True}):
            self.scores[row["tin"]].append(row)
        self.cases = _cases_of(run)

    def paid(self, practice: str, patient: str, dollars: float) -> Paid:
        """What a practice is paid when a patient costs so many dollars more."""
        stated = self.payments.get(practice)
        if stated is None or stated["basis"] != "tiering":
            return _paid(float(stated["adjustment_amount"]) if stated else 0.0, "")
        tier = self._tier(practice, patient, dollars)
        cell = self.grid[stated["size_class"], stated["quality_tier"], tier]
        if cell.multiple is None:
            fraction = float(cell.percent or 0)
        else:
            units = cell.multiple + float(stated["high_risk_bonus"] or 0)
            fraction = units * float(stated["adjustment_factor"] or 0)
        return _paid(fraction * float(stated["paid_amount"] or 0), tier)

    def differing(self) -> int:
        """Practices whose payment, computed again without any change, is not that of the run."""
        return sum(
            abs(again.base + again.bonus - float(row["adjustment_amount"] or 0)) > _CENT
            for tin, row in self.payments.items()
            for again in [self.paid(tin, "", 0.0)]
        )

    def _tier(self, practice: str, patient: str, dollars: float) -> str:
        """The cost tier (42 CFR 414.1275(b)), from the scores of the run and what moves of them."""
        stated = self.composites.get(practice)
        scores = self.scores.get(practice)
        if stated is None or not scores or not stated["peer_sd"]:
            return str(self.payments[practice]["cost_tier"])
        domains: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for row in scores:
            domains[row["domain"]].append(self._score(row, practice, patient, dollars))
        raw = fmean(fmean(score for score, _v in one) for one in domains.values())
        variance = sum(
            sum(v for _s, v in one) / len(one) ** 2 for one in domains.values()
        ) / len(domains) ** 2  # fmt: skip
        composite = (raw - stated["peer_mean"]) / stated["peer_sd"]
        rule = self.program.tiering
        far = abs(rounded(composite)) >= rule.standard_deviations
        if (
            far
            and rule.rule == "distance_and_significance"
            and stated["standard_error"] is not None
        ):
            error = variance**0.5 / stated["peer_sd"]
            critical = NormalDist().inv_cdf(1 - rule.significance / _TWO_SIDES)
            far = error == 0 or rounded(abs(composite) / error) >= rounded(critical)
        return ("high" if composite > 0 else "low") if far else "average"

    def _score(self, row: Row, practice: str, patient: str, dollars: float) -> tuple[float, float]:
        held = self.cases.get((practice, row["measure"]))
        times, of_variance = held.changed(patient, dollars) if held else (1.0, 1.0)
        spread = row["benchmark_sd"]
        moved = row["rate"] * (times - 1.0) / spread if spread else 0.0
        return row["score"] + moved, (row["score_variance"] or 0.0) * of_variance


def _cases_of(run: Run) -> dict[tuple[str, str], _Cases]:
    caps = {row["measure"]: row["high"] for row in run.rows("cost_trim_points")}
    table = run.table("per_capita_cost_cases").filter(_.included)
    held = columns(run, table.order_by("tin", "measure", "case_id"))
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, key in enumerate(zip(held["tin"], held["measure"], strict=True)):
        rows[key].append(at)
    return {
        key: _Cases(
            {held["beneficiary_id"][at]: place for place, at in enumerate(places)},
            held["numerator"][places],
            held["expected"][places],
            float(caps.get(key[1]) or np.inf),
        )
        for key, places in rows.items()
    }


def _paid(amount: float, tier: str) -> Paid:
    return Paid(min(amount, 0.0), max(amount, 0.0), tier)


def _not_the_same(subcheck: str, off: int) -> Finding:
    reason = f"payments of {off:,} practices could not be computed again from the run's tables"
    return Finding(Evidence(subcheck=subcheck, kind="a", verdict=NOT_ASSESSABLE, na_reason=reason))
