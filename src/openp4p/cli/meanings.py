"""What a row of each stored table is, in one sentence."""

from __future__ import annotations

from openp4p.claims.tables import TABLES
from openp4p.engine import stages

# the tables that are neither an input nor made by a stage
_OTHERS = {
    "accounting": "one input file: rows read, used and set aside",
    "accounting_reasons": "one reason for setting rows of a file aside",
    "accounting_money": "dollars read, used and set aside by claim class and month",
    "quarantine": "one row that was set aside: where it is and which rule it breaks",
    "intake_warnings": "one thing about the rows of a file that a reader should look at",
    "intake_notes": "one thing the input lacked, and what was done instead",
    "specialties": "rule: a CMS specialty and what it counts as",
    "primary_care_codes": "rule: a code of a primary care service",
    "fee_schedule_codes": "rule: a code paid under the physician fee schedule",
    "attribution_steps": "rule: who provides the services of each attribution step",
    "size_classes": "rule: a range of practice sizes",
    "measure_rules": "rule: a measure, its domain and its minimum number of cases",
    "payment_grid": "rule: what a pair of tiers pays in a size class",
    "automatic_adjustments": "rule: what Category 2 practices lose, by size class",
    "model_handling": "rule: what taking part in a payment model means",
    "condition_rules": "rule: how many claims of a kind are evidence of a condition",
    "condition_codes": "rule: a diagnosis code of a chronic condition",
    "drgs": "rule: a diagnosis-related group and its major diagnostic category",
    "hospital_ranges": "rule: a range of hospital numbers and what is numbered so",
    "hospital_letters": "rule: a letter in a hospital number and the unit it stands for",
    "hospital_states": "rule: a state code of hospital numbers that counts differently",
    "cancer_hospitals": "rule: a hospital that is exempt as a cancer hospital",
    "betos_codes": "rule: a procedure code and its BETOS group",
    "rbcs_codes": "rule: a procedure code and its group in the successor of BETOS",
    "rbcs_groups": "rule: the BETOS group that stands for a group of the successor",
    "facility_places": "rule: a place of service, and whether it is a facility",
    "cost_categories": "rule: a category of service",
    "category_betos": "rule: a BETOS group of a category of service",
    "risk_adjustment_specialties": "rule: a specialty whose diagnoses count for risk scores",
    "hcc_codes": "rule: a diagnosis code and its condition categories, as bits",
    "hcc_flag_codes": "rule: the same for the conditions before an episode",
    "hcc_edits": "rule: what a code means for people of an age or sex that contradicts it",
    "hcc_conditions": "rule: a condition category, its bit and what it removes",
    "hcc_segments": "rule: a segment of the risk model and who is in it",
    "hcc_demographics": "rule: a demographic term of a segment with its factor",
    "hcc_interactions": "rule: an interaction term of a segment with its factor",
    "hcc_sets": "rule: what a set of neighbouring conditions adds to a score",
    "dual_benefits": "rule: a dual status and the Medicaid benefits it means",
    "episode_model": "one coefficient of the model of episode cost",
    "admission_codes": "rule: a code of a set that the admission indicators are made of",
    "admission_requirements": "rule: what a stay must have to meet an admission indicator",
    "admission_exclusions": "rule: what takes a stay out of an admission indicator",
    "admission_components": "rule: a component of an admissions composite and its indicators",
    "admission_conditions": "rule: a condition among whose patients admissions are counted",
    "admission_age_bands": "rule: an age band of the age-sex adjustment",
    "diagnosis_categories": "rule: a diagnosis code and its CCS category",
    "procedure_categories": "rule: a procedure code and its CCS category",
    "planned_rules": "rule: a category or code that makes a stay planned, or keeps it from it",
    "readmission_cohorts": "rule: a category of a specialty cohort of the readmission measure",
    "readmission_exclusions": "rule: a category of stays that are no index stays",
    "comorbidities": "rule: a comorbidity of the readmission model and its bit",
    "comorbidity_codes": "rule: a diagnosis code that says a comorbidity",
    "visit_codes": "rule: a code of a visit after a discharge",
    "follow_up_days": "rule: a span of days within which a visit is looked for",
    "readmission_model": "one coefficient, variance or practice effect of the readmission model",
    "cost_model": "one coefficient of the fitted cost model of a measure",
    "measure_cases": "one case of a measure, for each measure that has cases",
    "prior_reported_cases": "the reported cases of the year before, for its benchmarks",
    "prior_survey_cases": "the survey cases of the year before, for its benchmarks",
    "prior_cases": "one case of the year before, of any measure",
    "correction_effects": "rule: what an accepted correction of a kind does",
    "prior_outcome_rates": "the rates of an earlier run, for the benchmarks of outcomes",
    "reviewed_high_risk": "what the run under review said of the risk of patients",
    "reviewed_tiers": "the tiers of the run under review",
    "reviewed_adjustments": "the adjustments of the run under review",
    "reviewed_shrunken_rates": "the estimates of the run under review",
    "reviewed_bonuses": "the bonuses of the run under review",
    "tier_probabilities": "how often a practice would be in a pair of tiers on another draw",
    "tier_uncertainty": "how sure a composite of a practice and its tier are, by draws",
    "uncertainty_by_size": "how sure composites and tiers of a size class are, by draws",
    "prior_rates": "the rates of the year before, for its benchmarks",
    "benchmark_rates": "the rates of the benchmark year, for thresholds and improvement",
    "shrinkage_fits": "the distribution of true values of one measure in one period",
    "history_eligible": "one beneficiary and whether it counts in the year before",
    "history_services": "one primary care service of the year before",
    "history_candidates": "one practice a beneficiary could go to in the year before",
    "history_attributed": "one beneficiary with its practice of the year before",
}


def meaning(name: str) -> str:
    """The sentence for a table; empty for one that nobody described."""
    import openp4p.run  # noqa: F401  # declares every stage

    if name in TABLES:
        return f"input: {TABLES[name].row}"
    if name in stages():
        summary = stages()[name].summary.rstrip(".")
        return summary[:1].lower() + summary[1:]
    return _OTHERS.get(name, "")
