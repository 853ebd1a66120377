"""The measures of a practice, quality and cost, domain by domain beside their benchmarks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from openp4p.reports.qrur.chances import tier_again
from openp4p.reports.qrur.model import Column, Exhibit, ExhibitRule, exhibit
from openp4p.reports.qrur.practice import GREY, Practice, per
from openp4p.reports.qrur.waterfall import BETTER, domain_name

QUALITY, COST = "Quality of care", "Cost of care"
_DOMAIN_COLUMNS = (
    Column("domain", "Domain", "text", "a domain, or the composite of all of them"),
    Column("n_measures_scored", "Measures scored", "count", "measures that count in the domain"),
    Column("domain_score", "Score", "score",
           "mean of the domain's scores; of the composite: mean of the domains, before peers"),
    Column("mean", "Peers' mean", "score", "mean of this among practices of your size"),
    Column("sd", "Peers' SD", "two_digits", "standard deviation among practices of your size"),
    Column("standardized_composite", "Composite", "score",
           "distance from the peers' mean in their standard deviations"),
    Column("standard_error", "Standard error", "two_digits",
           "how far chance alone moves the composite, give or take"),
    Column("tier", "Tier", "text", "low, average or high, as measured"),
    Column("tier_again", "Same tier again", "share",
           "share of draws of other patients that gave this tier"),
)  # fmt: skip
_SCORE_COLUMNS = (
    Column("minimum_cases", "Needed", "count", "cases below which the measure does not count"),
    Column("benchmark", "Benchmark", "rate", "mean rate of all practices, weighted by cases"),
    Column("minus_1sd", "\N{MINUS SIGN}1 SD", "rate", "one standard deviation below it"),
    Column("plus_1sd", "+1 SD", "rate", "one standard deviation above it"),
    Column("standardized_score", "Score", "score",
           "distance from the benchmark in standard deviations; in quality above 0 is better, in "
           "cost above 0 is costlier"),
    Column("reliability", "Reliability", "share",
           "how much of the differences between practices is not chance; below 70% nobody can "
           "tell from this measure alone"),
    Column("included", "Counts", "yes_no", "whether it counts in the composite"),
    Column("standing", "How it stands", "text", "how the rate stands to the benchmark"),
)  # fmt: skip
_NAMES = (
    Column("measure_name", "Measure", "text", "name of the measure"),
    Column("measure_id", "Number", "text", "identifier of the measure"),
)


def _domain_rule(id_: str, kind: str, part: str) -> ExhibitRule:
    return ExhibitRule(
        id_,
        f"Performance by {kind} domain and {kind} composite",
        part,
        "Measures of one subject make a domain. Each measure counts the same in its domain, each "
        f"domain the same in the composite. In {kind}, {BETTER[kind]}.",
        _DOMAIN_COLUMNS,
        better=BETTER[kind],
    )


E2, E4 = _domain_rule("E2", "quality", QUALITY), _domain_rule("E4", "cost", COST)
_BLOCKS = {
    "E3-ECC": ("ECC", "reported"), "E3-PCE": ("PCE", "reported"), "E3-CPH": ("CPH", "reported"),
    "E3-PS": ("PS", "reported"), "E3-CCC-A": ("CCC", "reported"), "E3-CCC-B": ("CCC", "claims"),
    "E3-ECR": ("ECR", "reported"),
}  # fmt: skip
_SUBJECTS = {
    "ECC": "Effective Clinical Care",
    "PCE": "Person and Caregiver-Centered Experience and Outcomes",
    "CPH": "Community/Population Health",
    "PS": "Patient Safety",
    "CCC": "Communication and Care Coordination",
    "ECR": "Efficiency and Cost Reduction",
}
_OUTCOME = (
    Column("events", "Happened", "count", "admissions, readmissions or visits that count"),
    Column("expected", "Expected", "two_digits",
           "how many an average practice would have with your patients"),
)  # fmt: skip


def _block_rule(id_: str) -> ExhibitRule:
    domain, source = _BLOCKS[id_]
    how = " (CMS-calculated)" if source == "claims" else ""
    outcome = _OUTCOME if source == "claims" else ()
    return ExhibitRule(
        id_,
        f"Measure performance: {_SUBJECTS[domain]}{how}",
        QUALITY,
        "Each measure beside its benchmark, the mean of all who reported it. 'Lower' says that a "
        "lower rate is better. Grey rows do not count, or are too uncertain to say anything alone.",
        (
            *_NAMES,
            Column("better", "Better", "text", "whether a higher or a lower rate is better"),
            Column("your_cases", "Your cases", "count", "patients, stays or surveys counted"),
            *outcome,
            Column("your_rate", "Your rate", "rate", "your performance rate"),
            *_SCORE_COLUMNS,
        ),
        better="each row says which way is better",
    )


def _cost_rule(id_: str, subject: str) -> ExhibitRule:
    return ExhibitRule(
        id_,
        f"Cost measures: {subject}",
        COST,
        "What care of your patients cost against what it was expected to cost with their illnesses "
        "and your specialties, at national prices. All Part A and B care counts, also by others. "
        "Lower is better.",
        (
            *_NAMES,
            Column("your_cases", "Your cases", "count", "patients, or hospital episodes"),
            Column("observed", "Observed", "dollars", "mean dollars, at national prices"),
            Column("expected", "Expected", "dollars", "mean dollars expected"),
            Column("your_rate", "Your cost", "dollars",
                   "observed over expected, times the national mean, adjusted for specialties"),
            *_SCORE_COLUMNS,
        ),
        better="lower is better",
    )  # fmt: skip


E3 = {id_: _block_rule(id_) for id_ in _BLOCKS}
E5 = {
    "E5-AAB": ("AAB", _cost_rule("E5-AAB", "all attributed beneficiaries (TPCC; MSPB)")),
    "E5-BSC": ("BSC", _cost_rule("E5-BSC", "beneficiaries with specific conditions")),
}
SPECIALTY = ExhibitRule(
    "SPECIALTY",
    "Specialty adjustment of the cost measures",
    COST,
    "Specialists see costlier patients. Each cost is set against what practices with your mix of "
    "specialties cost on average.",
    (
        Column("measure_name", "Measure", "text", "name of the measure"),
        Column("before", "Before", "dollars", "cost before the adjustment"),
        Column("specialty_expected", "Expected of your specialties", "dollars",
               "mean cost of practices with this mix of specialties"),
        Column("after", "After", "dollars", "cost after the adjustment"),
    ),
    better="lower is better",
)  # fmt: skip
RULES = (E2, *E3.values(), E4, *(rule for _, rule in E5.values()), SPECIALTY)


def quality(practice: Practice) -> list[Exhibit]:
    """The quality composite by domain and the measures of each domain."""
    scores = practice.scores(practice.unit("quality"), "quality")
    return [
        _domains(practice, E2, "quality"),
        *(
            exhibit(E3[id_], _measures(scores, domain, (source,) if source == "claims" else None),
                    "" if _measures(scores, domain, None) else _NOTHING)
            for id_, (domain, source) in _BLOCKS.items()
        ),
    ]  # fmt: skip


_NOTHING = "No measure of this domain was reported or could be computed."


def cost(practice: Practice) -> list[Exhibit]:
    """The cost composite by domain, the cost measures and their specialty adjustment."""
    scores = practice.scores(practice.unit("cost"), "cost")
    adjusted = [
        {
            "measure_name": row["name"],
            "before": row["unadjusted_rate"],
            "specialty_expected": row["specialty_expected"],
            "after": row["rate"],
        }
        for row in scores
        if row.get("specialty_expected") is not None
    ]
    note = "" if adjusted else "Costs of this payment year are not adjusted for specialties."
    return [
        _domains(practice, E4, "cost"),
        *(
            exhibit(rule, [_cost_row(r) for r in scores if r["domain"] == domain])
            for domain, rule in E5.values()
        ),
        exhibit(SPECIALTY, adjusted, note),
    ]


def _domains(practice: Practice, rule: ExhibitRule, kind: str) -> Exhibit:
    found = practice.composite(kind)
    if not found:
        return exhibit(rule, [], f"You have no {kind} composite: no measure could be scored.")
    domains = practice.rows.of("domain_scores", practice.unit(kind))
    rows: list[dict[str, Any]] = [
        {
            "domain": domain_name(practice, row["domain"]),
            "n_measures_scored": row["measures"],
            "domain_score": row["score"],
        }
        for row in domains
        if row["kind"] == kind
    ]
    composite = {
        "domain": f"{kind.capitalize()} composite",
        "n_measures_scored": sum(row["n_measures_scored"] for row in rows),
        "domain_score": found["raw"],
        "mean": found["peer_mean"],
        "sd": found["peer_sd"],
        "standardized_composite": found["composite"],
        "standard_error": found["standard_error"],
        "tier": practice.one("tiers").get(f"{kind}_tier"),
        "tier_again": tier_again(practice, kind),
        "tone": "total",
    }
    return exhibit(rule, [*rows, composite])


def _measures(
    scores: Iterable[dict[str, Any]], domain: str, sources: tuple[str, ...] | None
) -> list[dict[str, Any]]:
    """Measures of a domain: those from claims, or (without sources) the others."""
    return [
        _quality_row(row)
        for row in scores
        if row["domain"] == domain
        and ((row["rule"]["source"] == "claims") == (sources is not None))
    ]


def _common(row: dict[str, Any]) -> dict[str, Any]:
    mean, sd = row["benchmark_mean"], row["benchmark_sd"]
    around = mean is not None and sd is not None
    return {
        "measure_name": row["name"],
        "measure_id": row["measure"],
        "unit": row["unit"],
        "your_cases": row["cases"],
        "minimum_cases": row["rule"]["minimum_cases"],
        "your_rate": row["rate"],
        "benchmark": mean,
        "minus_1sd": mean - sd if around else None,
        "plus_1sd": mean + sd if around else None,
        "standardized_score": row["score"],
        "score_variance": row["score_variance"],
        "reliability": row["reliability"],
        "included": row["is_scored"],
        "standing": row["standing"],
        "tone": GREY if row["tone"] == GREY else "",
    }


def _quality_row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **_common(row),
        "better": row["rule"]["better"],
        "events": None if row.get("numerator") is None else round(row["numerator"]),
        "expected": row.get("expected"),
    }


def _cost_row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **_common(row),
        "observed": per(row.get("numerator"), row.get("denominator")),
        "expected": per(row.get("expected"), row.get("denominator")),
    }
