"""Raw TOML values -> `Document`, or a `Problem` for each error of shape."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from pydantic import ValidationError

from sensa.stories.model import Frozen
from sensa.stories.numbers.forms import FORMS, extrapolate
from sensa.stories.numbers.forms.simple import SIMPLE
from sensa.stories.problems import (
    MAX_PROBLEMS,
    Path,
    Place,
    Problem,
    did_you_mean,
    listed,
    near,
    path_of,
    path_text,
    quoted,
)
from sensa.stories.schema.document import Document
from sensa.stories.schema.vocabulary import FORMAT

Where = Callable[[Path, bool], Place]  # of a value, or of its key

_REAL_KEYS = ("value", "weight", "bits", "loss")
_WANTED = {
    "string_type": "a string", "bool_type": "true or false", "int_type": "a whole number",
    "float_type": "a number", "int_from_float": "a whole number", "dict_type": "a table",
    "model_type": "a table", "model_attributes_type": "a table", "tuple_type": "an array",
    "date_type": "a date such as `2027-06-30`",
    "date_from_datetime_inexact": "a date without a time, such as `2027-06-30`",
    "date_from_datetime_parsing": "a date such as `2027-06-30`",
}  # fmt: skip
_RANGES = {"greater_than_equal": ("at least", "ge"), "greater_than": ("above", "gt"),
           "less_than_equal": ("at most", "le"), "less_than": ("below", "lt")}  # fmt: skip


def shaped(raw: dict[str, Any], where: Where) -> tuple[Document | None, tuple[Problem, ...]]:
    """The document, or the problems of its shape."""
    wrong = _format_problem(raw, where)
    if wrong is not None:
        return None, (wrong,)
    try:
        return Document.model_validate(_frozen(raw)), ()
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=True)
        problems = _each_once([_problem(item, raw, where) for item in found[:MAX_PROBLEMS]])
        if len(found) <= MAX_PROBLEMS:
            return None, problems
        rest = f"{len(found) - MAX_PROBLEMS} more problems are not shown"
        last = problems[-1]
        return None, (*problems, Problem("too-many-problems", "error", last.place, last.path, rest))


def _each_once(problems: list[Problem]) -> tuple[Problem, ...]:
    """Drop repetitions, and missing keys for which an unknown key beside them is a misspelling."""
    problems = list(dict.fromkeys(problems))
    fixes = {(path_of(p.path)[:-1], p.fix) for p in problems if p.code == "unknown-key" and p.fix is not None}

    def meant(path: Path) -> bool:
        return (path[:-1], did_you_mean(str(path[-1]))) in fixes

    return tuple(p for p in problems if p.code != "missing-key" or not meant(path_of(p.path)))


def _frozen(value: Any) -> Any:
    """Arrays as tuples, which the strict models need; the scanner limits the depth."""
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _format_problem(raw: dict[str, Any], where: Where) -> Problem | None:
    """The problem of a story of another format or version, for which other errors would be noise."""
    if "format" not in raw:
        message = f'the first line of a story is missing: `format = "{FORMAT}"`'
        return Problem("wrong-format", "error", where((), True), "format", message)
    if raw["format"] != FORMAT:
        message = f'{quoted(raw["format"])} is not a format known here; it must be "{FORMAT}"'
        return Problem("wrong-format", "error", where(("format",), False), "format", message)
    return None


def _problem(error: Any, raw: dict[str, Any], where: Where) -> Problem:
    kind = str(error["type"])
    path = _path_in(raw, error["loc"], missing=kind == "missing")
    if kind == "extra_forbidden":
        return _unknown_key(path, raw, where)
    if kind == "missing" and isinstance(path[-1], str):
        return _missing(path, raw, where)
    if kind == "missing":
        path = path[:-1]
    if "rows" in path[:-2] and "if" in path[:-1]:  # it may be of several types, which are told at once
        path = path[: path.index("if") + 2]
    value = _at(raw, path)
    code, message, fix = _explained(kind, error, path, value)
    return Problem(code, "error", where(path, False), path_text(path), message, did_you_mean(fix))


def _explained(kind: str, error: Any, path: Path, value: Any) -> tuple[str, str, str | None]:
    context = error.get("ctx", {})
    if path[-2:-1] == ("if",):
        got = _described(value) if value != [] else "an empty array"
        return "wrong-type", f"expected true or false, an option or a list of options, got {got}", None
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _unknown_form(path, value)
    if kind == "literal_error":
        known = _literals(str(context.get("expected", "")))
        if not isinstance(value, str):
            return "wrong-type", f"expected {listed(known)}, got {_described(value)}", None
        if len(known) == 1:
            return "not-one-of", f"expected {quoted(known[0])}, got {quoted(value)}", None
        return "not-one-of", f"{quoted(value)} is not one of {listed(known)}", near(value, known)
    if kind == "finite_number" or (
        kind == "float_type" and isinstance(value, int) and not isinstance(value, bool)
    ):
        if isinstance(value, int):
            return "not-finite", "the number is too large to compute with", None
        return "not-finite", f"{quoted(value)} is not a finite number", None
    if kind in _RANGES:
        words, key = _RANGES[kind]
        return "out-of-range", f"must be {words} {context[key]:g}, not {quoted(value)}", None
    if kind == "too_short":
        what = "table" if isinstance(value, dict) else "value"
        return (
            "too-few",
            f"expected at least {context['min_length']} {what}, got {context['actual_length']}",
            None,
        )
    if kind in ("too_long", "missing"):
        return "wrong-length", f"expected {_length_wanted(path)} values, got {len(value)}", None
    if kind in _WANTED:
        instead = _instead(kind, path, value)
        return "wrong-type", f"expected {_WANTED[kind]}, got {_described(value)}{instead}", None
    return "wrong-type", f"{quoted(value)}: {str(error['msg']).lower()}", None


def _instead(kind: str, path: Path, value: Any) -> str:
    """What a table or an array of tables would look like where another value is."""
    model = _model_at(path)
    if kind == "tuple_type" and isinstance(value, dict) and len(path) == 1:
        return f" (write `[[{path[0]}]]`)"
    if kind == "dict_type" and path[-1] == "if":
        return ' (a row lists values of nodes, as in `{ watched = true, model = "planner" }`)'
    if kind not in ("dict_type", "model_type", "model_attributes_type") or not _keys(model):
        return ""
    fields = model.model_fields.items()
    needed = [field.alias or name for name, field in fields if field.is_required()]
    if needed:
        return f"; it needs {listed(needed, 'and')}"
    return f"; its keys are {listed(_keys(model), 'and')}"


def _unknown_form(path: Path, value: Any) -> tuple[str, str, str | None]:
    """A value that is not a number as the format writes one: the ways that there are."""
    real = _is_real(path)
    expert = "experts" in path
    what = "a number" if real else "a probability"
    text = ", ".join(f"`{form}`" for form in (SIMPLE if expert else FORMS).proposals(real=real))
    other = "a number" if expert else "a number, an expression in quotes"
    ways = f"write {other}, or one of {text}"
    if not isinstance(value, dict):
        return "wrong-type", f"expected {what}, got {_described(value)}; {ways}", None
    if not value:
        return "unknown-form", f"expected {what}, got an empty table; {ways}", None
    form = FORMS.form_of(value)
    if form is None:
        fix = next((match for key in value if (match := near(key, FORMS.keys))), None)
        return "unknown-form", f"{quoted(value)} is not {what}; {ways}", fix
    article = "inside an expert's" if expert else "for"
    return "unknown-form", f"`{form}` cannot be used {article} {what}; {ways}", None


def _is_real(path: Path) -> bool:
    """Whether a real number is wanted at a path, rather than a probability."""
    keys = [part for part in path if isinstance(part, str)]
    return (
        keys[:1] == ["quantities"]
        or "axes" in keys
        or "odds" in keys
        or any(key in _REAL_KEYS for key in keys[2:] if "chances" not in keys)
    )


def _missing(path: Path, raw: dict[str, Any], where: Where) -> Problem:
    table, key = path[:-1], path[-1]
    message = f"missing key `{key}`"
    if key == "within":
        message += ": a distribution that is not on [0, 1] is cut off there, `within = [0, 1]`"
    return Problem("missing-key", "error", where(table, False), path_text(path), message)


def _unknown_key(path: Path, raw: dict[str, Any], where: Where) -> Problem:
    value = _at(raw, path[:-1])
    known = _known_keys(path[:-1], value)
    fix = near(str(path[-1]), known)
    allowed = f"; the keys here are {listed(known, 'and')}" if known and fix is None else ""
    if path[-2:-1] == ("extrapolate",) and path[-1] in _keys(extrapolate.FamilyExtrapolation):
        allowed += ", and it goes with `families`"
    message = f"unknown key {quoted(path[-1])}{allowed}"
    return Problem("unknown-key", "error", where(path, True), path_text(path), message, did_you_mean(fix))


def _known_keys(table: Path, value: Any) -> tuple[str, ...]:
    """The keys a table may have, by the model that stands at its path or else by its form of number."""
    if table[-1:] == ("extrapolate",):
        return _keys(extrapolate.model_of(value))
    return _keys(_model_at(table)) or _keys(FORMS.model_of(value, real=_is_real(table)))


def is_by_name(path: Path) -> bool:
    """Whether a table has entries by the author's names at a path, rather than keys of the format."""
    return isinstance(_model_at(path), tuple) and not is_array(path)


def is_array(path: Path) -> bool:
    """Whether the format has an array of any length at a path."""
    above = _model_at(path[:-1])
    fields = above.model_fields if isinstance(above, type) and issubclass(above, Frozen) else {}
    return any(
        path[-1] == (field.alias or name) and Ellipsis in getattr(field.annotation, "__args__", ())
        for name, field in fields.items()
    )


def _model_at(path: Path) -> Any:
    """The model that stands at a path, or what `_bare` makes of a container."""
    here: Any = Document
    for part in path:
        here = _below(here, part)
    return here


def _keys(model: Any) -> tuple[str, ...]:
    fields = getattr(model, "model_fields", None)
    return tuple(field.alias or name for name, field in fields.items()) if fields else ()


def _below(model: Any, part: str | int) -> Any:
    """The model below a key: of a field, a dict's value, or an array's element."""
    if isinstance(model, type) and issubclass(model, Frozen):
        for name, field in model.model_fields.items():
            if part == (field.alias or name):
                return _bare(field.annotation)
        return None
    return model[0] if isinstance(model, tuple) else None


def _bare(annotation: Any) -> Any:
    """A model as itself; a container as the one-tuple of its element; else None."""
    if isinstance(annotation, type) and issubclass(annotation, Frozen):
        return annotation
    arguments = [
        item for item in getattr(annotation, "__args__", ()) if item not in (str, type(None), Ellipsis)
    ]
    origin = getattr(annotation, "__origin__", None)
    if origin in (dict, tuple) and len(arguments) >= 1:
        return (_bare(arguments[-1]),)
    return _bare(arguments[0]) if len(arguments) == 1 else None


def _path_in(raw: Any, location: tuple[str | int, ...], *, missing: bool) -> Path:
    """The key path of a pydantic location, which also names union branches that are not in the document."""
    path: list[str | int] = []
    here = raw
    last = len(location) - 1
    for index, part in enumerate(location):
        if missing and index == last:
            path.append(part)
        elif _holds(here, part):
            here = here[part]
            path.append(part)
    return tuple(path)


def _holds(here: Any, part: str | int) -> bool:
    if isinstance(here, dict):
        return part in here
    return isinstance(here, list) and isinstance(part, int) and part < len(here)


def _at(raw: Any, path: Path) -> Any:
    for part in path:
        raw = raw[part]
    return raw


def _length_wanted(path: Path) -> int:
    """The required length of the array at a path: by the model of a form, else two."""
    return FORMS.lengths().get(str(path[-1]), 2)


def _literals(expected: str) -> tuple[str, ...]:
    """The words of pydantic's `'a', 'b' or 'c'`."""
    return tuple(expected.replace("' or '", "', '").strip("'").split("', '"))


def _described(value: Any) -> str:
    """A value with its type, in TOML's terms."""
    match value:
        case bool():
            return f"the boolean {quoted(value)}"
        case str():
            return f"the string {quoted(value)}"
        case int() | float():
            return f"the number {quoted(value)}"
        case datetime() | time():
            return f"the time {quoted(value)}"
        case date():
            return f"the date {quoted(value)}"
        case dict():
            return "a table"
    return "an array"
