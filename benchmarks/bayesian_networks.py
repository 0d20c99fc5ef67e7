"""Discrete Bayesian networks as circuits: read from BIF files, each variable drawn state by state."""

import gzip
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensa.kernels.program import Floats, Gates, Op

VARIABLE = re.compile(r"variable\s+(\S+)\s*\{[^{]*\{([^}]*)\}")
TABLE = re.compile(r"probability\s*\(\s*([^|)\s]+)\s*(?:\|([^)]*))?\)\s*\{([^}]*)\}")
ROW = re.compile(r"\(([^)]*)\)([^;]*);")


@dataclass(frozen=True)
class Variable:
    """A variable: its table has an axis for each parent, and the last for its own states."""

    states: tuple[str, ...]
    parents: tuple[str, ...]
    table: Floats


Network = dict[str, Variable]  # parents before children


@dataclass(frozen=True)
class NetworkCircuit:
    """A network as a circuit: a gate for each state of each variable, and the coins' probabilities."""

    gates: Gates
    states: dict[str, list[int]]
    p: Floats


def read_network(compressed: bytes) -> Network:
    """A network in the Bayesian network interchange format; its rows are scaled to sum to 1."""
    text = gzip.decompress(compressed).decode()
    states = {name: tuple(_split(listed)) for name, listed in VARIABLE.findall(text)}
    found = {name: _variable(name, _split(given), body, states) for name, given, body in TABLE.findall(text)}
    done: Network = {}
    while len(done) < len(found):
        done |= {n: v for n, v in found.items() if n not in done and all(p in done for p in v.parents)}
    return done


def random_network(variables: int, seed: int = 0) -> Network:
    """Variables of three states with up to two parents among the four before each."""
    rng = np.random.default_rng(seed)
    network: Network = {}
    for i in range(variables):
        near = [f"v{j}" for j in range(max(i - 4, 0), i)]
        parents = tuple(rng.permutation(near)[:2].tolist())
        table = rng.dirichlet(np.ones(3), (3,) * len(parents))
        network[f"v{i}"] = Variable(("low", "middle", "high"), parents, table)
    return network


def _split(listed: str) -> list[str]:
    return [word.strip() for word in listed.split(",") if word.strip()]


def _variable(name: str, parents: Sequence[str], body: str, states: dict[str, tuple[str, ...]]) -> Variable:
    table = np.full([len(states[n]) for n in (*parents, name)], np.nan)
    if parents:
        for case, row in ROW.findall(body):
            at = tuple(states[p].index(s) for p, s in zip(parents, _split(case), strict=True))
            table[at] = [float(number) for number in _split(row)]
    else:
        table[:] = [float(number) for number in _split(body.strip().removeprefix("table").rstrip("; \n"))]
    assert not np.isnan(table).any(), name
    return Variable(states[name], tuple(parents), table / table.sum(axis=-1, keepdims=True))


class _Writer:
    def __init__(self) -> None:
        self.op: list[int] = []
        self.k: list[int] = []
        self.start = [0]
        self.args: list[int] = []
        self.p: list[float] = []

    def gate(self, op: Op, args: Sequence[int] = (), k: int = 0) -> int:
        self.op.append(op)
        self.k.append(k)
        self.args.extend(args)
        self.start.append(len(self.args))
        return len(self.op) - 1

    def coin(self, p: float) -> int:
        self.p.append(p)
        return self.gate(Op.COIN, k=len(self.p) - 1)


def circuit_of(network: Network) -> NetworkCircuit:
    """The network as a circuit: of each variable its states in a row, drawn in each case of the parents."""
    writer, gates = _Writer(), dict[str, list[int]]()
    for name, variable in network.items():
        parents = [gates[parent] for parent in variable.parents]
        left = variable.table[..., ::-1].cumsum(axis=-1)[..., ::-1]
        chances = np.divide(variable.table, left, out=np.zeros_like(left), where=left > 0)
        gates[name], before = [], list[int]()
        for state in range(len(variable.states) - 1):
            drawn = _selected(writer, chances[..., state], parents)
            gates[name].append(writer.gate(Op.AND, [*before, drawn]))
            before = [*before, writer.gate(Op.NOT, [drawn])]
        gates[name].append(writer.gate(Op.AND, before))
    arrays = (np.array(part, np.int32) for part in (writer.k, writer.start, writer.args))
    return NetworkCircuit(Gates(np.array(writer.op, np.int8), *arrays), gates, np.array(writer.p))


def _selected(writer: _Writer, chances: Floats, parents: list[list[int]]) -> int:
    """A draw with a chance for each case of the parents."""
    if not parents:
        return (
            writer.coin(float(chances)) if 0 < chances < 1 else writer.gate(Op.TRUE if chances else Op.FALSE)
        )
    ways = [_selected(writer, part, parents[1:]) for part in chances]
    cases = zip(parents[0], ways, strict=True)
    return writer.gate(Op.OR, [writer.gate(Op.AND, [case, way]) for case, way in cases])


def story_of(network: Network, title: str, of: str) -> str:
    """The network as a story: a choice for each variable, with its table; ends by state of `of`."""
    names = {name: f"v{i}" for i, name in enumerate(network)}
    lines = [HEAD.format(title=title)]
    for name, variable in network.items():
        states = range(len(variable.states))
        lines += [f"[choices.{names[name]}]", f'claim = "{name}"']
        if not variable.parents:
            weights = ", ".join(f"s{s} = {{ weight = {float(variable.table[s])!r} }}" for s in states)
            lines.append(f"options = {{ {weights} }}")
            continue
        lines.append(f"options = {{ {', '.join(f's{s} = {{}}' for s in states)} }}")
        for case in itertools.product(*(range(len(network[parent].states)) for parent in variable.parents)):
            values = (f"{names[p]} = 's{s}'" for p, s in zip(variable.parents, case, strict=True))
            chances = ", ".join(f"s{s} = {float(variable.table[case][s])!r}" for s in states)
            lines += [
                f"[[choices.{names[name]}.rows]]",
                f"if = {{ {', '.join(values)} }}",
                f"chances = {{ {chances} }}",
            ]
    for state in range(len(network[of].states)):
        last = state + 1 == len(network[of].states)
        rule = "otherwise = true" if last else f"when = \"{names[of]} == 's{state}'\""
        kind = ("success", "catastrophic", "fail_safe")[min(state, 2)]
        lines += [f"[outcomes.o{state}]", f'kind = "{kind}"', rule]
    return "\n".join(lines) + "\n"


HEAD = """format = "training-story/1"
[story]
title = "{title}"
[goal]
class = ["other"]
specification = "s"
desirability = "d"
[rationale]
class = ["other"]
constraints = ["c"]
nudges = ["n"]"""
