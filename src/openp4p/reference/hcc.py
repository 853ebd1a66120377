"""The CMS-HCC model read a second time, in plain Python: one person, its diagnoses, a sum."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from openp4p.codes import code_list


class Person(NamedTuple):
    """What the model asks of a person; `segment` when it is given, else who the person is."""

    age: int
    sex: str
    medicaid: bool
    reason: str | None = None
    kind: str = "community"
    benefit: str = "none"
    segment: str | None = None


class Score(NamedTuple):
    """A score and what it is made of."""

    segment: str
    score: float
    before: list[int]
    hccs: list[int]
    terms: list[tuple[str, str]]


_KINDS = {
    "community": ("CE", "CNA", "CND", "CFA", "CFD", "CPA", "CPD"),
    "institutional": ("INS",),
    "new_enrollee": ("NE",),
}
_NEW = ("NE", "SNPNE")
_RENAL = "E2118P1M"  # the file of factors for dialysis and transplant patients
_THREE_LETTERS = {"none": "N", "full": "F", "partial": "P"}


@cache
def mapping(model: str, year: int) -> dict[tuple[int, str], frozenset[int]]:
    """The condition categories of each code of a payment year."""
    found: dict[tuple[int, str], set[int]] = {}
    for row in code_list("hcc_codes"):
        held = int(row["payment_year_min"]) <= year <= int(row["payment_year_max"])
        if row["model"] == model and held:
            key = (int(row["icd_version"]), row["code"])
            found.setdefault(key, set()).add(int(row["hcc"]))
    return {key: frozenset(hccs) for key, hccs in found.items()}


@cache
def children(model: str) -> dict[int, frozenset[int]]:
    """What each condition category removes."""
    found: dict[int, set[int]] = {}
    for row in code_list("hcc_hierarchy"):
        if row["model"] == model:
            found.setdefault(int(row["parent_hcc"]), set()).add(int(row["child_hcc"]))
    return {parent: frozenset(below) for parent, below in found.items()}


@cache
def factors(file: str, segment: str) -> dict[str, str]:
    """The factors of a segment by variable, as they are written in CMS's file."""
    return {
        row["variable"]: row["value"]
        for row in code_list("hcc_coefficients")
        if row["coefficient_file"] == file and row["segment"] == segment
    }


def categories(
    diagnoses: Iterable[tuple[int, str]],
    model: str,
    year: int,
    age: int | None,
    sex: str | None,
    with_edits: bool,
) -> set[int]:
    """The categories of the diagnoses, after the age and sex edits and before the hierarchy."""
    codes, found = mapping(model, year), set()
    for version, code in diagnoses:
        hccs = set(codes.get((version, code), ()))
        if hccs and with_edits:
            hccs = _after_edits(hccs, model, version, code, year, age, sex)
        found |= hccs
    return found


def _after_edits(
    hccs: set[int],
    model: str,
    version: int,
    code: str,
    year: int,
    age: int | None,
    sex: str | None,
) -> set[int]:
    for edit in code_list("hcc_age_sex_edits"):
        is_listed = edit["model"] == model and int(edit["icd_version"]) == version
        in_force = int(edit["payment_year_min"]) <= year
        of_sex = edit["sex"] in ("any", sex)
        if is_listed and in_force and code in edit["codes"].split("|") and of_sex:
            if edit["age_rule"] == "lt18" and not (age is not None and age < 18):
                continue
            if edit["age_rule"] == "lt6_or_gt18" and age is not None and 6 <= age <= 18:
                continue
            return {int(edit["new_cc"])} if edit["action"] == "set_cc" else set()
    return hccs


def after_hierarchy(hccs: set[int], model: str) -> set[int]:
    """The categories without those below another one."""
    removed = {child for hcc in hccs for child in children(model).get(hcc, ())}
    return hccs - removed


def interactions(hccs: set[int], file: str, disabled: bool) -> list[tuple[str, tuple[str, ...]]]:
    """The interactions that hold, with the segments that have a factor for them, in file order."""
    present = {f"HCC{hcc}" for hcc in hccs}
    for group in code_list("hcc_groups"):
        if group["coefficient_file"] == file and hccs & set(map(int, group["hccs"].split("|"))):
            present.add(group["group_name"])
    found: dict[str, set[str]] = {}
    for rule in code_list("hcc_interactions"):
        bars = [name for name in rule["not_if_all_of"].split("&") if name]
        if (
            rule["coefficient_file"] == file
            and present.issuperset(rule["all_of"].split("&"))
            and (disabled or rule["requires_disabled"] == "0")
            and not (bars and present.issuperset(bars))
        ):
            found.setdefault(rule["variable"], set()).update(rule["segments"].split("|"))
    return [(variable, tuple(sorted(segments))) for variable, segments in found.items()]


def score(
    person: Person,
    diagnoses: Iterable[tuple[int, str]],
    model: str,
    file: str,
    year: int,
    with_edits: bool = True,
) -> Score:
    """The score of one person: the demographic terms, the categories left, the interactions."""
    segment = person.segment or _segment(person, file)
    disabled = person.age < 65 and person.reason != "0"
    listed = factors(file, segment)
    terms = [name for name in listed if _is_demographic(name, person, disabled, segment, file)]
    before: set[int] = set()
    if not _is_without_conditions(segment):
        before = categories(diagnoses, model, year, person.age, person.sex, with_edits)
    hccs = after_hierarchy(before, model)
    terms += [f"HCC{hcc}" for hcc in sorted(hccs) if f"HCC{hcc}" in listed]
    terms += [name for name, segments in interactions(hccs, file, disabled) if segment in segments]
    total = sum((Decimal(listed[name]) for name in terms), Decimal(0))
    shown = [(name, listed[name]) for name in terms]
    return Score(segment, float(total), sorted(before), sorted(hccs), shown)


def _is_without_conditions(segment: str) -> bool:
    """New enrollees, on dialysis and with a graft too, and the months of a transplant."""
    return segment in _NEW or segment.startswith(("DNE", "GNE", "TRANSPLANT"))


def _segment(person: Person, file: str) -> str:
    known = {r["segment"] for r in code_list("hcc_coefficients") if r["coefficient_file"] == file}
    candidates = [segment for segment in _KINDS[person.kind] if segment in known]
    if len(candidates) == 1:
        return candidates[0]
    return "C" + _THREE_LETTERS[person.benefit] + ("A" if person.age >= 65 else "D")


def _is_demographic(name: str, person: Person, disabled: bool, segment: str, file: str) -> bool:
    """Whether a demographic variable holds of a person, read from its name."""
    reasons = ("1", "3") if file == "C1209J2Y" else ("1",)
    # a new enrollee on dialysis counts by the reason alone, at any age
    was_disabled = (not disabled or segment == "DNE") and person.reason in reasons
    age = person.age
    if (segment in _NEW or file == _RENAL) and age == 64 and person.reason == "0":
        age = 65
    joint = re.fullmatch(r"(N?)MCAID_(N?)ORIGDIS_(?:G_)?NE([FM].*)", name)
    if joint:
        return (
            (joint[1] == "") == person.medicaid
            and (joint[2] == "") == was_disabled
            and _in_cell(joint[3], age, person.sex)
        )
    cell = re.fullmatch(r"(?:NE)?([FM]\d.*)", name)
    if cell:
        return _in_cell(cell[1], age, person.sex)
    if name.startswith(("Originally_ESRD", "LT65_DUR", "GE65_DUR", "TRANSPLANT")):
        return _of_renal_patients(name, person, age)
    if not name.lower().startswith(("medicaid", "mcaid", "ltimcaid", "orig")):
        return False
    return _holds(name.lower(), person, age, disabled, was_disabled)


def _of_renal_patients(name: str, person: Person, age: int) -> bool:
    """A term of dialysis, transplant or graft that no other model has."""
    if name.startswith("Originally_ESRD"):
        of_sex = person.sex == ("2" if name.endswith("_Female") else "1")
        return of_sex and age >= 65 and person.reason in ("2", "3")
    return name.startswith("TRANSPLANT") or (age >= 65) == name.startswith("GE65")


def _holds(said: str, person: Person, age: int, disabled: bool, was_disabled: bool) -> bool:
    """A term of Medicaid or of original disability: of a sex, of an age band, or of all."""
    letter = "F" if person.sex == "2" else "M"
    band = re.search(r"male(\d.*)$", said)
    is_origin = said.startswith("orig")
    return (
        (was_disabled if is_origin else person.medicaid)
        and ("male" not in said or (letter == "F") == ("female" in said))
        and not (said.endswith("_aged") and disabled)
        and not (said.endswith(("_disabled", "_nonaged")) and not is_origin and not disabled)
        and (band is None or _in_cell(letter + band[1], age, person.sex))
    )


def _in_cell(cell: str, age: int, sex: str) -> bool:
    """F70_74 is a woman of 70 to 74, F95_GT one of 95 or more, F65 one of 65."""
    bounds = cell[1:].upper().split("_")
    last = bounds[-1]
    is_young_enough = last == "GT" or age <= int(last)
    return sex == ("2" if cell[0] == "F" else "1") and int(bounds[0]) <= age and is_young_enough
