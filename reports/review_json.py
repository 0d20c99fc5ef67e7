"""A review as JSON, and back: `sensa-review/1`; what the cache keeps."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from sensa.reviewing import Review

FORMAT = "sensa-review/1"


def review_document(review: Review) -> dict[str, Any]:
    """A review as plain values; what is not finite is written as a word."""
    found = plain(review)
    assert isinstance(found, dict)
    return found


def as_review(document: Mapping[str, Any]) -> Review:
    """The review that `review_document` wrote. Raises for what is none."""
    found = _made(Review, document)
    assert isinstance(found, Review)
    return found


def render(reviews: Sequence[Review]) -> str:
    """All reviews in one document, ASCII and strict."""
    document = {
        "format": FORMAT,
        "exit_code": worst(reviews),
        "stories": [review_document(one) for one in reviews],
    }
    return json.dumps(document, indent=1, sort_keys=True, allow_nan=False) + "\n"


def worst(reviews: Sequence[Review]) -> int:
    """The exit code of all: 130, then 4, 2, 1, 3, 0."""
    order = (130, 4, 2, 1, 3, 0)
    return min((one.exit_code for one in reviews), key=order.index, default=0)


def plain(value: Any) -> Any:
    """Dataclasses as dicts, days as text, and what is not finite as a word."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    match value:
        case tuple() | list():
            return [plain(part) for part in value]
        case float() if not math.isfinite(value):
            return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
        case date():
            return value.isoformat()
    return value


def _made(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin in (UnionType, Union):
        if value is None:
            return None
        (inner,) = (part for part in get_args(kind) if part is not type(None))
        return _made(inner, value)
    if origin is tuple:
        return tuple(_made(get_args(kind)[0], part) for part in value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{field.name: _made(hints[field.name], value[field.name]) for field in fields(kind)})
    if kind is float:
        return float(value)
    return date.fromisoformat(value) if kind is date else value
