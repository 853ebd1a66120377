"""A synthetic population as CCLF: what the feed can carry, and the package that carries it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import duckdb

from openp4p.claims.formats.cclf_files import layout
from openp4p.claims.formats.states import FIPS_STATES
from openp4p.claims.intake import Claims

# what lies beside the feed in our own layout, as it is
BESIDE = (
    *("enrollment_month", "provider_enrollment", "quality_result", "cahps_result"),
    *("pqrs_success", "practice_election", "model_participation"),
)
# columns of the canonical tables that the feed does not have, and so are empty when it is read
NOT_CARRIED = {
    # residence outside the US has no field of its own
    "beneficiary": ("is_us_resident",),
    # standardised amounts come from elsewhere; control number and version are written anew
    "claim": (
        *("standardized_amount", "pass_through_amount", "primary_payer_paid", "mco_paid"),
        *("control_number", "effective_date", "adjustment_type", "primary_payer_code"),
    ),
    # no deductible, coinsurance or assignment by line
    "claim_line": (
        *("standardized_amount", "deductible", "coinsurance", "primary_payer_paid"),
        *("is_assigned", "billed_tin"),
    ),
    "diagnosis": (),
    "procedure": (),
}
TABLES = tuple(NOT_CARRIED)
WRITTEN_ANEW = {"claim": ("control_number", "effective_date", "adjustment_type")}
ASIDE: set[str] = set()
NOTES = {"cclf_omits"}
# rows it does not have: no diagnoses of suppliers and drugs, and none that repeats the principal
_KEPT = {
    "claim_line": "WHERE t.claim_class <> 'PDE'",
    "diagnosis": "WHERE NOT EXISTS (SELECT 1 FROM CLAIM c WHERE c.claim_id = number.n AND "
    "c.claim_class IN ('DME', 'PDE')) AND (seq = 1 OR NOT EXISTS (SELECT 1 FROM CLAIM c "
    "JOIN was d ON d.claim_id = t.claim_id AND d.seq = 1 AND d.code = t.code "
    "WHERE c.claim_id = number.n AND c.claim_class <> 'PART_B'))",
}
_PROFESSIONAL = ("PART_B", "DME")
_NAME = "P.A1234.ACO.ZC{kind}Y16.D160415.T0112000"


def carried(settled: Claims, into: Path) -> Path:
    """The tables of a population in our own layout, with what the feed cannot carry left out.

    Identifiers of claims are numbers of 13 digits.
    """
    into.mkdir(exist_ok=True)
    for name in ("beneficiary", "claim", "claim_line", "diagnosis", "procedure", *BESIDE):
        settled.tables[name].to_parquet(into / f"{name}.parquet")
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE number AS SELECT claim_id, CASE claim_class WHEN 'PDE' THEN 'PDE' "
            "ELSE '' END || lpad(CAST(row_number() OVER (ORDER BY claim_id) AS VARCHAR), 13, '0') "
            f"AS n FROM '{into}/claim.parquet'"
        )
        connection.execute(f"CREATE TABLE was AS FROM '{into}/diagnosis.parquet'")
        for name, dropped in NOT_CARRIED.items():
            path = into / f"{name}.parquet"
            changes = [f"NULL AS {column}" for column in dropped] + _narrowed(name)
            source = f"FROM '{path}' t"
            if name != "beneficiary":
                changes.append("number.n AS claim_id")
                source += " JOIN number USING (claim_id)"
            columns = [row[0] for row in connection.execute(f"DESCRIBE FROM '{path}'").fetchall()]
            renamed = {change.rsplit(" AS ", 1)[1]: change for change in changes}
            listed = ", ".join(renamed.get(column, f't."{column}"') for column in columns)
            where = _KEPT.get(name, "").replace("CLAIM", f"'{into}/claim.parquet'")
            connection.execute(
                f"COPY (SELECT {listed} {source} {where}) TO '{path}.new' (FORMAT parquet)"
            )
            Path(f"{path}.new").replace(path)
    return into


def _narrowed(table: str) -> list[str]:
    """What the feed says less of than the table: by class of claim, or shorter."""
    if table == "claim":
        institutional = f"t.claim_class NOT IN {(*_PROFESSIONAL, 'PDE')}"
        sums = (
            f"CASE WHEN {institutional} THEN CAST(coalesce(paid_amount, 0) + coalesce(deductible, "
            "0) + coalesce(coinsurance, 0) + coalesce(blood_deductible, 0) AS DECIMAL(18, 2)) "
            "WHEN claim_class = 'PDE' THEN NULL ELSE allowed_amount END AS allowed_amount"
        )
        paid = "CASE WHEN claim_class <> 'PDE' THEN paid_amount END AS paid_amount"
        shares = [
            f"CASE WHEN {institutional} THEN coalesce({name}, 0)::DECIMAL(18, 2) END AS {name}"
            for name in ("deductible", "coinsurance", "blood_deductible")
        ]
        admitted = "t.claim_class IN ('INPATIENT', 'SNF')"
        dates = [
            f"CASE WHEN {admitted} THEN {source} END AS {name}"
            for name, source in (("admission_date", "from_date"), ("discharge_date", "thru_date"))
        ]
        return [sums, paid, *shares, *dates]
    if table == "claim_line":
        none = ["tin", "specialty", "units", "modifier_1", "modifier_2", "modifier_3", "modifier_4"]
        part_b = [f"CASE WHEN claim_class <> 'DME' THEN {c} END AS {c}" for c in none]
        return [
            *part_b,
            "CASE WHEN claim_class <> 'OUTPATIENT' THEN allowed_amount END AS allowed_amount",
            "CASE WHEN claim_class <> 'OUTPATIENT' THEN place_of_service END AS place_of_service",
            "CASE WHEN claim_class = 'PART_B' THEN npi WHEN claim_class = 'DME' THEN billing_npi "
            "END AS billing_npi",
            "CASE WHEN claim_class <> 'OUTPATIENT' THEN processing_indicator END "
            "AS processing_indicator",
        ]
    if table == "diagnosis":
        return ["CASE WHEN seq > 1 THEN poa END AS poa"]
    return []


def write(base: Path, folder: Path) -> Path:
    """The package of one delivery with all that `carried` left, and what lies beside it."""
    folder.mkdir(exist_ok=True)
    unpacked = members(base, folder.with_name(folder.name + "-members"))
    with zipfile.ZipFile(
        folder / _NAME.format(kind=""), "w", compression=zipfile.ZIP_DEFLATED
    ) as package:
        for path in sorted(unpacked.iterdir()):
            package.write(path, path.name)
    for name in BESIDE:
        (folder / f"{name}.parquet").write_bytes((base / f"{name}.parquet").read_bytes())
    return folder


def members(base: Path, folder: Path) -> Path:
    """The files that a package holds."""
    folder.mkdir(exist_ok=True)
    counts = {}
    with duckdb.connect() as connection:
        for path in base.glob("*.parquet"):
            connection.execute(f"CREATE VIEW {path.stem} AS FROM '{path}'")
        for kind, select in _SELECTS.items():
            target = folder / _NAME.format(kind=kind)
            (made,) = connection.execute(
                f"COPY ({_lines(kind, select)}) TO '{target}' (FORMAT csv, HEADER false, "
                "QUOTE '', ESCAPE '', DELIMITER '\x1f')"
            ).fetchall()
            counts[kind] = int(made[0])
    (folder / _NAME.format(kind="0")).write_text(_summary(counts))
    return folder


def _summary(counts: dict[str, int]) -> str:
    rows = ["File Number  |File Description     |Total Records Count |Record Length"]
    for kind, count in counts.items():
        width = max(end for _, end in layout(kind).values())
        rows.append(f"CCLF{kind}  |File {kind}        |{count:>10} |{width:>5}")
    return "\n".join(rows) + "\n"


def _lines(kind: str, select: str) -> str:
    """SQL of the fixed-width lines of a file from a SELECT of its fields by name."""
    fields = layout(kind)
    named = dict(pair.rsplit(" AS ", 1)[::-1] for pair in select.split(" FROM ", 1)[0].split(";"))
    source = select.split(" FROM ", 1)[1]
    cells = [
        f"rpad(coalesce(CAST({named[name]} AS VARCHAR), ''), {last - first + 1}, ' ')"
        if name in named
        else f"repeat(' ', {last - first + 1})"
        for name, (first, last) in fields.items()
    ]
    unknown = set(named) - set(fields)
    assert not unknown, unknown
    return f"SELECT {' || '.join(cells)} FROM {source}"


_FIPS = " ".join(f"WHEN '{state}' THEN '{code}'" for code, state in FIPS_STATES.items())
_ICD = "CASE icd_version WHEN 9 THEN '9' ELSE '0' END AS DGNS_PRCDR_ICD_IND"
_OF_CLAIM = "c.claim_id AS CUR_CLM_UNIQ_ID;c.beneficiary_id AS BENE_MBI_ID"
_ICD_OF_CLAIM = (
    "(SELECT CASE WHEN any_value(icd_version) = 9 THEN '9' ELSE '0' END\tFROM diagnosis v "
    "WHERE v.claim_id = c.claim_id) AS DGNS_PRCDR_ICD_IND"
)
_INSTITUTIONAL = "c.claim_class NOT IN ('PART_B', 'DME', 'PDE')"
_SELECTS = {
    "1": f"{_OF_CLAIM};c.ccn AS PRVDR_OSCAR_NUM;c.claim_type_code AS CLM_TYPE_CD;"
    "c.from_date AS CLM_FROM_DT;c.thru_date AS CLM_THRU_DT;"
    "c.bill_type[1] AS CLM_BILL_FAC_TYPE_CD;c.bill_type[2] AS CLM_BILL_CLSFCTN_CD;"
    "c.bill_type[3] AS CLM_BILL_FREQ_CD;d.code AS PRNCPL_DGNS_CD;"
    "c.nonpayment_code AS CLM_MDCR_NPMT_RSN_CD;c.paid_amount AS CLM_PMT_AMT;"
    "c.discharge_status AS BENE_PTNT_STUS_CD;c.drg AS DGNS_DRG_CD;"
    "c.facility_npi AS FAC_PRVDR_NPI_NUM;'0' AS CLM_ADJSMT_TYPE_CD;"
    "c.thru_date AS CLM_EFCTV_DT;c.paid_date AS CLM_IDR_LD_DT;"
    "c.admission_type AS CLM_ADMSN_TYPE_CD;"
    f"c.admission_source AS CLM_ADMSN_SRC_CD;{_ICD_OF_CLAIM}"
    " FROM claim c LEFT JOIN diagnosis d ON d.claim_id = c.claim_id AND d.seq = 1 "
    f"WHERE {_INSTITUTIONAL}",
    "2": f"{_OF_CLAIM};l.line_number AS CLM_LINE_NUM;c.claim_type_code AS CLM_TYPE_CD;"
    "l.from_date AS CLM_LINE_INSTNL_REV_CTR_DT;l.thru_date AS CLM_LINE_THRU_DT;"
    "c.from_date AS CLM_FROM_DT;l.hcpcs_code AS CLM_LINE_HCPCS_CD;"
    "l.revenue_code AS CLM_LINE_PROD_REV_CTR_CD;l.units AS CLM_LINE_SRVC_UNIT_QTY;"
    "l.modifier_1 AS HCPCS_1_MDFR_CD;l.modifier_2 AS HCPCS_2_MDFR_CD;"
    "l.paid_amount AS CLM_LINE_CVRD_PD_AMT"
    f" FROM claim_line l JOIN claim c USING (claim_id) WHERE {_INSTITUTIONAL}",
    "3": f"{_OF_CLAIM};p.seq AS CLM_VAL_SQNC_NUM;p.code AS CLM_PRCDR_CD;"
    f"p.procedure_date AS CLM_PRCDR_PRFRM_DT;{_ICD}"
    " FROM procedure p JOIN claim c USING (claim_id)",
    "4": f"{_OF_CLAIM};d.seq - 1 AS CLM_VAL_SQNC_NUM;'D' AS CLM_PROD_TYPE_CD;"
    f"d.code AS CLM_DGNS_CD;d.poa AS CLM_POA_IND;{_ICD}"
    f" FROM diagnosis d JOIN claim c USING (claim_id) WHERE {_INSTITUTIONAL} AND d.seq > 1",
    "5": f"{_OF_CLAIM};l.line_number AS CLM_LINE_NUM;c.claim_type_code AS CLM_TYPE_CD;"
    "c.from_date AS CLM_FROM_DT;c.thru_date AS CLM_THRU_DT;l.specialty AS CLM_PRVDR_SPCLTY_CD;"
    "l.place_of_service AS CLM_POS_CD;l.from_date AS CLM_LINE_FROM_DT;"
    "l.thru_date AS CLM_LINE_THRU_DT;l.hcpcs_code AS CLM_LINE_HCPCS_CD;"
    "l.paid_amount AS CLM_LINE_CVRD_PD_AMT;l.line_diagnosis AS CLM_LINE_DGNS_CD;"
    "l.tin AS CLM_RNDRG_PRVDR_TAX_NUM;l.npi AS RNDRG_PRVDR_NPI_NUM;"
    "c.nonpayment_code AS CLM_CARR_PMT_DNL_CD;l.processing_indicator AS CLM_PRCSG_IND_CD;"
    "'0' AS CLM_ADJSMT_TYPE_CD;c.thru_date AS CLM_EFCTV_DT;c.paid_date AS CLM_IDR_LD_DT;"
    "c.claim_id AS CLM_CNTL_NUM;"
    "l.allowed_amount AS CLM_LINE_ALOWD_CHRG_AMT;l.units AS CLM_LINE_SRVC_UNIT_QTY;"
    "l.modifier_1 AS HCPCS_1_MDFR_CD;l.modifier_2 AS HCPCS_2_MDFR_CD;"
    "l.modifier_3 AS HCPCS_3_MDFR_CD;l.modifier_4 AS HCPCS_4_MDFR_CD;"
    + "".join(
        f"(SELECT code FROM diagnosis d WHERE d.claim_id = c.claim_id AND seq = {n}) "
        f"AS CLM_DGNS_{n}_CD;"
        for n in range(1, 13)
    ).replace(" FROM diagnosis", "\tFROM diagnosis")
    + f"{_ICD_OF_CLAIM} FROM claim_line l JOIN claim c USING (claim_id) "
    "WHERE c.claim_class = 'PART_B'",
    "6": f"{_OF_CLAIM};l.line_number AS CLM_LINE_NUM;c.claim_type_code AS CLM_TYPE_CD;"
    "c.from_date AS CLM_FROM_DT;c.thru_date AS CLM_THRU_DT;l.place_of_service AS CLM_POS_CD;"
    "l.from_date AS CLM_LINE_FROM_DT;l.thru_date AS CLM_LINE_THRU_DT;"
    "l.hcpcs_code AS CLM_LINE_HCPCS_CD;l.paid_amount AS CLM_LINE_CVRD_PD_AMT;"
    "l.billing_npi AS PAYTO_PRVDR_NPI_NUM;l.npi AS ORDRG_PRVDR_NPI_NUM;"
    "c.nonpayment_code AS CLM_CARR_PMT_DNL_CD;l.processing_indicator AS CLM_PRCSG_IND_CD;"
    "'0' AS CLM_ADJSMT_TYPE_CD;c.thru_date AS CLM_EFCTV_DT;c.paid_date AS CLM_IDR_LD_DT;"
    "c.claim_id AS CLM_CNTL_NUM;"
    "l.allowed_amount AS CLM_LINE_ALOWD_CHRG_AMT"
    " FROM claim_line l JOIN claim c USING (claim_id) WHERE c.claim_class = 'DME'",
    "7": "c.claim_id[4:] AS CUR_CLM_UNIQ_ID;c.beneficiary_id AS BENE_MBI_ID;"
    "c.claim_type_code AS CLM_TYPE_CD;c.from_date AS CLM_LINE_FROM_DT;"
    "'00000000000' AS CLM_LINE_NDC_CD;c.paid_date AS CLM_IDR_LD_DT;'0' AS CLM_ADJSMT_TYPE_CD"
    " FROM claim c WHERE c.claim_class = 'PDE'",
    "8": "beneficiary_id AS BENE_MBI_ID;"
    f"CASE state {_FIPS} END AS BENE_FIPS_STATE_CD;county AS BENE_FIPS_CNTY_CD;"
    "zip5 AS BENE_ZIP_CD;birth_date AS BENE_DOB;sex AS BENE_SEX_CD;race AS BENE_RACE_CD;"
    "death_date AS BENE_DEATH_DT;orig_entitlement_code AS BENE_ORGNL_ENTLMT_RSN_CD;"
    "state AS GEO_USPS_STATE_CD FROM beneficiary",
    "9": "'M' AS HICN_MBI_XREF_IND FROM (SELECT 1 WHERE false)",
    "A": "c.claim_id AS CUR_CLM_UNIQ_ID;c.beneficiary_id AS BENE_MBI_ID;"
    "c.claim_type_code AS CLM_TYPE_CD;c.deductible AS CLM_MDCR_IP_BENE_DDCTBL_AMT;"
    "c.coinsurance AS CLM_MDCR_COINSRNC_AMT;c.blood_deductible AS CLM_BLOOD_LBLTY_AMT"
    f" FROM claim c WHERE {_INSTITUTIONAL}",
}
