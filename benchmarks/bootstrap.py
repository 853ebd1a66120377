"""Seconds and memory of drawing the patients of many practices again.

    python benchmarks/bootstrap.py --practices 20000 --draws 500

The tables that draws rest on are made directly, without claims: each practice has a few dozen
beneficiaries with cases of three measures, and a report of many patients. The table goes to
bootstrap.md.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import duckdb

from openp4p.engine import open_engine
from openp4p.engine.memory import peak_memory
from openp4p.program.library import load_program
from openp4p.simulation.bootstrap import Results
from openp4p.simulation.bootstrap_run import drawn_tables

PAGE = Path(__file__).parent / "bootstrap.md"
PROGRAM = "medicare_value_modifier/2017"
BENEFICIARIES = 25  # of each practice
# measure, kind, domain, sign, mean and deviation of the benchmark
MEASURES = (
    ("per_capita_cost", "cost", "AAB", 1.0, 12000.0, 2500.0),
    ("acute_pqi", "quality", "CCC", -1.0, 20.0, 12.0),
    ("chronic_pqi", "quality", "CCC", -1.0, 50.0, 25.0),
)
TABLES = {
    "people": "SELECT 'T' || t AS tin, 'B' || t || '.' || b AS beneficiary_id, t, b "
    "FROM range({practices}) AS p(t), range({beneficiaries}) AS q(b)",
    "measure_cases": "SELECT m.measure, tin, beneficiary_id AS case_id, beneficiary_id, "
    "1::BIGINT AS cases, CASE WHEN m.kind = 'cost' THEN (hash(t, b) % 2400000) / 100.0 "
    "ELSE (hash(t, b, m.measure) % 40 = 0)::DOUBLE END AS numerator, 1.0::DOUBLE AS denominator, "
    "CASE WHEN m.kind = 'cost' THEN 12000.0 ELSE 0.025 END::DOUBLE AS expected, "
    "NULL::DOUBLE AS spread, NULL::DOUBLE AS national_mean, true AS included, "
    "NULL::VARCHAR AS reason FROM people, measures AS m",
    "measure_rules": "SELECT measure, 'observed_over_expected' AS form, sign FROM measures "
    "UNION ALL SELECT '236', 'proportion', 1.0",
    "sums": "SELECT tin, measure, sum(numerator) / sum(expected) AS over_expected "
    "FROM measure_cases GROUP BY ALL",
    "scores": "SELECT tin, measure, kind, domain, true AS is_scored, "
    "over_expected * mean AS rate, deviation AS benchmark_sd, 0.04::DOUBLE AS score_variance, "
    "sign * (over_expected * mean - mean) / deviation AS score FROM sums JOIN measures "
    "USING (measure) UNION ALL SELECT 'T' || t, '236', 'quality', 'ECC', true, 0.77, 0.09, "
    "0.16, (hash(t) % 400) / 100.0 - 2 FROM range({practices}) AS p(t)",
    "domain_scores": "SELECT tin, kind, domain, count(*) AS measures, avg(score) AS score, "
    "NULL::DOUBLE AS variance FROM scores GROUP BY ALL",
    "raw_composites": "SELECT tin, kind, count(*) AS domains, avg(score) AS raw, "
    "NULL::DOUBLE AS variance FROM domain_scores GROUP BY ALL",
    "composites": "SELECT tin, kind, NULL::VARCHAR AS entity_id, raw, 0.0::DOUBLE AS peer_mean, "
    "1.0::DOUBLE AS peer_sd, raw AS composite, 0.3::DOUBLE AS standard_error FROM raw_composites",
    "tiers": "SELECT tin, '10+' AS size_class, true AS is_tiered, NULL::VARCHAR AS reason, "
    "0.3::DOUBLE AS quality_standard_error, 0.3::DOUBLE AS cost_standard_error, "
    "NULL::VARCHAR AS quality_tier, NULL::VARCHAR AS cost_tier "
    "FROM (SELECT DISTINCT tin FROM people)",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--practices", type=int, default=20_000)
    parser.add_argument("--draws", type=int, default=500)
    said = parser.parse_args()
    lines = [measured(said.practices // 10, said.draws), measured(said.practices, said.draws)]
    PAGE.write_text(page(lines), encoding="utf-8")


def made(folder: Path, practices: int) -> None:
    """The tables, as a run would have stored them."""
    with duckdb.connect() as connection:
        listed = ", ".join(map(str, MEASURES))
        connection.execute(
            "CREATE TABLE measures AS SELECT * FROM (VALUES "
            f"{listed}) AS m(measure, kind, domain, sign, mean, deviation)"
        )
        for name, query in TABLES.items():
            text = query.format(practices=practices, beneficiaries=BENEFICIARIES)
            connection.execute(f"CREATE TABLE {name} AS {text}")
            connection.execute(f"COPY {name} TO '{folder / name}.parquet' (FORMAT parquet)")


def measured(practices: int, draws: int) -> str:
    """One line: the draws of so many practices."""
    program = load_program(PROGRAM)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        made(folder, practices)
        engine = open_engine("duckdb", memory_limit="6GB", spill_folder=folder / "spill")
        names = Results.__dataclass_fields__
        found = Results(**{n: engine.read_parquet(folder / f"{n}.parquet") for n in names})
        begun = time.perf_counter()
        with peak_memory(children=False) as peak:
            times, _ = drawn_tables(
                found, engine, program, folder / "scratch", draws=draws, progress=told
            )
            total = int(times.times.sum().execute())
        seconds = time.perf_counter() - begun
        assert total == practices * draws, "every practice is in one pair of tiers in every draw"
        engine.close()
    cases = practices * BENEFICIARIES * len(MEASURES)
    line = (
        f"| {practices:,} | {draws:,} | {cases:,} | {seconds:,.0f} "
        f"| {practices * draws / seconds:,.0f} | {peak.megabytes:,.0f} |"
    )
    print(line, flush=True)
    return line


def told(_what: str, done: int, total: int) -> None:
    print(f"{done}/{total}", end=" ", flush=True)


def page(lines: list[str]) -> str:
    return "\n".join(
        [
            "# Drawing the patients of every practice again",
            "",
            "You will be able to tell how long `openp4p uncertainty` takes. DuckDB, "
            f"{os.cpu_count()} processors, {BENEFICIARIES} beneficiaries a practice with cases of "
            f"{len(MEASURES)} measures each and one report, made without claims "
            "(`benchmarks/bootstrap.py`).",
            "",
            "| practices | draws | cases | seconds | practices drawn a second | peak MB |",
            "|---:|---:|---:|---:|---:|---:|",
            *lines,
            "",
        ]
    )


if __name__ == "__main__":
    main()
