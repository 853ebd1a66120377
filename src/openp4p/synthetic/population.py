"""The whole population: split into markets, made side by side, put in place when it is complete."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from openp4p.errors import UsageError
from openp4p.synthetic.findings import Findings, MarketFindings, findings
from openp4p.synthetic.market import SYNTHETIC, TABLES, Market, make
from openp4p.synthetic.page import page

Progress = Callable[[str, int, int], None]
TRUTH = "true_quality.tab"  # which intake leaves alone
PEOPLE_IN_A_MARKET = 10_000
_MOST_MARKETS = 100  # numbers of professionals hold two digits of the market
_MOST_PEOPLE = 9_000_000
_PEOPLE_BY_PRACTICE = 100
_FEWEST_PRACTICES = 12


def silent(what: str, done: int, total: int) -> None:
    """Progress that is not shown."""


def synthesize(
    beneficiaries: int,
    seed: int,
    out: Path,
    *,
    threads: int | None = None,
    progress: Progress = silent,
) -> None:
    """Write a population of people who do not exist into a new or empty folder.

    The same number and seed give the same bytes of every file, whatever the number of threads.
    """
    _check(beneficiaries, seed, out)
    markets = markets_of(beneficiaries, seed)
    draft = out.with_name(out.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        progress("markets", 0, len(markets))
        with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
            waiting = [pool.submit(make, market, draft) for market in markets]
            for done, finished in enumerate(as_completed(waiting), start=1):
                finished.result()
                progress("markets", done, len(markets))
        markets_made = [each.result() for each in waiting]
        found = findings(markets_made, beneficiaries)
        _say_what_it_is(draft, beneficiaries, seed, found)
        _say_what_is_true(draft, markets_made)
        if out.exists():
            out.rmdir()
        draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def markets_of(beneficiaries: int, seed: int) -> list[Market]:
    """The parts of a population, people spread evenly over them."""
    count = min(_MOST_MARKETS, -(-beneficiaries // PEOPLE_IN_A_MARKET))
    found, first = [], 0
    for number in range(count):
        people = beneficiaries // count + (number < beneficiaries % count)
        practices = max(_FEWEST_PRACTICES, people // _PEOPLE_BY_PRACTICE)
        found.append(Market(number, first, people, practices, seed))
        first += people
    return found


def _check(beneficiaries: int, seed: int, out: Path) -> None:
    if not 1 <= beneficiaries <= _MOST_PEOPLE:
        raise UsageError(
            f"A population of {beneficiaries:,} cannot be made.",
            remedy=f"Ask for 1 to {_MOST_PEOPLE:,} people.",
            code="options",
        )
    if seed < 0:
        raise UsageError(
            f"'{seed}' is not a seed.", remedy="Give a whole number from 0 on.", code="options"
        )
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(
            f"{out} exists and is not an empty folder.",
            remedy="Name a new folder; nothing is overwritten.",
            code="options",
        )


def _say_what_is_true(folder: Path, markets: Iterable[MarketFindings]) -> None:
    """The quality each practice was made with: no input of a program, which cannot know it."""
    rows = sorted(row for market in markets for row in market.quality)
    text = "".join(f"{tin}\t{quality:.6f}\n" for tin, quality in rows)
    said = f"# {SYNTHETIC}\ntin\ttrue_quality\n{text}"
    (folder / TRUTH).write_text(said, encoding="utf-8")


def _say_what_it_is(folder: Path, beneficiaries: int, seed: int, found: Findings) -> None:
    command = f"openp4p synthesize --beneficiaries {beneficiaries} --seed {seed}"
    tables = "\n".join(f"- {table}" for table in TABLES)
    (folder / "README.md").write_text(
        f"# A synthetic population\n\n{SYNTHETIC}\n\n"
        f"Made by `{command}`; the same command gives the same bytes. `population.html` says what "
        "it was made to look like and what was reached. Tables, each in parts:\n\n"
        f"{tables}\n\n`{TRUTH}` has the quality that each practice was made with, in standard "
        "deviations; no program can know it, and no input is read from it.\n",
        encoding="utf-8",
    )
    text = page(found, beneficiaries, command)
    (folder / "population.html").write_text(text, encoding="utf-8")
