"""Hypothesis: the same examples in every ordinary run, others with `--hypothesis-profile=random`.

Output is as wide as on a pipe: readline, which pytest imports, sets `COLUMNS` for all that the tests start.
The command line is put together once: Typer's runner would do it again at each of a thousand calls. Products
of matrices take one thread unless the environment says otherwise: workers would wait for each other's.
"""

import gc
import os
from functools import cache

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported

import pytest
import typer.testing
from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None, max_examples=60)  # machines may be busy
settings.register_profile("random", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("same")

typer.testing._get_command = cache(typer.testing._get_command)


def pytest_collection_finish() -> None:
    """Called by pytest. What is there by now stays, so the collector need not look at it each time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Called by pytest before each test and its fixtures."""
    os.environ.pop("COLUMNS", None)
