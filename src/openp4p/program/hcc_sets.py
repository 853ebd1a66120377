"""Condition categories as bits of two whole numbers, and what neighbouring ones mean together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

WIDTH = 7  # condition categories that are looked up together
SETS_OF_HALF = 9  # such sevens in one number of 63 bits
VALUES: int = 2**WIDTH  # the sets of seven neighbours
_HALF = WIDTH * SETS_OF_HALF
_DISABLED = ""  # the trait that no condition gives


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

    @property
    def chunks(self) -> int:
        """How many sevens hold the categories of the model."""
        return (len(self.hccs) + WIDTH - 1) // WIDTH

    @property
    def sets(self) -> int:
        """How many sets of neighbouring categories there are in all."""
        return self.chunks * VALUES

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
