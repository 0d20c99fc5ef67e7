"""How probable a loss of each size is, not only what is lost on average."""

import numpy as np
import xarray as xr

from sensa.engines.protocol import Draws
from sensa.kernels.program import Floats
from sensa.methods.expected_loss import refined_chances
from sensa.methods.over_points import unshown
from sensa.results import QUANTILES, described
from sensa.sampling.estimates import quantiles, spread
from sensa.sampling.parameters import Block, evaluate
from sensa.session import Session

MAX_SIZES = 64  # of losses that vary with uncertain numbers
NO_LOSS = "the story states no loss"


def exceedance(session: Session) -> xr.Dataset:
    """The probability of a loss of at least each size, over all uncertainty, and its spread over the numbers.

    `chance` (size): P(loss >= size), where an outcome that states no loss has none; `quantiles` (size,
    quantile): of that probability over the uncertain numbers, where worlds are exact. Sizes are those stated
    or, where they depend on uncertain numbers, up to 64 between the smallest and the largest sampled.

    Misleads about the largest losses where their size is sampled: nothing is known of what lies beyond. The
    risk curve of Kaplan and Garrick (1981, 10.1111/j.1539-6924.1981.tb01350.x).
    """
    circuit, engine, columns = session.circuit, session.ends, session.loss_columns
    if not circuit.losses:
        return described(xr.Dataset(), exact=True, note=NO_LOSS)
    programs = np.array([loss.program for loss in circuit.losses], np.int32)
    effort = session.budget.effort(engine, spread=True)
    amounts = [evaluate(circuit, programs, block.theta) for block in session.points.blocks(effort.points)]
    stated = np.concatenate(amounts)
    fixed = bool((stated == stated[0]).all())
    sizes = _sizes(stated)

    def at(block: Block, draws: Draws) -> Floats:
        q = engine.probabilities(block.p, draws=draws)[:, columns]
        return at_least(q, evaluate(circuit, programs, block.theta), sizes)

    blocks = list(session.executor.map(at, session.points.blocks(effort.points), effort))
    by_point = np.concatenate([found for _, found in blocks])
    replicate = np.concatenate([np.full(len(found), block.replicate) for block, found in blocks])
    by_replicate = np.stack([by_point[replicate == r].mean(axis=0) for r in np.unique(replicate)])
    rare = np.zeros(len(sizes))
    if fixed:  # then the probabilities of the losses decide, which may be exact
        chances, error = refined_chances(circuit, session.totals.by_loss, stated[0], session.ended)
        by_replicate = at_least(chances, stated[:1], sizes)
        rare = np.sqrt(error**2 @ (stated[0][:, None] >= sizes))
    mean = spread(by_replicate)
    data = xr.Dataset(
        {"chance": ("size", mean.mean), "error": ("size", np.hypot(mean.error, rare))},
        coords={"size": sizes, "quantile": list(QUANTILES)},
    )
    if engine.way == "exact":
        levels = quantiles(by_point, replicate)
        data["quantiles"] = (("size", "quantile"), levels.mean.T)
        data["quantiles_error"] = (("size", "quantile"), levels.error.T)
    how = session.how(engine)
    how = "parameters-sampled" if how == "exact" and not fixed else how
    note = "" if fixed else _missed(session)
    return described(data, how=how, note=note)


def _missed(session: Session) -> str:
    """The outcomes that lose something and that sampled worlds meet too rarely."""
    losing, means = {loss.outcome for loss in session.circuit.losses}, session.ended.mean
    rare = [name for name in unshown(session) if name in losing and means[session.outcomes.index(name)] < 0.5]
    return f"{', '.join(rare)}: left out, as too rare for the sampled worlds" if rare else ""


def at_least(q: Floats, amounts: Floats, sizes: Floats) -> Floats:
    """P(loss >= size) (samples, sizes), from probabilities and amounts (samples, losses).

    The losses exclude each other; what is left of the probability has none.
    """
    none = 1.0 - q.sum(axis=1)
    found = [(q * (amounts >= size)).sum(axis=1) + none * (size <= 0.0) for size in sizes]
    chance: Floats = np.clip(np.stack(found, axis=1), 0.0, 1.0)
    return chance


def _sizes(amounts: Floats) -> Floats:
    """The sizes to ask for: every amount if they are few, else quantiles of them, with both ends."""
    every = np.unique(amounts)
    if len(every) <= MAX_SIZES:
        few: Floats = every
        return few
    sizes: Floats = np.unique(np.quantile(every, np.linspace(0.0, 1.0, MAX_SIZES)))
    return sizes
