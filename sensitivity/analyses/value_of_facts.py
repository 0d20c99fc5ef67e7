"""The value of facts: the value of knowing a truth before deciding to go on or to stop."""

from dataclasses import replace

import numpy as np
import xarray as xr

from sensa.analyses.value_of_information import NO_LOSSES, STOPS, gain
from sensa.circuit import Circuit
from sensa.engines.protocol import Engine
from sensa.fact_circuit import Fact, facts, joined, truth
from sensa.kernels.program import Floats, Op
from sensa.methods.conditional_means import Holding
from sensa.results import UNDEFINED, described
from sensa.sampling.estimates import Estimate, spread
from sensa.sampling.parameters import coin_probabilities, evaluate
from sensa.session import NO_DIAGRAM, Session
from sensa.variance.datasets import with_errors


def value_of_facts(session: Session, *, stop: float = 0.0) -> xr.Dataset:
    """The expected loss saved by knowing one truth before deciding to go on or to stop.

    The decision, its costs and `stop` are those of `value_of_information`; parameters stay uncertain. A fact
    is whether an assumption is violated, an event happens, a safeguard fires, a challenge stands, or which
    option was picked; of every-step nodes, whether it is so at some step that the story reaches. Learning is
    observation, by Bayes: it is also evidence about what the fact depends on. `chance` is P(true): that an
    assumption holds; of a choice, P(its likeliest option).

    Misleads if read as the value of a study, which never reveals the truth for sure; and facts of the far
    end of the story are seldom known before deciding. An expected loss given a fact is exact if it depends on
    the parameters' means only, else over scrambled points, with a standard error from the replicates.
    """
    engine = session.exact_ends
    if engine is None or not session.circuit.losses:
        return _dataset(
            [], None, np.array([stop, UNDEFINED]), exact=False, note=NO_LOSSES if engine else NO_DIAGRAM
        )
    holding = Holding(session, engine, ())
    circuit, known = facts(session.graph)
    programs = list(dict.fromkeys(loss.program for loss in circuit.losses))
    by_program = [tuple(x.gate for x in circuit.losses if x.program == program) for program in programs]
    circuit, costly = joined(circuit, Op.OR, by_program)
    values = [gate for fact in known for gate in fact.gates]
    circuit, meets = joined(circuit, Op.AND, [(gate, int(cost)) for gate in values for cost in costly])
    of_facts = replace(session, circuit=circuit).exact([*costly.tolist(), *values, *meets.tolist()])
    if of_facts is None:
        return _dataset(known, None, np.array([stop, UNDEFINED]), exact=False, note=NO_DIAGRAM)
    seen = [_seen(of_facts, circuit, programs, theta, len(values)) for theta in holding.by_replicate]
    costs = np.array([stop, np.mean([loss for loss, _, _ in seen])])
    rows = [_worth(known, loss, means, chance, costs) for loss, means, chance in seen]
    places = list(zip(known, _places(known), strict=True))
    chances = [[truth(fact.kind, chance[at]) for fact, at in places] for _, _, chance in seen]
    found = spread(np.stack(rows)), spread(np.array(chances).reshape(len(seen), -1))
    return _dataset(known, found, costs, exact=holding.exact)


def _seen(
    engine: Engine, circuit: Circuit, programs: list[int], theta: Floats, values: int
) -> tuple[float, Floats, Floats]:
    """E loss, E[loss; value] and P(value) of each value, over samples of the parameters."""
    q = engine.probabilities(coin_probabilities(circuit, theta))
    at = evaluate(circuit, np.array(programs, np.int32), theta)
    kinds = len(programs)
    joint = q[:, kinds + values :].reshape(len(theta), values, kinds)
    loss = float((q[:, :kinds] * at).sum(axis=1).mean())
    return loss, (joint * at[:, None]).sum(axis=2).mean(axis=0), q[:, kinds : kinds + values].mean(axis=0)


def _places(known: tuple[Fact, ...]) -> list[list[int]]:
    """The indices of the values of each fact."""
    ends = np.cumsum([len(fact.gates) for fact in known])
    return [list(range(end - len(fact.gates), end)) for fact, end in zip(known, ends.tolist(), strict=True)]


def _worth(known: tuple[Fact, ...], loss: float, means: Floats, chance: Floats, costs: Floats) -> Floats:
    """The value (facts, costs) of each."""
    rows = [np.empty((0, len(costs)))]
    for fact, at in zip(known, _places(known), strict=True):
        cases, weights = means[at], chance[at]
        if fact.kind != "choice":  # of which some option is always picked
            cases = np.append(cases, loss - cases.sum())
            weights = np.append(weights, max(1.0 - weights.sum(), 0.0))
        rows.append(gain(cases, weights, costs, loss)[None])
    return np.concatenate(rows)


def _dataset(
    known: tuple[Fact, ...] | list[Fact],
    found: tuple[Estimate, Estimate] | None,
    costs: Floats,
    *,
    exact: bool,
    note: str = "",
) -> xr.Dataset:
    nothing = np.full((len(known), len(STOPS)), UNDEFINED)
    worth, chance = found or (Estimate(nothing, nothing), Estimate(nothing[:, 0], nothing[:, 0]))
    data = xr.Dataset(
        {
            "cost": ("stop", costs),
            **with_errors(("fact", "stop"), value=worth, chance=chance),
        },
        coords={
            "stop": list(STOPS),
            "fact": [fact.name for fact in known],
            "kind": ("fact", [fact.kind for fact in known]),
        },
    )
    return described(data, exact=exact, note=note)
