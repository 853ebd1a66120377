"""Reports a second, and the memory they take, for the practices of a finished run.

    python benchmarks/reports.py runs/benchmarks/run-200000 --forms html,pdf,csv --most 2000

Prints a line for each form alone, and one for all of them together by every processor; the table
goes to reports.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

import psutil

from openp4p.reports.qrur import Order, deliver, every_tin
from openp4p.results import Run

PAGE = Path(__file__).parent / "reports.md"
EVERY = 0.2  # seconds between two looks at the memory


def main() -> None:
    said = arguments()
    run = Run.open(said.run)
    tins = tuple(every_tin(run)[: said.most])
    forms = tuple(said.forms.split(","))
    lines = [measured(said, tins, (form,), 1) for form in forms]
    lines.append(measured(said, tins, forms, os.cpu_count() or 1))
    PAGE.write_text(page(said.run.name, len(tins), lines), encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--forms", default="html,pdf,csv")
    parser.add_argument("--most", type=int, default=None, help="so many practices at most")
    return parser.parse_args()


def measured(said: argparse.Namespace, tins: tuple[str, ...], forms: tuple[str, ...],
             workers: int) -> str:  # fmt: skip
    """One delivery into a folder that is thrown away, with the largest memory of all processes."""
    out, peak = Path(tempfile.mkdtemp()), Peak()
    begun = time.perf_counter()
    with peak:
        deliver(Order(said.run, out, forms, tins, workers=workers))
    seconds = time.perf_counter() - begun
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
    shutil.rmtree(out)
    line = (
        f"| {', '.join(forms)} | {workers} | {seconds:,.0f} | {len(tins) / seconds:.1f} "
        f"| {peak.bytes / 1e6:,.0f} | {size:,.0f} |"
    )
    print(line, flush=True)
    return line


class Peak:
    """The most memory that this process and its children held together."""

    def __init__(self) -> None:
        self.bytes, self._done = 0, threading.Event()
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
            self.bytes = max(self.bytes, held)


def page(name: str, practices: int, lines: list[str]) -> str:
    return "\n".join(
        [
            "# Reports a second",
            "",
            f"`{name}`, {practices:,} practices, {os.cpu_count()} processors; the seconds hold the "
            "facts that all reports share, which are gathered once.",
            "",
            "| forms | processes | seconds | practices/s | peak MB | written MB |",
            "|---|---:|---:|---:|---:|---:|",
            *lines,
            "",
        ]
    )


if __name__ == "__main__":
    main()
