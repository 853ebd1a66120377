"""What each row tells by itself: columns that are filled, codes, amounts and dates that fit.

One pass over each table, with the person and its month of enrolment beside each claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.data_quality.checks import COLUMN, NEED, TEST, Check, check, of_kind
from openp4p.claims.data_quality.counted import ALL, Counted, Period, Tables, in_days, rows_of
from openp4p.codes import code_list
from openp4p.engine.base import Engine

Test = Callable[[ir.Table, Period], tuple[ir.BooleanValue, ir.BooleanValue]]
_HUNDRED = 100
_UNKNOWN_SEX = "0"
# stands in the list of discharge statuses for none
_NO_STATUS = "00"


def counted_by_row(
    engine: Engine, tables: Tables, period: Period, supplied: frozenset[str]
) -> list[Counted]:
    """Completeness and tests of the rows of every table that was supplied."""
    found: list[Counted] = []
    for name in sorted({one.table for one in of_kind(NEED, COLUMN, TEST)} & supplied):
        filled = [c for c in of_kind(NEED, COLUMN) if c.table == name and c.group]
        tests = [c for c in of_kind(TEST) if c.table == name and c.id in TESTS]
        tests = [c for c in tests if BESIDE.get(c.id, name) in supplied]
        if filled or tests:
            table = _beside(tables, period) if name == "claim" else tables[name]
            found += _one_pass(engine, table, filled, tests, period)
    return found


def _beside(tables: Tables, period: Period) -> ir.Table:
    """Each claim with birth and death of the person and its enrolment in the month."""
    claim, months = tables["claim"], tables["enrollment_month"]
    people = tables["beneficiary"].select("birth_date", "death_date", listed="beneficiary_id")
    enrolled = months.select(
        person="beneficiary_id",
        month="year_month",
        in_a_or_b=(months.part_a | months.part_b).fill_null(False),
        in_plan=months.ma_enrolled.fill_null(False),
    )
    found = claim.mutate(
        of_month=(claim.from_date.year() * _HUNDRED + claim.from_date.month()).cast("int64"),
        in_year=in_days(claim.from_date, period.days),
    )
    found = found.left_join(people, found.beneficiary_id == people.listed)
    return found.left_join(
        enrolled, (found.beneficiary_id == enrolled.person) & (found.of_month == enrolled.month)
    )


def _one_pass(
    engine: Engine, table: ir.Table, filled: list[Check], tests: list[Check], period: Period
) -> list[Counted]:
    sums: dict[str, ir.Value] = {"rows": _.count()}
    for one in filled:
        sums[f"f_{one.id}"] = _lacks(table, one).sum()
    for one in tests:
        asked, fails = TESTS[one.id](table, period)
        asked = asked.fill_null(False)
        sums[f"a_{one.id}"] = asked.sum()
        sums[f"f_{one.id}"] = (asked & fails.fill_null(False)).sum()
    has_class = "claim_class" in table.columns
    keyed = table if has_class else table.mutate(claim_class=ibis.literal(ALL))
    rows = rows_of(engine, keyed.group_by("claim_class").agg(**sums))
    return [
        Counted(
            one,
            row["claim_class"],
            int((row["rows"] if one in filled else row[f"a_{one.id}"]) or 0),
            int(row[f"f_{one.id}"] or 0),
        )
        for one in (*filled, *tests)
        for row in rows
        if not one.classes or row["claim_class"] in one.classes
    ]


def _lacks(table: ir.Table, one: Check) -> ir.BooleanValue:
    absent = table[one.column].isnull()
    return absent | (table[one.column] == _UNKNOWN_SEX) if one.column == "sex" else absent


def _is_not_in(name: str, list_: str, code: str) -> Test:
    """A code that is stated and stands in no list of the package."""
    known = sorted({row[code] for row in code_list(list_)} - {_NO_STATUS})

    def test(table: ir.Table, _period: Period) -> tuple[ir.BooleanValue, ir.BooleanValue]:
        return table[name].notnull(), ~table[name].isin(known)

    return test


def _is_not_like(name: str, pattern: str) -> Test:
    def test(table: ir.Table, _period: Period) -> tuple[ir.BooleanValue, ir.BooleanValue]:
        return table[name].notnull(), ~table[name].re_search(pattern)

    return test


def _is_negative(name: str) -> Test:
    return lambda table, _period: (table[name].notnull(), table[name] < 0)


def _each(table: ir.Table) -> ir.BooleanValue:
    """Every row: none is without its person."""
    return table.beneficiary_id.notnull()


def _age(table: ir.Table, period: Period) -> tuple[ir.BooleanValue, ir.BooleanValue]:
    born = table.birth_date.year()
    oldest = check("implausible_age").parameter
    return table.birth_date.notnull(), (born > period.year) | (period.year - born > oldest)


# not dual, not eligible for Medicaid, and not known
_NOT_DUAL = ("00", "NA", "99", "0")
# tables without which a test of another says nothing
BESIDE: Mapping[str, str] = {
    **dict.fromkeys(("after_death", "before_birth", "no_beneficiary"), "beneficiary"),
    **dict.fromkeys(("no_enrolment", "managed_care"), "enrollment_month"),
}
TESTS: Mapping[str, Test] = {
    "drg_unknown": _is_not_in("drg", "ms_drgs", "ms_drg"),
    "discharge_status_unknown": _is_not_in("discharge_status", "discharge_status", "code"),
    "place_unknown": _is_not_in("place_of_service", "facility_places", "place_of_service"),
    "specialty_unknown": _is_not_in("specialty", "cms_specialties", "specialty"),
    "dual_unknown": lambda table, _period: (
        table.dual_status.notnull() & ~table.dual_status.isin(_NOT_DUAL),
        ~table.dual_status.isin(sorted({row["dual_status"] for row in code_list("dual_status")})),
    ),
    "ccn_shape": _is_not_like("ccn", "^[0-9A-Z]{6}$"),
    "negative_paid": _is_negative("paid_amount"),
    "negative_allowed": _is_negative("allowed_amount"),
    "paid_above_allowed": lambda table, _period: (
        table.paid_amount.notnull() & table.allowed_amount.notnull(),
        table.paid_amount > table.allowed_amount,
    ),
    "out_of_reach": lambda table, period: (_each(table), ~in_days(table.from_date, period.reach)),
    "outside_year": lambda table, _period: (_each(table), ~table.in_year),
    "paid_early": lambda table, _period: (
        table.paid_date.notnull(),
        table.paid_date < table.thru_date,
    ),
    "after_death": lambda table, _period: (
        table.listed.notnull(),
        table.from_date > table.death_date,
    ),
    "before_birth": lambda table, _period: (
        table.birth_date.notnull(),
        table.from_date < table.birth_date,
    ),
    "no_beneficiary": lambda table, _period: (_each(table), table.listed.isnull()),
    "no_enrolment": lambda table, _period: (table.in_year, ~table.in_a_or_b.fill_null(False)),
    "managed_care": lambda table, _period: (table.in_year, table.in_plan),
    "implausible_age": _age,
}
