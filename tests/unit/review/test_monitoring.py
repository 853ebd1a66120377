"""Practices that take out unusually many patients are found; fair ones seldom are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from openp4p.review.monitoring import POOLED, Counted, watched

PRACTICES, ALPHA, BETA = 3000, 4.0, 60.0


def fair(practices: int, specialty: str = "08", seed: int = 1, first: int = 0) -> list[Counted]:
    """Practices that take out as many as Beta(4, 60) says, and what chance makes of it."""
    draws = np.random.default_rng(seed)
    cases = draws.integers(20, 300, practices)
    out = draws.binomial(cases, draws.beta(ALPHA, BETA, practices))
    return [
        Counted(f"T{first + n:05}", specialty, "m", "clinical_override", int(c), int(k))
        for n, (c, k) in enumerate(zip(cases, out, strict=True))
    ]


def one(taken_out: int, eligible: int = 100, specialty: str = "08") -> Counted:
    return Counted("ODD", specialty, "m", "clinical_override", eligible, taken_out)


def test_of_fair_practices_about_one_in_five_hundred_is_looked_at():
    flagged = [found for found in watched(fair(PRACTICES)) if found.is_flagged]
    # beyond these numbers one in ten thousand would come at that rate; a little under, since
    # numbers are whole
    low, high = stats.binom.ppf([0.0001, 0.9999], PRACTICES, [0.0005, 0.002])
    assert low <= len(flagged) <= high


def test_a_practice_far_above_its_specialty_comes_first_and_one_within_it_does_not():
    found = watched([*fair(200, seed=5), one(60)])
    assert found[0].counted == one(60)
    assert [f.is_flagged for f in found].index(False) == 1
    assert found[0].is_flagged
    assert (found[0].group, found[0].peers) == ("08", 201)
    assert found[0].usual == pytest.approx(ALPHA / (ALPHA + BETA), abs=0.02)
    # the fit is of everybody, the practice itself too, so that its own limit is a little lower
    within = watched([*fair(200, seed=5), one(found[0].most - 3)])
    assert not next(f for f in within if f.counted.practice == "ODD").is_flagged


def test_what_is_usual_in_one_specialty_is_not_held_against_another():
    """Forty of a hundred is what everybody of the other specialty takes out."""
    many = [Counted(f"U{n}", "11", "m", "clinical_override", 100, 35 + n % 10) for n in range(50)]
    found = watched([*fair(200), *many, one(40, specialty="11")])
    assert not next(f for f in found if f.counted.practice == "ODD").is_flagged


def test_small_specialties_are_pooled_and_too_few_practices_tell_nothing():
    few = [*fair(20, "08"), *fair(20, "11", seed=2, first=100)]
    found = watched([*few, one(60, specialty="99")])
    assert {f.group for f in found} == {POOLED}
    assert found[0].peers == 41
    assert found[0].is_flagged
    alone = watched([one(60)])
    assert [(f.most, f.usual, f.is_flagged) for f in alone] == [(None, None, False)]


def test_measures_and_kinds_are_watched_apart_and_practices_without_variances_are_not_listed():
    others = [Counted(f"T{n}", "08", "other", "clinical_exception", 50, 0) for n in range(40)]
    found = watched([*fair(200), *others])
    assert all(f.counted.taken_out for f in found)
    assert {f.counted.measure for f in found} == {"m"}
    usual = [Counted(f"V{n}", "08", "other", "clinical_exception", 50, n % 3) for n in range(200)]
    first = watched([*usual, Counted("X", "08", "other", "clinical_exception", 50, 9)])
    assert [f.counted.practice for f in first if f.is_flagged] == ["X"]
