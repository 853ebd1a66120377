"""Every mistake in a program's files is told at once, with its place and what would be right."""

# ruff: noqa: E501  # tables and messages are read on one line

from __future__ import annotations

import re

import pytest
import yaml

from openp4p.errors import ProgramError, UsageError
from openp4p.program.library import load_program
from tests.unit.program.program_folders import changed, copied, mistakes


def test_the_copy_is_a_program_like_the_one_it_was_copied_from(tmp_path):
    place = copied(tmp_path)
    mine, shipped = (load_program(str(p), 2017) for p in (place, "medicare_value_modifier"))
    assert mine.tiering == shipped.tiering
    assert mine.payment == shipped.payment
    assert mine.choices == shipped.choices


def test_five_mistakes_in_one_file_are_told_together(tmp_path):
    place = copied(tmp_path)
    file = "payment.yaml"
    changed(place, file, 'adjustment not found", status: default', 'adjustment", status: sure')
    changed(place, file, 'value: 4, cite: "CMS publishes', 'value: 9, cite: "CMS publishes')
    changed(place, file, '{value: -0.02, cite: "2 USC 901a", ', "{value: -0.02, ")
    changed(place, file, "coinsurance:\n", "coinsurance:\n  remark: twenty percent\n")
    changed(place, file, "mechanisms: []}", "mechanism: []}")
    found = mistakes(place / "2017")
    assert found == [
        (file, "line 30: payment.actuarial_factor.values.2015: status 'sure' is unknown. "
               "Allowed: verified, recalled, default."),
        (file, "line 47: payment.sequestration.values.2015: has no 'cite'."),
        (file, "line 49: payment.coinsurance.remark: unknown key. Allowed: description, unit, values."),
        (file, "line 17: payment.high_risk.mechanisms: is missing."),
        (file, "line 17: payment.high_risk.mechanism: unknown key. "
               "Allowed: percentile, multiple, mechanisms, population. Did you mean 'mechanisms'?"),
        (file, "line 35: payment.factor_digits: found '9': input should be less than or equal to 6."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "told"),
    [
        ("tiering.yaml", "value: 1.0", "value: -1.0", "tiering.yaml", "tiering.standard_deviations: found '-1.0': input should be greater than 0"),
        ("tiering.yaml", "value: 1.0", "value: .inf", "tiering.yaml", "found 'inf': input should be a finite number"),
        ("tiering.yaml", "value: 0.05, cite", "value: 0.05, note: a, cites", "tiering.yaml", "unknown key. Allowed: cite, note, status, value. Did you mean 'cite'?"),
        ("quality.yaml", "value: prior_year", "value: last_year", "quality.yaml", "'last_year' is not allowed. Allowed: 'prior_year', 'performance_year'"),
        ("quality.yaml", 'cite: "42 CFR 414.1250", ', 'cite: "", ', "quality.yaml", "the citation is empty"),
        ("measures.yaml", "Beneficiary\n    kind: cost", "Beneficiary\n    kind: costs", "measures.yaml", "measures.spending_per_beneficiary.kind: 'costs' is not allowed. Allowed: 'quality', 'cost'. Did you mean 'cost'?"),
        ("measures.yaml", "    form: proportion\n    is_scored: false\n", "    form: proportion\n    is_scord: false\n", "measures.yaml", "post_discharge_visits.is_scord: unknown key. Allowed: name, kind, domain, better, unit, form, is_scored, condition, values. Did you mean 'is_scored'?"),
        ("measures.yaml", "reported:\n", "report:\n", "measures.yaml", "report: unknown key. Allowed: claims, reported, survey. Did you mean 'reported'?"),
        ("measures.yaml", "2017: {minimum_cases: 125, ", "2017: {minimum: 125, ", "measures.yaml", "spending_per_beneficiary.values.2017: has no 'minimum_cases'"),
        ("choices.yaml", 'default: "latest_service"', 'default: "latest"', "choices.yaml", "default 'latest' is no option. Allowed: latest_service, earliest_service, seeded"),
        ("choices.yaml", "    parameter: tiering.rule\n", "    parameter: tiering.rules\n", "choices.yaml", "tiering.rules: unknown key. Allowed: standard_deviations, significance, rule. Did you mean 'rule'?"),
        ("choices.yaml", "    since: 2017\n", "    sinse: 2017\n", "choices.yaml", "choices.D38: unknown key 'sinse'"),
        ("program.yaml", "payment_years:", "payment_year:", "program.yaml", "payment_years: is not a list of years"),
        ("program.yaml", "title:", "titel:", "program.yaml", "titel: unknown key. Allowed: description, extends, id, payment_years, performance_year, title. Did you mean 'title'?"),
        ("specialties.csv", "\n08,physician,", "\n08,physican,", "specialties.csv", "specialties.08.ep_class: 'physican' is not allowed"),
        ("specialties.csv", "code,ep_class,", "code,class,", "specialties.csv", "header: lacks ep_class"),
        ("primary_care_services.csv", "99201,office_new,yes", "99201,office_new,maybe", "primary_care_services.csv", "99201: counts is 'maybe'. Allowed: yes, no"),
        ("primary_care_services.csv", "99201,office_new,yes,2015", "99201,office_new,yes,soon", "primary_care_services.csv", "99201: first_payment_year is 'soon'. Allowed: a year such as 2017"),
        ("grid.yaml", '{size_class: "10+", quality: low, cost: high, percent: -0.04}', '{size_class: "10+", quality: low, cost: low, percent: -0.04}', "grid.yaml", "0 cells for 10+, quality low, cost high. Allowed: exactly one"),
        ("reporting.yaml", '"exception", "not_met"]', '"exception", "met"]', "reporting.yaml", "quality_data_outcomes: has met, exclusion, exception, met. Allowed: each once of met, exclusion, exception, not_met"),
        ("grid.yaml", 'cost: high, percent: -0.04}', 'cost: high, percent: -4}', "grid.yaml", "found '-4': input should be greater than or equal to -1"),
        ("grid.yaml", '{size_class: "10+", quality: high, cost: low, multiple: 4.0}', '{size_class: "10+", quality: high, cost: low, multiple: 4.0, percent: 0.0}', "grid.yaml", "percent and multiple. Allowed: exactly one of the two"),
        ("applicability.yaml", '{id: "1-9", minimum: 1, maximum: 9}\n        - {id: "10+", minimum: 10}\n      cite: 42', '{id: "1-9", minimum: 1, maximum: 7}\n        - {id: "10+", minimum: 10}\n      cite: 42', "applicability.yaml", "no class between '1-9' and '10+'. Allowed: ranges without a gap"),
        ("payment.yaml", '2017: {value: {"1-9": -0.02, "10+": -0.04}', '2017: {value: {"10+": -0.04}', "payment.yaml", "nothing for size class '1-9'. Allowed: every class"),
        ("eligibility.yaml", "part_year:\n", "part_year:\n  unit: twice\n", "eligibility.yaml", "the key is there twice"),
        ("attribution.yaml", "steps:", "steps: [", "attribution.yaml", "is not valid YAML"),
        ("cost.yaml", "2015: {value: 0.01,", "twenty: {value: 0.01,", "cost.yaml", "'twenty' is not a payment year. Allowed: a year such as 2017"),
        ("cost.yaml", "2015: {value: 0.01,", "2018: {value: 0.01,", "cost.yaml", "cost.trim_low: has no value for payment year 2017"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_file_key_and_what_is_allowed(
    tmp_path, file, old, new, where, told
):
    place = copied(tmp_path)
    changed(place, file, old, new)
    found = mistakes(place / "2017")
    assert [text for f, text in found if f == where and told in text] != [], found


def test_a_value_that_the_register_sets_has_one_place(tmp_path):
    place = copied(tmp_path)
    entry = "rule:\n  description: a\n  unit: b\n  values:\n    2015: {value: distance_only, cite: c, status: default}\n"
    (place / "tiering.yaml").write_text(
        (place / "tiering.yaml").read_text("utf-8") + entry, "utf-8"
    )
    assert mistakes(place / "2017") == [
        (
            "tiering.yaml",
            "line 16: tiering.rule: is set by the register as well. Allowed: only choices.D13.",
        )
    ]


def test_files_that_are_not_there_or_not_text_are_named(tmp_path):
    place = copied(tmp_path)
    (place / "cost.yaml").unlink()
    (place / "specialties.csv").unlink()
    (place / "tiering.yaml").write_bytes(b"\xff\xfe\x00")
    found = mistakes(place / "2017")
    assert ("cost.yaml", "file: cannot be read (No such file or directory).") in found
    assert ("specialties.csv", "file: cannot be read (No such file or directory).") in found
    assert ("tiering.yaml", "file: is not UTF-8 text. Save it as UTF-8.") in found


def test_a_year_outside_the_program_is_not_covered():
    with pytest.raises(
        ProgramError, match=r"payment year 2019 is not covered. Allowed: 2015, 2016, 2017, 2018"
    ) as told:
        load_program("medicare_value_modifier/2019")
    assert told.value.code == "year-not-covered"


def test_a_program_that_does_not_exist_is_told_with_one_that_does():
    with pytest.raises(UsageError, match=r"Did you mean 'medicare_value_modifier/2017'?") as told:
        load_program("medicare_value_modifer/2017")
    assert told.value.code == "unknown-program"


def nodes(value, path=()):
    """Every place in a YAML document where something could be something else."""
    yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inside in items:
        yield from nodes(inside, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    first, *rest = path
    made = dict(value) if isinstance(value, dict) else list(value)
    made[first] = replaced(value[first], rest, new)
    return made


@pytest.mark.parametrize("file", ["program", "tiering", "attribution", "measures", "choices"])
def test_whatever_stands_in_a_file_is_told_and_never_a_crash(tmp_path, file):
    """Each node of each file replaced by things of another kind: a finding, or a good program."""
    place = copied(tmp_path)
    path = place / f"{file}.yaml"
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    if file == "choices":
        said["choices"] = {id_: said["choices"][id_] for id_ in ("D3", "D38")}
    if file == "measures":
        said["claims"] = {id_: said["claims"][id_] for id_ in ("readmission",)}
    told = tried = 0
    for number, node in enumerate(nodes(said)):
        new = (None, "word", 7, [], {}, [[]], {"a": 1})[number % 7]
        path.write_text(
            yaml.safe_dump(replaced(said, node, new), sort_keys=False), encoding="utf-8"
        )
        found = mistakes(place / "2017")
        tried, told = tried + 1, told + bool(found)
        assert all(f and re.search(r"\w", text) for f, text in found)
    assert tried > 8
    assert told > tried / 3
