"""What programs do to the same practices, side by side: payments, errors, gaps, transfers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from scipy import stats

from openp4p.audit.auditing import Audit
from openp4p.audit.evidence.fairness import FairnessTest
from openp4p.audit.evidence.record import Evidence
from openp4p.audit.evidence_of_run.award_reliability import mean_award_error
from openp4p.audit.evidence_of_run.awards import award_a_patient_year
from openp4p.audit.evidence_of_run.fairness import Payment, compared, points
from openp4p.audit.evidence_of_run.findings import SEED
from openp4p.audit.thresholds import threshold
from openp4p.practice_facts import PracticeFacts, practice_facts
from openp4p.results import Run

_FEWEST = 4  # for a correlation to have an interval
_NO_AWARD = "none: it pays by tiers"
_NO_TIERS = "none: it has no tiers"
_GAPS = {
    "size": "size",
    "route": "submission route",
    "specialty": "specialty",
    "patients' risk": "risk of patients",
    "dual patients": "share of dual patients",
}


@dataclass(frozen=True)
class Value:
    """One figure of one program: a number with its unit and interval, or why there is none."""

    number: float | int | Decimal | None = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    why_none: str = ""
    of: int | None = None  # practices behind it

    def as_dict(self) -> dict[str, Any]:
        """The value as plain data."""
        return {**vars(self), "number": _plain(self.number)}


@dataclass(frozen=True)
class Figure:
    """One figure with its value in each program, in the order given."""

    id: str
    name: str
    values: tuple[Value, ...]

    def as_dict(self, programs: Sequence[str]) -> dict[str, Any]:
        """The figure as plain data, values by program."""
        values = {name: v.as_dict() for name, v in zip(programs, self.values, strict=True)}
        return {"figure": self.id, "name": self.name, "values": values}


def on_the_same_data(runs: Sequence[Run]) -> bool:
    """Whether the runs read the same files."""
    return len({tuple(sorted(map(_file, run.manifest["inputs"]))) for run in runs}) == 1


def comparison(
    audits: Sequence[Audit], runs: Sequence[Run], truth: Mapping[str, float] | None = None
) -> list[Figure]:
    """Every figure of the programs, each audited with its run; all runs on the same data.

    `truth` is the quality that each practice was made with, where somebody knows it: simulated
    data alone do.
    """
    assert len(audits) == len(runs), "each program is compared with its run"
    facts = [practice_facts(run) for run in runs]
    payments = [
        points(one) if run.program.award is None else award_a_patient_year(run, one)
        for run, one in zip(runs, facts, strict=True)
    ]
    amounts = [_amounts(run) for run in runs]
    made = [
        Figure("up", "practices paid more", tuple(_count(a, 1) for a in amounts)),
        Figure("zero", "practices paid the same", tuple(_count(a, 0) for a in amounts)),
        Figure("down", "practices paid less", tuple(_count(a, -1) for a in amounts)),
        Figure("taken_dollars", "dollars taken", tuple(_dollars(a, -1) for a in amounts)),
        Figure("paid_dollars", "dollars paid", tuple(_dollars(a, 1) for a in amounts)),
        Figure(
            "same_pool_dollars",
            f"dollars paid from a pool of what {audits[0].program.id} pays out",
            tuple(_same_pool(run, amounts[0]) for run in runs),
        ),
        _of_audits(audits, "redistribution", "dollars lost over dollars gained", "P10.2", "ratio"),
        Figure(
            "true_quality",
            "correlation of payment with true quality",
            tuple(_correlation(f, p, truth) for f, p in zip(facts, payments, strict=True)),
        ),
        Figure(
            "award_error",
            "mean award error, of a full award",
            tuple(_award_error(run, one) for run, one in zip(runs, facts, strict=True)),
        ),
        Figure("misclassified", "expected share in a wrong tier", tuple(map(_wrong, audits, runs))),
    ]
    tests = [compared(f, p, seed=SEED, draws=1) for f, p in zip(facts, payments, strict=True)]
    for id_, name in _GAPS.items():
        values = tuple(
            _gap(test[id_], payment) for test, payment in zip(tests, payments, strict=True)
        )
        made.append(Figure(f"gap_{id_.split()[-1]}", f"largest gap by {name}", values))
    rural = Value(why_none="a run holds no rural codes of practices")
    made.append(Figure("gap_rural", "largest gap by rurality", (rural,) * len(runs)))
    made += [
        _of_audits(
            audits, "shock", "largest loss from one patient's necessary care", "P17.1", "dollars"
        ),
        _of_audits(
            audits, "staying_out", "smallest change of payment from staying out", "P15.2", "share"
        ),
        Figure(
            "other_sign",
            f"practices whose payment has another sign than under {audits[0].program.id}",
            (
                Value(why_none="compared with itself"),
                *(_other_sign(amounts[0], one) for one in amounts[1:]),
            ),
        ),
    ]
    return made


def says(figures: Sequence[Figure], programs: Sequence[str]) -> list[str]:
    """What the numbers say, in one sentence a program and without adjectives."""
    by = {figure.id: figure for figure in figures}
    said = []
    for place, program in enumerate(programs):
        up, down = (by[name].values[place].number for name in ("up", "down"))
        paid, taken = (by[name].values[place].number for name in ("paid_dollars", "taken_dollars"))
        text = f"{program} pays {up:,} practices ${paid:,} more and {down:,} practices ${taken:,} "
        text += "less"
        true = by["true_quality"].values[place]
        if true.number is not None:
            text += f", with a correlation of {true.number:.2f} with true quality"
        other = by["other_sign"].values[place]
        if place and other.number is not None:
            text += f"; the sign of payment is another than under {programs[0]} for "
            text += f"{other.number:.1%} of {other.of:,} practices"
        said.append(f"{text}.")
    return said


def _file(entry: Mapping[str, Any]) -> tuple[str, str]:
    return str(entry["name"]), str(entry["sha256"])


def _amounts(run: Run) -> dict[str, Decimal]:
    """The change of payment of every practice subject to the program."""
    return {
        row["tin"]: row["adjustment_amount"]
        for row in run.rows("payments")
        if row["basis"] != "not_subject"
    }


def _count(amounts: Mapping[str, Decimal], sign: int) -> Value:
    return Value(sum(_sign(one) == sign for one in amounts.values()), "practices", of=len(amounts))


def _dollars(amounts: Mapping[str, Decimal], sign: int) -> Value:
    moved = (abs(one) for one in amounts.values() if _sign(one) == sign)
    return Value(sum(moved, Decimal("0.00")), "dollars")


def _same_pool(run: Run, first: Mapping[str, Decimal]) -> Value:
    """What the same awards would come to; bonuses are in proportion to the pool, but for cents."""
    if run.program.award is None:
        return Value(why_none=_NO_AWARD)
    (fund,) = run.rows("award_fund")
    pool = _dollars(first, 1).number
    if not fund["pool"] or not isinstance(pool, Decimal):
        return Value(why_none="the pool of the run is nothing")
    share = fund["awarded_dollars"] / fund["pool"]
    return Value((share * pool).quantize(Decimal("0.01")), "dollars")


def _evidence(audit: Audit, check: str) -> Evidence:
    return next(
        record.evidence
        for clause in audit.clauses
        for record in clause.records
        if record.check.id == check and record.side == "evidence"
    )


def _of_audits(audits: Sequence[Audit], id_: str, name: str, check: str, unit: str) -> Figure:
    found = [_evidence(audit, check) for audit in audits]
    return Figure(
        id_,
        name,
        tuple(
            Value(one.value, unit, one.ci_low, one.ci_high, one.na_reason, one.n_units)
            for one in found
        ),
    )


def _correlation(
    facts: PracticeFacts, payment: Payment, truth: Mapping[str, float] | None
) -> Value:
    """Pearson's, among those the payment is of, with Fisher's interval."""
    if truth is None:
        return Value(why_none="nobody knows true quality of these data")
    true = np.array([truth.get(tin, np.nan) for tin in facts.table["tin"]])
    kept = payment.among & np.isfinite(true)
    number = int(kept.sum())
    if number < _FEWEST or np.ptp(payment.outcome[kept]) == 0 or np.ptp(true[kept]) == 0:
        return Value(why_none="payments do not vary, or of too few practices", of=number)
    found = float(np.corrcoef(payment.outcome[kept], true[kept])[0, 1])
    half = float(stats.norm.ppf((1 + threshold("statistics.confidence")) / 2)) / np.sqrt(number - 3)
    centre = np.arctanh(np.clip(found, -1 + 1e-12, 1 - 1e-12))
    low, high = np.tanh([centre - half, centre + half]).tolist()
    return Value(found, "correlation", low, high, of=number)


def _award_error(run: Run, facts: PracticeFacts) -> Value:
    if run.program.award is None:
        return Value(why_none=_NO_AWARD)
    error, practices = mean_award_error(run, facts, seed=SEED)
    if error is None:
        return Value(why_none="no measure could be scored")
    return Value(error, "share", of=practices)


def _wrong(audit: Audit, run: Run) -> Value:
    if run.program.award is not None:
        return Value(why_none=_NO_TIERS)
    found = _evidence(audit, "P11.3")
    return Value(found.value, "share", why_none=found.na_reason, of=found.n_units)


def _gap(test: FairnessTest, payment: Payment) -> Value:
    gap = test.largest
    if gap is None:
        return Value(why_none=test.reason or "one level alone", of=test.units)
    sign = 1.0 if gap.value >= 0 else -1.0
    low, high = sorted((sign * gap.low, sign * gap.high))
    return Value(sign * gap.value, payment.unit, low, high, of=test.units)


def _other_sign(first: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> Value:
    """Over practices that either program is about; one it is not about it pays nothing more."""
    tins = {*first, *other}
    if not tins:
        return Value(why_none="no practice is subject to either")
    differing = sum(
        _sign(first.get(t, Decimal(0))) != _sign(other.get(t, Decimal(0))) for t in tins
    )
    return Value(differing / len(tins), "share", of=len(tins))


def _sign(amount: Decimal) -> int:
    return (amount > 0) - (amount < 0)


def _plain(number: object) -> object:
    """Money as text, since it is exact; what is not finite as a word."""
    if isinstance(number, Decimal):
        return format(number, "f")
    return str(number) if isinstance(number, float) and not np.isfinite(number) else number
