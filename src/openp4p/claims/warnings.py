"""What is kept but deserves a look: odd numbers and codes, people nobody enrolled, notes."""

from __future__ import annotations

from pathlib import Path

from openp4p.claims.crosswalk import regrouped
from openp4p.claims.formats.workbench import Workbench
from openp4p.claims.settlement import Settled, write

_MOST_SAID = 6
_DOUBLED = (1, 3, 5, 7, 9)
_NPI_PREFIX_SUM = 24  # the digits of the prefix 80840, as the NPI check digit standard counts them
_DIGITS = " + ".join(
    f"(2 * CAST(npi[{n}] AS INTEGER)) // 10 + (2 * CAST(npi[{n}] AS INTEGER)) % 10"
    if n in _DOUBLED
    else f"CAST(npi[{n}] AS INTEGER)"
    for n in range(1, 11)
)
_NPI_SHAPE = "regexp_full_match(npi, '[0-9]{10}')"
_FALSE_CHECK_DIGIT = (
    f"CASE WHEN {_NPI_SHAPE} THEN ({_NPI_PREFIX_SUM} + {_DIGITS}) % 10 <> 0 ELSE false END"
)
_PROFESSIONAL = "claim_class = 'PART_B'"
# table, column, rule, test
_TESTS = (
    ("claim", "paid_amount", "negative amount", "paid_amount < 0 AND _counted"),
    ("claim", "allowed_amount", "negative amount", "allowed_amount < 0"),
    ("claim", "drg", "no valid DRG", "drg IS NULL AND claim_class = 'INPATIENT'"),
    ("claim_line", "paid_amount", "negative amount", "paid_amount < 0"),
    ("claim_line", "allowed_amount", "negative amount", "allowed_amount < 0"),
    ("claim_line", "tin", "missing", f"tin IS NULL AND {_PROFESSIONAL}"),
    ("claim_line", "tin", "not nine digits", "NOT regexp_full_match(tin, '[0-9]{9}')"),
    ("claim_line", "npi", "missing", f"npi IS NULL AND {_PROFESSIONAL}"),
    ("claim_line", "npi", "not ten digits", f"NOT {_NPI_SHAPE}"),
    ("claim_line", "npi", "check digit does not fit", _FALSE_CHECK_DIGIT),
    ("claim_line", "hcpcs_code", "missing", f"hcpcs_code IS NULL AND {_PROFESSIONAL}"),
    (
        "claim_line",
        "hcpcs_code",
        "not the shape of a HCPCS code",
        "NOT regexp_full_match(hcpcs_code, '[A-Z0-9][0-9]{3}[A-Z0-9]')",
    ),
)
_UNKNOWN_PERSON = (
    ("beneficiary", "beneficiary is not listed"),
    ("enrollment_month", "beneficiary has no enrolment"),
)


def keep_warnings(
    bench: Workbench, settled: dict[str, Settled], into: Path
) -> list[dict[str, str]]:
    """Store `intake_warnings`, counts by file, table, column and rule; a note that sums them up."""
    bench.connection.execute(
        "CREATE TABLE intake_warnings "
        '(file VARCHAR, table_name VARCHAR, "column" VARCHAR, rule VARCHAR, rows BIGINT)'
    )
    for name in ("claim", "claim_line"):
        if name in settled:
            # lines are judged as they are stored, with the practice of the crosswalk
            rows = regrouped(bench, settled) if name == "claim_line" else ""
            tests = [test for test in _TESTS if test[0] == name]
            _count(bench, rows or settled[name].accepted, tests)
    for table, rule in _UNKNOWN_PERSON:
        if "claim" in settled and table in settled:
            bench.connection.execute(
                f"INSERT INTO intake_warnings SELECT _file, 'claim', 'beneficiary_id', '{rule}', "
                f"count(*) FROM {settled['claim'].accepted} ANTI JOIN "
                f"(SELECT DISTINCT beneficiary_id FROM {settled[table].accepted}) "
                "USING (beneficiary_id) GROUP BY _file"
            )
    write(bench, ["SELECT * FROM intake_warnings ORDER BY ALL"], into / "intake_warnings")
    return note_on_warnings(bench)


def note_on_warnings(bench: Workbench) -> list[dict[str, str]]:
    """The note that sums up the table `intake_warnings`; none when it is empty."""
    found = bench.run(
        'SELECT table_name, "column", rule, sum(rows) FROM intake_warnings GROUP BY ALL '
        f"ORDER BY 4 DESC, 1, 2, 3 LIMIT {_MOST_SAID}"
    )
    if not found:
        return []
    listed = "; ".join(f"{table}.{column} {rule}: {rows}" for table, column, rule, rows in found)
    text = f"Used, but worth a look (table intake_warnings): {listed}."
    return [{"code": "input_warnings", "text": text}]


def _count(bench: Workbench, rows: str, tests: list[tuple[str, str, str, str]]) -> None:
    """How many of the rows that are used meet each test.

    Numbers and codes repeat, so that each is judged once, with the number of its rows.
    """
    for column in dict.fromkeys(column for _, column, _, _ in tests):
        asked = [test for test in tests if test[1] == column]
        sums = ", ".join(f"sum(n) FILTER ({test}) AS n{n}" for n, (*_, test) in enumerate(asked))
        bench.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE counted AS SELECT _file, {sums} FROM "
            f"(SELECT _file, claim_class, _counted, {column}, count(*) AS n FROM {rows} "
            "GROUP BY ALL) GROUP BY _file"
        )
        for n, (table, _column, rule, _test) in enumerate(asked):
            bench.connection.execute(
                f"INSERT INTO intake_warnings SELECT _file, '{table}', '{column}', '{rule}', n{n} "
                f"FROM counted WHERE n{n} > 0"
            )


def keep_notes(bench: Workbench, notes: list[dict[str, str]], into: Path) -> None:
    """Store `intake_notes`: the fallbacks in force, each with its code."""
    bench.connection.execute("CREATE TABLE intake_notes (code VARCHAR, text VARCHAR)")
    for note in notes:
        bench.connection.execute(
            "INSERT INTO intake_notes VALUES (?, ?)", [note["code"], note["text"]]
        )
    write(bench, ["SELECT * FROM intake_notes"], into / "intake_notes")
