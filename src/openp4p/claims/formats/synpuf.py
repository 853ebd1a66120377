"""CMS DE-SynPUF (2008-2010): beneficiary summaries and inpatient, outpatient, carrier, drug claims.

Layout: CMS, DE-SynPUF Data Users Document; amounts: DE-SynPUF Codebook, Appendix 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from openp4p.claims.formats.entries import Entry
from openp4p.claims.formats.opening import Wanted, open_table
from openp4p.claims.formats.parts import Part, Reading, coded, stacked, total
from openp4p.claims.formats.states import SSA_STATES
from openp4p.claims.formats.workbench import SourceFile, Workbench
from openp4p.errors import Problem

NAME = "synpuf"
# where each table that a run needs comes from
FILES = {
    "beneficiary": "a Beneficiary Summary File",
    "enrollment_month": "a Beneficiary Summary File of each year",
    "claim": "Carrier, Inpatient and Outpatient Claims",
    "claim_line": "Carrier Claims",
}
_PERSON, _CLAIM = ("DESYNPUF_ID",), ("DESYNPUF_ID", "CLM_ID", "CLM_FROM_DT", "CLM_THRU_DT")
_BILL = (
    *_CLAIM,
    "SEGMENT",
    "PRVDR_NUM",
    "CLM_PMT_AMT",
    "NCH_PRMRY_PYR_CLM_PD_AMT",
    "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM",
)
_MONTH_COUNTS = (
    "BENE_HI_CVRAGE_TOT_MONS",
    "BENE_SMI_CVRAGE_TOT_MONS",
    "BENE_HMO_CVRAGE_TOT_MONS",
)
# the columns any one of which tells the kind of file
_SIGNS = {
    "summary": {"BENE_HI_CVRAGE_TOT_MONS", "BENE_SMI_CVRAGE_TOT_MONS", "BENE_BIRTH_DT"},
    "inpatient": {"CLM_ADMSN_DT", "CLM_UTLZTN_DAY_CNT", "NCH_BENE_IP_DDCTBL_AMT"},
    "outpatient": {"NCH_BENE_PTB_DDCTBL_AMT", "NCH_BENE_PTB_COINSRNC_AMT"},
    "carrier": {"TAX_NUM_1", "LINE_NCH_PMT_AMT_1"},
    "drug": {"PDE_ID"},
}
_REQUIRED = {
    "summary": (
        *_PERSON,
        "BENE_BIRTH_DT",
        "BENE_DEATH_DT",
        "BENE_SEX_IDENT_CD",
        *_MONTH_COUNTS,
    ),
    "inpatient": (*_BILL, "NCH_BENE_IP_DDCTBL_AMT", "NCH_BENE_PTA_COINSRNC_LBLTY_AM"),
    "outpatient": (*_BILL, "NCH_BENE_PTB_DDCTBL_AMT", "NCH_BENE_PTB_COINSRNC_AMT"),
    "carrier": (*_CLAIM, "TAX_NUM_1"),
    "drug": (*_PERSON, "PDE_ID", "SRVC_DT", "TOT_RX_CST_AMT"),
}
_SLOT = (
    "PRF_PHYSN_NPI_",
    "HCPCS_CD_",
    "LINE_NCH_PMT_AMT_",
    "LINE_BENE_PTB_DDCTBL_AMT_",
    "LINE_BENE_PRMRY_PYR_PD_AMT_",
    "LINE_COINSRNC_AMT_",
    "LINE_ALOWD_CHRG_AMT_",
    "LINE_PRCSG_IND_CD_",
)
_BILL_EXTRA = ("AT_PHYSN_NPI", "OP_PHYSN_NPI", "OT_PHYSN_NPI")
_OPTIONAL = {
    "summary": ("BENE_RACE_CD", "BENE_ESRD_IND", "SP_STATE_CODE", "BENE_COUNTY_CD"),
    "inpatient": (
        *_BILL_EXTRA,
        "CLM_ADMSN_DT",
        "NCH_BENE_DSCHRG_DT",
        "CLM_DRG_CD",
        "CLM_PASS_THRU_PER_DIEM_AMT",
        "CLM_UTLZTN_DAY_CNT",
    ),
    "outpatient": _BILL_EXTRA,
    "carrier": tuple(f"LINE_ICD9_DGNS_CD_{slot}" for slot in range(1, 14)),
    "drug": (),
}
_OTHER = "other"
_YEAR = re.compile(r"(20\d\d)_Beneficiary", re.IGNORECASE)
_MONTHS = 12


def kind_of(entry: Entry) -> str | None:
    """Which DE-SynPUF file this is, by its columns; `other` for one we cannot place."""
    columns = set(entry.header)
    kinds = (kind for kind, signs in _SIGNS.items() if signs & columns)
    return next(kinds, _OTHER if "DESYNPUF_ID" in columns else None)


def opened(bench: Workbench, entry: Entry, kind: str, problems: list[Problem]) -> SourceFile | None:
    """The file on the workbench; columns that may be absent are there as nulls."""
    if kind == "summary" and not _YEAR.search(entry.short):
        problems.append(_yearless(entry.name))
        return None
    wanted = Wanted(upper=True, expected=_OPTIONAL.get(kind))
    return open_table(
        bench, entry, problems, kind=kind, format=NAME, wanted=wanted, lacking=_lacking(kind, entry)
    )


def _lacking(kind: str, entry: Entry) -> list[str]:
    """The columns without which a file of that kind cannot be read."""
    if kind == _OTHER:
        return ["those of any DE-SynPUF file that is known"]
    needed = list(_REQUIRED[kind])
    if kind == "carrier":
        slots = [c.removeprefix("TAX_NUM_") for c in entry.header if c.startswith("TAX_NUM_")]
        needed += [stem + slot for slot in slots for stem in _SLOT]
    return [column for column in needed if column not in entry.header]


def read(files: Iterable[SourceFile], bench: Workbench) -> Reading:
    """The canonical parts of DE-SynPUF files."""
    reading = Reading()
    summaries: list[tuple[int, SourceFile]] = []
    for file in files:
        kind = file.kind
        if kind == "summary":
            summaries += [(int(year), file) for year in _YEAR.findall(file.name)[-1:]]
        elif kind == "inpatient":
            _institutional(reading, file, "INPATIENT")
        elif kind == "outpatient":
            _institutional(reading, file, "OUTPATIENT")
        elif kind == "carrier":
            _carrier(reading, file)
        elif kind == "drug":
            _drug(reading, file)
    _summaries(reading, sorted(summaries, key=lambda pair: pair[0]), bench)
    reading.note(
        "synthetic",
        "These are CMS's synthetic public use files: no row is of a real beneficiary.",
    )
    reading.note(
        "no_specialty",
        "The claims state no specialty: every primary care service counts in the first attribution "
        "step, unless a roster is supplied.",
    )
    reading.note(
        "enrolment_from_month_counts",
        "Enrolment is known as months a year, not which months: they are taken as the first months "
        "of the year. Years that are neither whole nor empty are approximate.",
    )
    return reading


def _yearless(file: str) -> Problem:
    return Problem(
        file,
        "name",
        "does not say which year the summary is of",
        "the name CMS gave it, such as DE1_0_2008_Beneficiary_Summary_File_Sample_1.csv",
        "Rename the file.",
    )


def _summaries(reading: Reading, summaries: list[tuple[int, SourceFile]], bench: Workbench) -> None:
    """Beneficiaries from the latest summary each stands in; months from every summary."""
    for place, (year, file) in enumerate(summaries):
        later = [other.view for _, other in summaries[place + 1 :]]
        newer = " OR ".join(f"DESYNPUF_ID IN (SELECT DESYNPUF_ID FROM {v})" for v in later)
        reading.parts.append(
            Part(
                "beneficiary",
                file,
                {
                    "beneficiary_id": "DESYNPUF_ID",
                    "birth_date": "BENE_BIRTH_DT",
                    "sex": "BENE_SEX_IDENT_CD",
                    "death_date": "BENE_DEATH_DT",
                    "race": "BENE_RACE_CD",
                    "state": coded("lpad(SP_STATE_CODE, 2, '0')", SSA_STATES),
                    "county": "BENE_COUNTY_CD",
                },
                where=f"NOT ({newer})" if newer else "",
            )
        )
        months = f"months_{place}"
        bench.connection.execute(
            f"CREATE VIEW {months} AS SELECT f.*, m.month, "
            f"CASE WHEN left({_DEATH}, 4) = '{year}' "
            f"THEN try_cast({_DEATH}[5:6] AS INTEGER) ELSE {_MONTHS} END "
            f"AS last_month FROM {file.view} f, range(1, {_MONTHS + 1}) m(month)"
        )
        countless = " OR ".join(
            f"coalesce(try_cast({count} AS INTEGER) NOT BETWEEN 0 AND {_MONTHS}, true)"
            for count in _MONTH_COUNTS
        )
        aged = f"{year} - try_cast(left(BENE_BIRTH_DT, 4) AS INTEGER) >= 65"
        esrd = "BENE_ESRD_IND = 'Y'"
        reading.parts.append(
            Part(
                "enrollment_month",
                file,
                {
                    "beneficiary_id": "DESYNPUF_ID",
                    "year_month": f"CAST({year} * 100 + month AS VARCHAR)",
                    **{
                        name: _within(count)
                        for name, count in zip(
                            ("part_a", "part_b", "ma_enrolled"), _MONTH_COUNTS, strict=True
                        )
                    },
                    "entitlement_status": (
                        f"CASE WHEN {aged} AND {esrd} THEN '11' WHEN {aged} THEN '10' "
                        f"WHEN {esrd} THEN '21' ELSE '20' END"
                    ),
                    "source_grain": "'year-count'",
                },
                relation=months,
                # a row without counts stands in quarantine once, not once a month
                where=f"month <= last_month AND (month = 1 OR NOT ({countless}))",
                refused=f"CASE WHEN {countless} THEN 'not a count of months' END",
            )
        )


_DEATH = "replace(BENE_DEATH_DT, '-', '')"


def _within(count: str) -> str:
    return f"CASE WHEN month <= try_cast({count} AS INTEGER) THEN 'true' ELSE 'false' END"


# a factor that is no number is shown as what it is, so that the row is set aside for it
PER_DIEM_TIMES_DAYS = (
    "CASE WHEN try_cast(CLM_PASS_THRU_PER_DIEM_AMT AS DECIMAL(18, 2)) IS NULL "
    "THEN CLM_PASS_THRU_PER_DIEM_AMT "
    "WHEN try_cast(CLM_UTLZTN_DAY_CNT AS INTEGER) IS NULL THEN CLM_UTLZTN_DAY_CNT "
    "ELSE CAST(try_cast(CLM_PASS_THRU_PER_DIEM_AMT AS DECIMAL(18, 2)) * "
    "try_cast(CLM_UTLZTN_DAY_CNT AS INTEGER) AS VARCHAR) END"
)


def _institutional(reading: Reading, file: SourceFile, claim_class: str) -> None:
    part_b = claim_class == "OUTPATIENT"
    deductible = "NCH_BENE_PTB_DDCTBL_AMT" if part_b else "NCH_BENE_IP_DDCTBL_AMT"
    coinsurance = "NCH_BENE_PTB_COINSRNC_AMT" if part_b else "NCH_BENE_PTA_COINSRNC_LBLTY_AM"
    columns = {
        "claim_id": "CLM_ID",
        "beneficiary_id": "DESYNPUF_ID",
        "claim_class": f"'{claim_class}'",
        "from_date": "CLM_FROM_DT",
        "thru_date": "CLM_THRU_DT",
        "ccn": "PRVDR_NUM",
        "attending_npi": "AT_PHYSN_NPI",
        "operating_npi": "OP_PHYSN_NPI",
        "other_npi": "OT_PHYSN_NPI",
        "paid_amount": "CLM_PMT_AMT",
        "deductible": deductible,
        "coinsurance": coinsurance,
        "blood_deductible": "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM",
        "primary_payer_paid": "NCH_PRMRY_PYR_CLM_PD_AMT",
        "allowed_amount": total(
            "CLM_PMT_AMT",
            deductible,
            coinsurance,
            "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM",
            "NCH_PRMRY_PYR_CLM_PD_AMT",
        ),
    }
    if not part_b:
        columns |= {
            "admission_date": "CLM_ADMSN_DT",
            "discharge_date": "NCH_BENE_DSCHRG_DT",
            "drg": "CLM_DRG_CD",
            "pass_through_amount": PER_DIEM_TIMES_DAYS,
        }
    again = "CASE WHEN SEGMENT <> '1' THEN 'segment 2 repeats the claim' END"
    reading.parts.append(Part("claim", file, columns, refused=again))
    first = "SEGMENT = '1'"
    _codes(reading, file, "diagnosis", "ICD9_DGNS_CD_", 1, first, "ADMTNG_ICD9_DGNS_CD")
    _codes(reading, file, "procedure", "ICD9_PRCDR_CD_", 1, first, "")
    if part_b:
        _outpatient_lines(reading, file, first)


def _outpatient_lines(reading: Reading, file: SourceFile, where: str) -> None:
    """A line for each code; the file states no dollars for them."""
    slots = {slot: {"hcpcs": f"HCPCS_CD_{slot}"} for slot in _slots(file, "HCPCS_CD_")}
    if slots:
        columns = {**_LINE, "claim_class": "'OUTPATIENT'", "hcpcs_code": "hcpcs"}
        lines = stacked(file.view, _CLAIM, slots, "hcpcs", where)
        reading.parts.append(Part("claim_line", file, columns, relation=lines, slot="slot"))


_LINE = {
    "claim_id": "CLM_ID",
    "line_number": "CAST(slot AS VARCHAR)",
    "beneficiary_id": "DESYNPUF_ID",
    "from_date": "CLM_FROM_DT",
    "thru_date": "CLM_THRU_DT",
}
_CARRIER_LINE = {
    "hcpcs_code": "HCPCS_CD_",
    "tin": "TAX_NUM_",
    "npi": "PRF_PHYSN_NPI_",
    "allowed_amount": "LINE_ALOWD_CHRG_AMT_",
    "paid_amount": "LINE_NCH_PMT_AMT_",
    "deductible": "LINE_BENE_PTB_DDCTBL_AMT_",
    "coinsurance": "LINE_COINSRNC_AMT_",
    "primary_payer_paid": "LINE_BENE_PRMRY_PYR_PD_AMT_",
    "processing_indicator": "LINE_PRCSG_IND_CD_",
    "line_diagnosis": "LINE_ICD9_DGNS_CD_",
}


def _carrier(reading: Reading, file: SourceFile) -> None:
    slots = _slots(file, "TAX_NUM_")
    paid = total(*[f"LINE_NCH_PMT_AMT_{slot}" for slot in slots])
    reading.parts.append(
        Part(
            "claim",
            file,
            {
                "claim_id": "CLM_ID",
                "beneficiary_id": "DESYNPUF_ID",
                "claim_class": "'PART_B'",
                "from_date": "CLM_FROM_DT",
                "thru_date": "CLM_THRU_DT",
                "paid_amount": paid,
            },
        )
    )
    wide = {slot: {c: f"{stem}{slot}" for c, stem in _CARRIER_LINE.items()} for slot in slots}
    columns = {**_LINE, "claim_class": "'PART_B'", **{name: name for name in _CARRIER_LINE}}
    # a blank indicator is none of those that Medicare allowed
    columns["processing_indicator"] = "coalesce(processing_indicator, '?')"
    lines = stacked(file.view, _CLAIM, wide, "tin", "")
    reading.parts.append(Part("claim_line", file, columns, relation=lines, slot="slot"))
    _codes(reading, file, "diagnosis", "ICD9_DGNS_CD_", 1, "", "")


def _drug(reading: Reading, file: SourceFile) -> None:
    reading.parts.append(
        Part(
            "claim",
            file,
            {
                "claim_id": "'PDE' || PDE_ID",
                "beneficiary_id": "DESYNPUF_ID",
                "claim_class": "'PDE'",
                "from_date": "SRVC_DT",
                "thru_date": "SRVC_DT",
                "allowed_amount": "TOT_RX_CST_AMT",
            },
        )
    )


def _codes(
    reading: Reading,
    file: SourceFile,
    table: str,
    stem: str,
    first: int,
    where: str,
    admitting: str,
) -> None:
    """Diagnoses or procedures out of numbered columns; the first diagnosis is the principal one."""
    slots = {slot: {"code": f"{stem}{slot}"} for slot in _slots(file, stem)}
    if admitting and file.has(admitting):
        slots[0] = {"code": admitting}
    if not slots:
        return
    columns = {
        "claim_id": "CLM_ID",
        "seq": "CAST(slot AS VARCHAR)",
        "beneficiary_id": "DESYNPUF_ID",
        "code": "code",
        "icd_version": "'9'",
    }
    if table == "diagnosis":
        roles = {"0": "admitting", str(first): "principal"}
        columns["role"] = coded("CAST(slot AS VARCHAR)", roles, "'secondary'")
    relation = stacked(file.view, ("CLM_ID", "DESYNPUF_ID"), slots, "code", where)
    reading.parts.append(Part(table, file, columns, relation=relation, slot="slot"))


def _slots(file: SourceFile, stem: str) -> list[int]:
    found = [c[len(stem) :] for c in file.columns if c.startswith(stem)]
    return sorted(int(text) for text in found if text.isdigit())
