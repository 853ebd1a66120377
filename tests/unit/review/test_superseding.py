"""Which run may take the place of which, and what it still pays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openp4p.review.refusals import RefusedError
from openp4p.review.states import RunState
from openp4p.review.superseding import Link, difference_due, may_supersede

VM = ("medicare_value_modifier", 2017, 2015)
OLD = Link("old", VM, RunState.PAID, "f1", "f1")
NEW = Link("new", VM, RunState.DRAFT, "f2", "f2", reviews="f1")


def test_a_run_that_corrects_this_one_or_was_computed_anew_may_take_its_place():
    may_supersede(OLD, NEW)
    may_supersede(OLD, replace(NEW, reviews=None, state=RunState.FINAL))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ({}, {"reviews": "f0"}, "corrects another run"),
        ({}, {"about": ("vms_model", 2017, 2015)}, "not of the same program"),
        ({}, {"about": (*VM[:2], 2014)}, "not of the same program"),
        ({}, {"state": RunState.VOID}, "void, or replaced"),
        ({}, {"state": RunState.SUPERSEDED}, "void, or replaced"),
        ({}, {"replaces": ("elder",)}, "takes the place of another run already"),
        ({"replaces": ("elder", "new")}, {}, "was replaced by this one before"),
        ({}, {"key": "old"}, "its own place"),
        ({}, {"stored_fingerprint": "f9"}, "The new run is not what it was"),
        ({"stored_fingerprint": "f9"}, {}, "This run is not what it was"),
        ({}, {"stored_fingerprint": None}, "not in its folder"),
    ],
)
def test_a_link_that_the_runs_do_not_bear_out_is_refused(old, new, why):
    with pytest.raises(RefusedError, match=why):
        may_supersede(replace(OLD, **old), replace(NEW, **new))


@pytest.mark.parametrize(
    ("payable", "paid", "is_disputed", "due"),
    [(500, 300, False, 200), (300, 500, False, -200), (300, 500, True, 0), (-100, -200, False, 100),
     (-200, 0, False, -200), (500, 300, True, 200)],
)  # fmt: skip
def test_what_was_paid_counts_and_nothing_is_taken_back_under_dispute(
    payable, paid, is_disputed, due
):
    assert difference_due(payable, paid, is_disputed=is_disputed) == due
