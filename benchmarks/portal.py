"""The portal under many people at once, and what is left of what it accepted when it is killed.

    python benchmarks/portal.py RUN --practices 20000 --users 200 --seconds 60

Starts the demonstration of a run in a process of its own, adds practices and representatives to its
database, lets as many people as asked open their queues and file comments, kills the process in the
middle and starts it again. Prints the 95th percentile and the errors by kind of page, whether every
comment that was accepted is still there, and whether the trail holds; the table goes to portal.md.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlencode

PAGE = Path(__file__).parent / "portal.md"
START = "from openp4p.cli import main; raise SystemExit(main())"
PASSWORD, SECRET = "only for this benchmark", "x" * 48
PORT, SPREAD = 8791, 8791
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def main() -> None:
    said = arguments()
    os.environ["OPENP4P_SECRET_KEY"] = SECRET
    folder = Path(tempfile.mkdtemp(prefix="openp4p-load-"))
    server = start(said.run, folder)
    people = filled(folder, said.practices, said.users)
    seen: dict[str, list[float]] = defaultdict(list)
    errors: dict[str, int] = defaultdict(int)
    accepted: list[str] = []
    end = time.monotonic() + said.seconds
    threads = [
        threading.Thread(target=somebody, args=(one, said.every, end, seen, errors, accepted))
        for one in people
    ]
    for thread in threads:
        thread.start()
    time.sleep(said.seconds / 2)
    before = dict(errors)
    os.killpg(server.pid, signal.SIGKILL)
    server = start(said.run, folder)
    for thread in threads:
        thread.join()
    os.killpg(server.pid, signal.SIGKILL)
    lost, verdict = kept(accepted)
    text = page(said, seen, errors, before, len(accepted), lost, verdict)
    print(text)
    PAGE.write_text(text, encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--practices", type=int, default=20_000)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--every", type=float, default=10, help="seconds between clicks")
    parser.add_argument("--seconds", type=float, default=60)
    return parser.parse_args()


def start(run: Path, folder: Path) -> subprocess.Popen:
    """The portal, once it answers."""
    server = subprocess.Popen(
        [sys.executable, "-c", START, "portal", "--demo", str(run), "--data", str(folder),
         "--port", str(PORT)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    for line in server.stdout:
        if "listens on" in line:
            break
    while True:
        try:
            if ask(None, "GET", "/health/")[0] == 200:
                return server
        except OSError:
            time.sleep(0.1)


def filled(folder: Path, practices: int, users: int) -> list[dict[str, str]]:
    """More practices with results, and representatives with a session each."""
    from openp4p.portal import serving

    serving.start(folder, demonstration=True)
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from openp4p.portal import clock
    from openp4p.portal.models import Membership, Practice, Result, ReviewedRun, User, Version

    run, now = ReviewedRun.objects.get(), clock.now()
    made = Practice.objects.bulk_create(
        [Practice(tin=f"L{number:08d}") for number in range(practices)], batch_size=2000
    )
    results = Result.objects.bulk_create(
        [Result(run=run, practice=p, is_rendered=True, released_at=now) for p in made],
        batch_size=2000,
    )
    Version.objects.bulk_create(
        [Version(result=r, number=1, made_at=now, folder=str(folder), cents=r.pk) for r in results],
        batch_size=2000,
    )
    people = []
    for number in range(users):
        place = number * SPREAD % practices
        user = User.objects.create(username=f"load-{number}")
        Membership.objects.create(user=user, role="practice_administrator", since=now,
                                  practice=made[place], is_confirmed=True)  # fmt: skip
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        people.append(
            {"session": session.session_key, "practice": made[place].key,
             "result": results[place].key}
        )  # fmt: skip
    return people


def ask(
    person: dict[str, str] | None, method: str, path: str, body: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """The status, the text, and where an answer leads."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    headers = {}
    if person:
        cookie = f"sessionid={person['session']}"
        headers["Cookie"] = f"{cookie}; csrftoken={person['token']}" if body else cookie
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, urlencode(body) if body else None, headers)
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    for name, value in answer.getheaders():
        if person and name.lower() == "set-cookie" and value.startswith("csrftoken="):
            person["token"] = value.split("=", 1)[1].split(";")[0]
    connection.close()
    return answer.status, text, answer.getheader("Location") or ""


def somebody(
    person: dict[str, str],
    every: float,
    end: float,
    seen: dict[str, list[float]],
    errors: dict[str, int],
    accepted: list[str],
) -> None:
    """One person: the queue, the patients (which begin the window), a comment, and again."""
    own = f"/practices/{person['practice']}/"
    result = f"{own}results/{person['result']}/"
    acts = (
        ("patients", lambda: ask(person, "GET", f"{result}patients/")[0] == 200),
        ("queue", lambda: ask(person, "GET", own)[0] == 200),
        ("comment", lambda: comment(person, result, accepted)),
    )
    turn = 0
    time.sleep(random.random() * every)
    while time.monotonic() < end:
        kind, act = acts[turn % len(acts)]
        timed(kind, seen, errors, act)
        turn += 1
        time.sleep(every)


def comment(person: dict[str, str], result: str, accepted: list[str]) -> bool:
    """File a comment; what was accepted is remembered here, outside of the portal."""
    form = ask(person, "GET", f"{result}disputes/new/")
    found = TOKEN.search(form[1])
    if form[0] != 200 or found is None:
        return False
    body = {"csrfmiddlewaretoken": found[1], "category": "method", "text": "how is this computed?"}
    status, _, place = ask(person, "POST", f"{result}disputes/new/", body)
    if status == 302:
        accepted.append(place.rstrip("/").split("/")[-1])
    return status == 302


def timed(kind: str, seen: dict[str, list[float]], errors: dict[str, int], act) -> None:
    begun = time.monotonic()
    try:
        is_right = act()
    except (OSError, http.client.HTTPException):
        is_right = False
    if is_right:
        seen[kind].append(time.monotonic() - begun)
    else:
        errors[kind] += 1
        time.sleep(0.5)


def kept(accepted: list[str]) -> tuple[int, str]:
    """How many accepted comments are not there, and what the trail says."""
    from openp4p.portal.acts.verifying import verify
    from openp4p.portal.models import Dispute

    there = set(Dispute.objects.values_list("key", flat=True))
    return len(set(accepted) - there), "; ".join(f"{k}: {v.words}" for k, v in verify().items())


def page(
    said: argparse.Namespace,
    seen: dict[str, list[float]],
    errors: dict[str, int],
    before: dict[str, int],
    accepted: int,
    lost: int,
    verdict: str,
) -> str:
    lines = [
        "# The portal under load", "",
        f"{said.users} people at once, a page every {said.every:.0f} seconds each, on "
        f"{said.practices:,} practices, for "
        f"{said.seconds:.0f} seconds, on SQLite, on {os.cpu_count()} processors that they share "
        "with the people; killed and started again in the middle "
        f"(`python benchmarks/portal.py RUN --practices {said.practices} --users {said.users} "
        f"--seconds {said.seconds:.0f}`).", "",
        "| page | answers | median | 95% within | errors before the kill | in all |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for kind in sorted(seen):
        times = sorted(seen[kind])
        middle, high = times[len(times) // 2], times[int(len(times) * 0.95)]
        lines.append(
            f"| {kind} | {len(times):,} | {middle:.2f} s | {high:.2f} s | {before.get(kind, 0)} | "
            f"{errors.get(kind, 0)} |"
        )
    lines += ["", f"Comments accepted: {accepted:,}; lost: {lost}. The trail: {verdict}.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
