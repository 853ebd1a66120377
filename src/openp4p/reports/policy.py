"""What variants of a program would do, as JSON, as CSV files and as one page that works offline."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from openp4p.errors import UsageError
from openp4p.explain.as_json import json_indented
from openp4p.reports import numbers
from openp4p.reports.policy_chart import dollars_chart, moves_chart
from openp4p.reports.summary import environment, is_synthetic
from openp4p.simulation.policy_changes import Change, rules_of
from openp4p.simulation.policy_comparison import DIRECTIONS, TIERS, Row
from openp4p.simulation.policy_report import Compared, Comparison

PAGE, JSON = "index.html", "comparison.json"
FIGURES = {
    "practices_paid_less": "practices paid less",
    "practices_paid_same": "practices paid the same",
    "practices_paid_more": "practices paid more",
    "adjustment_factor": "factor x",
    "downward_dollars": "dollars taken",
    "upward_dollars": "dollars paid",
    "residual_dollars": "left over by rounding x",
    "quality_tier_changed": "practices with another quality tier",
    "cost_tier_changed": "practices with another cost tier",
    "adjustment_changed": "practices with another adjustment",
    "direction_changed": "practices that change between more, same and less",
    "dollars_changed": "dollars that change hands",
}
_PICTURED, _SHOWN = 40, 40  # variants with a bar of their own, and with a section of their own


def plain(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain values; rows of single practices are in the CSV files only."""
    manifest = comparison.run.manifest
    return {
        "run": {
            "run_id": manifest["run_id"],
            "program": manifest["program_id"],
            "payment_year": manifest["payment_year"],
            "performance_year": manifest["performance_year"],
            "synthetic": is_synthetic(manifest),
            "provisional": comparison.run.stamp is not None,
        },
        "lacking": dict(comparison.lacking),
        "not_computed": list(comparison.not_computed),
        "variants": [_plain(one, comparison) for one in comparison.variants],
    }


def write_comparison(comparison: Comparison, folder: Path) -> Path:
    """The page, the JSON and the CSV files, in a folder; the path of the page."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PAGE).write_text(policy_html(comparison), encoding="utf-8")
        (folder / JSON).write_text(json_indented(plain(comparison)) + "\n", encoding="utf-8")
        for name, rows in csv_rows(comparison).items():
            _write_csv(folder / f"{name}.csv", rows)
    except OSError as error:
        raise UsageError(
            f"The folder '{folder}' cannot be written: {error.strerror}.",
            remedy="Name a new folder, or one of your own.",
            code="cannot-write",
        ) from error
    return folder / PAGE


def csv_rows(comparison: Comparison) -> dict[str, Iterable[Row]]:
    """The rows of each CSV file, by its name; each begins with the variant."""
    every = comparison.variants
    return {
        "variants": (
            {
                "variant": v.name, **{f"{name}_changed": n for name, n in v.changed.items()},
                **{f"{row['figure']}_{side}": row[side]
                   for row in v.totals for side in ("run", "variant")},
                "computed": len(v.computed), "touched": len(v.touched),
                "seconds": round(v.seconds, 3), "note": v.note,
            }
            for v in every
        ),
        "movements": (
            {"variant": v.name, "of": kind, **row}
            for v in every for kind, rows in v.movements.items() for row in rows
        ),
        "groups": (
            {"variant": v.name, "kind": kind, **row}
            for v in every for kind, rows in v.groups.items() for row in rows
        ),
        "parts": (
            {"variant": v.name, "method": v.method, "outcome": row["outcome"], "change": change,
             "part": part}
            for v in every for row in v.parts for change, part in row["parts"].items()
        ),
        "practices": ({"variant": v.name, **row} for v in every for row in v.practices),
    }  # fmt: skip


def policy_html(comparison: Comparison) -> str:
    """The text of the page."""
    made = environment()
    made.filters.update(
        figure=_figure, tier=_tier, outcome=written_outcome, matrix=_matrix, part=written_part
    )
    variants = comparison.variants
    return made.get_template("policy.html.j2").render(
        run=comparison.run,
        manifest=comparison.run.manifest,
        synthetic=is_synthetic(comparison.run.manifest),
        stamp=comparison.run.stamp,
        comparison=comparison,
        variants=variants,
        shown=variants[:_SHOWN],
        figures=FIGURES,
        directions=DIRECTIONS,
        tiers=TIERS,
        changes={v.name: list(_changes(v, comparison)) for v in variants[:_SHOWN]},
        moves=moves_chart(_moved(comparison)) if len(variants) > 1 else None,
        pictures={v.name: _picture(number, v) for number, v in enumerate(variants[:_SHOWN])},
        tables=len(comparison.run.manifest["tables"]),
    )


def _plain(one: Compared, comparison: Comparison) -> dict[str, Any]:
    return {
        "name": one.name,
        "changes": list(_changes(one, comparison)),
        "in_force": one.in_force,
        "note": one.note,
        "changed": one.changed,
        "totals": list(one.totals),
        "movements": {kind: list(rows) for kind, rows in one.movements.items()},
        "groups": {kind: list(rows) for kind, rows in one.groups.items()},
        "method": one.method,
        "parts": list(one.parts),
        "touched": list(one.touched),
        "computed": list(one.computed),
        "seconds": round(one.seconds, 3),
    }


def _changes(one: Compared, comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Each change with the value of the run, and where that value comes from."""
    program = comparison.run.program
    chosen, known = {c.id: c for c in program.choices}, rules_of(program)
    for change in one.changes:
        choice = chosen.get(change.rule)
        path = choice.parameter if choice else change.rule
        cited = program.citation(path) if _is_cited(path, program.citations) else None
        yield {
            "rule": change.rule,
            "path": path,
            "run": known.get(path, choice.chosen if choice else None),
            "variant": change.value,
            "since": change.since,
            "in_force": change.holds_in(program.payment_year),
            "says": _says(choice, change) if choice else "",
            "source": cited.source if cited else "",
            "status": cited.status if cited else "",
        }


def _is_cited(path: str, citations: Mapping[str, Any]) -> bool:
    parts = path.split(".")
    return any(".".join(parts[:n]) in citations for n in range(1, len(parts) + 1))


def _says(choice: Any, change: Change) -> str:  # noqa: ANN401  # an entry of the register
    found = [o.description for o in choice.options if o.id == str(change.value)]
    return found[0] if found else ""


def _moved(comparison: Comparison) -> list[dict[str, Any]]:
    """The variants that move most, for a picture."""
    rows = [
        {"name": v.name, "n": v.changed["adjustment"], "dollars": float(v.changed["dollars"])}
        for v in comparison.variants
    ]
    return sorted(rows, key=lambda row: (-row["n"], -row["dollars"]))[:_PICTURED]


def _picture(number: int, one: Compared) -> Any:  # noqa: ANN401  # a picture or nothing
    rows = [
        {"name": f"{kind}: {row['group']}", "dollars": float(row["difference"])}
        for kind, listed in one.groups.items() if kind in ("size", "patients' risk", "dual share")
        for row in listed
    ]  # fmt: skip
    return dollars_chart(rows, f"dollars-{number}") if any(r["dollars"] for r in rows) else None


def _figure(value: object, name: str) -> str:
    if value is None:
        return numbers.NONE
    if name == "adjustment_factor":
        return numbers.factor(value)
    if "dollars" in name:
        return numbers.cents(value)
    return numbers.count(value)


def written_part(value: object, name: str) -> str:
    """A change's part of an outcome: money, points of x, or practices, which may be a fraction."""
    exact = Decimal(str(value))
    if name == "adjustment_factor":
        return numbers.adjustment(value)
    if "dollars" in name:
        return numbers.moved(exact)
    text = f"{exact:+.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("+0", "-0") else text.replace("-", numbers.MINUS)


def _tier(name: str | None) -> str:
    return "not tiered" if name is None else name


def written_outcome(name: str) -> str:
    """What an outcome is called."""
    return FIGURES.get(name, name.removesuffix(": dollars"))


def _matrix(rows: Iterable[Row], known: Iterable[str | None]) -> dict[Any, dict[Any, int]]:
    """Practices by where they were, then by where they are; places that nobody has left out."""
    listed = list(rows)
    used = [k for k in known if any(k in (row["from"], row["to"]) for row in listed)]
    counted = {(row["from"], row["to"]): row["practices"] for row in listed}
    return {before: {after: counted.get((before, after), 0) for after in used} for before in used}


def _write_csv(file: Path, rows: Iterable[Row]) -> None:
    listed = list(rows)
    with file.open("w", encoding="utf-8", newline="") as opened:
        names = list(listed[0]) if listed else ["variant"]
        writer = csv.DictWriter(opened, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows({n: _cell(v) for n, v in row.items()} for row in listed)


def _cell(value: object) -> object:
    return format(value, "f") if isinstance(value, Decimal) else value
