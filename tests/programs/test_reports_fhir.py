"""The FHIR files of reports: the same cells as the page, kept to R4's models and the profiles."""

from __future__ import annotations

import json

from openp4p.reports.numbers import NONE
from openp4p.reports.qrur.fhir.bundle import fhir
from openp4p.reports.qrur.fhir.patients import WHY, attribution_list
from openp4p.reports.qrur.public import public
from openp4p.reports.qrur.supplement import supplements
from tests.programs.fhir_files import (
    as_text,
    cells,
    kinds,
    rates,
    resources,
    shortcomings,
    why_by_patient,
)
from tests.programs.pages import parsed, words
from tests.programs.reported import all_reports, definitions_of_all, fullest, shared
from tests.programs.runs import usual


def test_the_page_and_the_fhir_bundle_show_the_same_in_every_cell():
    kind_of = kinds(definitions_of_all())
    copies = [public(report) for report in all_reports().values()]
    for report in [*all_reports().values(), *copies]:
        bundle = json.loads(fhir(report))
        held = cells(bundle, kind_of)
        assert {e.rule.id for e in report.exhibits if e.rows} == set(held)
        for exhibit in report.exhibits:
            for place, row in enumerate(exhibit.rows, start=1):
                told = held[exhibit.rule.id][place]
                columns = [column.id for column in exhibit.rule.columns]
                assert [told.get(c, NONE) for c in columns] == exhibit.cells(row), exhibit.rule.id
        said = resources(bundle, "MeasureReport")[0]["text"]["div"]
        told = words(parsed(said))
        for answer in report.answers:
            assert all(" ".join(s.split()) in told for s in (answer.headline, *answer.sentences))


def test_fhir_files_keep_the_models_of_fhir_and_the_rules_of_their_profiles():
    (lists,) = supplements(usual(), [fullest().tin], shared())
    made = [fhir(fullest()), fhir(public(fullest())), attribution_list(lists)]
    bundles = [*map(json.loads, made), definitions_of_all()]
    assert [shortcomings(bundle) for bundle in bundles] == [[], [], [], []]
    assert fhir(fullest()) == made[0]
    assert rates(bundles[0]) == {
        row["measure_id"]: (float(row["your_rate"]), row["your_cases"])
        for e in fullest().exhibits
        if e.rule.id.startswith(("E3", "E5"))
        for row in e.rows
        if row["your_rate"] is not None
    }
    known = {m["url"] + "|" + m["version"] for m in resources(bundles[3], "Measure")}
    assert {report["measure"] for report in resources(bundles[0], "MeasureReport")} <= known


def test_a_profile_that_is_not_kept_is_noticed():
    bundle = json.loads(fhir(fullest()))
    payment, quality = resources(bundle, "MeasureReport")[:2]
    payment["subject"].pop("extension")
    quality["measure"] = quality["measure"].partition("|")[0]
    quality["reporter"]["reference"] += "0"
    assert len(shortcomings(bundle)) == 3


def test_the_attribution_list_says_of_each_patient_why():
    (lists,) = supplements(usual(), [fullest().tin], shared())
    told = why_by_patient(json.loads(attribution_list(lists)))
    rows = {row["beneficiary_id"]: row for row in lists.exhibit("T2A").rows}
    assert told == {
        person: {name: as_text(row[name]) for name in WHY if row[name] is not None}
        for person, row in rows.items()
    }
