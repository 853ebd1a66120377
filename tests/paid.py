"""Short ways to write the inputs of payment: what a test does not mention is ordinary."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from openp4p.payment.lines import payable_clinicians
from openp4p.program.definition import Program
from tests.conftest import parse
from tests.solving import columns_of, solve


def dollars(amount: object) -> Decimal:
    """A money amount as tables hold it."""
    return Decimal(str(amount)).quantize(Decimal("0.01"))


def fraction(share: object) -> Decimal | None:
    """A fraction of payment as tables hold it."""
    return None if share is None else Decimal(str(share)).quantize(Decimal("0.000000001"))


def paid_lines(text: str, year: int = 2015) -> list[dict]:
    """Assigned carrier lines of a visit to a family doctor on 1 June, unless the table says so."""
    rows = parse(text, columns_of("claim_line"))
    usual = {
        "line_number": 1,
        "beneficiary_id": "b1",
        "claim_class": "PART_B",
        "from_date": dt.date(year, 6, 1),
        "hcpcs_code": "99213",
        "tin": "A",
        "npi": "n1",
        "specialty": "08",
        "is_assigned": True,
    }
    for number, row in enumerate(rows, start=1):
        row.update({column: value for column, value in usual.items() if row[column] is None})
        row["claim_id"] = row["claim_id"] or f"c{number:02}"
    return rows


def clinician(npi: str = "n1", tin: str = "A", *, is_adjusted: bool = True) -> dict:
    """A professional whose payments move, unless said otherwise."""
    return {"tin": tin, "npi": npi, "is_adjusted": is_adjusted}


def payable(solver: str, program: Program, **bills: object) -> list[dict]:
    """The clinicians on whose lines practices are paid, as the same solver finds them."""
    return solve(solver, payable_clinicians, program, **bills)


def standing(tin: str, *, percent: object = None, multiple: object = None) -> dict:
    """What a practice's place in the grid pays."""
    row = {"tin": tin, "size_class": "10+", "category": 1, "basis": "tiering"}
    return {**row, "percent": fraction(percent), "multiple": fraction(multiple)}


def paid(tin: str, amount: object) -> dict:
    """The Medicare-paid dollars of a practice."""
    return {"tin": tin, "paid_amount": dollars(amount)}
