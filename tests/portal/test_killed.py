"""Portal and database killed while people write: whatever was said to be accepted is there."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import requests

from tests.portal import process, site

ACCOUNTS = ("representative-a", "representative-b", "clinician-a", "clinician-b")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
BEFORE, AFTER = 6, 4  # comments that have to be accepted before the kill, and after it


@dataclass
class Writer:
    """Somebody who files one comment after another and remembers which were accepted."""

    portal: process.Portal
    account: str
    session: requests.Session = field(default_factory=requests.Session)
    result: str = ""

    def sign_in(self) -> None:
        self._post("/account/login/", login=self.account, password=self.portal.password)
        queue = self._get(self.portal.practice(self.account))
        self.result = re.search(r'href="(/practices/\w+/results/\w+/)report/"', queue)[1]
        self._get(f"{self.result}report/")

    def write(self, accepted: list[str], enough: threading.Event) -> None:
        while not enough.is_set():
            try:
                accepted.append(self.file())
            except (OSError, AssertionError, TypeError):  # it is down: nothing was accepted
                time.sleep(0.2)

    def file(self) -> str:
        said = {"category": "method", "text": f"How? asks {self.account}"}
        answer = self._post(f"{self.result}disputes/new/", **said)
        assert answer.status_code == 302, answer.status_code
        return answer.headers["Location"].rstrip("/").split("/")[-1]

    def _get(self, path: str) -> str:
        return self.session.get(self.portal.address + path, timeout=10).text

    def _post(self, path: str, **said: str) -> requests.Response:
        token = TOKEN.search(self._get(path))[1]
        return self.session.post(
            self.portal.address + path, {"csrfmiddlewaretoken": token, **said},
            timeout=10, allow_redirects=False,
        )  # fmt: skip


def kill_postgres(server: site.Postgres) -> None:
    """Take its processes away as a failing machine would, without a word to them."""
    lock = server.folder / "data" / "postmaster.pid"
    pid = int(lock.read_text().split()[0])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for one in (pid, *map(int, children)):
        os.kill(one, signal.SIGKILL)
    site.until(lambda: all(_is_gone(int(one)) for one in (pid, *children)))
    # the dead may keep their numbers until somebody reaps them, which PostgreSQL takes for life
    for one in (lock, *server.folder.glob(".s.PGSQL.*")):
        one.unlink()


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture(params=["killed", "stopped at once"])
def server(request):
    """A database that writes through to the disk, and how it ends."""
    begun = site.new_postgres()
    with psycopg.connect(f"{begun.url}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE review")
    yield begun, (kill_postgres if request.param == "killed" else site.Postgres.stop)
    begun.stop()


def test_what_was_accepted_outlives_the_portal_and_its_database(server, tmp_path):
    database, ending = server
    port, url = site.free_port(), f"{database.url}/review"
    settings = {"OPENP4P_DATABASE": url, "OPENP4P_SECRET_KEY": "only for tests " * 4}
    begin = lambda: process.begun(site.finished().folder, tmp_path, port, **settings)  # noqa: E731
    portal = begin()
    accepted: list[str] = []
    enough = threading.Event()
    writers = [Writer(portal, account) for account in ACCOUNTS]
    for writer in writers:
        writer.sign_in()
    threads = [threading.Thread(target=w.write, args=(accepted, enough)) for w in writers]
    try:
        for thread in threads:
            thread.start()
        site.until(lambda: len(accepted) >= BEFORE, 60)
        ending(database)
        time.sleep(0.5)
        portal.process.kill()
        portal.process.wait(20)
        told = len(accepted)
        database.start()
        portal = begin()
        site.until(lambda: len(accepted) >= told + AFTER, 60)
    finally:
        enough.set()
        for thread in threads:
            thread.join()
        portal.process.kill()
        portal.process.wait(20)
    assert len(set(accepted)) == len(accepted)

    site.use(url, f"killed-{port}")
    from openp4p.portal.acts.verifying import verify
    from openp4p.portal.models import Dispute, Event

    there = set(Dispute.objects.values_list("key", flat=True))
    assert set(accepted) <= there, "an accepted comment is lost"
    recorded = set(Event.objects.filter(stream="review").values_list("object", flat=True))
    assert {f"dispute:{key}" for key in there} <= recorded, "a comment is not in the trail"
    verdicts = verify()
    assert all(verdict.holds for verdict in verdicts.values()), verdicts
