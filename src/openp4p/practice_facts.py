"""What a run knows of each practice: who its patients are, its size, how it reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ibis import _

from openp4p.columns import Columns, Vector, beneficiaries, columns
from openp4p.results import Run

SIZE_BANDS = ("1", "2-9", "10-24", "25-99", "100+")
_SIZE_STARTS = (1, 2, 10, 25, 100)
QUARTILES = ("lowest quarter", "second quarter", "third quarter", "highest quarter")
ACO = "aco"


@dataclass(frozen=True)
class PracticeFacts:
    """Columns of practices subject to the program, in the order of TIN.

    `percent` is the adjustment in points of base payments. Shares and means are of attributed
    patients, NaN for a practice without any. `note` says what could not be read.
    """

    table: Columns
    state: Sequence[str | None]
    specialty: Sequence[str | None]
    percent: Vector
    note: str

    @property
    def size_band(self) -> list[str | None]:
        """The size band of each practice, clinicians counted as the program counts them."""
        places = np.searchsorted(_SIZE_STARTS, np.nan_to_num(self.table["size"]), side="right")
        return [SIZE_BANDS[place - 1] if place else None for place in places]

    @property
    def reported(self) -> Vector:
        """Who reported quality by some route."""
        return np.asarray(self.table["category"] == 1)

    @property
    def route(self) -> list[str | None]:
        """How quality came in: a reporting mechanism, or through an ACO."""
        stated = zip(self.table["mechanism"], self.table["basis"], strict=True)
        return [mechanism or (ACO if basis == "aco_reported" else None)
                for mechanism, basis in stated]  # fmt: skip

    def quartile(self, name: str) -> list[str | None]:
        """The quarter of practices, by this column; unknown for a practice without patients."""
        values = self.table[name]
        known = np.isfinite(values)
        cuts = np.quantile(values[known], [0.25, 0.5, 0.75]) if known.any() else np.zeros(3)
        return [
            QUARTILES[int(np.searchsorted(cuts, value, side="left"))] if is_known else None
            for value, is_known in zip(values, known, strict=True)
        ]


def practice_facts(run: Run) -> PracticeFacts:
    """The facts of every practice that the program adjusts or could adjust."""
    year = run.manifest["performance_year"]
    people, note = beneficiaries(run)
    patients = run.table("attributed_beneficiaries").select("beneficiary_id", "tin").inner_join(
        run.table("eligible_beneficiaries"), "beneficiary_id"
    )  # fmt: skip
    age = (year - patients.birth_date.year()).cast("float64")
    described = patients.group_by("tin").agg(
        patients=_.count(),
        mean_risk=_.risk_score.mean(),
        dual_share=_.is_dual.cast("float64").mean(),
        esrd_share=_.is_esrd.cast("float64").mean(),
        mean_age=age.mean(),
        under_65=(age < 65).cast("float64").mean(),
        over_84=(age >= 85).cast("float64").mean(),
    )
    practices = run.table("practices").filter(_.is_subject).select("tin", "size", "size_class")
    reporting = run.table("reporting_categories").select("tin", "category", "mechanism", "basis")
    paid = run.table("payments").select("tin", "adjustment_fraction", "paid_amount")
    joined = practices
    for other in (described, reporting, paid):
        joined = joined.left_join(other, "tin").drop("tin_right")
    table = columns(run, joined.order_by("tin"))
    state = dict.fromkeys(table["tin"])
    if people is not None:
        lived = patients.inner_join(people.select("beneficiary_id", "state"), "beneficiary_id")
        state |= _most_common(
            columns(run, lived.group_by("tin", "state").agg(n=_.count())), "state"
        )
    professionals = run.table("professionals").group_by("tin", "specialty").agg(n=_.count())
    specialty = _most_common(columns(run, professionals), "specialty")
    return PracticeFacts(
        table,
        [state.get(tin) for tin in table["tin"]],
        [specialty.get(tin) for tin in table["tin"]],
        100.0 * np.nan_to_num(table["adjustment_fraction"]),
        f"States of patients are not held equal: {note}" if note else "",
    )


def _most_common(counted: Columns, name: str) -> dict[str, str]:
    """The most common value of each practice; of equals the first in order."""
    rows = zip(counted["tin"], counted["n"], counted[name], strict=True)
    ordered = sorted((tin, -number, value) for tin, number, value in rows if value is not None)
    found: dict[str, str] = {}
    for tin, _number, value in ordered:
        found.setdefault(tin, value)
    return found
