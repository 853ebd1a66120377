"""What practices can prove, what the operator sees, and which run takes the place of which."""

from __future__ import annotations

import json

import pytest
from typer import Typer
from typer.testing import CliRunner

from tests.portal import site

SECRET, OTHER = "33" * 32, "44" * 32


@pytest.fixture(scope="module")
def run():
    """A run that is open for review."""
    return site.demonstrated("sqlite", "supervision")


def result_of(run, letter: str):
    from openp4p.portal.models import Result

    practice = site.person(f"representative-{letter}").memberships.get().practice
    return Result.objects.select_related("run", "practice").get(run=run, practice=practice)


def command(*said: object):
    """A command of the portal, in this process, whose Django is up already."""
    from openp4p.cli.portal_receipts import receipt, sign

    app = Typer()
    app.command()(sign)
    app.command()(receipt)
    return CliRunner().invoke(app, [str(part) for part in said])


def test_a_practice_proves_its_delivery_with_a_signed_receipt(run, tmp_path, monkeypatch):
    from openp4p.portal.acts.disputing import file
    from openp4p.portal.acts.verifying import verify
    from openp4p.review.disputes import Category
    from openp4p.review.signing import public_half

    monkeypatch.setattr("openp4p.portal.serving.start_existing", lambda folder: None)
    rep, result = site.client("representative-a"), result_of(run, "a")
    own = f"/practices/{result.practice.key}"
    rep.get(f"{own}/results/{result.key}/report/")
    file(result, Category.METHOD, [], "a comment", site.person("representative-a"))
    assert rep.get(f"{own}/receipts/").content.count(b"waits to be signed") == 2
    assert command("sign").exit_code != 0, "there is no key"
    monkeypatch.setenv("OPENP4P_CHECKPOINT_KEY", SECRET)
    assert "2 receipts signed" in command("sign").output
    assert "0 receipts signed" in command("sign").output, "once each"
    taken = tmp_path / "receipts.jsonl"
    taken.write_bytes(rep.get(f"{own}/receipts/file/").content)
    lines = [json.loads(line) for line in taken.read_text().splitlines()]
    delivered = next(line for line in lines if line["type"] == "result.delivered")
    last_day = f"{result_of(run, 'a').last_day}"
    assert (delivered["how"], delivered["last_day"], delivered["version"]) == (
        "opened", last_day, 1,
    )  # fmt: skip
    told = command("receipt", taken, "--signer", public_half(SECRET))
    assert told.exit_code == 0
    assert f"the last day to question it is {last_day}" in told.output
    assert command("receipt", taken, "--signer", public_half(OTHER)).exit_code == 1
    verdict = verify([taken], public_half(SECRET))["review"]
    assert verdict.words == "verified"
    # a day more than was granted, or another event of the trail: neither is what was signed
    for changed in ({"last_day": "2099-01-01"}, {"seq": delivered["seq"] + 1}):
        taken.write_text(json.dumps(delivered | changed))
        told = command("receipt", taken, "--signer", public_half(SECRET))
        assert told.exit_code == 1
        assert "changed since" in told.output
        assert not verify([taken], public_half(SECRET))["review"].holds
    owner = site.client("representative-b")
    assert owner.get(f"{own}/receipts/file/").status_code == 404


def another(run, folder, review_of: str | None):
    """A further run of the same program and years, as it is loaded: a draft, 5 dollars off."""
    from openp4p.folder import MANIFEST
    from openp4p.portal import clock
    from openp4p.portal.models import Result, ReviewedRun, Version

    folder.mkdir()
    manifest = site.finished().manifest | {
        "review_of": review_of,
        "result_fingerprint": folder.name,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest))
    made = ReviewedRun.objects.create(
        run_id=folder.name, title=run.title, program_id=run.program_id,
        payment_year=run.payment_year, performance_year=run.performance_year,
        folder=str(folder), fingerprint=folder.name, is_historical=run.is_historical,
    )  # fmt: skip
    for old in run.results.all():
        result = Result.objects.create(run=made, practice=old.practice, is_rendered=True)
        cents = old.versions.get(number=old.version).cents + 500
        Version.objects.create(result=result, number=1, cents=cents, made_at=clock.now())
    return made


def settled(run, state: str) -> None:
    """The windows of a run are over, and nothing of it is disputed."""
    from datetime import timedelta

    from openp4p.portal import clock
    from openp4p.portal.models import Dispute, ReviewedRun

    now = clock.now()
    Dispute.objects.update(state="withdrawn")
    run.results.update(delivered_at=now - timedelta(days=99), ends=now - timedelta(days=9),
                       released_at=now - timedelta(days=99))  # fmt: skip
    ReviewedRun.objects.filter(pk=run.pk).update(state=state)


def test_a_run_takes_the_place_of_the_one_it_corrects_and_pays_the_difference(run, tmp_path):
    from openp4p.portal.acts import steps
    from openp4p.portal.models import Instruction, LedgerEntry, ReviewedRun
    from openp4p.review.refusals import RefusedError

    first, second, finance = (site.person(n) for n in ("approver-1", "approver-2", "finance"))
    result = result_of(run, "a")
    owed, queue = f"LIAB.PRACTICE.{result.practice.key}", f"/practices/{result.practice.key}/"
    with site.undone():
        settled(run, "resolving")
        for event, actor in (("finalise", first), ("finalise", second), ("release", finance),
                             ("pay", finance)):  # fmt: skip
            steps.take(run, event, actor)
        new = another(run, tmp_path / "corrected", run.fingerprint)
        stray = another(run, tmp_path / "stray", "of some other run")
        anew = another(run, tmp_path / "anew", None)
        said = {"reason": "a claims file was missing"}
        with pytest.raises(RefusedError, match="Name the run"):
            steps.take(run, "supersede", first, **said)
        with pytest.raises(RefusedError, match="corrects another run"):
            steps.take(run, "supersede", first, successor=stray, **said)
        assert steps.take(run, "supersede", first, successor=new, **said) is None
        assert steps.take(run, "supersede", second, successor=anew, **said) is None, "not the same"
        page = site.client("approver-2").post(
            f"/desk/runs/{run.key}/supersede/", {"successor": new.key, **said}
        )
        assert page.status_code == 302
        run = ReviewedRun.objects.get(pk=run.pk)
        assert (run.state, run.successor) == ("superseded", new)
        with pytest.raises(RefusedError, match="it is not void"):
            steps.take(new, "void", first, reason="no")
        shown = site.client("auditor").get(f"/desk/runs/{run.key}/").content.decode()
        assert f"/desk/runs/{new.key}/" in shown
        back = site.client("auditor").get(f"/desk/runs/{new.key}/").content.decode()
        assert f"/desk/runs/{run.key}/" in back
        told = site.client("representative-a").get(queue).content.decode()
        assert "Another run takes its place." in told
        assert "You will be told when your report in it is there" in told
        settled(new, "resolving")
        for event, actor in (("finalise", first), ("finalise", second), ("release", finance)):
            steps.take(new, event, actor)
        assert "Your report in it" in site.client("representative-a").get(queue).content.decode()
        assert set(Instruction.objects.filter(result__run=new).values_list("cents", flat=True)) == {
            500
        }
        accrued = LedgerEntry.objects.filter(what="accrual")
        credit = sum(row.cents for row in accrued.filter(credit=owed))
        debit = sum(row.cents for row in accrued.filter(debit=owed))
        old_cents = result.versions.get(number=result.version).cents
        assert credit - debit == old_cents + 500, "once, and not twice"


def test_one_page_says_what_is_late_undecided_unopened_and_failed(run, monkeypatch):
    from datetime import timedelta

    from openp4p.portal import clock
    from openp4p.portal.acts.disputing import ask_for_data, file
    from openp4p.portal.models import Notice, Recalculation, ReviewedRun
    from openp4p.review.disputes import Category

    def counts() -> dict[str, int]:
        page = site.client("auditor").get("/desk/exceptions/")
        assert page.status_code == 200
        return {section.words: section.count for section in page.context["sections"]}

    rep, result = site.person("representative-a"), result_of(run, "a")
    real = clock.now()
    with site.undone():
        before = counts()
        unopened = run.results.filter(delivered_at=None)
        assert before["Unopened"] == unopened.count() > 1
        assert before["No address"] == unopened.filter(practice__email="").count()
        gone = result_of(run, "b")
        Notice.objects.create(result=gone, at=real, channel="e-mail")
        unopened.exclude(pk=gone.pk).update(is_unreached=True)
        file(result, Category.METHOD, [], "another", rep)
        ask_for_data(result, "claims", rep)
        for state in ("failed", "done", "failed"):
            Recalculation.objects.create(run=run, number=9, state=state, by=rep, started_at=real)
        found = counts()
        assert found["Undecided"] == before["Undecided"] + 1
        assert (found["Late decisions"], found["Late answers"]) == (0, 0)
        assert (found["Unopened"], found["Unreached"]) == (1, before["Unopened"] - 1)
        assert found["Deliveries that failed"] == 1
        assert found["Recalculations that failed"] == 1, "the last of a run counts"
        monkeypatch.setattr(clock, "now", lambda: real + timedelta(days=40))
        late = counts()
        assert (late["Late decisions"], late["Undecided"]) == (found["Undecided"], 0)
        assert late["Late answers"] == 1
        ReviewedRun.objects.filter(pk=run.pk).update(state="void")
        assert not any(counts()[name] for name in ("Late decisions", "Unopened", "Unreached"))
