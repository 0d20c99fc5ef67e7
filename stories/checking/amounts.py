"""Numbers whose bounds prove that they are not probabilities, or not weights."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from sensa.stories.checking.view import View
from sensa.stories.expressions import bounds, walk
from sensa.stories.numbers.canonical import Declared, support
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.problems import Problem, quoted
from sensa.stories.syntax import Axis, Expression, IfElse, Name
from sensa.stories.traversal import StatedNumber

_SLACK = 1e-9  # bounds are rounded outwards
_MOST_BITS = 1000  # 2^-1000 is still a number
Range = tuple[float, float]


def problems(view: View) -> Iterator[Problem]:
    """Probabilities that can leave [0, 1], and weights that can be negative."""
    ranges = value_ranges(view)
    for number in view.numbers:
        value = view.trees.get(number.path, view.values.get(number.path))
        if value is None:
            continue
        if number.scale == "probability" and not isinstance(value, float | Distribution):
            yield from _probability(view, number, value, ranges)
        elif "weight" in number.path[3:] or "odds" in number.path[3:]:
            yield from _weight(view, number, _range_of(value, ranges))
        elif "bits" in number.path[3:]:
            yield from _bits(view, number, value)


def value_ranges(view: View) -> Mapping[str, Range]:
    """The ranges of quantities, axes and step words."""
    document = view.document
    steps = sum(phase.repeat for phase in document.phases) or 1
    rounds = max((phase.repeat for phase in document.phases), default=1)
    ranges: dict[str, Range] = {"step": (0.0, steps - 1.0), "round": (0.0, rounds - 1.0)}
    try:
        order = tuple(TopologicalSorter(view.uses).static_order())
    except CycleError:
        return ranges
    for name in order:
        path = ("quantities", name, "value")
        value = view.trees.get(path, view.values.get(path))
        if value is not None:
            ranges[name] = _range_of(value, ranges)
    axes: dict[str, list[Range]] = {}
    for index, phase in enumerate(document.phases):
        for axis in phase.axes:
            at = ("phases", index, "axes", axis)
            value = view.trees.get(at, view.values.get(at))
            axes.setdefault(axis, []).append(
                (-math.inf, math.inf) if value is None else _range_of(value, ranges)
            )
    for axis, found in axes.items():
        left_out = [] if len(found) == len(document.phases) else [(0.0, 0.0)]
        lows, highs = zip(*found, *left_out, strict=True)
        ranges[f"axis.{axis}"] = (min(lows), max(highs))
    return ranges


def _range_of(value: Declared, ranges: Mapping[str, Range]) -> Range:
    if isinstance(value, float):
        return value, value
    return support(value) if isinstance(value, Distribution) else bounds(value, ranges)


def _probability(
    view: View, number: StatedNumber, tree: Expression, ranges: Mapping[str, Range]
) -> Iterator[Problem]:
    low, high = bounds(tree, ranges)
    if high < -_SLACK or low > 1 + _SLACK:
        message = f"always outside [0, 1]: its values lie in [{low:.6g}, {high:.6g}]"
        yield view.error("bad-probability", number.path, message, "write `clip(x, 0, 1)`")
    elif (low < -_SLACK or high > 1 + _SLACK) and _reached(view, number, tree):
        message = f"not within [0, 1]: its values reach from {low:.6g} to {high:.6g}"
        yield view.error("bad-probability", number.path, message, "write `clip(x, 0, 1)`")


def _reached(view: View, number: StatedNumber, tree: Expression) -> bool:
    """Whether an expression can take the values of its bounds.

    Interval arithmetic is exact where each name occurs once; names must be quantities with bounded
    distributions of their own, and the number must be used in every case.
    """
    seen = Counter(node.name for node, _ in walk(tree) if isinstance(node, Name))
    if any(isinstance(node, IfElse | Axis) for node, _ in walk(tree)) or any(n > 1 for n in seen.values()):
        return False
    values = [view.values.get(("quantities", name, "value")) for name in seen]
    if not all(isinstance(v, Distribution) and math.isfinite(sum(support(v))) for v in values):
        return False
    return bool(seen) and _always_asked(view, number)


def _always_asked(view: View, number: StatedNumber) -> bool:
    document = view.document
    match number.path:
        case ("assumptions", str(name), "credence"):
            challenged = any(challenge.against == name for challenge in document.challenges.values())
            return not document.assumptions[name].given and not challenged
        case ("events", str(name), "chance"):
            event = document.events[name]
            return not event.given and not event.requires and event.when is None
    return False


def _weight(view: View, number: StatedNumber, found: Range) -> Iterator[Problem]:
    low, high = found
    what = "a factor of odds" if "odds" in number.path else "a weight"
    if isinstance(number.form, str):
        if high < 0:
            message = f"{what} must be at least 0: its values lie in [{low:.6g}, {high:.6g}]"
            yield view.error("bad-weight", number.path, message)
    elif low == high and low < 0:
        yield view.error("bad-weight", number.path, f"{what} must be at least 0, not {quoted(low)}")
    elif low < 0:
        message = f"{what} must be at least 0, and this distribution reaches down to {low:g}"
        yield view.error("bad-weight", number.path, message, "a lognormal cannot be negative")


def _bits(view: View, number: StatedNumber, value: Declared) -> Iterator[Problem]:
    if isinstance(value, float) and abs(value) > _MOST_BITS:
        message = f"`bits` must be within [-{_MOST_BITS}, {_MOST_BITS}], not {quoted(value)}"
        yield view.error("bad-weight", number.path, message)
