"""An audit on the command line: told, as JSON, as CSV, as a page, and as a requirement."""

from __future__ import annotations

import csv
import json

import pytest

from tests.meta.files import ROOT
from tests.unit.audit.loaded import paid_run
from tests.unit.cli.commands import PROGRAM, command, run_folder

STUDIES = ROOT / "docs" / "examples" / "audit" / "value-modifier.yaml"
VERDICTS = {"meets", "partly", "fails", "not_assessable"}
DAY = ("--as-of", "2026-06-01")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """One audit of two programs with everything it can write."""
    folder = tmp_path_factory.mktemp("audit")
    page, sheet = folder / "audit.html", folder / "audit.csv"
    said = command(
        "audit", PROGRAM, "--beside", "vms_model/2017", "--attestations", STUDIES, *DAY,
        "--json", "--html", page, "--csv", sheet,
    )  # fmt: skip
    assert said.code == 0, said.err
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return json.loads(said.out), page.read_text(encoding="utf-8"), rows


def test_the_json_has_each_clause_with_its_verdicts_and_checks(written):
    modifier, model = written[0]["programs"]
    for audit in (modifier, model):
        assert [clause["clause"] for clause in audit["clauses"]][::18] == ["P01", "P19"]
        for clause in audit["clauses"]:
            assert {clause["design"], clause["overall"]} <= VERDICTS
            assert clause["evidence"] in VERDICTS | {"none_required"}
            assert {check["verdict"] for check in clause["checks"]} <= VERDICTS
    assert modifier["clauses"][6]["design"] == "fails"
    assert model["clauses"][6]["design"] == "meets"
    window = next(c for c in modifier["clauses"][4]["checks"] if c["side"] == "design")
    assert (window["check"], window["verdict"]) == ("P05.1", "partly")
    assert window["fields"][0] == {
        "field": "review.window_days",
        "value": "65",
        "source": "Trade press: reports of 26 September 2016, requests to 30 November 2016",
        "status": "recalled",
        "note": "",
    }


def test_there_is_no_score_anywhere(written):
    said, page, rows = written
    names = {key for audit in said["programs"] for key in audit}
    assert not any("score" in name or "total" in name for name in [*names, *rows[0]])
    assert "No score is made of them" in page


def test_the_csv_has_a_row_for_each_side_of_each_sub_check(written):
    said, _, rows = written
    checks = [c for a in said["programs"] for clause in a["clauses"] for c in clause["checks"]]
    assert [(r["subcheck"], r["side"], r["verdict"]) for r in rows] == [
        (c["check"], c["side"], c["verdict"]) for c in checks
    ]
    assert {r["run_hash"] for r in rows} == {""}


def test_the_page_shows_every_sub_check_its_source_and_what_is_published(written):
    said, page, _ = written
    for clause in said["programs"][0]["clauses"]:
        assert f'id="{clause["clause"]}"' in page
        assert all(f"<h4>{check['check']} " in page for check in clause["checks"])
    assert "By definition alone" in page
    assert "42 CFR 414.1280: no administrative or judicial review (verified)" in page
    assert "Ann Intern Med 2018" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


@pytest.mark.parametrize(("required", "code"), [("P09=meets", 0), ("P05.design=meets", 1)])
def test_a_requirement_decides_how_the_command_ends(required, code):
    said = command("audit", PROGRAM, "--require", required, *DAY)
    assert said.code == code
    assert (f"Not met: {required} is required of {PROGRAM}" in said.err) == bool(code)


def test_a_requirement_that_is_none_is_refused_before_anything_is_done():
    said = command("audit", "no/program", "--require", "P20=meets")
    assert (said.code, "'P20=meets' is not a requirement" in said.err) == (2, True)


def test_the_terminal_shows_each_clause_and_counts():
    said = command("audit", PROGRAM, "--beside", "vms_model/2017", *DAY).out
    assert "vms_model/2017 on 18 of 19 clauses by design" in said
    assert "vms_model/2017: 6 meet, 0 partly meet, 0 fail, 13 not assessable." in said


def test_a_run_or_a_statement_of_another_program_is_refused(tmp_path):
    run = paid_run(tmp_path / "run")
    said = command("audit", "vms_model/2017", "--run", run)
    assert (said.code, "(run-of-another-program:" in said.err) == (2, True)
    said = command("audit", "vms_model/2017", "--attestations", STUDIES)
    assert (said.code, "(attestations-of-another-program:" in said.err) == (2, True)
    twice = command("audit", PROGRAM, "--run", run, "--run", run)
    assert (twice.code, "Two runs of" in twice.err) == (2, True)


def test_a_run_gives_evidence_with_the_rows_behind_it(tmp_path):
    page = tmp_path / "audit.html"
    said = command("audit", PROGRAM, "--run", run_folder(), "--html", page, "--json")
    assert said.code == 0, said.err
    checks = {
        check["check"]: check
        for clause in json.loads(said.out)["clauses"]
        for check in clause["checks"]
        if check["basis"] == "computed"
    }
    manifest = json.loads((run_folder() / "manifest.json").read_text(encoding="utf-8"))
    assert (checks["P15.2"]["verdict"], checks["P07.4"]["verdict"]) == ("fails", "fails")
    assert {check["run_hash"] for check in checks.values()} == {manifest["run_id"]}
    assert len(checks["P15.2"]["rows"]) == checks["P15.2"]["n_units"]
    assert len(checks["P10.2"]["data_manifest_hash"]) == 64
    kinds = {check["kind"] for check in checks.values()}
    assert kinds == {"a"}
    text = page.read_text(encoding="utf-8")
    assert manifest["run_id"] in text
    assert "no run loaded" not in text


def test_a_file_in_a_folder_that_is_not_there_cannot_be_written(tmp_path):
    said = command("audit", PROGRAM, "--html", tmp_path / "none" / "audit.html")
    assert (said.code, "(cannot-write:" in said.err) == (2, True)


def test_records_are_written_as_an_example_read_and_shown(tmp_path):
    folder, page = tmp_path / "evidence", tmp_path / "audit.html"
    said = command("audit", "vms_model/2017", "--evidence-template", folder)
    assert (said.code, said.out) == (0, "")
    assert "put your own records in their place" in " ".join(said.err.split())
    again = command("audit", "vms_model/2017", "--evidence-template", folder)
    assert (again.code, "(template-exists:" in again.err) == (2, True)
    said = command(
        "audit", "vms_model/2017", "--beside", PROGRAM, "--evidence", folder,
        "--as-of", "2016-06-01", "--json", "--html", page, "--require", "P03=meets",
    )  # fmt: skip
    assert said.code == 1, said.err  # the records are of the program named first
    assert f"P03=meets is required of {PROGRAM}" in said.err
    assert "required of vms_model/2017" not in said.err
    assert "Made up, as the template wrote it: practices.csv, evaluation.csv" in said.err
    model, modifier = json.loads(said.out)["programs"]
    assert (len(model["evidence"]), modifier["evidence"]) == (64, None)
    checks = [c for clause in model["clauses"] for c in clause["checks"] if c["files"]]
    assert len(checks) == 20
    assert {c["data_manifest_hash"] for c in checks} == {model["evidence"]}
    text = page.read_text(encoding="utf-8")
    assert "From practices.csv, evaluation.csv, outcomes.csv." in text
    assert '<div class="banner" role="note" id="made-up">' in text
    assert "<td>difference-in-differences</td>" in text


def test_records_that_cannot_be_used_are_refused_with_every_mistake(tmp_path):
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "fees.csv").write_text("item,without_program\n", encoding="utf-8")
    (folder / "reports.csv").write_text(
        "report,delivered_on,apart_for_social_risk\na,soon,yes\n", encoding="utf-8"
    )
    said = command("audit", "vms_model/2017", "--evidence", folder)
    assert (said.code, said.out) == (4, "")
    told = " ".join(said.err.split())
    assert "fees.csv: the header: has no column with_program" in told
    assert "reports.csv: row 2, column delivered_on: is not a day" in told
    assert "(evidence-files:" in told
