"""The readmission model read a second time, in plain Python: the fit, and practice effects."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict

from openp4p.codes import code_list
from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row

_BITS = (1 << 64) - 1
_PLAIN = "observed_over_expected"


def readmission_model(
    readmission_risks: list[Row], program: Program, readmission_coefficient: list[Row] | None = None
) -> list[Row]:
    """Each cohort's model by the steps that the measure's description gives, or as supplied."""
    found: list[Row] = []
    linear: dict[tuple[str, str], float] = {}
    variances: dict[str, float] = {}
    for cohort in sorted({row["cohort"] for row in readmission_risks}):
        rows = [row for row in readmission_risks if row["cohort"] == cohort]
        nation = [row for row in rows if row["is_practice"]]
        if readmission_coefficient:
            coefficients, variance = _supplied(readmission_coefficient, cohort, program)
            terms = list(coefficients)
        else:
            terms = _terms(nation, program)
            coefficients, variance = _fit(nation, terms, program)
        variances[cohort] = variance
        for (kind, name), value in coefficients.items():
            # ages are fitted in decades and told in years
            told = value / 10.0 if kind == "age" else value
            found.append({"cohort": cohort, "kind": kind, "name": name, "value": told})
        found.append(
            {"cohort": cohort, "kind": "variance", "name": "between_practices", "value": variance}
        )
        for unit in sorted({row["tin"] for row in rows}):
            mine = [row for row in rows if row["tin"] == unit]
            for row in mine:
                linear[cohort, row["stay_id"]] = _linear(_values(row, terms), coefficients)
            known = [(linear[cohort, r["stay_id"]], float(r["is_readmitted"])) for r in mine]
            value = _effect(known, variance)
            found.append({"cohort": cohort, "kind": "effect", "name": unit, "value": value})
    if readmission_risks:
        rate = _national_rate(readmission_risks, readmission_coefficient or [])
        found.append({"cohort": "all", "kind": "rate", "name": "nation", "value": rate})
    return found + _drawn(readmission_risks, linear, variances, program)


Term = tuple[str, str]


def _supplied(given: list[Row], cohort: str, program: Program) -> tuple[dict[Term, float], float]:
    """Supplied coefficients in the terms of the fit: no intercept but those of the categories."""
    mine = [row for row in given if row["cohort"] == cohort]
    coefficients: dict[Term, float] = {("age", "years"): 0.0}
    variance, everybody = 0.0, None
    for row in mine:
        if row["kind"] == "age":
            coefficients["age", "years"] = row["value"] * 10.0
        elif row["kind"] in ("category", "comorbidity"):
            coefficients[row["kind"], row["name"]] = row["value"]
        elif row["kind"] == "intercept":
            everybody = row["value"]
        elif row["kind"] == "variance" and program.readmissions.estimator != _PLAIN:
            variance = row["value"]
    if everybody is not None:
        coefficients.setdefault(("category", "pooled"), 0.0)
        for term in coefficients:
            if term[0] == "category":
                coefficients[term] += everybody
    return coefficients, variance


def _national_rate(risks: list[Row], given: list[Row]) -> float:
    for row in given:
        if row["cohort"] == "all" and row["kind"] == "rate":
            return float(row["value"])
    nation = [bool(row["is_readmitted"]) for row in risks if row["is_practice"]]
    return sum(nation) / len(nation)


def _terms(nation: list[Row], program: Program) -> list[Term]:
    terms = [("age", "years")]
    terms += [("category", name) for name in sorted({row["category"] for row in nation})]
    for place, row in enumerate(code_list("readmission_comorbidities")):
        cells = [[0, 0], [0, 0]]
        for stay in nation:
            cells[stay["comorbidities"] >> place & 1][bool(stay["is_readmitted"])] += 1
        if min(*cells[0], *cells[1]) >= program.readmissions.fewest_outcomes:
            terms.append(("comorbidity", row["variable"]))
    return terms


def _values(row: Row, terms: list[Term]) -> dict[Term, float]:
    variables = [each["variable"] for each in code_list("readmission_comorbidities")]
    has = {name for place, name in enumerate(variables) if row["comorbidities"] >> place & 1}
    return {
        term: row["years"] / 10.0 if term[0] == "age" else 1.0
        for term in terms
        if term[0] == "age" or term == ("category", row["category"]) or term[1] in has
    }


def _linear(values: dict[Term, float], coefficients: dict[Term, float]) -> float:
    return math.fsum(coefficients[term] * value for term, value in values.items())


def _chance(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds))


def _fit(nation: list[Row], terms: list[Term], program: Program) -> tuple[dict[Term, float], float]:
    """The variance between practices that the step for it gives back, by halving intervals."""
    rules = program.readmissions
    stays = [(_values(row, terms), float(row["is_readmitted"]), row["tin"]) for row in nation]
    tins = sorted({tin for _, _, tin in stays})
    state = (dict.fromkeys(terms, 0.0), dict.fromkeys(tins, 0.0))
    none = _settled(stays, state, terms, 0.0, program)[0]
    if rules.estimator == _PLAIN:
        return none, 0.0

    def grows(log_variance: float) -> bool:
        nonlocal state
        variance = math.exp(log_variance)
        state = _settled(stays, state, terms, variance, program)
        return _next_variance(stays, state, variance) > variance

    low, high = math.log(rules.no_variation), math.log(16.0)
    if not grows(low):
        return none, 0.0
    while high - low > 1e-11:
        middle = (low + high) / 2.0
        low, high = (middle, high) if grows(middle) else (low, middle)
    return state[0], math.exp(low)


State = tuple[dict[Term, float], dict[str, float]]
Stays = list[tuple[dict[Term, float], float, str]]


def _settled(
    stays: Stays, state: State, terms: list[Term], variance: float, program: Program
) -> State:
    """(a) coefficients and (b) effects in turn, until neither changes."""
    coefficients, effects = state
    if variance <= 0.0:
        effects = dict.fromkeys(effects, 0.0)
    for _ in range(5000):
        prior = program.readmissions.prior_variance
        step = _coefficient_step(stays, coefficients, effects, terms, prior)
        coefficients = {term: coefficients[term] + step[term] for term in terms}
        moved = max(abs(value) for value in step.values())
        if variance > 0.0:
            new = {
                tin: _effect(_known(stays, tin, coefficients), variance, effects[tin])
                for tin in effects
            }
            moved = max(moved, *(abs(new[tin] - effects[tin]) for tin in new))
            effects = new
        if moved < 1e-10:
            break
    return coefficients, effects


def _known(stays: Stays, tin: str, coefficients: dict[Term, float]) -> list[tuple[float, float]]:
    return [(_linear(x, coefficients), y) for x, y, t in stays if t == tin]


def _next_variance(stays: Stays, state: State, variance: float) -> float:
    """(c) the mean of u^2 + 1 / -h over practices."""
    coefficients, effects = state
    squares = []
    for tin, effect in effects.items():
        chances = [_chance(log_odds + effect) for log_odds, _ in _known(stays, tin, coefficients)]
        information = math.fsum(p * (1.0 - p) for p in chances) + 1.0 / variance
        squares.append(effect**2 + 1.0 / information)
    return math.fsum(squares) / len(squares)


def _coefficient_step(
    stays: Stays,
    coefficients: dict[Term, float],
    effects: dict[str, float],
    terms: list[Term],
    prior: float,
) -> dict[Term, float]:
    place = {term: number for number, term in enumerate(terms)}
    matrix = [[0.0] * (len(terms) + 1) for _ in terms]
    for number, term in enumerate(terms):
        matrix[number][number] = 1.0 / prior
        matrix[number][-1] = -coefficients[term] / prior
    for values, outcome, tin in stays:
        chance = _chance(_linear(values, coefficients) + effects[tin])
        for term, value in values.items():
            row = matrix[place[term]]
            row[-1] += value * (outcome - chance)
            for other, factor in values.items():
                row[place[other]] += value * factor * chance * (1.0 - chance)
    return dict(zip(terms, _solved(matrix), strict=True))


def _solved(matrix: list[list[float]]) -> list[float]:
    """The solution of a positive definite system (Gauss, Jordan)."""
    size = len(matrix)
    for pivot in range(size):
        scale = matrix[pivot][pivot]
        matrix[pivot] = [value / scale for value in matrix[pivot]]
        for row in range(size):
            factor = matrix[row][pivot]
            if row != pivot and factor:
                matrix[row] = [
                    value - factor * above
                    for value, above in zip(matrix[row], matrix[pivot], strict=True)
                ]
    return [row[-1] for row in matrix]


def _effect(stays: list[tuple[float, float]], variance: float, start: float = 0.0) -> float:
    """The effect of one practice: Newton's method on the slope, step by step."""
    if variance <= 0.0:
        return 0.0
    effect = start
    for _ in range(500):
        chances = [_chance(log_odds + effect) for log_odds, _ in stays]
        outcomes = [outcome for _, outcome in stays]
        slope = math.fsum(y - p for y, p in zip(outcomes, chances, strict=True)) - effect / variance
        bend = math.fsum(p * (1.0 - p) for p in chances) + 1.0 / variance
        step = max(-1.0, min(1.0, slope / bend))
        effect += step
        if abs(step) < 1e-12:
            break
    return effect


def _drawn(
    risks: list[Row],
    linear: dict[tuple[str, str], float],
    variances: dict[str, float],
    program: Program,
) -> list[Row]:
    """The variance of each unit's ratio when its stays are drawn again."""
    rules = program.readmissions
    minimum = next(m.minimum_cases for m in program.measures if m.id == "readmission")
    units: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(risks, key=lambda row: row["stay_id"]):
        units[row["tin"]][row["cohort"]].append(row)
    found = []
    for unit, cohorts in sorted(units.items()):
        used = {
            cohort: [(linear[cohort, r["stay_id"]], float(r["is_readmitted"])) for r in rows]
            for cohort, rows in cohorts.items()
            if rules.minimum_unit == "all_cohorts" or len(rows) >= minimum
        }
        if not used:
            continue
        ratios = []
        for draw in range(rules.bootstrap_draws):
            parts = []
            for cohort, stays in used.items():
                seed = _seed(f"{cohort}/{unit}")
                chosen = [
                    stays[math.floor(_share(seed + draw * 2**32 + n) * len(stays))]
                    for n in range(len(stays))
                ]
                parts.append((len(stays), _sums(chosen, variances[cohort])))
            ratios.append(_combined(parts, rules.estimator == _PLAIN))
        mean = math.fsum(ratios) / len(ratios)
        value = math.fsum((ratio - mean) ** 2 for ratio in ratios) / (len(ratios) - 1)
        found.append({"cohort": "all", "kind": "resampled", "name": unit, "value": value})
    return found


def _sums(stays: list[tuple[float, float]], variance: float) -> tuple[float, float, float]:
    """Readmissions observed, expected and predicted of these stays."""
    effect = _effect(stays, variance)
    return (
        math.fsum(outcome for _, outcome in stays),
        math.fsum(_chance(log_odds) for log_odds, _ in stays),
        math.fsum(_chance(log_odds + effect) for log_odds, _ in stays),
    )


def _combined(parts: list[tuple[int, tuple[float, float, float]]], is_plain: bool) -> float:
    if is_plain:
        observed = math.fsum(sums[0] for _, sums in parts)
        return observed / math.fsum(sums[1] for _, sums in parts)
    total = math.fsum(n * math.log(sums[2] / sums[1]) for n, sums in parts)
    return math.exp(total / sum(n for n, _ in parts))


def _seed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def _share(state: int) -> float:
    """A number from 0 to 1 that follows from a whole number (SplitMix64)."""
    mixed = (state + 1) * 0x9E3779B97F4A7C15 & _BITS
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _BITS
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _BITS
    return float((mixed ^ mixed >> 31) >> 11) / float(1 << 53)
