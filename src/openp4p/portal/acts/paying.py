"""Money: accrued when final, instructed when payable, settled when paid; in whole cents."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Sum

from openp4p.portal import clock, trail
from openp4p.portal.acts.standing import standings
from openp4p.portal.acts.superseding import SETTLEMENT, paid_before, replaced_by
from openp4p.portal.models import (
    AdminCost,
    Instruction,
    LedgerEntry,
    ReviewedRun,
    User,
    Version,
)
from openp4p.review.ledger import (
    ADMIN,
    BASE_FEES,
    CLEARING,
    SUPPLEMENTAL,
    Posting,
    award_batch,
    checked,
    practice_account,
)
from openp4p.review.payable import may_instruct, payable_cents
from openp4p.review.refusals import require, unless
from openp4p.review.superseding import difference_due

_AT_ONCE = 2000


def accrue(run: ReviewedRun) -> None:
    """What a final run awards is owed from now on, and taken from its source."""
    batch = _accrual(run)
    before = replaced_by(run)
    # what the run whose place this one takes had accrued is taken back
    undone = _reversed(_accrual(before[0])) if before else []
    _post(run, [*undone, *batch], "accrual", None)


def _accrual(run: ReviewedRun) -> list[Posting]:
    versions = Version.objects.filter(result__run=run).select_related("result__practice")
    awards = {
        v.result.practice.key: v.cents
        for v in versions
        if v.number == v.result.version and not v.result.is_unreached
    }
    return award_batch(awards, is_historical=run.is_historical)


def _reversed(batch: Sequence[Posting]) -> list[Posting]:
    return [Posting(debit=p.credit, credit=p.debit, cents=p.cents) for p in batch]


def reaccrue(run: ReviewedRun, practice: str, before: int, after: int) -> None:
    """Take back what was accrued for a practice and accrue its new amount."""
    if before == after:
        return
    old = award_batch({practice: before}, is_historical=run.is_historical)
    new = award_batch({practice: after}, is_historical=run.is_historical)
    _post(run, [*_reversed(old), *new], "accrual again", None)


def instruct(run: ReviewedRun) -> None:
    """Payment instructions of a run that becomes payable: what is undisputed, and nothing held.

    Of a run that takes the place of a paid one the difference.
    """
    now, made = clock.now(), []
    paid = paid_before(run)
    for result, standing in standings(run):
        if standing.is_held:
            continue
        may_instruct(standing)
        cents = difference_due(
            payable_cents(standing), paid.get(result.practice_id, 0),
            is_disputed=bool(standing.undecided) or standing.can_still_appeal,
        )  # fmt: skip
        made.append(Instruction(result=result, version=result.version, cents=cents, at=now))
    Instruction.objects.bulk_create(made, batch_size=_AT_ONCE)


def settle(run: ReviewedRun) -> None:
    """What was instructed is paid out; a cut of a replayed program is never paid in."""
    rows = Instruction.objects.filter(result__run=run, cents__gt=0)
    batch = [
        Posting(practice_account(row.result.practice.key), CLEARING, row.cents)
        for row in rows.select_related("result__practice")
    ]
    _post(run, batch, SETTLEMENT, None)


def pay_in(cents: int, actor: User, *, back: bool = False) -> None:
    """The sponsor pays into the supplemental fund, or takes back what is not used."""
    pair = (SUPPLEMENTAL, CLEARING) if back else (CLEARING, SUPPLEMENTAL)
    with transaction.atomic():
        _post(None, [Posting(*pair, cents)], "returned" if back else "paid in", actor)


def reimburse(cost: AdminCost, actor: User, *, refused: bool) -> None:
    """Pay a practice for its paperwork out of the fund, or refuse the entry."""
    with transaction.atomic():
        cost = AdminCost.objects.select_for_update().get(pk=cost.pk)
        require(unless(cost.paid_at is None and not cost.is_refused, "This is settled already."))
        account = practice_account(cost.practice.key)
        if refused:
            cost.is_refused = True
        else:
            cost.paid_at = clock.now()
            batch = [
                Posting(ADMIN, account, cost.cents),
                Posting(SUPPLEMENTAL, ADMIN, cost.cents),
                Posting(account, CLEARING, cost.cents),
            ]
            _post(None, batch, "paperwork", actor)
        cost.save()
        trail.record(
            "cost.refused" if refused else "cost.paid", f"cost:{cost.pk}", actor, cents=cost.cents
        )


def balances() -> dict[str, int]:
    """Every account, credit less debit, in cents."""
    found: dict[str, int] = {}
    for side, sign in (("debit", -1), ("credit", 1)):
        for row in LedgerEntry.objects.values(side).annotate(total=Sum("cents")):
            found[row[side]] = found.get(row[side], 0) + sign * row["total"]
    return found


def _post(run: ReviewedRun | None, batch: Sequence[Posting], what: str, actor: User | None) -> None:
    """One batch of the ledger, its digest in the trail; refused unless it is allowed."""
    if not batch:
        return
    is_historical = run is not None and run.is_historical
    # a replayed program took its bonuses out of fees; nothing binds it to a fund
    held = {} if is_historical else balances()
    checked(batch, {**held, BASE_FEES: 0}, is_historical=is_historical)
    lines = "\n".join(f"{p.debit}|{p.credit}|{p.cents}" for p in batch)
    digest = hashlib.sha256(f"{what}\n{lines}".encode()).hexdigest()
    now = clock.now()
    LedgerEntry.objects.bulk_create(
        [
            LedgerEntry(
                batch=digest, run=run, debit=p.debit, credit=p.credit, cents=p.cents, what=what,
                at=now,
            )
            for p in batch
        ],
        batch_size=_AT_ONCE,
    )  # fmt: skip
    object_ = f"run:{run.key}" if run is not None else "fund"
    trail.record("ledger.posted", object_, actor, batch=digest, postings=len(batch), what=what)
