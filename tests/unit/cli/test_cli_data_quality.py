"""`openp4p data-quality`: a summary, a page, data; of a folder and of a run."""

from __future__ import annotations

import json

from tests.unit.claims.folders import PEOPLE, canonical
from tests.unit.cli.commands import command, run_folder


def test_a_folder_is_judged_on_the_terminal_and_in_files(tmp_path):
    folder = canonical(tmp_path / "in")
    said = command("data-quality", folder)
    assert said.code == 0, said.err
    assert "Data quality of in" in said.out
    assert "diagnoses: no risk scores" in said.out
    assert "The claims do not say when they were paid." in said.out
    page, data = tmp_path / "q.html", tmp_path / "q.json"
    written = command("data-quality", folder, "--out", page, "--out", data)
    assert (written.code, written.out) == (0, "")
    assert PEOPLE[0] not in said.out + page.read_text() + data.read_text()
    assert json.loads(data.read_text())["of"]["format"] == "canonical"
    assert "<script" not in page.read_text()
    assert "http://" not in page.read_text().replace("http://www.w3.org", "")


def test_a_run_without_claims_says_what_is_not_there():
    said = command("data-quality", run_folder())
    assert said.code == 0, said.err
    assert "claims: no run is possible" in said.out


def test_what_cannot_be_judged_or_written_is_refused(tmp_path):
    assert command("data-quality", tmp_path / "nowhere").code == 4
    folder = canonical(tmp_path / "in")
    refused = command("data-quality", folder, "--out", tmp_path / "q.pdf")
    assert refused.code == 2
    assert "ends in .html or .json" in refused.err
    settled = command("data-quality", run_folder(), "--performance-period", "2015")
    assert settled.code == 2
    assert "a finished run has settled that" in settled.err
