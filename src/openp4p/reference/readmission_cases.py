"""Readmission ratios and cases read a second time, in plain Python."""

from __future__ import annotations

import math
from collections import defaultdict

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row
from openp4p.reference.variances import is_overridden, with_variances


def readmission_predictions(
    readmission_risks: list[Row],
    stay_comorbidities: list[Row],
    readmission_model: list[Row],
    index_stays: list[Row],
    clinical_variance: list[Row],
    program: Program,
) -> list[Row]:
    """The chance of a readmission after every stay, in the average practice and in its own."""
    taken_out = {
        (row["tin"], row["stay_id"])
        for row in index_stays
        if is_overridden(
            {**row, "measure": "readmission", "case_id": row["stay_id"]}, clinical_variance, program
        )
    }
    value = {(r["cohort"], r["kind"], r["name"]): r["value"] for r in readmission_model}
    ill: dict[str, list[str]] = defaultdict(list)
    for row in stay_comorbidities:
        ill[row["stay_id"]].append(row["variable"])
    found = []
    for row in readmission_risks:
        if (row["tin"], row["stay_id"]) in taken_out:
            continue
        cohort = row["cohort"]
        parts = [
            value[cohort, "category", row["category"]],
            value[cohort, "age", "years"] * row["years"],
        ]
        parts += [value.get((cohort, "comorbidity", name), 0.0) for name in ill[row["stay_id"]]]
        log_odds = math.fsum(parts)
        effect = value[cohort, "effect", row["tin"]]
        found.append(
            {
                "tin": row["tin"],
                "stay_id": row["stay_id"],
                "cohort": cohort,
                "is_readmitted": row["is_readmitted"],
                "expected": 1.0 / (1.0 + math.exp(-log_odds)),
                "predicted": 1.0 / (1.0 + math.exp(-log_odds - effect)),
            }
        )
    return found


def cohort_ratios(readmission_predictions: list[Row], program: Program) -> list[Row]:
    """The readmissions of every practice and cohort, predicted over expected."""
    listed: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in readmission_predictions:
        listed[row["tin"], row["cohort"]].append(row)
    rules = program.readmissions
    least = next(m.minimum_cases for m in program.measures if m.id == "readmission")
    found = []
    for (tin, cohort), rows in listed.items():
        readmissions = sum(row["is_readmitted"] for row in rows)
        expected = math.fsum(row["expected"] for row in rows)
        predicted = math.fsum(row["predicted"] for row in rows)
        upper = readmissions if rules.estimator == "observed_over_expected" else predicted
        found.append(
            {
                "tin": tin,
                "cohort": cohort,
                "stays": len(rows),
                "readmissions": readmissions,
                "expected": expected,
                "predicted": predicted,
                "ratio": upper / expected,
                "is_used": rules.minimum_unit == "all_cohorts" or len(rows) >= least,
            }
        )
    return found


def standardized_ratios(
    cohort_ratios: list[Row], readmission_model: list[Row], program: Program
) -> list[Row]:
    """The ratio of every practice over its cohorts."""
    drawn = {r["name"]: r["value"] for r in readmission_model if r["kind"] == "resampled"}
    by_tin: dict[str, list[Row]] = defaultdict(list)
    for row in cohort_ratios:
        if row["is_used"]:
            by_tin[row["tin"]].append(row)
    found = []
    for tin, rows in by_tin.items():
        if program.readmissions.estimator == "observed_over_expected":
            expected = math.fsum(row["expected"] for row in rows)
            ratio = sum(row["readmissions"] for row in rows) / expected
        else:
            logs = math.fsum(row["stays"] * math.log(row["ratio"]) for row in rows)
            ratio = math.exp(logs / sum(row["stays"] for row in rows))
        found.append(
            {
                "tin": tin,
                "measure": "readmission",
                "ratio": ratio,
                "ratio_variance": drawn.get(tin),
            }
        )
    return found


def readmission_cases(
    index_stays: list[Row],
    readmission_predictions: list[Row],
    cohort_ratios: list[Row],
    readmission_model: list[Row],
    model_participation: list[Row],
    model_handling: list[Row],
    clinical_variance: list[Row],
    program: Program,
) -> list[Row]:
    """Every stay of every practice and of its ACOs, with what was expected of it."""
    chance = {(r["tin"], r["stay_id"]): r["expected"] for r in readmission_predictions}
    small = {(r["tin"], r["cohort"]) for r in cohort_ratios if not r["is_used"]}
    models = {row["model"] for row in model_handling if row["handling"] == "aco"}
    acos: dict[str, set[str]] = defaultdict(set)
    for row in model_participation:
        if row["performance_year"] == program.performance_year and row["model"] in models:
            acos[row["tin"]].add(row["entity_id"])
    rates = [row["value"] for row in readmission_model if row["kind"] == "rate"]
    national = rates[0] if rates else None
    found = []
    for row in index_stays:
        for unit in [row["tin"], *sorted(acos[row["tin"]])]:
            reason = row["reason"]
            if reason is None and (unit, row["cohort"]) in small:
                reason = "cohort_below_minimum"
            found.append(
                {
                    "measure": "readmission",
                    "tin": unit,
                    "case_id": row["stay_id"],
                    "beneficiary_id": row["beneficiary_id"],
                    "cases": 1,
                    "numerator": 1.0 if row["is_readmitted"] else 0.0,
                    "denominator": 1.0,
                    "expected": chance.get((unit, row["stay_id"])),
                    "spread": None,
                    "national_mean": national,
                    "included": reason is None,
                    "reason": reason,
                }
            )
    return with_variances(found, clinical_variance, program)
