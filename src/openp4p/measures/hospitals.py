"""What kind of facility a CMS certification number names."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

SHORT_TERM_ACUTE = "short_term_acute"
CRITICAL_ACCESS = "cah"
UNKNOWN = "unknown"
_CERTIFICATION_NUMBER = "^[0-9A-Z]{6}$"
_STATE, _NUMBER, _THIRD, _SIXTH = (0, 2), (2, 4), (2, 1), (5, 1)
# a public file may hide the last one or two digits behind letters: 3913ZK, 01016G
_NUMBERED = "^[0-9]{2}[0-9A-Z]{2}$"
_UNIT = "^[A-Z][0-9]"
_THIRD_POSITION, _SIXTH_POSITION = 3, 6


def hospitals(
    ccns: ir.Table,
    hospital_ranges: ir.Table,
    hospital_letters: ir.Table,
    hospital_states: ir.Table,
    cancer_hospitals: ir.Table,
) -> ir.Table:
    """One certification number (`ccn`) with the kind of its facility.

    The third to sixth characters say it: a letter before digits names a unit, digits fall into a
    range. Where letters hide the last digits, the facility has a kind when all the numbers it could
    be have the same. Anything else is `unknown`. Acute: short-term and critical access hospitals.
    Subsection (d): the short-term hospitals of the fifty states and DC, without the PPS-exempt
    cancer hospitals; those of Maryland are told apart.
    """
    listed = ccns.filter(ccns.ccn.re_search(_CERTIFICATION_NUMBER)).select("ccn").distinct()
    parts = listed.mutate(
        state_code=listed.ccn.substr(*_STATE),
        number=listed.ccn.substr(*_NUMBER),
        third=listed.ccn.substr(*_THIRD),
        sixth=listed.ccn.substr(*_SIXTH),
    )
    typed = _in_ranges(_with_letters(parts, hospital_letters), hospital_ranges)
    placed = typed.left_join(hospital_states, "state_code").drop("state_code_right")
    cancer = cancer_hospitals.select("ccn", is_cancer=ibis.literal(True))
    placed = placed.left_join(cancer, "ccn").drop("ccn_right")
    type_ = ibis.coalesce(placed.unit_type, placed.range_type, ibis.literal(UNKNOWN))
    kept_out = placed.is_outside_states.fill_null(False) | placed.is_cancer.fill_null(False)
    return placed.select(
        "ccn",
        facility_type=type_,
        is_acute=type_.isin((SHORT_TERM_ACUTE, CRITICAL_ACCESS)),
        is_subsection_d=(type_ == SHORT_TERM_ACUTE) & ~kept_out,
        is_maryland=placed.is_maryland.fill_null(False),
    )


def _with_letters(parts: ir.Table, hospital_letters: ir.Table) -> ir.Table:
    """The numbers with the unit that a letter in the third or the sixth place names."""
    letters = hospital_letters.rename(named="facility_type")
    third = letters.filter(letters.position == _THIRD_POSITION).select(third="letter", of="named")
    sixth = letters.filter(letters.position == _SIXTH_POSITION).select(sixth="letter", at="named")
    found = parts.left_join(third, "third").drop("third_right")
    found = found.left_join(sixth, "sixth").drop("sixth_right")
    by_third = ibis.ifelse(found.number.re_search(_UNIT), found.of, ibis.null("string"))
    by_sixth = ibis.ifelse(found.number.re_search(_NUMBERED), found.at, ibis.null("string"))
    return found.mutate(unit_type=ibis.coalesce(by_third, by_sixth)).drop("of", "at")


def _in_ranges(parts: ir.Table, hospital_ranges: ir.Table) -> ir.Table:
    """The numbers with the range that holds both the least and the greatest they could be."""
    is_numbered = parts.number.re_search(_NUMBERED)
    # no facility has the number 0000
    least = parts.number.re_replace("[A-Z]$", "1").re_replace("[A-Z]", "0")
    greatest = parts.number.re_replace("[A-Z]", "9")
    parts = parts.mutate(
        least=ibis.ifelse(is_numbered, least, ibis.null("string")),
        greatest=ibis.ifelse(is_numbered, greatest, ibis.null("string")),
    )
    ranges = hospital_ranges.rename(
        range_first="first", range_last="last", range_type="facility_type"
    )
    inside = [parts.least >= ranges.range_first, parts.greatest <= ranges.range_last]
    return parts.left_join(ranges, inside)
