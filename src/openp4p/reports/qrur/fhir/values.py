"""One number of a report as FHIR holds it: exact, with its unit, or with the reason it is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from openp4p.reports.qrur.fhir.urls import ABSENT, OURS, UCUM, vbpr_extension
from openp4p.reports.qrur.shown import WITHHELD

Json = dict[str, Any]
MASKED: Mapping[str, Any] = {"extension": [{"url": ABSENT, "valueCode": "masked"}]}
_ALTERNATE = vbpr_extension("alternate-measurescore")
_MONEY = {"cents", "dollars", "moved"}
_UNITS = {"proportion": "1", "percent": "%", "share": "1", "adjustment": "1", "multiple": "1"}


def score(value: object, kind: str, unit: str = "", code: Json | None = None) -> Json:
    """A measureScore: a Quantity, or money, a count, yes or no or a word beside it."""
    if value is WITHHELD:
        return dict(MASKED)
    if kind in _MONEY or (kind == "rate" and unit == "dollars"):
        return _alternate({"valueMoney": money(value)})
    if kind == "count":
        return _alternate({"valueInteger": number(value)})
    if kind == "yes_no":
        return _alternate({"valueBoolean": bool(value)})
    if kind in ("text", "date"):
        coding = {"coding": [code]} if code else {}
        return _alternate({"valueCodeableConcept": {**coding, "text": text(value)}})
    return quantity(value, _UNITS.get(unit if kind == "rate" else kind, ""))


def quantity(value: object, unit: str) -> Json:
    """A Quantity; its unit is UCUM's, if it has one."""
    held: Json = {"value": number(value)}
    return {**held, "system": UCUM, "code": unit} if unit else held


def money(value: object) -> Json:
    """Dollars."""
    return {"value": number(value), "currency": "USD"}


def number(value: object) -> int | float:
    """A number that JSON writes with the digits it has."""
    if isinstance(value, int | float):
        return value
    exact = Decimal(str(value))
    made = int(exact) if exact == exact.to_integral_value() else float(exact)
    assert Decimal(repr(made)) == exact, "A number has more digits than JSON's readers keep."
    return made


def text(value: object) -> str:
    """A word, or a day as FHIR writes it."""
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def organization(id_: str, name: str, tin: str | None = None) -> Json:
    """An organisation by the rules of US Core."""
    from openp4p.reports.qrur.fhir.urls import TAX_NUMBER, US_CORE_ORGANIZATION

    number = [{"system": TAX_NUMBER, "value": tin}] if tin else []
    return {
        "resourceType": "Organization",
        "id": id_,
        "meta": {"profile": [US_CORE_ORGANIZATION]},
        **({"identifier": number} if number else {}),
        "active": True,
        "name": name,
    }


def identifier(*parts: object) -> str:
    """The same UUID for the same thing of the same run, whoever makes it."""
    return str(uuid5(NAMESPACE_URL, ":".join([OURS, *map(str, parts)])))


def reference(id_: str) -> Json:
    """A reference to a resource of the same bundle."""
    return {"reference": f"urn:uuid:{id_}"}


def bundle(id_: str, resources: list[Json]) -> Json:
    """The resources as one collection, each under the name it is referred to by."""
    return {
        "resourceType": "Bundle",
        "id": id_,
        "type": "collection",
        "entry": [{"fullUrl": f"urn:uuid:{r['id']}", "resource": r} for r in resources],
    }


def _alternate(value: Json) -> Json:
    return {"extension": [{"url": _ALTERNATE, **value}]}
