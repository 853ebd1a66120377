"""The practice's own patients, one by one: only for the practice, in files of their own.

The other practices that a patient saw are not named unless that is asked for. Diagnoses and DRGs
are left out: nothing yet tells apart those of substance use, which may not be passed on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ibis.expr.types as ir
from ibis import _

from openp4p.explain import episodes as of_episodes
from openp4p.explain import outcomes as of_outcomes
from openp4p.explain.reasons import why_out
from openp4p.reports.qrur.gather import by_practice, listed
from openp4p.reports.qrur.model import Column, Exhibit, ExhibitRule, Report, exhibit
from openp4p.reports.qrur.nation import Nation
from openp4p.reports.qrur.reports import banners
from openp4p.results import Run

PART = "Your patients, one by one"
_WHO = Column("beneficiary_id", "Patient", "text", "identifier of the patient in the input")
_CONDITIONS = {
    "diabetes": "Diabetes",
    "ischemic_heart_dis": "Coronary artery disease",
    "copd": "COPD",
    "heart_failure": "Heart failure",
}
T2A = ExhibitRule(
    "T2A",
    "Beneficiaries attributed for per capita cost and claims-based quality measures",
    PART,
    "Each patient with the step of the attribution, your allowed charges for primary care and how "
    "far ahead of the next practice you are.",
    (
        _WHO,
        Column("birth_date", "Born", "date", "date of birth"),
        Column("sex", "Sex", "text", "1 male, 2 female"),
        Column("death_date", "Died", "date", "date of death, if known"),
        Column("risk_score", "Risk score", "two_digits", "CMS-HCC risk score; 1 is the average"),
        Column("step", "Step", "text", "step of the attribution that decided"),
        Column("charges", "Your charges", "cents", "allowed charges of the step billed by you"),
        Column("services", "Services", "count", "primary care services of the step from you"),
        Column("practices", "Practices", "count", "practices with such services"),
        Column("runner_up", "Next practice", "text",
               "practice with the second most; named only where the operator chose so"),
        Column("runner_up_charges", "Its charges", "cents", "allowed charges of that practice"),
        Column("margin", "Margin", "cents", "your charges less those"),
        *(
            Column(id_, name, "yes_no", f"has {name} by claims")
            for id_, name in _CONDITIONS.items()
        ),
        Column("cost_dollars", "Cost", "dollars", "what all care of the year cost"),
    ),
)  # fmt: skip
T2C = ExhibitRule(
    "T2C",
    "Hospital admissions for any cause",
    PART,
    "Every stay of your patients in the year.",
    (
        _WHO,
        Column("admission_date", "Admitted", "date", "day of admission"),
        Column("discharge_date", "Discharged", "date", "day of discharge"),
        Column("ccn", "Hospital (CCN)", "text", "Medicare's number of the hospital"),
        Column("preventable", "Preventable kind", "text",
               "measure of preventable admissions that it counts in"),
        Column("days_to_readmission", "Readmitted after", "count", "days until the next stay"),
        Column("readmission_is_planned", "Planned", "yes_no", "whether that stay was planned"),
        Column("readmission_counts", "In readmissions", "text",
               "whether the stay counts in the readmission measure, or why not"),
        Column("days_to_visit", "Seen after", "count", "days from a discharge home to a visit"),
    ),
)  # fmt: skip
T5B = ExhibitRule(
    "T5B",
    "Beneficiaries of MSPB episodes",
    PART,
    "Hospital episodes that are yours: you billed most of the stay's professional charges.",
    (
        _WHO,
        Column("admission_date", "Admitted", "date", "day of admission"),
        Column("discharge_date", "Discharged", "date", "day of discharge"),
        Column("ccn", "Hospital (CCN)", "text", "Medicare's number of the hospital"),
        Column("cost", "Cost", "dollars", "dollars of the episode at national prices"),
        Column("expected", "Expected", "dollars", "dollars expected of such a patient and stay"),
        Column("counts", "Counts", "text", "whether it counts, or why not"),
    ),
)
CASES = ExhibitRule(
    "CASES",
    "Cases of the measures from claims",
    PART,
    "Each patient, stay or episode in each measure, and why it does not count where it does not.",
    (
        Column("measure", "Measure", "text", "measure"),
        _WHO,
        Column("case_id", "Case", "text", "the patient, stay or episode"),
        Column("numerator", "Happened", "two_digits", "events, or dollars"),
        Column("denominator", "Of", "two_digits", "cases, or patients"),
        Column("expected", "Expected", "two_digits", "events, or dollars, expected"),
        Column("counts", "Counts", "text", "whether it counts, or why not"),
    ),
)
RULES = (T2A, T2C, T5B, CASES)


def supplements(
    run: Run, tins: Sequence[str], shared: Nation, *, name_others: bool = False
) -> Iterator[Report]:
    """The lists of patients of each practice, in the order given."""
    stored, mine = set(run.names()), listed(run, tins)
    found = {
        rule.id: by_practice(run, made(run, mine), "tin") if stored.issuperset(needs) else {}
        for rule, needs, made in _MADE
    }
    for tin in tins:
        yield Report(
            tin=tin,
            kind="patients",
            title=f"Patients of practice {tin}",
            subtitle="Confidential. For the practice alone, for care and for payment.",
            audience="practice",
            banners=banners(shared),
            notes=(),
            answers=(),
            exhibits=tuple(_exhibits(tin, found, name_others=name_others)),
            made_from=f"Run {shared.manifest['run_id']}, result "
            f"{shared.manifest['result_fingerprint']}",
            about=shared.about,
        )


def _exhibits(
    tin: str, found: Mapping[str, Mapping[str, Any]], *, name_others: bool
) -> list[Exhibit]:
    rows = {rule.id: found[rule.id].get(tin, []) for rule in RULES}
    attributed = [
        {
            **row,
            "step": str(row["step"]),
            "runner_up": _other(row["runner_up_tin"], name_others=name_others),
        }
        for row in rows["T2A"]
    ]
    stays = [
        {**row, "readmission_counts": why_out(of_outcomes.READMISSION, row["reason"])}
        for row in rows["T2C"]
    ]
    mine = [{**row, "counts": why_out(of_episodes.MEASURE, row["reason"])} for row in rows["T5B"]]
    each = [{**row, "counts": why_out(row["measure"], row["reason"])} for row in rows["CASES"]]
    return [
        exhibit(rule, held)
        for rule, held in zip(RULES, (attributed, stays, mine, each), strict=True)
    ]


def _other(tin: str | None, *, name_others: bool) -> str | None:
    return tin if name_others or tin is None else "another practice"


def attributed(run: Run, mine: ir.Table) -> ir.Table:
    """The patients of practices with step, margin, conditions and cost."""
    people = run.table("attributed_beneficiaries").semi_join(mine, "tin")
    known = run.table("eligible_beneficiaries").select(
        "beneficiary_id", "birth_date", "sex", "death_date", "risk_score"
    )
    costs = run.table("beneficiary_costs").select("beneficiary_id", "cost_dollars")
    flags = run.table("beneficiary_conditions").filter(_.has_condition)
    flags = flags.group_by("beneficiary_id").agg(
        **{id_: (_.condition == id_).any() for id_ in _CONDITIONS}
    )
    for other in (known, costs, flags):
        people = people.left_join(other, "beneficiary_id").drop("beneficiary_id_right")
    return people.mutate(**{id_: people[id_].fill_null(False) for id_ in _CONDITIONS})


def admissions(run: Run, mine: ir.Table) -> ir.Table:
    """The stays of the patients of practices, and what followed."""
    stays = run.table("index_stays").semi_join(mine, "tin")
    counted = run.table("preventable_stays").filter(_.is_counted)
    counted = counted.group_by("stay_id").agg(preventable=_.measure.min())
    visits = run.table("post_discharge_visits").group_by("stay_id").agg(days_to_visit=_.days.min())
    for other in (counted, visits):
        stays = stays.left_join(other, "stay_id").drop("stay_id_right")
    return stays


def episodes(run: Run, mine: ir.Table) -> ir.Table:
    """The episodes of practices with cost, expected cost and why one does not count."""
    cases = run.table("spending_per_beneficiary_cases").semi_join(mine, "tin")
    cases = cases.select("tin", "beneficiary_id", "reason", "expected", episode_id="case_id",
                         cost="numerator")  # fmt: skip
    known = run.table("episodes").select("episode_id", "ccn", "admission_date", "discharge_date")
    return cases.inner_join(known, "episode_id")


def cases(run: Run, mine: ir.Table) -> ir.Table:
    """The cases of all measures that are of one patient."""
    found = run.table("measure_cases").semi_join(mine, "tin")
    return found.filter(found.beneficiary_id.notnull())


_MADE = (
    (
        T2A,
        ("attributed_beneficiaries", "eligible_beneficiaries", "beneficiary_costs",
         "beneficiary_conditions"),
        attributed,
    ),
    (T2C, ("index_stays", "preventable_stays", "post_discharge_visits"), admissions),
    (T5B, ("spending_per_beneficiary_cases", "episodes"), episodes),
    (CASES, ("attributed_beneficiaries",), cases),
)  # fmt: skip
