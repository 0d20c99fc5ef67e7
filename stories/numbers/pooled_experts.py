"""Numbers whose expert is drawn, and the weights of experts who are drawn for all numbers together."""

from collections.abc import Iterator

from sensa.stories import traversal
from sensa.stories.numbers.forms.experts import (
    ProbabilityExpert,
    ProbabilityExperts,
    RealExpert,
    RealExperts,
)
from sensa.stories.problems import Path
from sensa.stories.schema.document import Document


def of_several(form: object) -> tuple[str, ...]:
    """The experts of a number that draws one of several; none for any other number.

    Numbers pooled in log-odds, or given by one expert, draw none.
    """
    if isinstance(form, ProbabilityExperts | RealExperts) and form.pool == "linear" and len(form.experts) > 1:
        return tuple(expert.name for expert in form.experts)
    return ()


def stated_weights(document: Document) -> Iterator[tuple[str, float, Path]]:
    """Each expert with the weight that a number gives, and where, in the order written."""
    for number in traversal.numbers(document):
        form: object = number.form
        if of_several(form) and isinstance(form, ProbabilityExperts | RealExperts):
            experts: tuple[ProbabilityExpert | RealExpert, ...] = form.experts
            for i, expert in enumerate(experts):
                yield expert.name, expert.weight, (*number.path, "experts", i, "weight")


def weights_of(document: Document) -> dict[str, float]:
    """The weight of each expert for all numbers, in the order in which they are first named."""
    common = document.experts.weights
    found: dict[str, float] = {}
    for name, weight, _ in stated_weights(document):
        found.setdefault(name, common.get(name, weight))
    return found


def drawn_together(document: Document, form: object) -> bool:
    """Whether a number is that of an expert who is drawn for all numbers."""
    return document.experts.draw == "together" and bool(of_several(form))
