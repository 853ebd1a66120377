"""The risk score of each beneficiary: as it was supplied, or the CMS-HCC score of the year."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import whole_part
from openp4p.engine.stage import stage
from openp4p.errors import Problem, ProgramError
from openp4p.program.definition import Program
from openp4p.program.risk_tables import COMMUNITY, NEW_ENROLLEE, covered_years, shape
from openp4p.risk.diagnoses import risk_adjustment_diagnoses
from openp4p.risk.hcc import Model, scores

_YEAR_IN_YEAR_MONTH = 100
_INSTITUTIONAL = "institutional"
_SEXES = ("1", "2")
_BIRTHDAY_MONTH = 2  # ages are those of the first of February


@stage(
    key=("beneficiary_id",),
    each="beneficiary_id",
    columns={
        "beneficiary_id": "string",
        "risk_score": "float64",
        "source": "string",
        "segment": "string",
        "is_new_enrollee": "boolean",
        "hccs_before": "string",
        "hccs": "string",
        "terms": "string",
    },
)
def risk_scores(
    beneficiary: ir.Table,
    enrollment_month: ir.Table,
    claim: ir.Table,
    claim_line: ir.Table,
    diagnosis: ir.Table,
    risk_score: ir.Table,
    nursing_facility_cover: ir.Table,
    hcc_codes: ir.Table,
    hcc_edits: ir.Table,
    hcc_conditions: ir.Table,
    hcc_segments: ir.Table,
    hcc_demographics: ir.Table,
    hcc_interactions: ir.Table,
    hcc_sets: ir.Table,
    dual_benefits: ir.Table,
    risk_adjustment_specialties: ir.Table,
    betos_codes: ir.Table,
    program: Program,
) -> ir.Table:
    """One beneficiary with its raw CMS-HCC score and every term of the sum.

    A score supplied for the performance year stands (`source` supplied, no terms). Otherwise it is
    computed: diagnoses of the year before, demographics of the year, age on 1 February (D19).
    Without a birth date, or with a sex that is neither 1 nor 2, there is no score. `hccs_before`,
    `hccs` and `terms` list condition categories before and after the hierarchy, and the terms with
    their factors, parted by bars: 'F70_74=0.348|HCC18=0.368'.
    """
    _require_codes(program)
    enrolled = _enrolled(enrollment_month, dual_benefits, program)
    people = _people(beneficiary, enrolled, nursing_facility_cover, program)
    model = Model(
        codes=hcc_codes,
        edits=hcc_edits,
        conditions=hcc_conditions,
        segments=hcc_segments,
        demographics=hcc_demographics,
        interactions=hcc_interactions,
        sets=hcc_sets,
        shape=shape(program),
        with_edits=program.risk.age_sex_edits,
    )
    diagnoses = risk_adjustment_diagnoses(
        claim, claim_line, diagnosis, risk_adjustment_specialties, betos_codes, program
    )
    known = people.filter(people.age.notnull(), people.sex.isin(_SEXES))
    computed = scores(known, diagnoses, model)
    supplied = risk_score.filter(risk_score.performance_year == program.performance_year)
    supplied = supplied.select("beneficiary_id", supplied=_.risk_score, supplied_segment=_.segment)
    listed = people.select(
        "beneficiary_id", is_new_enrollee=people.population_of_claims == NEW_ENROLLEE
    )
    found = listed.left_join(computed, "beneficiary_id").drop("beneficiary_id_right")
    found = found.left_join(supplied, "beneficiary_id").drop("beneficiary_id_right")
    return _chosen(found)


def _require_codes(program: Program) -> None:
    """Where the nearest year is not wanted (M41), the model must have codes for the year itself."""
    first, last = covered_years(program)
    year, risk = program.performance_year, program.risk
    if risk.map_year == "fail" and not first <= year <= last:
        model = risk.models[risk.version].model
        other = "v12_then_v22" if risk.version == "v22_throughout" else "v22_throughout"
        problem = Problem(
            "risk.yaml",
            "map_year",
            f"performance year {year} has no codes of the risk model {model}",
            f"{first} to {last}",
            f"Take choice M41 nearest, or D19 {other}, or supply risk scores.",
        )
        raise ProgramError([problem], code="risk-year")


def _enrolled(enrollment_month: ir.Table, dual_benefits: ir.Table, program: Program) -> ir.Table:
    """What the months of the year and of the year before say of each beneficiary."""
    benefits = dual_benefits.select("dual_status", "benefit")
    months = enrollment_month.left_join(benefits, "dual_status").drop("dual_status_right")
    year = whole_part(months.year_month, _YEAR_IN_YEAR_MONTH)
    now = year == program.performance_year
    before = year == program.performance_year - 1
    return months.group_by("beneficiary_id").agg(
        part_b_months=(before & months.part_b.fill_null(False)).sum(),
        medicaid_before=(before & months.benefit.notnull()).max(),
        medicaid_now=(now & months.benefit.notnull()).max(),
        full_before=(before & (months.benefit == "full").fill_null(False)).max(),
        institutional=(now & months.institutional.fill_null(False)).max(),
    )


def _people(
    beneficiary: ir.Table, enrolled: ir.Table, cover: ir.Table, program: Program
) -> ir.Table:
    """The demographic facts of each beneficiary, as `risk.hcc.scores` takes them."""
    found = beneficiary.left_join(enrolled, "beneficiary_id").drop("beneficiary_id_right")
    found = found.mutate(is_resident=_is_resident(found, cover, program))
    is_new = found.part_b_months.fill_null(0) < program.risk.new_enrollee_below_months
    population = ibis.cases((is_new, NEW_ENROLLEE), else_=COMMUNITY)
    before, now = found.medicaid_before.fill_null(False), found.medicaid_now.fill_null(False)
    return found.select(
        "beneficiary_id",
        asked_segment=ibis.literal(""),
        population=ibis.ifelse(~is_new & found.is_resident, _INSTITUTIONAL, population),
        population_of_claims=population,
        dual_benefit=ibis.cases(
            (found.full_before.fill_null(False), "full"), (before, "partial"), else_="none"
        ),
        age=age_on_february_first(found.birth_date, program.performance_year),
        sex=found.sex,
        medicaid=ibis.ifelse(is_new, now, before),
        reason=found.orig_entitlement_code.fill_null(""),
    )


def age_on_february_first(birth_date: ir.DateValue, year: int) -> ir.IntegerValue:
    """Whole years on 1 February of a year; a birthday on that day counts."""
    month, day = birth_date.month(), birth_date.day()
    is_later = (month > _BIRTHDAY_MONTH) | ((month == _BIRTHDAY_MONTH) & (day > 1))
    return (year - birth_date.year() - is_later.cast("int64")).cast("int64")


def _is_resident(found: ir.Table, cover: ir.Table, program: Program) -> ir.BooleanValue:
    """Long-term institutional: as supplied in any month of the year, or by visits (M36)."""
    if program.risk.institutional == "nursing_facility_visits":
        year = program.performance_year
        in_year = cover.filter(cover.first_day.year() <= year, cover.last_day.year() >= year)
        return found.beneficiary_id.isin(in_year.beneficiary_id)
    return found.institutional.fill_null(False)


def _chosen(found: ir.Table) -> ir.Table:
    """A supplied score first, and then nothing of the one that was computed."""
    is_supplied = found.supplied.notnull()
    own: Mapping[str, ir.Value] = {
        name: ibis.ifelse(is_supplied, ibis.null("string"), found[name])
        for name in ("hccs_before", "hccs", "terms")
    }
    return found.select(
        "beneficiary_id",
        risk_score=ibis.coalesce(found.supplied, found.risk_score),
        source=ibis.ifelse(is_supplied, "supplied", "computed"),
        segment=ibis.ifelse(is_supplied, found.supplied_segment, found.segment),
        is_new_enrollee=found.is_new_enrollee,
        **own,
    )
