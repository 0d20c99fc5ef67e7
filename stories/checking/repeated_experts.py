"""Experts with one name in several numbers, each of which draws its own expert."""

from collections.abc import Iterator

from sensa.stories.checking.view import View
from sensa.stories.numbers.forms.experts import ProbabilityExperts, RealExperts
from sensa.stories.problems import Path, Problem, listed, path_text

MAX_NAMED = 3


def problems(view: View) -> Iterator[Problem]:
    """A warning at the second number that an expert speaks of, with all numbers that share an expert with it.

    Numbers pooled in log-odds or given by one expert draw no expert; numbers that a dependence links are not
    independent.
    """
    if view.document.experts.draw == "together":
        return
    linked = {frozenset(stated.between) for stated in view.document.dependence}
    drawn = {number.path: _names(number.form) for number in view.numbers}
    left = [path for path, names in drawn.items() if len(names) > 1]
    while left:
        first, *rest = left
        alike = [path for path in rest if drawn[path] & drawn[first]]
        left = [path for path in rest if path not in alike]
        apart = [path for path in alike if frozenset((path_text(first), path_text(path))) not in linked]
        if apart:
            shared = [name for name in drawn[first] if any(name in drawn[path] for path in apart)]
            yield _warning(view, apart[0], sorted(shared), [path_text(path) for path in (first, *apart)])


def _names(form: object) -> frozenset[str]:
    if isinstance(form, ProbabilityExperts | RealExperts) and form.pool == "linear":
        return frozenset(expert.name for expert in form.experts if expert.weight > 0)
    return frozenset()


def _warning(view: View, path: Path, names: list[str], numbers: list[str]) -> Problem:
    speak = "speaks" if len(names) == 1 else "speak"
    message = (
        f"{listed(names, 'and', most=MAX_NAMED)} {speak} of {listed(numbers, 'and', most=MAX_NAMED)}, "
        "and each of these draws its own expert: who is right about one says nothing about the others"
    )
    fix = 'if whoever is right is right about all, write `[experts]` with `draw = "together"`'
    return view.warning("shared-experts", path, message, fix)
