"""Claims in RIF: headers that repeat on every line, or base and line files apart.

Source: CCW, Medicare FFS Claims (Version K) Codebook, December 2017: CLM_PMT_AMT,
CLM_PASS_THRU_PER_DIEM_AMT, LINE_NCH_PMT_AMT, LINE_OTHR_APLD_IND_CD1.
"""

from __future__ import annotations

from collections.abc import Sequence

from openp4p.claims.formats.cclf_claims import CLASSES
from openp4p.claims.formats.parts import Part, Reading, coded, total
from openp4p.claims.formats.rif_files import PROFESSIONAL, has_lines
from openp4p.claims.formats.rif_people import date
from openp4p.claims.formats.synpuf import PER_DIEM_TIMES_DAYS
from openp4p.claims.formats.workbench import SourceFile, Workbench

_SLOTS, _CAUSES = 25, 12
_SEQ_OF_CAUSES = 500
# the Value Modifier's own adjustment; CMS lists P as an unknown value
_ADJUSTED = ("O", "P")
_APPLIED = 7
_AMOUNT = "DECIMAL(18, 2)"
_BY_DATE = f"CASE WHEN {date('CLM_THRU_DT')} < '2015-10-01' THEN '9' ELSE '10' END"
_PART_B = "claim_class IN ('PART_B', 'DME')"
_STAY = "claim_class IN ('INPATIENT', 'SNF')"


def claims(reading: Reading, bench: Workbench, files: Sequence[SourceFile]) -> None:
    """The parts of all files of claims: professional ones, then institutional ones."""
    for professional in (True, False):
        alike = [file for file in files if (file.kind in PROFESSIONAL) == professional]
        if alike:
            _claims(reading, bench, alike, professional=professional)


def _claims(
    reading: Reading, bench: Workbench, files: Sequence[SourceFile], *, professional: bool
) -> None:
    name = "professional" if professional else "institutional"
    number = "LINE_NUM" if professional else "CLM_LINE_NUM"
    bases = [file for file in files if file.has("CLM_FROM_DT")]
    lined = [file for file in files if has_lines(file)]
    _turns(bench, files, name, number)
    for place, file in enumerate(files):
        _view(bench, file, place, name, number, professional=professional)
    _headers(bench, bases, name)
    _adjusted(reading, bench, lined if professional else [], name)
    for file in bases:
        _headers_of(reading, bench, file, name, professional=professional)
    for file in lined:
        relation = f"rif_{file.view}"
        if not file.has("CLM_FROM_DT"):
            relation = (
                f"(SELECT l.* EXCLUDE (claim_class), coalesce(h.claim_class, l.claim_class) AS "
                f"claim_class, h.CLM_FROM_DT, h.CLM_THRU_DT, h.assigned FROM {relation} l "
                f"LEFT JOIN rif_headers_{name} h ON h.CLM_ID = l.CLM_ID)"
            )
        columns = _PROFESSIONAL_LINE if professional else _REVENUE_LINE
        if not professional:
            counted = "false"
            reading.parts.append(
                Part("claim_line", file, columns, relation, refused="refused", counted=counted)
            )
        else:
            reading.parts.append(Part("claim_line", file, columns, relation, refused="refused"))


def _turns(bench: Workbench, files: Sequence[SourceFile], name: str, number: str) -> None:
    """The table `rif_turns`: rows that a later row of the same claim and line takes the place of.

    Only a stream of changes has such rows; research extracts hold the final action alone.
    """
    selects = [
        f"SELECT {place} AS file_number, source_row, CLM_ID, "
        f"{number if has_lines(file) else 'NULL'} AS line, {has_lines(file)} AS is_line, "
        f"DML_IND FROM {file.view} WHERE CLM_ID IS NOT NULL"
        for place, file in enumerate(files)
    ]
    rows = f"({' UNION ALL '.join(selects)})"
    bench.connection.execute(
        f"CREATE TABLE rif_turns_{name} AS SELECT file_number, source_row FROM (SELECT *, "
        "row_number() OVER (PARTITION BY CLM_ID, line, is_line ORDER BY file_number DESC, "
        f"source_row DESC) AS turn FROM {rows} WHERE CLM_ID IN (SELECT CLM_ID FROM {rows} "
        "WHERE upper(DML_IND) IN ('UPDATE', 'DELETE'))) WHERE turn > 1"
    )


def _view(
    bench: Workbench, file: SourceFile, place: int, name: str, number: str, *, professional: bool
) -> None:
    """The view `rif_...` of a file: class, why a row is not used, what was taken off a line."""
    usual = "'PART_B'" if professional else "'OUTPATIENT'"
    cast = coded("NCH_CLM_TYPE_CD", CLASSES, "NCH_CLM_TYPE_CD")
    claim_class = f"coalesce({cast}, {usual})" if file.has("NCH_CLM_TYPE_CD") else usual
    more = ["NULL AS taken_off", "NULL AS assigned"]
    if has_lines(file) and professional:
        amounts = " + ".join(
            f"CASE WHEN LINE_OTHR_APLD_IND_CD{n} IN {_ADJUSTED} THEN coalesce(try_cast("
            f"LINE_OTHR_APLD_AMT{n} AS {_AMOUNT}), 0) ELSE 0 END"
            for n in range(1, _APPLIED + 1)
        )
        more[0] = f"{amounts} AS taken_off"
    if file.has("CARR_CLM_PRVDR_ASGNMT_IND_SW"):
        more[1] = f"{coded('CARR_CLM_PRVDR_ASGNMT_IND_SW', _ASSIGNED)} AS assigned"
    first = f"try_cast({number} AS INTEGER), source_row" if has_lines(file) else "source_row"
    refused = (
        "CASE WHEN t.source_row IS NOT NULL THEN 'replaced' WHEN upper(DML_IND) = 'DELETE' THEN "
        "'deleted' WHEN upper(FINAL_ACTION) = 'N' THEN 'not final action' END"
    )
    bench.connection.execute(
        f"CREATE VIEW rif_{file.view} AS SELECT *, row_number() OVER (PARTITION BY CLM_ID, "
        f"refused IS NULL ORDER BY {first}) AS place FROM (SELECT f.*, {refused} AS refused, "
        f"{claim_class} AS claim_class, {', '.join(more)} FROM {file.view} f LEFT JOIN "
        f"rif_turns_{name} t ON t.file_number = {place} AND t.source_row = f.source_row)"
    )


_ASSIGNED = {"A": "true", "N": "false"}


def _headers(bench: Workbench, bases: Sequence[SourceFile], name: str) -> None:
    """The table `rif_headers_...`: class and dates of every claim, for lines that lie apart."""
    none = ", ".join(f"NULL::VARCHAR AS {c}" for c in _OF_HEADERS)
    columns = ", ".join(_OF_HEADERS)
    selects = [f"SELECT {none} WHERE false"] + [
        f"SELECT {columns} FROM rif_{file.view} WHERE refused IS NULL AND place = 1"
        for file in bases
        if not has_lines(file)
    ]
    bench.connection.execute(
        f"CREATE TABLE rif_headers_{name} AS SELECT * FROM ({' UNION ALL '.join(selects)}) "
        "QUALIFY row_number() OVER (PARTITION BY CLM_ID) = 1"
    )


_OF_HEADERS = ("CLM_ID", "claim_class", "CLM_FROM_DT", "CLM_THRU_DT", "assigned")


def _adjusted(reading: Reading, bench: Workbench, lined: Sequence[SourceFile], name: str) -> None:
    """The table `rif_taken_off_...`: what the Value Modifier changed of each claim; a note."""
    none = f"SELECT NULL::VARCHAR AS CLM_ID, NULL::{_AMOUNT} AS taken_off WHERE false"
    selects = [none] + [
        f"SELECT CLM_ID, taken_off FROM rif_{file.view} WHERE refused IS NULL AND taken_off <> 0"
        for file in lined
    ]
    table = f"rif_taken_off_{name}"
    bench.connection.execute(
        f"CREATE TABLE {table} AS SELECT CLM_ID, count(*) AS lines, sum(taken_off) AS taken_off "
        f"FROM ({' UNION ALL '.join(selects)}) GROUP BY 1"
    )
    ((lines, dollars),) = bench.run(f"SELECT sum(lines), sum(taken_off) FROM {table}")
    if lines:
        reading.note(
            "value_modifier_taken_back",
            f"{lines:,} lines were paid with an adjustment of the Value Modifier of their time "
            f"(indicators O and P): ${dollars:,} in all were added back to the payments.",
        )


def _headers_of(
    reading: Reading, bench: Workbench, file: SourceFile, name: str, *, professional: bool
) -> None:
    """A claim for each first row that is used, with its diagnoses and procedures."""
    first = f"claims_{file.view}"
    bench.connection.execute(
        f"CREATE TABLE {first} AS SELECT c.*, a.taken_off AS of_claim FROM rif_{file.view} c "
        f"LEFT JOIN rif_taken_off_{name} a ON a.CLM_ID = c.CLM_ID "
        "WHERE c.refused IS NULL AND c.place = 1"
    )
    columns = _CLAIM | (_PROFESSIONAL_CLAIM if professional else _INSTITUTIONAL_CLAIM)
    where, refused = "refused IS NULL", ""
    relation = first
    if not has_lines(file):
        # without lines a row that is not used has no other place to stand
        relation = (
            f"(SELECT r.*, a.taken_off AS of_claim FROM rif_{file.view} r LEFT JOIN "
            f"rif_taken_off_{name} a ON a.CLM_ID = r.CLM_ID)"
        )
        where, refused = "", "refused"
    reading.parts.append(
        Part("claim", file, columns, relation=relation, where=where, refused=refused)
    )
    _diagnoses(reading, file, first)
    if not professional:
        _procedures(reading, file, first)


_CLAIM = {
    "claim_id": "CLM_ID",
    "beneficiary_id": "BENE_ID",
    "claim_class": "claim_class",
    "claim_type_code": "NCH_CLM_TYPE_CD",
    "from_date": date("CLM_FROM_DT"),
    "thru_date": date("CLM_THRU_DT"),
}
_PROFESSIONAL_CLAIM = {
    "paid_amount": "CASE WHEN of_claim IS NULL THEN CLM_PMT_AMT ELSE coalesce(CAST(try_cast("
    f"CLM_PMT_AMT AS {_AMOUNT}) + of_claim AS VARCHAR), CLM_PMT_AMT) END",
    "allowed_amount": "NCH_CARR_CLM_ALOWD_AMT",
    "deductible": "CARR_CLM_CASH_DDCTBL_APLD_AMT",
    "primary_payer_paid": "CARR_CLM_PRMRY_PYR_PD_AMT",
    "nonpayment_code": "CARR_CLM_PMT_DNL_CD",
}
_DEDUCTIBLE = f"CASE WHEN {_STAY} THEN NCH_BENE_IP_DDCTBL_AMT ELSE NCH_BENE_PTB_DDCTBL_AMT END"
_COINSURANCE = (
    f"CASE WHEN {_STAY} THEN NCH_BENE_PTA_COINSRNC_LBLTY_AM ELSE NCH_BENE_PTB_COINSRNC_AMT END"
)
_INSTITUTIONAL_CLAIM = {
    "admission_date": f"CASE WHEN {_STAY} THEN {date('coalesce(CLM_ADMSN_DT, CLM_FROM_DT)')} END",
    "discharge_date": f"CASE WHEN {_STAY} THEN "
    f"{date('coalesce(NCH_BENE_DSCHRG_DT, CLM_THRU_DT)')} END",
    "discharge_status": "PTNT_DSCHRG_STUS_CD",
    "admission_type": "CLM_IP_ADMSN_TYPE_CD",
    "admission_source": "CLM_SRC_IP_ADMSN_CD",
    "ccn": "PRVDR_NUM",
    "facility_npi": "ORG_NPI_NUM",
    "attending_npi": "AT_PHYSN_NPI",
    "operating_npi": "OP_PHYSN_NPI",
    "other_npi": "OT_PHYSN_NPI",
    "bill_type": "nullif(concat(CLM_FAC_TYPE_CD, CLM_SRVC_CLSFCTN_TYPE_CD, CLM_FREQ_CD), '')",
    "drg": "CLM_DRG_CD",
    "paid_amount": "CLM_PMT_AMT",
    "pass_through_amount": f"CASE WHEN {_STAY} THEN {PER_DIEM_TIMES_DAYS} END",
    "allowed_amount": total(
        "CLM_PMT_AMT",
        f"({_DEDUCTIBLE})",
        f"({_COINSURANCE})",
        "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM",
        "NCH_PRMRY_PYR_CLM_PD_AMT",
    ),
    "deductible": _DEDUCTIBLE,
    "coinsurance": _COINSURANCE,
    "blood_deductible": "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM",
    "primary_payer_paid": "NCH_PRMRY_PYR_CLM_PD_AMT",
    "primary_payer_code": "NCH_PRMRY_PYR_CD",
    "nonpayment_code": "CLM_MDCR_NON_PMT_RSN_CD",
    "mco_paid": "CLM_MCO_PD_SW",
}
_LINE = {"claim_id": "CLM_ID", "beneficiary_id": "BENE_ID", "claim_class": "claim_class"}
_MODIFIERS = {
    "modifier_1": "HCPCS_1ST_MDFR_CD",
    "modifier_2": "HCPCS_2ND_MDFR_CD",
    "modifier_3": "HCPCS_3RD_MDFR_CD",
    "modifier_4": "HCPCS_4TH_MDFR_CD",
}
_PROFESSIONAL_LINE = {
    **_LINE,
    "line_number": "LINE_NUM",
    "from_date": date("coalesce(LINE_1ST_EXPNS_DT, CLM_FROM_DT)"),
    "thru_date": date("coalesce(LINE_LAST_EXPNS_DT, CLM_THRU_DT)"),
    "hcpcs_code": "HCPCS_CD",
    **_MODIFIERS,
    "units": "LINE_SRVC_CNT",
    "place_of_service": "LINE_PLACE_OF_SRVC_CD",
    "tin": "TAX_NUM",
    "npi": "coalesce(PRF_PHYSN_NPI, PRVDR_NPI)",
    "billing_npi": "ORG_NPI_NUM",
    "specialty": "PRVDR_SPCLTY",
    "allowed_amount": "LINE_ALOWD_CHRG_AMT",
    "paid_amount": "CASE WHEN taken_off = 0 THEN LINE_NCH_PMT_AMT ELSE coalesce(CAST(try_cast("
    f"LINE_NCH_PMT_AMT AS {_AMOUNT}) + taken_off AS VARCHAR), LINE_NCH_PMT_AMT) END",
    "deductible": "LINE_BENE_PTB_DDCTBL_AMT",
    "coinsurance": "LINE_COINSRNC_AMT",
    "primary_payer_paid": "LINE_BENE_PRMRY_PYR_PD_AMT",
    # a blank indicator is none of those that Medicare allowed
    "processing_indicator": "coalesce(LINE_PRCSG_IND_CD, '?')",
    "is_assigned": "assigned",
    "line_diagnosis": "LINE_ICD_DGNS_CD",
}
_REVENUE_LINE = {
    **_LINE,
    "line_number": "CLM_LINE_NUM",
    "from_date": date("coalesce(REV_CNTR_DT, CLM_FROM_DT)"),
    "thru_date": date("coalesce(REV_CNTR_DT, CLM_THRU_DT)"),
    "hcpcs_code": "HCPCS_CD",
    **_MODIFIERS,
    "revenue_code": "REV_CNTR",
    "units": "REV_CNTR_UNIT_CNT",
    "npi": "RNDRNG_PHYSN_NPI",
    # a stay is paid as a whole
    "paid_amount": f"CASE WHEN NOT {_STAY} THEN REV_CNTR_PMT_AMT_AMT END",
    "deductible": "REV_CNTR_CASH_DDCTBL_AMT",
    "coinsurance": "REV_CNTR_COINSRNC_WGE_ADJSTD_C",
}


def _version(stated: str) -> str:
    return f"CASE {stated} WHEN '9' THEN '9' WHEN '0' THEN '10' ELSE {_BY_DATE} END"


def _diagnoses(reading: Reading, file: SourceFile, first: str) -> None:
    """Principal, admitting, secondary diagnoses and external causes; each code once a claim."""
    principal = "coalesce(PRNCPAL_DGNS_CD, ICD_DGNS_CD1)"
    stated = "coalesce(PRNCPAL_DGNS_VRSN_CD, ICD_DGNS_VRSN_CD1)"
    poa = (
        "CASE "
        + " ".join(
            f"WHEN ICD_DGNS_CD{n} = {principal} THEN CLM_POA_IND_SW{n}"
            for n in range(1, _SLOTS + 1)
        )
        + " END"
    )
    # the list begins with the principal diagnosis, as a rule
    later = f"CASE WHEN ICD_DGNS_CD1 = {principal} THEN 0 ELSE 1 END"
    said = [("1", principal, stated, poa, "principal")]
    said += [("0", "ADMTG_DGNS_CD", "ADMTG_DGNS_VRSN_CD", "NULL", "admitting")]
    said += [
        (
            f"{n} + {later}",
            f"nullif(ICD_DGNS_CD{n}, {principal})",
            f"ICD_DGNS_VRSN_CD{n}",
            f"CLM_POA_IND_SW{n}",
            "secondary",
        )
        for n in range(1, _SLOTS + 1)
    ]
    said += [
        (
            str(_SEQ_OF_CAUSES + n),
            f"ICD_DGNS_E_CD{n}",
            f"ICD_DGNS_E_VRSN_CD{n}",
            f"CLM_E_POA_IND_SW{n}",
            "external_cause",
        )
        for n in range(1, _CAUSES + 1)
    ]
    structs = ", ".join(
        f"{{'seq': {seq}, 'code': {code}, 'version': {version}, 'poa': {present}, "
        f"'role': '{role}'}}"
        for seq, code, version, present, role in said
    )
    columns = {
        "claim_id": "CLM_ID",
        "seq": "CAST(d.seq AS VARCHAR)",
        "beneficiary_id": "BENE_ID",
        "code": "d.code",
        "icd_version": _version("d.version"),
        "role": "d.role",
        "poa": "d.poa",
    }
    relation = (
        f"(SELECT * FROM (SELECT source_row, CLM_ID, BENE_ID, CLM_THRU_DT, unnest([{structs}]) "
        f"AS d FROM {first}) WHERE d.code IS NOT NULL)"
    )
    reading.parts.append(Part("diagnosis", file, columns, relation=relation, slot="d.seq"))


def _procedures(reading: Reading, file: SourceFile, first: str) -> None:
    structs = ", ".join(
        f"{{'seq': {n}, 'code': ICD_PRCDR_CD{n}, 'version': ICD_PRCDR_VRSN_CD{n}, "
        f"'day': PRCDR_DT{n}}}"
        for n in range(1, _SLOTS + 1)
    )
    columns = {
        "claim_id": "CLM_ID",
        "seq": "CAST(d.seq AS VARCHAR)",
        "beneficiary_id": "BENE_ID",
        "code": "d.code",
        "icd_version": _version("d.version"),
        "procedure_date": date("d.day"),
    }
    relation = (
        f"(SELECT * FROM (SELECT source_row, CLM_ID, BENE_ID, CLM_THRU_DT, unnest([{structs}]) "
        f"AS d FROM {first}) WHERE d.code IS NOT NULL)"
    )
    reading.parts.append(Part("procedure", file, columns, relation=relation, slot="d.seq"))
