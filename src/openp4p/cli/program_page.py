"""A program on the terminal, and a file that extends it."""

from __future__ import annotations

from collections import Counter

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from openp4p.explain.words import in_words
from openp4p.program.definition import GridCell, Program
from openp4p.program.governance import leaves

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
    "award",
    "governance",
)
# written out in full elsewhere on the page
_TRUST = {
    "verified": "verified (the text was read)",
    "recalled": "recalled from the named text",
    "default": "defaults of this project, where the rules are silent",
}
SCHEMA_FILE = "openp4p.schema.json"
_NOT_LISTED = frozenset({"payment.grid", "composites.quality_domains", "composites.cost_domains"})


def print_program(console: Console, program: Program) -> None:
    """The rules by topic, the grid, the measures, the open choices."""
    console.print(program.title, style="bold", soft_wrap=True)
    base = f", extends {program.extends}" if program.extends else ""
    console.print(
        f"{program.id}: pays in {program.payment_year} for care in {program.performance_year}"
        f"{base}\n",
        soft_wrap=True,
    )
    for section in _SECTIONS:
        if paths := _paths(program, section):
            console.print(section, style="bold")
            console.print(_rules(program, paths))
            console.print()
    for size_class in dict.fromkeys(cell.size_class for cell in program.payment.grid):
        console.print(_grid(program, size_class))
        console.print()
    console.print(_measures(program))
    console.print(_below_measures(program), style="dim")
    console.print("\nWhere the rules are silent", style="bold")
    console.print(_choices(program))
    console.print(_later(program), style="dim")
    counts: Counter[str] = Counter(c.status for c in program.citations.values())
    said = ", ".join(f"{counts[status]} {words}" for status, words in _TRUST.items())
    console.print(f"\nHow far its values can be trusted: {said}.")


def _rules(program: Program, paths: list[str]) -> Table:
    """Name and value of each rule, and below the value where it comes from."""
    table = _pairs()
    for path in paths:
        text = Text(_value(program, path))
        text.append(f"\n{_source(program, path)}", style="dim")
        table.add_row(path.partition(".")[2], text)
    return table


def _pairs() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    return table


def _source(program: Program, path: str) -> str:
    if not _is_cited(program, path):
        return "no citation"
    citation = program.citation(path)
    since = f", from {citation.since} on" if citation.since else ""
    note = f": {citation.note}" if citation.note else ""
    return f"{citation.source} ({citation.status}{since}){note}"


def _paths(program: Program, section: str) -> list[str]:
    said = getattr(program, section)
    if said is None:
        return []
    names = leaves() if section == "governance" else type(said).model_fields
    paths = [f"{section}.{name}" for name in names]
    chosen = {choice.parameter for choice in program.choices}
    return [path for path in paths if path not in _NOT_LISTED and path not in chosen]


def _is_cited(program: Program, path: str) -> bool:
    return any(path == cited or path.startswith(f"{cited}.") for cited in program.citations)


def _value(program: Program, path: str) -> str:
    value: object = program
    for part in path.split("."):
        value = getattr(value, part)
    if isinstance(value, frozenset):
        return f"{len(value)} codes"
    if path == "attribution.steps":
        return ", then ".join(" or ".join(groups) for groups in program.attribution.steps)
    return "none" if value == () and path.startswith("governance.") else in_words(value)


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
    table = _table("measure", "domain", "better", "cases from", "size from", "scored")
    table.columns[0].no_wrap = True
    for measure in (m for m in program.measures if m.source != "reported"):
        table.add_row(
            measure.id,
            measure.domain,
            measure.better,
            str(measure.minimum_cases),
            str(measure.minimum_group_size),
            "yes" if measure.is_scored else "no",
        )
    return table


def _below_measures(program: Program) -> str:
    reported = sum(m.source == "reported" for m in program.measures)
    domains = {**program.composites.quality_domains, **program.composites.cost_domains}
    return (
        f"and {reported} measures that practices report (--json lists them). "
        f"Domains: {in_words(domains)}."
    )


def _choices(program: Program) -> Table:
    """What each choice settles and how, and below it how else it could be settled."""
    table = _pairs()
    for choice in (c for c in program.choices if c.is_used):
        text = Text(f"{choice.parameter} = {choice.chosen}")
        others = [o for o in choice.options if o.id != choice.chosen]
        open_to = [option.id for option in others if option.available]
        closed = [option.id for option in others if not option.available]
        if open_to:
            text.append(f"\nor {', '.join(open_to)}", style="dim")
        if closed:
            text.append(f"\nnot computed by this version: {', '.join(closed)}", style="dim")
        table.add_row(choice.id, text)
    return table


def _later(program: Program) -> str:
    """The choices nothing rests on yet, and those that ask what another one asks."""
    later = [choice for choice in program.choices if not choice.is_used]
    same = [f"{choice.id} as {choice.overlaps}" for choice in later if choice.overlaps]
    return (
        f"{len(later)} more choices rest on measures that this version does not compute, or are "
        f"settled by another one ({', '.join(same)}); --json lists them."
    )


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def template_text(reference: str, program: Program) -> str:
    """A YAML file that extends the program and changes one value, with what else can be said."""
    tiering = program.tiering.standard_deviations
    lines = [
        f"# yaml-language-server: $schema={SCHEMA_FILE}",
        f"# (an editor checks this file by it: openp4p programs schema --out {SCHEMA_FILE})",
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
        "  # How your program is governed, for `openp4p audit`; what is not said here is unknown.",
        "  # (Or take over what the program above says: `governance: inherited`, not indented.)",
        "  # governance.participation.mode:",
        "  #   value: opt_in",
        '  #   cite: "our contract, section 2"',
        "choices:",
        "  # What the rules leave open. Options:",
    ]
    for choice in (c for c in program.choices if c.is_used):
        options = ", ".join(option.id for option in choice.options if option.available)
        lines.append(f"  #   {choice.id} {choice.parameter}: {options}")
    tie_break = next((c for c in program.choices if c.parameter == "attribution.tie_break"), None)
    if tie_break is not None:
        lines.append(f"  {tie_break.id}: {tie_break.chosen}")
    return "\n".join(lines) + "\n"
