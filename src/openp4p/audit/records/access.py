"""P14.5 and P17.3 from patient flows: do those hard to treat keep and find a practice?"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from openp4p.audit.evidence.access import AccessRatio, Flow, access_finding, access_ratio
from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.evidence.record import Finding
from openp4p.audit.records.folder import Records
from openp4p.audit.records.reading import Row

_HARD = (
    "top_risk_quartile", "costliest_tenth", "full_dual", "esrd", "disabled",
    "serious_mental_illness",
)  # fmt: skip
_COSTLY = ("costliest_tenth", "esrd", "dialysis", "transplant", "cancer")
_RETENTION = ("complex_staying", "complex_leaving", "others_staying", "others_leaving")
_INTAKE = ("complex_new", "others_new")


def access(records: Records) -> list[Finding]:
    """The ratios of each group, and the worst that could be judged."""
    if not records.has("patient_flows", "practices"):
        return []
    ratios = list(_ratios(records))
    return [
        access_finding([one for one in ratios if one.group in groups], subcheck)
        for subcheck, groups in (("P14.5", _HARD), ("P17.3", _COSTLY))
    ]


def _ratios(records: Records) -> Iterable[AccessRatio]:
    practices = records.practices()
    rows = records.rows["patient_flows"]
    for group in dict.fromkeys(row["group"] for row in rows):
        of_group = [row for row in rows if row["group"] == group]
        inside = [r for r in of_group if practices[r["practice"]]["first_period"] is not None]
        outside = [r for r in of_group if practices[r["practice"]]["first_period"] is None]
        if not inside:
            continue
        for kind, columns in (("retention", _RETENTION), ("intake", _INTAKE)):
            if any(row[name] is None for row in of_group for name in columns):
                continue
            comparison = _flow(outside, columns) if outside else None
            yield access_ratio(group, _flow(inside, columns), comparison, kind)


def _flow(rows: list[Row], columns: tuple[str, ...]) -> Flow:
    return Flow(_side(rows, "before", columns), _side(rows, "after", columns))


def _side(rows: list[Row], when: str, columns: tuple[str, ...]) -> Vector:
    """The counts of each practice on one side, practices in the same order on both."""
    held = sorted((r for r in rows if r["when"] == when), key=lambda r: str(r["practice"]))
    return np.array([[row[name] for name in columns] for row in held], dtype=float)
