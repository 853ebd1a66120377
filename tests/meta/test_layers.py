"""The layers of the architecture are a contract that holds."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.meta.files import PACKAGE, ROOT


def test_nothing_imports_upward_or_sideways():
    linter = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run(
        [str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert "0 broken" in checked.stdout


def test_the_contract_and_the_architecture_name_the_same_layers():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = next(c for c in contracts["contracts"] if c["id"] == "layers")["layers"]
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    drawn = page.split("## Import rule\n\n```\n", 1)[1].split("```", 1)[0].split()
    assert " ".join(layers).split() == drawn


def test_every_module_of_the_package_is_in_a_layer():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layered = set(" ".join(contracts["contracts"][0]["layers"]).replace("|", " ").split())
    there = {
        path.stem
        for path in PACKAGE.iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem != "__init__"
    }
    assert there - layered == set()
