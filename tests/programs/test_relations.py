"""What must hold whatever the data: who has nothing to do with it does not matter, dollars scale,
rewards spend what penalties bring, and doing better never hurts."""

from __future__ import annotations

from decimal import Decimal

from openp4p.claims.tables import TABLES
from tests.programs.runs import by, changed, money_columns, paid, usual

STANDING = ("size_class", "category", "quality_tier", "cost_tier", "multiple", "basis")


def standing(run):
    return {
        row["tin"]: tuple(row[column] for column in STANDING) for row in run.rows("adjustments")
    }


def test_a_beneficiary_elsewhere_changes_no_attribution():
    # one more person, in Medicare Advantage all year, with a visit to a practice that exists
    stranger = {
        "beneficiary": "SELECT * FROM TABLE UNION ALL BY NAME "
        "SELECT * REPLACE ('STRANGER' AS beneficiary_id) FROM (FROM TABLE LIMIT 1)",
        "claim": _one_more("claim", "claim_class = 'PART_B'"),
        "claim_line": _one_more("claim_line", "claim_class = 'PART_B'"),
    }
    without, within = usual(), paid(2017, changed("stranger", stranger), "stranger")
    key = ("beneficiary_id",)
    before = by(without.rows("attributed_beneficiaries"), *key)
    after = by(within.rows("attributed_beneficiaries"), *key)
    assert ("STRANGER",) not in after
    assert before == after


def _one_more(table: str, condition: str) -> str:
    replaced = "'STRANGER' AS beneficiary_id, 'STRANGER1' AS claim_id"
    if table == "claim_line":
        return (
            f"SELECT * FROM TABLE UNION ALL BY NAME SELECT * REPLACE ({replaced}) FROM TABLE "
            f"WHERE claim_id = (SELECT min(claim_id) FROM TABLE WHERE {condition})"
        )
    replaced += ", NULL AS control_number"
    return (
        f"SELECT * FROM TABLE UNION ALL BY NAME SELECT * REPLACE ({replaced}) FROM TABLE "
        f"WHERE claim_id = (SELECT min(claim_id) FROM TABLE WHERE {condition})"
    )


def test_doubling_all_dollars_changes_no_tier_and_doubles_what_is_paid():
    doubled = {
        table: f"SELECT * REPLACE ({_doubled(table)}) FROM TABLE"
        for table in ("claim", "claim_line")
    }
    once, twice = usual(), paid(2017, changed("doubled", doubled), "doubled")
    assert standing(twice) == standing(once)
    (one,), (two,) = once.rows("balance"), twice.rows("balance")
    assert two["adjustment_factor"] == one["adjustment_factor"]
    amounts = by(twice.rows("paid_amounts"), "tin")
    for row in once.rows("paid_amounts"):
        assert amounts[(row["tin"],)]["paid_amount"] == 2 * row["paid_amount"]


def _doubled(table: str) -> str:
    return ", ".join(f"(2 * {name})::decimal(18, 2) AS {name}" for name in money_columns(table))


def test_upward_and_downward_dollars_cancel_to_the_cent():
    for year in (2015, 2016, 2017, 2018):
        run = usual(year)
        (row,) = run.rows("balance")
        amounts = [payment["adjustment_amount"] for payment in run.rows("payments")]
        assert sum(amounts, Decimal(0)) + row["residual_dollars"] == 0
        assert sum((a for a in amounts if a < 0), Decimal(0)) == row["downward_dollars"]
        # rounding x moves each rewarded dollar by less than half of its last digit
        if row["source"] == "computed":
            assert abs(row["residual_dollars"]) <= row["unit_dollars"] * Decimal("0.00005") + 1


def test_the_lines_of_a_practice_add_up_to_its_adjustment_but_for_rounding():
    run = usual()
    lines: dict[str, list[Decimal]] = {}
    for row in run.rows("adjusted_claim_lines"):
        lines.setdefault(row["tin"], []).append(row["adjustment_amount"])
    moved = [row for row in run.rows("payments") if row["adjustment_amount"]]
    assert moved
    for row in moved:
        mine = lines[row["tin"]]
        assert abs(sum(mine, Decimal(0)) - row["adjustment_amount"]) <= Decimal("0.005") * (
            len(mine) + 1
        )


def test_reporting_better_quality_never_lowers_a_tier():
    run = usual()
    order = {"low": 0, "average": 1, "high": 2}
    tiered = [row["tin"] for row in run.rows("tiers") if row["is_tiered"]]
    scored = {
        row["tin"] for row in run.rows("scores") if row["is_scored"] and row["kind"] == "quality"
    }
    someone = sorted(set(tiered) & scored)
    assert someone
    lucky = someone[len(someone) // 2]
    better = {
        "quality_result": "SELECT * REPLACE (CASE WHEN "
        f"tin = '{lucky}' AND performance_year = 2015 AND {_higher(run)} "
        "THEN eligible - coalesce(exclusions, 0) - coalesce(exceptions, 0) ELSE met END AS met, "
        f"CASE WHEN tin = '{lucky}' AND performance_year = 2015 AND {_higher(run)} "
        "THEN 0 ELSE not_met END AS not_met) FROM TABLE"
    }
    after = paid(2017, changed("better", better), "better")
    before_rows, after_rows = by(run.rows("tiers"), "tin"), by(after.rows("tiers"), "tin")
    was, becomes = before_rows[(lucky,)], after_rows[(lucky,)]
    assert becomes["quality_composite"] > was["quality_composite"]
    assert order[becomes["quality_tier"]] >= order[was["quality_tier"]]
    assert becomes["cost_tier"] == was["cost_tier"]


def _higher(run) -> str:
    higher = [row["measure"] for row in run.rows("measure_rules") if row["better"] == "higher"]
    listed = ", ".join(f"'{name}'" for name in higher)
    return f"measure IN ({listed})"


def test_every_row_of_the_input_is_used_or_set_aside():
    run = usual()
    accounts = run.rows("accounting")
    assert {row["file"].split(".")[0].split("/")[0] for row in accounts} >= {
        "claim",
        "claim_line",
        "beneficiary",
    }
    for row in accounts:
        assert row["rows_read"] == row["rows_used"] + row["rows_set_aside"], row["file"]
    for name in {row["table_name"] for row in run.rows("accounting_reasons")}:
        assert name in TABLES
    for row in run.rows("accounting_money"):
        assert row["dollars_read"] == row["dollars_used"] + row["dollars_set_aside"]
