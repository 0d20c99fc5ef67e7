"""Distributions cut off beyond two ends."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sensa.kernels.distributions import closed_forms
from sensa.kernels.distributions.levels import Levels, Marginal, Tails
from sensa.kernels.distributions.quadrature import moments_of

Floats = npt.NDArray[np.float64]
Args = tuple[float, ...]
Parts = tuple[Marginal, ...]


def truncated(of: Callable[[Args], Marginal]) -> Callable[[Args, Parts], Marginal]:
    """The family `of`, with the two ends after its arguments: its values given that they are between them.

    The level u of what is left is the level F(a) + u (F(b) - F(a)) of the whole, and likewise from above.
    Levels are accurate to 1e-15 of the whole, so not relative to a tail next to an end.
    """

    def cut(args: Args, _: Parts = ()) -> Marginal:
        whole, (a, b) = of(args[:-2]), args[-2:]
        ends = whole.tails(np.array([a, b]))
        (below_a, below_b), (above_a, above_b) = ends.lower.tolist(), ends.upper.tolist()

        def between(low: Tails, high: Tails) -> Floats:
            """P(low < X < high) from their tails, by the smaller ones."""
            upper = low.lower > 0.5
            return np.where(upper, low.upper - high.upper, np.minimum(high.lower, 1 - high.upper) - low.lower)

        at_a, at_b = Tails(*np.array([[below_a], [above_a]])), Tails(*np.array([[below_b], [above_b]]))
        share = float(between(at_a, at_b)[0])

        def inverse(levels: Levels) -> Floats:
            inside = Levels(below_a + share * levels.lower, above_b + share * levels.upper)
            return np.clip(whole.inverse(inside), a, b)

        def tails(x: Floats) -> Tails:
            at = whole.tails(np.clip(x, a, b))
            lower, upper = between(at_a, at) / share, between(at, at_b) / share
            return Tails(np.clip(lower, 0.0, 1.0), np.clip(upper, 0.0, 1.0))

        return Marginal(inverse, tails, lambda: moments_of(inverse), (a, b))

    return cut


truncated_normal = truncated(closed_forms.normal)
truncated_lognormal = truncated(closed_forms.lognormal)
truncated_exponential = truncated(closed_forms.exponential)
