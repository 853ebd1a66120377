"""Measures that professionals reported on their claims by quality-data codes, and all reports."""

from __future__ import annotations

from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import PROFESSIONAL, is_allowed_line
from openp4p.claims.tables import QUALITY_RESULT
from openp4p.engine.portable import years_between
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_CLAIMS, _ENCOUNTER = "claims", "eligible"
_INSTANCE = ("measure", "performance_year", "tin", "npi", "beneficiary_id")
_MODIFIERS = ("modifier_1", "modifier_2", "modifier_3", "modifier_4")
_REPORTER = ("tin", "npi", "entity_id", "stratum")


@stage(
    key=_INSTANCE,
    each="beneficiary_id",
    columns={
        "measure": "string",
        "performance_year": "int64",
        "tin": "string",
        "npi": "string",
        "beneficiary_id": "string",
        "outcome": "string",
    },
)
def claims_quality_instances(
    claim_line: ir.Table, beneficiary: ir.Table, quality_data_code: ir.Table, program: Program
) -> ir.Table:
    """One beneficiary whom one professional of one practice saw and a measure is about, in a year.

    Seen: an allowed line with an eligible code. `outcome`, missing when nothing was reported: the
    best of the measure's quality-data codes by this professional on the claims of these encounters.
    A line with such a code is billed at $0.00 or $0.01 and denied, so it need not be allowed. One
    instance a year and the same claim: the rules of PQRS for patient-level measures, as recalled.
    """
    lines = _coded_lines(claim_line, beneficiary, quality_data_code, program)
    claim = [*_INSTANCE, "claim_id"]
    encounters = lines.filter(lines.outcome == _ENCOUNTER, lines.is_allowed)
    encounters = encounters.select(*claim).distinct()
    order = program.reporting.quality_data_outcomes
    said = lines.filter(lines.outcome != _ENCOUNTER)
    places = [(said.outcome == outcome, place) for place, outcome in enumerate(order)]
    said = said.select(*claim, place=ibis.cases(*places).cast("int64"))
    found = encounters.left_join(said, claim).drop(f"{column}_right" for column in claim)
    best = found.group_by(_INSTANCE).agg(place=_.place.min())
    names = [(best.place == place, outcome) for place, outcome in enumerate(order)]
    outcome = ibis.cases(*names, else_=ibis.null("string"))
    return best.mutate(outcome=outcome).drop("place")


def _coded_lines(
    claim_line: ir.Table, beneficiary: ir.Table, quality_data_code: ir.Table, program: Program
) -> ir.Table:
    """The professional lines with a code of a measure, once for everything that the code says."""
    lines = claim_line.filter(
        claim_line.claim_class == PROFESSIONAL, claim_line.tin.notnull(), claim_line.npi.notnull()
    )
    lines = lines.select(
        "claim_id",
        "beneficiary_id",
        "tin",
        "npi",
        "from_date",
        "hcpcs_code",
        *_MODIFIERS,
        performance_year=lines.from_date.year().cast("int64"),
        is_allowed=is_allowed_line(lines),
    )
    found = lines.inner_join(quality_data_code, ["performance_year", "hcpcs_code"])
    births = beneficiary.select("beneficiary_id", "birth_date")
    found = found.left_join(births, "beneficiary_id").drop("beneficiary_id_right")
    return found.filter(_has_modifier(found, program), _has_age(found))


def _has_modifier(found: ir.Table, program: Program) -> ir.BooleanValue:
    """True for a line with the modifier that the code asks for, or with none that would matter."""
    telling = sorted(program.reporting.quality_data_modifiers)
    held = [found[name] for name in _MODIFIERS]
    matches = reduce(or_, [(m == found.modifier).fill_null(False) for m in held])
    tells = reduce(or_, [m.isin(telling).fill_null(False) for m in held])
    return ibis.ifelse(found.modifier.isnull(), ~tells, matches)


def _has_age(found: ir.Table) -> ir.BooleanValue:
    """True for a beneficiary of the age asked for on the day of service; no unknown age fits."""
    age = years_between(found.birth_date, found.from_date)
    old_enough = found.age_from.isnull() | (age >= found.age_from).fill_null(False)
    return old_enough & (found.age_to.isnull() | (age <= found.age_to).fill_null(False))


@stage(key=QUALITY_RESULT.key, columns=QUALITY_RESULT.types)
def claims_quality_results(claims_quality_instances: ir.Table) -> ir.Table:
    """One measure that one professional of one practice reported on claims, as a quality result.

    `eligible` are the instances that were reported: performance is that of those, and how many
    were left out is a matter of satisfactory reporting.
    """
    reported = claims_quality_instances.filter(_.outcome.notnull())
    counts = reported.group_by(["tin", "npi", "performance_year", "measure"]).agg(
        eligible=_.count(),
        exclusions=(_.outcome == "exclusion").sum(),
        exceptions=(_.outcome == "exception").sum(),
        met=(_.outcome == "met").sum(),
        not_met=(_.outcome == "not_met").sum(),
    )
    return counts.mutate(
        entity_id=ibis.null("string"),
        mechanism=ibis.literal(_CLAIMS),
        stratum=ibis.null("string"),
        rate_reported=ibis.null("float64"),
    )


@stage(key=QUALITY_RESULT.key, columns=QUALITY_RESULT.types)
def quality_reports(quality_result: ir.Table, claims_quality_results: ir.Table) -> ir.Table:
    """One reported measure, as it was sent or else as the codes on claims say it.

    What was sent of the same reporter, year, mechanism, measure and stratum wins.
    """
    sent = quality_result.select(*QUALITY_RESULT.columns)
    keys = [_key(table) for table in (sent, claims_quality_results)]
    names = [f"key_{column}" for column in QUALITY_RESULT.key]
    counted = keys[1].anti_join(keys[0].select(*names).distinct(), names)
    return sent.union(counted.select(*QUALITY_RESULT.columns))


def _key(reports: ir.Table) -> ir.Table:
    """The reports with their key once more, in which nothing is missing: nothing equals nothing."""
    parts = {
        f"key_{column}": reports[column].fill_null("") if column in _REPORTER else reports[column]
        for column in QUALITY_RESULT.key
    }
    return reports.mutate(**parts)
