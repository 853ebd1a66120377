"""Standardised readmission ratios of practices and ACOs, and the discharges behind them."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_sum, ratio, significant
from openp4p.engine.stage import stage
from openp4p.measures.cases import CASES, CASES_KEY, as_cases
from openp4p.measures.rates import combined_ratio
from openp4p.measures.readmission_coefficients import (
    AGE,
    CATEGORY,
    COMORBIDITY,
    EFFECT,
    OBSERVED_OVER_EXPECTED,
    RATE,
    RESAMPLED,
)
from openp4p.measures.readmission_risks import aco_members
from openp4p.measures.variances import overridden, varied
from openp4p.program.definition import Program

READMISSION = "readmission"


@stage(
    key=("tin", "stay_id"),
    columns={
        "tin": "string",
        "stay_id": "string",
        "cohort": "string",
        "is_readmitted": "boolean",
        "expected": "float64",
        "predicted": "float64",
    },
)
def readmission_predictions(
    readmission_risks: ir.Table,
    stay_comorbidities: ir.Table,
    readmission_model: ir.Table,
    index_stays: ir.Table,
    clinical_variance: ir.Table,
    program: Program,
) -> ir.Table:
    """One index stay of one practice or ACO with the chance of a readmission.

    `expected`: in the average practice; `predicted`: in this one, with its effect. A stay that a
    clinician of the practice took out is not there; the model was fitted with it.
    """
    model = readmission_model
    ages = model.filter(model.kind == AGE).select("cohort", per_year=_.value)
    categories = model.filter(model.kind == CATEGORY).select(
        "cohort", category=_.name, of_category=_.value
    )
    effects = model.filter(model.kind == EFFECT).select("cohort", tin=_.name, effect=_.value)
    of_variables = model.filter(model.kind == COMORBIDITY).select(
        "cohort", variable=_.name, of_variable=_.value
    )
    cohorts = readmission_risks.select("stay_id", "cohort").distinct()
    ill = stay_comorbidities.inner_join(cohorts, "stay_id")
    ill = ill.inner_join(of_variables, ["cohort", "variable"])
    ill = ill.group_by("stay_id").agg(illness=exact_sum(_.of_variable))
    found = readmission_risks.inner_join(ages, "cohort")
    found = found.inner_join(categories, ["cohort", "category"])
    found = found.inner_join(effects, ["cohort", "tin"])
    found = found.left_join(ill, "stay_id").drop("stay_id_right")
    stays = index_stays.select(
        "tin", "beneficiary_id", measure=ibis.literal(READMISSION), case_id=_.stay_id
    )
    out = overridden(stays, clinical_variance, program).select("tin", stay_id=_.case_id)
    found = found.anti_join(out, ["tin", "stay_id"])
    age = found.per_year * found.years.cast("float64")
    linear = found.of_category + age + found.illness.fill_null(0.0)
    return found.select(
        "tin",
        "stay_id",
        "cohort",
        "is_readmitted",
        expected=_chance(linear),
        predicted=_chance(linear + found.effect),
    )


def _chance(log_odds: ir.FloatingValue) -> ir.FloatingValue:
    """The probability; engines differ in the last digit of exponentials, so twelve are kept."""
    return significant(1.0 / (1.0 + (-log_odds).exp()))


@stage(
    key=("tin", "cohort"),
    columns={
        "tin": "string",
        "cohort": "string",
        "stays": "int64",
        "readmissions": "int64",
        "expected": "float64",
        "predicted": "float64",
        "ratio": "float64",
        "is_used": "boolean",
    },
)
def cohort_ratios(readmission_predictions: ir.Table, program: Program) -> ir.Table:
    """One specialty cohort of one practice or ACO: readmissions predicted over expected.

    Without shrinkage (M14) observed over expected. `is_used`: all cohorts are, or those that reach
    the measure's minimum by themselves (M15).
    """
    sums = readmission_predictions.group_by(["tin", "cohort"]).agg(
        stays=_.count().cast("int64"),
        readmissions=_.is_readmitted.sum().cast("int64"),
        expected=exact_sum(_.expected),
        predicted=exact_sum(_.predicted),
    )
    is_plain = program.readmissions.estimator == OBSERVED_OVER_EXPECTED
    upper = sums.readmissions.cast("float64") if is_plain else sums.predicted
    counts_alone = program.readmissions.minimum_unit == "each_cohort"
    least = program.measure(READMISSION).minimum_cases if counts_alone else 1
    return sums.mutate(ratio=ratio(upper, sums.expected), is_used=sums.stays >= least)


@stage(
    key=("tin", "measure"),
    columns={
        "tin": "string",
        "measure": "string",
        "ratio": "float64",
        "ratio_variance": "float64",
    },
)
def standardized_ratios(
    cohort_ratios: ir.Table, readmission_model: ir.Table, program: Program
) -> ir.Table:
    """The readmission ratio of one practice or ACO over its cohorts, by volume.

    exp(sum n ln ratio / sum n); observed over expected (M14) is the ratio of the sums instead,
    since a cohort without a readmission has no logarithm. The variance is that over draws of its
    stays.
    """
    used = cohort_ratios.filter(cohort_ratios.is_used)
    if program.readmissions.estimator == OBSERVED_OVER_EXPECTED:
        sums = used.group_by("tin").agg(
            observed=_.readmissions.sum().cast("float64"), expected=exact_sum(_.expected)
        )
        found = sums.select("tin", ratio=ratio(sums.observed, sums.expected))
    else:
        found = combined_ratio(used, "tin")
    model = readmission_model
    drawn = model.filter(model.kind == RESAMPLED).select(tin=_.name, ratio_variance=_.value)
    joined = found.left_join(drawn, "tin").drop("tin_right")
    return joined.mutate(measure=ibis.literal(READMISSION))


@stage(key=CASES_KEY, columns=CASES)
def readmission_cases(
    index_stays: ir.Table,
    readmission_predictions: ir.Table,
    cohort_ratios: ir.Table,
    readmission_model: ir.Table,
    model_participation: ir.Table,
    model_handling: ir.Table,
    clinical_variance: ir.Table,
    program: Program,
) -> ir.Table:
    """One stay of one practice, or of its ACO: readmitted or not, against what was expected.

    `reason`: that of the stay, cohort_below_minimum (M15), or clinical_override. The national mean
    is that of all index stays, or as supplied.
    """
    stays = index_stays.select(
        "tin", "stay_id", "beneficiary_id", "cohort", "is_readmitted", "reason"
    )
    members = aco_members(model_participation, model_handling, program)
    of_acos = stays.rename(member="tin").inner_join(members, "member").select(*stays.columns)
    rate = readmission_model.filter(readmission_model.kind == RATE)
    nation = rate.agg(national=rate["value"].max())
    chances = readmission_predictions.select("tin", "stay_id", "expected")
    small = cohort_ratios.filter(~cohort_ratios.is_used).select(
        "tin", "cohort", is_small=ibis.literal(True)
    )
    found = stays.union(of_acos).cross_join(nation)
    found = found.left_join(chances, ["tin", "stay_id"]).drop("tin_right", "stay_id_right")
    found = found.left_join(small, ["tin", "cohort"]).drop("tin_right", "cohort_right")
    of_cohort = ibis.ifelse(
        found.is_small.fill_null(False), "cohort_below_minimum", ibis.null("string")
    )
    cases = found.select(
        "tin",
        "beneficiary_id",
        "expected",
        measure=ibis.literal(READMISSION),
        case_id=found.stay_id,
        cases=ibis.literal(1).cast("int64"),
        numerator=ibis.ifelse(found.is_readmitted, 1.0, 0.0),
        denominator=ibis.literal(1.0),
        national_mean=found.national,
        reason=found.reason.coalesce(of_cohort),
    )
    return as_cases(varied(cases, clinical_variance, program))
