"""One run of each public sample, by the command that a user would give."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.command_line import openp4p
from tests.samples.public import SETTING, file_of, rows_of_file, sample, write_crosswalk

# without the setting there is nothing to collect; tests/conftest.py says so
collect_ignore_glob = [] if os.environ.get(SETTING) else ["test_*.py"]
PROGRAM = "medicare_value_modifier/2017"


@pytest.fixture(scope="session")
def synpuf() -> Path:
    """DE-SynPUF sample 2: 356 beneficiaries, 2008 and 2009, with carrier claims."""
    return sample("desynpuf_s02_500")


@pytest.fixture(scope="session")
def synpuf_full() -> Path:
    """DE-SynPUF sample 1: all beneficiaries and inpatient claims, 2008 to 2010."""
    return sample("desynpuf_s01_full")


@pytest.fixture(scope="session")
def tuva() -> Path:
    """The Tuva input layer: 100 patients, claims of 2018, no TIN."""
    return sample("tuva_demo_100")


@pytest.fixture(scope="session")
def regrouping(synpuf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The TINs of the carrier claims in forty practices."""
    path = tmp_path_factory.mktemp("crosswalk") / "practices.csv"
    claims = file_of(synpuf, "Carrier")
    tins = (v for row in rows_of_file(claims) for c, v in row.items() if c.startswith("TAX_NUM_"))
    assert write_crosswalk(path, "raw_tin", tins, practices=40) == 6_478
    return path


@pytest.fixture(scope="session")
def synpuf_run(synpuf, regrouping, tmp_path_factory) -> Path:
    """The care of 2009 paid by the rules of 2017."""
    out = tmp_path_factory.mktemp("synpuf") / "run"
    openp4p(
        "run", PROGRAM, "--input", synpuf, "--crosswalk", regrouping,
        "--performance-period", 2009, "--out", out,
    )  # fmt: skip
    return out


@pytest.fixture(scope="session")
def tuva_run(tuva, tmp_path_factory) -> Path:
    """The care of 2018 paid by the rules of 2017, professionals put into practices by NPI."""
    folder = tmp_path_factory.mktemp("tuva")
    claims = rows_of_file(file_of(tuva, "medical_claim"))
    npis = (row["rendering_npi"] for row in claims if row["claim_type"] == "professional")
    assert write_crosswalk(folder / "practices.csv", "npi", npis, practices=25) == 2_014
    openp4p(
        "run", PROGRAM, "--input", tuva, "--crosswalk", folder / "practices.csv",
        "--performance-period", 2018, "--out", folder / "run",
    )  # fmt: skip
    return folder / "run"
