"""The example notebooks run from their first cell to their last, and hold what they printed."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.programs.runs import scratch

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PEOPLE, PATIENCE = 2000, 600


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def kinds(notebook: nbformat.NotebookNode) -> list[list[tuple[str, ...]]]:
    """What each cell gave: streams, and the forms of what was shown."""
    return [
        [(o.output_type, *sorted(o.get("data", {}))) for o in cell.outputs]
        for cell in code(notebook)
    ]


def test_there_are_two():
    assert [path.name for path in NOTEBOOKS] == ["first_hour.ipynb", "two_papers.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_it_holds(path, monkeypatch):
    """On fewer people than those whose numbers it holds: the same things, with other numbers."""
    folder = scratch() / f"notebook-{path.stem}"
    folder.mkdir()
    monkeypatch.setenv("OPENP4P_NOTEBOOK_PEOPLE", str(PEOPLE))
    monkeypatch.setenv("OPENP4P_NOTEBOOK_FOLDER", str(folder))
    held = nbformat.read(path, as_version=4)
    made = NotebookClient(nbformat.read(path, as_version=4), timeout=PATIENCE).execute()
    assert kinds(made) == kinds(held)
    assert (folder / "run-2017" / "manifest.json").is_file()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_was_executed_in_order_and_names_no_folder_of_a_machine(path):
    held = nbformat.read(path, as_version=4)
    counts = [cell.execution_count for cell in code(held)]
    assert counts == list(range(1, len(counts) + 1))
    assert any("image/png" in output.get("data", {}) for c in code(held) for output in c.outputs)
    text = path.read_text("utf-8")
    assert not [name for name in ("tmp", "home", "root", "work") if f"/{name}/" in text]


def test_the_papers_begin_with_what_the_data_cannot_show():
    first = nbformat.read(FOLDER / "two_papers.ipynb", as_version=4).cells[0].source
    assert first.index("cannot") < first.index("What follows")
