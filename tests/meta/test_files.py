"""Our files keep to their size and say nothing of where they were written."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.meta.files import PACKAGE, ROOT, name, tracked

MOST_LINES = 400
# written in halves, so that this file does not hold what it looks for
ELSEWHERE = re.compile("/wo" + r"rk/|\.\./sha" + "red|sha" + "red/spec|/ro" + "ot/|brief" + r"\.md")
_NAMES = ["clau" + "de", "chat" + "gpt", "language " + "model", "AI assis" + "tant"]
WRITERS = re.compile(r"\b(" + "|".join(_NAMES) + r")\b", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(TO" + "DO|FIX" + "ME|X" + r"XX)\b")


def test_no_module_is_longer_than_it_should_be():
    ours = [p for p in tracked(".py") if "migrations" not in p.parts]  # Django writes those
    lengths = {name(p): len(p.read_text(encoding="utf-8").splitlines()) for p in ours}
    assert {n: lines for n, lines in lengths.items() if lines > MOST_LINES} == {}


@pytest.mark.parametrize(
    "pattern", [ELSEWHERE, WRITERS, UNFINISHED], ids=["places", "writers", "unfinished"]
)
def test_no_file_speaks_of_its_making(pattern):
    texts = tracked(".py", ".md", ".yaml", ".yml", ".toml", ".j2", ".css", ".csv", ".sql", "")
    # what continuous integration sets up is about a machine
    texts = [path for path in texts if ".ci" not in path.parts and path.name != "LICENSE"]
    found = {
        f"{name(path)}:{number}"
        for path in texts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    }
    assert found == set()


def test_the_patterns_do_find_what_they_look_for():
    assert ELSEWHERE.search("see /wo" + "rk/main")
    assert WRITERS.search("written by Clau" + "de")
    assert UNFINISHED.search("# TO" + "DO: later")


def test_every_dependency_has_its_line():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = [
        *project["project"]["dependencies"],
        *(d for extra in project["project"]["optional-dependencies"].values() for d in extra),
        *(d for group in project["dependency-groups"].values() for d in group),
    ]
    declared = {re.match(r"[A-Za-z0-9-]+", requirement)[0] for requirement in listed}
    page = (ROOT / "docs/decisions/dependencies.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `([A-Za-z0-9-]+)` \|", page, re.MULTILINE)
    assert sorted(explained) == sorted(declared)


def test_every_dependency_is_locked():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").lower()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {re.match(r"[A-Za-z0-9-]+", d)[0] for d in project["project"]["dependencies"]}
    assert {d for d in declared if f"\n{d.lower()}==" not in f"\n{lock}"} == set()


def test_each_code_list_says_where_it_comes_from():
    lists = list((PACKAGE / "programs").rglob("*.csv"))
    assert lists
    first = {name(p): p.read_text(encoding="utf-8").split("\n", 1)[0] for p in lists}
    assert {n for n, line in first.items() if not line.startswith("# Source: ")} == set()
