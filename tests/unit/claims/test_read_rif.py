"""RIF: a few invented rows in both shapes, and the canonical tables they become."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from openp4p.errors import InputError
from tests.unit.claims.folders import must_add_up, taken

PERSON = {
    "DML_IND": "INSERT", "BENE_ID": "-100", "STATE_CODE": "47", "BENE_COUNTY_CD": "030",
    "BENE_ZIP_CD": "054011234", "BENE_BIRTH_DT": "17-Mar-1941", "BENE_SEX_IDENT_CD": "2",
    "BENE_RACE_CD": "1", "BENE_ENTLMT_RSN_ORIG": "0", "DEATH_DT": "", "RFRNC_YR": "2015",
    "A_MO_CNT": "12", "B_MO_CNT": "12",
    **{f"MDCR_ENTLMT_BUYIN_{n}_IND": "3" for n in range(1, 13)},
    **{f"HMO_{n}_IND": "0" for n in range(1, 13)},
    "MDCR_STUS_SEPT_CD": "10", "META_DUAL_ELGBL_STUS_SEPT_CD": "2",
}  # fmt: skip
VISIT = {
    "DML_IND": "INSERT", "BENE_ID": "-100", "CLM_ID": "-1", "FINAL_ACTION": "F",
    "NCH_CLM_TYPE_CD": "71", "CLM_FROM_DT": "02-MAR-2015", "CLM_THRU_DT": "02-MAR-2015",
    "CARR_CLM_PMT_DNL_CD": "1", "CLM_PMT_AMT": "100.00", "NCH_CARR_CLM_ALOWD_AMT": "125.00",
    "CARR_CLM_PRVDR_ASGNMT_IND_SW": "A", "PRNCPAL_DGNS_CD": "25000", "PRNCPAL_DGNS_VRSN_CD": "9",
    "ICD_DGNS_CD1": "25000", "ICD_DGNS_VRSN_CD1": "9", "ICD_DGNS_CD2": "4019",
    "ICD_DGNS_VRSN_CD2": "9", "LINE_NUM": "1", "PRF_PHYSN_NPI": "1234567893",
    "ORG_NPI_NUM": "1245319599", "TAX_NUM": "012345678", "PRVDR_SPCLTY": "11",
    "LINE_SRVC_CNT": "1", "LINE_PLACE_OF_SRVC_CD": "11", "LINE_1ST_EXPNS_DT": "02-MAR-2015",
    "LINE_LAST_EXPNS_DT": "02-MAR-2015", "HCPCS_CD": "99213", "HCPCS_1ST_MDFR_CD": "25",
    "LINE_NCH_PMT_AMT": "60.00", "LINE_BENE_PTB_DDCTBL_AMT": "0", "LINE_COINSRNC_AMT": "15.00",
    "LINE_ALOWD_CHRG_AMT": "75.00", "LINE_PRCSG_IND_CD": "A",
}  # fmt: skip
SECOND = {**VISIT, "LINE_NUM": "2", "HCPCS_CD": "93000", "LINE_NCH_PMT_AMT": "40.00",
          "LINE_ALOWD_CHRG_AMT": "50.00"}  # fmt: skip
STAY = {
    "DML_IND": "INSERT", "BENE_ID": "-100", "CLM_ID": "-2", "FINAL_ACTION": "F",
    "NCH_CLM_TYPE_CD": "60", "CLM_FROM_DT": "01-Oct-2015", "CLM_THRU_DT": "05-Oct-2015",
    "PRVDR_NUM": "470001", "CLM_FAC_TYPE_CD": "1", "CLM_SRVC_CLSFCTN_TYPE_CD": "1",
    "CLM_FREQ_CD": "1", "CLM_MDCR_NON_PMT_RSN_CD": "", "CLM_PMT_AMT": "9000.00",
    "NCH_PRMRY_PYR_CLM_PD_AMT": "0", "CLM_MCO_PD_SW": "0", "PTNT_DSCHRG_STUS_CD": "1",
    "CLM_ADMSN_DT": "01-Oct-2015", "CLM_PASS_THRU_PER_DIEM_AMT": "10.00",
    "NCH_BENE_IP_DDCTBL_AMT": "1260.00", "NCH_BENE_PTA_COINSRNC_LBLTY_AM": "0",
    "CLM_UTLZTN_DAY_CNT": "4", "NCH_BENE_DSCHRG_DT": "05-Oct-2015", "CLM_DRG_CD": "0194",
    "ADMTG_DGNS_CD": "R05", "ADMTG_DGNS_VRSN_CD": "0", "PRNCPAL_DGNS_CD": "J189",
    "PRNCPAL_DGNS_VRSN_CD": "0", "ICD_DGNS_CD1": "I509", "ICD_DGNS_VRSN_CD1": "0",
    "CLM_POA_IND_SW1": "N", "ICD_DGNS_CD2": "J189", "ICD_DGNS_VRSN_CD2": "0",
    "CLM_POA_IND_SW2": "Y", "ICD_DGNS_E_CD1": "Y92", "ICD_DGNS_E_VRSN_CD1": "0",
    "ICD_PRCDR_CD1": "0BH17EZ", "ICD_PRCDR_VRSN_CD1": "0", "PRCDR_DT1": "02-Oct-2015",
    "CLM_LINE_NUM": "1", "REV_CNTR": "0120", "HCPCS_CD": "", "REV_CNTR_UNIT_CNT": "4",
}  # fmt: skip
ROOM = {**STAY, "CLM_LINE_NUM": "2", "REV_CNTR": "0250"}
PILLS = {"DML_IND": "INSERT", "PDE_ID": "-9", "FINAL_ACTION": "F", "BENE_ID": "-100",
         "SRVC_DT": "03-Jun-2015", "TOT_RX_CST_AMT": "30.00"}  # fmt: skip


def written(path, rows, delimiter="|", renamed=(), ending=""):
    """A file with the columns of its first row, in their order."""
    names = list(rows[0])
    shown = [dict(renamed).get(name, name) for name in names]
    body = [delimiter.join(str(row.get(name, "")) for name in names) + ending for row in rows]
    path.write_text("\n".join([delimiter.join(shown), *body]) + "\n")


def folder_of(place, *, people=(PERSON,), visits=(VISIT, SECOND), stays=(STAY, ROOM)):
    """A folder in the shape of a stream."""
    place.mkdir()
    written(place / "beneficiary.txt", people)
    written(place / "carrier.txt", visits)
    written(place / "inpatient.txt", stays, ending="|")
    written(place / "pde.txt", [PILLS])
    return place


@pytest.fixture
def read(duckdb_engine):
    """Intake of a folder of RIF files, of which the ledger must add up."""

    def of(folder):
        found = taken(folder, duckdb_engine)
        assert found.format == "rif"
        must_add_up(found)
        return found

    return of


def test_a_stream(read, tmp_path):
    found = read(folder_of(tmp_path / "in"))
    (person,) = found.rows("beneficiary")
    assert person == {
        "beneficiary_id": "-100", "birth_date": dt.date(1941, 3, 17), "sex": "2",
        "death_date": None, "race": "1", "orig_entitlement_code": "0", "state": "VT",
        "county": "030", "zip5": "05401", "is_us_resident": None,
    }  # fmt: skip
    months = found.rows("enrollment_month")
    assert [row["year_month"] for row in months] == list(range(201501, 201513))
    assert all(row["part_a"] and row["part_b"] and not row["ma_enrolled"] for row in months)
    assert (months[8]["entitlement_status"], months[8]["dual_status"]) == ("10", "02")
    claims = {row["claim_id"]: row for row in found.rows("claim")}
    assert {c: row["claim_class"] for c, row in claims.items()} == {
        "-1": "PART_B", "-2": "INPATIENT", "PDE-9": "PDE",
    }  # fmt: skip
    stay = claims["-2"]
    assert (stay["paid_amount"], stay["allowed_amount"]) == (Decimal(9000), Decimal(10260))
    assert (stay["pass_through_amount"], stay["discharge_status"]) == (Decimal(40), "01")
    assert (stay["drg"], stay["bill_type"]) == ("194", "111")
    assert (stay["admission_date"], stay["discharge_date"]) == (
        dt.date(2015, 10, 1),
        dt.date(2015, 10, 5),
    )
    lines = {(row["claim_id"], row["line_number"]): row for row in found.rows("claim_line")}
    assert set(lines) == {("-1", 1), ("-1", 2), ("-2", 1), ("-2", 2)}
    visit = lines["-1", 1]
    assert (visit["tin"], visit["npi"], visit["specialty"]) == ("012345678", "1234567893", "11")
    assert (visit["paid_amount"], visit["allowed_amount"], visit["coinsurance"]) == (60, 75, 15)
    assert (visit["modifier_1"], visit["is_assigned"], visit["units"]) == ("25", True, 1.0)
    codes = sorted(
        (r["claim_id"], r["seq"], r["code"], r["icd_version"], r["role"], r["poa"])
        for r in found.rows("diagnosis")
    )
    assert codes == [
        ("-1", 1, "25000", 9, "principal", None),
        ("-1", 2, "4019", 9, "secondary", None),
        ("-2", 0, "R05", 10, "admitting", None),
        ("-2", 1, "J189", 10, "principal", "Y"),
        ("-2", 2, "I509", 10, "secondary", "N"),
        ("-2", 501, "Y92", 10, "external_cause", None),
    ]
    assert [(r["code"], r["procedure_date"]) for r in found.rows("procedure")] == [
        ("0BH17EZ", dt.date(2015, 10, 2))
    ]
    assert found.aside() == []


def test_base_and_line_files_apart_with_the_dates_of_sas(read, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    of_line = ("LINE_NUM", "PRF", "ORG", "TAX", "PRVDR_SPC", "LINE_", "HCPCS", "CLM_LINE", "REV_")

    def base(row):
        kept = {k: v for k, v in row.items() if not k.startswith(of_line)}
        return {k: v.replace("02-MAR-2015", "02MAR2015") for k, v in kept.items()
                if k not in ("DML_IND", "FINAL_ACTION")}  # fmt: skip

    def line(row):
        keys = ("BENE_ID", "CLM_ID")
        return {k: v for k, v in row.items() if k in keys or k.startswith(of_line)}

    person = {k: v for k, v in PERSON.items() if k != "DML_IND"}
    names = {f"MDCR_ENTLMT_BUYIN_{n}_IND": f"BUYIN{n:02d}" for n in range(1, 13)}
    names |= {f"HMO_{n}_IND": f"HMOIND{n:02d}" for n in range(1, 13)}
    names |= {"RFRNC_YR": "BENE_ENROLLMT_REF_YR", "DEATH_DT": "BENE_DEATH_DT"}
    written(folder / "mbsf_abcd_summary.csv", [person], ",", names.items())
    written(folder / "bcarrier_claims_k.csv", [base(VISIT)], ",")
    stray = {**line(VISIT), "CLM_ID": "-77"}
    written(folder / "bcarrier_line_k.csv", [line(VISIT), line(SECOND), stray], ",")
    written(folder / "inpatient_base_claims_k.csv", [base(STAY)], ",")
    written(folder / "inpatient_revenue_center_k.csv", [line(STAY), line(ROOM)], ",")
    found = read(folder)
    assert {r["claim_id"]: r["claim_class"] for r in found.rows("claim")} == {
        "-1": "PART_B", "-2": "INPATIENT",
    }  # fmt: skip
    assert [r["from_date"] for r in found.rows("claim") if r["claim_id"] == "-1"] == [
        dt.date(2015, 3, 2)
    ]
    lines = found.rows("claim_line")
    assert len(lines) == 4
    assert {r["claim_class"] for r in lines if r["claim_id"] == "-2"} == {"INPATIENT"}
    assert len(found.rows("enrollment_month")) == 12
    assert [(r["file"], r["rule"]) for r in found.rows("quarantine")] == [
        ("bcarrier_line_k.csv", "no such claim")
    ]


def test_the_last_row_of_a_line_holds_and_only_final_ones(read, tmp_path):
    other = {**VISIT, "CLM_ID": "-3", "LINE_NUM": "1", "CLM_PMT_AMT": "60.00"}
    changes = [
        VISIT,
        SECOND,
        {**SECOND, "DML_IND": "UPDATE", "LINE_NCH_PMT_AMT": "41.00"},
        other,
        {**other, "DML_IND": "UPDATE", "FINAL_ACTION": "N"},
        {**other, "CLM_ID": "-4"},
        {**other, "CLM_ID": "-4", "DML_IND": "DELETE"},
    ]
    found = read(folder_of(tmp_path / "in", visits=changes))
    assert {r["claim_id"] for r in found.rows("claim") if r["claim_class"] == "PART_B"} == {"-1"}
    paid = [r["paid_amount"] for r in found.rows("claim_line") if r["claim_id"] == "-1"]
    assert paid == [Decimal(60), Decimal(41)]
    rules = [(r["row"], r["rule"]) for r in found.rows("quarantine")]
    assert sorted(rules) == [
        (2, "replaced"), (4, "replaced"), (5, "not final action"), (6, "replaced"), (7, "deleted"),
    ]  # fmt: skip


def test_indicators_say_which_parts_and_whether_a_plan_pays(read, tmp_path):
    codes = dict(enumerate(["0", "1", "2", "3", "A", "B", "C", "3", "3", "3", "3", ""], 1))
    plans = dict(enumerate(["", "0", "4", "0", "0", "0", "0", "1", "2", "A", "C", ""], 1))
    person = {**PERSON, "A_MO_CNT": "8", "B_MO_CNT": "8"}
    person |= {f"MDCR_ENTLMT_BUYIN_{n}_IND": code for n, code in codes.items()}
    person |= {f"HMO_{n}_IND": code for n, code in plans.items()}
    found = read(folder_of(tmp_path / "in", people=[person]))
    said = [
        (r["year_month"] % 100, r["part_a"], r["part_b"], r["ma_enrolled"])
        for r in found.rows("enrollment_month")
    ]
    assert said == [
        (1, False, False, False), (2, True, False, False), (3, False, True, False),
        (4, True, True, False), (5, True, False, False), (6, False, True, False),
        (7, True, True, False), (8, True, True, True), (9, True, True, True),
        (10, True, True, True), (11, True, True, True),
    ]  # fmt: skip
    assert "month_counts_differ" not in found.codes()
    wrong = read(folder_of(tmp_path / "other", people=[{**person, "A_MO_CNT": "12"}]))
    assert "month_counts_differ" in wrong.codes()


def test_the_latest_year_says_who_one_is_and_death_ends_the_months(read, tmp_path):
    people = [
        {**PERSON, "RFRNC_YR": "2014", "STATE_CODE": "33"},
        {**PERSON, "DEATH_DT": "20-MAY-2015"},
        {**PERSON, "RFRNC_YR": "2015", "DEATH_DT": "20-MAY-2015", "DML_IND": "UPDATE",
         "BENE_RACE_CD": "2"},
        {**PERSON, "BENE_ID": "-200", "RFRNC_YR": ""},
    ]  # fmt: skip
    found = read(folder_of(tmp_path / "in", people=people))
    (person,) = found.rows("beneficiary")
    assert (person["race"], person["state"]) == ("2", "VT")
    assert [r["year_month"] for r in found.rows("enrollment_month")] == [
        *range(201401, 201413), *range(201501, 201506),
    ]  # fmt: skip
    rules = {(r["row"], r["rule"]) for r in found.rows("quarantine")}
    assert rules == {(2, "replaced"), (4, "no reference year")}


def test_an_adjustment_of_the_value_modifier_is_taken_back(read, tmp_path):
    cut = {"LINE_OTHR_APLD_IND_CD1": "H", "LINE_OTHR_APLD_AMT1": "1.20",
           "LINE_OTHR_APLD_IND_CD2": "O", "LINE_OTHR_APLD_AMT2": "2.50"}  # fmt: skip
    found = read(folder_of(tmp_path / "in", visits=[{**VISIT, **cut}, {**SECOND, **cut,
                 "LINE_OTHR_APLD_IND_CD2": "N"}]))  # fmt: skip
    paid = {r["line_number"]: r["paid_amount"] for r in found.rows("claim_line") if r["tin"]}
    assert paid == {1: Decimal("62.50"), 2: Decimal("40.00")}
    (claim,) = [r for r in found.rows("claim") if r["claim_id"] == "-1"]
    assert claim["paid_amount"] == Decimal("102.50")
    (note,) = [n["text"] for n in found.notes if n["code"] == "value_modifier_taken_back"]
    assert "1 lines" in note
    assert "$2.50" in note


def test_marks_and_backslashes_are_data(read, tmp_path):
    person = {**PERSON, "BENE_RACE_CD": "1", "BENE_COUNTY_CD": '0"3\\'}
    found = read(folder_of(tmp_path / "in", people=[person]))
    assert [r["county"] for r in found.rows("beneficiary")] == ['0"3\\']


def test_bad_cells_are_set_aside_without_saying_whose(read, tmp_path):
    bad = [{**VISIT, "CLM_ID": "-5", "LINE_NCH_PMT_AMT": "much"},
           {**VISIT, "CLM_ID": "-6", "CLM_FROM_DT": "32-MAR-2015"}]  # fmt: skip
    found = read(folder_of(tmp_path / "in", visits=[VISIT, *bad]))
    rules = {(r["row"], r["table_name"], r["column"], r["rule"]) for r in found.rows("quarantine")}
    assert (2, "claim_line", "paid_amount", "not an amount") in rules
    assert (3, "claim", "from_date", "not a date") in rules
    assert "-100" not in found.said()


def test_columns_that_are_missing_are_all_named(tmp_path, duckdb_engine):
    folder = folder_of(tmp_path / "in", visits=[{k: v for k, v in VISIT.items()
                       if k not in ("HCPCS_CD", "LINE_ALOWD_CHRG_AMT")}])  # fmt: skip
    with pytest.raises(InputError, match=r"carrier.*LINE_ALOWD_CHRG_AMT, HCPCS_CD"):
        taken(folder, duckdb_engine)
