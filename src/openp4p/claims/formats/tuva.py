"""The Tuva input layer: medical_claim, eligibility, pharmacy_claim, of any vintage.

Columns: The Tuva Project, input layer documentation; the seeds of 2022-2023 use older names.
"""

from __future__ import annotations

from pathlib import Path

from openp4p.claims.formats.parts import Part, Reading, coded, total
from openp4p.claims.formats.states import STATE_NAMES
from openp4p.claims.formats.workbench import SourceFile, Workbench, header_of

NAME = "tuva"
UPPER = False
_KINDS = {
    "medical": {"CLAIM_ID", "CLAIM_LINE_NUMBER", "CLAIM_TYPE", "HCPCS_CODE"},
    "eligibility": {"ENROLLMENT_START_DATE", "ENROLLMENT_END_DATE"},
    "pharmacy": {"CLAIM_ID", "CLAIM_LINE_NUMBER", "NDC_CODE"},
    "attribution": {"PAYER_ATTRIBUTED_PROVIDER"},
}
_MOST_CODES = 25


def kind_of(path: Path) -> str | None:
    """Which Tuva table this is, by its columns."""
    columns = set(header_of(path))
    return next((kind for kind, needed in _KINDS.items() if needed <= columns), None)


def read(files: dict[Path, SourceFile], bench: Workbench) -> Reading:
    """The canonical parts of Tuva input tables."""
    reading = Reading()
    for path, file in files.items():
        kind = kind_of(path)
        if kind == "medical":
            _medical(reading, file, bench)
        elif kind == "eligibility":
            _eligibility(reading, file, bench)
        elif kind == "pharmacy":
            _pharmacy(reading, file, bench)
        elif kind == "attribution":
            reading.parts.append(
                Part(
                    "claim",
                    file,
                    {"beneficiary_id": _first(file, "person_id", "patient_id")},
                    refused="'a payer attribution list is not used'",
                )
            )
    reading.note(
        "no_specialty",
        "The claims state no specialty: every primary care service counts in the first attribution "
        "step, unless a roster is supplied.",
    )
    reading.note(
        "enrolment_without_parts",
        "Enrolment spans do not tell Part A from Part B: each month of a span counts as both.",
    )
    return reading


def _medical(reading: Reading, file: SourceFile, bench: Workbench) -> None:
    person = _first(file, "person_id", "patient_id")
    drg = _first(file, "drg_code", "ms_drg_code")
    claim_class = _claim_class()
    from_date = _either(file, "claim_line_start_date", "claim_start_date")
    if not (file.has("rendering_tin") or file.has("billing_tin")):
        reading.note(
            "no_tin",
            "The claims carry no TIN: the billing NPI, or else the rendering NPI, stands for the "
            "practice unless a crosswalk names it.",
        )
    tin = _either(file, "billing_tin", "rendering_tin", "billing_npi", "rendering_npi")
    header = f"claims_{file.view}"
    bench.connection.execute(
        f"CREATE TABLE {header} AS SELECT *, {claim_class} AS claim_class, "
        f"row_number() OVER (PARTITION BY claim_id ORDER BY "
        f"try_cast(claim_line_number AS INTEGER), source_row) AS place FROM {file.view}"
    )
    money = {}
    for column in ("paid_amount", "allowed_amount", "deductible_amount", "coinsurance_amount"):
        if file.has(column):
            money[column] = (
                f"sum(try_cast({column} AS DECIMAL(18, 2))) OVER (PARTITION BY claim_id)"
            )
    summed = f"sums_{file.view}"
    bench.connection.execute(
        f"CREATE VIEW {summed} AS SELECT *, "
        + ", ".join(f"CAST({sql} AS VARCHAR) AS total_{c}" for c, sql in money.items())
        + f" FROM {header}"
    )
    allowed = "total_allowed_amount" if "allowed_amount" in money else "NULL"
    columns = {
        "claim_id": "claim_id",
        "beneficiary_id": person,
        "claim_class": "claim_class",
        "from_date": "claim_start_date",
        "thru_date": "claim_end_date",
        "admission_date": _first(file, "admission_date"),
        "discharge_date": _first(file, "discharge_date"),
        "discharge_status": _first(file, "discharge_disposition_code"),
        "admission_type": _first(file, "admit_type_code"),
        "admission_source": _first(file, "admit_source_code"),
        "facility_npi": _first(file, "facility_npi"),
        "bill_type": "left(bill_type_code, 3)",
        "drg": drg,
        "paid_amount": "total_paid_amount",
        "allowed_amount": f"coalesce({allowed}, {_paid_with_shares(money)})",
    }
    reading.parts.append(Part("claim", file, columns, relation=summed, where="place = 1"))
    line = {
        "claim_id": "claim_id",
        "line_number": "claim_line_number",
        "beneficiary_id": person,
        "claim_class": "claim_class",
        "from_date": from_date,
        "thru_date": _either(file, "claim_line_end_date", "claim_end_date"),
        "hcpcs_code": "hcpcs_code",
        **{f"modifier_{n}": _first(file, f"hcpcs_modifier_{n}") for n in range(1, 5)},
        "revenue_code": _first(file, "revenue_center_code"),
        "units": _first(file, "service_unit_quantity"),
        "place_of_service": _first(file, "place_of_service_code"),
        "tin": f"CASE WHEN claim_class = 'PART_B' THEN {tin} END",
        "npi": _first(file, "rendering_npi"),
        "billing_npi": _first(file, "billing_npi"),
        "allowed_amount": _first(file, "allowed_amount"),
        "paid_amount": "paid_amount",
        "deductible": _first(file, "deductible_amount"),
        "coinsurance": _first(file, "coinsurance_amount"),
    }
    reading.parts.append(Part("claim_line", file, line, relation=header))
    _codes(reading, file, header, person)


def _codes(reading: Reading, file: SourceFile, header: str, person: str) -> None:
    nine = "CASE WHEN {0} LIKE 'icd-9%' THEN '9' ELSE '10' END"
    for table, stem in (("diagnosis", "diagnosis"), ("procedure", "procedure")):
        version = _first(file, f"{stem}_code_type")
        for number in range(1, _MOST_CODES + 1):
            column = f"{stem}_code_{number}"
            if not file.has(column):
                continue
            columns = {
                "claim_id": "claim_id",
                "seq": f"'{number}'",
                "beneficiary_id": person,
                "code": column,
                "icd_version": nine.format(version),
            }
            if table == "diagnosis":
                columns["role"] = "'principal'" if number == 1 else "'secondary'"
                columns["poa"] = _first(file, f"diagnosis_poa_{number}")
            else:
                columns["procedure_date"] = _first(file, f"procedure_date_{number}")
            reading.parts.append(
                Part(
                    table,
                    file,
                    columns,
                    relation=header,
                    where=f"place = 1 AND {column} IS NOT NULL",
                )
            )


def _claim_class() -> str:
    """Claim class by claim type and the first two characters of the type of bill."""
    by_bill = {
        "INPATIENT": ("11", "41"),
        "SNF": ("21", "22", "18", "28"),
        "HHA": ("32", "33", "34"),
        "HOSPICE": ("81", "82"),
    }
    cases = " ".join(
        f"WHEN left(bill_type_code, 2) IN ({', '.join(repr(b) for b in bills)}) THEN '{name}'"
        for name, bills in by_bill.items()
    )
    return f"CASE WHEN claim_type = 'professional' THEN 'PART_B' {cases} ELSE 'OUTPATIENT' END"


def _eligibility(reading: Reading, file: SourceFile, bench: Workbench) -> None:
    person = _first(file, "person_id", "patient_id")
    latest = f"latest_{file.view}"
    bench.connection.execute(
        f"CREATE VIEW {latest} AS SELECT *, row_number() OVER (PARTITION BY {person} "
        f"ORDER BY enrollment_end_date DESC, source_row) AS place FROM {file.view}"
    )
    state = coded("upper(state)", STATE_NAMES, "CASE WHEN length(state) = 2 THEN upper(state) END")
    reading.parts.append(
        Part(
            "beneficiary",
            file,
            {
                "beneficiary_id": person,
                "birth_date": "birth_date",
                "sex": coded("lower(gender)", {"male": "1", "female": "2"}, "'0'"),
                "death_date": "death_date",
                "race": _first(file, "race"),
                "orig_entitlement_code": _first(file, "original_reason_entitlement_code"),
                "state": state if file.has("state") else "NULL",
                "zip5": f"left({_first(file, 'zip_code')}, 5)",
            },
            relation=latest,
            where="place = 1",
        )
    )
    spans = f"spans_{file.view}"
    dual, status = _first(file, "dual_status_code"), _first(file, "medicare_status_code")
    bench.connection.execute(
        f"CREATE VIEW {spans} AS SELECT *, row_number() OVER (PARTITION BY {person}, month ORDER BY "
        "enrollment_start_date DESC, source_row) AS turn FROM (SELECT f.*, "
        "unnest(generate_series(date_trunc('month', try_cast(enrollment_start_date AS DATE)), "
        "date_trunc('month', least(try_cast(enrollment_end_date AS DATE), "
        f"DATE '2100-01-01')), INTERVAL 1 MONTH)) AS month FROM {file.view} f)"
    )
    advantage = f"lower(coalesce({_first(file, 'payer_type')}, '')) LIKE '%advantage%'"
    reading.parts.append(
        Part(
            "enrollment_month",
            file,
            {
                "beneficiary_id": person,
                "year_month": "strftime(month, '%Y%m')",
                "part_a": "'true'",
                "part_b": "'true'",
                "ma_enrolled": f"CASE WHEN {advantage} THEN 'true' ELSE 'false' END",
                "entitlement_status": f"nullif({status}, '0')",
                "dual_status": f"lpad({dual}, 2, '0')",
                "source_grain": "'span'",
            },
            relation=spans,
            where="turn = 1",
        )
    )


def _pharmacy(reading: Reading, file: SourceFile, bench: Workbench) -> None:
    person = _first(file, "person_id", "patient_id")
    day = _either(file, "dispensing_date", "paid_date")
    columns = {
        "claim_id": "'PDE' || claim_id || '-' || claim_line_number",
        "beneficiary_id": person,
        "claim_class": "'PDE'",
        "from_date": day,
        "thru_date": day,
        "paid_amount": _first(file, "paid_amount"),
        "allowed_amount": _first(file, "allowed_amount"),
    }
    reading.parts.append(Part("claim", file, columns))


def _paid_with_shares(money: dict[str, str]) -> str:
    return total(*[f"total_{column}" for column in money if column != "allowed_amount"])


def _first(file: SourceFile, *names: str) -> str:
    """The first of the columns that the file has, or null."""
    return next((name for name in names if file.has(name)), "NULL")


def _either(file: SourceFile, *names: str) -> str:
    """The first filled one of the columns that the file has."""
    present = [name for name in names if file.has(name)]
    return f"coalesce({', '.join(present)})" if present else "NULL"
