"""The invariants of a review (C2.6), over any order of what people and the clock do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from openp4p.audit.controls.chain import GENESIS
from openp4p.audit.controls.clocks import Deadline, ending
from openp4p.review import disputes, payable, states
from openp4p.review.disputes import CAN_APPEAL, OPEN, UNDECIDED, Category, DisputeState
from openp4p.review.policy import policy
from openp4p.review.refusals import RefusedError
from openp4p.review.replay import differences, replayed
from openp4p.review.roles import Role
from openp4p.review.states import Actors, RunState, Standing
from openp4p.review.trail import linked, verified
from openp4p.review.windows import Attempt, appeal_until, delivered_by_notice, is_unreached, window

START = datetime(2026, 1, 5, 15, tzinfo=UTC)
POLICY = policy(None, START)
PRACTICES = ("A", "B", "C")
PEOPLE = {
    "ana": {Role.ANALYST}, "app1": {Role.APPROVER}, "app2": {Role.APPROVER, Role.FINANCE},
    "off": {Role.CASE_OFFICER}, "rev": {Role.REVIEWER}, "fin": {Role.FINANCE}, "rep": set(),
}  # fmt: skip
SETTLED = (RunState.FINAL, RunState.PAYABLE, RunState.PAID)
who = st.sampled_from(sorted(PEOPLE))
practice = st.sampled_from(PRACTICES)


@dataclass
class Result:
    cents: int
    version: int = 1
    delivered: datetime | None = None
    ends: Deadline | None = None
    attempts: list[Attempt] = field(default_factory=list)
    is_unreached: bool = False
    is_published: bool = False


@dataclass
class Dispute:
    practice: str
    state: DisputeState
    decided_at: datetime | None = None
    decider: str | None = None


class Review(RuleBasedStateMachine):
    """Everything goes through the rules; what they refuse is not done."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.state = START, RunState.DRAFT
        self.analyst: str | None = None
        self.results = {
            p: Result(cents) for p, cents in zip(PRACTICES, (900, -400, 0), strict=True)
        }
        self.disputes: list[Dispute] = []
        self.agreed: dict[str, set[str]] = {}
        self.paid: dict[str, tuple[int, RunState, bool]] = {}
        self.events: list[dict[str, object]] = []
        self.payloads: dict[int, dict[str, object]] = {}
        self.final: dict[str, tuple[int, int]] = {}
        self.first_ends: dict[str, Deadline] = {}

    # what happened, written down

    def note(self, kind: str, object_: str, **sets: object) -> None:
        prev = str(self.events[-1]["hash"]) if self.events else GENESIS
        seq = len(self.events) + 1
        self.payloads[seq] = {"sets": sets}
        at = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.events.append(
            linked(seq=seq, prev=prev, at=at, actor="u:x", type_=kind, object_=object_,
                   payload=self.payloads[seq])
        )  # fmt: skip

    def standing(self, new_end: datetime | None = None) -> Standing:
        held = self.results.values()
        ends = [r.ends.ends for r in held if r.ends]
        return Standing(
            practices=len(self.results),
            rendered=len(self.results),
            undelivered=sum(r.delivered is None and not r.is_unreached for r in held),
            running=sum(r.ends is not None and self.now < r.ends.ends for r in held),
            unreached=sum(r.is_unreached and r.delivered is None for r in held),
            undecided=sum(d.state in UNDECIDED for d in self.disputes),
            windows_end=max(ends, default=None),
            new_end=new_end,
        )

    def open_of(self, name: str) -> tuple[int, bool]:
        mine = [d for d in self.disputes if d.practice == name]
        can_appeal = any(
            d.state in CAN_APPEAL and self.now < appeal_until(d.decided_at, POLICY) for d in mine
        )
        return sum(d.state in OPEN for d in mine), can_appeal

    def result_standing(self, name: str) -> payable.ResultStanding:
        undecided, can_appeal = self.open_of(name)
        held = self.results[name].is_unreached and self.results[name].delivered is None
        return payable.ResultStanding(
            self.state, self.results[name].cents, held, undecided, can_appeal
        )

    # the steps

    @initialize()
    def begin(self) -> None:
        self.step("submit", "ana")
        self.step("open", "app1")

    @rule(event=st.sampled_from(sorted(set(states.TRANSITIONS) - {"void", "supersede"})), actor=who)
    def anybody_tries(self, event: str, actor: str) -> None:
        self.step(event, actor)

    @rule(event=st.sampled_from(["finalise", "release", "pay", "open"]))
    def the_right_people(self, event: str) -> None:
        people = {"finalise": ("app1", "app2"), "release": ("fin",), "pay": ("fin",)}
        for actor in people.get(event, ("app1",)):
            self.step(event, actor)

    @rule()
    def the_run_goes_on(self) -> None:
        """Whatever is next, so that the end is reached often."""
        if self.state is RunState.OPEN:
            self.all_open_their_reports()
            self.time_passes(70)
            self.time_passes(5)
        self.the_case_officer_decides_all("off")
        for event in ("finalise", "release"):
            self.the_right_people(event)

    def step(self, event: str, actor: str | None) -> None:
        agreed = self.agreed.setdefault(event, set())
        actors = Actors(actor, frozenset(PEOPLE.get(actor, ())), self.analyst, frozenset(agreed))
        later = self.now + timedelta(days=200)
        standing = self.standing(new_end=later)
        try:
            target = states.moved(self.state, event, standing, actors, reason="because")
        except RefusedError:
            return
        if target is None:
            agreed.add(str(actor))
            return
        assert actor is None or event == "submit" or actor != self.analyst
        assert event != "finalise" or len(agreed | {actor}) == 2
        self.agreed[event] = set()
        self.state = target
        if event == "submit":
            self.analyst = actor
        if event == "extend":
            for result in self.results.values():
                if result.ends:
                    result.ends = ending(later.date(), POLICY.zone)
        if event == "finalise":
            self.final = {p: (r.version, r.cents) for p, r in self.results.items()}
        self.note(f"run.{event}", "run:1", state=self.state.value)

    @rule(days=st.integers(0, 70))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days, hours=1)
        if self.state is RunState.OPEN:
            for name, result in self.results.items():
                at = delivered_by_notice(START, result.attempts, self.now, POLICY)
                if result.delivered is None and at:
                    self.deliver(name, at)
                result.is_unreached = is_unreached(result.attempts, POLICY)
        self.step("close", None)

    @rule(name=practice)
    def opens_its_report(self, name: str) -> None:
        if self.state is RunState.OPEN and self.results[name].delivered is None:
            self.deliver(name, self.now)

    @rule()
    def all_open_their_reports(self) -> None:
        for name in PRACTICES:
            self.opens_its_report(name)

    def deliver(self, name: str, at: datetime) -> None:
        result = self.results[name]
        result.delivered, result.ends = at, window(at, POLICY)
        self.first_ends[name] = result.ends
        self.note("result.delivered", f"result:{name}", delivered=at.isoformat())

    @rule(name=practice, channel=st.sampled_from(["e-mail", "post"]), proved=st.booleans())
    def is_sent_to(self, name: str, channel: str, proved: bool) -> None:
        self.results[name].attempts.append(Attempt(self.now, channel, proved))

    @rule(name=practice, text=st.sampled_from(["wrong", " "]))
    def files(self, name: str, text: str) -> None:
        ends = self.results[name].ends
        asked = disputes.File(
            self.state, ends.ends if ends else None, self.now, 1, text, Category.PATIENT
        )
        try:
            disputes.may_file(asked)
        except RefusedError:
            return
        assert self.now < ends.ends
        self.disputes.append(Dispute(name, DisputeState.SUBMITTED))
        self.said(len(self.disputes) - 1)

    def said(self, number: int) -> None:
        self.note("dispute", f"dispute:{number}", state=self.disputes[number].state.value)

    @rule(actor=who, outcome=st.sampled_from(disputes.OUTCOMES), appeal=st.booleans())
    def is_decided(self, actor: str, outcome: DisputeState, appeal: bool) -> None:
        for number, dispute in enumerate(self.disputes):
            decision = disputes.Decision(
                outcome, "record", "because", "rule", actor, frozenset(PEOPLE[actor]),
                self.analyst, frozenset({"ana", "app1", "app2"}), dispute.decider,
            )  # fmt: skip
            decide = disputes.decided_on_appeal if appeal else disputes.decided
            try:
                dispute.state = decide(dispute.state, decision)
            except RefusedError:
                continue
            assert actor not in ({"ana", "app1", "app2"} if appeal else {self.analyst})
            dispute.decided_at, dispute.decider = self.now, actor
            if outcome is not DisputeState.REJECTED and self.state not in SETTLED:
                self.results[dispute.practice].cents += 100
                self.results[dispute.practice].version += 1
            self.said(number)

    @rule(actor=st.sampled_from(["off", "rev"]))
    def the_case_officer_decides_all(self, actor: str) -> None:
        self.is_decided(actor, DisputeState.REJECTED, actor == "rev")

    @rule(name=practice)
    def appeals(self, name: str) -> None:
        for number, dispute in enumerate(self.disputes):
            if dispute.practice != name or dispute.decided_at is None:
                continue
            try:
                dispute.state = disputes.appealed(
                    dispute.state, self.now, appeal_until(dispute.decided_at, POLICY)
                )
            except RefusedError:
                continue
            self.said(number)

    @rule(name=practice)
    def is_paid(self, name: str) -> None:
        standing = self.result_standing(name)
        try:
            payable.may_instruct(standing)
        except RefusedError:
            return
        if name not in self.paid:
            self.paid[name] = (payable.payable_cents(standing), self.state, standing.undecided > 0)

    @rule(name=practice)
    def is_published(self, name: str) -> None:
        standing = self.result_standing(name)
        found = payable.publication(standing, is_enabled=True, cells_pass=True)
        if found is payable.Publication.PUBLISHABLE:
            assert self.state in SETTLED
            assert not any(self.open_of(name))
            self.results[name].is_published = True

    # what always holds

    @invariant()
    def paid_only_when_payable_and_undisputed(self) -> None:
        for cents, state, is_disputed in self.paid.values():
            assert state is RunState.PAYABLE
            assert cents >= 0 or not is_disputed

    @invariant()
    def windows_are_whole_and_only_grow(self) -> None:
        for name, result in self.results.items():
            if result.delivered is not None:
                begun = result.delivered.astimezone(POLICY.zone).date()
                assert (result.ends.last_day - begun).days >= POLICY.window_days
                assert result.ends.last_day >= self.first_ends[name].last_day

    @invariant()
    def nothing_is_final_while_a_window_is_open_or_a_dispute_undecided(self) -> None:
        if self.state in SETTLED:
            assert not any(d.state in UNDECIDED for d in self.disputes)
            assert all(r.ends is None or self.now >= r.ends.ends for r in self.results.values())

    @invariant()
    def a_final_result_stays(self) -> None:
        for name, (version, cents) in self.final.items():
            assert (self.results[name].version, self.results[name].cents) == (version, cents)

    @invariant()
    def the_trail_holds_and_gives_the_state(self) -> None:
        assert verified("review", self.events, self.payloads).holds
        told = ({**e, "payload": self.payloads[e["seq"]]} for e in self.events)
        stored = {f"dispute:{n}": {"state": d.state.value} for n, d in enumerate(self.disputes)}
        if self.state is not RunState.DRAFT or self.events:
            stored["run:1"] = {"state": self.state.value}
        assert differences(replayed(told), stored) == []


TestReview = Review.TestCase
TestReview.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
