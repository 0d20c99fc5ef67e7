"""The functions of the expression language: their numbers of arguments, and an example of each."""

from typing import NamedTuple

from sensa.stories.syntax import Function


class Signature(NamedTuple):
    """`least` to `most` arguments (None: any number), as in `example`; bools or reals."""

    least: int
    most: int | None
    of_bools: bool
    example: str

    def takes(self, count: int) -> bool:
        """Whether the function can be called with this number of arguments."""
        return self.least <= count and (self.most is None or count <= self.most)


SIGNATURES: dict[Function, Signature] = {
    "any": Signature(1, None, True, "any(a, b)"),
    "all": Signature(1, None, True, "all(a, b)"),
    "at_least": Signature(2, None, True, "at_least(2, a, b, c)"),
    "exactly": Signature(2, None, True, "exactly(1, a, b)"),
    "min": Signature(2, None, False, "min(x, y)"),
    "max": Signature(2, None, False, "max(x, y)"),
    "exp": Signature(1, 1, False, "exp(x)"),
    "log": Signature(1, 1, False, "log(x)"),
    "sqrt": Signature(1, 1, False, "sqrt(x)"),
    "logistic": Signature(1, 1, False, "logistic(x)"),
    "logit": Signature(1, 1, False, "logit(p)"),
    "clip": Signature(3, 3, False, "clip(x, low, high)"),
    "within": Signature(2, 2, False, "within(rate, time)"),
    "race": Signature(2, 2, False, "race(a, b)"),
    "periodic_test": Signature(2, 2, False, "periodic_test(rate, interval)"),
    "start_and_run": Signature(3, 3, False, "start_and_run(chance, rate, time)"),
}
COUNTING: frozenset[Function] = frozenset({"at_least", "exactly"})  # a whole number first
