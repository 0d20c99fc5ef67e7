"""A fault tree as the tables of a story: an event for each gate and each basic event."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sensa.exchange.ends import OUTCOMES, Ends
from sensa.exchange.errors import ExchangeError
from sensa.exchange.fault_trees import FaultTree, Formula
from sensa.exchange.names import story_names


def tables(tree: FaultTree, ends: Ends) -> dict[str, Any]:
    """The quantities, events and outcomes of a fault tree; the top gate is the catastrophe."""
    names = story_names([*tree.gates, *tree.events], OUTCOMES)
    parameters = story_names(tree.parameters, [*OUTCOMES, *names.values()])
    outcomes = _outcomes(tree, ends, names)
    events = {names[name]: _gate(tree, name, names) for name in _top_down(tree)}
    for name, chance in tree.events.items():
        events[names[name]] = {**_claim(tree, name), "chance": _number(chance, parameters)}
    quantities = {
        parameters[name]: {**_claim(tree, name), "value": _number(value, parameters)}
        for name, value in tree.parameters.items()
    }
    return {"quantities": quantities, "events": events, "outcomes": outcomes}


def _outcomes(tree: FaultTree, ends: Ends, names: Mapping[str, str]) -> dict[str, Any]:
    def condition(end: str) -> str:
        if end not in names:
            known = ", ".join(f"`{top}`" for top in tree.tops()[:10])
            raise ExchangeError(f"no gate or event `{end}`; the gates that no other reads are {known}")
        return names[end]

    if ends.catastrophe is None and "catastrophic" in tree.gates:  # written by ourselves
        ends = Ends("catastrophic", ends.fail_safe or ("fail_safe" if "fail_safe" in tree.gates else None))
    tops = tree.tops() or tuple(tree.events)
    if not tops:
        raise ExchangeError("defines no gate and no basic event")
    if ends.catastrophe is None and len(tops) != 1:
        some = ", ".join(f"`{top}`" for top in tops[:10])
        said = (
            f"{len(tops)} gates are read by no other" if tree.gates else "no gate, but several basic events"
        )
        raise ExchangeError(f"{said} ({some}): say which is the catastrophe")
    return Ends(ends.catastrophe or tops[0], ends.fail_safe).outcomes(condition)


def _top_down(tree: FaultTree) -> Iterator[str]:
    """The gates, each top before what it reads."""
    seen: set[str] = set()
    waiting = list(reversed(tree.tops()))
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            yield name
            waiting += [arg for arg in reversed(list(tree.gates[name].names())) if arg in tree.gates]


def _claim(tree: FaultTree, name: str) -> dict[str, str]:
    return {"claim": tree.labels.get(name) or name}


def _gate(tree: FaultTree, name: str, names: Mapping[str, str]) -> dict[str, Any]:
    return {**_claim(tree, name), "when": expression(tree.gates[name], names)}


def expression(formula: Formula | str, names: Mapping[str, str], inside: bool = False) -> str:
    """A formula in the expression language; in parentheses where it is inside another."""
    if isinstance(formula, str):
        return names[formula]
    args = [expression(arg, names, inside=True) for arg in formula.args]
    joined = ", ".join(args)
    match formula.operator:
        case "is":
            return args[0]
        case "true" | "false":
            return formula.operator
        case "not":
            return f"not {args[0]}" if not inside else f"(not {args[0]})"
        case "and" | "or":
            found = f" {formula.operator} ".join(args)
        case "nand":
            found = f"not ({' and '.join(args)})"
        case "nor":
            found = f"not ({' or '.join(args)})"
        case "xor":
            return f"exactly(1, {joined})"
        case "iff":
            found = f"not exactly(1, {joined})"
        case "imply":
            found = f"not {args[0]} or {args[1]}"
        case "atleast":
            return f"at_least({formula.least}, {joined})"
        case "cardinality":
            found = f"at_least({formula.least}, {joined}) and not at_least({formula.most + 1}, {joined})"
        case other:
            raise ExchangeError(f"the formula `{other}` cannot be carried")
    return f"({found})" if inside and len(args) > 1 else found


def _number(value: Any, parameters: Mapping[str, str]) -> Any:
    """A number with the parameters by their names in the story."""
    if not isinstance(value, str):
        return value
    return re.sub(r"\{([^{}]*)\}", lambda match: parameters[match[1]], value)
