"""What is installed is what the lock says, and a library that was changed is found out."""

from __future__ import annotations

import base64
import hashlib
from importlib.metadata import PathDistribution, distributions
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from openp4p.cli.libraries import changed, differences, libraries, locked, normal
from openp4p.errors import UsageError

LOCK = Path(__file__).parents[3] / "requirements.lock"


def test_these_tests_run_on_the_libraries_of_the_lock():
    installed = {normal(d.metadata["Name"]): d.version for d in distributions()}
    assert differences(locked(LOCK), installed) == []


def test_each_way_to_differ_is_said():
    pinned = {"a": "1", "b": "1", "c": "1"}
    assert differences(pinned, {"a": "1", "b": "2", "d": "3", "pip": "9"}) == [
        "b: locked 1, and installed 2.", "c: locked 1, and not installed.",
        "d: installed 3, and not in the lock.",
    ]  # fmt: skip


def test_a_lock_is_read_with_extras_markers_and_hashes(tmp_path):
    lock = tmp_path / "lock"
    lock.write_text(
        "# a comment\nZope.Interface==1.0 ; python_version < '4'\n"
        "psycopg[binary]==3.2 \\\n    --hash=sha256:00\n"
    )
    assert locked(lock) == {"zope-interface": "1.0", "psycopg": "3.2"}
    with pytest.raises(UsageError, match="locks no library"):
        locked(tmp_path / "none")


def test_a_file_that_was_changed_or_taken_away_is_found(tmp_path):
    record = tmp_path / "lib-1.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Name: lib\nVersion: 1\n")
    lines = []
    for name in ("kept.py", "changed.py", "gone.py"):
        digest = hashlib.sha256(b"as installed").digest()
        said = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        lines.append(f"{name},sha256={said},12")
    (record / "RECORD").write_text("\n".join([*lines, "lib-1.dist-info/RECORD,,"]))
    (tmp_path / "kept.py").write_bytes(b"as installed")
    (tmp_path / "changed.py").write_bytes(b"and changed")
    assert list(changed("lib", PathDistribution(record))) == [
        "lib: changed.py was changed after it was installed.", "lib: gone.py is not there.",
    ]  # fmt: skip


def test_the_command_ends_with_1_where_something_differs(tmp_path):
    app = Typer()
    app.command()(libraries)
    said = CliRunner().invoke(app, [str(LOCK)])
    assert said.exit_code == 0, said.output
    assert "libraries are installed as locked" in said.output
    other = tmp_path / "lock"
    other.write_text(LOCK.read_text().replace("django==", "django==1."))
    said = CliRunner().invoke(app, [str(other)])
    assert said.exit_code == 1
    assert said.output.startswith("django: locked 1.")
