"""Programs, each loaded once for all tests of the audit."""

from __future__ import annotations

from functools import cache

from openp4p.program.library import load_program as load

load_program = cache(load)
