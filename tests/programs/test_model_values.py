"""The values of the model program: a second copy, written from its description and not its files.

What is not named here is the Value Modifier's of the same year: measures, attribution and patients
are the same, so that differences come from design alone.
"""

from __future__ import annotations

import pytest

from openp4p.program.library import load_program

YEARS = (2015, 2016, 2017, 2018)
EVERYBODY = ("mssp", "pioneer", "cpc", "next_generation", "cec", "ocm")
AWARD = {
    "estimate": "posterior_mean",
    "threshold_low": 0.10,
    "threshold_high": 0.90,
    "benchmark_years_before": 2,
    "improvement_share": 0.9,
    "pooled_below_reliability": 0.70,
    "fewest_practices": 10,
    "no_differences_above": 1_000_000,
    "quality_weight": 1.0,
    "top_risk_quantile": 0.75,
    "top_risk_weight": 0.5,
    "dual_weight": 0.25,
    "history_months": 12,
    "label_probability": 0.80,
}
APPLICABILITY = {
    "minimum_group_size": 1,
    "requires_physician": False,
    "requires_size_on_both": False,
    "size_classes": [
        {"id": "1-9", "minimum": 1, "maximum": 9, "composition": "any"},
        {"id": "10+", "minimum": 10, "maximum": None, "composition": "any"},
    ],
    "model_handling": dict.fromkeys(EVERYBODY, "ordinary"),
}
PAYMENT = {
    "automatic_percent": {},
    "published_factor": None,
    "grid": [],
    "high_risk": {
        "percentile": 0.75,
        "multiple": 0.0,
        "mechanisms": [],
        "population": "attributed",
    },
}
STATED = {
    "applicability": APPLICABILITY,
    "payment": PAYMENT,
    "cost": {"specialty_adjustment": True},
}


def sections(reference: str) -> dict:
    return load_program(reference).model_dump(mode="json")


@pytest.mark.parametrize("year", YEARS)
def test_the_award_is_the_one_described(year):
    assert sections(f"vms_model/{year}")["award"] == AWARD


@pytest.mark.parametrize("year", YEARS)
def test_what_the_model_states_is_in_force_and_all_else_is_the_value_modifiers(year):
    model, base = (sections(f"{p}/{year}") for p in ("vms_model", "medicare_value_modifier"))
    own = {"id", "title", "extends", "award", "governance", "citations", "choices"}
    for name in base.keys() - own:
        stated = STATED.get(name, {})
        expected = {**base[name], **stated} if stated else base[name]
        assert model[name] == expected, name


@pytest.mark.parametrize("year", YEARS)
def test_no_choice_stays_open_about_a_part_of_what_the_model_states(year):
    """The Value Modifier leaves open what becomes of Pioneer ACOs; here they may enrol."""
    model, base = (load_program(f"{p}/{year}") for p in ("vms_model", "medicare_value_modifier"))
    open_ = {choice.id for choice in base.choices} - {choice.id for choice in model.choices}
    assert open_ == {"D38"}


@pytest.mark.parametrize("year", YEARS)
def test_its_own_values_are_called_defaults_and_nothing_is_called_a_rule_of_cms(year):
    model = load_program(f"vms_model/{year}")
    for section, values in {**STATED, "award": AWARD}.items():
        for name in values:
            said = model.citation(f"{section}.{name}")
            assert said.source.startswith(("Model program", "Adams, RAND")), name
            assert said.status == ("verified" if said.source.startswith("Adams") else "default")
