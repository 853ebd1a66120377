"""The commands of the pages do what the pages say, one after the other, on a small population."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from openp4p.explain.formulas import FORMULAS
from openp4p.explain.model import Explanation
from openp4p.program.library import load_program
from tests.meta.files import ROOT
from tests.meta.test_docs import FENCE
from tests.unit.cli.commands import command

PAGES = [
    "README.md",
    "docs/tutorial.md",
    "docs/programs.md",
    "docs/explain.md",
    "docs/rates.md",
    "docs/risk-scores.md",
    "docs/cost.md",
    "docs/quality.md",
    "docs/report.md",
    "docs/remittance.md",
    "docs/uncertainty.md",
    "docs/simulate.md",
    "docs/prepare.md",
    "docs/benchmarks.md",
    "docs/data-quality.md",
    "docs/audit.md",
]
PEOPLE = "300"  # instead of the thousands of the pages
# commands that are given once already with other rules or claims, by their last word; each takes a
# whole run. `check mine.yaml` runs the program of the pages, engine against reference.
NOT_AGAIN = {
    "run-d3", "run-mine", "run-mine-2018", "run-2018-superseded", "run-synpuf", "run-rates",
    "run-practice",
    "medicare_value_modifier/2017",
}  # fmt: skip


def is_given_already(words: list[str]) -> bool:
    return (words[0] in ("run", "check") and words[-1] in NOT_AGAIN) or "run-rates" in words


YAML_FENCE = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def lines_of(page: str) -> list[list[str]]:
    """The openp4p commands of a page's blocks, as words."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = "\n".join(FENCE.findall(text)).replace("\\\n", " ")
    lines = [line.split(" > ")[0].split(" #")[0] for line in blocks.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("openp4p ")]


def every_command() -> list[list[str]]:
    """Each command once, in the order of the pages; what is shown of one run is shown of it."""
    found: list[list[str]] = []
    for page in PAGES:
        for words in lines_of(page):
            if words not in found and not is_given_already(words):
                found.append(words)
    return found


def made_here(words: list[str], known: dict[str, str]) -> list[str]:
    """The command with a small population and with a practice and a beneficiary that are there."""
    words = [known.get(word, word) for word in words]
    if words[0] == "compare":
        words = ["compare", *("run-2017" if word in NOT_AGAIN else word for word in words[1:])]
    if words[0] == "synthesize":
        words[words.index("--beneficiaries") + 1] = PEOPLE
    if "--out" in words:
        written = Path(words[words.index("--out") + 1])
        if written.is_file():
            written.unlink()  # each page begins anew
    return words


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """A folder in which every command of the pages was given, and which commands they were."""
    folder, back = tmp_path_factory.mktemp("pages"), Path.cwd()
    os.chdir(folder)
    try:
        Path("docs").symlink_to(ROOT / "docs")
        yield folder, list(given())
    finally:
        os.chdir(back)


def given() -> Iterator[str]:
    """Gives each command and fails at the first that does not end well."""
    known: dict[str, str] = {}
    for words in every_command():
        if words[0] in ("synthesize", "run") and Path(words[words.index("--out") + 1]).is_dir():
            continue
        said = command(*made_here(words, known))
        assert said.code == 0, f"openp4p {' '.join(words)}\n{said.out}\n{said.err}"
        yield words[0]
        if words[0] == "run" and not known:
            people = json.loads(
                command("show", "run-2017", "attributed_beneficiaries", "--json").out
            )
            rates = json.loads(command("show", "run-2017", "performance_rates", "--json").out)
            tins = {r["tin"] for r in rates if r["measure"] == "diabetes_cost"}
            person = next(row for row in people if row["tin"] in tins)
            known = {"TIN": person["tin"], "ID": person["beneficiary_id"], "RUN": "run-2017"}


def test_every_command_of_the_pages_does_what_it_says(walked):
    folder, done = walked
    reading = {"tables", "show", "explain", "compare", "cost", "quality", "data-quality", "report",
               "remittance", "uncertainty", "prepare", "simulate"}  # fmt: skip
    assert set(done) == {"synthesize", "run", "check", "programs", "risk-score", "audit"} | reading
    assert (folder / "run-2017" / "summary.html").is_file()


def test_tables_that_stay_in_the_input_folder_are_read_there(walked):
    folder, _ = walked
    run, population = folder / "run-2017", folder / "population"
    assert (population / "beneficiary").is_dir()
    assert not (run / "intake" / "beneficiary").exists()
    assert len(json.loads(command("show", run, "beneficiary", "--json").out)) == int(PEOPLE)
    population.rename(folder / "away")
    said = command("show", run, "beneficiary", "--json")
    assert (said.code, said.out) == (5, "")
    assert "(input-moved: see docs/errors.md)" in said.err
    assert command("show", run, "payments", "--csv").code == 0
    (folder / "away").rename(population)


def test_the_commands_left_out_here_have_a_program_that_loads():
    for page in PAGES:
        for words in lines_of(page):
            if is_given_already(words) and words[0] == "run" and "mine" not in words[1]:
                chosen = [w.split("=") for w in words if re.fullmatch(r"[DM]\d+=\S+", w)]
                assert load_program(words[1], choices=dict(chosen)).payment.grid


@pytest.mark.parametrize("page", ["docs/programs.md"])
def test_the_programs_that_pages_show_are_programs(page, tmp_path):
    schema = json.loads(command("programs", "schema").out)
    shown = [
        text
        for text in YAML_FENCE.findall((ROOT / page).read_text(encoding="utf-8"))
        if yaml.safe_load(text)
    ]
    assert shown
    for text in shown:
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        assert load_program(str(path)).payment_year == 2017
        assert list(Draft202012Validator(schema).iter_errors(yaml.safe_load(text))) == []


def test_the_mistakes_that_the_page_shows_are_told_so(tmp_path):
    page = (ROOT / "docs/programs.md").read_text(encoding="utf-8")
    shown = re.search(r"```text\n(The program definition.*?)```", page, re.DOTALL)[1]
    path = tmp_path / "mine.yaml"
    path.write_text(
        "id: mine\ntitle: Ours\nextends: medicare_value_modifier/2017\nchanges:\n"
        "  tiering.standard_deviation:\n    value: 0.5\n    cite: c\n"
        "choices:\n  D3: earlier_service\n",
        encoding="utf-8",
    )
    said = command("programs", "show", path)
    assert said.err == f"{shown}(program-file: see docs/errors.md)\n"


def test_the_page_of_explanations_has_every_key_and_every_formula():
    page = (ROOT / "docs/explain.md").read_text(encoding="utf-8")
    tree = page.split("## A tree of steps", 1)[1].split("## Formulas", 1)[0]
    listed = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", tree, re.MULTILINE)
    keys = [key for cell in listed for key in re.findall(r"`(\w+)`", cell)]
    assert sorted(keys) == sorted(Explanation.__dataclass_fields__)
    formulas = re.findall(r"^\| `(\w+)` \| (.*) \|$", page.split("## Formulas", 1)[1], re.MULTILINE)
    assert dict(formulas) == FORMULAS
