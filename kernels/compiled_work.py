"""Whether work is done in plain Python or in compiled code: by what that code takes until it runs.

Both give the same to the last bit, so no result depends on it.
"""

import os
import sys
from functools import cache

from sensa.kernels.code_place import place

IMPORTING_SECONDS = 0.2  # Numba
LOADING_SECONDS = 0.05  # the code of one module, from its cache
COMPILING_SECONDS = 1.5  # the code of one module
PATIENCE_SECONDS = 0.5  # plain work that a module may do before anything is imported or compiled for it

_spent: dict[str, float] = {}  # seconds of plain work that this process has done in place of a module's


def seconds_to_load(module: str) -> float:
    """Estimate what a module of `sensa.kernels` takes until its compiled code runs: 0 if it is loaded."""
    if module in sys.modules:
        return 0.0
    importing = 0.0 if "numba" in sys.modules else IMPORTING_SECONDS
    return importing + (LOADING_SECONDS if _cached(module) else COMPILING_SECONDS)


def ready(module: str) -> bool:
    """Whether the code of a module is loaded or in the cache, so that nothing has to be compiled."""
    return seconds_to_load(module) < COMPILING_SECONDS


def pays(module: str, seconds: float, ahead: float = 0.0) -> bool:
    """Whether work that takes `seconds` in plain Python is for this module with compiled code.

    It is once all plain work of its kind, or what is likely `ahead`, takes longer than loading the module;
    or, where Numba is not imported or the code not compiled yet, longer than most small stories ever take.
    """
    _spent[module] = _spent.get(module, 0.0) + seconds
    loading = seconds_to_load(module)
    return max(_spent[module], ahead) > (loading if loading <= LOADING_SECONDS else PATIENCE_SECONDS)


@cache
def _cached(module: str) -> bool:
    """Whether code of a module is in the cache, perhaps of older sources."""
    *folders, name = module.removeprefix("sensa.kernels.").split(".")
    where = place(os.path.join(os.path.dirname(os.path.abspath(__file__)), *folders))
    return where is not None and next(where.glob(f"{name}.*.nbi"), None) is not None
