"""A report as one FHIR bundle: the payment report, a report a measure, two organisations."""

from __future__ import annotations

import json

from openp4p.reports.qrur.fhir.measures import measure_reports
from openp4p.reports.qrur.fhir.payment import payment_report
from openp4p.reports.qrur.fhir.values import Json, bundle, identifier, organization
from openp4p.reports.qrur.model import Report


def fhir(report: Report) -> bytes:
    """The bytes of the bundle; the same report is the same file."""
    ids = {
        name: identifier(report.about["run_id"], report.tin, report.kind, report.audience, name)
        for name in ("bundle", "payment", "practice")
    }
    ids["payer"] = identifier(report.about["run_id"], "payer")
    quality = list(measure_reports(report, ids))
    resources = [
        payment_report(report, ids, quality),
        organization(ids["practice"], report.subtitle, report.tin),
        organization(ids["payer"], payer(report)),
        *(each.resource for each in quality),
    ]
    return written(bundle(ids["bundle"], resources))


def payer(report: Report) -> str:
    """Who reports: whoever made the run, which is no agency's determination."""
    return f"Whoever made run {report.about['run_id']} with openp4p"


def written(resource: Json) -> bytes:
    """A resource as a file."""
    return (
        json.dumps(resource, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
    ).encode()
