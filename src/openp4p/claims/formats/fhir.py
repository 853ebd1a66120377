"""FHIR claims data of CMS's servers (BCDA, Blue Button, AB2D, DPC): ExplanationOfBenefit, Patient
and Coverage, R4 or STU3, as NDJSON, Bundles or single resources.
"""

from __future__ import annotations

from collections.abc import Iterable

from openp4p.claims.formats import canonical, fhir_claims, fhir_lines, fhir_people
from openp4p.claims.formats.entries import Entry
from openp4p.claims.formats.fhir_documents import is_fhir, open_resources
from openp4p.claims.formats.parts import Part, Reading
from openp4p.claims.formats.workbench import SourceFile, Workbench
from openp4p.claims.tables import DIAGNOSIS, PROCEDURE
from openp4p.engine.sql_text import literal
from openp4p.errors import Problem

NAME = "fhir"
# where each table that a run needs comes from
FILES = {
    "beneficiary": "FHIR Patient resources",
    "enrollment_month": "FHIR Coverage resources",
    "claim": "FHIR ExplanationOfBenefit resources",
    "claim_line": "FHIR ExplanationOfBenefit resources",
}
_KIND = "resources"
_USED = ("ExplanationOfBenefit", "Patient", "Coverage")
_TOO_LONG = f"more than {fhir_claims.MOST_ENTRIES} lines or codes"
_YEARS = "fhir_years"


def kind_of(entry: Entry) -> str | None:
    """Whether the file holds FHIR resources."""
    return _KIND if is_fhir(entry) else None


def opened(bench: Workbench, entry: Entry, kind: str, problems: list[Problem]) -> SourceFile | None:
    """The resources of the file on the workbench, one row each."""
    return open_resources(bench, entry, kind, problems)


def read(files: Iterable[SourceFile], bench: Workbench) -> Reading:
    """The canonical parts of FHIR resources."""
    reading = Reading()
    files = list(files)
    held = {file.view: _types(bench, file) for file in files}
    claims, patients, coverages = (
        [file for file in files if kind in held[file.view]] for kind in _USED
    )
    _tabulate(bench, claims, patients, coverages)
    _claims(reading, claims, bench)
    standing = _stacked([f"SELECT * FROM claims_{f.view} WHERE refused IS NULL" for f in claims])
    bench.connection.execute(f"CREATE TABLE {_YEARS} AS {fhir_people.claim_years(standing)}")
    beside = {canonical.table_of(file.name) for file in bench.files}
    people = _people(reading, claims, patients, coverages, bench, is_listed="beneficiary" in beside)
    _enrolment(reading, coverages, people, bench, is_listed="enrollment_month" in beside)
    for file in files:
        if held[file.view] - set(_USED):
            _set_aside(reading, file)
    return reading


def _types(bench: Workbench, file: SourceFile) -> set[str]:
    return {str(row[0]) for row in bench.run(f"SELECT DISTINCT type FROM {file.view}")}


def _stacked(selects: list[str]) -> str:
    """One relation of several; of none, the one that has no claims."""
    none = "SELECT CAST(NULL AS VARCHAR) AS from_date, CAST(NULL AS VARCHAR) AS thru_date LIMIT 0"
    return f"({' UNION ALL '.join(selects) or none})"


def _tabulate(
    bench: Workbench,
    claims: list[SourceFile],
    patients: list[SourceFile],
    coverages: list[SourceFile],
) -> None:
    """For each file tables `found_claims_...`, `..._patients_...`, `..._coverages_...`; of each the
    view without `found` tells the newest version of a claim, person or coverage from the others.
    """
    for name, of, key, held in (
        ("claims", fhir_claims.claims, "claim_id", claims),
        ("patients", fhir_people.patients, "id", patients),
        ("coverages", fhir_people.coverages, "id", coverages),
    ):
        for file in held:
            bench.connection.execute(f"CREATE TABLE found_{name}_{file.view} AS {of(file.view)}")
        if held:
            every = " UNION ALL ".join(
                f"SELECT {place} AS file, source_row, {key} AS key, "
                f"try_cast(updated AS TIMESTAMP) AS updated FROM found_{name}_{file.view}"
                for place, file in enumerate(held)
            )
            # of versions that state no date, the later row is the newer one
            bench.connection.execute(
                f"CREATE TABLE versions_{name} AS SELECT file, source_row, row_number() OVER ("
                "PARTITION BY coalesce(key, file || '/' || source_row) "
                "ORDER BY updated DESC NULLS LAST, file DESC, source_row DESC) AS turn "
                f"FROM ({every})"
            )
        for place, file in enumerate(held):
            refused = f", {_REFUSED} AS refused" if name == "claims" else ""
            bench.connection.execute(
                f"CREATE VIEW {name}_{file.view} AS SELECT {place} AS file, turn, f.*{refused} "
                f"FROM found_{name}_{file.view} f JOIN versions_{name} v "
                f"ON v.file = {place} AND v.source_row = f.source_row"
            )


_REFUSED = (
    f"CASE WHEN is_too_long THEN '{_TOO_LONG}' WHEN turn > 1 THEN 'replaced' "
    "WHEN status <> 'active' THEN 'not active' END"
)


def _claims(reading: Reading, files: list[SourceFile], bench: Workbench) -> None:
    """Claims, lines, diagnoses and procedures, and what they lack."""
    for file in files:
        view, claims = file.view, f"claims_{file.view}"
        bench.connection.execute(f"CREATE TABLE lines_{view} AS {fhir_lines.lines(view, claims)}")
        bench.connection.execute(
            f"CREATE VIEW diagnoses_{view} AS {fhir_lines.diagnoses(view, claims)}"
        )
        bench.connection.execute(
            f"CREATE VIEW procedures_{view} AS {fhir_lines.procedures(view, claims)}"
        )
    lines = _stacked([f"SELECT * FROM lines_{f.view}" for f in files])
    professional = f"(SELECT * FROM {lines} WHERE claim_class = 'PART_B')"
    is_professional = bool(files) and _states(bench, professional, "source_row")
    has_tin = not is_professional or _states(bench, lines, "tin")
    if not has_tin:
        reading.note(
            "no_tin",
            "The claims carry no TIN: the NPI of the billing organisation, or else the rendering "
            "NPI, stands for the practice unless a crosswalk names it.",
        )
    if is_professional and not _states(bench, professional, "specialty"):
        reading.note(
            "no_specialty",
            "The claims state no specialty: every primary care service counts in the first "
            "attribution step, unless a roster is supplied.",
        )
    paid = [
        f"SELECT paid_amount FROM {kind}_{f.view}" for kind in ("claims", "lines") for f in files
    ]
    if files and not _states(bench, _stacked(paid), "paid_amount"):
        reading.note(
            "no_amounts",
            "No claim states what was paid, as in the data of AB2D: nothing that counts dollars, "
            "cost measures above all, can be trusted.",
        )
    for file in files:
        _claim_parts(reading, file, has_tin=has_tin)


def _states(bench: Workbench, relation: str, column: str) -> bool:
    return bool(bench.one(f"SELECT count({column}) FROM {relation}"))


def _claim_parts(reading: Reading, file: SourceFile, *, has_tin: bool) -> None:
    def add(name: str, columns: dict[str, str], of: str, refused: str, slot: str) -> None:
        relation = f"{of}_{file.view}"
        reading.parts.append(
            Part(name, file, columns, relation=relation, refused=refused, slot=slot)
        )

    add("claim", {name: name for name in fhir_claims.COLUMNS}, "claims", "refused", "0")
    line = {name: name for name in fhir_lines.LINE}
    if not has_tin:
        line["tin"] = "CASE WHEN claim_class = 'PART_B' THEN coalesce(billing_npi, npi) END"
    add("claim_line", line, "lines", "refused", "slot")
    add("diagnosis", {name: name for name in DIAGNOSIS.columns}, "diagnoses", "", "slot")
    add("procedure", {name: name for name in PROCEDURE.columns}, "procedures", "", "slot")


def _people(
    reading: Reading,
    claims: list[SourceFile],
    patients: list[SourceFile],
    coverages: list[SourceFile],
    bench: Workbench,
    *,
    is_listed: bool,
) -> list[tuple[SourceFile, str]]:
    """Beneficiaries from Patients, or else from whom the claims are of; where each is listed."""
    entitled = _stacked(
        [
            f"SELECT beneficiary_id, year, {_OREC} AS code FROM coverages_{f.view} WHERE turn = 1"
            for f in coverages
        ]
        or ["SELECT '' AS beneficiary_id, 0 AS year, '' AS code LIMIT 0"]
    )
    bench.connection.execute(
        "CREATE TABLE fhir_entitled AS SELECT beneficiary_id, "
        f"max_by(code, coalesce(year, 0)) AS orec FROM {entitled} WHERE code IS NOT NULL GROUP BY 1"
    )
    people = []
    for file in patients or claims:
        view = f"people_{file.view}"
        found = f"SELECT * FROM patients_{file.view}" if patients else _first_claims(file, claims)
        bench.connection.execute(
            f"CREATE VIEW {view} AS SELECT p.*, orec FROM ({found}) p "
            "LEFT JOIN fhir_entitled e USING (beneficiary_id)"
        )
        people.append((file, f"(SELECT * FROM {view} WHERE turn = 1)"))
        columns = {name: name for name in fhir_people.BENEFICIARY} if patients else {}
        columns |= {"beneficiary_id": "beneficiary_id", "orig_entitlement_code": "orec"}
        if patients or not is_listed:
            refused = _BESIDE if is_listed else "CASE WHEN turn > 1 THEN 'replaced' END"
            reading.parts.append(Part("beneficiary", file, columns, relation=view, refused=refused))
    if not patients and not is_listed:
        reading.note(
            "no_patients",
            "There are no Patient resources: beneficiaries are those whom the claims are of, "
            "without date of birth or sex.",
        )
    return people


_OREC = "fact_values[list_position(fact_names, 'orec')]"


def _first_claims(file: SourceFile, claims: list[SourceFile]) -> str:
    """A SELECT of the first claim of each person, as far as it stands in the file."""
    every = " UNION ALL ".join(
        f"SELECT file, source_row, beneficiary_id FROM claims_{f.view} WHERE refused IS NULL"
        for f in claims
    )
    return (
        "SELECT source_row, beneficiary_id, 1 AS turn, CAST(NULL AS VARCHAR) AS death_date FROM "
        f"(SELECT * FROM ({every}) QUALIFY row_number() OVER (PARTITION BY beneficiary_id "
        f"ORDER BY file, source_row) = 1) WHERE file = {claims.index(file)}"
    )


def _enrolment(
    reading: Reading,
    coverages: list[SourceFile],
    people: list[tuple[SourceFile, str]],
    bench: Workbench,
    *,
    is_listed: bool,
) -> None:
    """Months from Coverages, or each person in every month of the claims' years."""
    for file in coverages:
        spans = fhir_people.spans(f"coverages_{file.view}", _YEARS)
        refused = _BESIDE if is_listed else fhir_people.REFUSED
        bench.connection.execute(
            f"CREATE TABLE spans_{file.view} AS SELECT *, {refused} AS refused FROM ({spans})"
        )
    used = _stacked(
        [f"SELECT * FROM spans_{f.view} WHERE refused IS NULL" for f in coverages]
        or ["SELECT 1 AS source_row, '' AS part LIMIT 0"]
    )
    is_known = bool(bench.one(f"SELECT count(*) FROM {used} WHERE part IN ('a', 'b')"))
    months = fhir_people.months(used) if is_known else fhir_people.NO_MONTHS
    bench.connection.execute(f"CREATE TABLE fhir_months AS {months}")
    for place, file in enumerate(coverages):
        relation = fhir_people.months_of(place, f"spans_{file.view}")
        reading.parts.append(
            Part("enrollment_month", file, _MONTH, relation=relation, refused="refused")
        )
    if is_known:
        if bench.one(f"SELECT count(*) FROM {used} WHERE is_undated AND NOT has_months"):
            reading.note(
                "coverage_without_dates",
                "Some Coverages in force state no dates: they count in every month of the "
                "calendar years of the claims.",
            )
    elif not is_listed:
        for file, listed in people:
            relation = f"({fhir_people.every_month(listed, _YEARS)})"
            reading.parts.append(Part("enrollment_month", file, _MONTH, relation=relation))
        reading.note(
            "enrolment_assumed",
            "No Coverage tells who was enrolled when: everybody listed counts as in "
            "fee-for-service Part A and Part B in every month of the calendar years of the claims.",
        )


_MONTH = {name: name for name in fhir_people.MONTH}
_BESIDE = "'resource not used'"


def _set_aside(reading: Reading, file: SourceFile) -> None:
    """The resources of other types."""
    used = ", ".join(literal(kind) for kind in _USED)
    reading.parts.append(
        Part(
            "claim",
            file,
            {"claim_id": "r.id"},
            where=f"coalesce(type NOT IN ({used}), true)",
            refused="CASE WHEN type IS NULL THEN 'not a FHIR resource' "
            "ELSE 'resource not used' END",
        )
    )
