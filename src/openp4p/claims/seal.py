"""The seal of a converted folder: what intake found in it, so that no run has to ask again.

A converted folder holds nothing but rows that are used, in the declared types. Its intake is done
once, when it is made, and kept in the folder with the SHA-256 of every file, those of the seal
among them. It holds as long as the files and the code of the intake are the same; otherwise the
folder is read as any other.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openp4p.identity import code_version, input_fingerprints

FOLDER = ".seal"
_SEAL = "seal.json"
_INTAKE = ("claims", "codes", "engine")
BROKEN = {
    "code": "seal_broken",
    "text": "The folder's files or the checks have changed since it was converted: every row was "
    "checked again.",
}
HOLDS = {
    "code": "sealed",
    "text": "Every row was checked when the folder was converted, and its files are the same.",
}


@dataclass(frozen=True)
class Seal:
    """What a folder's seal says, and whether it fits its files."""

    folder: Path
    said: Mapping[str, Any]
    holds: bool

    def lay_out(self, into: Path, marker: str) -> None:
        """The finished intake of the sealed folder, as if it had been taken in now."""
        draft = into.with_name(into.name + ".draft")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(self.folder / FOLDER, draft)
        (draft / _SEAL).unlink()
        said = dict(self.said["intake"])
        said["left_there"] = {
            table: [str((self.folder / name).resolve()) for name in names]
            for table, names in said["left_there"].items()
        }
        said["notes"] = [*said["notes"], HOLDS]
        (draft / marker).write_text(json.dumps(said, indent=2), encoding="utf-8")
        draft.rename(into)


def was_converted(folder: Path) -> bool:
    """Whether a folder has a seal, be it whole or broken."""
    return (folder / FOLDER / _SEAL).is_file()


def sealed(folder: Path, files: Sequence[Path]) -> Seal | None:
    """The seal of a folder with these data files; none when it was not converted."""
    if not was_converted(folder):
        return None
    try:
        said = json.loads((folder / FOLDER / _SEAL).read_text(encoding="utf-8"))
        stated = {name: said[name] for name in ("checks", "files", "kept", "intake", "digest")}
    except (ValueError, KeyError, TypeError, OSError):
        return Seal(folder, {}, holds=False)
    holds = stated == _stated(folder, said["intake"], files)
    return Seal(folder, said, holds)


def put_seal(folder: Path, intake: Path, marker: str, files: Sequence[Path]) -> bool:
    """Seal a folder whose intake is done, if every table of it is used as it lies there.

    Whether it was: a folder of which a row was set aside or changed is not sealed.
    """
    said = json.loads((intake / marker).read_text(encoding="utf-8"))
    if set(said["supplied"]) != set(said["left_there"]):
        return False
    said["left_there"] = {
        table: [Path(name).relative_to(folder.resolve()).as_posix() for name in names]
        for table, names in said["left_there"].items()
    }
    place = folder / FOLDER
    shutil.copytree(intake, place)
    (place / marker).unlink()
    seal = _stated(folder, said, files)
    (place / _SEAL).write_text(json.dumps(seal, indent=2) + "\n", encoding="utf-8")
    return True


def _stated(folder: Path, intake: object, files: Sequence[Path]) -> dict[str, Any]:
    """What a seal of these files says: theirs, those of the finished intake, and what it found."""
    place = folder / FOLDER
    kept = [path for path in place.rglob("*") if path.is_file() and path != place / _SEAL]
    found = json.dumps(intake, sort_keys=True)
    return {
        "checks": code_version(_INTAKE),
        "files": input_fingerprints(files, folder),
        "kept": input_fingerprints(kept, folder),
        "intake": intake,
        "digest": hashlib.sha256(found.encode()).hexdigest(),
    }
