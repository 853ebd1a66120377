"""Whether people are in Medicare in every month around a stay."""

from __future__ import annotations

import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import first_of_month

_MONTHS_OF_YEAR = 12


def month_number(day: ir.DateValue) -> ir.IntegerValue:
    """Months since the year 0, so that months can be counted."""
    return (day.year() * _MONTHS_OF_YEAR + day.month()).cast("int64")


def months_covered(asked: ir.Table, enrollment_month: ir.Table, *, with_part_b: bool) -> ir.Table:
    """For each stay whether its person is in Part A, and B, and no Part C, in all of its months.

    Takes stay_id, beneficiary_id and the numbers of the first and the last month; gives
    `is_covered` by stay. A span that ends before it begins needs nothing.
    """
    months = enrollment_month.select(
        "beneficiary_id",
        month=month_number(first_of_month(enrollment_month.year_month)),
        in_a=(_.part_a & ~_.ma_enrolled.fill_null(False)).fill_null(False),
        in_b=_.part_b.fill_null(False),
    )
    counted = months.filter(months.in_a & months.in_b) if with_part_b else months.filter(_.in_a)
    found = counted.inner_join(asked, "beneficiary_id")
    found = found.filter(found.month >= found.first_month, found.month <= found.last_month)
    present = found.group_by("stay_id").agg(present=_.count())
    joined = asked.left_join(present, "stay_id").drop("stay_id_right")
    needed = joined.last_month - joined.first_month + 1
    return joined.select("stay_id", is_covered=joined.present.fill_null(0) >= needed)
