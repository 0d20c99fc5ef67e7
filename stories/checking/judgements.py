"""Statements about the story: dependence between parameters, expectations, findings."""

from collections.abc import Iterator

from sensa.stories.checking.measures import measure_problems
from sensa.stories.checking.view import View
from sensa.stories.numbers.pooled_experts import drawn_together
from sensa.stories.problems import Path, Problem, did_you_mean, near, path_text, quoted
from sensa.stories.schema.numbers import Dependence


def problems(view: View) -> Iterator[Problem]:
    """Problems of dependence, expectations, stated results and findings."""
    yield from _dependence(view)
    for measure in view.document.expect:
        yield from _measure(view, ("expect", measure), measure)
    for measure, stated in view.document.stated.items():
        yield from _measure(view, ("stated", measure), measure)
        if measure.strip() != "loss" and not 0 <= stated.value <= 1:
            message = f"a probability must be within [0, 1], not {quoted(stated.value)}"
            meant = f"did you mean `{stated.value / 100:g}`?" if 1 < stated.value <= 100 else None
            yield view.error("bad-measure", ("stated", measure, "value"), message, meant)
    yield from _findings(view)


def _findings(view: View) -> Iterator[Problem]:
    team = view.document.red_team
    if team is None:
        return
    for name, count in team.findings.items():
        if count > team.trials:
            message = f"seen in {count} of {team.trials} trials; it must be at most all of them"
            yield view.error("out-of-range", ("red_team", "findings", name), message)


def _dependence(view: View) -> Iterator[Problem]:
    first: dict[frozenset[str], int] = {}
    for index, stated in enumerate(view.document.dependence):
        path: Path = ("dependence", index)
        yield from _parameters(view, path, stated)
        pair = frozenset(stated.between)
        if len(pair) == 1:
            message = f"{quoted(stated.between[0])} depends on itself anyway; name two parameters"
            yield view.error("bad-dependence", (*path, "between"), message)
        elif pair in first:
            message = f"this pair is in `dependence[{first[pair]}]` already"
            yield view.error("bad-dependence", (*path, "between"), message)
        first.setdefault(pair, index)
        if not -1.0 < stated.rank_correlation < 1.0:
            message = (
                f"a rank correlation must be strictly within -1 and 1, not {quoted(stated.rank_correlation)}"
            )
            yield view.error("bad-dependence", (*path, "rank_correlation"), message)


def _parameters(view: View, path: Path, stated: Dependence) -> Iterator[Problem]:
    together = {path_text(n.path) for n in view.numbers if drawn_together(view.document, n.form)}
    for at, name in enumerate(stated.between):
        if name in view.parameters:
            continue
        if name in view.number_paths:
            message = f"{quoted(name)} is not a parameter: it is a point or an expression, not a distribution"
            if name in together:
                message = f"the experts of {quoted(name)} are drawn together, so that it is no parameter"
            yield view.error("unknown-parameter", (*path, "between", at), message)
        else:
            fix = did_you_mean(near(name, view.parameters))
            message = f"{quoted(name)} is not the path of a parameter"
            yield view.error("unknown-parameter", (*path, "between", at), message, fix)


def _measure(view: View, path: Path, measure: str) -> Iterator[Problem]:
    """`loss`, `P(X)` or `P(X | Y)`."""
    for error in measure_problems(view, measure):
        yield view.error("bad-measure", path, error.message, error.fix, key=True)
