"""What a service costs by a supplied fee schedule: the price of its code, place, part and day."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from openp4p.engine.portable import share_of_money
from openp4p.measures.service_rows import BY_LINE, INPATIENT

# the modifiers that make a line a part of a service, each with a price of its own
PARTS = ("26", "TC")
MODIFIERS = ("modifier_1", "modifier_2", "modifier_3", "modifier_4")
_FIRST, _LAST = "1900-01-01", "2999-12-31"


def first_modifier(rows: ir.Table, listed: tuple[str, ...]) -> ir.StringValue:
    """The first modifier of a line that is in the list; empty for none."""
    found = (ibis.ifelse(rows[m].isin(listed), rows[m], ibis.null("string")) for m in MODIFIERS)
    return ibis.coalesce(*found, ibis.literal(""))


def quantity(units: ir.FloatingValue) -> ir.FloatingValue:
    """Units of a line; a line that states none, or none above zero, is one unit."""
    return ibis.ifelse((units > 0.0).fill_null(False), units, 1.0)


def placed(rows: ir.Table, facility_places: ir.Table) -> ir.Table:
    """The rows with `is_facility`: whether the service was given in a facility."""
    places = facility_places.rename(place="place_of_service", in_facility="is_facility")
    found = rows.left_join(places, rows.place_of_service == places.place)
    of_facility = ~found.claim_class.isin(BY_LINE)
    return found.select(*rows.columns, is_facility=of_facility | found.in_facility.fill_null(False))


def with_schedule(rows: ir.Table, price_schedule: ir.Table) -> ir.Table:
    """The placed rows with `schedule_amount` where a supplied schedule has a price.

    An inpatient claim is priced by its DRG, a line by its procedure code; a line with modifier 26
    or TC by the price of that part alone. The price is the one that took effect last, if it is
    still valid; of two from the same day, the one for the kind of place. Only a charge above zero
    has a price: where nothing was allowed there is nothing to price.
    """
    found = rows.mutate(
        part=first_modifier(rows, PARTS),
        price_code=ibis.ifelse(rows.claim_class == INPATIENT, rows.drg, rows.hcpcs_code),
    )
    prices = _in_force(price_schedule)
    is_priced = [
        found.allowed_amount > 0,
        found.claim_class == prices.of_class,
        found.price_code == prices.code,
        found.part == prices.of_part,
        found.is_facility == prices.facility,
        found.from_day >= prices.starts,
        found.from_day <= prices.ends,
    ]
    priced = found.left_join(prices, is_priced)
    units = ibis.ifelse(priced.is_per_unit, quantity(priced.units), 1.0)
    return priced.select(
        *rows.columns,
        schedule_amount=share_of_money(priced.price, units.cast("decimal(19, 9)")),
    )


def _in_force(price_schedule: ir.Table) -> ir.Table:
    """Prices with the first and last day on which each is the one that counts, by kind of place."""
    named = price_schedule.select(
        "code",
        "price",
        "valid_to",
        "facility",
        of_class="claim_class",
        of_part=price_schedule.modifier.fill_null(""),
        starts=price_schedule.valid_from.fill_null(ibis.date(_FIRST)),
        is_per_unit=price_schedule.is_per_unit.fill_null(True),
        is_own=price_schedule.facility.notnull(),
    )
    both = [
        named.filter(named.facility.fill_null(place) == place).mutate(facility=ibis.literal(place))
        for place in (True, False)
    ]
    listed = both[0].union(both[1])
    service = ("of_class", "code", "of_part", "facility")
    same_day = ibis.window(group_by=[*service, "starts"], order_by=listed.is_own.desc())
    first = listed.mutate(rank=ibis.row_number().over(same_day))
    first = first.filter(first["rank"] == 0)
    later = first.starts.lead().over(ibis.window(group_by=service, order_by=first.starts))
    until = (later - ibis.interval(days=1)).cast("date").fill_null(ibis.date(_LAST))
    ends = ibis.least(first.valid_to.fill_null(ibis.date(_LAST)), until)
    return first.select(*service, "price", "starts", "is_per_unit", ends=ends)
