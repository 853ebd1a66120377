"""Readmission models as someone may supply them: with and without intercepts, some terms only."""

from __future__ import annotations

from random import Random

COHORTS = ("cardiorespiratory", "cardiovascular", "medicine", "neurology", "surgery_gynecology")
CATEGORIES = ("100", "106", "108", "109", "122", "50", "55", "159", "unknown", "pooled")
COMORBIDITIES = ("meta_cancer", "chf", "on_dialysis", "metabolic_disorder", "diabetes")


def coefficients(seed: int) -> list[dict]:
    """A complete model of every cohort, and what a run says of its practices."""
    draw, found = Random(seed), []

    def says(cohort: str, kind: str, name: str, *values: float) -> None:
        row = {"cohort": cohort, "kind": kind, "name": name, "value": draw.choice(values)}
        found.append(row)

    for cohort in COHORTS:
        has_intercept = draw.random() < 0.5
        if has_intercept:
            says(cohort, "intercept", "every_stay", -2.0, -1.4)
        if draw.random() < 0.8:
            says(cohort, "age", "years", -0.01, 0.0, 0.03)
        listed = set(draw.sample(CATEGORIES, 4)) | (set() if has_intercept else {"pooled"})
        for category in sorted(listed):
            says(cohort, "category", category, -1.9, -1.2, -0.4, 0.3)
        for name in draw.sample(COMORBIDITIES, 3):
            says(cohort, "comorbidity", name, -0.2, 0.4, 1.1)
        says(cohort, "variance", "between_practices", 0.0, 0.04, 0.5)
        says(cohort, "effect", "T1", 9.0)
    says("all", "rate", "nation", 0.14, 0.17)
    says("all", "resampled", "T1", 9.0)
    return draw.sample(found, len(found))
