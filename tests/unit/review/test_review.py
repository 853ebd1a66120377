"""Roles, windows, money and registries of a review, one rule at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from openp4p.audit.controls.chain import GENESIS, chained
from openp4p.program.library import load_program
from openp4p.review import ledger, registries, variances
from openp4p.review.disputes import (
    KINDS,
    Category,
    Decision,
    DisputeState,
    decided,
    decided_on_appeal,
)
from openp4p.review.payable import Publication, ResultStanding, payable_cents, publication
from openp4p.review.policy import numbers, policy
from openp4p.review.refusals import RefusedError
from openp4p.review.roles import Role, conflicts
from openp4p.review.states import RunState
from openp4p.review.trail import Receipt, checkpoint, linked, verified
from openp4p.review.windows import (
    Attempt,
    after_late_data,
    decision_due,
    delivered_by_notice,
    is_unreached,
    window,
)

START = datetime(2026, 5, 5, 15, tzinfo=UTC)
POLICY = policy(None, START)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def test_a_window_ends_on_a_business_day_of_the_programs_time_zone():
    """Vectors of the specification: a Saturday that is a holiday moves to Monday."""
    assert window(START, POLICY).last_day == date(2026, 7, 6)
    assert window(START, POLICY).ends == datetime(2026, 7, 7, 4, tzinfo=UTC)
    winter = window(datetime(2026, 1, 10, 4, 30, tzinfo=UTC), POLICY)
    assert winter.ends == datetime(2026, 3, 11, 4, tzinfo=UTC)


@pytest.mark.parametrize(("year", "days"), [(2015, 60), (2016, 98), (2017, 65)])
def test_a_program_brings_its_own_window_unless_it_is_unknown(year, days):
    assert policy(load_program(f"medicare_value_modifier/{year}"), START).window_days == days
    assert policy(load_program(f"medicare_value_modifier/{year}"), START).decision_days == 30


def test_no_number_lies_beyond_its_bound():
    for one in numbers().values():
        assert one.floor is None or one.value >= one.floor
        assert one.ceiling is None or one.value <= one.ceiling
        assert one.origin
        assert one.reason


def test_an_unopened_report_counts_as_delivered_only_by_proved_notice():
    sent = [Attempt(START + days(1), "e-mail")]
    assert delivered_by_notice(START, sent, START + days(90), POLICY) is None
    proved = [Attempt(START + days(1), "courier", is_proved=True)]
    assert delivered_by_notice(START, proved, START + days(14), POLICY) is None
    at = delivered_by_notice(START, proved, START + days(16), POLICY)
    assert at == datetime(2026, 5, 20, 4, tzinfo=UTC)


def test_unreached_takes_three_attempts_apart_by_two_channels():
    apart = [Attempt(START + days(7 * n), c) for n, c in enumerate(["e-mail", "post", "e-mail"])]
    assert is_unreached(apart, POLICY)
    assert not is_unreached([Attempt(a.at, "e-mail") for a in apart], POLICY)
    near = [Attempt(START + days(2 * n), a.channel) for n, a in enumerate(apart)]
    assert not is_unreached(near, POLICY)
    assert not is_unreached([*apart, Attempt(START, "post", is_proved=True)], POLICY)


def test_late_data_moves_the_window_and_never_back():
    current = window(START, POLICY)
    in_time = after_late_data(START, current, START + days(2), START + days(9), POLICY)
    assert in_time == current
    # asked on 7 May, due 21 May, answered on 31 May: ten days late, 16 July
    late = after_late_data(START, current, START + days(2), START + days(26), POLICY)
    assert late.last_day == date(2026, 7, 16)
    at_the_end = after_late_data(START, current, START + days(59), START + days(200), POLICY)
    assert at_the_end.last_day == date(2026, 8, 5)
    assert after_late_data(START, late, START + days(2), START + days(14), POLICY) == late


def test_waiting_for_an_answer_stops_the_clock_for_fifteen_days_at_most():
    plain = decision_due(START, POLICY, stopped=timedelta())
    assert decision_due(START, POLICY, stopped=days(4)) == plain + days(4)
    assert decision_due(START, POLICY, stopped=days(40)) == plain + days(15)


@pytest.mark.parametrize(
    ("roles", "count"),
    [
        ({Role.APPROVER, Role.FINANCE}, 0),
        ({Role.ANALYST, Role.APPROVER}, 1),
        ({Role.APPROVER, Role.CASE_OFFICER}, 1),
        ({Role.REVIEWER, Role.FINANCE}, 1),
        ({Role.FINANCE, Role.PRACTICE_CLINICIAN}, 1),
        ({Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR}, 2),
        ({Role.PRACTICE_ADMINISTRATOR, Role.PRACTICE_CLINICIAN}, 0),
    ],
)
def test_roles_that_one_person_never_holds_together(roles, count):
    assert len(conflicts(roles)) == count


def test_a_reviewer_was_not_in_the_scoring_team():
    assert conflicts({Role.REVIEWER}, was_scoring=True)


def decision(**changes: object) -> Decision:
    usual = {
        "outcome": DisputeState.REJECTED, "reason_code": "record", "text": "see the claim",
        "rule": "42 CFR 414.1240", "actor": "c", "roles": frozenset({Role.CASE_OFFICER}),
    }  # fmt: skip
    return Decision(**{**usual, **changes})


def test_a_decision_has_reasons_and_a_rule_and_all_that_lacks_is_said_at_once():
    assert decided(DisputeState.SUBMITTED, decision()) is DisputeState.REJECTED
    with pytest.raises(RefusedError) as refused:
        decided(DisputeState.ACCEPTED, decision(text=" ", rule="", reason_code="", analyst="c"))
    assert len(refused.value.reasons) == 5
    # nobody need cite a rule to agree
    assert decided(DisputeState.SUBMITTED, decision(outcome=DisputeState.ACCEPTED, rule=""))


def test_the_second_level_is_somebody_else():
    seen = {"roles": frozenset({Role.REVIEWER}), "actor": "r"}
    assert decided_on_appeal(DisputeState.APPEALED, decision(**seen)) is DisputeState.DECIDED
    for wrong in ({"scoring_team": frozenset({"r"})}, {"first_decider": "r"}):
        with pytest.raises(RefusedError):
            decided_on_appeal(DisputeState.APPEALED, decision(**seen, **wrong))


@pytest.mark.parametrize(
    ("changes", "cents"),
    [
        ({}, 500),
        ({"run_state": RunState.FINAL}, 0),
        ({"is_held": True}, 0),
        ({"undecided": 1}, 500),
        ({"undecided": 1, "claimed_cents": 300}, 300),
        ({"undecided": 1, "claimed_cents": 900}, 500),
        ({"undecided": 1, "decided_cents": -700}, 0),
        ({"can_still_appeal": True, "decided_cents": -700}, 0),
        ({"decided_cents": -700}, -700),
    ],
)
def test_what_may_be_paid(changes, cents):
    usual = {"run_state": RunState.PAYABLE, "decided_cents": 500}
    assert payable_cents(ResultStanding(**{**usual, **changes})) == cents


def test_nothing_is_published_before_it_is_settled():
    settled = ResultStanding(RunState.FINAL, 1)
    yes = {"is_enabled": True, "cells_pass": True}
    assert publication(settled, **yes) is Publication.PUBLISHABLE
    for one in (
        ResultStanding(RunState.RESOLVING, 1),
        ResultStanding(RunState.FINAL, 1, undecided=1),
        ResultStanding(RunState.FINAL, 1, can_still_appeal=True),
        ResultStanding(RunState.FINAL, 1, is_held=True),
    ):
        assert publication(one, **yes) is Publication.NOT_PUBLISHABLE
    assert publication(settled, is_enabled=True, cells_pass=False) is Publication.NOT_PUBLISHABLE


def test_the_ledger_has_no_way_from_fees_to_a_bonus():
    paid_in = [ledger.Posting(ledger.CLEARING, ledger.SUPPLEMENTAL, 1000)]
    funded = ledger.checked(paid_in, {}, is_historical=False)
    awards = ledger.award_batch({"a": 600, "b": -200}, is_historical=False)
    after = ledger.checked(awards, funded, is_historical=False)
    assert after[ledger.SUPPLEMENTAL] == 400
    assert after[ledger.practice_account("a")] == 600
    assert sum(after.values()) == 0
    with pytest.raises(RefusedError, match="fund"):
        ledger.checked(
            ledger.award_batch({"a": 500}, is_historical=False), after, is_historical=False
        )
    redistributed = ledger.award_batch({"a": 600, "b": -200}, is_historical=True)
    with pytest.raises(RefusedError, match="not an allowed posting"):
        ledger.checked(redistributed, funded, is_historical=False)
    assert ledger.checked(redistributed, {}, is_historical=True)[ledger.BASE_FEES] == -400


@pytest.mark.parametrize(
    ("changes", "index"),
    [([-2000, -4000, 0, 3500, 2500], 1.0), ([0, 3500, 2500], 0), ([-1000, 0, 4000], 0.25),
     ([-1000, 0], float("inf")), ([0, 0], None)],
)  # fmt: skip
def test_the_redistribution_index(changes, index):
    assert ledger.redistribution_index(changes) == index


def test_only_who_enrolled_before_the_period_and_stayed_takes_part():
    first, last, final = date(2026, 1, 1), date(2026, 12, 31), date(2027, 7, 31)
    history = registries.Participation("enrolled", date(2025, 12, 1))
    assert registries.participates([history], first, last, final)
    assert not registries.participates([], first, last, final)
    late = registries.Participation("enrolled", date(2026, 2, 1))
    left = registries.Participation("enrolled", date(2025, 12, 1), date(2027, 3, 1))
    assert not registries.participates([late, left], first, last, final)
    assert registries.participates([left], first, last, None)


def test_staying_out_never_costs_and_the_pull_is_seen():
    found = registries.viability(registries.Viability(100, 99, 120, 5, 400, 0.001))
    assert (found.loses_by_staying_out, found.pull, found.pushed_under) == (True, 0.04, True)
    assert registries.viability(registries.Viability(100, 100, 120)).pull is None


def test_a_service_counts_when_patients_can_reach_it():
    there = registries.Resource("social_worker", "embedded", 14, "", date(2026, 1, 1))
    assert registries.missing_services([there], date(2026, 6, 1)) == [
        "care_coordinator", "mental_health", "substance_use",
    ]  # fmt: skip
    assert len(registries.missing_services([there], date(2027, 6, 1))) == 4


def test_an_exception_acts_after_the_numerator_and_an_override_takes_the_case_out():
    case = variances.Case
    found = variances.rate(
        [case(True), case(True, variance="V-MED-2"), case(False, variance="V-PAT-1"), case(False),
         case(False, is_excluded=True), case(False, variance="V-OVR-1")]
    )  # fmt: skip
    assert (found.rate, found.without_exceptions, found.exception_rate) == (2 / 3, 0.4, 0.4)
    assert variances.rate([case(False, variance="V-MED-1")]).rate is None
    with pytest.raises(RefusedError):
        variances.check("V-MED-9", "n" * 201)


def chain(number: int) -> list[dict[str, object]]:
    events, prev = [], GENESIS
    for seq in range(1, number + 1):
        events.append(
            linked(seq=seq, prev=prev, at=f"2026-01-0{seq}T00:00:00Z", actor="u:1", type_="x",
                   object_="run:1", payload={"n": seq})
        )  # fmt: skip
        prev = str(events[-1]["hash"])
    return events


def test_the_trail_finds_changes_cuts_and_rewrites():
    events, payloads = chain(5), {n: {"n": n} for n in range(1, 6)}
    point = checkpoint("review", events[:4])
    receipt = Receipt("review", 5, str(events[4]["hash"]))
    assert verified("review", events, payloads).words == "internally consistent, not anchored"
    assert verified("review", events, payloads, [point], [receipt]).words == "verified"
    assert not verified("review", events[:3], payloads, [point]).holds
    assert not verified("review", events[:4], {}, [point], [receipt]).holds
    for member in ("actor", "at", "object", "type", "payload_sha256", "prev", "hash"):
        forged = [*events[:2], {**events[2], member: "0"}, *events[3:]]
        assert verified("review", forged, payloads).first_bad in (3, 4)
    assert verified("review", events, {**payloads, 2: {"n": 3}}).first_bad == 2
    assert verified("review", [*events[:1], *events[2:]], payloads).first_bad == 2
    rewritten = chain(5)
    rewritten[0] |= {"actor": "u:2"}
    bare = [{k: v for k, v in e.items() if k not in ("seq", "prev", "hash")} for e in rewritten]
    forged = chained(bare)
    assert verified("review", forged, payloads).holds
    assert not verified("review", forged, payloads, [point]).holds


def test_every_category_can_be_filed():
    assert set(KINDS) == set(Category)
