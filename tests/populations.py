"""Synthetic populations for tests, each made once in a session."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from openp4p.synthetic import synthesize


@cache
def _folder() -> Path:
    return Path(mkdtemp(prefix="openp4p-populations-"))


@cache
def population(beneficiaries: int, seed: int = 1) -> Path:
    """The folder of so many people who do not exist; the same one every time."""
    out = _folder() / f"{beneficiaries}-{seed}"
    synthesize(beneficiaries, seed, out)
    return out
