"""SALib's methods on a story: for comparison with what others publish, and as a check on our own indices.

`sobol_credence` and `shapley` of `sensa.analyses` are exact or nearly so and should be asked first; these
methods estimate from samples what is there without. Inputs are levels: the factor of a parameter is the level
u of its distribution, from 0 to 1, so that every factor is uniform whatever its distribution (Beta, PERT,
experts, extrapolation), and an effect "over the whole range" is one over its distribution. Outputs are the
outcomes' probabilities, exact at each point.

SALib (Iwanaga, Usher, Herman 2022, 10.18174/sesmo.18155) is imported when a method is called, since that
takes a second.
"""

from collections.abc import Callable

import xarray as xr

from sensa.analyses.salib_methods.adaptor import evaluator, problem, problem_spec
from sensa.analyses.salib_methods.from_designs import dgsm, fast, morris, shapley, sobol
from sensa.analyses.salib_methods.from_samples import delta, discrepancy, hdmr, pawn, rbd_fast, rsa
from sensa.session import Session

__all__ = ["METHODS", "evaluator", "problem", "problem_spec", "run"]

METHODS: dict[str, Callable[..., xr.Dataset]] = {
    "morris": morris,
    "fast": fast,
    "rbd_fast": rbd_fast,
    "delta": delta,
    "pawn": pawn,
    "dgsm": dgsm,
    "hdmr": hdmr,
    "rsa": rsa,
    "discrepancy": discrepancy,
    "shapley": shapley,
    "sobol": sobol,
}


def run(session: Session, name: str, *, outcome: str | None = None) -> xr.Dataset:
    """A method's statistics for all outcomes, or for one: `factor` by `outcome`, statistics by SALib's names.

    Raises ValueError for an unknown method or outcome.
    """
    if name not in METHODS:
        raise ValueError(f"unknown method `{name}`; expected one of {', '.join(METHODS)}")
    return METHODS[name](session, outcome=outcome)
