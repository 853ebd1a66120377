"""The fields of a program that an audit reads, each with its source."""

from __future__ import annotations

from openp4p.audit.payment_rule import BySize, payment_fields
from openp4p.errors import UsageError
from openp4p.program.definition import Citation, Program
from openp4p.program.governance import UNKNOWN, Band, Governance, Variance, leaves
from openp4p.program.governance_rules import field

_SAFETY, _COORDINATION = "Patient Safety", "Care Coordination"
# where a computed field comes from, for its citation
_COMPUTED = {
    "payment.non_participant_adjustment_pct": "payment.automatic_percent",
    "payment.it_dependent": "payment.high_risk",
    "participation.min_size": "applicability.minimum_group_size",
    "measures.has_safety": "composites.quality_domains",
    "measures.has_coordination": "composites.quality_domains",
    "measures.specialty_controlled": "cost.specialty_adjustment",
    "variance.payment_weight_covered": "governance.variance.quality_weight_covered",
}


def audited_fields(program: Program) -> dict[str, object]:
    """Every field by its dotted name: what the program says, and what its rules come to."""
    governance = governance_of(program)
    said = {name: field(governance, name) for name in leaves()}
    computed = payment_fields(program)
    return {
        **said,
        **computed,
        "participation.min_size": program.applicability.minimum_group_size,
        "measures.has_safety": _has_measure(program, _SAFETY),
        "measures.has_coordination": _has_measure(program, _COORDINATION),
        "measures.specialty_controlled": program.cost.specialty_adjustment,
        "variance.payment_weight_covered": _covered(
            computed["payment.quality_weight"], governance.variance
        ),
    }


def governance_of(program: Program) -> Governance:
    """What the program says of its governance."""
    if program.governance is None:
        raise UsageError(
            "This program says nothing of its governance: it was stored by an earlier version.",
            remedy="Name the program itself, such as medicare_value_modifier/2017.",
            code="no-governance",
        )
    return program.governance


def source_of(program: Program, name: str) -> Citation:
    """Where the value of a field comes from."""
    if name in leaves():
        return program.citation(f"governance.{name}")
    if name in _COMPUTED:
        return program.citation(_COMPUTED[name])
    return program.citation("payment.grid" if program.award is None else "award.quality_weight")


def is_computed(name: str) -> bool:
    """Whether a field is computed from the rules instead of being said."""
    return name not in leaves()


def _has_measure(program: Program, domain: str) -> bool:
    named = {id_ for id_, name in program.composites.quality_domains.items() if domain in name}
    return any(m.domain in named for m in program.measures if m.kind == "quality" and m.is_scored)


def _covered(weight: object, variance: Variance) -> object:
    """Share of all payment weight that a patient can be taken out of, cost included."""
    if isinstance(weight, BySize):
        return BySize({size: _covered(w, variance) for size, w in weight.values.items()})
    if not isinstance(weight, float) or variance.quality_weight_covered == UNKNOWN:
        return UNKNOWN
    if weight == 1:
        return variance.quality_weight_covered
    if variance.cost_weight_covered == UNKNOWN:
        return UNKNOWN
    ends = zip(
        _ends(variance.quality_weight_covered), _ends(variance.cost_weight_covered), strict=True
    )
    low, top = (weight * quality + (1 - weight) * cost for quality, cost in ends)
    return low if low == top else Band(at_least=low, below=top)


def _ends(share: object) -> tuple[float, float]:
    if isinstance(share, Band):
        return share.at_least, share.below
    assert isinstance(share, int | float)
    return float(share), float(share)
