"""How the work of Medicare Spending per Beneficiary grows with the number of beneficiaries.

    python benchmarks/episodes.py 200000 1000000 5000000

For each size: tables made at random in DuckDB, in a folder of its own, then every step from
inpatient claims to rates, payment year 2017, in a process of its own. The table goes to
episodes.md; what was measured for other sizes is kept in episodes.json.
"""

from __future__ import annotations

import argparse
import inspect
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from openp4p.claims.tables import TABLES
from openp4p.engine import open_engine
from openp4p.engine.stage import Stage
from openp4p.measures.episodes import MEASURE
from openp4p.measures.rates import unadjusted_rates
from openp4p.measures.registry import Solved, measures
from openp4p.measures.service_costs import service_costs
from openp4p.measures.stays import inpatient_stays, stay_claims
from openp4p.program.library import load_program
from openp4p.program.tables import rule_tables
from openp4p.risk.institutional import nursing_facility_cover

HERE = Path(__file__).parent
MEASURED, PAGE = HERE / "episodes.json", HERE / "episodes.md"
PROGRAM = load_program("medicare_value_modifier/2017")
THREADS = 2
MEGABYTE = 2**20

# a beneficiary: two years of enrolment, a stay for one in three, 20 priced services, 12 lines of
# professionals and 8 diagnosed claims; one person in a hundred is in hospital again and again
TABLES_MADE = {
    "beneficiary": """
        SELECT 'b' || i AS beneficiary_id, DATE '1930-01-01' + (hash(i) % 11000)::INT AS birth_date,
               (1 + hash(i, 2) % 2)::VARCHAR AS sex,
               CASE WHEN hash(i, 3) % 25 = 0
                    THEN DATE '2015-01-01' + (hash(i, 4) % 365)::INT END AS death_date,
               (hash(i, 5) % 10 // 8)::VARCHAR AS orig_entitlement_code
        FROM range({people}) AS t(i)""",
    "enrollment_month": """
        SELECT 'b' || i AS beneficiary_id,
               (201401 + m + CASE WHEN m > 11 THEN 88 ELSE 0 END)::BIGINT AS year_month,
               true AS part_a, hash(i, 6) % 20 > 0 AS part_b,
               hash(i, 7) % 30 = 0 AS ma_enrolled, '10' AS entitlement_status
        FROM range({people}) AS t(i), range(24) AS u(m)""",
    "claim": """
        SELECT 'i' || i || '-' || n AS claim_id, 'b' || i AS beneficiary_id,
               'INPATIENT' AS claim_class, admitted AS from_date,
               admitted + stayed AS thru_date, admitted AS admission_date,
               admitted + stayed AS discharge_date,
               CASE WHEN hash(i, n, 5) % 25 = 0 THEN '02' ELSE '01' END AS discharge_status,
               format('{{:02d}}{{:04d}}', 1 + hash(i, n, 6) % 20, 1 + hash(i, n, 7) % 60) AS ccn,
               drg, 9000.00::DECIMAL(18, 2) AS paid_amount
        FROM (SELECT i, n, (hash(i, n, 2) % 9)::INT AS stayed,
                     DATE '2014-01-01' + (hash(i, n, 3) % 700)::INT AS admitted,
                     drgs[1 + (sqrt(hash(i, n, 4) % 250000)::INT) % len(drgs)] AS drg
              FROM range({people}) AS t(i), range(12) AS u(n), listed
              WHERE n < CASE WHEN hash(i) % 100 = 0 THEN 12 WHEN hash(i) % 3 = 0 THEN 1 END)
        UNION ALL BY NAME
        SELECT 'o' || i || '-' || n AS claim_id, 'b' || i AS beneficiary_id,
               CASE WHEN n < 3 THEN 'OUTPATIENT' ELSE 'PART_B' END AS claim_class,
               DATE '2014-01-01' + (hash(i, n, 8) % 730)::INT AS from_date, from_date AS thru_date
        FROM range({people}) AS t(i), range(8) AS u(n)""",
    "claim_line": """
        SELECT 'o' || i || '-' || (3 + n % 5) AS claim_id, n::BIGINT AS line_number,
               'b' || i AS beneficiary_id, 'PART_B' AS claim_class,
               DATE '2014-01-01' + (hash(i, n, 9) % 730)::INT AS from_date,
               'T' || (hash(i, n, 10) % 5000) AS tin, '11' AS specialty, '99213' AS hcpcs_code,
               '11' AS place_of_service, 100.00::DECIMAL(18, 2) AS allowed_amount
        FROM range({people}) AS t(i), range(10) AS u(n)
        UNION ALL BY NAME
        SELECT 'i' || i || '-' || n AS claim_id, 'b' || i AS beneficiary_id,
               k::BIGINT AS line_number, 'PART_B' AS claim_class,
               DATE '2014-01-01' + (hash(i, n, 3) % 700 + k)::INT AS from_date,
               'T' || (hash(i, n, k) % 5000) AS tin, '06' AS specialty, '99223' AS hcpcs_code,
               '21' AS place_of_service, 150.00::DECIMAL(18, 2) AS allowed_amount
        FROM range({people}) AS t(i), range(12) AS u(n), range(3) AS v(k)
        WHERE n < CASE WHEN hash(i) % 100 = 0 THEN 12 WHEN hash(i) % 3 = 0 THEN 1 END""",
    "diagnosis": """
        SELECT 'o' || i || '-' || n AS claim_id, 1::BIGINT AS seq, 'b' || i AS beneficiary_id,
               codes[(1 + hash(i, n, 11) % len(codes))::INT] AS code, 9::BIGINT AS icd_version
        FROM range({people}) AS t(i), range(8) AS u(n), listed""",
    "service_costs": """
        SELECT 's' || i AS claim_id, n::BIGINT AS line_number, 'b' || i AS beneficiary_id,
               'PART_B' AS claim_class, DATE '2014-06-01' + (hash(i, n, 12) % 579)::INT AS from_day,
               from_day AS thru_day, true AS in_year, 'T1' AS tin, 'n' AS npi,
               'category ' || hash(i, n, 13) % 12 AS category,
               (hash(i, n, 14) % 50000 / 100)::DECIMAL(18, 2) AS amount,
               'supplied' AS standardization
        FROM range({people}) AS t(i), range(20) AS u(n)
        UNION ALL BY NAME
        SELECT claim_id, 0::BIGINT AS line_number, beneficiary_id, claim_class,
               from_date AS from_day, thru_date AS thru_day, true AS in_year,
               'inpatient' AS category,
               (5000 + hash(claim_id) % 9000 + ascii(drg[3]) * 50)::DECIMAL(18, 2) AS amount,
               'supplied' AS standardization
        FROM claim WHERE claim_class = 'INPATIENT'""",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("sizes", type=int, nargs="+", metavar="BENEFICIARIES")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks"))
    parser.add_argument("--walk", action="store_true", help="only measure tables that are there")
    said = parser.parse_args()
    if said.walk:
        print(json.dumps(walk(said.folder / f"episodes-{said.sizes[0]}")))
        return
    measured = json.loads(MEASURED.read_text("utf-8")) if MEASURED.exists() else {}
    for size in said.sizes:
        make(size, said.folder / f"episodes-{size}")
        words = [sys.executable, __file__, str(size), "--walk", "--folder", str(said.folder)]
        found = subprocess.run(words, check=True, capture_output=True, text=True)
        measured[str(size)] = json.loads(found.stdout.splitlines()[-1])
        MEASURED.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(measured), encoding="utf-8")
        print(f"{size:,} beneficiaries: {seconds(measured[str(size)]):.1f} s")


def make(size: int, folder: Path) -> None:
    """The tables of so many beneficiaries, as Parquet."""
    if folder.exists():
        return
    folder.mkdir(parents=True)
    listed = rule_tables(PROGRAM)
    drgs = [row["drg"] for row in listed["drgs"][1]]
    codes = [row["code"] for row in listed["hcc_flag_codes"][1] if row["icd_version"] == 9]
    connection = duckdb.connect(config={"threads": THREADS, "preserve_insertion_order": False})
    connection.execute("CREATE TABLE listed AS SELECT ? AS drgs, ? AS codes", [drgs, codes[::9]])
    for name, query in TABLES_MADE.items():
        path = folder / f"{name}.parquet"
        asked = query.format(people=size)
        connection.execute(f"COPY ({asked}) TO '{path}' (FORMAT parquet)")
        connection.execute(f"CREATE VIEW {name} AS FROM '{path}'")


def walk(folder: Path) -> dict:
    """Seconds and rows of every step, and the most memory that the process held."""
    engine = open_engine("duckdb", threads=THREADS, spill_folder=folder / "spill")
    tables = {n: engine.table(rows, columns) for n, (columns, rows) in rule_tables(PROGRAM).items()}
    for name in ("claim", "claim_line", "diagnosis", "beneficiary", "enrollment_month"):
        tables[name] = completed(
            engine.read_parquet(folder / f"{name}.parquet"), TABLES[name].types
        )
    found = engine.read_parquet(folder / "service_costs.parquet")
    tables["service_costs"] = completed(found, service_costs.columns)
    tables["supplied_rate"] = engine.table([], TABLES["supplied_rate"].types)
    (spending,) = [m for m in measures() if m.cases.name == f"{MEASURE}_cases"]
    steps = [stay_claims, inpatient_stays, nursing_facility_cover, *spending.steps, spending.cases]
    made = []
    for step in [*steps, unadjusted_rates]:
        if any(entry["step"] == step.name for entry in made):
            continue
        started = time.perf_counter()
        if isinstance(step, Solved):
            rows = step.solve(engine.rows(tables[step.source]).to_pylist())
            tables[step.name] = engine.table(rows, step.columns)
        else:
            tables[step.name] = stored(engine, step, tables, folder)
        took = time.perf_counter() - started
        count = engine.rows(tables[step.name].count().as_table())[0][0].as_py()
        made.append({"step": step.name, "seconds": round(took, 2), "rows": count})
        tables["measure_cases"] = tables[step.name]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE
    services = engine.rows(tables["service_costs"].count().as_table())[0][0].as_py()
    return {"steps": made, "peak_megabytes": round(peak), "services": services}


def completed(table, columns):
    """The table with its declared columns, those that were not made being empty."""
    import ibis

    return table.select(
        **{
            name: table[name].cast(kind) if name in table.columns else ibis.null(kind)
            for name, kind in columns.items()
        }
    )


def stored(engine, stage: Stage, tables: dict, folder: Path):
    """The stored table of a stage, made anew."""
    arguments = {
        name: PROGRAM if name == "program" else tables[name]
        for name in inspect.signature(stage.function).parameters
    }
    out = folder / f"{stage.name}-{time.time_ns()}"
    engine.store(stage(**arguments), out)
    return engine.read_parquet(out)


def seconds(found: dict) -> float:
    return sum(step["seconds"] for step in found["steps"])


def page(measured: dict) -> str:
    """The table of every size that was measured."""
    sizes = sorted(measured, key=int)
    first = measured[sizes[0]]
    lines = [
        "# Spending per beneficiary by number of beneficiaries",
        "",
        "Made by `python benchmarks/episodes.py`: tables made at random, payment year 2017, DuckDB,"
        f" {THREADS} threads.",
        "*s* are seconds, *rows* those that the step makes. *growth*: how many times longer the",
        "largest size takes than the smallest, over how many times it is larger (1: in step).",
        "",
        "| step |" + "".join(f" {int(size):,}: s | rows |" for size in sizes) + " growth |",
        "|---|" + "--:|--:|" * len(sizes) + "--:|",
    ]
    larger = int(sizes[-1]) / int(sizes[0])
    for number, step in enumerate(first["steps"]):
        row = [measured[size]["steps"][number] for size in sizes]
        lines.append(_line(step["step"], row, larger))
    totals = [{"seconds": seconds(measured[size]), "rows": ""} for size in sizes]
    lines.append(_line("**all**", totals, larger))
    for name, key in (("priced services", "services"), ("peak MB", "peak_megabytes")):
        cells = "".join(f" | {measured[size][key]:,} |" for size in sizes)
        lines.append(f"| {name} |{cells} |")
    return "\n".join(lines) + "\n"


def _line(name: str, row: list[dict], larger: float) -> str:
    cells = "".join(
        f" {entry['seconds']:.2f} | {entry['rows']:,} |"
        if entry["rows"] != ""
        else f" {entry['seconds']:.2f} | |"
        for entry in row
    )
    growth = row[-1]["seconds"] / max(row[0]["seconds"], 0.01) / larger
    return f"| {name} |{cells} {growth:.2f} |"


if __name__ == "__main__":
    main()
