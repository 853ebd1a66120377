"""What a finished run shows of each sub-check."""

from __future__ import annotations

from collections.abc import Mapping

from openp4p.audit.evidence.record import Finding
from openp4p.results import Run


def findings_of(run: Run) -> Mapping[str, Finding]:
    """The computed findings of a run by sub-check."""
    return {}
