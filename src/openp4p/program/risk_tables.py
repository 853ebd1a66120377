"""The CMS-HCC model of a program as small tables: codes, segments, terms and factors.

Condition categories are numbered from the lowest up and held as bits of two whole numbers, `low`
and `high`, so that a person's conditions are one pair of numbers. `hcc_sets` says what any nine
neighbouring categories mean together: a person's score is a few look-ups and a sum, and no list of
a person's diagnoses is ever sorted or compared. Nothing here knows how many categories a model has
or what they are called: that is in the lists of `openp4p.codes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from openp4p.codes import code_list
from openp4p.program.definition import Program
from openp4p.program.hcc_codes import OLDEST, Edits, code_rows, codes_of
from openp4p.program.hcc_sets import (
    VALUES,
    Bits,
    chunks_of,
    factor_sets,
    interaction_sets,
    thousandths,
    traits_of,
)

Rows = list[dict[str, Any]]

# a person's conditions in two numbers: each bit one condition category
_BITS = {"low": "int64", "high": "int64"}
# `edit`: the bit, in `high`, that stands for the code until age and sex are known; 0 for most
_CODES = {"icd_version": "int64", "code": "string", **_BITS, "edit": "int64"}
COLUMNS: dict[str, dict[str, str]] = {
    "hcc_codes": _CODES,
    # the codes behind condition flags that do not follow the performance year (M41)
    "hcc_flag_codes": _CODES,
    # what such a code means within an age range (and for a sex), and what otherwise
    "hcc_edits": {
        "slot": "int64",
        "edit": "int64",
        "sex": "string",
        "age_from": "int64",
        "age_to": "int64",
        **_BITS,
        "else_low": "int64",
        "else_high": "int64",
    },
    "hcc_conditions": {
        "hcc": "int64",
        "variable": "string",
        "label": "string",
        "removes": "string",
        **_BITS,
    },
    "hcc_segments": {
        "segment": "string",
        "first_set": "int64",
        "population": "string",
        "dual_benefit": "string",
        "age_from": "int64",
        "age_to": "int64",
        "originally_disabled_reasons": "string",
        "disabled_below": "int64",
        "entry_age": "int64",
        "counts_conditions": "boolean",
    },
    "hcc_demographics": {
        "segment": "string",
        "position": "int64",
        "variable": "string",
        "thousandths": "int64",
        "text": "string",
        "sex": "string",
        "age_from": "int64",
        "age_to": "int64",
        "medicaid": "boolean",
        "originally_disabled": "boolean",
        "disabled": "boolean",
        "reasons": "string",
    },
    # traits: a bit for each group or condition that an interaction names, and one for disability
    "hcc_interactions": {
        "segment": "string",
        "rule": "int64",
        "variable": "string",
        "thousandths": "int64",
        "text": "string",
        "all_of": "string",
        "not_if_all_of": "string",
        "needs": "int64",
        "unless": "int64",
        "is_community": "boolean",
    },
    "hcc_sets": {
        "set": "int64",
        "hccs": "string",
        "low_below": "int64",
        "high_below": "int64",
        "traits": "int64",
        "thousandths": "int64",
        "terms": "string",
    },
    "dual_benefits": {"dual_status": "string", "benefit": "string"},
}
# condition flags take the same rows whatever the year of the data (M41)
FLAG_YEARS = {"V12": 2013, "V22": 2016}
_CONDITION_KINDS = ("hcc",)
_INTERACTION_KINDS = ("disease_interaction", "disabled_interaction")
COMMUNITY = "community"
NEW_ENROLLEE = "new_enrollee"
# populations, by how their names begin, whose scores do not depend on diagnoses
_WITHOUT_CONDITIONS = (NEW_ENROLLEE, "transplant")


@dataclass(frozen=True)
class Version:
    """One version of the model: its categories, its factors, and the year of its codes."""

    model: str
    coefficient_file: str
    year: int


def rows(program: Program) -> dict[str, Rows]:
    """The rows of each table for the model and the performance year of a program, by its name."""
    return dict(version_rows(version_of(program)))


def versions() -> dict[str, dict[int, str]]:
    """For each model the payment years that it has factors for, with the file of the factors."""
    found: dict[str, dict[int, str]] = {}
    for row in code_list("hcc_coefficient_files"):
        years = found.setdefault(row["model"], {})
        years |= {int(year): row["coefficient_file"] for year in row["payment_years"].split("|")}
    return found


@cache
def bits_of(model: str) -> Bits:
    """Where each condition category of a model has its bit."""
    return Bits([int(r["hcc"]) for r in code_list("hcc_labels") if r["model"] == model])


@cache
def version_rows(version: Version) -> dict[str, Rows]:
    """The rows of each table for one version of the model."""
    bits = bits_of(version.model)
    flag_year = FLAG_YEARS.get(version.model, version.year)
    held = {year: codes_of(version.model, year, bits) for year in (version.year, flag_year)}
    edits = Edits(version.model, bits, held)
    traits = traits_of(_of_file("hcc_interactions", version), _of_file("hcc_groups", version))
    interactions = _interactions(version, traits)
    return {
        "hcc_codes": code_rows(held[version.year], edits.bit_of, bits),
        "hcc_flag_codes": code_rows(held[flag_year], edits.bit_of, bits),
        "hcc_edits": edits.rows,
        "hcc_conditions": _conditions(version, bits),
        "hcc_segments": _segments(version, bits),
        "hcc_demographics": _demographics(version),
        "hcc_interactions": interactions,
        "hcc_sets": _sets(version, bits, traits, interactions),
        "dual_benefits": [dict(row) for row in code_list("dual_status")],
    }


def _of_file(name: str, version: Version) -> list[dict[str, str]]:
    return [r for r in code_list(name) if r["coefficient_file"] == version.coefficient_file]


def covered_years(program: Program) -> tuple[int, int]:
    """The first and the last performance year that the model of a program has codes for."""
    listed = [r for r in code_list("hcc_codes") if r["model"] == program.risk.hcc.model]
    years = [(int(r["payment_year_min"]), int(r["payment_year_max"])) for r in listed]
    return min(first for first, _last in years), max(last for _first, last in years)


def _conditions(version: Version, bits: Bits) -> Rows:
    children = _children(version.model)
    return [
        {
            "hcc": int(r["hcc"]),
            "variable": f"HCC{r['hcc']}",
            "label": r["label"],
            "removes": "|".join(map(str, sorted(children.get(int(r["hcc"]), [])))),
            **bits.split(bits.of(int(r["hcc"]))),
        }
        for r in code_list("hcc_labels")
        if r["model"] == version.model
    ]


def _children(model: str) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for r in code_list("hcc_hierarchy"):
        if r["model"] == model:
            found.setdefault(int(r["parent_hcc"]), []).append(int(r["child_hcc"]))
    return found


def _segments(version: Version, bits: Bits) -> Rows:
    listed = _of_file("hcc_segments", version)
    in_all = (bits.chunks + chunks_of(_rules(version))) * VALUES
    with_conditions = [r for r in listed if not r["population"].startswith(_WITHOUT_CONDITIONS)]
    counting = {r["segment"]: number for number, r in enumerate(with_conditions)}
    return [
        {
            "segment": r["segment"],
            # segments that count no conditions look up the set of none
            "first_set": counting.get(r["segment"], 0) * in_all,
            "population": r["population"],
            "dual_benefit": r["dual_benefit"] or None,
            "age_from": _number(r["age_from"], 0),
            "age_to": _number(r["age_to"], OLDEST),
            "originally_disabled_reasons": r["originally_disabled_reasons"],
            "disabled_below": int(r["disabled_below"]),
            "entry_age": _number(r["entry_age"], None),
            "counts_conditions": r["segment"] in counting,
        }
        for r in listed
    ]


def _number(text: str, otherwise: int | None) -> int | None:
    return int(text) if text else otherwise


def _demographics(version: Version) -> Rows:
    """The terms that follow from age, sex, Medicaid and the reason for entitlement."""
    holds = {r["variable"]: r for r in code_list("hcc_demographics")}
    known = (*_CONDITION_KINDS, *_INTERACTION_KINDS)
    made = []
    for position, r in enumerate(_of_file("hcc_coefficients", version)):
        if r["variable_kind"] not in known:
            rule = holds[r["variable"]]
            made.append(
                {
                    **_term(r, position),
                    "sex": rule["sex"] or None,
                    "age_from": _number(rule["age_from"], 0),
                    "age_to": _number(rule["age_to"], OLDEST),
                    **{
                        name: None if rule[name] == "" else rule[name] == "1"
                        for name in ("medicaid", "originally_disabled", "disabled")
                    },
                    "reasons": rule["reasons"] or None,
                }
            )
    return made


def _term(coefficient: dict[str, str], position: int) -> dict[str, Any]:
    """One term of the sum: its factor as a number, and as it will be shown."""
    return {
        "segment": coefficient["segment"],
        "position": position,
        "variable": coefficient["variable"],
        "thousandths": thousandths(coefficient["value"]),
        "text": f"{coefficient['variable']}={coefficient['value']}|",
    }


def _interactions(version: Version, traits: dict[str, int]) -> Rows:
    """The rules of the combined terms, with the factor that each segment gives them."""
    factors = {
        (r["segment"], r["variable"]): r
        for r in _of_file("hcc_coefficients", version)
        if r["variable_kind"] in _INTERACTION_KINDS
    }
    community = {
        r["segment"] for r in _of_file("hcc_segments", version) if r["population"] == COMMUNITY
    }
    made: Rows = []
    numbers: dict[tuple[str, ...], int] = {}
    for r in _of_file("hcc_interactions", version):
        rule = (r["variable"], r["all_of"], r["requires_disabled"], r["not_if_all_of"])
        number = numbers.setdefault(rule, len(numbers))
        for segment in r["segments"].split("|"):
            listed = any(m["rule"] == number and m["is_community"] for m in made)
            term = _term(factors[segment, r["variable"]], number)
            term["rule"] = term.pop("position")
            made.append(
                {
                    **term,
                    "all_of": r["all_of"],
                    "not_if_all_of": r["not_if_all_of"] or None,
                    "needs": sum(traits[name] for name in r["all_of"].split("&"))
                    + (traits[""] if r["requires_disabled"] == "1" else 0),
                    "unless": sum(traits[n] for n in r["not_if_all_of"].split("&") if n),
                    "is_community": segment in community and not listed,
                }
            )
    return made


def _sets(version: Version, bits: Bits, traits: dict[str, int], interactions: Rows) -> Rows:
    """What each nine neighbouring condition categories mean together, for each segment.

    The sets of a segment's interactions come after those of its categories.
    """
    of_condition = {hcc: traits.get(f"HCC{hcc}", 0) for hcc in bits.hccs}
    for group in _of_file("hcc_groups", version):
        # a file may name categories that this model no longer has
        for member in bits.hccs_of(group["hccs"]):
            of_condition[member] |= traits.get(group["group_name"], 0)
    children = _children(version.model)
    below = {hcc: sum(map(bits.of, children.get(hcc, []))) for hcc in bits.hccs}
    coefficients = _of_file("hcc_coefficients", version)
    made: Rows = []
    for segment in _segments(version, bits):
        if not segment["counts_conditions"]:
            continue
        name, first = segment["segment"], segment["first_set"]
        factors = {
            r["variable"]: _term(r, 0)
            for r in coefficients
            if r["segment"] == name and r["variable_kind"] in _CONDITION_KINDS
        }
        made += factor_sets(first, bits, below, of_condition, factors)
        mine = {row["rule"]: row for row in interactions if row["segment"] == name}
        listed = [mine.get(number) for number in range(_rules(version))]
        made += interaction_sets(first + bits.chunks * VALUES, listed)
    return made


def _rules(version: Version) -> int:
    """How many different interactions a version has."""
    what = ("variable", "all_of", "requires_disabled", "not_if_all_of")
    return len({tuple(r[w] for w in what) for r in _of_file("hcc_interactions", version)})


def takes_blank_segments(version: Version) -> bool:
    """Whether a segment of a version takes community members who ask for none."""
    return any(r["population"] == COMMUNITY for r in _of_file("hcc_segments", version))


def segments_of(version: Version) -> list[str]:
    """The segments that a version has factors for."""
    return [r["segment"] for r in _of_file("hcc_segments", version)]


@dataclass(frozen=True)
class Shape:
    """How large a version of the model is: what an expression over its tables must know."""

    chunks: int  # nines of condition categories
    rules: int  # different interactions
    edits: int  # kinds of codes that age or sex may change

    @property
    def rule_chunks(self) -> int:
        """Nines of interactions."""
        return chunks_of(self.rules)


def shape_of(version: Version) -> Shape:
    """The size of a version of the model."""
    edits = len(version_rows(version)["hcc_edits"])
    return Shape(bits_of(version.model).chunks, _rules(version), edits)


def shape(program: Program) -> Shape:
    """The size of the version of the model that a program takes."""
    return shape_of(version_of(program))


def version_of(program: Program) -> Version:
    """The version of the model that a program takes for its performance year.

    A year without codes takes those of the nearest that has (M41).
    """
    first, last = covered_years(program)
    year = min(max(program.performance_year, first), last)
    return Version(program.risk.hcc.model, program.risk.hcc.coefficient_file, year)
