"""Numbers, nodes, axes and phases that no outcome depends on."""

from collections.abc import Iterable, Iterator

from sensa.stories import traversal
from sensa.stories.checking.view import View
from sensa.stories.dependencies import edges, halting_safeguards
from sensa.stories.expressions import names, walk
from sensa.stories.problems import Path, Problem, quoted
from sensa.stories.properties.measured import measures_of
from sensa.stories.properties.measures import tree_of
from sensa.stories.syntax import Axis, Name, Phase

_TABLES = {
    "quantities": "idle-quantity",
    "assumptions": "idle-assumption",
    "choices": "idle-choice",
    "events": "idle-event",
    "safeguards": "idle-safeguard",
}
_STEP_WORDS = ("step", "round")
CODES = frozenset({*_TABLES.values(), "idle-axis", "idle-phases"})


def idle(view: View) -> dict[str, list[Path]]:
    """The tables, by warning code, that no outcome's rule depends on, at its step or an earlier one.

    If one idle node reads another, only the reader is listed: connecting it connects both. Not what a measure
    is of, nor what is observed and depends on something that an outcome depends on too.
    """
    read = _reads(view)
    reached = _reached(view, read)
    for measure in measures_of(view.document):
        for side, is_given in ((measure.of, False), (measure.given, True)):
            for name, _ in names(tree_of(side)) if side is not None else ():
                behind = _behind((name,), read)
                if name in view.tables and (not is_given or (behind - {name}) & reached):
                    reached |= behind
    left = [name for name in view.tables if name not in reached]
    under = {other for name in left for other in read.get(name, ()) if other != name}
    found: dict[str, list[Path]] = {}
    for name in [name for name in left if name not in under] or left:
        table = view.tables[name]
        if table in _TABLES:
            found.setdefault(_TABLES[table], []).append((table, name))
    return found


def steps(view: View) -> Iterator[Problem]:
    """Phases that change nothing; otherwise each axis that no outcome depends on."""
    document = view.document
    reached = _reached(view, _reads(view))
    trees = [
        view.trees[text.path]
        for text in traversal.texts(document)
        if text.path in view.trees
        and (text.owner in reached or text.role in ("outcome", "loss", "criterion"))
    ]
    parts = [part for tree in trees for part, _ in walk(tree)]
    steps = sum(phase.repeat for phase in document.phases)
    changing = any(
        isinstance(part, Axis | Phase) or (isinstance(part, Name) and (part.prev or part.name in _STEP_WORDS))
        for part in parts
    )
    if steps > 1 and not changing and not reached & view.every_step:
        message = (
            f"the {steps} steps are all alike: no outcome depends on anything that is drawn at every step"
        )
        fix = "`every_step = true` draws a node afresh at every step, and `axis.NAME` reads an axis there"
        yield view.warning("idle-phases", ("phases",), f"{message}, nor on `step`, `phase` or an axis", fix)
        return
    read = {part.name for part in parts if isinstance(part, Axis)}
    seen: set[str] = set()
    for index, phase in enumerate(document.phases):
        for axis in phase.axes:
            if axis not in read and axis not in seen:
                message = f"no outcome depends on the axis {quoted(axis)}"
                yield view.warning("idle-axis", ("phases", index, "axes", axis), message, _reading(axis))
            seen.add(axis)


def _reading(axis: str) -> str:
    return f"an expression of a node drawn at every step reads it as `axis.{axis}`"


def _reads(view: View) -> dict[str, set[str]]:
    read: dict[str, set[str]] = {}
    for owner, name, _, _ in edges(view.document, view.reads):
        read.setdefault(owner, set()).add(name)
    for index, phase in enumerate(view.document.phases):
        for axis in phase.axes:
            tree = view.trees.get(("phases", index, "axes", axis))
            parts = walk(tree) if tree is not None else ()
            names = {part.name for part, _ in parts if isinstance(part, Name)}
            read.setdefault(f"axis.{axis}", set()).update(names)
    for text in view.texts:
        tree = view.trees.get(text.path)
        if tree is not None and text.role == "node":
            axes = {f"axis.{part.name}" for part, _ in walk(tree) if isinstance(part, Axis)}
            read.setdefault(text.owner, set()).update(axes)
    return read


def _behind(names: Iterable[str], read: dict[str, set[str]]) -> set[str]:
    """Names and all that they depend on."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(read.get(one, ()))
    return found


def _reached(view: View, read: dict[str, set[str]]) -> set[str]:
    """Names that some outcome's rule or loss depends on; axes are among them as `axis.NAME`."""
    halting = halting_safeguards(view.document)
    waiting: list[str] = []
    for text in view.texts:
        if text.role not in ("outcome", "loss"):
            continue
        tree = view.trees.get(text.path)
        parts = walk(tree) if tree is not None else ()
        waiting.extend(f"axis.{part.name}" for part, _ in parts if isinstance(part, Axis))
        for name, _ in view.reads(text):
            waiting.extend(halting if name == "halted" else (name,))
    return _behind(waiting, read)
