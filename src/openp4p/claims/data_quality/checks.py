"""The checks that are declared: from what share on, in which rows, and what follows in words.

They stand in one file, `codes/lists/data_quality.csv`; thresholds and consequences are defaults of
this project, not rules of CMS.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from openp4p.codes import code_list, source

OK, LOOK, BAD = "ok", "look", "bad"
NEED, COLUMN, TEST = "need", "column", "test"
CLASSES = ("PART_B", "DME", "INPATIENT", "SNF", "OUTPATIENT", "HHA", "HOSPICE", "PDE")


@dataclass(frozen=True)
class Check:
    """One thing that is looked at: the share of rows that fail, and what follows from it.

    `kind` need: a table or column that a run needs; column: one that is shown as well; test:
    something that each row may fail. `classes` are the claim classes whose rows are asked, all when
    there are none; `parameter` is the number that some tests rest on. From the share `look` on it
    deserves a look, from `bad` on it is bad.
    """

    id: str
    kind: str
    group: str
    table: str
    column: str
    classes: tuple[str, ...]
    where: str
    parameter: int
    look: float | None
    bad: float | None
    what: str
    consequence: str

    def level(self, rows: int, failing: int) -> str:
        """ok, look or bad; nothing that is not there can fail."""
        if not rows or not failing or self.look is None or self.bad is None:
            return OK
        share = failing / rows
        return BAD if share >= self.bad else LOOK if share >= self.look else OK


@cache
def checks() -> tuple[Check, ...]:
    """Every check, in the order in which they are shown."""
    return tuple(
        Check(
            id=row["check"],
            kind=row["kind"],
            group=row["group"],
            table=row["table"],
            column=row["column"],
            classes=tuple(row["classes"].split()),
            where=row["where"],
            parameter=int(row["parameter"] or 0),
            look=float(row["look"]) if row["look"] else None,
            bad=float(row["bad"]) if row["bad"] else None,
            what=row["what"],
            consequence=row["consequence"],
        )
        for row in code_list("data_quality")
    )


def check(id_: str) -> Check:
    """The check of that name."""
    return next(one for one in checks() if one.id == id_)


def of_kind(*kinds: str) -> Iterable[Check]:
    """The checks of some kinds."""
    return (one for one in checks() if one.kind in kinds)


def whose() -> str:
    """Whose thresholds these are."""
    return source("data_quality")
