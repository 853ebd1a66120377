"""What an audit says of one sub-check, and the rows it says it from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

Verdict = Literal["meets", "partly", "fails", "not_assessable"]
Kind = Literal["a", "b", "c", "d"]  # computed, from the definition, workflow, attested
Rows = tuple[Mapping[str, Any], ...]

MEETS: Verdict = "meets"
PARTLY: Verdict = "partly"
FAILS: Verdict = "fails"
NOT_ASSESSABLE: Verdict = "not_assessable"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One sub-check, judged. `threshold` is the rule in words, with the numbers it used.

    What a computation cannot know (hashes, signer, date) stays empty until the audit stamps it.
    """

    subcheck: str
    kind: Kind
    verdict: Verdict
    statistic: str = ""
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    threshold: str = ""
    n_units: int | None = None
    na_reason: str = ""
    run_hash: str = ""
    definition_hash: str = ""
    code_version: str = ""
    data_manifest_hash: str = ""
    document_sha256: str = ""
    signer: str = ""
    created_at: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        assert (self.verdict == NOT_ASSESSABLE) == bool(self.na_reason), (
            f"{self.subcheck}: 'not_assessable' goes with a reason, and a reason with nothing else"
        )

    def stamped(self, **known: str) -> Evidence:
        """The same record with hashes, versions, signer or date filled in."""
        return replace(self, **known)  # type: ignore[arg-type]  # text fields only

    def as_row(self) -> dict[str, Any]:
        """The fields in order, fit for JSON: a number that is not finite is written as a word."""
        return {name: _written(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Finding:
    """A judged sub-check and the rows behind it: practices, levels, groups or measures.

    `files` are those of a folder of evidence that it rests on; none where a run is behind it.
    """

    evidence: Evidence
    rows: Rows = field(default=())
    files: tuple[str, ...] = ()


def _written(value: object) -> object:
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "unknown" if math.isnan(value) else "infinite" if value > 0 else "-infinite"
