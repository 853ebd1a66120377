"""The run folder: every table of a run, stored once and whole, with the manifest that says how."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import ibis
import ibis.expr.types as ir
from pyarrow import parquet

from openp4p.engine.base import Engine
from openp4p.engine.fingerprint import DIGEST_BY, fingerprint
from openp4p.engine.memory import peak_memory
from openp4p.engine.slices import Slice
from openp4p.engine.stage import conform
from openp4p.errors import RunFolderError

MANIFEST = "manifest.json"
TABLES = "tables"
_RECORD = "_record.json"
_DIGITS_SHOWN = 16
Progress = Callable[[str], None]


class Noted(Protocol):
    """What a table was computed from, once it is."""

    @property
    def as_plain(self) -> dict[str, list[str]]:
        """For the record of the table."""


@dataclass
class RunFolder:
    """One run's folder, held by one process while it is being filled.

    A table is computed into a folder of its own and renamed into place when it is whole, so what is
    there can be trusted and a killed run goes on where it stopped.
    """

    path: Path
    engine: Engine
    progress: Progress
    _lock: Any = field(default=None, repr=False)
    _is_new: bool = field(default=False, repr=False)

    @property
    def tables(self) -> Path:
        """Where the stored tables are."""
        return self.path / TABLES

    def claim(self, head: Mapping[str, object]) -> bool:
        """Take the folder for the run that `head` describes; true when it is already finished."""
        if self.path.exists() and not self.path.is_dir():
            raise _folder_error(self.path, "is a file, not a folder", "not-a-run-folder")
        manifest = self.path / MANIFEST
        if self.path.is_dir() and any(self.path.iterdir()) and not (self.path / ".lock").exists():
            raise _folder_error(
                self.path, "holds files that are not a run of openp4p", "not-a-run-folder"
            )
        self._is_new = not self.path.exists()
        self.path.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        if manifest.exists():
            found = json.loads(manifest.read_text(encoding="utf-8"))
            if found["run_id"] != head["run_id"]:
                raise _folder_error(
                    self.path,
                    f"holds another run ({found['run_id']}; this one is {head['run_id']})",
                    "folder-of-another-run",
                )
            if found["finished"]:
                return True
        shutil.rmtree(self.path / "unfinished", ignore_errors=True)
        self.write_manifest({**head, "finished": False})
        return False

    def _take_lock(self) -> None:
        self._lock = (self.path / ".lock").open("w", encoding="ascii")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise _folder_error(
                self.path, "is being filled by another process", "folder-in-use"
            ) from error

    def release(self) -> None:
        """Let other processes use the folder."""
        if self._lock is not None:
            self._lock.close()

    def abandon(self) -> None:
        """Leave nothing of a run whose input cannot be used; tables that are stored stay."""
        if self.tables.exists():
            return
        for name in ("intake", "unfinished", "spill"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        (self.path / MANIFEST).unlink(missing_ok=True)
        (self.path / ".lock").unlink(missing_ok=True)
        if self._is_new:
            self.path.rmdir()

    def write_manifest(self, manifest: Mapping[str, object]) -> None:
        """Replace the manifest in one step."""
        _write_json(self.path / MANIFEST, manifest)

    @property
    def intake(self) -> Path:
        """Where intake keeps the canonical tables and its ledger."""
        return self.path / "intake"

    def table(self, name: str) -> ir.Table:
        """A stored table."""
        return self.engine.read_parquet(self.tables / name)

    def store(
        self,
        name: str,
        make: Callable[[], ir.Table],
        columns: Mapping[str, str],
        reads: Noted | None = None,
        slices: Sequence[Slice] = (),
    ) -> ir.Table:
        """The table of that name: computed, checked and stored unless it is there already.

        Its record says what it was computed from, if `reads` has noted that.
        """
        final = self.tables / name
        if not (final / _RECORD).exists():
            self.progress(name)
            draft = self.path / "unfinished" / name
            shutil.rmtree(draft, ignore_errors=True)
            started = time.perf_counter()
            with peak_memory(children=self.engine.has_processes) as peak:
                self.engine.store(make(), draft, slices)
            seconds = time.perf_counter() - started
            record = _record(seconds, peak.megabytes)
            if reads is not None:
                record["reads"] = reads.as_plain
            self._keep(name, draft, columns, record)
        return self.table(name)

    def _keep(
        self, name: str, draft: Path, columns: Mapping[str, str], record: Mapping[str, object]
    ) -> None:
        stored = parquet.read_schema(next(draft.glob("*.parquet")))
        conform(ibis.table(ibis.Schema.from_pyarrow(stored), name), columns, f"stored table {name}")
        rows, digest = fingerprint(draft)
        record = {"rows": rows, **record, "fingerprint": digest}
        (draft / _RECORD).write_text(json.dumps(record), encoding="utf-8")
        self.tables.mkdir(exist_ok=True)
        draft.replace(self.tables / name)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Record seconds and peak memory of work that keeps its own tables, unless it is done."""
        record = self.path / f"{name}.json"
        if record.exists():
            yield
            return
        self.progress(name)
        started = time.perf_counter()
        with peak_memory(children=self.engine.has_processes) as peak:
            yield
        _write_json(record, _record(time.perf_counter() - started, peak.megabytes))

    def finish(
        self,
        head: Mapping[str, object],
        order: list[str],
        unions: Mapping[str, list[str]],
        notes: list[dict[str, str]],
    ) -> None:
        """Write the manifest that makes the run a finished one."""
        found = self.records()
        tables = {name: found[name] for name in order}
        digest = hashlib.sha256()
        for name in sorted(tables):
            digest.update(f"{name}:{tables[name]['rows']}:{tables[name]['fingerprint']};".encode())
        shutil.rmtree(self.path / "unfinished", ignore_errors=True)
        shutil.rmtree(self.path / "spill", ignore_errors=True)
        manifest = {
            **head,
            "intake": json.loads((self.path / "intake.json").read_text(encoding="utf-8")),
            "tables": tables,
            "unions": unions,
            "notes": notes,
            "digest_by": DIGEST_BY,
            "result_fingerprint": digest.hexdigest()[:_DIGITS_SHOWN],
            "finished": True,
        }
        self.write_manifest(manifest)

    def records(self) -> dict[str, dict[str, object]]:
        """Rows, seconds, peak memory and fingerprint of every stored table, oldest first."""
        found = sorted(self.tables.glob(f"*/{_RECORD}"), key=lambda path: path.stat().st_mtime_ns)
        return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in found}


def _record(seconds: float, megabytes: float) -> dict[str, object]:
    return {"seconds": round(seconds, 3), "peak_memory_mb": megabytes}


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")
    draft.replace(path)


def _folder_error(path: Path, what: str, code: str) -> RunFolderError:
    return RunFolderError(
        f"The folder '{path}' {what}.", remedy="Choose another --out folder.", code=code
    )
