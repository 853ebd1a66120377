"""The arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")]
Tin = Annotated[str, typer.Option(metavar="TIN", help="The practice.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
InputFormat = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="How the input is laid out, as `openp4p inspect` names it. Left out: recognised.",
    ),
]
Crosswalk = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="CSV that regroups billing numbers into practices."),
]
Threads = Annotated[int | None, typer.Option(min=1, help="Left out: all cores.")]
MemoryLimit = Annotated[
    str | None, typer.Option(metavar="SIZE", help="Such as 8GB; what is over goes to disk.")
]
