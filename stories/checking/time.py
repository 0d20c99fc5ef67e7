"""Time: `initial` belongs to what is drawn at every step."""

from collections.abc import Iterator

from sensa.stories import traversal
from sensa.stories.checking.view import View
from sensa.stories.problems import Problem
from sensa.stories.schema import Challenge


def problems(view: View) -> Iterator[Problem]:
    """An `initial` on what has no step before; step words and `prev` are looked at with the expressions."""
    for table, name, model in traversal.nodes(view.document):
        if not isinstance(model, Challenge) and model.initial is not None and not model.every_step:
            message = "`initial` is what `prev` reads at the first step, and this is drawn once"
            fix = "add `every_step = true`, or drop `initial`"
            yield view.error("bad-initial", (table, name, "initial"), message, fix, key=True)
