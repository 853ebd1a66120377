"""The two loops of every property: an engine beside the reference, under each of some programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given

from openp4p.engine.stage import Stage
from openp4p.program.definition import Program
from tests.conftest import ENGINES
from tests.properties.contested import seeds, thoroughly
from tests.solving import REFERENCE, assert_same_rows, solve

Property = Callable[[str, Program, int], None]


def same(engine_name: str, stage: Stage, program: Program, **inputs: object) -> list[dict]:
    """The rows of a stage, the same from the engine and from the reference."""
    found = solve(engine_name, stage, program, **inputs)
    assert_same_rows(found, solve(REFERENCE, stage, program, **inputs))
    return found


def sampled(
    programs: Sequence[Program], examples: Mapping[str, int]
) -> Callable[[Property], Callable[[str, Program], None]]:
    """A property of (engine, program, seed) on every engine and program, with so many seeds."""
    on_every_engine = pytest.mark.parametrize("engine_name", ENGINES)
    on_every_program = pytest.mark.parametrize("program", programs, ids=range(len(programs)))

    def of(test: Property) -> Callable[[str, Program], None]:
        def run(engine_name: str, program: Program) -> None:
            @thoroughly(examples[engine_name])
            @given(seeds)
            def drawn(seed: int) -> None:
                test(engine_name, program, seed)

            drawn()

        run.__name__, run.__doc__ = test.__name__, test.__doc__
        return on_every_engine(on_every_program(run))

    return of
