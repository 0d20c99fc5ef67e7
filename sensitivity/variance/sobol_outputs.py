"""The outputs of Sobol' indices: outcomes, kinds, and the loss if it is linear in the draws."""

from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np

from sensa.circuit import Circuit, Coin, read_by
from sensa.engines.capabilities import SupportsCovariances
from sensa.engines.exact.covariances import Covariances
from sensa.engines.exact.engine import compile_gates
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.program import Floats, Gates, Op
from sensa.sampling.parameters import evaluate
from sensa.session import NO_DIAGRAM, Session

Key = float | int  # of a loss: its value, or its program if it depends on parameters

_made: "WeakKeyDictionary[SupportsCovariances, dict[bytes, Covariances | EngineRefusal]]" = (
    WeakKeyDictionary()
)


@dataclass(frozen=True)
class Outputs:
    """Rows of `combine` (outputs, roots): the outcomes, the kinds of several outcomes, and maybe the loss.

    `coins` are the circuit's, followed by one for each uncertain loss, as a factor of the cost: its
    "probability" may be any number.
    """

    engine: SupportsCovariances
    combine: Floats
    coins: tuple[Coin, ...]
    kinds: dict[str, int]  # the row of each
    loss: int | None  # its row

    def covariances(self, session: Session) -> Covariances | EngineRefusal:
        """The product of the diagram with itself, cached; or why it is not available."""
        made = _made.setdefault(self.engine, {})
        key = self.combine.tobytes()
        if key not in made:
            seconds = session.settings.seconds
            try:
                made[key] = self.engine.covariances(self.combine, seconds=seconds)
            except EngineRefusal as refusal:
                made[key] = refusal
        return made[key]


def with_covariances(session: Session, layer: Literal["credence", "truth"]) -> tuple[Outputs, Covariances]:
    """The outputs, and the product of their diagram with itself. Raises `EngineRefusal` beyond the budget."""
    found = outputs(session, layer)
    if found is None:
        raise EngineRefusal(NO_DIAGRAM)
    made = found.covariances(session)
    if isinstance(made, EngineRefusal):
        raise EngineRefusal(str(made))
    return found, made


def outputs(session: Session, layer: Literal["credence", "truth"], *, loss: bool = True) -> Outputs | None:
    """The outputs, or None without a diagram within the budget.

    The loss is left out if none is stated, if `loss` is False, or if its numbers and draws depend on the same
    parameters, so that it is not a linear combination (in the credence layer; in the truth layer they are
    at the parameters' means).
    """
    circuit = session.circuit
    gates = [circuit.ended[name] for name in session.outcomes]
    rows: list[dict[int, float]] = [{gate: 1.0} for gate in gates]
    kinds: dict[str, int] = {}
    for kind in circuit.kinds:
        of_kind = np.flatnonzero(circuit.of_kind(kind)).tolist()
        kinds[kind] = of_kind[0] if len(of_kind) == 1 else len(rows)
        if len(of_kind) > 1:
            rows.append({gates[i]: 1.0 for i in of_kind})
    terms = _losses(session, layer) if loss and circuit.losses else None
    if terms is None:
        engine = session.diagram(gates)
        return None if engine is None else _outputs(engine, rows, gates, circuit.coins, kinds, None)
    certain, uncertain = terms
    if not uncertain:
        gates = [*gates, *(gate for gate in certain if gate not in gates)]
        engine = session.diagram(gates)
        rows.append(certain)
        return None if engine is None else _outputs(engine, rows, gates, circuit.coins, kinds, len(rows) - 1)
    return _with_uncertain(session, gates, rows, kinds, certain, uncertain)


def _outputs(
    engine: SupportsCovariances,
    rows: list[dict[int, float]],
    gates: list[int],
    coins: tuple[Coin, ...],
    kinds: dict[str, int],
    loss: int | None,
) -> Outputs:
    combine = np.array([[row.get(gate, 0.0) for gate in gates] for row in rows])
    return Outputs(engine, combine, coins, kinds, loss)


def _losses(session: Session, layer: str) -> tuple[dict[int, float], list[tuple[int, int]]] | None:
    """The loss as weights of gates and as (gate, program) pairs; None if it is not linear."""
    circuit = session.circuit
    at = _at_means(session) if layer == "truth" else None
    by_outcome: dict[str, dict[int, Key]] = {}
    for i, loss in enumerate(circuit.losses):
        if at is not None:
            key: Key = float(at[i])
        elif read_by(circuit, loss.program):
            key = int(loss.program)
        else:
            middle = np.zeros((1, len(circuit.parameters)))
            key = float(evaluate(circuit, np.array([loss.program], np.int32), middle)[0, 0])
        by_outcome.setdefault(loss.outcome, {})[loss.gate] = key
    certain: dict[int, float] = {}
    uncertain: list[tuple[int, int]] = []
    for name, found in by_outcome.items():
        if len(set(found.values())) == 1:
            found = {circuit.ended[name]: next(iter(found.values()))}
        for gate, key in found.items():
            if isinstance(key, float):
                certain[gate] = certain.get(gate, 0.0) + key
            else:
                uncertain.append((gate, key))
    return (certain, uncertain) if _apart(circuit, [program for _, program in uncertain]) else None


def _at_means(session: Session) -> Floats:
    from sensa.sampling.parameters import at_means

    programs = np.array([loss.program for loss in session.circuit.losses], np.int32)
    found: Floats = evaluate(session.circuit, programs, at_means(session.circuit).theta)[0]
    return found


def _apart(circuit: Circuit, programs: list[int]) -> bool:
    """Whether these losses' parameters affect nothing else and are tied to nothing."""
    seen = set[int]().union(*(read_by(circuit, coin.program) for coin in circuit.coins))
    seen |= set(circuit.correlated.tolist())
    for program in dict.fromkeys(programs):
        own = read_by(circuit, program)
        if own & seen:
            return False
        seen |= own
    return True


def _with_uncertain(
    session: Session,
    gates: list[int],
    rows: list[dict[int, float]],
    kinds: dict[str, int],
    certain: dict[int, float],
    uncertain: list[tuple[int, int]],
) -> Outputs | None:
    """Add a coin for each uncertain loss, and gates for the conjunction of its end and that coin."""
    circuit = session.circuit
    programs = list(dict.fromkeys(program for _, program in uncertain))
    losses = {loss.program: loss for loss in circuit.losses}
    coins = [*circuit.coins]
    for program in programs:
        path = f"outcomes.{losses[program].outcome}.loss"
        coins.append(Coin(path, path, losses[program].outcome, program))
    old = circuit.gates
    op, k, args = old.op.tolist(), old.k.tolist(), old.args.tolist()
    start = old.start.tolist()
    place = {}
    for i, program in enumerate(programs):
        place[program] = len(op)
        op.append(Op.COIN)
        k.append(len(circuit.coins) + i)
        start.append(len(args))
    weights = dict(certain)
    for gate, program in uncertain:
        weights[len(op)] = 1.0
        op.append(Op.AND)
        k.append(0)
        args += [gate, place[program]]
        start.append(len(args))
    wider = Gates(np.array(op, np.int8), *(np.array(part, np.int32) for part in (k, start, args)))
    asked = [*gates, *(gate for gate in weights if gate not in gates)]
    limits = session.settings
    try:
        engine = compile_gates(
            wider,
            np.array(asked, np.int32),
            circuit.labels,
            coins=[coin.draw for coin in coins],
            node_budget=limits.node_budget,
            seconds=limits.seconds,
        )
    except EngineRefusal:
        return outputs(session, "credence", loss=False)
    rows = [*rows, weights]
    return _outputs(engine, rows, asked, tuple(coins), kinds, len(rows) - 1)
