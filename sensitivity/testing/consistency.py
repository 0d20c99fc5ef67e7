"""Counts against a number that a story states."""

from typing import Any

import numpy as np
from scipy.special import betainc, expit

from sensa.comparing.differences import written
from sensa.kernels.distributions.levels import Floats, Levels, Marginal, at_levels
from sensa.kernels.distributions.quadrature import mean_of
from sensa.reports.number_format import percent
from sensa.sampling.parameters import bound
from sensa.stories.loading import Source, load
from sensa.stories.numbers.canonical import declared
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.problems import path_text, quoted, unknown
from sensa.stories.story import Story
from sensa.stories.traversal import StatedNumber, numbers
from sensa.testing.false_alarms import Interval, between, counted, exact_interval, require_counts, tails


def assert_consistent(source: Source, path: str, successes: int, trials: int, *, alpha: float = 1e-6) -> None:
    """Assert that counts of independent trials do not contradict a probability that a story states.

    `path` names the number, as `events.harmful_answer.chance`. Under a stated distribution the count has a
    predictive one: binomial given the probability, and that as stated (Box 1980, 10.2307/2982063). The
    assertion fails where twice the smaller of its tails at the count is at most `alpha`, which is the chance
    of that where the number is as stated. Of an `interval` only its ends are claimed: it fails where no
    value within is consistent with the counts.

    Misleads where trials are alike (one prompt, many samples), or of a population other than the story's.
    Passing is weak: a broad credence is consistent with most counts. Raises ValueError for a path that is not
    a probability, is computed from others or left out, and for invalid counts; `StoryError` for a wrong
    story.
    """
    __tracebackhide__ = True
    require_counts(successes, trials, alpha)
    story = load(source)
    stated = _stated(story, path)
    value = _declared(stated, path)
    lower, upper = predictive(value, successes, trials)
    both = min(1.0, 2 * min(lower, upper))
    if both > alpha:
        return
    few = lower <= upper
    raise AssertionError(
        f"{story.place(stated.path)}: {path}: {counted(successes, trials)}, which contradicts"
        f" {_said(story, stated, value)}: by it so {'few' if few else 'many'} have probability"
        f" {min(lower, upper):.2g} (two-sided {both:.2g}, alpha {alpha:g}); by themselves the trials say"
        f" {between(exact_interval(successes, trials, alpha=alpha))}"
    )


def predictive(value: float | Distribution, successes: int, trials: int) -> tuple[float, float]:
    """P(X <= successes) and P(X >= successes) of the count, the probability being as stated.

    By adaptive quadrature over the level of the distribution; of an interval the largest over its values.
    """
    if not isinstance(value, Distribution):
        return tails(successes, trials, value)
    if value.family == "interval":
        low, high = value.args
        return tails(successes, trials, low)[0], tails(successes, trials, high)[1]
    failures, marginal = trials - successes, bound(value)

    def fewer(levels: Levels) -> Floats:
        return np.asarray(betainc(failures, successes + 1, expit(-marginal.odds(levels))))

    def more(levels: Levels) -> Floats:
        return np.asarray(betainc(successes, failures + 1, expit(marginal.odds(levels))))

    return mean_of(fewer) if failures else 1.0, mean_of(more) if successes else 1.0


def _stated(story: Story, path: str) -> StatedNumber:
    known = {path_text(number.path): number for number in numbers(story.document)}
    if path not in known:
        probabilities = [name for name, number in known.items() if number.scale == "probability"]
        raise ValueError(unknown("number", path, probabilities))
    return known[path]


def _declared(stated: StatedNumber, path: str) -> float | Distribution:
    value = declared(stated.form, stated.scale)
    if isinstance(value, float | int):
        low = high = float(value)
    elif isinstance(value, Distribution):
        low, high = bound(value).support
    else:
        raise ValueError(f"{quoted(path)} is computed from other numbers, and states none itself")
    if not 0 <= low <= high <= 1:
        raise ValueError(f"{quoted(path)} is not a probability: it lies between {low:g} and {high:g}")
    if isinstance(value, Distribution) and value.family == "interval" and (low, high) == (0, 1):
        raise ValueError(f"{quoted(path)} is anything from 0 to 1: no counts could contradict it")
    return value if isinstance(value, Distribution) else low


def _said(story: Story, stated: StatedNumber, value: float | Distribution) -> str:
    """The stated number, and its bounds."""
    text: Any = story.values
    try:
        for key in stated.path:
            text = text[key]
    except KeyError:  # left out, which means a number
        text = value
    as_written = f"`{written(text)}`"
    if not isinstance(value, Distribution) or value.family == "interval":
        return as_written
    return f"{as_written} ({_spread(bound(value))})"


def _spread(marginal: Marginal) -> str:
    low, high = marginal.inverse(at_levels(np.array([0.05, 0.95])))
    return f"mean {percent(marginal.moments()[0])}, 90 % interval {between(Interval(low, high))}"
