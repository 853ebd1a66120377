"""The canonical tables: what every input format is turned into, and all that the stages read.

All codes are text, money is decimal(18, 2), dates are dates, missing is null. The tables marked
`optional` may be absent from an input; they then have no rows.
"""

from __future__ import annotations

from collections.abc import Mapping

from openp4p.claims.columns import DATE, MONEY, NUMBER, TEXT, WHOLE, YES_NO, CanonicalTable, Column
from openp4p.claims.columns import key as _key
from openp4p.claims.supplied import (
    ADMISSION_RATE,
    BENCHMARK,
    CLINICAL_VARIANCE,
    CORRECTION,
    PARTICIPATION,
    PRICE_SCHEDULE,
    QUALITY_DATA_CODE,
    READMISSION_COEFFICIENT,
    REMOVED_PATIENT,
    SUPPLIED_PEERS,
    SUPPLIED_PRACTICE,
    SUPPLIED_RATE,
)

BENEFICIARY = CanonicalTable(
    "beneficiary",
    "one person enrolled in Medicare",
    ("beneficiary_id",),
    {
        "beneficiary_id": _key(TEXT, "identifier after any identity cross-walk"),
        "birth_date": Column(DATE, "date of birth"),
        "sex": Column(TEXT, "1 male, 2 female, 0 unknown"),
        "death_date": Column(DATE, "date of death"),
        "race": Column(TEXT, "race code of the source"),
        "orig_entitlement_code": Column(TEXT, "0 age, 1 disability, 2 ESRD, 3 disability and ESRD"),
        "state": Column(TEXT, "two-letter postal abbreviation of residence"),
        "county": Column(TEXT, "county code of the source"),
        "zip5": Column(TEXT, "five-digit ZIP code"),
        "is_us_resident": Column(YES_NO, "false: outside the US and its territories"),
    },
    optional=False,
)

ENROLLMENT_MONTH = CanonicalTable(
    "enrollment_month",
    "one beneficiary in one calendar month",
    ("beneficiary_id", "year_month"),
    {
        "beneficiary_id": _key(TEXT, "the person"),
        "year_month": _key(WHOLE, "year and month, 201501"),
        "part_a": Column(YES_NO, "entitled to Part A in the month"),
        "part_b": Column(YES_NO, "enrolled in Part B in the month"),
        "ma_enrolled": Column(YES_NO, "in Medicare Advantage (Part C) in the month"),
        "entitlement_status": Column(
            TEXT, "10 aged, 11 aged ESRD, 20 disabled, 21 disabled ESRD, 31 ESRD only"
        ),
        "dual_status": Column(TEXT, "two-digit dual status; 02, 04, 08 full benefit"),
        "hospice": Column(YES_NO, "hospice election"),
        "institutional": Column(YES_NO, "long-term institutional status"),
        "source_grain": Column(TEXT, "month, year-count or span: how exact the row is"),
    },
    optional=False,
)

CLAIM = CanonicalTable(
    "claim",
    "one claim, after adjustments and cancellations",
    ("claim_id",),
    {
        "claim_id": _key(TEXT, "identifier of the claim"),
        "beneficiary_id": _key(TEXT, "the person"),
        "claim_class": _key(TEXT, "INPATIENT, SNF, OUTPATIENT, HHA, HOSPICE, PART_B, DME or PDE"),
        "claim_type_code": Column(TEXT, "NCH claim type code"),
        "from_date": _key(DATE, "first day of service"),
        "thru_date": _key(DATE, "last day of service"),
        "admission_date": Column(DATE, "admission"),
        "discharge_date": Column(DATE, "discharge"),
        "discharge_status": Column(TEXT, "two-digit patient discharge status"),
        "admission_type": Column(TEXT, "admission type code"),
        "admission_source": Column(TEXT, "point of origin code"),
        "ccn": Column(TEXT, "six-character CMS certification number"),
        "facility_npi": Column(TEXT, "facility NPI"),
        "attending_npi": Column(TEXT, "attending professional"),
        "operating_npi": Column(TEXT, "operating professional"),
        "other_npi": Column(TEXT, "other professional"),
        "bill_type": Column(TEXT, "three-character type of bill"),
        "drg": Column(TEXT, "three-digit MS-DRG"),
        "allowed_amount": Column(
            MONEY, "allowed: Medicare, deductible, coinsurance and primary payer (institutional)"
        ),
        "standardized_amount": Column(MONEY, "payment-standardised allowed amount (institutional)"),
        "paid_amount": Column(MONEY, "Medicare payment of the claim"),
        "pass_through_amount": Column(MONEY, "per-diem pass-through times covered days"),
        "deductible": Column(MONEY, "beneficiary deductible"),
        "coinsurance": Column(MONEY, "beneficiary coinsurance"),
        "blood_deductible": Column(MONEY, "blood deductible"),
        "primary_payer_paid": Column(MONEY, "paid by a payer before Medicare"),
        "primary_payer_code": Column(TEXT, "code of that payer"),
        "nonpayment_code": Column(TEXT, "non-payment reason, or claim-level denial code"),
        "mco_paid": Column(TEXT, "1: paid by a managed-care plan"),
        "adjustment_type": Column(TEXT, "0 original, 1 cancellation, 2 adjustment"),
        "control_number": Column(TEXT, "number shared by all versions of a claim"),
        "effective_date": Column(DATE, "date this version took effect"),
        "paid_date": Column(DATE, "day the claim was paid, or could first be seen as processed"),
    },
    optional=False,
)

CLAIM_LINE = CanonicalTable(
    "claim_line",
    "one line of a professional, supplier or outpatient claim",
    ("claim_id", "line_number"),
    {
        "claim_id": _key(TEXT, "the claim"),
        "line_number": _key(WHOLE, "line number within the claim"),
        "beneficiary_id": _key(TEXT, "the person"),
        "claim_class": _key(TEXT, "class of the claim"),
        "from_date": _key(DATE, "first day of the service"),
        "thru_date": Column(DATE, "last day of the service"),
        "hcpcs_code": Column(TEXT, "HCPCS code, upper case"),
        "modifier_1": Column(TEXT, "first modifier"),
        "modifier_2": Column(TEXT, "second modifier"),
        "modifier_3": Column(TEXT, "third modifier"),
        "modifier_4": Column(TEXT, "fourth modifier"),
        "revenue_code": Column(TEXT, "revenue centre"),
        "units": Column(NUMBER, "units of service"),
        "place_of_service": Column(TEXT, "two-digit place of service"),
        "tin": Column(TEXT, "practice: nine-digit TIN billed under, after any crosswalk"),
        "billed_tin": Column(TEXT, "TIN on the claim, before any crosswalk; null: same as tin"),
        "npi": Column(TEXT, "rendering professional"),
        "billing_npi": Column(TEXT, "billing professional or organisation"),
        "specialty": Column(TEXT, "two-character CMS specialty of the rendering professional"),
        "allowed_amount": Column(MONEY, "line allowed charge"),
        "standardized_amount": Column(MONEY, "payment-standardised allowed amount"),
        "paid_amount": Column(MONEY, "Medicare payment of the line"),
        "deductible": Column(MONEY, "beneficiary deductible"),
        "coinsurance": Column(MONEY, "beneficiary coinsurance"),
        "primary_payer_paid": Column(MONEY, "paid by a payer before Medicare"),
        "processing_indicator": Column(TEXT, "A allowed, R/S allowed when amount > 0, others not"),
        "is_assigned": Column(YES_NO, "assignment accepted; null unknown"),
        "line_diagnosis": Column(TEXT, "diagnosis of the line"),
    },
    optional=False,
)

DIAGNOSIS = CanonicalTable(
    "diagnosis",
    "one diagnosis of a claim",
    ("claim_id", "seq"),
    {
        "claim_id": _key(TEXT, "the claim"),
        "seq": _key(WHOLE, "position, 1 is principal; 0 is the admitting diagnosis"),
        "beneficiary_id": _key(TEXT, "the person"),
        "code": _key(TEXT, "ICD code without dot, upper case"),
        "icd_version": _key(WHOLE, "9 or 10"),
        "role": Column(TEXT, "principal, admitting, secondary or external_cause"),
        "poa": Column(TEXT, "present on admission"),
    },
)

PROCEDURE = CanonicalTable(
    "procedure",
    "one ICD procedure of a claim",
    ("claim_id", "seq"),
    {
        "claim_id": _key(TEXT, "the claim"),
        "seq": _key(WHOLE, "position"),
        "beneficiary_id": _key(TEXT, "the person"),
        "code": _key(TEXT, "ICD procedure code without dot"),
        "icd_version": _key(WHOLE, "9 or 10"),
        "procedure_date": Column(DATE, "date of the procedure"),
    },
)

PROVIDER_ENROLLMENT = CanonicalTable(
    "provider_enrollment",
    "one professional's billing rights reassigned to one TIN (the PECOS roster)",
    ("tin", "npi"),
    {
        "tin": _key(TEXT, "the practice"),
        "npi": _key(TEXT, "the professional"),
        "specialty_primary": Column(TEXT, "two-character CMS specialty"),
        "specialty_secondary": Column(TEXT, "two-character CMS specialty"),
        "provider_kind": Column(TEXT, "physician, practitioner or therapist"),
        "reassignment_start": Column(DATE, "first day"),
        "reassignment_end": Column(DATE, "last day; null open"),
        "roster_date": Column(DATE, "date the roster was queried"),
    },
)

TIN_CROSSWALK = CanonicalTable(
    "tin_crosswalk",
    "one billing number (or professional) and the practice it belongs to for the analysis",
    ("raw_tin", "npi", "valid_from"),
    {
        "raw_tin": Column(TEXT, "billing number on the claim; null: by npi alone"),
        "npi": Column(TEXT, "professional; null: any under raw_tin"),
        "analysis_tin": _key(TEXT, "the practice for the analysis"),
        "valid_from": Column(DATE, "first day of service; null: always"),
        "valid_to": Column(DATE, "last day of service; null: always"),
        "name": Column(TEXT, "name of the practice"),
        "participates": Column(YES_NO, "takes part in the program; null: yes"),
        "aco_id": Column(TEXT, "accountable care organisation"),
        "hardship": Column(TEXT, "hardship code"),
    },
)

QUALITY_RESULT = CanonicalTable(
    "quality_result",
    "one reported quality measure of one practice, professional or ACO by one mechanism",
    ("tin", "npi", "entity_id", "performance_year", "mechanism", "measure", "stratum"),
    {
        "tin": Column(TEXT, "the practice; null for an ACO"),
        "npi": Column(TEXT, "the professional; null: reported by the group"),
        "entity_id": Column(TEXT, "ACO or model entity; null otherwise"),
        "performance_year": _key(WHOLE, "calendar year of performance"),
        "mechanism": _key(
            TEXT, "claims, registry, qcdr, ehr, gpro_web_interface or administrative_claims"
        ),
        "measure": _key(TEXT, "PQRS number (three digits) or QCDR identifier"),
        "stratum": Column(TEXT, "stratum of the measure"),
        "eligible": _key(WHOLE, "denominator"),
        "exclusions": Column(WHOLE, "denominator exclusions"),
        "exceptions": Column(WHOLE, "denominator exceptions"),
        "met": _key(WHOLE, "performance met"),
        "not_met": Column(WHOLE, "performance not met"),
        "rate_reported": Column(NUMBER, "rate as the submitter computed it, 0 to 1"),
    },
)

CAHPS_RESULT = CanonicalTable(
    "cahps_result",
    "one CAHPS summary score of one practice or ACO",
    ("tin", "entity_id", "performance_year", "measure"),
    {
        "tin": Column(TEXT, "the practice; null for an ACO"),
        "entity_id": Column(TEXT, "ACO or model entity; null otherwise"),
        "performance_year": _key(WHOLE, "calendar year of performance"),
        "measure": _key(TEXT, "summary measure, cahps_1 to cahps_12"),
        "cases": _key(WHOLE, "completed surveys"),
        "mean_score": _key(NUMBER, "mean score, 0 to 100"),
        "standard_deviation": Column(NUMBER, "standard deviation over surveys"),
    },
)

PQRS_SUCCESS = CanonicalTable(
    "pqrs_success",
    "whether one practice or professional met the PQRS reporting criteria",
    ("tin", "npi", "performance_year"),
    {
        "tin": _key(TEXT, "the practice"),
        "npi": Column(TEXT, "the professional; null: the practice as a group"),
        "performance_year": _key(WHOLE, "calendar year of performance"),
        "mechanism": Column(TEXT, "mechanism by which it reported"),
        "is_satisfactory": _key(YES_NO, "criteria to avoid the PQRS adjustment met"),
    },
)

PRACTICE_ELECTION = CanonicalTable(
    "practice_election",
    "what one practice elected for one performance year",
    ("tin", "performance_year"),
    {
        "tin": _key(TEXT, "the practice"),
        "performance_year": _key(WHOLE, "calendar year of performance"),
        "elects_quality_tiering": Column(YES_NO, "quality-tiering (payment year 2015)"),
        "elects_administrative_claims": Column(YES_NO, "administrative claims (2015)"),
        "elects_cahps": Column(YES_NO, "CAHPS counted in the quality composite"),
    },
)

MODEL_PARTICIPATION = CanonicalTable(
    "model_participation",
    "one practice or professional taking part in an ACO or payment model",
    ("tin", "npi", "model", "entity_id", "performance_year"),
    {
        "tin": _key(TEXT, "the practice"),
        "npi": Column(TEXT, "the professional; null: the whole practice"),
        "model": _key(TEXT, "mssp, pioneer, cpc, next_generation, cec or ocm"),
        "entity_id": _key(TEXT, "the ACO or model entity"),
        "performance_year": _key(WHOLE, "calendar year of performance"),
        "entity_reported": Column(YES_NO, "the ACO reported its quality measures"),
    },
)

RISK_SCORE = CanonicalTable(
    "risk_score",
    "one beneficiary's CMS-HCC risk score, when supplied",
    ("beneficiary_id", "performance_year"),
    {
        "beneficiary_id": _key(TEXT, "the person"),
        "performance_year": _key(WHOLE, "calendar year of performance"),
        "risk_score": _key(NUMBER, "raw CMS-HCC score"),
        "model": Column(TEXT, "model version, V12 or V22"),
        "segment": Column(TEXT, "segment of the model"),
    },
)

TABLES: Mapping[str, CanonicalTable] = {
    table.name: table
    for table in (
        BENEFICIARY,
        ENROLLMENT_MONTH,
        CLAIM,
        CLAIM_LINE,
        DIAGNOSIS,
        PROCEDURE,
        PROVIDER_ENROLLMENT,
        TIN_CROSSWALK,
        QUALITY_RESULT,
        QUALITY_DATA_CODE,
        CAHPS_RESULT,
        PQRS_SUCCESS,
        PRACTICE_ELECTION,
        MODEL_PARTICIPATION,
        RISK_SCORE,
        BENCHMARK,
        ADMISSION_RATE,
        READMISSION_COEFFICIENT,
        CORRECTION,
        REMOVED_PATIENT,
        CLINICAL_VARIANCE,
        PARTICIPATION,
        PRICE_SCHEDULE,
        SUPPLIED_PRACTICE,
        SUPPLIED_RATE,
        SUPPLIED_PEERS,
    )
}
