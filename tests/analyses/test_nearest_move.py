"""The nearest joint move: closed forms, a dense search, and what is not defined."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from sensa import pipeline
from sensa.analyses.nearest_move import nearest_move
from sensa.methods.log_odds_shift import moving
from sensa.stories.loading import load
from tests.short_stories import ASSUMPTION, beta, model, story

LIBRARY = Path(__file__).parents[2] / "stories" / "library"


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
    assert data.attrs["note"].startswith("no move was found that reaches 0.5; ")
    safe = nearest_move(model(story(beta("a", 8, 2), "a and not a")), (0.5,))
    assert math.isnan(float(safe["distance"].sel(limit=0.5)))
    assert safe.attrs["note"] == "no move was found that reaches 0.5"


def test_where_the_slope_is_nothing_the_curvature_tells_the_way() -> None:
    """Two even chances are alike with 1/2, whatever one of them is alone; p p + (1-p)(1-p) = .6 at .7236."""
    data = nearest_move(model(story(beta("a", 5, 5) + beta("b", 5, 5), "not exactly(1, a, b)")), (0.6, 0.4))
    there = 0.5 + math.sqrt(0.05)
    assert np.abs(data["move"].values) == pytest.approx(odds(there), abs=1e-8)
    assert (data["curvature"] > 0).all()


def test_credences_that_are_all_but_certain_may_move_far() -> None:
    """Both of 1 - 1e-7 (about) fall to .5: 16.1 each, not too far to be found."""
    data = nearest_move(model(story(beta("a", 1e7, 1) + beta("b", 1e7, 1), "not a and not b")), (0.25,))
    assert data["move"].values[0] == pytest.approx([-math.log(1e7)] * 2, rel=1e-9)


def test_all_draws_of_an_assumption_move_alike() -> None:
    """Of .8 or, half of the time, .5: s(log 4 + x) + s(x) = 1 where x = -log 2, and then it holds with .5."""
    given = ASSUMPTION.format(name="a", credence=0.8) + '[[assumptions.a.given]]\nif = "e"\ncredence = 0.5\n'
    data = nearest_move(model(story(given + '[events.e]\nchance = 0.5\nmode = "other"\n', "not a")), (0.5,))
    assert data["move"].values[0] == pytest.approx([-math.log(2)], abs=1e-9)
    assert data["credence"].values[0] == pytest.approx([0.5], abs=1e-9)
    assert data["now"].values == pytest.approx([0.65], abs=1e-12)


def test_it_is_the_mean_over_the_parameters_that_reaches_the_limit() -> None:
    """Both events of a chance that is uniform: P = (1-c)/3, not (1-c)/4, is .2 where c = .4."""
    body = beta("a", 8, 2) + "[quantities.q]\nvalue = { uniform = [0, 1] }\n"
    body += "".join(f'[events.{e}]\nchance = "q"\nmode = "other"\n' for e in "ef")
    data = nearest_move(model(story(body, "not a and e and f")), (0.2,))
    assert data.attrs["how"] == "parameters-sampled"
    assert data["credence"].values[0] == pytest.approx([0.4], abs=1e-3)
    assert data["risk"] == pytest.approx(0.2 / 3, abs=1e-3)


@pytest.mark.parametrize("name", ["cat_classifier", "power_seeking"])
def test_no_other_optimiser_comes_nearer_in_the_library(name: str) -> None:
    """SciPy's SLSQP, from the same point and from others; the certificate is that of a strict minimum."""
    made = pipeline.prepare(load(str(LIBRARY / f"{name}.toml")))
    data, way = nearest_move(made), moving(made)
    found = data.dropna("limit")
    assert way is not None
    assert found.sizes["limit"] >= 1
    assert (np.abs(found["residual"]) < 1e-8).all()
    assert (found["stationarity"] < 1e-7).all()
    assert (found["curvature"] > 0).all()
    rng = np.random.default_rng(1)
    for limit, move in zip(found["limit"].values, found["move"].values, strict=True):
        for start in (move, *rng.normal(0.0, 2.0, (2, len(move)))):
            other = minimize(
                lambda x: x @ x,
                start,
                jac=lambda x: 2 * x,
                method="SLSQP",
                options={"maxiter": 300, "ftol": 1e-14},
                constraints={
                    "type": "eq",
                    "fun": lambda x, limit=limit: way.risks(x[None])[0] / limit - 1,
                    "jac": lambda x, limit=limit: way.slopes(x[None])[1][0] / limit,
                },
            )
            if other.success and abs(way.risks(other.x[None])[0] / limit - 1) < 1e-8:
                assert math.sqrt(other.fun) > math.sqrt(move @ move) - 1e-6
