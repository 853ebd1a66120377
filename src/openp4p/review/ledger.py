"""Money in whole cents, double entry: only the postings that are allowed (C6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from openp4p.review.refusals import require, unless

SUPPLEMENTAL, BASE_FEES = "FUND.SUPPLEMENTAL", "FUND.BASE_FEES"
BONUS, ADMIN, RESOURCES = "EXP.BONUS", "EXP.ADMIN_REIMB", "EXP.CARE_RESOURCES"
CLEARING, PRACTICE = "CLEARING", "LIAB.PRACTICE."
_EXPENSES = (BONUS, ADMIN, RESOURCES)


@dataclass(frozen=True)
class Posting:
    """One amount from the credited to the debited account, in cents."""

    debit: str
    credit: str
    cents: int


def practice_account(practice: str) -> str:
    """The account of what is owed to a practice."""
    return f"{PRACTICE}{practice}"


def is_allowed(posting: Posting, *, is_historical: bool) -> bool:
    """Whether a pair of accounts may be posted; nothing leads from fees to a bonus but in a replay.

    Paying in and back, accrual, use of the fund, settlement; the same reversed after superseding.
    """
    pair = (_kind(posting.debit), _kind(posting.credit))
    allowed = {(CLEARING, SUPPLEMENTAL), (PRACTICE, CLEARING)}
    allowed |= {(expense, PRACTICE) for expense in _EXPENSES}
    allowed |= {(SUPPLEMENTAL, expense) for expense in _EXPENSES}
    if is_historical:
        allowed |= {(PRACTICE, BASE_FEES), (BASE_FEES, BONUS)}
    return pair in allowed or pair[::-1] in allowed


def checked(
    batch: Iterable[Posting], balances: Mapping[str, int], *, is_historical: bool
) -> dict[str, int]:
    """The balances after a batch, credit less debit; refused if anything in it does not fit."""
    postings = list(batch)
    after = dict(balances)
    for posting in postings:
        after[posting.debit] = after.get(posting.debit, 0) - posting.cents
        after[posting.credit] = after.get(posting.credit, 0) + posting.cents
    wrong = {
        f"{p.debit} from {p.credit} is not an allowed posting."
        for p in postings
        if not is_allowed(p, is_historical=is_historical)
    }
    require(
        unless(bool(postings), "There is nothing to post."),
        *sorted(wrong),
        unless(all(p.cents > 0 for p in postings), "An amount is a whole number of cents above 0."),
        unless(after.get(SUPPLEMENTAL, 0) >= 0, "The supplemental fund does not hold that much."),
    )
    return after


def award_batch(awards: Mapping[str, int], *, is_historical: bool) -> list[Posting]:
    """Accrual of a final run: each practice's award in cents, and where the money is from.

    In a replayed redistribution a cut goes to the base fees, and bonuses are taken out of them.
    """
    source = BASE_FEES if is_historical else SUPPLEMENTAL
    bonuses = {p: cents for p, cents in awards.items() if cents > 0}
    batch = [Posting(BONUS, practice_account(p), cents) for p, cents in bonuses.items()]
    if bonuses:
        batch.append(Posting(source, BONUS, sum(bonuses.values())))
    if is_historical:
        cuts = {p: -cents for p, cents in awards.items() if cents < 0}
        batch += [Posting(practice_account(p), BASE_FEES, cents) for p, cents in cuts.items()]
    return batch


def redistribution_index(changes: Iterable[int]) -> float | None:
    """What others lose for each cent that somebody gains; None where nobody gains or loses."""
    listed = list(changes)
    gained = sum(c for c in listed if c > 0)
    lost = -sum(c for c in listed if c < 0)
    if not gained:
        return float("inf") if lost else None
    return lost / gained


def _kind(account: str) -> str:
    return PRACTICE if account.startswith(PRACTICE) else account
