"""Python values -> the values that TOML would give."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from numbers import Integral, Real
from typing import Any

from sensa.stories.model import Frozen
from sensa.stories.positions import MAX_DEPTH
from sensa.stories.problems import Path, path_text, quoted


def toml_value(value: object, path: Path = ()) -> Any:
    """A value in TOML's types: tables, arrays, text, numbers, bools, dates; copied.

    The models of the format become the tables that they were made from. Numbers of numpy and pandas are
    numbers, and their arrays are arrays. Raises `TypeError` for values that TOML cannot express, and
    `ValueError` for text that is not Unicode and for values that nest too deeply; both name `path`.
    """
    if len(path) > MAX_DEPTH:
        raise ValueError(f"{path_text(path[:3])}…: values nest more than {MAX_DEPTH} deep")
    listed = getattr(value, "tolist", None)
    if listed is not None:
        value = listed()
    match value:
        case bool() | date() | time():
            return value
        case str():
            return _text(value, path)
        case Frozen():
            return {key: toml_value(item, (*path, key)) for key, item in _stated(value)}
        case Mapping():
            return {_key(key, path): toml_value(item, (*path, key)) for key, item in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [toml_value(item, (*path, index)) for index, item in enumerate(value)]
        case Integral():
            return int(value)
        case Real():
            return float(value)
    if value is None:
        raise TypeError(f"{path_text(path)}: TOML has no `None`; leave the key out")
    raise TypeError(f"{path_text(path)}: {quoted(type(value).__name__)} is not a value of a story")


def _stated(model: Frozen) -> list[tuple[str, object]]:
    """The values that a model was made from, by the keys of the format, without omitted ones."""
    fields = type(model).model_fields
    return [
        (fields[name].alias or name, getattr(model, name))
        for name in fields
        if name in model.model_fields_set
    ]


def _key(key: object, path: Path) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{path_text(path)}: a key is text, not {quoted(type(key).__name__)}")
    return _text(key, path)


def _text(text: str, path: Path) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{path_text(path)}: a lone surrogate, which no UTF-8 text holds") from None
    return str(text)
