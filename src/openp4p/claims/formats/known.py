"""The formats that are known, in the order in which a folder is asked for them.

Each is a module with NAME; FILES, where each table that a run needs comes from; `kind_of`, which of
its files an entry is, or none; `opened`, that file on the workbench; `read`, the canonical parts of
all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from openp4p.claims.formats import cclf, fhir, omop, rif, synpuf, tuva
from openp4p.claims.formats.entries import Entry
from openp4p.claims.formats.parts import Reading
from openp4p.claims.formats.workbench import SourceFile, Workbench
from openp4p.errors import Problem


class Format(Protocol):
    """What a module that reads a format offers."""

    NAME: str
    FILES: Mapping[str, str]

    def kind_of(self, entry: Entry) -> str | None:
        """Which of the format's files this is."""
        ...

    def opened(
        self, bench: Workbench, entry: Entry, kind: str, problems: list[Problem]
    ) -> SourceFile | None:
        """The file on the workbench; None, with the reasons, when it cannot be used."""
        ...

    def read(self, files: Iterable[SourceFile], bench: Workbench) -> Reading:
        """The canonical parts of the files."""
        ...


FORMATS: Mapping[str, Format] = {
    reader.NAME: reader for reader in (cclf, rif, synpuf, tuva, fhir, omop)
}
