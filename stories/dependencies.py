"""Dependencies: the names that each node and quantity reads at the same step."""

from collections.abc import Callable, Iterator, Mapping

from sensa.stories import traversal
from sensa.stories.expressions import ExpressionError, names, parse
from sensa.stories.problems import Path
from sensa.stories.schema.document import Document

Reads = Callable[[traversal.StatedText], frozenset[tuple[str, bool]]]


def reads(text: traversal.StatedText) -> frozenset[tuple[str, bool]]:
    """The names an expression reads, and whether one step before; empty if it does not parse."""
    try:
        return names(parse(text.text))
    except ExpressionError:
        return frozenset()


def dependencies(document: Document, read_by: Reads = reads) -> dict[str, frozenset[str]]:
    """For each quantity and node, the names that must be known first.

    `halted` means every safeguard that halts; reads through `prev` are not counted, and other names are
    left out. An order exists unless `check` reports a cycle.
    """
    known = {
        name: set[str]() for name in (*document.quantities, *(n for _, n, _ in traversal.nodes(document)))
    }
    for owner, name, before, _ in edges(document, read_by):
        if not before and owner in known and name in known:
            known[owner].add(name)
    return {owner: frozenset(uses) for owner, uses in known.items()}


def edges(document: Document, read_by: Reads = reads) -> Iterator[tuple[str, str, bool, Path]]:
    """(reader, name read, one step before, where) for nodes and quantities, `halted` resolved."""
    halting = halting_safeguards(document)
    for text in traversal.texts(document):
        if text.role in ("node", "quantity"):
            for name, before in sorted(read_by(text)):
                for one in halting if name == "halted" else (name,):
                    yield text.owner, one, before, text.path
    for name, event in document.events.items():
        for cause in event.causes or ():
            for one in halting if cause == "halted" else (cause,):
                yield name, one, False, ("events", name, "causes", cause)
    for name, challenge in document.challenges.items():
        yield challenge.against, name, False, ("challenges", name, "against")


def halting_safeguards(document: Document) -> tuple[str, ...]:
    """The safeguards that `halted` means."""
    return tuple(name for name, safeguard in document.safeguards.items() if safeguard.action == "halt")


def cycle(uses: Mapping[str, frozenset[str]]) -> tuple[str, ...] | None:
    """One loop, from a name through what it depends on back to itself; None if an order exists."""
    done: set[str] = set()
    for start in uses:
        found = _loop_from(start, uses, done) if start not in done else None
        if found is not None:
            return found
    return None


def _loop_from(start: str, uses: Mapping[str, frozenset[str]], done: set[str]) -> tuple[str, ...] | None:
    """Depth-first search with an explicit stack: a chain may be as long as the story."""
    trail = [start]
    on_trail = {start}
    waiting = [iter(sorted(uses[start]))]
    while trail:
        following = next(waiting[-1], None)
        if following is None:
            waiting.pop()
            done.add(trail[-1])
            on_trail.discard(trail.pop())
        elif following in on_trail:
            return (*trail[trail.index(following) :], following)
        elif following not in done and following in uses:
            trail.append(following)
            on_trail.add(following)
            waiting.append(iter(sorted(uses[following])))
    return None
