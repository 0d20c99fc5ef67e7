"""BayesDown, the text of AMTAIR: arguments by indentation, each node with its probabilities as JSON.

    [Grass_Wet]: Moisture on the grass. {"instantiations": ["grass_wet_TRUE", "grass_wet_FALSE"],
     "posteriors": {"p(grass_wet_TRUE|rain_TRUE, sprinkler_TRUE)": "0.99", …}}
     + [Rain]: It rains. {"instantiations": ["rain_TRUE", "rain_FALSE"], "priors": {"p(rain_TRUE)": "0.2"}}

(each node on one line). What is indented below a node is a cause of it. Of the states, one may be left out.
"""

import itertools
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sensa.exchange.errors import ExchangeError
from sensa.exchange.networks import MAX_CASES, Network, Variable, require_sound
from sensa.exchange.read_numbers import read_number
from sensa.stories.problems import quoted

_LINE = re.compile(r"(?P<indent>[ \t]*)(?:[-+][ \t]*)?\[(?P<name>[^\]]+)\](?::(?P<rest>.*))?[ \t]*")
_TERM = re.compile(r"p\(([^|()]+)(?:\|([^()]*))?\)", re.IGNORECASE)


@dataclass
class _Node:
    label: str
    stated: Mapping[str, Any]
    line: int
    causes: dict[str, None] = field(default_factory=dict)


def read(text: str) -> Network:
    """The network in a text; raises `ExchangeError` with the line."""
    nodes: dict[str, _Node] = {}
    above: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith(("//", "#")):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ExchangeError(f"line {number}: expected `[NAME]: text {{…}}`")
        indent, name = len(match["indent"].expandtabs(4)), match["name"].strip()
        label, stated = _parted(match["rest"] or "", number)
        if name in nodes and stated and nodes[name].stated not in ({}, stated):
            raise ExchangeError(f"line {number}: `{name}` is there twice, with other numbers")
        if name not in nodes or not nodes[name].stated:
            causes = nodes[name].causes if name in nodes else {}
            nodes[name] = _Node(label, stated, number, causes)
        above = [(depth, node) for depth, node in above if depth < indent]
        if above:
            nodes[above[-1][1]].causes[name] = None
        above.append((indent, name))
    states = {name: _states(name, node) for name, node in nodes.items()}
    found = {name: _variable(name, node, nodes, states) for name, node in nodes.items()}
    return require_sound(Network("argument", found))


def _parted(rest: str, line: int) -> tuple[str, Mapping[str, Any]]:
    """The text of a node, and what its JSON states."""
    label, brace, stated = rest.partition("{")
    if not brace:
        return label.strip(), {}
    try:
        found = json.loads(brace + stated, object_pairs_hook=_different)
    except ExchangeError as error:
        raise ExchangeError(f"line {line}: {error}") from None
    except (ValueError, RecursionError):
        raise ExchangeError(f"line {line}: the text in braces is no JSON") from None
    return label.strip(), found


def _different(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table of JSON, each of whose keys is there once."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ExchangeError(f"`{key}` is there twice")
        found[key] = value
    return found


def _states(name: str, node: _Node) -> tuple[str, ...]:
    found = node.stated.get("instantiations")
    if not isinstance(found, list) or not all(isinstance(state, str) for state in found):
        raise ExchangeError(f"line {node.line}: `{name}` has no `instantiations`")
    if len(found) < 2:
        raise ExchangeError(f"line {node.line}: `{name}` needs at least two `instantiations`")
    return tuple(found)


def _variable(
    name: str, node: _Node, nodes: Mapping[str, _Node], states: Mapping[str, tuple[str, ...]]
) -> Variable:
    parents = tuple(node.causes)
    if math.prod(len(states[parent]) for parent in parents) > MAX_CASES:
        raise ExchangeError(f"line {node.line}: `{name}` has more than {MAX_CASES:,} cases")
    chances = _chances(name, node, "posteriors" if parents else "priors")
    rows = []
    for case in itertools.product(*(states[parent] for parent in parents)):
        known = [chances.get((state, frozenset(case))) for state in states[name]]
        if known.count(None) == 1:
            rest = 1.0 - math.fsum(p for p in known if p is not None)
            known = [rest if p is None else p for p in known]
        if None in known:
            given = f" given {', '.join(case)}" if case else ""
            raise ExchangeError(f"line {node.line}: `{name}` has no probability{given}")
        rows.append(tuple(p for p in known if p is not None))
    short = tuple(_short(state, name) for state in states[name])
    return Variable(name, short, parents, tuple(rows), node.label)


def _chances(name: str, node: _Node, key: str) -> dict[tuple[str, frozenset[str]], float]:
    """The probabilities by state and case."""
    stated = node.stated.get(key, {})
    if not isinstance(stated, dict):
        raise ExchangeError(f"line {node.line}: `{key}` of `{name}` is no table")
    found = {}
    for term, value in stated.items():
        match = _TERM.fullmatch(term.strip())
        if match is None:
            raise ExchangeError(f"line {node.line}: `{term}` is not of the form p(x|a, b)")
        given = frozenset(part.strip() for part in (match[2] or "").split(",") if part.strip())
        state = match[1].strip()
        if (state, given) in found:
            raise ExchangeError(f"line {node.line}: `{term}` is there twice")
        try:
            found[state, given] = _number(value)
        except ValueError as error:
            raise ExchangeError(f"line {node.line}: {term} is {quoted(value)}, which {error}") from None
    return found


def _number(value: Any) -> float:
    """The number in JSON, or in a text there; raises `ValueError`, in words for after the text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("is no number")
    return read_number(value if isinstance(value, str) else repr(value))


def _short(state: str, name: str) -> str:
    """`TRUE` of `rain_TRUE`."""
    prefix = f"{name}_".casefold()
    return state[len(prefix) :] if state.casefold().startswith(prefix) and len(state) > len(prefix) else state
