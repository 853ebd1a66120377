"""Claims in CCLF: every version with its sign, of which settlement keeps those that stand.

Source: CMS, CCLF Information Packet, version 38.0: sections 3.2 (denials), 3.5 (line payments),
5.1 (versions of a claim share a natural key), 5.3 (amounts are unsigned).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openp4p.claims.formats.cclf_files import delivered
from openp4p.claims.formats.cclf_people import date, joined, person
from openp4p.claims.formats.parts import Part, Reading, coded, total
from openp4p.claims.formats.workbench import SourceFile, Workbench

CLASSES = {
    "10": "HHA",
    "20": "SNF",
    "30": "SNF",
    "40": "OUTPATIENT",
    "50": "HOSPICE",
    "60": "INPATIENT",
    "61": "INPATIENT",
    "71": "PART_B",
    "72": "PART_B",
    "81": "DME",
    "82": "DME",
}
_IN_HOSPITAL = "claim_class IN ('INPATIENT', 'SNF')"
_ICD_VERSION = (
    "CASE DGNS_PRCDR_ICD_IND WHEN '9' THEN '9' WHEN '0' THEN '10' ELSE "
    "CASE WHEN CLM_THRU_DT < '2015-10-01' THEN '9' ELSE '10' END END"
)
_LATER = "CASE WHEN NOT is_newest THEN 'in a later delivery' END"
_KEYS = {
    "1": ("CUR_CLM_UNIQ_ID",),
    "2": ("CUR_CLM_UNIQ_ID", "CLM_LINE_NUM"),
    "3": ("CUR_CLM_UNIQ_ID", "CLM_VAL_SQNC_NUM"),
    "4": ("CUR_CLM_UNIQ_ID", "CLM_PROD_TYPE_CD", "CLM_VAL_SQNC_NUM"),
    "5": ("CUR_CLM_UNIQ_ID", "CLM_LINE_NUM"),
    "6": ("CUR_CLM_UNIQ_ID", "CLM_LINE_NUM"),
    "7": ("CUR_CLM_UNIQ_ID",),
    "A": ("CUR_CLM_UNIQ_ID",),
}
_PRINCIPAL_SEQ, _EXTERNAL_FROM = 1, 500
_MODIFIERS = {f"modifier_{n}": f"HCPCS_{n}_MDFR_CD" for n in range(1, 5)}
_PART_B_DIAGNOSES = 12


def claims(reading: Reading, bench: Workbench, files: Sequence[SourceFile]) -> None:
    """The parts of CCLF1 to CCLF7, with what CCLFA says of CCLF1."""
    views = {id(file): _view(bench, file, files) for file in files if file.kind in _KEYS}
    of = {kind: [(file, views[id(file)]) for file in files if file.kind == kind] for kind in _KEYS}
    _shares(bench, of["A"])
    _headers(bench, of["1"])
    _line_sums(bench, of["2"])
    for file, view in of["1"]:
        _institutional(reading, file, view)
    for file, view in of["2"]:
        _revenue_lines(reading, file, view)
    for file, view in of["3"]:
        _procedures(reading, file, view)
    for file, view in of["4"]:
        _diagnoses(reading, file, view)
    for file, view in of["5"]:
        _professional(reading, bench, file, view, "PART_B")
    for file, view in of["6"]:
        _professional(reading, bench, file, view, "DME")
    for file, view in of["7"]:
        _prescriptions(reading, file, view)


def _view(bench: Workbench, file: SourceFile, files: Sequence[SourceFile]) -> str:
    """The rows of a file with their person, class, and whether no later delivery repeats them."""
    alike = [other for other in files if other.kind == file.kind]
    keys = ", ".join(_KEYS[file.kind])
    newest = f"cclf_newest_{file.kind}"
    if len(alike) > 1 and alike[0] is file:
        selects = " UNION ALL ".join(
            f"SELECT {keys}, {number} AS file_number, coalesce({delivered(other)}, '') AS said "
            f"FROM {other.view}"
            for number, other in enumerate(alike)
        )
        bench.connection.execute(
            f"CREATE TABLE {newest} AS SELECT {keys}, arg_max(file_number, (said, file_number)) "
            f"AS file_number FROM ({selects}) GROUP BY ALL"
        )
    is_newest, join = "true", ""
    if len(alike) > 1:
        same = " AND ".join(f"n.{key} IS NOT DISTINCT FROM f.{key}" for key in _KEYS[file.kind])
        join = f"LEFT JOIN {newest} n ON {same}"
        is_newest = f"coalesce(n.file_number = {alike.index(file)}, true)"
    cast = coded("CLM_TYPE_CD", CLASSES, "CLM_TYPE_CD")
    view = f"cclf_{file.view}"
    bench.connection.execute(
        f"CREATE VIEW {view} AS SELECT f.*, {person('p')} AS person, {is_newest} AS is_newest, "
        f"{cast} AS claim_class FROM {file.view} f {joined('p')} {join}"
    )
    return view


def _signed(amount: str) -> str:
    """SQL of an amount as text, negative on a cancellation; what is no amount stays as it is."""
    negative = f"CAST(-try_cast({amount} AS DECIMAL(18, 2)) AS VARCHAR)"
    return (
        f"CASE WHEN ltrim(CLM_ADJSMT_TYPE_CD, '0') = '1' THEN coalesce({negative}, {amount}) "
        f"ELSE {amount} END"
    )


# two positions hold one digit
_VERSION = {
    "adjustment_type": "coalesce(nullif(ltrim(CLM_ADJSMT_TYPE_CD, '0'), ''), '0')",
    "effective_date": date("CLM_EFCTV_DT"),
}


def _shares(bench: Workbench, files: list[tuple[SourceFile, str]]) -> None:
    """The table `cclf_shares`: what CCLFA says a person owed for each institutional claim."""
    columns = {
        "deductible": total("CLM_MDCR_IP_BENE_DDCTBL_AMT", "CLM_MDCR_DDCTBL_AMT"),
        "coinsurance": "CLM_MDCR_COINSRNC_AMT",
        "blood": "CLM_BLOOD_LBLTY_AMT",
    }
    listed = ", ".join(f"any_value({sql}) AS {name}" for name, sql in columns.items())
    selects = [f"SELECT * FROM {view} WHERE is_newest" for _, view in files]
    if not selects:
        none = ", ".join(f"NULL::VARCHAR AS {name}" for name in columns)
        bench.connection.execute(
            f"CREATE TABLE cclf_shares AS SELECT NULL::VARCHAR AS claim, {none} WHERE false"
        )
        return
    bench.connection.execute(
        f"CREATE TABLE cclf_shares AS SELECT CUR_CLM_UNIQ_ID AS claim, {listed} "
        f"FROM ({' UNION ALL BY NAME '.join(selects)}) GROUP BY 1"
    )
    for file, _ in files:
        file.consulted = True


def _headers(bench: Workbench, files: list[tuple[SourceFile, str]]) -> None:
    """The table `cclf_headers`: payment and principal diagnosis of each institutional claim."""
    columns = "CUR_CLM_UNIQ_ID AS claim, any_value(CLM_PMT_AMT) AS paid, "
    columns += "any_value(upper(replace(PRNCPL_DGNS_CD, '.', ''))) AS principal"
    none = "SELECT NULL::VARCHAR AS claim, NULL::VARCHAR AS paid, NULL::VARCHAR AS principal"
    selects = [f"{none} WHERE false"]
    selects += [f"SELECT {columns} FROM {view} WHERE is_newest GROUP BY 1" for _, view in files]
    bench.connection.execute(f"CREATE TABLE cclf_headers AS {' UNION ALL '.join(selects)}")


def _line_sums(bench: Workbench, files: list[tuple[SourceFile, str]]) -> None:
    """The table `cclf_whole`: the claims whose line payments add up to that of the claim."""
    paid = "sum(try_cast(CLM_LINE_CVRD_PD_AMT AS DECIMAL(18, 2)))"
    selects = ["SELECT NULL::VARCHAR AS claim, NULL::DECIMAL(38, 2) AS paid WHERE false"]
    selects += [
        f"SELECT CUR_CLM_UNIQ_ID, {paid} FROM {view} WHERE is_newest GROUP BY 1"
        for _, view in files
    ]
    bench.connection.execute(
        "CREATE TABLE cclf_whole AS SELECT s.claim FROM (SELECT claim, sum(paid) AS paid FROM "
        f"({' UNION ALL '.join(selects)}) GROUP BY 1) s JOIN cclf_headers h "
        "ON h.claim = s.claim AND s.paid = try_cast(h.paid AS DECIMAL(18, 2))"
    )


def _institutional(reading: Reading, file: SourceFile, view: str) -> None:
    ccn = "coalesce(CLM_BLG_PRVDR_OSCAR_NUM, PRVDR_OSCAR_NUM)"
    npi = {
        name: f"coalesce({stem}_PRVDR_NPI_NUM, CLM_{stem}_PRVDR_NPI_NUM)"
        for name, stem in (
            ("attending_npi", "ATNDG"),
            ("operating_npi", "OPRTG"),
            ("other_npi", "OTHR"),
        )
    }
    admitted = f"CASE WHEN {_IN_HOSPITAL} THEN {{}} END"
    columns = {
        "claim_id": "CUR_CLM_UNIQ_ID",
        "beneficiary_id": "person",
        "claim_class": "claim_class",
        "claim_type_code": "CLM_TYPE_CD",
        "from_date": date("CLM_FROM_DT"),
        "thru_date": date("CLM_THRU_DT"),
        "admission_date": admitted.format(date("CLM_FROM_DT")),
        "discharge_date": admitted.format(date("CLM_THRU_DT")),
        "discharge_status": "BENE_PTNT_STUS_CD",
        "admission_type": "CLM_ADMSN_TYPE_CD",
        "admission_source": "CLM_ADMSN_SRC_CD",
        "ccn": ccn,
        "facility_npi": "coalesce(FAC_PRVDR_NPI_NUM, CLM_BLG_PRVDR_NPI_NUM)",
        **npi,
        "bill_type": "nullif(concat(CLM_BILL_FAC_TYPE_CD, CLM_BILL_CLSFCTN_CD, "
        "CLM_BILL_FREQ_CD), '')",
        "drg": "DGNS_DRG_CD",
        "paid_amount": _signed("CLM_PMT_AMT"),
        "allowed_amount": _signed(
            f"({total('CLM_PMT_AMT', 's.deductible', 's.coinsurance', 's.blood')})"
        ),
        "deductible": "s.deductible",
        "coinsurance": "s.coinsurance",
        "blood_deductible": "s.blood",
        "primary_payer_code": "CLM_NCH_PRMRY_PYR_CD",
        "nonpayment_code": "CLM_MDCR_NPMT_RSN_CD",
        "control_number": f"concat_ws('|', 'A', {ccn}, CLM_FROM_DT, CLM_THRU_DT)",
        **_VERSION,
    }
    relation = f"(SELECT f.*, s.* EXCLUDE (claim) FROM {view} f LEFT JOIN cclf_shares s "
    relation += "ON s.claim = f.CUR_CLM_UNIQ_ID)"
    plain = {name: sql.replace("s.", "") for name, sql in columns.items()}
    reading.parts.append(Part("claim", file, plain, relation=relation, refused=_LATER))
    for seq, role, code in (
        (_PRINCIPAL_SEQ, "principal", "PRNCPL_DGNS_CD"),
        (0, "admitting", "ADMTG_DGNS_CD"),
    ):
        said = {
            **_coded_row(code, str(seq)),
            "role": f"'{role}'",
        }
        reading.parts.append(
            Part(
                "diagnosis",
                file,
                said,
                relation=view,
                where=f"is_newest AND {code} IS NOT NULL",
            )
        )


def _coded_row(code: str, seq: str) -> dict[str, str]:
    return {
        "claim_id": "CUR_CLM_UNIQ_ID",
        "seq": f"'{seq}'" if seq.isdigit() else seq,
        "beneficiary_id": "person",
        "code": code,
        "icd_version": _ICD_VERSION,
    }


def _revenue_lines(reading: Reading, file: SourceFile, view: str) -> None:
    """Revenue centre lines; their payments only where they add up to the claim's."""
    columns = {
        "claim_id": "CUR_CLM_UNIQ_ID",
        "line_number": "CLM_LINE_NUM",
        "beneficiary_id": "person",
        "claim_class": "claim_class",
        "from_date": f"coalesce({date('CLM_LINE_INSTNL_REV_CTR_DT')}, "
        f"{date('CLM_LINE_FROM_DT')}, {date('CLM_FROM_DT')})",
        "thru_date": f"greatest({date('CLM_LINE_INSTNL_REV_CTR_DT')}, {date('CLM_LINE_THRU_DT')})",
        "hcpcs_code": "CLM_LINE_HCPCS_CD",
        **_MODIFIERS,
        "revenue_code": "CLM_LINE_PROD_REV_CTR_CD",
        "units": "CLM_LINE_SRVC_UNIT_QTY",
        "paid_amount": "CASE WHEN adds_up THEN CLM_LINE_CVRD_PD_AMT END",
    }
    relation = f"(SELECT f.*, w.claim IS NOT NULL AS adds_up FROM {view} f "
    relation += "LEFT JOIN cclf_whole w ON w.claim = f.CUR_CLM_UNIQ_ID)"
    reading.parts.append(
        Part("claim_line", file, columns, relation=relation, refused=_LATER, counted="false")
    )


def _procedures(reading: Reading, file: SourceFile, view: str) -> None:
    columns = {
        **_coded_row("CLM_PRCDR_CD", "CLM_VAL_SQNC_NUM"),
        "procedure_date": date("CLM_PRCDR_PRFRM_DT"),
    }
    reading.parts.append(Part("procedure", file, columns, relation=view, refused=_LATER))


def _diagnoses(reading: Reading, file: SourceFile, view: str) -> None:
    """All diagnoses but the principal one, which CCLF1 states."""
    kind = "coalesce(CLM_PROD_TYPE_CD, 'D')"
    seq = "try_cast(CLM_VAL_SQNC_NUM AS INTEGER)"
    place = (
        f"CASE WHEN {kind} = 'D' THEN {_PRINCIPAL_SEQ} + {seq} ELSE {_EXTERNAL_FROM} + {seq} + "
        f"CASE WHEN {kind} = 'E' THEN {_EXTERNAL_FROM} // 5 ELSE 0 END END"
    )
    columns = {
        **_coded_row("CLM_DGNS_CD", f"coalesce(CAST({place} AS VARCHAR), CLM_VAL_SQNC_NUM)"),
        "role": f"CASE WHEN {kind} = 'D' THEN 'secondary' ELSE 'external_cause' END",
        "poa": "CLM_POA_IND",
    }
    relation = f"(SELECT f.*, h.principal FROM {view} f LEFT JOIN cclf_headers h "
    relation += "ON h.claim = f.CUR_CLM_UNIQ_ID)"
    again = "upper(replace(CLM_DGNS_CD, '.', '')) = principal"
    refused = f"CASE WHEN NOT is_newest THEN 'in a later delivery' WHEN {again} "
    refused += "THEN 'principal diagnosis repeated' END"
    reading.parts.append(Part("diagnosis", file, columns, relation=relation, refused=refused))


_LINE: Mapping[str, str] = {
    "claim_id": "CUR_CLM_UNIQ_ID",
    "line_number": "CLM_LINE_NUM",
    "beneficiary_id": "person",
    "from_date": f"coalesce({date('CLM_LINE_FROM_DT')}, {date('CLM_FROM_DT')})",
    "thru_date": f"coalesce({date('CLM_LINE_THRU_DT')}, {date('CLM_THRU_DT')})",
    "hcpcs_code": "CLM_LINE_HCPCS_CD",
    "place_of_service": "CLM_POS_CD",
    "allowed_amount": _signed("CLM_LINE_ALOWD_CHRG_AMT"),
    "paid_amount": _signed("CLM_LINE_CVRD_PD_AMT"),
    # a blank indicator is none of those that Medicare allowed
    "processing_indicator": "coalesce(CLM_PRCSG_IND_CD, '?')",
}
_OF_CLASS = {
    "PART_B": {
        **_MODIFIERS,
        "units": "CLM_LINE_SRVC_UNIT_QTY",
        "tin": "CLM_RNDRG_PRVDR_TAX_NUM",
        "npi": "coalesce(CLM_RNDRG_PRVDR_NPI_NUM, RNDRG_PRVDR_NPI_NUM)",
        "billing_npi": "RNDRG_PRVDR_NPI_NUM",
        "specialty": "CLM_PRVDR_SPCLTY_CD",
        "line_diagnosis": "CLM_LINE_DGNS_CD",
    },
    "DME": {
        "npi": "ORDRG_PRVDR_NPI_NUM",
        "billing_npi": "coalesce(CLM_BLG_PRVDR_NPI_NUM, PAYTO_PRVDR_NPI_NUM)",
    },
}


def _professional(
    reading: Reading, bench: Workbench, file: SourceFile, view: str, claim_class: str
) -> None:
    """Lines, and a claim that is the sum of its lines with the control number of its versions."""
    header = f"claims_{file.view}"
    listed = [f"CLM_DGNS_{n}_CD" for n in range(1, _PART_B_DIAGNOSES + 1)]
    codes = f"list_value({', '.join(listed)})" if claim_class == "PART_B" else "[]"
    payer = "CLM_LINE_PRMRY_PYR_CD" if claim_class == "PART_B" else "CLM_PRMRY_PYR_CD"
    firsts = {
        "person": "person",
        "CLM_TYPE_CD": "CLM_TYPE_CD",
        "CLM_FROM_DT": date("CLM_FROM_DT"),
        "CLM_THRU_DT": date("CLM_THRU_DT"),
        "CLM_CNTL_NUM": "CLM_CNTL_NUM",
        "CLM_CARR_PMT_DNL_CD": "CLM_CARR_PMT_DNL_CD",
        "CLM_ADJSMT_TYPE_CD": "CLM_ADJSMT_TYPE_CD",
        "payer": payer,
        "DGNS_PRCDR_ICD_IND": "DGNS_PRCDR_ICD_IND" if claim_class == "PART_B" else "NULL",
        "codes": codes,
    }
    picked = ", ".join(f"arg_min({sql}, source_row) AS {name}" for name, sql in firsts.items())
    sums = ", ".join(
        f"CAST(sum(try_cast({_signed(column)} AS DECIMAL(18, 2))) AS VARCHAR) AS {name}"
        for name, column in (
            ("paid", "CLM_LINE_CVRD_PD_AMT"),
            ("allowed", "CLM_LINE_ALOWD_CHRG_AMT"),
        )
    )
    bench.connection.execute(
        f"CREATE TABLE {header} AS SELECT min(source_row) AS source_row, CUR_CLM_UNIQ_ID, "
        f"max({date('CLM_EFCTV_DT')}) AS CLM_EFCTV_DT, {picked}, {sums} FROM (SELECT *, "
        "row_number() OVER (PARTITION BY CUR_CLM_UNIQ_ID, CLM_LINE_NUM ORDER BY source_row) "
        f"AS copy FROM {view} WHERE is_newest) WHERE copy = 1 GROUP BY CUR_CLM_UNIQ_ID"
    )
    columns = {
        "claim_id": "CUR_CLM_UNIQ_ID",
        "beneficiary_id": "person",
        "claim_class": f"'{claim_class}'",
        "claim_type_code": "CLM_TYPE_CD",
        "from_date": "CLM_FROM_DT",
        "thru_date": "CLM_THRU_DT",
        "paid_amount": "paid",
        "allowed_amount": "allowed",
        "primary_payer_code": "payer",
        "nonpayment_code": "CLM_CARR_PMT_DNL_CD",
        "control_number": f"'{claim_class[-1]}|' || CLM_CNTL_NUM",
        **_VERSION,
    }
    reading.parts.append(Part("claim", file, columns, relation=header))
    line = {**_LINE, **_OF_CLASS[claim_class], "claim_class": f"'{claim_class}'"}
    reading.parts.append(Part("claim_line", file, line, relation=view, refused=_LATER))
    if claim_class == "PART_B":
        _line_diagnoses(reading, file, header)


def _line_diagnoses(reading: Reading, file: SourceFile, header: str) -> None:
    relation = "(SELECT * FROM (SELECT *, unnest(codes) AS code, "
    relation += f"generate_subscripts(codes, 1) AS slot FROM {header}) WHERE code IS NOT NULL)"
    columns = {
        **_coded_row("code", "CAST(slot AS VARCHAR)"),
        "role": f"CASE WHEN slot = {_PRINCIPAL_SEQ} THEN 'principal' ELSE 'secondary' END",
    }
    reading.parts.append(Part("diagnosis", file, columns, relation=relation, slot="slot"))


def _prescriptions(reading: Reading, file: SourceFile, view: str) -> None:
    columns = {
        "claim_id": "'PDE' || CUR_CLM_UNIQ_ID",
        "beneficiary_id": "person",
        "claim_class": "'PDE'",
        "claim_type_code": "CLM_TYPE_CD",
        "from_date": date("CLM_LINE_FROM_DT"),
        "thru_date": date("CLM_LINE_FROM_DT"),
        "adjustment_type": _VERSION["adjustment_type"],
        "effective_date": _VERSION["effective_date"],
    }
    refused = "CASE WHEN NOT is_newest THEN 'in a later delivery' WHEN CLM_LINE_NDC_CD IS NULL "
    refused += "THEN 'deleted prescription' END"
    reading.parts.append(Part("claim", file, columns, relation=view, refused=refused))
