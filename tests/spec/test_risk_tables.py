"""The tables of the CMS-HCC model: whole, consistent with each other, and open to another model."""

from __future__ import annotations

from itertools import combinations

import pytest

from openp4p.codes import code_list
from openp4p.program.hcc_sets import Bits, thousandths, traits_of
from openp4p.program.risk_tables import (
    COLUMNS,
    Version,
    bits_of,
    chunks_of,
    covered_years,
    rows,
    version_of,
    version_rows,
    versions,
)
from tests.short_tables import value_modifier

ALL = [
    Version(model, file, year)
    for model, years in versions().items()
    for year, file in years.items()
]
FILES = sorted({(v.model, v.coefficient_file) for v in ALL})


@pytest.mark.parametrize("asked", ALL, ids=lambda v: f"{v.model}-{v.year}")
def test_every_version_has_every_table_with_its_columns(asked):
    made = version_rows(asked)
    assert set(made) == set(COLUMNS)
    for name, listed in made.items():
        assert all(set(row) == set(COLUMNS[name]) for row in listed), name
    assert len({(r["icd_version"], r["code"]) for r in made["hcc_codes"]}) == len(made["hcc_codes"])
    assert len({r["set"] for r in made["hcc_sets"]}) == len(made["hcc_sets"])


@pytest.mark.parametrize(("model", "file"), FILES)
def test_every_interaction_with_a_factor_has_a_rule_and_every_rule_a_factor(model, file):
    factors = {
        (r["segment"], r["variable"])
        for r in code_list("hcc_coefficients")
        if r["coefficient_file"] == file and r["variable_kind"].endswith("_interaction")
    }
    rules = {
        (segment, r["variable"])
        for r in code_list("hcc_interactions")
        if r["coefficient_file"] == file
        for segment in r["segments"].split("|")
    }
    assert factors == rules


@pytest.mark.parametrize(("model", "file"), FILES)
def test_every_demographic_factor_says_of_whom_it_holds(model, file):
    known = {r["variable"] for r in code_list("hcc_demographics")}
    kinds = ("hcc", "disease_interaction", "disabled_interaction")
    factors = [r for r in code_list("hcc_coefficients") if r["coefficient_file"] == file]
    assert {r["variable"] for r in factors if r["variable_kind"] not in kinds} <= known
    assert {r["segment"] for r in factors} == {
        r["segment"] for r in code_list("hcc_segments") if r["coefficient_file"] == file
    }


@pytest.mark.parametrize(("model", "file"), FILES)
def test_every_condition_category_has_codes_a_label_and_a_factor(model, file):
    hccs = {f"HCC{hcc}" for hcc in bits_of(model).hccs}
    coded = {f"HCC{r['hcc']}" for r in code_list("hcc_codes") if r["model"] == model}
    factors = {
        r["variable"]
        for r in code_list("hcc_coefficients")
        if r["coefficient_file"] == file and r["variable_kind"] == "hcc"
    }
    assert coded == hccs
    assert factors == hccs


@pytest.mark.parametrize("model", sorted(versions()))
def test_a_category_removes_all_that_those_it_removes_would_remove(model):
    """So that one pass over the hierarchy is enough, whatever the order."""
    pairs = {
        (r["parent_hcc"], r["child_hcc"]) for r in code_list("hcc_hierarchy") if r["model"] == model
    }
    for parent, child in pairs:
        assert {(parent, other) for one, other in pairs if one == child} <= pairs
        assert (child, parent) not in pairs


def test_a_set_is_the_sum_of_its_categories():
    """Of nine neighbours any set: diabetes with and without complications, each with its factor."""
    made = version_rows(Version("V22", "C2211L4P", 2014))
    first = {row["segment"]: row["first_set"] for row in made["hcc_segments"]}
    sets = {row["set"]: row for row in made["hcc_sets"]}
    bits = bits_of("V22")
    one, other = (bits.hccs.index(hcc) for hcc in (18, 19))
    assert one // 9 == other // 9
    both = sets[first["CE"] + one // 9 * 512 + (1 << one % 9) + (1 << other % 9)]
    assert both["hccs"] == "18|19|"
    assert both["terms"] == "HCC18=0.368|HCC19=0.118|"
    assert both["thousandths"] == 486
    below = both["low_below"] | both["high_below"] << 63
    assert below == bits.of(19)
    assert sets[first["CE"]]["terms"] == ""


def test_segments_without_conditions_look_up_the_set_of_none():
    made = version_rows(Version("V12", "C1209J2Y", 2013))
    new = [row for row in made["hcc_segments"] if not row["counts_conditions"]]
    assert {row["segment"] for row in new} == {"NE", "SNPNE"}
    assert {row["first_set"] for row in new} == {0}


def test_factors_are_thousandths_exactly():
    assert [thousandths(value) for value in ("0.368", "1.2", "0", "-0.05")] == [368, 1200, 0, -50]
    with pytest.raises(AssertionError, match="three decimals"):
        thousandths("0.3685")


def test_a_model_may_have_up_to_126_categories_of_any_number():
    bits = Bits([999, 5, *range(100, 215)])
    assert bits.hccs[0] == 5
    assert bits.hccs[-1] == 999
    assert bits.chunks == 13
    assert bits.split(bits.of(999))["high"] > 0
    masks = [bits.split(bits.of(hcc)) for hcc in bits.hccs]
    assert all(
        (a["low"] & b["low"], a["high"] & b["high"]) == (0, 0) for a, b in combinations(masks, 2)
    )
    with pytest.raises(AssertionError, match="127 condition categories"):
        Bits(range(127))
    with pytest.raises(AssertionError, match="no bit for an edit"):
        Bits(range(125)).spare(1)


def test_an_interaction_of_an_unknown_group_is_noticed():
    rule = {"all_of": "CANCER&HCC5", "not_if_all_of": ""}
    assert len(traits_of([rule], [{"group_name": "CANCER"}])) == 3
    with pytest.raises(AssertionError, match="CANCER"):
        traits_of([rule], [])


def test_codes_are_those_of_the_performance_year_or_of_the_nearest():
    """M41: flags take V22 rows of 2016, V12 rows of 2013, whatever the year."""
    first = value_modifier(2015)
    assert covered_years(first) == (2012, 2015)
    later = first.model_copy(update={"performance_year": 2018})
    assert version_of(later).year == 2015
    earlier = first.model_copy(update={"performance_year": 2009})
    assert version_of(earlier).year == 2012
    v22 = value_modifier(2016)
    assert version_of(v22) == Version("V22", "C2211L4P", 2014)
    made = rows(v22)
    assert {row["icd_version"] for row in made["hcc_codes"]} == {9}
    assert {row["icd_version"] for row in made["hcc_flag_codes"]} == {9, 10}
    assert (
        rows(first)["hcc_flag_codes"] == version_rows(Version("V12", "C1209J2Y", 2013))["hcc_codes"]
    )


def test_edited_codes_have_a_bit_of_their_own():
    made = version_rows(Version("V22", "C2214O5P", 2018))
    edited = {row["code"]: row for row in made["hcc_codes"] if row["edit"]}
    assert {"D66", "D67", "J449", "F3481"} <= set(edited)
    assert edited["D66"]["edit"] == edited["D67"]["edit"] != edited["J449"]["edit"]
    condition_bits = sum(bits_of("V22").of(hcc) for hcc in bits_of("V22").hccs)
    assert all(
        bits_of("V22").split(condition_bits)["high"] & row["edit"] == 0 for row in edited.values()
    )
    assert not version_rows(Version("V12", "C1209J2Y", 2013))["hcc_edits"]
    assert chunks_of(0) == 0
