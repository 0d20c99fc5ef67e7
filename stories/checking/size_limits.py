"""Limits on the size of a story. Beyond them nothing else is checked, so that checking stays fast."""

from collections.abc import Iterator

from sensa.stories import traversal
from sensa.stories.checking.view import View
from sensa.stories.problems import Problem

MAX_STEPS = 10_000
MAX_NODES = 200_000  # over all steps
MAX_OPTIONS = 200  # of a choice
MAX_PARAMETERS = 20_000
MAX_TEXT = 300_000  # characters of expressions, once
MAX_TEXT_OVER_STEPS = 20_000_000  # characters, those of every-step expressions counted at each step


def problems(view: View) -> Iterator[Problem]:
    """Quantities that exceed the limits."""
    document = view.document
    steps = sum(phase.repeat for phase in document.phases) if document.phases else 1
    if steps > MAX_STEPS:
        yield view.error("too-many-steps", ("phases",), f"{steps} steps; at most {MAX_STEPS} are allowed")
        return
    each = len(view.every_step)
    nodes = each * steps + sum(1 for _ in traversal.nodes(document)) - each
    if nodes > MAX_NODES:
        message = f"{nodes} nodes over {steps} steps; at most {MAX_NODES} are allowed"
        yield view.error("too-many-nodes", (), message)
    for name, choice in document.choices.items():
        if len(choice.options) > MAX_OPTIONS:
            message = f"{len(choice.options)} options; at most {MAX_OPTIONS} are allowed"
            yield view.error("too-many-options", ("choices", name, "options"), message)
    if len(view.parameters) > MAX_PARAMETERS:
        message = f"{len(view.parameters)} parameters; at most {MAX_PARAMETERS} are allowed"
        yield view.error("too-many-parameters", (), message)
    once = sum(len(text.text) for text in view.texts if not text.tabular)  # the file's size bounds tables
    over_steps = sum(len(text.text) * (steps if text.every_step else 1) for text in view.texts)
    if once > MAX_TEXT or over_steps > MAX_TEXT_OVER_STEPS:
        message = (
            f"{once} characters of expressions, {over_steps} over {steps} steps; "
            f"at most {MAX_TEXT} and {MAX_TEXT_OVER_STEPS} are allowed"
        )
        yield view.error("too-much-text", (), message)
