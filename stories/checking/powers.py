"""Powers whose uncertain number several draws share."""

from collections.abc import Iterator

from sensa.stories.checking.view import View
from sensa.stories.expressions import walk
from sensa.stories.problems import Path, Problem, path_text, quoted
from sensa.stories.syntax import Name, Option


def problems(view: View) -> Iterator[Problem]:
    """Safeguards with an uncertain power and several targets that can occur together.

    Each target has its own draw, but all share the number: missing one is evidence about the others.
    """
    for name, safeguard in view.document.safeguards.items():
        path: Path = ("safeguards", name)
        n = len(safeguard.against)
        if n == 1 or not _uncertain(view, (*path, "power")) or _exclusive(view, path, n):
            continue
        message = (
            f"{quoted(name)} has a draw for each of its {n} targets and one uncertain number for them all, "
            "so it is as good or as bad against each"
        )
        fix = "where the powers are independent, write a safeguard for each target"
        yield view.warning("shared-power", (*path, "power"), message, fix)


def _uncertain(view: View, path: Path) -> bool:
    """Whether a number is a parameter, or computed from one."""
    if path_text(path) in view.parameters:
        return True
    waiting, seen = _names(view, path), set[str]()
    while waiting:
        name = waiting.pop()
        value: Path = ("quantities", name, "value")
        if name not in view.document.quantities or name in seen:
            continue
        if path_text(value) in view.parameters:
            return True
        seen.add(name)
        waiting += _names(view, value)
    return False


def _names(view: View, path: Path) -> list[str]:
    tree = view.trees.get(path)
    return [] if tree is None else [part.name for part, _ in walk(tree) if isinstance(part, Name)]


def _exclusive(view: View, path: Path, n: int) -> bool:
    """Whether the targets are different options of one choice, so that at most one occurs."""
    trees = [view.trees.get((*path, "against", index)) for index in range(n)]
    tests = [tree for tree in trees if isinstance(tree, Option) and not tree.negated]
    options = [option for test in tests for option in test.options]
    return (
        len(tests) == n
        and len({(test.of.name, test.of.prev) for test in tests}) == 1
        and len(options) == len(set(options))
    )
