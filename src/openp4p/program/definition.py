"""What one payment year of a program says: frozen, checked, every value traceable to its source."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from openp4p.program.award import Award
from openp4p.program.governance import Governance
from openp4p.program.outcomes import Admissions, Corrections, Readmissions, Visits
from openp4p.program.values import Codes, Fraction, Frozen, Rule

Tier = Literal["low", "average", "high"]
Status = Literal["verified", "recalled", "default"]
ProviderGroup = Literal["primary_care_physician", "other_physician", "np_pa_cns"]
EpClass = Literal[
    "physician", "pa", "np", "cns", "crna", "cnm", "csw", "cpsych", "dietitian", "therapist",
    "audiologist",
]  # fmt: skip


class Citation(Rule):
    """Where a value comes from and how far it can be trusted."""

    source: str
    status: Status
    note: str = ""
    since: int | None = None


class SizeClass(Rule):
    """A range of practice sizes that is tiered together."""

    id: str
    minimum: int = Field(ge=1)
    maximum: int | None = None
    composition: Literal["any", "no_physician"] = "any"


class Applicability(Rule):
    """Who is subject to the program, how practices are sized, whose payments move."""

    minimum_group_size: int = Field(ge=1)
    requires_physician: bool
    adjusted_classes: tuple[EpClass, ...]
    size_classes: tuple[SizeClass, ...]
    requires_size_on_both: bool  # 2015: at least the minimum on the roster and on claims
    unstated_specialty: str
    model_handling: Frozen[Literal["excluded", "waived", "aco", "ordinary", "average"]]
    claims_ep_rule: Literal["pfs_line_allowed_above_zero", "any_carrier_line"]  # D1
    specialty_of_professional: Literal["claims", "roster"]  # D6
    fee_schedule_line: Literal["supplied_or_betos", "carrier_lines_of_ep_specialties"]  # D35
    cah_method_ii: Literal["excluded"]  # D30


class Eligibility(Rule):
    """Which beneficiaries count."""

    part_year: Literal["exclude", "include_new_and_deceased"]
    short_year: Literal["new_or_died", "any_unbroken_spell"]  # D37
    esrd: Literal["any_month", "january"]  # D15
    esrd_codes: tuple[str, ...]
    full_dual_codes: tuple[str, ...]


class Attribution(Rule):
    """To which practice a beneficiary belongs."""

    prestep_physician_visit: bool
    prestep_scope: Literal["same_tin", "any_tin"]  # D4
    steps: tuple[tuple[ProviderGroup, ...], ...]
    charge_field: Literal["allowed_amount", "standardized_amount"]  # D5
    tie_break: Literal["latest_service", "earliest_service", "seeded"]  # D3
    primary_care_codes: Codes


class Reporting(Rule):
    """When a practice counts as having reported quality (Category 1)."""

    category_rule: Literal["gpro_or_administrative_claims", "group_or_share_of_professionals"]
    individual_share: float | None = Field(default=None, gt=0, le=1)
    share_denominator: Literal["claims", "roster", "lower"]  # D2
    failed_group_with_share: Literal["individual_data", "category_2"]  # D33
    individual_data: Literal["all_professionals", "satisfactory_only"]  # D32
    quality_tiering: Literal["elective", "mandatory"]
    quality_data_modifiers: Codes
    quality_data_outcomes: tuple[Literal["met", "not_met", "exception", "exclusion"], ...]


class MeasureRule(Rule):
    """One measure: where it counts, which way is better, how many cases it needs."""

    id: str
    name: str
    kind: Literal["quality", "cost"]
    domain: str
    better: Literal["higher", "lower"]
    unit: Literal["proportion", "per_1000", "percent", "score", "dollars"]
    form: Literal["proportion", "mean", "observed_over_expected", "standardized_ratio"]
    source: Literal["claims", "reported", "survey"]
    condition: str | None = None  # only beneficiaries with this chronic condition
    minimum_cases: int = Field(ge=1)
    minimum_group_size: int = Field(default=1, ge=1)
    is_scored: bool = True


class Quality(Rule):
    """How reported measures become rates and which benchmark they meet."""

    merge_mechanisms: Literal["pooled", "best_mechanism"]  # D7
    separate_ecqm: bool
    ecqm_scores: Literal["separate_measures", "case_weighted_score"]  # D8
    minimum_benchmark_tins: int = Field(ge=1)  # D9
    benchmark_period: Literal["prior_year", "performance_year"]
    outcome_benchmark_without_prior: Literal["performance_year", "none"]
    cahps: Literal["when_elected", "always", "never"]


class Cost(Rule):
    """How dollars are counted, annualised, trimmed and risk-adjusted."""

    annualise: Literal["months", "days"]  # D17
    trim: Literal["drop_low_cap_high", "floor_and_cap", "cap_only", "none"]  # D14
    trim_low: float = Field(ge=0, lt=0.5)
    trim_high: float = Field(gt=0.5, le=1)
    model: Literal["ols", "month_weighted_ols", "ols_with_new_enrollee"]  # D15
    expected_floor: Literal["one_dollar", "none", "first_percentile"]  # D16
    claim_year: Literal["from_date", "thru_date"]  # M20
    standardization: Literal[
        "supplied_then_schedule", "national_mean_price", "never_fall_back"
    ]  # M22
    price_cell_minimum: int = Field(ge=1)  # M23
    price_trim: float = Field(gt=0.5, le=1)
    condition_flags: Literal["ccw_flags", "ccw_30"]  # D18
    condition_excluded_services: Codes
    specialty_adjustment: bool
    specialty_share: Literal["headcount", "part_b_payments"]  # D20
    specialty_missing: Literal["national_mean", "drop_and_renormalise"]  # D21
    specialty_dollars: Literal["paid_fee_schedule", "allowed_amount", "headcount"]  # D36
    benchmark_population: Literal["subject_practices", "practices_at_minimum"]
    run_out_months: int = Field(ge=0)


class HccModel(Rule):
    """A version of the CMS-HCC model and the file of its relative factors."""

    model: str
    coefficient_file: str


class Risk(Rule):
    """How a beneficiary's risk score is computed where none is supplied."""

    version: Literal["v12_then_v22", "v22_throughout"]  # D19
    models: Frozen[HccModel]  # by option of D19
    age_sex_edits: bool
    excluded_services: Codes
    new_enrollee_below_months: int = Field(ge=1, le=12)  # M35
    scale: Literal["raw"]  # M38
    institutional: Literal["supplied_status", "nursing_facility_visits"]  # M36
    diagnosis_filter: Literal["acceptable_sources", "acceptable_sources_and_codes"]  # M34
    map_year: Literal["nearest", "fail"]  # M41

    @property
    def hcc(self) -> HccModel:
        """The model that is in force."""
        return self.models[self.version]


class Stays(Rule):
    """How inpatient claims become stays, and stays chains of transfers."""

    chaining: Literal["interim_and_overlapping", "everything_that_touches"]  # M39
    transfer_link: Literal["same_or_next_day", "same_day"]  # M2
    interim_status: Codes
    interim_bill_frequencies: Codes


class Episodes(Rule):
    """Medicare Spending per Beneficiary: what an episode is, whose it is, what it should cost."""

    days_before: int = Field(ge=0)
    days_after: int = Field(ge=1)
    lookback_days: int = Field(ge=1)
    days_between: int = Field(ge=0)
    transfer_statuses: Codes
    prediction_floor: float = Field(ge=0, lt=0.5)
    residual_low: float = Field(ge=0, lt=0.5)
    residual_high: float = Field(gt=0.5, le=1)
    minimum_cell: int = Field(ge=1)
    age_bands: Frozen[tuple[int, int]]
    nursing_facility_codes: Codes
    nursing_facility_place: str
    nursing_facility_days: int = Field(ge=1)
    nursing_facility_gap: int = Field(ge=0)
    nursing_facility_recent_days: int = Field(ge=0)
    attribution_lines: Literal[
        "ep_specialty_lines", "all_carrier_lines", "place_of_service_restricted"
    ]  # D22
    inpatient_places: Codes
    model: Literal[
        "ols_per_mdc", "ols_per_mdc_untruncated", "observed_over_expected_without_model"
    ]  # D23
    index_hospitals: Literal["maryland_excluded", "maryland_included"]  # M27
    window_costs: Literal["from_date_in_window", "prorated_post_acute"]  # M28
    ratio: Literal["ratio_of_sums", "mean_of_ratios"]  # M30
    rare_cells: Literal["pooled", "dropped"]  # M31
    long_term_care: Literal["nursing_facility_visits", "never", "supplied_status"]  # M32
    index_chain: Literal["excluded_stays_block", "excluded_stays_do_not_block"]  # M42


class Benchmarks(Rule):
    """How the spread around a benchmark is measured."""

    standard_deviation: Literal[
        "case_weighted_at_minimum", "unweighted", "ddof_1", "case_weighted_all"
    ]  # D10


class Composites(Rule):
    """Domains and the peers a composite is compared with."""

    quality_domains: Frozen[str]
    cost_domains: Frozen[str]
    peer_group: Literal[
        "subject_same_class", "all_subject", "subject_same_class_category_1", "all_practices"
    ]  # D11
    minimum_peers: int = Field(ge=1)  # D34
    standard_error: Literal["delta", "none"]  # D12
    no_measure: Literal["average", "no_adjustment"]


class Tiering(Rule):
    """How a composite becomes a tier."""

    standard_deviations: float = Field(gt=0)
    significance: float = Field(gt=0, lt=1)
    rule: Literal["distance_and_significance", "distance_only"]  # D13


class GridCell(Rule):
    """What one cell of the tier grid pays: a percent, or a multiple of the factor x."""

    size_class: str
    quality: Tier
    cost: Tier
    percent: Fraction | None = None
    multiple: float | None = Field(default=None, gt=0)


class HighRisk(Rule):
    """The bonus for practices whose patients are sicker than most."""

    percentile: float = Field(gt=0, lt=1)
    multiple: float = Field(ge=0)
    mechanisms: tuple[str, ...]  # empty: any
    population: Literal["attributed", "all_with_score"]  # D26


class Payment(Rule):
    """From tiers to money."""

    grid: tuple[GridCell, ...]
    automatic_percent: Frozen[Fraction]  # Category 2, by size class
    high_risk: HighRisk
    published_factor: float | None = Field(default=None, gt=0)
    actuarial_factor: float = Field(gt=0)
    factor_rounding: Literal["half_up", "floor"]  # D27
    factor_digits: int = Field(ge=2, le=6)
    base: Literal["payment_year_else_performance_year"]  # D28
    assigned_claims_only: bool
    line_order: Literal["modifier_then_sequestration", "sequestration_then_modifier"]  # D29
    sequestration: Fraction
    coinsurance: Fraction
    pqrs_percent: Fraction
    ehr_percent: Fraction


class Specialty(Rule):
    """One CMS specialty code and what it counts as."""

    code: str
    ep_class: EpClass
    is_physician: bool
    is_primary_care_physician: bool
    is_np_pa_cns: bool


class ChoiceOption(Rule):
    """One way to fill a gap in the rules."""

    id: str
    description: str
    available: bool = True  # false: listed for the record, not computed by this version


class Choice(Rule):
    """A decision the rules leave open: what was chosen, what else could be, and why."""

    id: str
    parameter: str
    description: str
    chosen: str
    options: tuple[ChoiceOption, ...]
    reason: str
    overlaps: str = ""
    is_used: bool  # false: nothing computed in this payment year rests on it


class Program(Rule):
    """Everything one payment year of a program says."""

    id: str
    title: str
    payment_year: int
    performance_year: int
    extends: str | None = None
    applicability: Applicability
    eligibility: Eligibility
    attribution: Attribution
    reporting: Reporting
    quality: Quality
    cost: Cost
    risk: Risk
    stays: Stays
    episodes: Episodes
    admissions: Admissions
    readmissions: Readmissions
    visits: Visits
    corrections: Corrections
    benchmarks: Benchmarks
    composites: Composites
    tiering: Tiering
    payment: Payment
    award: Award | None = None  # none: payment goes by tiers
    governance: Governance | None = None  # none: a run of a version that did not ask
    measures: tuple[MeasureRule, ...]
    specialties: tuple[Specialty, ...]
    fee_schedule_codes: Codes
    choices: tuple[Choice, ...]
    citations: Frozen[Citation]  # by dotted path: tiering.standard_deviations

    @property
    def earlier(self) -> Program:
        """The same rules applied to the care of the year before."""
        return self.model_copy(update={"performance_year": self.performance_year - 1})

    def measure(self, id_: str) -> MeasureRule:
        """The rule of one measure."""
        return next(measure for measure in self.measures if measure.id == id_)

    def citation(self, path: str) -> Citation:
        """Where the value at a dotted path comes from (the nearest enclosing entry)."""
        while path not in self.citations and "." in path:
            path = path.rpartition(".")[0]
        return self.citations[path]

    def unverified(self) -> dict[str, Citation]:
        """The values that rest on recollection or on a default, by path."""
        return {p: c for p, c in self.citations.items() if c.status != "verified"}
