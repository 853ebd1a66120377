"""What people state and studies found: read, dated, and never above what is computed."""

# ruff: noqa: E501  # messages are read on one line

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from openp4p.audit.attestations import months_after, read_statements
from openp4p.audit.auditing import audited
from openp4p.audit.evidence.record import Evidence, Finding
from openp4p.errors import EvidenceError
from tests.unit.audit.loaded import load_program as load

AS_OF = dt.date(2026, 6, 1)

GOOD = """
program: vms_model
attestations:
  - {subcheck: P12.4, verdict: meets, signer: "A. Person, privacy officer", signed: 2025-01-31, document: risk.txt}
studies:
  - {subcheck: P08.4, citation: "A study", program_years: [2017], finding: "Small ones lose.", verdict: fails, loaded_by: us}
"""


def statements(tmp_path, text=GOOD):
    (tmp_path / "risk.txt").write_text("analysis", encoding="utf-8")
    path = tmp_path / "stated.yaml"
    path.write_text(text, encoding="utf-8")
    return read_statements(path)


def mistakes(tmp_path, text):
    with pytest.raises(EvidenceError) as caught:
        statements(tmp_path, text)
    return [str(problem) for problem in caught.value.problems]


def record(audit, id_, side="evidence"):
    clause = audit.clause(id_[:3])
    return next(r for r in clause.records if r.check.id == id_ and r.side == side)


def test_an_attestation_carries_its_signer_and_the_digest_of_its_document(tmp_path):
    audit = audited(load("vms_model/2017"), as_of=AS_OF, statements=[statements(tmp_path)])
    found = record(audit, "P12.4")
    assert (found.verdict, found.basis.value) == ("meets", "attested")
    assert found.evidence.signer == "A. Person, privacy officer"
    assert found.evidence.document_sha256 == hashlib.sha256(b"analysis").hexdigest()


@pytest.mark.parametrize(
    ("as_of", "verdict"), [("2027-01-30", "meets"), ("2027-01-31", "not_assessable")]
)
def test_an_attestation_expires_after_24_months(tmp_path, as_of, verdict):
    day = dt.date.fromisoformat(as_of)
    audit = audited(load("vms_model/2017"), as_of=day, statements=[statements(tmp_path)])
    found = record(audit, "P12.4")
    assert found.verdict == verdict
    if verdict == "not_assessable":
        assert found.evidence.na_reason == "attestation of 2025-01-31 expired on 2027-01-31"
    assert [s.expired for s in found.stated] == [verdict != "meets"]


def test_a_month_without_the_day_ends_on_its_last():
    assert months_after(dt.date(2024, 2, 29), 24) == dt.date(2026, 2, 28)
    assert months_after(dt.date(2025, 12, 31), 2) == dt.date(2026, 2, 28)


def test_a_study_counts_for_the_years_it_names_and_is_shown_apart(tmp_path):
    said = [statements(tmp_path)]
    clause = audited(load("vms_model/2017"), as_of=AS_OF, statements=said).clause("P08")
    assert (clause.evidence, clause.overall) == ("fails", "fails")
    assert clause.overall_without_studies == "not_assessable"
    other = audited(load("vms_model/2018"), as_of=AS_OF, statements=said).clause("P08")
    assert (other.evidence, other.overall) == ("not_assessable", "not_assessable")


def finding(verdict, **more):
    return Finding(Evidence(subcheck="P08.4", kind="a", verdict=verdict, **more), ({"level": "1"},))


def test_what_is_computed_takes_the_place_of_a_study_unless_it_came_to_nothing(tmp_path):
    said = [statements(tmp_path)]
    computed = {"P08.4": finding("meets", statistic="gap", value=0.1)}
    program = load("vms_model/2017")
    audit = audited(
        program, as_of=AS_OF, statements=said, findings=computed, run_stamp={"run_hash": "r1"}
    )
    found = record(audit, "P08.4")
    assert (found.verdict, found.basis.value) == ("meets", "computed")
    assert (found.evidence.run_hash, len(found.rows)) == ("r1", 1)
    nothing = {"P08.4": finding("not_assessable", na_reason="too few practices")}
    audit = audited(
        program, as_of=AS_OF, statements=said, findings=nothing, run_stamp={"run_hash": "r1"}
    )
    assert record(audit, "P08.4").basis.value == "study"
    audit = audited(program, as_of=AS_OF, findings=nothing, run_stamp={"run_hash": "r1"})
    assert record(audit, "P08.4").evidence.na_reason == "too few practices"


def test_of_several_statements_the_worst_counts(tmp_path):
    worse = GOOD.replace("attestations:", 'attestations:\n  - {subcheck: P12.4, verdict: partly, signer: B, signed: 2026-01-01, document: risk.txt}')  # fmt: skip
    audit = audited(load("vms_model/2017"), as_of=AS_OF, statements=[statements(tmp_path, worse)])
    assert record(audit, "P12.4").verdict == "partly"


def test_statements_of_another_program_do_not_count(tmp_path):
    audit = audited(
        load("medicare_value_modifier/2017"), as_of=AS_OF, statements=[statements(tmp_path)]
    )
    assert record(audit, "P12.4").verdict == "not_assessable"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("P12.4", "P12.9", "there is no sub-check 'P12.9'"),
        ("P12.4", "P12.2", "P12.2 is decided by the definition, not by a statement"),
        ("P12.4", "P08.4", "P08.4 is computed and cannot be attested"),
        ("verdict: meets", "verdict: good", "'good' is not allowed"),
        ("signed: 2025-01-31", "signed: soon", "signed: found 'soon'"),
        ("document: risk.txt", "document: lost.txt", "the document 'lost.txt' is not there"),
        (", document: risk.txt", "", "has no document"),
        ("document: risk.txt", f"document: risk.txt, sha256: {'0a' * 32}", "is not the one of the sha256"),
        ("program: vms_model", "programme: vms_model", "does not say of which program"),
        ("program: vms_model", "programme: vms_model", "Did you mean 'program'?"),
        ("program_years: [2017]", "program_years: []", "program_years"),
        ("loaded_by: us", "loaded: us", "loaded_by: is missing"),
        ("studies:\n  -", "studies:\n  - a\n  -", "studies 1: is not a mapping"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(tmp_path, old, new, told):
    assert GOOD.count(old) >= 1
    text = GOOD.replace(old, new, 1)
    found = mistakes(tmp_path, text)
    assert [problem for problem in found if told in problem] != [], found
    assert all(problem.startswith("stated.yaml") for problem in found)


def test_a_record_of_the_workflow_is_attested_of_past_programs_only(tmp_path):
    said = statements(tmp_path, GOOD.replace("P12.4", "P12.1"))
    with pytest.raises(EvidenceError, match=r"P12\.1: is a record of the workflow"):
        audited(load("vms_model/2017"), as_of=AS_OF, statements=[said])


def test_an_attestation_cannot_be_signed_after_the_audit(tmp_path):
    with pytest.raises(EvidenceError, match="signed on 2025-01-31, after the day of the audit"):
        audited(load("vms_model/2017"), as_of=dt.date(2025, 1, 30), statements=[statements(tmp_path)])  # fmt: skip
