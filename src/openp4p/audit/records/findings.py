"""Every sub-check that a folder of evidence answers, beside what a run shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from openp4p.audit.evidence.record import NOT_ASSESSABLE, Finding
from openp4p.audit.fields import audited_fields
from openp4p.audit.records.access import access
from openp4p.audit.records.administration import administration
from openp4p.audit.records.answered import answered
from openp4p.audit.records.care_resources import care_resources
from openp4p.audit.records.folder import Records
from openp4p.audit.records.handed_on import handed_on
from openp4p.audit.records.improved import improved
from openp4p.audit.records.layout import FILES
from openp4p.audit.records.lists import listed
from openp4p.audit.records.money import money
from openp4p.audit.records.reviewed import reviewed
from openp4p.program.definition import Program

SEED = 20231108  # the day the principles were last amended


def findings_of(
    records: Records, program: Program, as_of: dt.date, *, seed: int = SEED
) -> dict[str, Finding]:
    """The findings of a folder by sub-check, each with the files it rests on.

    `as_of` is the day on which an entry of the registry of care resources must have been verified
    within its time. Draws are seeded, so that the same folder always gives the same audit.
    """
    period_end = dt.date(program.performance_year + 1, 1, 1) - dt.timedelta(days=1)
    fields = audited_fields(program)
    found = [
        *improved(records, seed=seed),
        *money(records, period_end),
        *listed(records),
        *administration(records, fields["admin_reimbursement.policy"]),
        *access(records),
        *care_resources(records, as_of),
        *reviewed(records),
        *answered(records, fields, as_of),
        *handed_on(records),
    ]
    return {one.evidence.subcheck: _filed(one, records) for one in found}


def beside(of_run: Mapping[str, Finding], of_records: Mapping[str, Finding]) -> dict[str, Finding]:
    """Both together: what a run computed stands, what it could not is taken from the records."""
    computed = {name for name, one in of_run.items() if one.evidence.verdict != NOT_ASSESSABLE}
    return {**of_run, **{n: one for n, one in of_records.items() if n not in computed}}


def _filed(finding: Finding, records: Records) -> Finding:
    """The finding with the files behind it and their digest."""
    subcheck = finding.evidence.subcheck
    serving = [kind for kind in records.rows if subcheck in FILES[kind].subchecks]
    needed = {*serving, *(other for kind in serving for other in FILES[kind].beside)}
    files = tuple(layout.file for kind, layout in FILES.items() if kind in needed)
    evidence = finding.evidence.stamped(data_manifest_hash=records.digest)
    return replace(finding, evidence=evidence, files=files)
