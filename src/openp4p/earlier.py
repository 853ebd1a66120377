"""Earlier runs that a run takes figures from: the year before, or the run under review."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path

import ibis.expr.types as ir

from openp4p.engine import Engine, stages
from openp4p.errors import InputError, Problem, UsageError
from openp4p.folder import TABLES
from openp4p.program.definition import Program
from openp4p.results import Run
from openp4p.steps import Steps

# tables that a run takes from an earlier one, and the stage whose columns they have
OF_STAGE = {
    "prior_outcome_rates": "unadjusted_rates",
    "reviewed_high_risk": "high_risk",
    "reviewed_tiers": "tiers",
    "reviewed_adjustments": "adjustments",
}
# the same of a program that pays awards: rates of the benchmark year, and the run under review
OF_AWARDS = {
    "benchmark_rates": "unadjusted_rates",
    "reviewed_shrunken_rates": "shrunken_rates",
    "reviewed_bonuses": "bonuses",
}
# what stays as it was in a review (D31), with the percentile of risk and the factor x
FROZEN = ("benchmarks", "peer_groups")
# and of awards: the thresholds and what practices share, the months, the dollars of a month
FROZEN_OF_AWARDS = ("shrinkage_fits", "practice_complexity", "award_rate")
EVERYTHING = "everything"


@dataclass(frozen=True)
class Earlier:
    """The runs that were named, opened and found to fit."""

    prior: Run | None = None
    reviewed: Run | None = None

    @property
    def frozen(self) -> dict[str, Path]:
        """The folders of tables that are taken over in a review."""
        if self.reviewed is None:
            return {}
        names = frozen_tables(self.reviewed.program)
        return {name: self.reviewed.folder / TABLES / name for name in names}

    @property
    def identity(self) -> dict[str, object]:
        """What of them makes two runs the same."""
        named = {"prior_run": self.prior, "review_of": self.reviewed}
        return {
            name: None if run is None else run.manifest["result_fingerprint"]
            for name, run in named.items()
        }

    @property
    def prior_year(self) -> int | None:
        """The year whose care the earlier run measured; None where none was named."""
        return None if self.prior is None else self.prior.program.performance_year

    @property
    def benchmark_year(self) -> int | None:
        """The year that thresholds of awards are of; in a review that of the run under review."""
        if self.reviewed is None:
            return self.prior_year
        found: int | None = self.reviewed.manifest.get("benchmark_year")
        return found

    def pool(self, asked: Decimal | None) -> Decimal | None:
        """The fund of awards as asked for; in a review it is that of the run under review."""
        held = None if self.reviewed is None else self.reviewed.manifest.get("pool")
        if held is None:
            return asked
        if asked is not None and asked != Decimal(held):
            raise UsageError(
                f"The run under review paid from a pool of ${Decimal(held):,}; it cannot change.",
                remedy="Leave --pool out.",
                code="pool",
            )
        return Decimal(held)

    @property
    def factor(self) -> float | None:
        """The factor x of the run under review; 0 where nobody was owed an upward adjustment.

        None where there is no review, and of a program that pays awards.
        """
        if self.reviewed is None or self.reviewed.program.award is not None:
            return None
        (row,) = self.reviewed.rows("balance")
        return float(row["adjustment_factor"] or 0)


def frozen_tables(program: Program) -> tuple[str, ...]:
    """The tables that a review of a run of this program takes over as they were."""
    return FROZEN if program.award is None else FROZEN + FROZEN_OF_AWARDS


def opened(program: Program, prior_run: Path | None, review_of: Path | None) -> Earlier:
    """The earlier runs, each checked against the program; errors say what does not fit."""
    prior = None if prior_run is None else Run.open(prior_run)
    reviewed = None if review_of is None else Run.open(review_of)
    fitting = _years_before(program)
    if prior is not None and prior.program.performance_year not in fitting:
        raise UsageError(
            f"The run in '{prior_run}' is of {prior.program.performance_year}; one of "
            f"{' or '.join(map(str, fitting))} is needed.",
            remedy="Name a run of that year, or leave --prior-run out.",
            code="earlier-run-does-not-fit",
        )
    if reviewed is not None:
        _check_reviewed(program, reviewed)
    return Earlier(prior, reviewed)


def _years_before(program: Program) -> list[int]:
    """The years of an earlier run: the year before; of awards their benchmark year, or that."""
    before = 1 if program.award is None else program.award.benchmark_years_before
    return sorted({program.performance_year - before, program.performance_year - 1})


def _check_reviewed(program: Program, reviewed: Run) -> None:
    years = (reviewed.program.payment_year, reviewed.program.performance_year)
    if (reviewed.program.id, *years) != (
        program.id,
        program.payment_year,
        program.performance_year,
    ):
        raise UsageError(
            f"The run in '{reviewed.folder}' is of {reviewed.program.id} and of the care of "
            f"{years[1]}: it is not what is being reviewed.",
            remedy="Name the finished run of the same program and performance period.",
            code="earlier-run-does-not-fit",
        )
    chosen = {choice.id: choice.chosen for choice in program.choices}
    others = [
        id_
        for id_, option in reviewed.manifest["choices"].items()
        if chosen.get(id_, option) != option
    ]
    if others and program.corrections.scope != EVERYTHING:
        raise UsageError(
            f"The run in '{reviewed.folder}' chose otherwise: {', '.join(others)}.",
            remedy="Give the same choices as for the run under review.",
            code="earlier-run-does-not-fit",
        )
    if program.corrections.scope == EVERYTHING:
        raise UsageError(
            "With D31=everything nothing stays as it was in an earlier run.",
            remedy="Leave --review-of out, or leave the choice as it is.",
            code="earlier-run-does-not-fit",
        )


def take_over(step: Steps, earlier: Earlier) -> None:
    """The tables that stages ask of earlier runs, without rows where none was named."""
    for name, stage in OF_STAGE.items():
        columns = stages()[stage].columns
        run = earlier.reviewed if name.startswith("reviewed_") else None
        if run is not None and stage in run.manifest["tables"]:
            step.taken(name, run.folder / TABLES / stage, columns)
        elif name == "prior_outcome_rates" and _is_year_before(earlier, step.program):
            assert earlier.prior is not None
            step.made(name, partial(_outcome_rates, step.engine, earlier.prior), columns)
        else:
            step.rows(name, list, columns)

    if step.program.award is not None:
        _take_for_awards(step, earlier)


def _take_for_awards(step: Steps, earlier: Earlier) -> None:
    """The rates that thresholds and improvement rest on, and what a run under review awarded.

    Without an earlier run there are none; in a review the rates are those of the run under review.
    """
    for name, stage in OF_AWARDS.items():
        columns = stages()[stage].columns
        if earlier.reviewed is not None:
            held = stage if name.startswith("reviewed_") else name
            step.taken(name, earlier.reviewed.folder / TABLES / held, columns)
        elif earlier.prior is None or name.startswith("reviewed_"):
            step.rows(name, list, columns)
        else:
            step.made(name, partial(_rates, step.engine, earlier.prior), columns)


def _is_year_before(earlier: Earlier, program: Program) -> bool:
    return earlier.prior_year == program.performance_year - 1


def _rates(engine: Engine, prior: Run) -> ir.Table:
    """What an earlier run measured of practices, and not of ACOs."""
    rates, practices = (
        engine.read_parquet(prior.folder / TABLES / name)
        for name in ("unadjusted_rates", "practices")
    )
    return rates.semi_join(practices, "tin")


def _outcome_rates(engine: Engine, prior: Run) -> ir.Table:
    """The same of measures from claims."""
    rules = engine.read_parquet(prior.folder / TABLES / "measure_rules")
    outcomes = rules.filter(rules.source == "claims", rules.kind == "quality")
    return _rates(engine, prior).semi_join(outcomes, "measure")


def check_corrections(step: Steps, earlier: Earlier) -> None:
    """Refuse corrections that nothing is known of, or that would change everybody's result."""
    program, corrections = step.program, step.tables["correction"]
    of_year = corrections.filter(corrections.performance_year == program.performance_year)
    listed = step.engine.rows(of_year.select("tin", "kind")).to_pylist()
    known = program.corrections.effects
    unknown = sorted({str(row["kind"]) for row in listed} - set(known))
    problems = [
        Problem(
            file="correction",
            where="column kind",
            found=f"'{kind}' is no kind of correction of this program",
            allowed=", ".join(known),
            remedy="Name one of these kinds.",
        )
        for kind in unknown
    ]
    if problems:
        raise InputError(problems, code="unknown-correction")
    alone = program.corrections.scope == "reviewed_practice"
    if listed and alone and earlier.reviewed is None:
        raise UsageError(
            f"The input has {len(listed)} accepted corrections, which change only the practices "
            "they are of: benchmarks, peers and the factor x stay as they were (D31).",
            remedy="Name the finished run they correct: --review-of RUN; or compute everything "
            "again: --choice D31=everything.",
            code="corrections-need-a-review",
        )
    if earlier.reviewed is not None and not listed:
        raise UsageError(
            "There is nothing to review: the input has no correction of this performance year.",
            remedy="Put correction.csv into the input folder, or leave --review-of out.",
            code="nothing-to-review",
        )
