"""Public examples of quality submissions, and a practice scored against deciles of PQRS."""

from __future__ import annotations

import csv
import gzip

import pytest

from openp4p.claims.submissions import read_submissions
from openp4p.program.library import load_program
from openp4p.run import Request, run
from tests.populations import population
from tests.samples.public import sample
from tests.unit.cli.commands import command

FOLDER = "quality_pqrs"
# as the document prints them: CMS165v5, CMS122v5, CMS68v6, the three groups of CMS160v5
PRINTED = [0.842105, 0.947368, 0.816327, 0.860177, 0.921052, 0.962963]


@pytest.fixture(scope="module")
def submissions():
    return sample(FOLDER)


def test_the_six_rates_of_cmss_example_are_as_printed(submissions, tmp_path):
    path = tmp_path / "valid-QRDA-III-2017.xml"
    path.write_bytes(gzip.decompress((submissions / "qrda3" / f"{path.name}.gz").read_bytes()))
    outcome = read_submissions([path])
    assert (outcome.problems, outcome.differing) == ((), ())
    assert [report.measure for report in outcome.reports] == ["236", "001", "130", *["371"] * 3]
    assert [report.rate for report in outcome.reports] == pytest.approx(PRINTED, abs=1.5e-6)
    assert [report.rate_reported for report in outcome.reports] == PRINTED
    assert {(r.tin, r.npi, r.performance_year) for r in outcome.reports} == {
        ("000777777", "0777777777", 2017)
    }


def test_cmss_submissions_are_read_and_what_is_no_quality_is_set_aside(submissions):
    paths = sorted((submissions / "qpp_json").glob("*.json"))
    outcome = read_submissions(paths)
    assert outcome.used == {
        "scoring-example-output-quality.json": 0,
        "scoring-example-submission-input.json": 6,
        "submission-example-quality.json": 0,
    }
    assert {report.tin for report in outcome.reports} == {"000123456"}
    places = {(problem.file, problem.where) for problem in outcome.problems}
    assert ("submission-example-quality.json", "performanceYear") in places


def test_a_practice_is_scored_against_deciles_of_pqrs(submissions, tmp_path):
    """Payment year 2018: performance of 2016 against what CMS published of 2015."""
    folder = tmp_path / "population"
    folder.mkdir()
    for path in population(400, 3).iterdir():
        (folder / path.name).symlink_to(path)
    out = folder / "supplied_benchmark.csv"
    deciles = submissions / "mips_benchmarks_2017.json.gz"
    said = command("quality-benchmarks", deciles, "--year", "2015", "--out", out)
    assert (said.code, "235 benchmarks" in said.out) == (0, True)
    with out.open(encoding="utf-8") as file:
        published = {(r["measure"], r["mechanism"]): r for r in csv.DictReader(file)}
    scored = run(
        Request(
            program=load_program("medicare_value_modifier", 2018, {}),
            input_folder=folder,
            out=tmp_path / "run",
            performance_period=2015,
        )
    )
    rows = [
        row
        for row in scored.rows("scores", {"kind": "quality"})
        if row["is_scored"] and (row["measure"], "") in published
    ]
    assert rows
    rules = {row["measure"]: row for row in scored.rows("measure_rules")}
    for row in rows:
        benchmark = published[row["measure"], ""]
        mean, deviation = float(benchmark["mean"]), float(benchmark["standard_deviation"])
        expected = rules[row["measure"]]["sign"] * (row["rate"] - mean) / deviation
        assert row["score"] == pytest.approx(expected)
    sources = {row["measure"]: row["source"] for row in scored.rows("benchmarks")}
    assert {sources[row["measure"]] for row in rows} == {"supplied"}
