"""Short ways to ask what services cost: every stage from claims to dollars, one after the other."""

from __future__ import annotations

import datetime as dt
from functools import cache

from openp4p.attribution.eligible import eligible_beneficiaries  # noqa: F401  # declares its columns
from openp4p.measures.categories import service_codes
from openp4p.measures.costs import beneficiary_costs
from openp4p.measures.hospital_days import hospital_days
from openp4p.measures.price_cells import price_cells, price_totals
from openp4p.measures.service_costs import service_costs
from openp4p.measures.stays import inpatient_stays as stays_stage
from openp4p.program.definition import Program
from tests.conftest import parse
from tests.measured import eligible
from tests.short_tables import value_modifier
from tests.solving import REFERENCE, columns_of, solve

STAY = {
    "ccn": "010001",
    "facility_type": "short_term_acute",
    "is_acute": True,
    "is_subsection_d": True,
    "is_maryland": False,
}


def stays(text: str = "stay_id") -> list[dict]:
    """Inpatient stays at an acute hospital from 1 to 5 June 2015, unless the table says."""
    rows = parse(text, columns_of(stays_stage.name))
    for number, row in enumerate(rows, start=1):
        row.update({column: v for column, v in STAY.items() if row[column] is None})
        row["stay_id"] = row["stay_id"] or f"s{number}"
        row["beneficiary_id"] = row["beneficiary_id"] or "b1"
        row["admission_date"] = row["admission_date"] or dt.date(2015, 6, 1)
        row["discharge_date"] = row["discharge_date"] or dt.date(2015, 6, 5)
    return rows


@cache
def _all_codes() -> dict[str, dict]:
    rows = solve(REFERENCE, service_codes, value_modifier(2017))
    return {row["hcpcs_code"]: row for row in rows}


def codes_for(lines: list[dict]) -> list[dict]:
    """The service codes that the lines name: the whole list is long."""
    named = {line["hcpcs_code"] for line in lines}
    return [row for code, row in _all_codes().items() if code in named]


def services(
    solver: str,
    program: Program,
    claim: list[dict] = (),
    claim_line: list[dict] = (),
    inpatient_stays: list[dict] = (),
    price_schedule: list[dict] = (),
) -> dict[str, list[dict]]:
    """Days, cells, totals and service costs of these claims, each from the ones before."""
    bills = {
        "claim": list(claim),
        "claim_line": list(claim_line),
        "inpatient_stays": list(inpatient_stays),
    }
    codes = codes_for(list(claim_line))
    days = solve(solver, hospital_days, program, **bills, service_codes=codes)
    priced = {**bills, "price_schedule": list(price_schedule)}
    cells, totals = [], []
    if program.cost.standardization == "national_mean_price":
        cells = solve(solver, price_cells, program, **bills)
        priced["price_cells"] = cells
        totals = solve(solver, price_totals, program, **priced)
    rows = solve(
        solver,
        service_costs,
        program,
        **priced,
        price_totals=totals,
        hospital_days=days,
        service_codes=codes,
    )
    return {"days": days, "cells": cells, "totals": totals, "rows": rows}


def dollars(
    solver: str, program: Program, people: list[dict] | None = None, **bills: list[dict]
) -> list[dict]:
    """What these beneficiaries cost."""
    rows = services(solver, program, **bills)["rows"]
    people = eligible("b1") if people is None else people
    return solve(
        solver, beneficiary_costs, program, service_costs=rows, eligible_beneficiaries=people
    )
