"""The main path: from claims to payments, every stage named once, in order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from openp4p.attribution.attributed import attributed_beneficiaries
from openp4p.attribution.candidates import attribution_candidates
from openp4p.attribution.eligible import eligible_beneficiaries
from openp4p.attribution.primary_care import primary_care_services
from openp4p.benchmarks import benchmarks
from openp4p.claims.accounting import Ledger, kept_ledger
from openp4p.claims.intake import Claims, input_files, read_claims
from openp4p.claims.vintage import vintage
from openp4p.composites import composites, domain_scores, peer_groups, raw_composites, scores
from openp4p.earlier import Earlier, check_corrections, opened, take_over
from openp4p.engine import Engine, open_engine
from openp4p.errors import OpenP4PError, UsageError
from openp4p.folder import Progress, RunFolder
from openp4p.groups.corrections import practice_corrections
from openp4p.groups.high_risk import high_risk
from openp4p.groups.practices import practices
from openp4p.groups.professionals import professionals
from openp4p.groups.reporting import reporting_categories
from openp4p.identity import code_version, input_fingerprints, run_identifier
from openp4p.measures.calibration import cost_calibration, cost_fit
from openp4p.measures.categories import service_codes
from openp4p.measures.cost_breakdown import (
    beneficiary_cost_categories,
    practice_cost_facts,
    practice_cost_services,
    practice_costs,
)
from openp4p.measures.hospital_days import hospital_days
from openp4p.measures.price_cells import price_cells, price_totals
from openp4p.measures.rates import unadjusted_rates
from openp4p.measures.readmission_coefficients import check_coefficients
from openp4p.measures.registry import Solved, measures
from openp4p.measures.reported import reported_cases
from openp4p.measures.service_costs import service_costs
from openp4p.measures.specialty import performance_rates, specialty_costs
from openp4p.measures.stays import inpatient_stays, stay_claims
from openp4p.measures.survey import survey_cases
from openp4p.notes import (
    episode_notes,
    outcome_notes,
    priced,
    rate_notes,
    review_notes,
    risk_notes,
    run_notes,
    vintage_notes,
)
from openp4p.payment.adjustment import adjustments
from openp4p.payment.balance import balance
from openp4p.payment.claim_lines import adjusted_claim_lines
from openp4p.payment.ledger import paid_amounts, payments
from openp4p.program.definition import Program
from openp4p.program.library import resolved
from openp4p.program.tables import rule_tables
from openp4p.results import Run
from openp4p.risk.institutional import nursing_facility_cover
from openp4p.risk.scores import risk_scores
from openp4p.steps import Steps
from openp4p.tiers import tiers


def compute(step: Steps) -> None:
    """Every stage of the program, each taking the tables that its parameters name."""
    # who is in, and how large
    step(professionals)
    step(practices)
    step(practice_corrections)
    step(reporting_categories)
    # how sick they are
    step(nursing_facility_cover)
    step(risk_scores)
    # whose patients
    step(eligible_beneficiaries)
    step(primary_care_services)
    step(attribution_candidates)
    step(attributed_beneficiaries)
    step(high_risk)
    # what they were treated for, where, and what it cost
    step(stay_claims)
    step(inpatient_stays)
    step(service_codes)
    step(hospital_days)
    step(price_cells)
    step(price_totals)
    step(service_costs)
    # what happened to them, case by case, and the rates that follow
    measure_cases(step)
    step(unadjusted_rates)
    step(specialty_costs)
    step(performance_rates)
    # the same for the year before, for its benchmarks
    year_before = step.program.performance_year - 1
    step(reported_cases, "prior_reported_cases", performance_year=year_before)
    step(survey_cases, "prior_survey_cases", performance_year=year_before)
    prior = step.together("prior_cases", ["prior_reported_cases", "prior_survey_cases"])
    no_report = step.none("supplied_rate")
    step(
        unadjusted_rates,
        "prior_rates",
        measure_cases=prior,
        standardized_ratios=step.none("standardized_ratios"),
        supplied_rate=no_report,
    )
    # how that compares
    step(benchmarks)
    step(scores)
    step(domain_scores)
    step(raw_composites)
    step(peer_groups)
    step(composites)
    step(tiers)
    # where the dollars of each practice's patients went, and how well the models expect them
    step(beneficiary_cost_categories)
    step(practice_costs)
    step(practice_cost_services)
    step(practice_cost_facts)
    step(cost_calibration)
    step(cost_fit)
    # and what it pays
    step(adjustments)
    step(paid_amounts)
    step(balance)
    step(payments)
    step(adjusted_claim_lines)


def measure_cases(step: Steps) -> None:
    """The cases of every measure that is computed, together the table `measure_cases`."""
    for measure in measures():
        for each in measure.steps:
            if isinstance(each, Solved):
                step.rows(each.name, partial(_solved, step, each), each.columns)
            else:
                step(each)
        step(measure.cases)
    step.together("measure_cases", [measure.cases.name for measure in measures()])


def _solved(step: Steps, model: Solved) -> list[dict[str, object]]:
    others = [step.read(name) for name in model.others]
    return model.solve(step.read(model.source), step.program, *others)


def silent(name: str) -> None:
    """Progress that is not shown."""


def unheard(ledger: Ledger) -> None:
    """A ledger that nobody waits for."""


@dataclass(frozen=True)
class Request:
    """What was asked for: a program over an input folder, and how to compute it."""

    program: Program
    input_folder: Path
    out: Path
    engine: str = "duckdb"
    # the Spark cluster; None: the session that exists, or this machine
    master: str | None = None
    format: str | None = None
    crosswalk: Path | None = None
    performance_period: int | None = None
    published_factor: float | None = None
    prior_run: Path | None = None
    review_of: Path | None = None
    paid_through: dt.date | None = None
    threads: int | None = None
    memory_limit: str | None = None
    progress: Progress = silent
    # called with the ledger of the input once it is read, before anything is computed
    arrived: Callable[[Ledger], None] = unheard

    @property
    def override(self) -> int | None:
        """The performance period that was asked for, unless it is the program's own."""
        same = self.performance_period == self.program.performance_year
        return None if same else self.performance_period

    @property
    def applied(self) -> Program:
        """The program with the performance period that was asked for."""
        if self.override is None:
            return self.program
        return self.program.model_copy(update={"performance_year": self.override})


def run(request: Request) -> Run:
    """The finished run that was asked for, stored in its folder.

    A run that was killed goes on where it stopped; one that is finished is opened as it is.
    """
    if request.program.award is not None:
        raise UsageError(
            f"'{request.program.id}' pays awards, which this version audits and does not run.",
            remedy=f"`openp4p audit {request.program.id}`; or run a program that pays by tiers.",
            code="awards-not-run",
        )
    earlier = opened(request.applied, request.prior_run, request.review_of)
    head = _head(request, earlier)
    engine = open_engine(
        request.engine,
        threads=request.threads,
        memory_limit=request.memory_limit,
        spill_folder=request.out / "spill",
        master=request.master,
    )
    folder = RunFolder(request.out, engine, request.progress)
    try:
        if not folder.claim(head):
            claims = _taken_in(request, folder, engine)
            request.arrived(kept_ledger(engine, folder.intake))
            _fill(request, head, folder, engine, claims, earlier)
    finally:
        engine.close()
        folder.release()
    return Run.open(request.out)


def _head(request: Request, earlier: Earlier) -> dict[str, object]:
    program, files = request.applied, input_files(request.input_folder, request.crosswalk)
    inputs = input_fingerprints(files, request.input_folder)
    factor = _factor(request, earlier)
    paid_through = request.paid_through and request.paid_through.isoformat()
    options = {
        "published_factor": factor,
        "format": request.format,
        "paid_through": paid_through,
        **earlier.identity,
    }
    rules = resolved(program)
    return {
        "run_id": run_identifier(rules, inputs, options),
        "program_id": program.id,
        "title": program.title,
        "payment_year": program.payment_year,
        "performance_year": program.performance_year,
        "performance_period_override": request.override,
        "published_factor": factor,
        **earlier.identity,
        "engine": request.engine,
        "code_version": code_version(),
        "choices": {choice.id: choice.chosen for choice in program.choices},
        "inputs": inputs,
        "program": rules,
    }


def _factor(request: Request, earlier: Earlier) -> float | None:
    """The factor x as given, or that of the run under review; None when it is to be computed."""
    return request.published_factor if earlier.reviewed is None else earlier.factor


def _taken_in(request: Request, folder: RunFolder, engine: Engine) -> Claims:
    """The canonical tables of the input; nothing is left of a run that cannot have them."""
    try:
        with folder.timed("intake"):
            claims = read_claims(
                request.input_folder,
                engine,
                folder.intake,
                format=request.format,
                crosswalk=request.crosswalk,
                paid_through=request.paid_through,
                threads=request.threads,
                memory_limit=request.memory_limit,
            )
            _check_coefficients(engine, claims, folder, request.applied)
            return claims
    except OpenP4PError:
        folder.abandon()
        raise


def _check_coefficients(
    engine: Engine, claims: Claims, folder: RunFolder, program: Program
) -> None:
    """Refuse a supplied model of readmissions that is none, or of which a row was set aside."""
    name = "readmission_coefficient"
    if name in claims.supplied:
        aside = engine.read_parquet(folder.intake / "quarantine")
        check_coefficients(
            engine.rows(claims.tables[name]).to_pylist(),
            program,
            engine.rows(aside.filter(aside.file.contains(name))).to_pylist(),
        )


def _fill(
    request: Request,
    head: Mapping[str, object],
    folder: RunFolder,
    engine: Engine,
    claims: Claims,
    earlier: Earlier,
) -> None:
    program = request.applied
    facts = {
        "roster_supplied": "provider_enrollment" in claims.supplied,
        "performance_year": program.performance_year,
        "published_factor": head["published_factor"],
    }
    step = Steps(folder, engine, program, dict(claims.tables), facts, earlier.frozen)
    check_corrections(step, earlier)
    for name, (columns, rows) in rule_tables(program).items():
        step.rows(name, partial(list, rows), columns)
    take_over(step, earlier)
    compute(step)
    notes = run_notes(program, claims.supplied, request.override, priced(engine, step.tables))
    notes += risk_notes(engine, step.tables, program)
    notes += episode_notes(engine, step.tables, program)
    notes += outcome_notes(engine, step.tables, program)
    if earlier.reviewed is not None:
        notes += review_notes(str(earlier.reviewed.manifest["run_id"]), engine, step.tables)
    if "supplied_rate" in claims.supplied:
        notes += rate_notes(engine, step.tables)
    reach = vintage(
        engine,
        step.tables["claim"],
        program.performance_year,
        program.cost.run_out_months,
        request.paid_through,
    )
    if "claim" in claims.supplied:
        notes = vintage_notes(reach, program) + notes
    notes = [*claims.notes, *notes]
    folder.finish({**head, "vintage": reach.as_plain}, step.order, step.unions, notes)
