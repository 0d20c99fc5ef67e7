"""What matters most, in order: which violations do most, and which unknown numbers drive the risk.

Only differences and ratios of numbers in the result; nothing else is computed here.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sensa.kernels.ties import CLEAR_ERRORS, above, falling
from sensa.reports.number_format import ROUNDING, defined
from sensa.reports.result.answers import Answers, Expectation, Factor, Number

MIN_LOG_CHANGE = 0.05  # of the catastrophic probability; smaller changes are not ranked

_TABLE = re.compile(r"^(assumptions|choices|events|safeguards|challenges|quantities|outcomes)\.")
_USUAL = re.compile(r"\.(credence|value)$")


@dataclass(frozen=True)
class Effect:
    """What setting an assumption to violated does to the catastrophic risk, and to failing at all.

    `size` has the absolute changes of the logarithm of the catastrophic probability (infinite from or to 0),
    and of the probability of failing.
    """

    assumption: str
    catastrophic: Number
    failing: Number
    change: Number = None  # of the catastrophic risk, if both are from the same sampled worlds
    change_error: Number = None
    failing_change: Number = None
    failing_change_error: Number = None
    size: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Driver:
    """The total indices of an unknown number: for the catastrophic risk, and for failing at all."""

    path: str
    catastrophic: Number
    failing: Number

    @property
    def size(self) -> tuple[float, float]:
        """The two indices, 0 if undefined."""
        return self.catastrophic or 0.0, self.failing or 0.0


Row = TypeVar("Row", Effect, Driver)
Item = TypeVar("Item")


def of_kind(answers: Answers, kind: str) -> list[str]:
    """The outcomes of a kind."""
    return [name for name, outcome in answers.outcomes.items() if outcome.kind == kind]


def total(row: Mapping[str, Number], names: Sequence[str]) -> Number:
    """The probability of ending in any of these (disjoint) outcomes; None if one of them is undefined."""
    values = [row[name] for name in names]
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def means(answers: Answers) -> dict[str, Number]:
    """The outcome distribution without interventions."""
    return {name: outcome.probability.mean for name, outcome in answers.outcomes.items()}


def base(answers: Answers) -> Effect:
    """The catastrophic risk and failing at all, without interventions."""
    return _effect(answers, "", means(answers))


def effects(answers: Answers) -> list[Effect]:
    """Every assumption's violation, the one that changes the catastrophic probability most first.

    The sign of the change does not count. Violations that change it by less than a twentieth come after, by
    what they do to failing at all.
    """
    if answers.violations is None or not answers.outcomes:
        return []
    before = base(answers)
    found, sampled = answers.violations, answers.how.get("violations") == "worlds-sampled"
    every = [_effect(answers, name, row) for name, row in found.violated.items()]
    if sampled:
        every = [
            replace(
                one,
                change=found.risk_change.get(one.assumption),
                change_error=found.risk_change_error.get(one.assumption),
                failing_change=found.failing_change.get(one.assumption),
                failing_change_error=found.failing_change_error.get(one.assumption),
            )
            for one in every
        ]
    every = [replace(one, size=_size(one, before)) for one in every]
    matters = [above(one.size[0], MIN_LOG_CHANGE, absolute=ROUNDING) for one in every]
    risk = falling([one.size[0] if ranked else 0.0 for one, ranked in zip(every, matters, strict=True)])
    failing = falling([one.size[1] for one in every], absolute=ROUNDING * (before.failing or 0.0))

    def rank(i: int) -> tuple[bool, int, int, str]:
        return not matters[i], risk[i], failing[i], every[i].assumption

    return [every[i] for i in sorted(range(len(every)), key=rank)]


def drivers(answers: Answers) -> list[Driver]:
    """The unknown numbers by total index, for the catastrophic risk first, then for failing at all."""
    found = [
        Driver(path, index(answers, factor, "catastrophic"), index(answers, factor, "success"))
        for path, factor in answers.sobol_credence.items()
    ]
    return largest_first(
        found, lambda driver: (driver.catastrophic, driver.failing), lambda driver: driver.path
    )


def largest_first(
    rows: Sequence[Item], values: Callable[[Item], Sequence[Number]], name: Callable[[Item], str]
) -> list[Item]:
    """Sort rows by their values, the largest first, then by name; values within rounding are equal."""
    columns = zip(*(values(row) for row in rows), strict=True)
    ranked = [falling([value or 0.0 for value in column], absolute=ROUNDING) for column in columns]
    places = sorted(range(len(rows)), key=lambda i: (*(ranks[i] for ranks in ranked), name(rows[i])))
    return [rows[i] for i in places]


def index(answers: Answers, factor: Factor, kind: str) -> Number:
    """A factor's total index for ending in a kind of outcome; that of success is also that of failing."""
    if kind in factor.kind_total:
        return factor.kind_total[kind]
    names = of_kind(answers, kind)
    return factor.total.get(names[0]) if len(names) == 1 else None


def learned(answers: Answers, path: str) -> Number:
    """The first-order index for the catastrophic risk: what knowing the number would remove."""
    factor = answers.sobol_credence[path]
    if "catastrophic" in factor.kind_first:
        return factor.kind_first["catastrophic"]
    names = of_kind(answers, "catastrophic")
    return factor.first.get(names[0]) if len(names) == 1 else None


def shortlist(rows: Sequence[Row], most: int) -> list[Row]:
    """The rows to show, at most `most` in their order, two of them chosen for their effect on failing."""
    if len(rows) <= most:
        return list(rows)
    failing = falling([row.size[1] for row in rows], absolute=ROUNDING)
    by_failing = [rows[i] for i in sorted(range(len(rows)), key=failing.__getitem__)]
    chosen = list(rows[: most - 2]) + [row for row in by_failing[:2] if row not in rows[: most - 2]]
    chosen += [row for row in rows if row not in chosen][: most - len(chosen)]
    return [row for row in rows if row in chosen]


def rest(rows: Sequence[Row], kept: Sequence[Row], words: tuple[str, str]) -> str:
    """Describe the rows that are not kept: `3 that change nothing`, `3 that do less`, `3 more`.

    `words` describe rows that do nothing, and rows that do less than every row kept, in both respects and
    beyond rounding.
    """
    left = [row for row in rows if row not in kept]
    if all(max(row.size) <= ROUNDING for row in left):
        return f"{len(left)} that {words[0]}"
    least = [min(row.size[i] for row in kept) for i in range(2)]
    less = all(row.size[0] < least[0] and row.size[1] < least[1] for row in left)
    return f"{len(left)} that {words[1]}" if less else f"{len(left)} more"


def blurred(expected: Expectation) -> bool:
    """Whether a stated value that is not met may still be right, given the sampling error.

    The error is from few scramblings (8 by default), so a right value lies beyond six
    of it about once in 2,000 times.
    """
    if not defined(expected.value) or not defined(expected.error):
        return False
    return abs(expected.value - expected.stated) <= expected.within + CLEAR_ERRORS * expected.error


def short(path: str) -> str:
    """A parameter's path without redundant words: `heuristics_simple`, `monitor.power`."""
    members = path.split(" + ")
    return " + ".join(
        _USUAL.sub("", _TABLE.sub("", member)).replace(".options.", ".").replace(".odds.", ".")
        for member in members
    )


def _effect(answers: Answers, name: str, row: Mapping[str, Number]) -> Effect:
    failing = [outcome for outcome in row if answers.outcomes[outcome].kind != "success"]
    return Effect(name, total(row, of_kind(answers, "catastrophic")), total(row, failing))


def _size(effect: Effect, before: Effect) -> tuple[float, float]:
    """The sizes of both changes, in the same worlds if these are sampled."""
    risk = _before(effect.catastrophic, effect.change, before.catastrophic)
    failing = _before(effect.failing, effect.failing_change, before.failing)
    return _ratio(effect.catastrophic, risk), _difference(effect.failing, failing)


def _before(violated: Number, change: Number, otherwise: Number) -> Number:
    return violated - change if defined(violated) and defined(change) else otherwise


def _ratio(changed: Number, before: Number) -> float:
    """The absolute change of the logarithm."""
    if not defined(changed) or not defined(before) or abs(changed - before) <= ROUNDING * before:
        return 0.0
    return abs(math.log(changed / before)) if min(changed, before) > 0 else math.inf


def _difference(changed: Number, before: Number) -> float:
    return abs(changed - before) if defined(changed) and defined(before) else 0.0
