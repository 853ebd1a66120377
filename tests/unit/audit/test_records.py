"""What records say of a program: planted effects are found, absent ones are not, rules are kept."""

# ruff: noqa: E501  # a change and its verdict stand on one line

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
import yaml

from openp4p.audit.auditing import audited
from openp4p.audit.evidence.record import Evidence, Finding
from openp4p.audit.evidence_of_run.not_from_a_run import NEEDS, not_from_a_run
from openp4p.audit.records.findings import beside, findings_of
from openp4p.audit.records.folder import read_records
from openp4p.audit.records.layout import FILES, SERVICES
from tests.meta.files import ROOT
from tests.unit.audit.evidence_folder import PROGRAM, by_hand, changed, written
from tests.unit.audit.loaded import load_program

WORKFLOW = ("P05.1", "P05.2", "P05.3", "P05.4", "P12.1", "P13.2", "P13.3")
DAY = dt.date(2016, 6, 1)
OTHER = "medicare_value_modifier/2017"
VECTORS = yaml.safe_load(
    (ROOT / "tests" / "spec" / "principles_vectors.yaml").read_text(encoding="utf-8")
)


def found(folder, program=PROGRAM, as_of=DAY):
    return findings_of(read_records(folder), load_program(program), as_of)


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return written(tmp_path_factory.mktemp("evidence") / "example")


@pytest.fixture(scope="module")
def of_example(example):
    return found(example)


def test_every_sub_check_that_a_run_cannot_answer_is_answered_from_records(of_example):
    assert set(of_example) == {*NEEDS, *WORKFLOW}
    assert {name: one.evidence.verdict for name, one in of_example.items()} == {
        "P03.2": "meets", "P03.3": "meets", "P10.3": "meets", "P10.5": "meets", "P11.1": "meets",
        "P11.5": "partly", "P12.3": "not_assessable", "P14.5": "meets", "P17.3": "meets",
        "P18.2": "partly", "P18.3": "partly", "X10": "meets", "X11": "meets", "X24": "meets",
        "P05.1": "meets", "P05.2": "not_assessable", "P05.3": "meets", "P05.4": "meets",
        "P12.1": "meets", "P13.2": "meets", "P13.3": "meets",
    }  # fmt: skip
    for name, one in of_example.items():
        assert (one.evidence.value is None) == (name == "P05.2"), name  # nothing was published
        assert (one.evidence.statistic, one.evidence.threshold) > ("", ""), name
        assert one.evidence.n_units or name == "P05.2", name
        assert all(name in FILES[f[:-4]].subchecks or f == "practices.csv" for f in one.files)


def test_a_verdict_changes_from_not_assessable_and_says_what_it_rests_on(example, of_example):
    program, records = load_program(PROGRAM), read_records(example)
    alone = audited(program, as_of=DAY)
    with_records = audited(
        program,
        as_of=DAY,
        findings=beside({}, of_example),
        run_stamp={"run_hash": "r1"},
        records=records,
    )
    assert (alone.clause("P03").evidence, alone.clause("P03").overall) == (
        "not_assessable",
        "not_assessable",
    )
    assert (with_records.clause("P03").evidence, with_records.clause("P03").overall) == (
        "meets",
        "meets",
    )
    record = next(r for r in with_records.clause("P03").records if r.check.id == "P03.2")
    assert (record.basis.value, record.evidence.run_hash) == ("records", "")
    assert record.evidence.data_manifest_hash == records.digest == with_records.records_hash
    assert record.files == ("practices.csv", "evaluation.csv", "outcomes.csv")
    assert set(with_records.made_up) == {layout.file for layout in FILES.values()}


def test_what_a_run_computed_stands_and_what_it_could_not_is_taken_from_records(of_example):
    pool = Finding(Evidence(subcheck="P10.5", kind="a", verdict="fails", statistic="of the run"))
    of_run = {one.evidence.subcheck: one for one in not_from_a_run()} | {"P10.5": pool}
    both = beside(of_run, of_example)
    assert both["P10.5"] is pool
    assert both["P11.1"] is of_example["P11.1"]


def serving(subcheck):
    """The files that a sub-check rests on, as they are declared."""
    kinds = [kind for kind, layout in FILES.items() if subcheck in layout.subchecks]
    return dict.fromkeys([*kinds, *(other for kind in kinds for other in FILES[kind].beside)])


def shift(outcome, amount, *, after=2015, times=1.0):
    """Adds to an outcome of the program's practices, the first twelve, from a year on."""

    def change(rows):
        for row in rows:
            inside = int(row["practice"][-2:]) <= 12
            if row["outcome"] == outcome and inside and int(row["period"]) >= after:
                row["value"] = f"{float(row['value']) * times + amount:.3f}"

    return change


def set_to(column, value, **where):
    """Writes a value into a column, of the rows that have other values."""

    def change(rows):
        for row in rows:
            if all(row[name] in (wanted, *wanted.split("|")) for name, wanted in where.items()):
                row[column] = value

    return change


def leaving(group, factor):
    """More patients of a group leave the program's practices after it began."""

    def change(rows):
        for row in rows:
            after = row["when"] == "after" and int(row["practice"][-2:]) <= 12
            if row["group"] == group and after:
                more = round(int(row["complex_leaving"]) * factor)
                row["complex_staying"] = int(row["complex_staying"]) - more
                row["complex_leaving"] = int(row["complex_leaving"]) + more

    return change


def few_leave(rows):
    """Nobody of a group leaves, and of newcomers nothing is known."""
    for row in rows:
        row.update(complex_leaving="0", complex_new="", others_new="")


def without(column, *values):
    return lambda rows: [row for row in rows if row[column] not in values]


BP, ADMITTED = "blood pressure controlled", "admissions per 1000"
NO_SUBSTANCE = {"practice": "practice-01|practice-02|practice-03"}


@pytest.mark.parametrize(
    ("kind", "change", "subcheck", "verdict"),
    [
        ("outcomes", shift(BP, -2.4), "P03.2", "fails"),  # the planted effect taken away
        ("outcomes", shift(BP, -1.5), "P03.2", "partly"),  # real, under the difference that matters
        ("outcomes", shift(BP, -4.8), "P03.2", "fails"),  # worse
        ("outcomes", shift(BP, -3.0, after=2014), "P03.2", "not_assessable"),  # began before it
        ("outcomes", without("period", "2016"), "P03.2", "meets"),
        ("outcomes", without("period", "2012", "2013", "2014"), "P03.2", "not_assessable"),
        ("outcomes", shift(ADMITTED, 40.0), "P03.3", "fails"),
        ("outcomes", shift(ADMITTED, 14.5), "P03.3", "partly"),
        ("evaluation", set_to("important_difference", ".01", role="safety"), "P03.3", "not_assessable"),
        ("evaluation", set_to("role", "placebo", role="safety"), "P03.3", "not_assessable"),
        ("practices", set_to("first_period", ""), "P03.2", "not_assessable"),
        ("patient_flows", leaving("top_risk_quartile", 1.0), "P14.5", "fails"),
        ("patient_flows", leaving("top_risk_quartile", 1.0), "P17.3", "meets"),
        ("patient_flows", leaving("costliest_tenth", 1.0), "P17.3", "fails"),
        ("patient_flows", few_leave, "P14.5", "not_assessable"),
        ("fees", set_to("with_program", "35.57", item="conversion_factor"), "P10.3", "fails"),
        ("fees", without("item", "conversion_factor"), "P10.3", "not_assessable"),
        ("funds", set_to("dollars", "500000.01", entry="largest_liability"), "P10.5", "fails"),
        ("funds", without("entry", "largest_liability"), "P10.5", "not_assessable"),
        ("funds", set_to("date", "2016-07-31", entry="bonus"), "X10", "meets"),
        ("funds", set_to("date", "2016-08-01", entry="bonus"), "X10", "partly"),
        ("funds", set_to("date", "2016-10-01", entry="bonus"), "X10", "fails"),
        ("funds", without("entry", "bonus"), "X10", "not_assessable"),
        ("funds", without("entry", "bonus"), "X11", "fails"),
        ("data_quality", set_to("passed", "no", kind="plausibility"), "P11.1", "partly"),
        ("data_quality", set_to("passed", "no", rule="dates lie in the period"), "P11.1", "fails"),
        ("data_quality", without("kind", "plausibility"), "P11.1", "not_assessable"),
        ("reporting_log", set_to("refused", "yes", role="physician|registry"), "P11.5", "partly"),
        ("reporting_log", set_to("reimbursed_dollars", "250.00"), "P11.5", "meets"),
        ("reporting_log", set_to("reimbursed_dollars", "0"), "P11.5", "fails"),
        ("reporting_log", set_to("refused", "yes"), "P11.5", "not_assessable"),
        ("reports", set_to("apart_for_social_risk", "no", report="results of 2015"), "X24", "fails"),
        ("care_resources", set_to("source", "embedded", source="none"), "P18.2", "partly"),
        ("care_resources", without("service", "mental_health"), "P18.2", "fails"),
        ("care_resources", set_to("conditional_on", "joining"), "P18.2", "fails"),
        ("care_resources", set_to("wait_days", "14.5"), "P18.2", "fails"),
        ("care_resources", set_to("verified_on", "2015-05-31"), "P18.2", "fails"),
        ("practices", set_to("patients_at_risk", "", practice="practice-24"), "P18.2", "not_assessable"),
        ("practices", set_to("primary_care", "no", **NO_SUBSTANCE), "P18.2", "meets"),
        ("practices", set_to("primary_care", "no", **NO_SUBSTANCE), "P18.3", "meets"),
        ("reviews", set_to("first_paid_on", "2016-07-01", practice="practice-07"), "P05.1", "fails"),
        ("reviews", set_to("delivered_on", "2016-05-18", practice="practice-07"), "P05.1", "fails"),
        ("reviews", set_to("delivered_on", "2016-05-17", practice="practice-07"), "P05.1", "meets"),
        ("reviews", set_to("delivered_on", "", practice="practice-07"), "P05.1", "fails"),
        ("reviews", set_to("window_ended_on", "", practice="practice-07"), "P05.1", "fails"),
        ("reviews", set_to("decided_on", "", practice="practice-01"), "P05.1", "partly"),
        ("reviews", set_to("decided_on", "2016-07-16", practice="practice-01"), "P05.1", "partly"),
        ("reviews", set_to("first_paid_on", ""), "P05.1", "not_assessable"),
        ("reviews", set_to("first_published_on", "2016-06-30"), "P05.2", "fails"),
        ("reviews", set_to("first_published_on", "2016-07-02"), "P05.2", "meets"),
        ("data_requests", set_to("answered_on", "2016-05-18"), "P05.3", "meets"),
        ("data_requests", set_to("answered_on", "2016-05-19"), "P05.3", "fails"),
        ("data_requests", set_to("answered_on", ""), "P05.3", "fails"),
        ("data_requests", set_to("asked_on", "2016-05-27"), "P05.3", "meets"),
        ("disputes", set_to("written_reasons", "no"), "P05.4", "partly"),
        ("disputes", set_to("reviewer_outside", "no", second_level="yes"), "P05.4", "partly"),
        ("disputes", set_to("answered_on", "", dispute="comment-1"), "P05.4", "meets"),  # not yet due
        ("exports", set_to("purpose", "other"), "P13.2", "fails"),
        ("exports", set_to("undertaking", "no"), "P13.2", "fails"),
        ("exports", set_to("listed", "no"), "P13.3", "fails"),
        ("exports", without("purpose", "hpaymt"), "P13.2", "meets"),  # nothing was handed on
        ("controls", set_to("test_passed", "no", control="small cells are hidden"), "P12.1", "fails"),
    ],
)  # fmt: skip
def test_a_change_of_the_records_changes_the_verdict_as_the_rule_says(
    tmp_path, kind, change, subcheck, verdict
):
    folder = changed(written(tmp_path / "evidence", serving(subcheck)), kind, change)
    assert found(folder)[subcheck].evidence.verdict == verdict


def test_a_log_without_rows_is_enough_only_where_nothing_is_collected(tmp_path):
    folder = by_hand(written(tmp_path / "evidence", ["practices"]), "reporting_log", [])
    program = load_program(PROGRAM)
    assert found(folder)["P11.5"].evidence.verdict == "not_assessable"
    reimbursement = program.governance.admin_reimbursement.model_copy(
        update={"policy": "nothing_collected"}
    )
    governance = program.governance.model_copy(update={"admin_reimbursement": reimbursement})
    nothing = program.model_copy(update={"governance": governance})
    one = findings_of(read_records(folder), nothing, DAY)["P11.5"].evidence
    assert (one.verdict, one.text) == (
        "meets", "Nothing extra is collected, and the log holds no cost."
    )  # fmt: skip


def test_hours_and_dollars_of_the_log_are_added_up_by_practice(of_example):
    (one, *others) = of_example["P11.5"].rows
    assert (str(one["documented_cost"]), str(one["reimbursed"])) == ("695.00", "347.50")
    assert len(others) == 11
    # 12 practices, 2 hours of a physician each, 45 physicians in them
    assert of_example["P12.3"].evidence.value == pytest.approx(12 * 2 / 45)
    assert of_example["X11"].evidence.value == pytest.approx((12000 + 347.5) / 695)


def test_the_flows_of_the_specification_give_its_ratio(tmp_path):
    v = VECTORS["access"]
    names = ("complex_staying", "complex_leaving", "others_staying", "others_leaving")
    folder = tmp_path / "evidence"
    folder.mkdir()
    by_hand(folder, "practices", [practice("A", "2015")])
    by_hand(folder, "patient_flows", [
        {"practice": "A", "group": "costliest_tenth", "when": when,
         **dict(zip(names, v[when], strict=True))}
        for when in ("before", "after")
    ])  # fmt: skip
    finding = found(folder)["P14.5"]
    row = finding.rows[0]
    assert [round(row[name], 4) for name in ("ratio", "low", "high")] == v["ratio"]
    assert (finding.evidence.verdict, row["verdict"]) == (v["verdict"], v["verdict"])
    assert [one["kind"] for one in finding.rows] == ["retention"]  # no newcomers are told


def practice(name, first="", **more):
    return {"practice": name, "first_period": first, "primary_care": "yes", "physicians": 1,
            "patients_at_risk": 10, "partnership": "unknown", **more}  # fmt: skip


def test_the_shares_of_the_specification_give_its_difference(tmp_path):
    v = VECTORS["newcombe"]
    folder = tmp_path / "evidence"
    folder.mkdir()
    roster = [practice(f"in-{n}", "2015") for n in range(v["first"][1])]
    roster += [practice(f"out-{n}") for n in range(v["second"][1])]
    have = [f"in-{n}" for n in range(v["first"][0])] + [f"out-{n}" for n in range(v["second"][0])]
    by_hand(folder, "practices", roster)
    by_hand(folder, "care_resources", [
        {"practice": name, "service": service, "source": "embedded", "wait_days": 3,
         "verified_on": "2016-01-01"}
        for name in have for service in SERVICES
    ])  # fmt: skip
    one = found(folder)["P18.3"].evidence
    assert [round(x, 4) for x in (one.value, one.ci_low, one.ci_high)] == v["difference"]
    assert (one.verdict, one.n_units) == (v["verdict"], 300)


def panel(folder, practices, periods, effect, *, seed=4):
    """An outcome of practices, some of which enter; what is not known of them is left out."""
    random = np.random.default_rng(seed)
    folder.mkdir()
    by_hand(folder, "practices", [practice(name, first) for name, first in practices.items()])
    by_hand(folder, "evaluation", [
        {"outcome": "rate", "role": "primary", "better": "higher", "measured_as": "rate",
         "important_difference": 1.0}
    ])  # fmt: skip
    levels = {name: random.normal(70, 3) for name in practices}
    by_hand(folder, "outcomes", [
        {"outcome": "rate", "practice": name, "period": period, "patients": 100,
         "value": levels[name] + place * 0.1 + random.normal(0, 0.5)
         + (effect if first and period >= first else 0.0)}
        for name, first in practices.items() for place, period in enumerate(periods)
    ])  # fmt: skip
    return found(folder)["P03.2"]


@pytest.mark.parametrize(("effect", "verdict"), [(2.0, "meets"), (0.0, "fails")])
def test_practices_that_enter_one_after_the_other_are_compared_with_those_not_yet_in(
    tmp_path, effect, verdict
):
    firsts = ["2014"] * 12 + ["2015"] * 12 + [""] * 12
    practices = {f"p{n}": first for n, first in enumerate(firsts)}
    years = [str(year) for year in range(2012, 2018)]
    finding = panel(tmp_path / "evidence", practices, years, effect)
    assert finding.rows[0]["method"] == "group-time effects"
    assert finding.evidence.verdict == verdict
    assert abs(finding.evidence.value - effect) < 0.5 if effect else True


@pytest.mark.parametrize(("effect", "verdict"), [(2.0, "partly"), (0.0, "not_assessable")])
def test_months_without_a_comparison_never_earn_more_than_partly(tmp_path, effect, verdict):
    practices = {f"p{n}": "2015-01" for n in range(6)}
    months = [f"{year}-{month:02}" for year in range(2013, 2017) for month in range(1, 13)]
    finding = panel(tmp_path / "evidence", practices, months, effect)
    assert finding.rows[0]["method"] == "interrupted series"
    assert finding.evidence.verdict == verdict


def test_few_patients_are_not_counted_out(tmp_path):
    folder = written(tmp_path / "evidence", ["practices", "patient_flows"])
    changed(folder, "patient_flows", lambda rows: [
        r for r in rows if r["practice"] in ("practice-01", "practice-24")
    ])  # fmt: skip
    changed(folder, "patient_flows", set_to("complex_leaving", "2"))
    rows = found(folder)["P14.5"].rows
    assert {r["fewest"] for r in rows if r["kind"] == "retention"} == {"1 to 10"}


def test_the_value_modifier_is_audited_from_records_as_well(tmp_path):
    folder = written(tmp_path / "evidence", ["practices", "funds", "fees"])
    late = found(changed(folder, "funds", set_to("date", "2017-01-01", entry="bonus")), OTHER)
    assert late["X10"].evidence.verdict == "fails"
    assert late["X10"].evidence.value == 13.0  # the first day of the thirteenth month
    assert replace(late["P10.3"].evidence, subcheck="").verdict == "meets"
