"""Setting assumptions one at a time: the means that `violations` reports, by the cheapest exact way.

An assumption with one draw (drawn once, no cases, no challenges) depends on nothing, so observing that it is
violated is the same as making it so. Its coin enters every outcome linearly, so all such assumptions can
be had together from the derivatives; setting them one by one costs a pass each but cancels nothing.
"""

from collections.abc import Callable, Sequence

import numpy as np

from sensa.circuit import Circuit
from sensa.engines.protocol import FIRST, NONE, Draws, Force
from sensa.kernels.program import Floats, Ints
from sensa.sampling.adaptive import BATCHES, Effort
from sensa.sampling.estimates import Estimate, spread
from sensa.session import Model

VIOLATED, HOLDS, JOINT, CHANGE = range(4)
ENOUGH = 1 << 11  # times 64 worlds of a replicate, for each to be set in the same worlds
FEW = 16  # parameter values of a replicate at which worlds are differentiated


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
    found = paired(model, names)
    outcomes = len(model.outcomes)
    return Estimate(found.mean[:CHANGE, :, :outcomes], found.error[:CHANGE, :, :outcomes])


def paired(model: Model, names: Sequence[str]) -> Estimate:
    """The same, and after it what making each violated changes, had in the same worlds or parameter values.

    Shape (4, assumptions, outcomes + 2): after the outcomes, ending in any catastrophe, and failing at all.
    What changes nothing changes it by 0, where all it touches was set and seen in the same worlds.
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
        nothing = np.empty((4, 0, len(model.outcomes) + 2))
        return Estimate(nothing, nothing)
    mean, error = (np.stack([found[name][i] for name in names], axis=1) for i in range(2))
    mean[:CHANGE] = np.clip(mean[:CHANGE], 0.0, 1.0)  # what was sampled may lie beyond by its error
    return Estimate(mean, error)


def _with_kinds(model: Model, each: Floats) -> Estimate:
    """Means over replicates (replicates, …, outcomes), those of catastrophes and failures behind them."""
    kinds = [end.kind for end in model.circuit.ends]
    summed = np.array([[kind == "catastrophic", kind != "success"] for kind in kinds], np.float64)
    return spread(np.concatenate([each, each @ summed], axis=-1))


def _has_one_draw(circuit: Circuit, name: str) -> bool:
    coins = circuit.assumption_coins[name]
    return len(coins) == 1 and circuit.coins[coins[0]].step is None


def _several_draws(model: Model, names: list[str]) -> Estimate:
    """By setting all draws of each; joint with the outcomes by gates of their own."""
    forces = [held(model.circuit, {name: value}) for value in (False, True) for name in names]
    done = model.replicated(model.ends, model.by_outcome, [NONE, *forces])
    gates = [model.circuit.violated_and[name][outcome] for name in names for outcome in model.outcomes]
    joint = model.replicated(model.engine(gates))
    replicates, shape = max(len(done), len(joint)), (len(names), len(model.outcomes))
    each = np.empty((replicates, 4, *shape))
    each[:, :JOINT] = done[:, 1:].reshape(-1, 2, *shape)
    each[:, JOINT] = joint.reshape(-1, *shape)
    each[:, CHANGE] = each[:, VIOLATED] - done[:, :1]
    return _with_kinds(model, each)


def _one_draw(model: Model, names: list[str]) -> Estimate:
    """By setting each, or by derivatives where setting each would have to do with fewer points or worlds."""
    coins = np.array([model.circuit.assumption_coins[name][0] for name in names])
    if model.ends.way != "exact":
        effort = model.effort(model.ends, 2 * len(coins))
        if effort.points * effort.words >= ENOUGH:
            return _over_parameters(model, _set_each, coins, 2 * len(coins))
        return _over_parameters(model, _differentiated, coins, 4)
    asked = model.settings.points // model.settings.replicates
    by_setting = model.mean_p is not None or model.points_for(2 * len(names), model.ends.size) >= asked
    if by_setting:
        return _over_parameters(model, _set_each, coins, 2 * len(coins))
    return _over_parameters(model, _differentiated, coins, 1 + 3 * len(model.outcomes))


Way = Callable[[Model, Ints, Floats, Draws], Floats]


def _over_parameters(model: Model, way: Way, coins: Ints, passes: int) -> Estimate:
    """Means (4, assumptions, outcomes) of what a way gives at each parameter value."""
    effort = model.effort(model.ends, passes)
    if effort.words:  # derivatives at few points and of many worlds, rather than the other way round
        points = min(effort.points, FEW)
        effort = Effort(points, effort.words * effort.points // points)
    if model.mean_p is not None:
        batches = [Draws(batch, 0, max(effort.words, 1)) for batch in range(BATCHES if effort.words else 1)]
        each = np.stack([way(model, coins, model.mean_p, draws).sum(axis=2) for draws in batches])
        return _with_kinds(model, each)
    sums = np.zeros((model.replicates, 4, len(coins), len(model.outcomes)))
    counts = np.zeros(model.replicates)
    for block in model.blocks(effort.points):
        sums[block.replicate] += way(model, coins, block.p, model.draws(block, effort)).sum(axis=2)
        counts[block.replicate] += len(block.p)
    return _with_kinds(model, sums / counts[:, None, None, None])


def _set_each(model: Model, coins: Ints, p: Floats, draws: Draws = FIRST) -> Floats:
    """(4, assumptions, samples, outcomes), by a pass for each value of each, in the same worlds."""
    forces = [Force(np.array([coin], np.int32), np.array([value])) for value in (0.0, 1.0) for coin in coins]
    done = model.under(model.ends, p, model.by_outcome, forces, draws)
    violated, holds = done[: len(coins)], done[len(coins) :]
    chance = p[:, coins].T[:, :, None]
    return np.stack([violated, holds, violated * (1 - chance), chance * (violated - holds)])


def _differentiated(model: Model, coins: Ints, p: Floats, draws: Draws = FIRST) -> Floats:
    """The same from one forward and one reverse pass an outcome.

    Rounding is put back into [0, 1]; noise is not, since that would shift the mean.
    """
    q, slopes = model.ends.gradients(p, model.by_outcome.T, draws=draws)
    chance = p[:, coins].T[:, :, None]
    slope = slopes[:, :, coins].transpose(2, 0, 1)
    violated, holds = q - chance * slope, q + (1 - chance) * slope
    if model.ends.way == "exact":
        violated, holds = np.clip(violated, 0.0, 1.0), np.clip(holds, 0.0, 1.0)
    return np.stack([violated, holds, (1 - chance) * violated, violated - q])
