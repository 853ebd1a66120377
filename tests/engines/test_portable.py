"""Operations on which engines differ: one answer on each of them."""

from __future__ import annotations

import math
import random
from decimal import Decimal
from fractions import Fraction

import pytest
from ibis import _

from openp4p.engine import portable
from tests.conftest import rows_of

NUMBERS = {"k": "string", "x": "float64", "y": "float64"}


def numbers(engine, *pairs):
    return engine.table([{"k": k, "x": x, "y": y} for k, x, y in pairs], NUMBERS)


def test_a_ratio_with_nothing_below_is_missing(engine):
    table = numbers(engine, ("a", 1.0, 0.0), ("b", None, 2.0), ("c", 1.0, 4.0))
    found = rows_of(engine, table.select("k", q=portable.ratio(_.x, _.y)), "k")
    assert [row["q"] for row in found] == [None, None, 0.25]


def test_a_sum_does_not_depend_on_order_and_is_close_to_the_true_sum(engine):
    draw = random.Random(7)
    values = [draw.uniform(-1e6, 1e6) for _ in range(2000)] + [1e-9] * 50 + [-0.1, 0.2]
    shuffled = draw.sample(values, len(values))
    sums = [
        rows_of(
            engine, numbers(engine, *[("a", v, v) for v in order]).agg(s=portable.exact_sum(_.x))
        )
        for order in (values, sorted(values), shuffled)
    ]
    assert sums[0] == sums[1] == sums[2]
    true = float(sum(map(Fraction, values)))
    assert math.isclose(sums[0][0]["s"], true, rel_tol=1e-12)


def test_a_sum_of_nothing_is_missing(engine):
    table = numbers(engine, ("a", None, 1.0))
    assert rows_of(engine, table.agg(s=portable.exact_sum(_.x), m=portable.exact_mean(_.x))) == [
        {"s": None, "m": None}
    ]


def test_a_mean_counts_only_what_is_there_and_chosen(engine):
    table = numbers(engine, ("a", 1.0, 0.0), ("a", 2.0, 0.0), ("b", 9.0, 0.0), ("a", None, 0.0))
    found = rows_of(engine, table.agg(m=portable.exact_mean(_.x, where=_.k == "a")))
    assert found == [{"m": 1.5}]


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 100.0), (0.01, 199.0), (0.99, 9901.0), (1.0, 10000.0)]
)
def test_a_quantile_lies_between_order_statistics(engine, share, expected):
    table = numbers(engine, *[("a", 100.0 * n, 0.0) for n in range(100, 0, -1)])
    found = rows_of(engine, portable.quantile(table, "x", share))
    assert found[0]["quantile"] == pytest.approx(expected, rel=1e-12)


def test_a_quantile_is_taken_within_each_group_and_leaves_out_missing(engine):
    table = numbers(
        engine, ("a", 1.0, 0), ("a", 2.0, 0), ("a", None, 0), ("b", 5.0, 0), ("b", 5.0, 0)
    )
    found = rows_of(engine, portable.quantile(table, "x", 0.5, by="k"), "k")
    assert found == [{"k": "a", "quantile": 1.5}, {"k": "b", "quantile": 5.0}]


def test_significant_digits_make_near_ties_ties(engine):
    table = numbers(
        engine, ("a", 0.1 + 0.2, 0.3), ("b", 1.0 - 1e-16, 1.0), ("c", -2 / 3, 0), ("d", 0.0, 0.0)
    )
    found = rows_of(
        engine, table.select("k", x=portable.significant(_.x), y=portable.significant(_.y)), "k"
    )
    assert found[0]["x"] == found[0]["y"]
    assert found[1]["x"] == found[1]["y"] == 1.0
    assert found[2]["x"] == pytest.approx(-0.666666666667, abs=1e-15)
    assert found[3]["x"] == 0.0


def test_a_share_of_money_is_rounded_half_away_from_zero_to_the_cent(engine):
    rows = [
        {"k": "a", "amount": Decimal("0.25"), "part": Decimal("0.1")},
        {"k": "b", "amount": Decimal("-0.25"), "part": Decimal("0.1")},
        {"k": "c", "amount": Decimal("80.00"), "part": Decimal("1.3096")},
        {"k": "d", "amount": Decimal("9999999999999999.99"), "part": Decimal("-0.04")},
    ]
    table = engine.table(rows, {"k": "string", "amount": portable.MONEY, "part": portable.FRACTION})
    found = rows_of(engine, table.select("k", m=portable.share_of_money(_.amount, _.part)), "k")
    assert [str(row["m"]) for row in found] == ["0.03", "-0.03", "104.77", "-400000000000000.00"]


def test_rounding_goes_half_up(engine):
    table = numbers(engine, ("a", 0.08005, 2.5), ("b", 0.08, -2.5), ("c", None, 2.4))
    found = rows_of(
        engine, table.select("k", h=portable.half_up(_.x, 4), w=portable.whole(_.y)), "k"
    )
    assert [row["h"] for row in found] == [Decimal("0.080100000"), Decimal("0.080000000"), None]
    assert [row["w"] for row in found] == [3, -2, 2]


def test_money_sums_exactly(engine):
    rows = [{"amount": Decimal(text)} for text in ("0.10", "0.20", "9999999999999999.99")]
    table = engine.table(rows, {"amount": portable.MONEY})
    assert rows_of(engine, table.agg(s=portable.money_sum(_.amount))) == [
        {"s": Decimal("10000000000000000.29")}
    ]


def test_a_month_begins_on_its_first_day(engine):
    table = engine.table([{"m": 201502}], {"m": "int64"})
    found = rows_of(engine, table.select(d=portable.first_of_month(_.m)))
    assert found[0]["d"].isoformat() == "2015-02-01"


def bits(engine, *rows):
    columns = {"k": "string", "x": "int64", "y": "int64"}
    return engine.table([dict(zip(columns, row, strict=True)) for row in rows], columns)


def test_the_bits_of_any_row_are_gathered_and_nobody_has_none(engine):
    """63 bits, so that no bit is the sign; a group without bits has 0, not nothing."""
    table = bits(engine, ("a", 2**62, 0), ("a", 5, 0), ("a", None, 0), ("b", None, 0), ("c", 0, 0))
    found = rows_of(engine, table.group_by("k").agg(x=portable.bits_of_any(_.x)), "k")
    assert [row["x"] for row in found] == [2**62 + 5, 0, 0]
    assert rows_of(engine, table.filter(_.k == "d").agg(x=portable.bits_of_any(_.x)))[0]["x"] == 0


def test_bits_are_taken_away_also_where_they_are_a_formula(engine):
    """Ibis writes the inverse of a formula without its brackets, so that is not how it is done."""
    table = bits(engine, ("a", 0b1101, 0b0100), ("b", 2**62 + 1, 2**62))
    removed = _.y | 0b0001
    found = rows_of(engine, table.select("k", x=portable.bits_without(_.x, removed)), "k")
    assert [row["x"] for row in found] == [0b1000, 0]


def test_texts_stand_in_the_order_of_their_positions(engine):
    rows = [("a", "ten|", 10), ("a", "two|", 2), ("a", "zero 5-|", 0), ("b", None, 1)]
    columns = {"k": "string", "t": "string", "n": "int64"}
    table = engine.table([dict(zip(columns, row, strict=True)) for row in rows], columns)
    found = rows_of(engine, table.group_by("k").agg(t=portable.in_order(_.t, _.n)), "k")
    assert [row["t"] for row in found] == ["zero 5-|two|ten|", ""]
