"""The Tuva input layer: medical_claim, eligibility, pharmacy_claim, of any vintage.

Columns: The Tuva Project, input layer documentation; the seeds of 2022-2023 use older names.
"""

from __future__ import annotations

from collections.abc import Iterable

from openp4p.claims.formats.entries import Entry
from openp4p.claims.formats.opening import Wanted, open_table
from openp4p.claims.formats.parts import Part, Reading, coded, stacked, total
from openp4p.claims.formats.states import STATE_NAMES
from openp4p.claims.formats.workbench import SourceFile, Workbench
from openp4p.errors import Problem

NAME = "tuva"
# where each table that a run needs comes from
FILES = {
    "beneficiary": "the table eligibility",
    "enrollment_month": "the table eligibility",
    "claim": "the table medical_claim",
    "claim_line": "the table medical_claim",
}
_SIGNS = {
    "eligibility": {"ENROLLMENT_START_DATE", "ENROLLMENT_END_DATE"},
    "pharmacy": {"NDC_CODE"},
    "attribution": {"PAYER_ATTRIBUTED_PROVIDER"},
    "medical": {"CLAIM_START_DATE", "CLAIM_END_DATE", "BILL_TYPE_CODE", "DIAGNOSIS_CODE_TYPE"},
}
_PERSON = ("PERSON_ID", "PATIENT_ID")
_REQUIRED = {
    "medical": (
        "CLAIM_ID",
        "CLAIM_LINE_NUMBER",
        "CLAIM_TYPE",
        "CLAIM_START_DATE",
        "CLAIM_END_DATE",
        "BILL_TYPE_CODE",
        "HCPCS_CODE",
        "RENDERING_NPI",
        "PAID_AMOUNT",
    ),
    "eligibility": ("GENDER", "BIRTH_DATE", "ENROLLMENT_START_DATE", "ENROLLMENT_END_DATE"),
    "pharmacy": ("CLAIM_ID", "CLAIM_LINE_NUMBER"),
    "attribution": (),
}
_OPTIONAL = {
    "medical": ("allowed_amount",),
    "eligibility": ("death_date", "state", "zip_code"),
    "pharmacy": (),
    "attribution": (),
}
_MOST_CODES = 25
_ICD_10_BEGAN = "2015-10-01"
# type of bill: three characters, or four with a leading zero
_BILL = (
    "CASE WHEN bill_type_code LIKE '0___' THEN bill_type_code[2:] ELSE left(bill_type_code, 3) END"
)
_FIRST_DAY, _LAST_DAY = "DATE '1965-07-01'", "DATE '2100-12-31'"


def kind_of(entry: Entry) -> str | None:
    """Which Tuva table this is, by its columns."""
    columns = set(entry.header)
    return next((kind for kind, signs in _SIGNS.items() if signs & columns), None)


def opened(bench: Workbench, entry: Entry, kind: str, problems: list[Problem]) -> SourceFile | None:
    """The file on the workbench; columns that may be absent are there as nulls."""
    lacking = [name.lower() for name in _REQUIRED[kind] if name not in entry.header]
    if not set(_PERSON) & set(entry.header):
        lacking.append("person_id")
    wanted = Wanted(expected=_OPTIONAL[kind])
    return open_table(
        bench, entry, problems, kind=kind, format=NAME, wanted=wanted, lacking=lacking
    )


def read(files: Iterable[SourceFile], bench: Workbench) -> Reading:
    """The canonical parts of Tuva input tables."""
    reading = Reading()
    for file in files:
        kind = file.kind
        if kind == "medical":
            _medical(reading, file, bench)
        elif kind == "eligibility":
            _eligibility(reading, file, bench)
        elif kind == "pharmacy":
            _pharmacy(reading, file)
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
    from_date = _either(file, "claim_line_start_date", "claim_start_date")
    if not (file.has("rendering_tin") or file.has("billing_tin")):
        reading.note(
            "no_tin",
            "The claims carry no TIN: the billing NPI, or else the rendering NPI, stands for the "
            "practice unless a crosswalk names it.",
        )
        tin = _either(file, "billing_npi", "rendering_npi")
    else:
        tin = _either(file, "billing_tin", "rendering_tin")
    header = f"claims_{file.view}"
    bench.connection.execute(
        f"CREATE TABLE {header} AS SELECT *, {_claim_class()} AS claim_class, "
        "row_number() OVER (PARTITION BY claim_id ORDER BY "
        "try_cast(claim_line_number AS INTEGER), source_row) AS place, "
        "row_number() OVER (PARTITION BY claim_id, claim_line_number ORDER BY source_row) AS copy "
        f"FROM (SELECT *, {_BILL} AS bill FROM {file.view})"
    )
    if bench.one(f"SELECT count(*) FROM {header} WHERE allowed_amount IS NULL"):
        reading.note(
            "allowed_from_paid",
            "Some lines state no allowed amount: where no line of a claim states one, the claim's "
            "is what was paid plus deductible and coinsurance, as far as they are given.",
        )
    money = {
        column: f"sum(try_cast({column} AS DECIMAL(18, 2))) FILTER (copy = 1) "
        "OVER (PARTITION BY claim_id)"
        for column in ("paid_amount", "allowed_amount", "deductible_amount", "coinsurance_amount")
        if file.has(column)
    }
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
        "admission_date": _stay(file, "admission_date", "claim_start_date"),
        "discharge_date": _stay(file, "discharge_date", "claim_end_date"),
        "discharge_status": _first(file, "discharge_disposition_code"),
        "admission_type": _first(file, "admit_type_code"),
        "admission_source": _first(file, "admit_source_code"),
        "facility_npi": _first(file, "facility_npi"),
        "bill_type": "bill",
        "drg": drg,
        "paid_amount": "total_paid_amount",
        "allowed_amount": f"coalesce({allowed}, {_paid_with_shares(money)})",
        "paid_date": _first(file, "paid_date"),
    }
    # the source states dollars by line, also for institutions: the ledger counts lines
    reading.parts.append(
        Part("claim", file, columns, relation=summed, where="place = 1", counted="false")
    )
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
    reading.parts.append(Part("claim_line", file, line, relation=header, counted="true"))
    _codes(reading, file, header, person)


def _codes(reading: Reading, file: SourceFile, header: str, person: str) -> None:
    version_of = (
        "CASE WHEN lower({0}) LIKE 'icd-9%' THEN '9' WHEN lower({0}) LIKE 'icd-10%' THEN '10' "
        f"WHEN claim_start_date < '{_ICD_10_BEGAN}' THEN '9' ELSE '10' END"
    )
    for table, stem in (("diagnosis", "diagnosis"), ("procedure", "procedure")):
        beside, name = _BESIDE_THE_CODE[table]
        slots = {
            number: {
                "code": f"{stem}_code_{number}",
                "beside": _first(file, f"{beside}_{number}"),
            }
            for number in range(1, _MOST_CODES + 1)
            if file.has(f"{stem}_code_{number}")
        }
        if not slots:
            continue
        version = _first(file, f"{stem}_code_type")
        columns = {
            "claim_id": "claim_id",
            "seq": "CAST(slot AS VARCHAR)",
            "beneficiary_id": "person",
            "code": "code",
            "icd_version": version_of.format("version"),
            name: "beside",
        }
        if table == "diagnosis":
            columns["role"] = coded("CAST(slot AS VARCHAR)", {"1": "principal"}, "'secondary'")
        kept = ("claim_id", "claim_start_date", f"{person} AS person", f"{version} AS version")
        relation = stacked(header, kept, slots, "code", "place = 1")
        reading.parts.append(Part(table, file, columns, relation=relation, slot="slot"))


_BESIDE_THE_CODE = {
    "diagnosis": ("diagnosis_poa", "poa"),
    "procedure": ("procedure_date", "procedure_date"),
}


def _claim_class() -> str:
    """Claim class by claim type and the first two characters of the type of bill."""
    by_bill = {
        "INPATIENT": ("11", "41"),
        "SNF": ("21", "22", "18", "28"),
        "HHA": ("32", "33", "34"),
        "HOSPICE": ("81", "82"),
    }
    cases = " ".join(
        f"WHEN left(bill, 2) IN ({', '.join(repr(b) for b in bills)}) THEN '{name}'"
        for name, bills in by_bill.items()
    )
    # a claim type that is neither stays as it is, to be set aside as an unknown code
    return (
        "CASE WHEN lower(claim_type) = 'professional' THEN 'PART_B' "
        f"WHEN lower(claim_type) <> 'institutional' THEN claim_type {cases} ELSE 'OUTPATIENT' END"
    )


def _stay(file: SourceFile, column: str, instead: str) -> str:
    """A date of a stay; the claim's own date where the source leaves it blank."""
    return (
        f"CASE WHEN claim_class IN ('INPATIENT', 'SNF') THEN {_either(file, column, instead)} END"
    )


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
                "state": state,
                "zip5": "left(zip_code, 5)",
            },
            relation=latest,
            where="place = 1",
        )
    )
    spans = f"spans_{file.view}"
    dual, status = _first(file, "dual_status_code"), _first(file, "medicare_status_code")
    begins, ends = (f"try_cast(enrollment_{side}_date AS DATE)" for side in ("start", "end"))
    # a span without an end goes on as far as the last one that has one
    bench.connection.execute(
        f"CREATE VIEW {spans} AS SELECT *, row_number() OVER (PARTITION BY {person}, month "
        "ORDER BY begins DESC, source_row) AS turn FROM (SELECT *, unnest(CASE WHEN ends >= begins "
        f"AND begins >= {_FIRST_DAY} AND ends <= {_LAST_DAY} THEN "
        "generate_series(date_trunc('month', begins), date_trunc('month', ends), "
        "INTERVAL 1 MONTH) "
        f"ELSE [CAST(NULL AS TIMESTAMP)] END) AS month FROM (SELECT *, {begins} AS begins, "
        f"CASE WHEN enrollment_end_date IS NULL THEN (SELECT max({ends}) FROM {file.view}) "
        f"ELSE {ends} END AS ends FROM {file.view}))"
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
                "hospice": _first(file, "hospice_flag"),
                "institutional": _first(file, "long_term_institutional_flag"),
                "source_grain": "'span'",
            },
            relation=spans,
            where="turn = 1 OR month IS NULL",
            refused="CASE WHEN month IS NULL THEN 'span without usable dates' END",
        )
    )


def _pharmacy(reading: Reading, file: SourceFile) -> None:
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
        "paid_date": _first(file, "paid_date"),
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
