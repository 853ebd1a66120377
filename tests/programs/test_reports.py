"""The reports of a run: every form says the same, to anyone, and nothing of anybody else."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter

import openpyxl
import pytest
from pypdf import PdfReader

from openp4p.reports.qrur import delivery, every_tin, reports, rules
from openp4p.reports.qrur.as_csv import csv_text, dictionary
from openp4p.reports.qrur.as_html import html
from openp4p.reports.qrur.as_pdf import pdf
from openp4p.reports.qrur.as_xlsx import xlsx
from openp4p.reports.qrur.delivery import DEFINITIONS, LEDGER, Order, deliver
from openp4p.reports.qrur.practice import BETTER, SAME, WORSE
from openp4p.reports.qrur.public import public
from openp4p.reports.qrur.shown import SUPPRESSED, shown
from openp4p.reports.qrur.supplement import supplements
from openp4p.reports.suppression import Sum, bounds, is_small
from openp4p.synthetic import SYNTHETIC
from tests.programs.pages import NUMBER, contrast, obstacles, parsed, tables, words
from tests.programs.reported import (
    all_reports,
    definitions_of_all,
    drawn,
    fullest,
    lines_of,
    shared,
    texts,
)
from tests.programs.runs import by, usual


def test_the_page_and_the_csv_show_the_same_in_every_cell():
    for report in all_reports().values():
        squeezed = {i: [[" ".join(c.split()) for c in r] for r in rows]
                    for i, rows in texts(report).items()}  # fmt: skip
        assert tables(parsed(html(report))) == squeezed, report.tin


def test_every_number_of_the_page_is_in_the_csv_and_the_pdf():
    report = fullest()
    page = parsed(html(report))
    for node in page.xpath(
        "//style|//svg|//title|//nav|//details|//header|//footer|//h3|//table[@id='grid']"
    ):
        node.drop_tree()
    told = [line["shown"] for line in lines_of(csv_text(report))]
    told += [text for line in lines_of(dictionary(rules())) for text in line.values()]
    of_csv = {number for text in told for number in NUMBER.findall(text)}
    printed = "".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf(report))).pages)
    said = page.xpath("//main//*[self::td or self::th or self::p or self::li]")
    of_page = Counter(n for cell in said for n in NUMBER.findall(words(cell)))
    assert sum(of_page.values()) > 500
    assert set(of_page) - of_csv == set()
    cells = Counter(n for rows in texts(report).values() for row in rows for cell in row
                    for n in NUMBER.findall(cell))  # fmt: skip
    assert cells - Counter(NUMBER.findall(printed)) == Counter()


def test_the_dollars_of_an_episode_before_in_and_after_the_stay_are_all_of_them():
    seen = 0
    for report in all_reports().values():
        whole = {row["category"]: row for row in report.exhibit("E10").rows}
        parts = {row["category"]: row for row in report.exhibit("T5C").rows}
        assert set(parts) == set(whole)
        for category, row in parts.items():
            for whose in ("your", "peer"):
                summed = sum(row[f"{whose}_{time}"] or 0 for time in ("before", "stay", "after"))
                assert summed == pytest.approx(whole[category][f"{whose}_cost"], abs=1e-6)
            seen += row["your_before"] > 0 and row["your_stay"] > 0 and row["your_after"] > 0
    assert seen


def test_the_workbook_holds_the_values_that_the_page_shows():
    report = fullest()
    book = openpyxl.load_workbook(io.BytesIO(xlsx(report)))
    for exhibit in report.exhibits:
        rows = list(book[exhibit.rule.id].iter_rows(min_row=5, values_only=True))
        assert len(rows) == len(exhibit.rows)
        for held, row in zip(rows, exhibit.rows, strict=True):
            unit = str(row.get("unit") or "")
            found = [
                shown(value, "text" if isinstance(value, str) else column.kind, unit)
                for value, column in zip(held, exhibit.rule.columns, strict=False)
            ]
            assert found == exhibit.cells(row), (exhibit.rule.id, row)


def test_a_form_is_the_same_file_each_time():
    report = min(all_reports().values(), key=lambda r: sum(len(e.rows) for e in r.exhibits))
    assert pdf(report) == pdf(report)
    assert xlsx(report) == xlsx(report)


def test_the_steps_of_a_composite_sum_to_it():
    seen = 0
    for report in all_reports().values():
        for kind in ("QUALITY", "COST"):
            rows = report.exhibit(f"STEPS-{kind}").rows
            total = [row["adds"] for row in rows if row.get("tone") == "total"]
            if total:
                walked = [row["adds"] for row in rows if "weight" in row or "less" in row["step"]]
                assert sum(walked) == pytest.approx(total[0], abs=1e-9)
                seen += 1
    assert seen > 10


def test_what_the_practice_is_paid_is_what_its_cell_pays():
    payments = {row["tin"]: row for row in usual().rows("payments")}
    seen = 0
    for tin, report in all_reports().items():
        assert (
            report.exhibit("VM").rows[0]["adjustment_amount"]
            == (payments[tin]["adjustment_amount"])
        )
        mine = [row for row in report.exhibit("E1").rows if row["is_your_cell"]]
        for row in mine:
            assert row["dollars"] == payments[tin]["adjustment_amount"]
            assert row["adjustment"] == payments[tin]["adjustment_fraction"]
            seen += 1
    assert seen == sum(row["is_tiered"] for row in usual().rows("tiers"))


def test_every_report_of_a_made_up_input_says_so_whatever_its_folder_is_called():
    assert usual().manifest["synthetic"] == SYNTHETIC
    assert "synthetic" not in str(usual().manifest["inputs"])
    for report in all_reports().values():
        assert report.banners[0][0] == public(report).banners[1][0] == "SYNTHETIC"


def test_the_distance_to_a_tier_is_what_is_missing_at_its_limit():
    """A composite moved by the stated distance stands exactly at the limit of the next tier."""
    seen = 0
    for tin, report in all_reports().items():
        tier = next(r for r in usual().rows("tiers", {"tin": tin}))
        change = report.answers[2].sentences
        limit = next((row["adds"] for row in report.exhibit("STEPS-QUALITY").rows
                      if row["step"].startswith("a tier other")), None)  # fmt: skip
        if not tier["is_tiered"] or limit is None or tier["quality_tier"] != "average":
            continue
        far = shown(limit - tier["quality_composite"], "score").lstrip("+")
        assert any(f"High quality is {far} SD away" in s for s in change), (tin, change)
        seen += 1
    assert seen


def test_nobody_is_told_two_things_of_one_measure():
    """Each measure stands in one way; no word ranks a practice first or last."""
    said = set()
    for report in all_reports().values():
        for exhibit in report.exhibits:
            for row in exhibit.rows:
                if exhibit.rule.id.startswith(("E3", "E5")):
                    is_open = row["standing"] in (BETTER, WORSE, SAME)
                    assert is_open == (row["tone"] != "grey")
                    assert row["included"] or not is_open
                    said.add(row["standing"])
        text = words(parsed(html(report)).xpath("//main")[0]).lower()
        assert " best" not in text
        assert " worst" not in text
    assert said & {BETTER, WORSE}
    assert SAME in said


def test_anyone_can_read_the_pages():
    run, tin = usual(), fullest().tin
    pages = [html(fullest()), html(public(fullest()))]
    pages += [html(lists) for lists in supplements(run, [tin], shared())]
    assert [obstacles(page) for page in pages] == [[], [], []]


def test_an_obstacle_is_noticed():
    text = html(fullest())
    assert obstacles(text.replace('<html lang="en">', "<html>")) == ["no language"]
    assert "skipped heading" in obstacles(text.replace("<h3>", "<h4>").replace("</h3>", "</h4>"))
    assert contrast("#777777", "#ffffff") < 4.5 < contrast("#57606c", "#ffffff")


def test_every_column_of_the_csv_is_in_the_dictionary():
    known = {(line["exhibit"], line["column"]) for line in lines_of(dictionary(rules()))}
    used = {(line["exhibit"], line["column"]) for line in lines_of(csv_text(fullest()))}
    assert {pair for pair in used - known if pair[0] not in ("ANSWERS", "NOTES")} == set()


def test_no_patient_is_in_a_report_and_only_the_practice_s_own_are_in_its_lists():
    run, tin = usual(), fullest().tin
    people = {row["beneficiary_id"]: row["tin"] for row in run.rows("attributed_beneficiaries")}
    report = csv_text(fullest()) + html(fullest())
    assert [person for person in people if person in report] == []
    (lists,) = supplements(run, [tin], shared())
    mine = [row["beneficiary_id"] for row in lists.exhibit("T2A").rows]
    assert sorted(mine) == sorted(person for person, whose in people.items() if whose == tin)
    page = html(delivery.without(lists, "CASES"))
    assert [other for other in every_tin(run) if other != tin and other in page] == []
    (named,) = supplements(run, [tin], shared(), name_others=True)
    runners = {row["runner_up_tin"] for row in run.rows("attributed_beneficiaries", {"tin": tin})}
    assert {row["runner_up"] for row in named.exhibit("T2A").rows} == runners


def test_a_copy_for_others_tells_no_small_count():
    withheld = 0
    for tin, report in all_reports().items():
        copy = public(report)
        shown_ids = {exhibit.rule.id for exhibit in copy.exhibits}
        assert not shown_ids & {"T1", "T6A", "T2B", "E7", "STEPS-QUALITY"}
        counts = [row["n_beneficiaries"] for row in report.exhibit("E6").rows]
        texts_of = [copy.exhibit("E6").cells(row)[1] for row in copy.exhibit("E6").rows]
        hidden = [place for place, text in enumerate(texts_of) if text == SUPPRESSED]
        sums = [Sum(len(counts) - 1, tuple(range(len(counts) - 1)))]
        for place, count in enumerate(counts):
            if is_small(count):
                low, high = bounds(counts, sums, hidden, place)
                assert high >= 11, tin
                assert high - low >= 10, tin
                withheld += 1
        columns = {c.id for e in copy.exhibits for c in e.rule.columns}
        assert not columns & {"your_cases", "events", "patients", "npi"}
    assert withheld


def test_a_rate_of_few_is_withheld_with_the_composite_that_tells_it():
    found = 0
    for report in all_reports().values():
        copy = public(report)
        for id_ in ("E3-ECC", "E3-PS", "E3-CCC-B", "E5-AAB", "E5-BSC"):
            for row, other in zip(report.exhibit(id_).rows, copy.exhibit(id_).rows, strict=True):
                few = is_small(row["your_cases"]) or (
                    row.get("events") is not None
                    and (is_small(row["events"]) or is_small(row["your_cases"] - row["events"]))
                )
                assert (str(other["your_rate"]) == SUPPRESSED) == few
                if few and row["included"] and id_.startswith("E3"):
                    found += 1
                    composite = copy.exhibit("E2").rows[-1]
                    assert str(composite["standardized_composite"]) == SUPPRESSED
    assert found


def test_a_delivery_is_taken_up_where_it_stopped(tmp_path):
    run, tins = usual(), tuple(every_tin(usual())[:3])
    order = Order(run.folder, tmp_path, ("html", "fhir"), tins, workers=1)
    first = deliver(order)
    assert (first.practices, first.made, first.kept) == (3, 6, 0)
    assert json.loads((tmp_path / DEFINITIONS).read_text("utf-8")) == definitions_of_all()
    lines = lines_of((tmp_path / LEDGER).read_text("utf-8"))
    for line in lines:
        content = (tmp_path / line["file"]).read_bytes()
        assert line["sha256"] == hashlib.sha256(content).hexdigest()
        assert line["bytes"] == str(len(content))
    spoilt, gone = (tmp_path / lines[0]["file"], tmp_path / lines[1]["file"])
    spoilt.write_bytes(b"half a rep")
    gone.unlink()
    untouched = (tmp_path / lines[2]["file"]).stat().st_mtime_ns
    again = deliver(order)
    assert (again.made, again.kept) == (2, 4)
    assert (tmp_path / lines[2]["file"]).stat().st_mtime_ns == untouched
    assert lines_of((tmp_path / LEDGER).read_text("utf-8")) == lines
    other = deliver(Order(run.folder, tmp_path, ("html",), tins, audience="public", workers=1))
    assert other.made == 3
    assert spoilt.is_file()


def test_processes_make_the_same_files_as_one(tmp_path, monkeypatch):
    run, digests = usual(), []
    tins = tuple(every_tin(run)[:4])
    monkeypatch.setattr(delivery, "_AT_ONCE", 2)
    for workers in (1, 2):
        out = tmp_path / str(workers)
        deliver(Order(run.folder, out, ("csv", "fhir"), tins, with_patients=True, workers=workers))
        digests.append((out / LEDGER).read_text("utf-8"))
    assert digests[0] == digests[1]
    assert digests[0].count("patients-T2A,") == digests[0].count("patients-fhir,") == 4


def test_the_operator_s_page_lists_every_practice_and_counts_none_that_is_small(tmp_path):
    run = drawn()
    deliver(Order(run.folder, tmp_path, ("csv",), workers=1))
    text = (tmp_path / "index.html").read_text("utf-8")
    page = parsed(text)
    rows = page.xpath("//table[@id='practices']/tbody/tr")
    assert [words(row[0]) for row in rows] == every_tin(run)
    people = Counter(row["tin"] for row in run.rows("attributed_beneficiaries"))
    for row in rows:
        count = people[words(row[0])]
        assert words(row[4]) == (SUPPRESSED if is_small(count) else f"{count:,}")
        assert (row[4].get("data-v") == "-1") == is_small(count)
    chances = by(run.rows("tier_probabilities"), "tin", "quality_tier", "cost_tier")
    for row, paid in zip(rows, run.rows("payments"), strict=True):
        drawn_again = chances.get((paid["tin"], paid["quality_tier"], paid["cost_tier"]))
        assert words(row[3]) == shown(drawn_again and drawn_again["probability"], "share")
    assert all((tmp_path / href).is_file() for href in page.xpath("//td/a/@href"))
    assert obstacles(text) == []


def test_a_mid_year_report_has_measures_from_claims_and_no_result():
    run, tin = usual(), fullest().tin
    (report,) = reports(run, [tin], shared(), kind="mid_year")
    rates = {row["measure"] for row in run.rows("performance_rates", {"tin": tin})}
    listed = [row["measure"] for row in report.exhibit("MY-ALL").rows]
    names = {m.name for m in run.program.measures
             if m.source == "claims" and m.is_scored and m.id in rates}  # fmt: skip
    assert sorted(listed) == sorted(names)
    assert len(listed) >= 8
    assert report.answers == ()
    assert {e.rule.id for e in report.exhibits} == {"COVER", "MY-ALL", "E6", "E7", "T2B"}
    assert "adjustment" not in csv_text(report)
    assert obstacles(html(report)) == []
