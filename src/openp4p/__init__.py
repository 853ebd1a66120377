"""openp4p: from claims to a payment that a physician can check, dispute and trust.

In a notebook, `import openp4p as p4p`: every name of `openp4p.notebook.__all__` is here, and is
loaded when it is first used.
"""

from __future__ import annotations

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """A function of the notebook door."""
    from importlib import import_module

    door = import_module("openp4p.notebook")
    if name in door.__all__:
        return getattr(door, name)
    raise AttributeError(f"module 'openp4p' has no attribute {name!r}")


def __dir__() -> list[str]:
    """What is here, with the functions of the notebook door."""
    from importlib import import_module

    return sorted({*globals(), *import_module("openp4p.notebook").__all__})
