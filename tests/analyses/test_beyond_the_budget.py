"""Analyses that need a diagram where there is none: unknown, and said so."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from sensa.analyses import DIAGRAM, EXACT, TABLE, Analysis
from sensa.analyses.salib_methods import METHODS
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
MORE = """
[events.late]
claim = "It is late"
mode = "other"
requires = ["a0"]
chance = 0.5

[choices.m]
claim = "What training finds"
[choices.m.options]
meant = { weight = 3, tags = ["conforms"] }
other = { weight = 1 }

[expect]
"P(late)" = { value = 0.2, within = 0.1 }

[stated]
"P(late)" = { value = 0.4, source = "A paper" }
"""
ROWLESS = ("value_of_trials", "settling_facts")  # list nothing where nothing is known


@pytest.mark.parametrize(
    "analysis",
    [*(row for row in TABLE if row.needs in (DIAGRAM, EXACT)), *METHODS.values()],
    ids=lambda row: getattr(row, "name", ""),
)
def test_without_a_diagram_nothing_is_known(analysis: Callable[[Session], xr.Dataset]) -> None:
    model = prepare(parse(TEXT), Settings(points=64, node_budget=2))
    assert model.exact_ends is None
    data = analysis(model)
    assert "no diagram within the budget" in data.attrs["note"]
    numbers = [values.values for name, values in data.items() if values.dtype.kind == "f" and name != "cost"]
    assert numbers or getattr(analysis, "name", "") in ROWLESS
    assert all(np.isnan(values).all() for values in numbers)


@pytest.mark.parametrize("analysis", [row for row in TABLE if not row.needs], ids=lambda row: row.name)
def test_an_analysis_whose_row_names_no_need_answers_from_worlds(analysis: Analysis) -> None:
    text = TEXT.replace('when = "at_least', 'when = "late or at_least') + MORE
    model = prepare(parse(text), Settings(points=64, node_budget=2))
    data = analysis(model)
    numbers = [values.values for values in data.values() if values.dtype.kind == "f"]
    assert any((~np.isnan(values)).any() for values in numbers)
