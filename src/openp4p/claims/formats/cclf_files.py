"""CCLF files: which one a file is, where its fields stand, which delivery it came with.

Source: CMS, CCLF Information Packet, version 38.0, record layouts and section 4.2 (names of files).
"""

from __future__ import annotations

import re
from functools import cache

from openp4p.claims.formats.entries import Entry
from openp4p.claims.formats.opening import Wanted, open_lines, open_table
from openp4p.claims.formats.workbench import SourceFile, Workbench
from openp4p.codes import code_list
from openp4p.errors import Problem

NAME = "cclf"
SUMMARY, ENROLMENT = "0", "enrollment"
KINDS = {
    SUMMARY: "CCLF0 counts of rows",
    "1": "CCLF1 Part A header",
    "2": "CCLF2 Part A revenue centres",
    "3": "CCLF3 Part A procedures",
    "4": "CCLF4 Part A diagnoses",
    "5": "CCLF5 Part B physicians",
    "6": "CCLF6 Part B DME",
    "7": "CCLF7 Part D",
    "8": "CCLF8 demographics",
    "9": "CCLF9 cross-reference",
    "A": "CCLFA Part A codes and amounts",
    "B": "CCLFB Part B codes and amounts",
    ENROLMENT: "spans of enrolment",
}
_MEMBER = re.compile(r"(?:^|\.)ZC([0-9AB])(?:[YR]\d\d)?(?:\.|$)|CCLF([0-9AB])(?![0-9])", re.I)
_DELIVERED = re.compile(r"\.D(\d\d)(\d\d)(\d\d)(?:\.|$)", re.I)
# the columns by which a delimited file is known, and those without which it cannot be read
_SIGNS = {
    "1": ("CLM_MDCR_NPMT_RSN_CD", "BENE_PTNT_STUS_CD"),
    "2": ("CLM_LINE_PROD_REV_CTR_CD",),
    "3": ("CLM_PRCDR_CD",),
    "4": ("CLM_PROD_TYPE_CD", "CLM_DGNS_CD"),
    "5": ("CLM_RNDRG_PRVDR_TAX_NUM",),
    "6": ("PAYTO_PRVDR_NPI_NUM", "ORDRG_PRVDR_NPI_NUM"),
    "7": ("CLM_LINE_NDC_CD", "CLM_LINE_RX_FILL_NUM"),
    "8": ("BENE_DOB", "BENE_MDCR_STUS_CD"),
    "9": ("CRNT_NUM", "PRVS_NUM"),
    "A": ("CLM_ACTV_CARE_FROM_DT",),
    "B": ("CLM_LINE_NGACO_PBPMT_SW",),
    ENROLMENT: ("CURRENT_BENE_MBI_ID",),
    SUMMARY: ("FILE DESCRIPTION", "TOTAL RECORDS COUNT"),
}
_VERSIONED = ("CLM_ADJSMT_TYPE_CD", "CLM_EFCTV_DT")
_REQUIRED = {
    "1": ("CUR_CLM_UNIQ_ID", "CLM_TYPE_CD", "CLM_FROM_DT", "CLM_THRU_DT", "CLM_PMT_AMT"),
    "2": ("CUR_CLM_UNIQ_ID", "CLM_LINE_NUM", "CLM_TYPE_CD", "CLM_FROM_DT"),
    "3": ("CUR_CLM_UNIQ_ID", "CLM_VAL_SQNC_NUM", "CLM_PRCDR_CD"),
    "4": ("CUR_CLM_UNIQ_ID", "CLM_VAL_SQNC_NUM", "CLM_DGNS_CD"),
    "5": (
        *("CUR_CLM_UNIQ_ID", "CLM_LINE_NUM", "CLM_FROM_DT", "CLM_THRU_DT", "CLM_LINE_HCPCS_CD"),
        *("CLM_LINE_CVRD_PD_AMT", "CLM_LINE_ALOWD_CHRG_AMT", "CLM_CNTL_NUM"),
        *("CLM_RNDRG_PRVDR_TAX_NUM", "RNDRG_PRVDR_NPI_NUM"),
    ),
    "6": ("CUR_CLM_UNIQ_ID", "CLM_LINE_NUM", "CLM_FROM_DT", "CLM_THRU_DT", "CLM_LINE_CVRD_PD_AMT"),
    "7": ("CUR_CLM_UNIQ_ID", "CLM_LINE_FROM_DT"),
    "8": ("BENE_DOB", "BENE_SEX_CD"),
    "9": ("CRNT_NUM", "PRVS_NUM"),
    "A": ("CUR_CLM_UNIQ_ID",),
    "B": ("CUR_CLM_UNIQ_ID",),
    ENROLMENT: ("CURRENT_BENE_MBI_ID", "ENROLLMENT_START_DATE", "ENROLLMENT_END_DATE"),
    SUMMARY: ("FILE NUMBER", "TOTAL RECORDS COUNT"),
}
_PERSON = ("BENE_MBI_ID", "BENE_HIC_NUM")
_WITHOUT_A_PERSON = ("9", ENROLMENT, SUMMARY)
_MBI = "BENE_MBI_ID"
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# how many dates a record must show to be known by its content
_FEWEST_DATES = 2

Fields = dict[str, tuple[int, int]]


@cache
def layout(kind: str, *, before_mbi: bool = False) -> Fields:
    """First and last position of each field of a kind of file.

    Before 2018 there was no MBI: the HICN stood in its place, and all that follows stood as many
    positions to the left (inferred from code written for the files of April 2017).
    """
    fields = {
        row["field"]: (int(row["start"]), int(row["end"]))
        for row in code_list("cclf_layout")
        if row["file"] == f"CCLF{kind}"
    }
    if not before_mbi or _MBI not in fields:
        return fields
    first, last = fields.pop(_MBI)
    width = last - first + 1
    return {
        name: (begin - width, end - width) if begin > last else (begin, end)
        for name, (begin, end) in fields.items()
    }


@cache
def _date_fields(kind: str) -> frozenset[str]:
    return frozenset(
        row["field"]
        for row in code_list("cclf_layout")
        if row["file"] == f"CCLF{kind}" and row["type"] == "date"
    )


@cache
def _dates(kind: str, *, before_mbi: bool = False) -> tuple[tuple[int, int], ...]:
    base = {
        row["field"]
        for row in code_list("cclf_layout")
        if row["file"] == f"CCLF{kind}" and row["since"] == "base"
    } & _date_fields(kind)
    return tuple(span for name, span in layout(kind, before_mbi=before_mbi).items() if name in base)


def kind_of(entry: Entry) -> str | None:
    """The number of the CCLF file this is: by its columns, its name, or where dates stand."""
    columns = set(entry.header)
    for kind, signs in _SIGNS.items():
        if set(signs) <= columns:
            return kind
    named = _MEMBER.search(entry.short)
    if named:
        return str(named.group(1) or named.group(2)).upper()
    first = entry.head.split("\n", 1)[0]
    return next((kind for kind in "12345678A9" if _fits(first, kind)), None)


def _fits(line: str, kind: str) -> bool:
    """Whether the dates of a record stand where that file has them, in either layout."""
    return any(
        _dates_in(line, kind, before_mbi=before) >= min(_FEWEST_DATES, len(_dates(kind)))
        for before in (False, True)
    )


def _dates_in(line: str, kind: str, *, before_mbi: bool) -> int:
    """How many dates stand where the layout has dates; none if anything else stands there."""
    cells = [line[first - 1 : last] for first, last in _dates(kind, before_mbi=before_mbi)]
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) if all(_ISO_DATE.fullmatch(cell) for cell in filled) else 0


def is_before_mbi(entry: Entry, kind: str) -> bool:
    """Whether the records are in the layout of the years before the MBI."""
    lines = [line for line in entry.head.split("\n")[:50] if line.strip()]
    as_now = sum(_dates_in(line, kind, before_mbi=False) for line in lines)
    as_then = sum(_dates_in(line, kind, before_mbi=True) for line in lines)
    return as_then > as_now


def is_delimited(entry: Entry, kind: str) -> bool:
    """Whether a file has the fields' names as its header."""
    return set(_SIGNS[kind]) <= set(entry.header)


def opened(bench: Workbench, entry: Entry, kind: str, problems: list[Problem]) -> SourceFile | None:
    """The file on the workbench, with every field of its layout; those it lacks are nulls."""
    fields = layout(kind)
    if not is_delimited(entry, kind):
        if not fields:
            found = "is named as a CCLF file and does not look like one"
            problems.append(Problem(entry.name, "file", found, "the layout of its number", ""))
            return None
        if is_before_mbi(entry, kind):
            fields = layout(kind, before_mbi=True)
        fields = {_MBI: (0, 0)} | fields
        whole = _date_fields(kind)
        return open_lines(bench, entry, problems, kind=kind, fields=fields, whole=whole)
    lacking = [name for name in _REQUIRED[kind] if name not in entry.header]
    if kind not in _WITHOUT_A_PERSON and not set(_PERSON) & set(entry.header):
        lacking.append(_MBI)
    expected = (*fields, *_PERSON, "FILE_DATE")
    return open_table(
        bench,
        entry,
        problems,
        kind=kind,
        format=NAME,
        wanted=Wanted(upper=True, expected=expected),
        lacking=lacking,
    )


def delivered(file: SourceFile) -> str:
    """SQL of the date, as text, of the delivery that a row came with; null when it is unknown."""
    stated = _DELIVERED.findall(file.name)
    if stated:
        year, month, day = stated[-1]
        return f"'20{year}-{month}-{day}'"
    return "CAST(FILE_DATE AS VARCHAR)" if file.has("FILE_DATE") else "CAST(NULL AS VARCHAR)"
