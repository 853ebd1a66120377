"""How a program is governed: who must take part, where the money comes from, what protects whom.

What the rules of payment already say (sizes, percents, the tier grid) is not said again here: the
audit computes it from them. A value nobody could find is written `unknown`, and stays so.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from openp4p.program.values import Rule

UNKNOWN = "unknown"
UNSTATED_MODE = "draft"  # a program in the making, of which nothing need be known
Unknown = Literal["unknown"]
YesNo = Literal[True, False, "unknown"]
Part = Annotated[float, Field(ge=0, le=1)]
Report = Literal[
    "patient_list", "claim_lines", "exclusions", "risk_scores", "benchmarks", "formulas",
    "code_version",
]  # fmt: skip
Use = Literal["credentialing", "licensure", "certification", "network_exclusion", "litigation"]


class Band(Rule):
    """A share known only to lie in a range, from `at_least` to under `below`."""

    at_least: Part
    below: Part


Share = Part | Band | Unknown


class Purpose(Rule):
    """What the program says it is for."""

    primary: Literal["quality_safety", "quality_relative_to_cost", "savings", "unknown"]


class Participation(Rule):
    """Who takes part, by whose will, and how one leaves."""

    mode: Literal["opt_in", "opt_out", "mandatory", "unknown"]
    withdraw_until: Literal["none", "date", "FINAL", "unknown"]
    linked_to: tuple[Literal["network", "contract", "fee_level", "program"], ...] | Unknown
    specialties: tuple[str, ...] | Literal["all", "unknown"]


class PaymentTerms(Rule):
    """What is promised about payment beside the amounts themselves."""

    reference: Literal["relative_to_mean", "absolute_or_improvement", "unknown"]
    amounts_known_before_period: YesNo
    other_effects_on_non_participants: tuple[str, ...] | Unknown


class Funding(Rule):
    """Whose money pays a bonus."""

    source: Literal["supplemental", "mixed", "redistribution", "unknown"]
    full_liability_guarantee: YesNo


class Contract(Rule):
    """What a physician promises."""

    restricts_communication: YesNo
    restricts_treatment: YesNo
    judgment_first: YesNo


class MeasureRecords(Rule):
    """How well the measures are founded, by their share of weight."""

    evidence_share: Share  # of quality weight
    adjusted_share: Share  # of payment weight
    minimum_stated: YesNo


class Evaluation(Rule):
    """The plan by which the program's own effect is judged."""

    plan: Literal["none", "present", "unknown"]
    elements_present: Annotated[int, Field(ge=0, le=7)] | Unknown


class Review(Rule):
    """Review and comment before a result is used."""

    window_days: Annotated[int, Field(ge=0)] | Unknown
    clock: Literal["release", "delivery", "unknown"]
    decision_days: Annotated[int, Field(ge=0)] | Unknown
    second_level: YesNo
    appeal_barred: YesNo
    payment_gate: Literal["none", "window", "decided", "unknown"]
    provides: tuple[Report, ...] | Unknown
    written_reasons: YesNo
    ripple_policy: Literal["frozen", "raise_only", "recompute_all", "unknown"]


class Variance(Rule):
    """Taking a patient out of a measure for a clinical reason."""

    quality_weight_covered: Share  # of the weight of quality measures
    cost_weight_covered: Share  # of the weight of cost measures
    coded: YesNo
    prior_approval: YesNo
    leaves_denominator: YesNo
    appeal: YesNo


class AdminReimbursement(Rule):
    """Who pays for the work of reporting."""

    policy: Literal["documented_cost", "nothing_collected", "flat", "partial", "none", "unknown"]


class Submission(Rule):
    """How data are handed in."""

    required_products: tuple[str, ...] | Unknown
    free_route: YesNo
    formats: tuple[Literal["CSV", "Parquet", "XML", "FHIR", "QRDA"], ...] | Unknown


class Terms(Rule):
    """What recipients of results are bound to."""

    forbids_use: YesNo
    binds_recipients: YesNo
    remedy: YesNo


class Exports(Rule):
    """What handing on results takes."""

    undertaking: YesNo
    listed_to_physician: YesNo


class Access(Rule):
    """Protection of patients with costly, complex illness."""

    monitor: YesNo
    complexity_weight: YesNo


class PriceAnalysis(Rule):
    """Whether price is looked at apart from volume."""

    enabled: YesNo
    side_by_side: YesNo


class Resources(Rule):
    """Care coordinators, social workers, mental-health and substance-use services."""

    commitment: YesNo
    conditional: YesNo


class Publication(Rule):
    """Whether results are shown to the public."""

    enabled: YesNo


class Open(Rule):
    """Whether something can be read by anybody."""

    public: YesNo


class Collection(Rule):
    """What of the data has to be collected for the program."""

    share_held: Share  # of payment weight computed from data already held
    compulsory_abstraction: YesNo


class Privacy(Rule):
    """Whether the controls that protect patients are on."""

    controls: YesNo


class Policies(Rule):
    """What the policies linked to the principles ask besides, each named after its check."""

    measures_stable_two_years: YesNo  # X04
    changes_at_most_yearly: YesNo  # X04
    unit_assessed: Literal["group", "individual", "unknown"]  # X05
    piloted: YesNo  # X06
    deselection_tested: YesNo  # X06
    phased: YesNo  # X06
    explained_before_period: YesNo  # X07
    comments_beside_ratings: YesNo  # X08
    feedback_per_year: Annotated[int, Field(ge=0)] | Unknown  # X09
    reliable_for_small: YesNo  # X12
    cost_driven_network: YesNo  # X13
    case_mix_adjusted: YesNo  # X14
    ordering_and_performing_apart: YesNo  # X14
    limits_stated: Literal["every_report", "some_reports", "none", "unknown"]  # X15
    inaccurate_release_safeguards: Literal["full", "part", "none", "unknown"]  # X17
    appeal_decider_named: YesNo  # X19
    designation_weight_and_disclaimer: YesNo  # X20
    measure_records: Literal["full", "part", "none", "unknown"]  # X21
    uncertainty_in_classification: Literal["full", "part", "none", "unknown"]  # X22
    population_measures_without_burden: YesNo  # X23
    patients_behind_shortfalls: YesNo  # X25
    three_drivers: YesNo  # X25


class Governance(Rule):
    """Everything a program says of itself that the physicians' principles ask for."""

    mode: Literal["historical", "operated", "draft"]  # a past one, one that runs, one in the making
    purpose: Purpose
    participation: Participation
    payment: PaymentTerms
    funding: Funding
    contract: Contract
    measures: MeasureRecords
    evaluation: Evaluation
    review: Review
    variance: Variance
    admin_reimbursement: AdminReimbursement
    submission: Submission
    terms: Terms
    use_restrictions: tuple[Use, ...] | Unknown
    exports: Exports
    access: Access
    price_analysis: PriceAnalysis
    resources: Resources
    publication: Publication
    methods: Open
    code: Open
    collection: Collection
    privacy: Privacy
    policies: Policies


def leaves(model: type[Rule] = Governance) -> dict[str, object]:
    """Every field by its dotted name, such as review.window_days, and its type."""
    found: dict[str, object] = {}
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Rule):
            found |= {f"{name}.{inner}": type_ for inner, type_ in leaves(kind).items()}
        else:
            found[name] = kind
    return found
