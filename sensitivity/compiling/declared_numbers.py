"""Declared numbers to reals: each distribution becomes one parameter, named by its path."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sensa import folding
from sensa.graph import Bool, Constant, Parameter, Real, Scale, Uncertain
from sensa.stories.expressions import parse
from sensa.stories.numbers.canonical import declared
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.syntax import Expression

Resolve = Callable[[Expression], Real]
MAX_NUMBER = 1e300
ANY: dict[Scale, Distribution] = {
    "probability": Distribution("interval", (0.0, 1.0)),
    "real": Distribution("interval", (-MAX_NUMBER, MAX_NUMBER)),
}


class Parameters:
    """The parameters found so far; the same declaration is the same parameter.

    They are in the order in which they are found, after those that come `first`.
    """

    def __init__(self, free: Collection[str] = (), first: Sequence[str] = ()) -> None:
        self.free = free  # paths of numbers that are parameters, whatever the story states
        self.index: dict[str, int] = {path: i for i, path in enumerate(first)}
        self._found: dict[str, Parameter] = {}
        self._declared: dict[str, float | Distribution | Expression] = {}
        self.first_of: Mapping[frozenset[str], Mapping[str, Bool]] = {}  # who is right, of some experts

    def number(self, raw: Any, path: str, scale: Scale, resolve: Resolve) -> Real:
        """The real of a declaration."""
        if path not in self._declared:
            self._declared[path] = ANY[scale] if path in self.free else declared(raw, scale)
        value = self._declared[path]
        if isinstance(value, Distribution):
            if frozenset(value.names) in self.first_of and value.family == "linear_pool":
                return self._of_experts(path, value, scale)
            return Uncertain(self._parameter(path, value, scale))
        return Constant(float(value)) if isinstance(value, int | float) else resolve(value)

    def drawn(self, path: str, share: float) -> Uncertain:
        """A parameter that is 1 with a probability, else 0."""
        points = Distribution("point", (1.0,)), Distribution("point", (0.0,))
        two = Distribution("linear_pool", (share, 1.0 - share), points)
        return Uncertain(self._parameter(path, two, "probability"))

    def _of_experts(self, path: str, pool: Distribution, scale: Scale) -> Real:
        """The number of whoever is right, of those who gave one."""
        right, owner = self.first_of[frozenset(pool.names)], path.rsplit(".", 1)[0]
        numbers: list[Real] = []
        for i, part in enumerate(pool.parts):
            if part.family == "point":
                numbers.append(Constant(part.args[0]))
            else:
                numbers.append(
                    Uncertain(self._parameter(f"{path}.experts[{i}].credence", part, scale, owner))
                )
        value = numbers[-1]
        for name, number in zip(reversed(pool.names[:-1]), reversed(numbers[:-1]), strict=True):
            value = folding.choice(right[name], number, value)
        return value

    def _parameter(self, path: str, distribution: Distribution, scale: Scale, owner: str = "") -> int:
        if path not in self._found:
            self._found[path] = Parameter(path, distribution, owner or path.rsplit(".", 1)[0], scale)
        return self.index.setdefault(path, len(self.index))

    @property
    def found(self) -> list[Parameter]:
        """All of them, in order; one of the first that is read no more keeps its place."""
        unread = ANY["probability"]
        return [
            self._found.get(path) or Parameter(path, unread, owner="", scale="probability")
            for path in self.index
        ]


class Expressions:
    """A cache of parsed texts."""

    def __init__(self) -> None:
        self._parsed: dict[str, Expression] = {}

    def parse(self, text: str) -> Expression:
        """The tree of a checked expression."""
        if text not in self._parsed:
            self._parsed[text] = parse(text)
        return self._parsed[text]
