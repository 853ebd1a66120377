"""A program on the terminal, and a file that extends it."""

from __future__ import annotations

from collections import Counter

from rich import box
from rich.console import Console
from rich.table import Table

from openp4p.explain.words import in_words, status_in_words
from openp4p.program.definition import GridCell, Program

_TIERS = ("high", "average", "low")
_COST_TIERS = ("low", "average", "high")
_SECTIONS = (
    "applicability",
    "eligibility",
    "attribution",
    "reporting",
    "quality",
    "cost",
    "composites",
    "tiering",
    "payment",
)
# written out in full elsewhere on the page, or too long for a line
_NAME_WIDTH, _VALUE_WIDTH = 26, 26
_NOT_LISTED = frozenset({"payment.grid", "composites.quality_domains", "composites.cost_domains"})


def print_program(console: Console, program: Program) -> None:
    """The rules by topic, the grid, the measures, the open choices."""
    console.print(program.title, style="bold", soft_wrap=True)
    console.print(
        f"{program.id}: pays in {program.payment_year} for care in {program.performance_year}\n",
        soft_wrap=True,
    )
    for section in _SECTIONS:
        console.print(_rules(program, section))
        console.print()
    for size_class in dict.fromkeys(cell.size_class for cell in program.payment.grid):
        console.print(_grid(program, size_class))
        console.print()
    console.print(_measures(program))
    console.print()
    console.print(_choices(program))
    counts = Counter(status_in_words(c.status) for c in program.citations.values())
    said = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    console.print(f"\nValues by how far they can be trusted: {said}.", soft_wrap=True)


def _rules(program: Program, section: str) -> Table:
    table = _table("rule", "value", "source", "trust")
    table.title, table.title_justify, table.title_style = section, "left", "bold"
    table.columns[0].min_width, table.columns[0].no_wrap = _NAME_WIDTH, True
    table.columns[1].width = _VALUE_WIDTH
    table.columns[3].no_wrap = True
    for path in _paths(program, section):
        citation = program.citation(path) if _is_cited(program, path) else None
        source = citation.source if citation else "no citation"
        status = citation.status if citation else ""
        table.add_row(path.partition(".")[2], in_words(_value(program, path)), source, status)
    return table


def _paths(program: Program, section: str) -> list[str]:
    paths = [f"{section}.{name}" for name in type(getattr(program, section)).model_fields]
    chosen = {choice.parameter for choice in program.choices}
    return [path for path in paths if path not in _NOT_LISTED and path not in chosen]


def _is_cited(program: Program, path: str) -> bool:
    return any(path == cited or path.startswith(f"{cited}.") for cited in program.citations)


def _value(program: Program, path: str) -> object:
    section, name = path.split(".")
    value = getattr(getattr(program, section), name)
    if isinstance(value, frozenset):
        return f"{len(value)} codes"
    return value


def _grid(program: Program, size_class: str) -> Table:
    cells = {
        (cell.quality, cell.cost): cell
        for cell in program.payment.grid
        if cell.size_class == size_class
    }
    table = _table("quality")
    table.title, table.title_justify = f"Size class {size_class}", "left"
    table.title_style = "bold"
    for cost in _COST_TIERS:
        table.add_column(f"{cost} cost", justify="right")
    for quality in _TIERS:
        paid = [_pays(cells[(quality, cost)]) for cost in _COST_TIERS]  # type: ignore[index]  # tiers
        table.add_row(quality, *paid)
    return table


def _pays(cell: GridCell) -> str:
    if cell.multiple is not None:
        return f"+{cell.multiple:g} x"
    return f"{100 * (cell.percent or 0):+.1f}%" if cell.percent else "0%"


def _measures(program: Program) -> Table:
    table = _table("measure", "kind", "domain", "better", "minimum cases", "scored")
    for measure in (m for m in program.measures if m.source != "reported"):
        table.add_row(
            measure.id,
            measure.kind,
            measure.domain,
            measure.better,
            str(measure.minimum_cases),
            "yes" if measure.is_scored else "no",
        )
    reported = sum(m.source == "reported" for m in program.measures)
    table.caption = f"and {reported} measures that practices report (--json lists them)"
    table.caption_justify = "left"
    return table


def _choices(program: Program) -> Table:
    table = _table("choice", "settles", "chosen", "otherwise")
    table.title, table.title_justify = "Where the rules are silent", "left"
    table.title_style = "bold"
    for choice in (c for c in program.choices if c.is_used):
        others = [option.id for option in choice.options if option.id != choice.chosen]
        table.add_row(choice.id, choice.parameter, choice.chosen, ", ".join(others))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def template_text(reference: str, program: Program) -> str:
    """A YAML file that extends the program and changes one value, with what else can be said."""
    tiering = program.tiering.standard_deviations
    lines = [
        f"# Your own program: {reference} with a few values changed.",
        "# Check it with: openp4p check THIS_FILE",
        "id: my_program",
        f"title: My program, after {program.title}",
        f"extends: {reference}",
        "changes:",
        "  # Any value that `openp4p programs show` lists, by name. Say where yours comes from.",
        "  tiering.standard_deviations:",
        f"    value: {tiering}",
        '    cite: "our contract, section 1"',
        "    status: default  # verified, recalled or default",
        "choices:",
        "  # What the rules leave open. Options:",
    ]
    for choice in (c for c in program.choices if c.is_used):
        options = ", ".join(option.id for option in choice.options)
        lines.append(f"  #   {choice.id} {choice.parameter}: {options}")
    tie_break = next((c for c in program.choices if c.parameter == "attribution.tie_break"), None)
    if tie_break is not None:
        lines.append(f"  {tie_break.id}: {tie_break.chosen}")
    return "\n".join(lines) + "\n"
