"""The kinds of values that a program definition is made of: frozen, unknown keys refused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WrapSerializer
from pydantic_core.core_schema import SerializerFunctionWrapHandler

_Value = TypeVar("_Value")


def _plain(value: Mapping[str, object], handler: SerializerFunctionWrapHandler) -> object:
    return handler(dict(value))


# a mapping that cannot be changed either, and is written out like any other
Frozen = Annotated[Mapping[str, _Value], AfterValidator(MappingProxyType), WrapSerializer(_plain)]
# sets have no order of their own: they are written out sorted, so that the same is the same
Codes = Annotated[frozenset[str], PlainSerializer(sorted, return_type=list[str], when_used="json")]
Fraction = Annotated[float, Field(ge=-1, le=1)]


class Rule(BaseModel):
    """Part of a program definition: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)
