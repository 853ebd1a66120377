"""What the first page says of a run: sums of its stored tables, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.accounting import LEDGER, Ledger
from openp4p.reports.numbers import adjustment_name
from openp4p.results import Run

Facts = dict[str, Any]
Rows = list[dict[str, Any]]
QUALITY_TIERS = ("high", "average", "low")
COST_TIERS = ("low", "average", "high")
COUNTED = ("rows_read", "rows_used", "rows_set_aside")
MONEY = ("dollars_read", "dollars_used", "dollars_set_aside")


def rows_of(run: Run, expression: ir.Table) -> Rows:
    """The computed rows of a small result."""
    listed: Rows = run.engine.rows(expression).to_pylist()
    return listed


def total(rows: Iterable[Mapping[str, Any]], column: str = "n") -> Any:  # noqa: ANN401  # a count or money
    """The sum of a column over rows; what is missing adds nothing."""
    return sum((row[column] or 0 for row in rows), 0)


def people(run: Run) -> Facts:
    """Practices by size class and by why they are out; subject practices by category."""
    practices = run.table("practices")
    sizes = rows_of(
        run,
        practices.group_by("size_class").agg(
            n=_.count(),
            subject=_.is_subject.sum(),
            professionals=_.size.sum(where=_.is_subject),
        ),
    )
    reasons = rows_of(run, practices.filter(~_.is_subject).group_by("reason").agg(n=_.count()))
    subject = practices.filter(_.is_subject).select("tin", "size_class")
    categories = rows_of(
        run,
        run.table("reporting_categories")
        .inner_join(subject, "tin")
        .group_by("size_class", "category", "basis")
        .agg(
            n=_.count(),
            reported=(_.category == 1).sum(),
            silent=(_.category != 1).sum(),
        ),
    )
    order = {c.id: place for place, c in enumerate(run.program.applicability.size_classes)}
    return {
        "sizes": sorted(sizes, key=lambda row: order.get(row["size_class"], len(order))),
        "reasons": _largest_first(reasons, "reason"),
        "practices": total(sizes),
        "subject": total(sizes, "subject"),
        "professionals": total(sizes, "professionals"),
        "bases": _summed(categories, "category", "basis"),
        "category_by_size": _summed(categories, "size_class", values=("reported", "silent")),
    }


def patients(run: Run) -> Facts:
    """Beneficiaries by eligibility, and eligible ones by the step that attributed them."""
    found = rows_of(
        run,
        run.table("eligible_beneficiaries").group_by("is_eligible", "reason").agg(n=_.count()),
    )
    attributed = run.table("attributed_beneficiaries")
    steps = rows_of(
        run,
        attributed.group_by("step").agg(
            n=_.count(), contested=(_.practices > 1).sum(), practices=_.tin.nunique()
        ),
    )
    eligible = total(row for row in found if row["is_eligible"])
    return {
        "beneficiaries": total(found),
        "eligible": eligible,
        "reasons": _largest_first([r for r in found if not r["is_eligible"]], "reason"),
        "steps": sorted(steps, key=lambda row: int(row["step"])),
        "attributed": total(steps),
        "unattributed": eligible - total(steps),
        "groups": [list(groups) for groups in run.program.attribution.steps],
    }


def grids(run: Run) -> list[Facts]:
    """For each size class with tiered practices, the nine cells: practices, pay and dollars."""
    tiered = run.table("payments").filter(_.quality_tier.notnull(), _.cost_tier.notnull())
    cells = rows_of(
        run,
        tiered.group_by("size_class", "quality_tier", "cost_tier").agg(
            n=_.count(), dollars=_.adjustment_amount.sum()
        ),
    )
    found = {(c["size_class"], c["quality_tier"], c["cost_tier"]): c for c in cells}
    named = [c.id for c in run.program.applicability.size_classes]
    return [
        {
            "size_class": name,
            "n": total(c for c in cells if c["size_class"] == name),
            "rows": [
                (quality, [_cell(run, found, name, quality, cost) for cost in COST_TIERS])
                for quality in QUALITY_TIERS
            ],
        }
        for name in named
        if any(c["size_class"] == name for c in cells)
    ]


def _cell(run: Run, found: Mapping[Any, Any], name: str, quality: str, cost: str) -> Facts:
    held = found.get((name, quality, cost), {"n": 0, "dollars": Decimal(0)})
    rule = next(
        cell
        for cell in run.program.payment.grid
        if cell.size_class in (name, "all") and (cell.quality, cell.cost) == (quality, cost)
    )
    sign = "up" if rule.multiple else "down" if (rule.percent or 0) < 0 else "even"
    return {
        "cost": cost,
        "n": held["n"],
        "dollars": held["dollars"],
        "percent": rule.percent,
        "multiple": rule.multiple,
        "sign": sign,
    }


def money(run: Run) -> Facts:
    """The balance, the practices by basis, and the distribution of adjustments."""
    bases = rows_of(run, run.table("payments").group_by("basis").agg(**_sums()))
    balance = rows_of(run, run.table("balance"))[0]
    rule = run.program.payment
    return {
        "balance": balance,
        "bases": _largest_first(bases, "basis"),
        "spread": spread(run),
        "published": rule.published_factor,
        "published_cite": run.program.citation("payment.published_factor"),
        "actuarial": rule.actuarial_factor,
        "digits": rule.factor_digits,
        "rounding": rule.factor_rounding.replace("_", " "),
    }


def spread(run: Run) -> Rows:
    """Practices subject to the program by the fraction by which their payments change."""
    subject = run.table("payments").filter(_.basis != "not_subject")
    found = rows_of(run, subject.group_by("adjustment_fraction", "multiple").agg(**_sums()))
    return [
        {**row, "name": adjustment_name(row["adjustment_fraction"], row["multiple"])}
        for row in sorted(found, key=lambda r: (r["adjustment_fraction"], r["multiple"] or 0))
    ]


def _sums() -> Facts:
    return {
        "n": _.count(),
        "paid": _.paid_amount.sum(),
        "dollars": _.adjustment_amount.sum(),
    }


def reconciliation(run: Run) -> Facts:
    """Rows by file, dollars by claim class and month, and why rows were set aside."""
    return reconciled({name: run.rows(name) for name in LEDGER if name in run.names()})


def reconciled(ledger: Ledger) -> Facts:
    """The same from the rows of a ledger; a table that it lacks had nothing to say."""
    files = ledger.get("accounting", [])
    amounts = ledger.get("accounting_money", [])
    reasons = ledger.get("accounting_reasons", [])
    return {
        "files": sorted(files, key=lambda row: str(row["file"])),
        "rows": {column: total(files, column) for column in COUNTED},
        "reasons": sorted(reasons, key=lambda r: (-r["rows"], str(r["file"]))),
        "why": _why(reasons),
        "classes": _summed(amounts, "claim_class", values=MONEY),
        "months": sorted(
            amounts, key=lambda r: (str(r["claim_class"]), str(r["year_month"] or ""))
        ),
        "money": {column: total(amounts, column) for column in MONEY},
    }


def _why(reasons: Rows) -> Rows:
    """Rows of the files of which nothing is used, and the dollars set aside, by reason."""
    summed = _summed(reasons, "reason", values=("rows_set_aside", "dollars"))
    found = [
        {"reason": row["reason"], "rows": row["rows_set_aside"], "dollars": row["dollars"]}
        for row in summed
        if row["rows_set_aside"] or row["dollars"]
    ]
    return sorted(found, key=lambda row: (-row["rows"], str(row["reason"])))


def _largest_first(rows: Rows, name: str) -> Rows:
    return sorted(rows, key=lambda row: (-row["n"], str(row[name])))


def _summed(rows: Rows, *by: str, values: Iterable[str] = ("n",)) -> Rows:
    """The rows added up by some columns, in the order of these columns."""
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[column] for column in by)
        held = sums.setdefault(key, dict(zip(by, key, strict=True)) | dict.fromkeys(values, 0))
        for value in values:
            held[value] += row[value] or 0
    return [sums[key] for key in sorted(sums, key=str)]


def placements(run: Run, *, most: int, limit: float, step: float) -> tuple[Rows, bool]:
    """Quality and cost composites of tiered practices with the direction of their adjustment.

    Beyond `most` practices they are counted in squares of `step` first, and the second value says
    so. Composites beyond `limit` are drawn at the limit.
    """
    both = (
        run.table("tiers")
        .filter(_.is_tiered, _.quality_composite.notnull(), _.cost_composite.notnull())
        .inner_join(run.table("payments").select("tin", "adjustment_fraction"), "tin")
        .select(
            quality=_.quality_composite.clip(-limit, limit),
            cost=_.cost_composite.clip(-limit, limit),
            direction=ibis.cases(
                (_.adjustment_fraction > 0, "up"),
                (_.adjustment_fraction < 0, "down"),
                else_="none",
            ),
        )
    )
    many = rows_of(run, both.agg(n=both.count()))[0]["n"] > most
    if many:
        both = both.mutate(
            quality=(_.quality / step).round().cast("float64") * step,
            cost=(_.cost / step).round().cast("float64") * step,
        )
    counted = both.group_by("quality", "cost", "direction").agg(n=_.count())
    return rows_of(run, counted.order_by(["quality", "cost", "direction"])), many
