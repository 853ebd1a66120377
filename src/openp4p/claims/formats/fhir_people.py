"""Patients as beneficiaries, and Coverages as months of enrolment.

A Coverage is of one part of Medicare. It states months by codes of a reference year (`buyin01`,
`hmo_ind_01`, `dual_01`, ...), or a period. Codes: CCW, Master Beneficiary Summary File codebook.
"""

from __future__ import annotations

from openp4p.claims.formats.fhir_fields import day, extensions, fact, gathered, person
from openp4p.claims.formats.parts import coded
from openp4p.claims.formats.states import SSA_STATES, STATE_NAMES

_FIRST_YEAR, _LAST_YEAR = 1965, 2100
# CCW: 1 Part A, 2 Part B, 3 both; A, B and C the same with the state paying the premium
_WITH_A, _WITH_B = "('1', '3', 'A', 'C')", "('2', '3', 'B', 'C')"
# CCW: 0 fee for service, 4 fee for service in a demonstration
_FEE_FOR_SERVICE = "('0', '4')"
_SEXES = {"male": "1", "female": "2"}
_ADDRESS = "list_filter(r.address, lambda a: a.state IS NOT NULL)[1]"
_STATE = (
    "coalesce("
    + coded("lpad(home.state, 2, '0')", SSA_STATES)
    + ", "
    + coded("upper(home.state)", STATE_NAMES)
    + ", CASE WHEN length(home.state) = 2 THEN upper(home.state) END)"
)
_COUNTRY = (
    "CASE WHEN upper(home.country) IN ('US', 'USA', 'UNITED STATES') THEN 'true' "
    "WHEN home.country IS NOT NULL THEN 'false' END"
)
BENEFICIARY = {
    "beneficiary_id": "id",
    "birth_date": day("birth"),
    "sex": coded("lower(gender)", _SEXES, "'0'"),
    "death_date": day("death"),
    "race": fact("race"),
    "state": _STATE,
    "county": "home.district",
    "zip5": "left(home.postalCode, 5)",
    "is_us_resident": _COUNTRY,
}
MONTH = (
    "beneficiary_id", "year_month", "part_a", "part_b", "ma_enrolled", "entitlement_status",
    "dual_status", "source_grain",
)  # fmt: skip
_PART = (
    'lower(coalesce(regexp_extract(coalesce(list_filter(r."class", lambda c: c.value ILIKE '
    "'part _')[1].value, r.grouping.subPlan), '(?i)part ([a-d])', 1), "
    "regexp_extract(r.id, '^part-([a-d])-', 1)))"
)


def patients(view: str) -> str:
    """A SELECT of the Patients of a file: the canonical columns as text."""
    kept = (
        "source_row, r.id, r.meta.lastUpdated AS updated, r.gender, r.birthDate AS birth, "
        f"r.deceasedDateTime AS death, {_ADDRESS} AS home"
    )
    found = f"(SELECT * FROM {view} WHERE type = 'Patient')"
    columns = ", ".join(f"{sql} AS {name}" for name, sql in BENEFICIARY.items())
    stated = gathered(kept, (extensions("r.extension"),), found)
    return f"SELECT source_row, id, updated, {columns} FROM {stated}"


def coverages(view: str) -> str:
    """A SELECT of the Coverages of a file: whose, of which part, when, and what else is stated."""
    kept = (
        f"source_row, r.id, r.meta.lastUpdated AS updated, r.status, {_PART} AS part, "
        f"{person('r.beneficiary.reference')} AS beneficiary_id, "
        'try_cast(left(r.period.start, 10) AS DATE) AS begins, r.period."end" IS NULL '
        "AND r.status IS DISTINCT FROM 'cancelled' AS is_open, "
        'try_cast(left(r.period."end", 10) AS DATE) AS ends, r.period.start IS NULL AS is_undated'
    )
    found = f"(SELECT * FROM {view} WHERE type = 'Coverage')"
    monthly = "regexp_matches(n, '^(buyin|hmo_ind_)[0-9]{2}$')"
    year = f"try_cast(left({fact('rfrnc_yr')}, 4) AS INTEGER)"
    return (
        f"SELECT *, {year} AS year, {year} BETWEEN {_FIRST_YEAR} AND {_LAST_YEAR} AND "
        f"len(list_filter(fact_names, lambda n: {monthly})) > 0 AS has_months "
        f"FROM {gathered(kept, (extensions('r.extension'),), found)}"
    )


def claim_years(claims: str) -> str:
    """A SELECT of the first and the last day of the calendar years of the claims."""
    bounds = f"BETWEEN {_FIRST_YEAR} AND {_LAST_YEAR}"
    days = (
        f"SELECT try_cast(from_date AS DATE) AS d FROM {claims} UNION ALL "
        f"SELECT try_cast(thru_date AS DATE) FROM {claims}"
    )
    return (
        "SELECT make_date(min(year(d)), 1, 1) AS first_day, make_date(max(year(d)), 12, 31) AS "
        f"last_day FROM ({days}) WHERE year(d) {bounds}"
    )


def spans(coverages: str, years: str) -> str:
    """A SELECT of Coverages with the first and last day that count.

    An open end, unless cancelled, and a part in force of which no dates are stated go on to the
    last day of the claims' years; months more than a year before them are not needed.
    """
    undated = "is_undated AND status = 'active' AND part IN ('a', 'b') AND NOT has_months"
    return (
        f"SELECT c.*, CASE WHEN {undated} THEN first_day WHEN begins IS NOT NULL THEN "
        "greatest(begins, first_day - INTERVAL 1 YEAR) END AS first_counted, "
        f"CASE WHEN {undated} OR (begins IS NOT NULL AND is_open) THEN last_day "
        "WHEN ends IS NOT NULL THEN least(ends, last_day) END AS last_counted "
        f"FROM {coverages} c, {years}"
    )


# why a Coverage is set aside, null for the others
REFUSED = (
    "CASE WHEN turn > 1 THEN 'replaced' "
    "WHEN status IN ('entered-in-error', 'draft') THEN 'not active' "
    "WHEN part IS NULL OR part NOT IN ('a', 'b', 'c') THEN 'resource not used' "
    "WHEN has_months THEN NULL "
    "WHEN first_counted IS NULL OR last_counted IS NULL OR begins > ends "
    "THEN 'span without usable dates' "
    "WHEN first_counted > last_counted THEN 'not in the years of the claims' END"
)


def months(coverages: str) -> str:
    """A SELECT of beneficiary and month with what all Coverages together say.

    Codes of a month win over periods. `origins` are the Coverages that the month comes from, those
    of few months first.
    """
    weight = (
        "CASE WHEN has_months THEN 12 ELSE 0 END + "
        "greatest(date_diff('month', first_counted, last_counted) + 1, 0) AS weight"
    )
    of_month = "fact_values[list_position(fact_names, '{}' || lpad(CAST(n AS VARCHAR), 2, '0'))]"
    buyin, managed, dual = (of_month.format(stem) for stem in ("buyin", "hmo_ind_", "dual_"))
    status = fact("ms_cd")
    by_code = (
        f"SELECT file, source_row, {weight}, beneficiary_id, year * 100 + n AS year_month, "
        "true AS is_code, "
        f"{buyin} IN {_WITH_A} AS has_a, {buyin} IN {_WITH_B} AS has_b, "
        f"{managed} NOT IN {_FEE_FOR_SERVICE} AS has_c, {dual} AS dual, {status} AS status "
        f"FROM {coverages}, range(1, 13) t(n) WHERE has_months"
        f" AND ({buyin} IS NOT NULL OR {managed} IS NOT NULL)"
    )
    by_period = (
        f"SELECT file, source_row, {weight}, beneficiary_id, year(m) * 100 + month(m), false, "
        "CASE WHEN part = 'a' THEN true END, CASE WHEN part = 'b' THEN true END, "
        f"CASE WHEN part = 'c' THEN true END, NULL, {status} FROM (SELECT *, unnest("
        "generate_series(date_trunc('month', first_counted), date_trunc('month', last_counted), "
        f"INTERVAL 1 MONTH)) AS m FROM {coverages} WHERE first_counted <= last_counted)"
    )
    flags = ", ".join(
        f"CAST(coalesce(bool_or({flag}) FILTER (is_code), bool_or({flag}), false) AS VARCHAR) "
        f"AS {name}"
        for flag, name in (("has_a", "part_a"), ("has_b", "part_b"), ("has_c", "ma_enrolled"))
    )
    return (
        f"SELECT beneficiary_id, year_month, {flags}, "
        "coalesce(max(status) FILTER (is_code), max(status)) AS entitlement_status, "
        "nullif(max(dual), '**') AS dual_status, "
        "CASE WHEN bool_or(is_code) THEN 'month' ELSE 'span' END AS source_grain, "
        "list_sort(list_distinct(list({'weight': weight, 'file': file, 'row': source_row}))) "
        "AS origins "
        f"FROM ({by_code} UNION ALL {by_period}) GROUP BY beneficiary_id, year_month "
        "HAVING count(has_a) + count(has_b) > 0 OR bool_or(has_c)"
    )


NO_MONTHS = (
    "SELECT "
    + ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in MONTH if name != "year_month")
    + ", 0 AS year_month, [{'weight': 0, 'file': 0, 'row': 0}] AS origins LIMIT 0"
)


def months_of(place: int, spans: str) -> str:
    """The months that fall to a Coverage of the file, and the Coverages that are set aside.

    A month falls to one of the Coverages of the fewest months that it comes from, in turn, so that
    each of them counts as used.
    """
    turn = "(year_month // 100 * 12 + year_month % 100) % len(lightest)"
    columns = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in MONTH)
    return (
        f"(SELECT origin.row AS source_row, CAST(NULL AS VARCHAR) AS refused, {columns} FROM "
        f"(SELECT *, lightest[1 + {turn}] AS origin FROM (SELECT *, list_filter(origins, "
        "lambda o: o.weight = origins[1].weight) AS lightest FROM fhir_months)) "
        f"WHERE origin.file = {place} "
        f"UNION ALL BY NAME SELECT source_row, refused FROM {spans} WHERE refused IS NOT NULL)"
    )


def every_month(people: str, years: str) -> str:
    """A SELECT of each person in each month of the claims' years, as Part A and Part B."""
    return (
        "SELECT source_row, beneficiary_id, strftime(m, '%Y%m') AS year_month, 'true' AS part_a, "
        "'true' AS part_b, 'false' AS ma_enrolled, CAST(NULL AS VARCHAR) AS entitlement_status, "
        "CAST(NULL AS VARCHAR) AS dual_status, 'span' AS source_grain FROM ("
        "SELECT source_row, beneficiary_id, unnest(generate_series(first_day, least(last_day, "
        f"coalesce(try_cast(death_date AS DATE), last_day)), INTERVAL 1 MONTH)) AS m "
        f"FROM {people}, {years})"
    )
