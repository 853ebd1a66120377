"""What every report of a run shares: rules, benchmarks, peers, and how sure a measure is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ibis import _

from openp4p.program.definition import Program
from openp4p.reports.qrur import gather
from openp4p.reports.qrur.reliability import between_variance
from openp4p.results import Run
from openp4p.simulation.bootstrap_run import record

Row = dict[str, Any]
# a square of the picture stands for at least so many practices, so that none is told of another
FEWEST_IN_SQUARE = 3
SQUARE = 0.5  # standard deviations
EDGE = 3.0  # composites beyond are drawn at the edge


@dataclass(frozen=True)
class Nation:
    """Facts of a run that are no practice's own."""

    program: Program
    manifest: Mapping[str, Any]
    about: Mapping[str, str]
    measures: Mapping[str, Row]
    benchmarks: Mapping[str, Row]
    peer_groups: Mapping[tuple[str, str], Row]
    balance: Row
    fund: Row  # of a program that pays awards
    grid: Mapping[tuple[str, str, str], Row]
    categories: Mapping[str, Row]
    between: Mapping[str, float | None]
    squares: tuple[Row, ...]
    people: int
    users: Mapping[str, Row]
    condition_people: Mapping[str, int]
    condition_costs: Mapping[tuple[str, str], Row]
    episodes: int
    episode_costs: Mapping[str, Row]
    episode_windows: Mapping[tuple[str, str], Row]
    draws: int | None = None  # of the patients of every practice, where the run has them

    def rule(self, measure: str) -> Row:
        """The rule of a measure; an electronic version is one of the same."""
        return self.measures[measure.partition(":")[0]]


def nation(run: Run) -> Nation:
    """The shared facts, by a few queries over the whole run."""
    stored = set(run.names())
    known = {
        name: run.rows(name) if name in stored else []
        for name in ("measure_rules", "benchmarks", "peer_groups", "payment_grid")
    }
    return Nation(
        program=run.program,
        manifest=run.manifest,
        about=about(run),
        measures={row["measure"]: row for row in known["measure_rules"]},
        benchmarks={row["measure"]: row for row in known["benchmarks"]},
        peer_groups={(r["kind"], r["size_class"]): r for r in known["peer_groups"]},
        balance=run.rows("balance")[0] if run.program.award is None else {},
        fund=run.rows("award_fund")[0] if run.program.award is not None else {},
        grid={
            (r["size_class"], r["quality_tier"], r["cost_tier"]): r for r in known["payment_grid"]
        },
        categories={row["category"]: row for row in run.rows("cost_categories")},
        between=_between(run),
        squares=tuple(_squares(run)),
        draws=None if (drawn := record(run)) is None else int(drawn["draws"]),
        **_peers(run, stored),
    )


def about(run: Run) -> dict[str, str]:
    """Which run and rules a report is of, and the day on which the run was finished."""
    names = ("run_id", "program_id", "payment_year", "performance_year")
    held = {name: str(run.manifest[name]) for name in names}
    return {**held, "made_on": run.finished_on.isoformat()}


def _between(run: Run) -> dict[str, float | None]:
    """The variance between practices of every measure, from the scores of those it counts for."""
    scores = run.table("scores").filter(_.is_scored, _.score_variance.notnull())
    practices = run.table("practices").select("tin")
    columns = scores.semi_join(practices, "tin").select("measure", "tin", "score", "score_variance")
    by: dict[str, tuple[list[float], list[float]]] = {}
    for row in run.engine.rows(columns.order_by(["measure", "tin"])).to_pylist():
        found, noise = by.setdefault(row["measure"], ([], []))
        found.append(row["score"])
        noise.append(row["score_variance"])
    return {measure: between_variance(*pair) for measure, pair in by.items()}


def _squares(run: Run) -> list[Row]:
    """Tiered practices counted in squares of the picture of quality against cost."""
    if run.program.award is not None:
        return []  # nobody is in a tier
    tiers = run.table("tiers")
    both = tiers.filter(
        tiers.is_tiered, tiers.quality_composite.notnull(), tiers.cost_composite.notnull()
    )
    place = {
        name: (column.clip(-EDGE, EDGE - SQUARE / 2) / SQUARE).floor().cast("int64")
        for name, column in (("quality", both.quality_composite), ("cost", both.cost_composite))
    }
    counted = both.select(**place).group_by("quality", "cost").agg(n=_.count())
    kept = counted.filter(counted.n >= FEWEST_IN_SQUARE).order_by(["quality", "cost"])
    rows: list[Row] = run.engine.rows(kept).to_pylist()
    return rows


def _peers(run: Run, stored: set[str]) -> dict[str, Any]:
    """What the patients of all practices together cost."""
    found: dict[str, Any] = {
        "people": 0, "users": {}, "condition_people": {}, "condition_costs": {}, "episodes": 0,
        "episode_costs": {}, "episode_windows": {},
    }  # fmt: skip
    if "beneficiary_cost_categories" in stored:
        dollars = run.table("beneficiary_cost_categories")
        people = run.table("cost_populations")
        counted = people.group_by("measure").agg(n=_.count())
        by_measure = {row["measure"]: row["n"] for row in _rows(run, counted)}
        attributed = run.table("attributed_beneficiaries")
        found["people"] = _rows(run, attributed.agg(n=_.count()))[0]["n"]
        found["users"] = {
            row["category"]: row for row in _rows(run, gather.category_users(dollars))
        }
        found["condition_people"] = by_measure
        conditions = gather.category_users(gather.with_condition(run, None), "measure")
        found["condition_costs"] = {
            (row["measure"], row["category"]): row for row in _rows(run, conditions)
        }
    if "spending_per_beneficiary_cases" in stored:
        episodes = gather.counted_episodes(run)
        found["episodes"] = _rows(run, episodes.agg(n=_.count()))[0]["n"]
        costs = gather.spent(run, episodes)
        found["episode_costs"] = {row["category"]: row for row in _rows(run, costs)}
        if stored.issuperset(gather.WINDOWS):
            when = _rows(run, gather.spent_when(run, episodes))
            found["episode_windows"] = {(row["category"], row["time"]): row for row in when}
    return found


def _rows(run: Run, expression: Any) -> list[Row]:  # noqa: ANN401  # ibis has no type marker
    rows: list[Row] = run.engine.rows(expression).to_pylist()
    return rows
