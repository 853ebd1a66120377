"""The money of the claims is the same in every table that holds it, by class and month."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pytest
from ibis import _

from openp4p.reports.money_trail import money_trails
from openp4p.reports.remittance import LINES, reconciled
from openp4p.reports.remittance.lines import returned_lines
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


def returned(folder, rows):
    """What a reconciliation finds in a file of these lines, for services of the run's claims."""
    path = folder / "returned.csv"
    with path.open("w", encoding="utf-8", newline="") as held:
        writer = csv.DictWriter(held, LINES)
        writer.writeheader()
        writer.writerows(rows)
    return reconciled(usual(), returned_lines(path, usual().engine), 2015)


def adjusted():
    """The lines as a payer that made no mistake would return them."""
    return [
        {
            **{name: row[name] for name in ("claim_id", "line_number", "tin", "service_date")},
            "paid_before": row["paid_after"] - row["adjustment_amount"],
            "paid_after": row["paid_after"],
        }
        for row in usual().rows("adjusted_claim_lines")
    ]


def test_lines_that_come_back_as_the_run_adjusts_them_agree(tmp_path):
    found = returned(tmp_path, adjusted())
    sums = Counter()
    for row in usual().rows("adjusted_claim_lines"):
        sums[row["tin"]] += row["adjustment_amount"]
    assert found.agrees
    assert found.knows_lines
    assert {row["tin"]: row["expected_amount"] for row in found.practices} == sums
    assert {row["difference_cents"] for row in found.practices} == {0}


def test_each_mistake_of_a_payer_is_found_once_and_the_cents_add_up(tmp_path):
    rows = adjusted()
    whose = sorted({row["tin"] for row in rows})
    moved = [row for row in rows if abs(row["paid_after"] - row["paid_before"]) > 1]
    missing, double, factor, base, late, unknown, other, unlisted = moved[:8]
    rows.remove(missing)
    rows.append(dict(double))
    rows.append({**unlisted, "claim_id": "of nobody"})
    factor["paid_after"] += Decimal("0.01")
    (paid,) = usual().rows("payments", {"tin": base["tin"]})
    base["paid_before"] += 100
    base["paid_after"] += (100 * (1 + paid["adjustment_fraction"])).quantize(Decimal("0.01"))
    late["service_date"] = dt.date(2013, 1, 1)
    unknown["tin"] = "nobody"
    other["tin"] = next(tin for tin in whose if tin != other["tin"])
    found = returned(tmp_path, rows)
    assert Counter(row["reason"] for row in found.lines) == {
        # the line of another year, of nobody and of another practice is not there for its own
        "missing": 4, "double": 1, "wrong_factor": 1, "other_amount": 1, "outside_year": 1,
        "unknown_tin": 1, "not_in_run": 2,
    }  # fmt: skip
    assert [r["difference_cents"] for r in found.lines if r["reason"] == "wrong_factor"] == [1]
    by_reason, by_line = Counter(), Counter()
    for row in found.reasons:
        by_reason[row["tin"]] += row["difference_cents"]
    for row in found.lines:
        by_line[row["tin"]] += row["difference_cents"]
    differences = {r["tin"]: r["difference_cents"] for r in found.practices}
    assert {tin: cents for tin, cents in differences.items() if cents} == {
        tin: cents for tin, cents in by_reason.items() if cents
    }
    assert by_line == by_reason
    assert any(differences.values())
