"""The modifier on claim lines: what Medicare pays changes, what the beneficiary pays does not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openp4p.payment.claim_lines import adjusted_claim_lines, line_payment
from openp4p.payment.ledger import payments
from tests.paid import clinician, fraction, paid, paid_lines, payable, standing
from tests.short_tables import column, value_modifier
from tests.solving import SOLVERS, on_every_solver, solve


def found(
    solver: str, lines: str | list, moved: dict[str, object], year: int = 2017, **given: object
) -> list[dict]:
    choices = {k: given.pop(k) for k in list(given) if k.startswith("D")}
    program = value_modifier(year, **choices)
    if isinstance(lines, str):
        lines = paid_lines(lines, year)
    given.setdefault("professionals", [clinician(tin=tin) for tin in moved])
    return solve(
        solver,
        adjusted_claim_lines,
        program,
        claim_line=lines,
        payments=[{"tin": t, "adjustment_fraction": fraction(f)} for t, f in moved.items()],
        payable_clinicians=payable(solver, program, claim_line=lines, **given),
    )


def money(row: dict) -> tuple[str, ...]:
    names = ("paid_before", "paid_after", "adjustment_amount", "sequestered_amount")
    return tuple(str(row[name]) for name in names)


@on_every_solver
@pytest.mark.parametrize(
    ("paid_amount", "modifier", "expected"),
    [
        # the worked example `claim_line`: 104.77 and 102.67, 75.26 and 73.75
        ("80.00", "0.3096", ("80.00", "104.77", "24.77", "-2.10")),
        ("78.40", "-0.04", ("78.40", "75.26", "-3.14", "-1.51")),
        # what is paid is rounded half up, not what is taken: 0.495 is 0.50, 0.245 is 0.25
        ("0.50", "-0.01", ("0.50", "0.50", "0.00", "-0.01")),
        ("0.25", "-0.02", ("0.25", "0.25", "0.00", "0.00")),
        ("0.25", "0.02", ("0.25", "0.26", "0.01", "-0.01")),
        ("-80.00", "-0.04", ("-80.00", "-76.80", "3.20", "1.54")),
    ],
)
def test_the_modifier_comes_first_and_sequestration_second(solver, paid_amount, modifier, expected):
    row = found(solver, f"paid_amount\n {paid_amount}", {"A": modifier})[0]
    assert money(row) == expected
    assert row["paid_before"] + row["adjustment_amount"] == row["paid_after"]


@on_every_solver
def test_sequestration_can_come_first(solver):
    """D29, alternative: 80.00, less 2 percent 78.40, times 1.3096."""
    row = found(solver, "paid_amount\n 80.00", {"A": "0.3096"}, D29="sequestration_then_modifier")[
        0
    ]
    assert money(row) == ("80.00", "102.67", "24.27", "-1.60")
    row = found(solver, "paid_amount\n 0.25", {"A": "-0.02"}, D29="sequestration_then_modifier")[0]
    assert money(row) == ("0.25", "0.25", "0.00", "0.00")


@on_every_solver
def test_only_lines_whose_payment_changes_are_listed(solver):
    rows = found(
        solver,
        """
            claim_id | tin | hcpcs_code | npi | paid_amount
            ---------+-----+------------+-----+------------
            visit    | A   |            |     | 80.00
            free     | A   |            |     | 0.00
            unknown  | A   |            |     |
            drug     | A   | J1100      |     | 80.00
            neutral  | N   |            |     | 80.00
            stranger | S   |            |     | 80.00
            nurse    | A   |            | n2  | 80.00
        """,
        {"A": "-0.02", "N": 0},
        professionals=[
            clinician(),
            clinician("n2", is_adjusted=False),
            clinician(tin="N"),
            clinician(tin="S"),
        ],
    )
    assert [row["claim_id"] for row in rows] == ["visit"]
    assert (rows[0]["npi"], rows[0]["hcpcs_code"]) == ("n1", "99213")
    assert rows[0]["service_date"].isoformat() == "2017-06-01"


@on_every_solver
@pytest.mark.parametrize(("year", "ids"), [(2016, ["c01", "c02", "c03"]), (2017, ["c01", "c03"])])
def test_from_2017_lines_that_were_not_assigned_stay_as_they_are(solver, year, ids):
    lines = paid_lines("paid_amount\n 80.00\n 80.00\n 80.00", year)
    lines[1]["is_assigned"], lines[2]["is_assigned"] = False, None
    assert list(column(found(solver, lines, {"A": "-0.02"}, year), "claim_id", "tin")) == ids


@on_every_solver
def test_lines_of_the_payment_year_are_adjusted(solver):
    lines = [
        *paid_lines("claim_id | paid_amount\n before | 80.00", 2015),
        *paid_lines("claim_id | paid_amount\n paid | 80.00", 2017),
    ]
    rows = found(solver, lines, {"A": "-0.02"})
    assert [row["claim_id"] for row in rows] == ["paid"]


@on_every_solver
def test_lines_add_up_to_the_ledger_within_a_cent_each(solver):
    """Each line is rounded for itself, the ledger once."""
    lines = "paid_amount\n" + "\n".join(f"{n}.{n % 100:02}" for n in range(11, 60))
    program, listed = value_modifier(2017), paid_lines(lines, 2017)
    total = sum(row["paid_amount"] for row in listed)
    ledger = solve(
        solver,
        payments,
        program,
        adjustments=[standing("A", percent="-0.04")],
        paid_amounts=[paid("A", total)],
        balance=[{"payment_year": 2017}],
    )
    rows = found(solver, listed, {"A": "-0.04"})
    assert len(rows) == 49
    difference = sum(row["adjustment_amount"] for row in rows) - ledger[0]["adjustment_amount"]
    assert abs(difference) <= Decimal("0.005") * 50


@pytest.mark.parametrize(
    ("year", "pqrs", "ehr", "modifier", "expected"),
    [
        (2017, False, False, "0.3096", ("100.00", "20.00", "80.00", "104.77", "102.67")),
        (2017, True, False, "-0.04", ("98.00", "19.60", "78.40", "75.26", "73.75")),
        (2017, True, True, "0", ("95.00", "19.00", "76.00", "76.00", "74.48")),
        (2015, True, True, "-0.01", ("97.50", "19.50", "78.00", "77.22", "75.68")),
    ],
)
def test_other_adjustments_lower_the_fee_and_so_cost_sharing(year, pqrs, ehr, modifier, expected):
    """PQRS and EHR change the fee schedule amount, the modifier only what Medicare pays (D29)."""
    made = line_payment(
        Decimal("100.00"),
        Decimal(0),
        Decimal(modifier),
        value_modifier(year),
        pqrs=pqrs,
        ehr=ehr,
    )
    names = ("allowed", "beneficiary", "paid_before", "paid_after", "paid_out")
    assert tuple(str(made[name]) for name in names) == expected


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_line_of_the_ledger_is_the_line_of_the_rule(solver):
    """The stage and the step-by-step payment of a line agree on what is paid out."""
    for modifier in ("0.3096", "-0.04", "-0.005"):
        stepwise = line_payment(
            Decimal("100.00"),
            Decimal(0),
            Decimal(modifier),
            value_modifier(2017),
            pqrs=False,
            ehr=False,
        )
        row = found(solver, "paid_amount\n 80.00", {"A": modifier})[0]
        assert row["paid_after"] == stepwise["paid_after"]
        assert row["paid_after"] + row["sequestered_amount"] == stepwise["paid_out"]
