"""A mistake found in another process reads as one found in this."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from openp4p.errors import InputError, OpenP4PError, Problem, ProblemsError, UsageError

RAISED = [
    UsageError("Too little memory.", remedy="Give more.", code="memory-limit"),
    InputError([Problem("a.csv", "row 2", "is empty"), Problem("b.csv", "x", "y")], code="input"),
]


def _every_kind(kind=OpenP4PError):
    return {kind}.union(*map(_every_kind, kind.__subclasses__()))


@pytest.mark.parametrize("kind", sorted(_every_kind(), key=lambda kind: kind.__name__))
def test_each_kind_of_mistake_survives_the_way_between_processes(kind):
    told = [Problem("a.csv", "row 2", "is empty", "a date", "Fill it.")]
    one = kind(told if issubclass(kind, ProblemsError) else "That is wrong.", code="some-code")
    other = pickle.loads(pickle.dumps(one))
    assert (type(other), str(other), vars(other)) == (kind, str(one), vars(one))


def test_what_a_worker_raises_is_what_the_caller_catches():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for number, one in enumerate(RAISED):
            with pytest.raises(type(one)) as caught:
                pool.submit(_fails, number).result()
            assert vars(caught.value)["code"] == one.code
            assert str(caught.value) == str(one)


def _fails(number):
    raise RAISED[number]
