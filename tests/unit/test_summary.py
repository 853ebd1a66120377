"""The first page of a run prints what the tables say, to anyone, without reaching for anything."""

# ruff: noqa: E501  # tables as text are read as tables

from __future__ import annotations

import itertools
import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from openp4p.program.library import load_program
from openp4p.reports import numbers
from openp4p.reports.rules import choices_shown, unverified_shown
from openp4p.reports.summary import summary_html, write_summary
from tests.unit.summary_run import finished_run, rows_of_table

EMPTY = {
    "reporting_categories": """
        tin       | category | basis
        ----------+----------+-------------
        100000001 | 2        | not_reported
        100000002 | 2        | not_reported
        100000003 | 2        | not_reported
        100000004 | 2        | not_reported
        100000005 | 2        | not_reported
    """,
    "attributed_beneficiaries": "beneficiary_id | tin | step",
    "eligible_beneficiaries": "beneficiary_id | is_eligible | reason",
    "tiers": "tin | is_tiered",
    "payments": """
        tin       | size_class | category | percent | adjustment_fraction | paid_amount | adjustment_amount | basis
        ----------+------------+----------+---------+---------------------+-------------+-------------------+----------
        100000001 | 10+        | 2        | -0.04   | -0.04               | 100.00      | -4.00             | automatic
    """,
    "balance": """
        payment_year | downward_dollars | unit_dollars | adjustment_factor | upward_dollars | residual_dollars | source
        -------------+------------------+--------------+-------------------+----------------+------------------+----------
        2017         | -4.00            | 0.00         |                   | 0.00           | 4.00             | undefined
    """,
    "accounting_reasons": "file | reason",
    "accounting_money": "claim_class | year_month",
}


class Page(HTMLParser):
    """The page as its reader meets it: tables by id, text, links, pictures."""

    VOID = frozenset({"meta", "link", "br", "path", "line", "rect", "img", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables, self.text, self.attributes, self.open = {}, [], [], []
        self.unclosed, self._rows, self._cell = [], None, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.attributes.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "table":
            self._rows = self.tables.setdefault(dict(attrs).get("id") or len(self.tables), [])
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._cell = []

    def handle_startendtag(self, tag, attrs):
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.unclosed.append(tag)
        if tag in ("td", "th"):
            self._rows[-1].append(" ".join("".join(self._cell).split()))
            self._cell = None

    def handle_data(self, data):
        if self._cell is not None:
            self._cell.append(data + " ")
        if "style" not in self.open:
            self.text.append(data)

    def body(self, id_):
        return self.tables[id_][1:]

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return finished_run(tmp_path_factory.mktemp("run"), choices={"D3": "earliest_service"})


@pytest.fixture(scope="module")
def html(run):
    return summary_html(run)


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_the_page_is_written_into_the_run(run):
    page = write_summary(run)
    assert page == run.folder / "summary.html"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_every_element_is_closed_where_it_should_be(page):
    assert page.unclosed == []
    assert page.open == []


def test_practices_are_counted_by_size_class(page):
    assert page.body("sizes") == [
        ["1-9", "4", "2", "4"],
        ["10+", "3", "3", "77"],
        ["no size class", "1", "0", "0"],
        ["all", "8", "5", "81"],
    ]


def test_reasons_of_practices_that_are_out_add_up(page):
    out = [r for r in rows_of_table("practices") if not r["is_subject"]]
    assert sum(int(row[1]) for row in page.body("reasons")) == len(out)
    assert ["waived for taking part in a payment model", "1"] in page.body("reasons")


def test_categories_count_only_subject_practices(page):
    assert page.body("categories") == [
        ["Category 1", "reported as a group", "2"],
        ["Category 1", "enough professionals reported as individuals", "1"],
        ["Category 2", "did not report", "2"],
    ]
    assert page.body("category-by-size") == [["1-9", "1", "1"], ["10+", "2", "1"]]


def test_attribution_adds_up_to_the_eligible_beneficiaries(page):
    assert page.body("steps") == [
        ["Step 1", "2", "50.0%", "1", "1"],
        ["Step 2", "1", "25.0%", "0", "1"],
        ["No practice", "1", "25.0%", "", ""],
        ["eligible", "4", "", "", ""],
    ]
    assert page.body("eligibility")[-1] == ["all beneficiaries, eligible or not", "7"]


def test_each_cell_of_the_grid_has_its_practices_its_pay_and_its_dollars(page):
    grid = [rows for id_, rows in page.tables.items() if isinstance(id_, int)]
    small, large = grid
    assert small[0] == ["", "low cost", "average cost", "high cost"]
    assert small[2] == ["average quality", "0 +1x $0", "1 0% $0", "0 0% $0"]
    assert large[1][1] == "1 +4x +$61,500"
    assert large[3][2] == "1 −2% −$40,000"


def test_the_distribution_of_adjustments_has_the_sums_of_the_ledger(page):
    assert page.body("spread") == [
        ["−4%", "1", "$500,000", "−$20,000"],
        ["−2%", "2", "$2,078,000", "−$41,560"],
        ["0%", "1", "$80,000", "$0"],
        ["+5x = +6.15%", "1", "$1,000,000", "+$61,500"],
    ]
    ledger = rows_of_table("payments")
    assert sum(int(row[1]) for row in page.body("bases")) == len(ledger)
    total = sum((Decimal(row["adjustment_amount"]) for row in ledger), Decimal(0))
    printed = sum(
        int(re.sub(r"[^\d-]", "", row[3].replace(numbers.MINUS, "-"))) for row in page.body("bases")
    )
    assert printed == total


def test_the_balance_is_printed_to_the_cent(page):
    assert [row[1] for row in page.body("balance")] == ["−$61,560.00", "$61,500.00", "$60.00"]
    assert "adjustment factor x (computed)" in page.words
    assert "1.23%" in page.words


def test_the_published_factor_stands_beside_the_computed_one_with_its_status(page):
    assert "CMS published 15.48%" in page.words
    assert "recalled" in page.words


def test_rows_and_dollars_reconcile(page):
    assert page.body("files") == [
        ["claim.csv", "1,234", "1,230", "4"],
        ["claim_line.csv", "56,789", "56,780", "9"],
        ["all files", "58,023", "58,010", "13"],
    ]
    assert page.body("classes") == [
        ["inpatient", "$10,000.25", "$9,590.15", "$410.10"],
        ["professional (Part B)", "$778.77", "$778.77", "$0.00"],
        ["all", "$10,779.02", "$10,368.92", "$410.10"],
    ]
    assert "DIFFERS" not in page.words
    assert len(page.body("months")) == len(rows_of_table("accounting_money"))


def test_a_ledger_that_does_not_add_up_is_said_so(tmp_path):
    rows = "file | rows_read | rows_used | rows_set_aside\n---+---\nclaim.csv | 10 | 8 | 1"
    words = Page(summary_html(finished_run(tmp_path, tables={"accounting": rows}))).words
    assert "10 rows read DIFFERS FROM 8 used + 1 set aside" in words


def test_what_was_set_aside_is_listed_and_cannot_inject_markup(page, html):
    assert page.body("set-aside") == [
        ["claim_line.csv", "claim_line", "<unknown claim>", "9", "–"],
        ["claim.csv", "claim", "impossible date", "4", "$410.10"],
    ]
    assert "<unknown claim>" not in html


def test_a_choice_that_is_not_the_default_is_pointed_out(page):
    (departure,) = page.body("departures")
    assert departure[0] == "D3"
    assert "not the default (latest_service)" in departure[1]
    assert len(page.body("choices")) == len(
        choices_shown(load_program("medicare_value_modifier/2017"))
    )


def test_every_unverified_value_is_in_the_list_with_its_source():
    program = load_program("medicare_value_modifier/2017")
    shown = {name for row in unverified_shown(program) for name in row["names"]}
    chosen = {choice.parameter for choice in program.choices}
    assert shown == set(program.unverified()) - chosen
    assert all(row["source"] for row in unverified_shown(program))


def test_stages_and_input_files_are_listed(page):
    assert page.body("stages")[0] == ["intake", "–", "1.50", "200", ""]
    assert ["payments", "8", "0.25", "123", "feedfacecafebeef"] in page.body("stages")
    assert page.body("inputs") == [["claim.csv", "98,765", "ab" * 32]]


def test_nothing_is_fetched_from_anywhere(html, page):
    inside = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")
    outside = [u for u in re.findall(r"[a-z]+://[^\"'\s<>)]+", html) if u not in inside]
    assert outside == []
    tags = {tag for tag, _ in page.attributes}
    assert not tags & {"script", "iframe", "img", "object", "embed"}
    links = [a.get("href", "") for tag, a in page.attributes if tag in ("a", "link")]
    assert all(link.startswith(("#", "data:,")) for link in links)
    assert "@import" not in html
    assert re.search(r"url\((?!#)", html) is None


def test_no_beneficiary_is_named(html):
    assert "SECRETBENE" not in html


def test_no_practice_is_named(html):
    assert not [r["tin"] for r in rows_of_table("practices") if r["tin"] in html]


def test_each_picture_says_in_words_what_it_shows(page, html):
    pictures = [a for tag, a in page.attributes if tag == "svg"]
    assert len(pictures) == 7
    for picture in pictures:
        assert picture["role"] == "img"
        for id_ in picture["aria-labelledby"].split():
            assert len(re.search(f'id="{id_}">([^<]+)<', html)[1]) > 10
    assert "Step 1: 2; Step 2: 1; No practice: 1" in html
    assert "paid more: 1; no change: 0; paid less: 1" in html
    assert "Decile 10 (highest risk): $6,000 actual, $5,500 expected" in html
    assert "Hospital inpatient services: $3,667; Outpatient care: $1,667" in html


def test_ids_are_unique_and_links_lead_to_them(page):
    ids = [a["id"] for _, a in page.attributes if a.get("id")]
    assert len(ids) == len(set(ids))
    targets = [a["href"][1:] for tag, a in page.attributes if tag == "a"]
    assert set(targets) <= set(ids)


def test_headings_go_down_one_level_at_a_time(page):
    levels = [int(tag[1]) for tag, _ in page.attributes if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_every_table_has_a_name_for_screen_readers(page):
    regions = [a for tag, a in page.attributes if a.get("role") == "region"]
    tables = [a for tag, a in page.attributes if tag == "table"]
    assert len(regions) == len(tables)
    assert all(a.get("aria-label") or a.get("aria-labelledby") for a in regions)


def test_plain_runs_carry_no_banner(page):
    ids = {a.get("id") for _, a in page.attributes}
    assert not ids & {"synthetic", "override", "notes", "unstandardised"}


def test_a_synthetic_input_an_override_and_unstandardised_cost_are_said_at_the_top(tmp_path):
    note = {"code": "standardization_none", "text": "Dollars are as paid."}
    run = finished_run(
        tmp_path,
        synthetic="Made up.",
        performance_period_override=2009,
        performance_year=2009,
        notes=[note],
    )
    page = Page(summary_html(run))
    assert {"synthetic", "override", "notes", "unstandardised"} <= {
        a.get("id") for _, a in page.attributes
    }
    assert "applied to care of 2009 , which is not that year's performance period" in page.words
    assert "Dollars are as paid." in page.words


def test_a_run_without_quality_reports_or_beneficiaries_has_its_page(tmp_path):
    page = Page(summary_html(finished_run(tmp_path, tables=EMPTY)))
    assert "x is undefined:" in page.words
    assert "No practice was tiered." in page.words
    assert "Nothing was set aside." in page.words
    assert "it has no beneficiaries and no attribution" in page.words
    assert page.body("spread") == [["−4%", "1", "$100", "−$4"]]
    assert page.unclosed == []


def test_many_practices_are_counted_in_squares(tmp_path):
    head = "tin | quality_composite | cost_composite | is_tiered\n---+---\n"
    many = [f"{n:09d} | {n % 7 / 10 - 0.3} | {n % 5 / 10} | yes" for n in range(2_100)]
    paid = "tin | adjustment_fraction | adjustment_amount | paid_amount | basis\n---+---\n"
    ledger = [f"{n:09d} | 0 | 0 | 1 | tiering" for n in range(2_100)]
    tables = {"tiers": head + "\n".join(many), "payments": paid + "\n".join(ledger)}
    text = summary_html(finished_run(tmp_path, tables=tables))
    assert "or several of them" in text
    assert "no change: 2,100" in text
    assert len(text) < 400_000


def test_the_same_run_gives_the_same_page(run, html):
    assert summary_html(run) == html


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (numbers.count(1234567), "1,234,567"),
        (numbers.cents(Decimal("-1234.5")), "−$1,234.50"),
        (numbers.dollars(Decimal("1234.50")), "$1,235"),
        (numbers.dollars(None), "–"),
        (numbers.share(0.12345), "12.3%"),
        (numbers.adjustment(Decimal("-0.005")), "−0.5%"),
        (numbers.adjustment(Decimal("0.000000001")), "0%"),
        (numbers.adjustment_name(Decimal("0.3096"), Decimal("2.0")), "+2x = +30.96%"),
        (numbers.factor(0.1), "10%"),
        (numbers.multiple(Decimal("4.500000000")), "+4.5x"),
        (numbers.multiple(Decimal("10.0")), "+10x"),
    ],
)
def test_numbers_read_as_people_write_them(made, text):
    assert made == text


def test_quality_shows_outcomes_with_their_benchmarks_and_reported_measures(page, html):
    outcomes = page.tables["outcomes"]
    assert outcomes[1][1:] == ["1,529", "3", "20", "2", "7.53", "5.72", "a published file"]
    assert outcomes[2][0].endswith("(shown, not scored)")
    assert outcomes[2][-1] == "this year's practices"
    reported = {row[0].split()[0]: row for row in page.tables["reported"][1:]}
    assert reported["001"][1:] == [
        "Effective Clinical Care", "40", "1", "22.8%", "6.1%", "the year before",
    ]  # fmt: skip
    assert reported["cahps_2"][-1] == "none"
    assert page.tables["domains"][1:] == [
        ["Communication and Care Coordination", "2", "1.0"],
        ["Effective Clinical Care", "1", "1.0"],
    ]
    assert "Acute Conditions Composite (CMS-1): 2 practices, median +0.25" in html
