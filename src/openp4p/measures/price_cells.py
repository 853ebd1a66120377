"""What a price is the price of, and what the nation paid for it on average (M22, M23)."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_sum, money_sum, ratio
from openp4p.engine.stage import stage
from openp4p.measures.prices import first_modifier, placed, quantity, with_schedule
from openp4p.measures.service_rows import EQUIPMENT, INPATIENT, OUTPATIENT, PROFESSIONAL, all_rows
from openp4p.program.definition import Program

_PSYCHIATRIC = ("psychiatric", "psychiatric_unit", "psychiatric_unit_cah")
_REHABILITATION = ("irf", "rehab_unit", "rehab_unit_cah")
_SWING_BEDS = ("swing_bed", "swing_bed_ltch", "swing_bed_irf", "swing_bed_cah")
_FACILITY = {"SNF": "snf", "HHA": "hha", "HOSPICE": "hospice"}
_BY_LINE = ("carrier_pfs", "dme", "outpatient_opps")
_BY_DAY = ("inpatient_ipf", "inpatient_irf", "snf_cah_swing", "snf", "hha", "hospice")
_HAS_COARSER = ("carrier_pfs", "dme", "inpatient_ipps")
_LEVELS = (1, 2)
# what changes the fee of a professional service, and of equipment
_FEE_MODIFIERS = (
    *("26", "TC", "50", "51", "53", "62", "80", "81", "82", "AS"),
    *("AA", "AD", "QK", "QX", "QY", "QZ"),
)
_RENTAL_MODIFIERS = ("RR", "NU", "UE")


@stage(
    key=("cell",),
    columns={
        "cell": "string",
        "claim_class": "string",
        "level": "int64",
        "lines": "int64",
        "lines_used": "int64",
        "units": "float64",
        "allowed_dollars": "decimal(38, 2)",
        "price": "float64",
        "is_usable": "boolean",
    },
)
def price_cells(
    claim: ir.Table,
    claim_line: ir.Table,
    inpatient_stays: ir.Table,
    facility_places: ir.Table,
    program: Program,
) -> ir.Table:
    """One price cell: what one unit of it cost on average in the nation in the performance year.

    Price: allowed dollars over units, without the lines whose price of a unit is above that of the
    given share of the cell's lines. Level 1 is the cell itself, 2 the coarser one that takes its
    place when it has too few lines to be usable (M23). No rows unless the program asks for means.
    """
    if program.cost.standardization != "national_mean_price":
        return _nothing(claim, price_cells.columns)
    rows = placed(all_rows(claim, claim_line, inpatient_stays, program), facility_places)
    rows = rows.filter(rows.in_year).mutate(**cell_of(rows, program))
    rows = rows.filter(rows.cell.notnull())
    charged = rows.allowed_amount.cast("float64")
    prices = (
        rows.mutate(unit_price=ratio(charged, rows.priced_units))
        .group_by("claim_class", "cell", "coarser_cell", "unit_price")
        .agg(
            lines=_.count(),
            units=exact_sum(_.priced_units),
            allowed_dollars=money_sum(_.allowed_amount),
        )
    )
    coarser = prices.filter(prices.coarser_cell.notnull()).mutate(cell=_.coarser_cell)
    fine, coarse = _priced(prices, program), _priced(coarser, program)
    one, two = (ibis.literal(level).cast("int64") for level in _LEVELS)
    return fine.mutate(level=one).union(coarse.mutate(level=two))


def _nothing(table: ir.Table, columns: Mapping[str, str]) -> ir.Table:
    """No rows of these columns."""
    return table.limit(0).select(**{name: ibis.null(kind) for name, kind in columns.items()})


def _priced(prices: ir.Table, program: Program) -> ir.Table:
    """The mean price of each cell, without its highest prices."""
    summed = prices.group_by("claim_class", "cell", "unit_price").agg(
        lines=_.lines.sum(), units=exact_sum(_.units), allowed=money_sum(_.allowed_dollars)
    )
    upward = ibis.cumulative_window(group_by=summed.cell, order_by=summed.unit_price)
    whole = ibis.window(group_by=summed.cell)
    ranked = summed.mutate(
        below=summed.lines.sum().over(upward) - summed.lines,
        all_lines=summed.lines.sum().over(whole),
    )
    # the price at the given share of the lines is the smallest that has so many at or below it
    last = (ranked.all_lines.cast("float64") * program.cost.price_trim).ceil()
    kept = ranked.below.cast("float64") < last
    found = ranked.group_by("claim_class", "cell").agg(
        lines=_.lines.sum().cast("int64"),
        lines_used=_.lines.sum(where=kept).cast("int64"),
        units=exact_sum(_.units, where=kept),
        allowed_dollars=money_sum(_.allowed, where=kept),
    )
    return found.mutate(
        price=ratio(found.allowed_dollars, found.units),
        is_usable=found.lines >= program.cost.price_cell_minimum,
    )


@stage(
    key=("claim_class",),
    columns={
        "claim_class": "string",
        "lines": "int64",
        "allowed_dollars": "decimal(38, 2)",
        "priced_dollars": "float64",
        "factor": "float64",
    },
)
def price_totals(
    claim: ir.Table,
    claim_line: ir.Table,
    inpatient_stays: ir.Table,
    facility_places: ir.Table,
    price_schedule: ir.Table,
    price_cells: ir.Table,
    program: Program,
) -> ir.Table:
    """One class of claims: its dollars as allowed and at mean prices; `factor` makes them equal.

    Only of the rows of the year that get a mean price: those with a supplied or scheduled price,
    or without a usable cell, stay as they are.
    """
    if program.cost.standardization != "national_mean_price":
        return _nothing(claim, price_totals.columns)
    rows = placed(all_rows(claim, claim_line, inpatient_stays, program), facility_places)
    rows = with_mean_price(with_schedule(rows, price_schedule), price_cells, program)
    rows = rows.filter(
        rows.in_year,
        rows.standardized_amount.isnull(),
        rows.schedule_amount.isnull(),
        rows.mean_price.notnull(),
    )
    found = rows.group_by("claim_class").agg(
        lines=_.count(),
        allowed_dollars=money_sum(_.allowed_amount),
        priced_dollars=exact_sum(_.priced_units * _.mean_price),
    )
    return found.mutate(factor=ratio(found.allowed_dollars, found.priced_dollars))


def with_mean_price(rows: ir.Table, price_cells: ir.Table, program: Program) -> ir.Table:
    """The placed rows with `mean_price` of a unit and `priced_units`, where a cell has a price.

    The price is that of the cell; of the coarser cell, where the cell has too few lines.
    """
    found = rows.mutate(**cell_of(rows, program))
    usable = price_cells.filter(price_cells.is_usable)
    fine = usable.select(fine="cell", fine_price="price")
    coarse = usable.select(coarse="cell", coarse_price="price")
    found = found.left_join(fine, found.cell == fine.fine)
    found = found.left_join(coarse, found.coarser_cell == coarse.coarse)
    price = ibis.coalesce(found.fine_price, found.coarse_price)
    return found.select(*rows.columns, "priced_units", mean_price=price)


def cell_of(row: ir.Table, program: Program) -> dict[str, ir.Value]:
    """`cell`, `coarser_cell` and `priced_units` of placed rows; no cell without a charge.

    Kinds of resource groups (RUG, HIPPS) are not in the canonical tables: what they price is priced
    by the day. An outpatient claim that is counted whole has no cell.
    """
    keys = _keys(row, program)
    cells = {name: _joined(*parts) for name, parts in keys.items()}
    coarser = {name: _joined(*keys[name][:-1]) for name in _HAS_COARSER}
    rule = _rule(row)
    is_charged = (row.allowed_amount > 0).fill_null(False)
    days = row.thru_day.delta(row.service_day, unit="day") + 1
    return {
        "cell": ibis.cases(
            *((is_charged & (rule == name), cell) for name, cell in cells.items()),
            else_=ibis.null("string"),
        ),
        "coarser_cell": ibis.cases(
            *((is_charged & (rule == name), cell) for name, cell in coarser.items()),
            else_=ibis.null("string"),
        ),
        "priced_units": ibis.cases(
            (rule.isin(_BY_LINE), quantity(row.units)),
            (rule.isin(_BY_DAY), ibis.greatest(days.cast("float64"), 1.0)),
            else_=1.0,
        ),
    }


def _rule(row: ir.Table) -> ir.StringValue:
    """Which kind of price a row has."""
    is_inpatient, facility = row.claim_class == INPATIENT, row.facility_type
    by_waiver = (facility == "cah") | row.is_maryland
    return ibis.cases(
        (row.claim_class == PROFESSIONAL, "carrier_pfs"),
        (row.claim_class == EQUIPMENT, "dme"),
        (row.claim_class == OUTPATIENT, "outpatient_opps"),
        *((row.claim_class == claim_class, name) for claim_class, name in _FACILITY.items()),
        (is_inpatient & facility.isin(_PSYCHIATRIC), "inpatient_ipf"),
        (is_inpatient & facility.isin(_REHABILITATION), "inpatient_irf"),
        (is_inpatient & (facility == "ltch"), "inpatient_ltch"),
        (is_inpatient & facility.isin(_SWING_BEDS), "snf_cah_swing"),
        (is_inpatient & by_waiver, "inpatient_cah_maryland"),
        else_="inpatient_ipps",
    )


def _keys(row: ir.Table, program: Program) -> dict[str, tuple[ir.StringValue, ...]]:
    """The keys of each rule's cells, the first to be dropped last."""
    statuses = sorted(program.episodes.transfer_statuses)
    is_transfer = row.discharge_status.isin(statuses).fill_null(False)
    transfer = ibis.ifelse(is_transfer, "transfer", "no transfer")
    place = ibis.ifelse(row.is_facility, "facility", "office")
    fee, rental = first_modifier(row, _FEE_MODIFIERS), first_modifier(row, _RENTAL_MODIFIERS)
    by_drg = dict.fromkeys(("inpatient_ipf", "inpatient_ltch", "inpatient_cah_maryland"), row.drg)
    by_day = [name for name in _BY_DAY if name not in by_drg]
    return {
        "carrier_pfs": (_name("carrier_pfs"), row.hcpcs_code, fee, place),
        "dme": (_name("dme"), row.hcpcs_code, rental),
        "outpatient_opps": (_name("outpatient_opps"), row.hcpcs_code),
        "inpatient_ipps": (_name("inpatient_ipps"), row.drg, transfer),
        **{name: (_name(name), drg) for name, drg in by_drg.items()},
        **{name: (_name(name),) for name in by_day},
    }


def _name(rule: str) -> ir.StringValue:
    return ibis.literal(rule)


def _joined(*parts: ir.StringValue) -> ir.StringValue:
    """The parts with bars between them; missing where one is."""
    whole = ibis.literal("")
    for number, part in enumerate(parts):
        whole = whole + part if number == 0 else whole + "|" + part
    return whole
