"""The style and the script of the prepare page, sent as files: no page here runs one of its own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from django.templatetags.static import static

from openp4p.reports.prepare import SCRIPT, STYLES, TEMPLATES, Files

_PREFIX = "prepare"
_NAMES = (*STYLES, SCRIPT)


class PageFiles(BaseFinder):
    """Finds these files among the reports' own, and nothing else there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=TEMPLATES)
        self.storage.prefix = _PREFIX
        super().__init__(*args, **kwargs)

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:
        """The path of one of the files; nothing for any other name."""
        prefix, _, name = path.partition("/")
        if prefix != _PREFIX or name not in _NAMES:
            return []
        found = str(Path(TEMPLATES) / name)
        return [found] if find_all else found

    def list(self, _ignore_patterns: Any) -> Iterable[tuple[str, FileSystemStorage]]:
        """The files, as a server collects them."""
        yield from ((name, self.storage) for name in _NAMES)


def addresses(back: str, version: int) -> Files:
    """Where a page finds them."""
    return Files(
        styles=tuple(static(f"{_PREFIX}/{name}") for name in STYLES),
        script=static(f"{_PREFIX}/{SCRIPT}"),
        back=back,
        version=version,
    )
