"""CCLF packages of CMS's own tests, and the worked examples of CMS's guide."""

from __future__ import annotations

import csv
import gzip
import shutil
from decimal import Decimal

import pytest

from openp4p.claims.formats.cclf_files import layout
from openp4p.errors import InputError
from tests.samples.public import sample
from tests.unit.claims.folders import must_add_up, taken
from tests.unit.claims.test_read_cclf import DELIVERY, NAME, PERSON, VISIT, record

PEOPLE = 19_990


def lines_of(path) -> list[str]:
    """The records of a packed file."""
    with gzip.open(path, "rt") as file:
        return file.read().splitlines()


def test_demographics_in_records_of_37_characters(tmp_path, duckdb_engine):
    folder = tmp_path / "in"
    shutil.copytree(sample("cclf_bcda") / "test_large", folder)
    listed = lines_of(folder / "ZC8.gz")
    assert {len(line) for line in listed} == {37}
    someone = listed[0][:11]
    for kind in ("1", "5"):
        rows = [{**row, "BENE_MBI_ID": someone} for row in DELIVERY[kind]]
        text = "".join(record(kind, row) + "\n" for row in rows)
        (folder / f"ZC{kind}").write_text(text)
    found = taken(folder, duckdb_engine)
    must_add_up(found)
    assert len(found.rows("beneficiary")) == len({line[:11] for line in listed}) == PEOPLE
    assert found.aside() == []
    # the claims were written by the test, not by whoever counted them
    said = {n["text"].split(" says ")[1][:5] for n in found.notes if n["code"] == "cclf_counts"}
    assert said == {"CCLF1", "CCLF5"}
    assert {r["beneficiary_id"] for r in found.rows("claim")} == {someone}


@pytest.mark.parametrize("place", ["valid", "8/valid"])
def test_valid_packages_are_unpacked_and_known(place, tmp_path, duckdb_engine):
    folder = tmp_path / "in"
    shutil.copytree(sample("cclf_bcda") / "archives" / place, folder)
    packages = len(list(folder.iterdir()))
    for kind in ("1", "5"):
        text = "".join(record(kind, row) + "\n" for row in DELIVERY[kind])
        (folder / NAME.format(kind, "181120")).write_text(text)
    found = taken(folder, duckdb_engine)
    must_add_up(found)
    assert found.format == "cclf"
    files = [r["file"] for r in found.rows("accounting")]
    assert len({name.split("/")[0] for name in files if "/" in name}) == packages
    assert len(found.rows("beneficiary")) >= 3


def test_the_lengths_that_cms_counted_end_with_a_field_of_the_layout():
    """Layouts only grow at the end: the records of 2018 are beginnings of those of 2024."""
    told = [line.split("|") for line in lines_of(sample("cclf_bcda") / "test_large" / "ZC0.gz")[1:]]
    lengths = {kind.strip()[-1]: int(length) for kind, _name, _count, length in told}
    assert list(lengths.values()) == [292, 179, 94, 92, 363, 227, 195, 549, 55, 101, 93]
    for kind, length in lengths.items():
        assert length in {last for _first, last in layout(kind).values()}, kind


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("0/invalid", "no file holds this table"),
        ("0/missing_data", "no file holds this table"),
        ("8/invalid", "no known format"),
        ("corrupted", "T.BCD.A0001.ZCY18.D181120.T1000000: file: is not a whole zip package"),
        ("invalid_bcd", "no file holds this table"),
        ("skip", "no file holds this table"),
    ],
)
def test_broken_archives_are_refused_in_words(place, said, tmp_path, duckdb_engine):
    folder = tmp_path / "in"
    shutil.copytree(sample("cclf_bcda") / "archives" / place, folder)
    with pytest.raises(InputError, match=said):
        taken(folder, duckdb_engine)


def written(folder, kind, rows):
    """A file with the fields' names as header."""
    names = sorted({name for row in rows for name in row} | set(DELIVERY[kind][0]))
    names += [] if kind != "1" else ["CLM_MDCR_NPMT_RSN_CD"]
    with (folder / f"{kind}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def worked(tmp_path_factory, duckdb_engine):
    """The examples of the guide, taken in: the claims of T3 are told apart by their year."""
    source = sample("cclf_worked_examples")
    folder = tmp_path_factory.mktemp("worked") / "in"
    folder.mkdir()
    headers, lines = [], []
    for row in csv.DictReader((source / "part_a_header.csv").open()):
        said = {name.upper(): value for name, value in row.items()}
        later = row["example"] == "T3"
        headers.append(
            {
                "CUR_CLM_UNIQ_ID": said["CUR_CLM_UNIQ_ID"], "CLM_TYPE_CD": "60",
                "BENE_MBI_ID": said["MR_MBI"], "PRVDR_OSCAR_NUM": said["CLM_BLG_PRVDR_OSCAR_NUM"],
                **{name: said[name].replace("2012", "2013") if later else said[name]
                   for name in ("CLM_FROM_DT", "CLM_THRU_DT", "CLM_EFCTV_DT")},
                **{name: said[name] for name in ("CLM_PMT_AMT", "CLM_ADJSMT_TYPE_CD")},
            }
        )  # fmt: skip
    for row in csv.DictReader((source / "part_b_line.csv").open()):
        said = {name.upper(): value for name, value in row.items() if name != "example"}
        lines.append(
            {**VISIT, **said, "CUR_CLM_UNIQ_ID": f"B{said['CUR_CLM_UNIQ_ID']}",
             "BENE_MBI_ID": said["MR_MBI"]}
        )  # fmt: skip
    for line in lines:
        del line["MR_MBI"]
    written(folder, "1", headers)
    written(folder, "5", lines)
    written(folder, "8", [{**PERSON, "BENE_MBI_ID": headers[0]["BENE_MBI_ID"]}])
    found = taken(folder, duckdb_engine)
    must_add_up(found)
    return found


def expected(what: str) -> str:
    """What the guide says comes out."""
    rows = csv.DictReader((sample("cclf_worked_examples") / "expected.csv").open())
    return next(row["value"] for row in rows if row["what"] == what)


def test_the_dollars_are_those_of_the_guide(worked):
    total: dict[str, Decimal] = {}
    for row in worked.rows("accounting_money"):
        of_class = str(row["claim_class"])
        total[of_class] = total.get(of_class, Decimal(0)) + row["dollars_read"]
        assert row["dollars_read"] == row["dollars_used"]
    assert total["INPATIENT"] == Decimal(expected("part_a_total_signed")) == 260
    assert total["PART_B"] == Decimal(expected("part_b_total_signed")) == 707
    assert sum(total.values()) == Decimal(expected("part_a_plus_b_total")) == 967


def test_the_claims_that_remain_are_those_of_the_guide(worked):
    standing = {str(row["claim_id"]) for row in worked.rows("claim")}
    assert standing & {"2", "5"} in ({"2"}, {"5"})
    assert standing - {"2", "5"} == {"4", "7", "B2", expected("final_action_claim")}
