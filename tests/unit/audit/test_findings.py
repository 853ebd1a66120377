"""What each clause's number becomes, at its edges."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

from openp4p.audit.evidence.access import Flow, access_finding, access_ratio
from openp4p.audit.evidence.controllability import regional_share
from openp4p.audit.evidence.judging import at_least, at_most, better, worst
from openp4p.audit.evidence.payment_variance import quality_share, quality_share_finding
from openp4p.audit.evidence.price_register import Billed, price_register, register_finding
from openp4p.audit.evidence.prices import Cost, decomposition_finding, effects, effects_in_cents
from openp4p.audit.evidence.record import Evidence
from openp4p.audit.evidence.resources import Share, coverage_finding, gap_finding
from openp4p.audit.evidence.shock import Paid, shock_finding, shock_test
from openp4p.audit.evidence.viability import Offer, pull_finding, staying_out_finding
from openp4p.audit.thresholds import count, threshold, thresholds


def test_numbers_are_compared_at_twelve_digits():
    assert at_most(0.1 + 0.2, 0.3, 0.4) == "meets"
    assert at_least(0.3, 0.1 + 0.2, 0.0) == "meets"
    assert at_most(0.3001, 0.3, 0.4) == "partly"


def test_the_worst_and_the_better_leave_out_what_could_not_be_judged():
    assert worst(["meets", "not_assessable", "partly"]) == "partly"
    assert better(["fails", "not_assessable"]) == "fails"
    assert worst([]) == "not_assessable"


def test_a_record_says_why_it_is_not_assessable_and_is_fit_for_json():
    with pytest.raises(AssertionError, match="goes with a reason"):
        Evidence(subcheck="P01.4", kind="a", verdict="not_assessable")
    made = Evidence(subcheck="P10.2", kind="a", verdict="fails", value=math.inf)
    assert made.as_row()["value"] == "infinite"
    assert made.stamped(signer="somebody").signer == "somebody"
    assert list(made.as_row())[:5] == ["subcheck", "kind", "verdict", "statistic", "value"]


def test_every_threshold_has_its_reason():
    assert all(one.reason and one.unit and one.origin for one in thresholds().values())
    assert threshold("payment_rule.quality_weight_meets") == 2 / 3
    assert count("fairness.fewest_in_level") == 30


def offer(unenrolled, enrolled, revenue, margin=None):
    number = len(unenrolled)
    return Offer(
        np.full(number, 10_000.0), np.array(unenrolled, float), np.array(enrolled, float),
        np.zeros(number), np.array(revenue, float),
        np.full(number, np.nan) if margin is None else np.array(margin, float),
    )  # fmt: skip


def test_staying_out_costs_nothing_or_fails_by_a_cent():
    fair = offer([10_000, 10_000], [10_300, 10_000], [50_000, 50_000])
    assert staying_out_finding(fair).evidence.verdict == "meets"
    short = offer([10_000, 9_999], [10_300, 10_000], [50_000, 50_000])
    assert staying_out_finding(short, "P07.4").evidence.verdict == "fails"


@pytest.mark.parametrize(
    ("enrolled", "revenue", "margin", "verdict"),
    [
        ([12_500] * 10, [50_000] * 10, None, "meets"),
        ([15_000] * 10, [50_000] * 10, None, "partly"),
        ([16_000] * 10, [50_000] * 10, None, "fails"),
        ([12_500] * 10, [50_000] * 4 + [math.nan] * 6, None, "not_assessable"),
    ],
)
def test_the_pull_of_a_program_is_weighed_against_all_revenue(enrolled, revenue, margin, verdict):
    asked = offer([10_000] * 10, enrolled, revenue, margin)
    assert pull_finding(asked).evidence.verdict == verdict


def test_a_practice_pushed_below_zero_fails_whatever_the_rest():
    asked = offer([8_000] * 2, [8_000] * 2, [50_000] * 2, [0.01, 0.2])
    assert pull_finding(asked).evidence.verdict == "fails"


def test_payment_is_shared_between_quality_and_cost():
    random = np.random.default_rng(1)
    # two directions of equal length at right angles
    quality, cost = np.linalg.qr(random.normal(size=(500, 2)))[0].T
    assert quality_share(3 * quality, quality, cost) == pytest.approx(1.0, abs=0.01)
    half = quality_share_finding(quality - cost, quality, cost).evidence
    assert half.value == pytest.approx(0.5, abs=0.01)
    assert quality_share(random.normal(size=500) * 100, quality, cost) is None
    assert quality_share(quality, quality, None) == 1.0
    few = quality_share_finding(quality[:29], quality[:29], cost[:29]).evidence
    assert few.verdict == "not_assessable"


def flows(complex_leave, practices=30, seed=1):
    random = np.random.default_rng(seed)
    sizes = np.tile([100.0, 20.0, 400.0, 80.0], (practices, 1))
    after = sizes.copy()
    after[:, 1] = complex_leave
    return Flow(random.poisson(sizes).astype(float), random.poisson(after).astype(float))


def test_practices_that_shed_their_sickest_are_found():
    shed = access_ratio("costliest_tenth", flows(40.0))
    kept = access_ratio("costliest_tenth", flows(20.0))
    assert (shed.verdict(6), kept.verdict(6)) == ("fails", "meets")
    assert access_finding([shed, kept]).evidence.verdict == "fails"
    assert access_ratio("x", flows(40.0), flows(40.0, seed=2)).value == pytest.approx(1.0, abs=0.15)
    other = access_ratio("esrd", flows(20.0))
    assert access_finding([other]).evidence.verdict == "not_assessable"  # no core group judged
    assert access_finding([other], "P17.3").evidence.verdict == "meets"


def test_intake_compares_newcomers():
    before, after = np.tile([20.0, 80.0], (30, 1)), np.tile([10.0, 90.0], (30, 1))
    found = access_ratio("top_risk_quartile", Flow(before, after), kind="intake")
    assert found.value == pytest.approx((10 / 90) / (20 / 80))
    assert found.fewest == 300


def test_use_on_one_side_only_is_all_use_and_cents_add_up():
    one = Cost(0.3, 8.0, 400.0, 1.0)
    assert effects(one, None)["use"] == pytest.approx(960.0)
    assert effects(None, None) == dict.fromkeys(("use", "volume", "intensity", "price"), 0.0)
    parts = effects_in_cents(Cost(1 / 3, 7 / 3, 11.11, 1.017), one)
    exact = sum(effects(Cost(1 / 3, 7 / 3, 11.11, 1.017), one).values())
    assert sum(parts.values()) == Decimal(str(round(exact, 2)))


def test_dollars_without_a_price_are_counted():
    split, rest = {"a": Decimal(98)}, {"b": Decimal(2)}
    assert decomposition_finding(split, rest, 5).evidence.verdict == "partly"
    assert decomposition_finding(split, {}, 5).evidence.verdict == "meets"


def billed(provider, actual, claims=20):
    return Billed("M", "J1", "PART_B", provider, claims, Decimal(actual), Decimal(20_000), True)


def test_a_conspicuous_price_is_registered_and_an_ordinary_one_is_not():
    ordinary = [billed(f"p{number}", 20_000) for number in range(11)]
    (entry,) = price_register([*ordinary, billed("dear", 40_000)])
    usual = (11 * 20 + 40) / 240
    assert entry.billed.provider == "dear"
    assert entry.ratio == pytest.approx(2 / usual)
    assert float(entry.excess_dollars) == pytest.approx(40_000 - usual * 20_000, abs=0.01)
    assert price_register([*ordinary, billed("dear", 40_000, claims=10)]) == []
    assert price_register([*ordinary[:8], billed("dear", 40_000)]) == []
    assert register_finding({"M"}, {("M", True)}).evidence.verdict == "partly"


@pytest.mark.parametrize(
    ("pay", "verdict", "of_base"),
    [
        (lambda _p, _b, _d: Paid(0.0, 100.0), "meets", "meets"),
        (lambda _p, _b, d: Paid(0.0, 0.0 if d > 50_000 else 100.0), "partly", "meets"),
        (lambda _p, b, d: Paid(-100.0 if b == "b1" and d else 0.0, 0.0), "fails", "fails"),
        (lambda _p, _b, d: Paid(-0.004 if d else 0.0, 0.0), "meets", "meets"),
    ],
)  # fmt: skip
def test_one_costly_patient_may_cost_a_bonus_or_base_payments(pay, verdict, of_base):
    shocks, skipped = shock_test({"A": ["b1", "b2"], "B": []}, pay, 60_000.0, seed=1)
    assert (len(shocks), skipped) == (6, 1)
    assert shock_finding(shocks, skipped).evidence.verdict == verdict
    assert shock_finding(shocks, skipped, "P02.4").evidence.verdict == of_base


def test_resources_must_reach_the_patients_and_both_groups():
    assert coverage_finding([90, 10], [True, False]).evidence.verdict == "partly"
    assert coverage_finding([0], [True]).evidence.verdict == "not_assessable"
    everybody, nobody = Share(50, 50), Share(0, 0)
    assert gap_finding((everybody, everybody), (nobody, nobody)).evidence.verdict == "meets"
    large = Share(960, 1000)
    assert gap_finding((large, large), (nobody, nobody)).evidence.verdict == "meets"
    assert gap_finding((nobody, nobody), (nobody, nobody)).evidence.verdict == "not_assessable"


def test_regions_explain_what_lies_between_them():
    cost = np.array([1.0, 1.0, 3.0, 3.0])
    assert regional_share(cost, ["VT", "VT", "NH", "NH"]) == 1.0
    assert regional_share(cost, ["VT"] * 4) is None
