"""What a reader of a run must know before trusting it: gaps in the input, overrides, fallbacks."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from openp4p.benchmarks import PERFORMANCE_YEAR, PRIOR_YEAR
from openp4p.claims.vintage import Vintage
from openp4p.engine import Engine
from openp4p.program.definition import Program
from openp4p.program.risk_tables import version_of

_ABSENT = {
    "provider_enrollment": (
        "no_roster",
        "No roster of TINs and NPIs was supplied: practice size counts the professionals who bill.",
    ),
    "quality_result": (
        "no_quality_results",
        "No reported quality measures were supplied: no quality composite rests on them.",
    ),
    "pqrs_success": (
        "no_pqrs_success",
        "Nothing says which practices met the reporting criteria: all that are subject to the "
        "program fall into Category 2.",
    ),
}


_FROM_RATES = (
    "from_rates",
    "This run starts from the performance rates of a report: it has no claims, so nobody is "
    "attributed and no rate, risk score or size is computed; they are as the report states them.",
)
_NO_PRIOR_RUN = (
    "no_prior_run",
    "No run of the year before was named (--prior-run), so measures from claims are compared with "
    "the practices of the performance year itself; the rule is the year before (42 CFR 414.1250).",
)
_NO_VARIATION = (
    "no_between_practice_variation",
    "No variation between practices was found in the readmissions of these cohorts, so they tell "
    "practices apart in nothing: {cohorts}.",
)
_SUPPLIED_MODEL = (
    "readmission_coefficients",
    "The readmission model was supplied (readmission_coefficient) and not fitted to these claims: "
    "what is expected, the variance between practices and the national rate of {rate:.2%} are "
    "those supplied.",
)
_REVIEW = (
    "review",
    "This run reviews run {run}: {practices} practices with accepted corrections were computed "
    "again; benchmarks, peers, the percentile of risk, the factor x and all other practices are "
    "as they were in it (D31).",
)
_REVIEW_OF_AWARDS = (
    "review",
    "This run reviews run {run}: {practices} practices with accepted corrections were computed "
    "again; thresholds, what practices share, months, the dollars of a month and the bonuses of "
    "all other practices are as they were in it (D31). What a correction adds comes from what the "
    "pool had left.",
)
_CORRECTED_NOBODY = (
    "corrected_nobody",
    "Corrections name practices that are not in this run and change nothing: {tins}.",
)
_LISTED = 8


def rate_notes(engine: Engine, tables: Mapping[str, ir.Table]) -> list[dict[str, str]]:
    """What of the supplied rates and benchmarks can count for nothing, and why."""
    rates, rules = tables["supplied_rate"], tables["measure_rules"]
    stated = tables["scores"].semi_join(rates, ["tin", "measure"])
    unscored = stated.filter(stated.reason == "no_benchmark")
    vague = stated.filter(stated.is_scored & stated.score_variance.isnull())
    found = {
        "rate_of_unknown_measure": rates.anti_join(rules, "measure").measure,
        "rate_of_unknown_practice": rates.anti_join(tables["practices"], "tin").tin,
        "rate_without_benchmark": unscored.measure,
        "rate_without_variance": vague.measure,
    }
    notes = []
    for code, column in found.items():
        rows = engine.rows(column.name("named").as_table().distinct().order_by("named"))
        named = [str(row["named"]) for row in rows.to_pylist()]
        if named:
            more = f" and {len(named) - _LISTED} more" if len(named) > _LISTED else ""
            notes.append(_note(code, f"{_RATES[code]} {', '.join(named[:_LISTED])}{more}."))
    return notes


_RATES = {
    "rate_of_unknown_measure": "Supplied rates that count for nothing, because this payment year "
    "has no such measure:",
    "rate_of_unknown_practice": "Supplied rates that count for nothing, because supplied_practice "
    "does not have the practice:",
    "rate_without_benchmark": "Supplied rates that are not scored, because no benchmark with a "
    "standard deviation above 0 was supplied or can be computed for:",
    "rate_without_variance": "Supplied rates without a variance, so that no composite with them "
    "can differ significantly from its mean:",
}


_PRICES = (
    (
        "standardization_none",
        {"none"},
        "Standardization none: dollars, or some of them, are allowed amounts as paid, not "
        "price-standardised; practices in dear areas look costlier than they are.",
    ),
    (
        "standardization_national_mean",
        {"national_mean"},
        "Dollars are priced at the mean of these claims for each service (choice M22): sound for "
        "claims of the nation or a large region only.",
    ),
)
_FEW_EPISODES = (
    "few_episodes",
    "The model of episode cost has {terms:,} terms for {episodes:,} episodes: it follows chance as "
    "well as illness. It is meant for the claims of a nation.",
)
_NO_EARLIER_MONTHS = (
    "no_earlier_enrolment",
    "Enrolment before the performance year is not known: episodes that look back to it do not "
    "count.",
)
_EPISODES_A_TERM = 10  # fewer than so many, and a regression fits chance
_YEAR_IN_YEAR_MONTH = 100
_RISK = {
    "new_enrollee_scores": "Nobody is known to have been in Part B in the year before the "
    "performance year: every computed risk score is that of a new enrollee, which knows age, sex, "
    "Medicaid and disability and no diagnosis.",
    "demographic_scores": "No diagnosis of the year before the performance year counts toward a "
    "risk score: computed scores know age, sex, Medicaid and disability only.",
    "no_scores": "No risk score can be computed, because birth date or sex is missing: no "
    "beneficiary counts in a cost measure.",
}
_MAP_YEAR = (
    "Risk model {model} has no list of codes for {year}: diagnoses are read by that of {nearest}."
)


def risk_notes(
    engine: Engine, tables: Mapping[str, ir.Table], program: Program
) -> list[dict[str, str]]:
    """What stands between the computed risk scores and those of the model as published."""
    scores = tables["risk_scores"]
    computed = scores.filter(scores.source == "computed")
    sums = computed.agg(
        people=computed.count(),
        scored=computed.risk_score.count(),
        new=computed.is_new_enrollee.sum(),
        coded=(computed.hccs_before != "").sum(),
    )
    found = engine.rows(sums).to_pylist()[0]
    notes = []
    if found["scored"]:
        notes += [
            _note(code, _RISK[code])
            for code, is_so in {
                "new_enrollee_scores": found["new"] == found["people"],
                "demographic_scores": not found["coded"] and found["new"] != found["people"],
            }.items()
            if is_so
        ]
        version = version_of(program)
        if version.year != program.performance_year:
            said = {"model": version.model, "nearest": version.year}
            text = _MAP_YEAR.format(**said, year=program.performance_year)
            notes.append(_note("risk_map_year", text))
    elif found["people"]:
        notes.append(_note("no_scores", _RISK["no_scores"]))
    return notes


def episode_notes(
    engine: Engine, tables: Mapping[str, ir.Table], program: Program
) -> list[dict[str, str]]:
    """What makes the expected cost of episodes less than it should be."""
    episodes = tables["expected_episodes"]
    kept = engine.rows(episodes.agg(n=episodes.reason.isnull().sum())).to_pylist()[0]["n"] or 0
    model = tables["episode_model"]
    used = engine.rows(model.agg(n=(~model.is_dropped).sum())).to_pylist()[0]["n"] or 0
    notes = []
    if kept and kept < used * _EPISODES_A_TERM:
        code, text = _FEW_EPISODES
        notes.append(_note(code, text.format(terms=used, episodes=kept)))
    months, year = tables["enrollment_month"], program.performance_year
    earlier = months.filter(months.year_month < year * _YEAR_IN_YEAR_MONTH).limit(1)
    stays = engine.rows(episodes.count().as_table()).to_pylist()[0]
    if any(stays.values()) and not engine.rows(earlier.select("year_month")).num_rows:
        notes.append(_note(*_NO_EARLIER_MONTHS))
    return notes


def outcome_notes(
    engine: Engine, tables: Mapping[str, ir.Table], program: Program
) -> list[dict[str, str]]:
    """What the benchmarks of outcomes rest on, and where practices could not be told apart."""
    notes = []
    rules, found = tables["measure_rules"], tables["benchmarks"]
    outcomes = rules.filter(rules.kind == "quality", rules.source == "claims").select("measure")
    present = found.filter(found.source == PERFORMANCE_YEAR).semi_join(outcomes, "measure")
    stands_in = program.quality.benchmark_period == PRIOR_YEAR
    if stands_in and engine.rows(present.limit(1).select("measure")).num_rows:
        notes.append(_note(*_NO_PRIOR_RUN))
    model = tables["readmission_model"]
    alike = model.filter(model.kind == "variance", model["value"] == 0.0).select("cohort")
    cohorts = sorted(str(row["cohort"]) for row in engine.rows(alike).to_pylist())
    supplied = tables["readmission_coefficient"]
    rates = engine.rows(supplied.filter(supplied.kind == "rate").select("value")).to_pylist()
    if rates:
        code, text = _SUPPLIED_MODEL
        notes.append(_note(code, text.format(rate=rates[0]["value"])))
    elif cohorts and program.readmissions.estimator != "observed_over_expected":
        code, text = _NO_VARIATION
        notes.append(_note(code, text.format(cohorts=", ".join(cohorts))))
    return notes


def review_notes(
    reviewed: str, engine: Engine, tables: Mapping[str, ir.Table], *, of_awards: bool
) -> list[dict[str, str]]:
    """What a review of an earlier run (by its identifier) changed, and corrections of nobody."""
    corrected = tables["practice_corrections"]
    listed = [str(row["tin"]) for row in engine.rows(corrected.select("tin")).to_pylist()]
    unknown = corrected.anti_join(tables["practices"], "tin").select("tin")
    missing = sorted(str(row["tin"]) for row in engine.rows(unknown).to_pylist())
    code, text = _REVIEW_OF_AWARDS if of_awards else _REVIEW
    notes = [_note(code, text.format(run=reviewed, practices=len(listed) - len(missing)))]
    if missing:
        code, text = _CORRECTED_NOBODY
        shown = ", ".join(missing[:_LISTED]) + (" ..." if len(missing) > _LISTED else "")
        notes.append(_note(code, text.format(tins=shown)))
    return notes


def priced(engine: Engine, tables: Mapping[str, ir.Table]) -> frozenset[str]:
    """The ways in which dollars of the performance year are priced."""
    costs = tables["service_costs"]
    kinds = costs.filter(costs.in_year, costs.amount != 0).select("standardization").distinct()
    return frozenset(str(row["standardization"]) for row in engine.rows(kinds).to_pylist())


def run_notes(
    program: Program,
    supplied: frozenset[str],
    override: int | None,
    standardization: frozenset[str],
) -> list[dict[str, str]]:
    """Code and sentence of each thing that stands between this run and the program as written."""
    notes = []
    if override is not None:
        notes.append(
            _note(
                "performance_period",
                f"The rules of payment year {program.payment_year} were applied to claims of "
                f"{override}, which is not that year's performance period.",
            )
        )
    from_claims = "claim_line" in supplied
    if not from_claims:
        notes.append(_note(*_FROM_RATES))
    # codes on claims are a way to report as well
    known = supplied | {"quality_result"} if "quality_data_code" in supplied else supplied
    notes += [
        _note(*said)
        for name, said in _ABSENT.items()
        if name not in known and (from_claims or name == "pqrs_success")
    ]
    notes += [_note(code, text) for code, kinds, text in _PRICES if standardization & kinds]
    return notes


_PROVISIONAL = (
    "provisional",
    "Provisional: only claims paid through {day} count, {reach}. Claims paid later can change "
    "every figure of this run.",
)
_SHORT = (
    "short_run_out",
    "The latest payment among the claims is of {day}, {reach}; customary are {months} months "
    "({status}), through {customary}. Claims that are still to come can change every figure.",
)
_UNDATED = (
    "paid_dates_unknown",
    "The claims do not say when they were paid, so it is not known how complete the last months "
    "are.",
)


def vintage_notes(reach: Vintage, program: Program) -> list[dict[str, str]]:
    """What the day through which claims were paid means for the run."""
    if reach.reaches is None:
        return [_note(*_UNDATED)]
    days = reach.run_out_days or 0
    side = "after" if days >= 0 else "before"
    said = {
        "reach": f"{abs(days):,} days {side} the end of the performance period",
        "day": (reach.paid_through or reach.reaches).isoformat(),
        "months": program.cost.run_out_months,
        "status": program.citation("cost.run_out_months").status,
        "customary": reach.customary.isoformat(),
    }
    kind = _PROVISIONAL if reach.paid_through is not None else _SHORT if reach.is_short else None
    return [] if kind is None else [_note(kind[0], kind[1].format(**said))]


def _note(code: str, text: str) -> dict[str, str]:
    return {"code": code, "text": text}


_NO_PARTICIPATION = (
    "nobody_participates",
    "The input has no table `participation`: nobody has enrolled, so nobody is paid and nobody "
    "loses. The program is voluntary; silence is not enrolment.",
)
_NOT_IN_ADVANCE = (
    "thresholds_not_in_advance",
    "No run of the benchmark year was named (--prior-run): thresholds are those of the performance "
    "period itself, which the program would publish in advance from the care of {year}, and "
    "nobody has credit for improvement.",
)
_NOTHING_SCORED = (
    "nothing_scored",
    "No measure could be scored: each is reported by fewer than {fewest} practices, or its results "
    "differ by no more than chance would make them. Nobody has an award, and the pool returns.",
)
_OTHER_BENCHMARK = (
    "benchmark_year",
    "The benchmark year of thresholds and improvement is {given}, for which a run was named; the "
    "program's is {year}. No result of {given} is counted with the performance year.",
)
_UNKNOWN_PARTICIPANTS = (
    "unknown_participants",
    "Practices enrolled that are not in this run: {tins}.",
)
_COUNTED_IN_PERIOD = (
    "complexity_not_in_advance",
    "The input holds no care of {year}: complexity is counted on the patients of the performance "
    "period itself, which the program would freeze before it.",
)


def award_notes(
    engine: Engine,
    tables: Mapping[str, ir.Table],
    program: Program,
    benchmark_year: int | None,
    supplied: frozenset[str],
) -> list[dict[str, str]]:
    """What a reader of a run of awards must know: who can be paid, and what stands in for what."""
    assert program.award is not None, "notes on awards are of a program that pays them"
    year = program.performance_year - program.award.benchmark_years_before
    notes = []
    if "participation" not in supplied:
        notes.append(_note(*_NO_PARTICIPATION))
    if benchmark_year is None:
        notes.append(_note(_NOT_IN_ADVANCE[0], _NOT_IN_ADVANCE[1].format(year=year)))
    elif benchmark_year != year:
        said = _OTHER_BENCHMARK[1].format(given=benchmark_year, year=year)
        notes.append(_note(_OTHER_BENCHMARK[0], said))
    strangers = tables["participation"].anti_join(tables["practices"], "tin")
    named = [row["tin"] for row in engine.rows(strangers.select("tin").distinct()).to_pylist()]
    if named:
        more = f" and {len(named) - _LISTED} more" if len(named) > _LISTED else ""
        listed = ", ".join(sorted(named)[:_LISTED]) + more
        notes.append(_note(_UNKNOWN_PARTICIPANTS[0], _UNKNOWN_PARTICIPANTS[1].format(tins=listed)))
    if not engine.rows(tables["practice_awards"].limit(1)).num_rows:
        said = _NOTHING_SCORED[1].format(fewest=program.award.fewest_practices)
        notes.append(_note(_NOTHING_SCORED[0], said))
    history = engine.rows(tables["history_attributed"].limit(1)).num_rows
    if not history:
        said = _COUNTED_IN_PERIOD[1].format(year=program.performance_year - 1)
        notes.append(_note(_COUNTED_IN_PERIOD[0], said))
    return notes
