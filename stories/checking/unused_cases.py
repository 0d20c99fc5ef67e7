"""Numbers that are never used, since an entry of `given` that comes first is always true."""

from collections.abc import Iterator
from itertools import chain

from sensa.stories.checking.view import View
from sensa.stories.problems import Path, Problem, quoted
from sensa.stories.schema.nodes import Assumption, Event, GivenChance, GivenCredence
from sensa.stories.syntax import Boolean


def problems(view: View) -> Iterator[Problem]:
    """Entries after the first that is always true, and the number that it replaces."""
    document = view.document
    claims: Iterator[tuple[str, str, str, Assumption | Event]] = chain(
        (("assumptions", name, "credence", one) for name, one in document.assumptions.items()),
        (("events", name, "chance", one) for name, one in document.events.items()),
    )
    for table, name, key, claim in claims:
        entries: list[Path] = [(table, name, "given", index) for index in range(len(claim.given))]
        cases: tuple[GivenCredence | GivenChance, ...] = claim.given
        always = [_always(view, case, entry) for case, entry in zip(cases, entries, strict=True)]
        if not any(always):
            continue
        first = always.index(True)
        own: list[Path] = [(table, name, key)] if key in claim.model_fields_set else []
        for path in (*own, *entries[first + 1 :]):
            message = f"is never used: `given[{first}]` of {quoted(name)} is always true"
            fix = f"leave it out, or give `given[{first}]` an `if`"
            yield view.warning("unused-number", path, message, fix)


def _always(view: View, case: GivenCredence | GivenChance, entry: Path) -> bool:
    """Whether an entry has no `if`, or one that is `true`."""
    tree = view.trees.get((*entry, "if"))
    return case.condition is None or (isinstance(tree, Boolean) and tree.value)
