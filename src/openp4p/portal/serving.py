"""The portal on a machine: set up, migrated, and answered by a server of plain threads."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openp4p.errors import UsageError
from openp4p.portal import environment

_SETTINGS = "DJANGO_SETTINGS_MODULE"
_EVERY_SECONDS, _THREADS = 60, 16


def application(environ: Any, start_response: Any) -> Any:  # WSGI
    """The portal as a WSGI application, for gunicorn and others."""
    return _application()(environ, start_response)


_MADE: list[Callable[..., Any]] = []


def _application() -> Callable[..., Any]:
    if not _MADE:
        start()
        from django.core.wsgi import get_wsgi_application

        _MADE.append(get_wsgi_application())
    return _MADE[0]


def start(folder: Path | None = None, *, demonstration: bool = False) -> None:
    """Bring Django up with the folder of the portal; its tables are made or brought up to date."""
    import django

    if folder is not None:
        os.environ[environment.DATA] = str(folder.resolve())
    if demonstration:
        os.environ[environment.DEMONSTRATION] = "1"
    os.environ.setdefault(_SETTINGS, "openp4p.portal.settings")
    environment.secret_key()  # said before anything is made
    environment.data_folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    django.setup()


def start_existing(folder: Path) -> None:
    """Bring Django up with a portal that is there already; another folder is refused, untouched."""
    is_here = folder.is_dir() or bool(os.environ.get(environment.DATABASE))
    if is_here:
        start(folder)
        from django.db import connection

        is_here = "portal_event" in connection.introspection.table_names()
    if not is_here:
        raise UsageError(
            f"There is no portal in '{folder}'.",
            remedy="Name the folder that was given to `openp4p portal` as --data.",
            code="no-portal",
        )


def migrate() -> None:
    """Make the tables, or bring them up to date."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)


def serve(host: str, port: int) -> None:
    """Answer until stopped; the clock of the review goes on beside it."""
    import waitress

    from openp4p.portal.acts.recalculating import give_up_interrupted

    give_up_interrupted()
    threading.Thread(target=_clock, daemon=True).start()
    waitress.serve(
        _application(), host=host, port=port, threads=_THREADS, ident=None, _quiet=True,
        max_request_body_size=11 * 25 * 1024 * 1024,
    )  # fmt: skip


def _clock() -> None:
    """What is due: notices, windows, late decisions; once a minute."""
    from django.db import close_old_connections

    from openp4p.portal.acts.delivering import tick

    while True:
        time.sleep(_EVERY_SECONDS)
        try:
            tick()
        except Exception:  # the next minute tries again; the portal stays up
            import logging

            logging.getLogger(__name__).exception("the clock of the review stumbled")
        finally:
            close_old_connections()
