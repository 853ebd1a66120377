"""What an episode's cost is explained by: its diagnosis category, and the terms of the model."""

from __future__ import annotations

from functools import reduce

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import first_of_month, money_sum, years_between
from openp4p.engine.stage import stage
from openp4p.measures.episodes_exclusions import looked_back
from openp4p.measures.episodes_model import INTERCEPT
from openp4p.program.definition import Program
from openp4p.program.risk_tables import COMMUNITY
from openp4p.risk.diagnoses import acceptable_claims
from openp4p.risk.institutional import is_resident

OTHER, UNLISTED = "other", "unlisted"
_SURGICAL, _MEDICAL = "surgical", "medical"
_BY_AGE = "0"


@stage(
    key=("episode_id",),
    columns={
        "episode_id": "string",
        "beneficiary_id": "string",
        "start_date": "date",
        "cost_dollars": "decimal(38, 2)",
        "mdc": "string",
        "stratum": "string",
        "drg_cell": "string",
        "reason": "string",
    },
)
def episode_risks(
    episodes: ir.Table, episode_costs: ir.Table, drgs: ir.Table, program: Program
) -> ir.Table:
    """One episode with what it cost, the stratum that explains it, and its cell within (M31).

    The stratum is the major diagnostic category of the index stay; a category of few episodes goes
    into the stratum `other`, a group (MS-DRG) of few episodes into the surgical or medical rest of
    its stratum. In the alternative such episodes do not count: `reason` rare_cell. A group that is
    in no list has the category `unlisted`. not_standardized: a part of the cost has no standardised
    amount, in a program that never falls back to another one (M22).
    """
    found = _costed(episodes, episode_costs, program)
    listed = drgs.select("drg", "mdc", "is_surgical")
    found = found.left_join(listed, "drg").drop("drg_right")
    kind = ibis.cases(
        (found.is_surgical.isnull(), UNLISTED), (found.is_surgical, _SURGICAL), else_=_MEDICAL
    )
    found = found.mutate(mdc=found.mdc.fill_null(UNLISTED), kind=kind)
    counts = found.reason.isnull().cast("int64")
    found = found.mutate(
        of_mdc=counts.sum().over(ibis.window(group_by="mdc")),
        of_drg=counts.sum().over(ibis.window(group_by=["mdc", "drg"])),
    )
    few = program.episodes.minimum_cell
    rare_mdc, rare_drg = found.of_mdc < few, found.of_drg < few
    reason = found.reason
    if program.episodes.rare_cells == "dropped":
        rare = ibis.ifelse(rare_mdc | rare_drg, "rare_cell", ibis.null("string"))
        reason = ibis.coalesce(reason, rare)
    return found.select(
        "episode_id",
        "beneficiary_id",
        "start_date",
        "cost_dollars",
        "mdc",
        stratum=ibis.ifelse(rare_mdc, OTHER, found.mdc),
        drg_cell=ibis.ifelse(rare_drg, found.kind, found.drg),
        reason=reason,
    )


def _costed(episodes: ir.Table, episode_costs: ir.Table, program: Program) -> ir.Table:
    """The episodes with all that they cost."""
    totals = episode_costs.group_by("episode_id").agg(
        cost_dollars=money_sum(_.amount), unpriced=_.not_standardized.sum()
    )
    found = episodes.left_join(totals, "episode_id").drop("episode_id_right")
    reason = found.reason
    if program.cost.standardization == "never_fall_back":
        unpriced = ibis.ifelse(found.unpriced > 0, "not_standardized", ibis.null("string"))
        reason = ibis.coalesce(reason, unpriced)
    # an episode without any claim cost nothing
    dollars = found.cost_dollars.fill_null(0).cast("decimal(38, 2)")
    return found.mutate(cost_dollars=dollars, reason=reason)


@stage(
    key=("episode_id", "icd_version", "code"),
    each="beneficiary_id",
    columns={
        "episode_id": "string",
        "beneficiary_id": "string",
        "icd_version": "int64",
        "code": "string",
    },
)
def episode_diagnoses(
    episode_risks: ir.Table,
    claim: ir.Table,
    claim_line: ir.Table,
    diagnosis: ir.Table,
    risk_adjustment_specialties: ir.Table,
    betos_codes: ir.Table,
    program: Program,
) -> ir.Table:
    """One diagnosis of the days before one episode that counts.

    Of claims whose last day lies in these days, from the sources that count for risk scores (M34):
    hospital claims, and carrier claims with an allowed line by an acceptable specialty, or by one
    that is not named, which is not imaging, laboratory, ambulance or equipment.
    """
    counted = episode_risks.filter(episode_risks.reason.isnull())
    windows = counted.select(
        "episode_id", "beneficiary_id", "start_date", lookback=looked_back(counted, program)
    )
    claims = acceptable_claims(claim, claim_line, risk_adjustment_specialties, betos_codes, program)
    found = claims.inner_join(windows, "beneficiary_id")
    found = found.filter(found.day >= found.lookback, found.day < found.start_date)
    coded = diagnosis.select("claim_id", "icd_version", "code")
    held = found.select("episode_id", "beneficiary_id", "claim_id").distinct()
    joined = coded.inner_join(held, "claim_id")
    return joined.select("episode_id", "beneficiary_id", "icd_version", "code").distinct()


@stage(
    key=("episode_id", "term"),
    each="beneficiary_id",
    columns={"episode_id": "string", "term": "string", "stratum": "string"},
)
def episode_terms(
    episode_risks: ir.Table,
    episode_conditions: ir.Table,
    beneficiary: ir.Table,
    enrollment_month: ir.Table,
    nursing_facility_cover: ir.Table,
    hcc_segments: ir.Table,
    program: Program,
) -> ir.Table:
    """One term of the cost model that holds of one episode that counts.

    The intercept; the age at the start of the episode (65-69 is what others are compared with);
    HCCs and interactions; originally disabled; ESRD and long-term residence at the start (M32: by
    nursing-facility visits; the alternatives take nobody's, or the institutional status of the
    month); the DRG or the rest that it is pooled into.
    """
    counted = episode_risks.filter(episode_risks.reason.isnull())
    people = people_at_start(counted, beneficiary, hcc_segments)
    status = _status_at_start(counted, enrollment_month, program)
    residents = _residents(counted, status, nursing_facility_cover, program)
    found = [
        counted.select("episode_id", term=ibis.literal(INTERCEPT)),
        _age_terms(people, program),
        episode_conditions.select("episode_id", term="variable"),
        _named(people.filter(people.was_disabled), "originally_disabled"),
        _named(status.filter(status.is_esrd), "esrd"),
        _named(residents, "long_term_care"),
        counted.select("episode_id", term=ibis.literal("drg_") + counted.drg_cell),
    ]
    long = reduce(lambda one, other: one.union(other), found)
    return long.inner_join(counted.select("episode_id", "stratum"), "episode_id")


def people_at_start(counted: ir.Table, beneficiary: ir.Table, hcc_segments: ir.Table) -> ir.Table:
    """The episodes with age at the start, sex, and what is known of disability."""
    community = hcc_segments.filter(hcc_segments.population == COMMUNITY)
    limits = community.agg(
        disabled_below=community.disabled_below.max(),
        reasons=community.originally_disabled_reasons.max(),
    )
    known = beneficiary.select("beneficiary_id", "birth_date", "sex", "orig_entitlement_code")
    found = counted.inner_join(known, "beneficiary_id").cross_join(limits)
    found = found.mutate(age=years_between(found.birth_date, found.start_date))
    reason = found.orig_entitlement_code.fill_null("")
    # no reason given: whoever is below the age is disabled, as nothing else entitles them
    is_young = found.age < found.disabled_below
    has_reason = (reason != "") & found.reasons.contains(reason)
    return found.select(
        "episode_id",
        "age",
        "sex",
        is_disabled=is_young & (reason != _BY_AGE),
        was_disabled=has_reason & ~is_young,
    )


def _age_terms(people: ir.Table, program: Program) -> ir.Table:
    bands = [
        ((people.age >= first) & (people.age <= last), name)
        for name, (first, last) in program.episodes.age_bands.items()
    ]
    banded = people.select("episode_id", term=ibis.cases(*bands, else_=ibis.null("string")))
    return banded.filter(banded.term.notnull())


def _status_at_start(counted: ir.Table, enrollment_month: ir.Table, program: Program) -> ir.Table:
    """The enrolment of the month in which each episode starts."""
    months = enrollment_month.select(
        "beneficiary_id",
        first_day=first_of_month(enrollment_month.year_month),
        is_esrd=_.entitlement_status.isin(program.eligibility.esrd_codes).fill_null(False),
        institutional=_.institutional.fill_null(False),
    )
    starts = counted.select(
        "episode_id", "beneficiary_id", first_day=_.start_date.truncate("month").cast("date")
    )
    return starts.inner_join(months, ["beneficiary_id", "first_day"])


def _residents(counted: ir.Table, status: ir.Table, spells: ir.Table, program: Program) -> ir.Table:
    """The episodes of those who live in an institution (M32)."""
    if program.episodes.long_term_care == "supplied_status":
        return status.filter(status.institutional)
    joined = counted.inner_join(spells, "beneficiary_id")
    if program.episodes.long_term_care == "never":
        return joined.limit(0)
    return joined.filter(is_resident(joined, joined.start_date, program))


def _named(episodes: ir.Table, term: str) -> ir.Table:
    return episodes.select("episode_id", term=ibis.literal(term)).distinct()
