"""Pictures as files: the same bytes each time, without dates."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from sensa.reports.plots.style import styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = {
    "svg": {"Date": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None},
}  # what of a file's metadata would differ from day to day, or between versions


@contextmanager
def _quiet_fonts() -> Iterator[None]:
    """Do not log that a font for missing characters has no bold face: the usual one stands in."""
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def encoded(ax: "Axes", format: str) -> bytes:
    """The figure that Axes are in, as SVG, PNG or PDF.

    Characters that no font has are drawn as boxes: `fonts.complete` has warned of them.
    """
    figure = ax.figure
    assert isinstance(figure, Figure)
    stream = BytesIO()
    with styled(), _quiet_fonts(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(stream, format=format, metadata=FORMATS[format])
    return stream.getvalue()
