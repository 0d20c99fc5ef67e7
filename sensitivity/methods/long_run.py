"""Absorbing sets and long-run shares of a choice that is a Markov chain.

Kemeny and Snell 1960, *Finite Markov Chains*.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csgraph

from sensa.engines.protocol import Engine
from sensa.kernels.program import Floats
from sensa.path_circuit import Chain
from sensa.results import How
from sensa.sampling.estimates import Estimate, spread
from sensa.session import Session

POINTS = 64  # parameter values of a replicate
MIN_CHANCE = 1e-15  # of a transition that counts as possible


@dataclass(frozen=True)
class LongRun:
    """A chain of n options in the long run, if the last step's law went on for ever and nothing ended it.

    `transition` (n, n); `share` (n,): the long-run share of steps, from where the story leaves the choice;
    `steps` (n,): the mean number of steps until it is in a closed class, infinite nowhere; `closed` (n,): the
    number, from 1, of the closed class that an option belongs to, and 0 of an option that is only passed.
    """

    transition: Estimate
    share: Estimate
    steps: Estimate
    closed: list[int]
    how: How
    of_means: bool


def long_run(session: Session, chain: Chain) -> LongRun:
    """The transition matrix of a chain, its closed classes, and where it ends up.

    What is drawn once and the chain depends on is conditioned on: each case has a chain of its own, and their
    results are weighted by the cases' probabilities. The closed classes are those of all cases together.
    Without a diagram results are those of the mean transitions (`of_means`), not the means of results.
    """
    cases, n = len(chain.joint), len(chain.options)
    gates = [gate for case in chain.joint for row in case for gate in row]
    joint = replace(session, circuit=chain.circuit)
    story = replace(session, circuit=chain.story)
    together = _sampled(joint, gates)
    starts = _sampled(story, [gate for case in chain.last for gate in case])
    if starts.shape[:2] != together.shape[:2]:  # only one of them is sampled, and has the error
        together = np.broadcast_to(together.mean(axis=(0, 1)), (*starts.shape[:2], together.shape[2]))
    together = together.reshape(*together.shape[:2], cases, n, n)
    together = together / together.sum(axis=(2, 3, 4), keepdims=True)
    starts = starts.reshape(*starts.shape[:2], cases, n)
    starts = starts / starts.sum(axis=(2, 3), keepdims=True)
    shares, steps = np.zeros((*starts.shape[:2], n)), np.zeros((*starts.shape[:2], n))
    for place in np.ndindex(*together.shape[:2]):
        for case in range(cases):
            weight = together[place][case].sum()
            if weight > 0:
                transition = together[place][case]
                transition = transition / transition.sum(axis=1, keepdims=True)
                limit, until = settled(transition, classes(transition))
                shares[place] += starts[place][case] @ limit
                steps[place] += weight * until
    transitions = together.sum(axis=2)
    transitions = transitions / transitions.sum(axis=3, keepdims=True)
    engines = _engine(joint, gates), _engine(story, [gate for case in chain.last for gate in case])
    way: How = "parameters-sampled" if all(e.way == "exact" for e in engines) else "worlds-sampled"
    how: How = way if way == "worlds-sampled" or session.circuit.parameters else "exact"
    return LongRun(
        spread(transitions.mean(axis=1)),
        spread(shares.mean(axis=1)),
        spread(steps.mean(axis=1)),
        classes(transitions.mean(axis=(0, 1))),
        how,
        how == "worlds-sampled" and bool(session.circuit.parameters),
    )


def _sampled(session: Session, gates: list[int]) -> Floats:
    """Probabilities of gates (replicates, points, gates) at the same points for every circuit."""
    engine = _engine(session, gates)
    replicates = session.budget.replicates
    points = POINTS if session.circuit.parameters else 1
    if engine.way != "exact":
        return session.replicated(engine)
    sampler = session.points.sampler
    if not session.circuit.parameters:
        return engine.probabilities(sampler.probabilities(np.empty((1, 0))))[None]
    each = [
        engine.probabilities(sampler.block(replicate=r, start=0, count=points).p) for r in range(replicates)
    ]
    return np.stack(each)


def _engine(session: Session, gates: list[int]) -> Engine:
    """The exact engine if there is one, whatever was asked for: worlds are too few at one parameter value."""
    return session.exact(gates) or session.engine(gates)


def classes(transition: Floats) -> list[int]:
    """The closed class (from 1) of each state; 0 for states that are left for good."""
    possible = transition > MIN_CHANCE
    _, component = csgraph.connected_components(possible, directed=True, connection="strong")
    leaves = {int(component[i]) for i, j in np.argwhere(possible) if component[i] != component[j]}
    order = [c for c in dict.fromkeys(component.tolist()) if c not in leaves]
    return [order.index(c) + 1 if c in order else 0 for c in component.tolist()]


def settled(transition: Floats, closed: list[int]) -> tuple[Floats, Floats]:
    """Long-run shares (states, states) from each state, and mean steps (states,) until it is settled.

    Within a closed class the share solves x = x P; of a state that is passed, the classes' shares are
    weighted by the probability of ending up there, (I - Q)^-1 R, and the steps are (I - Q)^-1 1.
    """
    n = len(closed)
    limit, steps = np.zeros((n, n)), np.zeros(n)
    for number in range(1, max(closed) + 1):
        inside = [i for i in range(n) if closed[i] == number]
        part = transition[np.ix_(inside, inside)]
        system = np.vstack([part.T - np.eye(len(inside)), np.ones(len(inside))])
        share = np.linalg.lstsq(system, np.append(np.zeros(len(inside)), 1.0), rcond=None)[0]
        limit[np.ix_(inside, inside)] = share
    passed = [i for i in range(n) if closed[i] == 0]
    if passed:
        rest = [i for i in range(n) if closed[i]]
        within = np.eye(len(passed)) - transition[np.ix_(passed, passed)]
        into = np.linalg.solve(within, transition[np.ix_(passed, rest)])
        limit[passed] = into @ limit[rest]
        steps[passed] = np.linalg.solve(within, np.ones(len(passed)))
    return limit, steps
