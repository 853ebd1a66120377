"""Short ways to write the inputs of a spec test: what a test does not mention is ordinary."""

from __future__ import annotations

import datetime as dt
from functools import cache

from openp4p.program.definition import Program
from openp4p.program.library import load_program
from tests.conftest import parse
from tests.solving import columns_of


@cache
def value_modifier(year: int, **choices: str) -> Program:
    """The Value Modifier of one payment year, with choices of the register by id."""
    return load_program("medicare_value_modifier", year, choices)


def changed(program: Program, **sections: dict[str, object]) -> Program:
    """The program with values changed that no choice changes, by section."""
    return program.model_copy(
        update={
            name: getattr(program, name).model_copy(update=values)
            for name, values in sections.items()
        }
    )


def carrier_lines(text: str) -> list[dict]:
    """Allowed carrier lines for an office visit on 1 June 2015, unless the table says otherwise."""
    rows = parse(text, columns_of("claim_line"))
    usual = {
        "line_number": 1,
        "beneficiary_id": "b1",
        "claim_class": "PART_B",
        "from_date": dt.date(2015, 6, 1),
        "hcpcs_code": "99213",
    }
    for number, row in enumerate(rows, start=1):
        row.update({column: v for column, v in usual.items() if row[column] is None})
        row["claim_id"] = row["claim_id"] or f"c{number}"
    return rows


def team(tin: str, *, roster: int, claims: int, physicians: int) -> list[dict]:
    """Professionals of one TIN: so many on the roster, in claims, and physicians of these."""
    rows = []
    for number in range(max(roster, claims)):
        is_physician = number < physicians
        rows.append(
            {
                "tin": tin,
                "npi": f"{tin}-{number:03}",
                "specialty": "11" if is_physician else "50",
                "ep_class": "physician" if is_physician else "np",
                "is_physician": is_physician,
                "is_np_pa_cns": not is_physician,
                "is_adjusted": is_physician,
                "in_roster": number < roster,
                "in_claims": number < claims,
                "pfs_lines": 1,
            }
        )
    return rows


def months(beneficiary_id: str, first: int, last: int, **said: object) -> list[dict]:
    """Enrolment months from one year_month to another, Parts A and B unless said otherwise."""
    rows, month = [], first
    while month <= last:
        row = {"beneficiary_id": beneficiary_id, "year_month": month, "part_a": True}
        rows.append({**row, "part_b": True, "ma_enrolled": False, **said})
        month += 1 if month % 100 < 12 else 89
    return rows


def column(rows: list[dict], key: str, value: str) -> dict:
    """One column of the rows by another: `column(rows, "tin", "size")`."""
    return {row[key]: row[value] for row in rows}
