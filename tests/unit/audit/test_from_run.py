"""The practices behind what is redistributed, and behind what staying out costs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openp4p.audit.from_run import payment_rows, stamp_of
from openp4p.results import Run
from tests.unit.audit.loaded import RUN_ID, paid_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return Run.open(paid_run(tmp_path_factory.mktemp("paid") / "run"))


def test_who_gains_and_who_loses(run):
    rows = payment_rows(run)["P10.2"]
    assert {row["tin"]: row["adjustment_amount"] for row in rows} == {
        "T1": Decimal("-20.00"), "T2": Decimal("-80.00"), "T3": Decimal("30.00")
    }  # fmt: skip


def test_what_each_practice_that_is_subject_is_paid_if_it_stays_out_to_the_cent(run):
    rows = payment_rows(run)["P15.2"]
    assert rows == payment_rows(run)["P07.4"]
    assert [(row["tin"], row["if_staying_out"], row["if_taking_part"]) for row in rows] == [
        ("T1", Decimal("98.00"), Decimal("80.00")),
        ("T2", Decimal("960.00"), Decimal("920.00")),
        ("T3", Decimal("1920.01"), Decimal("2030.01")),
    ]


def test_a_record_names_the_run_and_its_input(run):
    stamp = stamp_of(run)
    assert stamp["run_hash"] == RUN_ID
    assert len(stamp["data_manifest_hash"]) == 64
