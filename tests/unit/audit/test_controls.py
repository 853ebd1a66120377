"""Chains that were tampered with, windows that move, tables an attacker works on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from openp4p.audit.controls.chain import chained, first_broken, merkle_root, payload_sha256
from openp4p.audit.controls.clocks import deadline, federal_holidays
from openp4p.audit.controls.suppression import attacker_interval, hidden_cells, with_margins

EVENTS = chained(
    {"actor": "u:1", "at": f"2026-03-0{day}T09:00:00Z", "object": "run:1", "type": "opened",
     "payload_sha256": payload_sha256({"day": day})}
    for day in range(1, 6)
)  # fmt: skip


@pytest.mark.parametrize("member", ["actor", "at", "object", "type", "payload_sha256", "prev"])
def test_a_changed_member_breaks_the_chain_there(member):
    changed = [dict(one) for one in EVENTS]
    changed[2][member] = "2026-03-03T09:00:01Z" if member == "at" else "0" * 64
    assert first_broken(EVENTS) is None
    assert first_broken(changed) == 3


def test_a_removed_event_is_found_and_a_cut_tail_only_by_its_root():
    assert first_broken([*EVENTS[:2], *EVENTS[3:]]) == 3
    assert first_broken(EVENTS[:4]) is None
    assert merkle_root(EVENTS[:4]) != merkle_root(EVENTS)


def test_new_years_day_on_a_saturday_is_observed_the_year_before():
    assert date(2021, 12, 31) in federal_holidays(2021)
    assert date(2022, 1, 1) not in federal_holidays(2022)


def test_a_midnight_that_does_not_exist_is_the_first_instant_that_does():
    """In Santiago clocks went from 24:00 on 7 September 2024 to 1:00."""
    event = datetime(2024, 9, 6, 15, tzinfo=UTC)
    found = deadline(event, 1, ZoneInfo("America/Santiago"), (), of_practice=False)
    assert found.last_day == date(2024, 9, 7)
    assert found.ends == datetime(2024, 9, 8, 4, tzinfo=UTC)


def is_safe(full, hidden):
    for cell in np.argwhere((full > 0) & (full < 11)):
        found = attacker_interval(full, hidden, tuple(cell))
        if found.high < 11 - 1e-6 or found.high - found.low < 10 - 1e-6:
            return False
    return True


@pytest.mark.parametrize("seed", range(6))
def test_no_cheaper_set_of_cells_would_do(seed):
    """Against every set of cells of a small table, margins published."""
    cells = np.random.default_rng(seed).choice([0, 3, 8, 15, 30, 60], (3, 3))
    full, found = with_margins(cells), hidden_cells(cells)
    small = (full > 0) & (full < 11)
    if small[-1].any() or small[:, -1].any():
        assert found is None or is_safe(full, found)
        return
    weights = []
    for chosen in product([False, True], repeat=cells.size):
        hidden = np.zeros(full.shape, dtype=bool)
        hidden[:3, :3] = np.array(chosen).reshape(3, 3)
        if (hidden | ~small).all() and is_safe(full, hidden):
            weights.append((full + 1)[hidden].sum())
    if weights:
        assert is_safe(full, found)
        assert (full + 1)[found].sum() == min(weights)
