"""Every measure that is computed makes cases, and an installed package can add one."""

from __future__ import annotations

import inspect

import pytest

from openp4p.engine.stage import Stage
from openp4p.measures import registry
from openp4p.measures.cases import CASES, CASES_KEY
from openp4p.measures.risk_adjustment import solved


def test_every_measure_makes_cases():
    for measure in registry.measures():
        assert dict(measure.cases.columns) == CASES
        assert measure.cases.key == CASES_KEY


def test_each_step_takes_only_what_comes_before_it():
    """A table of our own is made before a stage asks for it, by this measure or an earlier one."""
    own = {step.name for measure in registry.measures() for step in measure.steps}
    made = set()
    for measure in registry.measures():
        for step in (*measure.steps, measure.cases):
            asked = (
                set(inspect.signature(step.function).parameters)
                if isinstance(step, Stage)
                else {step.source, *step.others}
            )
            assert asked & own <= made, step.name
            made.add(step.name)


def test_an_installed_package_can_add_a_measure(monkeypatch):
    added = registry.measures()[-1]

    class Entry:
        name = "more"

        @staticmethod
        def load():
            return added

    def listed(group: str) -> tuple[type[Entry], ...]:
        assert group == "openp4p.measures"
        return (Entry,)

    before = registry.measures()
    monkeypatch.setattr(registry, "entry_points", listed)
    assert registry.measures() == (*before, added)


def sums(*rows: tuple[float, ...]) -> list[dict]:
    """X'X and X'y of people given as score, ESRD and cost."""
    terms = [(1.0, h, h * h, e, y) for h, e, y in rows]
    return [
        {
            "measure": "m",
            "row": r,
            "column": c,
            "value": sum(t[r] * t[c] for t in terms),
        }
        for r in range(4)
        for c in range(5)
    ]


def coefficients(*rows: tuple[float, ...]) -> list[float | None]:
    return [None if row["is_dropped"] else row["coefficient"] for row in solved(sums(*rows))]


def test_a_fit_through_all_points_is_exact():
    """cost = 3 + 2 score - score squared + 100 ESRD."""
    people = [(h, e, 3 + 2 * h - h * h + 100 * e) for h in (0.0, 1.0, 2.0, 3.0) for e in (0.0, 1.0)]
    assert coefficients(*people) == [3.0, 2.0, -1.0, 100.0]


def test_terms_that_cannot_be_told_apart_are_dropped_in_order():
    assert coefficients((1.0, 0.0, 10.0), (1.0, 0.0, 20.0)) == [15.0, None, None, None]
    one, other, *rest = coefficients((0.1, 1.0, 10.0), (0.3, 0.0, 20.0))
    assert rest == [None, None]
    assert (one, other) == (pytest.approx(5.0), pytest.approx(50.0))


def test_nobody_gives_no_model():
    assert solved([]) == []
