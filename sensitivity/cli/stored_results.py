"""Reports and pictures of stored results, which another version or a stranger may have written."""

import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from sensa.cli.failing import escaped_lines
from sensa.cli.terminal import note
from sensa.reports.plots.asked import NotDrawn
from sensa.store import StoreError
from sensa.stories.problems import cut

UNFIT = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)
MAX_REASON_CHARACTERS = 120


@contextmanager
def fitting(path: str = "", *, verbose: bool) -> Iterator[None]:
    """Show a stored result; raise `StoreError`, with the path, if what it holds does not fit together.

    With `verbose`, print where that was noticed: the result may be right, and the report wrong.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, of values that nobody computed
            yield
    except NotDrawn:
        raise
    except UNFIT as error:
        if verbose:
            note(escaped_lines(traceback.format_exc()))
        reason = cut(" ".join(f"{type(error).__name__}: {error}".split()), MAX_REASON_CHARACTERS)
        said = f"what it holds does not fit together; changed, or of another version ({reason})"
        raise StoreError(f"{path}: {said}" if path else said) from None
