"""The delta method's standard errors of a finished run beside a bootstrap of beneficiaries.

    python benchmarks/uncertainty.py run-2017

For the practices with most cases the beneficiaries are drawn again, all cases of one together; a
report of many patients is drawn from a binomial. Benchmarks, the models of what was expected and
peers are held fixed, as the delta method holds them. The table goes to uncertainty.md.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from openp4p.results import Run

PAGE = Path(__file__).parent / "uncertainty.md"
WHOLE = {"percent": 100.0, "per_1000": 1000.0}
# these have draws of their own, or none: the model's draws, the spread that a survey states
NORMAL = ("readmission",)
CRITICAL = 1.959964
Row = dict[str, Any]


def main() -> None:
    said = arguments()
    run = Run.open(said.run)
    rules = {row["measure"]: row for row in run.rows("measure_rules")}
    rates: dict[str, list[tuple[float, float]]] = defaultdict(list)
    composites: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for tin in largest(run, said.practices):
        stated = {row["measure"]: row for row in run.rows("performance_rates", {"tin": tin})}
        drawn = draws_of(run, tin, rules, stated, said.draws)
        for measure, values in drawn.items():
            variance = stated[measure]["variance"]
            if measure not in NORMAL and rules[measure]["form"] != "mean" and variance:
                rates[measure].append((float(values.std(ddof=1)), variance**0.5))
        for row in run.rows("composites", {"tin": tin}):
            if row["entity_id"] is None and row["standard_error"]:
                error = composite_error(run, tin, row, drawn)
                composites[row["kind"]].append((error, row["standard_error"], row["composite"]))
        print(tin, flush=True)
    PAGE.write_text(page(run, said, rates, composites), encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--practices", type=int, default=40)
    parser.add_argument("--draws", type=int, default=500)
    return parser.parse_args()


def largest(run: Run, number: int) -> list[str]:
    """The practices with most attributed beneficiaries."""
    people = run.table("attributed_beneficiaries")
    counts = people.group_by("tin").agg(n=people.count())
    rows = run.engine.rows(counts).to_pylist()
    return [row["tin"] for row in sorted(rows, key=lambda row: (-row["n"], row["tin"]))[:number]]


def generator(tin: str) -> np.random.Generator:
    """Draws that are a practice's own, whoever else is there."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(tin.encode()).digest()[:8], "big"))


def draws_of(
    run: Run, tin: str, rules: dict[str, Row], stated: dict[str, Row], draws: int
) -> dict[str, np.ndarray]:
    """The rates of a practice in each draw, by measure."""
    cases = [row for row in run.rows("measure_cases", {"tin": tin}) if row["included"]]
    people = sorted({row["beneficiary_id"] for row in cases if row["beneficiary_id"]})
    place = {person: number for number, person in enumerate(people)}
    draw = generator(tin)
    weights = resampled(draw, len(people), draws)
    found = {}
    for measure, rate in stated.items():
        mine = [row for row in cases if row["measure"] == measure]
        if rate["variance"] is None or not mine or rate["rate"] is None:
            continue
        of_people = [row for row in mine if row["beneficiary_id"]]
        if measure in NORMAL or rules[measure]["form"] == "mean":
            found[measure] = draw.normal(rate["rate"], rate["variance"] ** 0.5, draws)
        elif of_people:
            found[measure] = of_cases(of_people, place, weights, rules[measure], rate)
        else:
            found[measure] = of_reports(draw, mine, draws) * WHOLE.get(rules[measure]["unit"], 1.0)
    return found


def resampled(draw: np.random.Generator, people: int, draws: int) -> np.ndarray:
    """How often each of the people is drawn, by draw."""
    if not people:
        return np.zeros((draws, 0))
    return draw.multinomial(people, np.full(people, 1.0 / people), size=draws).astype(float)


def of_cases(
    cases: list[Row], place: dict[str, int], weights: np.ndarray, rule: Row, rate: Row
) -> np.ndarray:
    """The rate in each draw, scaled so that everybody drawn once gives the rate of the run."""
    sums = {name: np.zeros(weights.shape[1]) for name in ("numerator", "denominator", "expected")}
    for case in cases:
        for name, values in sums.items():
            values[place[case["beneficiary_id"]]] += case[name] or 0.0
    below = "expected" if rule["form"] == "observed_over_expected" else "denominator"
    plain = sums["numerator"].sum() / sums[below].sum()
    scale = rate["rate"] / plain if plain else 0.0
    under = weights @ sums[below]
    return scale * np.divide(
        weights @ sums["numerator"], under, out=np.zeros(len(weights)), where=under > 0
    )


def of_reports(draw: np.random.Generator, reports: list[Row], draws: int) -> np.ndarray:
    """The share met in each draw of the patients of reports."""
    met = np.zeros(draws)
    for report in reports:
        denominator = int(report["denominator"])
        met += draw.binomial(denominator, report["numerator"] / denominator, draws)
    return met / sum(report["denominator"] for report in reports)


def composite_error(run: Run, tin: str, row: Row, drawn: dict[str, np.ndarray]) -> float:
    """The standard deviation of a composite over draws: scores, domains, composite, peers fixed."""
    scored = run.rows("scores", {"tin": tin, "kind": row["kind"], "is_scored": True})
    signs = {r["measure"]: r["sign"] for r in run.rows("measure_rules")}
    domains: dict[str, list[np.ndarray]] = defaultdict(list)
    for score in scored:
        values = drawn[score["measure"]]
        off = (values - score["benchmark_mean"]) / score["benchmark_sd"]
        domains[score["domain"]].append(signs[score["measure"]] * off)
    raw = np.mean([np.mean(values, axis=0) for values in domains.values()], axis=0)
    return float(raw.std(ddof=1) / row["peer_sd"])


def page(
    run: Run,
    said: argparse.Namespace,
    rates: dict[str, list[tuple[float, float]]],
    composites: dict[str, list[tuple[float, float, float]]],
) -> str:
    lines = [
        "# Standard errors: the delta method beside a bootstrap",
        "",
        f"`python benchmarks/uncertainty.py RUN --practices {said.practices} "
        f"--draws {said.draws}`: "
        f"{run.program.id} over a synthetic population, the practices with most patients.",
        "",
        "Ratio of the bootstrap's standard error to the one that a run states. Reports without "
        "patients are drawn from a binomial, readmissions and surveys with the stated variance, so "
        "they cannot differ; a practice without an event cannot vary (0.00), where the rule counts "
        "half an event.",
        "",
        "| | practices | lowest tenth | middle | highest tenth |",
        "|---|--:|--:|--:|--:|",
    ]
    lines += [line(name, [b / d for b, d in pairs]) for name, pairs in sorted(rates.items())]
    for kind, rows in sorted(composites.items()):
        lines.append(line(f"**{kind} composite**", [b / d for b, d, _ in rows]))
    lines.append("")
    for kind, rows in sorted(composites.items()):
        moved = sum(
            (abs(value) >= 1.0) and (abs(value) / b >= CRITICAL) != (abs(value) / d >= CRITICAL)
            for b, d, value in rows
        )
        lines.append(
            f"With the bootstrap's standard error {moved} of {len(rows)} practices would have "
            f"another {kind} tier."
        )
    return "\n".join(lines) + "\n"


def line(name: str, ratios: list[float]) -> str:
    low, middle, high = np.quantile(ratios, [0.1, 0.5, 0.9])
    return f"| {name} | {len(ratios)} | {low:.2f} | {middle:.2f} | {high:.2f} |"


if __name__ == "__main__":
    main()
