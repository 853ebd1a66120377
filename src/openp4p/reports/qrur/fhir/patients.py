"""The attribution list of a practice: ATR's Group, with why each patient is attributed.

Only for the practice's confidential copy: it names patients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openp4p.reports.qrur.fhir.bundle import payer, written
from openp4p.reports.qrur.fhir.payment import period
from openp4p.reports.qrur.fhir.urls import (
    ABSENT,
    ATR,
    ATR_GROUP,
    OURS,
    TAX_NUMBER,
    US_CORE_PATIENT,
    WHY_ATTRIBUTED,
)
from openp4p.reports.qrur.fhir.values import (
    Json,
    bundle,
    identifier,
    money,
    number,
    organization,
    reference,
)
from openp4p.reports.qrur.model import Report

LIST = "T2A"
_SEX = {"1": "male", "2": "female"}
# the parts of the extension: the column of the list, and how FHIR holds it
WHY = {
    "step": "valueInteger", "charges": "valueMoney", "services": "valueInteger",
    "practices": "valueInteger", "runner_up": "valueString", "runner_up_charges": "valueMoney",
    "margin": "valueMoney",
}  # fmt: skip


def attribution_list(lists: Report) -> bytes:
    """The bytes of a bundle: the Group, the practice, the payer and the patients."""
    run = lists.about["run_id"]
    ids = {
        name: identifier(run, lists.tin, lists.kind, name)
        for name in ("bundle", "group", "practice")
    }
    ids["payer"] = identifier(run, "payer")
    rows = lists.exhibit(LIST).rows
    resources = [
        _group(lists, ids, rows),
        organization(ids["practice"], f"Practice {lists.tin}", lists.tin),
        organization(ids["payer"], payer(lists)),
        *(_patient(run, row) for row in rows),
    ]
    return written(bundle(ids["bundle"], resources))


def _group(lists: Report, ids: dict[str, str], rows: Any) -> Json:  # noqa: ANN401  # mappings
    about = lists.about
    members = [_member(about["run_id"], row, ids["practice"], period(about)) for row in rows]
    return {
        "resourceType": "Group",
        "id": ids["group"],
        "meta": {"lastUpdated": f"{about['made_on']}T00:00:00Z", "profile": [ATR_GROUP]},
        "extension": [{"url": f"{ATR}/ext-attributionListStatus", "valueCode": "final"}],
        "identifier": [{"system": TAX_NUMBER, "value": lists.tin}],
        "active": True,
        "type": "person",
        "actual": True,
        "name": lists.title,
        "quantity": len(members),
        "managingEntity": reference(ids["payer"]),
        **({"member": members} if members else {}),
    }


def _member(run: str, row: Any, practice: str, when: Json) -> Json:  # noqa: ANN401  # a mapping
    return {
        "extension": [
            {"url": f"{ATR}/ext-attributedProvider", "valueReference": reference(practice)},
            {"url": WHY_ATTRIBUTED, "extension": why(row)},
        ],
        "entity": reference(identifier(run, "patient", row["beneficiary_id"])),
        "period": when,
        "inactive": False,
    }


def why(row: Any) -> list[Json]:  # noqa: ANN401  # a mapping
    """Step, charges, margin and runner-up of one patient; what is missing is left out."""
    held: dict[str, Callable[[object], Any]] = {
        "valueInteger": number,
        "valueMoney": money,
        "valueString": str,
    }
    return [
        {"url": name, kind: held[kind](row[name])}
        for name, kind in WHY.items()
        if row[name] is not None
    ]


def _patient(run: str, row: Any) -> Json:  # noqa: ANN401  # a mapping
    """Who it is by the identifier of the input; its name is not known here."""
    died = {"deceasedDateTime": row["death_date"].isoformat()} if row["death_date"] else {}
    born = {"birthDate": row["birth_date"].isoformat()} if row["birth_date"] else {}
    return {
        "resourceType": "Patient",
        "id": identifier(run, "patient", row["beneficiary_id"]),
        "meta": {"profile": [US_CORE_PATIENT]},
        "identifier": [{"system": f"{OURS}:beneficiary", "value": row["beneficiary_id"]}],
        "name": [{"extension": [{"url": ABSENT, "valueCode": "unknown"}]}],
        "gender": _SEX.get(str(row["sex"]), "unknown"),
        **born,
        **died,
    }
