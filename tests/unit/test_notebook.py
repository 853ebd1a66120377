"""The notebook door: light to import, the commands' own results, tables in the form asked for."""

from __future__ import annotations

import inspect
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import openp4p as p4p
from openp4p import notebook
from openp4p.errors import UsageError
from openp4p.explain import why_adjustment
from tests.programs.runs import usual
from tests.unit.audit.evidence_folder import written

PAGE = Path(__file__).parents[2] / "docs" / "notebooks.md"
PROGRAM = "medicare_value_modifier/2017"


def test_importing_loads_no_engine():
    heavy = "['duckdb', 'ibis', 'pyarrow', 'pandas', 'openp4p.notebook']"
    code = f"import sys, openp4p; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "[]"


def test_every_function_is_there_documented_and_listed_on_the_page():
    page = PAGE.read_text("utf-8")
    assert set(notebook.__all__) <= set(dir(p4p))
    for name in notebook.__all__:
        function = getattr(p4p, name)
        assert inspect.getdoc(function), name
        assert f"`{name}" in page, name


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = p4p.no_such_thing


def test_a_table_has_the_form_asked_for_and_exact_dollars():
    run = usual()
    rows = p4p.table(run, "payments", form="rows")
    arrow = p4p.table(run, "payments")
    frame = p4p.table(run, "payments", form="pandas")
    assert isinstance(arrow, pa.Table)
    assert isinstance(frame, pd.DataFrame)
    assert arrow.num_rows == len(frame) == len(rows) > 10
    total = sum(row["adjustment_amount"] for row in rows)
    assert isinstance(total, Decimal)
    assert sum(arrow["adjustment_amount"].to_pylist()) == frame["adjustment_amount"].sum() == total


def test_rows_are_chosen_by_value():
    run = usual()
    tin = p4p.table(run, "payments", form="rows")[3]["tin"]
    for form in ("rows", "arrow"):
        assert len(p4p.table(run, "payments", where={"tin": tin}, form=form)) == 1
    found = p4p.table(run, "adjustments", where={"multiple": None})
    assert 0 < found.num_rows == found["multiple"].null_count


def test_a_form_that_is_none_or_not_installed_says_so(monkeypatch):
    with pytest.raises(UsageError, match="no form"):
        p4p.table(usual(), "payments", form="excel")
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(UsageError, match="polars is not installed"):
        p4p.table(usual(), "payments", form="polars")


def test_polars_is_handed_the_arrow_table(monkeypatch):
    class Polars:
        """Stands in for the library, which is not among those the tests install."""

        @staticmethod
        def from_arrow(table):
            return ("frame", table.num_rows)

    monkeypatch.setitem(sys.modules, "polars", Polars)
    found = p4p.table(usual(), "payments", form="polars")
    assert found == ("frame", p4p.table(usual(), "payments").num_rows)


def test_a_population_is_made_and_paid(tmp_path):
    folder = p4p.synthesize(400, tmp_path / "people", seed=2)
    run = p4p.run_program(
        PROGRAM, str(folder), str(tmp_path / "run"), performance_period=2015, threads=1
    )
    assert run.manifest["finished"]
    assert p4p.open_run(str(tmp_path / "run")).manifest == run.manifest


def test_explanations_are_those_of_the_commands():
    run = usual()
    tin = p4p.table(run, "payments", form="rows")[0]["tin"]
    assert p4p.explain_adjustment(run, tin).to_json() == why_adjustment(run, tin).to_json()
    assert p4p.explain_tier(run, tin).to_json()
    person = p4p.table(run, "attributed_beneficiaries", form="rows")[0]
    assert p4p.explain_attribution(run, person["beneficiary_id"]).value == person["tin"]
    case = next(r for r in p4p.table(run, "measure_cases", form="rows") if r["included"]
                and r["beneficiary_id"] and r["measure"] == "per_capita_cost")  # fmt: skip
    assert p4p.explain_case(run, case["beneficiary_id"], case["measure"]).to_json()
    assert p4p.explain_rate(run, case["tin"], case["measure"]).to_json()


def test_runs_are_compared_and_rules_changed():
    run = usual()
    side_by_side = p4p.compare_runs(run, run)
    assert side_by_side.column_names == ["figure", f"1: {PROGRAM}", f"2: {PROGRAM}"]
    assert side_by_side[1].to_pylist() == side_by_side[2].to_pylist()
    found = p4p.simulate(run, {"tiering.standard_deviations": 0.25, "tiering.significance": 0.5})
    (variant,) = found.variants
    assert "tiers" in variant.computed
    assert "attributed_beneficiaries" not in variant.computed


def test_a_practice_is_prepared_and_a_program_audited(tmp_path):
    run = usual()
    tin = next(r["tin"] for r in p4p.table(run, "tiers", form="rows") if r["is_tiered"])
    assert p4p.prepare_practice(run, tin).said["tin"] == tin
    audit = p4p.audit_program(PROGRAM)
    assert audit.program.id == PROGRAM
    evidence = written(tmp_path / "evidence", ["practices", "fees"])
    records = p4p.audit_program(PROGRAM, evidence=str(evidence)).clause("P10").records
    assert {r.check.id: r.verdict for r in records if r.files} == {"P10.3": "meets"}
    with pytest.raises(UsageError, match="is audited"):
        p4p.audit_program("medicare_value_modifier/2016", run)


def test_a_file_of_rates_is_prepared(tmp_path):
    from openp4p.program.library import load_program
    from openp4p.simulation.rates_template import write_template

    write_template(tmp_path / "rates.csv", load_program(PROGRAM), None)
    assert p4p.prepare_rates(PROGRAM, tmp_path / "rates.csv").said["payment_year"] == 2017
    with pytest.raises(UsageError, match="pays awards"):
        p4p.prepare_rates("vms_model/2017", tmp_path / "rates.csv")


def test_reports_are_made(tmp_path):
    tin = p4p.table(usual(), "payments", form="rows")[0]["tin"]
    found = p4p.report_practices(usual(), tmp_path / "out", tins=[tin], forms=["csv"])
    assert (found.practices, found.made) == (1, 1)
