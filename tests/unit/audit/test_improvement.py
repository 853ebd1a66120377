"""Effects of a program: planted ones are found, absent ones are not, and few data say nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from openp4p.audit.evidence.discontinuity import discontinuity
from openp4p.audit.evidence.improvement import (
    Effect,
    Panel,
    difference_in_differences,
    regression_to_the_mean,
)
from openp4p.audit.evidence.improvement_findings import (
    Judged,
    improvement_finding,
    safety_finding,
)
from openp4p.audit.evidence.interrupted_series import interrupted_series
from openp4p.audit.evidence.staggered import NEVER, group_time_effects

DID = "difference-in-differences"


def panel(practices, effect, *, periods=5, entered=3, drift=0.0, seed=1):
    random = np.random.default_rng(seed)
    practice = np.repeat(np.arange(practices), periods)
    period = np.tile(np.arange(periods), practices)
    inside = (practice < practices // 2).astype(int)
    level = random.normal(70.0, 5.0, practices)[practice] + 0.5 * period
    level = level + inside * (drift * period + effect * (period >= entered))
    outcome = level + random.normal(0.0, 2.0, len(practice))
    return Panel(practice, period, outcome, np.full(len(practice), 20.0), inside, entered)


def test_a_planted_effect_is_found_against_a_comparison():
    found = difference_in_differences(panel(120, 2.0), "rate", important=1.5, seed=1)
    assert found.low < 2.0 < found.high
    assert found.p_value < 0.001
    assert found.trends_hold
    assert found.detectable == pytest.approx(2.8 * found.standard_error)


def test_earlier_drift_is_no_effect_of_the_program():
    found = difference_in_differences(panel(120, 0.0, drift=2.0), "rate", important=1.5, seed=1)
    assert found.trends_hold is False
    assert abs(found.without_trend) < abs(found.value) / 2


def test_no_effect_is_seldom_found_even_with_few_practices():
    effects = [
        difference_in_differences(panel(24, 0.0, seed=s), "rate", important=1.5, seed=s)
        for s in range(12)
    ]
    assert sum(one.p_value < 0.05 for one in effects) <= 3  # wild bootstrap; 0 or 1 expected


def test_few_practices_on_a_side_are_not_compared():
    assert (
        "fewer than 10"
        in difference_in_differences(panel(18, 0.0), "rate", important=1.0, seed=1).reason
    )


def some_rows(whole, kept):
    return Panel(
        whole.practice[kept], whole.period[kept], whole.outcome[kept], whole.weight[kept],
        whole.in_program[kept], whole.entered,
    )  # fmt: skip


@pytest.mark.parametrize(("side", "name"), [(1, "the program"), (0, "the comparison")])
def test_practices_that_are_seen_on_one_side_of_the_start_alone_show_no_change(side, name):
    whole = panel(60, 2.0)
    kept = (whole.in_program != side) | (whole.period >= whole.entered)
    found = difference_in_differences(some_rows(whole, kept), "rate", important=1.5, seed=1)
    assert found.reason == f"fewer than 10 practices in {name} are seen before and after"


def test_a_period_that_one_side_does_not_show_has_no_lead_and_moves_no_other():
    whole = panel(120, 2.0, periods=6, entered=4)
    kept = (whole.in_program == 0) | (whole.period != 1)
    found = difference_in_differences(some_rows(whole, kept), "rate", important=1.5, seed=1)
    assert [lead[0] for lead in found.leads] == [0, 2]
    assert all(abs(estimate) < 3 * error for _period, estimate, error in found.leads)
    assert found.low < 2.0 < found.high


def test_numbers_without_any_chance_in_them_give_no_error_and_no_verdict():
    whole = panel(60, 2.0)
    level = 70.0 + whole.practice + whole.period
    exact = replace(whole, outcome=level + 2.0 * whole.in_program * (whole.period >= whole.entered))
    found = difference_in_differences(exact, "rate", important=1.5, seed=1)
    assert found.reason.startswith("nothing varies besides practice, period and program")


def test_comparison_practices_can_start_where_program_practices_did():
    whole = panel(100, 0.0)
    near = regression_to_the_mean(whole, 0.05)
    assert (near.in_program == 1).sum() == (whole.in_program == 1).sum()
    assert 0 < (near.in_program == 0).sum() < (whole.in_program == 0).sum()


def test_a_step_in_a_monthly_series_is_found():
    random, month = np.random.default_rng(2), np.arange(72)
    season = np.sin(month * np.pi / 6)
    flat = random.normal(0.0, 1.0, 72) + 0.05 * month + season
    stepped = interrupted_series(month, flat + 4.0 * (month >= 36), 36, "rate", seed=1)
    assert stepped.low < 4.0 < stepped.high
    assert stepped.p_value < 0.01
    assert interrupted_series(month, flat, 36, "rate", seed=1).p_value > 0.05
    assert "24 of each" in interrupted_series(month[:40], flat[:40], 20, "rate", seed=1).reason


def test_staggered_entry_does_not_compare_with_those_already_in():
    random = np.random.default_rng(3)
    practices, periods = 120, 6
    practice = np.repeat(np.arange(practices), periods)
    period = np.tile(np.arange(periods), practices)
    entered = np.array([2] * 40 + [4] * 40 + [NEVER] * 40)
    since = np.clip(period - entered[practice], -1, None) + 1.0
    since[entered[practice] == NEVER] = 0.0  # the effect grows by one a period
    outcome = random.normal(0.0, 0.3, len(practice)) + 5.0 * period + since
    found = group_time_effects(practice, period, outcome, np.ones(len(practice)), entered, "rate")
    # cohort of 2: mean of 1, 2, 3, 4; cohort of 4: mean of 1, 2; by patients and periods
    assert found.value == pytest.approx((1 + 2 + 3 + 4 + 1 + 2) / 6, abs=0.1)
    assert found.low < 13 / 6 < found.high
    assert [lead[0] for lead in found.leads] == [-3, -2, -1]
    assert found.trends_hold
    # as if the practices had been getting better all along
    drifting = outcome + 0.5 * period * (entered[practice] != NEVER)
    drift = group_time_effects(
        practice, period, drifting, np.ones(len(practice)), entered, "rate", important=2.0
    )
    assert drift.trends_hold is False
    assert abs(drift.without_trend - 13 / 6) < abs(drift.value - 13 / 6) / 2


def test_a_jump_at_a_threshold_is_found():
    random = np.random.default_rng(5)
    size = random.uniform(0, 200, 3000)
    outcome = 0.01 * size + 0.8 * (size >= 100) + random.normal(0, 1, 3000)
    found = discontinuity(size, outcome, np.ones(3000), 100.0, 60.0, "rate")
    assert found.low < 0.8 < found.high
    assert found.p_value < 0.01


SOUND = Effect("rate", DID, 2.0, 0.4, 1.2, 2.8, 0.001, 99, 100, 0, True, 2.0, 2)


@pytest.mark.parametrize(
    ("changed", "important", "verdict"),
    [
        ({}, 1.0, "meets"),
        ({}, 2.5, "partly"),
        ({"trends_hold": False}, 1.0, "partly"),
        ({"method": "interrupted series"}, 1.0, "partly"),
        ({"value": 0.1, "low": -0.7, "high": 0.9, "p_value": 0.8}, 1.0, "fails"),
        ({"value": 0.1, "low": -0.9, "high": 1.1, "p_value": 0.8}, 1.0, "not_assessable"),
        ({"value": -2.0, "low": -2.8, "high": -1.2}, 1.0, "fails"),
        ({"value": 0.1, "high": 0.9, "p_value": 0.8, "periods_after": 1}, 1.0, "not_assessable"),
        ({"reason": "no data"}, 1.0, "not_assessable"),
    ],
)
def test_improvement_is_judged_as_written(changed, important, verdict):
    judged = Judged(replace(SOUND, **changed), important, 1)
    assert improvement_finding([judged]).evidence.verdict == verdict


@pytest.mark.parametrize(
    ("value", "error", "verdict"),
    [(0.0, 1.0, "meets"), (4.0, 1.5, "partly"), (6.0, 1.0, "fails"), (0.0, 3.0, "not_assessable")],
)
def test_safety_needs_a_narrow_interval(value, error, verdict):
    harm = replace(SOUND, value=value, standard_error=error, low=value, high=value)
    assert safety_finding([Judged(harm, 5.0, -1)]).evidence.verdict == verdict
