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
