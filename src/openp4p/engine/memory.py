"""The largest memory this process and its children held during a piece of work (Linux)."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import psutil

_SAMPLE_SECONDS = 0.05
_MEGABYTE = 1024 * 1024


class Peak:
    """The peak resident memory of a block, in megabytes, once the block has ended."""

    megabytes = 0.0


@contextmanager
def peak_memory(*, children: bool) -> Iterator[Peak]:
    """Measure the peak of the block: this process by the kernel, its children by sampling.

    Without children no thread is started: an embedded engine that reads a table of this process
    can wait for ever when a thread of Python starts or ends meanwhile.
    """
    peak = Peak()
    _reset_high_water_mark()
    with _sampled() if children else nullcontext([0.0]) as largest:
        yield peak
    peak.megabytes = round(_high_water_mark() + largest[0], 1)


@contextmanager
def _sampled() -> Iterator[list[float]]:
    largest, done = [0.0], threading.Event()
    watcher = threading.Thread(target=_watch_children, args=(largest, done), daemon=True)
    watcher.start()
    try:
        yield largest
    finally:
        done.set()
        watcher.join()


def _watch_children(largest: list[float], done: threading.Event) -> None:
    own = psutil.Process()
    while True:
        with suppress(psutil.Error):
            held = sum(_resident(child) for child in own.children(recursive=True))
            largest[0] = max(largest[0], held)
        if done.wait(_SAMPLE_SECONDS):
            return


def _resident(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        return float(process.memory_info().rss) / _MEGABYTE
    return 0.0


def _reset_high_water_mark() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _high_water_mark() -> float:
    with suppress(OSError, ValueError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM"):
                return float(line.split()[1]) / 1024
    return float(psutil.Process(os.getpid()).memory_info().rss) / _MEGABYTE
