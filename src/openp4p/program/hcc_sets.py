"""Condition categories as bits of two whole numbers, and what neighbouring ones mean together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

WIDTH = 9  # condition categories that are looked up together
SETS_OF_HALF = 7  # such nines in one number of 63 bits
VALUES: int = 2**WIDTH  # the sets of nine neighbours
_HALF = WIDTH * SETS_OF_HALF
_DISABLED = ""  # the trait that no condition gives


def chunks_of(things: int) -> int:
    """How many nines hold so many things."""
    return (things + WIDTH - 1) // WIDTH


class Bits:
    """A bit for each condition category of a model, from the lowest number up."""

    def __init__(self, hccs: Iterable[int]) -> None:
        self.hccs = sorted(set(hccs))
        room = 2 * _HALF
        assert len(self.hccs) <= room, f"{len(self.hccs)} condition categories: {room} have room"
        self._of: dict[int, int] = {hcc: 1 << place for place, hcc in enumerate(self.hccs)}

    def of(self, hcc: int) -> int:
        """The bit of a condition category."""
        return self._of[hcc]

    def hccs_of(self, text: str) -> list[int]:
        """The condition categories of a list such as '17|18|19' that the model has."""
        return [int(hcc) for hcc in text.split("|") if int(hcc) in self._of]

    def spare(self, number: int) -> int:
        """A bit that no condition category has, by its number from 0 on."""
        place = len(self.hccs) + number
        assert place < 2 * _HALF, f"{len(self.hccs)} condition categories leave no bit for an edit"
        return 1 << place

    @property
    def chunks(self) -> int:
        """How many nines hold the categories of the model."""
        return chunks_of(len(self.hccs))

    @staticmethod
    def split(mask: int) -> dict[str, int]:
        """A number of many bits as the pair of numbers that tables hold."""
        return {"low": mask & ((1 << _HALF) - 1), "high": mask >> _HALF}


def thousandths(value: str) -> int:
    """A factor in thousandths, exactly: sums of them do not depend on their order."""
    scaled = Decimal(value) * 1000
    assert scaled == int(scaled), f"the factor {value} has more than three decimals"
    return int(scaled)


def traits_of(
    interactions: Iterable[Mapping[str, str]], groups: Iterable[Mapping[str, str]]
) -> dict[str, int]:
    """A bit for each group or condition that an interaction names, and one for disability."""
    named = {
        name
        for rule in interactions
        for name in (*rule["all_of"].split("&"), *rule["not_if_all_of"].split("&"))
        if name
    }
    known = {group["group_name"] for group in groups}
    unknown = {name for name in named if name not in known and not name.startswith("HCC")}
    assert not unknown, f"interactions name groups that are not there: {sorted(unknown)}"
    return {name: 1 << place for place, name in enumerate([_DISABLED, *sorted(named)])}


def interaction_sets(
    first: int, rules: Sequence[Mapping[str, Any] | None]
) -> Iterable[dict[str, Any]]:
    """Every set of neighbouring interactions of one segment, numbered from `first`.

    An interaction that the segment has no factor for adds nothing.
    """
    for chunk in range(chunks_of(len(rules))):
        terms = rules[chunk * WIDTH : (chunk + 1) * WIDTH]
        for value in range(2 ** len(terms)):
            held = [term for place, term in enumerate(terms) if term and value >> place & 1]
            yield {
                "set": first + chunk * VALUES + value,
                "hccs": "",
                "low_below": 0,
                "high_below": 0,
                "traits": 0,
                "thousandths": sum(term["thousandths"] for term in held),
                "terms": "".join(term["text"] for term in held),
            }


def factor_sets(
    first: int,
    bits: Bits,
    below: Mapping[int, int],
    traits: Mapping[int, int],
    factors: Mapping[str, Mapping[str, Any]],
) -> Iterable[dict[str, Any]]:
    """Every set of neighbouring condition categories of one segment, numbered from `first`."""
    for chunk in range(bits.chunks):
        hccs = bits.hccs[chunk * WIDTH : (chunk + 1) * WIDTH]
        for value in range(2 ** len(hccs)):
            held = [hcc for place, hcc in enumerate(hccs) if value >> place & 1]
            terms = [factors[f"HCC{hcc}"] for hcc in held if f"HCC{hcc}" in factors]
            removed = any_of(below[hcc] for hcc in held)
            split = bits.split(removed)
            yield {
                "set": first + chunk * VALUES + value,
                "hccs": "".join(f"{hcc}|" for hcc in held),
                "low_below": split["low"],
                "high_below": split["high"],
                "traits": any_of(traits[hcc] for hcc in held),
                "thousandths": sum(term["thousandths"] for term in terms),
                "terms": "".join(term["text"] for term in terms),
            }


def any_of(masks: Iterable[int]) -> int:
    """The bits that are set in any of the numbers."""
    found = 0
    for mask in masks:
        found |= mask
    return found
