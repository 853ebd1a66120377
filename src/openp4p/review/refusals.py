"""Why something may not be done now: every reason at once, in words for the person who asked."""

from __future__ import annotations

from collections.abc import Sequence


class RefusedError(Exception):
    """What was asked is against the rules of the review; nothing was changed."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(" ".join(self.reasons))


def require(*reasons: str | None) -> None:
    """Refuse with every reason there is; None stands for a condition that holds."""
    found = [reason for reason in reasons if reason]
    if found:
        raise RefusedError(found)


def unless(holds: bool, reason: str) -> str | None:  # reads as a sentence
    """The reason, unless the condition holds."""
    return None if holds else reason
