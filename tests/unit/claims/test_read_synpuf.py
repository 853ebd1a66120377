"""DE-SynPUF: a few invented rows in the layout of CMS, and the canonical tables they become."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from openp4p.errors import InputError
from tests.unit.claims.folders import must_add_up, taken, written

SUMMARY = [
    "DESYNPUF_ID", "BENE_BIRTH_DT", "BENE_DEATH_DT", "BENE_SEX_IDENT_CD", "BENE_RACE_CD",
    "BENE_ESRD_IND", "SP_STATE_CODE", "BENE_COUNTY_CD", "BENE_HI_CVRAGE_TOT_MONS",
    "BENE_SMI_CVRAGE_TOT_MONS", "BENE_HMO_CVRAGE_TOT_MONS", "PLAN_CVRG_MOS_NUM", "SP_CHF",
]  # fmt: skip
BILL = ["DESYNPUF_ID", "CLM_ID", "SEGMENT", "CLM_FROM_DT", "CLM_THRU_DT", "PRVDR_NUM",
        "CLM_PMT_AMT", "NCH_PRMRY_PYR_CLM_PD_AMT", "AT_PHYSN_NPI", "OP_PHYSN_NPI",
        "OT_PHYSN_NPI"]  # fmt: skip
INPATIENT = [*BILL, "CLM_ADMSN_DT", "ADMTNG_ICD9_DGNS_CD", "CLM_PASS_THRU_PER_DIEM_AMT",
             "NCH_BENE_IP_DDCTBL_AMT", "NCH_BENE_PTA_COINSRNC_LBLTY_AM",
             "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM", "CLM_UTLZTN_DAY_CNT", "NCH_BENE_DSCHRG_DT",
             "CLM_DRG_CD", *[f"ICD9_DGNS_CD_{n}" for n in range(1, 11)],
             *[f"ICD9_PRCDR_CD_{n}" for n in range(1, 7)],
             *[f"HCPCS_CD_{n}" for n in range(1, 46)]]  # fmt: skip
OUTPATIENT = [*BILL, "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM", *[f"ICD9_DGNS_CD_{n}" for n in range(1, 11)],
              *[f"ICD9_PRCDR_CD_{n}" for n in range(1, 7)], "NCH_BENE_PTB_DDCTBL_AMT",
              "NCH_BENE_PTB_COINSRNC_AMT", "ADMTNG_ICD9_DGNS_CD",
              *[f"HCPCS_CD_{n}" for n in range(1, 46)]]  # fmt: skip
SLOTS = [
    "PRF_PHYSN_NPI_", "TAX_NUM_", "HCPCS_CD_", "LINE_NCH_PMT_AMT_", "LINE_BENE_PTB_DDCTBL_AMT_",
    "LINE_BENE_PRMRY_PYR_PD_AMT_", "LINE_COINSRNC_AMT_", "LINE_ALOWD_CHRG_AMT_",
    "LINE_PRCSG_IND_CD_", "LINE_ICD9_DGNS_CD_",
]  # fmt: skip
CARRIER = ["DESYNPUF_ID", "CLM_ID", "CLM_FROM_DT", "CLM_THRU_DT",
           *[f"ICD9_DGNS_CD_{n}" for n in range(1, 9)],
           *[f"{stem}{n}" for stem in SLOTS for n in range(1, 14)]]  # fmt: skip
DRUG = ["DESYNPUF_ID", "PDE_ID", "SRVC_DT", "PROD_SRVC_ID", "QTY_DSPNSD_NUM", "DAYS_SUPLY_NUM",
        "PTNT_PAY_AMT", "TOT_RX_CST_AMT"]  # fmt: skip

NAMES = {
    "2008": "DE1_0_2008_Beneficiary_Summary_File_Sample_9.csv",
    "2009": "DE1_0_2009_Beneficiary_Summary_File_Sample_9.csv",
    "inpatient": "DE1_0_2008_to_2010_Inpatient_Claims_Sample_9.csv",
    "outpatient": "DE1_0_2008_to_2010_Outpatient_Claims_Sample_9.csv",
    "carrier": "DE1_0_2008_to_2010_Carrier_Claims_Sample_9A.csv",
    "drug": "DE1_0_2008_to_2010_Prescription_Drug_Events_Sample_9.csv",
}


def person(identifier, **changed):
    return {
        "DESYNPUF_ID": identifier, "BENE_BIRTH_DT": "19360501", "BENE_SEX_IDENT_CD": "2",
        "BENE_RACE_CD": "1", "BENE_ESRD_IND": "0", "SP_STATE_CODE": "06", "BENE_COUNTY_CD": "010",
        "BENE_HI_CVRAGE_TOT_MONS": "12", "BENE_SMI_CVRAGE_TOT_MONS": "12",
        "BENE_HMO_CVRAGE_TOT_MONS": "0", **changed,
    }  # fmt: skip


def line(slot, **cells):
    return {f"{name}_{slot}": value for name, value in cells.items()}


STAY = {
    "DESYNPUF_ID": "AAAA1", "CLM_ID": "196661176988405", "SEGMENT": "1", "CLM_FROM_DT": "20080310",
    "CLM_THRU_DT": "20080313", "PRVDR_NUM": "2600GD", "CLM_PMT_AMT": "4000.00",
    "NCH_PRMRY_PYR_CLM_PD_AMT": "0.00", "AT_PHYSN_NPI": "3139083564", "CLM_ADMSN_DT": "20080310",
    "ADMTNG_ICD9_DGNS_CD": "4580", "CLM_PASS_THRU_PER_DIEM_AMT": "10.50",
    "NCH_BENE_IP_DDCTBL_AMT": "1024.00", "NCH_BENE_PTA_COINSRNC_LBLTY_AM": "0.00",
    "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM": "0.00", "CLM_UTLZTN_DAY_CNT": "3",
    "NCH_BENE_DSCHRG_DT": "20080313", "CLM_DRG_CD": "217", "ICD9_DGNS_CD_1": "7802",
    "ICD9_DGNS_CD_2": "78820", "ICD9_PRCDR_CD_1": "7769",
}  # fmt: skip
VISIT = {
    "DESYNPUF_ID": "AAAA1", "CLM_ID": "887023388000001", "CLM_FROM_DT": "20090102",
    "CLM_THRU_DT": "20090102", "ICD9_DGNS_CD_1": "4019",
    **line(1, PRF_PHYSN_NPI="8613403215", TAX_NUM="011111111", HCPCS_CD="99213",
           LINE_NCH_PMT_AMT="50.00", LINE_BENE_PTB_DDCTBL_AMT="0.00", LINE_COINSRNC_AMT="10.00",
           LINE_BENE_PRMRY_PYR_PD_AMT="0.00", LINE_ALOWD_CHRG_AMT="60.00", LINE_PRCSG_IND_CD="A",
           LINE_ICD9_DGNS_CD="4019"),
    **line(2, PRF_PHYSN_NPI="8613403215", TAX_NUM="011111111", HCPCS_CD="36415",
           LINE_NCH_PMT_AMT="20.00", LINE_BENE_PTB_DDCTBL_AMT="0.00", LINE_COINSRNC_AMT="0.00",
           LINE_BENE_PRMRY_PYR_PD_AMT="0.00", LINE_ALOWD_CHRG_AMT="20.00", LINE_ICD9_DGNS_CD=""),
    **line(13, TAX_NUM="022222222", LINE_NCH_PMT_AMT="5.00", LINE_ALOWD_CHRG_AMT="5.00",
           LINE_PRCSG_IND_CD="N"),
}  # fmt: skip
CLINIC = {
    "DESYNPUF_ID": "BBBB2", "CLM_ID": "542192281063886", "SEGMENT": "1", "CLM_FROM_DT": "20080904",
    "CLM_THRU_DT": "20080905", "PRVDR_NUM": "2600RA", "CLM_PMT_AMT": "-50.00",
    "NCH_PRMRY_PYR_CLM_PD_AMT": "0.00", "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM": "0.00",
    "NCH_BENE_PTB_DDCTBL_AMT": "30.00", "NCH_BENE_PTB_COINSRNC_AMT": "10.00",
    "ICD9_DGNS_CD_1": "V5841", "HCPCS_CD_1": "85610", "HCPCS_CD_2": "G0180",
}  # fmt: skip
PILLS = {"DESYNPUF_ID": "AAAA1", "PDE_ID": "233714488952193", "SRVC_DT": "20080301",
         "TOT_RX_CST_AMT": "70.00", "PTNT_PAY_AMT": "10.00"}  # fmt: skip


def files(place):
    """The six files of a sample: two people, a stay, a clinic visit, a claim of three lines."""
    place.mkdir()
    written(place / NAMES["2008"], SUMMARY, person("AAAA1"), person("BBBB2"))
    died = person("BBBB2", BENE_DEATH_DT="20090401", BENE_SMI_CVRAGE_TOT_MONS="3")
    written(place / NAMES["2009"], SUMMARY, person("AAAA1", BENE_HMO_CVRAGE_TOT_MONS="2"), died)
    again = {**STAY, "SEGMENT": "2", "CLM_FROM_DT": "", "CLM_THRU_DT": "", "CLM_PMT_AMT": "4000.00"}
    written(place / NAMES["inpatient"], INPATIENT, STAY, again)
    written(place / NAMES["outpatient"], OUTPATIENT, CLINIC)
    written(place / NAMES["carrier"], CARRIER, VISIT)
    written(place / NAMES["drug"], DRUG, PILLS)
    return place


@pytest.fixture
def folder(tmp_path):
    return files(tmp_path / "in")


@pytest.fixture
def found(folder, duckdb_engine):
    return taken(folder, duckdb_engine)


def test_it_is_recognised_by_the_columns(found):
    assert found.format == "synpuf"
    assert {"no_specialty", "enrolment_from_month_counts"} <= found.codes()


def test_people_are_those_of_their_latest_summary(found):
    rows = {r["beneficiary_id"]: r for r in found.rows("beneficiary")}
    assert set(rows) == {"AAAA1", "BBBB2"}
    assert rows["AAAA1"]["birth_date"] == dt.date(1936, 5, 1)
    assert rows["AAAA1"]["state"] == "CO"
    assert rows["AAAA1"]["sex"] == "2"
    assert rows["BBBB2"]["death_date"] == dt.date(2009, 4, 1)


def test_months_are_the_first_of_the_year_and_end_with_death(found):
    rows = found.rows("enrollment_month")
    months = {(r["beneficiary_id"], r["year_month"]): r for r in rows}
    assert len(months) == 12 + 12 + 12 + 4
    assert {m for (who, m) in months if who == "BBBB2" and m > 200812} == set(range(200901, 200905))
    assert [months["BBBB2", 200900 + m]["part_b"] for m in (3, 4)] == [True, False]
    assert [months["AAAA1", 200900 + m]["ma_enrolled"] for m in (2, 3)] == [True, False]
    assert {r["entitlement_status"] for r in rows} == {"10"}
    assert {r["source_grain"] for r in rows} == {"year-count"}


def test_a_stay_keeps_its_dates_payment_and_pass_through(found):
    (stay,) = [r for r in found.rows("claim") if r["claim_class"] == "INPATIENT"]
    assert (stay["admission_date"], stay["discharge_date"]) == (
        dt.date(2008, 3, 10),
        dt.date(2008, 3, 13),
    )
    assert stay["paid_amount"] == Decimal("4000.00")
    assert stay["pass_through_amount"] == Decimal("31.50")
    assert stay["allowed_amount"] == Decimal("5024.00")
    assert (stay["drg"], stay["ccn"], stay["attending_npi"]) == ("217", "2600GD", "3139083564")


def test_a_second_segment_is_set_aside_with_its_dollars(found):
    (reason,) = found.rows("accounting_reasons")
    assert (reason["file"], reason["reason"], reason["rows_set_aside"], reason["dollars"]) == (
        NAMES["inpatient"], "segment 2 repeats the claim", 1, 4000,
    )  # fmt: skip
    must_add_up(found)


def test_diagnoses_and_procedures_keep_their_place(found):
    rows = [(r["claim_id"][-4:], r["seq"], r["code"], r["role"], r["icd_version"])
            for r in found.rows("diagnosis")]  # fmt: skip
    assert sorted(rows) == [
        ("0001", 1, "4019", "principal", 9),
        ("3886", 1, "V5841", "principal", 9),
        ("8405", 0, "4580", "admitting", 9),
        ("8405", 1, "7802", "principal", 9),
        ("8405", 2, "78820", "secondary", 9),
    ]
    assert [(r["seq"], r["code"]) for r in found.rows("procedure")] == [(1, "7769")]


def test_a_carrier_claim_has_a_line_for_each_filled_slot(found):
    lines = [r for r in found.rows("claim_line") if r["claim_class"] == "PART_B"]
    assert [
        (r["line_number"], r["tin"], r["npi"], r["hcpcs_code"], r["allowed_amount"],
         r["paid_amount"], r["processing_indicator"], r["line_diagnosis"])
        for r in lines
    ] == [
        (1, "011111111", "8613403215", "99213", 60, 50, "A", "4019"),
        # a blank indicator is not one of those that Medicare allowed
        (2, "011111111", "8613403215", "36415", 20, 20, "?", None),
        (13, "022222222", None, None, 5, 5, "N", None),
    ]  # fmt: skip
    (claim,) = [r for r in found.rows("claim") if r["claim_class"] == "PART_B"]
    assert claim["paid_amount"] == Decimal("75.00")


def test_outpatient_codes_are_lines_and_amounts_may_be_negative(found):
    lines = [r for r in found.rows("claim_line") if r["claim_class"] == "OUTPATIENT"]
    assert [(r["line_number"], r["hcpcs_code"], r["paid_amount"]) for r in lines] == [
        (1, "85610", None),
        (2, "G0180", None),
    ]
    (claim,) = [r for r in found.rows("claim") if r["claim_class"] == "OUTPATIENT"]
    assert claim["paid_amount"] == Decimal("-50.00")
    assert claim["allowed_amount"] == Decimal("-10.00")


def test_drug_events_are_claims_of_their_own(found):
    (claim,) = [r for r in found.rows("claim") if r["claim_class"] == "PDE"]
    assert claim["claim_id"] == "PDE233714488952193"
    assert claim["allowed_amount"] == Decimal("70.00")


def test_each_file_counts_its_own_rows(found):
    read = {r["file"]: (r["rows_read"], r["rows_used"]) for r in found.rows("accounting")}
    assert read == {
        NAMES["2008"]: (2, 2), NAMES["2009"]: (2, 2), NAMES["inpatient"]: (2, 1),
        NAMES["outpatient"]: (1, 1), NAMES["carrier"]: (1, 1), NAMES["drug"]: (1, 1),
    }  # fmt: skip
    money = {(r["claim_class"], r["year_month"]): r["dollars_used"]
             for r in found.rows("accounting_money")}  # fmt: skip
    assert money["PART_B", 200901] == 75
    assert money["INPATIENT", 200803] == 4000


def test_fewer_slots_are_enough(folder, duckdb_engine):
    kept = [c for c in CARRIER if not c.endswith(tuple(f"_{n}" for n in range(6, 14)))]
    claim = {c: v for c, v in VISIT.items() if c in kept}
    written(folder / NAMES["carrier"], kept, claim)
    assert len([r for r in taken(folder, duckdb_engine).rows("claim_line")
                if r["claim_class"] == "PART_B"]) == 2  # fmt: skip


def test_carrier_claims_may_come_in_two_files(folder, duckdb_engine):
    written(folder / NAMES["carrier"].replace("9A", "9B"), CARRIER, {**VISIT, "CLM_ID": "2"})
    found = taken(folder, duckdb_engine)
    assert len([r for r in found.rows("claim") if r["claim_class"] == "PART_B"]) == 2
    must_add_up(found)


def test_months_that_are_no_count_are_set_aside_once(folder, duckdb_engine):
    odd = person("CCCC3", BENE_HI_CVRAGE_TOT_MONS="twelve")
    many = person("DDDD4", BENE_SMI_CVRAGE_TOT_MONS="13")
    written(folder / NAMES["2009"], SUMMARY, person("AAAA1"), odd, many)
    found = taken(folder, duckdb_engine)
    aside = [e for e in found.aside() if e[0] == NAMES["2009"]]
    assert [(e[1], e[3]) for e in aside] == [
        (2, "not a count of months"),
        (3, "not a count of months"),
    ]
    assert not [r for r in found.rows("enrollment_month") if r["beneficiary_id"] == "CCCC3"]
    must_add_up(found)


@pytest.mark.parametrize("column", ["CLM_PASS_THRU_PER_DIEM_AMT", "CLM_UTLZTN_DAY_CNT"])
def test_a_pass_through_that_cannot_be_computed_is_not_nothing(column, folder, duckdb_engine):
    written(folder / NAMES["inpatient"], INPATIENT, {**STAY, column: "some"})
    found = taken(folder, duckdb_engine)
    assert (NAMES["inpatient"], 1, "pass_through_amount", "not an amount", "xxxx") in found.aside()


def test_a_line_with_a_bad_amount_is_set_aside_and_the_others_stay(folder, duckdb_engine):
    written(folder / NAMES["carrier"], CARRIER, {**VISIT, "LINE_NCH_PMT_AMT_2": "2O.00"})
    found = taken(folder, duckdb_engine)
    aside = [e for e in found.aside() if e[0] == NAMES["carrier"]]
    assert aside == [(NAMES["carrier"], 1, "paid_amount", "not an amount", "9x.99")]
    assert [r["line_number"] for r in found.rows("claim_line") if r["claim_class"] == "PART_B"] == [
        1,
        13,
    ]
    # the row of the file is used, but for that line
    assert {r["rows_set_aside"] for r in found.rows("accounting")
            if r["file"] == NAMES["carrier"]} == {0}  # fmt: skip
    must_add_up(found)


def test_all_that_is_wrong_with_the_files_is_said_at_once(folder, duckdb_engine):
    (folder / NAMES["drug"]).write_text("DESYNPUF_ID,PDE_ID\nA,1\n")
    (folder / NAMES["inpatient"]).write_bytes(b"\xff\xfeD\x00E\x00")
    carrier = (folder / NAMES["carrier"]).read_text().replace("LINE_PRCSG_IND_CD_4", "OTHER")
    (folder / NAMES["carrier"]).write_text(carrier)
    with pytest.raises(InputError, match=r"\(3\)") as refused:
        taken(folder, duckdb_engine)
    assert {problem.file: problem.found for problem in refused.value.problems} == {
        NAMES["carrier"]: ("lacks columns that a synpuf carrier file needs: LINE_PRCSG_IND_CD_4"),
        NAMES["drug"]: "lacks columns that a synpuf drug file needs: SRVC_DT, TOT_RX_CST_AMT",
        NAMES["inpatient"]: "is UTF-16 text",
    }


def test_a_summary_must_say_its_year(folder, duckdb_engine):
    (folder / NAMES["2009"]).rename(folder / "summary.csv")
    with pytest.raises(InputError, match="does not say which year the summary is of"):
        taken(folder, duckdb_engine)


def test_a_folder_without_carrier_claims_says_what_is_missing(folder, duckdb_engine):
    (folder / NAMES["carrier"]).unlink()
    (folder / NAMES["outpatient"]).unlink()
    with pytest.raises(InputError, match=r"claim_line: no file holds .* Allowed: Carrier Claims"):
        taken(folder, duckdb_engine)
