"""How many practices change tier under each alternative of the choices that touch quality or cost.

    python benchmarks/choices.py 20000

Runs payment year 2017 over a synthetic population as the program has it, and once more for each
alternative that this version computes; the table goes to choices.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from openp4p.folder import MANIFEST
from openp4p.program.definition import Choice
from openp4p.program.library import load_program
from openp4p.program.tables import rule_tables
from openp4p.results import Run

PROGRAM = "medicare_value_modifier/2017"
PAGE = Path(__file__).parent / "choices.md"
# the sections of a program's rules that quality and cost rest on, and for each the first table
# that a choice of it can touch: all before it are those of the program as it is
BEGINS = {
    "tiering.": "tiers",
    "composites.": "benchmarks",
    "benchmarks.": "benchmarks",
    "quality.": "claims_quality_instances",
    "visits.": "visit_discharges",
    "readmissions.": "stay_parts",
    "admissions.": "preventable_stays",
    "reporting.": "reporting_categories",
    "episodes.": "nursing_facility_cover",
    "stays.": "stay_claims",
    "cost.": "stay_claims",
    "attribution.": "primary_care_services",
    "risk.": "nursing_facility_cover",
}
# and the last before the rates, where the cases of other measures follow that it cannot touch
ENDS = {
    "visits.": "post_discharge_visit_cases",
    "readmissions.": "post_discharge_visit_cases",
    "admissions.": "admission_cases",
}
# single choices of other sections
OTHERS = ("D6", "D15b", "D35", "D37")
KINDS = ("quality", "cost")
SAME = 1e-9


@dataclass(frozen=True)
class Standing:
    """What a run says of its practices: a row of tiers by TIN, rates by TIN and measure, dollars
    by TIN."""

    tiers: Mapping[str, Mapping[str, object]]
    rates: Mapping[tuple[str, str], float]
    payments: Mapping[str, float]


def main() -> None:
    said = arguments()
    population = said.folder / f"population-{said.size}"
    if not population.exists():
        command(
            "synthesize", "--beneficiaries", said.size, "--seed", said.seed, "--out", population
        )
    run = ["--input", population, "--performance-period", said.year, "--quiet"]
    shutil.rmtree(said.folder / "base", ignore_errors=True)
    command("run", PROGRAM, "--out", said.folder / "base", *run)
    base = standing(said.folder / "base")
    wanted = alternatives()
    rows = [""] * len(wanted)
    with ThreadPoolExecutor(said.jobs) as pool:
        places = sorted(range(len(wanted)), key=lambda place: order(wanted[place][0]))
        begun = {place: pool.submit(changed, *wanted[place], said.folder, run) for place in places}
        for number, place in zip(count(1), places, strict=False):
            out = begun[place].result()
            rows[place] = line(*wanted[place], base, standing(out))
            shutil.rmtree(out)
            print(f"{number}/{len(wanted)} {rows[place]}", flush=True)
            PAGE.write_text(page(said.size, said.seed, base, filter(None, rows)), encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("size", type=int, metavar="BENEFICIARIES")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--year", type=int, default=2015, help="performance period")
    parser.add_argument("--folder", type=Path, default=Path("runs/choices"))
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side")
    return parser.parse_args()


def alternatives() -> list[tuple[Choice, str]]:
    """Every option that is not the chosen one, of every choice that quality or cost rests on."""
    return [
        (choice, option.id)
        for choice in load_program(PROGRAM).choices
        if choice.is_used and (section(choice) or choice.id in OTHERS)
        for option in choice.options
        if option.available and option.id not in (choice.chosen, "fail")
    ]


def section(choice: Choice) -> str | None:
    """The section of a choice, if it is one that quality or cost rests on."""
    return next((name for name in BEGINS if choice.parameter.startswith(name)), None)


def order(choice: Choice) -> int:
    """Its place when the choices that touch least come first."""
    found = section(choice)
    return len(BEGINS) if found is None else list(BEGINS).index(found)


def changed(choice: Choice, option: str, folder: Path, run: list[object]) -> Path:
    """The folder of a run under one alternative.

    What the choice cannot touch is linked to the run of the program as it is, as if this one had
    been stopped there: intake, and the tables before the first of its section.
    """
    name = f"{choice.id}_{option}"
    file = folder / f"{name}.yaml"
    file.write_text(
        f"id: {name.lower()}\ntitle: {choice.id} {option}\nextends: {PROGRAM}\n"
        f"choices: {{{choice.id}: {option!r}}}\n",
        encoding="utf-8",
    )
    base, out = folder / "base", folder / name
    shutil.rmtree(out, ignore_errors=True)
    for part in ["intake", *(f"tables/{table}" for table in untouched(base, section(choice)))]:
        shutil.copytree(base / part, out / part, copy_function=os.link)
    (out / ".lock").touch()
    command("run", file, "--out", out, *run)
    return out


def untouched(base: Path, section: str | None) -> list[str]:
    """The tables of the run of the program as it is that no choice of the section can touch."""
    if section is None:
        return []
    stored = list(json.loads((base / MANIFEST).read_text(encoding="utf-8"))["tables"])
    first, rates = stored.index(BEGINS[section]), stored.index("unadjusted_rates")
    last = stored.index(ENDS[section]) + 1 if section in ENDS else len(stored)
    rules = rule_tables(load_program(PROGRAM))
    return [name for name in [*stored[:first], *stored[last:rates]] if name not in rules]


def standing(folder: Path) -> Standing:
    """What a finished run says of its practices."""
    run = Run.open(folder)
    found = Standing(
        tiers={row["tin"]: row for row in run.rows("tiers")},
        rates={
            (row["tin"], row["measure"]): row["rate"]
            for row in run.rows("performance_rates")
            if row["rate"] is not None
        },
        payments={row["tin"]: float(row["adjustment_amount"] or 0) for row in run.rows("payments")},
    )
    run.engine.close()
    return found


def command(*words: object) -> None:
    program = str(Path(sys.executable).with_name("openp4p"))
    subprocess.run([program, *map(str, words)], check=True)


def line(choice: Choice, option: str, base: Standing, found: Standing) -> str:
    """One row of the table: whose rates change under an alternative, who moves, how much money."""
    rates, _ = differences(base.rates, found.rates)
    cells = [choice.id, f"`{option}`", f"{rates:,}"]
    for kind in KINDS:
        composites, largest = differences(
            *(
                {tin: row[f"{kind}_composite"] for tin, row in s.tiers.items()}
                for s in (base, found)
            )
        )
        cells += [str(composites), f"{largest:.3f}", str(moved(f"{kind}_tier", base, found))]
    tins = base.payments.keys() | found.payments.keys()
    dollars = sum(
        abs(base.payments.get(tin, 0.0) - found.payments.get(tin, 0.0)) for tin in sorted(tins)
    )
    return f"| {' | '.join(cells)} | ${dollars:,.0f} |"


def differences(base: Mapping, found: Mapping) -> tuple[int, float]:
    """How many numbers are not the same, with those that only one side has; the largest change."""
    pairs = [(base.get(key), found.get(key)) for key in base.keys() | found.keys()]
    changes = [abs(a - b) for a, b in pairs if a is not None and b is not None]
    one_sided = sum((a is None) != (b is None) for a, b in pairs)
    return one_sided + sum(change > SAME for change in changes), max(changes, default=0.0)


def moved(tier: str, base: Standing, found: Standing) -> int:
    """How many practices have another tier, or have one under one of the two only."""
    tins = base.tiers.keys() | found.tiers.keys()
    return sum(
        base.tiers.get(tin, {}).get(tier) != found.tiers.get(tin, {}).get(tier) for tin in tins
    )


def page(size: int, seed: int, base: Standing, rows: Iterable[str]) -> str:
    with_one = {
        kind: sum(row[f"{kind}_composite"] is not None for row in base.tiers.values())
        for kind in KINDS
    }
    return "\n".join(
        [
            "# What the choices that touch quality and cost are worth",
            "",
            f"Made by `python benchmarks/choices.py {size}`: a synthetic population of {size:,} "
            f"(seed {seed}), payment year 2017. {len(base.tiers)} practices with "
            f"{len(base.rates):,} rates, {with_one['quality']} with a quality composite, "
            f"{with_one['cost']} with a cost composite. Each row is one choice of the register "
            "changed to one alternative: how many rates of practices are not the same; how many "
            "composites, the largest change of one, and how many practices have another tier, of "
            "quality and of cost; and by how many dollars payments differ in all. A rate, "
            "composite or tier that is there under one of the two only counts as changed.",
            "",
            "| choice | alternative | rates changed | quality composites changed | largest change "
            "| quality tiers changed | cost composites changed | largest change "
            "| cost tiers changed | payments changed |",
            "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    main()
