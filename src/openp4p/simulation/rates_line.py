"""One measure of a rates file: its cells checked, and made into what a tier is computed from."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from openp4p.program.definition import MeasureRule
from openp4p.simulation.rates import Form, Line
from openp4p.simulation.rates_rows import how_to_fill

if TYPE_CHECKING:
    from openp4p.simulation.rates_file import Filled, Problems

_WHOLE = Decimal(100)
_MOST_CASES = 10_000_000
_CLOSE = Decimal("0.0005")  # how far a stated rate may lie from met over cases: it was rounded


def line_of(name: str, rule: MeasureRule, row: Filled, problems: Problems) -> Line | None:
    """The measure; nothing when it is not reported or its cells cannot be used."""
    before = len(problems.found)
    if not {"value", "cases", "met", "standard_error"} & row.cells.keys():
        return None  # a row of the template that was left as it was
    cases = _cases(row, rule, problems)
    mean, deviation = _benchmark(row, problems)
    share = rule.unit == "proportion"
    value = row.cells.get("value")
    if share:
        value = _share(row, cases, value, problems)
    elif value is None:
        problems.add(row.where("value"), "is missing", how_to_fill(rule), "Fill the rate.")
    elif rule.unit == "percent" and value > _WHOLE:
        problems.add(row.where("value"), f"{value} is above 100", "a percent, 0 to 100")
    if len(problems.found) > before or value is None or cases is None:
        return None
    form, amount, worth, variance = _form(row, rule, cases, value)
    return Line(
        measure=name,
        rule=rule,
        form=form,
        cases=cases,
        amount=amount,
        worth=worth,
        variance=variance,
        mean=mean,
        deviation=deviation,
        source=row.text.get("benchmark_source", ""),
    )


def _cases(row: Filled, rule: MeasureRule, problems: Problems) -> int | None:
    found = row.cells.get("cases")
    if found is None:
        if not row.text.get("cases"):
            problems.add(row.where("cases"), "is missing", "a whole number", how_to_fill(rule))
        return None
    if found != int(found) or found < 1:
        problems.add(
            row.where("cases"),
            f"{found} is none",
            "a whole number, 1 or more",
            "Empty the row if you have no cases.",
        )
        return None
    if found > _MOST_CASES:
        problems.add(row.where("cases"), f"{found:,} is too many", f"at most {_MOST_CASES:,}")
        return None
    return int(found)


def _benchmark(row: Filled, problems: Problems) -> tuple[float | None, float | None]:
    mean, deviation = row.cells.get("benchmark_mean"), row.cells.get("benchmark_sd")
    if (mean is None) != (deviation is None):
        column = "benchmark_mean" if mean is None else "benchmark_sd"
        if not row.text.get(column):
            problems.add(
                row.where(column),
                "is missing",
                "mean and SD, or neither",
                "Fill both from the benchmark file; with neither it is not scored.",
            )
    if deviation is not None and deviation <= 0:
        problems.add(row.where("benchmark_sd"), f"{deviation} is no deviation", "above 0")
    return (
        None if mean is None else float(mean),
        None if deviation is None else float(deviation),
    )


def _share(
    row: Filled, cases: int | None, value: Decimal | None, problems: Problems
) -> Decimal | None:
    """The rate of a share: met over cases, or the one that is stated."""
    met = row.cells.get("met")
    if value is not None and value > 1:
        problems.add(
            row.where("value"), f"{value} is above 1", "a share, 0 to 1", "Write 77.5% as 0.775."
        )
        return None
    if met is None:
        if value is None and not (row.text.get("met") or row.text.get("value")):
            problems.add(
                row.where("met"),
                "is missing",
                "patients in the numerator",
                "Fill met, or the rate as value.",
            )
        return value
    if met != int(met):
        problems.add(row.where("met"), f"{met} is none", "a whole number")
        return None
    if cases is None:
        return None
    if met > cases:
        problems.add(
            row.where("met"),
            f"{met} patients met of {cases} cases",
            f"0 to {cases}",
            "Met counts patients among the cases.",
        )
        return None
    rate = met / cases
    if value is not None and abs(value - rate) > _CLOSE:
        problems.add(
            row.where("value"),
            f"{value} is not {met} of {cases}",
            f"{rate:.4f}",
            "Correct it, or leave value empty.",
        )
    return rate


def _form(
    row: Filled, rule: MeasureRule, cases: int, value: Decimal
) -> tuple[Form, float, float, float | None]:
    """What changes the measure, how much there is of it, its worth, and its variance."""
    error, met = row.cells.get("standard_error"), row.cells.get("met")
    variance = None if error is None else float(error) ** 2
    if rule.unit == "proportion":
        exact = float(met) if met is not None else float(value) * cases
        return "share", exact, 1.0 / cases, None
    if rule.unit == "per_1000" and met and value:
        return "events", float(met), float(value) / float(met), None
    if rule.unit == "percent" and error is None:
        return "percent", float(value), 1.0, None
    return "value", float(value), 1.0, variance
