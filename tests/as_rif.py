"""A synthetic population as RIF: what the files can carry of it, and the files that carry it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from openp4p.claims.formats.states import SSA_STATES
from openp4p.claims.intake import Claims
from tests.as_cclf import BESIDE as ALL_BESIDE

BESIDE = tuple(name for name in ALL_BESIDE if name != "enrollment_month")
TABLES = ("beneficiary", "enrollment_month", "claim", "claim_line", "diagnosis", "procedure")
ASIDE: set[str] = set()
NOTES: set[str] = set()
# columns of the canonical tables that the files do not have, or that intake writes anew
NOT_CARRIED = {
    "beneficiary": ("is_us_resident",),
    # flags that come from other files
    "enrollment_month": ("hospice", "institutional"),
    "claim": (
        *("standardized_amount", "pass_through_amount", "primary_payer_code", "mco_paid"),
        *("control_number", "effective_date", "adjustment_type", "primary_payer_paid"),
    ),
    "claim_line": ("standardized_amount", "billed_tin", "primary_payer_paid"),
    "diagnosis": (),
    "procedure": (),
}
_PROFESSIONAL = "claim_class IN ('PART_B', 'DME')"
_INSTITUTIONAL = "claim_class NOT IN ('PART_B', 'DME', 'PDE')"
_STAY = "claim_class IN ('INPATIENT', 'SNF')"
_CHANGED = {
    # the state of those who live abroad
    "beneficiary": {"state": "CASE WHEN state <> 'ZZ' THEN state END"},
    "claim": {
        # an institutional claim's is the sum of its parts; a prescription's its cost
        "allowed_amount": f"CASE WHEN {_INSTITUTIONAL} THEN CAST(coalesce(paid_amount, 0) + "
        "coalesce(deductible, 0) + coalesce(coinsurance, 0) + coalesce(blood_deductible, 0) AS "
        "DECIMAL(18, 2)) ELSE allowed_amount END",
        "paid_amount": "CASE WHEN claim_class <> 'PDE' THEN paid_amount END",
        "claim_type_code": "CASE WHEN claim_class <> 'PDE' THEN claim_type_code END",
        "coinsurance": f"CASE WHEN {_INSTITUTIONAL} THEN coinsurance END",
        "deductible": "CASE WHEN claim_class <> 'PDE' THEN deductible END",
        "admission_date": f"CASE WHEN {_STAY} THEN coalesce(admission_date, from_date) END",
        "discharge_date": f"CASE WHEN {_STAY} THEN coalesce(discharge_date, thru_date) END",
    },
    "claim_line": {
        **{
            name: f"CASE WHEN {_PROFESSIONAL} THEN {name} END"
            for name in (
                *("tin", "billing_npi", "specialty", "place_of_service", "processing_indicator"),
                *("allowed_amount", "is_assigned", "line_diagnosis"),
            )
        },
    },
}
_KEPT = {
    "claim_line": "WHERE t.claim_class <> 'PDE'",
    "diagnosis": "WHERE NOT EXISTS (SELECT 1 FROM claims c WHERE c.claim_id = t.claim_id AND "
    "c.claim_class = 'PDE') AND (seq = 1 OR NOT EXISTS (SELECT 1 FROM was d "
    "WHERE d.claim_id = t.claim_id AND d.seq = 1 AND d.code = t.code))",
}


def carried(settled: Claims, into: Path) -> Path:
    """The tables of a population in our own layout, with what the files cannot carry left out."""
    into.mkdir(exist_ok=True)
    for name in (*TABLES, *BESIDE):
        settled.tables[name].to_parquet(into / f"{name}.parquet")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE was AS FROM '{into}/diagnosis.parquet'")
        connection.execute(
            f"CREATE TABLE claims AS SELECT 'PDE' || claim_id AS named, * FROM "
            f"'{into}/claim.parquet'"
        )
        for name, dropped in NOT_CARRIED.items():
            path = into / f"{name}.parquet"
            changed = dict.fromkeys(dropped, "NULL") | _CHANGED.get(name, {})
            if name == "claim":
                changed["claim_id"] = (
                    "CASE WHEN claim_class = 'PDE' THEN 'PDE' || claim_id ELSE claim_id END"
                )
            columns = [row[0] for row in connection.execute(f"DESCRIBE FROM '{path}'").fetchall()]
            types = {
                row[0]: row[1] for row in connection.execute(f"DESCRIBE FROM '{path}'").fetchall()
            }
            listed = ", ".join(
                f'CAST({changed[c]} AS {types[c]}) AS "{c}"' if c in changed else f't."{c}"'
                for c in columns
            )
            connection.execute(
                f"COPY (SELECT {listed} FROM '{path}' t {_KEPT.get(name, '')}) TO '{path}.new' "
                "(FORMAT parquet)"
            )
            Path(f"{path}.new").replace(path)
    return into


def write(base: Path, folder: Path) -> Path:
    """The files of all types with what `carried` left, and what lies beside them."""
    folder.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        for path in base.glob("*.parquet"):
            connection.execute(f"CREATE TABLE {path.stem} AS FROM '{path}'")
        for name, select in _SELECTS.items():
            connection.execute(
                f"COPY ({select}) TO '{folder}/{name}.txt' (FORMAT csv, HEADER, DELIMITER '|', "
                "QUOTE '', ESCAPE '', DATEFORMAT '%d-%b-%Y')"
            )
    for name in BESIDE:
        (folder / f"{name}.parquet").write_bytes((base / f"{name}.parquet").read_bytes())
    return folder


_STATES = " ".join(f"WHEN '{state}' THEN '{code}'" for code, state in SSA_STATES.items())
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEPT", "OCT", "NOV", "DEC")


def _of_month(n: int, sql: str) -> str:
    return f"max({sql}) FILTER (year_month % 100 = {n})"


_BOUGHT = (
    "CASE WHEN part_a AND part_b THEN '3' WHEN part_a THEN '1' WHEN part_b THEN '2' ELSE '0' END"
)
_PLAN = "CASE WHEN ma_enrolled THEN '1' ELSE '0' END"
_MONTHLY = ", ".join(
    f"{_of_month(n, _BOUGHT)} AS MDCR_ENTLMT_BUYIN_{n}_IND, "
    f"{_of_month(n, _PLAN)} AS HMO_{n}_IND, "
    f"{_of_month(n, 'entitlement_status')} AS MDCR_STUS_{month}_CD, "
    f"{_of_month(n, 'dual_status')} AS META_DUAL_ELGBL_STUS_{month}_CD"
    for n, month in enumerate(_MONTHS, 1)
)
_VERSION = "CASE icd_version WHEN 9 THEN '9' ELSE '0' END"
_DIAGNOSES = ", ".join(
    f"max(code) FILTER (seq = {n}) AS ICD_DGNS_CD{n}, "
    f"max({_VERSION}) FILTER (seq = {n}) AS ICD_DGNS_VRSN_CD{n}, "
    f"max(poa) FILTER (seq = {n}) AS CLM_POA_IND_SW{n}"
    for n in range(1, 26)
)
_CODED = f"(SELECT claim_id, {_DIAGNOSES} FROM diagnosis GROUP BY claim_id)"
_PROCEDURES = (
    "(SELECT claim_id, max(code) FILTER (seq = 1) AS ICD_PRCDR_CD1, max(CASE icd_version WHEN 9 "
    "THEN '9' ELSE '0' END) FILTER (seq = 1) AS ICD_PRCDR_VRSN_CD1, max(procedure_date) FILTER "
    "(seq = 1) AS PRCDR_DT1 FROM procedure GROUP BY claim_id)"
)
_HEADER = (
    "'INSERT' AS DML_IND, c.beneficiary_id AS BENE_ID, c.claim_id AS CLM_ID, 'F' AS FINAL_ACTION, "
    "c.claim_type_code AS NCH_CLM_TYPE_CD, c.from_date AS CLM_FROM_DT, c.thru_date AS CLM_THRU_DT, "
    "c.paid_date AS NCH_WKLY_PROC_DT, "
    "c.paid_amount AS CLM_PMT_AMT, d.ICD_DGNS_CD1 AS PRNCPAL_DGNS_CD, "
    "d.ICD_DGNS_VRSN_CD1 AS PRNCPAL_DGNS_VRSN_CD, d.* EXCLUDE (claim_id)"
)
_SELECTS = {
    "mbsf": "SELECT 'INSERT' AS DML_IND, b.beneficiary_id AS BENE_ID, "
    f"CASE state {_STATES} END AS STATE_CODE, county AS BENE_COUNTY_CD, zip5 AS BENE_ZIP_CD, "
    "birth_date AS BENE_BIRTH_DT, sex AS BENE_SEX_IDENT_CD, race AS BENE_RACE_CD, "
    "orig_entitlement_code AS BENE_ENTLMT_RSN_ORIG, death_date AS DEATH_DT, m.* EXCLUDE (person) "
    "FROM beneficiary b JOIN (SELECT beneficiary_id AS person, year_month // 100 AS RFRNC_YR, "
    f"{_MONTHLY} FROM enrollment_month GROUP BY ALL) m ON m.person = b.beneficiary_id",
    "professional": f"SELECT {_HEADER}, c.nonpayment_code AS CARR_CLM_PMT_DNL_CD, "
    "c.allowed_amount AS NCH_CARR_CLM_ALOWD_AMT, c.deductible AS CARR_CLM_CASH_DDCTBL_APLD_AMT, "
    "CASE is_assigned WHEN true THEN 'A' WHEN false THEN 'N' END AS CARR_CLM_PRVDR_ASGNMT_IND_SW, "
    "l.line_number AS LINE_NUM, l.npi AS PRF_PHYSN_NPI, l.billing_npi AS ORG_NPI_NUM, "
    "l.tin AS TAX_NUM, l.specialty AS PRVDR_SPCLTY, l.units AS LINE_SRVC_CNT, "
    "l.place_of_service AS LINE_PLACE_OF_SRVC_CD, l.from_date AS LINE_1ST_EXPNS_DT, "
    "l.thru_date AS LINE_LAST_EXPNS_DT, l.hcpcs_code AS HCPCS_CD, "
    "l.modifier_1 AS HCPCS_1ST_MDFR_CD, l.modifier_2 AS HCPCS_2ND_MDFR_CD, "
    "l.modifier_3 AS HCPCS_3RD_MDFR_CD, l.modifier_4 AS HCPCS_4TH_MDFR_CD, "
    "l.paid_amount AS LINE_NCH_PMT_AMT, l.deductible AS LINE_BENE_PTB_DDCTBL_AMT, "
    "l.coinsurance AS LINE_COINSRNC_AMT, l.allowed_amount AS LINE_ALOWD_CHRG_AMT, "
    "l.processing_indicator AS LINE_PRCSG_IND_CD, l.line_diagnosis AS LINE_ICD_DGNS_CD "
    f"FROM claim_line l JOIN claim c USING (claim_id) LEFT JOIN {_CODED} d USING (claim_id) "
    f"WHERE c.{_PROFESSIONAL}",
    # every institutional claim, with its lines where it has any
    "institutional": f"SELECT {_HEADER}, p.* EXCLUDE (claim_id), "
    "c.bill_type[1] AS CLM_FAC_TYPE_CD, c.bill_type[2] AS CLM_SRVC_CLSFCTN_TYPE_CD, "
    "c.bill_type[3] AS CLM_FREQ_CD, c.ccn AS PRVDR_NUM, c.facility_npi AS ORG_NPI_NUM, "
    "c.nonpayment_code AS CLM_MDCR_NON_PMT_RSN_CD, c.discharge_status AS PTNT_DSCHRG_STUS_CD, "
    "c.admission_date AS CLM_ADMSN_DT, c.discharge_date AS NCH_BENE_DSCHRG_DT, "
    "c.admission_type AS CLM_IP_ADMSN_TYPE_CD, c.admission_source AS CLM_SRC_IP_ADMSN_CD, "
    "c.drg AS CLM_DRG_CD, "
    f"CASE WHEN c.{_STAY} THEN c.deductible END AS NCH_BENE_IP_DDCTBL_AMT, "
    f"CASE WHEN c.{_STAY} THEN c.coinsurance END AS NCH_BENE_PTA_COINSRNC_LBLTY_AM, "
    f"CASE WHEN NOT c.{_STAY} THEN c.deductible END AS NCH_BENE_PTB_DDCTBL_AMT, "
    f"CASE WHEN NOT c.{_STAY} THEN c.coinsurance END AS NCH_BENE_PTB_COINSRNC_AMT, "
    "c.blood_deductible AS NCH_BENE_BLOOD_DDCTBL_LBLTY_AM "
    f"FROM claim c LEFT JOIN {_CODED} d USING (claim_id) LEFT JOIN {_PROCEDURES} p "
    f"USING (claim_id) WHERE c.{_INSTITUTIONAL}",
    "institutional_lines": "SELECT c.beneficiary_id AS BENE_ID, c.claim_id AS CLM_ID, "
    "l.line_number AS CLM_LINE_NUM, l.revenue_code AS REV_CNTR, l.from_date AS REV_CNTR_DT, "
    "l.hcpcs_code AS HCPCS_CD, l.modifier_1 AS HCPCS_1ST_MDFR_CD, "
    "l.modifier_2 AS HCPCS_2ND_MDFR_CD, l.units AS REV_CNTR_UNIT_CNT, "
    "l.paid_amount AS REV_CNTR_PMT_AMT_AMT, l.deductible AS REV_CNTR_CASH_DDCTBL_AMT, "
    "l.coinsurance AS REV_CNTR_COINSRNC_WGE_ADJSTD_C, l.npi AS RNDRNG_PHYSN_NPI "
    f"FROM claim_line l JOIN claim c USING (claim_id) WHERE c.{_INSTITUTIONAL}",
    "pde": "SELECT 'INSERT' AS DML_IND, claim_id[4:] AS PDE_ID, 'F' AS FINAL_ACTION, "
    "beneficiary_id AS BENE_ID, from_date AS SRVC_DT, paid_date AS PD_DT, "
    "allowed_amount AS TOT_RX_CST_AMT "
    "FROM claim WHERE claim_class = 'PDE'",
}
