"""What a person sees beside the results: errors and progress, on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from openp4p.errors import OpenP4PError, ProblemsError

if TYPE_CHECKING:
    from openp4p.results import Run

_PLAIN_WIDTH = 100


def output() -> Console:
    """Where results for a person go; no colour and a steady width when it is not a terminal."""
    return _console(stderr=False)


def messages() -> Console:
    """Where everything else goes."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    return console


def open_run(folder: Path) -> Run:
    """The finished run in a folder; a provisional one is called that, whatever is asked of it."""
    from openp4p.results import Run

    run = Run.open(folder)
    if run.stamp is not None:
        messages().print(run.stamp, style="bold yellow", soft_wrap=True)
    return run


def show_error(error: OpenP4PError) -> None:
    """What was found, where, and what to do about it."""
    console = messages()
    if isinstance(error, ProblemsError):
        count = len(error.problems)
        console.print(Text(f"{error.heading} ({count} problem{'s' * (count != 1)}):", "bold red"))
        for problem in error.problems:
            console.print(_problem(problem.file, problem.where, problem.found), soft_wrap=True)
            if problem.allowed:
                console.print(f"    allowed: {problem.allowed}", soft_wrap=True)
            if problem.remedy:
                console.print(f"    to do:   {problem.remedy}", soft_wrap=True)
    else:
        console.print(Text.assemble(("Error: ", "bold red"), error.message), soft_wrap=True)
        if error.remedy:
            console.print(f"To do: {error.remedy}", soft_wrap=True)
    console.print(f"({error.code}: see docs/errors.md)", style="dim", soft_wrap=True)


def _problem(file: str, where: str, found: str) -> Text:
    return Text.assemble("  - ", (file, "bold"), f": {where}: {found}")


@dataclass(frozen=True)
class StepsShown:
    """To be called with the name of each step as it begins; `above` prints over the picture."""

    begin: Callable[[str], None]
    bar: Progress | None = None

    def __call__(self, name: str) -> None:
        """Show that a step begins."""
        self.begin(name)

    def above(self, say: Callable[[], None]) -> None:
        """Say something that stays, without tearing the picture of what is under way."""
        if self.bar is not None:
            self.bar.stop()
        say()
        if self.bar is not None:
            self.bar.start()


@contextmanager
def steps_shown(total: int, *, quiet: bool) -> Iterator[StepsShown]:
    """Shows how far the work is, step by step."""
    console = messages()
    if quiet:
        yield StepsShown(_say_nothing)
    elif console.is_terminal:
        with _bar(console, "steps") as progress:
            task = progress.add_task("reading the input", total=total)
            yield StepsShown(lambda name: _begin(progress, task, name), progress)
            progress.update(task, description="done", completed=total)
    else:
        started = time.monotonic()
        yield StepsShown(
            lambda name: console.print(
                f"openp4p: {time.monotonic() - started:6.1f} s  {name}", soft_wrap=True
            )
        )


def _say_nothing(*_said: object) -> None:
    """Progress nobody asked for."""


def _begin(progress: Progress, task: object, name: str) -> None:
    progress.update(task, description=name)  # type: ignore[arg-type]  # a TaskID
    progress.advance(task)  # type: ignore[arg-type]  # a TaskID


@contextmanager
def parts_shown(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A function to call with (what, how many are done, how many there are)."""
    console = messages()
    if quiet:
        yield _say_nothing
    elif console.is_terminal:
        with _bar(console, "parts") as progress:
            task = progress.add_task("starting", total=None)
            yield lambda what, done, total: progress.update(
                task, description=what, completed=done, total=total
            )
    else:
        yield lambda what, done, total: console.print(
            f"openp4p: {what} {done}/{total}", soft_wrap=True
        )


def _bar(console: Console, unit: str) -> Progress:
    return Progress(
        SpinnerColumn(),
        BarColumn(bar_width=24),
        TextColumn("{task.completed:.0f}/{task.total} " + unit),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
        console=console,
        transient=True,
    )
