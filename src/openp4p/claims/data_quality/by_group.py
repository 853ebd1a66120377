"""What only rows together tell: codes against long lists, numbers, people, repetitions."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import PROFESSIONAL
from openp4p.claims.data_quality.checks import check
from openp4p.claims.data_quality.counted import (
    ALL,
    Counted,
    Period,
    Tables,
    in_days,
    one_row,
    rows_of,
)
from openp4p.codes import code_list
from openp4p.engine.base import Engine

_HCPCS = "^[A-Z0-9][0-9]{3}[A-Z0-9]$"
_NPI, _TIN = "^[0-9]{10}$", "^[0-9]{9}$"
_VISITS = "M"  # BETOS: evaluation and management
_PREFIX_SUM = 24  # the digits of the prefix 80840, as the NPI check digit standard counts them
_MONTHS, _HUNDRED = 12, 100


def counted_by_group(
    engine: Engine, tables: Tables, period: Period, supplied: frozenset[str]
) -> list[Counted]:
    """The checks that need rows to be put together first, of the tables that were supplied."""
    found: list[Counted] = []
    if "claim_line" in supplied:
        lines = tables["claim_line"]
        found += [*_services(engine, lines), *_practices(engine, lines, period)]
        found += [*_clinicians(engine, lines), _same_lines(engine, lines)]
    if "claim" in supplied:
        found += _same_claims(engine, tables["claim"])
    for name in ("diagnosis", "procedure"):
        if name in supplied:
            found.append(_coded(engine, tables[name], name))
    if "enrollment_month" in supplied:
        found.append(_holes(engine, tables["enrollment_month"]))
        if "claim" in supplied:
            found.append(_without_claims(engine, tables, period))
    return found


def _services(engine: Engine, lines: ir.Table) -> list[Counted]:
    """HCPCS codes by shape and against the lists of services; visits among professional lines."""
    codes = lines.filter(lines.hcpcs_code.notnull())
    sums = codes.group_by("claim_class", "hcpcs_code").agg(n=_.count())
    listed = {row["hcpcs"]: row["betos"] for row in code_list("betos")}
    newer = {row["hcpcs"]: "" for row in code_list("rbcs")}
    known = engine.table(
        [{"code": code, "betos": betos} for code, betos in (newer | listed).items()],
        {"code": "string", "betos": "string"},
    )
    both = sums.left_join(known, sums.hcpcs_code == known.code)
    rows = rows_of(
        engine,
        both.group_by("claim_class").agg(
            lines=_.n.sum(),
            shapeless=_.n.sum(where=~both.hcpcs_code.re_search(_HCPCS)),
            unknown=_.n.sum(where=both.code.isnull()),
            visits=_.n.sum(where=both.betos.startswith(_VISITS).fill_null(False)),
        ),
    )
    found = []
    for row in rows:
        name, total = row["claim_class"], int(row["lines"])
        failing = {
            "hcpcs_shape": row["shapeless"],
            "hcpcs_unknown": row["unknown"],
            "few_visits": total - int(row["visits"] or 0),
        }
        found += [
            Counted(check(id_), name, total, int(count or 0))
            for id_, count in failing.items()
            if name in check(id_).classes
        ]
    return found


def _practices(engine: Engine, lines: ir.Table, period: Period) -> list[Counted]:
    """TINs by shape; lines of the year under TINs that have hardly any."""
    professional = lines.filter(lines.claim_class == PROFESSIONAL, lines.tin.notnull())
    in_year = in_days(professional.from_date, period.days)
    sums = professional.group_by("tin").agg(n=_.count(), in_year=in_year.sum())
    few = check("scattered_tins").parameter
    row = one_row(
        engine,
        sums.agg(
            lines=_.n.sum(),
            shapeless=_.n.sum(where=~sums.tin.re_search(_TIN)),
            in_year=_.in_year.sum(),
            scattered=_.in_year.sum(where=sums.in_year < few),
        ),
    )
    return [
        Counted(check("tin_shape"), PROFESSIONAL, row["lines"], row["shapeless"]),
        Counted(check("scattered_tins"), PROFESSIONAL, row["in_year"], row["scattered"]),
    ]


def _clinicians(engine: Engine, lines: ir.Table) -> list[Counted]:
    """NPIs by shape and check digit; lines of NPIs with many specialties."""
    professional = lines.filter(lines.claim_class == PROFESSIONAL, lines.npi.notnull())
    sums = professional.group_by("npi").agg(
        n=_.count(), specialties=_.specialty.nunique(), stated=_.specialty.count()
    )
    many = check("specialties_of_npi").parameter
    row = one_row(
        engine,
        sums.agg(
            lines=_.n.sum(),
            false=_.n.sum(where=~_is_npi(sums.npi)),
            stated=_.stated.sum(),
            several=_.stated.sum(where=sums.specialties > many),
        ),
    )
    return [
        Counted(check("npi_digit"), PROFESSIONAL, row["lines"], row["false"]),
        Counted(check("specialties_of_npi"), PROFESSIONAL, row["stated"], row["several"]),
    ]


def _is_npi(npi: ir.StringValue) -> ir.BooleanValue:
    """Ten digits of which the last is the check digit of the others."""
    digits = [npi.substr(n, 1).try_cast("int64").fill_null(0) for n in range(10)]
    doubled = [2 * digit for digit in digits[0::2]]
    total = ibis.literal(_PREFIX_SUM)
    for one in (*((d // 10) + d % 10 for d in doubled), *digits[1::2]):
        total += one
    return npi.re_search(_NPI) & (total % 10 == 0)


def _same_lines(engine: Engine, lines: ir.Table) -> Counted:
    """Professional lines that another claim has as well."""
    what = ("beneficiary_id", "from_date", "hcpcs_code", "modifier_1", "npi", "allowed_amount")
    professional = lines.filter(lines.claim_class == PROFESSIONAL)
    sums = professional.group_by(what).agg(n=_.count(), claims=_.claim_id.nunique())
    row = one_row(engine, sums.agg(lines=_.n.sum(), again=(_.claims - 1).sum()))
    return Counted(check("same_line"), PROFESSIONAL, row["lines"], row["again"])


def _same_claims(engine: Engine, claims: ir.Table) -> list[Counted]:
    """Stays that another claim has as well."""
    one = check("same_claim")
    stays = claims.filter(claims.claim_class.isin(one.classes))
    who = stays.mutate(where=ibis.coalesce(stays.ccn, stays.facility_npi))
    what = ("claim_class", "beneficiary_id", "from_date", "thru_date", "where", "paid_amount")
    sums = who.group_by(what).agg(n=_.count())
    rows = rows_of(
        engine, sums.group_by("claim_class").agg(claims=_.n.sum(), again=(_.n - 1).sum())
    )
    return [
        Counted(one, row["claim_class"], int(row["claims"]), int(row["again"] or 0)) for row in rows
    ]


def _coded(engine: Engine, table: ir.Table, name: str) -> Counted:
    """Diagnoses or procedures that their list of codes does not have."""
    listed = {"diagnosis": "ccs_diagnoses", "procedure": "ccs_procedures"}[name]
    known = engine.table(
        [{"version": int(r["icd_version"]), "known": r["code"]} for r in code_list(listed)],
        {"version": "int64", "known": "string"},
    )
    sums = table.group_by("icd_version", "code").agg(n=_.count())
    is_it = (sums.icd_version == known.version) & (sums.code == known.known)
    both = sums.left_join(known, is_it)
    row = one_row(engine, both.agg(codes=_.n.sum(), unknown=_.n.sum(where=both.known.isnull())))
    return Counted(check(f"{name}_unknown"), ALL, row["codes"], row["unknown"])


def _holes(engine: Engine, months: ir.Table) -> Counted:
    """People whose months in Part A or B do not follow each other."""
    covered = months.filter((months.part_a | months.part_b).fill_null(False))
    number = (covered.year_month // _HUNDRED) * _MONTHS + covered.year_month % _HUNDRED
    people = covered.mutate(number=number).group_by("beneficiary_id")
    sums = people.agg(n=_.number.nunique(), first=_.number.min(), last=_.number.max())
    row = one_row(engine, sums.agg(people=_.count(), holes=(_.last - _["first"] + 1 > _.n).sum()))
    return Counted(check("enrolment_holes"), ALL, row["people"], row["holes"])


def _without_claims(engine: Engine, tables: Tables, period: Period) -> Counted:
    """People in Parts A and B outside Medicare Advantage in the year, of whom no claim is there."""
    months, claim = tables["enrollment_month"], tables["claim"]
    in_year = months.year_month // _HUNDRED == period.year
    covered = (months.part_a & months.part_b & ~months.ma_enrolled.fill_null(False)).fill_null(
        False
    )
    people = months.filter(in_year & covered).select("beneficiary_id").distinct()
    seen = claim.filter(in_days(claim.from_date, period.days)).select("beneficiary_id").distinct()
    row = one_row(engine, people.agg(people=_.count()))
    none = one_row(engine, people.anti_join(seen, "beneficiary_id").agg(none=_.count()))
    return Counted(check("no_claims"), ALL, row["people"], none["none"])
