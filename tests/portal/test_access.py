"""Nobody opens what is not theirs: every page, role and method, from the table of addresses."""

from __future__ import annotations

import re
import time
from datetime import date
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.portal import site
from tests.portal.expected_access import EVERYBODY, PAGES, PUBLIC

NO_SUCH = "0" * 16


@pytest.fixture(scope="module")
def world():
    """One of everything, belonging to practice A, and the key of practice B."""
    run = site.demonstrated("postgresql", "access")
    from django.core.files.uploadedfile import SimpleUploadedFile

    from openp4p.portal.acts import delivering, disputing, registering
    from openp4p.portal.models import AdminCost, CareResource, Membership, Result, User
    from openp4p.portal.rows import PATIENTS, patient_key, read_rows
    from openp4p.review.disputes import Category

    User.objects.create(username="nobody")
    rep, other = site.person("representative-a"), site.person("representative-b")
    practice = rep.memberships.get().practice
    result = Result.objects.get(run=run, practice=practice)
    delivering.opened(result, rep)
    rows = read_rows(result.versions.get().folder, practice.key, PATIENTS)
    mine = next(r for r in rows if r["npi"] == site.person("clinician-a").npi)
    dispute = disputing.file(
        result, Category.PATIENT, [{"beneficiary_id": mine["beneficiary_id"]}], "not mine", rep
    )
    evidence = disputing.hand_in(dispute, SimpleUploadedFile("a.txt", b"seen elsewhere"), rep)
    asked = disputing.ask_for_data(result, "claims", rep)
    cost = AdminCost(practice=practice, date=date(2026, 1, 1), activity="disputes", role="clerk",
                     minutes=60, wage_cents=3000)  # fmt: skip
    registering.log_cost(cost, rep)
    resource = CareResource(practice=practice, service="social_worker", source="embedded",
                            wait_days=3, verified=date(2026, 1, 1))  # fmt: skip
    registering.state_resource(resource, rep)
    unopened = Result.objects.filter(run=run, delivered_at=None).first()
    return {
        "practice": practice.key, "result": result.key, "dispute": dispute.key,
        "evidence": evidence.key, "asked": asked.key, "cost": cost.pk, "run": run.key,
        "patient": patient_key(mine["beneficiary_id"], result.key), "what": "withdraw",
        "membership": Membership.objects.get(user=site.person("clinician-a")).pk,
        "officer": site.person("case-officer").pk, "event": "extend", "days": 7,
        "unopened": unopened.key, "other": other.memberships.get().practice.key,
        "people": {row["beneficiary_id"] for row in rows},
    }  # fmt: skip


@pytest.fixture(autouse=True)
def no_background(monkeypatch, world):
    from openp4p.portal.acts import recalculating

    monkeypatch.setattr(recalculating, "in_background", lambda _: None)


def patterns() -> dict[str, list[str]]:
    """Every page of our own: its name and what its address takes."""
    from openp4p.portal.urls import urlpatterns

    return {
        p.name: [str(a) for a in p.pattern.regex.groupindex] or list(p.pattern.converters)
        for p in urlpatterns
        if getattr(p, "name", None)
    }


def address(name: str, world: dict, **changes: object) -> str:
    from django.urls import reverse

    wanted = {a: changes.get(a, world[a]) for a in patterns()[name]}
    if name == "settle_cost":
        wanted["what"] = "pay"
    if name == "notice":
        wanted["result"] = world["unopened"]
    return reverse(name, kwargs=wanted)


def test_every_page_is_listed_and_no_page_is_open_by_default():
    from openp4p.portal.urls import urlpatterns

    assert set(patterns()) == set(PAGES)
    ours = [p.callback for p in urlpatterns if getattr(p, "name", None)]
    assert all(hasattr(view, "rule") for view in ours)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_who_may_open_it(name, world):
    url = address(name, world)
    of_practice = "practice" in patterns()[name]
    for actor, method in product(EVERYBODY, ("get", "post")):
        may = PAGES[name][method == "post"]
        client = site.client(actor)
        with site.undone():
            answer = getattr(client, method)(url)
        said = f"{actor} {method} {url}: {answer.status_code}"
        if actor in may:
            assert answer.status_code in (200, 302, 409), said
            assert "/account/login" not in answer.get("Location", ""), said
            leaked = [
                a for a in re.findall(r'(?:href|action|hx-get)="([^"]*)"', text(answer))
                if any(who in a for who in world["people"])
            ]  # fmt: skip
            assert not leaked, said
        elif not may:
            assert answer.status_code == 405, said
        elif of_practice and not actor.endswith("-a"):
            assert answer.status_code == 404, said
        else:
            assert answer.status_code == 403, said


def text(answer) -> str:
    if answer.streaming or not answer.get("Content-Type", "").startswith("text/html"):
        return ""
    return answer.content.decode()


@pytest.mark.parametrize("name", sorted(set(PAGES) - set(PUBLIC)))
def test_without_signing_in_there_is_only_the_way_to_sign_in(name, world):
    for method in ("get", "post", "put", "delete"):
        answer = getattr(site.client(), method)(address(name, world))
        assert answer.status_code == 302
        assert answer["Location"].startswith("/account/login/")


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_no_page_knows_another_method(method, world):
    for name in PAGES:
        answer = getattr(site.client("representative-a"), method)(address(name, world))
        assert answer.status_code == 405, name


def test_another_practice_sees_nothing_by_any_way(world):
    """Its own key in front of the other's result, dispute or file helps nobody."""
    outsider = site.client("representative-b")
    for name in (
        "report",
        "prepare",
        "patients",
        "cases",
        "variances",
        "new_dispute",
        "dispute",
        "evidence",
    ):
        for key in (world["practice"], world["other"]):
            answer = outsider.get(address(name, world, practice=key))
            assert answer.status_code == 404, (name, key)
            assert world["practice"] not in answer.content.decode()
    with site.undone():
        url = address("dispute_act", world, practice=world["other"])
        assert outsider.post(url).status_code == 404
        url = address("end_my_role", world, practice=world["other"])
        assert outsider.post(url).status_code == 404
    assert outsider.get(address("evidence", world, evidence=NO_SUCH)).status_code == 404


def test_a_clinician_sees_their_own_patients_unless_the_practice_lets_them_see_all(world):
    from openp4p.portal.models import Practice

    url = address("patients", world)
    own = site.client("clinician-a").get(url).context["page"].paginator.count
    everyone = site.client("representative-a").get(url).context["page"].paginator.count
    assert 0 < own < everyone
    with site.undone():
        Practice.objects.filter(key=world["practice"]).update(clinicians_see_all=True)
        assert site.client("clinician-a").get(url).context["page"].paginator.count == everyone


ODD = st.one_of(
    st.text(max_size=60), st.sampled_from(["", "\x00", "2026-02-31", "9" * 30, "-1", "1e999",
    "' OR 1=1 --", "<script>", "=cmd()", "enrolled", "patient", "TREAT", "2027-01-01", "on"]),
)  # fmt: skip
FIELDS = (
    "text", "category", "beneficiary_id", "page", "q", "purpose", "recipient", "expires",
    "undertaking", "outcome", "reason_code", "rule", "kind", "reason", "last_day", "status",
    "period", "program_id", "date", "activity", "role", "minutes", "wage_cents", "invoice_cents",
    "service", "source", "fte", "wait_days", "verified", "username", "password", "practice",
    "dollars", "way", "code", "measure", "patient", "files",
)  # fmt: skip


@settings(
    max_examples=120, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
def test_nothing_that_is_sent_breaks_a_page(data, world, caplog):
    """Any field with anything in it, to any page, from anybody who may open it."""
    name = data.draw(st.sampled_from(sorted(PAGES)))
    reads, writes = PAGES[name]
    method = data.draw(st.sampled_from([m for m, who in (("get", reads), ("post", writes)) if who]))
    actor = data.draw(st.sampled_from(sorted(reads if method == "get" else writes)))
    sent = data.draw(st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=8))
    with site.undone():
        url = address(name, world)
        answer = getattr(site.client(actor), method)(url, sent)
        assert answer.status_code < 500, (name, sent)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert "<script>" not in text(answer)
    assert not any(who in caplog.text for who in world["people"])


def test_headers_keep_scripts_frames_and_caches_out(world):
    page = site.client("representative-a").get(address("queue", world))
    report = site.client("representative-a").get(address("report", world))
    policy = page["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "script-src 'none'" in report["Content-Security-Policy"]
    assert "Not for credentialing, licensure or certification" in report.content.decode()
    sliders = site.client("representative-a").get(address("prepare", world))
    assert sliders["Content-Security-Policy"] == policy
    held, script = re.findall(r"<script[^>]*>", sliders.content.decode())
    assert held == '<script type="application/json" id="model">', "data, which no browser runs"
    assert re.fullmatch(r'<script src="(/static/prepare/prepare\.js)">', script)
    assert "<style" not in sliders.content.decode()
    for name, status in (("prepare.js", 200), ("prepare.css", 200), ("prepare.html.j2", 404)):
        assert site.client().get(f"/static/prepare/{name}").status_code == status
    for answer in (page, report, sliders):
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert not re.search(
            r"<script(?! src=| type=\"application/json\")[^>]*>|\son\w+=\"", answer.content.decode()
        )


def test_a_form_from_elsewhere_is_refused(world):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(
        site.person("representative-a"), "allauth.account.auth_backends.AuthenticationBackend"
    )
    assert strict.post(address("new_dispute", world), {"text": "x"}).status_code == 403


def test_a_session_ends_by_itself(world, monkeypatch):
    from openp4p.portal import sessions

    client, start = site.client("representative-a"), 1_000_000.0
    url = address("queue", world)
    for minutes, status in ((0, 200), (14, 200), (28, 200), (44, 302)):
        now = start + minutes * 60
        monkeypatch.setattr(sessions.time, "time", lambda now=now: now)
        assert client.get(url).status_code == status


def test_the_fifth_wrong_password_locks_the_account(world):
    anybody = site.client()
    for _ in range(5):
        answer = anybody.post("/account/login/", {"login": "finance", "password": "wrong"})
    assert answer.status_code == 429
    again = site.client().post("/account/login/", {"login": "finance", "password": "right?"})
    assert b"locked" in again.content


def test_without_a_second_factor_one_gets_no_further(world, monkeypatch):
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
    from django.conf import settings as configured

    monkeypatch.setattr(configured, "SECOND_FACTOR_REQUIRED", True)
    person = site.person("auditor")
    person.set_password(site.PASSWORD)
    person.save()
    said = {"login": "auditor", "password": site.PASSWORD}
    client = site.client()
    assert client.post("/account/login/", said).status_code == 302
    activate = client.get("/desk/")["Location"]
    again = client.get(activate)["Location"]  # the password once more, before anything of this kind
    assert client.post(again, {"password": site.PASSWORD}).status_code == 302
    secret = client.get(activate).context["form"].secret
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert client.post(activate, {"code": code}).status_code == 302
    assert client.get("/desk/").status_code == 200
    again = site.client()
    assert "/2fa/authenticate/" in again.post("/account/login/", said)["Location"]
    assert again.get("/desk/")["Location"].startswith("/account/login/")


def test_too_many_posts_in_a_minute_wait(world):
    client = site.client("auditor")
    from django.conf import settings as configured

    url = address("trail", world)
    statuses = [client.post(url, {}).status_code for _ in range(configured.POSTS_A_MINUTE + 2)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
