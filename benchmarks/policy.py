"""What a variant of a program costs beside a whole run: only the stages that the change touches.

    python benchmarks/policy.py runs/benchmarks/run-1000000

The run is one made by this version. Each variant is computed in a process of its own, from the
run's stored tables; *touched* is what the same stages took in the run. The page is policy.md.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from openp4p.results import Run
from openp4p.simulation.policy import Simulation
from openp4p.simulation.variants import stated
from stages import machine

MEASURED, PAGE = (Path(__file__).with_suffix(ending) for ending in (".json", ".md"))
THREADS = 2
# from the end of the way to its beginning
VARIANTS = (
    "payment.factor_digits=6",
    "tiering.standard_deviations=0.5",
    "composites.no_measure=no_adjustment",
    "D11=all_subject",
    "cost.trim_high=0.95",
    "M14=observed_over_expected",
    "M22=national_mean_price",
    "D3=earliest_service",
)


def main() -> None:
    said = arguments()
    run = Run.open(said.run)
    measured = {
        "people": len_of(run, "beneficiary"),
        "machine": machine(),
        "seconds": {name: record["seconds"] for name, record in run.manifest["tables"].items()},
        "variants": {name: alone(said.run, name) for name in VARIANTS},
    }
    MEASURED.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(measured), encoding="utf-8")
    print(f"Written: {PAGE}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("run", type=Path, metavar="RUN")
    return parser.parse_args()


def len_of(run: Run, table: str) -> int:
    return run.engine.rows(run.table(table).count().as_table())[0][0].as_py()


def alone(folder: Path, variant: str) -> dict:
    """What a variant takes in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(measure, folder, variant).result()


def measure(folder: Path, variant: str) -> dict:
    run = Run.open(folder)
    with Simulation(run, threads=THREADS) as simulation:
        simulation.outcome(())
        started, before = time.perf_counter(), spent()
        outcome = simulation.outcome(stated([variant]).changes)
        seconds, cpu = time.perf_counter() - started, spent() - before
    return {
        "computed": list(outcome.computed),
        "changed": len(outcome.touched),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10),
    }


def spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def touched(seconds: dict[str, float], computed: list[str]) -> float:
    """What the tables that a variant had to compute took in the run."""
    return sum(seconds.get(name, 0.0) for name in computed)


def page(measured: dict) -> str:
    """A line for each variant, from the lightest."""
    seconds = measured["seconds"]
    whole = sum(seconds.values())
    lines = [
        "# What a variant costs",
        "",
        f"Made by `python benchmarks/policy.py RUN`: payment year 2017, {measured['people']:,} "
        f"synthetic people; the stages of the whole run took {whole:,.0f} s.",
        f"{measured['machine']}.",
        "*Touched* is what the tables that a variant computed again took in that run. A variant",
        "whose rows come out as they were stops there: what is behind it is not computed.",
        "",
        "| variant | tables computed | of them changed | seconds | processor s | touched, s "
        "| of the whole run | peak MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, one in measured["variants"].items():
        lines.append(
            f"| `{name}` | {len(one['computed'])} of {len(seconds)} | {one['changed']} "
            f"| {one['seconds']:.1f} | {one['cpu_seconds']:.1f} "
            f"| {touched(seconds, one['computed']):.1f} | {one['seconds'] / whole:.1%} "
            f"| {one['peak_memory_mb']:,} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
