"""Signed receipts: a job of the sponsor signs them, and a practice checks them by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from openp4p.cli.terminal import output
from openp4p.errors import UsageError


def sign(
    data: Annotated[
        Path,
        typer.Option("--data", metavar="FOLDER", help="Where the portal keeps what it knows."),
    ] = Path("portal"),
) -> None:
    """Sign the receipts of deliveries, disputes, comments and variances that wait for it; for cron.

    The key is that of checkpoints (OPENP4P_CHECKPOINT_KEY); the portal itself is not given it.

    Example:

        openp4p portal sign --data portal
    """
    from openp4p.portal.environment import CHECKPOINT_KEY, checkpoint_key

    secret = checkpoint_key()
    if not secret:
        raise UsageError(
            f"There is no key to sign with in {CHECKPOINT_KEY}.",
            remedy="Give the job the key that signs checkpoints.",
            code="portal-secret",
        )
    from openp4p.portal import serving

    serving.start_existing(data)
    from openp4p.portal.acts.receipting import sign_all

    output().print(f"{sign_all(secret):,} receipts signed")


def receipt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Receipts taken from the portal.")],
    signer: Annotated[
        str, typer.Option(metavar="KEY", help="The public key that the sponsor has published.")
    ],
) -> None:
    """Say what receipts prove, for the practice that kept them; needs neither portal nor network.

    Exit code 1 when one is not signed by that key, or was changed since.

    Example:

        openp4p portal receipt receipts.jsonl --signer KEY
    """
    from openp4p.review.receipts import problem, told

    wrong = 0
    for number, said in enumerate(_lines(file), start=1):
        why = problem(said, signer)
        wrong += why is not None
        output().print(f"{'NO ' if why else 'yes'}  {told(said)}", soft_wrap=True)
        if why:
            output().print(f"     line {number:,}: {why}", soft_wrap=True)
    if wrong:
        raise typer.Exit(1)


def _lines(file: Path) -> list[dict[str, object]]:
    try:
        found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        found = [None]
    if not found or not all(isinstance(line, dict) for line in found):
        raise UsageError(
            f"'{file}' holds no receipts.",
            remedy="Name the file taken from the page Receipts of the portal.",
            code="no-receipts",
        )
    return found
