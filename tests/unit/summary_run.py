"""A small finished run made of written-out tables, for tests of the pages that read a run."""

# ruff: noqa: E501  # tables as text are read as tables

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq

import openp4p.attribution.attributed
import openp4p.attribution.eligible
import openp4p.benchmarks
import openp4p.composites
import openp4p.groups.practices
import openp4p.groups.reporting
import openp4p.measures.calibration
import openp4p.measures.cost_breakdown
import openp4p.measures.costs
import openp4p.payment.balance
import openp4p.payment.ledger
import openp4p.tiers  # noqa: F401  # these declare the stages whose tables are written out here
from openp4p.engine import stages
from openp4p.engine.duckdb import arrow_table
from openp4p.program.library import load_program, resolved
from openp4p.program.tables import COLUMNS
from openp4p.results import Run
from tests.conftest import parse

LEDGER = {
    "accounting": {
        "file": "string",
        "rows_read": "int64",
        "rows_used": "int64",
        "rows_set_aside": "int64",
    },
    "accounting_reasons": {
        "file": "string",
        "table_name": "string",
        "reason": "string",
        "rows": "int64",
        "rows_set_aside": "int64",
        "dollars": "decimal(38, 2)",
    },
    "accounting_money": {
        "claim_class": "string",
        "year_month": "int64",
        "dollars_read": "decimal(38, 2)",
        "dollars_used": "decimal(38, 2)",
        "dollars_set_aside": "decimal(38, 2)",
    },
}

PRACTICES = """
    tin       | size | size_class | is_subject | reason             | handling
    ----------+------+------------+------------+--------------------+---------
    100000001 |   40 | 10+        | yes        |                    |
    100000002 |   25 | 10+        | yes        |                    |
    100000003 |   12 | 10+        | yes        |                    |
    100000004 |    3 | 1-9        | yes        |                    |
    100000005 |    1 | 1-9        | yes        |                    |
    100000006 |    2 | 1-9        | no         | model_waived       | waived
    100000007 |    0 |            | no         | no_professionals   |
    100000008 |    4 | 1-9        | no         | no_physician       |
"""
CATEGORIES = """
    tin       | category | basis
    ----------+----------+-----------------
    100000001 | 1        | group
    100000002 | 1        | group
    100000003 | 2        | not_reported
    100000004 | 1        | individual_share
    100000005 | 2        | not_reported
    100000006 | 2        | not_reported
    100000007 | 2        | not_reported
    100000008 | 2        | not_reported
"""
BENEFICIARIES = """
    beneficiary_id | is_eligible | reason
    ---------------+-------------+-----------------
    SECRETBENE01   | yes         |
    SECRETBENE02   | yes         |
    SECRETBENE03   | yes         |
    SECRETBENE04   | yes         |
    SECRETBENE05   | no          | part_c
    SECRETBENE06   | no          | part_c
    SECRETBENE07   | no          | short_year
"""
ATTRIBUTED = """
    beneficiary_id | tin       | step | practices
    ---------------+-----------+------+----------
    SECRETBENE01   | 100000001 | 1    | 2
    SECRETBENE02   | 100000001 | 1    | 1
    SECRETBENE03   | 100000002 | 2    | 1
"""
TIERS = """
    tin       | size_class | category | quality_composite | quality_tier | cost_composite | cost_tier | is_tiered
    ----------+------------+----------+-------------------+--------------+----------------+-----------+----------
    100000001 | 10+        | 1        |  1.5              | high         | -1.25          | low       | yes
    100000002 | 10+        | 1        | -9.0              | low          |  0.5           | average   | yes
    100000003 | 10+        | 2        |                   |              |  0.1           |           | no
    100000004 | 1-9        | 1        |  0.25             | average      |                | average   | yes
    100000005 | 1-9        | 2        |                   |              |                |           | no
"""
PAYMENTS = """
    tin       | size_class | category | quality_tier | cost_tier | percent | multiple | adjustment_fraction | paid_amount | adjustment_amount | basis
    ----------+------------+----------+--------------+-----------+---------+----------+---------------------+-------------+-------------------+------------
    100000001 | 10+        | 1        | high         | low       |         | 5        |  0.0615             | 1000000.00  |  61500.00         | tiering
    100000002 | 10+        | 1        | low          | average   | -0.02   |          | -0.02               | 2000000.00  | -40000.00         | tiering
    100000003 | 10+        | 2        |              |           | -0.04   |          | -0.04               |  500000.00  | -20000.00         | automatic
    100000004 | 1-9        | 1        | average      | average   |  0      |          |  0                  |   80000.40  |      0.00         | tiering
    100000005 | 1-9        | 2        |              |           | -0.02   |          | -0.02               |   78000.20  |  -1560.00         | automatic
    100000006 | 1-9        | 2        |              |           |  0      |          |  0                  |   44000.00  |      0.00         | not_subject
    100000007 |            | 2        |              |           |  0      |          |  0                  |       0.00  |      0.00         | not_subject
    100000008 | 1-9        | 2        |              |           |  0      |          |  0                  |    9000.00  |      0.00         | not_subject
"""
BALANCE = """
    payment_year | downward_dollars | unit_dollars | adjustment_factor | upward_dollars | residual_dollars | source
    -------------+------------------+--------------+-------------------+----------------+------------------+---------
    2017         | -61560.00        | 5000000.00   | 0.0123            | 61500.00       | 60.00            | computed
"""
COSTS = """
    beneficiary_id | cost_dollars | annualised_cost | standardization
    ---------------+--------------+-----------------+----------------
    SECRETBENE01   | 12000.00     | 12000.0         | supplied
    SECRETBENE02   |  4000.50     |  4000.5         | supplied
    SECRETBENE03   |     0.00     |     0.0         | no_claims
    SECRETBENE04   |   100.00     |   100.0         | none
"""
FIT = """
    measure         | cases | mean_dollars | r_squared
    ----------------+-------+--------------+----------
    per_capita_cost | 3     | 5333.5       | 0.125
"""
CALIBRATION = """
    measure         | grouping    | group        | cases | beneficiaries | actual_dollars | expected_dollars | predictive_ratio
    ----------------+-------------+--------------+-------+---------------+----------------+------------------+-----------------
    per_capita_cost | all         | all          | 3     | 3             | 5333.5         | 5333.5           | 1.0
    per_capita_cost | risk_decile | 01           | 1     | 1             | 4000.0         | 5000.0           | 1.25
    per_capita_cost | risk_decile | 10           | 2     | 2             | 6000.0         | 5500.0           | 0.917
    per_capita_cost | dual        | not_dual     | 3     | 3             | 5333.5         | 5333.5           | 1.0
"""
SERVICES = """
    tin       | category           | billed_by | beneficiaries | dollars  | per_capita_dollars | peers_per_capita_dollars
    ----------+--------------------+-----------+---------------+----------+--------------------+-------------------------
    100000001 | inpatient_facility | facility  | 2             | 11000.00 | 5500.0             | 3666.67
    100000001 | em_ep              | own       | 2             |  4000.50 | 2000.25            | 1333.5
    100000001 | em_ep              | other     | 2             |  1000.00 |  500.0             |  333.33
"""
SCORES = """
    tin       | measure         | kind    | domain | cases | score | is_scored
    ----------+-----------------+---------+--------+-------+-------+----------
    100000001 | per_capita_cost | cost    | AAB    | 30    |  0.5  | yes
    100000002 | per_capita_cost | cost    | AAB    | 3     |       | no
    100000001 | acute_pqi       | quality | CCC    | 1500  |  1.25 | yes
    100000002 | acute_pqi       | quality | CCC    | 25    | -0.75 | yes
    100000003 | acute_pqi       | quality | CCC    | 4     |       | no
    100000001 | pneumonia_pqi   | quality | CCC    | 1500  |       | no
    100000001 | 001             | quality | ECC    | 40    |  0.5  | yes
    100000001 | cahps_2         | quality | PCE    | 136   |       | no
"""
BENCHMARKS = """
    measure         | mean  | standard_deviation | practices | cases | source           | is_usable
    ----------------+-------+--------------------+-----------+-------+------------------+----------
    acute_pqi       | 7.53  | 5.72               |           |       | supplied         | yes
    pneumonia_pqi   | 11.2  | 9.43               | 40        | 1529  | performance_year | yes
    001             | 0.228 | 0.061              | 30        | 900   | prior_year       | yes
"""
DOMAINS = """
    tin       | kind    | domain | measures | score
    ----------+---------+--------+----------+------
    100000001 | quality | CCC    | 1        |  1.25
    100000002 | quality | CCC    | 1        | -0.75
    100000001 | quality | ECC    | 1        |  0.5
    100000001 | cost    | AAB    | 1        |  0.5
"""
CATEGORIES_OF_SERVICE = """
    category           | name                                 | section                     | position
    -------------------+--------------------------------------+-----------------------------+---------
    inpatient_facility | Inpatient hospital facility services | Hospital inpatient services | 10
    em_ep              | Evaluation and management services   | Outpatient care             | 50
"""
ACCOUNTING = """
    file               | rows_read | rows_used | rows_set_aside
    -------------------+-----------+-----------+---------------
    claim.csv          | 1234      | 1230      | 4
    claim_line.csv     | 56789     | 56780     | 9
"""
REASONS = """
    file           | table_name | reason           | rows | rows_set_aside | dollars
    ---------------+------------+------------------+------+----------------+--------
    claim.csv      | claim      | impossible_date  | 4    | 4              | 410.10
    claim_line.csv | claim_line | <unknown claim>  | 9    | 9              |
"""
AMOUNTS = """
    claim_class | year_month | dollars_read | dollars_used | dollars_set_aside
    ------------+------------+--------------+--------------+------------------
    INPATIENT   | 201501     | 9000.25      | 8590.15      | 410.10
    INPATIENT   | 201502     | 1000.00      | 1000.00      | 0.00
    PART_B      | 201501     | 777.77       | 777.77       | 0.00
    PART_B      |            | 1.00         | 1.00         | 0.00
"""
TABLES = {
    "practices": PRACTICES,
    "reporting_categories": CATEGORIES,
    "eligible_beneficiaries": BENEFICIARIES,
    "attributed_beneficiaries": ATTRIBUTED,
    "beneficiary_costs": COSTS,
    "cost_fit": FIT,
    "cost_calibration": CALIBRATION,
    "practice_costs": SERVICES,
    "scores": SCORES,
    "benchmarks": BENCHMARKS,
    "domain_scores": DOMAINS,
    "cost_categories": CATEGORIES_OF_SERVICE,
    "tiers": TIERS,
    "payments": PAYMENTS,
    "balance": BALANCE,
    "accounting": ACCOUNTING,
    "accounting_reasons": REASONS,
    "accounting_money": AMOUNTS,
}


def columns_of(name: str) -> dict[str, str]:
    """The columns of a written-out table."""
    return dict(LEDGER.get(name) or COLUMNS.get(name) or stages()[name].columns)


def rows_of_table(name: str, text: str | None = None) -> list[dict]:
    """The written-out rows of a table."""
    return parse(TABLES[name] if text is None else text, columns_of(name))


def finished_run(
    folder: Path,
    *,
    tables: dict[str, str] | None = None,
    choices: dict[str, str] | None = None,
    **manifest: object,
) -> Run:
    """The run of the tables above, with some of them or of the manifest replaced."""
    program = load_program("medicare_value_modifier/2017", choices=choices)
    records = {}
    for name, text in {**TABLES, **(tables or {})}.items():
        inside = folder / ("intake" if name in LEDGER else "tables") / name
        inside.mkdir(parents=True)
        columns = columns_of(name)
        rows = parse(text, columns)
        pq.write_table(arrow_table(rows, columns), inside / "part-0.parquet")
        if name not in LEDGER:
            records[name] = {
                "rows": len(rows),
                "seconds": 0.25,
                "peak_memory_mb": 123.4,
                "fingerprint": "feedfacecafebeef",
            }
    head = {
        "run_id": "0123456789abcdef",
        "program_id": program.id,
        "title": program.title,
        "payment_year": 2017,
        "performance_year": 2015,
        "performance_period_override": None,
        "published_factor": None,
        "engine": "duckdb",
        "code_version": "0.1.0+abc",
        "choices": {},
        "inputs": [{"name": "claim.csv", "bytes": 98765, "sha256": "ab" * 32}],
        "program": resolved(program),
        "intake": {"seconds": 1.5, "peak_memory_mb": 200.0},
        "tables": records,
        "unions": {},
        "notes": [],
        "result_fingerprint": "fedcba9876543210",
        "finished": True,
        **manifest,
    }
    (folder / "manifest.json").write_text(json.dumps(head), encoding="utf-8")
    return Run.open(folder)
