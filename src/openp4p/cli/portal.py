"""`openp4p portal`: practices see, question and correct their results before anything is paid."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from openp4p.cli.libraries import libraries
from openp4p.cli.portal_receipts import receipt, sign
from openp4p.cli.terminal import messages, output
from openp4p.errors import UsageError

_LOOPBACK = "127.0.0.1"
Data = Annotated[
    Path, typer.Option("--data", metavar="FOLDER", help="Where the portal keeps what it knows.")
]


def add_to(app: typer.Typer) -> None:
    """Add the command and those below it."""
    group = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
    group.callback()(portal)
    for act in (load, verify, checkpoint, sign, receipt, tick, libraries, export_evidence):
        group.command()(act)
    app.add_typer(group, name="portal")


def portal(
    context: typer.Context,
    data: Data = Path("portal"),
    demo: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="A demonstration on a synthetic run: an account of each role, this machine only.",
        ),
    ] = None,
    claims: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="The input of the run, where it is no longer where it was."
        ),
    ] = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = _LOOPBACK,
    port: Annotated[int, typer.Option(metavar="N", min=1, max=65535, help="On which port.")] = 8000,
) -> None:
    """Review before pay: practices see, question and correct their results in a browser.

    Asks for an administrator and a privacy officer at the first start. Secrets come from the
    environment: OPENP4P_SECRET_KEY, and OPENP4P_DATABASE for PostgreSQL instead of SQLite.

    Examples:

        openp4p portal --demo run-2017 --data demo-portal --port 8000

        openp4p portal load run-2017 --data portal --analyst NAME

        openp4p portal verify --data portal --kept checkpoints.jsonl
    """
    if context.invoked_subcommand is not None:
        return
    serving = _serving()
    if demo is not None:
        if host != _LOOPBACK:
            raise UsageError(
                "A demonstration listens on this machine only.",
                remedy="Leave --host out, or start the portal without --demo.",
                code="options",
            )
        # sessions of a demonstration end with it
        os.environ.setdefault("OPENP4P_SECRET_KEY", secrets.token_urlsafe(48))
    serving.start(data, demonstration=demo is not None)
    serving.migrate()
    if demo is not None:
        _show_accounts(demo, claims, host, port)
    else:
        _first_people()
        output().print(f"The portal listens on http://{host}:{port}/", soft_wrap=True)
    serving.serve(host, port)


def _serving() -> ModuleType:
    """The part of the portal that brings Django up, where it is installed."""
    from importlib.util import find_spec

    if find_spec("django") is None:
        raise UsageError(
            "The portal is not installed.",
            remedy="pip install 'openp4p[portal]'",
            code="portal-not-installed",
        )
    from openp4p.portal import serving

    return serving


def _show_accounts(run: Path, claims: Path | None, host: str, port: int) -> None:
    from rich.table import Table

    from openp4p.portal.demonstration import demonstrate

    accounts = demonstrate(run, claims)
    table = Table("account", "role", "practice", "begins at", box=None)
    for one in accounts:
        table.add_row(one.username, one.roles, one.practice, one.address)
    output().print(table)
    output().print(f"Password of all: {accounts[0].password}")
    output().print("Synthetic data only. Everything here may be clicked.")
    # flushed, since who waits for this line reads it from a pipe
    print(f"The portal listens on http://{host}:{port}/", flush=True)


def _first_people() -> None:
    """At the first start: one system administrator and one privacy officer, two persons."""
    from openp4p.portal import clock
    from openp4p.portal.acts.registering import add_person
    from openp4p.portal.models import Membership
    from openp4p.review.refusals import RefusedError
    from openp4p.review.roles import NAMES, Role

    for role in (Role.SYSTEM_ADMINISTRATOR, Role.PRIVACY_OFFICER):
        while not Membership.objects.filter(role=role, until=None).exists():
            name = typer.prompt(f"{NAMES[role]}: name to sign in with")
            password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
            try:
                person = add_person(name, "", password, None)
            except RefusedError as refused:
                messages().print(" ".join(refused.reasons))
                continue
            Membership.objects.create(user=person, role=role, since=clock.now(), is_confirmed=True)


def load(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")],
    analyst: Annotated[
        str, typer.Option(metavar="NAME", help="The analyst who built it, as they sign in.")
    ],
    data: Data = Path("portal"),
    claims: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The input of the run, if it moved.")
    ] = None,
) -> None:
    """Take a finished run into the portal, as a draft with all its reports.

    Example:

        openp4p portal load run-2017 --data portal --analyst NAME
    """
    serving = _serving()
    serving.start(data)
    serving.migrate()
    from openp4p.portal.acts.loading import load as load_run
    from openp4p.portal.models import User

    person = User.objects.filter(username=analyst).first()
    if person is None:
        raise UsageError(
            f"The portal knows nobody who signs in as '{analyst}'.",
            remedy="The system administrator adds people on the page /desk/people/.",
            code="no-such-person",
        )
    found = load_run(run, person, input_folder=claims)
    output().print(f"{found.title}: {found.words}; practices: {found.results.count():,}")


def verify(
    data: Data = Path("portal"),
    kept: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Checkpoints and receipts that lay elsewhere."),
    ] = None,
    signer: Annotated[
        str | None,
        typer.Option(
            metavar="KEY", help="The public key that signed the checkpoints and receipts."
        ),
    ] = None,
) -> None:
    """Hold the audit trail against itself, the state, and what was kept elsewhere.

    Exit code 1 when it does not hold. Without --kept it says no more than "internally consistent".

    Example:

        openp4p portal verify --data portal --kept checkpoints.jsonl
    """
    if signer is not None and not kept:
        raise UsageError(
            "Signatures are on checkpoints that were kept, and none are given.",
            remedy="Give --kept FILE with --signer KEY.",
            code="options",
        )
    serving = _serving()
    serving.start_existing(data)
    from openp4p.portal.acts.verifying import verify as verified

    verdicts = verified(kept, signer)
    for stream, verdict in verdicts.items():
        output().print(f"{stream}: {verdict.words} ({verdict.events:,} events)")
        for problem in verdict.problems:
            output().print(f"  {problem}", soft_wrap=True)
    if not all(verdict.holds for verdict in verdicts.values()):
        raise typer.Exit(1)


def checkpoint(
    data: Data = Path("portal"),
    public: Annotated[
        bool, typer.Option("--public", help="Print the public half of the key, and no more.")
    ] = False,
) -> None:
    """Print checkpoints of the trail, a line of JSON each, to be kept where nobody here can write.

    They are signed where OPENP4P_CHECKPOINT_KEY holds a key; the portal itself needs none.

    Example:

        openp4p portal checkpoint --data portal >> checkpoints.jsonl
    """
    from openp4p.portal.environment import checkpoint_key

    secret = checkpoint_key()
    if public:
        from openp4p.review.signing import public_half

        typer.echo(public_half(secret))
        return
    serving = _serving()
    serving.start_existing(data)
    from openp4p.portal.acts.verifying import checkpoints
    from openp4p.review.signing import signed

    for one in checkpoints():
        line = signed(vars(one), secret) if secret else vars(one)
        typer.echo(json.dumps(line, sort_keys=True))


def tick(data: Data = Path("portal")) -> None:
    """Send notices and reminders, close windows that are over, mark late decisions; for cron.

    A portal that runs does this once a minute by itself.
    """
    serving = _serving()
    serving.start_existing(data)
    from openp4p.portal.acts.delivering import tick as now

    output().print(", ".join(f"{count:,} {what}" for what, count in now().items()))


def export_evidence(
    program: Annotated[
        str, typer.Argument(metavar="PROGRAM/YEAR", help="The program whose reviews are told.")
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="A new folder for the files.")],
    data: Data = Path("portal"),
) -> None:
    """Write what the portal knows of a program as evidence for `openp4p audit --evidence`.

    Reviews, disputes, data requests, exports, the fund, the log of paperwork, care resources and
    who takes part, practices by their TIN. Outcomes, patient flows and fees are for you to add.

    Example:

        openp4p portal export-evidence vms_model/2017 --data portal --out evidence
    """
    serving = _serving()
    serving.start_existing(data)
    from openp4p.portal.acts.evidence import write_evidence

    names = write_evidence(out, program)
    output().print(f"Written to {out}: {', '.join(names)}", soft_wrap=True)
