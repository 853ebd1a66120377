"""A finished run answers the computed sub-checks of an audit from its own rows."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import pytest

from openp4p.audit.evidence_of_run.costs import cost_differences
from openp4p.audit.evidence_of_run.findings import findings_of
from openp4p.audit.evidence_of_run.shocks import Recomputed
from tests.programs.runs import usual


@cache
def findings():
    return findings_of(usual())


def test_every_computed_sub_check_is_answered_once_with_its_rule_or_its_reason():
    kinds_a = """P01.4 P02.4 P03.2 P03.3 P04.4 P04.5 P04.6 P07.4 P07.5 P08.4 P08.5 P08.6 P10.2 P10.3
        P10.5 P11.1 P11.2 P11.3 P11.5 P12.3 P14.2 P14.3 P14.5 P15.2 P16.2 P16.3 P17.1 P17.3 P18.2
        P18.3 X10 X11 X24"""
    assert sorted(findings()) == sorted(kinds_a.split())
    for name, finding in findings().items():
        one = finding.evidence
        assert one.subcheck == name
        assert one.threshold or one.na_reason


def test_what_practices_lose_is_what_others_gain():
    rows = usual().rows("payments")
    lost = -sum(min(row["adjustment_amount"], 0) for row in rows)
    gained = sum(max(row["adjustment_amount"], 0) for row in rows)
    found = findings()["P10.2"].evidence
    assert found.value == pytest.approx(float(lost / gained))
    assert found.verdict == "fails"
    assert found.n_units == len(rows)


def test_staying_out_costs_the_automatic_adjustment():
    cuts = {row["percent"] for row in usual().rows("automatic_adjustments")}
    found = findings()["P15.2"].evidence
    assert found.verdict == "fails"
    assert found.value == pytest.approx(float(min(cuts)), rel=1e-4)
    subject = [row for row in usual().rows("practices") if row["is_subject"]]
    assert found.n_units == len(subject)


def test_every_difference_in_cost_is_explained_to_the_cent():
    differences = list(cost_differences(usual()))
    practices = {row["tin"] for row in differences}
    assert len(practices) == len({row["tin"] for row in usual().rows("attributed_beneficiaries")})
    one = differences[0]
    parts = sum((one[name] for name in ("use", "volume", "intensity", "price")), Decimal(0))
    assert parts == parts.quantize(Decimal("0.01"))
    assert findings()["P16.2"].evidence.value == 1.0


def test_payments_computed_again_are_those_of_the_run_until_a_patient_costs_more():
    again = Recomputed(usual())
    assert again.differing() == 0
    tin, measure = next(iter(again.cases))
    patient = next(iter(again.cases[tin, measure].place))
    times, _of_variance = again.cases[tin, measure].changed(patient, 25_000.0)
    assert times > 1.0
    assert findings()["P17.1"].evidence.verdict in ("meets", "partly", "fails")
    assert findings()["P17.1"].evidence.n_units == len(findings()["P17.1"].rows)


def test_few_practices_are_not_called_fair_or_unfair():
    for name in ("P08.4", "P08.5", "P08.6", "P14.3"):
        assert findings()[name].evidence.verdict == "not_assessable"
        assert findings()[name].evidence.na_reason


def test_the_same_run_gives_the_same_audit():
    assert findings_of(usual())["P11.3"] == findings()["P11.3"]
