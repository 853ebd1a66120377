"""Files of every format, damaged in every way: refused in words, or every row accounted for.

A mutation knows what it breaks: records are cut, doubled, moved and swapped, cells are exchanged
and filled with what does not belong there, bytes are lost, and the file is saved by a program that
writes another encoding or other ends of lines.
"""

from __future__ import annotations

import gzip
import os
import random
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given

from openp4p.cli import main
from openp4p.errors import InputError
from tests.properties.contested import seeds, thoroughly
from tests.unit.claims import test_read_synpuf, test_read_tuva
from tests.unit.claims.fhir_resources import COVERED, PEOPLE, STAY, VISIT, ndjson
from tests.unit.claims.folders import canonical, must_add_up, must_be_as_read, taken
from tests.unit.claims.test_read_cclf import OLD, delivery, packed
from tests.unit.claims.test_read_rif import folder_of

# how many damaged folders of each format are tried; a nightly run asks for more
EXAMPLES = int(os.environ.get("OPENP4P_TEST_DAMAGED", "12"))
_JUNK = (
    b"\x00", b"\xff\xfe", b'"', b'""', b",", b"|", b"\t", b"\r\n", b"\n", b"\xef\xbb\xbf",
    b"NaN", b"1e309", b"-0", b"99999999999999999999", b"2015-02-30", b"infinity", b"{", b"[]",
    b"null", b"'; DROP TABLE claim; --", "\u00e9\u4e2d".encode(), b" " * 400, b"\\",
)  # fmt: skip

Damage = Callable[[bytes, random.Random], bytes]


def cut_short(held: bytes, chance: random.Random) -> bytes:
    return held[: chance.randrange(len(held) + 1)]


def with_junk(held: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(held) + 1)
    return held[:at] + chance.choice(_JUNK) + held[at + chance.choice((0, 0, 1, 5)) :]


def with_a_line_doubled_moved_or_lost(held: bytes, chance: random.Random) -> bytes:
    lines = held.split(b"\n")
    at = chance.randrange(len(lines))
    line = lines.pop(at)
    for _ in range(chance.choice((0, 1, 2))):
        lines.insert(chance.randrange(len(lines) + 1), line)
    return b"\n".join(lines)


def with_two_cells_exchanged(held: bytes, chance: random.Random) -> bytes:
    lines = held.split(b"\n")
    at = chance.randrange(len(lines))
    delimiter = max((b",", b"|", b" "), key=lines[0].count)
    cells = lines[at].split(delimiter)
    one, other = chance.randrange(len(cells)), chance.randrange(len(cells))
    cells[one], cells[other] = cells[other], cells[one]
    lines[at] = delimiter.join(cells)
    return b"\n".join(lines)


def with_a_cell_of_junk(held: bytes, chance: random.Random) -> bytes:
    lines = held.split(b"\n")
    at = chance.randrange(len(lines))
    delimiter = max((b",", b"|", b":"), key=lines[0].count)
    cells = lines[at].split(delimiter)
    cells[chance.randrange(len(cells))] = chance.choice(_JUNK)
    lines[at] = delimiter.join(cells)
    return b"\n".join(lines)


def saved_otherwise(held: bytes, chance: random.Random) -> bytes:
    ways: tuple[Callable[[bytes], bytes], ...] = (
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b"\n", b"\r"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.decode("utf-8", "replace").encode("utf-16"),
        lambda text: text.rstrip(b"\n"),
        lambda text: text + b"\x1a",
        lambda text: text.lower(),
        gzip.compress,
        lambda text: gzip.compress(text)[: len(text) // 3],
    )
    return chance.choice(ways)(held)


DAMAGES: tuple[Damage, ...] = (
    cut_short,
    with_junk,
    with_a_line_doubled_moved_or_lost,
    with_two_cells_exchanged,
    with_a_cell_of_junk,
    saved_otherwise,
)


def fhir(folder: Path) -> Path:
    folder.mkdir()
    ndjson(folder / "claims.ndjson", VISIT, STAY, *PEOPLE, *COVERED)
    return folder


def package(folder: Path) -> Path:
    return packed(delivery(folder.with_name("files")), folder)


def tuva(folder: Path) -> Path:
    """Its tables, with identifiers of people that can be told from other text."""
    made = test_read_tuva

    def named(*rows: dict[str, str]) -> list[dict[str, str]]:
        return [{**row, "person_id": f"PERSON7{row['person_id']}"} for row in rows]

    claims, people = named(made.VISIT, made.SECOND, made.STAY), named(made.ONE, made.TWO)
    return made.tables(folder, *claims, people=people)


FORMATS = {
    "canonical": canonical,
    "cclf": delivery,
    "package": package,
    "rif": folder_of,
    "fhir": fhir,
    "synpuf": test_read_synpuf.files,
    "tuva": tuva,
}
# what would tell whose claims they are
IDENTITIES = (
    *("PERSON7A1", "PERSON7B2", "PERSON7P1", "PERSON7P2", OLD, "AAAA1", "BBBB2"),
    *("1938-11-23", "17-Mar-1941", "19360501", "1944-01-31"),
)


def damaged(name: str, seed: int, place: Path) -> Path:
    """A folder of a format in which one to four things are broken."""
    chance = random.Random(seed)
    folder = FORMATS[name](place / "in")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for _ in range(chance.choice((1, 1, 2, 4))):
        file = chance.choice(files)
        held = file.read_bytes()
        if held:
            file.write_bytes(chance.choice(DAMAGES)(held, chance))
    return folder


@pytest.mark.parametrize("name", FORMATS)
@thoroughly(EXAMPLES)
@given(seed=seeds)
def test_every_row_is_accounted_for_or_the_input_refused(duckdb_engine, name, seed):
    with tempfile.TemporaryDirectory() as place:
        folder = damaged(name, seed, Path(place))
        try:
            found = taken(folder, duckdb_engine)
        except InputError as refused:
            # nothing that could be taken for an intake is left
            stored, said = list(folder.parent.glob("in-intake/*.json")), str(refused)
        else:
            must_add_up(found)
            stored, said = [], found.said()
        assert stored == []
        assert [one for one in IDENTITIES if one in said] == []


@pytest.mark.parametrize("name", FORMATS)
@thoroughly(EXAMPLES)
@given(seed=seeds)
def test_what_is_converted_of_it_is_sealed_with_what_a_full_reading_finds(
    duckdb_engine, name, seed
):
    with tempfile.TemporaryDirectory() as place:
        folder, out = damaged(name, seed, Path(place)), Path(place) / "tables"
        if main(["convert", str(folder), "--out", str(out)]) == 0:
            must_be_as_read(out, duckdb_engine)


def test_members_with_odd_names_do_no_harm(tmp_path, duckdb_engine):
    folder = tmp_path / "in"
    folder.mkdir()
    source = delivery(tmp_path / "files")
    with zipfile.ZipFile(folder / "odd.zip", "w") as odd:
        for place, path in enumerate(sorted(source.iterdir())):
            odd.write(path, f"deep/{'x' * 200}/{place} 'quoted' {path.name}")
    found = taken(folder, duckdb_engine)
    must_add_up(found)
    assert len(found.rows("claim")) == 4
    assert not list(tmp_path.glob("**/*quoted*"))
    shutil.rmtree(source)
