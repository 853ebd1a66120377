"""The page about input: its examples are read, and it names every rule and code there is."""

from __future__ import annotations

import re

from openp4p.claims import checks
from openp4p.claims.formats.known import FORMATS
from tests.meta.files import ROOT
from tests.unit.claims.folders import taken

PAGE = (ROOT / "docs" / "input.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^`([a-z_]+\.csv)`\n\n```csv\n(.*?)^```", PAGE, re.M | re.S))


def test_its_examples_are_read(tmp_path, duckdb_engine):
    assert len(EXAMPLES) == 5
    (tmp_path / "groups.csv").write_text(EXAMPLES["groups.csv"])
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in EXAMPLES.items():
        if name != "groups.csv":
            (folder / name).write_text(text)
    found = taken(folder, duckdb_engine, crosswalk=tmp_path / "groups.csv")
    assert found.rows("quarantine") == []
    assert [(r["billed_tin"], r["tin"]) for r in found.rows("claim_line")] == [
        ("012345678", "900000001")
    ]


def test_it_names_every_rule_by_which_a_row_is_set_aside():
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", PAGE, re.M)
    named = {rule for row in rows for rule in row.split(", ")}
    assert set(checks.REMEDIES) <= named


def test_it_names_every_code_that_is_checked():
    words = set(re.findall(r"\w+", PAGE))
    assert {code for codes in checks._CODES.values() for code in codes} - words == set()


def test_it_says_of_every_format_where_the_tables_come_from():
    for reader in FORMATS.values():
        for table in reader.FILES:
            assert f"`{table}`" in PAGE
