"""Reviews as JSON, and back: `sensa-review/1`, with the schema `review.schema.json`; the cache uses it.

Every field of a review but its result is a key, and always present. Days are `2026-12-31`; a number that is
not finite is the word `inf`, `-inf` or `nan`; lone surrogates are escapes, as in any JSON in ASCII.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from sensa.reviewing.review import Review

FORMAT = "sensa-review/1"
T = TypeVar("T")
WORST = (130, 4, 2, 1, 3, 0)  # exit codes, the worst first
_WORDS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def review_document(review: Review) -> dict[str, Any]:
    """A review as plain values, which `as_review` reads back."""
    found = plain(review)
    assert isinstance(found, dict)
    return found


def as_review(document: Mapping[str, Any]) -> Review:
    """The review that `review_document` wrote. Raises ValueError, with the key, for anything else."""
    return _review(document, "")


def render(reviews: Sequence[Review]) -> str:
    """All reviews in one document: ASCII, strict, keys sorted."""
    document = {
        "format": FORMAT,
        "exit_code": worst(reviews),
        "stories": [review_document(one) for one in reviews],
    }
    return json.dumps(document, indent=1, sort_keys=True, allow_nan=False) + "\n"


def as_reviews(text: str | bytes) -> tuple[Review, ...]:
    """The reviews that `render` wrote. Raises ValueError for anything else."""
    try:
        document = json.loads(text, parse_constant=_refused)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"not {FORMAT}")
    stories = document.get("stories")
    if not isinstance(stories, list):
        raise ValueError("stories: not a list")
    return tuple(_review(story, f"stories[{number}]") for number, story in enumerate(stories))


def worst(reviews: Sequence[Review]) -> int:
    """The exit code of all reviews: the first of 130, 4, 2, 1, 3, 0 that applies."""
    return min((one.exit_code for one in reviews), key=WORST.index, default=0)


def plain(value: Any) -> Any:
    """Dataclasses as dicts, dates as text, and numbers that are not finite as words."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _hints(type(value))}
    match value:
        case tuple() | list():
            return [plain(part) for part in value]
        case float() if not math.isfinite(value):
            return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
        case date():
            return value.isoformat()
    return value


def read_back(kind: type[T], document: Any, where: str) -> T:
    """What `plain` made of a dataclass. Raises ValueError, with the key, for anything else."""
    found = _made(kind, document, where)
    assert isinstance(found, kind)
    return found


def _review(document: Any, where: str) -> Review:
    found = read_back(Review, document, where)
    if found.exit_code not in WORST:
        raise ValueError(f"{where}.exit_code: not one of {WORST}")
    return found


def _made(kind: Any, value: Any, where: str) -> Any:
    origin = get_origin(kind)
    if origin in (UnionType, Union):
        if value is None:
            return None
        (inner,) = (part for part in get_args(kind) if part is not type(None))
        return _made(inner, value, where)
    if origin is tuple:
        parts = _of(list, value, where)
        return tuple(_made(get_args(kind)[0], part, f"{where}[{n}]") for n, part in enumerate(parts))
    if origin is Literal:
        if value not in get_args(kind) or not isinstance(value, str):
            raise ValueError(f"{where}: not one of {', '.join(get_args(kind))}")
        return value
    if is_dataclass(kind):
        return _dataclass(kind, value, where)
    if kind is float:
        if isinstance(value, str) and value in _WORDS:
            return _WORDS[value]
        return float(value) if type(value) is int else _of(float, value, where)
    if kind is date:
        return date.fromisoformat(_of(str, value, where))
    return _of(kind, value, where)


def _dataclass(kind: Any, value: Any, where: str) -> Any:
    hints = _hints(kind)
    if not isinstance(value, Mapping) or value.keys() != hints.keys():
        raise ValueError(f"{where or 'review'}: not the keys of a {kind.__name__.lower()}")
    return kind(**{name: _made(hint, value[name], f"{where}.{name}") for name, hint in hints.items()})


def _of(kind: Any, value: Any, where: str) -> Any:
    """A value of exactly this type: true is not a number."""
    if type(value) is not kind:
        raise ValueError(f"{where}: not {kind.__name__}")
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    """Fields with their types, cached because finding them is slow."""
    from sensa.comparing.changes import Comparison  # a review without one is made without its module

    hints = get_type_hints(kind, localns={"Comparison": Comparison})
    return {field.name: hints[field.name] for field in fields(kind) if field.metadata.get("stored", True)}


def _refused(token: str) -> float:
    raise ValueError(f"{token} is not JSON")
