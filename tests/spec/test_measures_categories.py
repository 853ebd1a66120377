"""Every dollar has one of the 23 service categories: the rules of their table, one by one."""

from __future__ import annotations

import pytest

from tests.costed import services, stays
from tests.measured import facility_claims
from tests.short_tables import carrier_lines, column, value_modifier
from tests.solving import on_every_solver

pytestmark = on_every_solver
OTHER_DAY = "admission_date | discharge_date\n 2015-03-01 | 2015-03-02"


def rows_of(solver, claims="claim_id", lines="claim_id", listed=OTHER_DAY):
    return services(
        solver,
        value_modifier(2017),
        facility_claims(claims),
        carrier_lines(lines),
        stays(listed),
    )["rows"]


def categories(solver, lines, listed=OTHER_DAY, claims="claim_id"):
    """Category by claim number; each line stands alone on its claim."""
    return column(rows_of(solver, claims, lines, listed), "claim_id", "category")


def test_a_facility_claim_is_of_the_kind_of_its_facility(solver):
    claims = """
        claim_id | claim_class | ccn    | allowed_amount
        ---------+-------------+--------+---------------
        acute    | INPATIENT   | 010001 | 1.00
        cah      | INPATIENT   | 011300 | 1.00
        psych    | INPATIENT   | 014000 | 1.00
        child    | INPATIENT   | 013300 | 1.00
        unknown  | INPATIENT   |        | 1.00
        irf      | INPATIENT   | 013025 | 1.00
        unit     | INPATIENT   | 01T001 | 1.00
        cahunit  | INPATIENT   | 01R001 | 1.00
        ltch     | INPATIENT   | 012000 | 1.00
        swing    | INPATIENT   | 01U001 | 1.00
        snf      | SNF         | 010001 | 1.00
        hha      | HHA         | 017000 | 1.00
        hospice  | HOSPICE     | 011500 | 1.00
    """
    listed = """
        ccn    | facility_type    | is_acute
        -------+------------------+---------
        010001 | short_term_acute | yes
        011300 | cah              | yes
        014000 | psychiatric      | no
        013300 | childrens        | no
        013025 | irf              | no
        01T001 | rehab_unit       | no
        01R001 | rehab_unit_cah   | no
        012000 | ltch             | no
        01U001 | swing_bed        | no
    """
    assert column(rows_of(solver, claims, listed=listed), "claim_id", "category") == {
        "acute": "inpatient_facility",
        "cah": "inpatient_facility",
        "psych": "inpatient_facility",
        "child": "inpatient_facility",
        "unknown": "inpatient_facility",
        "irf": "irf_ltch",
        "unit": "irf_ltch",
        "cahunit": "irf_ltch",
        "ltch": "irf_ltch",
        "swing": "snf",
        "snf": "snf",
        "hha": "hha",
        "hospice": "hospice",
    }


def test_a_professional_line_is_of_the_betos_group_of_its_code(solver):
    """M visits, P procedures, T tests, I imaging, D equipment, O the rest; unknown codes: other."""
    lines = """
        claim_id   | hcpcs_code | allowed_amount
        -----------+------------+---------------
        visit      | 99213      | 1.00
        consult    | 99241      | 1.00
        bypass     | 33510      | 1.00
        hip        | 27130      | 1.00
        cataract   | 66984      | 1.00
        wart       | 17110      | 1.00
        scope      | 45378      | 1.00
        radiation  | 77427      | 1.00
        blood      | 85025      | 1.00
        tracing    | 93000      | 1.00
        film       | 71010      | 1.00
        scan       | 70450      | 1.00
        meter      | E0607      | 1.00
        ride       | A0427      | 1.00
        drug       | J1100      | 1.00
        vaccine    | 90658      | 1.00
        nebulised  | J7613      | 1.00
        dialysis   | 90999      | 1.00
        sleep      | 00790      | 1.00
        adjusting  | 98940      | 1.00
        unheard    | XXXXX      | 1.00
    """
    assert categories(solver, lines) == {
        "visit": "em_ep",
        "consult": "em_ep",
        "bypass": "major_procedures_ep",
        "hip": "major_procedures_ep",
        "cataract": "minor_procedures_ep",
        "wart": "minor_procedures_ep",
        "scope": "minor_procedures_ep",
        "radiation": "major_procedures_ep",
        "blood": "lab_tests",
        "tracing": "lab_tests",
        "film": "imaging",
        "scan": "imaging",
        "meter": "dme",
        "ride": "ambulance",
        "drug": "chemo_drugs",
        "vaccine": "chemo_drugs",
        "nebulised": "chemo_drugs",
        "dialysis": "dialysis",
        "sleep": "anesthesia",
        "adjusting": "other",
        "unheard": "other",
    }


def test_an_equipment_claim_is_equipment_but_for_tests_and_imaging(solver):
    lines = """
        claim_id | claim_class | hcpcs_code | allowed_amount
        ---------+-------------+------------+---------------
        meter    | DME         | E0607      | 1.00
        drug     | DME         | J7613      | 1.00
        visit    | DME         | 99213      | 1.00
        unheard  | DME         | XXXXX      | 1.00
        blood    | DME         | 82947      | 1.00
    """
    assert categories(solver, lines) == {
        "meter": "dme",
        "drug": "dme",
        "visit": "dme",
        "unheard": "dme",
        "blood": "lab_tests",
    }


def test_what_professionals_do_during_a_stay_belongs_to_it(solver):
    """From admission to discharge, at an acute hospital; not what rows 70 to 75 name."""
    listed = """
        ccn    | is_acute | admission_date | discharge_date
        -------+----------+----------------+---------------
        010001 | yes      | 2015-06-10     | 2015-06-12
        012000 | no       | 2015-07-10     | 2015-07-12
    """
    lines = """
        claim_id  | hcpcs_code | from_date  | allowed_amount
        ----------+------------+------------+---------------
        before    | 99213      | 2015-06-09 | 1.00
        admission | 99213      | 2015-06-10 | 1.00
        film      | 71010      | 2015-06-11 | 1.00
        discharge | 27130      | 2015-06-12 | 1.00
        after     | 99213      | 2015-06-13 | 1.00
        elsewhere | 99213      | 2015-07-11 | 1.00
        ride      | A0427      | 2015-06-11 | 1.00
        drug      | J1100      | 2015-06-11 | 1.00
        dialysis  | 90999      | 2015-06-11 | 1.00
        sleep     | 00790      | 2015-06-11 | 1.00
        unheard   | XXXXX      | 2015-06-11 | 1.00
    """
    assert categories(solver, lines, listed) == {
        "before": "em_ep",
        "admission": "inpatient_ep_services",
        "film": "inpatient_ep_services",
        "discharge": "inpatient_ep_services",
        "after": "em_ep",
        "elsewhere": "em_ep",
        "ride": "ambulance",
        "drug": "chemo_drugs",
        "dialysis": "dialysis",
        "sleep": "anesthesia",
        "unheard": "other",
    }


def test_an_emergency_visit_without_an_admission_has_a_section_of_its_own(solver):
    """With what was done on that day: procedures, tests and imaging, by whom and for whom."""
    lines = """
        claim_id | beneficiary_id | claim_class | hcpcs_code | from_date  | allowed_amount
        ---------+----------------+-------------+------------+------------+---------------
        visit    | b1             | PART_B      | 99283      | 2015-06-01 | 1.00
        stitch   | b1             | PART_B      | 12001      | 2015-06-01 | 1.00
        sleep    | b1             | PART_B      | 00790      | 2015-06-01 | 1.00
        blood    | b1             | PART_B      | 85025      | 2015-06-01 | 1.00
        film     | b1             | PART_B      | 71010      | 2015-06-01 | 1.00
        office   | b1             | PART_B      | 99213      | 2015-06-01 | 1.00
        ride     | b1             | PART_B      | A0427      | 2015-06-01 | 1.00
        meter    | b1             | DME         | E0607      | 2015-06-01 | 1.00
        next     | b1             | PART_B      | 85025      | 2015-06-02 | 1.00
        friend   | b2             | PART_B      | 85025      | 2015-06-01 | 1.00
    """
    assert categories(solver, lines) == {
        "visit": "er_visits",
        "stitch": "er_procedures",
        "sleep": "er_procedures",
        "blood": "er_tests",
        "film": "er_imaging",
        "office": "em_ep",
        "ride": "ambulance",
        "meter": "dme",
        "next": "lab_tests",
        "friend": "lab_tests",
    }


@pytest.mark.parametrize(
    ("admission", "category"),
    [
        ("2015-05-31", "er_visits"),
        ("2015-06-01", "inpatient_ep_services"),
        ("2015-06-02", "other"),
        ("2015-06-03", "er_visits"),
    ],
)
def test_an_emergency_visit_with_an_admission_on_that_day_or_the_next_is_none(
    solver, admission, category
):
    """Whatever the hospital; a stay of one day here, so that the day of the visit is outside."""
    lines = "hcpcs_code | allowed_amount\n 99283 | 1.00"
    listed = f"admission_date | discharge_date\n {admission} | {admission}"
    assert list(categories(solver, lines, listed).values()) == [category]


OUTPATIENT_LINES = """
    claim_id | line_number | claim_class | hcpcs_code | revenue_code | allowed_amount
    ---------+-------------+-------------+------------+--------------+---------------
    k1       | 1           | OUTPATIENT  | 99283      | 0450         | 1.00
    k1       | 2           | OUTPATIENT  | 12001      | 0450         | 1.00
    k1       | 3           | OUTPATIENT  | 71010      | 0320         | 1.00
    k1       | 4           | OUTPATIENT  | 85025      | 0300         | 1.00
    k1       | 5           | OUTPATIENT  | 12001      | 0360         | 1.00
    k1       | 6           | OUTPATIENT  |            | 0250         | 1.00
    k1       | 7           | OUTPATIENT  |            | 0981         | 1.00
"""


def test_the_lines_of_an_emergency_room_claim(solver):
    found = rows_of(solver, "claim_id | allowed_amount\n k1 | 7.00", OUTPATIENT_LINES)
    assert column(found, "line_number", "category") == {
        1: "er_visits",
        2: "er_visits",
        3: "er_imaging",
        4: "er_tests",
        5: "er_procedures",
        6: "outpatient_facility",
        7: "er_visits",
    }


def test_the_lines_of_other_outpatient_claims(solver):
    """Visits and procedures that a facility bills are not billed by professionals."""
    claims = """
        claim_id | bill_type | allowed_amount
        ---------+-----------+---------------
        k1       | 131       | 9.00
        k2       | 721       | 3.00
    """
    lines = """
        claim_id | line_number | claim_class | hcpcs_code | revenue_code | allowed_amount
        ---------+-------------+-------------+------------+--------------+---------------
        k1       | 1           | OUTPATIENT  | 97110      | 0420         | 1.00
        k1       | 2           | OUTPATIENT  |            | 0444         | 1.00
        k1       | 3           | OUTPATIENT  | 85025      | 0300         | 1.00
        k1       | 4           | OUTPATIENT  | 71010      | 0320         | 1.00
        k1       | 5           | OUTPATIENT  | 99213      | 0510         | 1.00
        k1       | 6           | OUTPATIENT  | 27130      | 0360         | 1.00
        k1       | 7           | OUTPATIENT  | J1100      | 0636         | 1.00
        k1       | 8           | OUTPATIENT  | A0427      | 0540         | 1.00
        k1       | 9           | OUTPATIENT  | E0607      | 0270         | 1.00
        k2       | 1           | OUTPATIENT  |            | 0821         | 1.00
        k2       | 2           | OUTPATIENT  | 85025      | 0300         | 1.00
        k2       | 3           | OUTPATIENT  | 00790      | 0370         | 1.00
    """
    found = rows_of(solver, claims, lines)
    assert {(r["claim_id"], r["line_number"]): r["category"] for r in found} == {
        ("k1", 1): "therapy",
        ("k1", 2): "therapy",
        ("k1", 3): "lab_tests",
        ("k1", 4): "imaging",
        ("k1", 5): "outpatient_facility",
        ("k1", 6): "outpatient_facility",
        ("k1", 7): "chemo_drugs",
        ("k1", 8): "ambulance",
        ("k1", 9): "dme",
        ("k2", 1): "dialysis",
        ("k2", 2): "lab_tests",
        ("k2", 3): "dialysis",
    }


def test_an_outpatient_claim_that_cannot_be_split_has_one_category(solver):
    """An emergency visit if a line is one; what all lines are; dialysis by the bill; facility."""
    claims = """
        claim_id | bill_type | allowed_amount | beneficiary_id
        ---------+-----------+----------------+---------------
        k1       | 131       | 9.00           | b1
        k2       | 131       | 9.00           | b2
        k3       | 131       | 9.00           | b2
        k4       | 721       | 9.00           | b2
        k5       | 721       | 9.00           | b2
        k6       | 131       | 9.00           | b2
    """
    lines = """
        claim_id | line_number | claim_class | hcpcs_code | revenue_code | beneficiary_id
        ---------+-------------+-------------+------------+--------------+---------------
        k1       | 1           | OUTPATIENT  | 71010      | 0320         | b1
        k1       | 2           | OUTPATIENT  | 99283      | 0450         | b1
        k2       | 1           | OUTPATIENT  | 85025      | 0300         | b2
        k2       | 2           | OUTPATIENT  | 85027      | 0300         | b2
        k3       | 1           | OUTPATIENT  | 85025      | 0300         | b2
        k3       | 2           | OUTPATIENT  | 71010      | 0320         | b2
        k4       | 1           | OUTPATIENT  | 85025      | 0300         | b2
        k4       | 2           | OUTPATIENT  | 90999      | 0821         | b2
    """
    assert column(rows_of(solver, claims, lines), "claim_id", "category") == {
        "k1": "er_visits",
        "k2": "lab_tests",
        "k3": "outpatient_facility",
        "k4": "dialysis",
        "k5": "dialysis",
        "k6": "outpatient_facility",
    }


def test_a_therapist_bills_therapy(solver):
    """Physical and occupational therapists, speech pathologists: before the group of the code."""
    lines = """
        claim_id | hcpcs_code | specialty | allowed_amount
        ---------+------------+-----------+---------------
        physical | 97110      | 65        | 1.00
        occupied | 97001      | 67        | 1.00
        speech   | 92507      | 15        | 1.00
        doctor   | 97110      | 11        | 1.00
    """
    assert categories(solver, lines) == {
        "physical": "therapy",
        "occupied": "therapy",
        "speech": "therapy",
        "doctor": "minor_procedures_ep",
    }
