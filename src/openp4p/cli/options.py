"""The arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")]
Tin = Annotated[str, typer.Option(metavar="TIN", help="The practice.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
