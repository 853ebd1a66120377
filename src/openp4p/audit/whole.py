"""An audit with all the evidence that is given: of a run, of records, and of what is stated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from openp4p.audit.attestations import Statements
from openp4p.audit.auditing import NO_RUN, Audit, audited
from openp4p.audit.from_run import findings_of, stamp_of
from openp4p.audit.records.findings import beside
from openp4p.audit.records.findings import findings_of as findings_of_records
from openp4p.audit.records.folder import Records
from openp4p.program.definition import Program
from openp4p.results import Run


def audit_with(
    program: Program,
    *,
    as_of: dt.date,
    run: Run | None = None,
    records: Records | None = None,
    statements: Iterable[Statements] = (),
) -> Audit:
    """The audit of a program by its definition and whatever is given besides.

    What the run computed stands; records fill in what it could not.
    """
    of_records = {} if records is None else findings_of_records(records, program, as_of)
    return audited(
        program,
        as_of=as_of,
        findings=beside({} if run is None else findings_of(run), of_records),
        run_stamp=NO_RUN if run is None else stamp_of(run),
        statements=statements,
        records=records,
    )
