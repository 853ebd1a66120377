"""CMS-HCC scores of a million people, beside hccpy and hccinfhir: how fast, and where they differ.

The two are no dependencies of the project. To compare with them:

    python -m venv others && others/bin/pip install hccpy==0.1.9 hccinfhir==0.4.0
    python benchmarks/hcc.py --others others/bin/python

Writes benchmarks/hcc.md. V22 with the factors of 2017, whose six community segments both know.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import duckdb

from openp4p.engine import open_engine
from openp4p.program.risk_tables import COLUMNS, Version, shape_of, version_rows
from openp4p.risk.hcc import Model, scores

VERSION = Version("V22", "C2214O5P", 2017)
TABLES = ("codes", "edits", "conditions", "segments", "demographics", "interactions", "sets")
PAGE = Path(__file__).with_suffix(".md")
AGES = [*range(20, 64, 7), 64, 64, 65, 65, *range(66, 96, 2), 97]
PEOPLE_SQL = """
SELECT 'B' || lpad(i::VARCHAR, 9, '0') AS beneficiary_id, '' AS asked_segment,
  CASE WHEN n < .07 THEN 'new_enrollee' WHEN n < .10 THEN 'institutional' ELSE 'community' END
    AS population,
  CASE WHEN NOT medicaid THEN 'none' WHEN d < .5 THEN 'full' ELSE 'partial' END AS dual_benefit,
  age, sex, medicaid,
  CASE WHEN age < 65 THEN (CASE WHEN d < .9 THEN '1' ELSE '2' END)
       ELSE (CASE WHEN d < .85 THEN '0' WHEN d < .98 THEN '1' ELSE '3' END) END AS reason
FROM (SELECT i, (CASE WHEN random() < .15 THEN 30 + floor(random() * 35)
                      ELSE 65 + floor(random() * random() * 35) END)::BIGINT AS age,
        CASE WHEN random() < .45 THEN '1' ELSE '2' END AS sex, random() < .2 AS medicaid,
        random() AS d, random() AS n FROM range({people}) t(i))
"""
# eight diagnoses a person, three of ten of them of a condition category, common ones more often
DIAGNOSES_SQL = """
SELECT 'B' || lpad(i::VARCHAR, 9, '0') AS beneficiary_id, 10::BIGINT AS icd_version,
  CASE WHEN m < .3 THEN codes.code ELSE 'Z' || lpad(z::VARCHAR, 4, '0') END AS code
FROM (SELECT i, random() AS m, floor(random() * random() * {codes})::BIGINT AS n,
        floor(random() * 2000)::BIGINT AS z
      FROM range({people}) t(i), range(16) u(j) WHERE random() < .5) JOIN codes USING (n)
"""


def coded() -> list[str]:
    """The ICD-10 codes of the version that belong to a condition category."""
    return sorted(r["code"] for r in version_rows(VERSION)["hcc_codes"] if r["icd_version"] == 10)


def generated(people: int, folder: Path) -> None:
    """Parquet files of people and of about eight diagnoses each."""
    codes = coded()
    base = duckdb.connect()
    base.execute("SELECT setseed(.4)").fetchall()
    base.execute("SET threads = 1").fetchall()
    base.execute("CREATE TABLE codes (n BIGINT, code VARCHAR)").fetchall()
    rows = ", ".join(f"({n}, '{code}')" for n, code in enumerate(codes))
    base.execute(f"INSERT INTO codes VALUES {rows}").fetchall()
    for name, query in (("people", PEOPLE_SQL), ("diagnoses", DIAGNOSES_SQL)):
        asked = query.format(people=people, codes=len(codes))
        base.execute(f"COPY ({asked}) TO '{folder / name}.parquet'").fetchall()
    base.close()


def model(engine) -> Model:
    rows = version_rows(VERSION)
    tables = {n: engine.table(rows[f"hcc_{n}"], COLUMNS[f"hcc_{n}"]) for n in TABLES}
    return Model(**tables, shape=shape_of(VERSION))


def engine_speed(people: int, folder: Path, threads: int) -> dict[str, float]:
    """Seconds from Parquet to Parquet, the best of three; making the query counts too."""
    generated(people, folder)
    seconds, busy = [], []
    for attempt in range(3):
        engine = open_engine("duckdb", threads=threads)
        started, before = time.perf_counter(), time.process_time()
        found = scores(
            engine.read_parquet(folder / "people.parquet"),
            engine.read_parquet(folder / "diagnoses.parquet"),
            model(engine),
        )
        engine.store(found, folder / f"scores-{attempt}")
        seconds.append(time.perf_counter() - started)
        busy.append(time.process_time() - before)
        engine.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": min(seconds), "cpu": min(busy), "peak_gib": peak}


def contradictory(number: int) -> list[dict]:
    """People with facts that contradict each other, in the segment of their age and benefits."""
    draw, codes = Random(7), coded()
    common = ["E119", "I509", "J449", "I5020", "E1121", "N184", "D66", "J42", "F3481", "A419"]
    listed = []
    for _ in range(number):
        age, benefit = draw.choice(AGES), draw.choice(["none", "full", "partial"])
        letters = {"none": "N", "full": "F", "partial": "P"}[benefit]
        community = f"C{letters}{'A' if age >= 65 else 'D'}"
        picked = [draw.choice(codes) for _ in range(draw.choice([0, 1, 2, 4]))]
        picked += [draw.choice(common) for _ in range(draw.choice([0, 1, 2, 3]))]
        listed.append(
            {
                "age": age,
                "sex": draw.choice("12"),
                "orec": draw.choice("0123"),
                "benefit": benefit,
                "medicaid": benefit != "none",
                "segment": draw.choice([community] * 6 + ["INS", "NE"]),
                "codes": sorted(set(picked)),
            }
        )
    return listed


def our_scores(people: list[dict]) -> list[dict]:
    """The score and the terms of each of the people."""
    engine = open_engine("duckdb", threads=2)
    columns = {
        "beneficiary_id": "string",
        "asked_segment": "string",
        "population": "string",
        "dual_benefit": "string",
        "age": "int64",
        "sex": "string",
        "medicaid": "boolean",
        "reason": "string",
    }
    rows = [
        {
            "beneficiary_id": f"{n:06}",
            "asked_segment": p["segment"],
            "population": "community",
            "dual_benefit": p["benefit"],
            "age": p["age"],
            "sex": p["sex"],
            "medicaid": p["medicaid"],
            "reason": p["orec"],
        }
        for n, p in enumerate(people)
    ]
    codes = [
        {"beneficiary_id": f"{n:06}", "icd_version": 10, "code": code}
        for n, p in enumerate(people)
        for code in p["codes"]
    ]
    diagnoses = {"beneficiary_id": "string", "icd_version": "int64", "code": "string"}
    found = scores(engine.table(rows, columns), engine.table(codes, diagnoses), model(engine))
    by_id = sorted(engine.rows(found).to_pylist(), key=lambda r: r["beneficiary_id"])
    engine.close()
    return [
        {
            "score": r["risk_score"],
            "terms": {
                name: float(value)
                for name, value in (t.split("=") for t in r["terms"].split("|") if t)
            },
        }
        for r in by_id
    ]


def others(python: str, people: list[dict], folder: Path, *more: str) -> dict[str, dict]:
    """What hccpy and hccinfhir say of the same people."""
    (folder / "people.json").write_text(json.dumps(people), encoding="utf-8")
    script = Path(__file__).with_name("hcc_others.py")
    files = [folder / "people.json", folder / "answers.json"]
    subprocess.run([python, script, *files, *more], check=True)
    return json.loads((folder / "answers.json").read_text(encoding="utf-8"))


CAUSES = {
    "reason_3": "hccpy counts reason for entitlement 3 as originally disabled; V22 only 1",
    "age_64": "hccpy leaves a new enrollee of 64 entitled by age in the cell 60-64; it is 65",
    "diabetes_chf": "hccinfhir looks the term of diabetes with heart failure up by a name that no "
    "factor has",
    "esrd_cell": "hccinfhir takes reasons 2 and 3 as renal disease and finds no factor for "
    "a new enrollee of 65-69",
    "code_list": "hccinfhir brings code lists of 2025 and later; a code is in another category "
    "there, or in none",
}


def _terms(name: str, person: dict, answer: dict) -> dict[str, float]:
    """The terms of another program under CMS's names, without those of factor 0."""
    prefix = f"{person['segment']}_" if name == "hccpy" else ""
    found = {k.removeprefix(prefix): v for k, v in answer["terms"].items() if v}
    return {f"HCC{k}" if k.isdigit() else k: v for k, v in found.items()}


def causes(name: str, person: dict, ours: dict, answer: dict, lists: dict[str, bool]) -> list[str]:
    """Why the two scores of a person differ; nothing if that cannot be said."""
    theirs = _terms(name, person, answer)
    mine = {k: v for k, v in ours["terms"].items() if v}
    differing = {k for k in {*mine, *theirs} if abs(mine.get(k, 0.0) - theirs.get(k, 0.0)) > 1e-6}
    found, reason = [], person["orec"]
    origin = {k for k in differing if "ORIGDIS" in k.upper().replace("INALLYDISABLED", "DIS")}
    if name == "hccpy":
        if reason == "3" and origin:
            found, differing = ["reason_3"], differing - origin - {"ORIGDS"}
        if person["segment"] == "NE" and person["age"] == 64 and reason == "0" and differing:
            found, differing = [*found, "age_64"], {k for k in differing if "NE" not in k}
        return found if not differing else []
    if "HCC85_gDiabetesMellit" in differing and "HCC85_gDiabetesMellit" not in theirs:
        found, differing = ["diabetes_chf"], differing - {"HCC85_gDiabetesMellit"}
    in_band = 65 <= person["age"] <= 69 and reason in "23"
    if person["segment"] == "NE" and in_band and not theirs:
        found, differing = [*found, "esrd_cell"], set()
    if differing and any(lists[code] for code in person["codes"]):
        found, differing = [*found, "code_list"], set()
    return found if not differing else []


def mismatches(python: str, folder: Path, number: int) -> list[str]:
    """The table of differences, each with its cause."""
    people = contradictory(number)
    ours = our_scores(people)
    answers = others(python, people, folder, "--categories")
    mapped = {r["code"]: [h["hcc"] for h in _held(r)] for r in version_rows(VERSION)["hcc_codes"]}
    lists = {
        code: sorted(map(int, theirs)) != sorted(mapped.get(code, []))
        for code, theirs in answers["categories"].items()
    }
    lines = [
        "| | people | same score | cause of a difference | people |",
        "|---|---|---|---|---|",
    ]
    for name in ("hccpy", "hccinfhir"):
        pairs = list(zip(people, ours, answers[name]["rows"], strict=True))
        wrong = [p for p in pairs if abs(p[1]["score"] - p[2]["score"]) > 5e-4]
        counts = Counter(" + ".join(causes(name, *pair, lists)) or "unexplained" for pair in wrong)
        first = f"| {name} | {len(pairs):,} | {len(pairs) - len(wrong):,} "
        for kind, count in counts.most_common():
            said = "; and ".join(CAUSES.get(cause, cause) for cause in kind.split(" + "))
            lines.append(f"{first}| {said} | {count:,} |")
            first = "| | | "
        print(name, len(wrong), dict(counts))
        assert "unexplained" not in counts, f"{name}: a difference has no known cause"
    return lines


def _held(row: dict) -> list[dict]:
    """The condition categories of a row of `hcc_codes`."""
    listed = version_rows(VERSION)["hcc_conditions"]
    return [h for h in listed if h["low"] & row["low"] or h["high"] & row["high"]]


def of_generated(folder: Path, number: int) -> list[dict]:
    """The first of the generated people, as the others take them."""
    base = duckdb.connect()
    rows = base.execute(
        f"""SELECT s.segment, p.age, p.sex, p.reason, p.dual_benefit, p.medicaid,
          list(d.code) FILTER (WHERE d.code IS NOT NULL)
        FROM (FROM '{folder}/people.parquet' ORDER BY beneficiary_id LIMIT {number}) p
        JOIN '{folder}/scores-0/*.parquet' s USING (beneficiary_id)
        LEFT JOIN '{folder}/diagnoses.parquet' d USING (beneficiary_id)
        GROUP BY beneficiary_id, 1, 2, 3, 4, 5, 6"""
    ).fetchall()
    base.close()
    names = ("segment", "age", "sex", "orec", "benefit", "medicaid", "codes")
    return [{**dict(zip(names, row, strict=True)), "codes": row[-1] or []} for row in rows]


def _speed(name: str, people: int, found: dict[str, float]) -> str:
    peak = f"{found['peak_gib']:.2f} GiB" if "peak_gib" in found else ""
    return (
        f"| {name} | {people:,} | {found['seconds']:.2f} | {found['cpu']:.2f} | "
        f"{people / found['seconds']:,.0f} | {people / found['cpu']:,.0f} | {peak} |"
    )


def main() -> None:
    """Measure, compare, and write the page."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--people", type=int, default=1_000_000)
    asked.add_argument("--threads", type=int, default=2)
    asked.add_argument("--others", help="a Python that has hccpy and hccinfhir")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        speed = engine_speed(given.people, folder, given.threads)
        print(speed)
        lines = [
            "# CMS-HCC scores",
            "",
            "Made by `python benchmarks/hcc.py --others PYTHON`. V22, factors of 2017, about",
            "eight diagnoses a person; from Parquet to Parquet with every term of every score,",
            "against the scoring alone of the others. Processor seconds hardly depend on what else",
            "a machine does; elapsed seconds do.",
            "",
            "| | beneficiaries | seconds | processor seconds | a second | a processor second |"
            " peak memory |",
            "|---|---|---|---|---|---|---|",
            _speed(f"openp4p, {given.threads} threads", given.people, speed),
        ]
        if given.others:
            people = of_generated(folder, 5000)
            answers = others(given.others, people, folder)
            for other in ("hccpy", "hccinfhir"):
                lines.append(_speed(f"{other}, 1 thread", len(people), answers[other]))
            for other in ("hccpy", "hccinfhir"):
                ratios = [
                    (given.people / speed[what]) / (len(people) / answers[other][what])
                    for what in ("seconds", "cpu")
                ]
                lines += [
                    "",
                    f"openp4p scores {ratios[0]:,.0f} times as many people a second as {other}, "
                    f"{ratios[1]:,.0f} times as many a processor second.",
                ]
            lines += [
                "",
                "## Where scores differ",
                "",
                "People made up so that their facts contradict each other: any reason for",
                "entitlement at any age, codes that an edit changes, interactions often.",
                "",
                *mismatches(given.others, folder, 4000),
            ]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
