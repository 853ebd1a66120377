"""P14.2, P16.2 and P16.3 of a run: whose doing costs are, and what of them is price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis import _

from openp4p.audit.evidence.controllability import controllability_finding
from openp4p.audit.evidence.price_register import Billed, price_register, register_finding
from openp4p.audit.evidence.prices import Cost, decomposition_finding, effects_in_cents
from openp4p.audit.evidence.record import Finding
from openp4p.columns import columns
from openp4p.results import Run

# drugs, devices, equipment, laboratory (P16.3), as this version names the categories
GOODS = ("chemo_drugs", "dme", "lab_tests")
_PAYER = "Medicare"
_UNKNOWN = "unknown"


def cost_findings(run: Run, state: dict[str, str | None]) -> list[Finding]:
    """Controllability, the decomposition of dollars, and the register of high prices."""
    return [_controllability(run, state), _decomposition(run), _register(run)]


def cost_differences(run: Run) -> Iterator[dict[str, object]]:
    """Why each practice's cost a patient differs from the others', by category, to the cent."""
    held = columns(run, _cells(run).order_by("tin", "category"))
    patients = dict(zip(*_patients(run), strict=True))
    everybody = float(sum(patients.values()))
    rows = [{name: held[name][at] for name in held} for at in range(len(held["tin"]))]
    categories = sorted({row["category"] for row in rows})
    benchmark = {
        name: _cost([row for row in rows if row["category"] == name], everybody)
        for name in categories
    }
    own = {(row["tin"], row["category"]): row for row in rows}
    for tin in sorted(patients):
        for name in categories:
            row = own.get((tin, name))
            mine = _cost([row], patients[tin]) if row else None
            yield {"tin": tin, "category": name, **effects_in_cents(mine, benchmark[name])}


def _cost(rows: Sequence[dict[str, float]], patients: float) -> Cost | None:
    users, units, standard, actual = (
        sum(row[name] for row in rows) for name in ("users", "units", "standard", "actual")
    )
    if not users or standard <= 0:
        return None
    return Cost(users / patients, units / users, standard / units, actual / standard)


def _priced(run: Run) -> ir.Table:
    """The services of attributed patients in the year, with their practice."""
    attributed = run.table("attributed_beneficiaries").select("beneficiary_id", practice=_.tin)
    services = run.table("service_costs").filter(_.in_year)
    return services.inner_join(attributed, "beneficiary_id")


def _has_price(services: ir.Table) -> ir.BooleanValue:
    return (services.standardization != "none") & (services.amount > 0)


def _cells(run: Run) -> ir.Table:
    services = _priced(run)
    return (
        services.filter(_has_price(services))
        .group_by(tin=_.practice, category=_.category)
        .agg(
            users=_.beneficiary_id.nunique().cast("float64"),
            units=_.count().cast("float64"),
            actual=_.allowed_amount.sum().cast("float64"),
            standard=_.amount.sum().cast("float64"),
        )
    )


def _patients(run: Run) -> tuple[list[str], list[float]]:
    counted = run.table("attributed_beneficiaries").group_by("tin").agg(n=_.count())
    held = columns(run, counted.order_by("tin"))
    return held["tin"], held["n"].tolist()


def _decomposition(run: Run) -> Finding:
    services = _priced(run)
    totals = services.group_by("category", is_priced=_has_price(services).fill_null(False)).agg(
        dollars=_.allowed_amount.sum()
    )
    split: dict[bool, dict[str, Decimal]] = {True: {}, False: {}}
    for row in run.engine.rows(totals).to_pylist():
        split[row["is_priced"]][row["category"] or _UNKNOWN] = row["dollars"] or Decimal(0)
    return decomposition_finding(split[True], split[False], len(_patients(run)[0]))


def _register(run: Run) -> Finding:
    """One payer's claims; a provider is the billing practice, of facilities the CCN."""
    services = run.table("service_costs").filter(_.in_year)
    services = services.filter(_has_price(services), _.hcpcs_code.notnull())
    facilities = run.table("claim").select("claim_id", "ccn")
    joined = services.left_join(facilities, "claim_id").drop("claim_id_right")
    provider = ibis.coalesce(joined.tin, joined.ccn, joined.npi)
    cells = joined.group_by(
        code=joined.hcpcs_code, setting=joined.claim_class, provider=provider
    ).agg(
        claims=_.claim_id.nunique(),
        actual=_.allowed_amount.sum(),
        standard=_.amount.sum(),
        is_goods=_.category.isin(GOODS).max(),
    )
    billed = [
        Billed(_PAYER, row["code"], row["setting"], row["provider"], row["claims"], row["actual"],
               row["standard"], bool(row["is_goods"]))
        for row in run.engine.rows(cells.filter(_.provider.notnull())).to_pylist()
    ]  # fmt: skip
    made = {(_PAYER, goods) for goods in (True, False) if any(b.is_goods == goods for b in billed)}
    entries = price_register(billed)
    finding = register_finding({_PAYER} if billed else set(), made)
    rows = tuple(
        {
            "code": one.billed.code,
            "setting": one.billed.setting,
            "provider": one.billed.provider,
            "is_goods": one.billed.is_goods,
            "claims": one.billed.claims,
            "price_ratio": one.ratio,
            "robust_z": one.z,
            "excess_dollars": one.excess_dollars,
        }
        for one in entries
    )
    return Finding(finding.evidence, rows)


def _controllability(run: Run, state: dict[str, str | None]) -> Finding:
    held = columns(run, run.table("practice_cost_facts").order_by("tin"))
    own = np.nan_to_num(held["own_share"]) * held["dollars"]
    regions = [state.get(tin) for tin in held["tin"]]
    return controllability_finding(own, held["dollars"], held["annualised_cost"], regions)
