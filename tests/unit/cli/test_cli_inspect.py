"""`openp4p inspect`: what a folder holds and lacks, said to people and to programs."""

from __future__ import annotations

import gzip
import json

import pytest

from openp4p.cli import main
from tests.unit.claims.folders import BORN, PEOPLE, as_gzip, as_parquet, canonical
from tests.unit.claims.test_read_cclf import delivery, packed


@pytest.fixture
def seen(capsys):
    """What the command says of a folder, as JSON, and its exit code."""

    def of(folder):
        status = main(["inspect", str(folder), "--json"])
        said = capsys.readouterr()
        assert [hidden for hidden in (*PEOPLE, *BORN) if hidden in said.out + said.err] == []
        return json.loads(said.out), status

    return of


@pytest.mark.parametrize("changed", [lambda folder: folder, as_gzip, as_parquet])
def test_our_own_layout(seen, tmp_path, changed):
    found, status = seen(changed(canonical(tmp_path / "in")))
    assert status == 0
    assert (found["format"], found["can_run"]) == ("canonical", True)
    assert {file["kind"]: file["rows"] for file in found["files"]} == {
        "beneficiary": 2, "claim": 3, "claim_line": 3, "enrollment_month": 24,
    }  # fmt: skip
    assert (found["first_day"], found["last_day"]) == ("2015-01-01", "2015-12-31")
    missing = {(gap["table"], gap["column"]) for gap in found["missing"]}
    assert ("diagnosis", None) in missing
    assert ("claim", "ccn") in missing
    assert ("claim_line", "tin") not in missing


def test_what_is_filled_too_seldom_is_missing_with_its_share(seen, tmp_path):
    lines = (
        "claim_id,line_number,beneficiary_id,claim_class,from_date,hcpcs_code,tin\n"
        f"C1,1,{PEOPLE[0]},PART_B,2015-03-01,,111111111\n"
        f"C2,1,{PEOPLE[1]},PART_B,2015-04-01,99213,111111111\n"
    )
    found, _ = seen(canonical(tmp_path / "in", claim_line=lines))
    (gap,) = [gap for gap in found["missing"] if gap["column"] == "hcpcs_code"]
    assert gap["share"] == 0.5
    assert "attribution is not meaningful" in gap["consequence"]


def test_a_folder_with_only_some_files_of_a_format(seen, tmp_path):
    folder = delivery(tmp_path / "in", **{f"cclf{kind}": None for kind in "1234567A"})
    found, status = seen(folder)
    assert (found["format"], status) == ("cclf", 0)
    assert [file["kind"][:5] for file in found["files"]] == ["CCLF8", "CCLF9"]
    assert not found["can_run"]
    assert ("claim", None) in {(gap["table"], gap["column"]) for gap in found["missing"]}


def test_a_package(seen, tmp_path):
    found, _ = seen(packed(delivery(tmp_path / "files"), tmp_path / "in"))
    assert (found["format"], found["can_run"]) == ("cclf", True)
    assert len(found["files"]) == 10


def test_what_would_stop_a_run_is_listed(seen, tmp_path):
    folder = canonical(tmp_path / "in", claim=None)
    (folder / "claim.csv.gz").write_bytes(gzip.compress(b"claim_id\nC1\n")[:-9])
    found, status = seen(folder)
    assert status == 0
    assert not found["can_run"]
    assert [problem["file"] for problem in found["problems"]] == ["claim.csv.gz"]


def test_a_folder_of_something_else(seen, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "prices.csv").write_text("fruit,price\napple,1\n")
    found, status = seen(tmp_path / "in")
    assert (found["format"], status) == (None, 4)


def test_no_folder(capsys, tmp_path):
    assert main(["inspect", str(tmp_path / "nowhere")]) == 4
    assert "does not exist" in capsys.readouterr().err


def test_it_is_said_in_words(capsys, tmp_path):
    assert main(["inspect", str(canonical(tmp_path / "in"))]) == 0
    said = capsys.readouterr().out
    assert "diagnoses: no risk scores, conditions or admissions measures." in said
    assert "A run is possible." in said
