"""Which perturbation at which step diverts the path: single nodes set at single steps."""

from dataclasses import dataclass, replace

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.protocol import NONE, Force
from sensa.kernels.program import Floats
from sensa.methods.settable_nodes import opened
from sensa.path_circuit import Course, Occurrence, choosing
from sensa.sampling.estimates import Estimate, spread
from sensa.session import Session

MAX_SET = 1000  # nodes at a step that are set
MAX_CHOSEN = 100  # options at a step, each of which takes a circuit of its own
VERBS = {"assumption": "not {}", "event": "{}", "challenge": "{}", "safeguard": "no {}"}


@dataclass(frozen=True)
class Diversions:
    """What each perturbation changes: `change` (perturbations, outcomes)."""

    names: list[str]
    steps: list[int]  # the step at which it is set, from 0; -1: drawn once
    kinds: list[str]
    change: Estimate
    left_out: int

    @property
    def moved(self) -> Floats:
        """The share of worlds that end differently: the total variation distance (perturbations,)."""
        found: Floats = np.abs(self.change.mean).sum(axis=1) / 2
        return found


def diversions(session: Session, course: Course) -> Diversions:
    """The outcomes with one node set at one step less those of the story, in the same worlds.

    An assumption is violated, an event happens where it can, a safeguard stays silent, a choice takes an
    option whatever would decide it; what they depend on stays as it is. Nodes drawn once are set for all
    steps. Beyond the budget the last ones are left out, and counted.
    """
    made = opened(session)
    set_ = [
        one for one in course.occurrences if one.kind in VERBS and not session.graph.is_unmodelled(one.name)
    ]
    forces = [_forced(made.circuit, one) for one in set_[:MAX_SET]]
    each = made.replicated(made.ends, made.by_outcome, [NONE, *forces])
    changes = [each[:, i + 1] - each[:, 0] for i in range(len(forces))]
    names = [(VERBS[one.kind].format(one.name), one) for one in set_[:MAX_SET]]
    options = [(one, i) for one in course.of("choice") for i in range(len(one.options))]
    now = session.replicated(session.ends, session.by_outcome)[:, 0] if options else each[:, 0]
    for one, option in options[:MAX_CHOSEN]:
        changes.append(_chosen(session, one, option) - now)
        names.append((f"{one.name}: {one.options[option]}", one))
    replicates = max((len(change) for change in changes), default=1)
    full = [np.broadcast_to(change, (replicates, change.shape[1])) for change in changes]
    shape = replicates, 0, len(session.outcomes)
    change = spread(np.stack(full, axis=1) if full else np.empty(shape))
    return Diversions(
        [name for name, _ in names],
        [-1 if one.step is None else one.step for _, one in names],
        [one.kind for _, one in names],
        change,
        max(len(set_) - MAX_SET, 0) + max(len(options) - MAX_CHOSEN, 0),
    )


def _forced(circuit: Circuit, one: Occurrence) -> Force:
    """A node at its step, set to what perturbs the story; leaks and false alarms never happen."""
    value = float(one.kind in ("event", "challenge"))
    coins = [i for i, coin in enumerate(circuit.coins) if (coin.node, coin.step) == (one.name, one.step)]
    values = [0.0 if circuit.coins[i].alone else value for i in coins]
    return Force(np.array(coins, np.int32), np.array(values))


def _chosen(session: Session, one: Occurrence, option: int) -> Floats:
    """The outcomes (replicates, outcomes) with a choice set to an option."""
    made = replace(session, circuit=choosing(session.graph, one.node, option))
    return made.replicated(made.ends, made.by_outcome)[:, 0]
