"""Why one beneficiary counts in a measure of outcomes as it does: stays, discharges, visits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openp4p.explain.model import Explanation, Row
from openp4p.explain.sources import sources
from openp4p.explain.varied import OUT as VARIED
from openp4p.explain.words import number
from openp4p.results import Run

READMISSION, VISITS = "readmission", "post_discharge_visits"
_RULES = {
    READMISSION: (
        "readmissions.days", "readmissions.minimum_age", "readmissions.months_before",
        "readmissions.planned_version", "readmissions.estimator",
    ),
    VISITS: ("visits.days", "visits.window", "visits.unit", "visits.discharges",
             "visits.censoring"),
}  # fmt: skip
_ADMISSION_RULES = (
    "admissions.components", "admissions.hospitals", "admissions.transfers",
    "admissions.risk_adjustment", "admissions.composite",
)  # fmt: skip
OUT = {
    "discharged_too_late": "30 days do not pass within the year",
    "unknown_age": "nothing is known of the beneficiary's age",
    "unknown_sex": "nothing is known of the beneficiary's sex",
    "missing_facts": "nothing is known of the beneficiary's age or sex",
    "too_young": "the beneficiary is too young",
    "died": "the beneficiary died in the hospital",
    "not_enrolled_before": "not in Parts A and B all the twelve months before",
    "not_enrolled_after": "not in Part A until 30 days after",
    "not_enrolled": "not in Parts A and B until 30 days after",
    "transferred_out": "a transfer to another hospital followed",
    "transferred_in": "it began with a transfer",
    "against_advice": "the patient left against medical advice",
    "cancer_hospital": "it was in a hospital for cancer alone",
    "psychiatric": "it was for a psychiatric disease",
    "rehabilitation": "it was for rehabilitation",
    "cancer_treatment": "it was for the medical treatment of cancer",
    "cohort_below_minimum": "its cohort has too few stays in the practice",
    "not_home": "the patient did not go home",
    "followed_by_stay_or_death": "another stay or death followed within 30 days",
    "other_hospital": "it was not in an acute or critical access hospital",
    "ungroupable": "it has no valid DRG",
    "pregnancy_or_newborn": "it was for pregnancy, birth or a newborn",
    "indicator_exclusion": "the indicator leaves it out for another code of the stay",
    **VARIED,
}


def is_outcome(run: Run, measure: str) -> bool:
    """Whether it is a quality measure that is computed from claims."""
    return bool(
        run.rows("measure_rules", {"measure": measure, "kind": "quality", "source": "claims"})
    )


def why_outcome(run: Run, beneficiary_id: str, measure: str) -> Explanation:
    """What happened to a beneficiary that the measure counts, stay by stay."""
    mine = {"measure": measure, "beneficiary_id": beneficiary_id}
    entities = {row["entity_id"] for row in run.given("model_participation")}
    cases = [row for row in run.rows("measure_cases", mine) if row["tin"] not in entities]
    counted = [case for case in cases if case["included"]]
    told = {READMISSION: _discharges, VISITS: _followed}.get(measure, _admissions)
    events = sum(case["numerator"] for case in counted)
    if not cases:
        answer = "Not at all: it is attributed to no practice, or nothing of it is in the measure."
    elif not counted:
        whys = ", ".join(sorted({OUT.get(c["reason"], c["reason"]) for c in cases}))
        answer = f"It does not count for practice {cases[0]['tin']}: {whys}."
    else:
        expected = [case["expected"] for case in counted if case["expected"] is not None]
        against = f", where {number(sum(expected))} would be expected" if expected else ""
        answer = (
            f"With {number(events)} in {len(counted)} case{'s' * (len(counted) != 1)} of practice "
            f"{counted[0]['tin']}{against}."
        )
    return Explanation(
        name="case",
        question=f"How does beneficiary {beneficiary_id} count in {measure}?",
        answer=answer,
        value=events if counted else None,
        formula="sum_of_counted" if counted else "none",
        rule=run.rows("measure_rules", {"measure": measure})[0]["name"] + ".",
        sources=_sources(run, measure),
        inputs={"column": "numerator"} if counted else {},
        table="measure_cases",
        rows=tuple(cases),
        steps=told(run, beneficiary_id, measure),
    )


def outcome_rules(measure: str) -> tuple[str, ...]:
    """The rules that decide which cases of a measure of outcomes count and what each is."""
    return _RULES.get(measure, _ADMISSION_RULES)


def standardized_ratio(run: Run, tin: str) -> Explanation:
    """The readmission ratio of a practice, cohort by cohort."""
    (row,) = run.rows("standardized_ratios", {"tin": tin, "measure": READMISSION})
    cohorts = run.rows("cohort_ratios", {"tin": tin})
    is_plain = run.program.readmissions.estimator == "observed_over_expected"
    listed = ", ".join(
        f"{each['cohort'].replace('_', ' ')} {number(each['ratio'])} "
        f"({each['readmissions']} of {each['stays']})"
        for each in cohorts
    )
    return Explanation(
        name="standardized_ratio",
        question="What is the ratio of its readmissions to those expected?",
        answer=f"{number(row['ratio'])}, of: {listed}.",
        value=row["ratio"],
        formula="observed_over_expected_sums" if is_plain else "combined_ratios",
        rule="Each cohort has a model of its own; a practice with few stays is drawn toward the "
        "average practice. Cohorts weigh by their stays.",
        sources=sources(
            run.program, "readmissions.model", "readmissions.estimator", "readmissions.minimum_unit"
        ),
        table="cohort_ratios",
        rows=tuple(cohorts),
    )


def _sources(run: Run, measure: str) -> tuple[Any, ...]:
    return sources(run.program, f"measures.{measure}", *outcome_rules(measure))


def _step(
    run: Run, measure: str, name: str, question: str, answer: str, table: str, rows: Sequence[Row]
) -> Explanation:
    return Explanation(
        name=name,
        question=question,
        answer=answer,
        value=None,
        formula="none",
        rule="The first rule that takes a case out is its reason; without one it counts.",
        sources=_sources(run, measure),
        table=table,
        rows=tuple(rows),
    )


def _why_not(row: Row) -> str:
    reason = row["reason"]
    return "it counts" if reason is None else f"it does not count: {OUT.get(reason, reason)}"


def _admissions(run: Run, beneficiary_id: str, measure: str) -> tuple[Explanation, ...]:
    """The components it is in, and each stay that meets an indicator of them."""
    of = [r["measure"] for r in run.rows("admission_components", {"composite": measure})]
    components = set(of) or {measure}
    mine = {"beneficiary_id": beneficiary_id}
    people = [r for r in run.rows("admission_populations", mine) if r["measure"] in components]
    stays = [r for r in run.rows("preventable_stays", mine) if r["measure"] in components]
    listed = ", ".join(row["measure"] for row in people) or "none"
    steps = [
        _step(
            run, measure, "components", "In which denominators is it?", f"In {listed}.",
            "admission_populations", people,
        )
    ]  # fmt: skip
    for row in stays:
        name = f"{row['stay_id']}_{row['indicator']}"
        question = f"And its stay {row['stay_id']}, discharged on {row['discharge_date']}?"
        answer = f"It meets {row['indicator']}; {_why_not(row)}."
        steps.append(_step(run, measure, name, question, answer, "preventable_stays", [row]))
    return tuple(steps)


def _discharges(run: Run, beneficiary_id: str, measure: str) -> tuple[Explanation, ...]:
    """Each stay of the year: whether it is an index stay, what followed, and its risks."""
    found = []
    for row in run.rows("index_stays", {"beneficiary_id": beneficiary_id}):
        if row["readmission_id"] is None:
            after = "no stay followed within 30 days"
        else:
            planned = "planned" if row["readmission_is_planned"] else "not planned"
            after = f"a stay that was {planned} followed after {row['days_to_readmission']} days"
        question = f"And its stay {row['stay_id']}, discharged on {row['discharge_date']}?"
        answer = f"{_why_not(row).capitalize()}; {after}."
        stay = {"stay_id": row["stay_id"]}
        found.append(_step(run, measure, row["stay_id"], question, answer, "index_stays", [row]))
        variables = [r["variable"] for r in run.rows("stay_comorbidities", stay)]
        # there is none of a stay that does not count
        for risk in run.rows("readmission_predictions", {**stay, "tin": row["tin"]}):
            said = f"{100 * risk['expected']:.1f}% in the average practice"
            ill = f", with {', '.join(variables)}" if variables else ""
            found.append(
                _step(
                    run, measure, f"risk_{row['stay_id']}",
                    "How likely was a readmission?", f"{said}{ill}.",
                    "readmission_predictions", [risk],
                )
            )  # fmt: skip
    return tuple(found)


def _followed(run: Run, beneficiary_id: str, measure: str) -> tuple[Explanation, ...]:
    """Each discharge of the year with the visits that followed it."""
    found = []
    for row in run.rows("visit_discharges", {"beneficiary_id": beneficiary_id}):
        visits = run.rows("post_discharge_visits", {"stay_id": row["stay_id"]})
        first = f", the first after {min(v['days'] for v in visits)} days" if visits else ""
        question = f"And its discharge on {row['discharge_date']}?"
        answer = f"{_why_not(row).capitalize()}; {len(visits)} visits{first}."
        found.append(
            _step(
                run, measure, row["stay_id"], question, answer, "post_discharge_visits",
                list(visits),
            )
        )  # fmt: skip
    return tuple(found)
