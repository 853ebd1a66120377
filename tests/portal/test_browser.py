"""Whole stories in Chromium, against the portal as it is started, on a real PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.portal import site

START = "from openp4p.cli import main; raise SystemExit(main())"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1200, "height": 900}


@dataclass
class Portal:
    """The portal in a process of its own, and what it printed."""

    address: str
    said: str
    process: subprocess.Popen

    @property
    def password(self) -> str:
        return re.search(r"Password of all: (\S+)", self.said)[1]

    def practice(self, account: str) -> str:
        return re.search(rf"{account} .*(/practices/\w+/)", self.said)[1]


@pytest.fixture(scope="module")
def portal(tmp_path_factory) -> Iterator[Portal]:
    run, port = site.finished().folder, site.free_port()
    database = site.database_in_postgres("browser")
    environment = {**os.environ, "OPENP4P_DATABASE": database}
    for name in ("OPENP4P_PORTAL_DATA", "OPENP4P_SECRET_KEY", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-c", START, "portal", "--demo", str(run),
         "--data", str(tmp_path_factory.mktemp("portal")), "--port", str(port)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    said = ""
    for line in process.stdout:
        said += line
        if "listens on" in line:
            break
    address = f"http://127.0.0.1:{port}"
    assert f"{address}/" in said, said
    site.until(lambda: answers(port))
    yield Portal(address, said, process)
    process.terminate()
    process.wait(20)


def answers(port: int) -> bool:
    import socket

    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium")
    assert path, "Chromium is missing: make browser"
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_as(portal, chromium):
    """Pages of people, each in a browser of their own; whatever a page complains of fails."""
    complaints: list[str] = []

    def opened(account: str, size: dict[str, int] = DESKTOP) -> Page:
        context = chromium.new_context(viewport=size, base_url=portal.address)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto("/")
        page.fill("#id_login", account)
        page.fill("#id_password", portal.password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text(account, exact=False).first).to_be_visible()
        return page

    yield opened
    refused = [c for c in complaints if "404" not in c and "403" not in c and "409" not in c]
    assert refused == [], "nothing breaks the policy, nothing is missing"


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def take_payment_file(page: Page) -> None:
    page.fill("#id_recipient", "the bank")
    page.fill("#id_expires", "2099-01-01")
    page.select_option("#id_purpose", "HPAYMT")
    page.check("#id_undertaking")
    page.get_by_role("button", name="Take the payment file").click()


def open_run(page: Page) -> None:
    page.goto("/desk/runs/")
    page.locator("tbody a").first.click()


def test_a_patient_is_disputed_the_run_recalculated_and_paid_after_the_close(portal, open_as):
    rep = open_as("representative-a", PHONE)
    expect(rep.get_by_text("Nobody of your practice has opened the report yet")).to_be_visible()
    assert fits(rep)
    rep.get_by_role("link", name="Open the report").click()
    expect(rep.get_by_text("Not for credentialing").first).to_be_visible()
    rep.get_by_role("link", name="Back to the queue").click()
    rep.get_by_role("link", name="Your patients").click()
    first = rep.locator("tbody tr").first
    patient = first.locator("th").inner_text()
    patients = int(rep.locator("caption").inner_text().split()[0])
    first.get_by_role("link", name="Not mine").click()
    expect(rep.locator("#id_beneficiary_id")).to_have_value(patient)
    rep.select_option("#id_category", "specialty")
    expect(rep.locator("#id_npi")).to_be_visible()
    rep.select_option("#id_category", "patient")
    rep.fill("#id_beneficiary_id", patient)
    rep.fill("#id_text", "We never saw this patient; see the schedule.")
    rep.set_input_files("#id_files", files=[
        {"name": "schedule.csv", "mimeType": "text/csv", "buffer": b"day,patient\n"}
    ])  # fmt: skip
    assert fits(rep)
    rep.get_by_role("button", name="Submit").click()
    expect(rep.get_by_text("Your dispute was submitted.")).to_be_visible()

    # nothing is payable meanwhile, and says why
    finance = open_as("finance")
    open_run(finance)
    take_payment_file(finance)
    expect(finance.get_by_text("there is no payment file")).to_be_visible()
    expect(finance.get_by_text("1 disputes are not decided")).to_be_visible()

    officer = open_as("case-officer")
    officer.get_by_role("link", name="A patient is not mine").click()
    expect(officer.get_by_text(patient)).to_be_visible()
    officer.select_option("#id_outcome", "accepted")
    officer.fill("#id_text", "The schedule shows it.")
    officer.get_by_role("button", name="Decide").click()
    expect(officer.get_by_text("Accepted", exact=True)).to_be_visible()

    analyst = open_as("analyst")
    open_run(analyst)
    analyst.get_by_role("button", name="Compute again").click()
    expect(analyst.get_by_text("every other result is as it was")).to_be_visible(timeout=180_000)
    rep.goto("/practices/")
    expect(rep.get_by_text("Version 2, of")).to_be_visible()
    rep.get_by_role("link", name="Your patients").click()
    assert int(rep.locator("caption").inner_text().split()[0]) == patients - 1

    # a courier's receipt for the practices that never look, and the windows run out
    privacy = open_as("privacy-officer")
    open_run(privacy)
    receipts = privacy.get_by_role("button", name="A courier's receipt is here")
    for place in range(receipts.count()):
        receipts.nth(place).click()
    for _ in range(3):
        privacy.get_by_role("button", name="Let 35 days pass").click()
    for account in ("approver-1", "approver-2"):
        approver = open_as(account)
        open_run(approver)
        approver.get_by_role("button", name="Finalise").click()
    finance.goto("/")
    open_run(finance)
    finance.get_by_role("button", name="Release").click()
    with finance.expect_download() as taken:
        take_payment_file(finance)
    text = taken.value.path().read_text(encoding="utf-8")
    assert "# Purpose of use: HPAYMT" in text
    tin = re.search(r"representative-a .*?(\d{9}) ", portal.said)[1]
    assert re.search(rf"^{tin},-?\d+(\.\d+)?,2,", text, re.MULTILINE), "the second version is paid"

    auditor = open_as("auditor")
    auditor.goto("/desk/trail/")
    auditor.get_by_role("button", name="Verify").click()
    expect(auditor.get_by_text("Review: internally consistent, not anchored")).to_be_visible()


def test_another_practices_address_key_and_file_are_refused(portal, open_as):
    rep = open_as("representative-b")
    own, other = portal.practice("representative-b"), portal.practice("representative-a")
    rep.goto(own)
    link = rep.get_by_role("link", name="Open the report").get_attribute("href")
    owner = open_as("representative-a")
    owner.goto(other)
    theirs = owner.get_by_role("link", name="Open the report").get_attribute("href")
    dispute = owner.get_by_role("link", name="A patient is not mine").get_attribute("href")
    owner.goto(dispute)
    file = owner.get_by_role("link", name="schedule.csv").get_attribute("href")
    for address in (
        other, theirs, theirs.replace(other, own), dispute, dispute.replace(other, own), file,
        file.replace(other, own), theirs.replace("report", "patients"), f"{other}users/",
        "/desk/", "/desk/trail/", f"/desk/cases/{dispute.split('/')[-2]}/",
    ):  # fmt: skip
        answer = rep.goto(address)
        assert answer.status in (403, 404), address
        assert "schedule" not in rep.content()
    assert rep.goto(link).status == 200


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_pages_fit_and_work_by_keyboard(portal, open_as, size):
    rep = open_as("clinician-b", size)
    own = portal.practice("clinician-b")
    for page in ("", "participation/", "costs/", "resources/"):
        rep.goto(own + page)
        assert fits(rep), page
    rep.goto(own)
    rep.keyboard.press("Tab")
    assert rep.evaluate("document.activeElement.textContent") == "Skip to the content"
    rep.keyboard.press("Enter")
    assert rep.url.endswith("#main")
    for account, pages in (("auditor", ("trail/", "ledger/", "registries/", "exports/", "runs/")),
                           ("administrator", ("people/",))):  # fmt: skip
        person = open_as(account, size)
        for page in pages:
            person.goto(f"/desk/{page}")
            assert fits(person), page
