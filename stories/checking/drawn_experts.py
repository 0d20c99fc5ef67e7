"""Experts who are drawn for all numbers together: one weight for each, and weights of known experts."""

from collections.abc import Iterator

from sensa.stories.checking.view import View
from sensa.stories.numbers.pooled_experts import stated_weights, weights_of
from sensa.stories.problems import Problem, did_you_mean, near, path_text, quoted


def problems(view: View) -> Iterator[Problem]:
    """Problems of the table `[experts]`, and of weights that differ where one expert is drawn for all."""
    stated = view.document.experts
    if stated.draw == "separately":
        if stated.weights:
            message = "common weights are only for experts who are drawn together"
            yield view.error(
                "bad-experts", ("experts", "weights"), message, 'write `draw = "together"`', key=True
            )
        return
    known = weights_of(view.document)
    for name, weight in stated.weights.items():
        if name not in known:
            message = f"no number has an expert {quoted(name)} to draw, so the weight has no effect"
            fix = did_you_mean(near(name, known))
            yield view.warning("idle-weight", ("experts", "weights", name), message, fix)
        elif weight <= 0:
            message = f"an expert's weight must be above 0, not {quoted(weight)}"
            yield view.error("bad-experts", ("experts", "weights", name), message)
    yield from _different(view)


def _different(view: View) -> Iterator[Problem]:
    """The second weight of an expert who has two, and none for all numbers."""
    stated = list(stated_weights(view.document))
    first = {name: (weight, path) for name, weight, path in reversed(stated)}
    told = set[str](view.document.experts.weights)
    for name, weight, path in stated:
        if name in told or weight == first[name][0]:
            continue
        told.add(name)
        other = path_text(first[name][1][:-3])
        message = f"{quoted(name)} has weight {weight:g} here, and {first[name][0]:g} in {quoted(other)}"
        fix = "one expert is drawn for all numbers: state one weight in `[experts]`, as `weights = { … }`"
        yield view.error("bad-experts", path, message, fix)
