"""Why the episodes of one beneficiary count in spending per beneficiary as they do."""

from __future__ import annotations

from typing import Any

from openp4p.explain.model import Explanation, Row
from openp4p.explain.sources import sources
from openp4p.explain.varied import OUT as VARIED
from openp4p.explain.words import dollars, number
from openp4p.results import Run

MEASURE = "spending_per_beneficiary"
_RULES = (
    "episodes.days_before", "episodes.days_after", "episodes.days_between",
    "episodes.index_hospitals", "episodes.index_chain",
)  # fmt: skip
OUT = {
    "not_subsection_d": "its hospital is not under the prospective payment system",
    "no_payment_or_drg": "nothing was paid, or it has no DRG",
    "transfer": "it began or ended with a transfer between acute hospitals",
    "within_30_days": "it began within 30 days of an index discharge",
    "not_enrolled": "not in Parts A and B all the time",
    "part_c": "in Medicare Advantage (Part C) for a time",
    "medicare_secondary": "another payer paid first",
    "died": "the beneficiary died before its end",
    "no_risk_data": "nothing is known of the beneficiary's age",
    "outlier": "what it cost is too far from what was predicted",
    "rare_cell": "there are too few episodes of its kind",
    "not_standardized": "not all of its dollars are standardised",
    **VARIED,
}


def why_episodes(run: Run, beneficiary_id: str) -> Explanation:
    """Every stay of a beneficiary: whether it opens an episode, whose, at what cost."""
    mine = {"beneficiary_id": beneficiary_id}
    stays = run.rows("episode_stays", mine)
    episodes = [_as_case(run, row) for row in run.rows("expected_episodes", mine)]
    counted = sum(row["reason"] is None for row in episodes)
    return Explanation(
        name="episodes",
        question=f"How does beneficiary {beneficiary_id} count in {MEASURE}?",
        answer=f"{len(stays)} hospital stays, {len(episodes)} episodes, {counted} that count.",
        value=None,
        formula="none",
        rule="Each stay in the order of its days; an index admission opens an episode, and blocks "
        "those that follow too soon.",
        sources=sources(run.program, f"measures.{MEASURE}", *_RULES),
        table="episode_stays",
        rows=tuple(stays),
        steps=tuple(_episode(run, row) for row in episodes),
    )


def _as_case(run: Run, row: Row) -> dict[str, Any]:
    """An episode with the reason it has as a case of its practice, where it has one there."""
    held = run.rows("spending_per_beneficiary_cases", {"case_id": row["episode_id"]})
    return {**row, "reason": held[0]["reason"] if held else row["reason"]}


def _episode(run: Run, row: Row) -> Explanation:
    id_ = row["episode_id"]
    candidates = run.rows("episode_candidates", {"episode_id": id_})
    first = min(candidates, key=lambda c: c["rank"])["tin"] if candidates else None
    whose = f"it belongs to practice {first}" if first else "it belongs to no practice"
    if row["reason"] is not None:
        answer = f"It does not count: {OUT.get(row['reason'], row['reason'])}; {whose}."
        return _told(run, row, answer, None, "none", (_whose(run, candidates, first),))
    ratio = row["cost"] / row["expected"]
    answer = f"{dollars(row['cost'])}, {number(ratio)} times what was expected; {whose}."
    steps = (_cost(run, row), _expected(run, row), _whose(run, candidates, first))
    return _told(run, row, answer, ratio, "cost_over_expected", steps)


def _told(
    run: Run,
    row: Row,
    answer: str,
    value: float | None,
    formula: str,
    steps: tuple[Explanation, ...],
) -> Explanation:
    return Explanation(
        name=f"episode_{row['episode_id']}",
        question=f"And episode {row['episode_id']}?",
        answer=answer,
        value=value,
        formula=formula,
        rule="An episode counts with all Part A and B dollars that begin in its window, against "
        "what is expected of its kind and of the beneficiary.",
        sources=sources(run.program, "episodes.model", "episodes.ratio"),
        table="episodes",
        rows=tuple(run.rows("episodes", {"episode_id": row["episode_id"]})),
        steps=steps,
    )


def _cost(run: Run, row: Row) -> Explanation:
    rows = run.rows("episode_costs", {"episode_id": row["episode_id"]})
    return Explanation(
        name="cost",
        question="What did it cost?",
        answer=f"{dollars(row['cost'])} from the days before the admission to those after the "
        "discharge.",
        value=row["cost"],
        formula="sum_of_rows",
        rule="Part A and B services by category, by the day on which they begin.",
        sources=sources(run.program, "episodes.window_costs", "cost.standardization"),
        inputs={"column": "amount"},
        table="episode_costs",
        rows=tuple(rows),
    )


def _expected(run: Run, row: Row) -> Explanation:
    """What was expected, with the terms of the model that the episode has."""
    named = {"stratum": row["stratum"]}
    model = {r["term"]: r["coefficient"] for r in run.rows("episode_model", named)}
    terms = run.rows("episode_terms", {"episode_id": row["episode_id"]})
    listed: list[dict[str, Any]] = [
        {"term": r["term"], "coefficient": model.get(r["term"])} for r in terms
    ]
    said = "the national mean" if not listed or row["predicted"] is None else "the model"
    return Explanation(
        name="expected",
        question="What would it be expected to cost?",
        answer=f"{dollars(row['expected'])} by {said}"
        + (f", which predicts {dollars(row['predicted'])}; " if row["predicted"] else "; ")
        + "low predictions are raised, and all are scaled to add up.",
        value=row["expected"],
        formula="stored",
        rule="Least squares within the major diagnostic category.",
        sources=sources(run.program, "episodes.model", "episodes.prediction_floor"),
        inputs={"column": "expected"},
        table="expected_episodes",
        rows=(row,),
        steps=(
            Explanation(
                name="predicted",
                question="What does the model predict?",
                answer=f"{number(row['predicted'])}, the sum of {len(listed)} terms.",
                value=row["predicted"],
                formula="stored",
                rule="Each term that the episode has adds its coefficient.",
                sources=sources(run.program, "episodes.model", "episodes.lookback_days"),
                inputs={
                    "column": "predicted",
                    "coefficients": {str(r["term"]): r["coefficient"] for r in listed},
                },
                table="expected_episodes",
                rows=(row,),
            ),
        )
        if row["predicted"] is not None and listed
        else (),
    )


def _whose(run: Run, candidates: list[dict[str, Any]], tin: str | None) -> Explanation:
    charged = number(candidates[0]["charges"]) if candidates else "0"
    return Explanation(
        name="practice",
        question="Whose is it?",
        answer=f"Practice {tin}: its professionals charged most during the stay, ${charged}."
        if tin
        else "Nobody's: no professional's line is dated in the stay.",
        value=tin,
        formula="none" if tin is None else "stored",
        rule="The practice with the largest allowed amount of professionals' services during the "
        "stay; every candidate is kept in episode_candidates.",
        sources=sources(run.program, "episodes.attribution_lines", "attribution.tie_break"),
        inputs={"column": "tin"} if tin else {},
        table="episode_candidates",
        rows=tuple(row for row in candidates if row["tin"] == tin),
    )
