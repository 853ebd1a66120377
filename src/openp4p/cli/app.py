"""The application: its commands in the order of its help, and what happens when one fails."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from inspect import cleandoc
from typing import Any

import typer
from typer.main import get_command

from openp4p.cli import (
    audit,
    check,
    compare,
    convert,
    cost,
    data_quality,
    explain,
    inspect,
    portal,
    prepare,
    programs,
    quality,
    quality_files,
    remittance,
    report,
    risk_score,
    run,
    show,
    simulate,
    sql,
    synthesize,
    uncertainty,
)
from openp4p.cli.terminal import show_error
from openp4p.errors import OpenP4PError

INTRODUCTION = """
From Medicare claims to a payment for each practice, with every number explained.

Start here:

    openp4p synthesize --beneficiaries 20000 --seed 1 --out population
    openp4p run medicare_value_modifier/2017 --input population --out run-2017
    openp4p show run-2017 payments
    openp4p explain adjustment run-2017 --tin TIN

Each command says more: openp4p run --help

Exit codes: 0 done; 1 something else went wrong, or a check failed; 2 the command was not
understood; 3 the program cannot be used; 4 the input cannot be used; 5 the run folder
cannot be used; 130 stopped from the keyboard.
"""

app = typer.Typer(
    name="openp4p",
    help=INTRODUCTION,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
synthesize.add_to(app)
inspect.add_to(app)
data_quality.add_to(app)
convert.add_to(app)
run.add_to(app)
show.add_to(app)
explain.add_to(app)
quality.add_to(app)
quality_files.add_to(app)
cost.add_to(app)
report.add_to(app)
remittance.add_to(app)
prepare.add_to(app)
uncertainty.add_to(app)
simulate.add_to(app)
compare.add_to(app)
check.add_to(app)
audit.add_to(app)
portal.add_to(app)
programs.add_to(app)
risk_score.add_to(app)
sql.add_to(app)

_INTERRUPTED, _UNEXPECTED = 130, 1


@app.command()
def version() -> None:
    """The version, and the digest of the code that results are computed with.

    Two runs with the same digest, rules, inputs and options have the same identifier.
    """
    from openp4p.identity import code_version

    typer.echo(f"openp4p {code_version()}")


def command() -> Any:  # noqa: ANN401  # the command class of whichever click typer brings
    """The commands, with the examples of their help kept as they are written."""
    made = get_command(app)
    _keep_examples(made)
    return made


def _keep_examples(made: Any) -> None:  # noqa: ANN401  # as above
    # click fills paragraphs unless they begin with this mark
    parts = cleandoc(made.help or "").split("\n\n")
    made.short_help = " ".join(parts[0].split())
    made.help = "\n\n".join(f"\b\n{part}" if part.startswith("    ") else part for part in parts)
    for child in getattr(made, "commands", {}).values():
        _keep_examples(child)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line; the exit code says how it went."""
    try:
        outcome = command().main(
            args=None if arguments is None else list(arguments),
            prog_name="openp4p",
            standalone_mode=True,
        )
    except SystemExit as ended:
        return _ending(ended)
    except OpenP4PError as error:
        show_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return _stopped()
    except Exception as error:  # the last place where it can be said plainly
        _show_unexpected(error)
        return _UNEXPECTED
    return int(outcome or 0)


def _ending(ended: SystemExit) -> int:
    """The exit code of a command that ended itself, or that the command library ended."""
    if isinstance(ended.__context__, BrokenPipeError):
        # the reader of our output has gone (`| head`); nothing more can be said to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if ended.code == _INTERRUPTED:
        return _stopped()
    return ended.code if isinstance(ended.code, int) else _UNEXPECTED


def _stopped() -> int:
    print("Stopped.", file=sys.stderr)
    return _INTERRUPTED


def _show_unexpected(error: Exception) -> None:
    if os.environ.get("OPENP4P_DEBUG"):
        traceback.print_exception(error)
        return
    # the text of an unforeseen error may hold a value of a row, so only its kind is shown
    print(
        f"Something went wrong that openp4p did not foresee ({type(error).__name__}). "
        "Give the command again with OPENP4P_DEBUG=1 before it to see the details, "
        "and please report them.",
        file=sys.stderr,
    )
