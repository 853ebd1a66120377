"""RIF files: which one a file is, and what its columns go by in the vintages there are.

Sources: CCW, Medicare FFS Claims (Version K) Codebook, December 2017; CCW, MBSF codebook; the
headers of CMS's synthetic RIF. Columns are found by name, never by place.
"""

from __future__ import annotations

from collections.abc import Mapping

from openp4p.claims.formats.entries import Entry
from openp4p.claims.formats.opening import Wanted, open_table
from openp4p.claims.formats.sources import text_header
from openp4p.claims.formats.workbench import SourceFile, Workbench
from openp4p.errors import Problem

NAME = "rif"
BENEFICIARY, HISTORY, DRUG = "beneficiary", "history", "pde"
PROFESSIONAL_LINES, REVENUE_CENTERS = "professional_lines", "revenue_centers"
# what a file of claims is called, by the claim type of its first row
_TYPES = {
    "10": "hha",
    "20": "snf",
    "30": "snf",
    "40": "outpatient",
    "50": "hospice",
    "60": "inpatient",
    "61": "inpatient",
    "71": "carrier",
    "72": "carrier",
    "81": "dme",
    "82": "dme",
}
PROFESSIONAL = ("carrier", "dme", PROFESSIONAL_LINES)
KINDS = {
    BENEFICIARY: "beneficiary summary",
    HISTORY: "beneficiary history",
    DRUG: "prescription drug events",
    PROFESSIONAL_LINES: "lines of carrier or DME claims",
    REVENUE_CENTERS: "revenue centre lines",
    **{kind: f"{kind} claims" for kind in _TYPES.values()},
}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEPT", "OCT", "NOV", "DEC")
_MONTHLY = {
    "BUYIN": (
        *("MDCR_ENTLMT_BUYIN_{n}_IND", "BENE_MDCR_ENTLMT_BUYIN_IND_{nn}"),
        *("MDCR_ENTLMT_BUYIN_IND_{nn}", "BUYIN{nn}"),
    ),
    "HMO": ("HMO_{n}_IND", "BENE_HMO_IND_{nn}", "HMO_IND_{nn}", "HMOIND{nn}"),
    "STATUS": ("MDCR_STUS_{mon}_CD", "MDCR_STATUS_CODE_{nn}", "MDCR_STUS_CD_{nn}"),
    "DUAL": ("META_DUAL_ELGBL_STUS_{mon}_CD", "DUAL_STUS_CD_{nn}", "DUAL_{nn}"),
}
ALIASES: Mapping[str, str] = {
    "BENE_ENROLLMT_REF_YR": "RFRNC_YR",
    "BENE_DEATH_DT": "DEATH_DT",
    "SEX_IDENT_CD": "BENE_SEX_IDENT_CD",
    "ENTLMT_RSN_ORIG": "BENE_ENTLMT_RSN_ORIG",
    "BENE_STATE_CODE": "STATE_CODE",
    "ZIP_CD": "BENE_ZIP_CD",
    "COUNTY_CD": "BENE_COUNTY_CD",
    "BENE_HI_CVRAGE_TOT_MONS": "A_MO_CNT",
    "BENE_SMI_CVRAGE_TOT_MONS": "B_MO_CNT",
    **{
        form.format(n=n, nn=f"{n:02d}", mon=month): f"{name}_{n}"
        for name, forms in _MONTHLY.items()
        for n, month in enumerate(_MONTHS, 1)
        for form in forms
    },
    "MDCR_STUS_SEP_CD": "STATUS_9",
    "META_DUAL_ELGBL_STUS_SEP_CD": "DUAL_9",
}
_DIAGNOSES, _CAUSES, _PROCEDURES, _APPLIED = 25, 12, 25, 7
_ALWAYS = ("DML_IND", "FINAL_ACTION")
_CLAIM = (
    *("BENE_ID", "CLM_ID", "NCH_CLM_TYPE_CD", "CLM_FROM_DT", "CLM_THRU_DT", "CLM_PMT_AMT"),
    *("PRNCPAL_DGNS_CD", "PRNCPAL_DGNS_VRSN_CD"),
)
_CLAIM_MORE = (
    *("CLM_FAC_TYPE_CD", "CLM_SRVC_CLSFCTN_TYPE_CD", "CLM_FREQ_CD", "PRVDR_NUM", "ORG_NPI_NUM"),
    *("CLM_MDCR_NON_PMT_RSN_CD", "CARR_CLM_PMT_DNL_CD", "CLM_MCO_PD_SW", "PTNT_DSCHRG_STUS_CD"),
    *("AT_PHYSN_NPI", "OP_PHYSN_NPI", "OT_PHYSN_NPI", "CLM_ADMSN_DT", "NCH_BENE_DSCHRG_DT"),
    *("CLM_IP_ADMSN_TYPE_CD", "CLM_SRC_IP_ADMSN_CD", "CLM_DRG_CD", "CLM_PASS_THRU_PER_DIEM_AMT"),
    *("CLM_UTLZTN_DAY_CNT", "NCH_BENE_IP_DDCTBL_AMT", "NCH_BENE_PTA_COINSRNC_LBLTY_AM"),
    *("NCH_BENE_BLOOD_DDCTBL_LBLTY_AM", "NCH_BENE_PTB_DDCTBL_AMT", "NCH_BENE_PTB_COINSRNC_AMT"),
    *("NCH_PRMRY_PYR_CLM_PD_AMT", "NCH_PRMRY_PYR_CD", "CARR_CLM_PRMRY_PYR_PD_AMT"),
    *("NCH_CARR_CLM_ALOWD_AMT", "CARR_CLM_CASH_DDCTBL_APLD_AMT", "CARR_CLM_BLG_NPI_NUM"),
    *("CARR_CLM_PRVDR_ASGNMT_IND_SW", "ADMTG_DGNS_CD", "ADMTG_DGNS_VRSN_CD"),
    *(f"ICD_DGNS_CD{n}" for n in range(1, _DIAGNOSES + 1)),
    *(f"ICD_DGNS_VRSN_CD{n}" for n in range(1, _DIAGNOSES + 1)),
    *(f"CLM_POA_IND_SW{n}" for n in range(1, _DIAGNOSES + 1)),
    *(f"ICD_DGNS_E_CD{n}" for n in range(1, _CAUSES + 1)),
    *(f"ICD_DGNS_E_VRSN_CD{n}" for n in range(1, _CAUSES + 1)),
    *(f"CLM_E_POA_IND_SW{n}" for n in range(1, _CAUSES + 1)),
    *(f"ICD_PRCDR_CD{n}" for n in range(1, _PROCEDURES + 1)),
    *(f"ICD_PRCDR_VRSN_CD{n}" for n in range(1, _PROCEDURES + 1)),
    *(f"PRCDR_DT{n}" for n in range(1, _PROCEDURES + 1)),
)
_LINE = {
    True: (
        *("LINE_NUM", "LINE_NCH_PMT_AMT", "LINE_ALOWD_CHRG_AMT", "HCPCS_CD"),
        *("LINE_PRCSG_IND_CD", "LINE_1ST_EXPNS_DT", "LINE_LAST_EXPNS_DT"),
    ),
    False: ("CLM_LINE_NUM", "REV_CNTR"),
}
_LINE_MORE = {
    True: (
        *("TAX_NUM", "PRF_PHYSN_NPI", "PRVDR_NPI", "ORG_NPI_NUM", "PRVDR_SPCLTY", "LINE_SRVC_CNT"),
        *("LINE_PLACE_OF_SRVC_CD", "LINE_BENE_PTB_DDCTBL_AMT", "LINE_COINSRNC_AMT"),
        *("LINE_BENE_PRMRY_PYR_PD_AMT", "LINE_ICD_DGNS_CD", "HCPCS_1ST_MDFR_CD"),
        *("HCPCS_2ND_MDFR_CD", "HCPCS_3RD_MDFR_CD", "HCPCS_4TH_MDFR_CD"),
        *(f"LINE_OTHR_APLD_IND_CD{n}" for n in range(1, _APPLIED + 1)),
        *(f"LINE_OTHR_APLD_AMT{n}" for n in range(1, _APPLIED + 1)),
    ),
    False: (
        *("HCPCS_CD", "HCPCS_1ST_MDFR_CD", "HCPCS_2ND_MDFR_CD", "HCPCS_3RD_MDFR_CD"),
        *("HCPCS_4TH_MDFR_CD", "REV_CNTR_DT", "REV_CNTR_UNIT_CNT", "REV_CNTR_PMT_AMT_AMT"),
        *("REV_CNTR_CASH_DDCTBL_AMT", "REV_CNTR_COINSRNC_WGE_ADJSTD_C", "RNDRNG_PHYSN_NPI"),
    ),
}
_PEOPLE = ("BENE_ID", "BENE_BIRTH_DT", "BENE_SEX_IDENT_CD", "RFRNC_YR", "BUYIN_1")
_PEOPLE_MORE = (
    *("DEATH_DT", "BENE_RACE_CD", "BENE_ENTLMT_RSN_ORIG", "STATE_CODE", "BENE_COUNTY_CD"),
    *("BENE_ZIP_CD", "A_MO_CNT", "B_MO_CNT"),
    *(f"{name}_{n}" for name in _MONTHLY for n in range(1, 13)),
)
_DRUG = ("PDE_ID", "BENE_ID", "SRVC_DT", "TOT_RX_CST_AMT")


def has_lines(file: SourceFile) -> bool:
    """Whether the rows of a file of claims are lines."""
    return file.has("LINE_NUM") or file.has("CLM_LINE_NUM")


def kind_of(entry: Entry) -> str | None:
    """Which RIF file this is, by its columns and the claim type of its first row."""
    columns = {ALIASES.get(name, name) for name in entry.header}
    if "BENE_ID" not in columns:
        return None
    if {"BUYIN_1", "BENE_BIRTH_DT"} <= columns:
        return BENEFICIARY
    if {"BENE_BIRTH_DT", "EFCTV_BGN_DT"} <= columns:
        return HISTORY
    if "PDE_ID" in columns:
        return DRUG
    return _kind_of_claims(entry, columns) if "CLM_ID" in columns else None


def _kind_of_claims(entry: Entry, columns: set[str]) -> str | None:
    if "CLM_FROM_DT" not in columns or "CLM_PMT_AMT" not in columns:
        if "LINE_NUM" in columns and "LINE_NCH_PMT_AMT" in columns:
            return PROFESSIONAL_LINES
        return REVENUE_CENTERS if "REV_CNTR" in columns else None
    professional = bool({"CARR_CLM_PMT_DNL_CD", "LINE_NCH_PMT_AMT"} & columns)
    first = _first_cell(entry, "NCH_CLM_TYPE_CD")
    return _TYPES.get(first, "carrier" if professional else "outpatient")


def _first_cell(entry: Entry, name: str) -> str:
    """What the first row has in a column."""
    lines = entry.head.splitlines()
    names, delimiter = text_header(entry.path)
    upper = [one.upper() for one in names]
    if len(lines) < 2 or name not in upper:
        return ""
    cells = lines[1].split(delimiter)
    place = upper.index(name)
    return cells[place].strip().strip('"') if place < len(cells) else ""


def opened(bench: Workbench, entry: Entry, kind: str, problems: list[Problem]) -> SourceFile | None:
    """The file on the workbench; columns that may be absent are there as nulls."""
    columns = {ALIASES.get(name, name) for name in entry.header}
    required, more = _columns_of(kind, columns)
    lacking = [name for name in required if name not in columns]
    # a backslash and a quotation mark are data between bars
    wanted = Wanted(
        upper=True,
        expected=(*more, *_ALWAYS),
        aliases=ALIASES,
        quoted=text_header(entry.path)[1] != "|",
    )
    return open_table(
        bench, entry, problems, kind=kind, format=NAME, wanted=wanted, lacking=lacking
    )


def _columns_of(kind: str, columns: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that a file of that kind must and may have."""
    if kind == BENEFICIARY:
        return _PEOPLE, _PEOPLE_MORE
    if kind == HISTORY:
        return ("BENE_ID",), ()
    if kind == DRUG:
        return _DRUG, ()
    professional = kind in PROFESSIONAL
    line, line_more = _LINE[professional], _LINE_MORE[professional]
    if kind in (PROFESSIONAL_LINES, REVENUE_CENTERS):
        return ("BENE_ID", "CLM_ID", *line), line_more
    if line[0] in columns:
        return (*_CLAIM, *line), (*_CLAIM_MORE, *line_more)
    return _CLAIM, _CLAIM_MORE
