"""Run one block of worlds through the instructions of a circuit, in compiled code.

A block is 64 words, or 4,096 worlds, whose random bits are drawn together; its rows stay in cache.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import intrinsic

from sensa.kernels.jit import njit
from sensa.kernels.program import Floats
from sensa.kernels.worlds.bits import Keys, Words
from sensa.kernels.worlds.coins import FIXED_POINT_ONE, draw, draw_each
from sensa.kernels.worlds.gates import and_row, or_not_row, or_row, without_row, xor_row
from sensa.kernels.worlds.instructions import Do, Program
from sensa.kernels.worlds.vectors import ROW_WORDS, interpreted

_DRAW, _AND, _OR, _XOR, _WITHOUT = (int(do) for do in (Do.DRAW, Do.AND, Do.OR, Do.XOR, Do.WITHOUT))


@intrinsic
def _population(typing: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), generate


def _population_plain(word: Any) -> Any:
    return np.bitwise_count(word)


population: Any = _population_plain if interpreted else _population


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
def run_block(program: Program, rows: Words, keys: Keys, kept: Words, tails: Words, block: int) -> None:
    """Run one block with the same probabilities in all words."""
    for i in range(program.do.size):
        own, left = program.own[i], program.left[i]
        if program.do[i] == _DRAW:
            draw(rows, own, np.uint64(block), keys[left, 0], keys[left, 1], kept[left], tails[left])
        else:
            _gate(program.do[i], rows, own, left, program.right[i])


@njit(nogil=True)
def run_block_each(
    program: Program, rows: Words, keys: Keys, p: Floats, block: int, sample: npt.NDArray[np.int64]
) -> None:
    """Run one block with the probabilities of each word's sample; p is (coins, samples)."""
    scaled = np.empty(ROW_WORDS)
    whole = np.empty(ROW_WORDS, np.int64)
    rest = np.empty(ROW_WORDS, np.int64)
    for i in range(program.do.size):
        own, left = program.own[i], program.left[i]
        if program.do[i] == _DRAW:
            for j in range(ROW_WORDS):
                scaled[j] = p[left, sample[j]] * FIXED_POINT_ONE
            for j in range(ROW_WORDS):
                whole[j] = np.int64(scaled[j])
            for j in range(ROW_WORDS):
                rest[j] = np.int64((scaled[j] - whole[j]) * 9223372036854775808.0) << 1
            k0, k1 = keys[left, 0], keys[left, 1]
            draw_each(rows, own, np.uint64(block), k0, k1, whole.view(np.uint64), rest.view(np.uint64))
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
