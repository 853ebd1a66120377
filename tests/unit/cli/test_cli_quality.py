"""`openp4p quality`: the measures of a practice by domain, for people and for programs."""

from __future__ import annotations

import csv
import io
import json

from openp4p.reports.practice_quality import in_unit
from tests.unit.cli.commands import command, run_folder


def test_the_measures_stand_by_domain_with_their_benchmarks():
    said = command("quality", run_folder(), "--tin", "EXAMPLE01")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "Quality of care of practice EXAMPLE01"
    names = [line.strip() for line in lines if line and not line.startswith(" ")]
    domains = ["Effective Clinical Care", "Patient Safety", "Communication and Care Coordination"]
    assert [name for name in names if name in domains] == domains


def test_json_and_csv_have_the_scores_of_the_run():
    found = json.loads(command("quality", run_folder(), "--tin", "EXAMPLE01", "--json").out)
    said = command("quality", run_folder(), "--tin", "EXAMPLE01", "--csv").out
    listed = list(csv.DictReader(io.StringIO(said)))
    scores = json.loads(command("show", run_folder(), "scores", "--json").out)
    mine = {r["measure"]: r for r in scores if r["tin"] == "EXAMPLE01" and r["kind"] == "quality"}
    assert {row["measure"] for row in found["measures"]} == set(mine)
    for row, line in zip(found["measures"], listed, strict=True):
        assert row["score"] == mine[row["measure"]]["score"]
        assert float(line["rate"]) == row["rate"]
    composite = next(
        r
        for r in json.loads(command("show", run_folder(), "composites", "--json").out)
        if r["tin"] == "EXAMPLE01" and r["kind"] == "quality"
    )
    assert found["composite"] == composite["composite"]
    domains = {row["domain"]: row["score"] for row in found["domains"]}
    for domain, score in domains.items():
        of_domain = [
            r["score"] for r in found["measures"] if r["domain"] == domain and r["is_scored"]
        ]
        assert abs(sum(of_domain) / len(of_domain) - score) < 1e-12


def test_a_practice_that_is_not_there_is_said_to_be_missing():
    said = command("quality", run_folder(), "--tin", "NOBODY")
    assert said.code == 2
    assert "There is no practice 'NOBODY' with a quality measure in this run." in said.err


def test_rates_are_said_in_their_units():
    assert in_unit(0.7756, "proportion") == "77.6%"
    assert in_unit(15.94, "percent") == "15.9%"
    assert in_unit(7.534, "per_1000") == "7.53"
    assert in_unit(None, "score") == "-"
