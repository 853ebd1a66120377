"""Reports a second, and the memory they take, for the practices of a finished run.

    python benchmarks/reports.py runs/benchmarks/run-20000 --practices 10000 --alone 200

Prints a line for each form alone, for the first `--alone` practices, and one for all forms together
by every processor; `--practices` repeats those of the run until there are so many
(many_practices.py). The table goes to reports.md. Memory is flat when the second half of the time
needs no more than the first.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import tempfile
import threading
import time
from pathlib import Path

import psutil

from many_practices import multiplied
from openp4p.reports.qrur import Order, deliver, every_tin
from openp4p.results import Run

PAGE = Path(__file__).parent / "reports.md"
EVERY = 0.2  # seconds between two looks at the memory


def main() -> None:
    said = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        run = enlarged(Run.open(said.run), said.practices, Path(scratch) / said.run.name)
        tins = tuple(every_tin(run)[: said.practices])
        forms = tuple(said.forms.split(","))
        lines = [measured(run, tins[: said.alone], (form,), 1) for form in forms]
        lines.append(measured(run, tins, forms, os.cpu_count() or 1))
    PAGE.write_text(page(said.run.name, lines), encoding="utf-8")


def enlarged(run: Run, practices: int | None, out: Path) -> Run:
    """The run, or one with its practices repeated until there are so many."""
    times = -(-(practices or 0) // len(every_tin(run)))
    return run if times <= 1 else Run.open(multiplied(run, times, out))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--forms", default="html,pdf,csv")
    parser.add_argument("--practices", type=int, default=None, help="so many practices")
    parser.add_argument("--alone", type=int, default=None, help="so many for a form by itself")
    return parser.parse_args()


def measured(run: Run, tins: tuple[str, ...], forms: tuple[str, ...], workers: int) -> str:
    """One delivery into a folder that is thrown away, with the largest memory of all processes."""
    out, peak = Path(tempfile.mkdtemp()), Peak()
    begun, before = time.perf_counter(), spent()
    with peak:
        deliver(Order(run.folder, out, forms, tins, workers=workers))
    seconds, busy = time.perf_counter() - begun, spent() - before
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
    shutil.rmtree(out)
    first, second = peak.of_halves()
    line = (
        f"| {', '.join(forms)} | {len(tins):,} | {workers} "
        f"| {seconds:,.0f} | {len(tins) / seconds:.1f} "
        f"| {busy:,.0f} | {len(tins) / busy:.1f} "
        f"| {first / 1e6:,.0f} | {second / 1e6:,.0f} | {size:,.0f} |"
    )
    print(line, flush=True)
    return line


def spent() -> float:
    """Processor seconds of this process and of those it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class Peak:
    """The most memory that this process and its children held together, in each half of a time."""

    def __init__(self) -> None:
        self._bytes: list[int] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._done.wait(EVERY):
            held = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    held += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self._bytes.append(held)

    def of_halves(self) -> tuple[int, int]:
        """The most of the first half of the looks, and of the second."""
        middle = len(self._bytes) // 2
        return max(self._bytes[:middle], default=0), max(self._bytes[middle:], default=0)


def page(name: str, lines: list[str]) -> str:
    return "\n".join(
        [
            "# Reports a second",
            "",
            f"`{name}`, its practices repeated where there are more; {os.cpu_count()} processors. "
            "The seconds hold the facts that all reports share, gathered once.",
            "",
            "| forms | practices | processes | seconds | practices/s | processor s "
            "| practices/processor s | peak MB, first half | second half | written MB |",
            "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
            *lines,
            "",
        ]
    )


if __name__ == "__main__":
    main()
