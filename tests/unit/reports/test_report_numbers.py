"""One function turns numbers into text; standing and reliability say what they are told."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from openp4p.reports.qrur.as_csv import written
from openp4p.reports.qrur.delivery import practice_folder
from openp4p.reports.qrur.reliability import between_variance, reliability
from openp4p.reports.qrur.shown import WITHHELD, shown


@pytest.mark.parametrize(
    ("value", "kind", "unit", "text"),
    [
        (1234, "count", "", "1,234"),
        (Decimal("-1456.505"), "cents", "", "\u2212$1,456.51"),
        (11607.999, "dollars", "", "$11,608"),
        (-42.5, "moved", "", "\u2212$43"),
        (0.1234, "share", "", "12.3%"),
        (Decimal("0.0780"), "adjustment", "", "+7.8%"),
        (Decimal("2.000000000"), "multiple", "", "+2x"),
        (-0.895, "score", "", "\u22120.90"),
        (-0.004, "score", "", "0.00"),
        (0.7592, "rate", "proportion", "75.9%"),
        (12.9957, "rate", "percent", "13.0%"),
        (5.5012, "rate", "per_1000", "5.50"),
        (11607.999, "rate", "dollars", "$11,608"),
        (True, "yes_no", "", "yes"),
        (None, "score", "", "\u2013"),
        (WITHHELD, "count", "", "*"),
    ],
)
def test_a_number_is_printed_in_one_way(value, kind, unit, text):
    assert shown(value, kind, unit) == text


def test_no_text_of_a_csv_is_a_formula():
    harmful = ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\tx"]
    lines = written(["a"], [[text] for text in harmful]).splitlines()[1:]
    assert all(line.strip('"').startswith("'") for line in lines)
    assert written(["a"], [["+0.32"], ["-3"], ["+7.8%"]]) == "a\n+0.32\n-3\n+7.8%\n"


def test_a_practice_has_a_folder_of_its_own_whatever_its_number():
    names = ["12-3456789", "a/b", "a%2Fb", "..", ".", "a b"]
    folders = [practice_folder(name) for name in names]
    assert len(set(folders)) == len(names)
    assert all(set(f) - {"."} and not set(f) & set("/\\ ") for f in folders)


def test_with_equal_noise_the_variance_between_is_what_chance_leaves():
    scores = np.linspace(-2, 2, 21)
    found = between_variance(scores, np.full(21, 0.5))
    assert found == pytest.approx(np.var(scores, ddof=1) - 0.5, abs=1e-8)


def test_practices_that_differ_no_more_than_chance_have_no_variance_between():
    assert between_variance(np.linspace(-0.1, 0.1, 21), np.full(21, 0.5)) == 0.0
    assert reliability(0.0, 0.5) == 0.0


def test_too_few_practices_say_nothing():
    assert between_variance([0.0] * 9, [1.0] * 9) is None
    assert reliability(None, 0.5) is None
    assert reliability(0.6, 0.2) == pytest.approx(0.75)
