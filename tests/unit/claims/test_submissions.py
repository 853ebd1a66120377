"""Quality submissions: what each kind of file says, and what is set aside with its place."""

from __future__ import annotations

import csv
import json

import pytest

from openp4p.claims.submissions import read_submissions
from openp4p.claims.submissions.deciles import benchmarks_of
from openp4p.errors import InputError, UsageError
from tests.unit.cli.commands import command

DIABETES = "40280381-51f0-825b-0152-229afff616ee"  # CMS122v5, measure 001

REGISTRY = """<?xml version="1.0"?>
<submission type="PQRI-REGISTRY" version="2.0">
  <file-audit-data><create-date>01-20-2016</create-date></file-audit-data>
  <registry><registry-name>R</registry-name></registry>
  <measure-group ID="X">
    <provider>
      <npi>1234567893</npi><tin>000100012</tin><waiver-signed>Y</waiver-signed>
      <encounter-from-date>01-01-2015</encounter-from-date>
      <encounter-to-date>12-31-2015</encounter-to-date>
      <pqri-measure>
        <pqri-measure-number>1</pqri-measure-number>
        <eligible-instances>100</eligible-instances>
        <meets-performance-instances>60</meets-performance-instances>
        <performance-exclusion-instances>10</performance-exclusion-instances>
        <performance-not-met-instances>20</performance-not-met-instances>
        <reporting-rate>90.00</reporting-rate>
        <performance-rate>75.00</performance-rate>
      </pqri-measure>
      <pqri-measure>
        <pqri-measure-number>110</pqri-measure-number>
        <eligible-instances>0</eligible-instances>
        <meets-performance-instances>0</meets-performance-instances>
        <performance-exclusion-instances>0</performance-exclusion-instances>
        <performance-not-met-instances>0</performance-not-met-instances>
        <reporting-rate>null</reporting-rate><performance-rate>null</performance-rate>
      </pqri-measure>
      <pqri-measure><pqri-measure-number>111</pqri-measure-number></pqri-measure>
    </provider>
    <provider><npi>1234567893</npi></provider>
  </measure-group>
</submission>
"""


def population(code: str, count: str, named: str) -> str:
    return f"""
    <component><observation classCode="OBS" moodCode="EVN">
      <code code="ASSERTION"/><value code="{code}"/>
      <entryRelationship><observation><code code="MSRAGG"/><value value="{count}"/></observation>
      </entryRelationship>
      <entryRelationship><observation><code code="76689-9"/><value code="M"/>
        <entryRelationship><observation><code code="MSRAGG"/><value value="7"/></observation>
        </entryRelationship></observation></entryRelationship>
      <reference><externalObservation><id root="{named}"/></externalObservation></reference>
    </observation></component>"""


def document(*populations: str, identifier: str = DIABETES, program: str = "MIPS_INDIV") -> str:
    return f"""<?xml version="1.0"?>
    <ClinicalDocument xmlns="urn:hl7-org:v3">
      <informationRecipient><intendedRecipient>
        <id root="2.16.840.1.113883.3.249.7" extension="{program}"/>
      </intendedRecipient></informationRecipient>
      <documentationOf><serviceEvent>
        <effectiveTime><low value="20170101"/><high value="20171231"/></effectiveTime>
        <performer><assignedEntity>
          <id root="2.16.840.1.113883.4.6" extension="1234567893"/>
          <representedOrganization><id root="2.16.840.1.113883.4.2" extension="000100012"/>
          </representedOrganization></assignedEntity></performer>
      </serviceEvent></documentationOf>
      <component><structuredBody><component><section><entry>
        <organizer><reference><externalDocument>
          <id root="2.16.840.1.113883.4.738" extension="{identifier.upper()}"/>
        </externalDocument></reference>
        <component><observation><code code="72510-1"/><value value="0.9"/>
          <reference><externalObservation><id root="N1"/></externalObservation></reference>
        </observation></component>
        {"".join(populations)}</organizer>
      </entry></section></component></structuredBody></component>
    </ClinicalDocument>"""


ONE = (
    population("IPP", "120", "I1"),
    population("DENOM", "120", "D1"),
    population("DENEX", "10", "X1"),
    population("DENEXCEP", "10", "E1"),
    population("NUMER", "90", "N1"),
)


def read(folder, **files):
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return read_submissions([folder / name.replace("_", ".") for name in files])


def submission(**changes) -> str:
    value = {
        "eligiblePopulation": 60,
        "performanceMet": 40,
        "performanceNotMet": 10,
        "eligiblePopulationException": None,
        "eligiblePopulationExclusion": 5,
        "performanceRate": 80,
    }
    measurements = changes.pop("measurements", [{"measureId": "130", "value": value}])
    quality = {"category": "quality", "submissionMethod": "registry", "measurements": measurements}
    usual = {
        "entityType": "group",
        "taxpayerIdentificationNumber": "000100012",
        "nationalProviderIdentifier": "1234567893",
        "performanceYear": 2017,
        "measurementSets": [quality],
    }
    return json.dumps({"data": {"submission": {**usual, **changes}}})


def test_a_registry_file_has_a_report_for_each_measure_of_each_provider(tmp_path):
    outcome = read(tmp_path, r_xml=REGISTRY)
    first, second = outcome.reports
    assert (first.tin, first.npi, first.performance_year) == ("000100012", "1234567893", 2015)
    assert (first.measure, first.mechanism, first.eligible) == ("001", "registry", 90)
    assert (first.exclusions, first.met, first.not_met) == (10, 60, 20)
    assert (first.rate, first.rate_reported) == (0.75, 0.75)
    assert (second.measure, second.rate, second.rate_reported) == ("110", None, None)
    assert [(p.where, p.found) for p in outcome.problems] == [
        ("provider 1, measure 111", "lacks its number or its counts"),
        ("provider 2", "has no tin that can be read"),
    ]


def test_a_qrda_document_states_populations_and_its_own_rate(tmp_path):
    outcome = read(tmp_path, q_xml=document(*ONE))
    (report,) = outcome.reports
    assert (report.tin, report.npi, report.measure) == ("000100012", "1234567893", "001")
    assert (report.eligible, report.exclusions, report.exceptions, report.met) == (120, 10, 10, 90)
    assert (report.not_met, report.rate, report.rate_reported) == (10, 0.9, 0.9)
    assert (outcome.problems, outcome.differing) == ((), ())
    (of_group,) = read(tmp_path, g_xml=document(*ONE, program="MIPS_GROUP")).reports
    assert of_group.npi is None


def test_several_population_groups_are_strata(tmp_path):
    outcome = read(tmp_path, q_xml=document(*ONE, *(p.replace("N1", "N2") for p in ONE)))
    assert [(r.stratum, r.rate_reported) for r in outcome.reports] == [("1", 0.9), ("2", None)]


def test_a_rate_that_the_counts_do_not_give_is_told(tmp_path):
    wrong = (*ONE[:-1], population("NUMER", "80", "N1"))
    (problem,) = read(tmp_path, q_xml=document(*wrong)).differing
    assert problem.found == "states the rate 0.9000; its counts give 0.8000, which is used"


def test_an_unknown_version_can_be_named(tmp_path):
    path = tmp_path / "q.xml"
    path.write_text(document(*ONE, identifier="ABC-1"), encoding="utf-8")
    (problem,) = read_submissions([path]).problems
    assert (problem.where, "--measures" in problem.remedy) == ("measure abc-1", True)
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("uuid,measure\nABC-1,236\n", encoding="utf-8")
    assert [r.measure for r in read_submissions([path], numbers).reports] == ["236"]
    numbers.write_text("guid,measure\n", encoding="utf-8")
    with pytest.raises(UsageError, match="uuid and measure"):
        read_submissions([path], numbers)


def test_a_submission_of_a_group_has_no_professional(tmp_path):
    (report,) = read(tmp_path, s_json=submission()).reports
    assert (report.tin, report.npi, report.mechanism) == ("000100012", None, "registry")
    assert (report.eligible, report.exclusions, report.met, report.not_met) == (55, 5, 40, 10)
    assert (report.rate, report.rate_reported) == (0.8, 0.8)
    (own,) = read(tmp_path, i_json=submission(entityType="individual")).reports
    assert own.npi == "1234567893"
    aco = submission(entityType="apm", entityId="A1001")
    (entity,) = read(tmp_path, a_json=aco).reports
    assert (entity.tin, entity.entity_id) == (None, "A1001")


def test_strata_and_ratios_are_read_and_answers_without_counts_are_set_aside(tmp_path):
    strata = [
        {"stratum": name, "eligiblePopulation": 10, "performanceMet": 5, "performanceNotMet": 5}
        for name in ("14days", "30days")
    ]
    ratio = {
        "numerator": 8,
        "denominator": 20,
        "numeratorExclusion": 2,
        "denominatorException": 5,
    }
    measurements = [
        {"measureId": "305", "value": {"strata": strata}},
        {"measureId": "R1", "value": ratio},
        {"measureId": "B1", "value": True},
    ]
    outcome = read(tmp_path, s_json=submission(measurements=measurements))
    assert [(r.measure, r.stratum, r.denominator, r.met) for r in outcome.reports] == [
        ("305", "14days", 10, 5),
        ("305", "30days", 10, 5),
        ("R1", None, 15, 6),
    ]
    (problem,) = outcome.problems
    assert problem.where == "measurementSets[0].measurements[2] (B1)"
    assert problem.found == "states no counts"


def test_what_is_wrong_with_a_submission_is_told_by_its_place(tmp_path):
    outcome = read(
        tmp_path,
        year_json=submission(performanceYear="< year >"),
        cut_json='{"entityType": ',
        other_json=submission(measurementSets=[{"category": "ia"}]),
        list_json="[]",
    )
    assert outcome.reports == ()
    found = {problem.file: problem for problem in outcome.problems}
    assert found["year.json"].where == "performanceYear"
    assert found["cut.json"].found.startswith("is not JSON")
    assert found["other.json"].found == "is of category 'ia', not quality"
    assert "list.json" in found
    assert not any("1234567893" in str(problem) for problem in outcome.problems)


PLAIN = (
    "tin,npi,performance_year,mechanism,measure_id,stratum,"
    "eligible,exclusions,exceptions,met,not_met\n"
)


def test_a_practice_can_fill_in_a_csv_file(tmp_path):
    lines = (
        "000100012,,2016,registry,1,,50,0,0,40,10\n"
        ",,2016,registry,111,,x,0,0,40,10\n"
        "000100012,,2016,fax,111,,50,0,0,40,10\n"
        "000100012,,2016,registry,112,,50,20,0,40,\n"
    )
    outcome = read(tmp_path, p_csv=PLAIN + lines)
    (report,) = outcome.reports
    assert (report.measure, report.eligible, report.not_met, report.npi) == ("001", 50, 10, None)
    assert [(p.where, p.found) for p in outcome.problems] == [
        ("line 3", "tin is empty; eligible is no whole number"),
        ("line 4", "the mechanism is 'fax'"),
        ("line 5", "more meet the measure than are in its denominator"),
    ]
    (header,) = read(tmp_path, h_csv="tin,npi\n").problems
    assert header.found == "lacks performance_year, mechanism, measure_id, eligible, met"


def test_a_report_counts_once(tmp_path):
    outcome = read(tmp_path, a_json=submission(), b_json=submission())
    assert (len(outcome.reports), outcome.used) == (1, {"a.json": 1, "b.json": 0})
    (problem,) = outcome.problems
    assert problem.found.startswith("the same report is in a.json")


def test_xml_from_outside_can_do_no_harm(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("123456789", encoding="utf-8")
    entity = f'<!DOCTYPE s [<!ENTITY e SYSTEM "file://{secret}">]>'
    text = REGISTRY.replace('<?xml version="1.0"?>', f'<?xml version="1.0"?>{entity}')
    text = text.replace("<tin>000100012</tin>", "<tin>&e;</tin>")
    outcome = read(tmp_path, e_xml=text)
    assert not any(report.tin == "123456789" for report in outcome.reports)
    bad = read(tmp_path, cut_xml="<submission>", other_xml="<html/>", f_txt="x")
    assert [(p.file, p.where) for p in bad.problems] == [
        ("cut.xml", "line 1"),
        ("other.xml", "root element"),
        ("f.txt", "file"),
    ]


def test_the_command_writes_the_table_and_says_what_was_left(tmp_path):
    path, out = tmp_path / "r.xml", tmp_path / "quality_result.csv"
    path.write_text(REGISTRY, encoding="utf-8")
    said = command("quality-files", path, "--out", out)
    assert said.code == 4
    assert "2 reports are in" in said.out
    assert "provider 2: has no tin that can be read" in " ".join(said.err.split())
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["measure"], row["met"], row["npi"]) for row in rows] == [
        ("001", "60", "1234567893"),
        ("110", "0", "1234567893"),
    ]


def deciles(**changes) -> dict:
    usual = {
        "measureId": "001",
        "benchmarkYear": 2015,
        "submissionMethod": "registry",
        "deciles": [0, 20, 30, 40, 50, 60, 70, 80, 90],
    }
    return {**usual, **changes}


def test_deciles_become_a_mean_and_a_deviation(tmp_path):
    path = tmp_path / "2017.json"
    rows = [
        deciles(),
        deciles(submissionMethod="claims", deciles=[0, 40, 50, 60, 70, 80, 90, 100, 100]),
        deciles(submissionMethod="electronicHealthRecord", deciles=[100, 8, 7, 6, 5, 4, 3, 2, 1]),
        deciles(measureId="047", deciles=[0, 100, 100, 100, 100, 100, 100, 100, 100]),
        deciles(measureId="048", deciles=[0, 50]),
        deciles(measureId="049", benchmarkYear=2016),
        deciles(measureId="050", submissionMethod="electronicHealthRecord"),
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    found = benchmarks_of(path, 2015)
    by = {(row["measure"], row["mechanism"]): row for row in found.rows}
    assert set(by) == {("001", None), ("001", "ehr"), ("050", None), ("050", "ehr")}
    # two methods: means 0.5 and 0.7; deviations 0.7 and 0.6 over 2.1232 standard deviations
    assert by["001", None]["mean"] == pytest.approx(0.6)
    assert by["001", None]["standard_deviation"] == pytest.approx(0.65 / 2.12317, abs=1e-5)
    assert by["001", "ehr"]["mean"] == pytest.approx(0.05)
    assert [name for name, _ in found.left_out] == ["047 (registry)", "048 (registry)"]
    out = tmp_path / "supplied_benchmark.csv"
    said = command("quality-benchmarks", path, "--year", "2015", "--out", out)
    assert (said.code, "4 benchmarks" in said.out) == (0, True)


def test_deciles_that_cannot_be_read_are_told(tmp_path):
    path = tmp_path / "x.json"
    for text in ("{", '[{"measureId": "001"}]'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=r"x\.json"):
            benchmarks_of(path, 2015)
