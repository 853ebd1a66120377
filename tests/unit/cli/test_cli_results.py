"""Commands that read a run: tables, show, explain, check, sql; for people and for programs."""

# ruff: noqa: E501  # a row is read on one line

from __future__ import annotations

import csv
import io
import json

import pytest

import openp4p.run  # noqa: F401  # declares every stage
from openp4p.cli.meanings import meaning
from openp4p.engine import stages
from openp4p.results import Run
from tests.unit.cli.commands import command, process, run_folder

# others script against these names: they may be added to, never changed
FIXED = {
    "accounting": ["file", "rows_read", "rows_used", "rows_set_aside"],
    "attribution_candidates": ["beneficiary_id", "step", "tin", "charges", "services"],
    "performance_rates": ["tin", "measure", "cases", "rate"],
    "scores": ["tin", "measure", "cases", "rate", "score"],
    "tiers": ["tin", "size_class", "quality_tier", "cost_tier"],
    "payments": ["tin", "percent", "multiple", "adjustment_factor", "adjustment_amount"],
}


def as_csv(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("table", FIXED)
def test_the_tables_that_others_script_against_have_their_columns(table):
    said = command("show", run_folder(), table, "--csv")
    assert said.code == 0
    assert said.err == ""
    header = said.out.splitlines()[0].split(",")
    assert [column for column in FIXED[table] if column not in header] == []


@pytest.mark.parametrize(
    "table", ["accounting", "performance_rates", "scores", "tiers", "payments"]
)
def test_csv_and_json_have_the_same_rows(table):
    from_csv = as_csv(command("show", run_folder(), table, "--csv").out)
    from_json = json.loads(command("show", run_folder(), table, "--json").out)
    assert from_csv
    assert len(from_csv) == len(from_json)
    for one, other in zip(from_csv, from_json, strict=True):
        assert list(one) == list(other)
        for column, value in other.items():
            if value is None:
                assert one[column] == ""
            elif isinstance(value, bool):
                assert one[column] == str(value).lower()
            elif isinstance(value, int | float):
                assert float(one[column]) == value
            else:
                assert one[column] == value


def test_money_keeps_its_cents_in_text():
    said = command("show", run_folder(), "payments", "--json", "--columns", "adjustment_amount")
    assert '"adjustment_amount": 928800.00}' in said.out
    said = command("show", run_folder(), "payments", "--csv", "--columns", "tin,adjustment_amount")
    assert said.out == "tin,adjustment_amount\nEXAMPLE01,928800.00\nEXAMPLE02,-26000.00\n"


def test_rows_can_be_chosen_by_their_values():
    def shown(*more):
        return [
            r["tin"] for r in as_csv(command("show", run_folder(), "tiers", "--csv", *more).out)
        ]

    assert shown("--where", "quality_tier=high") == ["EXAMPLE01"]
    assert shown("--where", "is_tiered=yes", "--where", "cost_tier=high") == ["EXAMPLE02"]
    assert shown("--where", "category=2") == []
    assert shown("--where", "reason=") == ["EXAMPLE01", "EXAMPLE02"]
    assert shown("--limit", "1") == ["EXAMPLE01"]


def test_a_person_sees_a_table_or_one_row_below_the_other():
    narrow = command("show", run_folder(), "tiers", "--columns", "tin,quality_tier")
    assert [line.split() for line in narrow.out.splitlines()] == [
        ["tin", "quality_tier"],
        ["─" * len(narrow.out.splitlines()[1])],
        ["EXAMPLE01", "high"],
        ["EXAMPLE02", "low"],
    ]
    wide = command("show", run_folder(), "scores", "--limit", "2")
    assert wide.out.startswith("row 1\n  tin             EXAMPLE01\n")
    assert max(map(len, wide.out.splitlines())) <= 100
    assert wide.err == "2 of 13 rows. All of them: --csv or --json.\n"


def test_every_table_of_the_run_is_listed_with_what_a_row_is():
    listed = as_csv(command("tables", run_folder(), "--csv").out)
    names = [row["table"] for row in listed]
    run = Run.open(run_folder())
    assert names == [*run.names(), *run.manifest["unions"]]
    assert [row["table"] for row in listed if not row["what_the_rows_are"]] == []
    counts = {row["table"]: int(row["rows"]) for row in listed}
    assert (counts["payments"], counts["supplied_rate"], counts["payment_grid"]) == (2, 13, 18)
    assert json.loads(command("tables", run_folder(), "--json").out)[0]["table"] == names[0]
    shown = command("tables", run_folder()).out
    assert all(name in shown for name in names)
    assert max(map(len, shown.splitlines())) <= 100


def test_a_table_nobody_described_is_noticed():
    assert meaning("nothing_of_the_sort") == ""
    assert meaning("supplied_rate").startswith("input: one performance rate")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("adjustment", "--tin", "EXAMPLE01"), "Practice EXAMPLE01 gains $928,800.00"),
        (("tier", "--tin", "EXAMPLE02"), "Low quality and high cost."),
        (("tier", "--tin", "EXAMPLE01"), "`openp4p uncertainty RUN` draws the patients again."),
        (("rate", "--tin", "EXAMPLE01", "--measure", "acute_pqi"), "5.83333 on 3,600 cases"),
    ],
)
def test_an_explanation_is_a_sentence_a_rule_and_rows(asked, sentence):
    kind, *options = asked
    said = command("explain", kind, run_folder(), *options)
    assert said.code == 0
    assert sentence in said.out
    assert all(word in said.out for word in ("rule  ", "source  ", "rows  "))
    assert max(map(len, said.out.splitlines())) <= 100
    tree = json.loads(command("explain", kind, run_folder(), *options, "--json").out)
    assert set(tree) == {
        "name", "question", "answer", "value", "formula", "inputs", "rule", "sources", "table",
        "rows", "steps",
    }  # fmt: skip


def test_a_run_that_holds_what_it_said_passes_its_check():
    said = command("check", run_folder())
    assert said.code == 0
    assert said.out.splitlines()[-1].startswith("All ")
    assert "FAIL" not in said.out
    assert command("check", run_folder(), "--quiet").out == ""


def test_a_table_that_was_changed_afterwards_fails_the_check(tmp_path):
    """The stored payments of one practice are taken away."""
    import shutil

    import pyarrow.parquet as pq

    copy = tmp_path / "run"
    shutil.copytree(run_folder(), copy)
    (path,) = (copy / "tables" / "payments").glob("*.parquet")
    pq.write_table(pq.read_table(path).slice(0, 1), path)
    said = command("check", copy)
    assert said.code == 1
    assert "FAIL  payments                     is not what the run stored" in said.out
    assert "FAIL  budget                       does not add up" in said.out
    assert said.out.splitlines()[-1].endswith("do not agree.")
    assert command("check", copy, "--quiet").code == 1


def test_the_stages_are_listed_and_each_has_its_sql():
    listed = command("sql")
    assert listed.code == 0
    assert [name for name in stages() if name not in listed.out] == []
    assert max(map(len, listed.out.splitlines())) <= 100
    duckdb = command("sql", "attribution_candidates")
    spark = command("sql", "attribution_candidates", "--engine", "spark")
    assert (duckdb.code, spark.code) == (0, 0)
    assert 'FROM "primary_care_services"' in duckdb.out
    assert "FROM `primary_care_services`" in spark.out
    early = command("sql", "attribution_candidates", "--program", "medicare_value_modifier/2015")
    assert early.out != duckdb.out


def test_what_is_cut_off_by_the_reader_ends_quietly():
    """The same as `openp4p show RUN measure_rules --csv | head -1`."""
    import subprocess
    import sys

    code = "import sys; from openp4p.cli import main; sys.exit(main())"
    show = [sys.executable, "-c", code, "show", str(run_folder()), "fee_schedule_codes", "--csv"]
    with subprocess.Popen(show, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
        assert writer.stdout.readline() == b"hcpcs_code\n"
        writer.stdout.close()
        said = writer.stderr.read()
        assert writer.wait(timeout=60) == 0
    assert said == b""


def test_a_process_of_its_own_says_the_same():
    here = command("show", run_folder(), "payments", "--csv")
    there = process("show", run_folder(), "payments", "--csv")
    assert (there.code, there.out, there.err) == (here.code, here.out, here.err)


def test_a_year_in_an_explanation_has_no_thousands():
    said = command("explain", "adjustment", run_folder(), "--tin", "EXAMPLE01").out
    assert "payment_year=2017" in said or "2017  " in said
    assert "2,017" not in said


def test_a_table_that_is_too_wide_by_its_headings_has_them_over_several_lines():
    columns = "tin,quality_composite,quality_standard_error,cost_composite,cost_standard_error,category,is_tiered"
    shown = command("show", run_folder(), "tiers", "--columns", columns).out.splitlines()
    assert [line.split() for line in shown[:3]] == [
        ["quality_", "cost_"],
        ["quality_", "standard_", "cost_", "standard_", "is_"],
        ["tin", "composite", "error", "composite", "error", "category", "tiered"],
    ]
    assert [line.split()[0] for line in shown[4:6]] == ["EXAMPLE01", "EXAMPLE02"]


def test_runs_stand_side_by_side_with_the_same_figures_in_every_form():
    runs = (run_folder(), run_folder())
    as_json = json.loads(command("compare", *runs, "--json").out)
    from_csv = list(csv.reader(io.StringIO(command("compare", *runs, "--csv").out)))
    assert [row[0] for row in from_csv[1:]] == [row["figure"] for row in as_json]
    assert all(row[1] == row[2] for row in from_csv)
    shown = command("compare", *runs)
    assert shown.code == 0
    assert "+15.48%" in shown.out
