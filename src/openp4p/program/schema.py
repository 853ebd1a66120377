"""JSON Schemas of the files of a program, so that an editor can check them as they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from openp4p.program.definition import Choice, MeasureRule, Program, Status
from openp4p.program.extension import CHANGEABLE, INHERITED
from openp4p.program.governance import leaves
from openp4p.program.measure_files import DATED, SHARED
from openp4p.program.topics import TOPICS

Schema = dict[str, Any]
EXTENSION = "extension"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_YEAR = "^[0-9]{4}$"
_TEXT: Schema = {"type": "string", "minLength": 1}
_STATUS: Schema = {"enum": list(get_args(Status))}
_GOVERNANCE = "governance"
_MODELS = {section: section.capitalize() for section in TOPICS.values()}
_GRID = "grid"  # the topic that holds one value of the section `payment`


def schemas(choices: tuple[Choice, ...]) -> dict[str, Schema]:
    """The schema of each file of a program's folder, and of a file that extends a program.

    `choices` is the register of the program whose files these are.
    """
    by_register = {choice.parameter for choice in choices}
    made = {"program": _program_file()}
    for topic, section in TOPICS.items():
        fields = _fields(section, by_register)
        if section == "payment":
            fields = {name: v for name, v in fields.items() if (name == _GRID) == (topic == _GRID)}
        entries = {name: _entry(value) for name, value in fields.items()}
        made[topic] = _file(f"{topic}.yaml of a program", entries, by_register)
    made["measures"] = _measures_file()
    made["choices"] = _choices_file()
    made[EXTENSION] = _extension_file(choices, by_register)
    return made


def _file(
    title: str, properties: Schema, by_register: set[str] | None = None, **more: object
) -> Schema:
    whole = Program.model_json_schema(mode="validation")
    definitions = {name: _open(name, part, by_register) for name, part in whole["$defs"].items()}
    made = {
        "$schema": _DIALECT,
        "title": title,
        **_mapping(properties, **more),
        "$defs": definitions,
    }
    used = set(_references(properties, definitions)) | set(_references(more, definitions))
    made["$defs"] = {name: part for name, part in definitions.items() if name in used}
    return made


def _open(name: str, part: Schema, by_register: set[str] | None) -> Schema:
    """A definition that does not ask for what the register sets."""
    chosen = {parameter.rpartition(".")[2] for parameter in by_register or ()}
    inside = {p.split(".")[1].replace("_", "") for p in by_register or () if p.count(".") > 1}
    if name.lower() not in inside:
        return part
    kept = [key for key in part.get("required", ()) if key not in chosen]
    return {
        **part,
        "required": kept,
        "properties": {k: v for k, v in part["properties"].items() if k not in chosen},
    }


def _references(part: object, definitions: Mapping[str, Schema]) -> set[str]:
    """Every definition that a part leads to."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            name = str(item.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                waiting.append(definitions[name])
            waiting += item.values()
        elif isinstance(item, list | tuple):
            waiting += item
    return found


def _mapping(properties: Schema, **more: object) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties, **more}


def _value(value: Schema, **more: object) -> Schema:
    """What a value is, where it comes from and how far it can be trusted."""
    properties = {"value": value, "cite": _TEXT, "status": _STATUS, "note": {"type": "string"}}
    return _mapping(properties, **more)


def _by_year(value: Schema) -> Schema:
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "patternProperties": {_YEAR: value},
    }


def _entry(value: Schema) -> Schema:
    dated = _value(value, required=["value", "cite", "status"])
    properties = {"description": _TEXT, "unit": _TEXT, "values": _by_year(dated)}
    return _mapping(properties, required=list(properties))


def _fields(section: str, by_register: set[str]) -> Schema:
    whole = Program.model_json_schema(mode="validation")["$defs"]
    properties = whole[_MODELS[section]]["properties"]
    if section == _GOVERNANCE:
        properties = {name: _at(whole, properties, name) for name in leaves()}
    lists = {"primary_care_codes"}  # a CSV file of its own
    return {
        name: _untitled(value)
        for name, value in properties.items()
        if f"{section}.{name}" not in by_register and name not in lists
    }


def _at(definitions: Schema, properties: Schema, name: str) -> Schema:
    """The schema of a field of the governance, such as review.window_days."""
    outer, _, inner = name.partition(".")
    found: Schema = properties[outer]
    if not inner:
        return found
    part: Schema = definitions[found["$ref"].rpartition("/")[2]]["properties"][inner]
    return part


def _untitled(value: Schema) -> Schema:
    return {key: part for key, part in value.items() if key not in ("title", "default")}


def _program_file() -> Schema:
    year: Schema = {"type": "integer"}
    properties = {
        "id": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "extends": _TEXT,
        "payment_years": {"type": "array", "items": year, "minItems": 1},
        "performance_year": _entry(year),
    }
    own = [{"required": ["performance_year"]}, {"required": ["extends"]}]
    needed = ["id", "title", "description", "payment_years"]
    return _file("program.yaml of a program", properties, required=needed, anyOf=own)


def _measures_file() -> Schema:
    fields = MeasureRule.model_json_schema()["properties"]
    shared = {name: _untitled(fields[name]) for name in SHARED}
    numbers = {name: _untitled(fields[name]) for name in DATED}
    about = {"cite": _TEXT, "status": _STATUS, "note": {"type": "string"}}
    dated = _mapping({**numbers, **about}, required=["minimum_cases", "cite", "status"])
    each = {**shared, "values": _by_year(dated)}
    named = {"type": "object", "additionalProperties": _TEXT}
    one = _mapping({"name": _TEXT, **each}, required=["name", "values"])
    properties = {
        "claims": {"type": "object", "additionalProperties": one},
        "survey": _mapping({**each, "measures": named}),
        "reported": _mapping(each),
    }
    return _file("measures.yaml of a program", properties)


def _choices_file() -> Schema:
    option = _mapping(
        {"id": _TEXT, "description": _TEXT, "available": {"type": "boolean"}},
        required=["id", "description"],
    )
    properties = {
        "parameter": _TEXT,
        "description": _TEXT,
        "reason": _TEXT,
        "default": {"type": ["string", "number"]},
        "since": {"type": "integer"},
        "overlaps": {"type": "string"},
        "options": {"type": "array", "items": option, "minItems": 1},
    }
    needed = [key for key in properties if key not in ("since", "overlaps")]
    one = _mapping(properties, required=needed)
    return _file(
        "choices.yaml of a program", {"choices": {"type": "object", "additionalProperties": one}}
    )


def _extension_file(choices: tuple[Choice, ...], by_register: set[str]) -> Schema:
    values: Schema = {"performance_year": _change({"type": "integer"})}
    parts: Schema = {}
    for section in dict.fromkeys(TOPICS.values()):
        for name, value in _fields(section, by_register).items():
            values[f"{section}.{name}"] = _change(value)
            if "additionalProperties" in value:
                pattern = rf"^{section}\.{name}\..+$"
                parts[pattern] = _change(value["additionalProperties"])
            elif "$ref" in value:
                parts[rf"^{section}\.{name}\.[a-z_]+$"] = _change({})
    fields = MeasureRule.model_json_schema()["properties"]
    for name in CHANGEABLE:
        parts[rf"^measures\.[^.]+\.{name}$"] = _change(_untitled(fields[name]))
    properties = {
        "id": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "extends": _TEXT,
        "governance": {"const": INHERITED},
        "changes": _mapping(values, patternProperties=parts),
        "choices": _mapping({choice.id: _chosen(choice) for choice in choices}),
    }
    return _file("a program that extends another", properties, by_register, required=["extends"])


def _change(value: Schema) -> Schema:
    return _value(value, required=["value", "cite"])


def _chosen(choice: Choice) -> Schema:
    ids = [option.id for option in choice.options if option.available]
    numbers = [int(id_) for id_ in ids if id_.isdigit()]  # YAML reads 20 as a number
    return {"description": choice.description, "enum": [*ids, *numbers]}
