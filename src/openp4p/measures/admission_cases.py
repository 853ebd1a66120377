"""The cases of the admissions composites (CMS-1, CMS-2) and of their components."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_mean, exact_sum, ratio
from openp4p.engine.stage import stage
from openp4p.measures.cases import CASES, CASES_KEY, as_cases
from openp4p.measures.variances import varied
from openp4p.program.definition import Program


@stage(key=CASES_KEY, columns=CASES)
def admission_cases(
    admission_populations: ir.Table,
    admission_strata: ir.Table,
    admission_components: ir.Table,
    clinical_variance: ir.Table,
    program: Program,
) -> ir.Table:
    """One attributed beneficiary of a composite or of one of its components.

    Observed admissions against those usual for sex and age, times the national rate, per 1,000. In
    a composite a beneficiary stands once for each component whose denominator it is in; as a case
    it counts once for all components that are counted among everybody, and once for each condition.
    Observed and expected add up over components (M8; the alternative lets each component weigh
    the same in every practice). `reason`: unknown_age, unknown_sex, clinical_override.
    """
    strata = admission_strata.select("measure", "sex", "age_from", "rate", "national_rate")
    people = admission_populations.left_join(strata, ["measure", "sex", "age_from"])
    people = people.drop("measure_right", "sex_right", "age_from_right")
    # a band of which no national counts were supplied has the rate of the nation
    nation = admission_strata.select("measure", everywhere=_.national_rate).distinct()
    people = people.left_join(nation, "measure").drop("measure_right")
    people = people.mutate(
        expected=ibis.coalesce(people["rate"], people.everywhere), national=people.everywhere
    )
    parts = people.select(
        "measure",
        "tin",
        "beneficiary_id",
        "reason",
        "expected",
        case_id=people.beneficiary_id,
        cases=ibis.literal(1).cast("int64"),
        numerator=people.events.cast("float64"),
        denominator=ibis.literal(1.0),
        national_mean=people.national,
    )
    composites = _composites(people, admission_strata, admission_components, program)
    together = as_cases(parts).union(composites).drop("included")
    return as_cases(varied(together, clinical_variance, program))


def _composites(
    people: ir.Table, strata: ir.Table, admission_components: ir.Table, program: Program
) -> ir.Table:
    """The beneficiaries of each composite, their components added up."""
    components = admission_components.select("measure", "composite", "is_conditional").distinct()
    parts = _weighted(people.inner_join(components, "measure"), program)
    parts = parts.mutate(
        conditional=ibis.ifelse(parts.is_conditional, 1, 0),
        common=ibis.ifelse(parts.is_conditional, 0, 1),
    )
    sums = parts.group_by(["composite", "beneficiary_id", "tin", "reason"]).agg(
        cases=(_.conditional.sum() + _.common.max()).cast("int64"),
        numerator=exact_sum(_.events.cast("float64") * _.weight),
        denominator=_.count().cast("float64"),
        expected=exact_sum(_.expected * _.weight),
    )
    found = sums.inner_join(_national(strata, components, program), "composite")
    if program.admissions.risk_adjustment == "none":
        found = found.mutate(expected=found.denominator * found.national_mean)
    return as_cases(
        found.select(
            "tin",
            "beneficiary_id",
            "reason",
            "cases",
            "numerator",
            "denominator",
            "expected",
            "national_mean",
            measure=found.composite,
            case_id=found.beneficiary_id,
        )
    )


def _weighted(parts: ir.Table, program: Program) -> ir.Table:
    """The parts with what their component weighs in its practice: the same, or by share (M8)."""
    if program.admissions.composite == "ratio_of_sums":
        return parts.mutate(weight=ibis.literal(1.0))
    counted = parts.filter(parts.reason.isnull())
    mine = counted.group_by(["composite", "tin", "measure"]).agg(mine=_.count())
    every = mine.group_by(["composite", "tin"]).agg(whole=_.mine.sum(), components=_.count())
    shares = mine.inner_join(every, ["composite", "tin"])
    shares = shares.mutate(weight=ratio(shares.whole, shares.mine * shares.components))
    shares = shares.select("composite", "tin", "measure", "weight")
    found = parts.left_join(shares, ["composite", "tin", "measure"])
    found = found.drop("composite_right", "tin_right", "measure_right")
    return found.mutate(weight=found.weight.fill_null(1.0))


def _national(strata: ir.Table, components: ir.Table, program: Program) -> ir.Table:
    """The national rate of each composite, by the same form."""
    nation = strata.select(
        "measure", "national_denominator", "national_events", "national_rate"
    ).distinct()
    nation = nation.inner_join(components, "measure").group_by("composite")
    if program.admissions.composite == "ratio_of_sums":
        sums = nation.agg(events=_.national_events.sum(), denominator=_.national_denominator.sum())
        return sums.select("composite", national_mean=ratio(sums.events, sums.denominator))
    return nation.agg(national_mean=exact_mean(_.national_rate))
