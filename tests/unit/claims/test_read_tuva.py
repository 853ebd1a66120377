"""The Tuva input layer: a few invented rows, and the canonical tables they become."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from openp4p.errors import InputError
from tests.unit.claims.folders import must_add_up, taken, written

MEDICAL = [
    "claim_id", "claim_line_number", "claim_type", "person_id", "member_id", "payer", "plan",
    "claim_start_date", "claim_end_date", "claim_line_start_date", "claim_line_end_date",
    "admission_date", "discharge_date", "admit_source_code", "admit_type_code",
    "discharge_disposition_code", "place_of_service_code", "bill_type_code", "drg_code_type",
    "drg_code", "revenue_center_code", "service_unit_quantity", "hcpcs_code", "hcpcs_modifier_1",
    "rendering_npi", "rendering_tin", "billing_npi", "billing_tin", "facility_npi", "paid_amount",
    "allowed_amount", "coinsurance_amount", "deductible_amount", "diagnosis_code_type",
    "diagnosis_code_1", "diagnosis_code_2", "diagnosis_poa_1", "procedure_code_type",
    "procedure_code_1", "procedure_date_1", "data_source",
]  # fmt: skip
ELIGIBILITY = [
    "person_id", "member_id", "gender", "race", "birth_date", "death_date", "enrollment_start_date",
    "enrollment_end_date", "payer", "payer_type", "dual_status_code", "medicare_status_code",
    "original_reason_entitlement_code", "state", "zip_code",
]  # fmt: skip
PHARMACY = ["claim_id", "claim_line_number", "person_id", "dispensing_date", "ndc_code",
            "paid_amount", "allowed_amount"]  # fmt: skip

VISIT = {
    "claim_id": "V1", "claim_line_number": "1", "claim_type": "professional", "person_id": "P1",
    "claim_start_date": "2018-03-01", "claim_end_date": "2018-03-02",
    "claim_line_start_date": "2018-03-02", "place_of_service_code": "11", "hcpcs_code": "99213",
    "hcpcs_modifier_1": "25", "rendering_npi": "1234567893", "billing_npi": "1245319599",
    "billing_tin": "012345678", "paid_amount": "80.00", "allowed_amount": "100.00",
    "diagnosis_code_type": "icd-10-cm", "diagnosis_code_1": "E11.9", "diagnosis_code_2": "I10",
}  # fmt: skip
SECOND = {**VISIT, "claim_line_number": "2", "hcpcs_code": "36415", "paid_amount": "3.00",
          "allowed_amount": "3.00", "claim_line_start_date": ""}  # fmt: skip
STAY = {
    "claim_id": "H1", "claim_line_number": "1", "claim_type": "institutional", "person_id": "P2",
    "claim_start_date": "2018-05-01", "claim_end_date": "2018-05-04", "bill_type_code": "0111",
    "discharge_disposition_code": "1", "drg_code": "194", "drg_code_type": "ms-drg",
    "revenue_center_code": "0120", "facility_npi": "1558346007", "paid_amount": "9000.00",
    "deductible_amount": "1340.00", "diagnosis_code_type": "icd-10-cm",
    "diagnosis_code_1": "J189", "diagnosis_poa_1": "Y", "procedure_code_type": "icd-10-pcs",
    "procedure_code_1": "0BH17EZ", "procedure_date_1": "2018-05-02",
}  # fmt: skip
LATER = {**STAY, "claim_line_number": "2", "paid_amount": "500.00", "deductible_amount": ""}
ONE = {
    "person_id": "P1", "gender": "female", "birth_date": "1944-01-31", "state": "Vermont",
    "zip_code": "05401-1234", "enrollment_start_date": "2018-01-01", "payer_type": "medicare",
    "enrollment_end_date": "2018-12-31", "dual_status_code": "2", "medicare_status_code": "10",
    "original_reason_entitlement_code": "0",
}  # fmt: skip
TWO = {**ONE, "person_id": "P2", "gender": "male", "state": "NH", "dual_status_code": "",
       "enrollment_end_date": "2018-05-15", "payer_type": "Medicare Advantage"}  # fmt: skip
PILLS = {
    "claim_id": "R1", "claim_line_number": "1", "person_id": "P1", "ndc_code": "00002",
    "dispensing_date": "2018-07-04", "paid_amount": "12.34", "allowed_amount": "20.00",
}  # fmt: skip


def tables(place, *claims, columns=MEDICAL, people=(ONE, TWO)):
    """Three Tuva tables: these claims, what else they need, and a prescription."""
    place.mkdir()
    rows = [{c: v for c, v in row.items() if c in columns} for row in claims]
    written(place / "medical_claim.csv", columns, *rows)
    written(place / "eligibility.csv", ELIGIBILITY, *people)
    written(place / "pharmacy_claim.csv", PHARMACY, PILLS)
    return place


@pytest.fixture
def made(tmp_path, duckdb_engine):
    """The intake of three Tuva tables."""

    def of(*claims, **other):
        found = taken(tables(tmp_path / "in", *claims, **other), duckdb_engine)
        must_add_up(found)
        return found

    return of


def test_it_is_recognised_by_the_columns(made):
    found = made(VISIT, SECOND, STAY, LATER)
    assert found.format == "tuva"
    assert found.codes() >= {"no_specialty", "enrolment_without_parts"}
    assert {r["file"]: r["rows_used"] for r in found.rows("accounting")} == {
        "medical_claim.csv": 4, "eligibility.csv": 2, "pharmacy_claim.csv": 1,
    }  # fmt: skip


def test_lines_become_lines_and_a_claim_is_their_sum(made):
    found = made(VISIT, SECOND, STAY, LATER)
    claims = {r["claim_id"]: r for r in found.rows("claim")}
    assert claims["V1"]["paid_amount"] == Decimal("83.00")
    assert claims["V1"]["allowed_amount"] == Decimal("103.00")
    assert claims["H1"]["paid_amount"] == Decimal("9500.00")
    # nothing allowed is stated: what was paid and what the patient owed
    assert claims["H1"]["allowed_amount"] == Decimal("10840.00")
    lines = [r for r in found.rows("claim_line") if r["claim_id"] == "V1"]
    one, two = sorted(lines, key=lambda r: r["line_number"])
    assert (one["from_date"], two["from_date"]) == (dt.date(2018, 3, 2), dt.date(2018, 3, 1))
    assert (one["tin"], one["npi"], one["place_of_service"], one["modifier_1"]) == (
        "012345678", "1234567893", "11", "25",
    )  # fmt: skip
    assert one["claim_class"] == "PART_B"
    money = {(r["claim_class"], r["year_month"]): r["dollars_used"]
             for r in found.rows("accounting_money")}  # fmt: skip
    assert money == {("PART_B", 201803): 83, ("INPATIENT", 201805): 9500,
                     ("PDE", 201807): Decimal("12.34")}  # fmt: skip


def test_a_stay_has_its_dates_from_the_claim_where_they_are_blank(made):
    (stay,) = [r for r in made(VISIT, STAY).rows("claim") if r["claim_class"] == "INPATIENT"]
    assert (stay["admission_date"], stay["discharge_date"]) == (
        dt.date(2018, 5, 1),
        dt.date(2018, 5, 4),
    )
    assert (stay["discharge_status"], stay["bill_type"], stay["drg"]) == ("01", "111", "194")


@pytest.mark.parametrize(
    ("bill", "claim_class"),
    [
        ("111", "INPATIENT"), ("0111", "INPATIENT"), ("11I", "INPATIENT"), ("411", "INPATIENT"),
        ("211", "SNF"), ("221", "SNF"), ("181", "SNF"), ("281", "SNF"), ("329", "HHA"),
        ("341", "HHA"), ("811", "HOSPICE"), ("822", "HOSPICE"), ("131", "OUTPATIENT"),
        ("13I", "OUTPATIENT"), ("853", "OUTPATIENT"), ("", "OUTPATIENT"),
    ],
)  # fmt: skip
def test_the_type_of_bill_gives_the_class(bill, claim_class, made):
    found = made(VISIT, {**STAY, "bill_type_code": bill})
    assert {r["claim_class"] for r in found.rows("claim")} == {"PART_B", claim_class, "PDE"}


def test_a_claim_that_is_neither_professional_nor_institutional_is_set_aside(made):
    found = made(VISIT, {**STAY, "claim_type": "undetermined"})
    aside = {(e[1], e[2], e[3], e[4]) for e in found.aside()}
    assert (2, "claim_class", "unknown code", "undetermined") in aside
    assert [r["claim_id"] for r in found.rows("claim")] == ["V1", "PDER1-1"]


def test_diagnoses_and_procedures(made):
    found = made(VISIT, SECOND, STAY)
    assert [(r["claim_id"], r["seq"], r["code"], r["icd_version"], r["role"], r["poa"])
            for r in found.rows("diagnosis")] == [
        ("V1", 1, "E119", 10, "principal", None),
        ("V1", 2, "I10", 10, "secondary", None),
        ("H1", 1, "J189", 10, "principal", "Y"),
    ]  # fmt: skip
    (procedure,) = found.rows("procedure")
    assert (procedure["code"], procedure["procedure_date"]) == ("0BH17EZ", dt.date(2018, 5, 2))


def test_without_a_code_type_the_date_says_which_icd_it_is(made):
    old = {**VISIT, "claim_id": "V0", "diagnosis_code_type": "", "claim_start_date": "2015-09-30",
           "claim_end_date": "2015-09-30", "claim_line_start_date": ""}  # fmt: skip
    new = {**old, "claim_id": "V2", "claim_start_date": "2015-10-01",
           "claim_end_date": "2015-10-01"}  # fmt: skip
    found = made(old, new)
    assert {r["claim_id"]: r["icd_version"] for r in found.rows("diagnosis")} == {"V0": 9, "V2": 10}


def test_spans_become_months(made):
    rows = made(VISIT).rows("enrollment_month")
    months = {(r["beneficiary_id"], r["year_month"]): r for r in rows}
    assert {m for who, m in months if who == "P2"} == set(range(201801, 201806))
    assert len([m for who, m in months if who == "P1"]) == 12
    assert months["P1", 201801]["dual_status"] == "02"
    assert (months["P1", 201801]["ma_enrolled"], months["P2", 201801]["ma_enrolled"]) == (
        False,
        True,
    )
    assert {r["source_grain"] for r in rows} == {"span"}


def test_spans_that_meet_in_a_month_give_it_once(made):
    again = {**ONE, "enrollment_start_date": "2018-12-31", "enrollment_end_date": "2019-01-31"}
    found = made(VISIT, people=(ONE, again, TWO))
    months = [r["year_month"] for r in found.rows("enrollment_month")
              if r["beneficiary_id"] == "P1"]  # fmt: skip
    assert sorted(months) == [*range(201801, 201813), 201901]
    assert {r["rows_read"] for r in found.rows("accounting") if r["file"] == "eligibility.csv"} == {
        3
    }


@pytest.mark.parametrize(
    ("start", "end"), [("2018-06-01", "2018-05-01"), ("soon", "2018-12-31"), ("", "2018-12-31")]
)
def test_a_span_without_usable_dates_is_set_aside(start, end, made):
    odd = {**TWO, "enrollment_start_date": start, "enrollment_end_date": end}
    found = made(VISIT, people=(ONE, odd))
    assert ("eligibility.csv", 2, None, "span without usable dates", None) in found.aside()
    assert {r["beneficiary_id"] for r in found.rows("enrollment_month")} == {"P1"}


def test_people(made):
    rows = {r["beneficiary_id"]: r for r in made(VISIT).rows("beneficiary")}
    assert (rows["P1"]["sex"], rows["P1"]["state"], rows["P1"]["zip5"]) == ("2", "VT", "05401")
    assert (rows["P2"]["sex"], rows["P2"]["state"]) == ("1", "NH")
    assert rows["P1"]["birth_date"] == dt.date(1944, 1, 31)


def test_without_any_tin_the_npi_stands_for_the_practice_and_that_is_said(made):
    columns = [c for c in MEDICAL if not c.endswith("_tin")]
    alone = {**VISIT, "claim_id": "V2", "billing_npi": ""}
    found = made(VISIT, alone, STAY, columns=columns)
    assert "no_tin" in found.codes()
    assert {r["claim_id"]: r["tin"] for r in found.rows("claim_line")} == {
        "V1": "1245319599", "V2": "1234567893", "H1": None,
    }  # fmt: skip


def test_the_names_of_2023_are_read_too(made):
    older = {"person_id": "patient_id", "drg_code": "ms_drg_code"}
    columns = [older.get(c, c) for c in MEDICAL if c != "drg_code_type"]
    claims = [{older.get(c, c): v for c, v in row.items()} for row in (VISIT, STAY)]
    found = made(*claims, columns=columns)
    assert {r["claim_id"]: r["beneficiary_id"] for r in found.rows("claim")} == {
        "V1": "P1", "H1": "P2", "PDER1-1": "P1",
    }  # fmt: skip
    assert {r["drg"] for r in found.rows("claim") if r["claim_id"] == "H1"} == {"194"}


def test_the_same_line_twice_does_not_double_the_claim(made):
    found = made(VISIT, VISIT)
    assert {r["claim_id"]: r["paid_amount"] for r in found.rows("claim")}["V1"] == Decimal("80.00")
    assert ("medical_claim.csv", 2, None, "duplicate", None) in found.aside()


def test_a_table_without_its_columns_is_refused_with_the_list(tmp_path, duckdb_engine):
    place = tmp_path / "in"
    place.mkdir()
    written(place / "medical_claim.csv", ["claim_id", "claim_start_date", "bill_type_code"])
    written(place / "eligibility.csv", ["enrollment_start_date", "gender"])
    with pytest.raises(InputError, match=r"\(2\)") as refused:
        taken(place, duckdb_engine)
    first, second = (problem.found for problem in refused.value.problems)
    assert first == (
        "lacks columns that a tuva eligibility file needs: birth_date, enrollment_end_date, "
        "person_id"
    )
    assert "claim_line_number, claim_type, claim_end_date" in second
