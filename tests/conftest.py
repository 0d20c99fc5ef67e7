"""Hypothesis: the same examples in every ordinary run, others with `--hypothesis-profile=random`.

Output is as wide as on a pipe: readline, which pytest imports, sets `COLUMNS` for all that the tests start.
"""

import os

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)  # machines may be busy
settings.register_profile("random", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("same")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Called by pytest before each test and its fixtures."""
    os.environ.pop("COLUMNS", None)
