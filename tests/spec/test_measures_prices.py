"""What a service costs at national prices: by a supplied schedule, or by the national mean."""

from __future__ import annotations

import pytest

from openp4p.codes import code_list
from tests.conftest import parse
from tests.costed import services, stays
from tests.measured import facility_claims
from tests.short_tables import carrier_lines, column, value_modifier
from tests.solving import columns_of, on_every_solver

pytestmark = on_every_solver
NATIONAL = {"M22": "national_mean_price"}


def schedule(text: str) -> list[dict]:
    """Prices of professional services, unless the table says otherwise."""
    rows = parse(text, columns_of("price_schedule"))
    for row in rows:
        row["claim_class"] = row["claim_class"] or "PART_B"
    return rows


def priced(solver, lines="claim_id", prices="code", claims="claim_id", listed="stay_id", **choices):
    return services(
        solver,
        value_modifier(2017, **choices),
        facility_claims(claims),
        carrier_lines(lines),
        stays(listed),
        schedule(prices),
    )


def amounts(solver, lines="claim_id", prices="code", **said) -> list[tuple[str, str]]:
    rows = priced(solver, lines, prices, **said)["rows"]
    return [(str(r["amount"]), r["standardization"]) for r in rows]


def test_a_supplied_amount_comes_before_the_schedule_and_that_before_the_charge(solver):
    lines = """
        hcpcs_code | allowed_amount | standardized_amount
        -----------+----------------+--------------------
        99213      | 70.00          | 73.00
        99213      | 70.00          |
        99214      | 70.00          |
    """
    assert amounts(solver, lines, "code | price\n 99213 | 75.00") == [
        ("73.00", "supplied"),
        ("75.00", "schedule"),
        ("70.00", "none"),
    ]


def test_where_nothing_was_allowed_there_is_nothing_to_price(solver):
    lines = """
        allowed_amount | standardized_amount
        ---------------+--------------------
         0.00          |
        -5.00          |
                       |
         0.00          | 4.00
    """
    assert amounts(solver, lines, "code | price\n 99213 | 75.00") == [
        ("0.00", "none"),
        ("-5.00", "none"),
        ("4.00", "supplied"),
    ]


def test_a_part_of_a_service_has_a_price_of_its_own(solver):
    """26: the professional component, TC the technical; other modifiers do not matter."""
    prices = """
        code  | modifier | price
        71010 |          | 30.00
        71010 | 26       | 10.00
        71020 |          | 40.00
    """
    lines = """
        hcpcs_code | modifier_1 | modifier_2 | allowed_amount
        -----------+------------+------------+---------------
        71010      |            |            | 1.00
        71010      | 26         |            | 1.00
        71010      | 59         | 26         | 1.00
        71010      | TC         |            | 1.00
        71010      | 59         |            | 1.00
        71020      | 26         |            | 1.00
    """
    assert [a for a, _ in amounts(solver, lines, prices)] == [
        "30.00",
        "10.00",
        "10.00",
        "1.00",
        "30.00",
        "1.00",
    ]


def test_a_price_for_a_facility_holds_in_a_facility(solver):
    """By the place of service; a place that is not stated is an office."""
    prices = """
        code  | facility | price
        99213 | yes      | 50.00
        99213 | no       | 75.00
        99214 |          | 99.00
        99214 | yes      | 66.00
    """
    lines = """
        hcpcs_code | place_of_service | allowed_amount
        -----------+------------------+---------------
        99213      | 22               | 1.00
        99213      | 11               | 1.00
        99213      |                  | 1.00
        99214      | 11               | 1.00
        99214      | 21               | 1.00
    """
    assert [a for a, _ in amounts(solver, lines, prices)] == [
        "50.00",
        "75.00",
        "75.00",
        "99.00",
        "66.00",
    ]


def test_a_price_holds_from_its_first_to_its_last_day(solver):
    """The price that took effect last counts, and none when it has ended."""
    prices = """
        code  | valid_from | valid_to   | price
        99213 |            |            | 1.00
        99213 | 2015-02-01 | 2015-12-31 | 2.00
        99213 | 2015-06-01 | 2015-06-30 | 3.00
    """
    lines = """
        from_date  | allowed_amount
        -----------+---------------
        2015-01-31 | 9.00
        2015-02-01 | 9.00
        2015-05-31 | 9.00
        2015-06-01 | 9.00
        2015-06-30 | 9.00
        2015-07-01 | 9.00
    """
    found = [a for a, _ in amounts(solver, lines, prices)]
    assert found == ["1.00", "2.00", "2.00", "3.00", "3.00", "9.00"]


def test_a_price_is_times_units_and_to_the_cent(solver):
    """Half a cent counts as a whole one; a line without units is one."""
    prices = """
        code  | price  | is_per_unit
        J1100 | 0.35   |
        J1101 | 0.35   | no
    """
    lines = """
        hcpcs_code | units | allowed_amount
        -----------+-------+---------------
        J1100      | 3     | 1.00
        J1100      | 0.1   | 1.00
        J1100      | 0     | 1.00
        J1100      |       | 1.00
        J1101      | 3     | 1.00
    """
    found = [a for a, _ in amounts(solver, lines, prices)]
    assert found == ["1.05", "0.04", "0.35", "0.35", "0.35"]


def test_a_stay_is_priced_by_its_drg_and_a_split_outpatient_claim_by_its_lines(solver):
    prices = """
        claim_class | code  | price
        INPATIENT   | 470   | 12000.00
        OUTPATIENT  | 71010 | 35.00
        PART_B      | 470   | 1.00
    """
    claims = """
        claim_id | claim_class | drg | allowed_amount
        ---------+-------------+-----+---------------
        i1       | INPATIENT   | 470 | 9000.00
        i2       | INPATIENT   | 871 | 9000.00
        k1       | OUTPATIENT  |     | 30.00
        k2       | OUTPATIENT  |     | 30.00
    """
    lines = """
        claim_id | claim_class | hcpcs_code | allowed_amount
        ---------+-------------+------------+---------------
        k1       | OUTPATIENT  | 71010      | 30.00
        k2       | OUTPATIENT  | 71010      | 29.00
    """
    assert amounts(solver, lines, prices, claims=claims) == [
        ("12000.00", "schedule"),
        ("9000.00", "none"),
        ("35.00", "schedule"),
        ("30.00", "none"),
    ]


def usable(solver, lines, minimum, **said):
    """Cells and rows at national mean prices, with cells of so few lines in use."""
    return priced(solver, lines, M23=minimum, **NATIONAL, **said)


def repeated(line: str, times: int) -> str:
    return "\n".join([line] * times)


def test_three_areas_that_pay_70_80_and_75_all_cost_75(solver):
    lines = "allowed_amount\n" + repeated("70.00\n80.00\n75.00", 10)
    found = usable(solver, lines, "30")
    assert {(str(r["amount"]), r["standardization"]) for r in found["rows"]} == {
        ("75.00", "national_mean")
    }
    assert column(found["cells"], "cell", "price") == {
        "carrier_pfs|99213|": 75.0,
        "carrier_pfs|99213||office": 75.0,
    }


def test_no_mean_price_is_used_unless_it_is_asked_for(solver):
    lines = "allowed_amount\n" + repeated("70.00\n80.00\n75.00", 10)
    found = priced(solver, lines)
    assert {r["standardization"] for r in found["rows"]} == {"none"}
    assert {str(r["amount"]) for r in found["rows"]} == {"70.00", "75.00", "80.00"}


def test_a_cell_with_few_lines_takes_the_price_of_the_coarser_one(solver):
    """M23: ten lines here. The place is the last key; without enough lines the charge stands."""
    lines = "place_of_service | hcpcs_code | modifier_1 | allowed_amount\n"
    lines += repeated("11 | 99213 | | 80.00", 10) + "\n"
    lines += repeated("22 | 99213 | | 36.00", 1) + "\n"
    lines += repeated("11 | 99214 | | 50.00", 9)
    found = usable(solver, lines, "10")
    prices = column(found["cells"], "cell", "price")
    # 836 dollars in 11 lines
    assert prices["carrier_pfs|99213|"] == pytest.approx(76.0)
    assert column(found["cells"], "cell", "is_usable") == {
        "carrier_pfs|99213|": True,
        "carrier_pfs|99213||office": True,
        "carrier_pfs|99213||facility": False,
        "carrier_pfs|99214|": False,
        "carrier_pfs|99214||office": False,
    }
    # 876 dollars at prices, 836 as allowed: everything is times 836/876
    shares = [str(r["amount"]) for r in found["rows"] if r["hcpcs_code"] == "99213"]
    assert sorted(set(shares)) == ["72.53", "76.35"]
    assert {str(r["amount"]) for r in found["rows"] if r["hcpcs_code"] == "99214"} == {"50.00"}


def test_the_dollars_of_a_class_stay_what_they_were(solver):
    lines = "hcpcs_code | units | allowed_amount\n"
    lines += "\n".join(f"J1100 | {1 + n % 3} | {(1 + n % 3) * 10 + n % 4}.00" for n in range(12))
    found = usable(solver, lines, "10")
    total = found["totals"][0]
    assert sum(r["allowed_amount"] for r in found["rows"]) == total["allowed_dollars"]
    assert float(sum(r["amount"] for r in found["rows"])) == pytest.approx(
        float(total["allowed_dollars"]), abs=0.06
    )


def test_the_dearest_lines_of_a_cell_do_not_make_its_price(solver):
    """Those above the price that 999 in 1,000 lines do not exceed: one line of 1,001."""
    lines = "units | allowed_amount\n" + repeated("2 | 20.00", 1000) + "\n1 | 9000.00"
    found = usable(solver, lines, "30")
    cell = next(c for c in found["cells"] if c["level"] == 1)
    assert (cell["lines"], cell["lines_used"], cell["price"]) == (1001, 1000, 10.0)


def test_what_a_price_is_a_price_of(solver):
    """Kinds of facility, transfers, modifiers; by the day what resource groups would price."""
    claims = """
        claim_class | ccn    | drg | discharge_status | from_date  | thru_date  | allowed_amount
        ------------+--------+-----+------------------+------------+------------+---------------
        INPATIENT   | 010001 | 470 | 01               | 2015-06-01 | 2015-06-04 | 100.00
        INPATIENT   | 010001 | 470 | 02               | 2015-06-01 | 2015-06-04 | 60.00
        INPATIENT   | 011300 | 470 | 01               | 2015-06-01 | 2015-06-04 | 90.00
        INPATIENT   | 210001 | 470 | 01               | 2015-06-01 | 2015-06-04 | 90.00
        INPATIENT   | 014000 | 885 | 01               | 2015-06-01 | 2015-06-04 | 80.00
        INPATIENT   | 013025 | 945 | 01               | 2015-06-01 | 2015-06-10 | 70.00
        INPATIENT   | 012000 | 189 | 01               | 2015-06-01 | 2015-06-10 | 70.00
        INPATIENT   | 01U001 | 189 | 01               | 2015-06-01 | 2015-06-10 | 70.00
        INPATIENT   | 010001 |     | 01               | 2015-06-01 | 2015-06-10 | 70.00
        SNF         | 015000 |     |                  | 2015-06-01 | 2015-06-20 | 50.00
        HHA         | 017000 |     |                  | 2015-06-01 | 2015-06-30 | 30.00
        HOSPICE     | 011500 |     |                  | 2015-06-01 | 2015-06-01 | 20.00
        OUTPATIENT  | 010001 |     |                  | 2015-06-01 | 2015-06-01 | 20.00
    """
    listed = """
        ccn    | facility_type    | is_acute | is_maryland
        -------+------------------+----------+------------
        010001 | short_term_acute | yes      | no
        011300 | cah              | yes      | no
        210001 | short_term_acute | yes      | yes
        014000 | psychiatric      | no       | no
        013025 | irf              | no       | no
        012000 | ltch             | no       | no
        01U001 | swing_bed        | no       | no
    """
    lines = """
        claim_class | hcpcs_code | modifier_1 | units | place_of_service | allowed_amount
        ------------+------------+------------+-------+------------------+---------------
        DME         | E0607      | NU         | 2     | 12               | 10.00
        PART_B      | 00790      | QK         | 4     | 21               | 10.00
    """
    cells = usable(solver, lines, "10", claims=claims, listed=listed)["cells"]
    assert column([c for c in cells if c["level"] == 1], "cell", "units") == {
        "inpatient_ipps|470|no transfer": 1.0,
        "inpatient_ipps|470|transfer": 1.0,
        "inpatient_cah_maryland|470": 2.0,
        "inpatient_ipf|885": 4.0,
        "inpatient_irf": 10.0,
        "inpatient_ltch|189": 1.0,
        "snf_cah_swing": 10.0,
        "snf": 20.0,
        "hha": 30.0,
        "hospice": 1.0,
        "dme|E0607|NU": 2.0,
        "carrier_pfs|00790|QK|facility": 4.0,
    }
    assert {c["cell"] for c in cells if c["level"] == 2} == {
        "inpatient_ipps|470",
        "dme|E0607",
        "carrier_pfs|00790|QK",
    }
    named = {cell["cell"].split("|")[0] for cell in cells}
    assert named <= {rule["rule_id"] for rule in code_list("price_cells")}
