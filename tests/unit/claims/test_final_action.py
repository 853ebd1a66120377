"""Which version of an adjusted or cancelled claim stands."""

from __future__ import annotations

import pytest

from tests.unit.claims.folders import BENEFICIARY, ENROLLMENT_MONTH, PEOPLE, must_add_up, taken

LINE = (
    f"claim_id,line_number,beneficiary_id,claim_class,from_date\nX,1,{PEOPLE[0]},PDE,2015-01-01\n"
)


@pytest.fixture
def standing(tmp_path, duckdb_engine):
    """What stands of versions written as `claim | kind | paid | effective | control number`."""

    def of(text):
        folder = tmp_path / "in"
        folder.mkdir()
        (folder / "beneficiary.csv").write_text(BENEFICIARY)
        (folder / "enrollment_month.csv").write_text(ENROLLMENT_MONTH)
        header = (
            "claim_id,beneficiary_id,claim_class,from_date,thru_date,adjustment_type,paid_amount,"
            "effective_date,control_number\n"
        )
        rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
        claims = [
            f"{claim},{PEOPLE[0]},INPATIENT,2012-07-01,2012-07-08,{kind},{paid},2012-{day},{number}"
            for claim, kind, paid, day, number in rows
        ]
        claims.append(f"X,{PEOPLE[0]},PDE,2015-01-01,2015-01-01,,,,")
        (folder / "claim.csv").write_text(header + "\n".join(claims) + "\n")
        (folder / "claim_line.csv").write_text(LINE)
        found = taken(folder, duckdb_engine)
        must_add_up(found)
        aside = {entry[1]: entry[3] for entry in found.aside()}
        kept = {r["claim_id"] for r in found.rows("claim")} - {"X"}
        assert kept == {row[0] for n, row in enumerate(rows, 1) if n not in aside}
        return kept, {rows[n - 1][0]: rule for n, rule in aside.items()}

    return of


def test_a_cancellation_takes_its_claim_back(standing):
    assert standing("""
        a | 0 | 200 | 07-20 | 7
        b | 1 | 200 | 08-07 | 7
        c | 0 |  90 | 07-20 | 8
    """) == ({"c"}, {"a": "cancelled", "b": "cancellation"})


def test_the_last_adjustment_replaces_the_claim_and_earlier_adjustments(standing):
    assert standing("""
        a | 0 | 200 | 07-20 | 7
        b | 2 | 210 | 08-07 | 7
        c | 2 | 215 | 09-07 | 7
    """) == ({"c"}, {"a": "replaced", "b": "replaced"})


def test_a_claim_cancelled_and_sent_again_stands_once(standing):
    """CMS's example of identity changes: two cancellations, two adjustments, the last stands."""
    assert standing("""
        2222222222222 | 0 | | 07-30 | 7
        3589734591235 | 1 | | 08-01 | 7
        1313274894021 | 2 | | 08-01 | 7
        1111111111111 | 1 | | 08-07 | 7
        3333333333333 | 2 | | 08-07 | 7
    """) == (
        {"3333333333333"},
        {
            "2222222222222": "cancelled",
            "3589734591235": "cancellation",
            "1313274894021": "cancelled",
            "1111111111111": "cancellation",
        },
    )


def test_a_cancellation_of_another_amount_leaves_the_claim(standing):
    kept, aside = standing("""
        a | 0 | 200 | 07-20 | 7
        b | 1 | 150 | 08-07 | 7
    """)
    assert kept == {"a"}
    assert aside == {"b": "cancellation of no claim"}


def test_a_cancellation_does_not_reach_a_later_claim(standing):
    kept, _ = standing("""
        b | 1 | 200 | 07-07 | 7
        a | 0 | 200 | 07-20 | 7
    """)
    assert kept == {"a"}


def test_a_cancellation_too_early_does_not_spoil_a_later_one(standing):
    assert (
        standing("""
        b | 1 | 200 | 07-07 | 7
        a | 0 | 200 | 07-20 | 7
        c | 1 | 200 | 08-01 | 7
    """)[0]
        == set()
    )


def test_of_two_equal_claims_one_cancellation_takes_one(standing):
    kept, aside = standing("""
        b | 0 | 200 | 07-20 | 7
        a | 0 | 200 | 07-20 | 7
        c | 1 | 200 | 08-01 | 7
    """)
    assert kept == {"b"}
    assert aside["a"] == "cancelled"


def test_claims_without_a_control_number_are_left_alone(standing):
    assert standing("""
        a | 0 | 200 | 07-20 |
        b | 0 | 200 | 08-07 |
    """)[0] == {"a", "b"}
