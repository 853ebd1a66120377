"""What a practice that prepares knows of itself: its measures, its peers, its size, its dollars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from openp4p.program.definition import MeasureRule, Program

# share: patients of cases. events: events, each worth `worth` in the rate. percent: a rate whose
# variance follows from it and the cases. value: a rate with a variance of its own.
Form = Literal["share", "events", "percent", "value"]
KINDS = ("quality", "cost")
TIERS = ("low", "average", "high")
ECQM = ":ehr"
FINEST = {"dollars": 1.0, "percent": 0.01, "per_1000": 0.01, "score": 0.01, "proportion": 0.0001}


@dataclass(frozen=True)
class Line:
    """One measure of the practice; `amount` is what changes it: patients, events, or the rate."""

    measure: str
    rule: MeasureRule
    form: Form
    cases: int
    amount: float
    worth: float = 1.0  # of one event, in the unit of the rate
    variance: float | None = None  # of a value; those of the other forms follow
    mean: float | None = None
    deviation: float | None = None
    reason: str | None = None  # why it is not scored
    source: str = ""  # where the benchmark comes from

    @property
    def is_scored(self) -> bool:
        """Whether it is in the composite."""
        return self.reason is None

    @property
    def step(self) -> float:
        """The least that changes: one patient, one event, or the finest step of the rate."""
        return 1.0 if self.form in ("share", "events") else FINEST[self.rule.unit]

    @property
    def sign(self) -> float:
        """-1 where a higher rate is a lower score: quality of which less is better."""
        return -1.0 if self.rule.kind == "quality" and self.rule.better == "lower" else 1.0

    @property
    def most(self) -> float:
        """The highest amount there can be."""
        if self.form == "share":
            return float(self.cases)
        return 100.0 if self.form == "percent" else float("inf")

    def moved(self, by: float) -> float:
        """The amount after a change, never below nothing or above the most there can be."""
        return min(max(self.amount + by, 0.0), self.most)


@dataclass(frozen=True)
class Reporting:
    """Whether and how the practice reports quality to PQRS."""

    group_reported: bool
    professionals: int
    satisfactory: int
    mechanism: str | None = None
    elects_quality_tiering: bool = False
    elects_administrative_claims: bool = False
    given: tuple[int, str] | None = None  # category and basis that a run settled otherwise


@dataclass(frozen=True)
class Sheet:
    """Everything a practice's standing follows from, under one payment year of a program."""

    program: Program
    size: int
    physicians: int | None
    paid_amount: Decimal
    factor: Decimal
    lines: tuple[Line, ...]
    peers: Mapping[str, tuple[float, float]]  # by kind: mean and deviation of raw composites
    reporting: Reporting
    risk: tuple[float, float] | None = None  # mean score of its patients, score the bonus is from
    tin: str | None = None
    is_subject: bool = True
    size_class: str | None = None
    settled: str | None = None  # why tiers are not those of the composites
    tiers: tuple[str, str] | None = None  # the tiers that were settled
    notes: tuple[str, ...] = ()

    def scored(self, kind: str) -> list[Line]:
        """The measures in the composite of quality or cost."""
        return [line for line in self.lines if line.rule.kind == kind and line.is_scored]

    def without(self, measure: str) -> Sheet:
        """The same practice without one measure."""
        return replace(self, lines=tuple(x for x in self.lines if x.measure != measure))


def reason_not_scored(line: Line, size: int) -> str | None:
    """Why a measure is not in the composite, in the order of the rules; nothing when it is."""
    if not line.rule.is_scored:
        return "not_for_scoring"
    if size < line.rule.minimum_group_size:
        return "below_minimum_group_size"
    if line.cases < line.rule.minimum_cases:
        return "below_minimum_cases"
    if line.mean is None or not line.deviation or line.deviation <= 0:
        return "no_benchmark"
    return None


def rule_of(program: Program, measure: str) -> MeasureRule | None:
    """The rule of a measure, or of the electronic version of one that is scored apart."""
    base = measure.removesuffix(ECQM)
    found = next((rule for rule in program.measures if rule.id == base), None)
    if found is not None and base != measure:
        apart = program.quality.separate_ecqm and found.source == "reported"
        return found if apart else None
    return found


def size_class_of(program: Program, size: int, physicians: int | None) -> str | None:
    """The first size class that fits; one for practices without a physician is tried as listed."""
    for each in program.applicability.size_classes:
        fits = size >= each.minimum and (each.maximum is None or size <= each.maximum)
        if fits and (each.composition == "any" or physicians == 0):
            return each.id
    return None


def is_subject(program: Program, size: int, physicians: int | None) -> bool:
    """Whether the program adjusts a practice of this size."""
    rule = program.applicability
    if rule.requires_physician and physicians == 0:
        return False
    return size >= rule.minimum_group_size and size_class_of(program, size, physicians) is not None
