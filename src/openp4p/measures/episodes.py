"""Episodes of Medicare Spending per Beneficiary: index admissions of the year and their cost."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import half_up, money_sum, ratio, share_of_money
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

MEASURE = "spending_per_beneficiary"
POST_ACUTE = ("SNF", "HHA", "HOSPICE")
_FRACTION_DIGITS = 9


@stage(
    key=("episode_id",),
    columns={
        "episode_id": "string",
        "beneficiary_id": "string",
        "ccn": "string",
        "drg": "string",
        "admission_date": "date",
        "discharge_date": "date",
        "start_date": "date",
        "end_date": "date",
        "reason": "string",
    },
)
def episodes(
    episode_stays: ir.Table,
    stay_exclusions: ir.Table,
    inpatient_stays: ir.Table,
    measure_rules: ir.Table,
    program: Program,
) -> ir.Table:
    """One index admission whose discharge and episode end lie in the performance year.

    The episode is named by its stay. One with a `reason` (those of `stay_exclusions`) does not
    count. There are none in a payment year that does not have the measure.
    """
    year = program.performance_year
    used = measure_rules.filter(measure_rules.measure == MEASURE).select(asked="measure")
    index = episode_stays.filter(episode_stays.is_index).select("stay_id")
    windows = stay_exclusions.select("stay_id", "start_date", "end_date", "exclusion")
    found = inpatient_stays.inner_join(index, "stay_id").inner_join(windows, "stay_id")
    found = found.filter(
        found.discharge_date >= dt.date(year, 1, 1), found.end_date < dt.date(year + 1, 1, 1)
    )
    return found.cross_join(used).select(
        "beneficiary_id",
        "ccn",
        "drg",
        "admission_date",
        "discharge_date",
        "start_date",
        "end_date",
        episode_id=_.stay_id,
        reason=_.exclusion,
    )


@stage(
    key=("episode_id", "category"),
    each="beneficiary_id",
    columns={
        "episode_id": "string",
        "category": "string",
        "services": "int64",
        "amount": "decimal(38, 2)",
        "not_standardized": "int64",
    },
)
def episode_costs(episodes: ir.Table, service_costs: ir.Table, program: Program) -> ir.Table:
    """One category of the costs of one episode: claims and lines that begin inside it.

    Every row of Part A and B counts whole, whoever billed it (M28; the alternative counts the days
    of a post-acute claim that lie inside). `not_standardized` counts the rows that have no
    standardised amount.
    """
    windows = episodes.select("episode_id", "beneficiary_id", "start_date", "end_date")
    priced = episode_services(windows, service_costs, program)
    return priced.group_by("episode_id", category=priced.category.fill_null("other")).agg(
        services=_.count().cast("int64"),
        amount=money_sum(_.cost),
        not_standardized=(_.standardization == "none").sum().cast("int64"),
    )


def episode_services(windows: ir.Table, service_costs: ir.Table, program: Program) -> ir.Table:
    """The claims and lines that begin inside an episode's window, with what each of them `cost`."""
    # whose episode it is says the window, not who billed the service
    said = [c for c in windows.columns if c in service_costs.columns and c != "beneficiary_id"]
    found = service_costs.drop(*said).inner_join(windows, "beneficiary_id")
    found = found.filter(found.from_day >= found.start_date, found.from_day <= found.end_date)
    return found.mutate(cost=_amount(found, program))


def _amount(rows: ir.Table, program: Program) -> ir.DecimalValue:
    if program.episodes.window_costs == "from_date_in_window":
        return rows.amount
    days = (rows.thru_day.delta(rows.from_day, unit="day") + 1).cast("int64")
    inside = (rows.end_date.delta(rows.from_day, unit="day") + 1).cast("int64")
    runs_over = rows.claim_class.isin(POST_ACUTE) & (rows.thru_day > rows.end_date)
    share = half_up(ratio(inside, days), _FRACTION_DIGITS)
    part = share_of_money(rows.amount, share)
    return ibis.ifelse(runs_over.fill_null(False), part, rows.amount)
