"""What the portal keeps: people, runs under review, disputes, registries, the trail."""

from openp4p.portal.models.disputes import DataRequest, Decision, Dispute, Evidence, Note, Variance
from openp4p.portal.models.people import Membership, Practice, User
from openp4p.portal.models.registries import (
    AdminCost,
    CareResource,
    ClockShift,
    Export,
    LedgerEntry,
    Participation,
)
from openp4p.portal.models.runs import (
    Approval,
    Instruction,
    Notice,
    Recalculation,
    Result,
    ReviewedRun,
    Version,
)
from openp4p.portal.models.trail import Event, Head, Payload, Receipt

__all__ = [
    "AdminCost", "Approval", "CareResource", "ClockShift", "DataRequest", "Decision", "Dispute",
    "Event", "Evidence", "Export", "Head", "Instruction", "LedgerEntry", "Membership", "Note",
    "Notice", "Participation", "Payload", "Practice", "Recalculation", "Receipt", "Result",
    "ReviewedRun",
    "User", "Variance", "Version",
]  # fmt: skip
