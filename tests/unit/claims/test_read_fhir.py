"""FHIR claims: a few invented resources, and the canonical claims they become."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.unit.claims.fhir_resources import (
    CODES,
    COVERED,
    OLD_STAY,
    OLD_VISIT,
    PEOPLE,
    STAY,
    VARIABLES,
    VISIT,
    concept,
    diagnosis,
    member,
    ndjson,
)
from tests.unit.claims.folders import must_add_up, taken


@pytest.fixture
def made(tmp_path, duckdb_engine):
    """The intake of claims, of two people with Parts A and B."""

    def of(*claims, people=(*PEOPLE, *COVERED), later=()):
        folder = tmp_path / "in"
        folder.mkdir()
        ndjson(folder / "a.ndjson", *claims)
        ndjson(folder / "b.ndjson", *people)
        if later:
            ndjson(folder / "c.ndjson", *later)
        found = taken(folder, duckdb_engine)
        must_add_up(found)
        return found

    return of


def one(rows):
    (row,) = rows
    return row


def filled(row):
    """What a row says."""
    return {name: value for name, value in row.items() if value is not None}


def test_a_visit_becomes_a_claim_and_its_line(made):
    found = made(VISIT)
    assert found.format == "fhir"
    assert found.rows("quarantine") == []
    assert filled(one(found.rows("claim"))) == {
        "claim_id": "V1", "beneficiary_id": "P1", "claim_class": "PART_B", "claim_type_code": "71",
        "from_date": dt.date(2018, 3, 1), "thru_date": dt.date(2018, 3, 2),
        "paid_amount": Decimal("80.00"), "nonpayment_code": "1",
    }  # fmt: skip
    assert filled(one(found.rows("claim_line"))) == {
        "claim_id": "V1", "line_number": 6, "beneficiary_id": "P1", "claim_class": "PART_B",
        "from_date": dt.date(2018, 3, 2), "thru_date": dt.date(2018, 3, 2), "hcpcs_code": "99213",
        "modifier_1": "25", "modifier_2": "GC", "units": 1.0, "place_of_service": "11",
        "tin": "012345678", "npi": "1234567893", "billing_npi": "1245319599", "specialty": "08",
        "allowed_amount": Decimal("100.00"), "paid_amount": Decimal("80.00"),
        "deductible": Decimal("0.00"), "coinsurance": Decimal("20.00"),
        "processing_indicator": "A", "is_assigned": True, "line_diagnosis": "I10",
    }  # fmt: skip
    assert found.codes() & {"no_tin", "no_specialty", "no_amounts"} == set()


def test_a_stay_has_what_the_hospital_states(made):
    found = made(STAY)
    assert filled(one(found.rows("claim"))) == {
        "claim_id": "H1", "beneficiary_id": "P2", "claim_class": "INPATIENT",
        "claim_type_code": "60", "from_date": dt.date(2018, 5, 1), "thru_date": dt.date(2018, 5, 4),
        "admission_date": dt.date(2018, 5, 1), "discharge_date": dt.date(2018, 5, 4),
        "discharge_status": "01", "admission_type": "3", "admission_source": "4", "ccn": "470003",
        "facility_npi": "1558346007", "attending_npi": "1111111112", "operating_npi": "1111111113",
        "other_npi": "1111111114", "bill_type": "111", "drg": "194",
        # Medicare, deductible, coinsurance, blood, and the payer before Medicare
        "allowed_amount": Decimal("10362.00"), "paid_amount": Decimal("9000.00"),
        "pass_through_amount": Decimal("30.00"), "deductible": Decimal("1340.00"),
        "coinsurance": Decimal("5.00"), "blood_deductible": Decimal("6.00"),
        "primary_payer_paid": Decimal("11.00"), "primary_payer_code": "A", "mco_paid": "0",
    }  # fmt: skip
    line = one(found.rows("claim_line"))
    assert (line["revenue_code"], line["npi"], line["tin"]) == ("0120", "1111111115", None)
    procedure = one(found.rows("procedure"))
    assert (procedure["code"], procedure["icd_version"]) == ("0BH17EZ", 10)
    assert procedure["procedure_date"] == dt.date(2018, 5, 2)


def test_both_versions_of_the_servers_say_the_same(tmp_path, duckdb_engine):
    found = []
    for name, resources in (("new", (VISIT, STAY)), ("old", (OLD_VISIT, OLD_STAY))):
        folder = tmp_path / name
        folder.mkdir()
        ndjson(folder / "eob", *resources, *PEOPLE, *COVERED)
        found.append(taken(folder, duckdb_engine))
    new, old = found
    for table in ("claim", "claim_line", "diagnosis", "procedure", "beneficiary"):
        assert new.rows(table) == old.rows(table), table
        assert new.rows(table), table


def test_diagnoses_are_numbered_from_the_principal_one_and_admitting_is_0(made):
    rows = made(STAY).rows("diagnosis")
    found = [(r["seq"], r["code"], r["role"], r["poa"], r["icd_version"]) for r in rows]
    assert sorted(found) == [
        (0, "R05", "admitting", None, 10), (1, "J189", "principal", "Y", 10),
        (2, "W19XXXA", "external_cause", None, 10), (3, "I10", "secondary", None, 10),
    ]  # fmt: skip


def test_an_admitting_diagnosis_may_be_the_principal_one_too(made):
    both = {**STAY, "diagnosis": [diagnosis(1, "J208", "admitting", "principal"),
                                  diagnosis(2, "R51", "patientreasonforvisit")]}  # fmt: skip
    rows = made(both).rows("diagnosis")
    assert sorted((r["seq"], r["code"], r["role"]) for r in rows) == [
        (0, "J208", "admitting"), (1, "J208", "principal"),
    ]  # fmt: skip


def test_a_type_in_words_alone_says_nothing_of_a_diagnosis(made):
    worded = {**diagnosis(1, "I10"), "type": [{"text": "chronic"}]}
    row = one(made({**VISIT, "diagnosis": [worded]}).rows("diagnosis"))
    assert (row["seq"], row["code"], row["role"]) == (1, "I10", "principal")


@pytest.mark.parametrize(
    ("system", "end", "version"),
    [
        ("http://hl7.org/fhir/sid/icd-9-cm", "2018-03-01", 9),
        ("http://hl7.org/fhir/sid/icd-10", "2014-03-01", 10),
        (None, "2015-09-30", 9),
        (None, "2015-10-01", 10),
    ],
)
def test_the_version_of_icd_is_that_of_the_system_or_else_of_the_day(made, system, end, version):
    coding = {"code": "250.00", **({"system": system} if system else {})}
    listed = [{"sequence": 1, "diagnosisCodeableConcept": {"coding": [coding]}}]
    period = {"start": "2014-01-01", "end": end}
    row = one(made({**VISIT, "billablePeriod": period, "diagnosis": listed}).rows("diagnosis"))
    assert (row["code"], row["icd_version"]) == ("25000", version)


@pytest.mark.parametrize(
    ("codings", "bill", "claim_class"),
    [
        ([(CODES + "eob-type", "HHA")], None, "HHA"),
        ([("http://hl7.org/fhir/ex-claimtype", "professional")], None, "PART_B"),
        ([("http://terminology.hl7.org/CodeSystem/claim-type", "institutional")], "0111",
         "INPATIENT"),
        ([("http://terminology.hl7.org/CodeSystem/claim-type", "institutional")], "131",
         "OUTPATIENT"),
        ([(VARIABLES + "nch_clm_type_cd", "82"),
          ("http://terminology.hl7.org/CodeSystem/claim-type", "institutional")], None, "DME"),
    ],
)  # fmt: skip
def test_the_class_is_told_by_any_of_three_systems(made, codings, bill, claim_class):
    info = [{"category": concept(("x", "typeofbill")), "code": concept(("y", bill))}]
    found = made({**VISIT, "type": concept(*codings), **({"supportingInfo": info} if bill else {})})
    assert one(found.rows("claim"))["claim_class"] == claim_class


def test_a_claim_of_an_unknown_type_is_set_aside_with_its_line(made):
    found = made(VISIT, {**STAY, "type": concept(("x", "oral"))})
    assert {(row, rule) for _f, row, _c, rule, _x in found.aside()} == {
        (2, "missing"), (2, "claim set aside"),
    }  # fmt: skip


def test_a_drug_event_has_its_dollars_from_its_item(made):
    dollars = [{"category": concept((CODES + "adjudication", VARIABLES + name)),
                "amount": {"value": value}}
               for name, value in (("cvrd_d_plan_pd_amt", 12.34),
                                   ("tot_rx_cst_amt", 20))]  # fmt: skip
    drug = {**VISIT, "identifier": [{"system": VARIABLES + "pde_id", "value": "89"}],
            "type": concept((CODES + "eob-type", "PDE")), "payment": {"date": "2018-05-27"},
            "item": [{"sequence": 1, "adjudication": dollars}]}  # fmt: skip
    found = made(VISIT, drug)
    claim = one([r for r in found.rows("claim") if r["claim_class"] == "PDE"])
    assert (claim["claim_id"], claim["paid_amount"]) == ("PDE89", Decimal("12.34"))
    assert claim["allowed_amount"] == Decimal("20.00")
    assert {r["claim_id"] for r in found.rows("claim_line")} == {"V1"}


def test_the_newest_version_of_a_claim_is_used_wherever_it_stands(made):
    def version(day, paid):
        return {**VISIT, "meta": {"lastUpdated": day}, "payment": {"amount": {"value": paid}}}

    found = made(
        version("2019-03-01T10:00:00.000-04:00", 2), version("2019-01-01", 1), VISIT,
        later=[version("2019-02-01", 3)],
    )  # fmt: skip
    assert one(found.rows("claim"))["paid_amount"] == Decimal("2.00")
    assert sorted((f, r) for f, r, *_ in found.aside() if f[0] in "ac") == [
        ("a.ndjson", 2), ("a.ndjson", 2), ("a.ndjson", 3), ("a.ndjson", 3), ("c.ndjson", 1),
        ("c.ndjson", 1),
    ]  # fmt: skip
    assert {rule for *_, rule, _x in found.aside()} == {"replaced"}


def test_of_versions_without_a_date_the_later_row_is_used(made):
    found = made(VISIT, {**VISIT, "payment": {"amount": {"value": 7}}})
    assert one(found.rows("claim"))["paid_amount"] == Decimal("7.00")


def test_a_cancelled_version_takes_the_claim_with_it(made):
    found = made(VISIT, STAY, {**VISIT, "status": "cancelled"},
                 {**STAY, "identifier": [], "id": "X", "status": "entered-in-error"})  # fmt: skip
    assert [r["claim_id"] for r in found.rows("claim")] == ["H1"]
    assert {(row, rule) for _f, row, _c, rule, _x in found.aside()} == {
        (1, "replaced"), (3, "not active"), (4, "not active"),
    }  # fmt: skip
    assert found.rows("claim_line") != []


def test_a_claim_without_its_number_goes_by_the_resource(made):
    assert one(made({**VISIT, "identifier": []}).rows("claim"))["claim_id"] == "eob-V1"


def test_a_claim_of_too_many_lines_is_set_aside_whole(made):
    items = [{"sequence": n, "productOrService": concept((CODES + "hcpcs", "99213"))}
             for n in range(1, 1201)]  # fmt: skip
    found = made(STAY, {**VISIT, "item": items})
    assert [r["claim_id"] for r in found.rows("claim_line")] == ["H1"]
    assert {rule for *_, rule, _x in found.aside()} == {"more than 999 lines or codes"}


def test_without_any_tin_the_npi_stands_for_the_practice(made):
    item = {**VISIT["item"][0], "extension": []}
    alone = {**VISIT, "identifier": [], "id": "V2", "item": [item],
             "careTeam": [member(3, "performing", "1111111116")]}  # fmt: skip
    found = made({**VISIT, "item": [item]}, alone, STAY)
    assert found.codes() >= {"no_tin"}
    tins = {r["claim_id"]: r["tin"] for r in found.rows("claim_line")}
    assert tins == {"V1": "1245319599", "V2": "1111111116", "H1": None}


def test_what_no_claim_states_is_said(made):
    bare = {**VISIT, "payment": {}, "careTeam": [member(3, "performing", "1234567893")],
            "item": [{**VISIT["item"][0], "adjudication": []}]}  # fmt: skip
    assert made(bare).codes() >= {"no_amounts", "no_specialty"}


def test_a_line_without_an_allowed_amount_has_what_was_paid_and_owed(made):
    item = {**VISIT["item"][0], "adjudication": VISIT["item"][0]["adjudication"][::3]}
    line = one(made({**VISIT, "item": [item]}).rows("claim_line"))
    assert (line["paid_amount"], line["allowed_amount"]) == (Decimal("80.00"), Decimal("100.00"))


def test_elements_of_another_shape_count_as_absent(made):
    found = made(STAY, {**VISIT, "careTeam": {"sequence": 1}, "diagnosis": "none", "item": [[], 7]})
    assert len(found.rows("claim")) == 2
    assert [(r["claim_id"], r["hcpcs_code"]) for r in found.rows("claim_line")] == [
        ("V1", None), ("V1", None), ("H1", None),
    ]  # fmt: skip


def test_an_amount_that_is_none_and_a_date_that_is_none_set_the_claim_aside(made):
    found = made(
        VISIT,
        {**STAY, "payment": {"amount": {"value": "lots"}}},
        {**STAY, "id": "B", "identifier": [], "billablePeriod": {"start": "soon"}},
    )
    rules = {(row, column, rule) for _f, row, column, rule, _x in found.aside()}
    assert {(2, "paid_amount", "not an amount"), (3, "from_date", "not a date")} <= rules
