"""Reports of many practices: in parallel, taken up again where they stopped, with a ledger.

A folder for each practice, so that nothing of one lies beside anything of another, and in the
folder above `deliveries.csv`: every file with its practice, form, size and digest.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import quote

from openp4p.engine import open_engine
from openp4p.errors import UsageError
from openp4p.identity import code_version
from openp4p.reports.qrur import mid_year, supplement
from openp4p.reports.qrur.as_csv import csv_text, dictionary, table_text, written
from openp4p.reports.qrur.as_html import html
from openp4p.reports.qrur.as_xlsx import xlsx
from openp4p.reports.qrur.fhir.bundle import fhir
from openp4p.reports.qrur.fhir.definitions import definitions
from openp4p.reports.qrur.fhir.patients import attribution_list
from openp4p.reports.qrur.index import index_html
from openp4p.reports.qrur.model import Report
from openp4p.reports.qrur.nation import Nation, nation
from openp4p.reports.qrur.public import public
from openp4p.reports.qrur.reports import known_tins, reports, rules
from openp4p.results import Run
from openp4p.simulation.bootstrap_run import record

LEDGER, DICTIONARY, INDEX = "deliveries.csv", "dictionary.csv", "index.html"
DEFINITIONS = "definitions.fhir.json"
COLUMNS = ("tin", "form", "file", "bytes", "sha256", "made_from")
_AT_ONCE = 100  # practices gathered together
_MEMORY = "1GB"  # of each process's engine


def _pdf(report: Report) -> bytes:
    from openp4p.reports.qrur.as_pdf import pdf  # loads a compiler of 30 MB

    return pdf(report)


def _html(report: Report) -> bytes:
    return html(report).encode()


def _csv(report: Report) -> bytes:
    return csv_text(report).encode()


FORMS: Mapping[str, Callable[[Report], bytes]] = {
    "html": _html,
    "csv": _csv,
    "xlsx": xlsx,
    "pdf": _pdf,
    "fhir": fhir,
}
FHIR_FILE = "fhir.json"
PATIENTS, HTML, FHIR = "patients", "-html", "-fhir"
PATIENT_FORMS = (f"{PATIENTS}{HTML}", *(f"{PATIENTS}-{rule.id}" for rule in supplement.RULES))
Line = tuple[str, ...]


@dataclass(frozen=True)
class Order:
    """Which reports of a run are wanted, in which forms, and where."""

    run: Path
    out: Path
    forms: tuple[str, ...] = ("html",)
    tins: tuple[str, ...] = ()
    kind: str = "annual"  # or mid_year
    audience: str = "practice"  # or public: small cells withheld
    with_patients: bool = False
    name_others: bool = False
    workers: int | None = None

    def file(self, tin: str, form: str) -> str:
        """The file of a practice in the folder; its name says whose it is, so it can travel."""
        folder = practice_folder(tin)
        if form.startswith(PATIENTS):
            held, _, kind = form.partition("-")
            ending = {"html": "html", "fhir": FHIR_FILE}.get(kind)
            return (
                f"{folder}/{held}-{folder}.{ending}" if ending else f"{folder}/{form}-{folder}.csv"
            )
        public = "-public" if self.audience == "public" else ""
        half = "-mid-year" if self.kind == "mid_year" else ""
        ending = FHIR_FILE if form == "fhir" else form
        return f"{folder}/qrur{half}-{folder}{public}.{ending}"

    @property
    def all_forms(self) -> tuple[str, ...]:
        """The forms of the report, and the lists of patients where they are asked for."""
        if not self.with_patients:
            return self.forms
        attribution = (f"{PATIENTS}{FHIR}",) if "fhir" in self.forms else ()
        return (*self.forms, *PATIENT_FORMS, *attribution)

    def made_from(self, run: Run) -> str:
        """A digest of everything that could make a file differ."""
        said = (
            run.manifest["run_id"], run.manifest["result_fingerprint"], code_version(),
            self.kind, self.audience, str(self.with_patients), str(self.name_others),
            str(record(run)),
        )  # fmt: skip
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Delivered:
    """What was asked for and how much of it had to be made."""

    practices: int
    made: int
    kept: int
    out: Path


def deliver(order: Order, progress: Callable[[str, int, int], None] | None = None) -> Delivered:
    """Make the reports that are not there yet, the ledger, the dictionary and the index."""
    run = Run.open(order.run)
    tins = known_tins(run, order.tins)
    _check(order)
    order.out.mkdir(parents=True, exist_ok=True)
    made_from = order.made_from(run)
    ledger = Ledger(order.out, made_from)
    files = {tin: {form: order.file(tin, form) for form in order.all_forms} for tin in tins}
    missing = {
        tin: [f for f in named if not ledger.stands(named[f])] for tin, named in files.items()
    }
    wanted = {tin: forms for tin, forms in missing.items() if forms}
    shared, done = nation(run), 0
    for lines in _made(order, wanted, shared, made_from):
        ledger.add(lines)
        done += len({line[0] for line in lines})
        if progress:
            progress("reports", done, len(wanted))
    ledger.write()
    known = (*rules(), mid_year.ALL, *supplement.RULES)
    _replace(order.out / DICTIONARY, dictionary(known).encode())
    if "fhir" in order.forms:
        _replace(order.out / DEFINITIONS, definitions(run.program, known, shared.about))
    _replace(order.out / INDEX, index_html(run, ledger.by_practice(), shared).encode())
    made = sum(map(len, wanted.values()))
    return Delivered(len(tins), made, len(tins) * len(order.all_forms) - made, order.out)


def _check(order: Order) -> None:
    unknown = [form for form in order.forms if form not in FORMS]
    if order.audience == "public" and order.with_patients:
        raise UsageError(
            "A copy for the public has no patients in it.",
            remedy="Give --public or --with-patients.",
            code="options",
        )
    if order.audience == "public" and order.kind == "mid_year":
        raise UsageError(
            "A mid-year report is for the practice alone: nothing in it is decided.",
            remedy="Give --public or --mid-year.",
            code="options",
        )
    if unknown or not order.forms:
        raise UsageError(
            f"There is no form '{unknown[0] if unknown else ''}' of a report.",
            remedy=f"Choose from: {', '.join(FORMS)}.",
            code="options",
        )


class Ledger:
    """The files that are there, checked by their digests."""

    def __init__(self, out: Path, made_from: str) -> None:
        self._out, self._made_from = out, made_from
        self._lines: dict[str, Line] = {}
        path = out / LEDGER
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as held:
                for row in csv.DictReader(held):
                    line = tuple(row[column] for column in COLUMNS)
                    self._lines[row["file"]] = line

    def stands(self, file: str) -> bool:
        """Whether a file is there, as it was made, of what it would be made of now."""
        line = self._lines.get(file)
        if line is None or line[COLUMNS.index("made_from")] != self._made_from:
            return False
        path = self._out / file
        return path.is_file() and _digest(path.read_bytes()) == line[COLUMNS.index("sha256")]

    def add(self, lines: Sequence[Line]) -> None:
        """Note files that were made, at once on disk, so that a stop loses none of them."""
        path = self._out / LEDGER
        is_new = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as held:
            writer = csv.writer(held, lineterminator="\n")
            writer.writerows([COLUMNS, *lines] if is_new else lines)
        self._lines |= {line[COLUMNS.index("file")]: line for line in lines}

    def write(self) -> None:
        """The ledger anew, in order, each file once."""
        ordered = [self._lines[key] for key in sorted(self._lines)]
        _replace(self._out / LEDGER, written(COLUMNS, ordered).encode())

    def by_practice(self) -> dict[str, dict[str, str]]:
        """The reports of each practice by form; lists of patients are for the practice alone."""
        found: dict[str, dict[str, str]] = {}
        for tin, form, file, *_ in self._lines.values():
            if form.startswith(PATIENTS):
                continue
            half = "mid-year " if "/qrur-mid-year-" in file else ""
            name = f"{half}{form} (public)" if "-public." in file else f"{half}{form}"
            found.setdefault(tin, {})[name] = file
        return found


def _made(
    order: Order, wanted: Mapping[str, Sequence[str]], shared: Nation, made_from: str
) -> Iterator[list[Line]]:
    """The lines of the ledger, some practices at a time."""
    tins = list(wanted)
    parts = [{t: wanted[t] for t in tins[i : i + _AT_ONCE]} for i in range(0, len(tins), _AT_ONCE)]
    workers = min(order.workers or os.cpu_count() or 1, len(parts))
    if workers <= 1:
        run = Run.open(order.run)
        yield from (_part(run, shared, order, part, made_from) for part in parts)
        return
    # a fresh process, since an engine does not survive being copied; it reads the rules itself
    facts = {name: held for name, held in vars(shared).items() if name != "program"}
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin,
        initargs=(order, facts, made_from),
    ) as pool:  # fmt: skip
        for future in as_completed([pool.submit(_in_process, part) for part in parts]):
            yield future.result()


_HELD: list[tuple[Run, Nation, Order, str]] = []  # of this process


def _begin(order: Order, facts: Mapping[str, Any], made_from: str) -> None:
    run = Run.open(order.run)
    run.engine = open_engine("duckdb", threads=1, memory_limit=_MEMORY)
    _HELD[:] = [(run, Nation(program=run.program, **facts), order, made_from)]


def _in_process(part: Mapping[str, Sequence[str]]) -> list[Line]:
    run, shared, order, made_from = _HELD[0]
    return _part(run, shared, order, part, made_from)


def _part(
    run: Run, shared: Nation, order: Order, part: Mapping[str, Sequence[str]], made_from: str
) -> list[Line]:
    lines: list[Line] = []
    for tin, form, content in _contents(run, shared, order, part):
        file = order.file(tin, form)
        (order.out / file).parent.mkdir(exist_ok=True)
        _replace(order.out / file, content)
        lines.append((tin, form, file, str(len(content)), _digest(content), made_from))
    return lines


def _contents(
    run: Run, shared: Nation, order: Order, part: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str, bytes]]:
    """What is in each file that is missing: reports first, then lists of patients."""
    page = f"{PATIENTS}{HTML}"
    for report in reports(run, list(part), shared, kind=order.kind):
        shown = public(report) if order.audience == "public" else report
        beside = Path(order.file(report.tin, page)).name if order.with_patients else ""
        for form in part[report.tin]:
            if form == "html":
                yield report.tin, form, html(shown, patients_page=beside).encode()
            elif not form.startswith(PATIENTS):
                yield report.tin, form, FORMS[form](shown)
    of_patients = {t: [f for f in forms if f.startswith(PATIENTS)] for t, forms in part.items()}
    asked = [tin for tin, forms in of_patients.items() if forms]
    if not asked:
        return
    for lists in supplement.supplements(run, asked, shared, name_others=order.name_others):
        for form in of_patients[lists.tin]:
            if form == f"{PATIENTS}{FHIR}":
                yield lists.tin, form, attribution_list(lists)
            elif form == page:
                yield lists.tin, form, html(without(lists, supplement.CASES.id)).encode()
            else:
                held = lists.exhibit(form.removeprefix(f"{PATIENTS}-"))
                yield lists.tin, form, table_text(held).encode()


def without(report: Report, id_: str) -> Report:
    """The report without an exhibit that is too long for a page."""
    return replace(report, exhibits=tuple(e for e in report.exhibits if e.rule.id != id_))


def practice_folder(tin: str) -> str:
    """A folder of its own for any practice, whatever characters its number has."""
    safe = quote(tin, safe="")
    return safe.replace(".", "%2E") if set(safe) == {"."} else safe


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that it is there as a whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.write_bytes(content)
    draft.replace(path)
