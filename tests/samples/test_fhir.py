"""FHIR resources that CMS's programs publish as examples: both versions of one server, AB2D, BCDA.

None of the sets is a whole input, so that each is laid beside what it lacks.
"""

from __future__ import annotations

import shutil

import pytest

from tests.samples.public import sample
from tests.unit.claims.fhir_resources import STAY, ndjson
from tests.unit.claims.folders import must_add_up, taken

# what the servers state differently of the same claims: the claim and line or number
_QUANTITY_OF_A_DRUG = {("333333222222", 1), ("9992223422", 1)}
_LABELLED_OTHERWISE = {"777777777", "2925555555"}


@pytest.fixture
def read(tmp_path, duckdb_engine):
    """The intake of files of the FHIR samples, all of a folder if none is named."""

    def of(folder, *names, beside=()):
        place = tmp_path / "-".join([folder, *names])
        place.mkdir()
        source = sample("fhir_eob") / folder
        for path in sorted(source.iterdir()):
            if not names or path.name in names:
                shutil.copy(path, place)
        if beside:
            ndjson(place / "beside.ndjson", *beside)
        found = taken(place, duckdb_engine)
        must_add_up(found)
        assert found.format == "fhir"
        return found

    return of


def used(found):
    """Rows read and used by file."""
    return {r["file"]: (r["rows_read"], r["rows_used"]) for r in found.rows("accounting")}


def test_both_versions_of_the_server_give_the_same_claims(read):
    old, new = read("bfd_v1"), read("bfd_v2")
    for table, rows in (("claim", 9), ("procedure", 8), ("beneficiary", 1)):
        assert old.rows(table) == new.rows(table), table
        assert len(new.rows(table)) == rows
    lines = [
        {(r["claim_id"], r["line_number"]): r for r in f.rows("claim_line")} for f in (old, new)
    ]
    assert len(lines[0]) == 8
    assert lines[0].keys() == lines[1].keys()
    for key, line in lines[0].items():
        if key in _QUANTITY_OF_A_DRUG:
            line["units"] = lines[1][key]["units"]
        assert line == lines[1][key]
    codes = [{(r["claim_id"], r["code"], r["icd_version"]) for r in f.rows("diagnosis")}
             for f in (old, new)]  # fmt: skip
    assert codes[0] == codes[1]
    listed = [[r for r in f.rows("diagnosis") if r["claim_id"] not in _LABELLED_OTHERWISE]
              for f in (old, new)]  # fmt: skip
    assert listed[0] == listed[1]
    assert (len(listed[0]), len(new.rows("diagnosis"))) == (30, 39)


@pytest.mark.parametrize("version", ["bfd_v1", "bfd_v2"])
def test_one_of_every_kind_of_claim_is_read(read, version):
    found = read(version)
    kinds = sorted(r["claim_class"] for r in found.rows("claim"))
    assert kinds == ["DME", "HHA", "HOSPICE", "INPATIENT", "OUTPATIENT", "PART_B", "PART_B", "PDE",
                     "SNF"]  # fmt: skip
    assert {r["rule"] for r in found.rows("quarantine")} == {"replaced", "resource not used"}
    assert sum(rows for rows, _ in used(found).values()) == 26


@pytest.mark.parametrize("version", ["bfd_v1", "bfd_v2"])
@pytest.mark.parametrize(("kind", "tin"), [("Carrier", "204299999"), ("Dme", "9994931888")])
def test_tins_are_found_in_either_place(read, version, kind, tin):
    found = read(version, f"eobRead{kind}WithTaxNumbers.json")
    assert [r["tin"] for r in found.rows("claim_line")] == [tin]
    assert "no_tin" not in found.codes()


@pytest.mark.parametrize("version", ["bfd_v1", "bfd_v2"])
def test_without_tax_numbers_the_organisation_stands_for_the_practice(read, version):
    found = read(version, "eobReadCarrier.json")
    assert [r["tin"] for r in found.rows("claim_line")] == ["0000000000"]
    assert "no_tin" in found.codes()


def test_a_claim_of_seven_lines_has_seven(read):
    old = read("bfd_v1", "eobReadCarrierMultipleLines.json.gz")
    new = read("bfd_v2", "eobReadCarrierWithMultipleLines.json.gz")
    assert len(old.rows("claim_line")) == len(new.rows("claim_line")) == 7
    assert old.rows("claim_line") == new.rows("claim_line")


def test_ab2d_claims_are_of_the_types_that_they_are_said_to_be_of(read):
    found = read("ab2d_stu3")
    kinds = [r["claim_class"] for r in found.rows("claim")]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "OUTPATIENT": 179, "PART_B": 171, "PDE": 72, "INPATIENT": 39, "HHA": 30, "DME": 7,
        "HOSPICE": 2,
    }  # fmt: skip
    assert used(found) == {"EOB-500.ndjson.gz": (500, 500)}
    lines = found.rows("claim_line")
    # one item for each claim that is no drug event
    assert len(lines) == 428
    assert sum(r["hcpcs_code"] is not None for r in lines) == 7
    assert len(found.rows("beneficiary")) == 6
    assert found.codes() >= {"no_patients", "enrolment_assumed", "no_specialty"}


@pytest.mark.parametrize(
    ("name", "claims", "items", "primary"),
    [("ExplanationOfBenefit.bundle.json.gz", 33, 52, 17), ("test.ndjson.gz", 10, 11, 6)],
)
def test_bcda_bundles_have_the_items_that_they_are_said_to_have(read, name, claims, items, primary):
    found = read("bcda_stu3", name, "Patient.json", "Coverage.json")
    assert used(found)[name] == (claims, claims)
    lines = found.rows("claim_line")
    codes = [r["hcpcs_code"] for r in lines]
    visits = [c for c in codes if "99201" <= c <= "99215" or "99304" <= c <= "99350"]
    visits += [c for c in codes if c in ("G0402", "G0438", "G0439")]
    assert (len(lines), len(visits)) == (items, primary)
    assert {r["icd_version"] for r in found.rows("diagnosis")} == {9}
    assert {r["processing_indicator"] for r in lines} == {"A"}
    assert {(r["beneficiary_id"], r["state"]) for r in found.rows("beneficiary")} == {
        ("20000000000001", "FL")
    }
    assert found.codes() >= {"no_tin", "no_specialty", "coverage_without_dates"}


def test_samples_of_all_servers_may_lie_in_one_folder(read, tmp_path, duckdb_engine):
    place = tmp_path / "all"
    shutil.copytree(sample("fhir_eob"), place)
    ndjson(place / "stay.ndjson", STAY)
    found = taken(place, duckdb_engine)
    must_add_up(found)
    assert len(found.rows("claim")) == 9 + 500 + 33 + 1
