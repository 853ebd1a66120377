"""Rows of patients and draws, a folder a practice: the portal opens that of who asks, no other."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from openp4p.results import Run
from openp4p.simulation.bootstrap_run import record

PATIENTS, CASES, CHANCES = "patients", "cases", "chances"
_PATIENT_COLUMNS = (
    "beneficiary_id", "step", "charges", "services", "practices", "margin", "birth_date", "sex",
    "risk_score",
)  # fmt: skip
_CASE_COLUMNS = (
    "measure", "case_id", "beneficiary_id", "numerator", "denominator", "expected", "included",
    "reason",
)  # fmt: skip


def write_rows(run: Run, keys: Mapping[str, str], into: Path) -> dict[str, int]:
    """The patients and cases of each practice in its own folder, and how likely each pair of tiers
    is, where the run has draws; how many patients each practice has.
    """
    if record(run) is not None:
        chances = run.engine.rows(run.table("tier_probabilities").order_by("tin"))
        _split(chances, keys, into, CHANCES)
    if "attributed_beneficiaries" not in run.names():
        return {}
    patients = run.engine.rows(_patients(run).order_by("tin", "beneficiary_id"))
    cases = run.table("measure_cases")
    cases = cases.filter(cases.beneficiary_id.notnull()).select("tin", *_CASE_COLUMNS)
    of_practice = run.engine.rows(cases.order_by("tin", "measure", "case_id"))
    _split(of_practice, keys, into, CASES)
    return _split(patients, keys, into, PATIENTS)


def read_rows(folder: str | Path, practice_key: str, name: str) -> list[dict[str, Any]]:
    """The rows of one practice."""
    path = Path(folder) / practice_key / f"{name}.parquet"
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist() if path.is_file() else []
    return found


def tiers_again(folder: str | Path, practice_key: str, quality: str, cost: str) -> float | None:
    """The share of draws that gave a practice this pair of tiers; none where nothing was drawn."""
    chances = read_rows(folder, practice_key, CHANCES)
    pairs = {(row["quality_tier"], row["cost_tier"]): row["probability"] for row in chances}
    return pairs.get((quality, cost))


def patient_key(beneficiary_id: str, result_key: str) -> str:
    """What stands for a patient in an address, which logs keep: nobody can work it back."""
    said = f"patient {result_key} {beneficiary_id}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).hexdigest()[:16]


def _patients(run: Run) -> ir.Table:
    """Attributed beneficiaries with age, risk, and the clinician of the practice they see most."""
    people = run.table("eligible_beneficiaries").select(
        "beneficiary_id", "birth_date", "sex", "risk_score"
    )
    found = run.table("attributed_beneficiaries").left_join(people, "beneficiary_id")
    services = run.table("primary_care_services").filter(ibis._.npi.notnull())
    charges = services.group_by("tin", "beneficiary_id", "npi").agg(charged=ibis._.charge.sum())
    most = ibis.window(group_by=["tin", "beneficiary_id"], order_by=[ibis.desc("charged"), "npi"])
    seen = charges.mutate(place=ibis.row_number().over(most))
    seen = seen.filter(seen.place == 0).select("tin", "beneficiary_id", "npi")
    joined = found.left_join(seen, ["tin", "beneficiary_id"])
    return joined.select("tin", *_PATIENT_COLUMNS, "npi")


def _split(table: pa.Table, keys: Mapping[str, str], into: Path, name: str) -> dict[str, int]:
    """One file a practice, from rows in the order of practices."""
    tins = table.column("tin").to_pylist()
    counts: dict[str, int] = {}
    begin = 0
    while begin < len(tins):
        end = begin
        while end < len(tins) and tins[end] == tins[begin]:
            end += 1
        tin = tins[begin]
        if tin in keys:
            folder = into / keys[tin]
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            pq.write_table(table.slice(begin, end - begin), folder / f"{name}.parquet")
            counts[tin] = end - begin
        begin = end
    return counts
