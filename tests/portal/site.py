"""A portal in this process: its demonstration on a small run, on SQLite or a real PostgreSQL."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from openp4p.portal import serving
from openp4p.results import Run
from openp4p.simulation.bootstrap_run import uncertainty
from tests.populations import population
from tests.programs.runs import paid

PEOPLE = 300
PASSWORD = "correct horse battery"


@cache
def finished() -> Run:
    """A small finished run, its patients drawn again."""
    run = paid(2017, population(PEOPLE, 1), "portal-2017")
    uncertainty(run, 40)
    return run


@cache
def started() -> Path:
    """Django, brought up once in this process, as a demonstration in a folder of its own."""
    folder = Path(mkdtemp(prefix="openp4p-portal-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["OPENP4P_SECRET_KEY"] = "only for tests " * 4
    os.environ.pop("OPENP4P_DATABASE", None)
    serving.start(folder, demonstration=True)
    from django.test.utils import setup_test_environment

    setup_test_environment()
    return folder


def use(url: str, name: str) -> None:
    """An empty database of that name, with the portal's tables made by its migrations."""
    from django.db import connections

    from openp4p.portal import environment

    folder = started() / name
    folder.mkdir(exist_ok=True)
    connections.close_all()
    os.environ["OPENP4P_DATABASE"] = url
    try:
        described = {"default": environment.database(folder)}
    finally:
        os.environ.pop("OPENP4P_DATABASE")
    # Django reads these once; a second database in one process has to be put in their place
    connections.settings = connections.configure_settings(described)
    with contextlib.suppress(AttributeError):
        del connections["default"]
    serving.migrate()


@dataclass
class Postgres:
    """A PostgreSQL server of our own, run by nobody with rights."""

    folder: Path
    port: int
    options: str = ""

    @property
    def url(self) -> str:
        return f"postgresql://owner@127.0.0.1:{self.port}"

    def run(self, program: str, *said: object) -> None:
        """One of PostgreSQL's own programs on the server's folder."""
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        assert binaries, "Debian's postgresql is missing: make postgresql"
        user = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
        subprocess.run(
            [binaries[-1] / program, "-D", self.folder / "data", *map(str, said)],
            cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            **user,
        )  # fmt: skip

    def start(self) -> None:
        listening = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        log = self.folder / "log"
        self.run("pg_ctl", "-w", "-l", log, "-o", f"{listening} {self.options}", "start")

    def stop(self) -> None:
        """Without a last word: what is not written yet is worked out from the log at the start."""
        self.run("pg_ctl", "-m", "immediate", "stop")


def new_postgres(options: str = "") -> Postgres:
    """A server that has begun, until the end of the tests."""
    folder = Path(mkdtemp(prefix="openp4p-postgres-", dir="/tmp"))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    server = Postgres(folder, free_port(), options)
    server.run("initdb", "-U", "owner", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8",
               "--no-sync")  # fmt: skip
    server.start()

    def end() -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return server


@cache
def postgres() -> str:
    """The address of a server that most tests share; it need not survive a loss of power."""
    return new_postgres("-c fsync=off").url


def database_in_postgres(name: str) -> str:
    """A new database of the server."""
    import psycopg

    with psycopg.connect(f"{postgres()}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{postgres()}/{name}"


def demonstrated(kind: str, name: str, run: Run | None = None):  # a run under review
    """The demonstration on a new database, of a small run or another; the run under review."""
    use(database_in_postgres(name) if kind == "postgresql" else "", name)
    from openp4p.portal.demonstration import demonstrate
    from openp4p.portal.models import ReviewedRun

    demonstrate((run or finished()).folder)
    return ReviewedRun.objects.get()


def person(name: str):  # a user
    """Somebody of the demonstration."""
    from openp4p.portal.models import User

    return User.objects.get(username=name)


def client(name: str | None = None):  # a client
    """A browser without pages, signed in as somebody or nobody."""
    from django.test import Client

    made = Client(raise_request_exception=False)
    if name is not None:
        made.force_login(person(name), "allauth.account.auth_backends.AuthenticationBackend")
    return made


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside is taken back."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def until(holds, seconds: float = 30) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)
