"""Failures of smaller systems carried to a larger one: Bayesian logistic regression on log10(scale).

The model: of `trials` at each scale, `held` succeed with probability logistic(alpha + beta x), x the log10 of
the scale less its mean over the rows, divided by twice its standard deviation (so that it has standard
deviation 1/2). If all scales are equal, x is in decades. The priors are those of Gelman, Jakulin, Pittau and
Su (2008, DOI 10.1214/08-AOAS191): alpha ~ Cauchy(0, 10), beta ~ Cauchy(0, 2.5), independent. The answer is
the posterior of p = logistic(alpha + beta x) at the target scale.

It misleads where the log-odds are not linear in the log of the scale: an ability that emerges suddenly is not
foreseen, and nothing in the posterior warns of it.

Method: with eta = alpha + beta x_at, the density of eta at a node is an adaptive integral over beta, on cells
graded around the places where something can be narrow (each prior's centre, the likelihood's mode, and where
a row with all or no successes starts to matter: `logistic_posterior`); eta itself is on adaptive cells in
asinh((eta - mode) / s), mode and s by Laplace's approximation; the distribution function is the exact
integral of the interpolating polynomials. Cauchy tails, a single row, all successes and no trials need no
special cases.
"""

import math

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from sensa.kernels.distributions.levels import Marginal
from sensa.kernels.distributions.logistic_posterior import INTERCEPT, SLOPE, Data, Mode, density
from sensa.kernels.distributions.posterior_cells import Cells, of_cells, resolved

Floats = npt.NDArray[np.float64]


def scaled(args: tuple[float, ...]) -> Data:
    """Scale the input: (at, then scale, trials, held of each row)."""
    scale, trials, held = np.array(args[1:]).reshape(-1, 3).T
    x = np.log10(scale)
    spread = float(np.std(x, ddof=1)) if len(x) > 1 else 0.0
    unit = 2.0 * spread if spread > 0 else 1.0
    middle = float(x.mean())
    return Data((x - middle) / unit, trials, held, (math.log10(args[0]) - middle) / unit)


def laplace(data: Data) -> Mode:
    """Laplace's approximation of the posterior, by damped Newton steps."""
    design = np.stack([np.ones_like(data.x), data.x], axis=1)
    precision = np.diag([INTERCEPT**-2, SLOPE**-2])
    theta = np.zeros(2)
    curvature = precision
    for _ in range(200):
        p = expit(design @ theta)
        slope = design.T @ (data.held - data.trials * p) - precision @ theta
        curvature = design.T @ ((data.trials * p * (1 - p))[:, None] * design) + precision
        step = np.linalg.solve(curvature, slope)
        theta = theta + step * min(1.0, 1.0 / float(np.abs(step).max() + 1e-300))
        if np.abs(step).max() < 1e-9:
            break
    to_target = np.array([1.0, data.target])
    variance = float(to_target @ np.linalg.solve(curvature, to_target))
    return Mode(float(to_target @ theta), math.sqrt(variance), float(theta[1]))


def extrapolate(args: tuple[float, ...], _: tuple[Marginal, ...] = ()) -> Marginal:
    """The posterior of p at the scale `args[0]`; see the module's docstring."""
    data = scaled(args)

    def posterior() -> Cells:
        mode = laplace(data)
        return resolved(lambda rise: density(data, mode, rise), mode.eta, mode.scale)

    return of_cells(posterior)
