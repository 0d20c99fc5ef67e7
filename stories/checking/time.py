"""Time: `initial` belongs to what is drawn at every step."""

from collections.abc import Iterator

from sensa.stories import traversal
from sensa.stories.checking.view import View
from sensa.stories.problems import Problem
from sensa.stories.schema.nodes import Challenge


def problems(view: View) -> Iterator[Problem]:
    """`initial` on nodes without a previous step; step words and `prev` are checked with expressions."""
    for table, name, model in traversal.nodes(view.document):
        if not isinstance(model, Challenge) and model.initial is not None and not model.every_step:
            message = "`initial` is what `prev` reads at the first step, and this is drawn once"
            fix = "add `every_step = true`, or drop `initial`"
            yield view.error("bad-initial", (table, name, "initial"), message, fix, key=True)
