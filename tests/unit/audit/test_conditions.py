"""Conditions that hold, do not hold, or are open; and what follows for a verdict."""

from __future__ import annotations

import pytest

from openp4p.audit.clauses import Case, checks, clauses
from openp4p.audit.conditions import all_hold, holds, read_test
from openp4p.audit.verdicts import verdict_of
from openp4p.program.governance import Band

BAND = Band(at_least=0.5, below=0.84)


@pytest.mark.parametrize(
    ("wanted", "value", "expected"),
    [
        ("opt_in", "opt_in", True),
        ("opt_in", "mandatory", False),
        ("opt_in", "unknown", None),
        ("unknown", "unknown", True),
        ("unknown", 60, False),
        (True, True, True),
        (True, False, False),
        (0, 0.0, True),
        (["flat", "partial"], "flat", True),
        (["flat", "partial"], "none", False),
        ({"at_least": 0.5}, 0.5, True),
        ({"at_least": "payment_rule.quality_weight_meets"}, 2 / 3, True),
        ({"at_least": "payment_rule.quality_weight_meets"}, 0.666, False),
        ({"at_least": 0.5}, 0.4999999, False),
        ({"above": 0.5}, 0.5, False),
        ({"above": 0.5}, 0.5 + 1e-14, False),  # the same at 12 digits
        ({"below": "review_window_days"}, 44, True),
        ({"below": "review_window_days"}, 45, False),
        ({"at_most": 1}, 1, True),
        ({"empty": True}, (), True),
        ({"empty": True}, ("fee_level",), False),
        ({"holds": ["a", "b"]}, ("b", "c", "a"), True),
        ({"holds": ["a", "b"]}, ("a",), False),
        # a band decides where every value of it does
        ({"at_least": 0.5}, BAND, True),
        ({"at_least": 0.6}, BAND, None),
        ({"at_least": 0.84}, BAND, False),
        ({"above": 0.5}, BAND, None),
        ({"above": 0.4}, BAND, True),
        ({"above": 0.84}, BAND, False),
        ({"below": 0.84}, BAND, True),
        ({"below": 0.5}, BAND, False),
        ({"at_most": 0.84}, BAND, True),
        ({"at_most": 0.5}, BAND, None),
        (1, BAND, False),
        (0.5, BAND, None),
        (0.84, BAND, False),
    ],
)
def test_whether_a_condition_holds(wanted, value, expected):
    assert holds(read_test("x", wanted), value) is expected


def test_one_condition_that_does_not_hold_is_enough_whatever_is_open():
    tests = (read_test("a", True), read_test("b", True))
    assert all_hold(tests, {"a": "unknown", "b": False}) is False
    assert all_hold(tests, {"a": "unknown", "b": True}) is None
    assert all_hold(tests, {"a": True, "b": True}) is True
    assert all_hold((), {}) is True


def case(verdict, **wanted):
    return Case(verdict=verdict, tests=tuple(read_test(n, w) for n, w in wanted.items()))


BOTH = (case("meets", a=True, b=True), case("fails", a=False, b=False), case("partly"))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (True, True, "meets"),
        (False, False, "fails"),
        (True, False, "partly"),
        ("unknown", True, "not_assessable"),
        ("unknown", False, "not_assessable"),
    ],
)
def test_a_verdict_stands_only_if_the_unknown_cannot_change_it(a, b, expected):
    assert verdict_of(BOTH, {"a": a, "b": b}) == expected


@pytest.mark.parametrize(
    ("days", "gate", "clock", "expected"),
    [
        (44, "unknown", "unknown", "fails"),
        ("unknown", "none", "unknown", "fails"),
        ("unknown", "window", "release", "not_assessable"),
        (60, "unknown", "delivery", "not_assessable"),
        (60, "window", "unknown", "not_assessable"),
        (60, "window", "delivery", "partly"),
        (60, "decided", "release", "partly"),
        (45, "decided", "delivery", "meets"),
    ],
)
def test_the_window_of_review_with_what_is_known_of_it(days, gate, clock, expected):
    values = {
        "review.window_days": days,
        "review.payment_gate": gate,
        "review.clock": clock,
        "publication.enabled": True,
    }
    for check in ("P05.1", "P05.2"):
        assert verdict_of(checks()[check].design, values) == expected
    hidden = {**values, "publication.enabled": False}
    assert verdict_of(checks()["P05.2"].design, hidden) == "meets"


def test_the_principles_are_nineteen_clauses_and_107_sub_checks():
    assert [clause.id for clause in clauses()] == [f"P{n:02d}" for n in range(1, 20)]
    ids = [check.id for clause in clauses() for check in clause.checks]
    assert len(ids) == len(set(ids)) == len(checks()) == 82 + 25
    linked = [id_ for id_ in ids if id_.startswith("X")]
    assert linked == [f"X{n:02d}" for n in range(1, 26)]
    assert all(id_.startswith(clause.id) for clause in clauses()[:18] for id_ in
               [check.id for check in clause.checks])  # fmt: skip


def test_every_sub_check_can_be_judged_and_says_how():
    for check in checks().values():
        assert bool(check.design) == check.has_design, check.id
        assert bool(check.needs) == check.has_evidence, check.id
        assert check.asks.endswith("?"), check.id
        assert check.threshold, check.id
        if check.design:
            # no value leaves it without a verdict
            assert check.design[-1].tests == (), check.id
