"""How many practices change tier under each alternative of the choices that touch cost.

    python benchmarks/choices.py 20000

Runs payment year 2017 over a synthetic population as the program has it, and once more for each
alternative that this version computes; the table goes to choices.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from openp4p.program.definition import Choice
from openp4p.program.library import load_program
from openp4p.results import Run

PROGRAM = "medicare_value_modifier/2017"
PAGE = Path(__file__).parent / "choices.md"
# the sections of a program's rules that cost rests on, and single choices of others
SECTIONS = ("cost.", "risk.", "stays.", "episodes.")
OTHERS = ("D5", "D6", "D10", "D15b", "D35", "D37")
SAME = 1e-9


def main() -> None:
    said = arguments()
    population = said.folder / f"population-{said.size}"
    if not population.exists():
        command(
            "synthesize", "--beneficiaries", said.size, "--seed", said.seed, "--out", population
        )
    taken_in = said.folder / "intake"
    base = standing(PROGRAM, population, said.folder / "base", said.year, taken_in)
    rows = []
    for choice, option in alternatives():
        name = f"{choice.id}_{option}"
        file = said.folder / f"{name}.yaml"
        file.write_text(
            f"id: {name.lower()}\ntitle: {choice.id} {option}\nextends: {PROGRAM}\n"
            f"choices: {{{choice.id}: {option!r}}}\n",
            encoding="utf-8",
        )
        found = standing(str(file), population, said.folder / name, said.year, taken_in)
        rows.append(line(choice, option, base, found))
        print(rows[-1], flush=True)
        PAGE.write_text(page(said.size, said.seed, base, rows), encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("size", type=int, metavar="BENEFICIARIES")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--year", type=int, default=2015, help="performance period")
    parser.add_argument("--folder", type=Path, default=Path("runs/choices"))
    return parser.parse_args()


def alternatives() -> list[tuple[Choice, str]]:
    """Every option that is not the chosen one, of every choice that cost rests on."""
    return [
        (choice, option.id)
        for choice in load_program(PROGRAM).choices
        if choice.is_used and (choice.parameter.startswith(SECTIONS) or choice.id in OTHERS)
        for option in choice.options
        if option.available and option.id not in (choice.chosen, "fail")
    ]


def standing(
    program: str, population: Path, out: Path, year: int, taken_in: Path
) -> dict[str, dict]:
    """Tiers and payment of every practice of a run, by TIN; of the run only its intake is kept.

    What was taken in once is what every other run begins with: no choice touches it.
    """
    shutil.rmtree(out, ignore_errors=True)
    if taken_in.exists():
        shutil.copytree(taken_in, out / "intake", copy_function=os.link)
        (out / ".lock").touch()
    command(
        "run", program, "--input", population, "--out", out, "--performance-period", year, "--quiet"
    )
    run = Run.open(out)
    kept = {row["tin"]: dict(row) for row in run.rows("tiers")}
    for row in run.rows("payments"):
        kept.setdefault(row["tin"], {})["adjustment_amount"] = row["adjustment_amount"]
    run.engine.close()
    if not taken_in.exists():
        (out / "intake").rename(taken_in)
    shutil.rmtree(out)
    return kept


def command(*words: object) -> None:
    program = str(Path(sys.executable).with_name("openp4p"))
    subprocess.run([program, *map(str, words)], check=True)


def line(choice: Choice, option: str, base: dict[str, dict], found: dict[str, dict]) -> str:
    """One row of the table: who moves under an alternative, and how much money."""
    tins = sorted(base)
    tier = sum(base[t].get("cost_tier") != found.get(t, {}).get("cost_tier") for t in tins)
    composites = [
        abs(float(base[t]["cost_composite"]) - float(found[t]["cost_composite"]))
        for t in tins
        if base[t].get("cost_composite") is not None
        and found.get(t, {}).get("cost_composite") is not None
    ]
    moved = sum(difference > SAME for difference in composites)
    largest = max(composites, default=0.0)
    dollars = sum(
        abs(
            float(base[t].get("adjustment_amount") or 0)
            - float(found.get(t, {}).get("adjustment_amount") or 0)
        )
        for t in tins
    )
    return f"| {choice.id} | `{option}` | {moved} | {largest:.3f} | {tier} | ${dollars:,.0f} |"


def page(size: int, seed: int, base: dict[str, dict], rows: list[str]) -> str:
    tiered = sum(row.get("cost_composite") is not None for row in base.values())
    return "\n".join(
        [
            "# What the choices that touch cost are worth",
            "",
            f"Made by `python benchmarks/choices.py {size}`: a synthetic population of {size:,} "
            f"(seed {seed}), payment year 2017. {len(base)} practices, {tiered} with a cost "
            "composite. Each row is one choice of the register changed to one alternative: how "
            "many cost composites are not the same, the largest change of one, how many practices "
            "have another cost tier, and by how many dollars payments differ in all.",
            "",
            "| choice | alternative | composites changed | largest change | cost tiers changed "
            "| payments changed |",
            "|---|---|--:|--:|--:|--:|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    main()
