"""The state of everything under review, from nothing but the events of the trail (C2.6, 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Event = Mapping[str, Any]  # type, object, at, payload
State = dict[str, dict[str, object]]


def replayed(events: Iterable[Event]) -> State:
    """Object by object what its events left it at."""
    state: State = {}
    for event in events:
        apply(state, event)
    return state


def apply(state: State, event: Event) -> None:
    """Let one event change the state; what a state needs stands in the payload under `sets`."""
    held = state.setdefault(str(event["object"]), {})
    held.update(event["payload"].get("sets", {}))
    for other, sets in event["payload"].get("others", {}).items():
        state.setdefault(other, {}).update(sets)


def differences(replay: State, stored: Mapping[str, Mapping[str, object]]) -> list[str]:
    """Which objects stand otherwise than their events say."""
    return sorted(
        name
        for name, held in stored.items()
        if {key: replay.get(name, {}).get(key) for key in held} != dict(held)
    )
