"""The readmission model read a second time, in plain Python: risks, the fit, ratios, cases."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from datetime import date

from openp4p.codes import code_list
from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row

_BITS = (1 << 64) - 1


def stay_comorbidities(
    index_stays: list[Row],
    stay_parts: list[Row],
    stay_claims: list[Row],
    claim: list[Row],
    diagnosis: list[Row],
    comorbidity_codes: list[Row],
    program: Program,
) -> list[Row]:
    """The comorbidities of every index stay that counts."""
    said: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in comorbidity_codes:
        said[row["icd_version"], row["code"]].append(row)
    rules: dict[str, list[tuple[Row, Row]]] = defaultdict(list)
    for row in diagnosis:
        if row["seq"] >= 1:
            rules[row["claim_id"]] += [
                (row, rule) for rule in said[row["icd_version"], row["code"]]
            ]
    bills: dict[str, list[Row]] = defaultdict(list)
    for part in stay_parts:
        bills[part["stay_id"]] += [r for r in stay_claims if r["stay_id"] == part["part_id"]]
    found = []
    for stay in index_stays:
        if stay["reason"] is not None:
            continue
        first = _months_back(stay["admission_date"], program.readmissions.months_before)
        earlier = [
            row["claim_id"]
            for row in claim
            if row["beneficiary_id"] == stay["beneficiary_id"]
            and _counts(row)
            and first <= row["thru_date"] < stay["admission_date"]
        ]
        variables = {rule["variable"] for id_ in earlier for _, rule in rules[id_]}
        variables |= {
            rule["variable"]
            for bill in bills[stay["stay_id"]]
            for code, rule in rules[bill["claim_id"]]
            if not rule["can_be_complication"] and not (code["seq"] == 1 and bill["is_last"])
        }
        found += [{"stay_id": stay["stay_id"], "variable": name} for name in variables]
    return found


def _counts(claim: Row) -> bool:
    if claim["claim_type_code"] in ("61", "62", "63", "64") or claim["mco_paid"] == "1":
        return False
    if claim["claim_class"] == "PART_B":
        return bool(claim["nonpayment_code"] != "0")
    return claim["claim_class"] in ("INPATIENT", "OUTPATIENT") and claim["nonpayment_code"] is None


def _months_back(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    year, month = number // 12, number % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError


def readmission_risks(
    index_stays: list[Row],
    stay_comorbidities: list[Row],
    comorbidities: list[Row],
    model_participation: list[Row],
    model_handling: list[Row],
    program: Program,
) -> list[Row]:
    """What the model knows of every index stay, for its practice and for the practice's ACOs."""
    counted = [row for row in index_stays if row["reason"] is None]
    bit = {row["variable"]: row["bit"] for row in comorbidities}
    bits: dict[str, int] = defaultdict(int)
    for row in stay_comorbidities:
        bits[row["stay_id"]] |= bit[row["variable"]]
    frequency: dict[tuple[str, str], int] = defaultdict(int)
    for row in counted:
        frequency[row["cohort"], row["principal_category"]] += 1
    acos = _acos(model_participation, model_handling, program)
    found = []
    for row in counted:
        category = row["principal_category"]
        if frequency[row["cohort"], category] < program.readmissions.rare_category:
            category = "pooled"
        for unit in [row["tin"], *sorted(acos[row["tin"]])]:
            found.append(
                {
                    "tin": unit,
                    "stay_id": row["stay_id"],
                    "is_practice": unit == row["tin"],
                    "cohort": row["cohort"],
                    "category": category,
                    "years": row["age"] - program.readmissions.minimum_age,
                    "comorbidities": bits[row["stay_id"]],
                    "is_readmitted": row["is_readmitted"],
                }
            )
    return found


def _acos(participation: list[Row], handling: list[Row], program: Program) -> dict[str, set[str]]:
    models = {row["model"] for row in handling if row["handling"] == "aco"}
    found: dict[str, set[str]] = defaultdict(set)
    for row in participation:
        if row["performance_year"] == program.performance_year and row["model"] in models:
            found[row["tin"]].add(row["entity_id"])
    return found


def readmission_model(readmission_risks: list[Row], program: Program) -> list[Row]:
    """Each cohort's model by the steps that the measure's description gives."""
    found: list[Row] = []
    linear: dict[tuple[str, str], float] = {}
    variances: dict[str, float] = {}
    for cohort in sorted({row["cohort"] for row in readmission_risks}):
        rows = [row for row in readmission_risks if row["cohort"] == cohort]
        nation = [row for row in rows if row["is_practice"]]
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
    return found + _drawn(readmission_risks, linear, variances, program)


Term = tuple[str, str]


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
    if rules.estimator == "observed_over_expected":
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
            ratios.append(_combined(parts, rules.estimator == "observed_over_expected"))
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
