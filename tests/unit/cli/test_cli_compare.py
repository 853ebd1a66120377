"""Runs side by side: the same figures of each, from the tables of each."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

from openp4p.reports.comparison import FIGURES
from openp4p.results import Run
from tests.unit.cli.commands import command, run_folder


def test_a_figure_is_what_the_tables_of_the_run_say():
    folder = str(run_folder())
    rows = json.loads(command("compare", folder, "--json").out, parse_float=Decimal)
    found = {row["figure"]: row[folder] for row in rows}
    assert list(found) == list(FIGURES)
    run = Run.open(run_folder())
    payments = run.rows("payments")
    subject = [row for row in payments if row["basis"] != "not_subject"]
    assert found["subject"] == len(subject) > 0
    assert found["up"] == sum(row["adjustment_fraction"] > 0 for row in subject) > 0
    assert found["down"] == sum(row["adjustment_fraction"] < 0 for row in subject) > 0
    assert found["up"] + found["unchanged"] + found["down"] == len(subject)
    (balance,) = run.rows("balance")
    assert found["adjustment_factor"] == balance["adjustment_factor"]
    assert found["upward_dollars"] == balance["upward_dollars"]


def test_each_run_has_a_column():
    folder = str(run_folder())
    rows = list(csv.reader(io.StringIO(command("compare", folder, folder, "--csv").out)))
    assert rows[0] == ["figure", folder, folder]
    assert all(row[1] == row[2] for row in rows[1:])
    # no run of all the claims there are is provisional, and one that pays by tiers has no pool
    of_awards = ["enrolled", "pool_dollars", "unused_dollars"]
    assert [row[0] for row in rows[1:] if not row[1]] == ["paid_through", *of_awards]
    for_a_person = command("compare", folder, folder).out
    for name in FIGURES.values():
        assert name in for_a_person


def test_a_folder_that_is_no_run_is_said(tmp_path):
    said = command("compare", run_folder(), tmp_path)
    assert said.code == 5
    assert "is not a run" in said.err
