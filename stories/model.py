"""The base of all models of the format."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Finite = float  # the models refuse NaN and the infinities
Pair = tuple[Finite, Finite]
Triple = tuple[Finite, Finite, Finite]
Ends = tuple[Annotated[float, Field(allow_inf_nan=True)], Annotated[float, Field(allow_inf_nan=True)]]


class Frozen(BaseModel):
    """The base of all models: frozen, without unknown keys, coercion or NaN."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        defer_build=True,
        populate_by_name=False,
    )
