"""Interventions on single assumptions: the means that `violations` reports, by the cheapest method.

An assumption with one draw (drawn once, no cases, no challenges) depends on nothing, so observing a violation
is the same as causing it. Its coin enters every outcome linearly, so all such assumptions can be computed
together from derivatives; setting them one by one costs a pass each, but avoids cancellation.
"""

from collections.abc import Callable, Sequence

import numpy as np

from sensa.circuit import FAILURES, Circuit
from sensa.engines.protocol import FIRST_DRAWS, NO_FORCE, Draws, Engine, Force
from sensa.kernels.program import Floats, Ints
from sensa.sampling.budget import Effort
from sensa.sampling.estimates import Estimate, spread
from sensa.sampling.parameters import Block
from sensa.session import Session, under

VIOLATED, HOLDS, JOINT, CHANGE = range(4)
MIN_WORDS = 1 << 11  # times 64 worlds of a replicate at least, to set each in the same worlds
MIN_GRADIENT_POINTS, MAX_GRADIENT_POINTS = 16, 1024  # of a replicate, at which worlds are differentiated,
GRADIENT_NUMBERS = 1 << 15  # and derivatives by coins: each point of a large story costs more than its worlds


def held(circuit: Circuit, values: dict[str, bool]) -> Force:
    """The intervention that sets these assumptions at all steps, whatever challenges them."""
    coins = [(coin, value) for name, value in values.items() for coin in circuit.assumption_coins[name]]
    return Force(
        np.array([coin for coin, _ in coins], np.int32), np.array([float(value) for _, value in coins])
    )


def effects(session: Session, names: Sequence[str]) -> Estimate:
    """Outcomes if each assumption is set to violated, set to hold, and jointly with its own violation.

    Shape (3, assumptions, outcomes): the first two are distributions under an intervention, the third is
    P(violated and outcome).
    """
    found = paired(session, names)
    outcomes = len(session.outcomes)
    return Estimate(found.mean[:CHANGE, :, :outcomes], found.error[:CHANGE, :, :outcomes])


def paired(session: Session, names: Sequence[str]) -> Estimate:
    """The same, followed by the change when each is set to violated, in the same worlds or parameter values.

    Shape (4, assumptions, outcomes + 2): after the outcomes, any catastrophe and any failure. An assumption
    without effect has a change of exactly 0, since both values are from the same worlds.
    """
    found = spread(in_replicates(session, names))
    found.mean[:CHANGE] = np.clip(found.mean[:CHANGE], 0.0, 1.0)  # what is sampled may exceed [0, 1]
    return found


def in_replicates(session: Session, names: Sequence[str]) -> Floats:
    """The same in each replicate (replicates, 4, assumptions, outcomes + 2); one where all is exact.

    Computed once in a session for the same names.
    """
    known = tuple(names)
    if known not in session.interventions:
        session.interventions[known] = _in_replicates(session, names)
    return session.interventions[known]


def _in_replicates(session: Session, names: Sequence[str]) -> Floats:
    single = [name for name in names if has_one_draw(session.circuit, name)]
    several = [name for name in names if not has_one_draw(session.circuit, name)]
    ways = [(group, way) for group, way in ((single, _one_draw), (several, _several_draws)) if group]
    done = [way(session, group) for group, way in ways]
    each = np.empty((max(map(len, done), default=1), 4, len(names), len(session.outcomes)))
    for (group, _), values in zip(ways, done, strict=True):
        each[:, :, [names.index(name) for name in group]] = values
    of_kind = session.circuit.of_kind
    summed = np.stack([of_kind("catastrophic"), of_kind(*FAILURES)], axis=1)
    return np.concatenate([each, each @ summed], axis=-1)


def has_one_draw(circuit: Circuit, name: str) -> bool:
    """Whether one draw decides the assumption, so that its probability is that of being violated."""
    coins = circuit.assumption_coins[name]
    return len(coins) == 1 and circuit.coins[coins[0]].step is None


def _several_draws(session: Session, names: list[str]) -> Floats:
    """Means (replicates, 4, assumptions, outcomes) by setting all draws of each; joint ones by gates."""
    forces = [held(session.circuit, {name: value}) for value in (False, True) for name in names]
    done = session.replicated(session.ends, session.by_outcome, [NO_FORCE, *forces])
    joint = session.replicated(violations_engine(session, names))
    replicates, shape = max(len(done), len(joint)), (len(names), len(session.outcomes))
    each = np.empty((replicates, 4, *shape))
    each[:, :JOINT] = done[:, 1:].reshape(-1, 2, *shape)
    each[:, JOINT] = joint.reshape(-1, *shape)
    each[:, CHANGE] = each[:, VIOLATED] - done[:, :1]
    return each


def violations_engine(session: Session, names: Sequence[str]) -> Engine:
    """The engine for each of these assumptions being violated and each outcome."""
    outcomes = session.outcomes
    return session.engine([session.circuit.violated_and[name][one] for name in names for one in outcomes])


def _one_draw(session: Session, names: list[str]) -> Floats:
    """Means by setting each, or by derivatives if setting each would leave fewer points or worlds."""
    coins = np.array([session.circuit.assumption_coins[name][0] for name in names])
    if session.ends.way != "exact":
        effort = session.budget.effort(session.ends, 2 * len(coins))
        all_derivatives = _sampled_gradient_passes(session)
        if effort.points * effort.words >= MIN_WORDS or 2 * len(coins) < all_derivatives:
            return _over_parameters(session, _set_each, coins, 2 * len(coins))
        return _over_parameters(session, _differentiated, coins, all_derivatives)
    asked = session.settings.points // session.settings.replicates
    by_setting = (
        session.mean_p is not None or session.budget.points_for(2 * len(names), session.ends.size) >= asked
    )
    if by_setting:
        return _over_parameters(session, _set_each, coins, 2 * len(coins))
    return _over_parameters(session, _differentiated, coins, 1 + 3 * len(session.outcomes))


def _sampled_gradient_passes(session: Session) -> int:
    """What derivatives from sampled worlds cost, in passes: each coin's word meets each root's."""
    pairs = len(session.circuit.coins) * session.ends.roots
    return max(4, 2 * pairs // max(session.ends.size, 1))


Way = Callable[[Session, Ints, Floats, Draws], Floats]


def _over_parameters(session: Session, way: Way, coins: Ints, passes: int) -> Floats:
    """Means (replicates, 4, assumptions, outcomes) of a method's values over the parameters."""
    effort = session.budget.effort(session.ends, passes)
    if effort.words:  # fewer points with more worlds each, as all derivatives at a point take long
        most = 1 << max(GRADIENT_NUMBERS // max(len(session.circuit.coins), 1), 1).bit_length() - 1
        points = min(effort.points, max(MIN_GRADIENT_POINTS, min(most, MAX_GRADIENT_POINTS)))
        effort = Effort(points, effort.words * effort.points // points)

    def summed(block: Block, draws: Draws) -> Floats:
        total: Floats = way(session, coins, block.p, draws).sum(axis=2)
        return total

    return session.executor.means(summed, session.blocks(effort), effort)


def _set_each(session: Session, coins: Ints, p: Floats, draws: Draws = FIRST_DRAWS) -> Floats:
    """Values (4, assumptions, samples, outcomes), by a pass for each value of each, in the same worlds."""
    forces = [Force(np.array([coin], np.int32), np.array([value])) for value in (0.0, 1.0) for coin in coins]
    done = under(session.ends, p, session.by_outcome, forces, draws)
    violated, holds = done[: len(coins)], done[len(coins) :]
    chance = p[:, coins].T[:, :, None]
    return np.stack([violated, holds, violated * (1 - chance), chance * (violated - holds)])


def _differentiated(session: Session, coins: Ints, p: Floats, draws: Draws = FIRST_DRAWS) -> Floats:
    """The same from one forward and one reverse pass per outcome.

    Rounding is clipped to [0, 1]; noise is not, since that would shift the mean.
    """
    q, slopes = session.ends.gradients(p, session.by_outcome.T, draws=draws)
    chance = p[:, coins].T[:, :, None]
    slope = slopes[:, :, coins].transpose(2, 0, 1)
    violated, holds = q - chance * slope, q + (1 - chance) * slope
    if session.ends.way == "exact":
        violated, holds = np.clip(violated, 0.0, 1.0), np.clip(holds, 0.0, 1.0)
    return np.stack([violated, holds, (1 - chance) * violated, violated - q])
