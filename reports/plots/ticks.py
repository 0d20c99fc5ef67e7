"""Labels of an axis, all with the same number of decimals."""

from collections.abc import Sequence

from matplotlib.axis import Axis
from matplotlib.ticker import FixedFormatter, Formatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from sensa.reports.number_format import significant

MOST_DECIMALS = 12


class Percent(Formatter):
    """Probabilities in percent."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """One label."""
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """All labels, with as many decimals as the finest needs."""
        shown = [100 * float(value) for value in values]
        decimals = decimals_of(shown)
        return [f"{value + 0.0:.{decimals}f} %" for value in shown]


def decimals_of(values: Sequence[float]) -> int:
    """The fewest decimals that show all values as they are."""
    size = max((abs(value) for value in values), default=0.0)
    near = 1e-9 * size
    return next(
        (d for d in range(MOST_DECIMALS) if all(abs(round(v, d) - v) <= near for v in values)), MOST_DECIMALS
    )


def percent_axis(axis: Axis, *, ticks: int = 5) -> None:
    """Show probabilities in percent on a linear axis."""
    axis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(Percent())


class Decades(Formatter):
    """Probabilities in percent at powers of ten, each with the digits that it needs."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """One label."""
        return f"{significant(100 * x, 1)} %" if x > 1e-9 else f"{x:.0e}"


def log_percent_axis(axis: Axis) -> None:
    """Show probabilities in percent on a logarithmic axis."""
    axis.set_major_locator(LogLocator(10, numticks=8))
    axis.set_major_formatter(Decades())
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def plain_ticks(axis: Axis, at: Sequence[float], labels: Sequence[str]) -> None:
    """Set labels by hand."""
    axis.set_ticks(list(at))
    axis.set_major_formatter(FixedFormatter(list(labels)))
