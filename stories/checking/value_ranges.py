"""The values that names can have: the ranges of all, and the constants among them."""

import math
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from sensa.stories.checking.view import View
from sensa.stories.expressions import NoValue, bounds, constant, decided
from sensa.stories.numbers.canonical import Declared, support
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.problems import Path

Range = tuple[float, float]


class Known(NamedTuple):
    """The ranges of quantities, axes and step words, and the values of those that are constant.

    Axes are `axis.NAME`. Without a range is what cannot be computed.
    """

    ranges: dict[str, Range]
    constants: dict[str, float]

    def declare(self, name: str, value: Declared) -> None:
        """Add a name with its value."""
        fixed, wrong = self.constant(value)
        if fixed is not None:
            self.constants[name] = fixed
        if not wrong:
            self.ranges[name] = self.range_of(value)

    def constant(self, value: Declared) -> tuple[float | None, tuple[NoValue, ...]]:
        """The value if it is constant, and the constant parts that have no value."""
        if isinstance(value, float):
            return value, ()
        return (None, ()) if isinstance(value, Distribution) else constant(value, self.constants, self.ranges)

    def range_of(self, value: Declared) -> Range:
        """The least and the greatest value."""
        if isinstance(value, float):
            return value, value
        return support(value) if isinstance(value, Distribution) else bounds(value, self.ranges)


def known_values(view: View) -> Known:
    """What is known of the names of a story before a run."""
    document = view.document
    steps = sum(phase.repeat for phase in document.phases) or 1
    rounds = max((phase.repeat for phase in document.phases), default=1)
    known = Known({"step": (0.0, steps - 1.0), "round": (0.0, rounds - 1.0)}, {})
    known.constants.update((word, low) for word, (low, high) in known.ranges.items() if low == high)
    try:
        order = tuple(TopologicalSorter(view.uses).static_order())
    except CycleError:
        return known
    for name in order:
        value = view.number(("quantities", name, "value"))
        if value is not None:
            known.declare(name, value)
    _declare_axes(view, known)
    return known


def _declare_axes(view: View, known: Known) -> None:
    """Over all phases; an axis is 0 where a phase leaves it out."""
    phases = view.document.phases
    for axis in dict.fromkeys(axis for phase in phases for axis in phase.axes):
        ranges: list[Range] = []
        constants = set[float | None]()
        for index, phase in enumerate(phases):
            value = view.number(("phases", index, "axes", axis)) if axis in phase.axes else 0.0
            fixed, wrong = (None, True) if value is None else known.constant(value)
            constants.add(fixed)
            ranges.append((-math.inf, math.inf) if value is None or wrong else known.range_of(value))
        lows, highs = zip(*ranges, strict=True)
        known.ranges[f"axis.{axis}"] = (min(lows), max(highs))
        (one, *others) = constants
        if one is not None and not others:
            known.constants[f"axis.{axis}"] = one


def without_value(view: View, known: Known) -> Iterator[tuple[Path, NoValue]]:
    """Every constant part of an expression that has no value, where the expression can apply."""
    for text in view.texts:
        tree = view.trees.get(text.path)
        if tree is None:
            continue
        for part in known.constant(tree)[1]:
            if not _never_asked(view, known, text.path):
                yield text.path, part


def _never_asked(view: View, known: Known, path: Path) -> bool:
    """Whether a condition in the same entry is always false: the `if` of a case, the `when` of an event."""
    keys = ("if",) if path[-1] in ("leak", "loss") else ("if", "when")
    conditions = [(*path[:end], key) for end in range(2, len(path)) for key in keys]
    trees = [view.trees[at] for at in conditions if at in view.trees and at != path]
    return any(decided(tree, known.ranges) is False for tree in trees)
