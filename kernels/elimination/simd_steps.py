"""The steps of an arithmetic circuit's sweeps on rows of `LANES` samples, as vector instructions.

Numba's loops over rows of one array are guarded by overlap tests and not vectorised. Here rows are loaded,
combined and stored as LLVM vectors, which LLVM makes legal on any processor. No operation is fused or
reassociated, so results are those of loops to the last bit. With NUMBA_DISABLE_JIT the plain functions are
used.
"""

from collections.abc import Callable
from typing import Any

import numba as nb
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from sensa.kernels.program import Floats

LANES = 16
VECTOR_DOUBLES = 8  # doubles in a vector; narrower processors split it

_VECTOR = ir.VectorType(ir.DoubleType(), VECTOR_DOUBLES)
_WORD = ir.IntType(64)


def _add_product_plain(values: Floats, own: int, left: int, right: int) -> None:
    values[own] += values[left] * values[right]


def _add_tangent_plain(tangents: Floats, values: Floats, own: int, left: int, right: int) -> None:
    tangents[own] += tangents[left] * values[right] + values[left] * tangents[right]


def _flow_back_plain(adjoints: Floats, values: Floats, own: int, left: int, right: int) -> None:
    adjoints[left] += adjoints[own] * values[right]
    adjoints[right] += adjoints[own] * values[left]


def _flow_tangent_back_plain(
    flows: Floats, values: Floats, adjoints: Floats, tangents: Floats, own: int, left: int, right: int
) -> None:
    flows[left] += flows[own] * values[right] + adjoints[own] * tangents[right]
    flows[right] += flows[own] * values[left] + adjoints[own] * tangents[left]


class _Rows:
    """Rows of arrays while code is generated; each operation is done part by part."""

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any) -> None:
        self.context, self.builder, self.kinds, self.args = context, builder, signature.args, args

    def at(self, array: int, row: int) -> list[Any]:
        """The addresses of the parts of a row: of argument `array`, at argument `row`."""
        builder = self.builder
        data = self.context.make_array(self.kinds[array])(self.context, builder, self.args[array]).data
        start = builder.gep(data, [builder.mul(self.args[row], ir.Constant(_WORD, LANES))])
        parts = (ir.Constant(_WORD, part * VECTOR_DOUBLES) for part in range(LANES // VECTOR_DOUBLES))
        return [builder.bitcast(builder.gep(start, [part]), _VECTOR.as_pointer()) for part in parts]

    def load(self, addresses: list[Any]) -> list[Any]:
        return [self.builder.load(address, align=8) for address in addresses]

    def add(self, addresses: list[Any], *terms: list[Any]) -> None:
        """Add the sum of the terms to a row."""
        for part, address in enumerate(addresses):
            sum_ = terms[0][part]
            for term in terms[1:]:
                sum_ = self.builder.fadd(sum_, term[part])
            self.builder.store(self.builder.fadd(self.builder.load(address, align=8), sum_), address, align=8)

    def times(self, a: list[Any], b: list[Any]) -> list[Any]:
        return [self.builder.fmul(x, y) for x, y in zip(a, b, strict=True)]


def _generated(write: Callable[[_Rows], None]) -> Callable[..., Any]:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        write(_Rows(context, builder, signature, args))
        return context.get_dummy_value()

    return generate


def _product(rows: _Rows) -> None:
    left, right = rows.load(rows.at(0, 2)), rows.load(rows.at(0, 3))
    rows.add(rows.at(0, 1), rows.times(left, right))


def _tangent(rows: _Rows) -> None:
    left, right = rows.load(rows.at(1, 3)), rows.load(rows.at(1, 4))
    of_left, of_right = rows.load(rows.at(0, 3)), rows.load(rows.at(0, 4))
    rows.add(rows.at(0, 2), rows.times(of_left, right), rows.times(left, of_right))


def _back(rows: _Rows) -> None:
    own, left, right = rows.load(rows.at(0, 2)), rows.load(rows.at(1, 3)), rows.load(rows.at(1, 4))
    rows.add(rows.at(0, 3), rows.times(own, right))
    rows.add(rows.at(0, 4), rows.times(own, left))


def _tangent_back(rows: _Rows) -> None:
    flow, own = rows.load(rows.at(0, 4)), rows.load(rows.at(2, 4))
    left, right = rows.load(rows.at(1, 5)), rows.load(rows.at(1, 6))
    of_left, of_right = rows.load(rows.at(3, 5)), rows.load(rows.at(3, 6))
    rows.add(rows.at(0, 5), rows.times(flow, right), rows.times(own, of_right))
    rows.add(rows.at(0, 6), rows.times(flow, left), rows.times(own, of_left))


@intrinsic
def _add_product_vector(typing: Any, values: Any, own: Any, left: Any, right: Any) -> Any:
    return types.void(values, own, left, right), _generated(_product)


@intrinsic
def _add_tangent_vector(typing: Any, tangents: Any, values: Any, own: Any, left: Any, right: Any) -> Any:
    return types.void(tangents, values, own, left, right), _generated(_tangent)


@intrinsic
def _flow_back_vector(typing: Any, adjoints: Any, values: Any, own: Any, left: Any, right: Any) -> Any:
    return types.void(adjoints, values, own, left, right), _generated(_back)


@intrinsic
def _flow_tangent_back_vector(
    typing: Any, flows: Any, values: Any, adjoints: Any, tangents: Any, own: Any, left: Any, right: Any
) -> Any:
    kinds = flows, values, adjoints, tangents, own, left, right
    return types.void(*kinds), _generated(_tangent_back)


_plain: bool = getattr(nb.config, "DISABLE_JIT")  # noqa: B009 - set at run time, unknown to type checkers
add_product: Any = _add_product_plain if _plain else _add_product_vector
add_tangent: Any = _add_tangent_plain if _plain else _add_tangent_vector
flow_back: Any = _flow_back_plain if _plain else _flow_back_vector
flow_tangent_back: Any = _flow_tangent_back_plain if _plain else _flow_tangent_back_vector
