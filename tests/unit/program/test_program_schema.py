"""The JSON Schemas that editors read: our own files fit them, and a typo does not."""

from __future__ import annotations

import copy

import pytest
import yaml
from jsonschema import Draft202012Validator

from openp4p.cli.program_page import template_text
from openp4p.program.library import load_program
from openp4p.program.schema import EXTENSION, schemas
from tests.unit.program.program_folders import SHIPPED
from tests.unit.program.test_program_extension import MINE

PROGRAM = load_program("medicare_value_modifier/2017")
SCHEMAS = schemas(PROGRAM.choices)
FILES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
MODEL = SHIPPED.with_name("vms_model")


def keyed(value):
    """A YAML document as JSON has it: every key a text."""
    if isinstance(value, dict):
        return {str(key): keyed(item) for key, item in value.items()}
    return [keyed(item) for item in value] if isinstance(value, list) else value


def findings(name, document):
    return [
        error.message for error in Draft202012Validator(SCHEMAS[name]).iter_errors(keyed(document))
    ]


def document(name):
    return yaml.safe_load((SHIPPED / f"{name}.yaml").read_text(encoding="utf-8"))


def schema_of(file):
    return file if file in SCHEMAS else EXTENSION


def test_there_is_a_schema_for_every_file_of_a_program():
    of_awards = {path.stem for path in MODEL.glob("*.yaml")}
    assert set(SCHEMAS) == {file for file in FILES if "-" not in file} | of_awards | {EXTENSION}


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_one(name):
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("file", FILES)
def test_our_own_files_fit(file):
    assert findings(schema_of(file), document(file)) == []


@pytest.mark.parametrize("path", sorted(MODEL.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_folder_that_extends_a_program_fits(path):
    assert findings(path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("review.window_days", -1),
        ("review.window_days", "many"),
        ("purpose.primary", "profit"),
        ("variance.quality_weight_covered", {"at_least": 0.5}),
        ("variance.quality_weight_covered", 1.5),
        ("contract.judgment_first", "perhaps"),
        ("review.provides", ["patients"]),
    ],
)
def test_a_value_of_the_governance_that_is_not_allowed_does_not_fit(entry, value):
    said = document("governance")
    said[entry]["values"][2015]["value"] = value
    assert findings("governance", said) != []


@pytest.mark.parametrize("file", FILES)
def test_an_unknown_key_does_not_fit(file):
    assert findings(schema_of(file), {**document(file), "typo": {}}) != []


@pytest.mark.parametrize("file", ["tiering", "payment", "grid", "cost", "quality", "applicability"])
def test_a_typo_deep_in_a_topic_does_not_fit(file):
    said = document(file)
    for entry in said:
        broken = copy.deepcopy(said)
        year, value = broken[entry]["values"].popitem()
        broken[entry]["values"][year] = {**value, "cites": "x"}
        assert findings(file, broken) != []
        broken[entry]["values"] = {"soon": value}
        assert findings(file, broken) != []


@pytest.mark.parametrize(
    ("file", "entry", "year", "value"),
    [
        ("tiering", "significance", 2015, 2),
        ("quality", "benchmark_period", 2015, "last_year"),
        ("applicability", "adjusted_classes", 2015, ["physican"]),
        ("applicability", "model_handling", 2015, {"mssp": "in"}),
        ("payment", "high_risk", 2015, {"percentil": 0.75, "multiple": 1, "mechanisms": []}),
        ("payment", "automatic_percent", 2015, {"100+": -1.5}),
        ("grid", "grid", 2015, [{"size_class": "1", "quality": "good", "cost": "low"}]),
    ],
)
def test_a_value_that_is_not_allowed_does_not_fit(file, entry, year, value):
    said = document(file)
    said[entry]["values"][year]["value"] = value
    assert findings(file, said) != []


def test_a_program_of_ones_own_fits_and_so_does_the_template():
    assert findings(EXTENSION, yaml.safe_load(MINE)) == []
    assert (
        findings(EXTENSION, yaml.safe_load(template_text("medicare_value_modifier/2017", PROGRAM)))
        == []
    )


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "x"},
        {"extends": "a/2017", "change": {}},
        {"extends": "a/2017", "changes": {"tiering.standard_deviation": {"value": 1, "cite": "c"}}},
        {"extends": "a/2017", "changes": {"tiering.standard_deviations": {"value": 1}}},
        {
            "extends": "a/2017",
            "changes": {"tiering.standard_deviations": {"value": "far", "cite": "c"}},
        },
        {
            "extends": "a/2017",
            "changes": {"attribution.tie_break": {"value": "seeded", "cite": "c"}},
        },
        {"extends": "a/2017", "choices": {"D3": "earlier_service"}},
        {"extends": "a/2017", "choices": {"D12": "bootstrap"}},
        {"extends": "a/2017", "choices": {"D77": "x"}},
        {"extends": "a/2017", "governance": "ours"},
        {
            "extends": "a/2017",
            "changes": {"governance.review.window": {"value": 60, "cite": "c"}},
        },
    ],
)
def test_a_mistake_in_a_program_of_ones_own_does_not_fit(broken):
    assert findings(EXTENSION, broken) != []
