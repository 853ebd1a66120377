"""The register of defaults: complete, honest about what can be chosen, and what is chosen acts."""

# ruff: noqa: E501  # tables and messages are read on one line

from __future__ import annotations

import pytest

from openp4p.program.library import load_program
from tests.unit.program.program_folders import mistakes

YEAR = "medicare_value_modifier/2017"


def register(year=2017):
    return {c.id: c for c in load_program("medicare_value_modifier", year).choices}


def test_every_default_of_rules_and_measures_is_registered_with_its_reason():
    expected = {f"D{n}" for n in range(1, 39)} | {"D15b"} | {f"M{n}" for n in range(1, 43)}
    assert set(register()) == expected
    for choice in register().values():
        assert choice.description
        assert choice.reason
        assert len({option.id for option in choice.options}) == len(choice.options)


def test_every_choice_but_one_has_an_alternative():
    alone = {id_ for id_, choice in register().items() if len(choice.options) == 1}
    assert alone == {"M35"}  # no alternative to the new-enrollee score is known


def test_those_of_measures_that_come_later_are_marked():
    later = {id_ for id_, choice in register().items() if not choice.is_used}
    assert later == {"M1", "M9", "M21", "M24", "M25", "M26", "M29", "M33", "M37"}
    for id_ in later:
        assert not any(option.available for option in register()[id_].options[1:])


def test_a_measure_default_names_the_rule_default_that_asks_the_same():
    found = {id_: c.overlaps for id_, c in register().items() if c.overlaps}
    assert found == {
        "M9": "D24", "M21": "D17", "M24": "D14", "M25": "D15",
        "M26": "D18", "M29": "D23", "M33": "D19", "M37": "D19",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"D12": "bootstrap"}, "'bootstrap' is not computed by this version. Allowed: delta, none"),
        ({"D28": "allowed_dollars"}, "'allowed_dollars' is not computed by this version"),
        ({"D25": "pass_through_rate"}, "'pass_through_rate' is not computed by this version"),
        ({"M9": "none"}, "is the same question as D24. Choose D24 instead"),
        ({"D3": "earliest"}, "'earliest' is not an option. Allowed: latest_service, earliest_service, seeded. Did you mean 'earliest_service'"),
        ({"D99": "a"}, "there is no such choice. Allowed: D1 ... M42. Did you mean 'D9'"),
    ],
)  # fmt: skip
def test_what_cannot_be_chosen_is_told(choice, told):
    (found,) = mistakes(YEAR, choice)
    assert found[0] == "command line"
    assert told in found[1]


def test_the_question_of_pioneer_practices_opens_in_2017():
    assert mistakes("medicare_value_modifier/2016", {"D38": "ordinary"})[0][1] == (
        "choices.D38: is open from payment year 2017 only."
    )
    chosen = load_program(YEAR, choices={"D38": "ordinary"})
    assert chosen.applicability.model_handling["pioneer"] == "ordinary"
    assert not register(2016)["D38"].is_used


@pytest.mark.parametrize(
    ("id_", "option"),
    [(c.id, o.id) for c in register().values() if c.is_used for o in c.options if o.available],
)
def test_an_option_that_can_be_chosen_becomes_the_value(id_, option):
    chosen = load_program(YEAR, choices={id_: option})
    value: object = chosen
    for part in register()[id_].parameter.split("."):
        value = value[part] if part == "pioneer" else getattr(value, part)
    assert str(value) == option
    assert {c.id: c.chosen for c in chosen.choices}[id_] == option
    assert chosen.citation(register()[id_].parameter).source.startswith(f"Choice {id_}: ")
