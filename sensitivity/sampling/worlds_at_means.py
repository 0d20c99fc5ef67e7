"""Worlds with the parameters at their means, sampled until a precision, a budget or an interrupt ends it."""

from dataclasses import dataclass

import numpy as np

from sensa import processors
from sensa.engines.protocol import Draws, Engine
from sensa.kernels.program import Floats
from sensa.sampling.budget import MEAN_BATCHES, MIN_WORDS, WORLDS, Effort
from sensa.sampling.estimates import Worlds
from sensa.sampling.executor import Executor
from sensa.sampling.journal import Stored
from sensa.sampling.parameters import Block, at_means
from sensa.sampling.run import Packing, Run, Stopped, Totals, completed_share, stopped_after, stopped_by

PIECE_OPERATIONS = 1 << 29  # operations between two checks whether to continue
MAX_WORLDS = 1 << 32
MAX_KEPT = 1024  # parts in which a round of worlds is kept: writing one takes some milliseconds
CAUTION = 0.8  # of the estimated work that is done before it is estimated again


def totals_at_means(run: Run) -> Totals:
    """The same at the parameters' means: exact, or from worlds in batches that grow together.

    With a requested precision, worlds grow until every outcome has it or the limit is reached.
    """
    assert run.mean_p is not None
    if run.ends.way == "exact":
        q = run.ends.probabilities(run.mean_p)
        by_loss = q[:, run.loss_columns]
        return Totals(q[:, : run.roots], by_loss, Worlds(), "exact", run.ends.constant[: run.roots])
    return _worlds(run)


def _worlds(run: Run) -> Totals:
    engine, p = run.ends, run.mean_p
    assert p is not None
    wanted = run.budget.effort(engine).words
    piece = min(max(PIECE_OPERATIONS // (max(engine.size, 1) * MEAN_BATCHES), MIN_WORDS), wanted)
    piece = 1 << piece.bit_length() - 1
    most = (run.settings.samples or MAX_WORLDS) // (WORLDS * MEAN_BATCHES)
    theta = at_means(run.circuit).theta
    executor = Executor(threads=processors.count(), workers=run.workers)
    sums, rows = np.zeros((MEAN_BATCHES, engine.roots)), np.zeros((MEAN_BATCHES, engine.roots))
    done = 0

    def found(stopped: Stopped) -> Totals:
        count = WORLDS * MEAN_BATCHES * done * piece
        worlds = Worlds(count, count, counted=engine.way == "montecarlo")
        means = sums / max(done, 1)
        by_loss = means[:, run.loss_columns]
        return Totals(means[:, : run.roots], by_loss, worlds, stopped, engine.constant[: run.roots])

    while True:
        pieces = range(done, max(wanted // piece, 1))
        blocks = (Block(batch, number, theta, p) for number in pieces for batch in range(MEAN_BATCHES))
        try:
            kept = run.kept("worlds", done, (piece, wanted), _rows_kept(len(pieces)))
            for block, row in executor.map(Probabilities(engine), blocks, Effort(1, piece), kept=kept):
                rows[block.replicate] = row[0]
                if block.replicate == MEAN_BATCHES - 1:
                    sums, done = sums + rows, block.start + 1
                    run.progress(
                        "sampling worlds", completed_share(run, found("samples"), done * piece / wanted)
                    )
        except KeyboardInterrupt as stop:
            if not done:
                raise
            return found(stopped_by(stop))
        stopped = stopped_after(run, found("samples"))
        if stopped == "precision" or most - wanted < piece or run.settings.precision is None:
            return found(stopped)
        more = wanted // 4 * quarters_more(completed_share(run, found("samples"), 0.0))
        wanted += max(min(more, most - wanted) // piece, 1) * piece


def quarters_more(share: float) -> int:
    """How much more to sample, in quarters of what there is, once a share of the work is done.

    Rather a little less than estimated, because the estimate is rough; never more than three times as much.
    """
    return int(min(max(4 * (CAUTION / max(share, CAUTION / 4) - 1), 1), 12))


@dataclass(frozen=True)
class Probabilities:
    """The work of a block: the engine's roots (samples, roots)."""

    engine: Engine

    def __call__(self, block: Block, draws: Draws) -> Floats:
        """The roots at the block's samples."""
        return self.engine.probabilities(block.p, draws=draws)


def _rows_kept(pieces: int) -> Packing[Floats]:
    """How rows of a round are kept: some pieces of every batch together, in at most `MAX_KEPT` parts."""
    together = MEAN_BATCHES * max(-(-pieces // MAX_KEPT), 1)
    return Packing(Stored, lambda stored: stored.values, together)
