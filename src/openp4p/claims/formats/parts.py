"""What a format's reader hands over: SELECTs of canonical columns, with the rows they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from openp4p.claims.formats.workbench import SourceFile

# by default institutional dollars are those of claims, professional ones those of lines
_BY_LINE = "('PART_B', 'DME')"
_COUNTED = {
    "claim": f"coalesce(claim_class NOT IN {_BY_LINE}, true)",
    "claim_line": f"coalesce(claim_class IN {_BY_LINE}, true)",
}


@dataclass(frozen=True)
class Part:
    """Rows for one canonical table out of one file.

    `columns` gives the SQL of each canonical column over the relation; columns that are left out
    are null. `refused` is SQL that says why a row must be set aside, null for the others.
    `counted` is SQL over the canonical columns: whether the row's dollars stand in the ledger, so
    that a claim and its lines are not both counted. `slot` is SQL of a number below 1,000 that
    tells apart the rows that one row of the file becomes. `assumed` is the code of the note that
    says why rows are taken for granted: they give way to a file that states the table.
    """

    table: str
    file: SourceFile
    columns: Mapping[str, str]
    relation: str = ""
    where: str = ""
    refused: str = ""
    counted: str = ""
    slot: str = "0"
    assumed: str = ""

    @property
    def dollars_counted(self) -> str:
        """The rows whose Medicare-paid dollars are in the ledger of money."""
        return self.counted or _COUNTED.get(self.table, "false")

    @property
    def source(self) -> str:
        """The relation the columns are taken from."""
        return self.relation or self.file.view


@dataclass
class Reading:
    """All that a reader found in a folder.

    `adjustments_replace`: whether the latest adjustment stands for all earlier versions of its
    claim; otherwise only cancellations take versions back.
    """

    adjustments_replace: bool = True
    parts: list[Part] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)

    def note(self, code: str, text: str) -> None:
        """Say what a reader of the run must know about this input."""
        self.notes.append({"code": code, "text": text})


def coded(expression: str, codes: Mapping[str, str], other: str = "NULL") -> str:
    """SQL that translates a code; `other` for any value that is not listed."""
    cases = " ".join(f"WHEN '{key}' THEN '{value}'" for key, value in codes.items())
    return f"CASE {expression} {cases} ELSE {other} END"


def total(*amounts: str) -> str:
    """SQL for a sum of amounts as text, in which an absent one counts nothing."""
    terms = [f"coalesce(try_cast({amount} AS DECIMAL(18, 2)), 0)" for amount in amounts]
    return f"CAST({' + '.join(terms)} AS VARCHAR)"


def stacked(
    view: str, kept: Iterable[str], slots: Mapping[int, Mapping[str, str]], filled: str, where: str
) -> str:
    """SQL for one row with its `slot` for each slot of a wide row in which the column `filled` is.

    One relation to be typed, instead of one for each slot, is planned several times as fast.
    """
    names = ", ".join(("source_row", *kept))
    return "({})".format(
        " UNION ALL ".join(
            f"SELECT {names}, {slot} AS slot, "
            + ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
            + f" FROM {view} WHERE {columns[filled]} IS NOT NULL"
            + (f" AND {where}" if where else "")
            for slot, columns in slots.items()
        )
    )
