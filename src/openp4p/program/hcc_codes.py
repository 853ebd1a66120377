"""The codes of the CMS-HCC model, and those that mean something else at an age or for a sex."""

from __future__ import annotations

from typing import Any

from openp4p.codes import code_list
from openp4p.program.hcc_sets import Bits, any_of

Rows = list[dict[str, Any]]

OLDEST = 150
# the ages of an edit: a range, and whether the edit is for those outside it
_AGES = {"any": (0, OLDEST, False), "lt18": (0, 17, False), "lt6_or_gt18": (6, 18, True)}


def codes_of(model: str, year: int, bits: Bits) -> dict[tuple[int, str], int]:
    """For each code of a year the bits of its one or two condition categories."""
    held: dict[tuple[int, str], int] = {}
    for r in code_list("hcc_codes"):
        in_force = int(r["payment_year_min"]) <= year <= int(r["payment_year_max"])
        if r["model"] == model and in_force:
            key = (int(r["icd_version"]), r["code"])
            held[key] = held.get(key, 0) | bits.of(int(r["hcc"]))
    return held


def code_rows(
    held: dict[tuple[int, str], int], edits: dict[tuple[int, str], int], bits: Bits
) -> Rows:
    """One row per code, with its categories and the bit of its edit."""
    return [
        {
            "icd_version": version,
            "code": code,
            **bits.split(mask),
            "edit": bits.split(edits.get((version, code), 0))["high"],
        }
        for (version, code), mask in held.items()
    ]


class Edits:
    """Codes that mean something else at an age or for a sex: a bit, and its two meanings, for each
    kind of them."""

    def __init__(self, model: str, bits: Bits, held: dict[int, dict[tuple[int, str], int]]) -> None:
        self.bit_of: dict[tuple[int, str], int] = {}
        self.rows: Rows = []
        kinds: dict[tuple[Any, ...], int] = {}
        for r in code_list("hcc_age_sex_edits"):
            since = int(r["payment_year_min"])
            if r["model"] != model or since > max(held):
                continue
            edited = bits.of(int(r["new_cc"])) if r["action"] == "set_cc" else 0
            for key in ((int(r["icd_version"]), code) for code in r["codes"].split("|")):
                plain = any_of(codes.get(key, 0) for codes in held.values())
                kind = (r["sex"], r["age_rule"], plain, edited)
                if plain and kind not in kinds:
                    kinds[kind] = bits.spare(len(kinds))
                    self.rows.append(self._row(kind, kinds[kind], bits))
                if plain:
                    self.bit_of[key] = kinds[kind]

    def _row(self, kind: tuple[Any, ...], bit: int, bits: Bits) -> dict[str, Any]:
        sex, ages, plain, edited = kind
        first, last, is_outside = _AGES[ages]
        within, otherwise = (plain, edited) if is_outside else (edited, plain)
        other = bits.split(otherwise)
        return {
            "slot": len(self.rows),
            "edit": bits.split(bit)["high"],
            "sex": None if sex == "any" else sex,
            "age_from": first,
            "age_to": last,
            **bits.split(within),
            "else_low": other["low"],
            "else_high": other["high"],
        }
