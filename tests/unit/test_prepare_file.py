"""The rates that a practice fills in: an example to edit, and one clear list of its mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from openp4p.errors import RatesError
from openp4p.program.library import load_program
from openp4p.results import Run
from openp4p.simulation.practice import prepare, prepare_from_run
from openp4p.simulation.rates_file import read_rates
from openp4p.simulation.rates_template import template
from tests.unit.cli.commands import PROGRAM, command, rates_run

YEARS = (2015, 2016, 2017, 2018)
MISTAKES = """# mine
row,value,cases,met,standard_error,benchmark_mean,benchmark_sd
size,38
physicians,40
paid_amount,"$2,000,000"
group_reported,maybe
mechanism,regstry
mean_risk_score,1.7
236,,120,130,,0.77,0.09
236,,10,5,,0.77,0.09
237,,10,5,,0.77,0.09
001,14%,50,,,0.20,
117,0.9,80,,,0.8,0
130,0.5,200,190,,0.914,0.04
readmision,15,230,,,15.9,1.4
per_capita_cost,12200,,,180,12000,1000
chronic_pqi,,670,26,,50,24
quality_peers,,,,,0.05,
professionals_reporting,-3
"""
FOUND = [
    ("row 4 (physicians), column value", "40 physicians"),
    ("row 5 (paid_amount), column value", "'$2,000,000' is not a number"),
    ("row 6 (group_reported), column value", "'maybe' is neither"),
    ("row 7 (mechanism), column value", "'regstry' is unknown"),
    ("row 8 (mean_risk_score), column value", "has no risk_score_threshold beside it"),
    ("row 9 (236), column met", "130 patients met of 120 cases"),
    ("row 10 (236)", "stands in row 9 already"),
    ("row 11 (237), column row", "nothing is called that"),
    ("row 12 (001), column value", "'14%' is not a number"),
    ("row 12 (001), column benchmark_sd", "is missing"),
    ("row 13 (117), column benchmark_sd", "0 is no deviation"),
    ("row 14 (130), column value", "0.5 is not 190 of 200"),
    ("row 15 (readmision), column row", "nothing is called that"),
    ("row 16 (per_capita_cost), column cases", "is missing"),
    ("row 17 (chronic_pqi), column value", "is missing"),
    ("row 18 (quality_peers)", "benchmark_mean or benchmark_sd is missing"),
    ("row 19 (professionals_reporting), column value", "-3 is below zero"),
]


def filled(folder: Path, text: str) -> Path:
    path = folder / "rates.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("year", YEARS)
def test_the_template_of_every_year_is_a_file_that_can_be_read(year, tmp_path):
    program = load_program("medicare_value_modifier", year)
    text = template(program)
    found = prepare(program, filled(tmp_path, text), draws=100).said
    rows = {line.split(",", 1)[0] for line in text.splitlines()}
    assert {rule.id for rule in program.measures} <= rows
    assert sum(row["probability"] for row in found["tier_probabilities"]) == pytest.approx(1.0)
    assert "made up for the template" in found["notes"][0]
    assert found["reporting"] is None or found["reporting"]["category"] == 1
    assert (found["tier"]["reason"] == "not_subject") == (year == 2015)  # 38 are too few for 2015


def test_the_example_of_the_template_is_the_worked_one():
    folder, _ = rates_run()
    of_run = prepare_from_run(Run.open(folder), "EXAMPLE01", draws=100).said
    path = filled(folder.parent, template(load_program(PROGRAM)))
    of_file = prepare(PROGRAM, path, draws=100).said
    for found in (of_run, of_file):
        quality = found["tier"]["quality_composite"]
        assert quality["value"] == pytest.approx(1.405896, abs=5e-6)
        assert quality["standard_error"] == pytest.approx(0.601614, abs=5e-6)
        assert (found["tier"]["quality"], found["tier"]["cost"]) == ("high", "average")
        assert str(found["adjustment"]["dollars"]) == "928800.00"
        assert found["reporting"]["share"]["needed"] == 19
    worse = {row["measure"]: row for row in of_file["moves"] if row["direction"] == "worse"}
    assert worse["236"]["count"] == 10
    assert worse["236"]["words"] == (
        "10 fewer patients counted in Controlling High Blood Pressure (236) move quality to "
        "average."
    )


def test_every_mistake_is_told_at_once_with_its_row_and_what_to_do(tmp_path):
    path = filled(tmp_path, MISTAKES)
    with pytest.raises(RatesError, match=r"cannot be used \(17\)") as raised:
        read_rates(path, load_program(PROGRAM))
    assert [(each.where, each.found) for each in raised.value.problems] == FOUND
    assert all(each.file == "rates.csv" for each in raised.value.problems)
    assert all(each.allowed or each.remedy for each in raised.value.problems)
    said = command("prepare", PROGRAM, "--rates", path)
    assert (said.code, said.out) == (2, "")
    assert "(rates-file: see docs/errors.md)" in said.err
    assert "Did you mean 'readmission'?" in said.err


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "has no column"),
        ("row;value;cases;met\nsize;3;;\n", "has no column"),
        ("row,value,cases,met,cost\nsize,3\n", "column 'cost' is unknown"),
        ("row,value,cases,met\n,3,4\n", "is empty"),
        ("row,value,cases,met\nsize,2.5\n", "2.5 is none"),
        ("row,value,cases,met\npaid_amount,1e400\n", "is more than can be"),
        ("row,value,cases,met\n236,,nan,1\n", "'nan' is not a number"),
        ("row,value,cases,met\n236,,1.5,1\n", "1.5 is none"),
    ],
)
def test_files_that_are_none_are_told_plainly(text, found, tmp_path):
    with pytest.raises(RatesError, match="cannot be used") as raised:
        read_rates(filled(tmp_path, text), load_program(PROGRAM))
    assert any(found in each.found for each in raised.value.problems)


def test_whatever_is_in_the_file_it_is_read_or_refused(tmp_path):
    program, draw = load_program(PROGRAM), Random(1)
    lines = template(program).splitlines()[:40]
    outcomes = set()
    for _ in range(150):
        text = list("\n".join(lines))
        for _ in range(draw.choice([1, 2, 8])):
            text[draw.randrange(700, len(text))] = draw.choice(',"\n;-1e9.%\0xé')
        try:
            prepare(program, filled(tmp_path, "".join(text)), draws=10)
            outcomes.add("read")
        except RatesError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_the_command_writes_a_template_once_and_prepares_from_file_and_run(tmp_path):
    path, page = tmp_path / "rates.csv", tmp_path / "page.html"
    assert "388 measures" in command("prepare", PROGRAM, "--template", path).out
    again = command("prepare", PROGRAM, "--template", path)
    assert (again.code, again.out) == (2, "")
    assert "template-exists" in again.err
    said = command("prepare", PROGRAM, "--rates", path, "--json", "--html", page)
    assert said.code == 0
    found = json.loads(said.out)
    assert {"tier", "tier_probabilities", "moves", "stakes", "reporting"} <= set(found)
    assert set(found["tier_probabilities"][0]) == {"quality", "cost", "probability"}
    assert "<title>Prepare for" in page.read_text(encoding="utf-8")
    folder, _ = rates_run()
    shown = command("prepare", folder, "--tin", "EXAMPLE02")
    assert shown.code == 0
    assert "low quality, high cost" in shown.out
    assert "fewer patients" in shown.out or "more patients" in shown.out
    assert command("prepare", folder, "--tin", "NOBODY").code == 2
    assert command("prepare", folder).code == 2
    assert command("prepare", PROGRAM).code == 2
    assert command("prepare", "vms_model/2018", "--rates", path).code == 2
