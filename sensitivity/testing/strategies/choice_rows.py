"""The rows of a choice: generated so that each case of what they name is in exactly one."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from sensa.testing.strategies.number_forms import probability_distribution, probability_number
from sensa.testing.strategies.typed_expressions import Draw, Scope, latest

MAX_NAMED = 2  # nodes that rows name


def rows(draw: Draw, scope: Scope, options: Sequence[str]) -> list[dict[str, Any]]:
    """The rows: those of a tree over other nodes, one of which may be for all other cases."""
    names = [name for name in (*scope.bools, *scope.options) if not name.startswith("prev.")]
    named = dict.fromkeys(latest(draw, names) for _ in range(draw(st.integers(0, MAX_NAMED))) if names)
    cases: list[dict[str, Any]] = [{}]
    for name in named:
        cases = [
            {**case, **values}
            for case in cases
            for values in (_parts(draw, scope, name) if draw(st.integers(0, 3)) < 3 else [{}])
        ]
    found = [{"if": case, "chances": chances(draw, scope, options)} for case in cases]
    if {} in cases or draw(st.booleans()):
        del found[cases.index({}) if {} in cases else draw(st.integers(0, len(cases) - 1))]["if"]
    return draw(st.permutations(found))


def _parts(draw: Draw, scope: Scope, name: str) -> list[dict[str, Any]]:
    """The values of a node in one or two parts, each written in some way."""
    if name not in scope.options:
        return [{name: True}, {name: False}]
    values = list(scope.options[name])
    middle = draw(st.integers(1, len(values)))
    parts = [part for part in (values[:middle], values[middle:]) if part]
    return [{name: part[0] if len(part) == 1 and draw(st.booleans()) else part} for part in parts]


def chances(draw: Draw, scope: Scope, options: Sequence[str]) -> dict[str, Any]:
    """Chances that sum to 1; or of any sum, where the first of them is uncertain."""
    shares = draw(st.lists(st.integers(0, 8), min_size=len(options), max_size=len(options)).filter(any))
    if draw(st.booleans()):
        whole = sum(shares)
        return {option: share / whole for option, share in zip(options, shares, strict=True) if share}
    first, *others = draw(st.permutations(list(options)))
    certain = dict.fromkeys(others[:1], 0.25)
    return {first: probability_distribution(draw), **certain} | {
        option: probability_number(draw, scope, 1) for option in others[1:2]
    }
