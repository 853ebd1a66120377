"""People in CCLF: one identifier each, who they are, and the months they are taken as enrolled.

Source: CMS, CCLF Information Packet, version 38.0: sections 3.1 and 5.1.1 (identity), 3.6 (dates).
"""

from __future__ import annotations

from collections.abc import Sequence

from openp4p.claims.formats.cclf_files import delivered
from openp4p.claims.formats.parts import Part, Reading, coded
from openp4p.claims.formats.states import FIPS_STATES
from openp4p.claims.formats.workbench import SourceFile, Workbench

# identifiers change a few times in a life; a circle of them must end too
_LONGEST_CHAIN = 20
_NO_DATE = ("1000-01-01", "9999-12-31")
_STATED_ID = "coalesce(BENE_MBI_ID, BENE_HIC_NUM)"
_PART_A, _PART_B = ("1", "3", "A", "C"), ("2", "3", "B", "C")
_ALIVE = "coalesce(try_cast(died AS DATE), DATE '9999-12-31')"


def date(column: str) -> str:
    """SQL of a date, null for the two that stand for none."""
    return f"CASE WHEN {column} NOT IN {_NO_DATE} THEN {column} END"


def identify(bench: Workbench, files: Sequence[SourceFile]) -> None:
    """The table `cclf_persons`: every identifier that is not the latest, and the latest.

    An identifier leads to the one that CCLF9 says replaced it, a HICN to the MBI it stands beside
    in CCLF8, and so on to the end.
    """
    edges = [
        f"SELECT PRVS_NUM AS old, CRNT_NUM AS new, {delivered(file)} AS said, PRVS_ID_OBSLT_DT "
        f"AS until FROM {file.view} WHERE PRVS_NUM <> CRNT_NUM"
        for file in files
        if file.kind == "9"
    ] + [
        f"SELECT BENE_HIC_NUM, BENE_MBI_ID, {delivered(file)}, NULL FROM {file.view} "
        "WHERE BENE_HIC_NUM <> BENE_MBI_ID"
        for file in files
        if file.kind == "8"
    ]
    none = "SELECT NULL::VARCHAR AS old, NULL::VARCHAR AS new, NULL::VARCHAR AS said, "
    none += "NULL::VARCHAR AS until WHERE false"
    bench.connection.execute(
        "CREATE TABLE cclf_edges AS SELECT old, arg_max(new, (coalesce(said, ''), "
        f"coalesce(until, ''), new)) AS new FROM ({' UNION ALL '.join([none, *edges])}) "
        "WHERE old IS NOT NULL AND new IS NOT NULL GROUP BY old"
    )
    bench.connection.execute(
        "CREATE TABLE cclf_persons AS WITH RECURSIVE chain AS ("
        "SELECT old, new, 1 AS steps FROM cclf_edges UNION ALL "
        "SELECT c.old, e.new, c.steps + 1 FROM chain c JOIN cclf_edges e ON e.old = c.new "
        f"WHERE e.new <> c.old AND c.steps < {_LONGEST_CHAIN}) "
        "SELECT old, arg_max(new, steps) AS person FROM chain GROUP BY old"
    )
    for file in files:
        if file.kind == "9":
            file.consulted = True


def person(alias: str) -> str:
    """SQL of the latest identifier of a row's person, with `cclf_persons` joined as an alias."""
    return f"coalesce({alias}.person, {_STATED_ID})"


def joined(alias: str) -> str:
    """The join that `person` needs."""
    return f"LEFT JOIN cclf_persons {alias} ON {alias}.old = {_STATED_ID}"


def people(reading: Reading, bench: Workbench, files: Sequence[SourceFile]) -> None:
    """Beneficiaries and their months, of all CCLF8 files: the latest delivery says who one is."""
    listed = [file for file in files if file.kind == "8"]
    spans = [file for file in files if file.kind == "enrollment"]
    if not listed:
        return
    selects = [
        f"SELECT {number} AS file_number, source_row, coalesce({delivered(file)}, '') AS said, "
        f"{person('p')} AS person, BENE_RNG_BGN_DT AS hospice_from FROM {file.view} {joined('p')}"
        for number, file in enumerate(listed)
    ]
    bench.connection.execute(
        "CREATE TABLE cclf_listed AS SELECT *, row_number() OVER (PARTITION BY person ORDER BY "
        "said DESC, file_number DESC, coalesce(hospice_from, '') DESC, source_row) AS place "
        f"FROM ({' UNION ALL '.join(selects)})"
    )
    for number, file in enumerate(listed):
        _beneficiaries(reading, bench, number, file)
    if spans:
        for file in spans:
            _stated_months(reading, bench, file)
    else:
        _first_and_last_month(bench, files)
        for number, file in enumerate(listed):
            _assumed_months(reading, bench, number, file)
        reading.note(
            "enrolment_assumed",
            "CCLF does not say in which months a person was enrolled: those listed count as "
            "fee-for-service from the day Part A or B began to the last month of the claims, or "
            "death. Lay an enrollment_month file beside to say it.",
        )


def _row_of(number: int, file: SourceFile) -> str:
    """The rows of a file with their person; `is_latest` for the one that says who it is."""
    return (
        f"SELECT f.*, l.person, l.place = 1 AS is_latest, l.place FROM {file.view} f "
        f"JOIN cclf_listed l ON l.file_number = {number} AND l.source_row = f.source_row"
    )


def _beneficiaries(reading: Reading, bench: Workbench, number: int, file: SourceFile) -> None:
    view = f"listed_{file.view}"
    bench.connection.execute(f"CREATE VIEW {view} AS {_row_of(number, file)}")
    state = (
        "coalesce(CASE WHEN length(GEO_USPS_STATE_CD) = 2 THEN upper(GEO_USPS_STATE_CD) END, "
        f"{coded('lpad(BENE_FIPS_STATE_CD, 2, chr(48))', FIPS_STATES)})"
    )
    columns = {
        "beneficiary_id": "person",
        "birth_date": date("BENE_DOB"),
        "sex": "coalesce(BENE_SEX_CD, '0')",
        "death_date": date("BENE_DEATH_DT"),
        "race": "BENE_RACE_CD",
        "orig_entitlement_code": "BENE_ORGNL_ENTLMT_RSN_CD",
        "state": state,
        "county": "BENE_FIPS_CNTY_CD",
        "zip5": "coalesce(GEO_ZIP5_CD, BENE_ZIP_CD)",
    }
    reading.parts.append(
        Part(
            "beneficiary",
            file,
            columns,
            relation=view,
            refused="CASE WHEN NOT is_latest AND person IS NOT NULL THEN 'in a later delivery' END",
        )
    )


def _first_and_last_month(bench: Workbench, files: Sequence[SourceFile]) -> None:
    """The table `cclf_months`: from the January of the first claim to the last month known of."""
    days = [
        f"SELECT try_cast(CLM_FROM_DT AS DATE) AS first, try_cast(CLM_THRU_DT AS DATE) AS last "
        f"FROM {file.view}"
        for file in files
        if file.kind in ("1", "5", "6")
    ] + [
        f"SELECT NULL::DATE AS first, try_cast({delivered(file)} AS DATE) - INTERVAL 1 MONTH "
        f"AS last FROM {file.view} LIMIT 1"
        for file in files
        if file.kind == "8"
    ]
    known = " UNION ALL ".join(f"({select})" for select in days)
    bench.connection.execute(
        "CREATE TABLE cclf_months AS SELECT unnest(generate_series(date_trunc('year', first), "
        "date_trunc('month', last), INTERVAL 1 MONTH)) AS month FROM (SELECT "
        f"min(first) AS first, greatest(max(last), min(first)) AS last FROM ({known}) "
        "WHERE coalesce(year(first), 2000) BETWEEN 1966 AND 2100 "
        "AND coalesce(year(last), 2000) BETWEEN 1966 AND 2100)"
    )


def _assumed_months(reading: Reading, bench: Workbench, number: int, file: SourceFile) -> None:
    view = f"months_{file.view}"
    begins = {
        part: f"coalesce(try_cast({date(f'BENE_PART_{part}_ENRLMT_BGN_DT')} AS DATE), "
        f"CASE WHEN BENE_ENTLMT_BUYIN_IND IS NULL OR BENE_ENTLMT_BUYIN_IND IN {codes} "
        "THEN DATE '1900-01-01' END)"
        for part, codes in (("A", _PART_A), ("B", _PART_B))
    }
    within = (
        "m.month BETWEEN date_trunc('month', try_cast(BENE_RNG_BGN_DT AS DATE)) AND "
        f"coalesce(try_cast({date('BENE_RNG_END_DT')} AS DATE), DATE '2100-12-31')"
    )
    bench.connection.execute(
        f"CREATE VIEW {view} AS SELECT l.*, strftime(m.month, '%Y%m') AS year_month, "
        f"coalesce({begins['A']} <= last_day(m.month::DATE), false) AS has_a, "
        f"coalesce({begins['B']} <= last_day(m.month::DATE), false) AS has_b, "
        f"coalesce({within}, false) AS in_hospice "
        f"FROM ({_row_of(number, file)}) l, cclf_months m "
        f"WHERE l.is_latest AND m.month <= {_ALIVE.replace('died', date('BENE_DEATH_DT'))}"
    )
    columns = {
        "beneficiary_id": "person",
        "year_month": "year_month",
        "part_a": "CAST(has_a AS VARCHAR)",
        "part_b": "CAST(has_b AS VARCHAR)",
        "ma_enrolled": "'false'",
        "entitlement_status": "BENE_MDCR_STUS_CD",
        "dual_status": "BENE_DUAL_STUS_CD",
        "hospice": "CAST(in_hospice AS VARCHAR)",
        "source_grain": "'span'",
    }
    reading.parts.append(
        Part(
            "enrollment_month",
            file,
            columns,
            relation=view,
            where="has_a OR has_b",
            assumed="enrolment_assumed",
        )
    )


def _stated_months(reading: Reading, bench: Workbench, file: SourceFile) -> None:
    """Months of the spans in a table of enrolment that lies beside the CCLF files."""
    view = f"spans_{file.view}"
    begins = "try_cast(ENROLLMENT_START_DATE AS DATE)"
    ends = "try_cast(ENROLLMENT_END_DATE AS DATE)"
    bench.connection.execute(
        f"CREATE VIEW {view} AS SELECT *, row_number() OVER (PARTITION BY member, month ORDER BY "
        "source_row) AS turn FROM (SELECT f.*, coalesce(p.person, CURRENT_BENE_MBI_ID) AS member, "
        f"unnest(CASE WHEN {ends} >= {begins} AND year({begins}) >= 1966 AND year({ends}) <= 2100 "
        f"THEN generate_series(date_trunc('month', {begins}), date_trunc('month', {ends}), "
        f"INTERVAL 1 MONTH) ELSE [CAST(NULL AS TIMESTAMP)] END) AS month FROM {file.view} f "
        "LEFT JOIN cclf_persons p ON p.old = CURRENT_BENE_MBI_ID)"
    )
    reading.parts.append(
        Part(
            "enrollment_month",
            file,
            {
                "beneficiary_id": "member",
                "year_month": "strftime(month, '%Y%m')",
                "part_a": "'true'",
                "part_b": "'true'",
                "ma_enrolled": "'false'",
                "source_grain": "'span'",
            },
            relation=view,
            where="turn = 1 OR month IS NULL",
            refused="CASE WHEN month IS NULL THEN 'span without usable dates' END",
        )
    )
    reading.note(
        "enrolment_without_parts",
        "Enrolment spans do not tell Part A from Part B: each month of a span counts as both.",
    )
