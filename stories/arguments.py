"""What a function of the public face says of an argument that is of another kind."""

from collections.abc import Iterable
from datetime import date, datetime
from numbers import Integral, Real

from sensa.stories.problems import quoted


def require_kind(what: str, fix: str, given: object, kind: type) -> None:
    """Raises `TypeError` where a value is not of this kind; `fix` is how to get one."""
    if not isinstance(given, kind):
        raise TypeError(f"expected {what}, got {_kind(given)}: {fix}")


def require_names(what: str, given: object) -> None:
    """Raises `TypeError` where something else than several names is given, such as one text."""
    if isinstance(given, str):
        raise TypeError(f"expected names of {what}, got one text: `[{given!r}]`")
    if not isinstance(given, Iterable):
        raise TypeError(f"expected names of {what}, got {_kind(given)}")
    for name in given:
        if not isinstance(name, str):
            raise TypeError(f"expected names of {what}, got {quoted(repr(name))}")


def require_number(name: str, given: object, *, whole: bool = False) -> None:
    """Raises `TypeError` where an argument is not a number, or not a whole one."""
    if isinstance(given, bool) or not isinstance(given, Integral if whole else Real):
        raise TypeError(f"`{name}`: expected a {'whole ' if whole else ''}number, got {_kind(given)}")


def require_day(name: str, given: object) -> None:
    """Raises `TypeError` where an argument is not a date; days are not compared with times of day."""
    if isinstance(given, datetime) or not isinstance(given, date):
        raise TypeError(f"`{name}`: expected a `datetime.date`, got {_kind(given)}")


def _kind(given: object) -> str:
    return quoted(type(given).__name__)
