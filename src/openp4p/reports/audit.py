"""The page of an audit: one self-contained HTML file that needs no network and no scripts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from openp4p.audit.auditing import Audit, Record
from openp4p.audit.beside import CheckRow, check_rows, clause_rows, headline
from openp4p.audit.clauses import Check
from openp4p.audit.comparison import Figure, Value, says
from openp4p.audit.design import said
from openp4p.audit.evidence.record import Evidence
from openp4p.audit.evidence_of_run.fairness import POINTS
from openp4p.audit.fields import audited_fields, is_computed, source_of
from openp4p.explain.words import number
from openp4p.reports import numbers
from openp4p.reports.comparison import compared
from openp4p.reports.summary import environment, is_synthetic
from openp4p.results import Run

ROWS_SHOWN = 20
WORDS = {
    "meets": "meets",
    "partly": "partly",
    "fails": "fails",
    "not_assessable": "not assessable",
    "none_required": "none required",
}
_ORDER = ("meets", "partly", "fails", "not_assessable")


def write_audit(
    audits: Sequence[Audit],
    file: Path,
    runs: Sequence[Run] = (),
    figures: Sequence[Figure] = (),
) -> None:
    """The page of one audit, or of several side by side."""
    draft = file.with_name(file.name + ".new")
    draft.write_text(audit_html(audits, runs, figures), encoding="utf-8")
    draft.replace(file)


def audit_html(
    audits: Sequence[Audit], runs: Sequence[Run] = (), figures: Sequence[Figure] = ()
) -> str:
    """The text of the page. `runs` adds the money of programs that were all run, `figures` what
    they do to the same practices.
    """
    made = environment()
    made.filters.update(
        verdict=WORDS.__getitem__,
        found=_found,
        statistic=_statistic,
        breaking=_breaking,
        compared=_compared,
        cell=_cell,
    )
    rows = clause_rows(audits)
    return made.get_template("audit.html.j2").render(
        audits=audits,
        first=audits[0],
        counts=[[(word, audit.counts.get(word, 0)) for word in _ORDER] for audit in audits],
        rows=rows,
        checks=_checks(audits),
        headline=headline(audits) if len(audits) > 1 else "",
        stated=[_stated(audit) for audit in audits],
        fields=_fields(audits),
        other_choices=_other_choices(audits, runs),
        synthetic=any(is_synthetic(run.manifest) for run in runs),
        overrides=[run.manifest for run in runs if run.manifest["performance_period_override"]],
        figures=figures,
        says=says(figures, [audit.program.id for audit in audits]) if figures else [],
        money=_money(runs) if len(runs) == len(audits) > 1 else [],
        rows_shown=ROWS_SHOWN,
    )


def _other_choices(audits: Sequence[Audit], runs: Sequence[Run]) -> list[str]:
    """The choices of the register that a run settled otherwise than the program audited."""
    of_program = {a.program.id: {c.id: c.chosen for c in a.program.choices} for a in audits}
    return [
        f"{id_}={option} in the run of {run.manifest['program_id']}"
        for run in runs
        for id_, option in run.manifest["choices"].items()
        if of_program[run.manifest["program_id"]].get(id_) != option
    ]


def _money(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """The main figures of the runs, written out."""
    return [
        {"name": row["name"], "values": [_figure(row["figure"], v) for v in row["values"]]}
        for row in compared(runs)
    ]


def _figure(name: str, value: Any) -> str:  # noqa: ANN401  # a count, money, a fraction or nothing
    if name == "adjustment_factor":
        return numbers.factor(value)
    if name.endswith("_dollars"):
        return numbers.cents(value)
    return str(value) if name.endswith("year") else numbers.count(value)


def _compared(value: Value) -> str:
    """A figure of a comparison with its unit and interval."""
    if value.number is None:
        return ""
    if value.unit == "share":
        return numbers.share(value.number)
    if value.unit == "dollars":
        return numbers.cents(value.number)
    text = number(value.number, 3)
    return f"{text} points" if value.unit == POINTS else text


def _checks(audits: Sequence[Audit]) -> dict[str, list[tuple[Check, list[CheckRow]]]]:
    """By clause, each sub-check with its one or two sides."""
    found: dict[str, list[tuple[Check, list[CheckRow]]]] = {}
    for check, rows in groupby(check_rows(audits), key=lambda row: row.check):
        found.setdefault(check.clause, []).append((check, list(rows)))
    return found


def _found(record: Record) -> str:
    """What a record says was found, or why nothing could be."""
    evidence = record.evidence
    if record.verdict == "not_assessable":
        return f"{evidence.na_reason[0].upper()}{evidence.na_reason[1:]}."
    return evidence.text


def _cell(value: Any) -> str:  # noqa: ANN401  # whatever the rows of a record hold
    """A cell of the rows behind a record, as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value, 4)
    return "" if value is None else str(value)


def _breaking(name: str) -> Markup:
    """A name that may go on in the next line after a slash or an underscore."""
    return escape(name).replace("/", Markup("/<wbr>")).replace("_", Markup("_<wbr>"))


def _statistic(evidence: Evidence) -> str:
    """The statistic with its interval and the number of units behind it."""
    if evidence.value is None:
        return ""
    text = f"{evidence.statistic}: {number(evidence.value, 4)}"
    if evidence.ci_low is not None and evidence.ci_high is not None:
        text += f" ({number(evidence.ci_low, 4)} to {number(evidence.ci_high, 4)})"
    elif evidence.ci_high is not None:
        text += f" (at most {number(evidence.ci_high, 4)})"
    return text if evidence.n_units is None else f"{text}, of {evidence.n_units:,} units"


def _stated(audit: Audit) -> list[dict[str, Any]]:
    """Every attestation and study, and whether it decides."""
    return [
        {
            "check": record.check.id,
            "stated": stated,
            "decides": record.basis.value in ("attested", "study")
            and stated.who == record.evidence.signer,
        }
        for clause in audit.clauses
        for record in clause.records
        for stated in record.stated
    ]


def _fields(audits: Sequence[Audit]) -> list[dict[str, Any]]:
    """Every field with its value in each program, and where the first program's comes from."""
    values = [audited_fields(audit.program) for audit in audits]
    return [
        {
            "name": name,
            "values": [said(each[name]) for each in values],
            "source": source_of(audits[0].program, name),
            "computed": is_computed(name),
        }
        for name in values[0]
    ]
