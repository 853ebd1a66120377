"""Typing canonical columns and saying, row by row, what must be set aside and why.

Everything here is SQL for the intake workbench, generated from the declarations in `tables.py`.
"""

from __future__ import annotations

from openp4p.claims.columns import DATE, MONEY, NUMBER, TEXT, WHOLE, YES_NO, Column
from openp4p.claims.formats.parts import Part
from openp4p.claims.tables import TABLES
from openp4p.engine.sql_text import literal

LARGEST_AMOUNT = 10_000_000  # dollars on one claim or line
FIRST_YEAR, LAST_YEAR = 1880, 2100
_SQL_TYPES = {
    "string": "VARCHAR",
    WHOLE: "BIGINT",
    DATE: "DATE",
    YES_NO: "BOOLEAN",
    MONEY: "DECIMAL(18,2)",
    NUMBER: "DOUBLE",
}
_NOT_A = {
    WHOLE: "not a whole number",
    DATE: "not a date",
    YES_NO: "not yes or no",
    MONEY: "not an amount",
    NUMBER: "not a number",
}
_CODES = {
    "claim_class": (
        "INPATIENT", "SNF", "OUTPATIENT", "HHA", "HOSPICE", "PART_B", "DME", "PDE",
    ),
    "icd_version": ("9", "10"),
    "sex": ("0", "1", "2"),
    "mechanism": (
        "claims", "registry", "qcdr", "ehr", "gpro_web_interface", "administrative_claims",
    ),
    "outcome": ("eligible", "met", "not_met", "exception", "exclusion"),
}  # fmt: skip
# columns whose values identify a person, a claim or a professional: never shown
_HIDDEN = frozenset(
    {"beneficiary_id", "claim_id", "birth_date", "death_date", "control_number", "zip5", "npi"}
)
_LOOKS_LIKE_A_DATE = "((19|20)[0-9]{6}|[0-9]{1,4}[-/][0-9]{1,2}[-/][0-9]{1,4})"
_WORD, _SHORTEST_CODE = "[A-Za-z_]{1,20}", 3
REMEDIES = {
    "missing": "Fill the column, or leave the row out.",
    "not a date": "Write dates as YYYY-MM-DD.",
    "not an amount": "Write dollars as digits with at most two decimals.",
    "not a number": "Write digits with a decimal point.",
    "not a whole number": "Write digits only.",
    "not yes or no": "Write true or false.",
    "impossible date": "Correct the date at its source.",
    "amount beyond limit": f"Amounts stay below ${LARGEST_AMOUNT:,}; correct it at its source.",
    "unknown code": "Use one of the codes that docs/input.md lists.",
    "duplicate": "Nothing: the same row stands before it and is used. Send each row once.",
    "conflicting duplicate": "The first row with this key is used; send only the one that holds.",
    "no such claim": "Send the claim as well.",
    "claim of somebody else": "Name the person whom the claim names.",
    "claim set aside": "Mend the claim; its lines and codes follow.",
    "cancelled": "Nothing: a later cancellation takes the claim back.",
    "cancellation": "Nothing: it takes an earlier claim back.",
    "cancellation of no claim": "Look for an earlier delivery with the claim that it takes back.",
    "in a later delivery": "Nothing: the latest delivery that repeats the row is used.",
    "principal diagnosis repeated": "Nothing: the claim states it.",
    "deleted prescription": "Nothing: it takes an earlier record back.",
    "deleted": "Nothing: the last row about it takes it back.",
    "not final action": "Nothing: a later version of the claim is the final one.",
    "paid after the day asked for": "Nothing: the run is of what was paid by that day.",
    "not known when it was paid": "State when it was paid, or leave --paid-through out.",
    "no reference year": "Fill RFRNC_YR: it says which months the indicators are of.",
    "earlier identifiers of a person: not needed": "Nothing: claims carry BENE_ID.",
    "replaced": "Nothing: a later adjustment replaces the claim.",
    "malformed line": "Quote cells that hold commas or quotes; save the file as UTF-8.",
    "not a count of months": "Give the months of each kind of coverage as 0 to 12.",
    "span without usable dates": "Give each span a start and an end, in this order.",
    "adds nothing": "Nothing: other rows say the same.",
    "not a FHIR resource": "Send JSON objects that say their resourceType.",
    "resource not used": "Nothing: claims, people and Parts A to C of their coverage are used.",
    "not active": "Nothing: its status says that it does not hold.",
    "not in the years of the claims": "Nothing: no claim falls into that time.",
    "more than 999 lines or codes": "Correct the claim at its source; none has so many.",
}
_IN_ORDER = {  # later date, earlier date
    "claim": (("thru_date", "from_date"), ("discharge_date", "admission_date")),
    "claim_line": (("thru_date", "from_date"),),
    "beneficiary": (("death_date", "birth_date"),),
    "tin_crosswalk": (("valid_to", "valid_from"),),
}


def typed_select(part: Part) -> str:
    """A SELECT of a part's rows: typed canonical columns, then `_file`, `_row`, what is wrong with
    the row (`_column`, `_rule`, `_found`), whether its dollars count (`_counted`), whether
    tidying changed it (`_changed`), and its `_slot`."""
    table = TABLES[part.table]
    text = {name: _text(part, name) for name in table.columns}
    typed = {name: _typed(part, name, column, text[name]) for name, column in table.columns.items()}
    changed = [
        f"({part.columns[name]}) IS DISTINCT FROM ({sql})"
        for name, sql in typed.items()
        if part.columns.get(name) is not None and not _is_parsed(part, name)
    ]
    inner = ", ".join(
        [f'{sql} AS "{name}"' for name, sql in typed.items()]
        + [f'{sql} AS "_t_{name}"' for name, sql in text.items() if _is_parsed(part, name)]
        + [f"({part.refused or 'NULL'}) AS _refused", "source_row AS _row", f"{part.slot} AS _slot"]
        + [f"({' OR '.join(changed) or 'false'}) AS _changed"]
    )
    where = f" WHERE {part.where}" if part.where else ""
    checks = [c for name, column in table.columns.items() for c in _checks(part, name, column)]
    checks += [
        (later, "impossible date", f'"{later}" < "{earlier}"')
        for later, earlier in _IN_ORDER.get(part.table, ())
    ]
    column = _cases([(f"'{name}'", test) for name, _rule, test in checks])
    rule = _cases([(f"'{rule}'", test) for _name, rule, test in checks])
    found = _cases([(_shown(part, name, rule), test) for name, rule, test in checks])
    columns = ", ".join(f'"{name}"' for name in table.columns)
    file = literal(part.file.name)
    return (
        f"SELECT {columns}, {file} AS _file, _row, "
        f"CASE WHEN _refused IS NULL THEN {column} END AS _column, "
        f"coalesce(_refused, {rule}) AS _rule, "
        f"CASE WHEN _refused IS NULL THEN {found} END AS _found, "
        f"({part.dollars_counted}) AS _counted, _changed, _slot "
        f"FROM (SELECT {inner} FROM {part.source}{where})"
    )


def plain_select(part: Part) -> str:
    """The same SELECT where it is known that no rule is broken and that tidying changes nothing."""
    columns = ", ".join(
        f'{part.columns.get(name) or f"CAST(NULL AS {_SQL_TYPES[column.type]})"} AS "{name}"'
        for name, column in TABLES[part.table].columns.items()
    )
    file = literal(part.file.name)
    where = f" WHERE {part.where}" if part.where else ""
    return (
        f"SELECT * EXCLUDE (_row), {file} AS _file, _row, NULL::VARCHAR AS _column, "
        "NULL::VARCHAR AS _rule, NULL::VARCHAR AS _found, "
        f"({part.dollars_counted}) AS _counted, false AS _changed, {part.slot} AS _slot "
        f"FROM (SELECT {columns}, source_row AS _row FROM {part.source}{where})"
    )


def _text(part: Part, name: str) -> str:
    """The SQL of a column's text, blank as null, tidied by the kind of code; a column that has its
    declared type already as it is."""
    source = part.columns.get(name)
    if source is None:
        return "NULL"
    if not _is_parsed(part, name) and TABLES[part.table].columns[name].type != TEXT:
        return source
    plain = f"nullif(trim(CAST({source} AS VARCHAR)), '')"
    return _TIDIED.get(name, "{0}").format(plain)


_NINE_DIGITS = "replace(replace({0}, '-', ''), ' ', '')"
_TIN = f"CASE WHEN {_NINE_DIGITS} NOT IN ('000000000', '999999999') THEN {_NINE_DIGITS} END"
_CODE = "upper(replace({0}, '.', ''))"
_TWO_DIGITS = "CASE WHEN length({0}) = 1 THEN '0' || {0} ELSE {0} END"
_TIDIED = {
    "tin": _TIN,
    "raw_tin": _TIN,
    "analysis_tin": _TIN,
    "code": _CODE,
    "hcpcs_code": _CODE,
    "line_diagnosis": _CODE,
    "discharge_status": _TWO_DIGITS,
    "place_of_service": _TWO_DIGITS,
    "dual_status": _TWO_DIGITS,
    # three digits; four with a leading zero lose it; anything else is no DRG
    "drg": "CASE WHEN regexp_full_match({0}, '0?[0-9]{{3}}') THEN right({0}, 3) END",
}


def _source_type(part: Part, name: str) -> str:
    source = (part.columns.get(name) or "").strip('"')
    if part.relation == "" and source in part.file.columns:
        return part.file.types[part.file.columns.index(source)]
    return "VARCHAR"


def _is_parsed(part: Part, name: str) -> bool:
    """Whether a column is text that must be read as something else."""
    declared = _SQL_TYPES[TABLES[part.table].columns[name].type]
    return part.columns.get(name) is not None and _source_type(part, name) != declared


def _typed(part: Part, name: str, column: Column, text: str) -> str:
    declared = _SQL_TYPES[column.type]
    if part.columns.get(name) is None:
        return f"CAST(NULL AS {declared})"
    if not _is_parsed(part, name):
        return text
    return _PARSED.get(column.type, "try_cast({0} AS " + declared + ")").format(
        f"CAST({text} AS VARCHAR)"
    )


_PARSED = {
    # words such as 'infinity' are dates to the database, and seven digits a day of one digit
    DATE: (
        "CASE WHEN regexp_full_match({0}, '[0-9]{{8}}') THEN try_strptime({0}, '%Y%m%d')::DATE "
        "WHEN regexp_matches({0}, '^[0-9]') THEN coalesce(try_cast({0} AS DATE), "
        "try_strptime({0}, '%m/%d/%Y')::DATE) END"
    ),
    YES_NO: (
        "CASE WHEN lower({0}) IN ('true', 't', 'yes', 'y', '1') THEN true "
        "WHEN lower({0}) IN ('false', 'f', 'no', 'n', '0') THEN false END"
    ),
    MONEY: "try_cast(replace(replace({0}, '$', ''), ',', '') AS DECIMAL(18, 2))",
    # the database would round 1.5
    WHOLE: (
        r"CASE WHEN regexp_full_match({0}, '[+-]?[0-9]+(\.0*)?') THEN try_cast({0} AS BIGINT) END"
    ),
}


def _checks(part: Part, name: str, column: Column) -> list[tuple[str, str, str]]:
    """Column, rule and the SQL test that finds the rule broken."""
    checks = []
    if _is_parsed(part, name) and column.type in _NOT_A:
        test = f'"{name}" IS NULL AND "_t_{name}" IS NOT NULL'
        checks.append((name, _NOT_A[column.type], test))
    if column.required:
        checks.append((name, "missing", f'"{name}" IS NULL'))
    if part.table == "tin_crosswalk" and name == "raw_tin":
        checks.append((name, "missing", '"raw_tin" IS NULL AND "npi" IS NULL'))
    if part.columns.get(name) is None:
        return checks
    if column.type == NUMBER:
        checks.append((name, _NOT_A[NUMBER], f'NOT isfinite("{name}")'))
    if column.type == DATE:
        bounds = f'year("{name}") NOT BETWEEN {FIRST_YEAR} AND {LAST_YEAR}'
        checks.append((name, "impossible date", bounds))
    if column.type == MONEY:
        checks.append((name, "amount beyond limit", f'abs("{name}") > {LARGEST_AMOUNT}'))
    if name in _CODES:
        listed = ", ".join(f"'{code}'" for code in _CODES[name])
        checks.append((name, "unknown code", f'CAST("{name}" AS VARCHAR) NOT IN ({listed})'))
    if name == "year_month":
        month = (
            f'"{name}" % 100 NOT BETWEEN 1 AND 12 OR "{name}" // 100 NOT BETWEEN {FIRST_YEAR} '
            f"AND {LAST_YEAR}"
        )
        checks.append((name, "impossible date", month))
    if name in ("eligible", "met", "not_met", "exclusions", "exceptions", "cases"):
        checks.append((name, "not a whole number", f'"{name}" < 0'))
    return checks


def _shown(part: Part, name: str, rule: str) -> str:
    """SQL for what a report may show of the value: never what may identify a person.

    A value in the wrong column may be anyone's name or number: text is shown by its shape, unless
    it is too short for that, or a word where a code should be.
    """
    if rule == "missing":
        return "'nothing'"
    if name in _HIDDEN:
        return "'not shown'"
    if rule == "amount beyond limit":
        return f"printf('about %.0e', CAST(\"{name}\" AS DOUBLE))"
    held = f'"_t_{name}"' if _is_parsed(part, name) else f'"{name}"'
    held = f"left(CAST({held} AS VARCHAR), 20)"
    shape = f"regexp_replace(regexp_replace({held}, '[0-9]', '9', 'g'), '[A-Za-z]', 'x', 'g')"
    if TABLES[part.table].columns[name].type == DATE:
        is_date = f"regexp_full_match({held}, '{_LOOKS_LIKE_A_DATE}')"
        return f"CASE WHEN {is_date} THEN {held} ELSE {shape} END"
    plain = f"length({held}) <= {_SHORTEST_CODE}"
    if name in _CODES:
        plain += f" OR regexp_full_match({held}, '{_WORD}')"
    return f"CASE WHEN {plain} THEN {held} ELSE {shape} END"


def _cases(pairs: list[tuple[str, str]]) -> str:
    if not pairs:
        return "NULL"
    return "CASE " + " ".join(f"WHEN {test} THEN {value}" for value, test in pairs) + " END"
