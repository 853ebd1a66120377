"""C7: do practices of different kinds get the same for the same care?

A studentised permutation test says whether a gap is more than chance, a margin whether it matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from openp4p.audit.evidence.covariates import Covariates, covariate_columns
from openp4p.audit.evidence.least_squares import fit_hc3, independent
from openp4p.audit.evidence.levels import UNKNOWN, merged
from openp4p.audit.evidence.multiplicity import holm
from openp4p.audit.evidence.numbers import Vector, rounded, t_half_width
from openp4p.audit.evidence.permutation import permutation_p
from openp4p.audit.evidence.record import (
    FAILS,
    MEETS,
    NOT_ASSESSABLE,
    PARTLY,
    Evidence,
    Finding,
    Rows,
    Verdict,
)
from openp4p.audit.thresholds import count, threshold


@dataclass(frozen=True)
class Attribute:
    """What practices are told apart by. `proxies` are covariates that say the same thing.

    `among` holds the practices that the question is about; all of them when it is not given.
    """

    name: str
    values: Sequence[str | None]
    order: Sequence[str] | None = None
    proxies: frozenset[str] = frozenset()
    among: Vector | None = None


@dataclass(frozen=True)
class Gap:
    """The difference of two levels' adjusted means, with its interval."""

    first: str
    second: str
    value: float
    low: float
    high: float

    def inside(self, margin: float) -> bool:
        """Whether the whole interval lies within the margin."""
        return rounded(self.low) >= -rounded(margin) and rounded(self.high) <= rounded(margin)


@dataclass(frozen=True)
class FairnessTest:
    """One attribute tested for one outcome; `reason` says why it could not be."""

    attribute: str
    units: int
    margin: float
    reason: str = ""
    p_value: float = 1.0
    adjusted_p: float = 1.0
    gaps: tuple[Gap, ...] = ()
    levels: Rows = ()
    dropped: tuple[str, ...] = ()
    each_level_varies: bool = False

    @property
    def largest(self) -> Gap | None:
        """The pair of levels farthest apart."""
        return max(self.gaps, key=lambda gap: abs(gap.value), default=None)

    @property
    def verdict(self) -> Verdict:
        """Fails: more than chance and more than the margin; meets: shown to be within it."""
        if self.reason or self.largest is None:
            return NOT_ASSESSABLE
        real = rounded(self.adjusted_p) < threshold("statistics.significance")
        if real and rounded(abs(self.largest.value)) > rounded(self.margin):
            return FAILS
        if self.each_level_varies and all(gap.inside(self.margin) for gap in self.gaps):
            return MEETS
        return PARTLY if real else NOT_ASSESSABLE


def fairness_tests(
    outcome: Vector,
    attributes: Sequence[Attribute],
    covariates: Covariates,
    *,
    margin: float,
    seed: int,
    draws: int | None = None,
) -> dict[str, FairnessTest]:
    """Every attribute tested for one outcome, p-values adjusted over those that could be (Holm)."""
    if draws is None:
        many = len(outcome) > threshold("fairness.many_practices")
        draws = count("fairness.draws_of_many" if many else "fairness.draws")
    tests = {
        one.name: fairness_test(
            outcome, one, covariates, margin=margin, draws=draws, seed=seed + place
        )
        for place, one in enumerate(attributes)
    }
    adjusted = holm({name: test.p_value for name, test in tests.items() if not test.reason})
    return {
        name: replace(test, adjusted_p=adjusted[name]) if name in adjusted else test
        for name, test in tests.items()
    }


def fairness_test(
    outcome: Vector,
    attribute: Attribute,
    covariates: Covariates,
    *,
    margin: float,
    draws: int,
    seed: int,
) -> FairnessTest:
    """One attribute: adjusted means of its levels, their gaps, and the permutation p-value."""
    among = np.ones(len(outcome), dtype=bool) if attribute.among is None else attribute.among
    asked = [value for value, is_asked in zip(attribute.values, among, strict=True) if is_asked]
    joined = merged(asked, attribute.order)
    kept = among.copy()
    kept[among] = [level is not None for level in joined]
    names = sorted({level for level in joined if level is not None})
    made = FairnessTest(attribute.name, int(kept.sum()), margin)
    reason = _not_testable(attribute.name, asked, outcome[kept], names)
    if reason:
        return replace(made, reason=reason)
    level = np.array([names.index(one) for one in joined if one is not None])
    y = outcome[kept]
    columns, labels = covariate_columns(covariates, kept, attribute.proxies)
    dummies = (level[:, None] == np.arange(1, len(names))).astype(float)
    others = np.column_stack([np.ones(len(y)), columns])
    design = np.column_stack([np.ones(len(y)), dummies, columns])
    independent_columns = independent(design)
    tested = range(1, len(names))
    if not set(tested) <= set(independent_columns):
        return replace(made, reason="the covariates already tell the levels apart")
    dropped = [labels[c - len(names)] for c in range(len(names), design.shape[1])
               if c not in independent_columns]  # fmt: skip
    design = design[:, independent_columns]
    reduced = others[:, independent(others)]
    return replace(
        made,
        p_value=permutation_p(y, dummies, reduced, draws=draws, seed=seed),
        gaps=_gaps(design, y, names),
        levels=_level_rows(y, level, names, design),
        dropped=tuple(dropped),
        each_level_varies=_each_varies(y, level, len(names)),
    )


def fairness_finding(test: FairnessTest, subcheck: str, unit: str) -> Finding:
    """P08.4 to P08.6 and P14.3: the verdict of one attribute, with its levels and gaps as rows."""
    gap = test.largest
    meant = f"{gap.first} against {gap.second}" if gap else "no pair of levels"
    reason = test.reason
    if test.verdict == NOT_ASSESSABLE and not reason:
        reason = "the practices are too few to tell"
    text = f"{test.attribute}: largest gap is {meant}, Holm p {test.adjusted_p:.4f}."
    if test.dropped:
        text += f" Left out as combinations of others: {', '.join(test.dropped)}."
    return Finding(
        Evidence(
            subcheck=subcheck,
            kind="a",
            verdict=test.verdict,
            statistic=f"largest gap of adjusted means between levels of {test.attribute}, {unit}",
            value=gap.value if gap else None,
            ci_low=gap.low if gap else None,
            ci_high=gap.high if gap else None,
            threshold=f"Holm p < {threshold('statistics.significance'):g} and gap above "
            f"{test.margin:g} fails; every gap's interval within +-{test.margin:g} meets; Holm p "
            f"below the level partly",
            n_units=test.units,
            na_reason=reason,
            text=text,
        ),
        (*test.levels, *(_gap_row(one) for one in test.gaps)),
    )


def practices_that_differ(outcome: Vector) -> Vector:
    """Whose payment is not the most common one."""
    values, counts = np.unique(outcome, return_counts=True)
    return np.asarray(outcome != values[counts.argmax()])


def _not_testable(
    name: str, values: Sequence[str | None], outcome: Vector, levels: Sequence[str]
) -> str:
    known = [value for value in values if value is not None and value != UNKNOWN]
    unknown = 1.0 - len(known) / max(len(values), 1)
    if rounded(unknown) > threshold("fairness.greatest_unknown"):
        return f"{name} is unknown of {unknown:.0%} of the practices"
    if len(levels) < 2:
        fewest = count("fairness.fewest_in_level")
        return f"fewer than two levels of {name} have {fewest} practices"
    if practices_that_differ(outcome).sum() < count("fairness.fewest_different"):
        return "payments hardly vary between practices"
    return ""


def _each_varies(outcome: Vector, level: Vector, levels: int) -> bool:
    differing = np.bincount(level, practices_that_differ(outcome), levels)
    return bool((differing >= count("fairness.different_in_level")).all())


def _gaps(design: Vector, outcome: Vector, names: Sequence[str]) -> tuple[Gap, ...]:
    fit, made = fit_hc3(design, outcome), []
    for first, second in combinations(range(len(names)), 2):
        contrast = np.zeros(design.shape[1])
        for number, sign in ((first, 1.0), (second, -1.0)):
            if number:
                contrast[number] = sign
        value = float(contrast @ fit.coefficients)
        error = float(np.sqrt(contrast @ fit.covariance @ contrast))
        half = t_half_width(error, fit.degrees)
        made.append(Gap(names[first], names[second], value, value - half, value + half))
    return tuple(made)


def _level_rows(y: Vector, level: Vector, names: Sequence[str], design: Vector) -> Rows:
    """Plain and adjusted means, and rates up and down, of every level."""
    sizes = np.bincount(level, minlength=len(names))
    up = np.bincount(level, y > 0, len(names)) / sizes
    down = np.bincount(level, y < 0, len(names)) / sizes
    enough = (sizes * (y > 0).mean() >= threshold("fairness.expected_upward")).all()
    fit = fit_hc3(design, y)
    at = np.tile(design.mean(axis=0), (len(names), 1))
    at[:, 1 : len(names)] = np.eye(len(names))[:, 1:]
    adjusted = at @ fit.coefficients
    return tuple(
        {
            "level": name,
            "practices": int(sizes[number]),
            "mean": float(y[level == number].mean()),
            "adjusted_mean": float(adjusted[number]),
            "upward": float(up[number]),
            "downward": float(down[number]),
            "upward_ratio": float(up[number] / up.max()) if enough else None,
        }
        for number, name in enumerate(names)
    )


def _gap_row(gap: Gap) -> Mapping[str, object]:
    return {
        "level": gap.first,
        "against": gap.second,
        "gap": gap.value,
        "gap_low": gap.low,
        "gap_high": gap.high,
    }
