"""Risk adjustment: groups it expects too little of are found."""

from __future__ import annotations

import numpy as np
import pytest

from openp4p.audit.evidence.calibration import (
    alternatives_finding,
    c_statistic,
    calibration,
    cross_fitted,
    folds_by_practice,
)
from openp4p.audit.evidence.predictive_ratios import (
    GroupRatio,
    Persons,
    adjustment_finding,
    deciles_of,
    predictive_ratios,
    scaled,
)
from openp4p.audit.evidence.social_gap import between_gap, social_gap_finding

RANDOM = np.random.default_rng(1)
NUMBER = 12_000
PRACTICE = RANDOM.integers(0, 60, NUMBER)
DUAL = RANDOM.random(NUMBER) < 0.3
NEED = RANDOM.gamma(2.0, 1.0, NUMBER)
COST = 1000.0 * (NEED + 1.0 * DUAL) * RANDOM.gamma(4.0, 0.25, NUMBER)


def ratios(predicted):
    persons = scaled(Persons(predicted, COST, np.ones(NUMBER), PRACTICE))
    return predictive_ratios(persons, {"dual full": DUAL, "dual none": ~DUAL}, seed=1)


def test_a_group_the_model_forgets_fails_and_one_it_knows_meets():
    forgets = {one.group: one for one in ratios(NEED)}
    assert forgets["dual full"].value < 0.85
    assert forgets["dual full"].verdict == "fails"
    knows = {one.group: one for one in ratios(NEED + DUAL)}
    assert [one.verdict for one in knows.values()] == ["meets", "meets"]
    assert adjustment_finding(list(forgets.values()), 60).evidence.verdict == "fails"


@pytest.mark.parametrize(
    ("value", "low", "high", "reason", "verdict"),
    [
        (0.85, 0.80, 0.89, "", "fails"),
        (0.85, 0.70, 0.91, "", "not_assessable"),
        (0.98, 0.91, 1.05, "", "meets"),
        (0.94, 0.91, 0.98, "", "partly"),
        (1.00, 0.89, 1.08, "", "partly"),
        (0.50, 0.40, 0.60, "under 1000 persons", "not_assessable"),
    ],
)
def test_a_group_is_judged_in_order(value, low, high, reason, verdict):
    assert GroupRatio("esrd", 5, value, low, high, reason).verdict == verdict


def test_small_groups_and_groups_without_events_are_not_judged():
    persons = Persons(NEED, COST, np.ones(NUMBER), PRACTICE)
    few = np.arange(NUMBER) < 999
    assert predictive_ratios(persons, {"esrd": few}, seed=1)[0].reason == "under 1000 persons"
    binary = Persons(np.full(NUMBER, 0.01), np.arange(NUMBER) < 49, np.ones(NUMBER), PRACTICE, True)
    everybody = {"esrd": np.ones(NUMBER, dtype=bool)}
    assert predictive_ratios(binary, everybody, seed=1)[0].reason == "under 50 events"


def test_deciles_are_of_equal_size():
    sizes = [mask.sum() for mask in deciles_of(np.arange(100.0)).values()]
    assert sizes == [10] * 10


def test_a_practices_people_are_predicted_without_their_practice():
    folds = folds_by_practice(PRACTICE, seed=1)
    assert all(len(set(folds[one == PRACTICE])) == 1 for one in range(60))
    predicted = cross_fitted(np.column_stack([NEED, DUAL]), COST, PRACTICE, is_binary=False, seed=1)
    assert predicted.sum() == pytest.approx(COST.sum(), rel=0.02)


def test_a_better_alternative_is_noticed():
    fitted = {
        name: cross_fitted(design, COST, PRACTICE, is_binary=False, seed=1)
        for name, design in {"old": NEED[:, None], "new": np.column_stack([NEED, DUAL])}.items()
    }
    groups = {"dual": DUAL}
    asked = {"incumbent": "old", "is_binary": False}
    assert alternatives_finding(COST, fitted, groups, **asked).evidence.verdict == "partly"
    asked["incumbent"] = "new"
    assert alternatives_finding(COST, fitted, groups, **asked).evidence.verdict == "meets"
    alone = {"new": fitted["new"]}
    assert alternatives_finding(COST, alone, groups, **asked).evidence.verdict == "not_assessable"


def test_chances_are_calibrated_or_not():
    odds = RANDOM.normal(-1.0, 1.0, NUMBER)
    chance = 1 / (1 + np.exp(-odds))
    happened = (RANDOM.random(NUMBER) < chance).astype(float)
    assert calibration(chance, happened).slope_holds
    timid = 1 / (1 + np.exp(-(0.5 * odds - 0.5)))
    assert not calibration(timid, happened).slope_holds
    assert c_statistic(np.array([1.0, 2.0, 2.0]), np.array([0, 1, 0])) == 0.75


def test_the_gap_within_practices_is_judged_and_that_between_is_shown():
    left = COST - 1000.0 * NEED
    found = social_gap_finding(left, DUAL, np.ones(NUMBER), PRACTICE, float(COST.mean()))
    assert found.evidence.verdict == "fails"  # 1,000 of about 2,300
    fair = social_gap_finding(
        left - 1000.0 * DUAL, DUAL, np.ones(NUMBER), PRACTICE, float(COST.mean())
    )
    assert fair.evidence.verdict == "meets"
    alike = social_gap_finding(left, np.ones(NUMBER, bool), np.ones(NUMBER), PRACTICE, 1.0)
    assert alike.evidence.verdict == "not_assessable"
    practice = np.repeat(np.arange(10), 10)
    share = np.tile(np.arange(10), 10) < practice
    assert between_gap(practice * 1.0, share, np.ones(100), practice) == pytest.approx(10.0)
