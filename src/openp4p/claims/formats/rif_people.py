"""People in RIF: who they are, and the months of their enrolment.

Source: CCW, MBSF codebook: buy-in and HMO indicators by month.
"""

from __future__ import annotations

from collections.abc import Sequence

from openp4p.claims.formats.parts import Part, Reading, coded
from openp4p.claims.formats.states import SSA_STATES
from openp4p.claims.formats.workbench import SourceFile, Workbench

_WITH_A, _WITH_B = ("1", "3", "A", "C"), ("2", "3", "B", "C")
# 4 is fee-for-service in a demonstration of disease management
_MANAGED = ("1", "2", "A", "B", "C")
_NO_YEAR = "no reference year"


def date(column: str) -> str:
    """SQL of a date as text that intake knows; RIF writes 24-MAR-2015, SAS 24MAR2015."""
    parsed = f"try_strptime({column}, ['%d-%b-%Y', '%d%b%Y', '%d%b%y'])"
    return f"coalesce(strftime({parsed}, '%Y-%m-%d'), {column})"


def people(reading: Reading, bench: Workbench, files: Sequence[SourceFile]) -> None:
    """Beneficiaries of their latest year, and the months of every year, of all summaries.

    Of several rows for a person and year the last in the order of delivery holds.
    """
    if not files:
        return
    year = "try_cast(RFRNC_YR AS INTEGER)"
    selects = [
        f"SELECT {number} AS file_number, source_row, BENE_ID, {year} AS year, "
        f"coalesce(DML_IND, '') AS change FROM {file.view}"
        for number, file in enumerate(files)
    ]
    bench.connection.execute(
        "CREATE TABLE rif_listed AS SELECT *, row_number() OVER (PARTITION BY BENE_ID, year "
        "ORDER BY file_number DESC, source_row DESC) AS turn FROM "
        f"({' UNION ALL '.join(selects)})"
    )
    bench.connection.execute(
        "CREATE TABLE rif_latest AS SELECT BENE_ID, max(year) AS latest FROM rif_listed "
        "WHERE turn = 1 AND upper(change) <> 'DELETE' GROUP BY 1"
    )
    for number, file in enumerate(files):
        _of_file(reading, bench, number, file)
    _compare_counts(reading, bench, files)


def _of_file(reading: Reading, bench: Workbench, number: int, file: SourceFile) -> None:
    view = f"people_{number}"
    bench.connection.execute(
        f"CREATE VIEW {view} AS SELECT f.*, l.year, l.year = t.latest AS is_latest, "
        f"CASE WHEN l.year IS NULL THEN '{_NO_YEAR}' WHEN l.turn > 1 THEN 'replaced' "
        "WHEN upper(l.change) = 'DELETE' THEN 'deleted' END AS refused "
        f"FROM {file.view} f JOIN rif_listed l ON l.file_number = {number} "
        "AND l.source_row = f.source_row LEFT JOIN rif_latest t ON t.BENE_ID = f.BENE_ID"
    )
    columns = {
        "beneficiary_id": "BENE_ID",
        "birth_date": date("BENE_BIRTH_DT"),
        "sex": "coalesce(BENE_SEX_IDENT_CD, '0')",
        "death_date": date("DEATH_DT"),
        "race": "BENE_RACE_CD",
        "orig_entitlement_code": "BENE_ENTLMT_RSN_ORIG",
        "state": coded("lpad(STATE_CODE, 2, '0')", SSA_STATES),
        "county": "BENE_COUNTY_CD",
        "zip5": "left(BENE_ZIP_CD, 5)",
    }
    reading.parts.append(
        Part(
            "beneficiary",
            file,
            columns,
            relation=view,
            where="is_latest OR refused IS NOT NULL",
            refused="refused",
        )
    )
    months = f"months_of_{view}"
    lists = ", ".join(
        f"list_value({', '.join(f'{name}_{n}' for n in range(1, 13))}) AS {name.lower()}"
        for name in ("BUYIN", "HMO", "STATUS", "DUAL")
    )
    died = f"try_cast({date('DEATH_DT')} AS DATE)"
    bench.connection.execute(
        f"CREATE VIEW {months} AS SELECT *, upper(buyin[month]) AS bought, upper(hmo[month]) AS "
        f"plan, status[month] AS stated, dual[month] AS dually FROM (SELECT *, {lists}, "
        f"{died} AS died, unnest(range(1, 13)) AS month FROM {view} WHERE refused IS NULL) "
        "WHERE buyin[month] IS NOT NULL AND coalesce(make_date(year, CAST(month AS INTEGER), 1) "
        "<= died, true)"
    )
    columns = {
        "beneficiary_id": "BENE_ID",
        "year_month": "CAST(year * 100 + month AS VARCHAR)",
        "part_a": f"CAST(bought IN {_WITH_A} AS VARCHAR)",
        "part_b": f"CAST(bought IN {_WITH_B} AS VARCHAR)",
        "ma_enrolled": f"CAST(coalesce(plan IN {_MANAGED}, false) AS VARCHAR)",
        "entitlement_status": "stated",
        "dual_status": "dually",
        "source_grain": "'month'",
    }
    reading.parts.append(Part("enrollment_month", file, columns, relation=months, slot="month"))


def _compare_counts(reading: Reading, bench: Workbench, files: Sequence[SourceFile]) -> None:
    """A note when the yearly counts of months are not those of the indicators."""
    differing = 0
    for number, _file in enumerate(files):
        for count, codes in (("A_MO_CNT", _WITH_A), ("B_MO_CNT", _WITH_B)):
            have = " + ".join(
                f"CASE WHEN upper(BUYIN_{n}) IN {codes} THEN 1 ELSE 0 END" for n in range(1, 13)
            )
            differing += bench.one(
                f"SELECT count(*) FROM people_{number} WHERE refused IS NULL AND "
                f"try_cast({count} AS INTEGER) <> {have}"
            )
    if differing:
        reading.note(
            "month_counts_differ",
            f"In {differing:,} cases the count of months with Part A or B in a year is not that of "
            "the monthly indicators; the indicators are used.",
        )
