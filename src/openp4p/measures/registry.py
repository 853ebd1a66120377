"""The measures that are computed: for each, the stages that lead to its cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points

from openp4p.engine.stage import Stage
from openp4p.measures.admission_cases import admission_cases
from openp4p.measures.admission_populations import admission_populations, admission_strata
from openp4p.measures.admissions import preventable_stays
from openp4p.measures.claims_reported import (
    claims_quality_instances,
    claims_quality_results,
    quality_reports,
)
from openp4p.measures.combined_stays import combined_stays, stay_parts
from openp4p.measures.conditions import beneficiary_conditions
from openp4p.measures.costs import beneficiary_costs
from openp4p.measures.episodes import episode_costs, episodes
from openp4p.measures.episodes_attribution import episode_candidates
from openp4p.measures.episodes_conditions import episode_conditions
from openp4p.measures.episodes_exclusions import stay_exclusions
from openp4p.measures.episodes_model import COEFFICIENTS as EPISODE_COEFFICIENTS
from openp4p.measures.episodes_model import episode_model_sums
from openp4p.measures.episodes_model import solved as solved_episodes
from openp4p.measures.episodes_risk import episode_diagnoses, episode_risks, episode_terms
from openp4p.measures.episodes_walk import episode_stays, index_candidates, index_steps
from openp4p.measures.index_stays import index_stays
from openp4p.measures.per_capita_cost import (
    cost_model_sums,
    cost_populations,
    cost_trim_points,
    per_capita_cost_cases,
)
from openp4p.measures.post_discharge_visits import (
    follow_up_shares,
    post_discharge_visit_cases,
    post_discharge_visits,
    visit_discharges,
)
from openp4p.measures.readmission_cases import (
    cohort_ratios,
    readmission_cases,
    readmission_predictions,
    standardized_ratios,
)
from openp4p.measures.readmission_model import MODEL, readmission_model
from openp4p.measures.readmission_risks import readmission_risks, stay_comorbidities
from openp4p.measures.reported import reported_cases
from openp4p.measures.risk_adjustment import COEFFICIENTS, solved
from openp4p.measures.spending_per_beneficiary import (
    expected_episodes,
    spending_per_beneficiary_cases,
)
from openp4p.measures.stay_categories import stay_categories
from openp4p.measures.survey import survey_cases

Row = Mapping[str, object]
Solve = Callable[..., list[dict[str, object]]]


@dataclass(frozen=True)
class Solved:
    """A small table made in Python from the columns of a stored table: a fitted model.

    `solve` takes the source, the program, and the other tables that are named.
    """

    name: str
    source: str
    columns: Mapping[str, str]
    solve: Solve
    others: tuple[str, ...] = ()


def of_rows(solve: Callable[[Iterable[Row]], list[dict[str, object]]]) -> Solve:
    """The same of a source that is small enough to be read row by row."""
    return lambda source, _program: solve(source.to_pylist())


@dataclass(frozen=True)
class Measure:
    """What leads to the cases of one measure, or of a family of measures, in order."""

    steps: tuple[Stage | Solved, ...]
    cases: Stage


_OWN = (
    # total cost, and the cost of those with each chronic condition
    Measure(
        steps=(
            beneficiary_costs,
            beneficiary_conditions,
            cost_populations,
            cost_trim_points,
            cost_model_sums,
            Solved("cost_model", "cost_model_sums", COEFFICIENTS, of_rows(solved)),
        ),
        cases=per_capita_cost_cases,
    ),
    Measure(
        steps=(
            stay_exclusions,
            index_candidates,
            index_steps,
            episode_stays,
            episodes,
            episode_costs,
            episode_candidates,
            episode_risks,
            episode_diagnoses,
            episode_conditions,
            episode_terms,
            episode_model_sums,
            Solved(
                "episode_model",
                "episode_model_sums",
                EPISODE_COEFFICIENTS,
                of_rows(solved_episodes),
            ),
            expected_episodes,
        ),
        cases=spending_per_beneficiary_cases,
    ),
    # admissions that good ambulatory care prevents
    Measure(
        steps=(preventable_stays, admission_populations, admission_strata), cases=admission_cases
    ),
    Measure(
        steps=(
            stay_parts,
            combined_stays,
            stay_categories,
            index_stays,
            stay_comorbidities,
            readmission_risks,
            Solved(
                "readmission_model",
                "readmission_risks",
                MODEL,
                readmission_model,
                others=("readmission_coefficient",),
            ),
            readmission_predictions,
            cohort_ratios,
            standardized_ratios,
        ),
        cases=readmission_cases,
    ),
    Measure(
        steps=(visit_discharges, post_discharge_visits, follow_up_shares),
        cases=post_discharge_visit_cases,
    ),
    # what practices sent, and what they said by codes on their claims
    Measure(
        steps=(claims_quality_instances, claims_quality_results, quality_reports),
        cases=reported_cases,
    ),
    Measure(steps=(), cases=survey_cases),
)


def measures() -> tuple[Measure, ...]:
    """Our own measures and those of installed packages (entry points `openp4p.measures`)."""
    added = tuple(entry.load() for entry in entry_points(group="openp4p.measures"))
    return _OWN + added


def solved_tables() -> dict[str, dict[str, str]]:
    """The columns of each small table that is made in Python, by its name."""
    return {
        step.name: dict(step.columns)
        for measure in measures()
        for step in measure.steps
        if isinstance(step, Solved)
    }
