"""A population as FHIR resources: NDJSON as a server of the second version (R4) writes it.

What the resources cannot say is listed with the reason; a control in our own layout lacks the same,
so that the two can be compared in full.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from openp4p.claims.intake import Claims

VARIABLES = "https://bluebutton.cms.gov/resources/variables/"
CODES = "https://bluebutton.cms.gov/resources/codesystem/"
TABLES = ("beneficiary", "enrollment_month", "claim", "claim_line", "diagnosis", "procedure")
# of two Coverages of a single month, one adds nothing
ASIDE = {"adds nothing"}
NOTES: set[str] = set()
# table, column, what stands there instead, why
OTHERWISE = (
    ("claim", "claim_id", "CASE claim_class WHEN 'PDE' THEN 'PDE' || claim_id ELSE claim_id END",
     "drug events are numbered apart from claims"),
    ("claim", "deductible", "CASE WHEN claim_class <> 'PDE' THEN deductible END",
     "drug events state no deductible"),
    ("claim", "standardized_amount", "NULL", "no resource states a standardised price"),
    ("claim", "control_number", "NULL", "versions are told by clm_id: only the last is used"),
    ("claim", "adjustment_type", "NULL", "the last version is no adjustment of another"),
    ("claim", "effective_date", "NULL", "the last version needs no date"),
    ("claim", "coinsurance", "CASE WHEN claim_class NOT IN ('PART_B', 'DME', 'PDE') "
     "THEN coinsurance END", "professional claims state it by line"),
    ("claim_line", "standardized_amount", "NULL", "no resource states a standardised price"),
    ("claim_line", "billing_npi", "CASE claim_class WHEN 'DME' THEN npi END",
     "a supplier bills for itself"),
    ("enrollment_month", "hospice", "NULL", "no Coverage tells an election of hospice"),
    ("enrollment_month", "institutional", "NULL", "no Coverage tells long-term residence"),
)  # fmt: skip


def carried(settled: Claims, into: Path) -> Path:
    """The population in our own layout, without what resources cannot say."""
    into.mkdir(exist_ok=True)
    for table in sorted(settled.supplied):
        read, target = into / f"{table}.read", into / f"{table}.parquet"
        settled.tables[table].to_parquet(read)
        lacking = ", ".join(f"{sql} AS {c}" for t, c, sql, _why in OTHERWISE if t == table)
        changed = f" REPLACE ({lacking})" if lacking else ""
        where = ""
        if table in ("claim_line", "diagnosis"):
            # a drug event has neither
            drugs = f"SELECT claim_id FROM '{into}/claim.parquet' WHERE claim_class = 'PDE'"
            where = f" WHERE 'PDE' || claim_id NOT IN ({drugs})"
        rows = duckdb.sql(f"SELECT *{changed} FROM read_parquet('{read}'){where}")
        rows.write_parquet(str(target))
        read.unlink()
    return into


def write(base: Path, folder: Path, ending: str = "") -> Path:
    """The same as NDJSON, with the tables that resources do not hold beside it."""
    folder.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        for table in base.glob("*.parquet"):
            connection.execute(f"CREATE VIEW \"{table.stem}\" AS FROM '{table}'")
            if table.stem not in TABLES:
                (folder / table.name).write_bytes(table.read_bytes())
        for name, sql in (("eob", _EOB), ("patient", _PATIENT), ("coverage", _COVERAGE)):
            connection.execute(f"COPY ({sql}) TO '{folder}/{name}.ndjson{ending}' (FORMAT json)")
    return folder


def _concept(name: str, code: str, root: str = VARIABLES) -> str:
    return f"{{'coding': [{{'system': '{root}{name}', 'code': {code}}}]}}"


def _extension(name: str, code: str) -> str:
    return f"{{'url': '{VARIABLES}' || {name}, 'valueCoding': {{'code': {code}}}}}"


def _information(name: str, code: str) -> str:
    category = _concept(name, f"'{name}'", CODES)
    said = f"'code': {_concept(name, code)}, 'timingDate': NULL, 'timingPeriod': NULL"
    return f"{{'category': {category}, {said}}}"


def _amount(category: str, value: str) -> str:
    code = f"'{VARIABLES}' || {category}"
    return (
        f"{{'category': {_concept('adjudication', code, CODES)}, 'amount': {{'value': {value}}}}}"
    )


def _balance(name: str, value: str) -> str:
    code = f"'{VARIABLES}' || {name}"
    return (
        f"{{'type': {_concept('benefit-balance', code, CODES)}, 'usedMoney': {{'value': {value}}}}}"
    )


def _member(sequence: str, role: str, npi: str, specialty: str = "NULL") -> str:
    played = _concept("role", f"'{role}'", CODES)
    return (
        f"{{'sequence': {sequence}, 'role': {played}, "
        f"'provider': {{'identifier': {{'value': {npi}}}}}, "
        f"'qualification': {_concept('prvdr_spclty', specialty)}}}"
    )


_BY_LINE = "claim_class IN ('PART_B', 'DME')"
_NAMES = {
    "paid_amount": ("line_nch_pmt_amt", "rev_cntr_pmt_amt_amt"),
    "deductible": ("line_bene_ptb_ddctbl_amt", "rev_cntr_cash_ddctbl_amt"),
    "coinsurance": ("line_coinsrnc_amt", "rev_cntr_coinsrnc_wge_adjstd_c"),
    # hospitals state no allowed amount: it is the sum of the others
    "allowed_amount": ("line_alowd_chrg_amt", "rev_cntr_rate_amt"),
}
_ADJUDICATION = ", ".join(
    _amount(f"CASE WHEN {_BY_LINE} THEN '{line}' ELSE '{hospital}' END", column)
    for column, (line, hospital) in _NAMES.items()
)
_ITEMS = f"""
    SELECT claim_id, bool_and(is_assigned) AS is_assigned, list({{
        'sequence': line_number, 'careTeamSequence': [line_number],
        'extension': [{_extension("'tax_num'", "tin")},
                      {_extension("'line_prcsg_ind_cd'", "processing_indicator")}],
        'productOrService': {_concept("hcpcs", "hcpcs_code", CODES)},
        'modifier': list_transform(list_filter([modifier_1, modifier_2, modifier_3, modifier_4],
            lambda m: m IS NOT NULL), lambda m: {_concept("hcpcs", "m", CODES)}),
        'revenue': {_concept("rev_cntr", "revenue_code")},
        'servicedPeriod': {{'start': from_date, 'end': thru_date}},
        'locationCodeableConcept': {_concept("line_place_of_srvc_cd", "place_of_service")},
        'quantity': {{'value': units}}, 'adjudication': [{_ADJUDICATION}]
    }} ORDER BY line_number) AS item,
    list({_member("line_number", "performing", "npi", "specialty")} ORDER BY line_number) AS team
    FROM claim_line GROUP BY claim_id"""
_CODED = "{{'coding': [{{'system': '{0}' || icd_version || '{1}', 'code': code}}]}}"
_ROLES = """CASE role WHEN 'external_cause' THEN 'externalcauseofinjury'
    WHEN 'secondary' THEN 'other' ELSE role END"""
_DIAGNOSES = f"""
    SELECT claim_id, list({{
        'sequence': seq, 'type': [{_concept("type", _ROLES, CODES)}],
        'diagnosisCodeableConcept': {_CODED.format("http://hl7.org/fhir/sid/icd-", "-cm")},
        'extension': [{_extension("'clm_poa_ind_sw' || seq", "poa")}]
    }} ORDER BY seq) AS diagnosis FROM diagnosis GROUP BY claim_id"""
_PROCEDURES = f"""
    SELECT claim_id, list({{
        'sequence': seq, 'date': procedure_date || 'T00:00:00+00:00',
        'procedureCodeableConcept': {_CODED.format("http://www.cms.gov/Medicare/Coding/ICD", "")}
    }} ORDER BY seq) AS "procedure" FROM "procedure" GROUP BY claim_id"""
_DRUG = ", ".join(
    (_amount("'cvrd_d_plan_pd_amt'", "paid_amount"), _amount("'tot_rx_cst_amt'", "allowed_amount"))
)
_PRN = "http://terminology.hl7.org/CodeSystem/"
_EOB = f"""
    SELECT 'ExplanationOfBenefit' AS resourceType, 'eob-' || claim_id AS id, 'active' AS status,
      {{'lastUpdated': 'unknown'}} AS meta,
      [CASE claim_class WHEN 'PDE' THEN {{'system': '{VARIABLES}pde_id', 'value': claim_id[4:]}}
        ELSE {{'system': '{VARIABLES}clm_id', 'value': claim_id}} END] AS identifier,
      {{'coding': [{{'system': '{VARIABLES}nch_clm_type_cd', 'code': claim_type_code}},
        {{'system': '{CODES}eob-type',
          'code': CASE claim_class WHEN 'PART_B' THEN 'CARRIER' ELSE claim_class END}}]}} AS type,
      {{'reference': 'Patient/' || beneficiary_id}} AS patient,
      {{'start': from_date, 'end': thru_date}} AS billablePeriod,
      {{'amount': {{'value': CASE WHEN claim_class <> 'PDE' THEN paid_amount END}}}} AS payment,
      [{{'resourceType': 'Organization', 'identifier': [
        {{'type': {_concept("v2-0203", "'PRN'", _PRN)}, 'value': ccn}},
        {{'type': {_concept("type", "'npi'", _PRN)}, 'value': facility_npi}}]}}] AS contained,
      {{'extension': [{_extension("'clm_fac_type_cd'", "bill_type[1]")}]}} AS facility,
      [{_extension("'clm_srvc_clsfctn_type_cd'", "bill_type[2]")},
       {_extension(f"CASE WHEN {_BY_LINE} THEN 'carr_clm_pmt_dnl_cd' "
                   "ELSE 'clm_mdcr_non_pmt_rsn_cd' END", "nonpayment_code")},
       {_extension("'asgmntcd'", "CASE is_assigned WHEN true THEN 'A' WHEN false THEN 'N' END")}
      ] AS extension,
      list_concat(coalesce(team, []), [{_member("901", "attending", "attending_npi")},
        {_member("902", "operating", "operating_npi")},
        {_member("903", "otheroperating", "other_npi")}]) AS careTeam,
      [{_information("discharge-status", "discharge_status")},
       {_information("admtype", "admission_type")},
       {_information("clm_src_ip_admsn_cd", "admission_source")},
       {_information("clm_drg_cd", "drg")}, {_information("typeofbill", "bill_type[3:]")},
       {_information("nch_prmry_pyr_cd", "primary_payer_code")},
       {_information("clm_mco_pd_sw", "mco_paid")},
       {{'category': {_concept("x", f"'{VARIABLES}nch_wkly_proc_dt'", CODES)}, 'code': NULL,
         'timingDate': paid_date, 'timingPeriod': NULL}},
       {{'category': {_concept("x", "'admissionperiod'", CODES)}, 'code': NULL,
         'timingDate': NULL, 'timingPeriod': {{'start': admission_date, 'end': discharge_date}}}}
      ] AS supportingInfo,
      [{{'financial': [
        {_balance(f"CASE WHEN {_BY_LINE} THEN 'carr_clm_cash_ddctbl_apld_amt' "
                  "ELSE 'nch_bene_ip_ddctbl_amt' END", "deductible")},
        {_balance("'nch_bene_pta_coinsrnc_lblty_amt'", "coinsurance")},
        {_balance("'nch_carr_clm_alowd_amt'", "allowed_amount")}]}}] AS benefitBalance,
      diagnosis, "procedure",
      CASE claim_class WHEN 'PDE' THEN CAST([{{'sequence': 1, 'adjudication': [{_DRUG}]}}] AS JSON)
        ELSE CAST(item AS JSON) END AS item
    FROM claim LEFT JOIN ({_ITEMS}) USING (claim_id) LEFT JOIN ({_DIAGNOSES}) USING (claim_id)
    LEFT JOIN ({_PROCEDURES}) USING (claim_id)"""  # fmt: skip
_PATIENT = f"""
    SELECT 'Patient' AS resourceType, beneficiary_id AS id, birth_date AS birthDate,
      CASE sex WHEN '1' THEN 'male' WHEN '2' THEN 'female' ELSE 'unknown' END AS gender,
      death_date AS deceasedDateTime, [{_extension("'race'", "race")}] AS extension,
      [{{'state': state, 'district': county, 'postalCode': zip5,
         'country': CASE is_us_resident WHEN true THEN 'US' WHEN false THEN 'XX' END}}] AS address
    FROM beneficiary"""
_BUYIN = """CASE WHEN part_a AND part_b THEN '3' WHEN part_a THEN '1' WHEN part_b THEN '2'
    ELSE '0' END"""


def _months(stem: str, code: str) -> str:
    name = f"'{stem}' || right(CAST(year_month AS VARCHAR), 2)"
    return f"list({_extension(name, code)})"


_YEAR = f"""
    SELECT beneficiary_id, entitlement_status, year_month // 100 AS year,
      {_months("buyin", _BUYIN)} AS buyin, {_months("dual_", "dual_status")} AS dual,
      {_months("hmo_ind_", "CASE WHEN ma_enrolled THEN '1' ELSE '0' END")} AS hmo
    FROM enrollment_month GROUP BY ALL"""
_REFERENCE = ", ".join(
    f"CAST({stated} AS JSON)"
    for stated in (
        f"{{'url': '{VARIABLES}rfrnc_yr', 'valueDate': CAST(year AS VARCHAR)}}",
        _extension("'ms_cd'", "entitlement_status"),
        _extension("'orec'", "orig_entitlement_code"),
    )
)
_COVERAGE = f"""
    SELECT 'Coverage' AS resourceType,
      concat_ws('-', 'part', part, beneficiary_id, year, entitlement_status) AS id,
      'active' AS status, {{'reference': 'Patient/' || beneficiary_id}} AS beneficiary,
      [{{'value': 'Part ' || upper(part)}}] AS class,
      list_concat([{_REFERENCE}],
        list_transform(CASE part WHEN 'a' THEN list_concat(buyin, dual) ELSE hmo END,
          lambda x: CAST(x AS JSON))) AS extension
    FROM ({_YEAR}) JOIN beneficiary USING (beneficiary_id), (VALUES ('a'), ('c')) parts(part)"""
