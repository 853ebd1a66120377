"""Adjusted and cancelled claims: which version of a claim stands.

Versions share a beneficiary and a control number. Each cancellation takes back one debit of the
same amount that took effect no later, the earliest there is; of what remains, the latest adjustment
replaces the others where the source says so.
"""

from __future__ import annotations

_DEBITS = "('0', '2')"
_CONTROL = "hash(beneficiary_id, control_number)"


def several_versions(typed: str) -> str:
    """A SELECT of the hashed control numbers that need a second look: more than one claim has
    them, or a cancellation."""
    return (
        f"SELECT {_CONTROL} AS h FROM {typed} WHERE control_number IS NOT NULL AND _rule IS NULL "
        "GROUP BY 1 HAVING count(*) > 1 OR bool_or(adjustment_type IS NOT DISTINCT FROM '1')"
    )


def superseded_claims(typed: str, aside: str, several: str, *, replace: bool) -> str:
    """A SELECT of the claims that do not stand: claim_id, _file, _row, _part and the rule.

    `several` is the relation of `several_versions`; all other claims stand.

    Amounts are compared without their sign: a cancellation may state what it takes back either way.
    """
    return f"""
    WITH versions AS (
      SELECT t.claim_id, t.beneficiary_id, t.control_number, abs(t.paid_amount) AS paid_amount,
             t._file, t._row, t._part,
             coalesce(t.adjustment_type, '0') AS kind,
             coalesce(t.effective_date, t.thru_date) AS effective
      FROM {typed} t
      WHERE t.control_number IS NOT NULL AND t._rule IS NULL
        AND {_CONTROL} IN (SELECT h FROM {several})
        AND NOT EXISTS (SELECT 1 FROM {aside} a WHERE a._file = t._file AND a._row = t._row)
    ),
    groups AS (
      SELECT beneficiary_id, control_number FROM versions
      GROUP BY ALL HAVING count(*) > 1 OR max(kind) = '1'
    ),
    inside AS (SELECT * FROM versions SEMI JOIN groups USING (beneficiary_id, control_number)),
    events AS (
      SELECT *, kind = '1' AS cancels FROM inside WHERE kind = '1' OR kind IN {_DEBITS}
    ),
    -- of one amount, in order of time; on the same day the debit comes first
    counted AS (
      SELECT *, count_if(cancels) OVER past AS cancels_so_far,
        count_if(NOT cancels) OVER past AS debits_so_far
      FROM events WINDOW past AS (PARTITION BY beneficiary_id, control_number, paid_amount
        ORDER BY effective, cancels, claim_id ROWS UNBOUNDED PRECEDING)
    ),
    -- a cancellation that finds no debit before it takes nothing back
    idle AS (
      SELECT *, greatest(0, max(cancels_so_far - debits_so_far) OVER past) AS idle_so_far
      FROM counted WINDOW past AS (PARTITION BY beneficiary_id, control_number, paid_amount
        ORDER BY effective, cancels, claim_id ROWS UNBOUNDED PRECEDING)
    ),
    cancels AS (
      SELECT *, idle_so_far > coalesce(lag(idle_so_far) OVER (PARTITION BY beneficiary_id,
        control_number, paid_amount ORDER BY effective, cancels, claim_id), 0) AS is_idle
      FROM idle QUALIFY cancels
    ),
    debits AS (SELECT * FROM events WHERE NOT cancels),
    taken_back AS (
      SELECT d.claim_id FROM idle d JOIN (
        SELECT beneficiary_id, control_number, paid_amount, max(cancels_so_far - idle_so_far) AS n
        FROM idle GROUP BY ALL) c
        ON d.beneficiary_id = c.beneficiary_id AND d.control_number = c.control_number
        AND d.paid_amount IS NOT DISTINCT FROM c.paid_amount
      WHERE NOT d.cancels AND d.debits_so_far <= c.n
    ),
    standing AS (
      SELECT *, max(CASE WHEN kind = '2' THEN 1 ELSE 0 END) OVER same AS adjusted,
        row_number() OVER (PARTITION BY beneficiary_id, control_number
          ORDER BY effective DESC, kind DESC, claim_id DESC) AS newest
      FROM debits ANTI JOIN taken_back USING (claim_id)
      WINDOW same AS (PARTITION BY beneficiary_id, control_number)
    )
    SELECT claim_id, _file, _row, _part, CASE WHEN is_idle THEN 'cancellation of no claim'
      ELSE 'cancellation' END AS _rule FROM cancels
    UNION ALL
    SELECT d.claim_id, d._file, d._row, d._part, 'cancelled' FROM debits d
    SEMI JOIN taken_back USING (claim_id)
    UNION ALL
    SELECT claim_id, _file, _row, _part, 'replaced' FROM standing
    WHERE {str(replace).lower()} AND adjusted = 1 AND newest > 1
    """
