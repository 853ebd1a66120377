"""Whole stories in Chromium, against the portal as it is started, on a real PostgreSQL."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from openp4p.reports import numbers
from openp4p.reports.prepare import step_of
from openp4p.results import Run
from openp4p.simulation.practice_pay import pay
from openp4p.simulation.practice_run import sheet_of_run
from openp4p.simulation.practice_tiers import placed
from openp4p.simulation.rates import Sheet
from tests.portal import process, site
from tests.portal.process import Portal

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1200, "height": 900}


@pytest.fixture(scope="module")
def portal(tmp_path_factory) -> Iterator[Portal]:
    begun = process.begun(
        site.finished().folder, tmp_path_factory.mktemp("portal"), site.free_port(),
        OPENP4P_DATABASE=site.database_in_postgres("browser"),
    )  # fmt: skip
    yield begun
    begun.process.terminate()
    begun.process.wait(20)


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
    page.wait_for_load_state()
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def take_payment_file(page: Page) -> None:
    page.fill("#id_recipient", "the bank")
    page.fill("#id_expires", "2099-01-01")
    page.select_option("#id_purpose", "HPAYMT")
    page.check("#id_undertaking")
    page.get_by_role("button", name="Take the payment file").click()


def costliest(tin: str) -> str:
    """The patient of a practice whose care cost the most above what was expected."""
    cases = [
        row
        for row in site.finished().rows("measure_cases")
        if row["tin"] == tin and row["measure"] == "per_capita_cost" and row["included"]
    ]
    return max(cases, key=lambda row: row["numerator"] - row["expected"])["beneficiary_id"]


def standing(page: Page) -> str:
    """The figures at the head of a practice's queue, as they are read."""
    return " ".join(page.locator(".facts").first.inner_text().split())


def open_run(page: Page) -> None:
    page.goto("/desk/runs/")
    page.locator("tbody a").first.click()
    page.wait_for_load_state()  # a click waits for the next page to begin, not to be whole


def test_a_patient_is_disputed_the_tier_moves_and_the_file_comes_after_the_close(portal, open_as):
    rep = open_as("representative-b", PHONE)
    expect(rep.get_by_text("Nobody of your practice has opened the report yet")).to_be_visible()
    assert fits(rep)
    rep.get_by_role("link", name="Open the report").click()
    expect(rep.get_by_text("Not for credentialing").first).to_be_visible()
    rep.get_by_role("link", name="Back to the queue").click()
    assert re.search(
        r"cost high the same in draws of other patients (\d+\.\d)% adjustment −2",
        standing(rep).lower(),
    )
    rep.get_by_role("link", name="Your patients").click()
    patients = int(rep.locator("caption").inner_text().split()[0])
    patient = costliest(portal.tin("representative-b"))
    rep.fill("#id_q", patient)
    rep.get_by_role("button", name="Find").click()
    expect(rep.locator("tbody tr")).to_have_count(1)
    rep.get_by_role("link", name="Not mine").click()
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

    # a clinician takes another patient out of a measure; nobody has to approve it
    clinician = open_as("clinician-b", PHONE)
    clinician.goto(portal.practice("clinician-b"))
    clinician.get_by_role("link", name="Your patients").click()
    clinician.locator("tbody tr", has_not_text=patient).first.locator("a").first.click()
    case = clinician.get_by_role("rowheader", name="acute_pqi", exact=True)
    clinician.locator("tr", has=case).get_by_role("link", name="Take out").click()
    expect(clinician.locator("#id_measure")).to_have_value("acute_pqi")
    assert fits(clinician)
    clinician.get_by_role("button", name="Record").click()
    expect(clinician.get_by_text("takes only the reason V-OVR-1")).to_be_visible()
    clinician.go_back()
    clinician.select_option("#id_code", "V-OVR-1")
    clinician.get_by_role("button", name="Record").click()
    expect(clinician.locator("tbody tr").filter(has_text="V-OVR-1")).to_contain_text("not yet")

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
    moved_to = r"cost average the same in draws of other patients (\d+\.\d)% adjustment 0"
    assert re.search(moved_to, standing(rep).lower()), "the tier moved, and was drawn again"
    moved = rep.get_by_role("region", name="Before and after").get_by_role("row", name="cost")
    expect(moved).to_contain_text("high")
    expect(moved).to_contain_text("average")
    rep.wait_for_load_state()
    varied = rep.get_by_role("region", name="Measures with clinical variances")
    taken, before, after = varied.get_by_role("row", name="acute").get_by_role("cell").all()[:3]
    assert taken.inner_text() == "1"
    assert int(before.inner_text()) - int(after.inner_text()) == 2, "the other is not theirs now"
    clinician.reload()
    expect(clinician.locator("tbody tr").filter(has_text="V-OVR-1")).to_contain_text("version 2")
    assert fits(rep)
    auditor = open_as("auditor")
    open_run(auditor)
    auditor.get_by_role("link", name="Who took out how many patients").click()
    counted = auditor.get_by_role("row", name="acute_pqi").get_by_role("cell")
    told = ("acute_pqi", "override", "1", str(int(after.inner_text()) + 1))
    for place, text in enumerate(told):
        expect(counted.nth(place)).to_have_text(text)
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
    tin = portal.tin("representative-b")
    assert re.search(rf"^{tin},-?\d+(\.\d+)?,2,", text, re.MULTILINE), "the second version is paid"

    auditor = open_as("auditor")
    auditor.goto("/desk/trail/")
    auditor.get_by_role("button", name="Verify").click()
    expect(auditor.get_by_text("Review: internally consistent, not anchored")).to_be_visible()


def test_another_practices_address_key_and_file_are_refused(portal, open_as):
    rep = open_as("representative-a")
    own, other = portal.practice("representative-a"), portal.practice("representative-b")
    rep.goto(own)
    link = rep.get_by_role("link", name="Open the report").get_attribute("href")
    owner = open_as("representative-b")
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


def sliders_compute_what_the_engine_does(page: Page, portal: Portal) -> None:
    """The prepare page of the version that holds: its figures as they are, and with sliders moved
    by arrow keys."""
    page.goto(portal.practice("clinician-b"))
    page.get_by_role("link", name="What would move your tier").click()
    page.get_by_role("link", name="Back to the queue").click()
    head = standing(page)
    version = int(re.search(r"Version (\d+)", head)[1])
    page.get_by_role("link", name="What would move your tier").click()
    expect(page.get_by_text(f"Version {version} of your result")).to_be_visible()
    assert fits(page)
    again = portal.data.glob("runs/*/recalculation-*/run")
    run = site.finished() if version == 1 else Run.open(max(again))
    sheet = sheet_of_run(run, portal.tin("clinician-b"))
    shown(page, sheet, {}, head)
    slid: dict[str, float] = {}
    for slider in page.locator("input[data-measure]").all()[:4]:
        measure = slider.get_attribute("data-measure")
        line = next(line for line in sheet.lines if line.measure == measure)
        slider.focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        slid[measure] = line.moved(step_of(line) * int(slider.input_value()))
        shown(page, sheet, slid)
    page.get_by_role("button", name="Back to the figures given").click()
    shown(page, sheet, {}, head)
    page.get_by_role("link", name="Back to the queue").click()
    assert standing(page) == head


def shown(page: Page, sheet: Sheet, amounts: dict[str, float], head: str = "") -> None:
    """What the page tells is what the engine makes of these amounts, and what the queue told."""
    found = placed(sheet, amounts)
    paid, tier = pay(sheet, found), found.names()
    assert page.locator("#tier").inner_text() == f"{tier[0]} quality, {tier[1]} cost"
    assert page.locator("#dollars").inner_text() == numbers.cents(paid.dollars)
    told = page.evaluate("['quality', 'cost'].map(k => (openp4p.state.composites[k] || {}).value)")
    for value, kind in zip(told, ("quality", "cost"), strict=True):
        wanted = found.composites[kind]
        assert value == (wanted and pytest.approx(float(wanted.value), rel=1e-12))
    assert page.locator("td.here").get_attribute("data-cell") == " ".join(tier)
    assert not head or f"Quality {tier[0]} Cost {tier[1]}" in head
    assert not head or numbers.cents(paid.dollars) in head


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
    sliders_compute_what_the_engine_does(rep, portal)
    for account, pages in (("auditor", ("trail/", "ledger/", "registries/", "exports/", "runs/")),
                           ("administrator", ("people/",))):  # fmt: skip
        person = open_as(account, size)
        for page in pages:
            person.goto(f"/desk/{page}")
            assert fits(person), page
