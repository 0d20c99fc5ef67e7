"""Which scores of an evaluation count as held."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt

from sensa.stories.problems import quoted

# Words for scores, as inspect_ai reads them: correct, incorrect, partial, no answer; others in any case.
LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
_LIMITS: dict[str, Callable[[float, float], bool]] = {">=": ge, "<=": le, "==": eq, ">": gt, "<": lt}
_LIMIT = re.compile(r"\s*(>=|<=|==|>|<)\s*(\S+)\s*")


class NoScoreError(ValueError):
    """A value that is no score."""


def score(value: object) -> float | None:
    """The number of a score: a number, a bool, or a word for one; None for an unscored sample.

    `None`, NaN and an empty text are unscored. Raises `NoScoreError` for anything else.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _of_text(value.strip())
    if not isinstance(value, bool | int | float):
        raise NoScoreError(f"a score that is {'a table' if isinstance(value, dict) else 'an array'}")
    return _finite(float(value), value)


def _of_text(text: str) -> float | None:
    known = LETTERS.get(text, WORDS.get(text.lower()))
    if known is not None or not text:
        return known
    try:
        number = float(text)
    except ValueError:
        raise NoScoreError(
            f"{quoted(text)} is not a score: a number, `C`, `I`, `P`, `N`, `yes`, `no`, `true` or `false`"
        ) from None
    return _finite(number, text)


def _finite(number: float, value: object) -> float | None:
    if math.isinf(number):
        raise NoScoreError(f"{quoted(value)} is not a finite score")
    return None if math.isnan(number) else number


@dataclass(frozen=True)
class Success:
    """Which scores held: those on one side of a limit; without one 1, and then 0 is the only other."""

    compare: Callable[[float, float], bool] = eq
    limit: float = 1.0
    stated: bool = False

    def __call__(self, number: float) -> bool:
        """Whether a score held. Raises `NoScoreError` for a score between 0 and 1 if no limit is stated."""
        if not self.stated and number not in (0.0, 1.0):
            raise NoScoreError(
                f'{quoted(number)} is neither 0 nor 1: say which scores held, as `success = ">= 0.5"`'
            )
        return self.compare(number, self.limit)


def success_of(stated: str | float | bool | None) -> Success:
    """What `success` says. Raises `NoScoreError` if it is neither a score nor a limit."""
    if stated is None:
        return Success()
    limit = _LIMIT.fullmatch(stated) if isinstance(stated, str) else None
    try:
        number = score(stated if limit is None else limit[2])
    except NoScoreError:
        number = None
    if number is None:
        raise NoScoreError(
            f'{quoted(stated)} is neither a score, such as "C" or 1, nor a limit, such as ">= 0.5"'
        )
    return Success(eq if limit is None else _LIMITS[limit[1]], number, stated=True)
