"""Numbers whose values prove that they are not probabilities, not weights, or not numbers at all."""

import math
from collections import Counter
from collections.abc import Iterator

from sensa.stories.checking.value_ranges import Known, Range, known_values, without_value
from sensa.stories.checking.view import View
from sensa.stories.expressions import walk
from sensa.stories.numbers.canonical import support
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.limits import LARGEST_LOSS, LOSS_TOO_LARGE
from sensa.stories.problems import Path, Problem, quoted
from sensa.stories.syntax import Axis, Expression, IfElse, Name
from sensa.stories.traversal import StatedNumber

_SLACK = 1e-9  # bounds are rounded outwards
_MOST_BITS = 1000  # 2^-1000 is still a number


def problems(view: View) -> Iterator[Problem]:
    """Constants without a value, probabilities that can leave [0, 1], and weights that can be negative."""
    known = known_values(view)
    broken = set[Path]()
    for path, (code, error) in without_value(view, known):
        yield view.error(code, path, error.message, error.fix, offset=error.at)
        broken.add(path)
    for number in view.numbers:
        value = view.number(number.path)
        if value is None or number.path in broken:
            continue
        if number.scale == "probability" and not isinstance(value, float | Distribution):
            yield from _probability(view, number, value, known)
        elif "weight" in number.path[3:] or "odds" in number.path[3:]:
            yield from _weight(view, number, known.range_of(value))
        elif "bits" in number.path[3:]:
            yield from _bits(view, number, known.range_of(value))
        elif number.role == "loss":
            yield from _loss(view, number, known.range_of(value))


def _probability(view: View, number: StatedNumber, tree: Expression, known: Known) -> Iterator[Problem]:
    low, high = known.range_of(tree)
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


def _loss(view: View, number: StatedNumber, found: Range) -> Iterator[Problem]:
    low, high = found
    if low > LARGEST_LOSS or high < -LARGEST_LOSS:
        yield view.error("not-finite", number.path, LOSS_TOO_LARGE)


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


def _bits(view: View, number: StatedNumber, found: Range) -> Iterator[Problem]:
    low, high = found
    if low > _MOST_BITS or high < -_MOST_BITS:
        shown = quoted(low) if low == high else f"from {low:.6g} to {high:.6g}"
        message = f"`bits` must be within [-{_MOST_BITS}, {_MOST_BITS}], not {shown}"
        yield view.error("bad-weight", number.path, message)
