"""One practice's rows beside what all reports share, as the exhibits ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from openp4p.reports.meanings import in_english
from openp4p.reports.qrur.gather import Gathered, Row, Rows
from openp4p.reports.qrur.nation import Nation
from openp4p.reports.qrur.reliability import floor, reliability

GREY = "grey"
BETTER, WORSE, SAME = (
    "better than the benchmark", "worse than the benchmark", "no different from the benchmark"
)  # fmt: skip
UNSURE = "too uncertain to tell"


@dataclass(frozen=True)
class Practice:
    """What is known of one practice."""

    tin: str
    rows: Gathered
    nation: Nation

    def of(self, table: str) -> Rows:
        """Its rows in a table."""
        return self.rows.of(table, self.tin)

    def one(self, table: str) -> Row:
        """Its only row in a table; empty where there is none."""
        return self.rows.one(table, self.tin)

    def composite(self, kind: str) -> Row:
        """Its composite of quality or cost; empty where there is none."""
        return next((r for r in self.of("composites") if r["kind"] == kind), {})

    def unit(self, kind: str) -> str:
        """Whose scores make its composite: its own, or those of its ACO."""
        return str(self.composite(kind).get("entity_id") or self.tin)

    def scores(self, unit: str, kind: str) -> Rows:
        """The scores of one kind, each with its rate, its rule and how sure it is."""
        rates = {row["measure"]: row for row in self.rows.of("performance_rates", unit)}
        found = []
        for row in self.rows.of("scores", unit):
            if row["kind"] != kind:
                continue
            rule = self.nation.rule(row["measure"])
            between = self.nation.between.get(row["measure"])
            sure = reliability(between, row["score_variance"])
            scored = {**rates.get(row["measure"], {}), **row, "rule": rule, "reliability": sure}
            scored["name"] = measure_name(rule, row["measure"])
            scored["unit"] = rule["unit"]
            scored["standing"] = self.standing(scored)
            scored["tone"] = GREY if scored["standing"] not in (BETTER, WORSE, SAME) else ""
            found.append(scored)
        order = list(self.nation.measures)
        return sorted(found, key=lambda r: (order.index(r["rule"]["measure"]), r["measure"]))

    def standing(self, row: Row) -> str:
        """How a measure stands to its benchmark, in one of a few words that exclude each other.

        Why it does not count, if it does not; else too uncertain to tell below the floor of
        reliability; else by the significance test that the program makes of composites.
        """
        if not row["is_scored"]:
            few = f": {row['rule']['minimum_cases']:,} needed"
            reason = row["reason"] or "not_for_scoring"
            return in_english(reason) + (few if reason == "below_minimum_cases" else "")
        sure, variance = row["reliability"], row["score_variance"]
        if variance is None or (sure is not None and sure < floor()):
            return UNSURE
        if variance > 0 and abs(row["score"]) < self.critical() * variance**0.5:
            return SAME
        is_good = (row["score"] > 0) == (row["kind"] == "quality")
        return BETTER if is_good else WORSE

    def critical(self) -> float:
        """How many standard errors make a difference significant."""
        return NormalDist().inv_cdf(1 - self.nation.program.tiering.significance / 2)

    def limit(self, kind: str) -> float | None:
        """How far a composite must lie from its peers' mean to leave the average tier."""
        found, rule = self.composite(kind), self.nation.program.tiering
        if not found or found["composite"] is None:
            return None
        without = self.nation.program.composites.standard_error == "none"
        if rule.rule == "distance_only" or without:
            return rule.standard_deviations
        error = found["standard_error"]
        return None if error is None else max(rule.standard_deviations, self.critical() * error)


def measure_name(rule: Row, measure: str) -> str:
    """The name of a measure, with its version where there are two."""
    version = measure.partition(":")[2]
    return f"{rule['name']} ({version})" if version else str(rule["name"])


def per(dollars: Any, people: Any) -> float | None:  # noqa: ANN401  # decimals and counts
    """Dollars over people; none over nobody."""
    return None if dollars is None or not people else float(dollars) / float(people)


def less(mine: float | None, theirs: float | None) -> float | None:
    """A difference of two figures, where there are both."""
    return None if mine is None or theirs is None else mine - theirs
