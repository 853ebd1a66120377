"""CMS DE-SynPUF: every row accounted for, and the totals that CMS printed in the files."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from ibis import _

from openp4p.claims.allowed import is_allowed_line
from openp4p.engine import open_engine
from openp4p.results import Run
from tests.command_line import openp4p, shown
from tests.samples.conftest import PROGRAM
from tests.samples.public import file_of, rows_in, rows_of_file

YEARS = (2008, 2009)


@pytest.fixture(scope="module")
def run(synpuf_run):
    return Run.open(synpuf_run)


@pytest.fixture(scope="module")
def summaries(synpuf):
    """CMS's own totals by beneficiary and year."""
    return {
        (row["DESYNPUF_ID"], year): row
        for year in YEARS
        for row in rows_of_file(file_of(synpuf, f"{year}_Beneficiary"))
    }


def dollars_by_year(table, amount):
    """Dollars of claims or lines by beneficiary and the year in which they end."""
    by_year = table.mutate(year=table.thru_date.year(), dollars=amount)
    sums = by_year.group_by("beneficiary_id", "year").agg(dollars=by_year.dollars.sum())
    found = sums.to_pyarrow().to_pylist()
    return {(r["beneficiary_id"], r["year"]): r["dollars"] for r in found}


def matching(summaries, column, found):
    """By year: beneficiaries whose total is CMS's, and how many there are."""
    same, all_of = defaultdict(int), defaultdict(int)
    for (person, year), row in summaries.items():
        all_of[year] += 1
        same[year] += Decimal(row[column]) == (found.get((person, year)) or 0)
    return {year: (same[year], all_of[year]) for year in YEARS}


def test_every_row_of_every_file_is_read_and_used(synpuf, synpuf_run, regrouping):
    files = {path.name: rows_in(path) for path in synpuf.iterdir() if path.suffix == ".gz"}
    assert len(files) == 6
    with regrouping.open() as lines:
        files["practices.csv"] = sum(1 for _ in lines) - 1
    ledger = shown(synpuf_run, "accounting")
    assert {row["file"]: int(row["rows_read"]) for row in ledger} == files
    for row in ledger:
        assert int(row["rows_read"]) == int(row["rows_used"]) + int(row["rows_set_aside"])
    assert sum(int(row["rows_set_aside"]) for row in ledger) == 0


def test_dollars_reconcile_to_the_cent_with_the_files(synpuf, synpuf_run):
    paid = defaultdict(Decimal)
    for row in rows_of_file(file_of(synpuf, "Carrier")):
        for column, value in row.items():
            if column.startswith("LINE_NCH_PMT_AMT_") and value:
                paid["PART_B", row["CLM_FROM_DT"][:6]] += Decimal(value)
    for kind in ("Inpatient", "Outpatient"):
        for row in rows_of_file(file_of(synpuf, kind)):
            paid[kind.upper(), row["CLM_FROM_DT"][:6]] += Decimal(row["CLM_PMT_AMT"])
    ledger = shown(synpuf_run, "accounting_money")
    read = {(r["claim_class"], r["year_month"]): Decimal(r["dollars_read"]) for r in ledger}
    assert {key: dollars for key, dollars in read.items() if dollars} == {
        key: dollars for key, dollars in paid.items() if dollars
    }
    for r in ledger:
        used, aside = Decimal(r["dollars_used"]), Decimal(r["dollars_set_aside"])
        assert Decimal(r["dollars_read"]) == used + aside
    assert sum(dollars for (kind, _), dollars in read.items() if kind == "PART_B") == 939_430


def test_annual_inpatient_payments_are_those_of_cms(run, summaries):
    stays = run.table("claim").filter(_.claim_class == "INPATIENT")
    found = dollars_by_year(stays, stays.paid_amount + stays.pass_through_amount.fill_null(0))
    # one stay of 2008 began before the extract does
    assert matching(summaries, "MEDREIMB_IP", found) == {2008: (355, 356), 2009: (354, 354)}


def test_annual_outpatient_payments_are_those_of_cms(run, summaries):
    bills = run.table("claim").filter(_.claim_class == "OUTPATIENT")
    found = dollars_by_year(bills, bills.paid_amount)
    assert matching(summaries, "MEDREIMB_OP", found) == {2008: (355, 356), 2009: (354, 354)}


def test_annual_carrier_payments_are_those_of_cms_where_no_line_was_cut(synpuf, run, summaries):
    """The extract keeps five lines of a claim; CMS's totals are of all of them."""
    full = set()
    for row in rows_of_file(file_of(synpuf, "Carrier")):
        key = row["DESYNPUF_ID"], int(row["CLM_THRU_DT"][:4])
        if row["TAX_NUM_5"]:
            full.add(key)
    whole = {key: row for key, row in summaries.items() if key not in full}
    lines = run.table("claim_line")
    lines = lines.filter(lines.claim_class == "PART_B", is_allowed_line(lines))
    paid = dollars_by_year(lines, lines.paid_amount)
    owed = dollars_by_year(lines, lines.deductible + lines.coinsurance)
    assert matching(whole, "MEDREIMB_CAR", paid) == {2008: (211, 211), 2009: (173, 173)}
    assert matching(whole, "BENRES_CAR", owed) == {2008: (211, 211), 2009: (173, 173)}


def test_carrier_lines_professionals_and_billing_numbers_are_all_there(run):
    lines = run.table("claim_line")
    lines = lines.filter(lines.claim_class == "PART_B")
    codes = lines.hcpcs_code
    primary = codes.between("99201", "99215") | codes.between("99304", "99350")
    primary |= codes.isin(["G0402", "G0438", "G0439"])
    (found,) = (
        lines.agg(
            lines=lines.count(),
            tins=lines.billed_tin.nunique(),
            practices=lines.tin.nunique(),
            npis=lines.npi.nunique(),
            allowed=lines.allowed_amount.sum(),
            primary=primary.fill_null(False).sum(),
        )
        .to_pyarrow()
        .to_pylist()
    )
    assert found == {
        "lines": 20_827,
        "tins": 6_478,
        "practices": 40,
        "npis": 8_883,
        "allowed": 1_234_530,
        "primary": 3_657,
    }


def test_practices_have_patients_rates_and_a_payment(synpuf_run):
    candidates = shown(synpuf_run, "attribution_candidates")
    assert {row["tin"] for row in candidates} == {row["tin"] for row in shown(synpuf_run, "tiers")}
    assert len(shown(synpuf_run, "attributed_beneficiaries")) > 100
    rates = shown(synpuf_run, "performance_rates")
    assert {row["measure"] for row in rates} >= {"per_capita_cost"}
    assert len(shown(synpuf_run, "payments")) == 40


def test_the_run_and_its_page_say_which_years_were_put_together(synpuf_run):
    page = (synpuf_run / "summary.html").read_text(encoding="utf-8")
    assert 'id="override"' in page
    assert "applied to claims of 2009" in str(Run.open(synpuf_run).manifest["notes"])


def test_another_year_of_the_same_claims_gives_other_patients(
    synpuf, regrouping, synpuf_run, tmp_path
):
    openp4p(
        "run", PROGRAM, "--input", synpuf, "--crosswalk", regrouping,
        "--performance-period", 2008, "--out", tmp_path / "run",
    )  # fmt: skip
    before, after = shown(tmp_path / "run", "payments"), shown(synpuf_run, "payments")
    assert sum(Decimal(r["paid_amount"]) for r in before) > 0
    assert before != after


def test_the_complete_file_gives_the_annual_inpatient_totals_of_cms(synpuf_full, tmp_path):
    """66,705 stays of 116,352 people; 68 second segments repeat an amount and must not count."""
    from openp4p.claims.intake import read_claims

    engine = open_engine("duckdb")
    claims = read_claims(synpuf_full, engine, tmp_path / "intake").tables["claim"]
    stays = claims.filter(claims.claim_class == "INPATIENT")
    assert int(stays.count().execute()) == 66_705
    found = dollars_by_year(stays, stays.paid_amount + stays.pass_through_amount.fill_null(0))
    totals = defaultdict(Decimal)
    for (_person, year), dollars in found.items():
        totals[year] += dollars
    assert totals == {2008: 257_624_360, 2009: 250_842_760, 2010: 139_989_740}
    for year, people in {2008: 116_352, 2009: 114_538, 2010: 112_754}.items():
        summary = engine.read_parquet(file_of(synpuf_full, f"{year}_Beneficiary"))
        rows = summary.select("DESYNPUF_ID", "MEDREIMB_IP").to_pyarrow().to_pylist()
        assert len(rows) == people
        off = [
            r for r in rows if Decimal(r["MEDREIMB_IP"]) != found.get((r["DESYNPUF_ID"], year), 0)
        ]
        assert len(off) == 0
    ledger = engine.read_parquet(tmp_path / "intake" / "accounting").to_pyarrow().to_pylist()
    by_file = {row["file"]: row["rows_read"] for row in ledger}
    assert by_file == {p.name: rows_in(p) for p in synpuf_full.iterdir() if p.suffix != ".md"}
    reasons = engine.read_parquet(tmp_path / "intake" / "accounting_reasons")
    reasons = [r for r in reasons.to_pyarrow().to_pylist() if "Inpatient" in r["file"]]
    assert [(r["reason"], r["rows_set_aside"], r["dollars"]) for r in reasons] == [
        ("segment 2 repeats the claim", 68, Decimal("1277700.00"))
    ]
    engine.close()
