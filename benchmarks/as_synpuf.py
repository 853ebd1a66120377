"""A synthetic population in the layout of CMS's DE-SynPUF, as far as the files can carry it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from openp4p.claims.formats.states import SSA_STATES
from openp4p.claims.intake import Claims

TABLES = ("beneficiary", "enrollment_month", "claim", "claim_line", "diagnosis", "procedure")
SLOTS, CODES, HOSPITAL_CODES, DIAGNOSES, PROCEDURES = 13, 8, 45, 10, 6
YEARS = (2013, 2014, 2015)


def carried(settled: Claims, into: Path) -> Path:
    """The tables of the population as they are."""
    into.mkdir(exist_ok=True)
    for name in TABLES:
        settled.tables[name].to_parquet(into / f"{name}.parquet")
    return into


def write(base: Path, folder: Path) -> Path:
    """The files of one sample."""
    folder.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        for path in base.glob("*.parquet"):
            connection.execute(f"CREATE VIEW {path.stem} AS FROM '{path}'")
        for name, select in _selects().items():
            connection.execute(
                f"COPY ({select}) TO '{folder}/DE1_0_{name}_Sample_1.csv' "
                "(FORMAT csv, HEADER, DATEFORMAT '%Y%m%d')"
            )
    return folder


def _selects() -> dict[str, str]:
    return {
        **{f"{year}_Beneficiary_Summary_File": _summary(year) for year in YEARS},
        "2008_to_2010_Carrier_Claims": _CARRIER,
        "2008_to_2010_Inpatient_Claims": _bill(
            "INPATIENT",
            "admission_date AS CLM_ADMSN_DT, 0 AS CLM_PASS_THRU_PER_DIEM_AMT, "
            "deductible AS NCH_BENE_IP_DDCTBL_AMT, coinsurance AS NCH_BENE_PTA_COINSRNC_LBLTY_AM, "
            "1 AS CLM_UTLZTN_DAY_CNT, discharge_date AS NCH_BENE_DSCHRG_DT, drg AS CLM_DRG_CD",
        ),
        "2008_to_2010_Outpatient_Claims": _bill(
            "OUTPATIENT",
            "deductible AS NCH_BENE_PTB_DDCTBL_AMT, coinsurance AS NCH_BENE_PTB_COINSRNC_AMT",
        ),
        "2008_to_2010_Prescription_Drug_Events": "SELECT beneficiary_id AS DESYNPUF_ID, "
        "claim_id AS PDE_ID, from_date AS SRVC_DT, allowed_amount AS TOT_RX_CST_AMT "
        "FROM claim WHERE claim_class = 'PDE'",
    }


def _numbered(column: str, place: str, name: str, most: int) -> str:
    return ", ".join(
        f"max({column}) FILTER ({place} = {n}) AS {name}_{n}" for n in range(1, most + 1)
    )


def _codes(table: str, name: str, most: int) -> str:
    columns = _numbered("code", "seq", name, most)
    return f"(SELECT claim_id, {columns} FROM {table} GROUP BY claim_id)"


_STATES = " ".join(f"WHEN '{state}' THEN '{code}'" for code, state in SSA_STATES.items())


def _summary(year: int) -> str:
    return (
        "SELECT beneficiary_id AS DESYNPUF_ID, birth_date AS BENE_BIRTH_DT, "
        "death_date AS BENE_DEATH_DT, sex AS BENE_SEX_IDENT_CD, race AS BENE_RACE_CD, "
        f"'0' AS BENE_ESRD_IND, CASE state {_STATES} ELSE '54' END AS SP_STATE_CODE, "
        "county AS BENE_COUNTY_CD, count_if(part_a) AS BENE_HI_CVRAGE_TOT_MONS, "
        "count_if(part_b) AS BENE_SMI_CVRAGE_TOT_MONS, "
        "count_if(ma_enrolled) AS BENE_HMO_CVRAGE_TOT_MONS "
        "FROM beneficiary JOIN enrollment_month USING (beneficiary_id) "
        f"WHERE year_month // 100 = {year} GROUP BY ALL"
    )


_LINE = {
    "PRF_PHYSN_NPI": "npi",
    "TAX_NUM": "coalesce(tin, '000000001')",
    "HCPCS_CD": "hcpcs_code",
    "LINE_NCH_PMT_AMT": "paid_amount",
    "LINE_BENE_PTB_DDCTBL_AMT": "deductible",
    "LINE_BENE_PRMRY_PYR_PD_AMT": "0",
    "LINE_COINSRNC_AMT": "coinsurance",
    "LINE_ALOWD_CHRG_AMT": "allowed_amount",
    "LINE_PRCSG_IND_CD": "processing_indicator",
    "LINE_ICD9_DGNS_CD": "line_diagnosis",
}
_LINES = ", ".join(_numbered(sql, "line_number", name, SLOTS) for name, sql in _LINE.items())
_CARRIER = (
    "SELECT beneficiary_id AS DESYNPUF_ID, claim_id AS CLM_ID, from_date AS CLM_FROM_DT, "
    "thru_date AS CLM_THRU_DT, d.* EXCLUDE (claim_id), l.* EXCLUDE (claim_id) FROM claim "
    f"JOIN (SELECT claim_id, {_LINES} FROM claim_line GROUP BY claim_id) l USING (claim_id) "
    f"LEFT JOIN {_codes('diagnosis', 'ICD9_DGNS_CD', CODES)} d USING (claim_id) "
    "WHERE claim_class IN ('PART_B', 'DME')"
)


def _bill(claim_class: str, columns: str) -> str:
    hcpcs = _numbered("hcpcs_code", "line_number", "HCPCS_CD", HOSPITAL_CODES)
    return (
        "SELECT beneficiary_id AS DESYNPUF_ID, claim_id AS CLM_ID, 1 AS SEGMENT, "
        "from_date AS CLM_FROM_DT, thru_date AS CLM_THRU_DT, ccn AS PRVDR_NUM, "
        "paid_amount AS CLM_PMT_AMT, 0 AS NCH_PRMRY_PYR_CLM_PD_AMT, "
        f"0 AS NCH_BENE_BLOOD_DDCTBL_LBLTY_AM, {columns}, d.* EXCLUDE (claim_id), "
        "p.* EXCLUDE (claim_id), l.* EXCLUDE (claim_id) FROM claim "
        f"LEFT JOIN {_codes('diagnosis', 'ICD9_DGNS_CD', DIAGNOSES)} d USING (claim_id) "
        f"LEFT JOIN {_codes('procedure', 'ICD9_PRCDR_CD', PROCEDURES)} p USING (claim_id) "
        f"LEFT JOIN (SELECT claim_id, {hcpcs} FROM claim_line GROUP BY claim_id) l "
        f"USING (claim_id) WHERE claim_class = '{claim_class}'"
    )
