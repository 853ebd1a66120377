"""Texts that a spreadsheet would compute are marked, others are left alone."""

from __future__ import annotations

import pytest

from openp4p.spreadsheets import harmless


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_looks_like_a_formula_is_marked_as_text(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "T000000012", "'=1", "3 - 2"])
def test_any_other_text_stays_as_it_is(text):
    assert harmless(text) == text
