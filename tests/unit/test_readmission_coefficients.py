"""Supplied readmission coefficients that make no model are refused, with every reason at once."""

from __future__ import annotations

import pytest

from openp4p.errors import InputError
from openp4p.measures.readmission_coefficients import check_categories, check_coefficients
from openp4p.measures.readmission_coefficients import supplied_models as models
from openp4p.measures.stay_categories import MEDICINE, SURGERY
from tests.properties.supplied_models import COHORTS, coefficients
from tests.short_tables import value_modifier


def without(*left_out: tuple[str, str], but: tuple[dict, ...] = ()) -> list[dict]:
    """A complete model without these (cohort, kind), and with other rows beside it."""
    complete = [row for row in coefficients(4) if (row["cohort"], row["kind"]) not in left_out]
    return [*complete, *but]


def row(cohort: str, kind: str, name: str, value: float = 0.1) -> dict:
    return {"cohort": cohort, "kind": kind, "name": name, "value": value}


NO_START = [("neurology", "intercept"), ("neurology", "category")]
NO_NEUROLOGY = [*NO_START, *(("neurology", kind) for kind in ("age", "comorbidity", "variance"))]
RATE = ("all", "rate")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (without(*NO_START), ["cohort neurology: has neither an intercept nor categories."]),
        (without(("neurology", "variance")), ["cohort neurology: has no variance between"]),
        (without(*NO_NEUROLOGY), ["neurology: has neither an", "neurology: has no variance"]),
        (without(RATE), ["cohort all: has no rate, of name nation."]),
        (without(but=(row("heart", "age", "years"),)),
         ["column cohort: 'heart' is no cohort. Allowed: cardiorespiratory, cardiovascular, "]),
        (without(but=(row(MEDICINE, "sex", "2"),)),
         ["column kind: 'sex' is no kind of number. Allowed: age, category, comorbidity, "]),
        (without(but=(row(MEDICINE, "comorbidity", "gout"),)),
         ["column name: 'gout' is no comorbidity. Allowed: alcohol, arrhythmias, "]),
        (without(but=(row(MEDICINE, "category", "4280"),)),
         ["column name: '4280' is no category. Allowed: pooled, a CCS category."]),
        (without(but=(row(MEDICINE, "rate", "nation"),)),
         ["column cohort: the rate is of 'medicine'. Allowed: all."]),
        (without(RATE, but=(row("all", "rate", "nation", 16.0),)), ["above 0 and below 1"]),
        (without(("neurology", "variance"),
                 but=(row("neurology", "variance", "between_practices", -0.1),)),
         ["column value: a variance is below 0."]),
        (without(RATE, ("neurology", "variance"), but=(row("heart", "sex", "2"),)),
         ["'heart'", "'sex'", "no variance", "no rate"]),
    ],
)  # fmt: skip
def test_each_mistake_is_told(rows, told):
    with pytest.raises(InputError, match="readmission_coefficient") as raised:
        check_coefficients(rows, value_modifier(2017))
    said = [str(problem) for problem in raised.value.problems]
    assert len(said) == len(told)
    assert [part for part, problem in zip(told, said, strict=True) if part not in problem] == []


def test_complete_models_are_taken():
    for seed in range(20):
        check_coefficients(coefficients(seed), value_modifier(2017))


def test_a_table_without_rows_is_told_in_one_line():
    with pytest.raises(InputError, match="has no rows") as raised:
        check_coefficients([], value_modifier(2017))
    assert len(raised.value.problems) == 1


def aside(row: int, rule: str, column: str | None = None, found: str | None = None) -> dict:
    """A row of the table that is in quarantine."""
    said = {"row": row, "rule": rule, "column": column, "found": found, "remedy": "Mend it."}
    return {"file": "readmission_coefficient.csv", **said}


def test_a_row_in_quarantine_is_told_unless_the_same_row_is_used():
    rows = [
        aside(9, "not a number", "value", "xxxx"),
        aside(7, "duplicate"),
        aside(5, "conflicting duplicate"),
    ]
    with pytest.raises(InputError) as raised:
        check_coefficients(coefficients(4), value_modifier(2017), rows)
    assert [str(problem) for problem in raised.value.problems] == [
        "readmission_coefficient.csv: row 5: conflicting duplicate. Send only the one that holds.",
        "readmission_coefficient.csv: row 9, column value: not a number (xxxx). Mend it.",
    ]
    check_coefficients(coefficients(4), value_modifier(2017), rows[1:2])


def test_what_a_run_says_of_its_practices_alone_is_no_model():
    with pytest.raises(InputError, match="neither an intercept nor categories"):
        check_coefficients([row("all", "resampled", "T1")], value_modifier(2017))


def test_without_shrinkage_no_variance_is_needed():
    rows = without(*((cohort, "variance") for cohort in COHORTS))
    program = value_modifier(2017, M14="observed_over_expected")
    check_coefficients(rows, program)
    assert {model.variance for model in models(rows, program).values()} == {0.0}


def test_stays_of_a_category_that_no_row_covers_are_told_by_their_cohort():
    rows = without(("neurology", "intercept"), ("neurology", "category"))
    rows.append(row("neurology", "category", "109"))
    made = models(rows, value_modifier(2017))
    check_categories({("neurology", "109"), (SURGERY, "pooled")}, made)
    with pytest.raises(InputError, match="Add the category 'pooled'") as raised:
        check_categories({("neurology", "109"), ("neurology", "pooled")}, made)
    assert [problem.where for problem in raised.value.problems] == ["cohort neurology"]
