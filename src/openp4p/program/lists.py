"""The code lists of a program: CSV files whose first line says where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openp4p.errors import Problem
from openp4p.program.files import read_list

FILES = {
    "attribution.primary_care_codes": "primary_care_services.csv",
    "specialties": "specialties.csv",
    "fee_schedule_codes": "fee_schedule_services.csv",
}
_YES = {"yes": True, "no": False}


def code_lists(folder: Path, year: int, problems: list[Problem]) -> dict[str, Any]:
    """Primary care codes, specialties and fee schedule codes, by where they belong."""
    primary = _read(
        folder,
        "attribution.primary_care_codes",
        ("hcpcs_code", "counts", "first_payment_year"),
        problems,
    )
    specialties = _read(
        folder,
        "specialties",
        ("code", "ep_class", "is_physician", "is_primary_care_physician", "is_np_pa_cns"),
        problems,
    )
    schedule = _read(folder, "fee_schedule_codes", ("hcpcs_code",), problems)
    return {
        "attribution.primary_care_codes": list(_counted(primary, year, problems)),
        "specialties": [
            {
                "code": row["code"],
                "ep_class": row["ep_class"],
                **{k: _YES.get(v, v) for k, v in row.items() if str(k).startswith("is_")},
            }
            for row in specialties
        ],
        "fee_schedule_codes": [row["hcpcs_code"] for row in schedule],
    }


def _counted(rows: list[dict[str, str]], year: int, problems: list[Problem]) -> Iterator[str]:
    """The codes of the rows that say yes and have begun."""
    file = FILES["attribution.primary_care_codes"]
    for row in rows:
        counts, since = row["counts"], row["first_payment_year"] or ""
        if counts not in _YES:
            found = f"counts is '{counts}'"
            problems.append(Problem(file, row["hcpcs_code"], found, ", ".join(_YES)))
        elif not since.isdigit():
            found = f"first_payment_year is '{since}'"
            problems.append(Problem(file, row["hcpcs_code"], found, "a year such as 2017"))
        elif _YES[counts] and int(since) <= year:
            yield row["hcpcs_code"]


def _read(
    folder: Path, name: str, columns: tuple[str, ...], problems: list[Problem]
) -> list[dict[str, str]]:
    return read_list(folder / FILES[name], columns, problems)
