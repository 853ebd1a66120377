"""A program cannot be changed once it is loaded, and goes to JSON and back as it is."""

from __future__ import annotations

import json

import pytest
from pydantic import BaseModel, ValidationError

from openp4p.program.definition import Program
from openp4p.program.library import load_program, programs, resolved

PROGRAM = load_program("medicare_value_modifier/2017")


def parts(model: BaseModel, path: str = "program"):
    """Every model inside a model, by path."""
    yield path, model
    for name in type(model).model_fields:
        value = getattr(model, name)
        inside = value if isinstance(value, tuple) else (value,)
        for number, item in enumerate(inside[:3]):
            if isinstance(item, BaseModel):
                yield from parts(item, f"{path}.{name}[{number}]")


def test_no_value_of_any_part_can_be_set():
    found = dict(parts(PROGRAM))
    assert len(found) > 20
    for path, model in found.items():
        name = next(iter(type(model).model_fields))
        with pytest.raises(ValidationError, match="frozen"):
            setattr(model, name, getattr(model, name))
        assert path


@pytest.mark.parametrize(
    "mapping",
    [
        PROGRAM.payment.automatic_percent,
        PROGRAM.applicability.model_handling,
        PROGRAM.composites.quality_domains,
        PROGRAM.composites.cost_domains,
        PROGRAM.citations,
    ],
)
def test_no_entry_of_a_mapping_can_be_set(mapping):
    with pytest.raises(TypeError, match="does not support item assignment"):
        mapping[next(iter(mapping))] = 0


def test_no_list_can_be_added_to():
    lists = [
        (path, name)
        for path, model in parts(PROGRAM)
        for name in type(model).model_fields
        if isinstance(getattr(model, name), list | set | dict)
    ]
    assert lists == []


@pytest.mark.parametrize("reference", programs())
def test_a_program_survives_its_json(reference):
    program = load_program(reference)
    again = Program.model_validate(json.loads(json.dumps(resolved(program))))
    assert again == program
    assert json.dumps(resolved(again)) == json.dumps(resolved(program))


def test_the_resolved_program_does_not_depend_on_the_order_of_sets():
    said = resolved(PROGRAM)
    assert said["attribution"]["primary_care_codes"] == sorted(
        PROGRAM.attribution.primary_care_codes
    )
    assert said["fee_schedule_codes"] == sorted(PROGRAM.fee_schedule_codes)
