"""The reports of practices: their exhibits, answers, and what a reader must know first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from openp4p.errors import UsageError
from openp4p.identity import code_version
from openp4p.reports.qrur import measures, patients, result, services, waterfall
from openp4p.reports.qrur.answers import answers
from openp4p.reports.qrur.gather import Gathered, gathered
from openp4p.reports.qrur.model import Exhibit, ExhibitRule, Report
from openp4p.reports.qrur.nation import Nation, nation
from openp4p.reports.qrur.practice import Practice
from openp4p.reports.summary import is_synthetic
from openp4p.results import Run

TITLE = "Quality and Resource Use Report"
_IN_BANNERS = ("performance_period", "synthetic", "provisional")


def rules() -> tuple[ExhibitRule, ...]:
    """Every exhibit there is, in the order of the report."""
    blocks = (result, waterfall, measures, patients, services)
    listed = [r for block in blocks for r in _rules(block)]
    order = (result.PART, patients.PART, measures.QUALITY, measures.COST, patients.CLINICIANS)
    return tuple(sorted(listed, key=lambda rule: order.index(rule.part)))


def _rules(block: Any) -> Sequence[ExhibitRule]:  # noqa: ANN401  # a module
    held = block.RULES
    return tuple(held.values()) if isinstance(held, dict) else tuple(held)


def every_tin(run: Run) -> list[str]:
    """The practices of a run, in order."""
    tins = run.table("practices").select("tin").order_by("tin")
    return [str(row["tin"]) for row in run.engine.rows(tins).to_pylist()]


def known_tins(run: Run, tins: Sequence[str]) -> list[str]:
    """The practices asked for, all of them when none is; an unknown one is an error."""
    known = every_tin(run)
    unknown = sorted(set(tins) - set(known))
    if unknown:
        raise UsageError(
            f"There is no practice '{unknown[0]}' in this run."
            if len(unknown) == 1
            else f"These practices are not in this run: {', '.join(unknown)}.",
            remedy="`openp4p show RUN practices` lists the practices.",
            code="no-such-practice",
        )
    return [tin for tin in known if tin in set(tins)] if tins else known


def reports(
    run: Run, tins: Sequence[str], shared: Nation | None = None, *, kind: str = "annual"
) -> Iterator[Report]:
    """The report of each practice, annual or mid_year, in the order given."""
    from openp4p.reports.qrur.mid_year import mid_year  # which takes its banners from here

    shared = shared or nation(run)
    rows, made = gathered(run, tins), mid_year if kind == "mid_year" else annual
    for tin in tins:
        yield made(tin, rows, shared)


def annual(tin: str, rows: Gathered, shared: Nation) -> Report:
    """The annual report of one practice."""
    practice = Practice(tin, rows, shared)
    manifest, program = shared.manifest, shared.program
    name = practice.one("names").get("name")
    return Report(
        tin=tin,
        kind="annual",
        title=f"{manifest['performance_year']} annual {TITLE}",
        subtitle=f"Practice {tin}" + (f", {name}" if name else ""),
        audience="practice",
        banners=banners(shared),
        notes=tuple(n["text"] for n in manifest["notes"] if n["code"] not in _IN_BANNERS),
        answers=answers(practice),
        exhibits=tuple(_exhibits(practice)),
        made_from=(
            f"{program.title}, payment year {program.payment_year}; run {manifest['run_id']}, "
            f"result {manifest['result_fingerprint']}; report by openp4p {code_version()}"
        ),
        pictures={
            "squares": shared.squares,
            "composites": {kind: practice.composite(kind) for kind in ("quality", "cost")},
            "limit": program.tiering.standard_deviations,
            "critical": practice.critical(),
        },
        about=shared.about,
    )


def _exhibits(practice: Practice) -> list[Exhibit]:
    found = [
        *result.result(practice),
        *waterfall.waterfalls(practice),
        *patients.patients(practice),
        *patients.outcomes(practice),
        *measures.quality(practice),
        *patients.reported(practice),
        *measures.cost(practice),
        *services.services(practice),
        *patients.clinicians(practice),
    ]
    order = [rule.id for rule in rules()]
    return sorted(found, key=lambda exhibit: order.index(exhibit.rule.id))


def banners(shared: Nation) -> tuple[tuple[str, str], ...]:
    """What a reader must know before the first number."""
    manifest = shared.manifest
    found = []
    if is_synthetic(manifest):
        found.append(
            ("SYNTHETIC", "The input is made-up data about nobody. No number here describes a "
             "real practice or patient.")
        )  # fmt: skip
    found += [
        ("PROVISIONAL", note["text"]) for note in manifest["notes"] if note["code"] == "provisional"
    ]
    if manifest["performance_period_override"] is not None:
        found.append(
            ("Another performance period", f"The rules of payment year {manifest['payment_year']} "
             f"were applied to care of {manifest['performance_year']}, which is not that year's "
             "performance period: an illustration, not the program's payment.")
        )  # fmt: skip
    return tuple(found)
