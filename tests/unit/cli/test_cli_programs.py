"""The rules on the command line: listed, shown, as JSON, as a start for one's own, as a schema."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys

import pytest
import yaml
from jsonschema import Draft202012Validator

from openp4p.program.library import load_program, programs
from tests.programs.test_rule_values import GRIDS, YEARS, cells
from tests.unit.cli.commands import PROGRAM, command, process

MEASURES = [
    "per_capita_cost", "diabetes_cost", "coronary_artery_disease_cost", "copd_cost",
    "heart_failure_cost", "spending_per_beneficiary", "acute_pqi", "chronic_pqi", "readmission",
    "post_discharge_visits",
]  # fmt: skip


def test_the_programs_are_listed():
    said = command("programs", "list")
    assert [line.split()[0] for line in said.out.splitlines()] == programs()
    listed = json.loads(command("programs", "list", "--json").out)
    assert [row["program"] for row in listed] == programs()
    assert listed[2] == {
        "program": PROGRAM,
        "title": "Medicare Physician Value-Based Payment Modifier",
        "payment_year": 2017,
        "performance_year": 2015,
    }


@pytest.mark.parametrize("year", YEARS)
def test_the_resolved_program_has_the_grid_as_others_script_against_it(year):
    said = json.loads(command("programs", "show", f"medicare_value_modifier/{year}", "--json").out)
    grid = said["payment"]["grid"]
    assert all(
        list(cell) == ["size_class", "quality", "cost", "percent", "multiple"] for cell in grid
    )
    assert sorted((tuple(cell.values()) for cell in grid), key=str) == cells(GRIDS, year)


def test_the_resolved_program_has_the_measures_by_their_fixed_names():
    said = json.loads(command("programs", "show", PROGRAM, "--json").out)
    ids = [measure["id"] for measure in said["measures"]]
    assert [id_ for id_ in MEASURES if id_ not in ids] == []
    assert said["id"] == PROGRAM
    assert said["citations"]["tiering.standard_deviations"] == {
        "source": "42 CFR 414.1275(b)", "status": "verified", "note": "", "since": 2015,
    }  # fmt: skip


def test_a_choice_is_seen_in_the_resolved_program():
    said = command("programs", "show", PROGRAM, "--choice", "D3=earliest_service", "--json")
    assert json.loads(said.out)["attribution"]["tie_break"] == "earliest_service"


def test_the_page_of_a_program_names_each_value_its_source_and_how_sure_it_is():
    said = command("programs", "show", PROGRAM).out
    assert "standard_deviations  1 " in said
    assert "42 CFR 414.1275(b) (verified, from 2015 on)" in said
    assert "77 FR 68892 (77 FR 69325) (recalled, from 2015 on)" in said
    assert "primary_care_physician or np_pa_cns, then other_physician" in said
    assert re.search(r"D12   composites.standard_error = delta *\n      or none *\n", said)
    assert "not computed by this version: bootstrap" in said
    assert "9 more choices rest on measures that this version does not compute" in said
    program = load_program(PROGRAM)
    for section in ("applicability", "reporting", "cost", "tiering"):
        for name in type(getattr(program, section)).model_fields:
            assert name in said


@pytest.mark.parametrize("columns", [80, 120])
def test_nothing_is_wider_than_the_terminal(columns):
    """On a terminal of that width, as a person has it."""
    ours, theirs = pty.openpty()
    code = "import sys; from openp4p.cli import main; sys.exit(main())"
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm"}
    shown = []
    with subprocess.Popen(
        [sys.executable, "-c", code, "programs", "show", PROGRAM],
        stdout=theirs, stderr=theirs, stdin=theirs, env=environment,
    ) as asked:  # fmt: skip
        os.close(theirs)
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown.append(part)
        assert asked.wait(timeout=60) == 0
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;]*m", "", b"".join(shown).decode()).replace("\r", "")
    assert "Where the rules are silent" in text
    assert max(map(len, text.splitlines())) <= columns


def test_a_template_is_a_program_and_can_be_changed(tmp_path):
    path = tmp_path / "mine.yaml"
    said = command("programs", "template", PROGRAM, "--out", path)
    assert (said.code, said.out) == (0, f"Written: {path}\n")
    assert load_program(str(path)).tiering == load_program(PROGRAM).tiering
    again = command("programs", "template", PROGRAM, "--out", path)
    assert again.code == 2
    assert "File exists" in again.err
    assert command("programs", "template", PROGRAM).out == path.read_text(encoding="utf-8")
    path.write_text(path.read_text("utf-8").replace("value: 1.0", "value: 2.0"), "utf-8")
    assert load_program(str(path)).tiering.standard_deviations == 2.0


def test_the_schema_that_an_editor_takes_is_the_one_the_template_names(tmp_path):
    first = command("programs", "template", PROGRAM).out.splitlines()[0]
    assert first == "# yaml-language-server: $schema=openp4p.schema.json"
    path = tmp_path / "openp4p.schema.json"
    assert command("programs", "schema", "--out", path).code == 0
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    said = yaml.safe_load(command("programs", "template", PROGRAM).out)
    assert list(Draft202012Validator(schema).iter_errors(said)) == []
    said["changes"] = {"tiering.standard_deviation": {"value": 1, "cite": "c"}}
    assert list(Draft202012Validator(schema).iter_errors(said)) != []
    assert json.loads(command("programs", "schema", "tiering").out)["title"].startswith("tiering")


def test_the_help_tells_a_newcomer_where_to_start():
    said = command("--help")
    assert said.code == 0
    for line in (
        "From Medicare claims to a payment for each practice",
        "    openp4p synthesize --beneficiaries 20000 --seed 1 --out population\n",
        "    openp4p run medicare_value_modifier/2017 --input population --out run-2017\n",
        "Exit codes: 0 done;",
    ):
        assert line in said.out
    commands = (
        "synthesize",
        "run",
        "tables",
        "show",
        "explain",
        "compare",
        "check",
        "cost",
        "risk-score",
        "programs",
        "sql",
    )
    assert all(f"\n  {name} " in said.out for name in commands)


@pytest.mark.parametrize(
    "asked",
    ["synthesize", "run", "tables", "show", "compare", "check", "sql", "version",
     "explain attribution", "explain rate", "explain case", "explain tier", "explain adjustment",
     "programs list", "programs show", "programs template", "programs schema", "cost",
     "risk-score"],
)  # fmt: skip
def test_each_command_says_what_it_does_and_gives_an_example(asked):
    said = command(*asked.split(), "--help")
    assert said.code == 0
    assert said.out.startswith(f"Usage: openp4p {asked} ")
    assert asked == "version" or f"\n      openp4p {asked}" in said.out
    assert max(map(len, said.out.splitlines())) <= 100


def test_the_version_is_said_with_the_digest_of_the_code():
    said = process("version")
    assert said.code == 0
    assert said.out.startswith("openp4p 0.1.0+")
    assert said.err == ""
