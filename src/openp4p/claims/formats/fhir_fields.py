"""SQL for elements of FHIR resources, of R4 (version 2 of CMS's servers) and STU3 (version 1).

CMS names nearly all it states by the variables of its research files, in URLs that end in the name.
Whatever is said under such a name, in an extension, a category or a coding, is gathered in one list
of names and one of values, and looked up by name.
"""

from __future__ import annotations

from collections.abc import Iterable

_STU3_ROLES = "http://hl7.org/fhir/claimcareteamrole"
_STATED = (
    "coalesce(x.valueCoding.code, x.valueMoney.value, x.valueIdentifier.value, "
    "x.valueQuantity.value, x.valueDate)"
)


def fact(*names: str) -> str:
    """What is stated under the first of the names under which anything is."""
    found = [f"fact_values[list_position(fact_names, '{name}')]" for name in names]
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"


def gathered(kept: str, pairs: Iterable[str], relation: str) -> str:
    """A SELECT of a relation with the columns `fact_names` and `fact_values`."""
    return (
        "(SELECT * EXCLUDE (facts), list_transform(facts, lambda f: f.name) AS fact_names, "
        "list_transform(facts, lambda f: f.value) AS fact_values FROM ("
        f"SELECT {kept}, list_filter(flatten([{', '.join(pairs)}]), "
        f"lambda f: f.name IS NOT NULL AND f.value IS NOT NULL) AS facts FROM {relation}))"
    )


def pairs(of: str, name: str, value: str) -> str:
    """SQL of a name and a value of each entry `x` of a list."""
    return (
        f"list_transform(coalesce({of}, []), lambda x: "
        f"{{'name': parse_filename({name}), 'value': {value}}})"
    )


def concepts(of: str, concept: str, value: str) -> str:
    """SQL of a name and a value of each coding of a concept of each entry `e` of a list."""
    inner = pairs(f"e.{concept}.coding", "x.code", value)
    return f"flatten(list_transform(coalesce({of}, []), lambda e: {inner}))"


def codings(of: str) -> str:
    """Codes by their systems."""
    return pairs(f"{of}.coding", "x.system", "nullif(trim(x.code), '')")


def extensions(of: str) -> str:
    """What extensions state, by their URLs."""
    return pairs(of, "x.url", f"nullif(trim({_STATED}), '')")


def identifier(of: str, prefix: str) -> str:
    """An identifier that stands alone, by its system or its type."""
    name = f"'{prefix}' || parse_filename(coalesce({of}.system, {of}.type.coding[1].code))"
    return f"[{{'name': {name}, 'value': {of}.value}}]"


def first_code(of: str, test: str = "true") -> str:
    """The first code of a list of codings that has a coding `c` that passes the test."""
    return f"list_filter({of}, lambda c: nullif(trim(c.code), '') IS NOT NULL AND {test})[1].code"


def first_system(of: str, test: str) -> str:
    """The system of that code."""
    return f"list_filter({of}, lambda c: nullif(trim(c.code), '') IS NOT NULL AND {test})[1].system"


def day(expression: str) -> str:
    """The day of a date, or of a moment."""
    return f"left({expression}, 10)"


def person(reference: str) -> str:
    """The identifier of a Patient out of a reference to it."""
    return f"nullif(regexp_extract({reference}, 'Patient/([^/?#]+)', 1), '')"


# STU3 says 'primary' of who performs, 'assist' of who operates, and 'other' of a TIN
_ROLE = (
    f"CASE WHEN m.role.coding[1].system <> '{_STU3_ROLES}' OR m.role.coding[1].system IS NULL "
    "THEN lower(m.role.coding[1].code) ELSE CASE m.role.coding[1].code "
    "WHEN 'primary' THEN 'performing' WHEN 'assist' THEN 'operating' WHEN 'other' THEN "
    "CASE WHEN m.responsible = 'true' THEN 'tin' ELSE 'otheroperating' END "
    "ELSE lower(m.role.coding[1].code) END END"
)
_IS_NPI = (
    "coalesce(m.provider.identifier.type.coding[1].code, '') NOT ILIKE 'upin' "
    "AND coalesce(m.provider.identifier.system, '') NOT ILIKE '%upin%'"
)
_ORGANISATION = "list_filter(m.extension, lambda x: x.url LIKE '%/us-npi')[1].valueCoding.code"
_SPECIALTY = first_code("m.qualification.coding", "c.system LIKE '%/prvdr_spclty'")
TEAM = (
    "list_transform(coalesce(r.careTeam, []), lambda m: {"
    "'sequence': m.sequence, "
    f"'role': {_ROLE}, "
    f"'is_stu3': coalesce(m.role.coding[1].system = '{_STU3_ROLES}', false), "
    f"'number': CASE WHEN {_IS_NPI} THEN m.provider.identifier.value END, "
    f"'organisation': {_ORGANISATION}, "
    f"'specialty': {_SPECIALTY}}})"
)


def member(of: str, test: str, field: str = "number") -> str:
    """A field of the first member `m` of a care team that has it and passes the test."""
    return f"list_filter({of}, lambda m: m.{field} IS NOT NULL AND {test})[1].{field}"
