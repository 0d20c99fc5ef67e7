"""Roots of many increasing functions at once, each in a bracket."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
MAX_ROUNDS = 120


def roots(
    function: Callable[[Floats, Indices], Floats], low: Floats, high: Floats, *, exact: float = 0.0
) -> Floats:
    """The x in [low, high] at which each increasing function crosses 0 (Chandrupatla 1997).

    `function(x, which)` gives the values of the functions numbered `which` at x. An interpolation step is
    taken where inverse quadratic interpolation is trustworthy, else bisection; a function is done where
    |value| <= exact or the bracket has shrunk to a few units in the last place. Without a crossing, the
    result is the nearer end. Source: Chandrupatla, DOI 10.1016/S0965-9978(96)00051-8. All shapes are (n,).
    """
    which = np.arange(len(low))
    a, b = high.astype(np.float64), low.astype(np.float64)  # a is the most recent end
    fa, fb = function(a, which), function(b, which)
    result = np.where(fb >= 0, b, a)
    live = (fb < 0) & (fa > 0)
    which, (a, b, fa, fb) = which[live], (v[live] for v in (a, b, fa, fb))
    c, fc = b, fb
    t = np.full(len(a), 0.5)
    for _ in range(MAX_ROUNDS):
        if not len(a):
            break
        x = a + t * (b - a)
        fx = function(x, which)
        same = np.sign(fx) == np.sign(fa)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        best = np.where(np.abs(fa) < np.abs(fb), a, b)
        result[which] = best
        least = np.minimum(np.abs(fa), np.abs(fb))
        width = np.abs(b - a)
        narrow = 2.0 * np.finfo(np.float64).eps * np.abs(best) + 1e-320
        live = (least > exact) & (width > 2.0 * narrow)
        which, (a, b, c, fa, fb, fc) = which[live], (v[live] for v in (a, b, c, fa, fb, fc))
        t = _step(a, b, c, fa, fb, fc, (narrow / np.maximum(width, 1e-320))[live])
    return result


def _step(a: Floats, b: Floats, c: Floats, fa: Floats, fb: Floats, fc: Floats, least: Floats) -> Floats:
    """The next point between a and b, as a share of the bracket."""
    with np.errstate(all="ignore"):
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        trusted = (phi * phi < xi) & ((1 - phi) ** 2 < 1 - xi)
        t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    t = np.where(trusted & np.isfinite(t), t, 0.5)
    return np.clip(t, least, 1.0 - least)
