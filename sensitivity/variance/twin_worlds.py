"""Indices of the story's nodes from twin worlds, without a diagram: unbiased, with errors."""

from collections.abc import Sequence

import numpy as np

from sensa.circuit import address
from sensa.engines.montecarlo.jackknife import Estimated
from sensa.engines.montecarlo.twins import Moments, closed_indices, total_indices, truth_moments
from sensa.fact_circuit import joined
from sensa.kernels.program import Floats, Op
from sensa.kernels.worlds.bits import coin_keys
from sensa.kernels.worlds.instructions import layout
from sensa.sampling.estimates import Estimate
from sensa.session import Session

WORLD_BATCHES = 8  # independent, from whose spread the errors come
MAX_OPERATIONS = 5e8  # operations on words of worlds that one analysis may take
DRAW_OPERATIONS = 15  # cost of a draw, in operations on a word
MAX_WORDS, MIN_WORDS = 1 << 14, 64  # of a batch, for each set
TRUTH, TWIN = 2, 3  # streams of random numbers, separate from those of other analyses


def truth_indices(
    session: Session, p: Floats, sets: Sequence[tuple[int, ...]]
) -> tuple[Estimate, Estimate] | None:
    """First-order (closed) and total indices (outputs, sets) of sets of coins, at `p` (coins,).

    Outputs are the outcomes, then the kinds. Twins share the coins of a set, or all but those. NaN if an
    output did not vary in the worlds drawn. None if the work would be too large.
    """
    circuit = session.circuit
    ended = [circuit.ended[name] for name in session.outcomes]
    members = [
        tuple(gate for gate, end in zip(ended, circuit.ends, strict=True) if end.kind == kind)
        for kind in circuit.kinds
    ]
    wider, kind_gates = joined(circuit, Op.OR, members)
    roots = np.concatenate([np.array(ended, np.int32), kind_gates])
    program = layout(wider.gates, roots, len(circuit.coins))
    each = [np.array(coins, np.int32) for coins in sets]
    everything = np.arange(len(circuit.coins), dtype=np.int32)
    shared = [*each, *(np.setdiff1d(everything, coins).astype(np.int32) for coins in each)]
    cost = 2 * len(shared) * WORLD_BATCHES * (program.size + DRAW_OPERATIONS * len(program.drawn))
    words = min(int(MAX_OPERATIONS / max(cost, 1)), MAX_WORDS)
    if words < MIN_WORDS:
        return None
    words = 1 << words.bit_length() - 1
    addresses = np.array([address(coin.draw) for coin in circuit.coins], np.uint64)
    batches = []
    for batch in range(WORLD_BATCHES):
        own, other = (
            coin_keys(addresses, seed=session.settings.seed, replicate=batch, stream=stream)
            for stream in (TRUTH, TWIN)
        )
        batches.append(truth_moments(program, own, other, p, shared, words=words))
        session.progress("sobol_truth", (batch + 1) / WORLD_BATCHES)
    moments, count = Moments.of(batches), len(sets)
    with np.errstate(invalid="ignore"):
        return (
            _estimate(closed_indices(_part(moments, slice(0, count)))),
            _estimate(total_indices(_part(moments, slice(count, None)))),
        )


def _part(moments: Moments, sets: slice) -> Moments:
    return Moments(
        moments.product[:, sets],
        moments.mean[:, sets],
        moments.whole_product[:, sets],
        moments.whole_mean[:, sets],
    )


def _estimate(found: Estimated) -> Estimate:
    return Estimate(found.value.T, found.error.T)
