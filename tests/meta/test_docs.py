"""The documentation builds without a network, and every command in it exists."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import pytest
import yaml
from typer.main import get_command

from openp4p.cli import app
from tests.meta.files import ROOT, name, tracked

PAGES = [path for path in tracked(".md") if path.name != "results.md"]
FENCE = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(openp4p [a-z][^`]*)`")


def commands_of(text: str) -> list[str]:
    """Every openp4p command of a page, with continued lines joined."""
    blocks = "\n".join(FENCE.findall(text)).replace("\\\n", " ")
    lines = [line.split(" > ")[0].split(" #")[0].removeprefix("$ ") for line in blocks.splitlines()]
    lines = [line.removeprefix(".venv/bin/") for line in lines]
    return [line for line in lines if line.startswith("openp4p ")] + INLINE.findall(text)


def unknown_part(line: str) -> str | None:
    """The first word or option of a command line that openp4p does not know."""
    words = [w for w in shlex.split(line)[1:] if w not in ("...", "RUN")]
    command = get_command(app)
    while hasattr(command, "commands") and words:
        if words[0].startswith("-"):
            break
        if words[0] not in command.commands:
            return words[0]
        command = command.commands[words.pop(0)]
    known = {option for p in command.params for option in (*p.opts, *p.secondary_opts)} | {"--help"}
    options = [word.split("=")[0] for word in words if word.startswith("--")]
    return next((option for option in options if option not in known), None)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_command_of_a_page_exists(path):
    lines = commands_of(path.read_text(encoding="utf-8"))
    assert {line: unknown_part(line) for line in lines if unknown_part(line)} == {}


def test_a_command_that_does_not_exist_is_noticed():
    assert unknown_part("openp4p pay medicare_value_modifier/2017") == "pay"
    assert unknown_part("openp4p run x --output y") == "--output"
    assert unknown_part("openp4p explain reason run") == "reason"
    assert unknown_part("openp4p show RUN payments --csv") is None
    assert commands_of("```sh\nopenp4p run a \\\n --out b > c\n```") == ["openp4p run a   --out b"]


def test_the_documents_show_every_command():
    said = "\n".join(line for p in PAGES for line in commands_of(p.read_text(encoding="utf-8")))
    top = [command for command in get_command(app).commands if command != "version"]
    assert [command for command in top if f"openp4p {command}" not in said] == []


def test_the_make_targets_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z]+)", readme))
    assert {target for target in named if f"\n{target}:" not in makefile} == set()


def test_every_page_starts_with_what_the_reader_can_do():
    pages = [path for path in PAGES if (ROOT / "docs") in path.parents]
    lacking = [
        name(path)
        for path in pages
        if "You will be able to" not in path.read_text(encoding="utf-8")[:400]
        and path.name != "architecture.md"
    ]
    assert lacking == []


def test_every_page_is_in_the_navigation():
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    listed = str(site["nav"])
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if f"'{page}'" not in listed] == []


def test_the_site_builds_strictly_and_asks_nothing_of_the_network(tmp_path):
    away = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    built = subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "--site-dir",
            str(tmp_path),
        ],
        cwd=ROOT,
        env={**os.environ, **away},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert built.returncode == 0, built.stderr
    fetched = re.compile(
        r"<(?:script|img|iframe|link[^>]*rel=\"(?:stylesheet|preload|preconnect)\")[^>]*"
        r"(?:src|href)=\"(?:https?:)?//[^\"]+"
    )
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > 10
    assert {p.name: found for p in pages if (found := fetched.findall(p.read_text("utf-8")))} == {}


def test_checks_before_a_commit_fetch_nothing():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {repository["repo"] for repository in config["repos"]} == {"local"}
    assert {h["language"] for r in config["repos"] for h in r["hooks"]} == {"system"}
