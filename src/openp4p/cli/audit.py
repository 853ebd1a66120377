"""`openp4p audit`: a program held against the physicians' principles."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from openp4p.cli.terminal import messages, output
from openp4p.errors import UsageError

if TYPE_CHECKING:
    from openp4p.audit.auditing import Audit
    from openp4p.audit.comparison import Figure
    from openp4p.audit.requirements import Requirement
    from openp4p.results import Run

_SHORTFALL = 1
_WORDS = {"not_assessable": "not assessable", "none_required": "none required"}
_SHORT = {"not_assessable": "n/a"}
_COUNTED = {
    "meets": "meet",
    "partly": "partly meet",
    "fails": "fail",
    "not_assessable": "not assessable",
}
_STYLES = {"fails": "bold red", "partly": "yellow", "meets": "green"}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(audit)


def audit(
    program: Annotated[
        str,
        typer.Argument(
            metavar="PROGRAM/YEAR",
            help="Such as medicare_value_modifier/2017, or the path of your own YAML file.",
        ),
    ],
    run: Annotated[
        list[Path] | None,
        typer.Option(metavar="RUN", help="A finished run of the program. May be repeated."),
    ] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option(metavar="PROGRAM/YEAR", help="Another program, side by side. Repeatable."),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The true quality of simulated practices: true_quality.tab of a population.",
        ),
    ] = None,
    attestations: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="YAML of what people state and studies found."),
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="CSV files of what no run holds, of the program named first: outcomes, patient "
            "flows, logs, funds, registers.",
        ),
    ] = None,
    evidence_template: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write an example of those files, and do no more."),
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CLAUSE=VERDICT",
            help="Such as P05=meets or P05.design=meets; ends with 1 when it is not so.",
        ),
    ] = None,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day of the audit; left out: today."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The sub-checks for a spreadsheet.")
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="A page for people.")] = None,
) -> None:
    """Hold a program against the physicians' principles: 19 clauses, 107 sub-checks, no score.

    By its definition alone, or with evidence: a finished run, and records that no run holds, such
    as outcomes of several years. What is not known, or was not measured, is not assessable. Ends
    with 0 whatever the verdicts, unless --require is not met.

    Examples:

        openp4p audit medicare_value_modifier/2017

        openp4p audit medicare_value_modifier/2017 --beside vms_model/2017 --html audit.html

        openp4p audit medicare_value_modifier/2017 --run run-2017 --beside vms_model/2017
        --run run-model --truth population/true_quality.tab

        openp4p audit vms_model/2017 --evidence-template evidence

        openp4p audit vms_model/2017 --evidence evidence --html audit.html
    """
    from openp4p.audit.beside import headline
    from openp4p.audit.requirements import read_requirements
    from openp4p.audit.written import as_json as written
    from openp4p.explain.as_json import json_indented

    if evidence_template is not None:
        _template(evidence_template, program)
        return
    required = read_requirements(require or [])
    runs = _opened(run or [])
    day = as_of.date() if as_of else dt.datetime.now().astimezone().date()
    audits = _audited([program, *(beside or [])], runs, attestations or [], evidence, day)
    if audits[0].made_up:
        messages().print(
            f"Made up, as the template wrote it: {', '.join(audits[0].made_up)}. What rests on it "
            "says nothing of the program.",
            soft_wrap=True,
        )
    figures = _figures(audits, runs, truth)
    _write_files(audits, runs, figures, csv, html)
    if as_json:
        listed = [written(each) for each in audits]
        said = listed[0] if len(audits) == 1 else {"programs": listed, "says": headline(audits)}
        if figures:
            ids = [each.program.id for each in audits]
            said = {**said, "comparison": [figure.as_dict(ids) for figure in figures]}
        typer.echo(json_indented(said))
    else:
        _print(audits)
        if figures:
            from openp4p.audit.comparison import says

            for sentence in says(figures, [a.program.id for a in audits]):
                output().print(sentence, soft_wrap=True)
    _hold(audits, required)


def _opened(folders: list[Path]) -> dict[str, Run]:
    """The runs by the id of their program, one of each."""
    from openp4p.results import Run

    found: dict[str, Run] = {}
    for opened in (Run.open(folder) for folder in folders):
        id_ = str(opened.manifest["program_id"])
        if id_ in found:
            raise UsageError(
                f"Two runs of '{id_}' are given.", remedy="Give one of each.", code="options"
            )
        found[id_] = opened
    return found


def _template(folder: Path, program: str) -> None:
    from openp4p.audit.records.template import write_templates
    from openp4p.program.library import load_program

    definition = load_program(program)
    names = write_templates(folder, definition)
    messages().print(
        f"Written to {folder}: {', '.join(names)}. The practices in them are made up: put your own "
        f"records in their place, delete the files you have nothing for, then: openp4p audit "
        f"{definition.id} --evidence {folder}",
        soft_wrap=True,
    )


def _audited(
    references: list[str],
    runs: dict[str, Run],
    files: list[Path],
    evidence: Path | None,
    day: dt.date,
) -> list[Audit]:
    from openp4p.audit.attestations import read_statements
    from openp4p.audit.records.folder import read_records
    from openp4p.audit.whole import audit_with
    from openp4p.program.library import load_program

    programs = [load_program(reference) for reference in references]
    ids = [program.id for program in programs]
    for id_ in runs:
        if id_ not in ids:
            raise UsageError(
                f"The run is of '{id_}', which is not audited here.",
                remedy=f"Audited: {', '.join(ids)}.",
                code="run-of-another-program",
            )
    statements = [read_statements(file) for file in files]
    for said in statements:
        if not any(said.are_of(id_) for id_ in ids):
            raise UsageError(
                f"'{said.file}' is of '{said.program}', which is not audited here.",
                remedy=f"Audited: {', '.join(ids)}.",
                code="attestations-of-another-program",
            )
    records = None if evidence is None else read_records(evidence)
    return [
        audit_with(
            program,
            as_of=day,
            run=runs.get(program.id),
            records=None if number else records,  # they are of the program that was named first
            statements=statements,
        )
        for number, program in enumerate(programs)
    ]


def _figures(audits: list[Audit], runs: dict[str, Run], truth: Path | None) -> list[Figure]:
    """What the programs do to the same practices; nothing unless all were run on the same data."""
    from openp4p.audit.comparison import comparison, on_the_same_data
    from openp4p.audit.truth import read_truth

    known = None if truth is None else read_truth(truth)
    ordered = [runs[each.program.id] for each in audits if each.program.id in runs]
    if len(audits) < 2 or len(ordered) < len(audits):
        if truth is not None:
            raise UsageError(
                "True quality is for comparing programs that were all run.",
                remedy="Name a second program with --beside, and a --run of each.",
                code="options",
            )
        return []
    if not on_the_same_data(ordered):
        messages().print("The runs read different files: what they pay is not compared.")
        return []
    return comparison(audits, ordered, known)


def _write_files(
    audits: list[Audit],
    runs: dict[str, Run],
    figures: list[Figure],
    csv: Path | None,
    html: Path | None,
) -> None:
    from openp4p.audit.written import write_csv
    from openp4p.reports.audit import write_audit

    for path in (csv, html):
        if path is None:
            continue
        try:
            if path is csv:
                with path.open("w", encoding="utf-8", newline="") as file:
                    write_csv(audits, file)
            else:
                ordered = [runs[a.program.id] for a in audits if a.program.id in runs]
                write_audit(audits, path, ordered, figures)
        except OSError as error:
            raise UsageError(
                f"The file '{path}' cannot be written: {error.strerror}.",
                remedy="Name a file in a folder that exists.",
                code="cannot-write",
            ) from error
        messages().print(f"Written: {path}", soft_wrap=True)


def _print(audits: list[Audit]) -> None:
    from openp4p.audit.beside import headline

    console = output()
    many = len(audits) > 1
    for number, each in enumerate(audits, start=1):
        given = [f"run {each.run_id}"] if each.run_id else []
        given += [f"records {each.records_hash[:16]}"] if each.records_hash else []
        run = f"with {' and '.join(given)}" if given else "by its definition alone"
        mark = f"[{number}] " if many else ""
        console.print(
            f"{mark}{each.program.id}, {each.program.title}: {run}", style="bold", soft_wrap=True
        )
    console.print(_table(audits))
    if many:
        console.print(headline(audits), soft_wrap=True)
    for each in audits:
        counts = ", ".join(f"{each.counts.get(word, 0)} {said}" for word, said in _COUNTED.items())
        console.print(f"{each.program.id}: {counts}.", soft_wrap=True)
    console.print("These are counts; no score is made of them.", style="dim")
    console.print(
        "Every sub-check with its sources: --html FILE, --csv FILE or --json.", style="dim"
    )


def _table(audits: list[Audit]) -> Table:
    """The three verdicts of one program, or the overall verdicts of several."""
    from openp4p.audit.beside import clause_rows

    many = len(audits) > 1
    sides = ("overall",) if many else ("design", "evidence", "overall")
    heads = [f"[{n}]" for n in range(1, len(audits) + 1)] if many else sides
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("")
    table.add_column("overall" if many else "clause")
    for head in heads:
        table.add_column(Text(head), no_wrap=True)
    for row in clause_rows(audits):
        cells = [word for side in sides for word in getattr(row, side)]
        words = _SHORT if many else _WORDS
        told = [Text(words.get(word, word), style=_STYLES.get(word, "dim")) for word in cells]
        table.add_row(row.clause.id, row.clause.title, *told)
    return table


def _hold(audits: list[Audit], required: list[Requirement]) -> None:
    """Ends with 1, and says why, when a requirement is not met."""
    from openp4p.audit.requirements import shortfalls

    missed = [shortfall for each in audits for shortfall in shortfalls(each, required)]
    for shortfall in missed:
        found = _WORDS.get(shortfall.found, shortfall.found)
        messages().print(
            f"Not met: {shortfall.requirement} is required of {shortfall.program}, it is {found}.",
            soft_wrap=True,
        )
    if missed:
        raise typer.Exit(_SHORTFALL)
