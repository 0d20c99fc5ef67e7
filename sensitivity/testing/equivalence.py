"""Decide by diagrams whether two stories end the same way in every world."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.exact.engine import ExactEngine, compile_exact, compile_gates
from sensa.fact_circuit import opened
from sensa.kernels.program import Gates, Ints, Op
from sensa.pipeline import prepare
from sensa.session import Session
from sensa.stories.story import Story

MAX_SHOWN_DRAWS = 12  # draws of a world


class StoriesDiffer(AssertionError):
    """Two stories end differently in some world; `world` has the draws that are true in it."""

    def __init__(self, message: str, world: Mapping[str, bool]) -> None:
        super().__init__(message)
        self.world = world


def assert_equivalent(a: Story | Session, b: Story | Session) -> None:
    """Assert that two stories end in the same outcome in every world, whatever their numbers.

    A world assigns true or false to each draw. Draws of the two stories are the same if they have the same
    name, such as `assumptions.a.credence` or `events.e.given[0].chance`, at the same step. Decided exactly,
    by a diagram of where the stories differ. Numbers are ignored: equivalent stories have the same
    probabilities only if their numbers are the same.

    Raises `StoriesDiffer`, an `AssertionError`, with a world in which they end differently, by a greedy
    search for one where all assumptions hold and nothing else happens; `EngineRefusal` if the diagram is too
    large.
    """
    __tracebackhide__ = True
    first, second = (opened((one if isinstance(one, Session) else prepare(one)).graph) for one in (a, b))
    joint = _joint(first, second)
    engine = compile_gates(joint.gates, joint.roots, coins=joint.coins)
    for root in range(engine.roots):
        if not engine.is_false(root):
            world = _world(engine, root, joint)
            raise StoriesDiffer(_message(first, second, world), world)


class _Joint(NamedTuple):
    gates: Gates
    coins: list[str]
    roots: Ints  # for each outcome: one story ends in it and the other does not
    usual: list[bool]  # usual value of each coin: assumptions hold, nothing else happens


@dataclass
class _Wider:
    """Gates under construction."""

    op: list[int]
    k: list[int]
    args: list[list[int]]

    def gate(self, op: Op, *args: int) -> int:
        self.op.append(op)
        self.k.append(0)
        self.args.append(list(args))
        return len(self.op) - 1

    def add(self, circuit: Circuit, place: Mapping[str, int]) -> int:
        """Add a circuit's gates, with coins by name; returns the index of the first."""
        gates, base = circuit.gates, len(self.op)
        for i in range(gates.size):
            op = int(gates.op[i])
            k = int(gates.k[i])
            self.op.append(op)
            self.k.append(place[circuit.coins[k].draw] if op == Op.COIN else k)
            self.args.append([base + int(x) for x in gates.args[gates.start[i] : gates.start[i + 1]]])
        return base

    def gates(self) -> Gates:
        start = np.cumsum([0, *map(len, self.args)])
        flat = [x for args in self.args for x in args]
        return Gates(
            np.array(self.op, np.int8),
            np.array(self.k, np.int32),
            start.astype(np.int32),
            np.array(flat, np.int32),
        )


def _joint(a: Circuit, b: Circuit) -> _Joint:
    coins = list(dict.fromkeys(coin.draw for circuit in (a, b) for coin in circuit.coins))
    holds = _holding(a, b)
    place = {draw: i for i, draw in enumerate(coins)}
    wider = _Wider([], [], [])
    base_a, base_b = wider.add(a, place), wider.add(b, place)
    never = wider.gate(Op.FALSE)
    outcomes = list(dict.fromkeys([*a.ended, *b.ended]))
    roots = []
    for name in outcomes:
        x = base_a + a.ended[name] if name in a.ended else never
        y = base_b + b.ended[name] if name in b.ended else never
        only_a = wider.gate(Op.AND, x, wider.gate(Op.NOT, y))
        only_b = wider.gate(Op.AND, y, wider.gate(Op.NOT, x))
        roots.append(wider.gate(Op.OR, only_a, only_b))
    return _Joint(wider.gates(), coins, np.array(roots, np.int32), [draw in holds for draw in coins])


def _world(engine: ExactEngine, root: int, joint: _Joint) -> dict[str, bool]:
    """A world in which a root is true, with each draw at its usual value if possible."""
    p = np.full((1, len(joint.coins)), 0.5)
    world = {}
    for i, draw in enumerate(joint.coins):
        p[0, i] = joint.usual[i]
        if not engine.probabilities(p)[0, root] > 0:
            p[0, i] = not joint.usual[i]
        world[draw] = bool(p[0, i])
    return world if engine.probabilities(p)[0, root] > 0 else {}  # 0.5^n may underflow with over 1,000 draws


def _holding(*circuits: Circuit) -> set[str]:
    """The draws of assumptions."""
    return {coin.draw for c in circuits for coin in c.coins if coin.node in c.assumption_coins}


def _message(a: Circuit, b: Circuit, world: Mapping[str, bool]) -> str:
    if not world:
        return "the stories end differently in some world of very many draws"
    holding = _holding(a, b)
    ends = [_end(one, world) for one in (a, b)]
    odd = [f"{draw} is {str(value).lower()}" for draw, value in world.items() if value != (draw in holding)]
    more = f" and {len(odd) - MAX_SHOWN_DRAWS} more" if len(odd) > MAX_SHOWN_DRAWS else ""
    where = f"{', '.join(odd[:MAX_SHOWN_DRAWS])}{more}" if odd else "all assumptions hold and nothing happens"
    return f"the first story ends in {ends[0]}, the second in {ends[1]}, where {where}"


def _end(circuit: Circuit, world: Mapping[str, bool]) -> str:
    """The outcome in a world."""
    gates = np.array(list(circuit.ended.values()), np.int32)
    p = np.array([[float(world[coin.draw]) for coin in circuit.coins]])
    found = compile_exact(circuit, roots=gates).probabilities(p)[0]
    return next((f"`{name}`" for name, q in zip(circuit.ended, found, strict=True) if q > 0.5), "none")
