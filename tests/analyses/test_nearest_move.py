"""The nearest joint move: closed forms, a dense search, and what is not defined."""

import math
from itertools import product

import numpy as np
import pytest

from sensa.analyses.nearest_move import nearest_move
from tests.analyses.test_analyses import beta, model
from tests.compiling.test_graph import story


def odds(p: float) -> float:
    return math.log(p / (1 - p))


def test_one_credence_moves_to_its_tipping_point() -> None:
    """P(bad) = 1 - P(a) = .2; it is .5 where the log-odds of a fall by those of .8."""
    data = nearest_move(model(story(beta("a", 8, 2), "not a")), (0.5, 0.2))
    assert data["move"].sel(limit=0.5, assumption="a") == pytest.approx(-odds(0.8), abs=1e-6)
    assert data["credence"].sel(limit=0.5, assumption="a") == pytest.approx(0.5, abs=1e-6)
    assert data["distance"].sel(limit=0.5) == pytest.approx(odds(0.8), abs=1e-6)
    assert float(data["distance"].sel(limit=0.2)) < 1e-5


def test_alike_credences_share_the_move() -> None:
    """Bad if both fail, P = .2 x .2; at a limit of .25 both stand at .5, by symmetry."""
    data = nearest_move(model(story(beta("a", 8, 2) + beta("b", 8, 2), "not a and not b")), (0.25,))
    assert data["move"].sel(limit=0.25).values == pytest.approx([-odds(0.8)] * 2, abs=1e-5)


def test_it_is_the_nearest_of_a_dense_search() -> None:
    """1 - b a + ...: on a grid of moves within .02 of each other none on the far side is nearer."""
    text = story(beta("a", 8, 2) + beta("b", 6, 4) + beta("c", 9, 1), "(not a and not b) or not c")
    data = nearest_move(model(text), (0.4,))
    found = float(data["distance"].sel(limit=0.4))
    steps = np.arange(-4, 4.01, 0.02)
    best = math.inf
    for da, dc in product(steps, steps):
        if da * da + dc * dc >= best * best:
            continue
        a, c = 1 / (1 + math.exp(-odds(0.8) - da)), 1 / (1 + math.exp(-odds(0.9) - dc))
        # 1 - (1 - (1-a)(1-b)) c >= .4 solved for b, the nearest that is enough
        rest = (1 - 0.6 / c) / (1 - a) if c > 0 else 1.0
        if rest <= 0:
            db = 0.0 if 1 - (1 - (1 - a) * 0.4) * c >= 0.4 else None
        elif rest >= 1:
            db = None
        else:
            db = min(odds(1 - rest) - odds(0.6), 0.0)
        if db is not None:
            best = min(best, math.sqrt(da * da + db * db + dc * dc))
    assert found == pytest.approx(best, abs=0.02)
    assert found <= best + 1e-6


def test_a_limit_out_of_reach_and_a_story_without_catastrophe_are_not_defined() -> None:
    """With an event of .3 needed, the risk never reaches .5."""
    text = beta("a", 8, 2) + '[events.e]\nchance = 0.3\nmode = "other"\n'
    data = nearest_move(model(story(text, "not a and e")), (0.5, 0.1))
    assert math.isnan(float(data["distance"].sel(limit=0.5)))
    assert data["credence"].sel(limit=0.1, assumption="a") == pytest.approx(1 - 1 / 3, abs=1e-6)
