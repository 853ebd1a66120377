"""What is simulated on the tables of a run is what a whole run under the other rules pays."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from statistics import NormalDist

import pytest

from openp4p.program.library import load_program
from openp4p.results import Run
from openp4p.simulation.policy_changes import ChangesError
from openp4p.simulation.policy_report import simulate
from openp4p.simulation.variants import listed_alternatives, of_register, read_variants, stated
from tests.command_line import openp4p
from tests.populations import population
from tests.programs.runs import PEOPLE, SEED, paid, scratch, usual

ALTERNATIVE = {"D12": "none"}
ROUNDED = Decimal("0.001")  # parts are written with four decimals


@pytest.fixture(scope="module")
def comparison():
    """Of the usual run: a choice, a rule value, a reform to come, and two changes in parts."""
    variants = [
        stated([f"{k}={v}" for k, v in ALTERNATIVE.items()]),
        stated(["tiering.standard_deviations=0.5", "D12=none"]),
        stated(["tiering.standard_deviations=0.5"], since=2018),
    ]
    return simulate(usual(), variants, decompose="shapley")


@pytest.fixture(scope="module")
def compared(comparison):
    return comparison.variants


def test_a_variant_pays_what_a_whole_run_with_it_pays(compared):
    whole = {
        row["tin"]: row
        for row in paid(
            2017, population(PEOPLE, SEED), "simulated-whole", choices=dict(ALTERNATIVE)
        ).rows("payments")
    }
    before = {row["tin"]: row for row in usual().rows("payments")}
    assert compared[0].practices
    for row in compared[0].practices:
        was = before[row["tin"]]["adjustment_amount"] if row["tin"] in before else None
        now = whole[row["tin"]]["adjustment_amount"] if row["tin"] in whole else None
        assert (row["adjustment_amount_run"], row["adjustment_amount_variant"]) == (was, now)
    assert compared[0].changed["cost_tier"] + compared[0].changed["quality_tier"] > 0


def test_only_what_depends_on_a_change_is_computed(compared):
    assert "tiers" in compared[0].computed
    assert not {"risk_scores", "service_costs", "attributed_beneficiaries"} & set(
        compared[0].computed
    )


def test_a_reform_changes_nothing_before_its_year(compared):
    reform = compared[2]
    assert not reform.in_force
    assert reform.computed == ()
    assert set(reform.changed.values()) <= {0}
    assert reform.note == "Not in force yet: it starts in payment year 2018."


def test_the_parts_of_two_changes_add_up_to_what_both_do(compared):
    assert len(compared[1].changes) > 1
    assert any(row["difference"] for row in compared[1].parts)
    for row in compared[1].parts:
        assert len(row["parts"]) == len(compared[1].changes)
        assert sum(row["parts"].values()) == pytest.approx(row["difference"], abs=ROUNDED), row


def test_all_mistakes_are_told_together():
    wrong = [stated(["tiering.standard_deviation=1"]), stated(["tiering.standard_deviations=abc"])]
    with pytest.raises(ChangesError) as told:
        simulate(usual(), wrong)
    assert len(told.value.problems) == len(wrong)


SWEPT = """
variants:
  - name: tiers
    each:
      tiering.standard_deviations: [0.25, 2]
      tiering.significance: [0.01, 0.5]
"""
OPEN = ("D12", "D27", "D29")  # choices whose alternatives take little to compute


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Every combination of two rules, divided in the order given, by kinds that a file adds."""
    folder = tmp_path_factory.mktemp("swept")
    (folder / "variants.yaml").write_text(SWEPT)
    lines = [f"{tin},{place}" for tin, place in rurality().items()]
    (folder / "practices.csv").write_text("\n".join(["tin,rurality", *lines]))
    return simulate(
        usual(), read_variants(folder / "variants.yaml"), decompose="stated",
        practices=folder / "practices.csv",
    )  # fmt: skip


def rurality() -> dict[str, str]:
    """Of every practice but the last two, alternately; and of one that is not in the run."""
    tins = [row["tin"] for row in usual().rows("practices")][:-2]
    return {tin: ("rural", "urban")[place % 2] for place, tin in enumerate([*tins, "999999999"])}


def moved(standard_deviations: float, significance: float, kind: str) -> int:
    """How many tiers of the usual run are others under these two rules, by the rule itself."""
    critical, count = NormalDist().inv_cdf(1 - significance / 2), 0
    for row in usual().rows("tiers"):
        value, error = row[f"{kind}_composite"], row[f"{kind}_standard_error"]
        if not row["is_tiered"] or row["reason"] or value is None:
            continue
        is_far = abs(value) >= standard_deviations and error is not None
        is_sure = is_far and (error == 0 or abs(value) / error >= critical)
        count += row[f"{kind}_tier"] != (("high" if value > 0 else "low") if is_sure else "average")
    return count


def test_many_variants_of_a_file_are_each_what_their_rules_make_of_the_tiers(swept):
    seen = set()
    assert len(swept.variants) == 4
    for one in swept.variants:
        values = {change.rule.rpartition(".")[2]: change.value for change in one.changes}
        expected = {f"{kind}_tier": moved(**values, kind=kind) for kind in ("quality", "cost")}
        assert {name: one.changed[name] for name in expected} == expected, one.name
        seen.add(tuple(expected.values()))
    assert len(seen) > 1


def test_in_stated_order_each_change_has_what_it_adds_to_those_before_it(swept):
    differ = 0
    for one in swept.variants:
        first, second = one.changes
        parts = {row["outcome"]: row for row in one.parts}
        for kind in ("quality", "cost"):
            alone = moved(first.value, 0.05, kind)
            row = parts[f"{kind}_tier_changed"]
            assert row["parts"][first.label] == alone
            assert row["parts"][second.label] == one.changed[f"{kind}_tier"] - alone
            differ += row["parts"][second.label] != 0
        for row in parts.values():
            assert sum(row["parts"].values()) == pytest.approx(row["difference"], abs=ROUNDED)
    assert differ


def test_groups_add_up_to_all_practices_and_rurality_comes_from_a_file(swept, comparison):
    assert "rurality" not in swept.lacking
    assert "--practices" in comparison.lacking["rurality"]
    places = rurality()
    inside = {row["tin"] for row in usual().rows("practices") if row["is_subject"]}
    kinds = {"size", "specialty", "patients' risk", "dual share", "rurality"}
    for one in swept.variants:
        assert set(one.groups) == kinds
        whole = sum(row["difference"] for row in one.practices)
        for rows in one.groups.values():
            assert sum(row["practices"] for row in rows) == len(one.practices)
            assert sum(row["difference"] for row in rows) == whole
        by_place: dict[str, list[dict]] = defaultdict(list)
        for row in one.practices:
            outside = "not subject to the program"
            place = places.get(row["tin"], "unknown") if row["tin"] in inside else outside
            by_place[place].append(row)
        for row in one.groups["rurality"]:
            mine = by_place.pop(row["group"])
            assert row["practices"] == len(mine)
            assert row["dollars_variant"] == sum(r["adjustment_amount_variant"] for r in mine)
        assert by_place == {}


def test_the_register_is_every_open_alternative_once_and_names_what_is_not_computed():
    program = load_program("medicare_value_modifier/2017")
    wanted = {
        (choice.id, option.id): option.available
        for choice in program.choices
        for option in choice.options
        if choice.is_used and not choice.overlaps and option.id not in (choice.chosen, "fail")
    }
    variants = [(c.rule, c.value) for v in of_register(program) for c in v.changes]
    assert sorted(variants) == sorted(pair for pair, available in wanted.items() if available)
    assert len(variants) > 80
    assert "D12=bootstrap" in listed_alternatives(program)
    assert not {"=".join(pair) for pair in variants} & set(listed_alternatives(program))


def test_the_command_compares_the_whole_register(compared):
    """A run whose register has few open choices; the command's numbers are those of the variant."""
    folder = scratch() / "few-choices"
    folder.mkdir()
    for path in usual().folder.iterdir():
        if path.is_dir():
            (folder / path.name).symlink_to(path)
    manifest = json.loads((usual().folder / "manifest.json").read_text())
    rules = manifest["program"]
    rules["choices"] = [choice for choice in rules["choices"] if choice["id"] in OPEN]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    said = json.loads(openp4p("simulate", folder, "--choices", "--json", "--quiet").stdout)
    named = {v.name for v in of_register(Run.open(folder).program)}
    assert {one["name"] for one in said["variants"]} == named
    assert {name.partition("=")[0] for name in named} == set(OPEN)
    (twin,) = (one for one in said["variants"] if one["name"] == "D12=none")
    assert twin["changed"]["cost_tier"] == compared[0].changed["cost_tier"]
    assert Decimal(str(twin["changed"]["dollars"])) == compared[0].changed["dollars"]
    assert "D12=bootstrap" in str(said)
