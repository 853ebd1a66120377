"""P11.1 and X24: the rules that data passed, and reports that show social risk apart."""

from __future__ import annotations

from openp4p.audit.evidence.judging import at_least, holds
from openp4p.audit.evidence.record import FAILS, NOT_ASSESSABLE, Evidence, Finding, Verdict
from openp4p.audit.records.folder import Records
from openp4p.audit.records.layout import DATA_QUALITY
from openp4p.audit.thresholds import threshold


def listed(records: Records) -> list[Finding]:
    """The findings of data_quality.csv and of reports.csv."""
    found = []
    if records.has("data_quality"):
        found.append(_data_quality(records))
    if records.has("reports"):
        found.append(_reports(records))
    return found


def _data_quality(records: Records) -> Finding:
    rows = records.rows["data_quality"]
    passed = sum(row["passed"] for row in rows) / len(rows)
    blocking = [row for row in rows if row["blocking"] and not row["passed"]]
    meets, partly = threshold("data.rules_meets"), threshold("data.rules_partly")
    verdict: Verdict = FAILS if blocking else at_least(passed, meets, partly)
    asked = {row["kind"] for row in rows}
    lacking = [kind for kind in DATA_QUALITY.column("kind").words if kind not in asked]
    reason = ""
    if lacking and verdict != FAILS:
        verdict, reason = NOT_ASSESSABLE, f"no rule of {' or '.join(lacking)} was asked"
    failed = f"{len(blocking)} of the rules that failed are blocking." if blocking else ""
    return Finding(
        Evidence(
            subcheck="P11.1",
            kind="a",
            verdict=verdict,
            statistic="share of the rules on data that passed",
            value=passed,
            threshold=f"a blocking rule that fails, fails; at least {meets:g} meets; at least "
            f"{partly:g} partly; else fails",
            n_units=len(rows),
            na_reason=reason,
            text=failed,
        ),
        tuple(
            {"rule": row["rule"], "kind": row["kind"], "blocking": row["blocking"]}
            for row in rows
            if not row["passed"]
        ),
    )


def _reports(records: Records) -> Finding:
    rows = records.rows["reports"]
    apart = sum(row["apart_for_social_risk"] for row in rows)
    return Finding(
        Evidence(
            subcheck="X24",
            kind="a",
            verdict=holds(apart == len(rows)),
            statistic="share of reports that show patients at social risk apart",
            value=apart / len(rows),
            threshold="all meets; else fails",
            n_units=len(rows),
        ),
        tuple({"report": r["report"], "delivered_on": r["delivered_on"].isoformat()} for r in rows
              if not r["apart_for_social_risk"]),
    )  # fmt: skip
