"""Variances, Sobol' indices and Shapley effects of an exact engine's roots, without sampling.

Outputs are linear combinations of roots; each coin's probability varies independently, with a mean and a
variance (in the truth layer a coin is 0 or 1 in a world: p and p (1 - p)). An output is multilinear in the
coins, so means and variances suffice, whatever the distributions (Sobol' 1993; Owen 2013, 10.1137/130936233).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sensa.engines.protocol import Engine, EngineRefusal
from sensa.kernels import compiled_work
from sensa.kernels.bdd import self_product_sweeps as plain
from sensa.kernels.bdd.diagrams import Diagram
from sensa.kernels.bdd.pairs import SelfProduct, TooManyPairsError
from sensa.kernels.bdd.self_product import self_product
from sensa.kernels.distributions.quadrature import legendre
from sensa.kernels.program import Floats
from sensa.kernels.work_clock import clock

MAX_PAIRS = 4_000_000
MAX_SECONDS = 30.0
SWEEPS = "sensa.kernels.bdd.self_product_sweeps_compiled"
VARIANCE_ROUNDING = 1e-14  # of the terms of a variance: a smaller sum is 0
QUADRATURE_TOLERANCE = 1e-13  # of the variance: accepted change between two numbers of nodes


@dataclass(frozen=True, eq=False)
class Covariances:
    """Covariances of outputs at any means and variances of the coins; made by `compile_covariances`.

    Designs are rows: `v` is (designs, coins), `m` (designs, coins) or one row for all designs. Plain Python
    and compiled code give the same numbers to the last bit.
    """

    engine: Engine
    combine: Floats  # (outputs, roots)
    product: SelfProduct
    weights: Floats  # (outputs, requested pairs of roots)

    @property
    def pairs(self) -> int:
        """The number of pairs of nodes in the product."""
        return self.product.pairs.size

    def variances(self, m: Floats, v: Floats) -> Floats:
        """Var of each output (designs, outputs); with v_j = 0 outside a set, its closed index times Var."""
        return self._certain(self._covariances(m, v, None))

    def between(self, m: Floats, other: Floats, v: Floats) -> Floats:
        """Covariances (designs, outputs) of copies with means `m` and `other` and coin covariances v_i.

        Two roots of an output may be in either copy: the result is the mean over both assignments.
        """
        found = self._covariances(m, v, other)
        if not self._single:
            found = (found + self._covariances(other, v, m)) / 2
        combined: Floats = found @ self.weights.T
        return combined

    @cached_property
    def _single(self) -> bool:
        """Whether each output is a multiple of one root."""
        return bool((np.count_nonzero(self.combine, axis=1) <= 1).all())

    def gradients(self, m: Floats, v: Floats) -> tuple[Floats, Floats]:
        """Var (designs, outputs) and its derivative by each coin's variance (designs, outputs, coins)."""
        sweeps = plain if not self._compiled(len(v), len(self.weights)) else self._sweeps()
        values, slopes = sweeps.gradients(self.product, m, v, self.weights)
        return values, slopes

    def first(self, m: Floats, v: Floats) -> Floats:
        """Var E[output | coin] (outputs, coins) at one row of means and variances; needs no pairs."""
        slopes = self.engine.gradients(m, self.combine)[1][0]
        found: Floats = slopes * slopes * v[0]
        return found

    def shapley(self, m: Floats, v: Floats) -> Floats:
        """Shapley effects (outputs, coins) at one row, each coin a player: they add up to the variance.

        v_i times the mean of dVar/dv_i at variances t v over t in [0, 1] (Owen 2014, 10.1137/130936233, by
        the multilinear extension of the game): a polynomial in t of a degree below the number of coins, so
        half that number of Gauss-Legendre nodes is exact; fewer are used if doubling them changes nothing.
        """
        enough = max(1, (v.shape[1] + 1) // 2)
        count, last = min(4, enough), None
        while True:
            x, weights = legendre(count)
            t = (x[:, None] + 1) / 2
            found: Floats = np.tensordot(weights / 2, self.gradients(m, t * v)[1], axes=1) * v
            scale = found.sum(axis=1, keepdims=True)
            if count == enough or (
                last is not None and (np.abs(found - last) <= QUADRATURE_TOLERANCE * scale).all()
            ):
                return found
            count, last = min(2 * count, enough), found

    def interactions(self, m: Floats, v: Floats, coins: list[int]) -> Floats:
        """Second-order parts of the variance (outputs, coins, coins) between these coins; needs no pairs.

        For coins i and j it is v_i v_j (d2 output / dp_i dp_j)^2 at the means, 0 on the diagonal.
        """
        at = np.repeat(m, 2 * len(coins), axis=0)
        for row, coin in enumerate(coins):
            at[2 * row : 2 * row + 2, coin] = 0.0, 1.0
        slopes = self.engine.gradients(at, self.combine)[1][:, :, coins]
        mixed = (slopes[1::2] - slopes[::2]).transpose(1, 0, 2)
        found: Floats = mixed * mixed * v[0, coins] * v[0, coins][:, None]
        found[:, range(len(coins)), range(len(coins))] = 0.0
        return found

    def _covariances(self, m: Floats, v: Floats, other: Floats | None) -> Floats:
        if self._compiled(len(v), 0):
            found: Floats = self._sweeps().covariances(self.product, m, v, other)
            return found
        return plain.covariances(self.product, m, v, other)

    def _certain(self, covariances: Floats) -> Floats:
        """Combine into variances; rounding errors of terms that cancel become 0."""
        found: Floats = covariances @ self.weights.T
        scale = np.abs(covariances) @ np.abs(self.weights.T)
        certain: Floats = np.where(found <= VARIANCE_ROUNDING * scale, 0.0, found)
        return certain

    def _compiled(self, designs: int, combinations: int) -> bool:
        return compiled_work.pays(SWEEPS, plain.plain_seconds(self.product, designs, combinations))

    @staticmethod
    def _sweeps() -> Any:
        from sensa.kernels.bdd import self_product_sweeps_compiled

        return self_product_sweeps_compiled


def compile_covariances(
    engine: Engine,
    diagram: Diagram,
    combine: Floats | None,
    *,
    pairs: int,
    seconds: float,
) -> Covariances:
    """The product of an engine's diagram with itself, for outputs `combine` (outputs, roots).

    By default each root is an output. The result serves any means and variances. Raises `EngineRefusal`
    if that takes more than `pairs` pairs of nodes or `seconds`.
    """
    combine = np.eye(engine.roots) if combine is None else np.asarray(combine, np.float64)
    products = combine[:, :, None] * combine[:, None, :]
    one, other = np.nonzero(products.any(axis=0))
    one, other = one[one <= other], other[one <= other]
    weights = products[:, one, other] * np.where(one == other, 1.0, 2.0)
    wanted = list(zip(one.tolist(), other.tolist(), strict=True))
    try:
        made = self_product(diagram, wanted, most=pairs, until=clock() + seconds)
    except TooManyPairsError as error:
        broken = f"{seconds:g} s" if error.pairs is None else f"{error.pairs:,} pairs of diagram nodes"
        raise EngineRefusal(
            f"exact Sobol' indices: the product of the diagram needs more than {broken}"
        ) from None
    return Covariances(engine, combine, made, weights)
