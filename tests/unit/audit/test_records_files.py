"""A folder of evidence is read as a whole: each mistake has its file, row, column, rule and remedy."""

# ruff: noqa: E501  # messages are read on one line

from __future__ import annotations

import pytest

from openp4p.audit.records.folder import read_records
from openp4p.audit.records.layout import FILES
from openp4p.audit.records.reading import MOST_ALIKE
from openp4p.audit.records.template import write_templates
from openp4p.errors import RecordsError, UsageError
from tests.meta.files import ROOT
from tests.unit.audit.evidence_folder import PROGRAM, by_hand, changed, written
from tests.unit.audit.loaded import load_program


def mistakes(folder):
    with pytest.raises(RecordsError) as caught:
        read_records(folder)
    return [str(problem) for problem in caught.value.problems]


def replaced(folder, kind, old, new):
    path = folder / FILES[kind].file
    head, line, rows = path.read_text("utf-8").partition("\n" + FILES[kind].columns[0].name + ",")
    assert old in line + rows
    path.write_text(head + (line + rows).replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("kind", "old", "new", "told"),
    [
        ("fees", "99213,73.40,73.40", "99213,$73.40,73.40", "fees.csv: row 9, column without_program: is not a number. Allowed: a number. Write it as 1234.5, without $, % or commas."),
        ("fees", "99213,73.40,73.40", "99213,73.40", "row 9, column with_program: is empty"),
        ("fees", "99213,73.40,73.40", "99213,73.40,73.40,1", "row 9: has 4 cells. Allowed: 3 columns"),
        ("fees", "99213,", "99214,", "row 10: is of the same item as row 9. Allowed: each item once. Keep one of the two."),
        ("fees", "99213,73.40", "99213,inf", "is not a number"),
        ("fees", "99213,73.40", "99213,-73.40", "is below zero"),
        ("fees", "99213,73.40", "99213,1e13", "is more than can be. Allowed: at most 1,000,000,000,000"),
        ("fees", "99213,", '"99213,', "row 9: cannot be split into columns"),
        ("fees", "item,without_program,", "item,without,", "the header: has no column without_program"),
        ("fees", "item,without_program,with_program", "item;without_program;with_program", "Separate columns by commas, not by semicolons."),
        ("fees", "with_program\n", "with_program,patient_name\n", "the header: has a column that is unknown: 'patient_name'. Allowed: item, without_program, with_program. Take the column out: of people nothing is read"),
        ("fees", "with_program\n", "with_program,item\n", "has column 'item' 2 times"),
        ("practices", "2015,yes,2,80,no", "2015-13,yes,2,80,no", "column first_period: is not a period. Allowed: a year such as 2015, or a month such as 2015-03"),
        ("practices", "2015,yes,2,80,no", "2015-01,yes,2,80,no", "column first_period: is a month and outcomes are of years"),
        ("practices", "2015,yes,2,80,no", "2015,perhaps,2,80,no", "column primary_care: is neither yes nor no"),
        ("practices", "2015,yes,2,80,no", "2015,yes,2.5,80,no", "column physicians: is not a whole number"),
        ("practices", "2015,yes,2,80,no", "2015,yes,2,80,unknwon", "'unknwon' is not allowed. Allowed: yes, no, unknown. Did you mean 'unknown'?"),
        ("practices", "practice-01,", "practice-99,", "outcomes.csv: row 10, column practice: is not in practices.csv"),
        ("outcomes", "practice-01,2012,", "practice-01,2012-05,", "outcomes.csv: row 13, column period: is of the other kind than above"),
        ("outcomes", "blood pressure controlled,practice-01,2012,61.10,", "blood pressure controlled,practice-01,2012,161.10,", "column value: is no percent. Allowed: 0 to 100"),
        ("outcomes", ",300\n", ",0\n", "column patients: is not above zero"),
        ("evaluation", "blood pressure controlled,", "blood pressure,", "column outcome: has no rows in outcomes.csv"),
        ("evaluation", "blood pressure controlled,", "blood pressure,", "outcomes.csv: column outcome: 110 more rows have a mistake of this kind"),
        ("patient_flows", "practice-01,top_risk_quartile,before", "practice-01,cancer,before", "column when: stands without its other half"),
        ("patient_flows", ",1000,100,101,150", ",1000,100,,", "column complex_new: is filled in some rows only"),
        ("reporting_log", "600,22.50,", "600,,", "column dollars_per_hour: is empty. Allowed: minutes and dollars_per_hour, or neither"),
        ("reporting_log", "600,22.50,", ",,", "has neither work nor an invoice beside it"),
        ("reporting_log", "2016-02-01", "02/01/2016", "column date: is not a day"),
        ("reporting_log", ",112.50,", ",112.505,", "column reimbursed_dollars: has parts of a cent"),
        ("funds", "bonus,practice-01", "bonus,", "column practice: does not go with the entry"),
        ("funds", "2014-12-01,paid_in", "2014-12-01,largest_liability", "is the second of its kind"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_its_rule_and_its_remedy(tmp_path, kind, old, new, told):
    found = mistakes(replaced(written(tmp_path / "evidence"), kind, old, new))
    assert [problem for problem in found if told in problem] != [], "\n".join(found)


def test_the_mistakes_of_every_file_are_told_together(tmp_path):
    folder = written(tmp_path / "evidence")
    replaced(folder, "fees", "99213,73.40", "99213,free")
    replaced(folder, "reports", ",yes\n", ",maybe\n")
    replaced(folder, "funds", "bonus", "bonis")
    (folder / "outcome.csv").write_text("a\n", encoding="utf-8")
    (folder / "data_quality.csv").write_bytes(b"\xff\xfe\x00")
    found = mistakes(folder)
    assert [problem.split(":")[0] for problem in found] == [
        "outcome.csv", "funds.csv", "fees.csv", "data_quality.csv", "reports.csv"
    ]  # fmt: skip
    assert "Did you mean 'outcomes.csv'?" in found[0]


def test_nothing_that_was_pasted_into_a_cell_is_repeated(tmp_path):
    secret = "Jane Doe 123-45-6789"
    folder = written(tmp_path / "evidence")
    for kind, layout in FILES.items():
        names = [column.name for column in layout.columns]
        by_hand(folder, kind, [dict.fromkeys(names, secret), dict.fromkeys(names, secret)])
    said = "\n".join(mistakes(folder))
    assert len(said) > 1000
    assert not any(part in said for part in ("Jane", "Doe", "6789"))


def test_of_many_mistakes_of_a_kind_the_first_are_told_and_the_rest_counted(tmp_path):
    folder = written(tmp_path / "evidence")
    changed(folder, "outcomes", lambda rows: [{**row, "value": "?"} for row in rows])
    found = mistakes(folder)
    assert len(found) == MOST_ALIKE + 1
    assert (
        f"column value: {24 * 5 * 3 - MOST_ALIKE} more rows have a mistake of this kind"
        in found[-1]
    )


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (["fees"], None),
        (
            ["outcomes", "practices"],
            "outcomes.csv: the file: cannot be read without evaluation.csv",
        ),
        (["patient_flows"], "patient_flows.csv: the file: cannot be read without practices.csv"),
        ([], "the folder: holds none of the files"),
    ],
)
def test_every_file_may_be_missing_that_no_other_needs(tmp_path, kinds, told):
    folder = written(tmp_path / "evidence", kinds)
    if told is None:
        assert list(read_records(folder).rows) == kinds
    else:
        assert [problem for problem in mistakes(folder) if told in problem] != []


def test_a_folder_that_is_not_there_says_how_to_get_one(tmp_path):
    (said,) = mistakes(tmp_path / "none")
    assert "is not there" in said
    assert "--evidence-template FOLDER" in said


def test_a_file_without_rows_says_nothing_unless_it_is_a_log(tmp_path):
    folder = written(tmp_path / "evidence")
    for kind in ("fees", "reporting_log", "care_resources"):
        by_hand(folder, kind, [])
    assert mistakes(folder) == [
        "fees.csv: the file: has no rows. Allowed: a row or more. Or remove it."
    ]


def test_a_plan_names_three_primary_outcomes_at_most(tmp_path):
    folder = written(tmp_path / "evidence")
    rows = [
        {"outcome": name, "role": "primary", "better": "higher", "measured_as": "rate"}
        for name in (
            "blood pressure controlled",
            "admissions per 1000",
            "hip fractures per 1000",
            "d",
        )
    ]
    assert any(
        "names 4 primary outcomes" in one for one in mistakes(by_hand(folder, "evaluation", rows))
    )


def test_a_template_is_read_as_it_is_written_and_overwrites_nothing(tmp_path):
    folder = tmp_path / "evidence"
    names = write_templates(folder, load_program(PROGRAM))
    records = read_records(folder)
    assert set(records.made_up) == set(names) == {layout.file for layout in FILES.values()}
    with pytest.raises(UsageError, match="is there already"):
        write_templates(folder, load_program(PROGRAM))
    changed(folder, "fees", lambda rows: rows)  # the first line is gone, as it is of one's own
    again = read_records(folder)
    assert "fees.csv" not in again.made_up
    assert again.digest != records.digest


def test_the_page_on_audits_has_every_file_with_its_columns():
    page = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    lines = [
        line.split(" | ")
        for line in page.splitlines()
        if line.startswith("| `") and ".csv`" in line
    ]
    assert {cells[0].strip("| `"): cells[1].replace("`", "").split(", ") for cells in lines} == {
        layout.file: [column.name for column in layout.columns] for layout in FILES.values()
    }
    for cells, layout in zip(lines, FILES.values(), strict=True):
        assert all(subcheck in cells[2] for subcheck in layout.subchecks), layout.file
