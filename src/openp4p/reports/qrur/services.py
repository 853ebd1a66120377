"""Where the dollars went: by category of service, by who billed, by condition, by episode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from openp4p.measures.cost_breakdown import FACILITY, OTHER, OWN
from openp4p.reports.qrur.measures import COST
from openp4p.reports.qrur.model import Column, Exhibit, ExhibitRule, exhibit
from openp4p.reports.qrur.nation import Nation
from openp4p.reports.qrur.practice import Practice, less, per

_PEERS = (
    "Dollars a patient and year at national prices, before trimming and risk adjustment, beside "
    "the mean of all practices' patients. "
)
_MONEY = (
    Column("your_cost", "Yours", "dollars", "dollars a patient (or an episode) of yours"),
    Column("peer_cost", "All practices", "dollars", "the same over all practices together"),
    Column("difference", "Difference", "moved", "yours less all practices'"),
)
_USING = (
    Column("users", "Using it", "count", "your patients (or episodes) with such services"),
    Column("pct_using", "Share using it", "share", "their share of your patients (or episodes)"),
    Column("peer_pct_using", "Share, all practices", "share", "the same over all practices"),
)
_CATEGORY = Column("category", "Category of service", "text", "category of service")


def _by_category(id_: str, title: str, about: str) -> ExhibitRule:
    columns = (_CATEGORY, *_USING, *_MONEY)
    return ExhibitRule(
        id_,
        title,
        COST,
        about,
        columns,
        better="lower is less costly",
    )


ALL = "all services"
E8 = ExhibitRule(
    "E8",
    "Difference from peers in per capita cost by category of service: all attributed beneficiaries",
    COST,
    _PEERS + "Bars to the left of the line cost less than all practices' patients.",
    (Column("section", "Kind of service", "text", "kind of service"), *_MONEY),
    better="lower is less costly",
)
T3A = _by_category(
    "T3A", "Per capita costs by category of service: all attributed beneficiaries", _PEERS
)
T3B = ExhibitRule(
    "T3B",
    "Costs of services provided by your TIN and by others",
    COST,
    "Who billed what your patients cost. Facilities are hospitals, nursing homes, home health "
    "agencies and the like.",
    (
        _CATEGORY,
        Column("your_tin_cost", "You", "dollars", "dollars a patient billed by your practice"),
        Column("other_tin_cost", "Others", "dollars", "by other practices and suppliers"),
        Column("facility_cost", "Facilities", "dollars", "by facilities"),
        Column("your_cost", "All", "dollars", "all together"),
        Column("peer_cost", "All practices", "dollars", "the same over all practices together"),
    ),
)
CONDITIONS = {
    "diabetes_cost": ("T4A", "diabetes"),
    "copd_cost": ("T4B", "chronic obstructive pulmonary disease"),
    "coronary_artery_disease_cost": ("T4C", "coronary artery disease"),
    "heart_failure_cost": ("T4D", "heart failure"),
}
E9 = ExhibitRule(
    "E9",
    "Difference from peers in per capita cost: beneficiaries with each chronic condition",
    COST,
    "Patients with a condition, with all that they cost, whatever it was for. " + _PEERS,
    (
        Column("condition", "Condition", "text", "chronic condition"),
        Column("beneficiaries", "Your patients", "count", "attributed patients with it"),
        *_MONEY,
    ),
    better="lower is less costly",
)
T4 = {
    measure: _by_category(
        id_,
        f"Per capita costs by category of service: {name}",
        f"Patients with {name}, with all that they cost. " + _PEERS,
    )
    for measure, (id_, name) in CONDITIONS.items()
}
E10 = _by_category(
    "E10",
    "Difference from peers in cost by category of service: MSPB episodes",
    "An episode runs from 3 days before a hospital admission to 30 days after the discharge; it is "
    "yours when you billed most of the stay's professional charges. Dollars an episode.",
)
T5A = ExhibitRule(
    "T5A",
    "Admitting hospitals for MSPB episodes",
    COST,
    "Where your episodes were admitted; CCN is Medicare's number of a hospital.",
    (
        Column("ccn", "Hospital (CCN)", "text", "Medicare's number of the hospital"),
        Column("n_episodes", "Episodes", "count", "your episodes there"),
        Column("pct", "Share", "share", "share of your episodes"),
    ),
)
_TIMES = {
    "before": ("Before", "services that began in the 3 days before the admission"),
    "stay": ("In the stay", "services that began from the admission to the discharge"),
    "after": ("After", "services that began in the 30 days after it, or follow-on care that day"),
}
T5C = ExhibitRule(
    "T5C",
    "MSPB costs by category of service (pre; index; post)",
    COST,
    "The dollars of E10 by when the service began: before the admission, from the admission to the "
    "discharge, or after it; a facility's care that begins on the day of discharge comes after it. "
    "Dollars an episode.",
    (
        _CATEGORY,
        *(
            Column(f"{whose}_{time}", f"{heading}, {who}", "dollars", f"{meaning}, {whom}")
            for time, (heading, meaning) in _TIMES.items()
            for whose, who, whom in (
                ("your", "yours", "dollars an episode of yours"),
                ("peer", "all practices", "the same over all practices together"),
            )
        ),
    ),
    better="lower is less costly",
)
RULES = (E8, T3A, T3B, E9, *T4.values(), E10, T5A, T5C)


def services(practice: Practice) -> list[Exhibit]:
    """The exhibits of where dollars went."""
    categories = _categories(practice)
    return [
        exhibit(E8, _sections(categories)),
        exhibit(T3A, categories),
        exhibit(T3B, _billers(practice)),
        exhibit(E9, _conditions(practice)),
        *(
            exhibit(rule, _of_condition(practice, measure), _nobody(practice, measure))
            for measure, rule in T4.items()
        ),
        exhibit(E10, _episodes(practice)),
        exhibit(T5A, _hospitals(practice)),
        exhibit(T5C, _windows(practice)),
    ]


def _cells(
    practice: Practice,
    mine: Mapping[str, Mapping[str, Any]],
    people: int,
    theirs: Mapping[str, Mapping[str, Any]],
    nation: int,
) -> list[dict[str, Any]]:
    """Categories in their order, of a practice and of all, and what they come to together."""
    rows = [
        {
            "category": row["name"],
            "section": row["section"],
            "users": mine.get(category, {}).get("users", 0),
            "pct_using": per(mine.get(category, {}).get("users", 0), people),
            "peer_pct_using": per(theirs.get(category, {}).get("users", 0), nation),
            **_beside(
                per(mine.get(category, {}).get("dollars", 0), people),
                per(theirs.get(category, {}).get("dollars", 0), nation),
            ),
        }
        for category, row in sorted(
            practice.nation.categories.items(), key=lambda item: item[1]["position"]
        )
        if category in mine or category in theirs
    ]
    return [*rows, {"category": ALL, **_summed(rows), "tone": "total"}] if people else []


def _beside(mine: float | None, theirs: float | None) -> dict[str, float | None]:
    return {"your_cost": mine, "peer_cost": theirs, "difference": less(mine, theirs)}


def _summed(rows: Iterable[Mapping[str, Any]]) -> dict[str, float | None]:
    listed = list(rows)
    return _beside(
        sum(row["your_cost"] or 0.0 for row in listed),
        sum(row["peer_cost"] or 0.0 for row in listed),
    )


def _people(practice: Practice) -> int:
    return int(practice.one("people").get("beneficiaries") or 0)


def _categories(practice: Practice) -> list[dict[str, Any]]:
    mine = {row["category"]: row for row in practice.of("users")}
    nation = practice.nation
    return _cells(practice, mine, _people(practice), nation.users, nation.people)


def _sections(categories: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sections: dict[str, list[dict[str, Any]]] = {}
    for row in categories:
        if row["category"] != ALL:
            sections.setdefault(row["section"], []).append(row)
    rows: list[dict[str, Any]] = [
        {"section": name, **_summed(held)} for name, held in sections.items()
    ]
    return [*rows, {"section": ALL, **_summed(rows), "tone": "total"}] if rows else []


def _billers(practice: Practice) -> list[dict[str, Any]]:
    columns = {OWN: "your_tin_cost", OTHER: "other_tin_cost", FACILITY: "facility_cost"}
    names = ("your_cost", "peer_cost", *columns.values())
    by: dict[str, dict[str, Any]] = {}
    for row in practice.of("practice_costs"):
        held = by.setdefault(row["category"], dict.fromkeys(names, 0.0))
        held[columns[row["billed_by"]]] += row["per_capita_dollars"] or 0.0
        held["your_cost"] += row["per_capita_dollars"] or 0.0
        held["peer_cost"] += row["peers_per_capita_dollars"] or 0.0
    listed = practice.nation.categories
    rows: list[dict[str, Any]] = [
        {"category": listed[category]["name"], **by[category]}
        for category in sorted(by, key=lambda c: listed[c]["position"])
    ]
    total = {name: sum(row[name] for row in rows) for name in names}
    return [*rows, {"category": ALL, **total, "tone": "total"}] if rows else []


def _of_condition(practice: Practice, measure: str) -> list[dict[str, Any]]:
    mine = {r["category"]: r for r in practice.of("condition_costs") if r["measure"] == measure}
    nation = practice.nation
    theirs = {c: row for (m, c), row in nation.condition_costs.items() if m == measure}
    people = _with_condition(practice, measure)
    return _cells(practice, mine, people, theirs, nation.condition_people.get(measure, 0))


def _with_condition(practice: Practice, measure: str) -> int:
    people = {row["measure"]: row["beneficiaries"] for row in practice.of("condition_people")}
    return int(people.get(measure, 0))


def _nobody(practice: Practice, measure: str) -> str:
    none = practice.nation.condition_people and not _with_condition(practice, measure)
    return "None of your patients has it." if none else ""


def _conditions(practice: Practice) -> list[dict[str, Any]]:
    if not practice.nation.condition_people:
        return []
    rows = []
    for measure, (_, name) in CONDITIONS.items():
        total = (_of_condition(practice, measure) or [{}])[-1]
        beside = {column.id: total.get(column.id) for column in _MONEY}
        people = _with_condition(practice, measure)
        rows.append({"condition": name, "beneficiaries": people, **beside})
    return rows


def _episodes(practice: Practice) -> list[dict[str, Any]]:
    mine = {row["category"]: row for row in practice.of("episode_costs")}
    count = sum(row["episodes"] for row in practice.of("episode_hospitals"))
    nation = practice.nation
    return _cells(practice, mine, count, nation.episode_costs, nation.episodes)


def _windows(practice: Practice) -> list[dict[str, Any]]:
    """Categories in their order with the dollars of each time, and what they come to together."""
    mine = {(row["category"], row["time"]): row for row in practice.of("episode_windows")}
    count = sum(row["episodes"] for row in practice.of("episode_hospitals"))
    nation = practice.nation
    listed = sorted(nation.categories.items(), key=lambda item: item[1]["position"])
    there = {category for category, _ in (*mine, *nation.episode_windows)}
    rows: list[dict[str, Any]] = [
        {"category": row["name"], **_by_time(mine, count, nation, category)}
        for category, row in listed
        if category in there
    ]
    names = [column.id for column in T5C.columns[1:]]
    total = {name: sum(row[name] or 0.0 for row in rows) for name in names}
    return [*rows, {"category": ALL, **total, "tone": "total"}] if count else []


def _by_time(
    mine: Mapping[tuple[str, str], Any], count: int, nation: Nation, category: str
) -> dict[str, float | None]:
    found = {}
    for time in _TIMES:
        theirs = nation.episode_windows.get((category, time), {})
        found[f"your_{time}"] = per(mine.get((category, time), {}).get("dollars", 0), count)
        found[f"peer_{time}"] = per(theirs.get("dollars", 0), nation.episodes)
    return found


def _hospitals(practice: Practice) -> list[dict[str, Any]]:
    rows = practice.of("episode_hospitals")
    count = sum(row["episodes"] for row in rows)
    found = [
        {"ccn": row["ccn"], "n_episodes": row["episodes"], "pct": row["episodes"] / count}
        for row in sorted(rows, key=lambda row: (-row["episodes"], str(row["ccn"])))
    ]
    total = {"ccn": "all hospitals", "n_episodes": count, "pct": 1.0, "tone": "total"}
    return [*found, total] if found else []
