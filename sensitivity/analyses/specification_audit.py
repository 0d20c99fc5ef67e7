"""Whether every model that meets the goal's specification is a good one."""

from dataclasses import replace

import numpy as np
import xarray as xr

from sensa.engines.cut_sets.violation_sets import violations
from sensa.engines.protocol import NO_FORCE, EngineRefusal, Force
from sensa.fact_circuit import joined
from sensa.graph import Picks
from sensa.kernels.program import Op
from sensa.model_circuit import choices, places, with_picks
from sensa.results import described
from sensa.session import Session

NO_SPECIFICATION = "no option of a choice has the tag `conforms`"
NOTHING = "nothing"  # need be violated
MAX_SECONDS = 1.0  # for the sets of one option
NODE_BUDGET = 100_000


def specification_audit(session: Session) -> xr.Dataset:
    """The options that conform to the goal's specification and can still end in catastrophe.

    A proposal "should fail on training goal alignment if there is any model that meets the training goal
    specification that would be bad" (Hubinger 2021). Of each option with the tag `conforms`: `probability`
    and `error` = P(option and catastrophe); `modelled` and `modelled_error`, the same where no unmodelled
    event happens; `fails`: whether that is above 0; `shortest`: a minimal set of violated assumptions, of
    the fewest members, with which it can happen, `nothing` if none need be violated, empty if it cannot
    happen or beyond the budget.

    An option of an every-step choice is that of the step at which the story ends. `fails` is certain where
    `how` is not `worlds-sampled`; sampled worlds may miss what is rare. Misleads where a catastrophe has
    nothing to do with the model: it counts here too, as the story does not say which one has.
    """
    known = choices(session.graph)
    asked = [(name, option) for name, law in known.items() for option in sorted(law.conforms)]
    if not asked:
        return described(xr.Dataset({"failing": ((), 0)}), exact=True, note=NO_SPECIFICATION)
    made, gates = with_catastrophes(session, asked)
    unmodelled = [i for i, c in enumerate(made.circuit.coins) if session.graph.is_unmodelled(c.node)]
    never = Force(np.array(unmodelled, np.int32), np.zeros(len(unmodelled)))
    engine = made.engine(gates)
    found = made.average(engine, forces=[NO_FORCE, never])
    modelled = found.mean[1].clip(0.0, 1.0)
    shortest = [
        _shortest(made, int(gate), unmodelled) if p > 0 else ""
        for gate, p in zip(gates, modelled, strict=True)
    ]
    labels = [f"{name}: {known[name].options[option]}" for name, option in asked]
    data = xr.Dataset(
        {
            "probability": ("option", found.mean[0].clip(0.0, 1.0)),
            "error": ("option", found.error[0]),
            "modelled": ("option", modelled),
            "modelled_error": ("option", found.error[1]),
            "fails": ("option", modelled > 0),
            "shortest": ("option", shortest),
            "failing": ((), int((modelled > 0).sum())),
        },
        coords={"option": labels, "of": ("option", [name for name, _ in asked])},
    )
    return described(data, how=made.how(engine))


def with_catastrophes(session: Session, asked: list[tuple[str, int]]) -> tuple[Session, list[int]]:
    """The session, and a gate for each (choice, option): it is picked, and the story ends in catastrophe."""
    graph = session.graph
    at = {name: places(graph, name) for name, _ in asked}
    picks = {(p, o): Picks(p, (o,)) for name, o in asked for p in at[name]}
    circuit = with_picks(graph, {f"{p}.{o}": pick for (p, o), pick in picks.items()})
    bad = {end.name for end in circuit.ends if end.kind == "catastrophic"}
    roots = [root for root in circuit.roots if root.outcome in bad]
    circuit, both = joined(
        circuit,
        Op.AND,
        [(root.gate, circuit.criteria[f"{at[n][root.step]}.{o}"]) for n, o in asked for root in roots],
    )
    circuit, gates = joined(circuit, Op.OR, [tuple(row) for row in both.reshape(len(asked), -1).tolist()])
    return replace(session, circuit=circuit), gates.tolist()


def _shortest(made: Session, gate: int, never: list[int]) -> str:
    """The members of a smallest set of violations with which the gate can be true."""
    circuit = made.circuit
    names = list(circuit.assumption_coins)
    try:
        found = violations(
            circuit, gate, "possible", never=never, node_budget=NODE_BUDGET, seconds=MAX_SECONDS
        )
        facts = next(found.smallest(len(names)), None)
    except EngineRefusal:
        return ""
    return "" if facts is None else ", ".join(names[index] for index, _ in facts) or NOTHING
