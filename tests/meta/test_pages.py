"""The pages that are made from the rules and the tests are what they would be made today."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.meta.files import ROOT, tracked

RULEBOOK = (ROOT / "docs" / "rulebook.md").read_text(encoding="utf-8")


def test_the_rulebook_and_the_parameter_tables_are_current():
    checked = subprocess.run(
        [sys.executable, "docs/pages.py", "--check"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr


def test_every_chapter_of_spec_tests_is_in_the_rulebook():
    chapters = [p.name for p in tracked(".py") if p.parent == ROOT / "tests" / "spec"]
    spec = [name for name in chapters if name.startswith("test_")]
    assert len(spec) > 30
    assert [name for name in spec if RULEBOOK.count(f"`tests/spec/{name}`") != 1] == []
