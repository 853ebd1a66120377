"""`openp4p remittance` and `openp4p reconcile` on a run that starts from rates."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest

from openp4p.results import Run
from tests.unit.cli.commands import command, run_folder

HEAD = "claim_id,line_number,tin,service_date,paid_before,paid_after,carc\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    out = tmp_path_factory.mktemp("remittance") / "remittance.csv"
    said = command("remittance", run_folder(), "--out", out)
    assert said.code == 0, said.err
    with out.open(encoding="utf-8", newline="") as held:
        return {row["tin"]: row for row in csv.DictReader(held)}


def reconcile(tmp_path, lines, *options):
    path = tmp_path / "returned.csv"
    path.write_text(HEAD + lines, encoding="utf-8")
    return command("reconcile", run_folder(), "--lines", path, *options)


def test_the_payer_is_told_the_factor_of_every_practice_and_the_codes(told):
    paid = {row["tin"]: row for row in Run.open(run_folder()).rows("payments")}
    assert set(told) == set(paid)
    for tin, row in told.items():
        fraction = paid[tin]["adjustment_fraction"]
        assert Decimal(row["adjustment_fraction"]) == fraction
        assert Decimal(row["pay_times"]) == 1 + fraction
        assert Decimal(row["adjustment_amount"]) == paid[tin]["adjustment_amount"]
        codes = ("CO", "144" if fraction > 0 else "237", "N701") if fraction else ("", "", "")
        assert (row["group_code"], row["carc"], row["rarc"]) == codes
        assert (row["first_day"], row["last_day"]) == ("2017-01-01", "2017-12-31")
    assert any(row["carc"] for row in told.values())


def test_a_run_without_claims_still_knows_what_a_line_should_be(tmp_path, told):
    tin, row = next((t, r) for t, r in told.items() if r["carc"])
    after = (Decimal("100.00") * Decimal(row["pay_times"])).quantize(Decimal("0.01"))
    right = f"c1,1,{tin},2017-02-01,100.00,{after},{row['carc']}\n"
    said = reconcile(tmp_path, right)
    assert (said.code, "Every line agrees." in said.out) == (0, True)
    assert "holds no claims of 2017" in said.out
    said = reconcile(tmp_path, right + f"c2,1,{tin},2017-02-01,100.00,{after},45\n")
    assert said.code == 1
    assert "the adjustment reason code does not" in said.out


def test_every_mistake_of_a_file_is_told_at_once(tmp_path):
    said = reconcile(tmp_path, "c1,x,T,2017-02-01,1.234,1,\n,1,T,02/01/2017,5,5,\nc,1,T\n")
    assert said.code == 4
    for mistake in (
        "line 2: line_number is not a whole number",
        "line 2: paid_before is not dollars",
        "line 3: claim_id is empty",
        "line 3: service_date is not a day",
        "line 4: paid_after is empty",
    ):
        assert mistake in said.err
    path = tmp_path / "other.csv"
    path.write_text("claim_id,tin,tin\nc,T,T\n", encoding="utf-8")
    said = command("reconcile", run_folder(), "--lines", path)
    assert (
        "lacks line_number, service_date, paid_before, paid_after and names tin twice" in said.err
    )
    said = command("reconcile", run_folder(), "--lines", tmp_path / "none.csv")
    assert (said.code, "is not there" in said.err) == (4, True)
    said = command("remittance", run_folder(), "--out", tmp_path / "no" / "folder.csv")
    assert (said.code, "(cannot-write:" in said.err) == (2, True)
