"""Which perturbation at which step diverts the path: single nodes set at single steps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.protocol import NO_FORCE, Force
from sensa.kernels.program import Floats
from sensa.methods.many_circuits import outcomes_of, without_diagrams
from sensa.methods.settable_nodes import opened
from sensa.methods.statistics_of_means import of_means
from sensa.path_circuit import Course, Occurrence, choosing
from sensa.sampling.estimates import Estimate, spread
from sensa.session import Session

MAX_SET = 1000  # nodes at a step that are set
MAX_CHOSEN = 100  # options at a step, each of which takes a circuit of its own,
MAX_CHOSEN_GATES = 200_000  # and gates of these circuits
VERBS = {"assumption": "not {}", "event": "{}", "challenge": "{}", "safeguard": "no {}"}


@dataclass(frozen=True)
class Diversions:
    """What each perturbation changes: `change` (perturbations, outcomes).

    `moved`: the share of worlds that end differently, the total variation distance (perturbations,).
    """

    names: list[str]
    steps: list[int]  # the step at which it is set, from 0; -1: drawn once
    kinds: list[str]
    change: Estimate
    moved: Estimate
    left_out: int


def diversions(session: Session, course: Course) -> Diversions:
    """The outcomes with one node set at one step less those of the story, in the same worlds.

    An assumption is violated, an event happens where it can, a safeguard stays silent, a choice takes an
    option whatever would decide it; what they depend on stays as it is. Nodes drawn once are set for all
    steps. Where options at all steps are beyond the budget, steps are left out evenly, and counted.
    """
    made = opened(session)
    known = [one for one in course.of(*VERBS) if not session.graph.is_unmodelled(one.name)]
    set_ = known[:MAX_SET]
    forces = [_forced(made.circuit, one) for one in set_]
    each = made.replicated(made.ends, made.by_outcome, [NO_FORCE, *forces])
    pairs = [(each[:, 0], each[:, i + 1]) for i in range(len(forces))]
    names = [VERBS[one.kind].format(one.name) for one in set_]
    options = [(one, i) for one in _affordable(session, course) for i in range(len(one.options))]
    all_options = sum(len(one.options) for one in course.of("choice"))
    plain = without_diagrams(session)
    now = outcomes_of(plain, len(options) + 1) if options else each[:, 0]
    for one, option in options:
        chosen = replace(plain, circuit=choosing(session.graph, one.node, option))
        pairs.append((now, outcomes_of(chosen, len(options) + 1)))
        names.append(f"{one.name}: {one.options[option]}")
    of = [*set_, *(one for one, _ in options)]
    return Diversions(
        names,
        [-1 if one.step is None else one.step for one in of],
        [one.kind for one in of],
        _stacked([_change(*pair) for pair in pairs], len(session.outcomes)),
        _stacked([of_means(_distance, *pair) for pair in pairs]),
        len(known) - len(set_) + all_options - len(options),
    )


def _stacked(found: Sequence[Estimate], *shape: int) -> Estimate:
    """Estimates of this shape as one (…, shape)."""
    parts = [one.mean for one in found], [one.error for one in found]
    return Estimate(*(np.array(part).reshape(len(found), *shape) for part in parts))


def _distance(now: Floats, then: Floats) -> Floats:
    """The total variation distance of two distributions of the outcomes (outcomes,)."""
    return np.asarray(np.abs(then - now).sum() / 2)


def _change(now: Floats, then: Floats) -> Estimate:
    """The difference of two means (replicates, outcomes), by replicate where these are the same."""
    if len(now) == len(then) or 1 in (len(now), len(then)):
        return spread(then - now)
    a, b = spread(now), spread(then)
    return Estimate(b.mean - a.mean, np.hypot(a.error, b.error))


def _affordable(session: Session, course: Course) -> list[Occurrence]:
    """The choices, at as many evenly spaced steps as the work allows."""
    choices = course.of("choice")
    total = sum(len(one.options) for one in choices)
    most = min(MAX_CHOSEN, MAX_CHOSEN_GATES // max(session.circuit.gates.size, 1))
    return choices[:: max(-(-total // most), 1)] if most else []


def _forced(circuit: Circuit, one: Occurrence) -> Force:
    """A node at its step, set to what perturbs the story; leaks and false alarms never happen."""
    value = float(one.kind in ("event", "challenge"))
    coins = [i for i, coin in enumerate(circuit.coins) if (coin.node, coin.step) == (one.name, one.step)]
    values = [0.0 if circuit.coins[i].alone else value for i in coins]
    return Force(np.array(coins, np.int32), np.array(values))
