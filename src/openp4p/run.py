"""The main path: from claims to payments, every stage named once, in order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from openp4p.attribution.attributed import attributed_beneficiaries
from openp4p.attribution.candidates import attribution_candidates
from openp4p.attribution.eligible import eligible_beneficiaries
from openp4p.attribution.primary_care import primary_care_services
from openp4p.awards.complexity import practice_complexity
from openp4p.awards.fund import award_fund, award_payments, award_rate, bonuses
from openp4p.awards.participation import participants
from openp4p.awards.scores import award_measures, practice_awards
from openp4p.benchmarks import benchmarks
from openp4p.claims.accounting import kept_ledger
from openp4p.claims.intake import Claims, input_files, read_claims
from openp4p.claims.marked import synthetic_mark
from openp4p.claims.vintage import vintage
from openp4p.composites import composites, domain_scores, peer_groups, raw_composites, scores
from openp4p.earlier import Earlier, check_corrections, opened, take_over
from openp4p.engine import Engine, open_engine
from openp4p.errors import OpenP4PError
from openp4p.folder import RunFolder
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
    award_notes,
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
from openp4p.payment.lines import payable_clinicians
from openp4p.program.definition import Program
from openp4p.program.library import resolved
from openp4p.program.tables import rule_tables
from openp4p.request import Request, check_funding
from openp4p.results import Run
from openp4p.risk.institutional import nursing_facility_cover
from openp4p.risk.scores import risk_scores
from openp4p.shrinkage.estimates import shrunken_rates
from openp4p.shrinkage.fits import FITS, shrinkage_fits
from openp4p.shrinkage.results import shrinkage_results
from openp4p.steps import Steps
from openp4p.tiers import tiers

__all__ = ["FITTED", "Request", "compute", "measure_cases", "run"]


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
    # where the dollars of each practice's patients went, and how well the models expect them
    step(beneficiary_cost_categories)
    step(practice_costs)
    step(practice_cost_services)
    step(practice_cost_facts)
    step(cost_calibration)
    step(cost_fit)
    # and what it pays: by tiers, or awards
    step(payable_clinicians)
    step(paid_amounts)
    (paid_by_tiers if step.program.award is None else paid_by_awards)(step)


def paid_by_tiers(step: Steps) -> None:
    """Tiers, what each place in the grid pays, and the factor that balances the budget."""
    step(tiers)
    step(adjustments)
    step(balance)
    step(payments)
    step(adjusted_claim_lines)


def paid_by_awards(step: Steps) -> None:
    """Estimates, their scores, and each practice's part of a fixed pool; nobody pays for it."""
    step(shrinkage_results)
    step.rows(FITTED.name, partial(_solved, step, FITTED), FITTED.columns)
    step(shrunken_rates)
    step(award_measures)
    step(practice_awards)
    # whose patients they were the year before, and how hard to care for
    before = step.program.earlier
    people = step(eligible_beneficiaries, "history_eligible", program=before)
    services = step(primary_care_services, "history_services", program=before)
    candidates = step(
        attribution_candidates,
        "history_candidates",
        primary_care_services=services,
        program=before,
    )
    step(
        attributed_beneficiaries,
        "history_attributed",
        attribution_candidates=candidates,
        eligible_beneficiaries=people,
    )
    step(practice_complexity)
    # who takes part is asked last, so that no score can depend on it
    step(participants)
    step(award_rate)
    step(bonuses)
    step(award_fund)
    step(award_payments, "payments")


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


FITTED = Solved("shrinkage_fits", "shrinkage_results", FITS, shrinkage_fits)


def _solved(step: Steps, model: Solved) -> list[dict[str, object]]:
    others = [step.read(name) for name in model.others]
    return model.solve(step.read(model.source), step.program, *others)


def run(request: Request) -> Run:
    """The finished run that was asked for, stored in its folder.

    A run that was killed goes on where it stopped; one that is finished is opened as it is.
    """
    check_funding(request)
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
        **_funding(request, earlier),
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
        **_funding(request, earlier),
        **earlier.identity,
        "engine": request.engine,
        "code_version": code_version(),
        "choices": {choice.id: choice.chosen for choice in program.choices},
        "inputs": inputs,
        "synthetic": synthetic_mark(files),
        "program": rules,
    }


def _funding(request: Request, earlier: Earlier) -> dict[str, object]:
    """The pool of awards and the year that their thresholds are of; nothing else has them."""
    pool = earlier.pool(request.pool)
    return {} if pool is None else {"pool": str(pool), "benchmark_year": earlier.benchmark_year}


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
        "pool": earlier.pool(request.pool),
        "benchmark_year": earlier.benchmark_year,
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
        notes += review_notes(
            str(earlier.reviewed.manifest["run_id"]),
            engine,
            step.tables,
            of_awards=program.award is not None,
        )
    if program.award is not None:
        notes += award_notes(engine, step.tables, program, earlier.benchmark_year, claims.supplied)
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
