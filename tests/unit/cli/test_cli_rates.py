"""A run from a report's rates: the documented example, and what is said of rates that are short."""

from __future__ import annotations

import csv
import io
import json
import shutil

import pytest

from openp4p.notes import run_notes
from openp4p.program.library import load_program
from tests.unit.cli.commands import PROGRAM, RATES, command, rates_run, run_folder


def rows(table, *more):
    said = command("show", run_folder(), table, "--json", *more)
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_the_worked_example_has_its_composites_and_standard_errors():
    found = {(r["tin"], r["kind"]): r for r in rows("composites")}
    quality, cost = found["EXAMPLE01", "quality"], found["EXAMPLE01", "cost"]
    assert quality["raw"] == pytest.approx(0.640476, abs=5e-7)
    assert quality["composite"] == pytest.approx(1.405896, abs=1e-6)
    assert quality["standard_error"] == pytest.approx(0.601614, abs=1e-6)
    assert cost["composite"] == pytest.approx((0.2 - 0.02) / 0.70)


def test_the_practices_are_tiered_and_paid_by_hand():
    paid = {r["tin"]: r for r in rows("payments")}
    first, second = paid["EXAMPLE01"], paid["EXAMPLE02"]
    assert (first["quality_tier"], first["cost_tier"]) == ("high", "average")
    assert first["multiple"] == 3  # 2 of its cell and 1 for its patients
    assert first["adjustment_amount"] == 928800.00  # 3 x 15.48% of 2,000,000
    assert (second["quality_tier"], second["cost_tier"]) == ("low", "high")
    assert second["adjustment_amount"] == -26000.00  # -4% of 650,000


def test_the_size_is_the_lower_count_of_the_report():
    found = {r["tin"]: (r["size"], r["size_class"], r["is_subject"]) for r in rows("practices")}
    assert found == {"EXAMPLE01": (38, "10+", True), "EXAMPLE02": (12, "10+", True)}


def test_the_accounting_has_every_row_of_the_report():
    found = {r["file"]: r for r in rows("accounting")}
    for path in RATES.glob("*.csv"):
        lines = len(list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))) - 1
        said = found[path.name]
        assert (said["rows_read"], said["rows_used"], said["rows_set_aside"]) == (lines, lines, 0)


def test_tables_that_need_claims_are_there_and_empty():
    assert rows("attribution_candidates") == []
    said = command("show", run_folder(), "attribution_candidates", "--csv")
    assert said.out == (
        "beneficiary_id,step,tin,charges,services,first_service,last_service,passes_prestep,rank\n"
    )


def test_the_first_look_says_that_there_are_no_claims_and_where_the_page_is():
    folder, said = rates_run()
    assert "This run starts from the performance rates of a report" in said.out
    assert "Rows read = rows used + set aside" in said.out
    assert said.out.lstrip().startswith("What was read")
    assert said.out.index("Rows read") < said.out.index("payment year 2017")
    assert f"Summary page: {folder}" in said.out
    assert (folder / "summary.html").is_file()


def test_the_explanation_ends_in_the_rates_of_the_report():
    said = command("explain", "adjustment", run_folder(), "--tin", "EXAMPLE01", "--json")
    tree = json.loads(said.out)
    assert tree["value"] == 928800.00
    tables, waiting = set(), [tree]
    while waiting:
        step = waiting.pop()
        tables.add(step["table"])
        waiting += step["steps"]
    assert {
        "payments",
        "payment_grid",
        "supplied_rate",
        "benchmarks",
        "supplied_practice",
    } <= tables


def shortened(tmp_path, **changes):
    """The example's folder with files replaced; None leaves one out."""
    folder = tmp_path / "rates"
    shutil.copytree(RATES, folder)
    for name, text in changes.items():
        path = folder / f"{name}.csv"
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")
    return folder


def notes_of(out):
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return {note["code"]: note["text"] for note in manifest["notes"]}


def test_a_practice_with_only_its_report_can_be_the_only_one(tmp_path):
    """No peers and no factor; rates without variance, benchmark, known measure or practice."""
    folder = shortened(
        tmp_path,
        supplied_practice="tin,professionals_in_claims,paid_amount\nEXAMPLE01,38,2000000.00\n",
        supplied_rate="tin,measure,cases,rate\nEXAMPLE01,acute_pqis,900,3.1\n"
        "EXAMPLE01,acute_pqi,900,3.1\nEXAMPLE01,110,50,0.5\nEXAMPLE09,236,60,0.5\n",
        supplied_peers=None,
    )
    out = tmp_path / "run"
    said = command("run", PROGRAM, "--input", folder, "--out", out, "--quiet")
    assert (said.code, said.out, said.err) == (0, "", "")
    (paid,) = json.loads(command("show", out, "payments", "--json").out)
    assert (paid["tin"], paid["size_class"], paid["adjustment_amount"]) == ("EXAMPLE01", "10+", 0)
    (balance,) = json.loads(command("show", out, "balance", "--json").out)
    assert (balance["adjustment_factor"], balance["residual_dollars"]) == (None, 0)
    notes = notes_of(out)
    assert "from_rates" in notes
    assert notes["rate_of_unknown_measure"].endswith("no such measure: acute_pqis.")
    assert notes["rate_of_unknown_practice"].endswith("does not have the practice: EXAMPLE09.")
    assert notes["rate_without_benchmark"].endswith("for: 110.")
    assert notes["rate_without_variance"].endswith("its mean: acute_pqi.")


def test_a_report_that_does_not_say_who_reported_is_noted():
    """Else every practice would quietly take the automatic reduction."""
    program = load_program(PROGRAM)
    noted = {n["code"] for n in run_notes(program, frozenset({"supplied_rate"}), None, frozenset())}
    assert noted == {"from_rates", "no_pqrs_success"}


@pytest.mark.parametrize("by", ["quality_result", "quality_data_code"])
def test_quality_may_be_reported_by_codes_on_claims(by):
    """Then nobody is told that no quality measures were reported."""
    given = {"claim_line", "provider_enrollment", "pqrs_success"}
    program = load_program(PROGRAM)
    for supplied, expected in ((given, {"no_quality_results"}), ({*given, by}, set())):
        notes = run_notes(program, frozenset(supplied), None, frozenset())
        assert {note["code"] for note in notes} == expected


@pytest.mark.parametrize("absent", ["supplied_practice", "supplied_rate"])
def test_a_report_needs_practices_and_rates(tmp_path, absent):
    folder = shortened(tmp_path, **{absent: None})
    said = command("run", PROGRAM, "--input", folder, "--out", tmp_path / "run")
    assert said.code == 4
    assert absent in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "run" / "manifest.json").exists()
