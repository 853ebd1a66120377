"""Whose patients: attributed beneficiaries by step, their hospitals, what happened to them."""

from __future__ import annotations

from typing import Any

from openp4p.codes import code_list
from openp4p.reports.meanings import in_english
from openp4p.reports.qrur.measures import QUALITY
from openp4p.reports.qrur.model import Column, Exhibit, ExhibitRule, exhibit
from openp4p.reports.qrur.practice import Practice, per

PART, CLINICIANS = "Your patients", "Your clinicians"
SHARE_OF_STAYS = 0.05
_HOSPITAL = (
    Column("ccn", "Hospital (CCN)", "text", "Medicare's number of the hospital"),
    Column("n_stays", "Stays", "count", "stays of your patients in the year"),
    Column("pct_stays", "Share", "share", "share of your patients' stays"),
    Column("patients", "Patients", "count", "your patients with a stay there"),
)
E6 = ExhibitRule(
    "E6",
    "Beneficiary attribution: numbers attributed and step of attribution",
    PART,
    "A patient is yours when you gave more primary care (by allowed charges) than any other "
    "practice. A later step looks only at patients to whom the clinicians of the steps before gave "
    "none.",
    (
        Column("step", "Step", "text", "step of the attribution"),
        Column("n_beneficiaries", "Patients", "count", "beneficiaries attributed to you"),
        Column("pct", "Share", "share", "share of your patients"),
        Column("contested", "Also seen elsewhere", "count",
               "patients who had primary care in other practices as well"),
        Column("avg_pcs_from_your_tin", "Services from you", "two_digits",
               "mean primary care services of the step that a patient had from you"),
        Column("avg_pcs_from_other_tins", "From others", "two_digits",
               "the same from all other practices"),
    ),
)  # fmt: skip
E7 = ExhibitRule(
    "E7",
    "Hospitals with at least 5 percent of attributed beneficiaries' stays",
    PART,
    "Where your patients were admitted most.",
    _HOSPITAL,
)
T2B = ExhibitRule(
    "T2B",
    "Admitting hospitals for attributed beneficiaries",
    PART,
    "Every hospital in which your patients had a stay.",
    _HOSPITAL,
)
READMISSIONS = ExhibitRule(
    "READMISSIONS",
    "Readmissions within 30 days, by kind of stay",
    QUALITY,
    "Each kind of stay has a risk model of its own. A ratio below 1 is better than expected.",
    (
        Column("cohort", "Kind of stay", "text", "specialty cohort of the stay"),
        Column("stays", "Stays", "count", "stays that could be followed by a readmission"),
        Column("readmissions", "Readmitted", "count", "unplanned readmissions within 30 days"),
        Column("expected", "Expected", "two_digits",
               "readmissions that an average practice would have with your patients"),
        Column("ratio", "Ratio", "two_digits",
               "predicted over expected, drawn toward 1 where stays are few"),
    ),
    better="lower is better",
)  # fmt: skip
VISITS = ExhibitRule(
    "VISITS",
    "Seen after a discharge home",
    QUALITY,
    "Discharges home after which your patients were seen by a clinician. Shown, not scored.",
    (
        Column("days", "Within days", "text", "days after the discharge"),
        Column("discharges", "Discharges", "count", "discharges home that count"),
        Column("followed", "Seen", "count", "of them followed by a visit"),
        Column("share", "Share", "share", "share of discharges followed by a visit"),
    ),
    better="higher is better",
)
_CLINICIAN = Column("npi", "NPI", "text", "national number of the clinician")
T1 = ExhibitRule(
    "T1",
    "Physicians and other eligible professionals in the TIN",
    CLINICIANS,
    "Who bills under your tax number, or is on its roster. They decide your size class.",
    (
        _CLINICIAN,
        Column("specialty", "Specialty", "text", "Medicare specialty"),
        Column("ep_class", "Class", "text", "class of eligible professional"),
        Column("is_physician", "Physician", "yes_no", "whether a physician"),
        Column("in_roster", "On the roster", "yes_no", "has reassigned billing to you (PECOS)"),
        Column("billed_lines", "Billed lines", "count", "fee schedule lines in the year"),
        Column("paid", "Medicare paid", "cents", "what Medicare paid for them"),
        Column("is_adjusted", "Payments change", "yes_no",
               "whether the program adjusts payments of this class"),
    ),
)  # fmt: skip
_REPORTED = (
    Column("measure", "Measure", "text", "name of the measure"),
    Column("mechanism", "Reported by", "text", "how it was reported"),
    Column("cases", "Cases", "count", "eligible less exclusions and exceptions"),
    Column("met", "Met", "count", "cases in which the measure was met"),
    Column("rate", "Rate", "share", "share met"),
    Column("benchmark", "Benchmark", "share", "mean of all who reported it"),
)
T6A = ExhibitRule(
    "T6A",
    "Individual EP performance on PQRS measures",
    CLINICIANS,
    "What your clinicians reported one by one; such cases are put together for the practice.",
    (_CLINICIAN, *_REPORTED),
)
T6B = ExhibitRule(
    "T6B",
    "Group PQRS measures",
    QUALITY,
    "What you reported as a group.",
    _REPORTED,
)
T7 = ExhibitRule(
    "T7",
    "Shared Savings Program ACO quality performance",
    QUALITY,
    "What your accountable care organisation (ACO) reported for all its practices together.",
    _REPORTED,
)
RULES = (E6, E7, T2B, READMISSIONS, VISITS, T1, T6A, T6B, T7)


def patients(practice: Practice) -> list[Exhibit]:
    """The exhibits of whose patients they are and where they were admitted."""
    stays = _hospitals(practice)
    most = [row for row in stays if row["pct_stays"] >= SHARE_OF_STAYS]
    listed = [*stays, _all(stays)] if stays else []
    return [exhibit(E6, _steps(practice)), exhibit(E7, most), exhibit(T2B, listed)]


def outcomes(practice: Practice) -> list[Exhibit]:
    """Readmissions by cohort and visits after discharge."""
    cohorts = [
        {**row, "cohort": row["cohort"].replace("_", " and ")}
        for row in practice.of("cohort_ratios")
    ]
    visits = [{**row, "days": str(row["days"])} for row in practice.of("follow_up_shares")]
    return [exhibit(READMISSIONS, cohorts), exhibit(VISITS, visits)]


def clinicians(practice: Practice) -> list[Exhibit]:
    """The clinicians of a practice and what each reported."""
    names = {row["specialty"]: row["name"] for row in code_list("specialty_names")}
    rows = [
        {
            **row,
            "specialty": f"{names.get(row['specialty'], 'unknown')} ({row['specialty']})",
            "ep_class": in_english(row["ep_class"]),
            "billed_lines": row["pfs_lines"],
            "paid": row["paid_amount"],
        }
        for row in practice.of("professionals")
    ]
    mine = _reports(practice, practice.tin)
    alone = [row for row in mine if row["npi"]]
    return [
        exhibit(T1, sorted(rows, key=lambda r: str(r["npi"]))),
        exhibit(T6A, alone, "" if alone else "None of them reported as an individual."),
    ]


def reported(practice: Practice) -> list[Exhibit]:
    """What the practice reported as a group, and what its ACO did."""
    group = [row for row in _reports(practice, practice.tin) if not row["npi"]]
    entity = practice.one("practices").get("entity_id")
    aco = _of_aco(practice, entity) if entity else []
    return [
        exhibit(T6B, group, "" if group else "You did not report as a group."),
        exhibit(T7, aco, "" if aco else "You are in no ACO that reported."),
    ]


def _reports(practice: Practice, tin: str) -> list[dict[str, Any]]:
    year = practice.nation.manifest["performance_year"]
    found = []
    for row in practice.rows.of("quality_reports", tin):
        if row["performance_year"] != year or row["stratum"]:
            continue
        cases = row["eligible"] - (row["exclusions"] or 0) - (row["exceptions"] or 0)
        found.append(_report(practice, row["measure"], row["mechanism"], cases, row["met"]))
        found[-1]["npi"] = row["npi"]
    return sorted(found, key=lambda r: (str(r["npi"]), r["measure"], r["mechanism"]))


def _report(
    practice: Practice, measure: str, mechanism: str, cases: int, met: int | None
) -> dict[str, Any]:
    rule = practice.nation.measures.get(measure, {"name": measure})
    benchmark = practice.nation.benchmarks.get(measure, {})
    return {
        "measure": f"{rule['name']} ({measure})",
        "mechanism": in_english(mechanism),
        "cases": cases,
        "met": met,
        "rate": per(met, cases),
        "benchmark": benchmark.get("mean"),
    }


def _of_aco(practice: Practice, entity: str) -> list[dict[str, Any]]:
    """The proportions an ACO reported; its surveys and outcomes stand with the other measures."""
    return [
        {
            "measure": f"{row['name']} ({row['measure']})",
            "mechanism": "ACO",
            "cases": row["cases"],
            "met": None if row.get("numerator") is None else round(row["numerator"]),
            "rate": row["rate"],
            "benchmark": row["benchmark_mean"],
        }
        for row in practice.scores(entity, "quality")
        if row["unit"] == "proportion" and row["rule"]["source"] == "reported"
    ]


def _steps(practice: Practice) -> list[dict[str, Any]]:
    held = practice.of("steps")
    total = sum(row["beneficiaries"] for row in held)
    groups = practice.nation.program.attribution.steps
    rows = [
        _step(row, total, f"{row['step']}: {_who(groups[row['step'] - 1])}")
        for row in sorted(held, key=lambda row: row["step"])
    ]
    columns = ("beneficiaries", "contested", "own_services", "other_services")
    everyone = {name: sum(row[name] for row in held) for name in columns}
    return [*rows, {**_step(everyone, total, "all"), "tone": "total"}] if rows else []


def _who(groups: Any) -> str:  # noqa: ANN401  # a tuple or a set of words
    return " or ".join(in_english(group) for group in sorted(groups))


def _step(row: dict[str, Any], total: int, name: str) -> dict[str, Any]:
    people = row["beneficiaries"]
    return {
        "step": name,
        "n_beneficiaries": people,
        "pct": per(people, total),
        "contested": row["contested"],
        "avg_pcs_from_your_tin": per(row["own_services"], people),
        "avg_pcs_from_other_tins": per(row["other_services"], people),
    }


def _hospitals(practice: Practice) -> list[dict[str, Any]]:
    rows = practice.of("hospitals")
    total = sum(row["stays"] for row in rows)
    return [
        {
            "ccn": row["ccn"],
            "n_stays": row["stays"],
            "pct_stays": row["stays"] / total,
            "patients": row["beneficiaries"],
        }
        for row in sorted(rows, key=lambda row: (-row["stays"], str(row["ccn"])))
    ]


def _all(rows: list[dict[str, Any]]) -> dict[str, Any]:
    stays = sum(row["n_stays"] for row in rows)
    return {"ccn": "all hospitals", "n_stays": stays, "pct_stays": 1.0, "tone": "total"}
