"""What an ExplanationOfBenefit says of its claim.

Variables: CCW codebooks; where CMS puts them: CMSgov/beneficiary-fhir-data, versions 1 and 2.
"""

from __future__ import annotations

from openp4p.claims.formats.fhir_fields import (
    TEAM,
    codings,
    concepts,
    day,
    extensions,
    fact,
    first_code,
    gathered,
    identifier,
    member,
    pairs,
    person,
)
from openp4p.claims.formats.parts import coded, total

MOST_ENTRIES = 999
_CLASS_OF_TYPE = {
    "10": "HHA", "20": "SNF", "30": "SNF", "40": "OUTPATIENT", "50": "HOSPICE", "60": "INPATIENT",
    "61": "INPATIENT", "62": "INPATIENT", "63": "INPATIENT", "64": "INPATIENT", "71": "PART_B",
    "72": "PART_B", "81": "DME", "82": "DME",
}  # fmt: skip
_CLASS_OF_EOB = {
    "CARRIER": "PART_B", "DME": "DME", "HHA": "HHA", "HOSPICE": "HOSPICE", "PDE": "PDE",
    "INPATIENT": "INPATIENT", "OUTPATIENT": "OUTPATIENT", "SNF": "SNF",
}  # fmt: skip
_CLASS_OF_BILL = {
    "11": "INPATIENT", "41": "INPATIENT", "18": "SNF", "21": "SNF", "22": "SNF", "28": "SNF",
    "32": "HHA", "33": "HHA", "34": "HHA", "81": "HOSPICE", "82": "HOSPICE",
}  # fmt: skip
_FACILITY = "claim_class IN ('INPATIENT', 'SNF', 'OUTPATIENT', 'HHA', 'HOSPICE')"
_CONTAINED = (
    "flatten(list_transform(list_filter(coalesce(r.contained, []), "
    "lambda o: o.resourceType = 'Organization'), lambda o: list_transform("
    "coalesce(o.identifier, []), lambda x: {'name': 'contained_' || x.type.coding[1].code, "
    "'value': x.value})))"
)
_BALANCES = "flatten(list_transform(coalesce(r.benefitBalance, []), lambda b: b.financial))"
_PACKAGE = codings("d.packageCode")
_INFORMATION = f"coalesce({first_code('e.code.coding')}, {day('e.timingDate')})"
_STATED = (
    pairs("r.identifier", "x.system", "x.value"),
    codings("r.type"),
    codings("r.subType"),
    extensions("r.extension"),
    extensions("r.facility.extension"),
    concepts("r.supportingInfo", "category", _INFORMATION),
    concepts("r.information", "category", _INFORMATION),
    concepts(_BALANCES, "type", "coalesce(e.usedMoney.value, e.usedUnsignedInt)"),
    f"flatten(list_transform(coalesce(r.diagnosis, []), lambda d: {_PACKAGE}))",
    _CONTAINED,
    identifier("r.provider.identifier", "provider_"),
    identifier("r.organization.identifier", "organization_"),
    identifier("r.facility.identifier", "facility_"),
    # the dollars of a drug event stand with its one item
    concepts("r.item[1].adjudication", "category", "e.amount.value"),
)
_FREQUENCY = fact("typeofbill", "clm_freq_cd")
# the frequency alone, or the whole type of bill with or without its leading zero
_BILL = (
    f"CASE WHEN length({_FREQUENCY}) >= 3 THEN left(ltrim({_FREQUENCY}, '0'), 3) "
    f"ELSE {fact('clm_fac_type_cd')} || {fact('clm_srvc_clsfctn_type_cd')} "
    f"|| coalesce({_FREQUENCY}, '') END"
)
_IS_STAY = f"{fact('C4BBInstitutionalClaimSubType')} LIKE 'inpatient%'"
_BY_BILL = (
    f"CASE WHEN bill_type IS NULL AND {_IS_STAY} THEN 'INPATIENT' "
    f"ELSE coalesce({coded('left(bill_type, 2)', _CLASS_OF_BILL)}, 'OUTPATIENT') END"
)
_BY_KIND = (
    f"CASE {fact('claim-type', 'ex-claimtype')} WHEN 'professional' THEN 'PART_B' "
    f"WHEN 'pharmacy' THEN 'PDE' WHEN 'institutional' THEN {_BY_BILL} END"
)
_CLASS = (
    f"coalesce({coded(fact('nch_clm_type_cd'), _CLASS_OF_TYPE)}, "
    f"{coded(fact('eob-type'), _CLASS_OF_EOB)}, {_BY_KIND})"
)
_ADMISSION = (
    "list_filter(coalesce(r.supportingInfo, []), lambda i: list_contains(list_transform("
    "i.category.coding, lambda c: c.code), 'admissionperiod'))[1].timingPeriod"
)
_DEDUCTIBLE = fact(
    "nch_bene_ip_ddctbl_amt", "nch_bene_ptb_ddctbl_amt", "carr_clm_cash_ddctbl_apld_amt"
)
_COINSURANCE = fact("nch_bene_pta_coinsrnc_lblty_amt", "nch_bene_ptb_coinsrnc_amt")
_BLOOD = fact("nch_bene_blood_ddctbl_lblty_am")
_BEFORE_MEDICARE = f"CASE WHEN {_FACILITY} THEN {fact('prpayamt')} END"
_SUM = total("paid", _DEDUCTIBLE, _COINSURANCE, _BLOOD, _BEFORE_MEDICARE)
_ALLOWED = (
    f"CASE WHEN {_FACILITY} THEN CASE WHEN paid IS NOT NULL THEN {_SUM} END "
    f"WHEN claim_class = 'PDE' THEN {fact('tot_rx_cst_amt')} "
    f"ELSE {fact('nch_carr_clm_alowd_amt')} END"
)
_PER_DIEM, _DAYS = fact("clm_pass_thru_per_diem_amt"), fact("clm_utlztn_day_cnt")
# a factor that is no number is shown as what it is, so that the row is set aside for it
_PASS_THROUGH = (
    f"CASE WHEN try_cast({_PER_DIEM} AS DECIMAL(18, 2)) IS NULL THEN {_PER_DIEM} "
    f"WHEN try_cast({_DAYS} AS INTEGER) IS NULL THEN {_DAYS} ELSE "
    f"CAST(try_cast({_PER_DIEM} AS DECIMAL(18, 2)) * try_cast({_DAYS} AS INTEGER) AS VARCHAR) END"
)
# in STU3 whoever attends is a 'primary' as those are who perform the items, but linked to no item
_UNLINKED = "m.role = 'performing' AND m.is_stu3 AND NOT list_contains(linked, m.sequence)"
_ATTENDS = member("team", "m.role = 'attending'")
_OPERATES = member("team", "m.role = 'operating'")
_OTHER = member("team", "m.role = 'otheroperating'")
_FACILITY_NPI = fact("contained_npi", "organization_us-npi", "facility_us-npi", "facility_npi")
COLUMNS = {
    "claim_id": f"coalesce('PDE' || {fact('pde_id')}, {fact('clm_id')}, id)",
    "beneficiary_id": "beneficiary_id",
    "claim_class": "claim_class",
    "claim_type_code": fact("nch_clm_type_cd"),
    "from_date": "from_date",
    "thru_date": "thru_date",
    "admission_date": day("coalesce(admission.start, hospitalization.start)"),
    "discharge_date": day('coalesce(admission."end", hospitalization."end")'),
    "discharge_status": fact("discharge-status", "ptnt_dschrg_stus_cd"),
    "admission_type": fact("admtype", "clm_ip_admsn_type_cd"),
    "admission_source": fact("clm_src_ip_admsn_cd"),
    "ccn": fact("contained_PRN", "provider_prvdr_num"),
    "facility_npi": f"CASE WHEN {_FACILITY} THEN {_FACILITY_NPI} END",
    "attending_npi": (
        f"CASE WHEN {_FACILITY} THEN coalesce({_ATTENDS}, {member('team', _UNLINKED)}) END"
    ),
    "operating_npi": f"CASE WHEN {_FACILITY} THEN {_OPERATES} END",
    "other_npi": f"CASE WHEN {_FACILITY} THEN {_OTHER} END",
    "bill_type": "bill_type",
    "drg": fact("clm_drg_cd", "drg"),
    "allowed_amount": _ALLOWED,
    "paid_amount": f"CASE WHEN claim_class = 'PDE' THEN {fact('cvrd_d_plan_pd_amt')} ELSE paid END",
    "pass_through_amount": _PASS_THROUGH,
    "deductible": _DEDUCTIBLE,
    "coinsurance": _COINSURANCE,
    "blood_deductible": _BLOOD,
    "primary_payer_paid": _BEFORE_MEDICARE,
    "primary_payer_code": fact("nch_prmry_pyr_cd"),
    "nonpayment_code": fact("carr_clm_pmt_dnl_cd", "clm_mdcr_non_pmt_rsn_cd"),
    "mco_paid": fact("clm_mco_pd_sw"),
    "paid_date": fact("nch_wkly_proc_dt"),
}
_THRU = day('r.billablePeriod."end"')
_KEPT = (
    f"source_row, r.id, r.status, r.meta.lastUpdated AS updated, {person('r.patient.reference')} "
    f"AS beneficiary_id, {day('r.billablePeriod.start')} AS from_date, "
    f"{_THRU} AS thru_date, r.payment.amount.value AS paid, "
    f"{_ADMISSION} AS admission, r.hospitalization AS hospitalization, {TEAM} AS team, "
    "flatten(list_transform(coalesce(r.item, []), lambda i: "
    "coalesce(i.careTeamSequence, i.careTeamLinkId, []))) AS linked, "
    f"coalesce(greatest(len(r.item), len(r.diagnosis), len(r.procedure)), 0) > {MOST_ENTRIES} "
    "AS is_too_long"
)


def claims(view: str) -> str:
    """A SELECT of the claims of a file: the canonical columns as text, and what lines take over."""
    found = f"(SELECT * FROM {view} WHERE type = 'ExplanationOfBenefit')"
    billed = f"(SELECT *, {_BILL} AS bill_type FROM {gathered(_KEPT, _STATED, found)})"
    classed = f"(SELECT *, {_CLASS} AS claim_class FROM {billed})"
    columns = ", ".join(f"{sql} AS {name}" for name, sql in COLUMNS.items())
    assigned = coded(fact("asgmntcd"), {"A": "true", "N": "false"})
    biller = fact("provider_carr_clm_blg_npi_num", "provider_us-npi", "provider_npi")
    return (
        f"SELECT source_row, status, updated, team, is_too_long, {assigned} AS is_assigned, "
        f"{biller} AS biller, {columns} FROM {classed}"
    )
