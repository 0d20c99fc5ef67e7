"""The random streams of a block in vector registers: the same words as `bits.sfc64`."""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils

from sensa.kernels.worlds.bits import LANES, MASK, SPREAD, WARM_UP
from sensa.kernels.worlds.vectors import VECTOR, WORD, constant, rotated, splat


class Streams:
    """Writes code that steps the `LANES` streams of a block `steps` times, which start where this is made.

    LLVM keeps the states in registers as long as one vector of streams is in use at a time. SFC64's counter,
    the same in all streams, is read from a table: else it would take a register and an addition a step.
    """

    def __init__(self, builder: Any, k0: Any, k1: Any, block: Any, steps: int) -> None:
        self._builder = builder
        first = splat(builder, builder.mul(block, ir.Constant(WORD, LANES * SPREAD & MASK)))
        number = builder.add(first, ir.Constant(VECTOR, [lane * SPREAD & MASK for lane in range(LANES)]))
        self._states = [
            cgutils.alloca_once_value(builder, value)
            for value in (splat(builder, k0), splat(builder, k1), number)
        ]
        kind = ir.ArrayType(WORD, WARM_UP + steps)
        counter = ir.Constant(kind, list(range(1, WARM_UP + steps + 1)))
        self._counter = cgutils.global_constant(builder, "counter", counter)
        self._step = cgutils.alloca_once_value(builder, ir.Constant(WORD, 0))
        with cgutils.for_range(builder, ir.Constant(WORD, WARM_UP)):
            self.word()

    def word(self) -> Any:
        """The next word of each stream."""
        builder = self._builder
        a, b, c = (builder.load(state) for state in self._states)
        step = builder.load(self._step)
        count = splat(builder, builder.load(cgutils.gep(builder, self._counter, 0, step)))
        found = builder.add(builder.add(a, count), b)
        after = (
            builder.xor(b, builder.lshr(b, constant(11))),
            builder.add(c, builder.shl(c, constant(3))),
            builder.add(rotated(builder, c, 24), found),
        )
        for state, value in zip(self._states, after, strict=True):
            builder.store(value, state)
        builder.store(builder.add(step, ir.Constant(WORD, 1)), self._step)
        return found
