"""An example folder of evidence to edit: what each column says, and made-up practices."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from openp4p.audit.records.columns import RecordFile
from openp4p.audit.records.examples import example_rows
from openp4p.audit.records.folder import MADE_UP
from openp4p.audit.records.layout import FILES
from openp4p.errors import UsageError
from openp4p.program.definition import Program

_HEAD = (
    f"{MADE_UP}: the records in this file are made up. Put your own in their place and delete this "
    "line, or delete the file.\n"
    "# Lines that begin with # are not read. No column is of a person: leave patients out.\n"
)


def write_templates(folder: Path, program: Program) -> list[str]:
    """Write the example files of a program's year into a new folder; their names."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"'{folder}' is there already.",
            remedy="Choose another name: a template never overwrites what you filled in.",
            code="template-exists",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for layout in FILES.values():
            (folder / layout.file).write_text(template(layout, program), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"The folder '{folder}' cannot be written: {error.strerror}.",
            remedy="Name a folder where you may write.",
            code="cannot-write",
        ) from error
    return [layout.file for layout in FILES.values()]


def template(layout: RecordFile, program: Program) -> str:
    """The text of one example file."""
    held = io.StringIO()
    held.write(_HEAD)
    held.write(f"# {layout.about}\n")
    for column in layout.columns:
        words = f" ({', '.join(column.words)})" if column.words else ""
        held.write(f"# - {column.name}: {column.about}{words}\n")
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow([column.name for column in layout.columns])
    writer.writerows(example_rows(layout.name, program.performance_year))
    return held.getvalue()
