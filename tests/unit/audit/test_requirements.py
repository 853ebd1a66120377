"""What somebody requires of an audit: read, and held against the verdicts there are."""

from __future__ import annotations

import pytest

from openp4p.audit.requirements import read_requirements, shortfalls
from openp4p.errors import UsageError
from tests.unit.audit.test_verdict_matrix import audit


@pytest.mark.parametrize(
    ("required", "is_met"),
    [
        ("P09=meets", True),
        ("P01=partly", True),
        ("P09.evidence=meets", True),  # nothing is required of it
        ("P01=meets", False),
        ("P05=partly", False),  # what cannot be assessed is a shortfall
        ("P05.design=partly", True),
        ("P05.evidence=partly", False),
    ],
)
def test_whether_a_requirement_is_met(required, is_met):
    found = shortfalls(audit("2017"), read_requirements([required]))
    assert [str(shortfall.requirement) for shortfall in found] == ([] if is_met else [required])


@pytest.mark.parametrize("text", ["P20=meets", "P05=fails", "P05.both=meets", "P05", "=meets"])
def test_a_requirement_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="is not a requirement"):
        read_requirements([text])
