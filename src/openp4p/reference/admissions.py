"""Preventable admissions read a second time, in plain Python: indicators, populations, cases."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row
from openp4p.reference.variances import with_variances

_SEXES = ("1", "2")
Sets = dict[str, set[str]]


def preventable_stays(
    inpatient_stays: list[Row],
    stay_claims: list[Row],
    diagnosis: list[Row],
    procedure: list[Row],
    beneficiary: list[Row],
    drgs: list[Row],
    admission_codes: list[Row],
    admission_requirements: list[Row],
    admission_exclusions: list[Row],
    admission_components: list[Row],
    program: Program,
) -> list[Row]:
    """Every stay of the year that meets an indicator, and why it does not count."""
    sets_of: dict[tuple[str, int, str], set[str]] = defaultdict(set)
    for row in admission_codes:
        sets_of[row["kind"], row["icd_version"], row["code"]].add(row["set_name"])
    claims: dict[str, list[Row]] = defaultdict(list)
    for row in stay_claims:
        claims[row["stay_id"]].append(row)
    diagnoses, procedures = _by_claim(diagnosis), _by_claim(procedure)
    people = {row["beneficiary_id"]: row for row in beneficiary}
    mdcs = {row["drg"]: row["mdc"] for row in drgs}
    found = []
    for stay in inpatient_stays:
        if stay["discharge_date"].year != program.performance_year:
            continue
        sets = _sets(stay, claims[stay["stay_id"]], diagnoses, procedures, sets_of)
        person = people.get(stay["beneficiary_id"], {"birth_date": None, "sex": None})
        for component in admission_components:
            indicator = component["indicator"]
            if not _meets(sets, [r for r in admission_requirements if r["indicator"] == indicator]):
                continue
            excluded = any(
                row["set_name"] in sets[row["position"]]
                for row in admission_exclusions
                if row["indicator"] == indicator
            )
            birth = person["birth_date"]
            age = None if birth is None else _age(birth, stay["admission_date"])
            reason = _reason(stay, component, age, person["sex"], sets, mdcs, program)
            if reason is None and excluded:
                reason = "indicator_exclusion"
            found.append(
                {
                    "stay_id": stay["stay_id"],
                    "indicator": indicator,
                    "measure": component["measure"],
                    "composite": component["composite"],
                    "beneficiary_id": stay["beneficiary_id"],
                    "ccn": stay["ccn"],
                    "admission_date": stay["admission_date"],
                    "discharge_date": stay["discharge_date"],
                    "principal_code": stay["principal_code"],
                    "icd_version": stay["principal_icd_version"],
                    "age": age,
                    "sex": person["sex"],
                    "is_counted": reason is None,
                    "reason": reason,
                }
            )
    return found


def _by_claim(rows: list[Row]) -> dict[str, list[Row]]:
    listed: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        listed[row["claim_id"]].append(row)
    return listed


def _sets(
    stay: Row,
    claims: list[Row],
    diagnoses: dict[str, list[Row]],
    procedures: dict[str, list[Row]],
    sets_of: dict[tuple[str, int, str], set[str]],
) -> Sets:
    """The sets that the stay's codes are in, by position."""
    found: Sets = {"principal": set(), "secondary": set(), "procedure": set()}
    main = ("diagnosis", stay["principal_icd_version"], stay["principal_code"])
    found["principal"] |= sets_of.get(main, set())
    for claim in claims:
        for row in diagnoses[claim["claim_id"]]:
            is_principal = row["seq"] == 1 and claim["is_last"]
            if row["seq"] >= 1 and not is_principal:
                key = ("diagnosis", row["icd_version"], row["code"])
                found["secondary"] |= sets_of.get(key, set())
        for row in procedures[claim["claim_id"]]:
            key = ("procedure", row["icd_version"], row["code"])
            found["procedure"] |= sets_of.get(key, set())
    return found


def _meets(sets: Sets, requirements: list[Row]) -> bool:
    alternatives: dict[int, dict[int, bool]] = defaultdict(lambda: defaultdict(bool))
    for row in requirements:
        holds = row["set_name"] in sets[row["position"]]
        alternatives[row["alternative"]][row["requirement"]] |= holds
    return any(all(parts.values()) for parts in alternatives.values())


def _reason(
    stay: Row,
    component: Row,
    age: int | None,
    sex: str | None,
    sets: Sets,
    mdcs: dict[str, str],
    program: Program,
) -> str | None:
    rule = program.admissions
    origin, later = stay["admission_source"], stay["chain_position"] > 1
    by_category = mdcs.get(stay["drg"]) in rule.excluded_categories
    if stay["drg"] is None and rule.mdc_without_drg == "principal_diagnosis":
        digits = (stay["principal_code"] or "")[:3]
        in_range = any(first <= digits <= last for first, last in rule.excluded_icd9)
        by_category = bool(sets["principal"] & {"MDC14PRINDX", "MDC15PRINDX"}) or (
            stay["principal_icd_version"] == 9 and in_range
        )
    tests = (
        (rule.hospitals == "acute_and_critical_access" and not stay["is_acute"], "other_hospital"),
        (age is None or sex not in _SEXES, "missing_facts"),
        (age is not None and age < component["minimum_age"], "too_young"),
        (
            rule.transfers == "point_of_origin_or_chain"
            and (later if origin is None else origin in rule.transfer_origins),
            "transferred_in",
        ),
        (stay["drg"] in rule.ungroupable, "ungroupable"),
        (by_category, "pregnancy_or_newborn"),
    )
    return next((reason for holds, reason in tests if holds), None)


def _age(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def admission_populations(
    attributed_beneficiaries: list[Row],
    eligible_beneficiaries: list[Row],
    beneficiary_conditions: list[Row],
    preventable_stays: list[Row],
    admission_components: list[Row],
    admission_conditions: list[Row],
    admission_age_bands: list[Row],
    program: Program,
) -> list[Row]:
    """Every beneficiary in the denominator of every component."""
    known = {row["beneficiary_id"]: row for row in eligible_beneficiaries}
    evidence: dict[tuple[str, str], date] = {}
    for row in beneficiary_conditions:
        if row["has_condition"]:
            evidence[row["beneficiary_id"], row["condition"]] = row["first_date"]
    stays: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in preventable_stays:
        if row["is_counted"]:
            stays[row["measure"], row["beneficiary_id"]].append(row)
    components = {row["measure"]: row for row in admission_components}
    year_end = date(program.performance_year, 12, 31)
    found = []
    for row in attributed_beneficiaries:
        id_ = row["beneficiary_id"]
        if id_ not in known:
            continue
        birth, sex = known[id_]["birth_date"], known[id_]["sex"]
        age = None if birth is None else _age(birth, year_end)
        for measure, component in components.items():
            conditions = [c["condition"] for c in admission_conditions if c["measure"] == measure]
            dates = [evidence[id_, c] for c in conditions if (id_, c) in evidence]
            if conditions and not dates:
                continue
            if age is not None and age < component["minimum_age"]:
                continue
            counted = stays[measure, id_]
            if conditions and program.admissions.chronic_population == "flag_before_admission":
                counted = [stay for stay in counted if min(dates) < stay["admission_date"]]
            events = len({stay["stay_id"] for stay in counted})
            if program.admissions.events == "every_indicator":
                events = len(counted)
            bands = [b for b in admission_age_bands if _in_band(age, b)]
            reason = "unknown_sex" if sex not in _SEXES else None
            found.append(
                {
                    "measure": measure,
                    "beneficiary_id": id_,
                    "tin": row["tin"],
                    "sex": sex,
                    "age": age,
                    "age_from": bands[0]["age_from"] if bands else None,
                    "events": events,
                    "reason": "unknown_age" if age is None else reason,
                }
            )
    return found


def _in_band(age: int | None, band: Row) -> bool:
    return age is not None and band["age_from"] <= age <= band["age_to"]


def admission_strata(
    admission_populations: list[Row], supplied_admission_rate: list[Row], program: Program
) -> list[Row]:
    """National admissions by component, sex and age band."""
    supplied = {row["measure"] for row in supplied_admission_rate}
    counts: dict[tuple[str, str, int], list[int]] = defaultdict(lambda: [0, 0])
    for row in admission_populations:
        if row["reason"] is None and row["measure"] not in supplied:
            cell = counts[row["measure"], row["sex"], row["age_from"]]
            cell[0] += 1
            cell[1] += row["events"]
    for row in supplied_admission_rate:
        cell = counts[row["measure"], row["sex"], row["age_from"]]
        cell[0], cell[1] = row["denominator"], row["numerator"]
    nation: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (measure, _sex, _age_from), (people, events) in counts.items():
        nation[measure][0] += people
        nation[measure][1] += events
    found = []
    for (measure, sex, age_from), (people, events) in counts.items():
        all_people, all_events = nation[measure]
        national = all_events / all_people if all_people else None
        own = events / people if people else None
        found.append(
            {
                "measure": measure,
                "sex": sex,
                "age_from": age_from,
                "denominator": people,
                "events": events,
                "rate": own if program.admissions.risk_adjustment == "age_sex" else national,
                "national_denominator": all_people,
                "national_events": all_events,
                "national_rate": national,
                "source": "supplied" if measure in supplied else "computed",
            }
        )
    return found


def admission_cases(
    admission_populations: list[Row],
    admission_strata: list[Row],
    admission_components: list[Row],
    clinical_variance: list[Row],
    program: Program,
) -> list[Row]:
    """Every beneficiary of every component and composite, observed against expected."""
    usual = {(r["measure"], r["sex"], r["age_from"]): r["rate"] for r in admission_strata}
    nation = {row["measure"]: row for row in admission_strata}
    components = {row["measure"]: row for row in admission_components}
    weights = _weights(admission_populations, components, program)
    parts: list[Row] = []
    sums: dict[tuple[str, str], Row] = {}
    for row in admission_populations:
        measure = row["measure"]
        national = nation[measure]["national_rate"] if measure in nation else None
        expected = usual.get((measure, row["sex"], row["age_from"]))
        expected = national if expected is None else expected
        parts.append(_case(row, measure, 1, float(row["events"]), 1.0, expected, national))
        component = components[measure]
        key = (component["composite"], row["beneficiary_id"])
        total = sums.setdefault(key, {"row": row, "own": 0, "common": 0, "o": [], "e": [], "n": 0})
        total["own" if component["is_conditional"] else "common"] += 1
        weight = weights.get((component["composite"], row["tin"], measure), 1.0)
        total["n"] += 1
        total["o"].append(row["events"] * weight)
        total["e"].append(None if expected is None else expected * weight)
    for (composite, _id), total in sums.items():
        cases = total["own"] + (1 if total["common"] else 0)
        known = [value for value in total["e"] if value is not None]
        expected = math.fsum(known) if known else None
        national = _national(composite, nation, components, program)
        if program.admissions.risk_adjustment == "none":
            expected = None if national is None else total["n"] * national
        observed = math.fsum(total["o"])
        parts.append(
            _case(total["row"], composite, cases, observed, float(total["n"]), expected, national)
        )
    return with_variances(parts, clinical_variance, program)


def _case(
    row: Row,
    measure: str,
    cases: int,
    observed: float,
    denominator: float,
    expected: float | None,
    national: float | None,
) -> Row:
    return {
        "measure": measure,
        "tin": row["tin"],
        "case_id": row["beneficiary_id"],
        "beneficiary_id": row["beneficiary_id"],
        "cases": cases,
        "numerator": observed,
        "denominator": denominator,
        "expected": expected,
        "spread": None,
        "national_mean": national,
        "included": row["reason"] is None,
        "reason": row["reason"],
    }


def _weights(
    populations: list[Row], components: dict[str, Row], program: Program
) -> dict[tuple[str, str, str], float]:
    """What makes each component weigh the same in a practice (M8, alternative)."""
    if program.admissions.composite == "ratio_of_sums":
        return {}
    people: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in populations:
        if row["reason"] is None:
            people[components[row["measure"]]["composite"], row["tin"]][row["measure"]] += 1
    return {
        (composite, tin, measure): sum(counts.values()) / (count * len(counts))
        for (composite, tin), counts in people.items()
        for measure, count in counts.items()
    }


def _national(
    composite: str, nation: dict[str, Row], components: dict[str, Row], program: Program
) -> float | None:
    parts = [row for m, row in nation.items() if components[m]["composite"] == composite]
    if program.admissions.composite == "mean_of_component_rates":
        rates = [row["national_rate"] for row in parts if row["national_rate"] is not None]
        return math.fsum(rates) / len(rates) if rates else None
    people = sum(row["national_denominator"] for row in parts)
    return sum(row["national_events"] for row in parts) / people if people else None
