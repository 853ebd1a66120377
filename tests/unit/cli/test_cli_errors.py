"""What goes wrong is said in a sentence with a remedy, and the exit code says which kind it was."""

# ruff: noqa: E501  # a table of commands is read on one line

from __future__ import annotations

import re

import pytest

from openp4p.cli.app import INTRODUCTION, _show_unexpected
from openp4p.errors import InputError, OpenP4PError, ProgramError, RunFolderError, UsageError
from tests.meta.files import ROOT
from tests.unit.cli.commands import PROGRAM, RATES, command, process, run_folder

RUN = "RUN"  # stands for the folder of the finished run

FAILURES = [
    # what was asked, exit code, section of docs/errors.md, what is said
    ((), 2, "", "Usage: openp4p"),
    (("pay",), 2, "", "No such command 'pay'"),
    (("program",), 2, "", "Did you mean 'programs'"),
    (("portal", "verify", "--data", "nowhere"), 2, "no-portal", "There is no portal"),
    (("portal", "verify", "--signer", "ab"), 2, "options", "Give --kept FILE with --signer KEY."),
    (("programs", "shw"), 2, "", "Did you mean 'show'?"),
    (("run", PROGRAM), 2, "", "Missing option '--input'"),
    (("run", PROGRAM, "--inptu", "x"), 2, "", "No such option"),
    (("show", RUN), 2, "", "Missing argument 'TABLE'"),
    (("show", RUN, "paymnts"), 2, "no-such-table", "Did you mean 'payments'?"),
    (("show", RUN, "tiers", "--columns", "tier"), 2, "no-such-column", "Its columns: tin, size_class"),
    (("show", RUN, "tiers", "--where", "qualty_tier=low"), 2, "no-such-column", "Did you mean 'quality_tier'?"),
    (("show", RUN, "tiers", "--where", "category=two"), 2, "options", "It holds whole numbers."),
    (("show", RUN, "tiers", "--where", "is_tiered=perhaps"), 2, "options", "It holds yes or no."),
    (("show", RUN, "tiers", "--where", "category"), 2, "options", "Write --where COLUMN=VALUE."),
    (("show", RUN, "tiers", "--csv", "--json"), 2, "options", "--csv and --json do not go together."),
    (("tables", RUN, "--csv", "--json"), 2, "options", "--csv and --json do not go together."),
    (("tables", "no/run"), 5, "not-a-run-folder", "'no/run' is not a run"),
    (("show", "no/run", "payments"), 5, "not-a-run-folder", "given to `openp4p run` as --out"),
    (("explain", "tier", "no/run", "--tin", "A"), 5, "not-a-run-folder", "'no/run' is not a run"),
    (("explain", "adjustment", RUN, "--tin", "A"), 2, "no-such-practice", "There is no practice 'A'"),
    (("explain", "rate", RUN, "--tin", "EXAMPLE01", "--measure", "acute"), 2, "no-such-measure", "no measure 'acute'"),
    (("explain", "rate", RUN, "--tin", "EXAMPLE02", "--measure", "readmission"), 2, "no-such-rate", "acute_pqi"),
    (("explain", "attribution", RUN, "--beneficiary", "B9"), 2, "no-such-beneficiary", "no such beneficiary"),
    (("sql", "tier"), 2, "no-such-stage", "Did you mean 'tiers'?"),
    (("sql", "tiers", "--engine", "sparc"), 2, "unknown-engine", "duckdb, spark"),
    (("sql", "tiers", "--program", "medicare"), 2, "unknown-program", "Programs that come with openp4p"),
    (("check", "medicare_value_modifer/2017"), 2, "unknown-program", "Did you mean 'medicare_value_modifier/2017'?"),
    (("programs", "show", "medicare_value_modifier/2012"), 3, "year-not-covered", "allowed: 2015, 2016, 2017, 2018"),
    (("programs", "show", PROGRAM, "--choice", "D3"), 2, "options", "--choice D3=earliest_service"),
    (("programs", "show", PROGRAM, "--choice", "D3=soon"), 3, "program-file", "allowed: latest_service"),
    (("programs", "show", PROGRAM, "--choice", "D3=seeded", "--choice", "D3=latest_service"), 2, "options", "made twice"),
    (("programs", "schema", "payments"), 2, "options", "Schemas: program, applicability"),
    (("programs", "template", "--out", "no/folder/mine.yaml"), 2, "cannot-write", "No such file or directory"),
    (("run", "medicare_value_modifer/2017", "--input", RATES, "--out", "x"), 2, "unknown-program", "Did you mean"),
    (("run", "medicare_value_modifier/2019", "--input", RATES, "--out", "x"), 3, "year-not-covered", "--performance-period YEAR"),
    (("run", PROGRAM, "--input", "no/folder", "--out", "x"), 4, "input-unusable", "does not exist"),
    (("run", PROGRAM, "--input", RATES, "--out", RUN), 5, "folder-of-another-run", "Choose another --out folder"),
    (("run", PROGRAM, "--input", RATES, "--out", "x", "--factor", "much"), 2, "options", "0.1592 (15.92%)"),
    (("run", "medicare_value_modifier/2018-superseded", "--input", RATES, "--out", "x", "--factor", "published"), 2, "no-published-factor", "no published factor"),
    (("run", PROGRAM, "--input", RATES, "--out", "x", "--engine", "sparc"), 2, "unknown-engine", "duckdb"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "code", "section", "told"),
    FAILURES,
    ids=[" ".join(map(str, f[0]))[-60:] for f in FAILURES],
)
def test_a_mistake_is_told_with_its_remedy_and_code(
    asked, code, section, told, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    said = command(*(run_folder() if part == RUN else part for part in asked))
    assert said.code == code
    assert told in said.err + said.out
    assert said.out == "" or not section
    assert "Traceback" not in said.err
    if section:
        assert said.err.endswith(f"({section}: see docs/errors.md)\n")
        assert "To do: " in said.err or "allowed: " in said.err
    assert not (tmp_path / "x" / "manifest.json").exists()


def test_an_unknown_format_is_told_and_leaves_no_result(tmp_path):
    out = tmp_path / "run"
    said = command("run", PROGRAM, "--input", RATES, "--out", out, "--format", "tvua", "--quiet")
    assert said.code == 2
    assert "Formats: " in said.err
    assert not list(out.rglob("*.parquet"))
    assert command("show", out, "payments").code == 5


def test_an_empty_folder_is_no_input(tmp_path):
    (tmp_path / "empty").mkdir()
    said = command("run", PROGRAM, "--input", tmp_path / "empty", "--out", tmp_path / "run")
    assert said.code == 4
    assert "Traceback" not in said.err


def test_every_mistake_of_a_program_is_listed_below_the_other(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"extends: {PROGRAM}\nchanges:\n"
        "  tiering.significanse: {value: 0.1, cite: c}\n  payment.coinsurance: {value: 7, cite: c}\n",
        encoding="utf-8",
    )
    said = command("programs", "show", path)
    assert said.code == 3
    assert said.err.startswith("The program definition cannot be used (2 problems):\n")
    assert "  - mine.yaml: line 3: tiering.significanse: there is no such value\n" in said.err
    assert "    to do:   Did you mean 'tiering.significance'?\n" in said.err
    assert "  - mine.yaml: line 4: payment.coinsurance: found '7': input should be less" in said.err


def test_the_exit_codes_are_those_that_are_documented():
    codes = {UsageError: 2, ProgramError: 3, InputError: 4, RunFolderError: 5, OpenP4PError: 1}
    assert {kind: kind.exit_code for kind in codes} == codes
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    for text in (page, INTRODUCTION):
        listed = " ".join(text.split("Exit codes", 1)[1].split("\n\n")[0].split())
        assert set(map(int, re.findall(r"(?:: |; )(\d+) ", listed))) == {0, 1, 2, 3, 4, 5, 130}


def test_each_documented_section_has_the_exit_code_of_its_chapter():
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    chapters = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    documented = {}
    for chapter in chapters:
        code = int(re.search(r"\(exit code (\d)\)", chapter)[1])
        documented |= dict.fromkeys(re.findall(r"^### (\S+)", chapter, re.MULTILINE), code)
    seen = {section: code for _, code, section, _ in FAILURES if section}
    assert {section: documented[section] for section in seen} == seen


def test_stopping_from_the_keyboard_is_130(monkeypatch):
    def stopped(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("openp4p.program.library.programs", stopped)
    said = command("programs", "list")
    assert (said.code, said.out, said.err) == (130, "", "Stopped.\n")


def test_something_unforeseen_shows_its_kind_and_no_value(capsys, monkeypatch):
    """Its text may hold a value of a row, so it is shown only when asked for."""
    monkeypatch.delenv("OPENP4P_DEBUG", raising=False)
    _show_unexpected(ValueError("beneficiary B123 has no sex"))
    said = capsys.readouterr().err
    assert "did not foresee (ValueError)" in said
    assert "OPENP4P_DEBUG=1" in said
    assert "B123" not in said
    monkeypatch.setenv("OPENP4P_DEBUG", "1")
    _show_unexpected(ValueError("beneficiary B123 has no sex"))
    assert "B123" in capsys.readouterr().err


def test_nothing_prompts_when_nobody_is_there():
    """Standard input is closed: what is missing is an error, never a question."""
    said = process("run", PROGRAM)
    assert said.code == 2
    assert "Missing option" in said.err
    assert "\x1b[" not in said.err + said.out
    said = process("explain", "tier", run_folder())
    assert said.code == 2
    said = process("show", run_folder(), "paymnts", TERM="dumb")
    assert (said.code, said.out) == (2, "")
    assert "Did you mean 'payments'?" in said.err
