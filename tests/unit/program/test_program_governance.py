"""What a program says of its governance: its own, complete where it is operated, never guessed."""

# ruff: noqa: E501  # tables and messages are read on one line

from __future__ import annotations

import pytest

from openp4p.program.governance import UNKNOWN, Band, leaves
from openp4p.program.governance_rules import field
from openp4p.program.library import load_program
from tests.unit.program.program_folders import copied, mistakes
from tests.unit.program.test_program_extension import written

MINE = """
    id: mine
    extends: medicare_value_modifier/2017
    changes:
      governance.participation.mode: {value: opt_in, cite: "our contract, 1"}
      governance.collection.share_held: {value: {at_least: 0.6, below: 0.7}, cite: "our contract, 2"}
"""


def test_what_a_program_of_ones_own_does_not_say_is_unknown(tmp_path):
    mine = load_program(str(written(tmp_path, "mine.yaml", MINE)))
    assert mine.governance.participation.mode == "opt_in"
    assert mine.governance.collection.share_held == Band(at_least=0.6, below=0.7)
    said = {name for name in leaves() if field(mine.governance, name) != UNKNOWN}
    assert said == {"mode", "participation.mode", "collection.share_held"}
    assert mine.governance.mode == "draft"
    assert mine.citation("governance.participation.mode").source == "our contract, 1"
    assert mine.citation("governance.funding.source").source == "not stated in mine.yaml"


def test_a_program_can_say_that_the_governance_of_the_other_holds(tmp_path):
    inherited = MINE.replace("    changes:", "    governance: inherited\n    changes:")
    mine = load_program(str(written(tmp_path, "mine.yaml", inherited)))
    base = load_program("medicare_value_modifier/2017")
    changes = {
        name for name in leaves() if field(mine.governance, name) != field(base.governance, name)
    }
    assert changes == {"participation.mode", "collection.share_held"}
    assert mine.citation("governance.purpose.primary").source == "42 CFR 414.1200(a)"


def test_the_governance_of_a_parent_is_inherited_or_left_unsaid(tmp_path):
    other = MINE.replace("    changes:", "    governance: ours\n    changes:")
    assert mistakes(written(tmp_path, "mine.yaml", other)) == [
        ("mine.yaml", "line 4: governance: 'ours' is not allowed. Allowed: inherited, or leave the key out.")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "value", "told"),
    [
        ("review.clock", "deliver", "governance.review.clock: 'deliver' is not allowed. Allowed: release, delivery, unknown. Did you mean 'delivery'?"),
        ("review.window_days", "many", "governance.review.window_days: 'many' is not allowed. Allowed: a whole number, unknown."),
        ("collection.share_held", "{at_least: 0.5}", "Allowed: a share from 0 to 1, a band such as {at_least: 0.5, below: 0.9}, unknown."),
        ("review.provides", "[patients]", "governance.review.provides: '['patients']' is not allowed. Allowed: a list of (patient_list"),
        ("code.public", "maybe", "governance.code.public: 'maybe' is not allowed. Allowed: yes, no, unknown."),
    ],
)  # fmt: skip
def test_a_value_that_is_not_allowed_is_told_once(tmp_path, entry, value, told):
    changes = f"  governance.{entry}: {{value: {value}, cite: c}}"
    text = f"extends: medicare_value_modifier/2017\nchanges:\n{changes}\n"
    found = mistakes(written(tmp_path, "mine.yaml", text))
    assert [told in problem for _, problem in found] == [True], found


def test_a_folder_must_say_every_field_even_if_it_says_unknown(tmp_path):
    place = copied(tmp_path)
    text = (place / "governance.yaml").read_text(encoding="utf-8")
    cut = text.index("funding.source:")
    end = text.index("funding.full_liability_guarantee:")
    (place / "governance.yaml").write_text(text[:cut] + text[end:], encoding="utf-8")
    assert [told for _, told in mistakes(place / "2017")] == [
        "governance.funding.source: is missing."
    ]
    (place / "governance.yaml").unlink()
    assert ("governance.yaml", "file: cannot be read (No such file or directory).") in mistakes(place / "2017")  # fmt: skip


def operated(tmp_path, *changes: str):
    body = "\n".join(f"  {change}" for change in changes)
    return written(tmp_path, "mine.yaml", f"extends: vms_model/2017\ngovernance: inherited\nchanges:\n{body}\n")  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("governance.review.window_days: {value: 44, cite: c}", "44 days are too few. Allowed: at least 45."),
        ("governance.funding.source: {value: unknown, cite: c}", "governance.funding.source: is unknown."),
        ("award.threshold_low: {value: 0.25, cite: c}", "0.25 and 0.9 are not symmetric."),
        ("award.threshold_low: {value: 0.95, cite: c}", "is not below award.threshold_high."),
        ("payment.automatic_percent: {value: {\"1-9\": -0.01}, cite: c}", "takes from practices beside an award."),
        ("governance.evaluation.plan: {value: none, cite: c}", "7 parts of a plan there is none of. Allowed: 0."),
    ],
)  # fmt: skip
def test_a_program_that_is_operated_is_refused(tmp_path, change, told):
    assert [told in p for _, p in mistakes(operated(tmp_path, change)) if told in p] == [True]


def test_45_days_and_other_symmetric_thresholds_are_accepted(tmp_path):
    mine = operated(
        tmp_path,
        "governance.review.window_days: {value: 45, cite: c}",
        "award.threshold_low: {value: 0.2, cite: c}",
        "award.threshold_high: {value: 0.8, cite: c}",
    )
    assert mistakes(mine) == []


def test_a_folder_can_extend_another_with_the_topics_it_changes(tmp_path):
    model, base = load_program("vms_model/2016"), load_program("medicare_value_modifier/2016")
    assert model.extends == base.id
    assert (model.measures, model.attribution) == (base.measures, base.attribution)
    assert (model.payment.grid, dict(model.payment.automatic_percent)) == ((), {})
    assert model.performance_year == 2014
    assert (mistakes("vms_model/2019")[0][1]).startswith(
        "line 8: extends: 'medicare_value_modifier'"
    )


def test_a_copy_of_the_folder_elsewhere_extends_the_program_that_came_with_us(tmp_path):
    place = tmp_path / "ours"
    place.mkdir()
    text = "id: ours\ntitle: Ours\ndescription: Ours\nextends: vms_model\npayment_years: [2017]\n"
    (place / "program.yaml").write_text(text, encoding="utf-8")
    ours = load_program(f"{place}/2017")
    assert (ours.id, ours.extends) == ("ours/2017", "vms_model/2017")
