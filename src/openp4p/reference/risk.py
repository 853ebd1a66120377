"""Risk scores read a second time, in plain Python: whom the model scores, and on what."""

from __future__ import annotations

from datetime import date, timedelta

from openp4p.codes import code_list
from openp4p.program.definition import HccModel, Program
from openp4p.reference.carrier_lines import Row, is_allowed
from openp4p.reference.hcc import Person, score

_HOSPITAL = {"INPATIENT", "OUTPATIENT"}
_MANAGED_CARE = {"61", "62", "63", "64"}


def risk_scores(
    beneficiary: list[Row],
    enrollment_month: list[Row],
    claim: list[Row],
    claim_line: list[Row],
    diagnosis: list[Row],
    risk_score: list[Row],
    nursing_facility_cover: list[Row],
    hcc_codes: list[Row],  # noqa: ARG001  # read from the lists of the package instead
    hcc_edits: list[Row],  # noqa: ARG001
    hcc_conditions: list[Row],  # noqa: ARG001
    hcc_segments: list[Row],  # noqa: ARG001
    hcc_demographics: list[Row],  # noqa: ARG001
    hcc_interactions: list[Row],  # noqa: ARG001
    hcc_sets: list[Row],  # noqa: ARG001
    dual_benefits: list[Row],
    risk_adjustment_specialties: list[Row],
    betos_codes: list[Row],
    program: Program,
) -> list[Row]:
    """The score of every beneficiary, supplied or computed, with what it is made of."""
    year = program.performance_year
    accepted = {row["specialty"] for row in risk_adjustment_specialties}
    groups = {row["hcpcs_code"]: row["betos"] for row in betos_codes}
    counted = _counted_claims(claim, claim_line, accepted, groups, program)
    codes: dict[str, list[tuple[int, str]]] = {}
    for row in diagnosis:
        if row["claim_id"] in counted:
            codes.setdefault(row["beneficiary_id"], []).append((row["icd_version"], row["code"]))
    supplied = {r["beneficiary_id"]: r for r in risk_score if r["performance_year"] == year}
    benefits = {row["dual_status"]: row["benefit"] for row in dual_benefits}
    months: dict[str, list[Row]] = {}
    for row in enrollment_month:
        months.setdefault(row["beneficiary_id"], []).append(row)
    cover: dict[str, list[Row]] = {}
    for row in nursing_facility_cover:
        cover.setdefault(row["beneficiary_id"], []).append(row)
    found = []
    for row in beneficiary:
        name = row["beneficiary_id"]
        facts = _facts(months.get(name, []), benefits, cover.get(name, []), program)
        if name in supplied:
            found.append(_supplied(supplied[name], facts))
        else:
            found.append(_computed(row, facts, codes.get(name, []), program))
    return found


def _supplied(row: Row, facts: Row) -> Row:
    return {
        "beneficiary_id": row["beneficiary_id"],
        "risk_score": row["risk_score"],
        "source": "supplied",
        "segment": row["segment"],
        "is_new_enrollee": facts["is_new"],
        "hccs_before": None,
        "hccs": None,
        "terms": None,
    }


def _computed(row: Row, facts: Row, diagnoses: list[tuple[int, str]], program: Program) -> Row:
    made: Row = {
        "beneficiary_id": row["beneficiary_id"],
        "risk_score": None,
        "source": "computed",
        "segment": None,
        "is_new_enrollee": facts["is_new"],
        "hccs_before": None,
        "hccs": None,
        "terms": None,
    }
    birth = row["birth_date"]
    if birth is None or row["sex"] not in ("1", "2"):
        return made
    age = _age(birth, program.performance_year)
    if age < 0:
        return made
    person = Person(
        age=age,
        sex=row["sex"],
        medicaid=facts["medicaid"],
        reason=row["orig_entitlement_code"],
        kind=facts["kind"],
        benefit=facts["benefit"],
    )
    model, year = _model(program), _codes_of(program)
    held = score(
        person, diagnoses, model.model, model.coefficient_file, year, program.risk.age_sex_edits
    )
    return {
        **made,
        "risk_score": held.score,
        "segment": held.segment,
        "hccs_before": "|".join(map(str, held.before)),
        "hccs": "|".join(map(str, held.hccs)),
        "terms": "|".join(f"{name}={value}" for name, value in held.terms),
    }


def _model(program: Program) -> HccModel:
    """V12 and then V22, as the program says by year, or V22 for every year (D19)."""
    everywhere = program.risk.version == "v22_throughout"
    return program.risk.models["v22_throughout" if everywhere else "v12_then_v22"]


def _codes_of(program: Program) -> int:
    """The payment year whose codes are in force: the performance year, or the nearest (M41)."""
    listed = code_list("hcc_codes")
    name = _model(program).model
    held = sorted(
        {
            year
            for r in listed
            if r["model"] == name
            for year in range(int(r["payment_year_min"]), int(r["payment_year_max"]) + 1)
        }
    )
    wanted = program.performance_year
    if program.risk.map_year == "fail" and wanted not in held:
        raise ValueError(f"the model {name} has no codes for {wanted}")
    return min(held, key=lambda year: abs(year - wanted))


def _age(birth: date, year: int) -> int:
    """Whole years on 1 February."""
    return year - birth.year - ((birth.month, birth.day) > (2, 1))


def _facts(months: list[Row], benefits: dict[str, str], cover: list[Row], program: Program) -> Row:
    year = program.performance_year
    before = [m for m in months if m["year_month"] // 100 == year - 1]
    now = [m for m in months if m["year_month"] // 100 == year]
    held = {benefits.get(m["dual_status"]) for m in before} - {None}
    part_b = sum(1 for m in before if m["part_b"])
    is_new = part_b < program.risk.new_enrollee_below_months
    if program.risk.institutional == "nursing_facility_visits":
        first, last = date(year, 1, 1), date(year + 1, 1, 1) - timedelta(days=1)
        lives_in = any(s["first_day"] <= last and s["last_day"] >= first for s in cover)
    else:
        lives_in = any(m["institutional"] for m in now)
    kind = "new_enrollee" if is_new else "institutional" if lives_in else "community"
    in_now = any(m["dual_status"] in benefits for m in now)
    return {
        "is_new": is_new,
        "kind": kind,
        "medicaid": in_now if is_new else bool(held),
        "benefit": "full" if "full" in held else "partial" if held else "none",
    }


def _counted_claims(
    claim: list[Row],
    claim_line: list[Row],
    accepted: set[str],
    groups: dict[str, str],
    program: Program,
) -> set[str]:
    """The claims of the diagnosis year whose diagnoses count (M34)."""
    year = program.performance_year - 1
    by_id = {row["claim_id"]: row for row in claim}
    found = {
        row["claim_id"]
        for row in claim
        if row["claim_class"] in _HOSPITAL
        and row["thru_date"].year == year
        and row["nonpayment_code"] is None
        and not _is_managed(row)
    }
    for line in claim_line:
        head = by_id.get(line["claim_id"])
        denied = head is not None and (_is_managed(head) or head["nonpayment_code"] == "0")
        is_carrier_head = head is None or head["claim_class"] == "PART_B"
        day = line["thru_date"] or line["from_date"]
        if (
            line["claim_class"] == "PART_B"
            and day.year == year
            and is_allowed(line)
            and not (denied and is_carrier_head)
            and (line["specialty"] is None or line["specialty"] in accepted)
            and not _is_out(groups.get(line["hcpcs_code"], ""), program)
        ):
            found.add(line["claim_id"])
    return found


def _is_managed(row: Row) -> bool:
    return row["claim_type_code"] in _MANAGED_CARE or row["mco_paid"] == "1"


def _is_out(group: str, program: Program) -> bool:
    """Imaging, laboratory, ambulance and equipment say nothing of a visit to a professional."""
    return group.startswith(tuple(program.risk.excluded_services))
