"""From each measure to the composite: what it adds, domain by domain, and how far the limits are.

A composite is the mean over domains of the mean of their scored measures, less the mean of the
peers, in standard deviations of the peers; so each score adds itself over the measures of its
domain, over the domains, over that deviation, and the parts sum to the composite.
"""

from __future__ import annotations

from typing import Any

from openp4p.reports.qrur.model import Column, Exhibit, ExhibitRule, exhibit
from openp4p.reports.qrur.practice import GREY, Practice
from openp4p.reports.qrur.result import PART

_COLUMNS = (
    Column("step", "Step", "text", "a measure, or a step of the sum"),
    Column("domain", "Domain", "text", "domain of the measure"),
    Column("score", "Score", "score",
           "distance from the benchmark in its standard deviations"),
    Column("weight", "Weight", "share",
           "share of the raw composite: one over the measures of the domain, over the domains"),
    Column("adds", "Adds to the composite", "score",
           "what it adds, in standard deviations of the peers; all steps sum to the composite"),
    Column("standing", "How it stands", "text", "how the measure stands to its benchmark"),
)  # fmt: skip
_ABOUT = (
    "How your {kind} composite comes about: every measure that counts, what it weighs and what it "
    "adds. A composite says how many standard deviations (SD: the usual spread among practices) "
    "you lie from practices of your size. {direction}"
)
_DIRECTION = {
    "quality": "Above 0 is better quality.",
    "cost": "Above 0 is costlier, below 0 is less costly; lower is better.",
}
BETTER = {"quality": "higher is better", "cost": "lower is better"}
RULES = {
    kind: ExhibitRule(
        f"STEPS-{kind.upper()}",
        f"From measures to the {kind} composite",
        PART,
        _ABOUT.format(kind=kind, direction=_DIRECTION[kind]),
        _COLUMNS,
        better=BETTER[kind],
    )
    for kind in ("quality", "cost")
}


def waterfalls(practice: Practice) -> list[Exhibit]:
    """The steps of both composites; a note where there is none."""
    return [_exhibit(practice, kind) for kind in RULES]


def _exhibit(practice: Practice, kind: str) -> Exhibit:
    found = practice.composite(kind)
    if not found or found["composite"] is None:
        note = f"You have no {kind} composite: no measure could be scored."
        return exhibit(RULES[kind], [], note)
    peers = {
        "step": "less the mean of your peers",
        "adds": -found["peer_mean"] / found["peer_sd"],
    }
    total = {"step": f"{kind} composite", "adds": found["composite"], "tone": "total"}
    rows = [*contributions(practice, kind), peers, total]
    limit = practice.limit(kind)
    if limit is not None:
        rows.append({"step": "a tier other than average begins at a distance of", "adds": limit})
    note = f"The scores are those of your ACO {found['entity_id']}." if found["entity_id"] else ""
    return exhibit(RULES[kind], rows, note)


def contributions(practice: Practice, kind: str) -> list[dict[str, Any]]:
    """What each scored measure adds to the composite, domain by domain."""
    found = practice.composite(kind)
    domains = {
        row["domain"]: row
        for row in practice.rows.of("domain_scores", practice.unit(kind))
        if row["kind"] == kind
    }
    rows = []
    for row in practice.scores(practice.unit(kind), kind):
        if row["is_scored"] and row["domain"] in domains:
            weight = 1 / domains[row["domain"]]["measures"] / len(domains)
            rows.append(
                {
                    "step": row["name"],
                    "measure": row["measure"],
                    "domain": domain_name(practice, row["domain"]),
                    "score": row["score"],
                    "weight": weight,
                    "adds": row["score"] * weight / found["peer_sd"],
                    "standing": row["standing"],
                    "tone": row["tone"],
                    "is_sure": row["tone"] != GREY,
                }
            )
    return sorted(rows, key=lambda row: str(row["domain"]))


def domain_name(practice: Practice, domain: str) -> str:
    """The name of a domain in the program's words."""
    rule = practice.nation.program.composites
    return {**rule.quality_domains, **rule.cost_domains}.get(domain, domain)
