"""What a function of the public face says of an argument that is of another kind."""

from collections.abc import Iterable
from datetime import date, datetime
from numbers import Integral, Real

from sensa.stories.problems import quoted


def require_kind(what: str, fix: str, given: object, kind: type) -> None:
    """Raises `TypeError` where a value is not of this kind; `fix` is how to get one."""
    if not isinstance(given, kind):
        raise TypeError(f"{what} is wanted, not {_kind(given)}: {fix}")


def require_names(what: str, given: object) -> None:
    """Raises `TypeError` where something else than several names is given, such as one text."""
    if isinstance(given, str):
        raise TypeError(f"names of {what} are wanted, not one text: `[{given!r}]`")
    if not isinstance(given, Iterable):
        raise TypeError(f"names of {what} are wanted, not {_kind(given)}")
    for name in given:
        if not isinstance(name, str):
            raise TypeError(f"names of {what} are wanted, and {quoted(repr(name))} is none")


def require_number(name: str, given: object, *, whole: bool = False) -> None:
    """Raises `TypeError` where an argument is no number, or no whole one."""
    if isinstance(given, bool) or not isinstance(given, Integral if whole else Real):
        raise TypeError(f"`{name}` is a {'whole ' if whole else ''}number, not {_kind(given)}")


def require_day(name: str, given: object) -> None:
    """Raises `TypeError` where an argument is no date: a time of day has no place in a comparison of days."""
    if isinstance(given, datetime) or not isinstance(given, date):
        raise TypeError(f"`{name}` is a `datetime.date`, not {_kind(given)}")


def _kind(given: object) -> str:
    return quoted(type(given).__name__)
