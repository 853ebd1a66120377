"""Operations on which engines quietly differ, each written once so that they agree to the bit."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

_LIMB = float(2**26)
_PLACES = 12
_MONTH_IN_DAYS = 100  # any number above 31 keeps days of different months apart
MONEY = "decimal(18, 2)"
FRACTION = "decimal(18, 9)"


def ratio(numerator: ir.Value, denominator: ir.Value) -> ir.Value:
    """The quotient as float64; null where the denominator is zero or either side is null."""
    top, bottom = numerator.cast("float64"), denominator.cast("float64")
    return ibis.ifelse(bottom == 0.0, ibis.null("float64"), top / bottom.nullif(0.0))


def exact_sum(value: ir.Value, where: ir.Value | None = None) -> ir.Value:
    """The sum of a float column, the same to the bit in any order; null for no rows.

    Each float is cut into a whole part and two 26-bit fractions; the three are summed as integers.
    What is cut off is below 2**-52 per row.
    """
    value = value.cast("float64")
    whole = value.floor().cast("float64")
    first = (value - whole) * _LIMB
    first_whole = first.floor().cast("float64")
    second = ((first - first_whole) * _LIMB).floor()
    parts = [
        part.cast("int64").sum(where=where).cast("int64") for part in (whole, first_whole, second)
    ]
    return (
        parts[0].cast("float64")
        + parts[1].cast("float64") / _LIMB
        + parts[2].cast("float64") / _LIMB / _LIMB
    )


def exact_mean(value: ir.Value, where: ir.Value | None = None) -> ir.Value:
    """The mean of a float column, the same to the bit in any order; null for no rows."""
    return ratio(exact_sum(value, where=where), value.count(where=where))


def money_sum(amount: ir.Value, where: ir.Value | None = None) -> ir.Value:
    """The exact sum of a money column as decimal(38, 2); null for no rows."""
    return amount.cast("decimal(38, 2)").sum(where=where).cast("decimal(38, 2)")


def share_of_money(amount: ir.Value, fraction: ir.Value) -> ir.Value:
    """Amount times fraction, rounded half away from zero to whole cents, exactly."""
    # widths chosen so that the product fits 38 digits without either engine cutting it
    product = amount.cast(MONEY) * fraction.cast("decimal(19, 9)")
    return product.round(2).cast(MONEY)


def whole(value: ir.Value) -> ir.Value:
    """The nearest whole number as int64, halves up."""
    return (value.cast("float64") + 0.5).floor().cast("int64")


def half_up(value: ir.Value, digits: int) -> ir.Value:
    """A float rounded half up to so many decimals, as decimal(18, 9).

    The float next to a half counts as the half.
    """
    scale = float(10**digits)
    return ((significant(value * scale) + 0.5).floor() / scale).cast(FRACTION)


def rounded_down(value: ir.Value, digits: int) -> ir.Value:
    """A float cut to so many decimals, as decimal(18, 9); the float next to a step is the step."""
    scale = float(10**digits)
    return (significant(value * scale).floor() / scale).cast(FRACTION)


def significant(value: ir.Value, digits: int = 12) -> ir.Value:
    """A float rounded to so many significant digits, so that ties are ties on every engine."""
    exponent = (digits - 1) - value.abs().nullif(0.0).log10().floor().cast("int64")
    # powers of ten up to 22 are exact, so only they are used: up for small numbers, down for large
    up = (10.0 ** exponent.clip(lower=0).cast("float64")).cast("float64")
    down = (10.0 ** (-exponent).clip(lower=0).cast("float64")).cast("float64")
    scaled = value * up / down
    cut = ibis.ifelse(value >= 0, (scaled + 0.5).floor(), (scaled - 0.5).ceil()).cast("float64")
    return ibis.ifelse(value == 0.0, 0.0, cut / up * down)


@ibis.udf.agg.builtin(name="bit_or")  # type: ignore[untyped-decorator]  # Ibis is untyped
def _either(bits: int) -> int:  # type: ignore[empty-body]  # the engine has the body
    """Every engine has this aggregate; Ibis names it for some of them only."""


def bits_of_any(bits: ir.Value) -> ir.Value:
    """Of whole numbers read as bits, the bits set in any row; 0 for no rows or no bits."""
    return _either(bits.cast("int64")).fill_null(0).cast("int64")


def bits_without(bits: ir.Value, removed: ir.Value) -> ir.Value:
    """The bits but those of another whole number."""
    # not `bits & ~removed`: where `removed` is a formula Ibis inverts its first part alone
    return bits - (bits & removed)


def in_order(text: ir.Value, position: ir.Value) -> ir.Value:
    """The texts of the rows one after the other, by a whole number from 0 on; '' for none.

    Texts must not hold a tilde.
    """
    numbered = "~" + position.cast("string").lpad(_PLACES, "0") + "~" + text
    return numbered.collect().sort().join("").re_replace("~[0-9]+~", "").fill_null("")


def first_of_month(year_month: ir.Value) -> ir.Value:
    """The first day of a month written as 201501."""
    month = year_month.cast("int64")
    return ibis.date(whole_part(month, 100).cast("int32"), (month % 100).cast("int32"), 1)


def years_between(earlier: ir.DateValue, later: ir.DateValue) -> ir.IntegerValue:
    """Whole years from one day to another: an age; one born on 29 February is older on 1 March."""
    before_birthday = _day_of_year(later) < _day_of_year(earlier)
    return (later.year() - earlier.year() - ibis.ifelse(before_birthday, 1, 0)).cast("int64")


def _day_of_year(day: ir.DateValue) -> ir.IntegerValue:
    return day.month() * _MONTH_IN_DAYS + day.day()


def whole_part(number: ir.Value, divisor: int) -> ir.Value:
    """How many whole times the divisor goes into a non-negative whole number (below 2**53)."""
    return (number.cast("float64") / float(divisor)).floor().cast("int64")


def quantile(table: ir.Table, column: str, share: float, by: str | None = None) -> ir.Table:
    """The quantile of a column by linear interpolation between order statistics (type 7).

    One row per value of `by` (or a single row) with the column `quantile`; nulls are left out.
    """
    present = table.filter(table[column].notnull())
    groups = [] if by is None else [by]
    order = ibis.window(group_by=groups or None, order_by=present[column])
    whole_group = ibis.window(group_by=groups or None)
    ranked = present.select(
        *groups,
        value=present[column].cast("float64"),
        rank=ibis.row_number().over(order).cast("int64"),
        last=(present[column].count().over(whole_group) - 1).cast("int64"),
    )
    position = ranked.last.cast("float64") * share
    below = position.floor().cast("int64")
    weight = position - below.cast("float64")
    near = ranked.mutate(below=below, weight=weight)
    near = near.filter((near["rank"] == near.below) | (near["rank"] == near.below + 1))
    near = near.mutate(is_lower=near["rank"] == near.below)
    picked = near.group_by(groups).agg if groups else near.agg
    ends = picked(
        lower=near.value.max(where=near.is_lower),
        upper=near.value.max(where=~near.is_lower),
        weight=near.weight.max(),
    )
    step = (ends.upper - ends.lower) * ends.weight
    return ends.select(*groups, quantile=ends.lower + step.fill_null(0.0))


def kept_unless(computed: ir.Table, earlier: ir.Table, changed: ir.Table, by: str) -> ir.Table:
    """The computed rows, but the earlier ones of everybody whom `changed` does not name."""
    kept = earlier.anti_join(changed, by).select(*computed.columns)
    return computed.anti_join(kept, by).union(kept)


def numbered_runs(
    table: ir.Table, goes_on: ir.BooleanValue, by: list[str], order: list[str], name: str
) -> ir.Table:
    """The rows with the number of the run they are in, within a group and in order.

    A run begins at each row that does not go on with the one before it; unknown does not go on.
    """
    begun = table.mutate(begins=ibis.ifelse(goes_on.fill_null(False), 0, 1).cast("int64"))
    up_to_here = ibis.window(
        group_by=by, order_by=[begun[column] for column in order], preceding=None, following=0
    )
    numbered = begun.mutate(**{name: begun.begins.sum().over(up_to_here).cast("int64")})
    return numbered.drop("begins")
