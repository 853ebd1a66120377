"""Every public sample looked at: its format, files, rows and days, as their READMEs count them."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from openp4p.claims.inspection import Inspection, inspect
from tests.samples.public import sample

SUMMARIES = 116_352 + 114_538 + 112_754
# folder: format, whether a run is possible, first and last day, rows by kind of file
KNOWN = {
    "desynpuf_s01_full": (
        "synpuf", True, "2007-11-27", "2010-12-31",
        {"summary": SUMMARIES, "inpatient": 66_773, "outpatient": 11_084},
    ),
    "desynpuf_s02_500": (
        "synpuf", True, "2008-01-01", "2009-12-31",
        {"summary": 356 + 354, "carrier": 11_377, "inpatient": 162, "outpatient": 1_970,
         "drug": 12_493},
    ),
    "rif_synthea_20": (
        "rif", True, "2011-01-01", "2021-05-31",
        {"beneficiary summary": 11 * 20, "beneficiary history": 20, "carrier claims": 1_997,
         "dme claims": 4, "hha claims": 11, "hospice claims": 284, "inpatient claims": 41,
         "outpatient claims": 1_305, "prescription drug events": 984, "snf claims": 638},
    ),
    "tuva_demo_100": (
        "tuva", True, "2016-01-01", "2018-12-31",
        {"eligibility": 219, "medical": 4_870 + 1_205, "pharmacy": 612},
    ),
    "tuva_demo_1000_partial": (
        "tuva", False, "2014-09-16", "2018-12-31",
        {"eligibility": 2_309, "pharmacy": 12_019, "attribution": 100},
    ),
    "cclf_bcda/test_large": (
        "cclf", False, None, None,
        {"CCLF0 counts of rows": 11, "CCLF8 demographics": 19_990, "CCLF9 cross-reference": 2},
    ),
    "fhir_eob/ab2d_stu3": ("fhir", True, "1945-12-16", "2021-12-31", {"resources": 500}),
    "fhir_eob/bfd_v1": ("fhir", True, "1942-01-03", "2018-12-31", {"resources": 26}),
    "fhir_eob/bfd_v2": ("fhir", True, "1942-01-03", "2018-12-31", {"resources": 26}),
    "quality_pqrs": (None, False, None, None, {None: 0}),
    "partb_provider_2012_vt": (None, False, None, None, {None: 0}),
}  # fmt: skip


@cache
def look(name: str) -> Inspection:
    """What is in a sample."""
    return inspect(sample(name), threads=2)


@pytest.mark.parametrize("name", KNOWN)
def test_a_sample_is_what_its_publisher_says(name):
    found = look(name)
    days = [day for file in found.files for day in (file.first_day, file.last_day) if day]
    rows: Counter[str | None] = Counter()
    for file in found.files:
        rows[file.kind] += file.rows or 0
    first, last = min(days, default=None), max(days, default=None)
    assert found.problems == []
    assert (found.format, found.can_run, first, last, dict(rows)) == KNOWN[name]


def test_the_columns_of_a_loader_are_cclf_without_a_row():
    found = look("cclf_tuva_seeds")
    assert (found.format, found.can_run, found.problems) == ("cclf", False, [])
    kinds = {str(file.kind).split()[0] for file in found.files}
    assert kinds == {*(f"CCLF{n}" for n in range(1, 10)), "spans"}
    assert {file.rows for file in found.files} == {0}


def test_omop_tables_are_named_and_no_run_is_made_of_them():
    found = look("omop_synpuf50")
    assert (found.format, found.can_run) == ("omop", False)
    assert [problem.found.split(":")[0] for problem in found.problems] == [
        "OMOP keeps no claim lines as they were billed"
    ]
    rows = {file.kind: file.rows for file in found.files}
    assert rows == {
        "person": 50, "visit_occurrence": 1_847, "procedure_occurrence": 4_713,
        "condition_occurrence": 5_121, "measurement": 1_065, "observation": 733,
        "drug_exposure": 2_140, "payer_plan_period": 165, "death": 4, "device_exposure": 29,
        "observation_period": 43,
    }  # fmt: skip
    claims = {one.need.what: one.filled for one in found.needs if one.need.table == "claim"}
    assert (claims["professional claims"], claims["outpatient claims"]) == (1_613, 209)
    assert claims["inpatient claims"] == 25
    missing = {(one.need.table, one.need.column) for one in found.missing}
    assert missing >= {("claim_line", "tin"), ("claim_line", "npi"),
                       ("claim_line", "allowed_amount"), ("claim_line", "specialty")}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("tuva_demo_100", {("claim_line", "specialty"), ("claim", "ccn")}),
        ("desynpuf_s02_500", {("claim_line", "specialty"), ("claim", "discharge_status")}),
        ("rif_synthea_20", {("claim_line", "hcpcs_code")}),
    ],
)
def test_what_a_sample_lacks_is_said_with_what_that_costs(name, without):
    missing = {(m.need.table, m.need.column): m.need.without for m in look(name).missing}
    assert missing.keys() >= without
    assert all(missing.values())
