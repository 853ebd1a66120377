"""Scores by hccpy 0.1.9 and hccinfhir 0.4.0, in a Python of their own (see benchmarks/hcc.py).

Reads people as JSON (age, sex, orec, medicaid, benefit, segment, codes), writes their scores, and
the seconds that the scoring took.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

BENEFITS = {"none": "NA", "full": "02", "partial": "01"}


def by_hccpy(people: list[dict]) -> tuple[list[dict], dict[str, float]]:
    from hccpy.hcc import HCCEngine

    engine = HCCEngine("22", dx2cc_year="2017")
    started, before = time.perf_counter(), time.process_time()
    found = [
        engine.profile(
            p["codes"],
            age=p["age"],
            sex="M" if p["sex"] == "1" else "F",
            elig=p["segment"],
            orec=p["orec"],
            medicaid=p["medicaid"],
        )
        for p in people
    ]
    spent = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - before}
    rows = [
        {"score": r["risk_score"], "terms": {k: float(v) for k, v in r["details"].items()}}
        for r in found
    ]
    return rows, spent


def by_hccinfhir(people: list[dict]) -> tuple[list[dict], dict[str, float]]:
    from hccinfhir import Demographics, HCCInFHIR

    engine = HCCInFHIR(model_name="CMS-HCC Model V22")
    started, before = time.perf_counter(), time.process_time()
    found = [
        engine.calculate_from_diagnosis(
            p["codes"],
            Demographics(
                age=p["age"],
                sex=p["sex"],
                dual_elgbl_cd=BENEFITS[p["benefit"]],
                orec=p["orec"],
            ),
            prefix_override=p["segment"] + "_",
        )
        for p in people
    ]
    spent = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - before}
    rows = [{"score": r.risk_score, "terms": dict(r.coefficients)} for r in found]
    return rows, spent


def categories_by_hccinfhir(codes: list[str]) -> dict[str, list[str]]:
    """What each code belongs to in its code list, of a man of 70."""
    from hccinfhir import Demographics, HCCInFHIR

    engine = HCCInFHIR(model_name="CMS-HCC Model V22")
    man = Demographics(age=70, sex="1", dual_elgbl_cd="NA", orec="0")
    return {code: sorted(engine.calculate_from_diagnosis([code], man).cc_to_dx) for code in codes}


def main() -> None:
    people = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    answers = {}
    for name, score in (("hccpy", by_hccpy), ("hccinfhir", by_hccinfhir)):
        rows, spent = score(people)
        answers[name] = {"rows": rows, **spent}
    codes = sorted({code for person in people for code in person["codes"]})
    answers["categories"] = categories_by_hccinfhir(codes) if "--categories" in sys.argv else {}
    Path(sys.argv[2]).write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main()
