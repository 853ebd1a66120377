"""What a program says of the outcomes that are computed from claims, and of their correction."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from openp4p.program.values import Codes, Frozen, Rule


class Component(Rule):
    """One part of a composite of admissions: which stays count, among whom."""

    composite: str  # the measure it is part of
    indicators: tuple[str, ...]  # AHRQ prevention quality indicators, any of which counts
    conditions: tuple[str, ...]  # only beneficiaries with one of these; none: everybody
    minimum_age: int = Field(ge=0)


class Admissions(Rule):
    """Admissions for conditions that good ambulatory care prevents (CMS-1 and CMS-2)."""

    components: Frozen[Component]  # by measure
    age_bands: tuple[int, ...]  # the first age of each
    transfer_origins: Codes
    excluded_categories: Codes
    excluded_icd9: tuple[tuple[str, str], ...]  # the same as principal diagnoses, first and last
    ungroupable: Codes
    release_icd9: Literal["v4", "v6"]  # M3
    release_icd10: Literal["v6", "v2023", "v2024"]  # M4
    hospitals: Literal["acute_and_critical_access", "all_inpatient"]  # M5
    transfers: Literal["point_of_origin_or_chain", "counted"]  # M6
    events: Literal["once_per_component", "every_indicator"]  # M7
    composite: Literal["ratio_of_sums", "mean_of_component_rates"]  # M8
    risk_adjustment: Literal["age_sex", "none"]  # D24
    chronic_population: Literal["flag_at_year_end", "flag_before_admission"]  # M10
    mdc_without_drg: Literal["principal_diagnosis", "no_exclusion"]  # M40


class Readmissions(Rule):
    """30-day all-cause readmission (CMS-3): index stays, planned stays, the model."""

    days: int = Field(ge=1)
    minimum_age: int = Field(ge=0)
    months_before: int = Field(ge=1)
    against_advice: Codes
    died: Codes
    rehabilitation_status: Codes
    rehabilitation_codes: Codes
    planned_versions: Frozen[Literal["v2_1", "v3_0", "v4_0"]]  # by option of M11
    planned_version: Literal["by_publication", "v4_0"]  # M11
    same_hospital: Literal["combined", "never_combined"]  # M12
    rare_category: int = Field(ge=1)  # M13
    model: Literal["hierarchical_logistic"]  # D25
    estimator: Literal[
        "penalised_quasi_likelihood", "observed_over_expected", "full_maximum_likelihood"
    ]  # M14
    minimum_unit: Literal["all_cohorts", "each_cohort"]  # M15
    fewest_outcomes: int = Field(ge=1)  # of a comorbidity, readmitted or not, to be in the model
    prior_variance: float = Field(gt=0)  # of every coefficient, so that each has an estimate
    no_variation: float = Field(gt=0)  # variance between practices below which there is none
    bootstrap_draws: int = Field(ge=2)


class Visits(Rule):
    """Provider visits within 30 days of discharge, per 1,000 discharges."""

    days: int = Field(ge=1)
    minimum_age: int = Field(ge=0)
    home_status: Codes
    share_days: tuple[int, ...]  # spans of days in which it is asked whether there was a visit
    window: Literal["after_discharge_day", "with_discharge_day"]  # M16
    unit: Literal["day_and_professional", "any_visit", "day"]  # M17
    discharges: Literal["home", "all_live"]  # M18
    censoring: Literal["later_stays_left_out", "readmitted_dropped"]  # M19


class Effect(Rule):
    """What an accepted correction of one kind does to a practice's result."""

    category_1: bool = False  # the practice counts as having reported
    quality: Literal["keep", "average", "low_to_average"] = "keep"
    cost: Literal["keep", "average", "high_to_average"] = "keep"


class Corrections(Rule):
    """Informal review: what an accepted correction changes, and what it leaves."""

    effects: Frozen[Effect]  # by kind of correction
    scope: Literal["reviewed_practice", "everything"]  # D31
