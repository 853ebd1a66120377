"""P18.2 and P18.3 from the registry of care resources: who has all four services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from openp4p.audit.attestations import months_after
from openp4p.audit.evidence.numbers import rounded
from openp4p.audit.evidence.record import NOT_ASSESSABLE, Evidence, Finding
from openp4p.audit.evidence.resources import Share, coverage_finding, gap_finding
from openp4p.audit.records.folder import Records
from openp4p.audit.records.layout import SERVICES
from openp4p.audit.records.reading import Row
from openp4p.audit.thresholds import count, threshold


def care_resources(records: Records, as_of: dt.date) -> list[Finding]:
    """How many have all four services on a day, weighed by patients at risk, and who has not."""
    if not records.has("care_resources", "practices"):
        return []
    unknown = sum(row["primary_care"] is None for row in records.rows["practices"])
    if unknown:
        reason = f"primary_care is not known of {unknown:,} practices"
        return [_open(subcheck, reason) for subcheck in ("P18.2", "P18.3")]
    roster = [row for row in records.rows["practices"] if row["primary_care"]]
    there: dict[str, set[str]] = {row["practice"]: set() for row in roster}
    for row in records.rows["care_resources"]:
        if row["practice"] in there and is_available(row, as_of):
            there[row["practice"]].add(row["service"])
    covered = {name: services >= set(SERVICES) for name, services in there.items()}
    rows = tuple(
        {
            "practice": row["practice"],
            "participates": row["first_period"] is not None,
            "partnership": row["partnership"],
            "lacks": ", ".join(s for s in SERVICES if s not in there[row["practice"]]) or "nothing",
        }
        for row in roster
    )
    found = [_coverage(roster, covered), _gap(roster, covered)]
    return [replace(one, rows=rows) for one in found]


def is_available(row: Row, as_of: dt.date) -> bool:
    """There, without a condition, within two weeks, and verified in the year before the day."""
    wait, verified = row["wait_days"], row["verified_on"]
    if row["source"] == "none" or row["conditional_on"] or wait is None or verified is None:
        return False
    in_time = rounded(float(wait)) <= threshold("resources.longest_wait")
    last = months_after(verified, count("resources.verified_within"))
    return in_time and verified <= as_of <= last


def _coverage(roster: list[Row], covered: dict[str, bool]) -> Finding:
    unknown = sum(row["patients_at_risk"] is None for row in roster)
    if unknown:
        return _open(
            "P18.2", f"patients_at_risk is not known of {unknown:,} primary care practices"
        )
    at_risk = [row["patients_at_risk"] for row in roster]
    return coverage_finding(at_risk, [covered[row["practice"]] for row in roster])


def _open(subcheck: str, reason: str) -> Finding:
    return Finding(Evidence(subcheck=subcheck, kind="a", verdict=NOT_ASSESSABLE, na_reason=reason))


def _gap(roster: list[Row], covered: dict[str, bool]) -> Finding:
    def share(rows: Iterable[Row]) -> Share:
        held = [covered[row["practice"]] for row in rows]
        return Share(sum(held), len(held))

    participation = (
        share(row for row in roster if row["first_period"] is not None),
        share(row for row in roster if row["first_period"] is None),
    )
    partnership = (
        share(row for row in roster if row["partnership"] == "yes"),
        share(row for row in roster if row["partnership"] == "no"),
    )
    return gap_finding(participation, partnership)
