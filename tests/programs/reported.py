"""The reports of the usual run, each made once, and what their CSV files say."""

from __future__ import annotations

import csv
import io
import json
from functools import cache

from openp4p.reports.qrur import every_tin, mid_year, reports, rules, supplement
from openp4p.reports.qrur.as_csv import csv_text
from openp4p.reports.qrur.fhir.definitions import definitions
from openp4p.reports.qrur.model import Report
from openp4p.reports.qrur.nation import nation
from openp4p.results import Run
from openp4p.simulation.bootstrap_run import uncertainty
from tests.programs.runs import usual

DRAWS = 40


@cache
def drawn() -> Run:
    """The usual run, its patients drawn again."""
    uncertainty(usual(), DRAWS)
    return usual()


@cache
def shared():
    return nation(drawn())


@cache
def all_reports() -> dict[str, Report]:
    return {r.tin: r for r in reports(drawn(), every_tin(drawn()), shared())}


@cache
def fullest() -> Report:
    """The report with the most rows: a large practice in a tier."""
    tiered = {row["tin"] for row in usual().rows("tiers") if row["is_tiered"]}
    found = [report for tin, report in all_reports().items() if tin in tiered]
    return max(found, key=lambda report: sum(len(e.rows) for e in report.exhibits))


def lines_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def texts(report: Report) -> dict[str, list[list[str]]]:
    """The cells of each exhibit as its CSV shows them."""
    found: dict[str, dict[int, list[str]]] = {}
    for line in lines_of(csv_text(report)):
        if line["exhibit"] not in ("ANSWERS", "NOTES"):
            cell = line["shown"].removeprefix("'")
            found.setdefault(line["exhibit"], {}).setdefault(int(line["row"]), []).append(cell)
    return {id_: list(rows.values()) for id_, rows in found.items()}


@cache
def definitions_of_all() -> dict:
    known = (*rules(), mid_year.ALL, *supplement.RULES)
    return json.loads(definitions(usual().program, known, shared().about))
