"""The small values of the public face."""

from hypothesis import strategies as st

from sensa.reports.notebook.probability import Probability
from sensa.sampling.estimates import Precision

UNIT = st.floats(0, 1)


def probabilities() -> st.SearchStrategy[Probability]:
    """Probabilities within their intervals, or without one; exact, or with an error."""
    ordered = st.lists(UNIT, min_size=3, max_size=3).map(sorted)
    within = ordered.map(lambda ends: Probability(ends[1], (ends[0], ends[2])))
    return within | st.builds(Probability, UNIT, st.none(), st.floats(0, 0.5))


def precisions() -> st.SearchStrategy[Precision]:
    """Every precision, of each probability or of all."""
    return st.builds(Precision, st.floats(0, 1, exclude_min=True, exclude_max=True), st.booleans())
