"""Reports and pictures of stored results, which another version or a stranger may have written."""

import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sensa.cli.failing import escaped_lines
from sensa.cli.terminal import note
from sensa.reading_apart import require_readable
from sensa.reports.plots.asked import NotDrawn
from sensa.store import StoreError, read
from sensa.stories.problems import cut, quoted

if TYPE_CHECKING:
    import xarray as xr

UNFIT = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)
MAX_REASON_CHARACTERS = 120


def result_at(path: str, prefix: str = "") -> "xr.DataTree":
    """The result in a NetCDF file or a Zarr directory.

    Raises `StoreError` if it cannot be read, or is not as results are written; `prefix` begins what it says
    of the latter.
    """
    from sensa.portfolios.dataset import FORMAT as PORTFOLIO
    from sensa.reports.result.tree_shape import in_order, misfit
    from sensa.results import FORMAT

    require_readable(path)
    tree = read(path)
    found = tree.attrs.get("format")
    if found == PORTFOLIO:
        raise StoreError(f"{prefix}is a portfolio ({PORTFOLIO}), not the result of one story")
    if found != FORMAT:
        said = "it has no attribute `format`" if found is None else f"its format is {quoted(found)}"
        raise StoreError(f"{prefix}does not hold a readable result ({said})")
    wrong = misfit(tree)
    if wrong is not None:
        raise StoreError(f"{prefix}is not as results are written; changed, or of another version ({wrong})")
    return in_order(tree)


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
