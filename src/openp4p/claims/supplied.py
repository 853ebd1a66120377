"""The tables that someone else computed: benchmarks, prices, and what a report says."""

from __future__ import annotations

from openp4p.claims.columns import DATE, MONEY, NUMBER, TEXT, WHOLE, YES_NO, CanonicalTable, Column
from openp4p.claims.columns import key as _key

BENCHMARK = CanonicalTable(
    "supplied_benchmark",
    "the mean and standard deviation of one measure, from a published file",
    ("measure", "mechanism"),
    {
        "measure": _key(TEXT, "measure id"),
        "mechanism": Column(TEXT, "ehr: benchmark of the electronic version; null: all"),
        "mean": _key(NUMBER, "case-weighted mean, in the unit of the measure"),
        "standard_deviation": _key(NUMBER, "standard deviation, same unit"),
        "source": Column(TEXT, "where the numbers come from"),
    },
)

PRICE_SCHEDULE = CanonicalTable(
    "price_schedule",
    "the national price of one service, from a fee schedule",
    ("claim_class", "code", "modifier", "facility", "valid_from"),
    {
        "claim_class": _key(TEXT, "class of the claims it prices: PART_B, DME, OUTPATIENT, ..."),
        "code": _key(TEXT, "HCPCS code of a line; MS-DRG of an inpatient claim"),
        "modifier": Column(TEXT, "26 or TC for a part of a service; null: the whole"),
        "facility": Column(YES_NO, "price in a facility, or outside one; null: both"),
        "valid_from": Column(DATE, "first day of service; null: always"),
        "valid_to": Column(DATE, "last day of service; null: always"),
        "price": _key(MONEY, "national price of one unit, or of one stay"),
        "is_per_unit": Column(YES_NO, "times the units of the line; null: yes"),
    },
)

ADMISSION_RATE = CanonicalTable(
    "supplied_admission_rate",
    "how often people of one age and sex are admitted nationally, for data that are not national",
    ("measure", "sex", "age_from"),
    {
        "measure": _key(TEXT, "component of an admissions composite: pneumonia_pqi, ..."),
        "sex": _key(TEXT, "1 male, 2 female"),
        "age_from": _key(WHOLE, "first age of the band, on 31 December"),
        "denominator": _key(WHOLE, "beneficiaries of the nation"),
        "numerator": _key(WHOLE, "their admissions"),
    },
)

READMISSION_COEFFICIENT = CanonicalTable(
    "readmission_coefficient",
    "one number of the nation's readmission model, for data that are not national; the table "
    "readmission_model of a run has the same columns",
    ("cohort", "kind", "name"),
    {
        "cohort": _key(TEXT, "specialty cohort: medicine, neurology, ...; of the rate: all"),
        "kind": _key(
            TEXT,
            "age, category, comorbidity, intercept, variance or rate; effect and resampled, which "
            "speak of the practices of another run, are not used",
        ),
        "name": _key(
            TEXT,
            "age: years; category: CCS category of the principal diagnosis, or pooled for those "
            "that are not listed; comorbidity: chf, ...; intercept: every_stay; variance: "
            "between_practices; rate: nation",
        ),
        "value": _key(
            NUMBER,
            "log-odds, of age for each year over the youngest; the variance on that scale; the "
            "national rate as a share",
        ),
    },
)

QUALITY_DATA_CODE = CanonicalTable(
    "quality_data_code",
    "one code on professional claim lines, without its descriptor, and what it says of one measure "
    "(from its specification: CMS published no table of them all)",
    ("measure", "performance_year", "hcpcs_code", "modifier", "outcome", "age_from"),
    {
        "measure": _key(TEXT, "PQRS number (three digits)"),
        "performance_year": _key(WHOLE, "calendar year of performance"),
        "hcpcs_code": _key(TEXT, "CPT or HCPCS code, upper case"),
        "modifier": Column(TEXT, "1P, 2P, 3P or 8P; null: none of these stands on the line"),
        "outcome": _key(TEXT, "eligible (an encounter), met, not_met, exception or exclusion"),
        "age_from": Column(WHOLE, "youngest age on the day of service; null: any"),
        "age_to": Column(WHOLE, "oldest age on the day of service; null: any"),
    },
)

CORRECTION = CanonicalTable(
    "correction",
    "one accepted correction of one practice's result, from an informal review",
    ("tin", "kind", "performance_year"),
    {
        "tin": _key(TEXT, "the practice"),
        "kind": _key(TEXT, "what was wrong: quality_error, cost_error, category_1_on_review, ..."),
        "performance_year": _key(WHOLE, "calendar year of performance"),
        "decided_on": Column(DATE, "day of the decision"),
        "decided_by": Column(TEXT, "who decided"),
        "reason": Column(TEXT, "why, in words"),
    },
)

REMOVED_PATIENT = CanonicalTable(
    "removed_patient",
    "one patient whom an accepted correction takes from a practice, and gives to no other",
    ("beneficiary_id", "tin", "performance_year"),
    {
        "beneficiary_id": _key(TEXT, "the patient"),
        "tin": _key(TEXT, "the practice that no longer answers for the patient"),
        "performance_year": _key(WHOLE, "calendar year of performance"),
    },
)

CLINICAL_VARIANCE = CanonicalTable(
    "clinical_variance",
    "one patient, or one case, whom a clinician took out of a measure for a clinical reason",
    ("tin", "measure", "performance_year", "beneficiary_id", "case_id"),
    {
        "tin": _key(TEXT, "the practice"),
        "measure": _key(TEXT, "measure id; of an admissions composite its own, not a component's"),
        "performance_year": _key(WHOLE, "calendar year of performance"),
        "beneficiary_id": Column(TEXT, "the patient; null where a case is named"),
        "case_id": Column(TEXT, "one case of the measure; null: all of the patient's"),
        "is_override": _key(
            YES_NO,
            "true: the case goes whatever happened; false: an exception, so that it goes unless "
            "what the measure asks for was done",
        ),
        "code": Column(TEXT, "the reason, from the list of the review: V-MED-2, V-OVR-1, ..."),
    },
)

SUPPLIED_PRACTICE = CanonicalTable(
    "supplied_practice",
    "what a report says of one practice, for a run that starts from rates and not from claims",
    ("tin",),
    {
        "tin": _key(TEXT, "the practice"),
        "professionals_in_roster": Column(WHOLE, "eligible professionals on the roster"),
        "professionals_in_claims": Column(WHOLE, "eligible professionals billing"),
        "physicians_in_claims": Column(WHOLE, "physicians billing"),
        "paid_amount": Column(MONEY, "Medicare-paid fee schedule dollars of adjusted clinicians"),
        "mean_risk_score": Column(NUMBER, "mean risk score of its beneficiaries"),
        "risk_score_threshold": Column(NUMBER, "national 75th percentile of risk scores"),
    },
)

SUPPLIED_RATE = CanonicalTable(
    "supplied_rate",
    "one performance rate of one practice as a report states it",
    ("tin", "measure"),
    {
        "tin": _key(TEXT, "the practice"),
        "measure": _key(TEXT, "measure id"),
        "cases": _key(WHOLE, "eligible cases"),
        "rate": _key(NUMBER, "rate in the unit of the measure"),
        "variance": Column(NUMBER, "variance of the rate; null: from the form of the measure"),
    },
)

SUPPLIED_PEERS = CanonicalTable(
    "supplied_peers",
    "mean and standard deviation of raw composites in a peer group, from a report",
    ("kind", "size_class"),
    {
        "kind": _key(TEXT, "quality or cost"),
        "size_class": _key(TEXT, "size class of the practices"),
        "mean": _key(NUMBER, "mean raw composite"),
        "standard_deviation": _key(NUMBER, "standard deviation of raw composites"),
    },
)

PARTICIPATION = CanonicalTable(
    "participation",
    "one stretch of time for which one practice has enrolled in a program that is voluntary",
    ("tin", "participates_from"),
    {
        "tin": _key(TEXT, "the practice"),
        "participates_from": _key(DATE, "first day"),
        "participates_to": Column(DATE, "last day, or the day it withdrew; null: open"),
    },
)
