"""Analyses that need a diagram where there is none: unknown, and said so."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from sensa.analyses.bounds import bounds
from sensa.analyses.dependence import dependence
from sensa.analyses.experts import experts
from sensa.analyses.frechet import frechet
from sensa.analyses.salib_methods import METHODS
from sensa.analyses.value_of_facts import value_of_facts
from sensa.analyses.value_of_information import value_of_information
from sensa.pipeline import prepare
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, story

EXPERTS = '{ experts = [{ name = "A", credence = 0.2 }, { name = "B", credence = { beta = [2, 2] } }] }'
NAMES = [f"a{i}" for i in range(6)]
TEXT = story(
    "".join(ASSUMPTION.format(name=name, credence=EXPERTS) for name in NAMES),
    f"at_least(3, {', '.join(NAMES)})",
).replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = 2')


@pytest.mark.parametrize(
    "analysis",
    [bounds, dependence, experts, frechet, value_of_facts, value_of_information, *METHODS.values()],
)
def test_without_a_diagram_nothing_is_known(analysis: Callable[[Session], xr.Dataset]) -> None:
    model = prepare(parse(TEXT), Settings(points=64, node_budget=2))
    assert model.exact_ends is None
    data = analysis(model)
    assert data.attrs["note"] == "no diagram within the budget"
    numbers = [values.values for name, values in data.items() if values.dtype.kind == "f" and name != "cost"]
    assert numbers
    assert all(np.isnan(values).all() for values in numbers)
