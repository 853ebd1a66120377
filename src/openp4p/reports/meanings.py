"""The fixed words of the tables in plain English, for readers of a page."""

from __future__ import annotations

_WORDS = {
    # why a practice is not subject
    "no_professionals": "no eligible professional bills under the TIN",
    "no_physician": "no physician bills under the TIN",
    "model_excluded": "excluded for taking part in an ACO or payment model",
    "model_waived": "waived for taking part in a payment model",
    "below_minimum_size": "smaller than the minimum size",
    # who provides primary care services
    "primary_care_physician": "primary care physicians",
    "other_physician": "other physicians",
    "np_pa_cns": "nurse practitioners, physician assistants and clinical nurse specialists",
    # how a practice reported
    "group": "reported as a group",
    "administrative_claims": "elected administrative claims",
    "individual_share": "enough professionals reported as individuals",
    "aco_reported": "its ACO reported",
    "informal_review": "changed by an informal review",
    "aco_not_reported": "its ACO did not report",
    "not_reported": "did not report",
    # why a beneficiary does not count
    "not_enrolled": "not enrolled in Part A or B in the year",
    "part_c": "in Medicare Advantage (Part C)",
    "part_a_or_b_only": "a month with only Part A or only Part B",
    "outside_us": "lives outside the United States",
    "short_year": "less than a full year, and neither new nor deceased",
    # what an adjustment rests on
    "not_subject": "not subject to the program",
    "automatic": "automatic adjustment (Category 2)",
    "not_elected": "did not elect quality-tiering",
    "no_measure": "nothing could be scored",
    "average_by_model": "average by its payment model",
    "tiering": "quality-tiering",
    # what an award rests on
    "award": "an award",
    "takes_part": "take part",
    "not_eligible": "not eligible",
    "did_not_enrol": "did not enrol",
    "enrolled_late": "enrolled after the period began",
    "withdrawn": "withdrew",
    "no_patients": "no patients in the year that is counted",
    "too_few_practices": "for too few practices",
    "no_differences": "because practices do not differ beyond chance",
    "performance_year": "the performance year",
    "two_years": "that and the year before",
    "benchmark_year": "the benchmark year",
    "performance_period": "the performance period itself",
    # why a measure is not scored
    "not_for_scoring": "shown, not scored",
    "below_minimum_group_size": "practice too small for it",
    "below_minimum_cases": "too few cases",
    "no_benchmark": "no benchmark",
    # who billed a service
    "own": "the practice itself",
    "other": "other practices",
    "facility": "facilities",
    # classes of claim
    "INPATIENT": "inpatient",
    "SNF": "skilled nursing",
    "OUTPATIENT": "outpatient",
    "HHA": "home health",
    "HOSPICE": "hospice",
    "PART_B": "professional (Part B)",
    "DME": "durable equipment",
    "PDE": "prescription drugs",
}


def in_english(word: object) -> str:
    """The plain English of a fixed word; the word itself when there is none."""
    text = str(word)
    return _WORDS.get(text, text.replace("_", " "))
