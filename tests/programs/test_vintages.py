"""Runs on what had been paid by a day: what is left out, what is said of it, what a year lacks."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache

import pytest

from openp4p.claims.vintage import LATER, UNDATED, Vintage, run_out_end
from openp4p.errors import InputError
from openp4p.program.library import load_program
from openp4p.reports.summary import summary_html
from openp4p.results import Run
from tests.populations import ask, population
from tests.programs.runs import PERIOD, SEED, paid, scratch
from tests.unit.claims.folders import CLAIM, canonical, must_add_up, taken

FEW = 400
OCTOBER, JANUARY = dt.date(2015, 10, 31), dt.date(2016, 1, 31)


def people():
    return population(FEW, SEED)


@cache
def provisional() -> Run:
    return paid(2017, people(), "vintage-january", paid_through=JANUARY)


@pytest.fixture(scope="module")
def intakes(tmp_path_factory, duckdb_engine):
    """The claims as they were known at two days, and all of them."""
    found = {}
    for name, day in (("october", OCTOBER), ("january", JANUARY), ("complete", None)):
        place = tmp_path_factory.mktemp(name) / "in"
        place.symlink_to(people())
        found[name] = taken(place, duckdb_engine, paid_through=day)
    return found


def dollars(found, column):
    return sum((row[column] for row in found.rows("accounting_money")), Decimal(0))


def test_the_ledger_adds_up_at_every_vintage(intakes):
    for found in intakes.values():
        must_add_up(found)
    read = {name: dollars(found, "dollars_read") for name, found in intakes.items()}
    used = [dollars(intakes[name], "dollars_used") for name in ("october", "january", "complete")]
    assert len(set(read.values())) == 1
    assert 0 < used[0] < used[1] < used[2]


def test_exactly_the_claims_paid_by_the_day_are_there(intakes):
    for name, day in (("october", OCTOBER), ("january", JANUARY)):
        assert {row["paid_date"] <= day for row in intakes[name].rows("claim")} == {True}
        ((later,),) = ask(people(), f"SELECT count(*) FROM claim WHERE paid_date > DATE '{day}'")
        reasons = intakes[name].rows("accounting_reasons")
        cut = {r["table_name"]: r["rows"] for r in reasons if r["reason"] == LATER}
        assert cut["claim"] == later > 0
        assert cut["claim_line"] > 0
        assert cut["diagnosis"] > 0


def test_a_cancellation_that_was_not_paid_yet_cancels_nothing(tmp_path, duckdb_engine):
    header, first, *others = CLAIM.splitlines()
    rows = [f"{header},control_number,adjustment_type,paid_date", f"{first},C1,0,2015-03-20"]
    rows += [f"{other},other,0,2015-06-01" for other in others]
    rows.append(first.replace("C1", "C9") + ",C1,1,2015-09-01")
    for name, days, is_there in (("early", 0, True), ("late", 1, False)):
        folder = canonical(tmp_path / name, claim="\n".join(rows) + "\n")
        asked = dt.date(2015, 8, 31) + dt.timedelta(days=days)
        found = taken(folder, duckdb_engine, paid_through=asked)
        assert ("C1" in {row["claim_id"] for row in found.rows("claim")}) is is_there, name


def test_a_claim_without_a_date_is_set_aside_and_counted(tmp_path, duckdb_engine):
    header, first, *others = CLAIM.splitlines()
    text = "\n".join([f"{header},paid_date", f"{first},", *(f"{o},2015-06-01" for o in others)])
    found = taken(
        canonical(tmp_path / "in", claim=text + "\n"), duckdb_engine, paid_through=OCTOBER
    )
    must_add_up(found)
    assert found.reasons()["claim.csv", UNDATED] == 1
    assert found.reasons()["claim_line.csv", UNDATED] == 2


def test_claims_that_never_say_when_they_were_paid_cannot_be_cut(tmp_path, duckdb_engine):
    with pytest.raises(InputError, match="no claim says when it was paid") as caught:
        taken(canonical(tmp_path / "in"), duckdb_engine, paid_through=OCTOBER)
    assert "Leave --paid-through out" in str(caught.value.problems[0].remedy)


def test_a_provisional_run_says_so_everywhere():
    run = provisional()
    said = run.manifest["vintage"]
    assert said["is_provisional"]
    assert said["paid_through"] == "2016-01-31"
    assert said["run_out_days"] == 31
    assert said["is_short"]
    assert run.stamp == "PROVISIONAL: claims paid through 2016-01-31 only."
    (note,) = [n["text"] for n in run.manifest["notes"] if n["code"] == "provisional"]
    assert "2016-01-31 count, 31 days after the end of the performance period" in note
    page = summary_html(run)
    assert "<title>PROVISIONAL " in page
    assert "Only claims paid through\n<strong>2016-01-31</strong> count" in page
    assert run.manifest["performance_year"] == PERIOD


def test_another_day_is_another_run():
    with pytest.raises(Exception, match="holds another run"):
        paid(2017, people(), "vintage-january", paid_through=OCTOBER)
    assert scratch() / "vintage-january" == provisional().folder


def test_a_run_out_shorter_than_customary_is_told():
    months = load_program("medicare_value_modifier/2017").cost.run_out_months
    assert run_out_end(2015, months) == dt.date(2016, 3, 31)
    assert run_out_end(2015, 0) == dt.date(2015, 12, 31)
    assert run_out_end(2015, 14) == dt.date(2017, 2, 28)
    end, customary = dt.date(2015, 12, 31), dt.date(2016, 3, 31)
    short = Vintage(None, dt.date(2016, 3, 30), 0, end, customary)
    assert (short.is_short, short.run_out_days) == (True, 90)
    assert not Vintage(None, customary, 0, end, customary).is_short
    assert Vintage(None, None, 5, end, customary).is_short is None
    # a cut later than the last payment reaches no further than that
    assert Vintage(dt.date(2017, 1, 1), end, 0, end, customary).run_out_days == 0
