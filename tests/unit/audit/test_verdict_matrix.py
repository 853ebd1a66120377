"""The Value Modifier of four years and the model program, held against the principles by design."""

from __future__ import annotations

import datetime as dt
from functools import cache

import pytest

from openp4p.audit.attestations import Attestation, Statements, read_statements
from openp4p.audit.auditing import audited
from tests.meta.files import ROOT
from tests.unit.audit.loaded import load_program

AS_OF = dt.date(2026, 6, 1)
COLUMNS = ["2015", "2016", "2017", "2018", "model"]
LETTER = {"meets": "M", "partly": "P", "fails": "F", "not_assessable": "N"}
STUDIES = ROOT / "docs" / "examples" / "audit" / "value-modifier.yaml"

DESIGN = """
    P01 P P P P M
    P02 P P P P M
    P03 P P P P M
    P04 P P P P M
    P05 N P P P M
    P06 P P P P M
    P07 F F F F M
    P08 F F F P M
    P09 M M M M M
    P10 F F F F M
    P11 F F F F M
    P12 P P P P M
    P13 F F F F M
    P14 F F F P M
    P15 F F F F M
    P16 F F F F M
    P17 F F F P M
    P18 F F F F M
    P19 F F F F M
"""
OVERALL = """
    P01 P P P P M
    P02 P P P P M
    P03 N N N N N
    P04 P P P P M
    P05 N N N N N
    P06 P P P P M
    P07 F F F F N
    P08 F F F N N
    P09 M M M M M
    P10 F F F F N
    P11 F F F F N
    P12 N N N N N
    P13 F F F F N
    P14 F F F N N
    P15 F F F F N
    P16 F F F F N
    P17 F F F N N
    P18 F F F F N
    P19 F F F F M
"""
SAME_IN_ALL_YEARS = {
    "M": "P01.5 P05.2 P05.5 P06.2 P06.3 P09.1 P09.2 P11.6 P12.1 P15.3",
    "P": "P01.1 P01.2 P02.1 P04.1 P04.2 P04.3 P05.3 P06.1 P11.4 P12.2 P14.4",
    "F": "P01.3 P02.3 P03.1 P05.6 P06.4 P07.1 P07.2 P07.3 P10.1 P11.7 P13.1 P13.2 "
    "P15.1 P16.1 P18.1",
    "N": "P05.4 P13.3",
}  # fmt: skip
BY_YEAR = """
    P05.1 N P P P
    P08.1 F F M M
    P08.2 M P F P
    P08.3 F M M M
    P14.1 F F F M
    P17.2 F F F P
"""
LINKED = """
    X01 F; X02 F; X04 P; X05 M; X06 P; X07 F; X08 N; X09 P; X12 F; X13 M; X14 P; X15 P; X17 P;
    X18 P; X19 F; X20 N; X21 P; X22 P; X23 F; X25 P
"""


def cells(matrix: str) -> list[tuple[str, str, str]]:
    """(clause, program, letter) of every cell."""
    rows = [line.split() for line in matrix.strip().splitlines()]
    return [(row[0], c, v) for row in rows for c, v in zip(COLUMNS, row[1:], strict=False)]


@cache
def audit(column: str):
    name = "vms_model/2017" if column == "model" else f"medicare_value_modifier/{column}"
    return audited(load_program(name), as_of=AS_OF)


@cache
def design_checks(column: str) -> dict[str, str]:
    records = [r for c in audit(column).clauses for r in c.records if r.side == "design"]
    return {record.check.id: LETTER[record.verdict] for record in records}


@pytest.mark.parametrize(("clause", "column", "expected"), cells(DESIGN))
def test_the_design_verdict_of_each_clause(clause, column, expected):
    assert LETTER[audit(column).clause(clause).design] == expected


@pytest.mark.parametrize(("clause", "column", "expected"), cells(OVERALL))
def test_the_overall_verdict_by_definition_alone(clause, column, expected):
    assert LETTER[audit(column).clause(clause).overall] == expected


@pytest.mark.parametrize("year", COLUMNS[:4])
def test_every_sub_check_of_a_value_modifier_year(year):
    expected = {id_: v for v, ids in SAME_IN_ALL_YEARS.items() for id_ in ids.split()}
    expected |= {check: v for check, column, v in cells(BY_YEAR) if column == year}
    found = {id_: v for id_, v in design_checks(year).items() if id_.startswith("P")}
    assert len(expected) == 44
    assert found == expected


@pytest.mark.parametrize("year", COLUMNS[:4])
def test_every_linked_policy_of_a_value_modifier_year(year):
    expected = dict(cell.split() for cell in LINKED.replace("\n", " ").split(";"))
    assert {id_: v for id_, v in design_checks(year).items() if id_[0] == "X"} == expected


def test_every_sub_check_of_the_model_meets_but_one_that_has_nothing_to_judge():
    found = design_checks("model")
    assert {id_: v for id_, v in found.items() if v != "M"} == {"X20": "N"}


def test_the_model_is_the_same_design_in_every_year():
    for year in (2015, 2016, 2018):
        other = audited(load_program(f"vms_model/{year}"), as_of=AS_OF)
        assert [c.design for c in other.clauses] == [c.design for c in audit("model").clauses]


@pytest.mark.parametrize(
    ("clause", "years", "side"),
    [("P03", {2016, 2017}, "overall"), ("P08", {2017}, "evidence"), ("P14", {2015}, "evidence")],
)
def test_published_studies_change_the_years_they_name_and_no_others(clause, years, side):
    studies = [read_statements(STUDIES)]
    failing = set()
    for year in (2015, 2016, 2017, 2018):
        program = load_program(f"medicare_value_modifier/{year}")
        found = audited(program, as_of=AS_OF, statements=studies).clause(clause)
        assert found.overall_without_studies == audit(str(year)).clause(clause).overall
        failing |= {year} if getattr(found, side) == "fails" else set()
    assert failing == years


def test_the_dates_of_review_and_the_documents_of_privacy_make_a_past_program_partly():
    stated = [
        Attestation(
            subcheck=id_, verdict=verdict, signer="A. Person", signed=AS_OF, sha256="0" * 64
        )
        for id_, verdict in (("P05.1", "partly"), ("P12.1", "meets"), ("P12.4", "meets"))
    ]
    file = Statements("file", "medicare_value_modifier", tuple(stated), ())
    for year in (2016, 2017):
        program = load_program(f"medicare_value_modifier/{year}")
        found = audited(program, as_of=AS_OF, statements=[file])
        assert [found.clause(id_).overall for id_ in ("P05", "P12")] == ["partly", "partly"]


def test_the_counts_add_up_to_the_clauses_and_nothing_else_is_added_up():
    counts = audit("2017").counts
    assert sum(counts.values()) == 19
    assert counts == {"fails": 11, "not_assessable": 3, "partly": 4, "meets": 1}
