"""Outcomes: one rule each, one `otherwise`, and the kinds that a story has."""

from collections.abc import Iterator

from sensa.stories.checking.view import View
from sensa.stories.problems import Path, Problem


def problems(view: View) -> Iterator[Problem]:
    """Problems of outcomes, except in their expressions."""
    outcomes = view.document.outcomes
    for name, outcome in outcomes.items():
        path: Path = ("outcomes", name)
        if outcome.otherwise and outcome.when is not None:
            message = "an outcome has one of `when` and `otherwise = true`; this one has both"
            yield view.error("bad-outcome", path, message)
        elif not outcome.otherwise and outcome.when is None:
            message = "an outcome has one of `when` and `otherwise = true`; this one has neither"
            yield view.error("bad-outcome", path, message)
    remaining = [name for name, outcome in outcomes.items() if outcome.otherwise]
    if not remaining:
        message = "no outcome has `otherwise = true`; exactly one must, for what remains after the last step"
        yield view.error("no-otherwise", ("outcomes",), message)
    for name in remaining[1:]:
        message = f"`outcomes.{remaining[0]}` has `otherwise = true` already; exactly one outcome must"
        yield view.error("no-otherwise", ("outcomes", name, "otherwise"), message, key=True)
    kinds = {outcome.kind for outcome in outcomes.values()}
    if "catastrophic" not in kinds:
        message = "no outcome of the kind `catastrophic`; a story has at least one"
        yield view.error("missing-outcome", ("outcomes",), message)
