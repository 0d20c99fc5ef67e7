"""Numbers read as probabilities that can leave [0, 1], as `{ low, high }` of a real number has tails."""

from collections.abc import Iterator, Mapping
from math import exp
from statistics import NormalDist

from sensa.stories.checking.value_ranges import Range, known_values
from sensa.stories.checking.view import View
from sensa.stories.expressions import bounds, walk
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.forms.central_interval import RealLowHigh
from sensa.stories.problems import Path, Problem, quoted
from sensa.stories.syntax import Axis, Expression, Name

MIN_CHANCE = 1e-6  # a run is unlikely to meet a smaller chance


def problems(view: View) -> Iterator[Problem]:
    """Axes and quantities with `{ low, high }` within [0, 1] whose tails take a probability out of it."""
    ranges = known_values(view).ranges
    readers = [
        (number.path, view.trees[number.path])
        for number in view.numbers
        if number.scale == "probability" and number.path in view.trees
    ]
    for number in view.numbers:
        form, found = number.form, view.values.get(number.path)
        if number.path[0] not in ("quantities", "phases") or not isinstance(found, Distribution):
            continue
        if not isinstance(form, RealLowHigh) or not 0 <= form.low < form.high <= 1:
            continue
        chance = _outside(found)
        name = f"axis.{number.path[-1]}" if number.path[0] == "phases" else str(number.path[1])
        if chance < MIN_CHANCE or not any(
            _broken_by(name, _ends(found), tree, ranges) for _, tree in readers
        ):
            continue
        yield _warning(view, number.path, form, found, chance)


def _broken_by(name: str, ends: Range, tree: Expression, ranges: Mapping[str, Range]) -> bool:
    """Whether an expression can leave [0, 1] at an end of this number, and not where it is within [0, 1]."""
    reads = any(
        (isinstance(part, Axis) and f"axis.{part.name}" == name)
        or (isinstance(part, Name) and part.name == name)
        for part, _ in walk(tree)
    )
    leaves = any(not _within(tree, {**ranges, name: (end, end)}) for end in ends)
    return reads and leaves and _within(tree, {**ranges, name: (0.0, 1.0)})


def _within(tree: Expression, ranges: Mapping[str, Range]) -> bool:
    low, high = bounds(tree, ranges)
    return low >= 0.0 and high <= 1.0


def _ends(found: Distribution) -> Range:
    """The values beyond which the number lies with a chance of `MIN_CHANCE` on either side."""
    normal = NormalDist(*found.args)
    low, high = normal.inv_cdf(MIN_CHANCE), normal.inv_cdf(1 - MIN_CHANCE)
    return (exp(low), exp(high)) if found.family == "lognormal" else (low, high)


def _outside(found: Distribution) -> float:
    """The chance that a normal or lognormal number (1 is 0 in logarithms) is outside [0, 1]."""
    normal = NormalDist(*found.args)
    if found.family == "lognormal":
        return 1 - normal.cdf(0.0)
    return 1 - normal.cdf(1.0) + normal.cdf(0.0)


def _warning(view: View, path: Path, form: RealLowHigh, found: Distribution, chance: float) -> Problem:
    beyond = "above 1" if found.family == "lognormal" else "outside [0, 1]"
    message = (
        f"is read as a probability, and `{{ low, high }}` of a real number is {found.family}: "
        f"it is {beyond} with a chance of {100 * chance:.2g} %, and a run that meets that stops"
    )
    fix = f"write {quoted(f'{{ uniform = [{form.low:g}, {form.high:g}] }}')}, or a beta"
    return view.warning(
        "beyond-one", path, f"{quoted(str(path[-1 if path[0] == 'phases' else 1]))} {message}", fix
    )
