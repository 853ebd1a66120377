"""Among whom preventable admissions are counted, and how often they are usual there."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import ratio, years_between
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_KNOWN_SEX = ("1", "2")


@stage(
    key=("measure", "beneficiary_id"),
    each="beneficiary_id",
    columns={
        "measure": "string",
        "beneficiary_id": "string",
        "tin": "string",
        "sex": "string",
        "age": "int64",
        "age_from": "int64",
        "events": "int64",
        "reason": "string",
    },
)
def admission_populations(
    attributed_beneficiaries: ir.Table,
    eligible_beneficiaries: ir.Table,
    beneficiary_conditions: ir.Table,
    preventable_stays: ir.Table,
    admission_components: ir.Table,
    admission_conditions: ir.Table,
    admission_age_bands: ir.Table,
    program: Program,
) -> ir.Table:
    """One attributed beneficiary in the denominator of one component, with the admissions in it.

    In it are those old enough on 31 December and, of a chronic component, those who have one of its
    conditions (M10). `age_from` is the first age of the band. Only stays of beneficiaries in the
    denominator count; a stay once, or once for each indicator it meets (M7). `reason` of one that
    does not count: unknown_age, unknown_sex.
    """
    people = _people(attributed_beneficiaries, eligible_beneficiaries, admission_age_bands, program)
    components = admission_components.group_by("measure").agg(
        minimum_age=_.minimum_age.min(), is_conditional=_.is_conditional.max()
    )
    ill = beneficiary_conditions.filter(beneficiary_conditions.has_condition)
    ill = ill.inner_join(admission_conditions, "condition")
    ill = ill.group_by(["measure", "beneficiary_id"]).agg(ill_from=_.first_date.min())
    everybody = components.filter(~components.is_conditional).cross_join(people)
    everybody = everybody.mutate(ill_from=ibis.null("date"))
    with_condition = ill.inner_join(components, "measure").inner_join(people, "beneficiary_id")
    found = everybody.union(with_condition.select(*everybody.columns))
    found = found.filter((found.age >= found.minimum_age).fill_null(True))
    found = found.left_join(_events(found, preventable_stays, program), ["measure", "person"])
    reason = ibis.cases(
        (found.age.isnull(), "unknown_age"),
        (~found.sex.isin(_KNOWN_SEX).fill_null(False), "unknown_sex"),
        else_=ibis.null("string"),
    )
    return found.select(
        "measure",
        "tin",
        "sex",
        "age",
        "age_from",
        beneficiary_id=found.person,
        events=found.events.fill_null(0).cast("int64"),
        reason=reason,
    )


def _people(
    attributed: ir.Table, eligible: ir.Table, bands: ir.Table, program: Program
) -> ir.Table:
    """Attributed beneficiaries with sex, age on the last day of the year and its band."""
    year_end = ibis.date(f"{program.performance_year}-12-31")
    known = eligible.select(
        "beneficiary_id", "sex", age=years_between(eligible.birth_date, year_end)
    )
    found = attributed.select("beneficiary_id", "tin").inner_join(known, "beneficiary_id")
    placed = found.left_join(bands, [found.age >= bands.age_from, found.age <= bands.age_to])
    return placed.select("beneficiary_id", "tin", "sex", "age", "age_from", person=_.beneficiary_id)


def _events(found: ir.Table, preventable_stays: ir.Table, program: Program) -> ir.Table:
    """Admissions that count, by component and beneficiary."""
    counted = preventable_stays.filter(preventable_stays.is_counted)
    counted = counted.select("measure", "stay_id", "admission_date", person=_.beneficiary_id)
    if program.admissions.chronic_population == "flag_before_admission":
        since = found.select("measure", "person", "ill_from", "is_conditional")
        counted = counted.inner_join(since, ["measure", "person"])
        before = (counted.ill_from < counted.admission_date).fill_null(False)
        counted = counted.filter(~counted.is_conditional | before)
    by_person = counted.group_by(["measure", "person"])
    if program.admissions.events == "every_indicator":
        return by_person.agg(events=_.count())
    return by_person.agg(events=_.stay_id.nunique())


@stage(
    key=("measure", "sex", "age_from"),
    columns={
        "measure": "string",
        "sex": "string",
        "age_from": "int64",
        "denominator": "int64",
        "events": "int64",
        "rate": "float64",
        "national_denominator": "int64",
        "national_events": "int64",
        "national_rate": "float64",
        "source": "string",
    },
)
def admission_strata(
    admission_populations: ir.Table, supplied_admission_rate: ir.Table, program: Program
) -> ir.Table:
    """How often people of one sex and age band are admitted for a component, in the nation.

    `source`: computed from the attributed beneficiaries of all practices, or supplied, for a
    component of which national counts are given. Without adjustment (D24) everybody is expected to
    have the national rate.
    """
    counted = admission_populations.filter(admission_populations.reason.isnull())
    computed = counted.group_by(["measure", "sex", "age_from"]).agg(
        denominator=_.count().cast("int64"), events=_.events.sum().cast("int64")
    )
    computed = computed.mutate(source=ibis.literal("computed"))
    supplied = supplied_admission_rate.select(
        "measure",
        "sex",
        "age_from",
        "denominator",
        events=_.numerator,
        source=ibis.literal("supplied"),
    )
    every = computed.anti_join(supplied, "measure").union(supplied.select(*computed.columns))
    nation = every.group_by("measure").agg(
        national_denominator=_.denominator.sum().cast("int64"),
        national_events=_.events.sum().cast("int64"),
    )
    found = every.inner_join(nation, "measure")
    national_rate = ratio(found.national_events, found.national_denominator)
    own = ratio(found.events, found.denominator)
    adjusts = program.admissions.risk_adjustment == "age_sex"
    return found.mutate(rate=own if adjusts else national_rate, national_rate=national_rate)
