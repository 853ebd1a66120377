"""The review from the first notice to the last cent, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest

from openp4p.review.refusals import RefusedError
from tests.portal import site
from tests.portal.around import Sink, paid_and_judged, why_not_written

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="module", params=ENGINES)
def run(request):
    """A run that is open for review; the tests below go on in order from there."""
    return site.demonstrated(request.param, f"review-{request.param}")


@pytest.fixture
def at(monkeypatch):
    """A clock that the test moves."""
    from openp4p.portal import clock

    real = clock.now()

    def move(days: float) -> datetime:
        now = real + timedelta(days=days)
        monkeypatch.setattr(clock, "now", lambda: now)
        return now

    return move


def result_of(run, letter: str):
    from openp4p.portal.models import Result

    practice = site.person(f"representative-{letter}").memberships.get().practice
    return Result.objects.select_related("run", "practice").get(run=run, practice=practice)


def opened(run, letter: str):
    from openp4p.portal.acts.delivering import opened as open_report

    result = result_of(run, letter)
    open_report(result, site.person(f"representative-{letter}"))
    return result_of(run, letter)


def filed(result, text: str = "wrong", category: str = "method"):
    from openp4p.portal.acts.disputing import file
    from openp4p.review.disputes import Category

    letter = "a" if result.pk == result_of(result.run, "a").pk else "b"
    items = [] if category == "method" else [{"field": "amount", "claimed_value": "more"}]
    return file(result, Category(category), items, text, site.person(f"representative-{letter}"))


def decide(dispute, outcome: str = "rejected", who: str = "case-officer", **said: str):
    from openp4p.portal.acts.deciding import decide as decided

    usual = {"reason_code": "record", "text": "because", "rule": "42 CFR 414.1240"}
    return decided(dispute, site.person(who), outcome=outcome, **usual | said)


def test_nothing_is_missing_from_the_migrations(run):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_database_itself_changes_and_deletes_nothing_of_the_trail(run):
    from django.db import connection, transaction
    from django.db.utils import DatabaseError

    acts = (
        "UPDATE portal_event SET actor = 'u:0'", "UPDATE portal_version SET cents = 0",
        "UPDATE portal_payload SET event_id = 0", "DELETE FROM portal_event",
        "DELETE FROM portal_version", "DELETE FROM portal_payload",
    )  # fmt: skip
    for act in acts:
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            connection.cursor().execute(act)


def test_fifty_writers_at_once_leave_no_gap_and_no_fork(run):
    from django.db import connection, transaction

    from openp4p.portal import trail
    from openp4p.portal.acts.verifying import verify

    before = verify()["review"].events

    def write(number: int) -> None:
        try:
            with transaction.atomic():
                trail.record("test.written", f"test:{number}", None)
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(write, range(50)))
    verdict = verify()["review"]
    assert verdict.words == "internally consistent, not anchored"
    assert verdict.events == before + 50


def test_the_payment_file_and_publication_wait_for_windows_and_disputes(run, at):
    from openp4p.portal.acts import delivering, steps
    from openp4p.portal.acts.exporting import Asked, payment_file
    from openp4p.portal.acts.publishing import publish
    from openp4p.portal.models import Dispute, Instruction, Notice, Result, ReviewedRun

    finance, first, second = (site.person(n) for n in ("finance", "approver-1", "approver-2"))
    asked = Asked("HPAYMT", "the bank", date(2099, 1, 1), undertaking=True)
    at(0)
    result, other = opened(run, "a"), opened(run, "b")
    assert (result.last_day - result.delivered_at.date()).days >= 60
    dispute, appealed = filed(result), filed(other, "and this", "arithmetic")
    with pytest.raises(RefusedError, match="open for review"):
        payment_file(run, asked, finance)
    with pytest.raises(RefusedError, match="nothing of it is published"):
        publish(run, first)
    for event, actor in (("finalise", first), ("release", finance), ("pay", finance)):
        with pytest.raises(RefusedError):
            steps.take(run, event, actor)
    # the others never open theirs: a courier proves the notice, and day 15 counts
    for waiting in Result.objects.filter(run=run, delivered_at=None):
        delivering.proved(waiting, "courier", site.person("privacy-officer"))
    at(25)
    assert delivering.tick()["delivered"] == Result.objects.filter(run=run).count() - 2
    assert delivering.tick()["closed"] == 0
    decide(appealed)
    at(31)
    assert delivering.tick()["overdue"] == 1
    from openp4p.portal.acts.disputing import appeal

    appeal(appealed, "look again", site.person("representative-b"))
    at(120)
    assert delivering.tick()["closed"] == 1
    with pytest.raises(RefusedError, match="over"):
        filed(result_of(run, "a"))
    with pytest.raises(RefusedError, match="1 disputes are not decided"):
        steps.take(run, "finalise", first)
    decide(Dispute.objects.get(pk=dispute.pk), "accepted", rule="")
    assert steps.take(run, "finalise", first) is None
    assert steps.take(run, "finalise", first) is None, "the same person twice is one person"
    assert steps.take(run, "finalise", second) == "final"
    run = ReviewedRun.objects.get()
    with pytest.raises(RefusedError, match="no payment file"):
        payment_file(run, asked, finance)
    assert steps.take(run, "release", finance) == "payable"
    run = ReviewedRun.objects.get()
    amounts = dict(Instruction.objects.values_list("result_id", "cents"))
    assert amounts[other.pk] == max(0, other.versions.get().cents), "an appeal is open"
    text = payment_file(run, asked, finance)
    assert text.startswith("# Purpose of use: HPAYMT (payment)\n")
    assert "Not for credentialing, licensure or certification" in text
    assert f"\n{result.practice.tin}," in text
    assert Notice.objects.filter(channel="courier").exists()
    with pytest.raises(RefusedError, match="publish nothing"):
        publish(run, first)
    ReviewedRun.objects.update(may_publish=True)
    published = publish(ReviewedRun.objects.get(), first)
    shown = Result.objects.filter(publication="published")
    assert published == shown.count() > 0
    assert not shown.filter(pk=other.pk).exists(), "under appeal"
    assert not any(0 < r.versions.get().patients < 11 for r in shown)
    page = site.client().get("/published/").content.decode()
    assert other.practice.tin not in page


def test_the_trail_gives_the_state_and_knows_when_somebody_changed_it(run):
    from openp4p.portal.acts.verifying import checkpoints, verify
    from openp4p.portal.models import Dispute, ReviewedRun

    kept = site.started() / "kept.jsonl"
    dispute = Dispute.objects.first()
    lines = [vars(point) for point in checkpoints()]
    lines.append({"stream": "review", "seq": dispute.receipt_seq, "hash": dispute.receipt_hash})
    kept.write_text("\n".join(json.dumps(line) for line in lines))
    assert verify([kept])["review"].words == "verified"
    with site.undone():
        Dispute.objects.filter(pk=dispute.pk).update(state="rejected")
        assert verify()["review"].problems == (
            f"dispute:{dispute.key} stands otherwise than its events say.",
        )
    with site.undone():
        ReviewedRun.objects.update(state="open")
        assert not verify()["review"].holds


def test_checkpoints_are_signed_and_others_are_refused(run, monkeypatch):
    import typer
    from typer.testing import CliRunner

    from openp4p.cli.portal import checkpoint
    from openp4p.portal.acts.verifying import verify
    from openp4p.review.signing import public_half

    secret, other = "11" * 32, "22" * 32
    monkeypatch.setenv("OPENP4P_CHECKPOINT_KEY", secret)
    monkeypatch.setattr("openp4p.portal.serving.start_existing", lambda folder: None)
    app = typer.Typer()
    app.command()(checkpoint)
    said = CliRunner().invoke(app, [])
    assert said.exit_code == 0, said.output
    shown = CliRunner().invoke(app, ["--public"]).output.strip()
    assert shown == public_half(secret)
    kept = site.started() / "signed.jsonl"
    kept.write_text(said.stdout)
    assert verify([kept], shown)["review"].words == "verified"
    assert not verify([kept], public_half(other))["review"].holds
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    for changed in ({"size": 0}, {"root": "0" * 64}, {"signature": ""}, {"key": "0" * 16}):
        kept.write_text("\n".join(json.dumps(line | changed) for line in lines))
        problems = verify([kept], shown)["review"].problems
        assert "Line 1 of signed.jsonl is not signed by that key." in problems


def test_only_money_that_is_there_is_spent(run):
    from openp4p.portal.acts import paying, registering
    from openp4p.portal.models import AdminCost

    practice = result_of(run, "a").practice
    rep, finance = site.person("representative-a"), site.person("finance")
    cost = AdminCost(practice=practice, date=date(2026, 1, 1), activity="disputes", role="clerk",
                     minutes=90, wage_cents=3001)  # fmt: skip
    registering.log_cost(cost, rep)
    assert cost.cents == 4502
    with pytest.raises(RefusedError, match="does not hold that much"):
        paying.reimburse(cost, finance, refused=False)
    paying.pay_in(5000, finance)
    paying.reimburse(cost, finance, refused=False)
    assert paying.balances()["FUND.SUPPLEMENTAL"] == 498
    assert sum(paying.balances().values()) == 0
    with pytest.raises(RefusedError, match="settled already"):
        paying.reimburse(cost, finance, refused=True)


def test_evidence_is_of_a_known_kind_and_size(run, at, monkeypatch):
    from django.conf import settings
    from django.core.files.uploadedfile import SimpleUploadedFile as Upload

    from openp4p.portal.acts.disputing import evidence_path, hand_in
    from openp4p.portal.models import Dispute

    rep = site.person("representative-b")
    dispute = Dispute.objects.get(state="appealed")
    monkeypatch.setattr(settings, "EVIDENCE_MOST_BYTES", 1000)
    refused = {
        "a.exe": b"MZ", "a.pdf": b"<html>", "a.csv": b"a\x00b", "a.png": b"",
        "big.txt": b"x" * 1001, "a.svg": b"<svg onload=alert(1)>",
    }  # fmt: skip
    for name, content in refused.items():
        with pytest.raises(RefusedError):
            hand_in(dispute, Upload(name, content), rep)
    kept = hand_in(dispute, Upload("../../etc/a b.pdf", b"%PDF-1.7 ..."), rep)
    assert evidence_path(kept).is_relative_to(settings.FOLDER / "evidence")
    assert kept.is_quarantined, "nothing scanned it"
    sent = site.client("representative-b").get(
        f"/practices/{dispute.result.practice.key}/evidence/{kept.key}/"
    )
    assert sent["Content-Disposition"] == 'attachment; filename="a_b.pdf"'
    assert sent["Content-Type"] == "application/octet-stream"


def test_a_file_of_patients_states_its_purpose_and_is_no_formula(run):
    from openp4p.portal.acts.exporting import Asked, patients_file
    from openp4p.portal.models import Event, Export

    result, rep = result_of(run, "a"), site.person("representative-a")
    rows = [{"beneficiary_id": "=cmd()", "charges": -5}]
    with pytest.raises(RefusedError) as refused:
        patients_file(result, rows, Asked("CREDENTIALING", " ", None, undertaking=False), rep)
    assert len(refused.value.reasons) == 4
    before = Event.objects.filter(stream="access").count()
    text = patients_file(result, rows, Asked("TREAT", "us", date(2099, 1, 1), True), rep)
    assert text.splitlines()[0] == "# Purpose of use: TREAT (treatment of the patients)"
    assert text.splitlines()[-1] == "'=cmd(),-5"
    assert Event.objects.filter(stream="access").count() == before + 1
    assert Export.objects.latest("pk").purpose == "TREAT"


def test_roles_that_exclude_each_other_and_two_persons_for_one(run):
    from openp4p.portal.acts.registering import confirm, give_role
    from openp4p.review.roles import Role

    administrator, officer = site.person("administrator"), site.person("privacy-officer")
    with pytest.raises(RefusedError, match="different persons"):
        give_role(site.person("analyst"), Role.APPROVER, None, administrator, confirmed=False)
    proposed = give_role(
        site.person("finance"), Role.PRIVACY_OFFICER, None, administrator, confirmed=False
    )
    with pytest.raises(RefusedError, match="one proposes, one confirms"):
        confirm(proposed, administrator)
    confirm(proposed, officer)
    assert proposed.is_confirmed


def test_one_opts_in_before_the_period_and_out_until_it_is_final(run, at):
    from openp4p.portal.acts.registering import take_part

    practice, rep = result_of(run, "a").practice, site.person("representative-a")
    take_part(practice, "vms_model", 2090, "enrolled", rep)
    take_part(practice, "vms_model", 2090, "withdrawn", rep)
    statuses = [p.status for p in practice.participation.all()]
    assert statuses == ["enrolled", "withdrawn"]
    with pytest.raises(RefusedError, match="until the day before"):
        take_part(practice, "vms_model", 2020, "enrolled", rep)
    with pytest.raises(RefusedError, match="final"):
        take_part(practice, run.program_id, run.performance_year, "withdrawn", rep)


def test_what_the_portal_knows_is_evidence_for_an_audit(run, at, tmp_path):
    from openp4p.portal.views.practice import handed_on

    now, result, other = at(130), result_of(run, "a"), result_of(run, "b")
    records, found = paid_and_judged(run, tmp_path / "decided", now, result)
    rows = {row["practice"]: row for row in records.rows["reviews"]}
    mine, others = rows[result.practice.tin], rows[other.practice.tin]
    assert mine["decided_on"] < mine["first_paid_on"]
    assert (others["disputes"], others["decided_on"], others["first_paid_on"]) == (1, None, None)
    assert {found[n].evidence.verdict for n in ("P05.1", "P11.5", "P13.2")} == {"meets"}
    assert [handed_on(one.practice).count() for one in (result, other)] == [2, 1]
    assert {row["entry"] for row in records.rows["funds"]} == {"paid_in", "bonus"}
    _, found = paid_and_judged(run, tmp_path / "undecided", now, result, other)
    assert found["P05.1"].evidence.verdict == "partly", "more than is undisputed was paid"
    assert [row["practice"] for row in found["P05.1"].rows] == [other.practice.tin]
    assert "holds no run of 'vms_model/2017'" in why_not_written(tmp_path / "n", "vms_model/2017")
    assert "is there already" in why_not_written(tmp_path / "decided", run.program_id)


def test_reminders_reach_a_mail_server_and_hold_no_result(monkeypatch, at):
    from aiosmtpd.controller import Controller
    from django.conf import settings

    from openp4p.portal.acts import delivering

    run = site.demonstrated("sqlite", "mail")
    sink = Sink()
    server = Controller(sink, hostname="127.0.0.1", port=site.free_port())
    server.start()
    try:
        backend = "django.core.mail.backends.smtp.EmailBackend"
        monkeypatch.setattr(settings, "EMAIL_BACKEND", backend)
        monkeypatch.setattr(settings, "EMAIL_HOST", "127.0.0.1")
        monkeypatch.setattr(settings, "EMAIL_PORT", server.port)
        gone = result_of(run, "b").practice
        gone.email = "gone@openp4p.example"
        gone.save()
        at(15)
        assert delivering.tick()["sent"] == 1
        assert delivering.tick()["sent"] == 0, "one a fortnight"
        opened(run, "a")
        at(68)
        delivering.tick()
    finally:
        server.stop()
    subjects = [message["Subject"] for _, message in sink.kept]
    assert subjects == [
        "Reminder: your report is waiting", "Reminder: the time to question your results ends",
    ]  # fmt: skip
    result = result_of(run, "a")
    for address, message in sink.kept:
        assert address == result.practice.email
        said = message.get_payload()
        assert result.practice.tin not in said
        assert "$" not in said
    refused = result_of(run, "b").notices.filter(channel="e-mail", is_accepted=False)
    assert refused.exists(), "what the server refuses proves nothing"


def test_in_earnest_it_asks_for_secrets_tls_and_a_second_factor():
    """A process of its own, since settings are read once."""
    code = (
        "from openp4p.portal import serving; serving.start()\n"
        "from django.conf import settings as s\n"
        "from django.core.management import call_command\n"
        "call_command('check', deploy=True, fail_level='WARNING')\n"
        "print(s.SECOND_FACTOR_REQUIRED, s.SESSION_COOKIE_SECURE, s.SECURE_SSL_REDIRECT)"
    )
    folder = str(site.started() / "earnest")
    keep = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": ":".join(sys.path),
        "OPENP4P_PORTAL_DATA": folder,
    }
    ask = [sys.executable, "-W", "ignore", "-c", code]
    without = subprocess.run(ask, env=keep, capture_output=True, text=True, check=False)
    assert "OPENP4P_SECRET_KEY" in without.stderr
    secret = {"OPENP4P_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTU"}
    found = subprocess.run(ask, env=keep | secret, capture_output=True, text=True, check=False)
    assert found.stdout.splitlines()[-1:] == ["True True True"], found.stderr
