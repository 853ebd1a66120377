"""The page of a practice that prepares: one file with sliders that works without a network."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from markupsafe import Markup

from openp4p.reports import numbers
from openp4p.reports.qrur.result import TIERS
from openp4p.reports.summary import environment
from openp4p.simulation.practice import Prepared
from openp4p.simulation.practice_pay import cell_of, cell_pay, is_high_risk, pay
from openp4p.simulation.practice_reporting import choices
from openp4p.simulation.practice_tiers import critical, placed
from openp4p.simulation.rates import Line, Sheet

TEMPLATES = Path(__file__).parent / "templates"
STYLES, SCRIPT = ("summary.css", "prepare.css"), "prepare.js"
# how far one press of a key goes, in the unit of the rate; patients and events go one by one
_STEPS = {"dollars": 10.0, "percent": 0.1, "per_1000": 0.1, "score": 0.1, "proportion": 0.001}
_REACH = 3.0  # deviations of the benchmark that a slider of a rate reaches to either side
_MOST_EVENTS = 3  # times the events there are, that a slider reaches to
_FEWEST_EVENTS = 20


def write_page(found: Prepared, path: Path) -> None:
    """The page, as a whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(page(found), encoding="utf-8")
    draft.replace(path)


@dataclass(frozen=True)
class Files:
    """Where a server has what the stand-alone page holds in itself, and where one came from."""

    styles: tuple[str, ...]
    script: str
    back: str
    version: int


def page(found: Prepared, files: Files | None = None) -> str:
    """The text of the page: one file with everything in it, or, with `files`, a page of a server
    that runs no script but its own files.
    """
    sheet, held = found.sheet, environment()
    held.filters["cell"] = lambda chance: f"{chance['quality']} {chance['cost']}"
    chances = {(c["quality"], c["cost"]): c for c in found.said["tier_probabilities"]}
    return held.get_template("prepare.html.j2").render(
        said=found.said,
        files=files,
        program=sheet.program,
        sheet=sheet,
        tiers=TIERS,
        cells={pair: cell_pay(sheet, *pair) for pair in chances} if sheet.is_subject else {},
        chances=chances,
        moves=[row for row in found.said["moves"] if row["count"] is not None],
        still=[row for row in found.said["moves"] if row["count"] is None],
        sliders=sliders(sheet),
        names={**sheet.program.composites.quality_domains, **sheet.program.composites.cost_domains},
        model=_script_json(model(sheet)),
        script=Markup(  # noqa: S704  # our own file
            (TEMPLATES / "prepare.js").read_text("utf-8")
        ),
    )


def sliders(sheet: Sheet) -> list[dict[str, Any]]:
    """The measures that count, each with how far its slider goes down and up, in its steps."""
    return [
        {"line": line, "index": index, "step": step_of(line), **_reach(line)}
        for index, line in enumerate(sheet.lines)
        if line.is_scored
    ]


def step_of(line: Line) -> float:
    """What one step of a measure's slider changes: a patient, an event, or part of the rate."""
    return 1.0 if line.form in ("share", "events") else _STEPS[line.rule.unit]


def _reach(line: Line) -> dict[str, int]:
    step = step_of(line)
    if line.form == "events":
        up = max(line.amount * (_MOST_EVENTS - 1), _FEWEST_EVENTS)
    elif line.form == "share":
        up = line.most - line.amount
    else:
        assert line.mean is not None, "a scored measure has a benchmark"
        assert line.deviation is not None, "a scored measure has a benchmark"
        above = line.mean + _REACH * line.deviation - line.amount
        up = min(max(above, _REACH * line.deviation), line.most - line.amount)
    return {"down": -math.floor(line.amount / step + 1e-9), "up": math.floor(up / step + 1e-9)}


def model(sheet: Sheet) -> dict[str, Any]:
    """What the page computes with; money and fractions as texts, so that no digit is lost."""
    program = sheet.program
    mean_tested = program.tiering.rule == "distance_and_significance"
    with_error = program.composites.standard_error != "none"
    return {
        "lines": [_line(line) for line in sheet.lines],
        "peers": {kind: list(pair) for kind, pair in sheet.peers.items()},
        "deviations": program.tiering.standard_deviations,
        "critical": critical(program),
        "isTested": mean_tested and with_error,
        "hasErrors": with_error,
        "needsBoth": program.composites.no_measure != "average",
        "isSubject": sheet.is_subject,
        "isElected": program.reporting.quality_tiering != "elective"
        or sheet.reporting.elects_quality_tiering,
        "settled": list(sheet.tiers) if sheet.tiers else None,
        "settledBasis": sheet.settled,
        "grid": _grid(sheet) if sheet.is_subject else {},
        "automatic": _text(program.payment.automatic_percent.get(sheet.size_class or "", 0)),
        "bonus": _text(program.payment.high_risk.multiple),
        "isHighRisk": _is_sick(sheet),
        "factor": _text(sheet.factor),
        "paidCents": str(int(sheet.paid_amount * 100)),
        "ways": ways(sheet),
    }


def ways(sheet: Sheet) -> list[dict[str, Any]]:
    """How the practice reports, then the other ways there are: category, and whether one earns
    the bonus for sicker patients."""
    mechanisms = sheet.program.payment.high_risk.mechanisms
    told = sheet.reporting
    now = pay(sheet, placed(sheet))
    found = [
        {
            "name": f"as now: {_told(sheet)}",
            "category": 2 if now.basis == "automatic" else 1,
            "earnsBonus": not mechanisms or told.mechanism in mechanisms,
        }
    ]
    if not sheet.is_subject:
        return found
    for choice in choices(sheet):
        mechanism = choice["way"].removeprefix("group, ")
        if not choice["way"].startswith("group, "):
            mechanism = told.mechanism if choice["way"].startswith("individuals") else None
        found.append(
            {
                "name": choice["way"].replace("_", " "),
                "category": choice["category"],
                "earnsBonus": not mechanisms or mechanism in mechanisms,
            }
        )
    return found


def _told(sheet: Sheet) -> str:
    told = sheet.reporting
    if told.group_reported:
        return f"group, {told.mechanism or 'mechanism not told'}".replace("_", " ")
    if told.satisfactory:
        return f"individuals, {told.satisfactory:,} of {told.professionals:,}"
    return "not as a group"


def _is_sick(sheet: Sheet) -> bool:
    """Whether the patients are sick enough, however they are reported."""
    from dataclasses import replace

    mechanisms = sheet.program.payment.high_risk.mechanisms
    named = mechanisms[0] if mechanisms else sheet.reporting.mechanism
    return is_high_risk(replace(sheet, reporting=replace(sheet.reporting, mechanism=named)))


def _grid(sheet: Sheet) -> dict[str, dict[str, str | None]]:
    found = {}
    for quality in TIERS["quality"]:
        for cost in TIERS["cost"]:
            cell = cell_of(sheet, quality, cost)
            found[f"{quality} {cost}"] = {
                "percent": None if cell.multiple is not None else _text(cell.percent or 0),
                "multiple": None if cell.multiple is None else _text(cell.multiple),
            }
    return found


def _line(line: Line) -> dict[str, Any]:
    return {
        "measure": line.measure,
        "kind": line.rule.kind,
        "domain": line.rule.domain,
        "unit": line.rule.unit,
        "form": line.form,
        "cases": line.cases,
        "amount": line.amount,
        "worth": line.worth,
        "variance": line.variance,
        "mean": line.mean,
        "deviation": line.deviation,
        "sign": line.sign,
        "step": step_of(line),
        "most": None if math.isinf(line.most) else line.most,
        "isScored": line.is_scored,
    }


def _text(number: object) -> str:
    return format(Decimal(str(number)), "f")


def _script_json(value: object) -> Markup:
    """JSON that can stand inside a script element whatever texts it holds."""
    text = json.dumps(value, ensure_ascii=True)
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(text)  # noqa: S704  # the marks are gone


__all__ = ["Files", "model", "numbers", "page", "sliders", "step_of", "write_page"]
