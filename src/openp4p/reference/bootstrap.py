"""Tiers on beneficiaries drawn again, read a second time in plain Python."""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from statistics import NormalDist

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row
from openp4p.reference.tiers import tier_of

PRIME = 2**31 - 1
Key = tuple[str, ...]
Case = tuple[int, float, float]  # a beneficiary's number, what was counted, what it is over
_STEP = 2**19
_CELLS = math.ceil(PRIME / _STEP)


def tier_counts(tables: dict[str, list[Row]], program: Program, draws: int) -> Counter[Key]:
    """How often (practice, quality tier, cost tier) came up over so many draws.

    `tables` are a run's: measure_cases, measure_rules, scores, domain_scores, raw_composites,
    composites, tiers.
    """
    composites = {(row["tin"], row["kind"]): row for row in tables["composites"]}
    measured = [row for row in tables["tiers"] if row["is_tiered"] and row["reason"] is None]
    world = _World(tables)
    found: Counter[Key] = Counter()
    for draw in range(1, draws + 1):
        moved = world.moved(draw)
        for row in measured:
            cell = []
            for kind in ("quality", "cost"):
                held = composites.get((row["tin"], kind))
                error = row[f"{kind}_standard_error"]
                cell.append(_drawn_tier(held, error, moved, kind, program))
            found[row["tin"], cell[0], cell[1]] += 1
    return found


def _drawn_tier(
    held: Row | None, error: float | None, moved: dict[Key, float], kind: str, program: Program
) -> str:
    if held is None:
        return tier_of(None, program)
    unit = held["tin"] if held["entity_id"] is None else held["entity_id"]
    deviation, composite = held["peer_sd"], 0.0
    if deviation and deviation > 0:
        composite = (held["raw"] + moved[unit, kind] - held["peer_mean"]) / deviation
    return tier_of({"composite": composite, "standard_error": error}, program)


class _World:
    """What each measure weighs and rests on, and how draws move raw composites."""

    def __init__(self, tables: dict[str, list[Row]]) -> None:
        rules = {row["measure"]: row for row in tables["measure_rules"]}
        self.people: dict[Key, list[Case]] = defaultdict(list)
        scored = {(s["tin"], s["measure"]) for s in tables["scores"] if s["is_scored"]}
        for case in tables["measure_cases"]:
            key = (case["tin"], case["measure"])
            if not case["included"] or case["beneficiary_id"] is None or key not in scored:
                continue
            if rules[case["measure"]]["form"] == "observed_over_expected":
                basis = case["expected"]
            elif rules[case["measure"]]["form"] == "proportion":
                basis = case["denominator"]
            else:
                continue
            self.people[key].append((_number(case["beneficiary_id"]), case["numerator"], basis))
        self.signs = {measure: row["sign"] for measure, row in rules.items()}
        self.shares = _shares(tables)
        self.units = [(row["tin"], row["kind"]) for row in tables["raw_composites"]]

    def moved(self, draw: int) -> dict[Key, float]:
        """How far the raw composite of each practice or ACO moves in one draw."""
        factor, offset = _number(f"factor {draw}") or 1, _number(f"offset {draw}")
        parts: dict[Key, list[float]] = defaultdict(list)
        rest: dict[Key, float] = defaultdict(float)
        for key, (row, share) in self.shares.items():
            unit = (row["tin"], row["kind"])
            if key not in self.people:
                rest[unit] += share * share * (row["score_variance"] or 0.0)
                continue
            now = _rate_over([(1, top, low) for _, top, low in self.people[key]])
            weights = [
                (_poisson(_mix(seed, factor, offset)), top, low)
                for seed, top, low in self.people[key]
            ]
            then = _rate_over(weights)
            if now and then is not None:
                rate = row["rate"] / now * then
                change = self.signs[key[1]] * (rate - row["rate"]) / row["benchmark_sd"]
                parts[unit].append(share * change)
        normal = NormalDist()
        found: dict[Key, float] = {}
        for unit in self.units:
            cell = _mix(_number("|".join(unit)), factor, offset) // _STEP
            deviate = normal.inv_cdf((cell + 0.5) / _CELLS)
            found[unit] = math.fsum(parts[unit]) + math.sqrt(rest[unit]) * deviate
        return found


def _shares(tables: dict[str, list[Row]]) -> dict[Key, tuple[Row, float]]:
    measures = {(r["tin"], r["kind"], r["domain"]): r["measures"] for r in tables["domain_scores"]}
    domains = {(r["tin"], r["kind"]): r["domains"] for r in tables["raw_composites"]}
    return {
        (row["tin"], row["measure"]): (
            row,
            1.0
            / (measures[row["tin"], row["kind"], row["domain"]] * domains[row["tin"], row["kind"]]),
        )
        for row in tables["scores"]
        if row["is_scored"]
    }


def _rate_over(rows: list[Case]) -> float | None:
    bottom = math.fsum(weight * low for weight, _, low in rows)
    return math.fsum(weight * top for weight, top, _ in rows) / bottom if bottom else None


def _number(text: str) -> int:
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big") % PRIME


def _mix(seed: int, factor: int, offset: int) -> int:
    line = (seed * factor + offset) % PRIME
    return line**5 % PRIME


def _poisson(number: int) -> int:
    """The number read as a probability, turned into a Poisson(1) count; at most 12."""
    count, below, chance = 0, math.exp(-1), math.exp(-1)
    while count < 12 and number >= math.floor(PRIME * below):
        count += 1
        chance /= count
        below += chance
    return count
