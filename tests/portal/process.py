"""The portal in a process of its own, as it is started, and what it printed."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.portal import site

START = "from openp4p.cli import main; raise SystemExit(main())"
_SETTINGS = ("OPENP4P_PORTAL_DATA", "OPENP4P_PORTAL_DEMO", "DJANGO_SETTINGS_MODULE")


@dataclass
class Portal:
    """The portal in a process of its own, and what it printed."""

    address: str
    said: str
    process: subprocess.Popen
    data: Path

    @property
    def password(self) -> str:
        return re.search(r"Password of all: (\S+)", self.said)[1]

    def practice(self, account: str) -> str:
        return re.search(rf"{account} .*(/practices/\w+/)", self.said)[1]

    def tin(self, account: str) -> str:
        return re.search(rf"{account} .*?(\d{{9}}) ", self.said)[1]


def begun(run: Path, data: Path, port: int, **settings: str) -> Portal:
    """The demonstration of a run, once it answers; `settings`: of its environment."""
    environment = {**os.environ, **settings}
    for name in {*_SETTINGS, "OPENP4P_SECRET_KEY", "OPENP4P_DATABASE"} - set(settings):
        environment.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-c", START, "portal", "--demo", str(run), "--data", str(data),
         "--port", str(port)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    said = ""
    for line in process.stdout:
        said += line
        if "listens on" in line:
            break
    address = f"http://127.0.0.1:{port}"
    assert f"{address}/" in said, said
    site.until(lambda: _answers(port))
    return Portal(address, said, process, data)


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
