"""A probability with its uncertainty."""

from typing import Self

from sensa.generated import generated_by
from sensa.reports import number_format


@generated_by("sensa.testing.strategies.small_values:probabilities")
class Probability(float):
    """A float with the interval that the uncertain numbers give it, and its sampling error.

    `interval` is the central 90 % interval over the uncertain numbers (None if the result has none),
    `error` the standard error of the value itself (0 if exact). Otherwise it behaves as a float.
    """

    interval: tuple[float, float] | None
    error: float

    def __new__(cls, value: float, interval: tuple[float, float] | None = None, error: float = 0.0) -> Self:
        """A float with two attributes."""
        made = super().__new__(cls, value)
        made.interval, made.error = interval, error
        return made

    def __str__(self) -> str:
        """As in a report: `0.17 % (90 % interval 0.024 % to 0.43 %)`."""
        between = "" if self.interval is None else number_format.interval(*self.interval)
        return number_format.percent(float(self)) + (f" (90 % interval {between})" if between else "")

    __repr__ = __str__

    def __reduce__(self) -> tuple[type["Probability"], tuple[object, ...]]:
        """Support copying and pickling."""
        return Probability, (float(self), self.interval, self.error)
