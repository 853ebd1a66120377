"""Days in hospital, days with an emergency visit, and the groups of procedure codes."""

from __future__ import annotations

from openp4p.measures.categories import service_codes
from openp4p.measures.hospital_days import hospital_days
from tests.costed import codes_for, stays
from tests.measured import facility_claims
from tests.short_tables import carrier_lines, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver


def test_days_in_hospital_and_emergency_days(solver):
    """A denied line or claim is no visit; nor is one in another room."""
    claims = """
        claim_id | nonpayment_code
        ---------+----------------
        k1       |
        k2       | N
    """
    lines = """
        claim_id | claim_class | hcpcs_code | revenue_code | processing_indicator | from_date
        ---------+-------------+------------+--------------+----------------------+-----------
        k1       | OUTPATIENT  |            | 0456         |                      | 2015-02-01
        k2       | OUTPATIENT  |            | 0456         |                      | 2015-02-02
        p1       | PART_B      | 99283      |              | A                    | 2015-02-03
        p2       | PART_B      | 99283      |              | D                    | 2015-02-04
        p3       | PART_B      | 99213      |              | A                    | 2015-02-05
        p4       | DME         | 99283      |              | A                    | 2015-02-06
        p5       | PART_B      | 99283      |              | A                    | 2015-03-03
        p6       | PART_B      | 99283      |              | A                    | 2015-03-01
    """
    listed = "admission_date | discharge_date\n 2015-03-02 | 2015-03-03"
    lines = carrier_lines(lines)
    found = solve(
        solver,
        hospital_days,
        value_modifier(2017),
        claim=facility_claims(claims),
        claim_line=lines,
        inpatient_stays=stays(listed),
        service_codes=codes_for(lines),
    )
    assert [(str(r["day"]), r["is_inpatient"], r["is_emergency"]) for r in found] == [
        ("2015-02-01", False, True),
        ("2015-02-03", False, True),
        ("2015-03-02", True, False),
        ("2015-03-03", True, True),
    ]


def test_a_code_newer_than_betos_has_the_group_of_its_kind(solver):
    """By the newer system, where major and other procedures are told apart."""
    found = solve(
        solver,
        service_codes,
        value_modifier(2017),
        betos_codes=[
            {"hcpcs_code": "99213", "betos": "M1B"},
            {"hcpcs_code": "J7613", "betos": "D1G"},
            {"hcpcs_code": "00001", "betos": "M5A"},
        ],
        rbcs_codes=[
            {"hcpcs_code": "99213", "category": "I", "subcategory": "IC", "procedure": "N"},
            {"hcpcs_code": "77067", "category": "I", "subcategory": "IS", "procedure": "N"},
            {"hcpcs_code": "34701", "category": "P", "subcategory": "PV", "procedure": "M"},
            {"hcpcs_code": "11102", "category": "P", "subcategory": "PS", "procedure": "O"},
            {"hcpcs_code": "99999", "category": "X", "subcategory": "XX", "procedure": "N"},
        ],
    )
    assert [
        (r["hcpcs_code"], r["betos"], r["category"], r["emergency_category"]) for r in found
    ] == [
        ("00001", "M5A", None, None),
        ("11102", "P5A", "minor_procedures_ep", "er_procedures"),
        ("34701", "P2F", "major_procedures_ep", "er_procedures"),
        ("77067", "I1F", "imaging", "er_imaging"),
        ("99213", "M1B", "em_ep", None),
        ("J7613", "D1G", "chemo_drugs", None),
    ]


def test_every_code_of_either_list_has_its_row(solver):
    found = solve(solver, service_codes, value_modifier(2017))
    named = {r["category"] for r in found if r["category"] is not None}
    assert len(found) == len({r["hcpcs_code"] for r in found}) > 18000
    assert named == {
        *("er_visits", "em_ep", "major_procedures_ep", "minor_procedures_ep", "lab_tests"),
        *("imaging", "dme", "ambulance", "chemo_drugs", "dialysis", "anesthesia", "other"),
    }
