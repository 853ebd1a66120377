"""The Tuva input layer of a demonstration: no TIN, dollars by line, ICD-10."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from openp4p.results import Run
from tests.command_line import shown
from tests.samples.public import file_of, rows_in, rows_of_file


def test_every_row_of_every_file_is_read_and_used(tuva, tuva_run):
    files = {path.name: rows_in(path) for path in tuva.iterdir() if path.suffix == ".gz"}
    assert files["medical_claim.csv.gz"] == 6_075
    ledger = shown(tuva_run, "accounting")
    read = {row["file"]: int(row["rows_read"]) for row in ledger}
    assert read == {**files, "practices.csv": 2_014}
    for row in ledger:
        assert int(row["rows_read"]) == int(row["rows_used"]) + int(row["rows_set_aside"])
    assert sum(int(row["rows_set_aside"]) for row in ledger) == 0


def test_dollars_reconcile_to_the_cent_with_the_files(tuva, tuva_run):
    paid = defaultdict(Decimal)
    for row in rows_of_file(file_of(tuva, "medical_claim")):
        kind = "PART_B" if row["claim_type"] == "professional" else "institutional"
        paid[kind] += Decimal(row["paid_amount"])
    for row in rows_of_file(file_of(tuva, "pharmacy_claim")):
        # some amounts of this file went through binary fractions: 26.249999999
        paid["PDE"] += Decimal(row["paid_amount"] or 0).quantize(Decimal("0.01"), ROUND_HALF_UP)
    found = defaultdict(Decimal)
    for row in shown(tuva_run, "accounting_money"):
        used, aside = Decimal(row["dollars_used"]), Decimal(row["dollars_set_aside"])
        assert Decimal(row["dollars_read"]) == used + aside
        kind = row["claim_class"]
        found[kind if kind in ("PART_B", "PDE") else "institutional"] += used
    assert found == paid
    assert round(found["PART_B"]) == 227_237
    assert round(found["institutional"]) == 3_743_038


def test_claims_are_of_the_class_that_their_bill_says(tuva_run):
    claims = Run.open(tuva_run).table("claim")
    counts = claims.group_by("claim_class").agg(n=claims.count()).to_pyarrow().to_pylist()
    found = {row["claim_class"]: row["n"] for row in counts}
    assert found["PART_B"] == 2_869
    assert found["INPATIENT"] == 9
    assert sum(n for kind, n in found.items() if kind not in ("PART_B", "PDE")) == 237


def test_lines_of_professionals_are_all_there_and_each_has_a_practice(tuva_run):
    lines = Run.open(tuva_run).table("claim_line")
    lines = lines.filter(lines.claim_class == "PART_B")
    codes = lines.hcpcs_code
    primary = codes.between("99201", "99215") | codes.between("99304", "99350")
    primary |= codes.isin(["G0402", "G0438", "G0439"])
    (found,) = (
        lines.agg(
            lines=lines.count(),
            without_practice=lines.tin.isnull().sum(),
            practices=lines.tin.nunique(),
            npis=lines.npi.nunique(),
            primary=primary.fill_null(False).sum(),
        )
        .to_pyarrow()
        .to_pylist()
    )
    assert found == {
        "lines": 4_870, "without_practice": 0, "practices": 25, "npis": 2_014, "primary": 631,
    }  # fmt: skip


def test_hospital_lines_belong_to_no_practice(tuva_run):
    lines = Run.open(tuva_run).table("claim_line")
    assert int(lines.filter(lines.claim_class != "PART_B").tin.count().execute()) == 0


def test_what_the_claims_lack_is_said(tuva_run):
    codes = {row["code"] for row in shown(tuva_run, "intake_notes")}
    assert codes >= {"no_tin", "no_specialty", "enrolment_without_parts", "allowed_from_paid"}


def test_practices_have_patients_rates_and_a_payment(tuva_run):
    assert len(shown(tuva_run, "attribution_candidates")) > 100
    assert len(shown(tuva_run, "attributed_beneficiaries")) > 0
    assert len(shown(tuva_run, "performance_rates")) > 0
    assert len(shown(tuva_run, "payments")) == 25
