"""Every exhibit of CMS's reports is in ours, or the list says why not; so for every column."""

from __future__ import annotations

import pytest

from openp4p.codes import code_list
from openp4p.reports.qrur import mid_year, rules, supplement

OURS = {rule.id: {column.id for column in rule.columns}
        for rule in (*rules(), mid_year.ALL, *supplement.RULES)}  # fmt: skip
LISTED = code_list("qrur_exhibits")


def columns(row: dict[str, str]) -> dict[str, str]:
    return dict(pair.split("=") for pair in row["columns"].split("|") if pair)


@pytest.mark.parametrize("row", LISTED, ids=lambda row: row["exhibit_id"])
def test_an_exhibit_of_the_list_is_in_the_report_or_named_as_not_made(row):
    made = [id_ for id_ in row["made_as"].split("|") if id_]
    assert made or row["why_not"]
    assert [id_ for id_ in made if id_ not in OURS] == []
    for id_ in made:
        assert set(columns(row).values()) <= OURS[id_], id_
    assert bool(columns(row)) == bool(made)
    assert bool(row["lacks"]) == bool(row["why_not"])


def test_the_exhibits_that_cms_did_not_have_are_few_and_ours():
    made = {id_ for row in LISTED for id_ in row["made_as"].split("|")}
    assert set(OURS) - made == {
        "STEPS-QUALITY", "STEPS-COST", "READMISSIONS", "VISITS", "SPECIALTY", "CASES"
    }  # fmt: skip
