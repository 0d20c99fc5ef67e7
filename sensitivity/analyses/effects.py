"""Setting assumptions one at a time: the means that `violations` reports, by the cheapest exact way.

An assumption with one draw (drawn once, no cases, no challenges) depends on nothing, so observing that it is
violated is the same as making it so. Its coin enters every outcome linearly, so all such assumptions can
be had together from the derivatives; setting them one by one costs a pass each but cancels nothing.
"""

from collections.abc import Sequence

import numpy as np

from sensa.circuit import Circuit
from sensa.engines import Force
from sensa.kernels.program import Floats
from sensa.model import Estimate, Model, spread

VIOLATED, HOLDS, JOINT = range(3)


def held(circuit: Circuit, values: dict[str, bool]) -> Force:
    """The intervention that sets these assumptions, at all steps, whatever challenges them."""
    coins = [(coin, value) for name, value in values.items() for coin in circuit.assumption_coins[name]]
    return Force(
        np.array([coin for coin, _ in coins], np.int32), np.array([float(value) for _, value in coins])
    )


def effects(model: Model, names: Sequence[str]) -> Estimate:
    """Outcomes where each assumption is made violated, made to hold, and is violated by itself.

    Shape (3, assumptions, outcomes): the first two are distributions under an intervention, the third is
    P(violated and outcome).
    """
    single = [name for name in names if _has_one_draw(model.circuit, name)]
    several = [name for name in names if not _has_one_draw(model.circuit, name)]
    found = {}
    for group, way in ((single, _one_draw), (several, _several_draws)):
        if group:
            estimate = way(model, group)
            for i, name in enumerate(group):
                found[name] = (estimate.mean[:, i], estimate.error[:, i])
    if not found:
        nothing = np.empty((3, 0, len(model.outcomes)))
        return Estimate(nothing, nothing)
    return Estimate(*(np.stack([found[name][i] for name in names], axis=1) for i in range(2)))


def _has_one_draw(circuit: Circuit, name: str) -> bool:
    coins = circuit.assumption_coins[name]
    return len(coins) == 1 and circuit.coins[coins[0]].step is None


def _several_draws(model: Model, names: list[str]) -> Estimate:
    """By setting all draws of each; joint with the outcomes by gates of their own."""
    forces = [held(model.circuit, {name: value}) for value in (False, True) for name in names]
    done = model.average(model.ends, model.by_outcome, forces)
    gates = [model.circuit.violated_and[name][outcome] for name in names for outcome in model.outcomes]
    joint = model.average(model.engine(gates))
    shape = (2, len(names), len(model.outcomes))
    return Estimate(
        np.concatenate([done.mean.reshape(shape), joint.mean.reshape(1, *shape[1:])]),
        np.concatenate([done.error.reshape(shape), joint.error.reshape(1, *shape[1:])]),
    )


def _one_draw(model: Model, names: list[str]) -> Estimate:
    """By setting each, or by derivatives where setting each would have to do with fewer points."""
    coins = np.array([model.circuit.assumption_coins[name][0] for name in names])
    asked = model.settings.points // model.settings.replicates
    alone = model.points_for(2 * len(names), model.ends.size)
    by_setting = model.mean_p is not None or alone >= asked
    way = _set_each if by_setting else _differentiated
    if model.mean_p is not None:
        mean = way(model, coins, model.mean_p).sum(axis=2)
        return Estimate(mean, np.zeros_like(mean))
    points = asked if by_setting else model.points_for(1 + 3 * len(model.outcomes), model.ends.size)
    sums = np.zeros((model.replicates, 3, len(names), len(model.outcomes)))
    counts = np.zeros(model.replicates)
    for block in model.blocks(points):
        sums[block.replicate] += way(model, coins, block.p).sum(axis=2)
        counts[block.replicate] += len(block.p)
    return spread(sums / counts[:, None, None, None])


def _set_each(model: Model, coins: Floats, p: Floats) -> Floats:
    """(3, assumptions, samples, outcomes), by a pass for each value of each."""
    forces = [Force(np.array([coin], np.int32), np.array([value])) for value in (0.0, 1.0) for coin in coins]
    done = model.under(model.ends, p, model.by_outcome, forces)
    violated, holds = done[: len(coins)], done[len(coins) :]
    return np.stack([violated, holds, violated * (1 - p[:, coins].T[:, :, None])])


def _differentiated(model: Model, coins: Floats, p: Floats) -> Floats:
    """The same from one forward and one reverse pass an outcome; rounding is put back into [0, 1]."""
    q, slopes = model.ends.gradients(p, model.by_outcome.T)
    chance = p[:, coins].T[:, :, None]
    slope = slopes[:, :, coins].transpose(2, 0, 1)
    violated = np.clip(q - chance * slope, 0.0, 1.0)
    holds = np.clip(q + (1 - chance) * slope, 0.0, 1.0)
    return np.stack([violated, holds, (1 - chance) * violated])
