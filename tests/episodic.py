"""Short ways to ask for episodes: what a test does not mention is ordinary."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from openp4p.measures.episodes import episode_costs, episodes
from openp4p.measures.episodes_attribution import episode_candidates
from openp4p.measures.episodes_exclusions import stay_exclusions
from openp4p.measures.episodes_model import COEFFICIENTS, episode_model_sums, solved
from openp4p.measures.episodes_walk import episode_stays, index_candidates, index_steps
from openp4p.measures.spending_per_beneficiary import (
    expected_episodes,
    spending_per_beneficiary_cases,
)
from openp4p.program.definition import Program
from tests.conftest import parse
from tests.short_tables import months, value_modifier
from tests.solving import REFERENCE, Given, columns_of, reference, solve


def with_rules(program: Program, **said: object) -> Program:
    """The program with other values in its section on episodes."""
    return program.model_copy(update={"episodes": program.episodes.model_copy(update=said)})


def stays(text: str) -> list[dict]:
    """Stays of one beneficiary in a short-term hospital, unless the table says otherwise."""
    rows = parse(text, columns_of("inpatient_stays"))
    usual = {
        "beneficiary_id": "b1",
        "ccn": "100001",
        "is_subsection_d": True,
        "is_maryland": False,
        "discharge_status": "01",
        "drg": "291",
        "paid_amount": Decimal("1000.00"),
        "chain_stays": 1,
    }
    for number, row in enumerate(rows, start=1):
        row.update({c: value for c, value in usual.items() if row[c] is None})
        row["drg"] = None if row["drg"] == "none" else row["drg"]
        row["stay_id"] = row["stay_id"] or f"s{number}"
        row["admission_date"] = row["admission_date"] or dt.date(2015, 6, 1)
        row["discharge_date"] = row["discharge_date"] or row["admission_date"]
    return rows


def people(listed: list[dict], text: str = "beneficiary_id") -> list[dict]:
    """The beneficiaries of the stays, born in 1940, unless the table says otherwise."""
    said = {row["beneficiary_id"]: row for row in parse(text, columns_of("beneficiary"))}
    found = []
    for id_ in sorted({row["beneficiary_id"] for row in listed}):
        row = {"beneficiary_id": id_, "birth_date": dt.date(1940, 1, 1)}
        found.append(row | {c: v for c, v in said.get(id_, {}).items() if v is not None})
    return found


def enrolled(listed: list[dict]) -> list[dict]:
    """Months in Parts A and B of the beneficiaries of the stays, from 2013 to 2016."""
    ids = sorted({row["beneficiary_id"] for row in listed})
    return [row for id_ in ids for row in months(id_, 201301, 201612)]


def walk(solver: str, program: Program, listed: list[dict], **around: object) -> dict:
    """From stays to the episodes of the year, each table from the ones before."""
    given = {
        "claim": "claim_id",
        "beneficiary": people(listed),
        "enrollment_month": enrolled(listed),
        **around,
    }
    excluded = solve(solver, stay_exclusions, program, inpatient_stays=listed, **given)
    candidates = solve(solver, index_candidates, program, stay_exclusions=excluded)
    steps = solve(solver, index_steps, program, index_candidates=candidates)
    walked = solve(
        solver,
        episode_stays,
        program,
        stay_exclusions=excluded,
        index_candidates=candidates,
        index_steps=steps,
    )
    opened = solve(
        solver,
        episodes,
        program,
        episode_stays=walked,
        stay_exclusions=excluded,
        inpatient_stays=listed,
    )
    return {"stays": walked, "episodes": opened}


def why(solver: str, text: str, year: int = 2017, **choices: str) -> list[str]:
    """For each stay in order of its name: index, or why it is none."""
    found = walk(solver, value_modifier(year, **choices), stays(text))["stays"]
    return ["index" if row["is_index"] else row["reason"] for row in found]


def episode(
    solver: str, text: str, year: int = 2017, *, around: dict | None = None, **choices: str
):
    """The episodes of these stays, by name, with why they do not count."""
    listed = stays(text)
    found = walk(solver, value_modifier(year, **choices), listed, **(around or {}))["episodes"]
    return {row["episode_id"]: row["reason"] for row in found}


def cost(solver: str, opened: list[dict], text: str, **choices: str) -> dict[str, str]:
    """What each of these episodes cost."""
    rows = parse(text, columns_of("service_costs"))
    for number, row in enumerate(rows):
        row["claim_id"], row["line_number"] = f"k{number}", 0
        row["beneficiary_id"] = row["beneficiary_id"] or "b1"
        row["claim_class"] = row["claim_class"] or "OUTPATIENT"
        row["thru_day"] = row["thru_day"] or row["from_day"]
        row["standardization"] = row["standardization"] or "supplied"
        row["category"] = row["category"] or "em"
    program = value_modifier(2017, **choices)
    found = solve(solver, episode_costs, program, episodes=opened, service_costs=rows)
    totals: dict[str, Decimal] = {}
    for row in found:
        totals[row["episode_id"]] = totals.get(row["episode_id"], Decimal(0)) + row["amount"]
    return {id_: str(amount) for id_, amount in totals.items()}


def practice(solver: str, lines: list[dict], **choices: str) -> str | None:
    """The practice of an episode of a stay from 1 to 9 June 2015 with these lines."""
    opened = [
        {
            "episode_id": "e1",
            "beneficiary_id": "b1",
            "admission_date": dt.date(2015, 6, 1),
            "discharge_date": dt.date(2015, 6, 9),
        }
    ]
    program = value_modifier(2017, **choices)
    found = solve(solver, episode_candidates, program, episodes=opened, claim_line=lines)
    return next((row["tin"] for row in found if row["rank"] == 1), None)


RISKS = {
    "episode_id": "string",
    "stratum": "string",
    "cost": "string",
    "terms": "string",
    "tin": "string",
    "reason": "string",
}


def fitted(solver: str, program: Program, text: str) -> dict[str, list[dict]]:
    """Model, expected costs and cases of episodes given with cost, terms and practice."""
    rows = parse(text, RISKS)
    risks, terms, tins = [], [], []
    for number, row in enumerate(rows, start=1):
        id_, stratum = row["episode_id"] or f"e{number:03}", row["stratum"] or "05"
        risks.append(
            {
                "episode_id": id_,
                "beneficiary_id": f"b{number}",
                "stratum": stratum,
                "cost_dollars": Decimal(row["cost"]).quantize(Decimal("0.01")),
                "reason": row["reason"],
            }
        )
        if row["reason"] is None:
            held = ["intercept", *(row["terms"] or "").split()]
            terms += [{"episode_id": id_, "stratum": stratum, "term": term} for term in held]
        if row["tin"]:
            tins.append({"episode_id": id_, "tin": row["tin"], "rank": 1})
    known = {"episode_risks": risks, "episode_terms": terms}
    sums = solve(solver, episode_model_sums, program, **known)
    model = reference("episode_model")(sums) if solver == REFERENCE else solved(sums)
    table = Given(model, COEFFICIENTS)
    expected = solve(solver, expected_episodes, program, **known, episode_model=table)
    cases = solve(
        solver,
        spending_per_beneficiary_cases,
        program,
        expected_episodes=expected,
        episode_candidates=tins,
    )
    return {"model": model, "expected": expected, "cases": cases}
