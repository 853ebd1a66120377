"""The sub-checks of a run of awards: what is paid, how sure it is, and what a shock does to it."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_DOWN, Decimal
from statistics import fmean

import numpy as np
from ibis import _

from openp4p.audit.evidence.judging import holds
from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.evidence.payment_variance import quality_share_finding
from openp4p.audit.evidence.record import Evidence, Finding
from openp4p.audit.evidence.redistribution import redistribution_finding
from openp4p.audit.evidence.shock import Paid, shock_finding, shock_test
from openp4p.audit.evidence.viability import pull_finding, staying_out_finding
from openp4p.audit.evidence_of_run.fairness import Payment
from openp4p.audit.evidence_of_run.payments import offer_of, subject_practices
from openp4p.audit.evidence_of_run.shocks import costliest, patients_of
from openp4p.audit.thresholds import threshold
from openp4p.columns import Columns
from openp4p.practice_facts import PracticeFacts
from openp4p.results import Run

_CENTS = 100.0
_CENT = Decimal("0.01")
_MONTHS = 12.0
UNIT = "dollars a patient-year"


def payment_findings(run: Run) -> list[Finding]:
    """Whose share of payment quality is, redistribution, staying out, and what the pool covers."""
    held = _with_offers(run, subject_practices(run))
    offer = offer_of(held, np.rint(np.nan_to_num(held["offered_bonus"]) * _CENTS))
    takes_part = held["participates"]
    cents = [int(row["bonus"] * 100) for row in run.rows("bonuses")]
    return [
        quality_share_finding(held["bonus"][takes_part], held["award"][takes_part], None),
        staying_out_finding(offer, "P07.4"),
        pull_finding(offer),
        redistribution_finding(cents),
        _guarantee(run),
        staying_out_finding(offer, "P15.2"),
    ]


def _with_offers(run: Run, practices: Columns) -> Columns:
    """The same practices with their bonuses, in the same order."""
    rows = {row["tin"]: row for row in run.rows("bonuses")}
    mine = [rows[tin] for tin in practices["tin"]]
    return {
        **practices,
        "participates": np.array([row["participates"] for row in mine], dtype=bool),
        **{
            name: np.array(
                [np.nan if row[name] is None else float(row[name]) for row in mine], dtype=float
            )
            for name in ("bonus", "offered_bonus", "award")
        },
    }


def _guarantee(run: Run) -> Finding:
    """P10.5: whether the pool covers full awards to everybody who takes part."""
    (fund,) = run.rows("award_fund")
    covered = fund["largest_liability"] <= fund["pool"]
    return Finding(
        Evidence(
            subcheck="P10.5",
            kind="a",
            verdict=holds(covered),
            statistic="largest possible liability over the pool",
            value=float(fund["largest_liability"] / fund["pool"]) if fund["pool"] else 0.0,
            threshold="at most 1 meets; else partly with a rule of pro-rating, or fails",
            n_units=fund["enrolled_practices"],
            text=f"Full awards to all would come to ${fund['largest_liability']:,}, the pool is "
            f"${fund['pool']:,}.",
        )
    )


def award_a_patient_year(run: Run, facts: PracticeFacts) -> Payment:
    """What practices that take part are paid a patient-year; who stays out has chosen to."""
    bonuses = {row["tin"]: row for row in run.rows("bonuses")}
    months = {row["tin"]: row["member_months"] for row in run.rows("practice_complexity")}
    tins = facts.table["tin"]
    years = np.array([(months.get(tin) or 0) / _MONTHS for tin in tins])
    paid = np.array([float(bonuses[tin]["bonus"]) for tin in tins])
    among = np.array([bool(bonuses[tin]["participates"]) for tin in tins]) & (years > 0)
    outcome = np.divide(paid, years, out=np.zeros(len(paid)), where=years > 0)
    mean = float(outcome[among].mean()) if among.any() else 0.0
    return Payment(outcome, UNIT, threshold("fairness.margin_of_award") * mean, among)


def shock_findings(run: Run, *, seed: int) -> list[Finding]:
    """Bonuses computed again with dearer patients, from the scores that an award is made of."""
    again = Recomputed(run)
    shocks, skipped = shock_test(patients_of(run), again.paid, costliest(run), seed=seed)
    return [shock_finding(shocks, skipped, name) for name in ("P02.4", "P17.1")]


class Recomputed:
    """The bonus of a practice when a patient costs more: only scores of cost measures could move.

    A run in which a measure of cost has a score is refused: what a shock does to it is not known.
    """

    def __init__(self, run: Run) -> None:
        scored = run.table("award_measures").filter(_.score.notnull())
        kinds = run.table("measure_rules").select("measure", "kind")
        rows = run.engine.rows(scored.inner_join(kinds, "measure")).to_pylist()
        assert all(row["kind"] != "cost" for row in rows), "an award has a score of cost in it"
        scores: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            scores[row["tin"]][row["domain"]].append(row["score"])
        self._awards = {
            tin: fmean(fmean(one) for one in domains.values()) for tin, domains in scores.items()
        }
        self._bonuses = {row["tin"]: row for row in run.rows("bonuses")}

    def paid(self, practice: str, _patient: str, _dollars: float) -> Paid:
        """Its award's part of the most it could get; no cost of any patient is in either."""
        row = self._bonuses.get(practice)
        if row is None or not row["participates"]:
            return Paid(0.0, 0.0)
        award = Decimal(str(round(self._awards.get(practice, 0.0), 9)))
        return Paid(0.0, float((award * row["largest_bonus"]).quantize(_CENT, ROUND_DOWN)))


def weights_of(tins: list[str], rows: Columns) -> Vector:
    """The weight of each scored row in its practice's award: of its domain, and within it."""
    measures: dict[tuple[str, str], int] = defaultdict(int)
    domains: dict[str, set[str]] = defaultdict(set)
    for tin, domain in zip(rows["tin"], rows["domain"], strict=True):
        measures[tin, domain] += 1
        domains[tin].add(domain)
    assert set(rows["tin"]) <= set(tins), "a scored practice is not among those weighed"
    return np.array(
        [
            1.0 / len(domains[tin]) / measures[tin, domain]
            for tin, domain in zip(rows["tin"], rows["domain"], strict=True)
        ]
    )
