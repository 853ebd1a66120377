"""Files of FHIR resources: their shapes, and what is wrong with some of them."""

from __future__ import annotations

import gzip
import json

import pytest

from openp4p.claims.formats import fhir_documents
from openp4p.errors import InputError
from tests.unit.claims.fhir_resources import COVERED, PEOPLE, STAY, VISIT, bundle, ndjson
from tests.unit.claims.folders import must_add_up, taken

OTHERS = (*PEOPLE, *COVERED)


@pytest.fixture
def folder(tmp_path):
    """A folder that lacks the claims only."""
    made = tmp_path / "in"
    made.mkdir()
    ndjson(made / "people.ndjson", *OTHERS)
    return made


def read(folder, engine):
    """The intake of a folder, with the accounts checked."""
    found = taken(folder, engine)
    must_add_up(found)
    return found


def rows_read(found, name):
    """How many rows the ledger says a file has, and how many of them are used."""
    return next(
        (r["rows_read"], r["rows_used"]) for r in found.rows("accounting") if r["file"] == name
    )


def indented(resource):
    return json.dumps(resource, indent=2).encode()


SHAPES = {
    "lines": b"\n".join(json.dumps(r).encode() for r in (VISIT, STAY)),
    "lines of Windows with a mark": b"\xef\xbb\xbf"
    + b"\r\n".join(json.dumps(r).encode() for r in (VISIT, STAY)),
    "lines with blank ones between": b"\n\n"
    + b"\n  \n".join(json.dumps(r).encode() for r in (VISIT, STAY)),
    "a Bundle on one line": json.dumps(bundle(VISIT, STAY)).encode(),
    "Bundles line by line": b"\n".join(json.dumps(bundle(r)).encode() for r in (VISIT, STAY)),
    "a Bundle over many lines": b"\xef\xbb\xbf" + indented(bundle(VISIT, STAY)),
    "a list over many lines": indented([VISIT, STAY]),
    "packed": gzip.compress(indented(bundle(VISIT, STAY))),
    "packed lines": gzip.compress(b"\n".join(json.dumps(r).encode() for r in (VISIT, STAY))),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["claims.json", "claims.ndjson", "export", "claims.txt"])
def test_the_shape_is_told_by_the_content(folder, duckdb_engine, shape, name):
    (folder / name).write_bytes(SHAPES[shape])
    found = read(folder, duckdb_engine)
    assert found.format == "fhir"
    assert sorted(r["claim_id"] for r in found.rows("claim")) == ["H1", "V1"]
    assert rows_read(found, name) == (2, 2)
    assert found.rows("quarantine") == []


def test_a_single_resource_over_many_lines_is_read(folder, duckdb_engine):
    (folder / "one.json").write_bytes(indented(VISIT))
    assert rows_read(read(folder, duckdb_engine), "one.json") == (1, 1)


def test_lines_longer_than_the_beginning_that_is_looked_at_are_read(folder, duckdb_engine):
    long = {**VISIT, "text": {"div": "x" * 300_000}}
    ndjson(folder / "claims.ndjson", long, STAY)
    assert rows_read(read(folder, duckdb_engine), "claims.ndjson") == (2, 2)


def test_the_type_may_stand_at_the_end_of_a_resource(folder, duckdb_engine):
    turned = {k: v for k, v in VISIT.items() if k != "resourceType"}
    ndjson(folder / "claims", {**turned, "resourceType": "ExplanationOfBenefit"})
    assert rows_read(read(folder, duckdb_engine), "claims") == (1, 1)


def test_lines_that_are_no_json_stand_in_quarantine_with_their_rows(folder, duckdb_engine):
    ndjson(folder / "claims.ndjson", "nonsense", VISIT, '{"resourceType": "Explan', STAY, "{]}")
    found = read(folder, duckdb_engine)
    assert found.aside() == [
        ("claims.ndjson", row, None, "malformed line", None) for row in (1, 3, 5)
    ]
    assert rows_read(found, "claims.ndjson") == (5, 2)


def test_json_that_is_no_resource_stands_in_quarantine(folder, duckdb_engine):
    untyped = {k: v for k, v in STAY.items() if k != "resourceType"}
    broken = json.dumps({"resourceType": "Bundle", "entry": [{"search": {}}, {"resource": STAY}]})
    ndjson(folder / "claims.ndjson", VISIT, "[1, 2]", "7", "null", untyped, broken)
    found = read(folder, duckdb_engine)
    assert [(row, rule) for _f, row, _c, rule, _x in found.aside()] == [
        (row, "not a FHIR resource") for row in (2, 3, 4, 5, 6)
    ]
    assert rows_read(found, "claims.ndjson") == (7, 2)


def test_resources_of_other_types_are_set_aside_with_the_reason(folder, duckdb_engine):
    outcome = {"resourceType": "OperationOutcome", "id": "x"}
    ndjson(folder / "claims.ndjson", VISIT, outcome, {"resourceType": "Bundle", "entry": []})
    found = read(folder, duckdb_engine)
    assert [(row, rule) for _f, row, _c, rule, _x in found.aside()] == [
        (2, "resource not used"), (3, "resource not used"),
    ]  # fmt: skip


def test_a_character_of_zero_in_a_text_is_no_trouble(folder, duckdb_engine):
    ndjson(
        folder / "claims.ndjson", VISIT, {**STAY, "id": "a\x00b", "patient": {"reference": "\x00"}}
    )
    found = read(folder, duckdb_engine)
    assert rows_read(found, "claims.ndjson") == (2, 1)


def test_very_deep_nesting_is_no_trouble(folder, duckdb_engine):
    deep = '{"resourceType": "ExplanationOfBenefit", "item": ' + "[" * 20_000 + "]" * 20_000 + "}"
    ndjson(folder / "claims.ndjson", VISIT, deep)
    assert rows_read(read(folder, duckdb_engine), "claims.ndjson") == (2, 1)


UNUSABLE = {
    "a Bundle cut short": (indented(bundle(VISIT, STAY))[:-400], "is cut short or is not JSON"),
    "a Bundle of one line cut short": (
        json.dumps(bundle(VISIT, STAY)).encode()[:-400], "is cut short or is not JSON",
    ),
    "gzip cut short": (gzip.compress(SHAPES["lines"])[:-20], "is cut short or damaged"),
    "a zero byte": (SHAPES["lines"] + b"\x00", "holds a zero byte"),
    "not UTF-8": (SHAPES["lines"] + b"\xff", "is not UTF-8 text"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNUSABLE)
def test_a_file_that_cannot_be_meant_is_refused(folder, duckdb_engine, what):
    content, found = UNUSABLE[what]
    (folder / "claims.json").write_bytes(content)
    with pytest.raises(InputError, match=found) as caught:
        taken(folder, duckdb_engine)
    assert "P1" not in str(caught.value)


def test_a_document_beyond_the_limit_is_refused_in_words(folder, duckdb_engine, monkeypatch):
    monkeypatch.setattr(fhir_documents, "LARGEST_DOCUMENT", 2000)
    (folder / "claims.json").write_bytes(indented(bundle(VISIT, STAY)))
    with pytest.raises(InputError, match="one JSON document of more than 2,000 bytes"):
        taken(folder, duckdb_engine)


def test_every_problem_is_told_at_once(folder, duckdb_engine):
    (folder / "a.json").write_bytes(indented(VISIT)[:-40])
    (folder / "b.json").write_bytes(SHAPES["lines"] + b"\x00")
    with pytest.raises(InputError) as caught:
        taken(folder, duckdb_engine)
    assert {problem.file for problem in caught.value.problems} == {"a.json", "b.json"}


def test_without_claims_the_input_is_refused(folder, duckdb_engine):
    with pytest.raises(InputError, match="FHIR ExplanationOfBenefit resources"):
        taken(folder, duckdb_engine)


def test_other_json_is_not_taken_for_claims(folder, duckdb_engine):
    ndjson(folder / "claims.ndjson", VISIT)
    (folder / "quality.json").write_text('{"performanceYear": 2017, "measurementSets": []}')
    found = read(folder, duckdb_engine)
    assert [n["text"] for n in found.notes if n["code"] == "ignored_file"] == [
        "quality.json is not a file of this format: not read."
    ]
