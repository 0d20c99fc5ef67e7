"""The nearest joint move on generated stories: on the limit, and nothing about it is nearer."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from sensa.analyses.nearest_move import nearest_move
from sensa.compiling import compile_story
from sensa.lowering import lower
from sensa.methods.log_odds_shift import moving
from sensa.sampling.parameters import RunError
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.reading import parse
from tests import strategies

UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
LIMITS = (0.05, 0.3)


def local(case: tuple[str, dict[str, Any], dict[str, float]]) -> None:
    story = parse(case[0])
    graph = compile_story(story)
    model = Session(graph, lower(graph), Settings(points=128, replicates=2))
    try:
        data, way = nearest_move(model, LIMITS), moving(model, over=True)
    except RunError:
        return
    rng = np.random.default_rng(0)
    for limit in LIMITS:
        here = data.sel(limit=limit)
        move = here["move"].values
        if way is None or np.isnan(move).any():
            assert np.isnan(float(here["distance"]))
            assert data.attrs["note"]
            continue
        start, there = way.risks(np.stack([np.zeros(len(move)), move]))
        assert there == pytest.approx(limit, rel=1e-6)
        if here["distance"] > 1e-3 and here["curvature"] > 1e-3:
            about = move + 0.01 * here["distance"].item() * rng.normal(size=(100, len(move)))
            shorter = about * 0.9999 * here["distance"].item() / np.sqrt((about**2).sum(axis=1))[:, None]
            sign = 1.0 if start < limit else -1.0
            assert (sign * (way.risks(shorter) - limit) <= 1e-9).all()


@settings(max_examples=6, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.cases())
def test_nothing_about_it_is_nearer(case: tuple[str, dict[str, Any], dict[str, float]]) -> None:
    local(case)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.cases())
def test_nothing_about_it_is_nearer_in_many(case: tuple[str, dict[str, Any], dict[str, float]]) -> None:
    local(case)
