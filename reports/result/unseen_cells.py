"""Tables that say what no sampled world shows, where they would else have nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from sensa.reports.number_format import UNSEEN

UNSEEN_IN = ("importance",)  # analyses whose missing numbers of outputs that worlds met are not seen


def with_unseen(name: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """An analysis with `not seen` for missing numbers, in columns that have others, if worlds are sampled."""
    if name not in UNSEEN_IN or data["how"] != "worlds-sampled":
        return data
    variables = {
        variable: one | {"values": _said(one["values"])} if len(one["dims"]) == 2 else one
        for variable, one in data["variables"].items()
    }
    return {**data, "variables": variables}


def _said(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    seen = [any(value is not None for value in column) for column in zip(*rows, strict=True)]
    return [
        [UNSEEN if value is None and met else value for value, met in zip(row, seen, strict=True)]
        for row in rows
    ]
