"""Earlier runs that a run takes figures from: the year before, or the run under review."""

from __future__ import annotations

from dataclasses import dataclass
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
# what stays as it was in a review (D31), with the percentile of risk and the factor x
FROZEN = ("benchmarks", "peer_groups")
EVERYTHING = "everything"
_REVIEWED = {"reviewed_high_risk", "reviewed_tiers", "reviewed_adjustments"}


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
        return {name: self.reviewed.folder / TABLES / name for name in FROZEN}

    @property
    def identity(self) -> dict[str, object]:
        """What of them makes two runs the same."""
        named = {"prior_run": self.prior, "review_of": self.reviewed}
        return {
            name: None if run is None else run.manifest["result_fingerprint"]
            for name, run in named.items()
        }

    @property
    def factor(self) -> float | None:
        """The factor x of the run under review; 0 where nobody was owed an upward adjustment."""
        if self.reviewed is None:
            return None
        (row,) = self.reviewed.rows("balance")
        return float(row["adjustment_factor"] or 0)


def opened(program: Program, prior_run: Path | None, review_of: Path | None) -> Earlier:
    """The earlier runs, each checked against the program; errors say what does not fit."""
    prior = None if prior_run is None else Run.open(prior_run)
    reviewed = None if review_of is None else Run.open(review_of)
    if prior is not None and prior.program.performance_year != program.performance_year - 1:
        raise UsageError(
            f"The run in '{prior_run}' is of {prior.program.performance_year}; one of "
            f"{program.performance_year - 1} is needed.",
            remedy="Name a run of that year, or leave --prior-run out.",
            code="earlier-run-does-not-fit",
        )
    if reviewed is not None:
        _check_reviewed(program, reviewed)
    return Earlier(prior, reviewed)


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
    others = [id_ for id_, option in reviewed.manifest["choices"].items() if chosen[id_] != option]
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
        run = earlier.reviewed if name in _REVIEWED else None
        if run is not None:
            step.taken(name, run.folder / TABLES / stage, columns)
        elif name == "prior_outcome_rates" and earlier.prior is not None:
            step.made(name, partial(_outcome_rates, step.engine, earlier.prior), columns)
        else:
            step.rows(name, list, columns)


def _outcome_rates(engine: Engine, prior: Run) -> ir.Table:
    """What an earlier run measured from claims, of practices and not of ACOs."""
    rates, rules, practices = (
        engine.read_parquet(prior.folder / TABLES / name)
        for name in ("unadjusted_rates", "measure_rules", "practices")
    )
    outcomes = rules.filter(rules.source == "claims", rules.kind == "quality")
    return rates.semi_join(outcomes, "measure").semi_join(practices, "tin")


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
