"""The formulas by which explained values follow from their steps, rows and inputs.

A reader of the JSON needs nothing but these sentences to compute every value again. Steps are
named in backquotes; thresholds are compared on twelve significant digits.
"""

from __future__ import annotations

_CELL = "the row with this `size_class`, `quality_tier` and `cost_tier`"

FORMULAS: dict[str, str] = {
    # attribution
    "plurality": "the TIN of the best row: it passes the pre-step, then the lowest step, then the "
    "largest charges, then the tie-break, then the smallest TIN",
    "none": "no value: the answer says why",
    # of any kind
    "sum_of_rows": "the sum of the input `column` over the rows",
    "mean_of_rows": "the mean of the input `column` over the rows",
    "mean_of_steps": "the mean of the values of the steps",
    "stored": "the input `column` of the only row",
    "stated": "the input `value`: it was given, not computed",
    # money
    "amount_of_fraction": "`paid_amount` times `adjustment_fraction`, to the cent, halves away "
    "from zero",
    "percent_of_cell": f"`percent` of {_CELL}",
    "automatic_percent": "`percent` of the row with this `size_class`, because `category` is 2",
    "no_adjustment": "0, for the reason in the input `basis`",
    "multiple_of_factor": "(`cell_multiple` + `high_risk_bonus`) times `adjustment_factor`; 0 "
    "while there is no factor",
    "multiple_of_cell": f"`multiple` of {_CELL}",
    "bonus_when_high_risk": "the input `multiple` when `mean_risk_score` has reached `threshold` "
    "and the input `mechanism` is among the input `mechanisms` (any, when none are listed); "
    "else 0",
    "balance": "the input `actuarial_factor` times minus `downward_dollars` over `unit_dollars`, "
    "rounded to the input `digits` by the input `rounding`; none when unit dollars are 0",
    # awards
    "part_of_largest_bonus": "`largest_bonus` times `award`, parts of a cent dropped; 0 when the "
    "row does not say that it participates, or there is no award",
    "months_times_rate": "`complexity_months` times `rate`, parts of a cent dropped; 0 unless the "
    "input `is_eligible` is true and both are there",
    "complexity_months": "the row's `member_months` times (1 + the input `top_risk_weight` times "
    "`top_risk_patients` over `patients` + the input `dual_weight` times `dual_patients` over "
    "`patients`), times the input `history_months` over `months_of_history`, to six decimals",
    "rate_of_pool": "`pool` over `complexity_months` of the only row, cut to nine decimals; none "
    "when there are no months",
    "award_of_domains": "the mean of the values of the steps, to nine decimals",
    "attainment_or_improvement": "the larger of: (`estimate` - `low`) over (`high` - `low`); and, "
    "when there is a `baseline` short of `high`, the input `improvement_share` times (`estimate` - "
    "`baseline`) over (`high` - `baseline`); each way kept between 0 and 1",
    # tiers
    "both_tiers": "`quality_tier` and `cost_tier`",
    "tier": "average, unless the `composite` is at least the input `standard_deviations` from 0 "
    "and, when the input `rule` asks for significance, at least the input `critical_value` times "
    "its `standard_error`; then high above 0 and low below",
    "average_without_composite": "average: there is no composite",
    "average_by_model": "average: a payment model stands in for measured performance",
    "standardised": "(`raw` - `peer_mean`) over `peer_sd`; 0 when peers do not differ",
    "standard_error": "the square root of the variance of the raw composite, over the input "
    "`peer_sd`. A domain's variance is the sum of its rows' `score_variance` over their number "
    "squared; the composite's is the sum of its domains' over their number squared. None when a "
    "variance is missing or peers do not differ",
    "score": "the input `sign` times (`rate` - `benchmark_mean`) over `benchmark_sd`",
    "size_class": "the first input size class (those by composition first) that holds the row's "
    "`size`",
    "category": "1 when the row's `basis` is among the input `category_1`, else 2",
    "average_by_review": "average: an accepted correction takes the place of what was measured",
    # rates
    "ratio_of_sums": "the input `scale` times the sum of `numerator` over the sum of "
    "`denominator`, over the rows that are included",
    "observed_over_expected": "the sum of `numerator` over the sum of `expected`, over the rows "
    "that are included, times `national_mean`",
    "standardized_ratio": "`standardized_ratio` times `national_mean`",
    "combined_ratios": "e to the power of: the sum of `stays` times the logarithm of `ratio` over "
    "the sum of `stays`, over the rows that `is_used`",
    "observed_over_expected_sums": "the sum of `readmissions` over the sum of `expected`, over the "
    "rows that `is_used`",
    "sum_of_counted": "the sum of the input `column` over the rows that are included",
    "costs_over_expected": "`observed` over `expected`, times `national_mean`",
    "cost_over_expected": "`cost` over `expected`",
    "annualised": "`cost_dollars` times the input `whole`, over the input `part`, at least 1",
    "trimmed": "`annualised_cost`, but not below the input `low` and not above the input `high`",
    "sum_of_trimmed": "the sum of `annualised_cost` over the rows that are included, each not "
    "below the input `low` and not above the input `high`",
    "sum_of_predictions": "the sum over the rows that are included of the input `coefficients`: "
    "`intercept`, `risk_score` times the row's, `risk_score_squared` times its square, `esrd` when "
    "`is_esrd`, `new_enrollee` when `is_new_enrollee`; each at least the input `floor`, if any",
    "count_of_rows": "the number of rows in which the input `column` is true",
    "weighted_by_share": "the sum over the rows of `share` times `expected_cost`",
    "sum_over_cases": "`cases_times_rate` over `cases` of the only row",
    "specialty_adjusted": "`unadjusted_rate` over `specialty_expected` times `national_mean`",
}
