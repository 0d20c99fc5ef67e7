"""The circuit in which what dangerous behaviour requires can be set: there, absent, or not noticed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sensa.ancestry import Ancestry
from sensa.circuit import Circuit
from sensa.engines.protocol import Force
from sensa.graph import (
    And,
    AnyCause,
    Bool,
    Compare,
    Graph,
    Holds,
    Measured,
    NecessaryCondition,
    Not,
    Or,
    Outcome,
    Picks,
    Reached,
    Truth,
)
from sensa.kernels.program import Ints
from sensa.lowering import lower
from sensa.lowering.switches import EVERYWHERE, Switches, off, on
from sensa.showing.graph_text import parts, read_by, read_by_law

MAX_STEPS = 50  # steps at which what opens first is followed; gates grow with their square


@dataclass(frozen=True)
class Capability:
    """What some dangerous behaviour requires, in the author's words.

    `base` (by step, one if drawn once) is the condition without its negation: the capability is there where
    it is `sign`. `watchers`: safeguards against it; `claims`: assumptions that it reads, or the event that it
    is; `rests_on`: the names of all nodes that it depends on.
    """

    text: str
    base: tuple[Bool, ...]
    sign: bool
    behaviours: tuple[str, ...]
    required: bool
    watchers: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()

    @property
    def there(self) -> tuple[Bool, ...]:
        """The condition, by step."""
        return tuple(one if self.sign else Not(one) for one in self.base)

    def switch(self, reader: str = EVERYWHERE) -> str:
        """The name of its switch, everywhere or in one reader."""
        return f"{self.text} in {reader}" if reader else self.text

    def draw(self, present: bool, reader: str = EVERYWHERE) -> str:
        """The draw that makes it present, or absent."""
        return (on if present == self.sign else off)(self.switch(reader))


@dataclass(frozen=True)
class CapabilityCircuit:
    """A story's circuit with draws for its capabilities, and gates for when each is there.

    `opens` (capability) and `happens` (behaviour): the gates of being there, or happening, for the first
    time at each step; one gate, of being there at any step, where the story is long.
    """

    circuit: Circuit
    behaviours: tuple[str, ...]
    capabilities: tuple[Capability, ...]
    opens: tuple[tuple[int, ...], ...]
    happens: tuple[tuple[int, ...], ...]

    def force(
        self, draws: Sequence[str] = (), violated: Sequence[str] = (), held: Sequence[str] = ()
    ) -> Force:
        """The intervention by these draws, which sets these assumptions too."""
        place = {coin.draw: i for i, coin in enumerate(self.circuit.coins)}
        values = {place[draw]: 1.0 for draw in draws if draw in place}
        for names, value in ((violated, 0.0), (held, 1.0)):
            values |= {coin: value for name in names for coin in self.circuit.assumption_coins[name]}
        return Force(np.array(list(values), np.int32), np.array(list(values.values()), np.float64))

    def leaks(self, behaviour: str) -> Ints:
        """The draws by which a behaviour happens without what it requires."""
        coins = enumerate(self.circuit.coins)
        return np.array([i for i, coin in coins if coin.node == behaviour and coin.alone], np.int32)


def capability_circuit(graph: Graph) -> CapabilityCircuit | None:
    """The circuit of the behaviours that a catastrophe depends on; None if none of them requires anything."""
    capabilities = _capabilities(graph)
    if not capabilities:
        return None
    behaviours = tuple(dict.fromkeys(name for one in capabilities for name in one.behaviours))
    conditions = {
        (reader, base): one.switch(reader)
        for one in capabilities
        for reader in (EVERYWHERE, *one.behaviours, *one.watchers)
        for base in one.base
    }
    there = {one.text: one.there for one in capabilities}
    happening = {
        name: tuple(Holds(i) for i, node in enumerate(graph.nodes) if node.name == name)
        for name in behaviours
    }
    named = {
        f"{kind} {name} {step}": Measured(of)
        for kind, known in (("opens", there), ("happens", happening))
        for name, by_step in known.items()
        for step, of in enumerate(_first(by_step, len(graph.steps)))
    }
    circuit = lower(
        replace(graph, measures=named, expectations=(), stated=(), criteria={}),
        switches=Switches(conditions, frozenset(behaviours)),
    )

    def gates(kind: str, name: str) -> tuple[int, ...]:
        found = [circuit.measures[text].joint for text in named if text.rsplit(" ", 1)[0] == f"{kind} {name}"]
        return tuple(gate for gate in found if gate is not None)

    return CapabilityCircuit(
        circuit,
        behaviours,
        capabilities,
        tuple(gates("opens", one.text) for one in capabilities),
        tuple(gates("happens", name) for name in behaviours),
    )


def rules(graph: Graph, outcome: Outcome) -> tuple[Bool, ...]:
    """The conditions of an outcome, by step; of how the story ends otherwise, those of all others."""
    return outcome.when or tuple(when for other in graph.outcomes for when in other.when)


def _capabilities(graph: Graph) -> tuple[Capability, ...]:
    """What dangerous behaviour requires, in the order of the story.

    An event that a catastrophe depends on is dangerous if it is a failure mode, or if no event needs it.
    """
    ancestry = Ancestry(graph)
    ends = [rule for one in graph.outcomes if one.kind == "catastrophic" for rule in rules(graph, one)]
    behind = set(ancestry.names(ancestry.of(ends)))
    conditions = [part for one in graph.necessary for when in one.when for part in parts(when)]
    needed = {graph.nodes[part.node].name for part in conditions if isinstance(part, Holds)}
    dangerous = {name for name in behind if name in graph.modes or name not in needed}
    by_text: dict[str, list[NecessaryCondition]] = {}
    for one in graph.necessary:
        if one.event in dangerous and _is_capability(graph, one.when):
            by_text.setdefault(one.text, []).append(one)
    return tuple(_capability(ancestry, text, found) for text, found in by_text.items())


def _is_capability(graph: Graph, when: Sequence[Bool]) -> bool:
    """Whether a condition is about the model: not of numbers, steps or safeguards alone."""
    every = [part for one in when for part in parts(one, graph)]
    kinds = {graph.nodes[part.node].kind for part in every if isinstance(part, Holds | Picks)}
    return bool(kinds - {"safeguard", "expert"}) and not any(isinstance(part, Compare) for part in every)


def _capability(ancestry: Ancestry, text: str, found: list[NecessaryCondition]) -> Capability:
    when = max((one.when for one in found), key=len)
    sign = not any(isinstance(one, Not) for one in when)
    graph = ancestry.graph
    read = set().union(*(read_by(one, graph) for one in when))
    near = read.union(*(read_by_law(graph.nodes[one].law, graph) for one in read))
    claims = [one for one in near if graph.nodes[one].kind == "assumption"]
    return Capability(
        text,
        tuple(_base(one, sign) for one in when),
        sign,
        tuple(one.event for one in found),
        any(one.required for one in found),
        tuple(_watchers(graph, when)),
        tuple(ancestry.names(claims)),
        tuple(ancestry.names(ancestry.of(when))),
    )


def _base(condition: Bool, sign: bool) -> Bool:
    match condition:
        case Not(arg):
            return arg
        case Truth(value):
            return Truth(value == sign)
    return condition


def _watchers(graph: Graph, when: Sequence[Bool]) -> dict[str, None]:
    """The safeguards that have the condition among their targets."""
    found: dict[str, None] = {}
    for node in graph.nodes:
        if node.kind == "safeguard" and isinstance(node.law, AnyCause):
            targets = {part for case in node.law.causes for part in _conjuncts(case.when)}
            if targets & set(when):
                found[node.name] = None
    return found


def _conjuncts(condition: Bool) -> Iterator[Bool]:
    if isinstance(condition, And):
        for arg in condition.args:
            yield from _conjuncts(arg)
    else:
        yield condition


def _first(by_step: Sequence[Bool], steps: int) -> list[Bool]:
    """The condition of being true for the first time at each step that the story reaches."""
    if len(by_step) == 1 < steps:
        by_step = (*by_step, *[Truth(False)] * (steps - 1))
    if steps > MAX_STEPS:
        return [Or(tuple(And((Reached(t), one)) for t, one in enumerate(by_step)))]
    return [
        And((Reached(t), one, *(Not(earlier) for earlier in by_step[:t]))) for t, one in enumerate(by_step)
    ]
