"""Why a practice has its tiers: size class, category, composites, domains and scores."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

from openp4p.errors import UsageError
from openp4p.explain.composites import composite, standard_error
from openp4p.explain.model import Explanation, Row
from openp4p.explain.sources import sources
from openp4p.explain.words import number
from openp4p.groups.reporting import CATEGORY_1
from openp4p.results import Run

_NOT_TIERED = {
    "not_subject": "it is not subject to the program",
    "category_2": "it did not report quality (Category 2)",
    "aco_not_reported": "its ACO did not report",
    "not_elected": "it did not elect quality-tiering",
    "no_measure": "it has no quality or no cost composite",
}
_BASES = {
    "group": "it reported as a group",
    "administrative_claims": "it elected the administrative claims option",
    "individual_share": "enough of its professionals reported as individuals",
    "aco_reported": "its ACO reported",
    "informal_review": "an accepted correction says that it reported",
    "aco_not_reported": "its ACO did not report, nor did it",
    "not_reported": "it did not report as a group, and too few of its professionals did",
}


def why_tier(run: Run, tin: str) -> Explanation:
    """The quality tier and the cost tier of a practice, down to the cases of its measures."""
    if run.program.award is not None:
        raise UsageError(
            f"'{run.program.id}' places nobody in tiers: it pays awards.",
            remedy=f"`openp4p explain adjustment {run.folder} --tin {tin}`",
            code="no-tiers",
        )
    row = _tier_row(run, tin)
    if row["is_tiered"]:
        answer = f"{row['quality_tier'].capitalize()} quality and {row['cost_tier']} cost."
        steps: tuple[Explanation, ...] = (
            tier_of(run, tin, "quality"),
            tier_of(run, tin, "cost"),
            size_class(run, tin),
            category(run, tin),
        )
    else:
        answer = f"In none: {_NOT_TIERED[row['reason']]}."
        steps = (category(run, tin),)
    value = f"{row['quality_tier']} quality, {row['cost_tier']} cost" if row["is_tiered"] else None
    return Explanation(
        name="tiers",
        question=f"In which tiers is practice {tin}?",
        answer=answer,
        value=value,
        formula="both_tiers" if row["is_tiered"] else "none",
        rule="Practices subject to the program that reported quality are tiered on quality and on "
        "cost; low and high are as measured, so low cost is good.",
        sources=sources(run.program, "reporting.quality_tiering", "reporting.category_rule"),
        table="tiers",
        rows=(row,),
        steps=steps,
    )


def _tier_row(run: Run, tin: str) -> dict[str, Any]:
    found = run.rows("tiers", {"tin": tin})
    if not found:
        raise UsageError(
            f"There is no practice '{tin}' in this run.",
            remedy="`openp4p show RUN tiers` lists the practices.",
            code="no-such-practice",
        )
    return found[0]


def tier_of(run: Run, tin: str, kind: str) -> Explanation:
    """The tier of one kind, from the composite and its standard error."""
    row = _tier_row(run, tin)
    found = run.rows("composites", {"tin": tin, "kind": kind})
    question = f"Why is its {kind} {row[f'{kind}_tier']}?"
    common: dict[str, Any] = {
        "name": f"{kind}_tier",
        "question": question,
        "value": row[f"{kind}_tier"],
    }
    if row["reason"] == "average_by_model":
        return Explanation(
            answer="The practice takes part in a model whose practices count as average.",
            formula="average_by_model",
            rule="A payment model stands in for measured performance.",
            sources=sources(run.program, "applicability.model_handling"),
            table="practices",
            rows=tuple(run.rows("practices", {"tin": tin})),
            **common,
        )
    corrections = run.rows("practice_corrections", {"tin": tin})
    if any(_made_average(row, kind, correction) for correction in corrections):
        return Explanation(
            answer="An accepted correction of an informal review makes it average.",
            formula="average_by_review",
            rule="After an accepted correction a tier that the data cannot support is average.",
            sources=sources(run.program, "corrections.effects"),
            table="practice_corrections",
            rows=tuple(corrections),
            **common,
        )
    if not found:
        return Explanation(
            answer=f"It has no {kind} composite (no measure could be scored), which counts as "
            "average.",
            formula="average_without_composite",
            rule="A practice without a scored measure is average.",
            sources=sources(run.program, "composites.no_measure"),
            table="scores",
            rows=tuple(s for s in run.rows("scores", {"tin": tin}) if s["kind"] == kind),
            **common,
        )
    return _measured(run, row, kind, found[0], common)


def _made_average(row: Row, kind: str, correction: Row) -> bool:
    """Whether this correction is why the tier is average."""
    effect = correction[kind]
    changed = effect != "keep" and row["reason"] == "informal_review"
    return bool(row[f"{kind}_tier"] == "average" and (effect == "average" or changed))


def _measured(run: Run, row: Row, kind: str, found: Row, common: dict[str, Any]) -> Explanation:
    rule = run.program.tiering
    critical = NormalDist().inv_cdf(1 - rule.significance / 2)
    without_errors = run.program.composites.standard_error == "none"
    method = "distance_only" if without_errors else rule.rule
    significance = (
        f" and statistically different from it at the {100 * rule.significance:g}% level"
        if method == "distance_and_significance"
        else ""
    )
    return Explanation(
        answer=_measured_answer(
            row[f"{kind}_tier"], kind, found, rule.standard_deviations, is_tested=bool(significance)
        ),
        formula="tier",
        rule=f"High (low) when the composite is at least {rule.standard_deviations:g} standard "
        f"deviations above (below) the mean of the peers{significance}; else average.",
        sources=sources(
            run.program, "tiering.standard_deviations", "tiering.significance", "tiering.rule"
        ),
        inputs={
            "standard_deviations": rule.standard_deviations,
            "critical_value": critical,
            "rule": method,
        },
        table="composites",
        rows=(found,),
        steps=(composite(run, found, kind), standard_error(run, found, kind)),
        **common,
    )


def _measured_answer(tier: str, kind: str, found: Row, distance: float, *, is_tested: bool) -> str:
    at = (
        f"its {kind} composite is {number(found['composite'], 4)} standard deviations from the mean"
    )
    error = found["standard_error"]
    if tier != "average":
        tested = " and significant" if is_tested else ""
        return f"Because {at} of its peers, which is far enough{tested}."
    if abs(found["composite"]) < distance:
        return f"Because {at} of its peers, less than {distance:g}."
    if error is None:
        return f"Because {at} of its peers, and its standard error cannot be computed."
    return (
        f"Because {at} of its peers, but with a standard error of {number(error, 4)} it is not "
        "significantly different from the mean."
    )


def size_class(run: Run, tin: str) -> Explanation:
    """The size class of a practice, from the counts of its professionals."""
    row = run.rows("practices", {"tin": tin})[0]
    roster = row["professionals_in_roster"]
    counts = f"{row['professionals_in_claims']} in claims"
    if roster is not None:
        counts = f"{roster} on the roster, {counts}"
    classes = [
        {
            "size_class": c.id,
            "minimum": c.minimum,
            "maximum": c.maximum,
            "composition": c.composition,
        }
        for c in run.program.applicability.size_classes
    ]
    return Explanation(
        name="size_class",
        question="Which size class is it in?",
        answer=f"{row['size_class']}: it has {row['size']} eligible professionals ({counts}).",
        value=row["size_class"],
        formula="size_class",
        rule="The lower of the counts of eligible professionals on the roster and in claims; "
        "claims alone where there is no roster.",
        sources=sources(run.program, "applicability.size_classes", "applicability.claims_ep_rule"),
        inputs={"size_classes": classes},
        table="practices",
        rows=(row,),
    )


def category(run: Run, tin: str) -> Explanation:
    """Whether the practice reported quality."""
    row = run.rows("reporting_categories", {"tin": tin})[0]
    share = run.program.reporting.individual_share
    counted = ""
    if row["professionals"]:
        counted = (
            f" ({row['professionals_satisfactory']} of {row['professionals']} professionals met "
            "the criteria)"
        )
    return Explanation(
        name="category",
        question="Did it report quality?",
        answer=f"Category {row['category']}: {_BASES[row['basis']]}{counted}.",
        value=row["category"],
        formula="category",
        rule="Category 1 when the group met the reporting criteria"
        + (f", or at least {100 * share:g}% of its professionals did." if share else "."),
        sources=sources(run.program, "reporting.category_rule", "reporting.individual_share"),
        inputs={"category_1": list(CATEGORY_1)},
        table="reporting_categories",
        rows=(row,),
    )
