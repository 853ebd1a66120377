"""An input that is made up says so in its files, wherever they lie and whatever they are called."""

from __future__ import annotations

import shutil

import pyarrow as pa
import pyarrow.parquet as pq

from openp4p.claims.intake import input_files
from openp4p.claims.marked import synthetic_mark
from openp4p.cli import main
from openp4p.reports.summary import is_synthetic
from openp4p.synthetic import SYNTHETIC
from tests.populations import population
from tests.unit.claims.folders import canonical

FEW = 300  # as the portal's tests have them


def test_a_population_is_known_under_any_name(tmp_path):
    folder = tmp_path / "claims-of-2015"
    shutil.copytree(population(FEW), folder)
    for number, path in enumerate(sorted(folder.rglob("*.parquet"))):
        path.rename(path.with_name(f"{number}.parquet"))
    assert synthetic_mark(input_files(folder)) == SYNTHETIC


def test_one_marked_file_among_others_is_enough(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "plain.parquet")
    assert synthetic_mark(sorted(tmp_path.iterdir())) is None
    marked = pa.table({"a": [1]}).replace_schema_metadata({"synthetic": "Made up."})
    pq.write_table(marked, tmp_path / "made.parquet")
    assert synthetic_mark(sorted(tmp_path.iterdir())) == "Made up."


def test_a_name_marks_nothing_and_a_damaged_file_says_nothing(tmp_path):
    folder = canonical(tmp_path / "synthetic")
    (folder / "synthetic.parquet").write_bytes(b"PAR1 not much")
    assert synthetic_mark(sorted(folder.iterdir())) is None
    assert not is_synthetic({"inputs": [{"name": "synthetic/claim.csv"}], "notes": []})


def test_what_is_converted_stays_marked(tmp_path):
    out = tmp_path / "tables"
    assert main(["convert", str(population(FEW)), "--out", str(out)]) == 0
    for table in ("claim", "claim_line"):
        assert synthetic_mark((out / table).iterdir()) == SYNTHETIC
