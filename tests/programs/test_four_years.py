"""The payment years on the same small population: the golden figures of each.

They were looked through when they were written down. Who is in grows with the years; 2016 leaves
out part of a year and sends more people to step 2; x pays out what is taken, to the rounding of x.
They change only with the rules, with how a stage reads them, or with the population.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from openp4p.reports.comparison import figures
from tests.conftest import parse
from tests.programs.runs import usual

GOLDEN = """
    payment_year | subject | category_2 | eligible | attributed | step_2 | tiered | up | down | x      | downward  | residual
    -------------+---------+------------+----------+------------+--------+--------+----+------+--------+-----------+---------
            2015 |       0 |          0 |     1695 |       1627 |    173 |      0 |  0 |    0 |        |      0.00 |     0.00
            2016 |       2 |          0 |     1695 |       1627 |    173 |      2 |  0 |    0 | 0.0000 |      0.00 |     0.00
            2017 |      16 |          5 |     1831 |       1757 |    107 |     11 |  1 |    6 | 0.0225 | -24037.32 |    14.32
            2018 |      18 |          7 |     1831 |       1757 |    107 |     11 |  1 |    7 | 0.0022 |  -1153.00 |   -21.46
"""  # noqa: E501  # a table as text is read as a table
COUNTS = (
    "payment_year", "subject", "category_2", "eligible", "attributed", "step_2", "tiered", "up",
    "down",
)  # fmt: skip
MONEY = {"x": "decimal(18, 4)", "downward": "decimal(18, 2)", "residual": "decimal(18, 2)"}
ROWS = parse(GOLDEN, {**dict.fromkeys(COUNTS, "int64"), **MONEY})


@pytest.mark.parametrize("golden", ROWS, ids=lambda row: str(row["payment_year"]))
def test_the_figures_of_a_year_are_the_golden_ones(golden):
    found = figures(usual(golden["payment_year"]))
    assert {name: found[name] for name in COUNTS} == {name: golden[name] for name in COUNTS}
    assert found["adjustment_factor"] == golden["x"]
    assert found["downward_dollars"] == golden["downward"]
    assert found["residual_dollars"] == golden["residual"]
    paid_out = -(found["downward_dollars"] + found["residual_dollars"])
    assert found["upward_dollars"] == paid_out
    assert found["subject"] == found["up"] + found["unchanged"] + found["down"]
    assert isinstance(found["upward_dollars"], Decimal)
