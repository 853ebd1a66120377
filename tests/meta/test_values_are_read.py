"""Every value of a program's definition is read by something that computes with it."""

from __future__ import annotations

import ast

import pytest

from openp4p.program.definition import (
    Choice,
    Citation,
    GridCell,
    HighRisk,
    MeasureRule,
    Program,
    SizeClass,
    Specialty,
)
from openp4p.program.library import load_program
from tests.meta.files import PACKAGE, name

SECTIONS = {
    field: Program.model_fields[field].annotation
    for field in Program.model_fields
    if hasattr(Program.model_fields[field].annotation, "model_fields")
}
# the parts of a list are read as columns of a rule table, or by name where they are printed
PARTS = {
    "size_classes": SizeClass,
    "grid": GridCell,
    "high_risk": HighRisk,
    "measures": MeasureRule,
    "specialties": Specialty,
    "choices": Choice,
    "citations": Citation,
}
# the rules as tables, which stages read: the readers inside the package of definitions
TABLES = [PACKAGE / "program" / "tables.py", *sorted((PACKAGE / "program").glob("*_tables.py"))]


def readers():
    """The modules that may use a value: all but those that define and load it."""
    outside = [p for p in PACKAGE.rglob("*.py") if PACKAGE / "program" not in p.parents]
    return [*sorted(outside), *TABLES]


def reads(source: str) -> set[tuple[str, str]]:
    """(section, field) of every value read: `program.tiering.rule`, or by another name for it."""
    tree = ast.parse(source)
    known = {model.__name__: section for section, model in SECTIONS.items()}
    called: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and isinstance(node.annotation, ast.Name):
            called |= {node.arg: known[node.annotation.id]} if node.annotation.id in known else {}
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute | ast.Tuple):
            targets = node.targets[0]
            pairs = (
                zip(targets.elts, node.value.elts, strict=False)
                if isinstance(targets, ast.Tuple) and isinstance(node.value, ast.Tuple)
                else [(targets, node.value)]
            )
            for target, value in pairs:
                if isinstance(target, ast.Name) and isinstance(value, ast.Attribute):
                    called |= {target.id: value.attr} if value.attr in SECTIONS else {}
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        inside = node.value
        if isinstance(inside, ast.Attribute) and inside.attr in SECTIONS:
            found.add((inside.attr, node.attr))
        if isinstance(inside, ast.Name) and inside.id in called:
            found.add((called[inside.id], node.attr))
    return found


def all_reads() -> set[tuple[str, str]]:
    return {pair for path in readers() for pair in reads(path.read_text(encoding="utf-8"))}


def test_every_value_of_every_topic_is_read():
    declared = {(section, field) for section, m in SECTIONS.items() for field in m.model_fields}
    assert declared - all_reads() - without_alternative() == set()


def without_alternative() -> set[tuple[str, ...]]:
    """The choices with a single option that this version computes: there is nothing to read."""
    return {
        tuple(choice.parameter.split("."))
        for choice in load_program("medicare_value_modifier/2017").choices
        if sum(option.available for option in choice.options) == 1 and choice.is_used
    }


def test_only_these_choices_have_nothing_to_tell_apart():
    assert without_alternative() == {
        ("applicability", "cah_method_ii"),
        ("payment", "base"),
        ("readmissions", "model"),
        ("risk", "diagnosis_filter"),
        ("risk", "new_enrollee_below_months"),
        ("risk", "scale"),
    }


def test_every_field_of_a_part_is_read():
    attributes = {
        node.attr
        for path in readers()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }
    declared = {(part, field) for part, model in PARTS.items() for field in model.model_fields}
    assert {(part, field) for part, field in declared if field not in attributes} == set()


def test_a_value_that_nobody_reads_is_noticed():
    found = reads("def f(program):\n    rule = program.tiering\n    return rule.significance")
    assert found == {("tiering", "significance")}
    assert ("tiering", "standard_deviations") not in found
    assert reads("def f(rule: Tiering):\n    return rule.rule") == {("tiering", "rule")}
    assert reads("def f(other):\n    return other.significance") == set()
    assert reads("program.cost.trim") == {("cost", "trim")}


def words(paths) -> set[str]:
    return {
        node.value
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


STAGES = [
    path
    for path in readers()
    if name(path).split("/")[2]
    in (
        "groups",
        "attribution",
        "risk",
        "measures",
        "payment",
        "benchmarks.py",
        "composites.py",
        "tiers.py",
    )
]
REFERENCE = sorted((PACKAGE / "reference").glob("*.py"))
# choices that name no code: what they choose is a column of a code list, or a value by option
OF_DATA = {"M3", "M4", "M11"}
# a choice of a run, made before any stage: which earlier figures stay
OF_RUNS = {"D31"}
# full likelihood is held against numerical integration instead (tests/unit/test_hierarchical_logit)
OF_INTEGRALS = {"M14"}


@pytest.mark.parametrize("where", [STAGES, REFERENCE], ids=["stages", "reference"])
def test_every_option_that_can_be_chosen_is_told_apart_where_it_is_computed(where):
    """All options of a choice but one must be named: the one left is what happens otherwise."""
    said = words(where)
    silent = {}
    for choice in load_program("medicare_value_modifier/2017").choices:
        options = [option.id for option in choice.options if option.available]
        unnamed = [id_ for id_ in options if id_ not in said and not id_.isdigit()]
        if choice.id in OF_DATA | OF_RUNS | OF_INTEGRALS:
            continue
        if choice.is_used and len(unnamed) > 1:
            silent[choice.id] = unnamed
    assert silent == {}
