"""What the numbers of a story must be, and what is said of one that is not."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from sensa.circuit import Rule
from sensa.kernels.program import Floats

PROBABILITY_ROUNDING: Final = 1e-12  # how far rounding may move a probability out of [0, 1]
WHATEVER: Final = ", whatever the parameters"
CLIP: Final = "; `clip` would keep it there"
SAID: Final = {
    "probability": f"is not a probability (from 0 to 1{CLIP})",
    "weight": "is not a weight (a finite number, 0 or more)",
    "total": "is not a total of weights (the options left need a finite one, more than 0)",
    "number": "is not a finite number",
}


def satisfied(rule: str, values: Floats) -> npt.NDArray[np.bool_]:
    """Where values meet a rule."""
    if rule == "probability":
        return (values >= -PROBABILITY_ROUNDING) & (values <= 1.0 + PROBABILITY_ROUNDING)
    if rule == "weight":
        return (values >= 0) & np.isfinite(values)
    if rule == "total":
        return (values > 0) & np.isfinite(values)
    return np.isfinite(values)


def within(rule: Rule, low: float, high: float) -> bool:
    """Whether all finite values from `low` to `high` meet a rule."""
    return {"probability": low >= 0 and high <= 1, "weight": low >= 0, "total": low > 0, "number": True}[rule]


def shown(value: float) -> str:
    """A value that breaks a rule."""
    if math.isnan(value):
        return "not a number (as 0/0 or 1e999), which"
    return f"`{value:.15g}`" if math.isfinite(value) else "a value beyond 1.8e308"
