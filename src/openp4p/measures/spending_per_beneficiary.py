"""Medicare Spending per Beneficiary: episodes against what they were expected to cost."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_mean, exact_sum, quantile, ratio, significant
from openp4p.engine.stage import stage
from openp4p.measures.cases import CASES, CASES_KEY, as_cases
from openp4p.measures.episodes import MEASURE
from openp4p.measures.variances import varied
from openp4p.program.definition import Program


@stage(
    key=("episode_id",),
    columns={
        "episode_id": "string",
        "beneficiary_id": "string",
        "stratum": "string",
        "cost": "float64",
        "predicted": "float64",
        "raised": "float64",
        "residual": "float64",
        "expected": "float64",
        "reason": "string",
    },
)
def expected_episodes(
    episode_risks: ir.Table, episode_terms: ir.Table, episode_model: ir.Table, program: Program
) -> ir.Table:
    """One episode with what it cost and what it was expected to cost (D23).

    `predicted` by the model of its stratum; `raised` to the low quantile of the stratum's
    predictions and rescaled to their mean; episodes whose `residual` lies in a tail of all
    residuals do not count (`reason` outlier); `expected` is rescaled so that it adds up to the cost
    of the episodes of the stratum that count. The alternatives stop at the prediction, or expect
    the mean cost of every episode.
    """
    costs = episode_risks.mutate(cost=_.cost_dollars.cast("float64"))
    predicted = _predicted(costs, episode_terms, episode_model)
    if program.episodes.model == "ols_per_mdc_untruncated":
        found = predicted.mutate(raised=_.predicted, expected=_.predicted)
        found = found.mutate(residual=found.cost - found.raised)
    elif program.episodes.model == "observed_over_expected_without_model":
        mean = predicted.agg(mean=exact_mean(_.cost, where=_.reason.isnull()))
        found = predicted.cross_join(mean)
        found = found.mutate(
            expected=ibis.ifelse(found.reason.isnull(), found["mean"], ibis.null("float64")),
            raised=ibis.null("float64"),
            residual=ibis.null("float64"),
        )
    else:
        found = _scaled(_without_outliers(_raised(predicted, program), program))
    return found.select(*expected_episodes.columns)


def _predicted(costs: ir.Table, terms: ir.Table, model: ir.Table) -> ir.Table:
    """The episodes with the sum of the coefficients of their terms."""
    coefficients = model.select("stratum", "term", "coefficient")
    sums = terms.inner_join(coefficients, ["stratum", "term"]).group_by("episode_id")
    made = sums.agg(predicted=exact_sum(_.coefficient))
    found = costs.left_join(made, "episode_id").drop("episode_id_right")
    # nothing is expected of an episode that does not count
    counts = found.reason.isnull()
    return found.mutate(predicted=ibis.ifelse(counts, found.predicted, ibis.null("float64")))


def _raised(predicted: ir.Table, program: Program) -> ir.Table:
    """Predictions not below the low quantile of their stratum, with the same mean as before."""
    floors = quantile(predicted, "predicted", program.episodes.prediction_floor, by="stratum")
    floors = floors.select("stratum", floor=_.quantile)
    joined = predicted.left_join(floors, "stratum").drop("stratum_right")
    lifted = joined.mutate(
        lifted=ibis.ifelse(joined.predicted < joined.floor, joined.floor, joined.predicted)
    )
    sums = lifted.group_by("stratum").agg(before=exact_sum(_.predicted), after=exact_sum(_.lifted))
    both = lifted.left_join(sums, "stratum").drop("stratum_right")
    return both.mutate(raised=both.lifted * ratio(both.before, both.after))


def _without_outliers(raised: ir.Table, program: Program) -> ir.Table:
    """The episodes with their residual; those in the tails do not count any more."""
    rest = raised.mutate(residual=raised.cost - raised.raised)
    low = quantile(rest, "residual", program.episodes.residual_low).select(low=_.quantile)
    high = quantile(rest, "residual", program.episodes.residual_high).select(high=_.quantile)
    found = rest.cross_join(low).cross_join(high)
    # twelve digits, so that a residual at the quantile is not beyond it for the rounding of either
    residual = significant(found.residual)
    outside = (residual < significant(found.low)) | (residual > significant(found.high))
    outlier = ibis.ifelse(outside, "outlier", ibis.null("string"))
    return found.mutate(reason=ibis.coalesce(found.reason, outlier))


def _scaled(found: ir.Table) -> ir.Table:
    """The episodes with `expected`: it adds up to what those of the stratum that count cost."""
    counts = found.reason.isnull()
    sums = found.filter(counts).group_by("stratum")
    sums = sums.agg(actual=exact_sum(_.cost), predictions=exact_sum(_.raised))
    both = found.left_join(sums, "stratum").drop("stratum_right")
    expected = both.raised * ratio(both.actual, both.predictions)
    return both.mutate(expected=ibis.ifelse(both.reason.isnull(), expected, ibis.null("float64")))


@stage(key=CASES_KEY, columns=CASES)
def spending_per_beneficiary_cases(
    expected_episodes: ir.Table,
    episode_candidates: ir.Table,
    clinical_variance: ir.Table,
    program: Program,
) -> ir.Table:
    """One episode of the practice it is attributed to: what it cost against what was expected.

    The national mean is that of all episodes that count, also of those that no practice has. In the
    alternative (M30) every episode is a ratio of its own, in multiples of the national mean.
    """
    nation = expected_episodes.agg(
        national_mean=exact_mean(_.cost, where=expected_episodes.reason.isnull())
    )
    mine = episode_candidates.filter(episode_candidates["rank"] == 1).select("episode_id", "tin")
    found = expected_episodes.inner_join(mine, "episode_id").cross_join(nation)
    numerator, expected = found.cost, found.expected
    if program.episodes.ratio == "mean_of_ratios":
        numerator = ratio(found.cost, found.expected) * found.national_mean
        counts = found.expected.notnull()
        expected = ibis.ifelse(counts, found.national_mean, ibis.null("float64"))
    cases = found.select(
        "tin",
        "beneficiary_id",
        "reason",
        "national_mean",
        measure=ibis.literal(MEASURE),
        case_id=found.episode_id,
        cases=ibis.literal(1).cast("int64"),
        numerator=numerator,
        denominator=ibis.literal(1.0),
        expected=expected,
    )
    return as_cases(varied(cases, clinical_variance, program))
