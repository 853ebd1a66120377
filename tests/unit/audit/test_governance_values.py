"""The governance of the four years of the Value Modifier and of the model program, value by value."""

# ruff: noqa: E501  # the table is read a line at a time

from __future__ import annotations

import json

import pytest

from openp4p.audit.clauses import clauses
from openp4p.audit.fields import audited_fields
from openp4p.audit.payment_rule import BySize
from openp4p.program.governance import Band, leaves
from tests.unit.audit.loaded import load_program

# "=" repeats the cell to the left; classes of size that differ are a mapping
VALUES = """
mode | "historical" | = | = | = | "operated"
purpose.primary | "quality_relative_to_cost" | = | = | = | "quality_safety"
participation.mode | "mandatory" | = | = | = | "opt_in"
participation.min_size | 100 | 10 | 1 | = | =
participation.withdraw_until | "none" | = | = | = | "FINAL"
participation.linked_to | ["fee_level"] | = | = | = | []
participation.specialties | "all" | = | = | = | =
payment.reference | "relative_to_mean" | = | = | = | "absolute_or_improvement"
payment.cost_affects | "base" | {"10-99": "bonus", "100+": "base"} | {"1-9": "bonus", "10+": "base"} | "bonus" | "none"
payment.max_performance_loss_pct | 1.0 | 2.0 | 4.0 | 0.0 | 0.0
payment.non_participant_adjustment_pct | -1.0 | -2.0 | {"1-9": -2.0, "10+": -4.0} | {"nonphysician_only": -1.0, "1-9": -1.0, "10+": -2.0} | 0.0
payment.amounts_known_before_period | false | = | = | = | true
payment.size_dependent | "none" | "protective" | "adverse" | "protective" | "none"
payment.it_dependent | true | false | = | = | =
payment.quality_weight | 0.5 | = | = | = | 1.0
payment.rewards_low_cost_alone | true | = | = | = | false
payment.other_effects_on_non_participants | [] | = | = | = | =
funding.source | "redistribution" | = | = | = | "supplemental"
funding.full_liability_guarantee | false | = | = | = | true
review.window_days | "unknown" | 98 | 65 | 74 | 60
review.clock | "unknown" | "release" | = | = | "delivery"
review.decision_days | "unknown" | 90 | = | = | 30
review.second_level | false | = | = | = | true
review.appeal_barred | true | = | = | = | false
review.payment_gate | "unknown" | "window" | = | = | "decided"
review.provides | ["patient_list", "risk_scores", "benchmarks", "formulas"] | = | = | = | ["patient_list", "claim_lines", "exclusions", "risk_scores", "benchmarks", "formulas", "code_version"]
review.written_reasons | "unknown" | = | = | = | true
review.ripple_policy | "frozen" | = | = | = | =
variance.quality_weight_covered | [0.5, 0.84] | = | = | = | 1.0
variance.cost_weight_covered | 0.0 | = | = | = | 1.0
variance.coded | true | = | = | = | =
variance.prior_approval | false | = | = | = | =
variance.leaves_denominator | true | = | = | = | =
variance.appeal | false | = | = | = | true
admin_reimbursement.policy | "none" | = | = | = | "documented_cost"
submission.required_products | [] | = | = | = | =
submission.free_route | true | = | = | = | =
submission.formats | ["QRDA", "XML"] | = | = | = | ["CSV", "Parquet", "FHIR", "QRDA"]
use_restrictions | [] | = | = | = | ["credentialing", "licensure", "certification", "network_exclusion", "litigation"]
contract.restricts_communication | false | = | = | = | =
contract.restricts_treatment | false | = | = | = | =
contract.judgment_first | false | = | = | = | true
measures.has_safety | true | = | = | = | =
measures.has_coordination | true | = | = | = | =
measures.evidence_share | [0.8, 1.0] | = | = | = | 1.0
measures.adjusted_share | [0.8, 1.0] | = | = | = | 1.0
measures.minimum_stated | true | = | = | = | =
evaluation.plan | "none" | = | = | = | "present"
evaluation.elements_present | 0 | = | = | = | 7
methods.public | true | = | = | = | =
code.public | false | = | = | = | true
collection.share_held | [0.5, 0.9] | = | = | = | 1.0
collection.compulsory_abstraction | false | = | = | = | =
privacy.controls | true | = | = | = | =
terms.forbids_use | false | = | = | = | true
terms.binds_recipients | false | = | = | = | true
terms.remedy | false | = | = | = | true
exports.undertaking | false | = | = | = | true
exports.listed_to_physician | "unknown" | = | = | = | true
access.monitor | false | = | = | = | true
access.complexity_weight | true | = | = | = | =
price_analysis.enabled | false | = | = | = | true
price_analysis.side_by_side | false | = | = | = | true
resources.commitment | false | = | = | = | true
resources.conditional | false | = | = | = | =
publication.enabled | false | = | = | = | =
"""
PROGRAMS = [f"medicare_value_modifier/{year}" for year in (2015, 2016, 2017, 2018)] + [
    "vms_model/2017"
]


def rows() -> list[tuple[str, list[object]]]:
    made = []
    for line in VALUES.strip().splitlines():
        name, *cells = [cell.strip() for cell in line.split(" | ")]
        for place, cell in enumerate(cells):
            cells[place] = cells[place - 1] if cell == "=" else cell
        made.append((name, [json.loads(cell) for cell in cells]))
    return made


def plain(value: object) -> object:
    if isinstance(value, BySize):
        return dict(value.values)
    if isinstance(value, Band):
        return [value.at_least, value.below]
    return list(value) if isinstance(value, tuple) else value


FIELDS = [audited_fields(load_program(name)) for name in PROGRAMS]


@pytest.mark.parametrize(("name", "expected"), rows(), ids=lambda v: v if type(v) is str else "")
def test_each_field_of_each_program(name, expected):
    assert [plain(fields[name]) for fields in FIELDS] == expected


def test_the_table_has_every_field_but_those_of_the_linked_policies():
    listed = {name for name, _ in rows()}
    said = {name for name in leaves() if not name.startswith("policies.")}
    assert said - listed == set()
    assert listed - set(FIELDS[0]) == set()


def test_every_field_is_asked_for_by_a_check_or_shown_for_a_reason():
    asked = {
        test.field
        for clause in clauses()
        for check in clause.checks
        for case in check.design
        for test in case.tests
    }
    # read where a definition is refused, or listed with the others on the page
    elsewhere = {
        "mode", "evaluation.plan", "use_restrictions", "review.decision_days",
        "funding.full_liability_guarantee",
        "variance.quality_weight_covered", "variance.cost_weight_covered",
    }  # fmt: skip
    assert set(leaves()) - asked - elsewhere == set()
    assert asked - set(FIELDS[0]) == set()


def test_what_could_not_be_found_is_unknown_and_says_so():
    for name in PROGRAMS[:4]:
        program = load_program(name)
        for leaf in leaves():
            citation = program.citation(f"governance.{leaf}")
            assert citation.source
            if FIELDS[PROGRAMS.index(name)][leaf] == "unknown":
                assert citation.status == "default"
