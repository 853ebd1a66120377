"""Zip packages: what they hold, what they may hold, and their members one by one on the disk."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from openp4p.claims.formats.sources import LARGEST_UNPACKED, MOST_TIMES
from openp4p.errors import Problem

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# packages that are documents or programs
_OTHER_ENDINGS = (".xlsx", ".xlsm", ".docx", ".pptx", ".ods", ".odt", ".jar", ".whl", ".sas7bdat")
_MOST_MEMBERS = 10_000
_CHUNK = 1 << 20
_ENCRYPTED = 0x1
_UNPACK = "Unpack it yourself and look at what it holds."


@dataclass(frozen=True)
class Member:
    """One file of a package: the name it has there, and its size unpacked."""

    package: Path
    name: str
    size: int


def is_package(path: Path) -> bool:
    """Whether a file is a zip package, by its first bytes."""
    if path.name.lower().endswith(_OTHER_ENDINGS):
        return False
    try:
        with path.open("rb") as file:
            return file.read(4) in _MAGIC
    except OSError:
        return False


def members_of(path: Path, name: str, problems: list[Problem]) -> list[Member]:
    """The files of a package in the order of their names; a problem for each that is refused."""
    try:
        with zipfile.ZipFile(path) as package:
            infos = [info for info in package.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        problems.append(_damaged(name))
        return []
    if len(infos) > _MOST_MEMBERS:
        found = f"holds {len(infos):,} files"
        problems.append(Problem(name, "file", found, f"at most {_MOST_MEMBERS:,}", _UNPACK))
        return []
    most = max(LARGEST_UNPACKED, MOST_TIMES * path.stat().st_size)
    if sum(info.file_size for info in infos) > most:
        problems.append(_too_large(name, most))
        return []
    names = [info.filename for info in infos]
    found_members = []
    for place, info in enumerate(infos, 1):
        refused = _refused(info, names.count(info.filename))
        if refused:
            problems.append(Problem(f"{name}", f"member {place}", refused, "", _UNPACK))
        else:
            found_members.append(Member(path, info.filename, info.file_size))
    return sorted(found_members, key=lambda member: member.name)


def unpack(member: Member, target: Path, name: str, problems: list[Problem]) -> bool:
    """Write one member to a file of ours; False, with the reason, if it is damaged or lies about
    its size."""
    written = 0
    try:
        with (
            zipfile.ZipFile(member.package) as package,
            package.open(member.name) as source,
            target.open("wb") as file,
        ):
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                if written > member.size:
                    problems.append(_too_large(name, member.size))
                    return False
                if written > shutil.disk_usage(target.parent).free:
                    found = "does not fit on the disk unpacked"
                    problems.append(
                        Problem(name, "file", found, "", "Make room, or another --out.")
                    )
                    return False
                file.write(chunk)
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError):
        problems.append(_damaged(name))
        return False
    return True


def _refused(info: zipfile.ZipInfo, times: int) -> str:
    """Why a member is not taken, in words; empty when it is."""
    parts = PurePosixPath(info.filename.replace("\\", "/")).parts
    if not parts or info.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        return "has a path that leads out of the package"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    return "stands in the package more than once" if times > 1 else ""


def _damaged(name: str) -> Problem:
    return Problem(name, "file", "is not a whole zip package", "a whole file", "Copy it again.")


def _too_large(name: str, most: int) -> Problem:
    found = f"unpacks to more than {most:,} bytes"
    return Problem(name, "file", found, "packages that are what they seem", _UNPACK)
