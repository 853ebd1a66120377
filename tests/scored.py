"""Short ways to ask for CMS-HCC scores: a version of the model as tables, people and diagnoses."""

from __future__ import annotations

from openp4p.program.risk_tables import COLUMNS, Version, shape_of, version_rows, versions
from openp4p.reference.hcc import Person
from openp4p.reference.hcc import score as reference_score
from openp4p.risk.hcc import Model, scores
from tests.conftest import _opened, rows_of
from tests.solving import REFERENCE

TABLES = ("codes", "edits", "conditions", "segments", "demographics", "interactions", "sets")
PEOPLE = {
    "beneficiary_id": "string",
    "asked_segment": "string",
    "population": "string",
    "dual_benefit": "string",
    "age": "int64",
    "sex": "string",
    "medicaid": "boolean",
    "reason": "string",
}
DIAGNOSES = {"beneficiary_id": "string", "icd_version": "int64", "code": "string"}
USUAL = {
    "asked_segment": "",
    "population": "community",
    "dual_benefit": "none",
    "age": 70,
    "sex": "2",
    "medicaid": False,
    "reason": "0",
}


def version(name: str, year: int) -> Version:
    """A model with the factors and the codes of a payment year."""
    return Version(name, versions()[name][year], year)


def model(engine: object, asked: Version, *, with_edits: bool = True) -> Model:
    """The tables of a version in an engine."""
    rows = version_rows(asked)
    return Model(
        **{n: engine.table(rows[f"hcc_{n}"], COLUMNS[f"hcc_{n}"]) for n in TABLES},
        shape=shape_of(asked),
        with_edits=with_edits,
    )


def scored(
    solver: str,
    asked: Version,
    people: list[dict],
    diagnoses: list[tuple[str, int, str]],
    *,
    with_edits: bool = True,
) -> list[dict]:
    """The scores of these people: a community member of 70 unless they say otherwise."""
    full = [
        {"beneficiary_id": f"b{number}", **USUAL, **person} for number, person in enumerate(people)
    ]
    if solver == REFERENCE:
        return [_by_reference(row, diagnoses, asked, with_edits) for row in full]
    engine = _opened(solver)
    rows = [dict(zip(DIAGNOSES, diagnosis, strict=True)) for diagnosis in diagnoses]
    found = scores(
        engine.table(full, PEOPLE),
        engine.table(rows, DIAGNOSES),
        model(engine, asked, with_edits=with_edits),
    )
    by_id = {row["beneficiary_id"]: row for row in rows_of(engine, found)}
    return [by_id[row["beneficiary_id"]] for row in full]


def _by_reference(
    row: dict, diagnoses: list[tuple[str, int, str]], asked: Version, with_edits: bool
) -> dict:
    person = Person(
        age=row["age"],
        sex=row["sex"],
        medicaid=row["medicaid"],
        reason=row["reason"] or None,
        kind=row["population"],
        benefit=row["dual_benefit"],
        segment=row["asked_segment"] or None,
    )
    own = [(icd, code) for who, icd, code in diagnoses if who == row["beneficiary_id"]]
    file = asked.coefficient_file
    held = reference_score(person, own, asked.model, file, asked.year, with_edits)
    return {
        "beneficiary_id": row["beneficiary_id"],
        "segment": held.segment,
        "risk_score": held.score,
        "hccs_before": "|".join(map(str, held.before)),
        "hccs": "|".join(map(str, held.hccs)),
        "terms": "|".join(f"{name}={value}" for name, value in held.terms),
    }
