"""Makes the rulebook from the spec tests and the parameter tables from the programs' files.

python docs/pages.py            writes docs/rulebook.md and docs/parameters.md
python docs/pages.py --check    says which of them is not what it would write; then exit code 1
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from reference_pages import markdown_table, shown

from openp4p.program.definition import Program
from openp4p.program.library import load_program, programs

DOCS = Path(__file__).parent
SPEC = DOCS.parent / "tests" / "spec"
CHAPTERS = {
    "groups": "Practices: who is in, how large, did they report",
    "attribution": "Attribution: whose patients",
    "risk": "Risk: what a patient is expected to cost",
    "measures": "Measures: from claims and reports to rates",
    "benchmarks": "Benchmarks",
    "scores": "Scores",
    "composites": "Composites",
    "tiers": "Tiers",
    "payment": "Payment",
    "awards": "Awards from a fixed pool",
    "worked_examples": "Worked examples",
    "principles": "The principles' statistics",
}
MADE = "<!-- Made by `make pages`; what is written here by hand is lost. -->"


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or check them."""
    made = {"rulebook.md": rulebook(), "parameters.md": parameters()}
    texts = {DOCS / name: "\n".join(lines) + "\n" for name, lines in made.items()}
    if "--check" not in arguments:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [p.name for p, t in texts.items() if not p.is_file() or p.read_text("utf-8") != t]
    for name in stale:
        print(f"docs/{name} is not what `make pages` makes of the rules and the tests now.")
    return 1 if stale else 0


def rulebook() -> Iterator[str]:
    """A chapter a stage, a section a file of tests, a sentence a test."""
    yield f"# The rulebook\n\n{MADE}\n"
    yield (
        "You will be able to read what the engine does, rule by rule. Each sentence is a test of "
        "`tests/spec`, which runs on the\nengine and on the second reading of the rules in plain "
        "Python where there is one; the name of the file says\nwhere the tables and numbers are."
    )
    for prefix, title in CHAPTERS.items():
        yield f"\n## {title}"
        for path in sorted(SPEC.glob(f"test_{prefix}*.py")):
            yield from _section(path)


def _section(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    first, *more = (ast.get_docstring(tree) or "").split("\n\n")
    yield f"\n### {_one_line(first)}\n"
    yield f"`tests/spec/{path.name}`\n"
    for paragraph in more:
        yield f"{_one_line(paragraph)}\n"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            said = ast.get_docstring(node)
            words = node.name.removeprefix("test_").replace("_", " ")
            sentence = f"{words[0].upper()}{words[1:]}."
            yield f"- {sentence}" + (f" {_one_line(said)}" if said else "")


def parameters() -> Iterator[str]:
    """The values of each program's years side by side, with their sources, topic by topic."""
    yield f"# Parameters by year\n\n{MADE}\n"
    yield (
        "You will be able to see what each payment year says, where it says so, and how sure that "
        "is.\n\n*verified*: the text was read; *recalled*: from memory of the named document; "
        "*default*: the rules are silent, or the\ntext was not found. Measures and entries of the "
        "[register of choices](reference/choices.md) have pages of their own."
    )
    listed = [reference for reference in programs() if reference.rpartition("/")[2].isdigit()]
    for name, held in groupby(listed, key=lambda reference: reference.rpartition("/")[0]):
        years = [load_program(reference) for reference in held]
        yield f"\n## {years[0].title} (`{name}`)"
        for topic, paths in groupby(_paths(years), key=lambda path: path.partition(".")[0]):
            yield f"\n### {topic.capitalize().replace('_', ' ')}\n"
            yield from _by_year(years, list(paths))


def _paths(years: list[Program]) -> list[str]:
    """The values with a source by topic; choices and measures stand elsewhere."""
    chosen = {choice.parameter for program in years for choice in program.choices}
    found: dict[str, None] = {}
    for program in years:
        found |= dict.fromkeys(program.citations)
    kept = [path for path in found if path not in chosen and not path.startswith("measures.")]
    topics = list(dict.fromkeys(path.partition(".")[0] for path in kept))
    return sorted(kept, key=lambda path: topics.index(path.partition(".")[0]))


def _by_year(years: list[Program], paths: list[str]) -> Iterator[str]:
    head = ("value", *(str(program.payment_year) for program in years), "source", "status")
    yield from markdown_table(head, (_row(years, path) for path in paths))


def _row(years: list[Program], path: str) -> tuple[object, ...]:
    cited = [(p.payment_year, p.citations[path]) for p in years if path in p.citations]
    values = [_value(p, path) if path in p.citations else "" for p in years]
    sources = _told([(year, f"{c.source} {c.note}".strip()) for year, c in cited])
    return (f"`{path}`", *values, sources, _told([(year, c.status) for year, c in cited]))


def _value(program: Program, path: str) -> str:
    """A value in words; a year without its thousands set apart."""
    words = shown(program, path)
    return words.replace(",", "") if path.endswith("_year") else words


def _told(each: list[tuple[int, str]]) -> str:
    """One text when all years have it, else each with its years."""
    by: dict[str, list[str]] = {}
    for year, text in each:
        by.setdefault(text, []).append(str(year))
    if len(by) == 1:
        return next(iter(by))
    return "; ".join(f"{', '.join(years)}: {text}" for text, years in by.items())


def _one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
