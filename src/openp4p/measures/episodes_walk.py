"""Which stays are index admissions: a walk through each beneficiary's stays in order of date.

An index admission blocks the admissions up to some days after its discharge, and the first one not
blocked is the next index. So each stay that could be an index names the one that would follow it,
and the index admissions are those that are reached from the first. Eight such steps are followed
for every stay at once, and then eight times eight: more than 64 index admissions that follow each
other within five years do not exist, as each is more than thirty days after the one before.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_AT_ONCE = 8
_ADMISSION, _BLOCK = 0, 1


@stage(
    key=("beneficiary_id", "position"),
    each="beneficiary_id",
    columns={
        "beneficiary_id": "string",
        "position": "int64",
        "stay_id": "string",
        "opens_run": "boolean",
        "next_position": "int64",
    },
)
def index_candidates(stay_exclusions: ir.Table, program: Program) -> ir.Table:
    """One stay that could be an index admission, in its place among those of its beneficiary.

    `next_position` is the first later one that it would not block: missing when there is none, or
    when no earlier stay blocks that one either, as then it opens a run of its own and is an index
    whatever came before.
    """
    counted = _candidates(stay_exclusions, program)
    order = [counted.admission_date, counted.discharge_date, counted.stay_id]
    place = ibis.row_number().over(ibis.window(group_by="beneficiary_id", order_by=order))
    blocked_until = counted.discharge_date + ibis.interval(days=program.episodes.days_between)
    placed = counted.mutate(
        position=(place + 1).cast("int64"), blocked_until=blocked_until.cast("date")
    )
    up_to_here = _up_to_here(placed)
    reached = placed.mutate(blocked=placed.blocked_until.max().over(up_to_here))
    in_order = ibis.window(group_by="beneficiary_id", order_by=reached.position)
    blocked_before = reached.blocked.lag().over(in_order)
    runs = reached.mutate(
        opens_run=~(reached.admission_date <= blocked_before).fill_null(False),
    )
    return _with_next(runs)


def _candidates(stay_exclusions: ir.Table, program: Program) -> ir.Table:
    """The stays that pass what makes a stay no index admission (M42).

    In the alternative, a stay whose own episode would not count is none either.
    """
    kept = stay_exclusions.filter(stay_exclusions.no_index_reason.isnull())
    if program.episodes.index_chain == "excluded_stays_do_not_block":
        kept = kept.filter(kept.exclusion.isnull())
    return kept.select("beneficiary_id", "stay_id", "admission_date", "discharge_date")


def _up_to_here(table: ir.Table) -> ir.Value:
    return ibis.window(
        group_by="beneficiary_id", order_by=table.position, preceding=None, following=0
    )


def _with_next(runs: ir.Table) -> ir.Table:
    """Each stay with the next that it does not block, by counting the admissions it does block."""
    admissions = runs.select(
        "beneficiary_id", "position", day=runs.admission_date, kind=ibis.literal(_ADMISSION)
    )
    blocks = runs.select(
        "beneficiary_id", "position", day=runs.blocked_until, kind=ibis.literal(_BLOCK)
    )
    events = admissions.union(blocks)
    running = ibis.window(
        group_by="beneficiary_id",
        order_by=[events.day, events.kind, events.position],
        preceding=None,
        following=0,
    )
    is_admission = ibis.ifelse(events.kind == _ADMISSION, 1, 0).cast("int64")
    counted = events.mutate(admitted=is_admission.sum().over(running).cast("int64"))
    after = counted.filter(counted.kind == _BLOCK).select(
        "beneficiary_id", "position", following=_.admitted + 1
    )
    opening = runs.filter(~runs.opens_run).select("beneficiary_id", following=_.position)
    known = after.semi_join(opening, ["beneficiary_id", "following"])
    joined = runs.left_join(known, ["beneficiary_id", "position"])
    return joined.select(
        "beneficiary_id", "position", "stay_id", "opens_run", next_position=joined.following
    )


@stage(
    key=("beneficiary_id", "position"),
    each="beneficiary_id",
    columns={
        "beneficiary_id": "string",
        "position": "int64",
        **{f"step_{number}": "int64" for number in range(1, _AT_ONCE + 1)},
    },
)
def index_steps(index_candidates: ir.Table) -> ir.Table:
    """One stay that has a next one, with the stays that follow it step by step."""
    moves = index_candidates.filter(index_candidates.next_position.notnull())
    moves = moves.select("beneficiary_id", "position", step_1=_.next_position)
    walked = moves
    for number in range(1, _AT_ONCE):
        onwards = moves.select(
            **{f"of_{number}": moves.beneficiary_id, f"at_{number}": moves.position},
            **{f"step_{number + 1}": moves.step_1},
        )
        walked = walked.left_join(
            onwards,
            [
                walked.beneficiary_id == onwards[f"of_{number}"],
                walked[f"step_{number}"] == onwards[f"at_{number}"],
            ],
        ).drop(f"of_{number}", f"at_{number}")
    return walked


@stage(
    key=("stay_id",),
    each="beneficiary_id",
    columns={
        "stay_id": "string",
        "beneficiary_id": "string",
        "admission_date": "date",
        "discharge_date": "date",
        "is_index": "boolean",
        "reason": "string",
        "blocked_by": "string",
    },
)
def episode_stays(
    stay_exclusions: ir.Table, index_candidates: ir.Table, index_steps: ir.Table, program: Program
) -> ir.Table:
    """One stay, and whether it is an index admission or why not (M42).

    Beside the reasons of `stay_exclusions`: within_30_days, admitted no later than that after the
    discharge of the index admission `blocked_by`.
    """
    index = _index_admissions(index_candidates, index_steps)
    found = stay_exclusions.left_join(index, "stay_id").drop("stay_id_right")
    not_candidate = found.no_index_reason
    if program.episodes.index_chain == "excluded_stays_do_not_block":
        not_candidate = ibis.coalesce(not_candidate, found.exclusion)
    is_index = found.is_index.fill_null(False)
    marked = found.mutate(
        is_index=is_index,
        reason=ibis.ifelse(
            not_candidate.isnull() & ~is_index, ibis.literal("within_30_days"), not_candidate
        ),
    )
    return _with_blocking(marked).select(*episode_stays.columns)


def _index_admissions(candidates: ir.Table, steps: ir.Table) -> ir.Table:
    """The stays that are reached from the first one of a run."""
    first = candidates.filter(candidates.opens_run).select("beneficiary_id", "position")
    reached = _steps_from(_far_steps_from(first, steps), steps)
    found = candidates.semi_join(reached, ["beneficiary_id", "position"])
    return found.select("stay_id", is_index=ibis.literal(True))


def _far_steps_from(first: ir.Table, steps: ir.Table) -> ir.Table:
    """The first stays and those that lie eight, sixteen, … steps after them."""
    leaps = steps.filter(steps[f"step_{_AT_ONCE}"].notnull())
    leaps = leaps.select("beneficiary_id", "position", leap=steps[f"step_{_AT_ONCE}"])
    # few runs are that long, so only those are followed
    walked = first.semi_join(leaps, ["beneficiary_id", "position"]).mutate(leap_0=_.position)
    for number in range(1, _AT_ONCE):
        onwards = leaps.select(
            **{f"of_{number}": leaps.beneficiary_id, f"at_{number}": leaps.position},
            **{f"leap_{number}": leaps.leap},
        )
        walked = walked.left_join(
            onwards,
            [
                walked.beneficiary_id == onwards[f"of_{number}"],
                walked[f"leap_{number - 1}"] == onwards[f"at_{number}"],
            ],
        ).drop(f"of_{number}", f"at_{number}")
    leapt = _listed(walked, [f"leap_{number}" for number in range(1, _AT_ONCE)])
    return first.union(leapt)


def _steps_from(places: ir.Table, steps: ir.Table) -> ir.Table:
    """The places and those that lie one, two, … seven steps after them."""
    found = places.inner_join(steps, ["beneficiary_id", "position"])
    return places.union(_listed(found, [f"step_{number}" for number in range(1, _AT_ONCE)]))


def _listed(wide: ir.Table, columns: list[str]) -> ir.Table:
    """One row for each of the positions that stand beside each other."""
    long = wide.select(
        "beneficiary_id", position=ibis.array([wide[column] for column in columns]).unnest()
    )
    return long.filter(long.position.notnull())


def _with_blocking(stays: ir.Table) -> ir.Table:
    """The stays with the index admission that blocks them: the last one before."""
    is_candidate = stays.is_index | (stays.reason == "within_30_days")
    marked = stays.mutate(
        is_candidate=is_candidate.fill_null(False),
        counts=ibis.ifelse(stays.is_index, 1, 0).cast("int64"),
    )
    groups = ["beneficiary_id", "is_candidate"]
    running = ibis.window(
        group_by=groups,
        order_by=[marked.admission_date, marked.discharge_date, marked.stay_id],
        preceding=None,
        following=0,
    )
    numbered = marked.mutate(number=marked.counts.sum().over(running))
    name = ibis.ifelse(numbered.is_index, numbered.stay_id, ibis.null("string"))
    last_index = name.max().over(ibis.window(group_by=[*groups, "number"]))
    is_blocked = numbered.is_candidate & ~numbered.is_index
    return numbered.mutate(blocked_by=ibis.ifelse(is_blocked, last_index, ibis.null("string")))
