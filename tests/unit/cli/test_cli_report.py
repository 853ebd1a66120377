"""`openp4p report` on a run that starts from rates: it has no claims, and says so."""

from __future__ import annotations

import pytest

from tests.unit.cli.commands import command, run_folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("reports")
    said = command("report", run_folder(), "--form", "html,csv", "--with-patients", "--workers",
                   "1", "--out", out)  # fmt: skip
    return out, said


def test_a_run_from_rates_gives_reports_that_say_what_they_lack(made):
    out, said = made
    assert (said.code, said.err.count("Error")) == (0, 0)
    assert said.out.startswith("14 files; practices: 2;")
    page = (out / "EXAMPLE01" / "qrur-EXAMPLE01.html").read_text("utf-8")
    assert "This run holds nothing for this exhibit." in page
    assert "it has no claims" in page


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--tin", "NOBODY"], "no-such-practice", "There is no practice 'NOBODY' in this run."),
        (["--form", "html,docx"], "options", "There is no form 'docx' of a report."),
        (["--form", ","], "options", "There is no form '' of a report."),
        (["--public", "--with-patients"], "options", "A copy for the public has no patients"),
    ],
)
def test_a_report_that_cannot_be_made_is_refused_in_words(tmp_path, options, code, message):
    said = command("report", run_folder(), "--out", tmp_path, *options)
    assert said.code == 2
    assert message in said.err
    assert f"({code}:" in said.err
    assert list(tmp_path.iterdir()) == []
