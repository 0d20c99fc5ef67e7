"""Rules shared by several forms, and the error for breaking one."""

import math
from typing import Literal

from sensa.stories.problems import Path, quoted

Scale = Literal["probability", "real"]

MAX_ROWS = 500  # of quantiles, experts or scales


class NumberError(ValueError):
    """A number that breaks a rule of its form; `path` leads from the number to the wrong value."""

    def __init__(self, message: str, path: Path = (), code: str = "bad-distribution") -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.code = code


def require_positive(key: str, values: tuple[float, ...], names: tuple[str, ...]) -> None:
    """Raise `NumberError` at the first value of the array that is not above 0."""
    for index, (value, name) in enumerate(zip(values, names, strict=True)):
        if value <= 0:
            raise NumberError(f"{name} of `{key}` must be above 0, not {quoted(value)}", (key, index))


def require_within_unit(key: str, ends: tuple[float, ...], scale: Scale) -> None:
    """Raise `NumberError` if the ends of a probability are outside [0, 1]."""
    if scale == "probability" and not all(0.0 <= end <= 1.0 for end in ends):
        raise NumberError(f"`{key}` of a probability must be within [0, 1]", (key,), "bad-probability")


def logit(p: float) -> float:
    """The log-odds of a probability strictly within 0 and 1."""
    return math.log(p) - math.log1p(-p)
