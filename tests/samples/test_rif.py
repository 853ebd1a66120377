"""CMS's synthetic RIF: twenty people of Synthea, and the rows made by hand for its own tests."""

from __future__ import annotations

import shutil
from decimal import Decimal

import pytest

from tests.samples.public import sample
from tests.unit.claims.folders import must_add_up, taken
from tests.unit.claims.test_read_rif import PERSON, VISIT, written

# file, rows, claims, sum of CLM_PMT_AMT once a claim: counted with the csv module
FILES = (
    ("inpatient", 41, 41, "202896.75"),
    ("snf", 638, 6, "279304.64"),
    ("outpatient", 1305, 1110, "1603706.33"),
    ("hha", 11, 10, "5783.91"),
    ("hospice", 284, 9, "127355.75"),
    ("dme", 4, 4, "138.50"),
)


@pytest.fixture(scope="module")
def synthea(tmp_path_factory, duckdb_engine):
    """All files of the twenty people, taken in."""
    folder = tmp_path_factory.mktemp("synthea") / "in"
    shutil.copytree(sample("rif_synthea_20"), folder)
    found = taken(folder, duckdb_engine)
    must_add_up(found)
    assert found.format == "rif"
    return found


def test_every_row_of_every_type_is_used(synthea):
    accounts = {row["file"]: row for row in synthea.rows("accounting")}
    for name, rows, _claims, _paid in FILES:
        account = accounts[f"{name}.csv.gz"]
        assert (account["rows_read"], account["rows_used"]) == (rows, rows)
    assert accounts["carrier.csv.gz"]["rows_used"] == 1_997
    assert accounts["pde.csv.gz"]["rows_used"] == 984
    aside = {file for file, account in accounts.items() if account["rows_set_aside"]}
    assert aside == {"beneficiary_history.csv.gz"}


def test_claims_and_their_payments(synthea):
    claims = synthea.rows("claim")
    by_class: dict[object, list] = {}
    for row in claims:
        by_class.setdefault(row["claim_class"], []).append(row["paid_amount"])
    for name, _rows, count, paid in FILES:
        amounts = by_class[name.upper()]
        assert (len(amounts), sum(amounts)) == (count, Decimal(paid)), name
    assert len(by_class["PART_B"]) == 179
    assert len(by_class["PDE"]) == 984


def test_carrier_lines(synthea):
    lines = [row for row in synthea.rows("claim_line") if row["claim_class"] == "PART_B"]
    assert sum(row["paid_amount"] for row in lines) == Decimal("261647.95")
    assert sum(row["allowed_amount"] for row in lines) == Decimal("940549.74")
    assert len({row["tin"] for row in lines}) == len({row["npi"] for row in lines}) == 26
    assert sum(row["hcpcs_code"] is None for row in lines) == 1_900
    assert {row["specialty"] for row in lines} == {"01"}


def test_people_are_in_no_plan_though_a_contract_is_named(synthea):
    assert len(synthea.rows("beneficiary")) == 20
    months = synthea.rows("enrollment_month")
    assert not any(row["ma_enrolled"] for row in months)
    assert any(row["part_a"] for row in months)
    assert {row["discharge_status"] for row in synthea.rows("claim")} >= {"01"}


@pytest.fixture
def static(tmp_path, duckdb_engine):
    """Intake of some of the files made by hand, with what a run needs beside them."""

    def of(*names):
        folder = tmp_path / "in"
        folder.mkdir()
        for name in names:
            shutil.copy(sample("rif_static_samples") / f"{name}.txt", folder)
        other = {"BENE_ID": "1"}
        written(folder / "zz_people.txt", [{**PERSON, **other}])
        written(folder / "zz_carrier.txt", [{**VISIT, **other, "CLM_ID": "1"}])
        found = taken(folder, duckdb_engine)
        must_add_up(found)
        return found

    return of


def claims_of(found) -> dict:
    return {row["claim_id"]: row for row in found.rows("claim") if row["claim_id"] != "1"}


def test_seven_lines_are_one_claim_with_one_payment(static):
    found = static("sample-a-bcarrier-multiple-lines")
    (claim,) = claims_of(found).values()
    assert claim["paid_amount"] == Decimal("199.99")
    lines = [row for row in found.rows("claim_line") if row["claim_id"] == claim["claim_id"]]
    assert len(lines) == 7
    assert {row["tin"] for row in lines} == {"204299999"}
    assert {row["specialty"] for row in lines} == {"41"}


def test_an_update_that_is_not_final_leaves_no_claim(static):
    found = static("sample-a-bcarrier", "sample-u-bcarrier")
    assert claims_of(found) == {}
    reasons = {reason for (_file, reason) in found.reasons()}
    assert reasons == {"replaced", "not final action"}


@pytest.mark.parametrize(
    ("name", "drg"),
    [("sample-a-inpatient", "695"), ("sample-a-inpatient-with-four-character-drg-code", None)],
)
def test_a_stay(static, name, drg):
    found = static(name)
    (stay,) = claims_of(found).values()
    assert (stay["drg"], stay["discharge_status"]) == (drg, "51")
    assert stay["pass_through_amount"] == Decimal("120.00")
    warned = {row["rule"] for row in found.rows("intake_warnings")}
    assert ("no valid DRG" in warned) == (drg is None)


def test_a_status_of_one_digit(static):
    (claim,) = claims_of(static("sample-a-snf")).values()
    assert claim["discharge_status"] == "01"


def test_a_summary_without_a_year_and_one_with_a_backslash(static):
    found = static(
        "sample-a-beneficiaries-without-reference-year", "sample-a-beneficiaries-with-backslash"
    )
    assert len(found.rows("beneficiary")) == 2
    assert {reason for (_file, reason) in found.reasons()} == {"no reference year"}
