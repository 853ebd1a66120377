"""A synthetic population as Tuva input tables: what the layer can carry of it, and the tables."""

from __future__ import annotations

from pathlib import Path

import duckdb

from openp4p.claims.formats.states import STATE_NAMES
from openp4p.claims.intake import Claims
from openp4p.claims.tables import TABLES as CANONICAL
from tests.as_cclf import BESIDE as ALL_BESIDE
from tests.read_back import sql_type

BESIDE = tuple(name for name in ALL_BESIDE if name != "enrollment_month")
TABLES = ("beneficiary", "enrollment_month", "claim", "claim_line", "diagnosis", "procedure")
ASIDE: set[str] = set()
NOTES = {"no_specialty", "enrolment_without_parts"}
_MOST_CODES = 25

# suppliers cannot be told from professionals; specialties are those of the roster beside
_CLASS = "CASE c.claim_class WHEN 'DME' THEN 'PART_B' ELSE c.claim_class END"
# whoever fills the layer has left out what was denied; a claim without lines is a line of its own
_LINES = f"""
    SELECT l.* REPLACE ({_CLASS} AS claim_class, coalesce(l.thru_date, c.thru_date) AS thru_date,
        CASE WHEN c.claim_class IN ('PART_B', 'DME') THEN l.tin END AS tin,
        NULL AS billed_tin, r.code AS specialty, NULL AS standardized_amount,
        NULL AS primary_payer_paid, NULL AS processing_indicator, NULL AS is_assigned,
        NULL AS line_diagnosis)
    FROM read.claim_line l JOIN read.claim c USING (claim_id)
    LEFT JOIN (SELECT tin, npi, min(specialty_primary) AS code FROM read.provider_enrollment
        GROUP BY ALL) r ON r.tin = l.tin AND r.npi = l.npi
    WHERE c.nonpayment_code IS NULL AND l.processing_indicator = 'A' AND c.claim_class <> 'PDE'
    UNION ALL BY NAME
    SELECT claim_id, 1 AS line_number, beneficiary_id, claim_class, from_date, thru_date,
        allowed_amount, paid_amount, deductible, coinsurance
    FROM read.claim c WHERE nonpayment_code IS NULL AND claim_class <> 'PDE'
    AND claim_id NOT IN (SELECT claim_id FROM read.claim_line)"""
_STAY = "claim_class IN ('INPATIENT', 'SNF')"
# a claim's money is that of its lines
_CLAIMS = f"""
    SELECT claim_id, beneficiary_id, {_CLASS} AS claim_class, from_date, thru_date,
        CASE WHEN {_STAY} THEN coalesce(admission_date, from_date) END AS admission_date,
        CASE WHEN {_STAY} THEN coalesce(discharge_date, thru_date) END AS discharge_date,
        discharge_status, admission_type, admission_source, facility_npi, bill_type, drg,
        allowed AS allowed_amount, paid AS paid_amount
    FROM read.claim c JOIN (SELECT claim_id, sum(allowed_amount) AS allowed,
        sum(paid_amount) AS paid FROM claim_line GROUP BY 1) USING (claim_id)
    UNION ALL BY NAME
    SELECT 'PDE' || claim_id || '-1' AS claim_id, beneficiary_id, claim_class, from_date,
        from_date AS thru_date, allowed_amount, paid_amount
    FROM read.claim WHERE claim_class = 'PDE' AND nonpayment_code IS NULL"""
# neither an admitting diagnosis nor more codes than there are columns for
_CODES = f"seq BETWEEN 1 AND {_MOST_CODES} AND claim_id IN (SELECT claim_id FROM claim)"
_CARRIED = {
    "claim_line": _LINES,
    "claim": _CLAIMS,
    "diagnosis": "SELECT * REPLACE (CASE seq WHEN 1 THEN 'principal' ELSE 'secondary' END AS role) "
    f"FROM read.diagnosis WHERE {_CODES}",
    "procedure": f"SELECT * FROM read.procedure WHERE {_CODES}",
    "beneficiary": "SELECT * REPLACE (NULL AS county, NULL AS is_us_resident) "
    "FROM read.beneficiary SEMI JOIN enrollment_month USING (beneficiary_id)",
    # a span is of both parts
    "enrollment_month": "SELECT * REPLACE (true AS part_a, true AS part_b, 'span' AS source_grain) "
    "FROM read.enrollment_month WHERE part_a OR part_b",
}  # fmt: skip


def carried(settled: Claims, into: Path) -> Path:
    """The tables of a population in our own layout, with what the layer cannot carry left out."""
    into.mkdir(exist_ok=True)
    read = into.with_name(into.name + "-read")
    read.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA read")
        for name in (*TABLES, *BESIDE):
            settled.tables[name].to_parquet(read / f"{name}.parquet")
            connection.execute(f"CREATE VIEW read.{name} AS FROM '{read}/{name}.parquet'")
        for name in ("claim_line", "claim", "enrollment_month", *TABLES):
            typed = ", ".join(
                f'CAST("{c}" AS {sql_type(type_)}) AS "{c}"'
                for c, type_ in CANONICAL[name].types.items()
            )
            none = ", ".join(f'NULL AS "{c}"' for c in CANONICAL[name].columns)
            rows = f"SELECT {none} WHERE false UNION ALL BY NAME {_CARRIED[name]}"
            target = into / f"{name}.parquet"
            connection.execute(f"COPY (SELECT {typed} FROM ({rows})) TO '{target}'")
            connection.execute(f"CREATE OR REPLACE VIEW {name} AS FROM '{target}'")
    for name in BESIDE:
        (read / f"{name}.parquet").rename(into / f"{name}.parquet")
    return into


def write(base: Path, folder: Path) -> Path:
    """The tables with all that `carried` left, and what lies beside them."""
    folder.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        for path in base.glob("*.parquet"):
            connection.execute(f"CREATE VIEW {path.stem} AS FROM '{path}'")
        for name, select in _SELECTS.items():
            connection.execute(f"COPY ({select}) TO '{folder}/{name}' (FORMAT csv, HEADER)")
    for name in BESIDE:
        (folder / f"{name}.parquet").write_bytes((base / f"{name}.parquet").read_bytes())
    return folder


def _wide(table: str, beside: str, name: str) -> str:
    """One row for each claim with its codes in numbered columns."""
    columns = ", ".join(
        f"max(code) FILTER (seq = {n}) AS {table}_code_{n}, "
        f"max({beside}) FILTER (seq = {n}) AS {name}_{n}"
        for n in range(1, _MOST_CODES + 1)
    )
    return (
        f"(SELECT claim_id, any_value('icd-' || icd_version) AS {table}_code_type, {columns} "
        f"FROM {table} GROUP BY claim_id)"
    )


_PAYER = "'medicare' AS payer, 'medicare' AS plan, 'test' AS data_source"
_STATE = " ".join(f"WHEN '{code}' THEN '{name}'" for name, code in STATE_NAMES.items())
_SAME = "ma_enrolled, entitlement_status, dual_status, hospice, institutional"
_SPANS = f"""
    SELECT beneficiary_id, {_SAME},
        strptime(min(year_month) || '01', '%Y%m%d')::DATE AS enrollment_start_date,
        last_day(strptime(max(year_month) || '01', '%Y%m%d')::DATE) AS enrollment_end_date
    FROM (SELECT *, year_month // 100 * 12 + year_month % 100 - row_number() OVER
        (PARTITION BY beneficiary_id, {_SAME} ORDER BY year_month) AS island
        FROM enrollment_month)
    GROUP BY beneficiary_id, island, {_SAME}"""
_SELECTS = {
    "medical_claim.csv": f"""
    SELECT claim_id, line_number AS claim_line_number,
        CASE c.claim_class WHEN 'PART_B' THEN 'professional' ELSE 'institutional' END AS claim_type,
        c.beneficiary_id AS person_id, c.from_date AS claim_start_date,
        c.thru_date AS claim_end_date, l.from_date AS claim_line_start_date,
        l.thru_date AS claim_line_end_date, admission_date, discharge_date,
        admission_source AS admit_source_code, admission_type AS admit_type_code,
        discharge_status AS discharge_disposition_code, place_of_service AS place_of_service_code,
        bill_type AS bill_type_code, 'ms-drg' AS drg_code_type, drg AS drg_code,
        revenue_code AS revenue_center_code, units AS service_unit_quantity, hcpcs_code,
        modifier_1 AS hcpcs_modifier_1, modifier_2 AS hcpcs_modifier_2,
        modifier_3 AS hcpcs_modifier_3, modifier_4 AS hcpcs_modifier_4, npi AS rendering_npi,
        billing_npi, tin AS billing_tin, facility_npi, l.paid_amount, l.allowed_amount,
        deductible AS deductible_amount, coinsurance AS coinsurance_amount,
        d.* EXCLUDE (claim_id), p.* EXCLUDE (claim_id), {_PAYER}
    FROM (SELECT * EXCLUDE (paid_amount, allowed_amount, deductible, coinsurance) FROM claim) c
    JOIN (SELECT * EXCLUDE (beneficiary_id, claim_class) FROM claim_line) l USING (claim_id)
    LEFT JOIN {_wide("diagnosis", "poa", "diagnosis_poa")} d USING (claim_id)
    LEFT JOIN {_wide("procedure", "procedure_date", "procedure_date")} p USING (claim_id)""",
    "eligibility.csv": f"""
    SELECT beneficiary_id AS person_id, beneficiary_id AS member_id,
        CASE sex WHEN '1' THEN 'male' WHEN '2' THEN 'female' ELSE 'unknown' END AS gender, race,
        birth_date, death_date, enrollment_start_date, enrollment_end_date,
        CASE WHEN ma_enrolled THEN 'Medicare Advantage' ELSE 'medicare' END AS payer_type,
        orig_entitlement_code AS original_reason_entitlement_code,
        dual_status AS dual_status_code, entitlement_status AS medicare_status_code,
        CAST(hospice AS INTEGER) AS hospice_flag,
        CAST(institutional AS INTEGER) AS long_term_institutional_flag,
        CASE state {_STATE} ELSE state END AS state, zip5 AS zip_code, {_PAYER}
    FROM beneficiary JOIN ({_SPANS}) USING (beneficiary_id)""",
    "pharmacy_claim.csv": f"""
    SELECT regexp_replace(claim_id[4:], '-1$', '') AS claim_id, 1 AS claim_line_number,
        beneficiary_id AS person_id, from_date AS dispensing_date, '00000000000' AS ndc_code,
        paid_amount, allowed_amount, {_PAYER}
    FROM claim WHERE claim_class = 'PDE'""",
}
