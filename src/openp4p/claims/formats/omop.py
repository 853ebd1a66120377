"""The OMOP common data model: looked at, and refused as the input of a run.

OMOP keeps visits, procedures and conditions, and no claim lines as they were billed. What it does
state is shown beside what a run needs. Tables: OHDSI, OMOP CDM 5.2; claims as visits (carrier
claims of concept 0), TINs and hospital numbers in `care_site_source_value`: OHDSI ETL-CMS.
"""

from __future__ import annotations

from collections.abc import Iterable

from openp4p.claims.formats.entries import Entry
from openp4p.claims.formats.opening import Wanted, open_table
from openp4p.claims.formats.parts import Part, Reading, coded
from openp4p.claims.formats.workbench import SourceFile, Workbench
from openp4p.errors import Problem

NAME = "omop"
_ELSEWHERE = "another format than OMOP, or our own layout"
FILES = dict.fromkeys(("beneficiary", "enrollment_month", "claim", "claim_line"), _ELSEWHERE)
# the column that only this table has
_SIGNS = {
    "person": "GENDER_CONCEPT_ID",
    "visit_occurrence": "VISIT_CONCEPT_ID",
    "procedure_occurrence": "PROCEDURE_CONCEPT_ID",
    "condition_occurrence": "CONDITION_CONCEPT_ID",
    "payer_plan_period": "PAYER_PLAN_PERIOD_START_DATE",
    "provider": "SPECIALTY_CONCEPT_ID",
    "care_site": "CARE_SITE_SOURCE_VALUE",
    "cost": "COST_TYPE_CONCEPT_ID",
    "death": "DEATH_TYPE_CONCEPT_ID",
    "drug_exposure": "DRUG_CONCEPT_ID",
    "device_exposure": "DEVICE_CONCEPT_ID",
    "measurement": "MEASUREMENT_CONCEPT_ID",
    "observation": "OBSERVATION_CONCEPT_ID",
    "observation_period": "OBSERVATION_PERIOD_START_DATE",
}
_READ = {
    "person": (
        *("person_id", "gender_concept_id", "year_of_birth", "month_of_birth", "day_of_birth"),
    ),
    "visit_occurrence": (
        *("visit_occurrence_id", "person_id", "visit_concept_id", "visit_start_date"),
        *("visit_end_date", "care_site_id"),
    ),
    "procedure_occurrence": (
        *("procedure_occurrence_id", "person_id", "procedure_date", "provider_id"),
        *("visit_occurrence_id", "procedure_source_value", "quantity"),
    ),
    "condition_occurrence": (
        *("condition_occurrence_id", "person_id", "condition_start_date", "visit_occurrence_id"),
        "condition_source_value",
    ),
    "payer_plan_period": (
        *("person_id", "payer_plan_period_start_date", "payer_plan_period_end_date"),
        *("payer_source_value", "plan_source_value"),
    ),
    "provider": ("provider_id", "npi"),
    "care_site": ("care_site_id", "care_site_source_value"),
    "death": ("person_id", "death_date"),
}
_SEXES = {"8507": "1", "8532": "2"}
_CLASSES = {"0": "PART_B", "9201": "INPATIENT", "9202": "OUTPATIENT", "9203": "OUTPATIENT"}
_ICD_10_BEGAN = "2015-10-01"


def kind_of(entry: Entry) -> str | None:
    """Which OMOP table this is, by its columns."""
    columns = set(entry.header)
    return next((kind for kind, sign in _SIGNS.items() if sign in columns), None)


def opened(bench: Workbench, entry: Entry, kind: str, problems: list[Problem]) -> SourceFile | None:
    """The file on the workbench, with the problem that no run can be made of such files."""
    refused = _refused()
    if refused not in problems:
        problems.append(refused)
    wanted = Wanted(expected=_READ.get(kind, ()))
    return open_table(bench, entry, problems, kind=kind, format=NAME, wanted=wanted)


def _refused() -> Problem:
    return Problem(
        "input",
        "format",
        "OMOP keeps no claim lines as they were billed: without the TIN, the specialty and the "
        "allowed amount of each line nobody can be attributed and nothing adjusted",
        _ELSEWHERE,
        "Give the claims that the OMOP tables were made from.",
    )


def read(files: Iterable[SourceFile], bench: Workbench) -> Reading:
    """What the tables state of what a run needs, to be measured; no run reads it."""
    reading = Reading()
    listed = list(files)
    views = {
        kind: _together(bench, kind, [file for file in listed if file.kind == kind])
        for kind in _READ
    }
    for file in listed:
        if file.kind == "person":
            _people(reading, file, views["death"])
        elif file.kind == "payer_plan_period":
            _months(reading, file)
        elif file.kind == "visit_occurrence":
            _visits(reading, file)
        elif file.kind == "procedure_occurrence":
            _procedures(reading, file, views)
        elif file.kind == "condition_occurrence":
            _conditions(reading, file)
    return reading


def _together(bench: Workbench, kind: str, files: list[SourceFile]) -> str:
    """A view of all files of a kind; of none, one without rows."""
    columns = ", ".join(_READ[kind])
    none = ", ".join(f"NULL::VARCHAR AS {column}" for column in _READ[kind])
    selects = [f"SELECT {columns} FROM {file.view}" for file in files]
    view = f"omop_{kind}"
    rows = " UNION ALL ".join([*selects, f"SELECT {none} WHERE false"])
    bench.connection.execute(f"CREATE OR REPLACE VIEW {view} AS {rows}")
    return view


def _people(reading: Reading, file: SourceFile, deaths: str) -> None:
    born = (
        "CASE WHEN year_of_birth IS NOT NULL THEN concat_ws('-', year_of_birth, "
        "lpad(coalesce(month_of_birth, '1'), 2, '0'), lpad(coalesce(day_of_birth, '1'), 2, '0')) "
        "END"
    )
    columns = {
        "beneficiary_id": "person_id",
        "birth_date": born,
        "sex": coded("gender_concept_id", _SEXES, "'0'"),
        "death_date": f"(SELECT min(death_date) FROM {deaths} d WHERE d.person_id = p.person_id)",
    }
    reading.parts.append(Part("beneficiary", file, columns, relation=f"{file.view} p"))


def _months(reading: Reading, file: SourceFile) -> None:
    """The months of a plan's period, all plans of a person together."""
    begins, ends = (f"try_cast(payer_plan_period_{side}_date AS DATE)" for side in ("start", "end"))
    plan = "lower(concat_ws(' ', payer_source_value, plan_source_value))"
    stated = {"part_a": "%part a%", "part_b": "%part b%", "ma_enrolled": "%hmo%"}
    flags = ", ".join(
        f"bool_or({plan} LIKE '{words}') OVER month_of_person AS {name}"
        for name, words in stated.items()
    )
    relation = (
        f"(SELECT *, {flags}, row_number() OVER (month_of_person ORDER BY source_row) AS turn FROM "
        f"(SELECT *, unnest(CASE WHEN {ends} >= {begins} THEN generate_series(date_trunc('month', "
        f"{begins}), date_trunc('month', {ends}), INTERVAL 1 MONTH) ELSE [NULL::TIMESTAMP] END) "
        f"AS month FROM {file.view}) WINDOW month_of_person AS (PARTITION BY person_id, month))"
    )
    columns = {
        "beneficiary_id": "person_id",
        "year_month": "strftime(month, '%Y%m')",
        **{name: f"CASE WHEN {name} THEN 'true' ELSE 'false' END" for name in stated},
        "source_grain": "'span'",
    }
    refused = "CASE WHEN month IS NULL THEN 'span without usable dates' END"
    where = "turn = 1 OR month IS NULL"
    reading.parts.append(
        Part("enrollment_month", file, columns, relation=relation, where=where, refused=refused)
    )


_CLASS = coded("visit_concept_id", _CLASSES, "visit_concept_id")


def _visits(reading: Reading, file: SourceFile) -> None:
    columns = {
        "claim_id": "visit_occurrence_id",
        "beneficiary_id": "person_id",
        "claim_class": _CLASS,
        "from_date": "visit_start_date",
        "thru_date": "visit_end_date",
    }
    reading.parts.append(Part("claim", file, columns))


def _procedures(reading: Reading, file: SourceFile, views: dict[str, str]) -> None:
    relation = (
        f"(SELECT p.*, {_CLASS} AS claim_class, npi, CASE WHEN "
        "regexp_full_match(care_site_source_value, '[0-9]{9}') THEN care_site_source_value END "
        f"AS tin FROM {file.view} p LEFT JOIN {views['visit_occurrence']} v "
        f"USING (visit_occurrence_id) LEFT JOIN {views['care_site']} s USING (care_site_id) "
        f"LEFT JOIN {views['provider']} USING (provider_id))"
    )
    columns = {
        "claim_id": "visit_occurrence_id",
        "line_number": "procedure_occurrence_id",
        "beneficiary_id": "person_id",
        "claim_class": "claim_class",
        "from_date": "procedure_date",
        "hcpcs_code": "procedure_source_value",
        "units": "quantity",
        "tin": "tin",
        "npi": "npi",
    }
    reading.parts.append(Part("claim_line", file, columns, relation=relation))


def _conditions(reading: Reading, file: SourceFile) -> None:
    columns = {
        "claim_id": "visit_occurrence_id",
        "seq": "condition_occurrence_id",
        "beneficiary_id": "person_id",
        "code": "condition_source_value",
        "icd_version": f"CASE WHEN condition_start_date < '{_ICD_10_BEGAN}' THEN '9' ELSE '10' END",
    }
    reading.parts.append(Part("diagnosis", file, columns))
