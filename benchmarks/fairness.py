"""How often the audit's tests find what is there, and what is not.

    python benchmarks/fairness.py --trials 100

Practices are made at random, with and without a gap, and tested; everything is seeded. The tables
go to fairness.md.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from openp4p.audit.evidence.access import Flow, access_ratio
from openp4p.audit.evidence.covariates import Covariates
from openp4p.audit.evidence.fairness import Attribute, fairness_test
from openp4p.audit.evidence.improvement import Panel, difference_in_differences
from openp4p.audit.evidence.interrupted_series import interrupted_series
from openp4p.audit.thresholds import threshold

PAGE = Path(__file__).with_suffix(".md")
DRAWS = 499
BANDS = ("1", "2-9", "10-24", "25-99", "100+")
QUARTERS = ("first", "second", "third", "fourth")
SHARES = (0.4, 0.3, 0.15, 0.1, 0.05)
FAMILY = 6
VERDICTS = ("meets", "partly", "fails", "not_assessable")
SIZES, GAPS = (150, 600, 2500), (0.0, 0.2, 0.6, 1.0)
MIDDLE, PLANTED = 600, 0.6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--trials", type=int, default=100)
    trials = parser.parse_args().trials
    lines = header(trials)
    for part in (by_attribute, others, by_size):
        lines += part(trials)
        PAGE.write_text("\n".join(lines), encoding="utf-8")


def header(trials: int) -> list[str]:
    return [
        "# How often the tests of an audit find what is there, and what is not",
        "",
        f"`python benchmarks/fairness.py --trials {trials}`: {trials} trials a row, seeds 0 to "
        f"{trials - 1}, {DRAWS} permutations. Payments are -2.0% for a fifth of the practices and "
        "+3.0% for a twentieth; a gap of *g* points is made by more penalties in one level. A rate "
        f"of 0.05 over {trials} trials has a standard error of {np.sqrt(0.0475 / trials):.3f}.",
        "",
    ]


def practices(number: int, seed: int) -> tuple[dict[str, np.ndarray], np.random.Generator]:
    """Attributes as codes. Dual share and risk hang together, size has nothing to do with them."""
    random = np.random.default_rng(seed)
    risk = random.normal(1.0, 0.15, number)
    dual = np.clip(0.2 + 0.4 * (risk - 1.0) + random.normal(0, 0.1, number), 0.0, 1.0)
    return {
        "size": random.choice(5, number, p=SHARES),
        "route": random.choice(4, number, p=[0.4, 0.3, 0.2, 0.1]),
        "rurality": random.choice(2, number, p=[0.75, 0.25]),
        "specialty": random.choice(6, number, p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05]),
        "patients' risk": np.searchsorted(np.quantile(risk, [0.25, 0.5, 0.75]), risk),
        "dual patients": np.searchsorted(np.quantile(dual, [0.25, 0.5, 0.75]), dual),
        "risk": risk,
        "dual": dual,
    }, random


def paid(random: np.random.Generator, cut_more: np.ndarray, gap: float) -> np.ndarray:
    number = len(cut_more)
    is_cut = random.random(number) < 0.2 + gap / 2.0 * cut_more
    return np.where(is_cut, -2.0, np.where(random.random(number) < 0.0625, 3.0, 0.0))


def attribute(made: dict[str, np.ndarray], name: str) -> Attribute:
    order = {"size": BANDS, "patients' risk": QUARTERS, "dual patients": QUARTERS}.get(name)
    values = [order[one] if order else f"{name} {one}" for one in made[name]]
    proxies = {"patients' risk": "risk", "dual patients": "dual", "specialty": "specialty"}
    own = frozenset({proxies[name]} if name in proxies else ())
    return Attribute(name, values, order, own)


def one_test(number: int, name: str, gap: float, seed: int):
    """The attribute's first level (its last, of quarters) is cut more often by the gap."""
    made, random = practices(number, seed)
    target = 3 if name in ("patients' risk", "dual patients") else 0
    payment = paid(random, made[name] == target, gap)
    covariates = Covariates(
        {"risk": made["risk"], "dual": made["dual"]},
        {} if name == "specialty" else {"specialty": [str(one) for one in made["specialty"]]},
    )
    test = fairness_test(
        payment, attribute(made, name), covariates, margin=0.5, draws=DRAWS, seed=seed
    )
    return replace(test, adjusted_p=min(1.0, FAMILY * test.p_value))


def by_attribute(trials: int) -> list[str]:
    """The test of each attribute: false findings, and power at the gap that is looked for."""
    rows = []
    for name in ("size", "route", "rurality", "specialty", "patients' risk", "dual patients"):
        null = [one_test(MIDDLE, name, 0.0, seed) for seed in range(trials)]
        real = [one_test(MIDDLE, name, PLANTED, seed) for seed in range(trials)]
        rows.append(
            f"| {name} | {share(one.p_value < 0.05 for one in null)} "
            f"| {share(one.verdict == 'fails' for one in null)} "
            f"| {share(one.p_value < 0.05 for one in real)} "
            f"| {share(one.verdict == 'fails' for one in real)} |"
        )
        print(rows[-1], flush=True)
    return [
        f"## Each attribute, {MIDDLE} practices",
        "",
        "`p < 0.05` is the permutation test alone; `fails` is the verdict, its p-value six times "
        "as large (the first of six attributes under Holm) and the gap above the margin, 0.5.",
        "",
        f"| attribute | no gap: p < 0.05 | no gap: fails | gap {PLANTED}: p < 0.05 "
        f"| gap {PLANTED}: fails |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]


def by_size(trials: int) -> list[str]:
    """Verdicts of the test for size, by how many practices there are and how large the gap is."""
    rows = []
    for gap in GAPS:
        cells = []
        for number in SIZES:
            counted = Counter(one_test(number, "size", gap, seed).verdict for seed in range(trials))
            cells.append(" / ".join(f"{counted[v] / trials:.2f}" for v in VERDICTS))
        rows.append(f"| {gap} | {' | '.join(cells)} |")
        print(rows[-1], flush=True)
    return [
        "## Size bands, by number of practices and gap: meets / partly / fails / not assessable",
        "",
        "| true gap, points | " + " | ".join(f"{number:,} practices" for number in SIZES) + " |",
        "|---|" + "---|" * len(SIZES),
        *rows,
        "",
    ]


def panel(number: int, effect: float, seed: int) -> Panel:
    random = np.random.default_rng(seed)
    practice, period = np.repeat(np.arange(number), 5), np.tile(np.arange(5), number)
    inside = (practice < number // 2).astype(int)
    outcome = random.normal(70, 5, number)[practice] + 0.5 * period
    outcome = outcome + effect * inside * (period >= 3) + random.normal(0, 2, len(practice))
    weight = random.integers(10, 60, number)[practice].astype(float)
    return Panel(practice, period, outcome, weight, inside, 3)


def series_p(months: int, correlation: float, effect: float, seed: int) -> float:
    random, month = np.random.default_rng(seed), np.arange(months)
    noise = random.normal(0, 1, months)
    for at in range(1, months):
        noise[at] += correlation * noise[at - 1]
    outcome = 0.1 * month + np.sin(month * np.pi / 6) + noise + effect * (month >= months // 2)
    return interrupted_series(month, outcome, months // 2, "rate", seed=seed).p_value


def access_verdict(number: int, ratio: float, seed: int) -> str:
    """Practices with 100 complex patients whose odds of staying vary (0.4 on the log scale)."""
    random = np.random.default_rng(seed)

    def flow(log_odds: float) -> np.ndarray:
        odds = np.exp(np.log(5.0) + log_odds + random.normal(0, 0.4, number))
        stay = random.binomial(100, odds / (1 + odds))
        other = random.binomial(400, 0.9, number)
        return np.column_stack([stay, 100 - stay, other, 400 - other]).astype(float)

    return access_ratio("x", Flow(flow(0.0), flow(np.log(ratio)))).verdict(FAMILY)


def others(trials: int) -> list[str]:
    """Difference-in-differences, interrupted series and access: false findings and power."""
    rows = []
    for number in (24, 100):
        found = [
            share(
                difference_in_differences(panel(number, e, s), "r", important=1.0, seed=s).p_value
                < 0.05
                for s in range(trials)
            )
            for e in (0.0, 2.0)
        ]
        how = "wild bootstrap" if number < threshold("improvement.bootstrap_below") else "clustered"
        rows.append(
            f"| difference-in-differences, {number} practices ({how}) | {' | '.join(found)} |"
        )
    for months, correlation in ((48, 0.0), (48, 0.3), (120, 0.0), (120, 0.3)):
        found = [
            share(series_p(months, correlation, e, s) < 0.05 for s in range(trials))
            for e in (0.0, 3.0)
        ]
        name = f"interrupted series, {months} months, errors correlated {correlation}"
        rows.append(f"| {name} | {' | '.join(found)} |")
    for number in (20, 60):
        found = [
            share(access_verdict(number, ratio, s) == "fails" for s in range(trials))
            for ratio in (1.0, 0.6)
        ]
        rows.append(f"| access, {number} practices, `fails` at 0.05/6 | {' | '.join(found)} |")
    print(*rows, sep="\n", flush=True)
    return [
        "## Improvement and access",
        "",
        "Planted: 2 points of a rate whose practice-year error is 2 points; 3 standard deviations "
        "in a monthly series; complex patients' odds of staying at 0.6 of what they were.",
        "",
        "| test | nothing planted: found | planted: found |",
        "|---|---|---|",
        *rows,
        "",
    ]


def share(found) -> str:
    return f"{np.mean(list(found)):.3f}"


if __name__ == "__main__":
    main()
