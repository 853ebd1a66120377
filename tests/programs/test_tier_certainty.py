"""How sure a tier is stands wherever the tier does: reports, first page, explanations."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from openp4p.reports.qrur import reports
from openp4p.reports.qrur.as_csv import csv_text
from openp4p.reports.qrur.as_html import html
from openp4p.reports.qrur.public import public
from openp4p.reports.qrur.shown import shown
from openp4p.reports.summary import summary_html
from tests.programs.pages import parsed, words
from tests.programs.reported import DRAWS, all_reports, drawn, fullest, lines_of, shared, texts
from tests.programs.runs import by, usual
from tests.unit.cli.commands import command


def test_how_sure_a_tier_is_stands_wherever_the_tier_does():
    """The share of draws that came out as the practice did; nothing where none could."""
    run, seen = drawn(), 0
    counted = by(run.rows("tier_probabilities"), "tin", "quality_tier", "cost_tier")
    composites = by(run.rows("tier_uncertainty"), "tin", "kind")
    for tin, report in all_reports().items():
        cells, modifier = report.exhibit("E1").rows, report.exhibit("VM").rows[0]
        pairs = {(row["quality_tier"], row["cost_tier"]): row["probability"] for row in cells}
        mine = next((row["probability"] for row in cells if row["is_your_cell"]), None)
        assert modifier["tiers_again"] == mine
        page = parsed(html(report))
        grid = [words(cell) for cell in page.xpath("//table[@id='grid']//td[b]")]
        if (tin, "low", "low") not in counted:
            assert set(pairs.values()) <= {None}
            assert not cells or report.exhibit("E1").note.endswith("says nothing of it.")
            assert not page.xpath("//svg[@aria-labelledby='chances-t chances-d']")
            continue
        assert pairs == {pair: counted[tin, *pair]["probability"] for pair in pairs}
        assert sum(pairs.values()) == pytest.approx(1)
        for kind, id_ in (("quality", "E2"), ("cost", "E4")):
            total = [row["tier_again"] for row in report.exhibit(id_).rows if row.get("tone")]
            assert total == ([composites[tin, kind]["stays"]] if (tin, kind) in composites else [])
        times = round(mine * DRAWS)
        said = next(s for s in report.answers[1].sentences if "Had other patients come" in s)
        assert f"the same in {times} of {DRAWS} draws" in said
        shares = [shown(row["probability"], "share") for row in cells]
        assert [
            text.endswith(f"{share} of draws") for text, share in zip(grid, shares, strict=True)
        ]
        picture = words(page.xpath("//svg[@aria-labelledby='chances-t chances-d']/desc")[0])
        assert all(
            f"{row['cell']} {share}" in picture for row, share in zip(cells, shares, strict=True)
        )
        copy = public(report)
        columns = {c.id for e in copy.exhibits for c in e.rule.columns}
        assert not columns & {"probability", "tiers_again", "tier_again"}
        seen += 0 < mine < 1
    assert seen


def test_the_first_page_of_a_run_says_how_many_would_be_in_the_same_tiers_again():
    run = drawn()
    page = parsed(summary_html(run))
    counted = by(run.rows("tier_probabilities"), "tin", "quality_tier", "cost_tier")
    own = [(row, counted.get((row["tin"], row["quality_tier"], row["cost_tier"])))
           for row in run.rows("tiers") if row["is_tiered"]]  # fmt: skip
    own = [(row, found["probability"]) for row, found in own if found]
    mean = sum(chance for _, chance in own) / len(own)
    assert f"{shown(mean, 'share')} of the {len(own)} practices drawn" in words(page)
    cells = Counter(words(c) for c in page.xpath("//section[@aria-labelledby='tiers']//td/small")
                    if "again" in words(c))  # fmt: skip
    groups: dict[tuple, list[float]] = {}
    for row, chance in own:
        groups.setdefault((row["size_class"], row["quality_tier"], row["cost_tier"]), []).append(
            chance
        )
    means = [sum(chances) / len(chances) for chances in groups.values()]
    assert cells == Counter(f"{shown(mean, 'share')} again" for mean in means)


def test_the_command_draws_once_and_the_report_and_the_first_page_have_it(tmp_path):
    run, tin = drawn(), fullest().tin
    said = command("report", run.folder, "--tin", tin, "--draws", DRAWS, "--form", "csv",
                   "--workers", "1", "--quiet", "--out", tmp_path)  # fmt: skip
    assert said.code == 0, said.err
    lines = lines_of((tmp_path / tin / f"qrur-{tin}.csv").read_text("utf-8"))
    told = [n["shown"] for n in lines if (n["exhibit"], n["column"]) == ("E1", "probability")]
    assert told == [row[-1] for row in texts(fullest())["E1"]]
    assert "How sure these tiers are" in (run.folder / "summary.html").read_text("utf-8")


def test_an_explanation_of_a_tier_or_an_adjustment_ends_with_how_sure_the_tiers_are():
    run, tin = drawn(), fullest().tin
    tiers = run.rows("tiers", {"tin": tin})[0]
    rows = by(run.rows("tier_probabilities"), "tin", "quality_tier", "cost_tier")
    chance = rows[tin, tiers["quality_tier"], tiers["cost_tier"]]["probability"]
    expected = f"the same tiers came up in {round(chance * DRAWS)} of {DRAWS} draws."
    for kind in ("tier", "adjustment"):
        assert command("explain", kind, run.folder, "--tin", tin).out.endswith(f"{expected}\n")


def test_a_report_of_a_run_without_draws_says_how_they_are_made():
    tin = fullest().tin
    (report,) = reports(usual(), [tin], replace(shared(), draws=None))
    assert [row["probability"] for row in report.exhibit("E1").rows] == [None] * 9
    assert report.exhibit("VM").rows[0]["tiers_again"] is None
    for text in (html(report), csv_text(report)):
        assert "openp4p uncertainty" in text
    assert "openp4p uncertainty" not in html(public(report))
