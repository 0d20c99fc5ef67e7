"""Run one block of worlds through the instructions of a circuit, in compiled code.

A block is 64 words, or 4,096 worlds, whose random bits are drawn together; its rows stay in cache.
"""

import numpy as np

from sensa.kernels.jit import njit
from sensa.kernels.program import Floats
from sensa.kernels.worlds.bits import Keys, Words
from sensa.kernels.worlds.coins import draw, draw_each
from sensa.kernels.worlds.gates import and_row, or_not_row, or_row, without_row, xor_row
from sensa.kernels.worlds.instructions import Do, Program
from sensa.kernels.worlds.vectors import ROW_WORDS

_DRAW, _AND, _OR, _XOR, _WITHOUT = (int(do) for do in (Do.DRAW, Do.AND, Do.OR, Do.XOR, Do.WITHOUT))


@njit(nogil=True, inline="always")
def _gate(do: int, rows: Words, own: int, left: int, right: int) -> None:
    if do == _AND:
        and_row(rows, own, left, right)
    elif do == _OR:
        or_row(rows, own, left, right)
    elif do == _WITHOUT:
        without_row(rows, own, left, right)
    elif do == _XOR:
        xor_row(rows, own, left, right)
    else:
        or_not_row(rows, own, left, right)


@njit(nogil=True)
def run_block(program: Program, rows: Words, keys: Keys, p: Floats, block: int) -> None:
    """Run one block with the same probabilities (coins,) in all words."""
    for i in range(program.do.size):
        own, left = program.own[i], program.left[i]
        if program.do[i] == _DRAW:
            draw(rows, own, np.uint64(block), keys[left, 0], keys[left, 1], p[left])
        else:
            _gate(program.do[i], rows, own, left, program.right[i])


@njit(nogil=True)
def run_block_each(program: Program, rows: Words, keys: Keys, p: Floats, block: int, sample: Words) -> None:
    """Run one block with the probabilities of each word's sample; p is (coins, samples)."""
    each = np.empty(ROW_WORDS)
    for i in range(program.do.size):
        own, left = program.own[i], program.left[i]
        if program.do[i] == _DRAW:
            for j in range(ROW_WORDS):
                each[j] = p[left, sample[j]]
            draw_each(rows, own, np.uint64(block), keys[left, 0], keys[left, 1], each)
        else:
            _gate(program.do[i], rows, own, left, program.right[i])


@njit(nogil=True)
def run_block_given(program: Program, rows: Words, given: Words, at: int) -> None:
    """Run one block on given words of the coins, from word `at` on."""
    size = min(ROW_WORDS, given.shape[1] - at)
    for i in range(program.do.size):
        own, left = program.own[i], program.left[i]
        if program.do[i] == _DRAW:
            for j in range(size):
                rows[own, j] = given[left, at + j]
        else:
            _gate(program.do[i], rows, own, left, program.right[i])
