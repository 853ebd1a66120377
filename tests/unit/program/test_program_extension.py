"""A program of one's own: another one with a few values changed, from outside the package."""

# ruff: noqa: E501  # tables and messages are read on one line

from __future__ import annotations

from textwrap import dedent

import pytest

from openp4p.errors import ProgramError
from openp4p.program.library import load_program
from tests.unit.program.program_folders import mistakes


def written(folder, name, text):
    path = folder / name
    path.write_text(dedent(text), encoding="utf-8")
    return path


MINE = """
    id: mine
    title: Our contract
    extends: medicare_value_modifier/2017
    changes:
      tiering.standard_deviations: {value: 0.5, cite: "our contract, 1", status: verified}
      payment.automatic_percent.10+: {value: -0.03, cite: "our contract, 2"}
      measures.readmission.minimum_cases: {value: 50, cite: "our contract, 3", note: "from May on"}
      applicability.model_handling.mssp: {value: ordinary, cite: "our contract, 4"}
    choices:
      D3: earliest_service
      D9: 30
"""


def test_a_few_values_change_and_the_rest_stays(tmp_path):
    mine = load_program(str(written(tmp_path, "mine.yaml", MINE)))
    base = load_program("medicare_value_modifier/2017")
    assert (mine.id, mine.title, mine.extends) == (
        "mine/2017",
        "Our contract",
        "medicare_value_modifier/2017",
    )
    assert mine.tiering.standard_deviations == 0.5
    assert dict(mine.payment.automatic_percent) == {"1-9": -0.02, "10+": -0.03}
    assert {m.id: m.minimum_cases for m in mine.measures}["readmission"] == 50
    assert mine.applicability.model_handling["mssp"] == "ordinary"
    assert mine.attribution.tie_break == "earliest_service"
    assert mine.quality.minimum_benchmark_tins == 30
    assert (mine.payment.grid, mine.cost, mine.reporting, mine.composites) == (
        base.payment.grid,
        base.cost,
        base.reporting,
        base.composites,
    )


def test_a_changed_value_carries_its_own_source(tmp_path):
    mine = load_program(str(written(tmp_path, "mine.yaml", MINE)))
    said = mine.citation("tiering.standard_deviations")
    assert (said.source, said.status) == ("our contract, 1", "verified")
    said = mine.citation("measures.readmission.minimum_cases")
    assert (said.source, said.status, said.note) == ("our contract, 3", "default", "from May on")
    assert mine.citation("payment.automatic_percent.10+").source == "our contract, 2"
    assert mine.citation("tiering.significance").status == "recalled"


def test_the_year_can_be_left_to_the_command(tmp_path):
    text = MINE.replace("medicare_value_modifier/2017", "medicare_value_modifier")
    path = written(tmp_path, "mine.yaml", text)
    assert load_program(f"{path}/2018").payment_year == 2018
    assert load_program(f"{path}/2018").performance_year == 2016
    assert load_program(str(path), 2017).payment_year == 2017


def test_a_file_can_extend_a_file_beside_it(tmp_path):
    (tmp_path / "deep").mkdir()
    written(tmp_path, "deep/mine.yaml", MINE)
    top = written(
        tmp_path,
        "deep/top.yaml",
        """
        extends: mine.yaml
        changes:
          tiering.standard_deviations: {value: 2.0, cite: "the board"}
        """,
    )
    loaded = load_program(str(top))
    assert (loaded.id, loaded.extends) == ("top/2017", "mine/2017")
    assert loaded.tiering.standard_deviations == 2.0
    assert loaded.payment.automatic_percent["10+"] == -0.03
    assert loaded.attribution.tie_break == "earliest_service"


def test_files_that_extend_each_other_never_end(tmp_path):
    written(tmp_path, "a.yaml", "extends: b.yaml\n")
    written(tmp_path, "b.yaml", "extends: c.yaml\n")
    written(tmp_path, "c.yaml", "extends: a.yaml\n")
    (found,) = mistakes(tmp_path / "a.yaml")
    assert found == (
        "a.yaml",
        "line 1: extends: the files extend each other: a.yaml > b.yaml > c.yaml > a.yaml. "
        "Allowed: a chain that ends in a program's folder.",
    )


def test_a_parent_that_does_not_exist_is_told_where_it_is_named(tmp_path):
    path = written(
        tmp_path, "mine.yaml", "id: x\nextends: medicare_value_modifer/2017\nchange: {}\n"
    )
    first, second = mistakes(path)
    assert first[0] == "mine.yaml"
    assert first[1].startswith(
        "line 2: extends: There is no program 'medicare_value_modifer/2017'. "
        "Did you mean 'medicare_value_modifier/2017'?"
    )
    assert second == (
        "mine.yaml",
        "line 3: change: unknown key. Allowed: changes, choices, description, extends, governance, id, title. "
        "Did you mean 'changes'?",
    )


def test_a_parent_without_the_year_is_told_where_it_is_named(tmp_path):
    path = written(tmp_path, "mine.yaml", "extends: medicare_value_modifier/2019\n")
    assert mistakes(path) == [
        (
            "mine.yaml",
            "line 1: extends: 'medicare_value_modifier/2019' cannot be used: payment year 2019 is "
            "not covered. Allowed: 2015, 2016, 2017, 2018.",
        )
    ]


def test_a_file_must_say_what_it_extends(tmp_path):
    (found,) = mistakes(written(tmp_path, "mine.yaml", "id: x\n"))
    assert found[1].startswith("line 1: extends: the file does not say which program it extends.")


def test_every_mistake_of_the_file_is_told_at_once(tmp_path):
    text = """
        id: mine
        extends: medicare_value_modifier/2017
        changed: {}
        changes:
          tiering.standard_deviation: {value: 2, cite: c}
          tiering.significance: {value: 2, cite: c, status: sure}
          payment.actuarial_factor: {value: 2}
          payment.published_factor: 3
          measures.readmision.minimum_cases: {value: 2, cite: c}
          measures.readmission.minimum_cases: {value: 0, cite: c}
          attribution.tie_break: {value: earliest_service, cite: c}
        choices:
          D3: earlier_service
          D77: x
          D12: bootstrap
          M24: cap_only
    """
    told = [text for _, text in mistakes(written(tmp_path, "mine.yaml", text))]
    assert told == [
        "line 4: changed: unknown key. Allowed: changes, choices, description, extends, governance, id, title. "
        "Did you mean 'changes'?",
        "line 7: tiering.significance: status 'sure' is unknown. Allowed: verified, recalled, default.",
        "line 8: payment.actuarial_factor: has no 'cite'.",
        "line 9: payment.published_factor: is not a mapping with value, cite and status.",
        "line 6: tiering.standard_deviation: there is no such value. "
        "Did you mean 'tiering.standard_deviations'?",
        "line 10: measures.readmision.minimum_cases: there is no such value. "
        "Did you mean 'measures.readmission.minimum_cases'?",
        "line 12: attribution.tie_break: is set by the register. Allowed: choices: {D3: ...}.",
        "line 14: choices.D3: 'earlier_service' is not an option. "
        "Allowed: latest_service, earliest_service, seeded. Did you mean 'earliest_service'?",
        "line 15: choices.D77: there is no such choice. Allowed: D1 ... M42. Did you mean 'D7'?",
        "line 16: choices.D12: 'bootstrap' is not computed by this version. Allowed: delta, none.",
        "line 17: choices.M24: is the same question as D14. Choose D14 instead.",
        "line 7: tiering.significance: found '2': input should be less than 1.",
        "line 11: measures.readmission.minimum_cases: found '0': "
        "input should be greater than or equal to 1.",
    ]


def test_a_change_must_fit_the_rest_of_the_program(tmp_path):
    text = """
        extends: medicare_value_modifier/2017
        changes:
          applicability.size_classes:
            value: [{id: "10+", minimum: 10}]
            cite: c
    """
    told = [text for _, text in mistakes(written(tmp_path, "mine.yaml", text))]
    assert any("no class for the smallest practices that are subject" in said for said in told)
    assert any("size class '1-9' is unknown. Allowed: 10+, all" in said for said in told)


def test_the_choices_of_the_command_come_last(tmp_path):
    path = str(written(tmp_path, "mine.yaml", MINE))
    assert load_program(path, choices={"D3": "seeded"}).attribution.tie_break == "seeded"
    with pytest.raises(ProgramError, match=r"command line: choices.D3: 'late' is not an option"):
        load_program(path, choices={"D3": "late"})
