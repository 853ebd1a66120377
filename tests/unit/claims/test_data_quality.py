"""What is said of claims data: shares that fail, months that lack, and what follows from it."""

from __future__ import annotations

import json

import pytest

from openp4p.claims.data_quality.arrival import (
    _volume_level,
    arrival,
    busiest_year,
    completion,
    lagged,
)
from openp4p.claims.data_quality.checks import BAD, LOOK, OK, check, checks, whose
from openp4p.claims.data_quality.counted import Period
from openp4p.claims.data_quality.report import as_plain
from openp4p.claims.needs import NEEDS
from openp4p.explain.as_json import json_indented
from openp4p.reports.data_quality import data_quality_html, of_folder
from tests.populations import population
from tests.unit.claims.folders import BENEFICIARY, BORN, CLAIM, PEOPLE, canonical

PERIOD = Period(2015, 2017, is_stated=True)


@pytest.fixture(scope="module")
def sound():
    """A population without faults."""
    return of_folder(population(400, 3), year=2015)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """A folder of three claims with a fault of nearly every kind."""
    header, *rows = CLAIM.splitlines()
    more = "drg,discharge_status,ccn,paid_date"
    claim = [
        f"{header},{more}",
        f"{rows[0]},,,,2015-02-01",
        f"{rows[1]},,,,",
        f"{rows[2]},999,ZZ,1234,2015-06-10",
        "I2,PERSON7A1,INPATIENT,2015-05-01,2015-05-04,9000.00,10000.00,470,01,1234,2015-06-10",
        "N1,NOBODY,PART_B,2031-05-01,2031-05-01,-5.00,1.00,,,,",
    ]
    line = (
        "claim_id,line_number,beneficiary_id,claim_class,from_date,hcpcs_code,tin,npi,specialty,"
        "place_of_service,allowed_amount,paid_amount\n"
        f"C1,1,{PEOPLE[0]},PART_B,2015-03-01,99213,12345,1234567893,11,11,60.00,48.00\n"
        f"C1,2,{PEOPLE[0]},PART_B,2015-03-01,992,111111111,1234567890,??,9X,-40.00,32.00\n"
        f"C2,1,{PEOPLE[1]},PART_B,2015-04-01,,022222222,1245319599,11,11,50.00,60.00\n"
        "N1,1,NOBODY,PART_B,2031-05-01,ZZZZZ,022222222,1245319599,11,11,50.00,40.00\n"
    )
    people = BENEFICIARY.replace("1,,05401", "1,2015-04-30,05401").replace("1941-02", "1885-02")
    months = "beneficiary_id,year_month,part_a,part_b,ma_enrolled\n" + "".join(
        f"{PEOPLE[0]},{month},true,true,false\n" for month in (201501, 201502, 201504)
    )
    diagnosis = (
        "claim_id,seq,beneficiary_id,code,icd_version\n"
        f"C1,1,{PEOPLE[0]},25000,9\nC1,2,{PEOPLE[0]},NOCODE,9\nC2,1,{PEOPLE[1]},E119,10\n"
    )
    folder = canonical(
        tmp_path_factory.mktemp("spoilt") / "in", beneficiary=people, enrollment_month=months,
        claim="\n".join([*claim, claim[1]]) + "\n", claim_line=line, diagnosis=diagnosis,
    )  # fmt: skip
    return of_folder(folder)


def counts(found):
    """Rows and failing rows of each check and claim class."""
    return {(c.check.id, c.claim_class): (c.rows, c.failing) for c in found.counted}


def test_every_declared_check_is_made_and_a_sound_population_passes(sound):
    declared = {one.id for one in checks() if one.group}
    assert {one.check.id for one in sound.counted} == declared
    assert [finding.worst for finding in sound.found] == []
    assert sound.absent == []
    assert sound.levels == {BAD: 0, LOOK: 0, OK: len(declared)}


@pytest.mark.parametrize(
    ("id_", "claim_class", "wanted"),
    [
        ("hcpcs", "PART_B", (4, 1)), ("specialties", "PART_B", (4, 0)),
        ("hcpcs_shape", "PART_B", (3, 2)), ("hcpcs_unknown", "PART_B", (3, 2)),
        ("few_visits", "PART_B", (3, 2)), ("tin_shape", "PART_B", (4, 1)),
        ("npi_digit", "PART_B", (4, 1)), ("specialty_unknown", "PART_B", (4, 1)),
        ("place_unknown", "PART_B", (4, 1)), ("drg_unknown", "INPATIENT", (2, 0)),
        ("discharge_status_unknown", "INPATIENT", (2, 1)), ("ccn_shape", "INPATIENT", (2, 2)),
        ("diagnosis_unknown", "all", (3, 1)), ("negative_paid", "PART_B", (3, 1)),
        ("negative_allowed", "PART_B", (4, 1)), ("paid_above_allowed", "PART_B", (4, 2)),
        ("out_of_reach", "PART_B", (3, 1)), ("outside_year", "PART_B", (3, 1)),
        ("paid_early", "PART_B", (1, 1)), ("after_death", "INPATIENT", (2, 2)),
        ("before_birth", "PART_B", (2, 0)), ("implausible_age", "all", (2, 1)),
        ("no_beneficiary", "PART_B", (3, 1)), ("no_enrolment", "PART_B", (2, 2)),
        ("no_enrolment", "INPATIENT", (2, 2)), ("enrolment_holes", "all", (1, 1)),
        ("no_claims", "all", (1, 0)), ("scattered_tins", "PART_B", (3, 3)),
        ("same_claim", "INPATIENT", (2, 1)), ("repeated_rows", "all", (18, 1)),
        ("paid_dates", "PART_B", (3, 2)),
    ],
)  # fmt: skip
def test_each_fault_is_counted_in_its_class(spoilt, id_, claim_class, wanted):
    assert counts(spoilt)[id_, claim_class] == wanted


def test_what_follows_is_said_in_words_and_nobody_is_named(spoilt):
    assert spoilt.period.year == 2015
    assert not spoilt.period.is_stated
    page, data = data_quality_html(spoilt), json_indented(as_plain(spoilt))
    for said in (page, data):
        assert [hidden for hidden in (*PEOPLE, *BORN, "1885-02", "NOBODY") if hidden in said] == []
        assert "dates of death or identities are wrong" in said
        assert "no rule of CMS" in said
    plain = json.loads(data)
    assert plain["format"] == "openp4p-data-quality/1"
    assert {"procedures", "post_acute_claims"} <= {one["check"] for one in plain["absent"]}
    (early,) = [c for c in plain["checks"] if c["check"] == "paid_early" and c["rows"]
                and c["claim_class"] == "PART_B"]  # fmt: skip
    assert (early["level"], early["share"], early["look"]) == (BAD, 1.0, check("paid_early").look)


def test_nineteen_of_twenty_lines_without_a_code_make_attribution_meaningless():
    one = check("hcpcs")
    assert one.level(1000, 950) == BAD
    assert (one.level(1000, 499), one.level(1000, 99), one.level(0, 0)) == (LOOK, OK, OK)
    assert one.consequence == "primary care services cannot be told: attribution is not meaningful"
    (need,) = [need for need in NEEDS if need.column == "hcpcs_code"]
    assert (need.of, need.least) == ("claim_class IN ('PART_B')", 0.9)
    assert "Status: default" in whose()


def counted(claims):
    """Rows of `by_month` from (class, month, month of payment): claims."""
    return [
        {"claim_class": c, "of_month": m, "paid_month": p, "claims": n, "latest_paid": None}
        for (c, m, p), n in claims.items()
    ]


def test_completeness_is_that_of_the_chain_ladder():
    """Two thirds are paid a month after, the rest in the month after that; nothing at once."""
    rows = counted({
        ("PART_B", 201510, 201511): 200, ("PART_B", 201510, 201512): 100,
        ("PART_B", 201511, 201512): 240,
    })  # fmt: skip
    found = completion(lagged(rows), 201512)
    assert found == pytest.approx({0: 0.0, 1: 2 / 3, 2: 1.0})
    by_age = completion({201501: {0: 50, 1: 50}, 201502: {0: 60}}, 201502)
    assert by_age == {0: 0.5, 1: 1.0}


def test_payments_before_the_service_count_as_at_once():
    assert lagged(counted({("PART_B", 201503, 201501): 7})) == {201503: {0: 7}}


def test_a_month_that_is_missing_stands_out_and_small_classes_do_not():
    claims = {("PART_B", 201500 + m, None): 100 for m in range(1, 13) if m != 7}
    claims |= {("HOSPICE", 201500 + m, None): 3 for m in range(1, 12)}
    found = arrival(counted(claims), PERIOD)
    lacking = [(m.claim_class, m.year_month, m.level) for m in found.months if m.level != OK]
    assert lacking == [("PART_B", 201507, BAD)]
    assert (_volume_level(50, 100), _volume_level(51, 100)) == (LOOK, OK)
    assert found.latest_paid is None
    assert found.complete == {}


def test_the_year_with_most_claims_is_looked_at_when_none_is_said():
    rows = counted({("PART_B", 201412, None): 5, ("PART_B", 201501, None): 5})
    assert busiest_year(rows) == 2015
    assert busiest_year([]) is None


def test_a_folder_of_claims_alone_is_judged_as_well(tmp_path):
    folder = canonical(tmp_path / "in", beneficiary=None, enrollment_month=None)
    found = of_folder(folder)
    assert {"beneficiaries", "enrolment"} <= {one.id for one in found.absent}
    assert ("hcpcs", "PART_B") in counts(found)
    assert ("after_death", "PART_B") not in counts(found)
