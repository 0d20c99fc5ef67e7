"""Which unknown fact matters: Sobol' indices of how the story ends, with the story's nodes as factors."""

from matplotlib.axes import Axes

from sensa.reports.plots.asked import Asked
from sensa.reports.plots.sobol import drawn


def draw(asked: Asked) -> Axes:
    """Bars of the total index, with the first-order index within, the largest at the top."""
    return drawn(asked, asked.group("sobol_truth"), "fact", f"whether it ends so: {asked.said}")
