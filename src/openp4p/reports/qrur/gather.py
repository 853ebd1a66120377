"""The rows of many practices at once, by a few queries over the tables of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import money_sum
from openp4p.measures.episodes import POST_ACUTE, episode_services
from openp4p.results import Run

Row = dict[str, Any]
Rows = list[Row]
# tables that have rows of practices, or of the ACOs whose scores count for them
_OF_PRACTICES = (
    "practices", "reporting_categories", "tiers", "payments", "high_risk", "practice_cost_facts",
    "practice_costs", "professionals", "follow_up_shares", "practice_corrections",
    "reviewed_adjustments", "paid_amounts", "tier_uncertainty", "tier_probabilities",
    "bonuses", "award_measures",
    "shrunken_rates", "practice_complexity", "participants",
)  # fmt: skip
_OF_UNITS = (
    "composites", "domain_scores", "scores", "performance_rates", "cohort_ratios",
    "quality_reports",
)  # fmt: skip


class Gathered:
    """Rows by table and practice; a practice or a table without rows has none."""

    def __init__(self, tables: Mapping[str, Mapping[str, Rows]]) -> None:
        self._tables = tables

    def of(self, table: str, tin: str) -> Rows:
        """The rows of one practice (or ACO) in a table, in a settled order."""
        return self._tables.get(table, {}).get(tin, [])

    def one(self, table: str, tin: str) -> Row:
        """The only row of one practice in a table; empty where there is none."""
        return next(iter(self.of(table, tin)), {})


def gathered(run: Run, tins: Sequence[str]) -> Gathered:
    """Everything the reports of these practices rest on."""
    stored, mine = set(run.names()), listed(run, tins)
    found = {name: _rows(run, name, mine) for name in _OF_PRACTICES if name in stored}
    entities = {
        row["entity_id"]
        for rows in found.get("practices", {}).values()
        for row in rows
        if row["entity_id"]
    }
    units = listed(run, [*tins, *sorted(entities)])
    found |= {name: _rows(run, name, units) for name in _OF_UNITS if name in stored}
    for name, (needs, made) in _COMPUTED.items():
        if stored.issuperset(needs):
            found[name] = by_practice(run, made(run, mine), "tin")
    return Gathered(found)


def listed(run: Run, units: Iterable[str]) -> ir.Table:
    """The practices (or ACOs) asked for, as a table to join with."""
    return run.engine.table([{"tin": unit} for unit in units], {"tin": "string"})


def _rows(run: Run, name: str, units: ir.Table) -> Mapping[str, Rows]:
    return by_practice(run, _among(run.table(name), units), "tin")


def _among(table: ir.Table, units: ir.Table) -> ir.Table:
    return table.semi_join(units, "tin")


def by_practice(run: Run, table: ir.Table, key: str) -> dict[str, Rows]:
    """The rows of a result by practice; sorted, so that no report depends on their order."""
    columns = [c for c in table.columns if c != key]
    found: dict[str, Rows] = {}
    for row in run.engine.rows(table.order_by([key, *columns])).to_pylist():
        found.setdefault(row[key], []).append(row)
    return found


def steps(run: Run, mine: ir.Table) -> ir.Table:
    """Attributed beneficiaries of a practice by step, with primary care services here and there."""
    people = _among(run.table("attributed_beneficiaries"), mine)
    candidates = run.table("attribution_candidates")
    everywhere = candidates.group_by("beneficiary_id", "step").agg(everywhere=_.services.sum())
    found = people.inner_join(everywhere, ["beneficiary_id", "step"])
    return found.group_by("tin", "step").agg(
        beneficiaries=_.count(),
        contested=(_.practices > 1).sum(),
        own_services=_.services.sum(),
        other_services=(_.everywhere - _.services).sum(),
    )


def hospitals(run: Run, mine: ir.Table) -> ir.Table:
    """Stays of a practice's attributed beneficiaries by hospital."""
    stays = _among(run.table("index_stays"), mine)
    return stays.group_by("tin", "ccn").agg(
        stays=_.count(), beneficiaries=_.beneficiary_id.nunique()
    )


def users(run: Run, mine: ir.Table) -> ir.Table:
    """Attributed beneficiaries of a practice with dollars in a category of service."""
    return category_users(_among(run.table("beneficiary_cost_categories"), mine), "tin")


def category_users(dollars: ir.Table, *by: str) -> ir.Table:
    """Beneficiaries with dollars in each category, and the dollars."""
    return dollars.group_by(*by, "category").agg(
        users=_.beneficiary_id.nunique(), dollars=_.dollars.sum()
    )


def condition_costs(run: Run, mine: ir.Table) -> ir.Table:
    """Dollars by category of the beneficiaries of a practice who have a condition."""
    return category_users(with_condition(run, mine), "tin", "measure")


def condition_people(run: Run, mine: ir.Table) -> ir.Table:
    """Attributed beneficiaries of a practice by condition."""
    people = _among(run.table("cost_populations"), mine)
    return people.group_by("tin", "measure").agg(beneficiaries=_.count())


def with_condition(run: Run, mine: ir.Table | None) -> ir.Table:
    """Dollars by category of beneficiaries with a condition, of these practices or of all."""
    people, dollars = run.table("cost_populations"), run.table("beneficiary_cost_categories")
    if mine is not None:
        people, dollars = _among(people, mine), _among(dollars, mine)
    ill = people.filter(people.measure != "per_capita_cost").select("measure", "beneficiary_id")
    return dollars.inner_join(ill, "beneficiary_id")


def episode_costs(run: Run, mine: ir.Table) -> ir.Table:
    """Dollars of a practice's counted episodes by category, and the episodes with such dollars."""
    return spent(run, _among(counted_episodes(run), mine), "tin")


def counted_episodes(run: Run) -> ir.Table:
    """Episodes that count for a practice."""
    cases = run.table("spending_per_beneficiary_cases")
    return cases.filter(cases.included).select("tin", episode_id="case_id")


def spent(run: Run, episodes: ir.Table, *by: str) -> ir.Table:
    """The dollars of episodes by category of service."""
    costs = run.table("episode_costs").inner_join(episodes, "episode_id")
    return costs.group_by(*by, "category").agg(users=_.count(), dollars=_.amount.sum())


def episode_windows(run: Run, mine: ir.Table) -> ir.Table:
    """The same dollars by when the service began: before the stay, in it, or after it."""
    return spent_when(run, _among(counted_episodes(run), mine), "tin")


def spent_when(run: Run, episodes: ir.Table, *by: str) -> ir.Table:
    """The dollars of episodes by category of service and time: before, stay or after.

    A stay elsewhere, or post-acute care, that begins on the day of the discharge comes after it.
    """
    known = run.table("episodes").drop("reason").inner_join(episodes, "episode_id")
    rows = episode_services(known, run.table("service_costs"), run.program)
    follows = rows.claim_class.isin([*POST_ACUTE, "INPATIENT"])
    time = ibis.cases(
        (rows.from_day < rows.admission_date, "before"),
        (rows.from_day == rows.admission_date, "stay"),
        ((rows.from_day == rows.discharge_date) & follows, "after"),
        (rows.from_day <= rows.discharge_date, "stay"),
        else_="after",
    )
    return rows.group_by(*by, category=rows.category.fill_null("other"), time=time).agg(
        dollars=money_sum(_.cost)
    )


def episode_hospitals(run: Run, mine: ir.Table) -> ir.Table:
    """A practice's counted episodes by hospital."""
    counted = _among(counted_episodes(run), mine)
    found = run.table("episodes").inner_join(counted, "episode_id")
    return found.group_by("tin", "ccn").agg(episodes=_.count())


def names(run: Run, mine: ir.Table) -> ir.Table:
    """The name of a practice, where the crosswalk or the report states one."""
    crosswalk = run.table("tin_crosswalk").select(tin="analysis_tin", name="name")
    known = _among(crosswalk.filter(crosswalk.name.notnull()), mine)
    return known.group_by("tin").agg(name=_.name.min())


def distinct_people(run: Run, mine: ir.Table) -> ir.Table:
    """How many beneficiaries a practice has, and how many of them have a risk score."""
    people = _among(run.table("attributed_beneficiaries"), mine)
    scores = run.table("eligible_beneficiaries").select("beneficiary_id", "risk_score")
    joined = people.left_join(scores, "beneficiary_id")
    return joined.group_by("tin").agg(
        beneficiaries=_.count(), scored=_.risk_score.count(), margin=_.margin.mean()
    )


WINDOWS = ("spending_per_beneficiary_cases", "episodes", "service_costs")
_Made = Callable[[Run, ir.Table], ir.Table]
_COMPUTED: Mapping[str, tuple[tuple[str, ...], _Made]] = {
    "names": (("tin_crosswalk",), names),
    "steps": (("attributed_beneficiaries", "attribution_candidates"), steps),
    "hospitals": (("index_stays",), hospitals),
    "users": (("beneficiary_cost_categories",), users),
    "condition_people": (("cost_populations",), condition_people),
    "condition_costs": (("cost_populations", "beneficiary_cost_categories"), condition_costs),
    "episode_costs": (("spending_per_beneficiary_cases", "episode_costs"), episode_costs),
    "episode_windows": (WINDOWS, episode_windows),
    "episode_hospitals": (("spending_per_beneficiary_cases", "episodes"), episode_hospitals),
    "people": (("attributed_beneficiaries", "eligible_beneficiaries"), distinct_people),
}
