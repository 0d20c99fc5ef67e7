"""The number of ones in a word, as one instruction."""

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from sensa.kernels.jit import njit
from sensa.kernels.worlds.vectors import interpreted

_ONE = np.uint64(1)


@intrinsic
def _population(typing: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), generate


def _population_plain(word: Any) -> Any:
    return np.bitwise_count(word)


population: Any = _population_plain if interpreted else _population


@njit(nogil=True)
def lowest(word: Any) -> Any:
    """The place of a word's lowest one, 64 if there is none."""
    return population((word & (~word + _ONE)) - _ONE)
