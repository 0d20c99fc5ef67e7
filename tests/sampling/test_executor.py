"""The one loop over blocks: order, means, progress, interrupts."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from sensa.engines.protocol import Draws
from sensa.sampling.budget import Effort
from sensa.sampling.executor import Executor, Piece
from sensa.sampling.parameters import Block

EFFORT = Effort(4, 3)
PIECES = [Piece(replicate, start, 2) for start in (0, 2) for replicate in range(3)]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_order_whatever_finishes_first(threads: int) -> None:
    def work(piece: Piece, draws: Draws) -> Draws:
        time.sleep(0.002 * (piece.replicate == 0))
        return draws

    found = list(Executor(threads=threads).map(work, PIECES, EFFORT))
    assert [piece for piece, _ in found] == PIECES
    assert [draws for _, draws in found] == [Draws(piece.replicate, piece.start, 3) for piece in PIECES]


def test_means_are_over_the_samples_of_each_replicate() -> None:
    rng = np.random.default_rng(0)
    blocks = [
        Block(r, s, np.empty((n, 0)), rng.random((n, 2))) for s, n in ((0, 3), (3, 1)) for r in range(2)
    ]
    found = Executor().means(lambda block, draws: block.p.sum(axis=0), blocks, EFFORT)
    whole = [np.concatenate([b.p for b in blocks if b.replicate == r]).mean(axis=0) for r in range(2)]
    np.testing.assert_allclose(found, whole, rtol=1e-15)


def test_progress_is_reported_after_each_block() -> None:
    told: list[tuple[str, float]] = []
    executor = Executor(lambda what, share: told.append((what, share)))
    done = executor.map(lambda piece, draws: None, PIECES, EFFORT, what="x", share=lambda p: p.start / 4)
    next(done)
    assert told == []
    assert len(list(done)) == 5
    assert told == [("x", piece.start / 4) for piece in PIECES]


@pytest.mark.parametrize("threads", [1, 3])
def test_blocks_are_drawn_as_they_are_needed(threads: int) -> None:
    """Memory holds a block for each thread and its next one, and no more, however many there are."""
    drawn = 0

    def pieces() -> Iterator[Piece]:
        nonlocal drawn
        while True:
            drawn += 1
            yield Piece(0, drawn, 1)

    done = Executor(threads=threads).map(lambda piece, draws: piece.start, pieces(), EFFORT)
    assert [next(done)[1] for _ in range(20)] == list(range(1, 21))
    assert drawn <= 20 + 2 * threads
    done.close()


@pytest.mark.parametrize("threads", [1, 2])
def test_what_work_raises_ends_the_loop_at_its_block(threads: int) -> None:
    seen: list[Piece] = []

    def work(piece: Piece, draws: Draws) -> int:
        if piece == PIECES[3]:
            raise KeyboardInterrupt
        return piece.replicate

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        seen.extend(piece for piece, _ in Executor(threads=threads).map(work, PIECES, EFFORT))
    assert seen == PIECES[:3]
    assert threading.active_count() == before
