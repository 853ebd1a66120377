"""What stands around a portal in the tests of the review: a mail server, and an audit."""

from __future__ import annotations

from email import message_from_bytes

import pytest

from tests.portal import site


class Sink:
    """A mail server that keeps what it gets and refuses one address."""

    def __init__(self) -> None:
        self.kept: list[object] = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.kept.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content)))
        return "250 OK"


def paid_and_judged(run, folder, now, *results):
    """What the portal tells an audit once these results were paid seven dollars, and what follows.

    The payment is taken back; the folder stays.
    """
    import typer
    from typer.testing import CliRunner

    from openp4p.audit.records.findings import findings_of
    from openp4p.audit.records.folder import read_records
    from openp4p.cli.portal import export_evidence
    from openp4p.portal.acts import steps
    from openp4p.portal.models import Event, Instruction, ReviewedRun
    from openp4p.program.library import load_program

    app = typer.Typer()
    app.command()(export_evidence)
    with pytest.MonkeyPatch.context() as patch, site.undone():
        patch.setattr("openp4p.portal.serving.start_existing", lambda _folder: None)
        Instruction.objects.filter(result__in=results).update(cents=700)
        steps.take(ReviewedRun.objects.get(), "pay", site.person("finance"))
        said = CliRunner().invoke(app, [run.program_id, "--out", str(folder)])
        assert said.exit_code == 0, said.output
        assert Event.objects.filter(stream="review").latest("seq").type == "evidence.written"
    records = read_records(folder)
    return records, findings_of(records, load_program(run.program_id), now.date())


def why_not_written(folder, program):
    """Why the portal writes no evidence of a program into a folder."""
    from openp4p.errors import UsageError
    from openp4p.portal.acts.evidence import write_evidence

    with pytest.raises(UsageError) as refused:
        write_evidence(folder, program)
    return refused.value.message
