"""The money of the claims is the same in every table that holds it, by class and month."""

from __future__ import annotations

from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pytest
from ibis import _

from openp4p.reports.money_trail import money_trails
from openp4p.results import Run
from tests.programs.runs import usual


class Spoilt(Run):
    """A run of which one table was changed after it was stored."""

    def __init__(self, run, name, change):
        super().__init__(run.folder, run.manifest)
        self.name, self.change = name, change

    def table(self, name: str) -> ir.Table:
        found = super().table(name)
        return self.change(found) if name == self.name else found


def trails(run):
    return {trail.table: trail for trail in money_trails(run)}


def first_row(table, *key, where=True):
    return table.filter(where).order_by(key).limit(1)


def test_every_dollar_of_the_claims_is_in_each_table_or_has_a_reason():
    found = trails(usual())
    assert set(found) == {
        "claim, claim_line", "service_costs", "inpatient_stays", "primary_care_services",
        "beneficiary_costs", "paid_amounts",
    }  # fmt: skip
    for trail in found.values():
        assert trail.agrees, (trail.table, trail.astray[:3])
        assert trail.found > 1000
        assert trail.dollars == trail.found + sum(trail.reasons.values(), Decimal(0))
    months = {row["year_month"] for row in found["service_costs"].rows}
    assert len(months) == 24
    assert {"outside the performance year", "Part D is not counted"} <= set(
        found["service_costs"].reasons
    )


def without_one(*key, where=True):
    return lambda table: table.anti_join(
        first_row(table, *key, where=_[key[0]].notnull() if where is True else where), key
    )


def a_cent_more(column, *key):
    def change(table):
        one = first_row(table, *key, where=_[column] > 0).select(*key, is_it=ibis.literal(True))
        both = table.left_join(one, key)
        cent = ibis.ifelse(both.is_it.notnull(), Decimal("0.01"), Decimal("0.00"))
        return both.mutate(**{column: (both[column] + cent).cast(table[column].type())}).select(
            *table.columns
        )

    return change


LINE = ("claim_id", "line_number")


@pytest.mark.parametrize(
    ("table", "change", "missed"),
    [
        ("claim_line", without_one(*LINE, where=_.paid_amount > 0), "claim, claim_line"),
        ("service_costs", without_one(*LINE, where=_.allowed_amount > 0), "service_costs"),
        ("service_costs", a_cent_more("allowed_amount", *LINE), "service_costs"),
        ("service_costs", lambda t: t.mutate(claim_id=_.claim_id + "x"), "service_costs"),
        ("inpatient_stays", without_one("stay_id"), "inpatient_stays"),
        ("primary_care_services", without_one(*LINE), "primary_care_services"),
        ("beneficiary_costs", a_cent_more("cost_dollars", "beneficiary_id"), "beneficiary_costs"),
        ("adjusted_claim_lines", without_one(*LINE), "paid_amounts"),
    ],
    ids=["line", "cost", "cent", "made", "stay", "service", "person", "paid"],
)  # fmt: skip
def test_a_planted_loss_is_found(table, change, missed):
    found = trails(Spoilt(usual(), table, change))[missed]
    assert not found.agrees
    assert found.astray
