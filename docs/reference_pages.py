"""The reference pages, made from the code and the rules whenever the site is built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer.main import get_command

import openp4p.run  # noqa: F401  # declares every stage
from openp4p.audit.records.cells import allowed_in
from openp4p.audit.records.layout import FILES
from openp4p.claims.tables import TABLES
from openp4p.cli import app
from openp4p.engine import stages
from openp4p.explain.as_json import json_indented
from openp4p.explain.words import in_words
from openp4p.program.definition import Choice, Program
from openp4p.program.library import load_program, programs
from openp4p.program.schema import schemas


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages to those that are written by hand."""
    made = {
        "commands": commands(),
        "input-tables": input_tables(),
        "evidence-files": evidence_files(),
        "run-tables": run_tables(),
        "rules": rules(),
        "choices": choices(),
    }
    for name, lines in made.items():
        text = "\n".join(lines) + "\n"
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    for name, schema in schemas(load_program(programs()[0]).choices).items():
        text = json_indented(schema) + "\n"
        files.append(File.generated(config, f"reference/schema/{name}.json", content=text))
    return files


def commands() -> Iterator[str]:
    """Every command with its arguments and options."""
    yield "# Commands\n\nYou will be able to look up what each command takes and what it does.\n"
    top = get_command(app)
    yield f"```text\n{(top.help or '').strip()}\n```"
    yield from _commands(typer.Context(top, info_name="openp4p"), top)


def _commands(context: typer.Context, group: object) -> Iterator[str]:
    for name, command in group.commands.items():
        inner = typer.Context(command, info_name=name, parent=context)
        if hasattr(command, "commands"):
            yield from _commands(inner, command)
        else:
            yield f"\n## {inner.command_path}\n\n```text\n{command.get_help(inner)}\n```"


def input_tables() -> Iterator[str]:
    """Every canonical table with its columns."""
    yield "# Input tables\n\nYou will be able to write claims in openp4p's own layout.\n"
    yield (
        "One CSV (plain or gzip) or Parquet file a table, named after it. A row without a value in "
        "a required column is set aside and counted.\n"
    )
    for table in TABLES.values():
        need = "may be left out" if table.optional else "needed for a run from claims"
        yield f"\n## {table.name}\n\nA row is {table.row}; {need}. Key: {', '.join(table.key)}.\n"
        yield from markdown_table(
            ("column", "type", "required", "meaning"),
            (
                (f"`{name}`", c.type, "yes" if c.required else "", c.meaning)
                for name, c in table.columns.items()
            ),
        )


def evidence_files() -> Iterator[str]:
    """Every file of a folder of evidence with its columns."""
    yield "# Evidence files\n\nYou will be able to write down what no run holds, for an audit.\n"
    yield "`openp4p audit PROGRAM/YEAR --evidence-template FOLDER` writes an example of each."
    for layout in FILES.values():
        yield f"\n## {layout.file}\n\n{layout.about}\n"
        if layout.subchecks:
            yield f"For {', '.join(layout.subchecks)}."
        if layout.beside:
            yield f"Not without {' and '.join(FILES[other].file for other in layout.beside)}."
        if layout.key:
            yield f"Each {', '.join(layout.key)} stands once."
        yield ""
        yield from markdown_table(
            ("column", "what it says", "what may stand in it", "empty"),
            (
                (f"`{one.name}`", one.about, allowed_in(one), "yes" if one.may_be_empty else "")
                for one in layout.columns
            ),
        )


def run_tables() -> Iterator[str]:
    """Every stage with the columns of the table it makes."""
    yield "# Tables of a run\n\nYou will be able to read any number of a run where it is stored.\n"
    for stage in stages().values():
        told = " ".join((stage.function.__doc__ or "").split())
        yield f"\n## {stage.name}\n\n{told}\n"
        yield from markdown_table(
            ("column", "type", "key"),
            ((f"`{n}`", t, "yes" if n in stage.key else "") for n, t in stage.columns.items()),
        )


def rules() -> Iterator[str]:
    """Every value of every payment year with its source and status."""
    yield "# The rules by year\n\nYou will be able to see what each year says and how sure it is.\n"
    yield (
        "*verified*: the text was read; *recalled*: from memory of the named document; *default*: "
        "the rules are silent or the text was not found.\n"
    )
    for reference in programs():
        program = load_program(reference)
        chosen = {choice.parameter for choice in program.choices}
        yield f"\n## {reference}\n\n{program.title}: care of {program.performance_year}.\n"
        yield from markdown_table(
            ("value", "is", "source", "status"),
            (
                (f"`{path}`", shown(program, path), f"{c.source} {c.note}", c.status)
                for path, c in program.citations.items()
                if path not in chosen and not path.startswith("measures.")
            ),
        )
        yield f"\n{len(program.measures)} measures; `openp4p programs show {reference}` lists them."


def shown(program: Program, path: str) -> str:
    """A value of a program in words; of long lists, how many entries."""
    value: object = program
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
    if isinstance(value, frozenset | tuple) and len(value) > 40:
        return f"{len(value):,} entries"
    if path == "payment.grid":
        return f"{program.payment.grid and len(program.payment.grid)} cells"
    return in_words(tuple(sorted(value)) if isinstance(value, frozenset) else value)


def choices() -> Iterator[str]:
    """Every entry of the register of defaults."""
    yield "# The register of choices\n\nYou will be able to repeat a run under another reading.\n"
    yield "The first option is the default. `openp4p run ... --choice D3=earliest_service`\n"
    yield from markdown_table(
        ("id", "decides", "options", "why the default", "in force"),
        (
            (
                c.id,
                c.description,
                "; ".join(
                    f"`{o.id}`" + ("" if o.available else " (not computed by this version)")
                    for o in c.options
                ),
                c.reason,
                _in_force(c),
            )
            for c in load_program("medicare_value_modifier/2017").choices
        ),
    )


def _in_force(choice: Choice) -> str:
    """Whether results rest on a choice, or on another one that asks the same, or not yet."""
    if choice.is_used:
        return f"yes, as `{choice.parameter}`"
    return f"settled by {choice.overlaps}" if choice.overlaps else "not yet: of a later measure"


def markdown_table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    """Rows as a table of Markdown."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(_cell(value) for value in row) + " |"


def _cell(value: object) -> str:
    text = " ".join(str(value).split())
    return text.replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[")
