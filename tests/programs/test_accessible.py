"""Every page that a person opens, in a browser, by the rules of axe-core: nothing in the way."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from openp4p.reports.qrur import Order, deliver
from openp4p.reports.summary import summary_html
from tests.programs.reported import all_reports
from tests.programs.runs import usual
from tests.unit.cli.commands import command

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SEEN = ((DESK, "light"), (PHONE, "dark"))


@cache
def practice() -> str:
    """A practice in a tier with every exhibit and few rows: the rules look at each of them."""
    tiered = {row["tin"] for row in usual().rows("tiers") if row["is_tiered"]}
    size = {tin: sum(len(e.rows) for e in all_reports()[tin].exhibits) for tin in tiered}
    full = {tin for tin in tiered if all_reports()[tin].exhibit("T5C").rows}
    return min(full, key=lambda tin: (size[tin], tin))


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """The report, its patients, a copy for others, the index, a run's page and an audit's."""
    out, run, tin = tmp_path_factory.mktemp("pages"), usual(), practice()
    deliver(Order(run.folder, out, tins=(tin,), with_patients=True, workers=1))
    deliver(Order(run.folder, out, tins=(tin,), audience="public", workers=1))
    (out / "summary.html").write_text(summary_html(run), encoding="utf-8")
    said = command("audit", "medicare_value_modifier/2017", "--beside", "vms_model/2017", "--run",
                   run.folder, "--html", out / "audit.html")  # fmt: skip
    assert (out / "audit.html").is_file(), said.err
    return {path.name: path for path in out.rglob("*.html")}


@pytest.fixture(scope="module")
def browser():
    """The system's Chromium; `make browser` installs it."""
    found = shutil.which("chromium")
    assert found, "There is no chromium on PATH: `make browser` installs it."
    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds: the rule, and the first element that breaks it."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['target']}" for rule in found]


def test_axe_finds_nothing_on_any_page(pages, browser):
    assert len(pages) == 6
    found = {}
    for name, path in pages.items():
        for size, look in SEEN:
            page = browser.new_page(viewport=size, color_scheme=look)
            page.goto(path.as_uri())
            found[name, look] = violations(page)
            page.close()
    assert {where: wrong for where, wrong in found.items() if wrong} == {}


def test_what_is_in_the_way_is_found(pages, browser):
    page = browser.new_page()
    page.goto(pages[f"qrur-{practice()}.html"].as_uri())
    page.evaluate("document.documentElement.removeAttribute('lang')")
    page.evaluate("document.querySelector('h1').style.color = '#eeeeee'")
    assert {found.partition(":")[0] for found in violations(page)} == {
        "html-has-lang",
        "color-contrast",
    }
