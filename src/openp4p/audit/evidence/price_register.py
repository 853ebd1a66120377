"""C12.4: services whose price is conspicuously high, by code, setting and who bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from openp4p.audit.evidence.judging import holds
from openp4p.audit.evidence.numbers import rounded
from openp4p.audit.evidence.record import (
    FAILS,
    MEETS,
    NOT_ASSESSABLE,
    PARTLY,
    Evidence,
    Finding,
    Verdict,
)
from openp4p.audit.thresholds import threshold

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Billed:
    """What one provider was paid for one code in one setting by one payer, and what it would be
    at standard prices."""

    payer: str
    code: str
    setting: str
    provider: str
    claims: int
    actual: Decimal
    standard: Decimal
    is_goods: bool = False


@dataclass(frozen=True)
class Entry:
    """A conspicuously high price, and what it costs more than elsewhere."""

    billed: Billed
    ratio: float
    z: float
    excess_dollars: Decimal


def price_register(billed: Iterable[Billed]) -> list[Entry]:
    """Entries of one register (one payer, or across payers where the rows are added up).

    A price is its actual over standard dollars, over the same of all providers of the code and
    setting; it must be high by ratio and far out by the median. Codes of few providers are left
    out, since they have no usual price.
    """
    cells: dict[tuple[str, str], list[Billed]] = defaultdict(list)
    for row in billed:
        if row.standard > 0 and row.actual > 0:
            cells[row.code, row.setting].append(row)
    entries = [entry for rows in cells.values() for entry in _of_cell(rows)]
    return sorted(entries, key=lambda one: (-one.excess_dollars, one.billed.code,
                                            one.billed.setting, one.billed.provider))  # fmt: skip


def register_finding(payers: set[str], registers: set[tuple[str, bool]]) -> Finding:
    """P16.3: whether each payer whose claims are held has a register of goods and one of services.

    `registers` holds (payer, is for goods) of every register that was made, empty ones too.
    """
    wanted = {(payer, goods) for payer in payers for goods in (True, False)}
    made = len(wanted & registers)
    verdict: Verdict = NOT_ASSESSABLE
    if wanted:
        verdict = holds(made == len(wanted)) if made in (0, len(wanted)) else PARTLY
    assert verdict in (MEETS, PARTLY, FAILS, NOT_ASSESSABLE)
    return Finding(
        Evidence(
            subcheck="P16.3",
            kind="a",
            verdict=verdict,
            statistic="registers made, of one for goods and one for services a payer",
            value=made / len(wanted) if wanted else None,
            threshold="all meets; some partly; none fails",
            n_units=len(payers),
            na_reason="" if wanted else "no claims are held",
        )
    )


def _of_cell(rows: list[Billed]) -> list[Entry]:
    if len({row.provider for row in rows}) < threshold("prices.fewest_providers"):
        return []
    usual = sum((row.actual for row in rows), Decimal(0)) / sum(
        (row.standard for row in rows), Decimal(0)
    )
    ratios = np.array([float(row.actual / row.standard / usual) for row in rows])
    logs = np.log(ratios)
    middle = np.median(logs)
    spread = threshold("prices.mad_to_deviation") * float(np.median(np.abs(logs - middle)))
    far = (logs - middle) / max(spread, float(np.log(threshold("prices.least_spread"))))
    return [
        Entry(row, float(ratio), float(z), (row.actual - usual * row.standard).quantize(_CENT))
        for row, ratio, z in zip(rows, ratios, far, strict=True)
        if row.claims >= threshold("prices.register_claims")
        and row.actual >= threshold("prices.register_dollars")
        and rounded(float(ratio)) >= threshold("prices.register_ratio")
        and rounded(float(z)) >= threshold("prices.register_z")
    ]  # fmt: skip
