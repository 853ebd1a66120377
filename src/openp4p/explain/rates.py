"""Why a practice has its rate: the cases that count, and what a cost is compared with."""

from __future__ import annotations

from typing import Any

from openp4p.errors import UsageError
from openp4p.explain.costs import expected, is_per_capita, members, observed, with_condition
from openp4p.explain.episodes import MEASURE as EPISODES
from openp4p.explain.model import Explanation, Row
from openp4p.explain.outcomes import outcome_rules, standardized_ratio
from openp4p.explain.sources import sources
from openp4p.explain.specialties import national_mean_of_practices, specialty_expected
from openp4p.explain.words import number
from openp4p.results import Run

_CASE = ("case_id", "cases", "numerator", "denominator", "expected", "included", "reason")
_UNITS = {"percent": 100, "per_1000": 1000}  # how many of the unit make a whole
_FORMS = {
    "proportion": (
        "ratio_of_sums",
        "Numerators over denominators, summed over the cases that count, in the measure's unit.",
    ),
    "mean": (
        "ratio_of_sums",
        "The mean of the cases that count, each row weighing by the cases it stands for.",
    ),
    "observed_over_expected": (
        "observed_over_expected",
        "Observed over expected, times the national mean, over the cases that count.",
    ),
    "standardized_ratio": (
        "standardized_ratio",
        "The ratio of readmissions predicted to readmissions expected, by a model in which every "
        "practice has an effect, combined over cohorts, times the national rate.",
    ),
}


def why_rate(run: Run, tin: str, measure: str) -> Explanation:
    """The performance rate of a practice on a measure, down to its cases."""
    if not run.rows("performance_rates", {"tin": tin, "measure": measure}):
        raise _no_rate(run, tin, measure)
    return rate_of(run, tin, measure)


def _no_rate(run: Run, tin: str, measure: str) -> UsageError:
    known = {row["measure"] for row in run.rows("measure_rules")}
    mine = sorted(row["measure"] for row in run.rows("performance_rates", {"tin": tin}))
    if measure not in known:
        return UsageError(
            f"This program has no measure '{measure}'.",
            remedy="`openp4p show RUN measure_rules` lists the measures.",
            code="no-such-measure",
        )
    if not mine:
        return UsageError(
            f"There is no practice '{tin}' with a rate in this run.",
            remedy="`openp4p show RUN performance_rates` lists the rates.",
            code="no-such-practice",
        )
    return UsageError(
        f"Practice '{tin}' has no rate on '{measure}': it has no case that counts.",
        remedy=f"It has rates on: {', '.join(mine)}.",
        code="no-such-rate",
    )


def rate_of(run: Run, tin: str, measure: str) -> Explanation:
    """The rate that is compared: as observed, or adjusted for the practice's specialties."""
    row = run.rows("performance_rates", {"tin": tin, "measure": measure})[0]
    adjusted = row["specialty_expected"] is not None and row["numerator"] is not None
    if not adjusted or run.rows("measure_rules", {"measure": measure})[0]["kind"] != "cost":
        return _unadjusted(run, row, "rate")
    return Explanation(
        name="rate",
        question=f"What is the rate of practice {tin} on {measure}?",
        answer=f"{number(row['rate'])} on {row['cases']:,} cases: {number(row['unadjusted_rate'])} "
        f"against {number(row['specialty_expected'])} expected of its mix of specialties, times "
        "the national mean.",
        value=row["rate"],
        formula="specialty_adjusted",
        rule="Cost over the practice's specialty-adjusted expected cost, times the national mean.",
        sources=_sources(
            run, measure, "cost.specialty_adjustment", "cost.specialty_share",
            "cost.specialty_dollars", "cost.specialty_missing",
        ),
        table="performance_rates",
        rows=(row,),
        steps=(
            _unadjusted(run, row, "unadjusted_rate"),
            specialty_expected(run, row),
            national_mean_of_practices(run, measure),
        ),
    )  # fmt: skip


def _sources(run: Run, measure: str, *paths: str) -> tuple[Any, ...]:
    return sources(run.program, f"measures.{measure.partition(':')[0]}", *paths)


def _unadjusted(run: Run, row: Row, name: str) -> Explanation:
    tin, measure = row["tin"], row["measure"]
    value = row["unadjusted_rate"]
    common: dict[str, Any] = {
        "name": name,
        "question": f"What is the rate of practice {tin} on {measure}"
        + ("?" if name == "rate" else ", before the adjustment for specialties?"),
        "value": value,
    }
    if row["numerator"] is None:
        return Explanation(
            answer=f"{number(value)} on {row['cases']:,} cases, as the report states.",
            formula="stored",
            rule="A supplied rate stands as it is.",
            sources=_sources(run, measure),
            inputs={"column": "rate"},
            table="supplied_rate",
            rows=tuple(run.rows("supplied_rate", {"tin": tin, "measure": measure})),
            **common,
        )
    described = run.rows("measure_rules", {"measure": measure})[0]
    (formula, rule), unit = _FORMS[described["form"]], described["unit"]
    cases = run.rows("measure_cases", {"measure": measure, "tin": tin})
    counted = sum(case["included"] for case in cases)
    left_out = len(cases) - counted
    aside = f"; {left_out:,} more do not count" if left_out else ""
    over = f"{number(row['numerator'])} over {number(row['denominator'])}"
    steps: tuple[Explanation, ...] = ()
    if formula == "observed_over_expected":
        over = f"{number(row['numerator'])} observed over {number(row['expected'])} expected"
        steps = (_national_mean(run, tin, measure),)
    if formula == "standardized_ratio":
        ratio = standardized_ratio(run, tin)
        over = f"a ratio of {number(ratio.value)} times the national rate"
        steps = (ratio, _national_mean(run, tin, measure))
    if steps and is_per_capita(run, measure):
        formula, people = "costs_over_expected", members(run, tin, measure)
        steps = (
            observed(run, measure, row["numerator"], people),
            expected(run, measure, row["expected"], people),
            *steps,
            *with_condition(run, tin, measure),
        )
    return Explanation(
        answer=f"{number(value)}: {over}, from {counted:,} row{'s' * (counted != 1)}{aside}.",
        formula=formula,
        rule=rule,
        sources=_sources(run, measure, *_case_rules(run, measure)),
        inputs={} if steps else {"scale": _UNITS.get(unit, 1)},
        table="measure_cases",
        rows=tuple({column: case[column] for column in _CASE} for case in cases),
        steps=steps,
        **common,
    )


def _case_rules(run: Run, measure: str) -> tuple[str, ...]:
    """The rules that decide which cases count and what each is."""
    rule = run.rows("measure_rules", {"measure": measure})[0]
    if measure == EPISODES:
        return ("episodes.attribution_lines", "episodes.window_costs", "episodes.model")
    if rule["kind"] == "cost":
        return ("cost.annualise", "cost.trim", "cost.model", "cost.expected_floor")
    if rule["source"] == "reported":
        return ("quality.merge_mechanisms", "reporting.individual_data")
    if rule["source"] == "claims":
        return outcome_rules(measure)
    return ("quality.cahps",) if rule["source"] == "survey" else ()


def _national_mean(run: Run, tin: str, measure: str) -> Explanation:
    rows = run.rows("unadjusted_rates", {"tin": tin, "measure": measure})
    value = rows[0]["national_mean"]
    return Explanation(
        name="national_mean",
        question=f"What is the national mean of {measure}?",
        answer=f"{number(value)} over all cases that count, whichever their practice.",
        value=value,
        formula="stored",
        rule="The unweighted mean over all cases of the nation that count; of episodes also over "
        "those that no practice has.",
        sources=_sources(run, measure),
        inputs={"column": "national_mean"},
        table="unadjusted_rates",
        rows=tuple(rows),
    )
