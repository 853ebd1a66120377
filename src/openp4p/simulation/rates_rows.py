"""The rows that a rates file may have, what each says, and the columns that are filled in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from openp4p.program.definition import MeasureRule, Program
from openp4p.simulation.rates import ECQM

COLUMNS = (
    "row", "value", "cases", "met", "standard_error", "benchmark_mean", "benchmark_sd",
    "benchmark_source", "name", "how_to_fill",
)  # fmt: skip
NUMBERS = ("value", "cases", "met", "standard_error", "benchmark_mean", "benchmark_sd")
EXAMPLE = "example"  # as the source of a benchmark: made up for the template
MECHANISMS = ("claims", "registry", "ehr", "qcdr", "gpro_web_interface")
Kind = Literal["whole", "dollars", "number", "yes_no", "word", "peers"]


@dataclass(frozen=True)
class Fact:
    """One row about the practice itself."""

    kind: Kind
    about: str
    is_needed: bool = False
    example: str = ""


def facts(program: Program) -> dict[str, Fact]:
    """The rows about the practice that the program's rules ask for, in the template's order."""
    rule, mechanisms = program.reporting, ", ".join(MECHANISMS)
    found = {
        "size": Fact("whole", "eligible professionals: the lower of roster and claims", True, "38"),
        "physicians": Fact("whole", "physicians among them", False, "30"),
        "paid_amount": Fact(
            "dollars",
            "what Medicare pays for the adjusted clinicians' fee schedule services in a year",
            True,
            "2000000",
        ),
        "factor": Fact(
            "number", "the factor x to reckon with, as a fraction; blank: the published one"
        ),
        "mean_risk_score": Fact("number", "mean CMS-HCC score of your patients", False, "1.70"),
        "risk_score_threshold": Fact(
            "number", "national 75th percentile of patients' scores", False, "1.625"
        ),
        "group_reported": Fact(
            "yes_no", "whether the practice meets the PQRS criteria as a group", True, "yes"
        ),
        "mechanism": Fact("word", f"how it reports: {mechanisms}", False, "gpro_web_interface"),
    }
    if rule.individual_share is not None:
        found["professionals_reporting"] = Fact(
            "whole",
            "eligible professionals who meet the criteria as individuals; counts when the group "
            f"does not, from {rule.individual_share:.0%} of all on",
            False,
            "0",
        )
    else:
        found["elects_administrative_claims"] = Fact(
            "yes_no", "whether it elects the administrative-claims option", False, "no"
        )
    if rule.quality_tiering == "elective":
        found["elects_quality_tiering"] = Fact(
            "yes_no", "whether it elects quality-tiering", True, "yes"
        )
    for kind in ("quality", "cost"):
        found[f"{kind}_peers"] = Fact(
            "peers",
            f"mean and SD of the raw {kind} composites of practices of your size class "
            "(benchmark_mean and benchmark_sd)",
        )
    return found


def measures(program: Program) -> list[str]:
    """The measures a row may be of, electronic versions after their measure."""
    found = []
    for rule in program.measures:
        found.append(rule.id)
        if program.quality.separate_ecqm and rule.source == "reported":
            found.append(rule.id + ECQM)
    return found


def how_to_fill(rule: MeasureRule) -> str:
    """The cells to fill for one measure, in words."""
    if rule.unit == "proportion":
        return "cases: patients who count; met: those in the numerator. Or cases and value (0 to 1)"
    if rule.unit == "per_1000":
        return "value: admissions per 1,000; cases; met: your admissions, or standard_error"
    if rule.unit == "percent":
        return "value: percent; cases: stays; standard_error if you have it"
    if rule.unit == "dollars":
        return "value: dollars, risk-adjusted; cases: patients or episodes; standard_error"
    return "value: mean score; cases: completed surveys; standard_error"
