"""The whole population: split into markets, made side by side, put in place when it is complete."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from openp4p.errors import UsageError
from openp4p.synthetic.findings import MarketFindings, findings
from openp4p.synthetic.market import SYNTHETIC, TABLES, Market, make
from openp4p.synthetic.page import page

Progress = Callable[[str, int, int], None]
TRUTH = "true_quality.tab"  # which intake leaves alone
PEOPLE_IN_A_MARKET = 10_000
_MOST_MARKETS = (
    800  # eight first digits of a number of professionals, and two more, tell them apart
)
_MOST_PEOPLE = 40_000_000  # more than Medicare pays for by the service
_PEOPLE_BY_PRACTICE = 100
_FEWEST_PRACTICES = 12
USUAL = 1.0  # services for each of the usual


@dataclass(frozen=True)
class Part:
    """One of several parts, of about as many people each, that make up a population."""

    number: int
    parts: int

    def __str__(self) -> str:
        """As the command line has it."""
        return f"{self.number}/{self.parts}"

    @classmethod
    def named(cls, text: str) -> Part:
        """The part that the text names, such as 3/33."""
        number, _slash, parts = text.partition("/")
        if not (number.isdecimal() and parts.isdecimal()):
            raise UsageError(
                f"'{text}' is not a part.",
                remedy="Name it as 3/33: the third of 33.",
                code="options",
            )
        return cls(int(number), int(parts))

    @property
    def is_whole(self) -> bool:
        """True when there is no other part."""
        return self.parts == 1

    def of(self, markets: Sequence[Market]) -> Sequence[Market]:
        """The markets of this part; more parts than markets are refused."""
        if not 1 <= self.number <= self.parts <= len(markets):
            raise UsageError(
                f"Part {self.number} of {self.parts} cannot be made.",
                remedy=f"A population of this size has at most {len(markets):,} parts, and they "
                "are counted from 1.",
                code="options",
            )
        first, end = (
            len(markets) * number // self.parts for number in (self.number - 1, self.number)
        )
        return markets[first:end]


WHOLE = Part(1, 1)


def silent(what: str, done: int, total: int) -> None:
    """Progress that is not shown."""


def synthesize(
    beneficiaries: int,
    seed: int,
    out: Path,
    *,
    part: Part = WHOLE,
    services: float = USUAL,
    threads: int | None = None,
    progress: Progress = silent,
) -> None:
    """Write a population of people who do not exist into a new or empty folder.

    With `services` below 1 there are fewer of them outside primary care, and files are lighter.

    The same number and seed give the same bytes of every file, whatever the number of threads, and
    whether the population is made at once or by parts, whose files together are those of the whole.
    """
    _check(beneficiaries, seed, out)
    if not 0 < services <= USUAL:
        raise UsageError(
            f"{services} is no share of the usual services.",
            remedy="Give a number above 0, and 1 at most.",
            code="options",
        )
    markets = part.of(markets_of(beneficiaries, seed, services))
    made_by = command(beneficiaries, seed, part, services)
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
        people = sum(market.people for market in markets)
        _say_what_it_is(draft, made_by)
        text = page(findings(markets_made, people), people, made_by)
        (draft / "population.html").write_text(text, encoding="utf-8")
        _say_what_is_true(draft, markets_made)
        if out.exists():
            out.rmdir()
        draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def markets_of(beneficiaries: int, seed: int, services: float = USUAL) -> list[Market]:
    """The parts of a population, people spread evenly over them."""
    count = min(_MOST_MARKETS, -(-beneficiaries // PEOPLE_IN_A_MARKET))
    found, first = [], 0
    for number in range(count):
        people = beneficiaries // count + (number < beneficiaries % count)
        practices = max(_FEWEST_PRACTICES, people // _PEOPLE_BY_PRACTICE)
        found.append(Market(number, first, people, practices, seed, services))
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


def command(beneficiaries: int, seed: int, part: Part, services: float = USUAL) -> str:
    """The command that makes a population, or a part of it."""
    said = f"openp4p synthesize --beneficiaries {beneficiaries} --seed {seed}"
    said += "" if services == USUAL else f" --services {services:g}"
    return said if part.is_whole else f"{said} --part {part}"


def _say_what_it_is(folder: Path, made_by: str) -> None:
    tables = "\n".join(f"- {table}" for table in TABLES)
    (folder / "README.md").write_text(
        f"# A synthetic population\n\n{SYNTHETIC}\n\n"
        f"Made by `{made_by}`; the same command gives the same bytes. "
        "`population.html` says what it was made to look like and what was reached. Tables, each "
        f"in parts:\n\n{tables}\n\n`{TRUTH}` has the quality that each practice was made with, "
        "in standard deviations; no program can know it, and no input is read from it.\n",
        encoding="utf-8",
    )
