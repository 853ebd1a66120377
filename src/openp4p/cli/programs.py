"""`openp4p programs`: the rules there are, and a start for one's own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from openp4p.cli.terminal import output
from openp4p.errors import UsageError
from openp4p.explain.as_json import json_indented, json_lines

group = typer.Typer(
    help="The programs: their rules, where each comes from, and how to write your own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Reference = Annotated[
    str,
    typer.Argument(
        metavar="PROGRAM/YEAR",
        help="Such as medicare_value_modifier/2017, or the path of your own YAML file.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="programs")


@group.command("list")
def list_(
    json: Annotated[bool, typer.Option("--json", help="A JSON list of objects.")] = False,
) -> None:
    """The programs that come with openp4p.

    Example:

        openp4p programs list
    """
    from openp4p.program.library import load_program, programs

    loaded = [(reference, load_program(reference)) for reference in programs()]
    if json:
        rows = [
            {
                "program": reference,
                "title": program.title,
                "payment_year": program.payment_year,
                "performance_year": program.performance_year,
            }
            for reference, program in loaded
        ]
        sys.stdout.writelines(json_lines(rows))
        return
    for reference, program in loaded:
        output().print(
            f"{reference:<32} pays in {program.payment_year} for care in "
            f"{program.performance_year}: {program.title}",
            soft_wrap=True,
        )


@group.command()
def show(
    program: Reference,
    choice: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=OPTION", help="A choice to make otherwise. May be repeated."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Everything, as one object.")] = False,
) -> None:
    """The rules of one payment year, with how far each source can be trusted.

    Examples:

        openp4p programs show medicare_value_modifier/2017

        openp4p programs show medicare_value_modifier/2017 --json
    """
    from openp4p.cli.program_page import print_program
    from openp4p.program.library import load_program, resolved

    loaded = load_program(program, choices=choices_of(choice))
    if json:
        sys.stdout.write(json_indented(resolved(loaded)) + "\n")
    else:
        print_program(output(), loaded)


@group.command()
def template(
    program: Reference = "medicare_value_modifier/2017",
    out: Annotated[
        Path | None, typer.Option(help="The file to write; left out: the terminal.")
    ] = None,
) -> None:
    """A YAML file to start your own program from: it extends a program and changes values.

    Examples:

        openp4p programs template --out mine.yaml

        openp4p run mine.yaml --input population --out run-mine
    """
    from openp4p.cli.program_page import template_text
    from openp4p.program.library import load_program

    _write(template_text(program, load_program(program)), out)


@group.command()
def schema(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="extension: a YAML file that extends a program. For the files of a program's own "
            "folder: program, applicability, eligibility, attribution, reporting, quality, cost, "
            "composites, tiering, payment, grid, award, governance, measures or choices.",
        ),
    ] = "extension",
    out: Annotated[
        Path | None, typer.Option(help="The file to write; left out: the terminal.")
    ] = None,
) -> None:
    """A JSON Schema, by which an editor checks a program file while you write it.

    Begin your file with the line `# yaml-language-server: $schema=openp4p.schema.json`.

    Example:

        openp4p programs schema --out openp4p.schema.json
    """
    from openp4p.program.library import load_program, programs
    from openp4p.program.schema import schemas

    known = schemas(load_program(programs()[0]).choices)
    if file not in known:
        raise UsageError(
            f"There is no schema '{file}'.",
            remedy=f"Schemas: {', '.join(known)}.",
            code="options",
        )
    _write(json_indented(known[file]) + "\n", out)


def _write(text: str, out: Path | None) -> None:
    """To a new file, or to the terminal."""
    if out is None:
        sys.stdout.write(text)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(
            f"The file '{out}' cannot be written: {error.strerror}.",
            remedy="Name a new file in a folder that exists.",
            code="cannot-write",
        ) from error
    output().print(f"Written: {out}", soft_wrap=True)


def choices_of(given: list[str] | None) -> dict[str, str]:
    """The choices of the command line, by id."""
    made: dict[str, str] = {}
    for text in given or []:
        id_, equals, option = text.partition("=")
        if not (equals and id_ and option):
            raise UsageError(
                f"'{text}' is not a choice.",
                remedy="Write --choice ID=OPTION, such as --choice D3=earliest_service.",
                code="options",
            )
        if made.setdefault(id_.strip(), option.strip()) != option.strip():
            raise UsageError(
                f"Choice {id_.strip()} is made twice.",
                remedy="Give one --choice for it.",
                code="options",
            )
    return made
