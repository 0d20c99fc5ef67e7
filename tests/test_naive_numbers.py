"""The naive parameters of a story, and their distributions, against closed forms."""

import math
import tomllib

import numpy as np
import pytest
from scipy import stats

from tests import naive


def test_parameters_are_the_numbers_written_as_distributions():
    doc = tomllib.loads("""
        [quantities.q]
        value = { normal = [0, 1] }
        [quantities.d]
        value = "q + 1"
        [assumptions.a]
        credence = 0.5
        given = [{ if = "true", credence = 0.5 }, { if = "true", credence = { interval = [0, 1] } }]
        [challenges.c]
        leaves = { beta = [1, 1] }
        [events.e]
        chance = { beta = [1, 1] }
        leak = { beta = [1, 1] }
        given = [{ if = "true", chance = { beta = [1, 1] } }]
        [events.f]
        causes = { a = { beta = [1, 1] }, e = 0.5 }
        [choices.m]
        options = { x = { weight = { gamma = [1, 1] } }, y = { bits = { gamma = [1, 1] } }, z = {} }
        nudges = [{ odds = { x = 2, y = { exponential = [1] } } }]
        [safeguards.s]
        power = { beta = [1, 1] }
        false_alarm = { beta = [1, 1] }
        [[phases]]
        name = "one"
        [[phases]]
        name = "two"
        axes = { shift = { exponential = [1] }, updating = 1.0 }
        [outcomes.o]
        loss = { exponential = [1] }
    """)
    assert naive.parameters(doc) == [
        "quantities.q.value",
        "assumptions.a.given[1].credence",
        "challenges.c.stands",
        "challenges.c.leaves",
        "events.e.chance",
        "events.e.leak",
        "events.e.given[0].chance",
        "events.f.causes.a",
        "choices.m.options.x.weight",
        "choices.m.options.y.bits",
        "choices.m.nudges[0].odds.y",
        "safeguards.s.power",
        "safeguards.s.false_alarm",
        "phases[1].axes.shift",
        "outcomes.o.loss",
    ]


def level_of(raw: str, scale: str, level: float) -> float:
    table, key = ("quantities.x", "value") if scale == "real" else ("challenges.x", "stands")
    doc = tomllib.loads(f"[{table}]\n{key} = {raw}")
    return float(naive.at_levels(doc, {f"{table}.{key}": level})[f"{table}.{key}"])


ODDS = math.sqrt(1.5 * 19)  # of 0.6 and 0.95: their middle in log-odds
REVIEWERS = [0.4, 0.15, 0.75, 0.65, 0.75, 0.7, 0.95, 0.5, 0.001, 0.3, 0.8]
EXPERTS = ", ".join(f'{{ name = "r", credence = {p} }}' for p in REVIEWERS)
P, R = "probability", "real"
LEVELS = [
    ("{ low = 0.6, high = 0.95 }", P, 0.05, 0.6),
    ("{ low = 0.6, high = 0.95 }", P, 0.95, 0.95),
    ("{ low = 0.6, high = 0.95 }", P, 0.5, ODDS / (1 + ODDS)),
    ("{ low = 0.6, high = 0.95, level = 0.5 }", P, 0.75, 0.95),
    ("{ low = 1, high = 4 }", R, 0.5, 2.0),
    ("{ low = 1, high = 4 }", R, 0.05, 1.0),
    ('{ low = 1, high = 4, family = "normal" }', R, 0.5, 2.5),
    ("{ low = -1, high = 4 }", R, 0.95, 4.0),
    ("{ beta = [1, 1] }", P, 0.3, 0.3),
    ("{ mean = 0.5, concentration = 2 }", P, 0.3, 0.3),
    ("{ held = 0, trials = 1, prior = [1, 1] }", P, 0.75, 0.5),  # Beta(1, 2): 1 - sqrt(1 - u)
    ("{ held = 0, trials = 0 }", P, 1 / 3, 0.25),  # the arcsine law: sin^2(pi u / 2)
    ("{ logit_normal = [1, 2] }", P, 0.5, math.e / (1 + math.e)),
    ("{ normal = [1, 2] }", R, 0.8413447460685429, 3.0),
    ("{ lognormal = [1, 2] }", R, 0.8413447460685429, math.exp(3)),
    ("{ uniform = [0.2, 0.6] }", P, 0.25, 0.3),
    ("{ interval = [2, 6] }", R, 0.25, 3.0),
    ("{ triangular = [0, 1, 4] }", R, 0.25, 1.0),  # the area before the mode is 1/4
    ("{ pert = [2, 4, 6] }", R, 0.103515625, 3.0),  # Beta(3, 3): 10 x^3 - 15 x^4 + 6 x^5 at 1/4
    ("{ loguniform = [1, 100] }", R, 0.5, 10.0),
    ("{ gamma = [1, 2] }", R, 1 - math.exp(-1), 2.0),
    ("{ exponential = [2] }", R, 1 - math.exp(-1), 0.5),
    ('{ likelihood = "likely" }', P, 0.5, 0.83),
    ("{ quantiles = [[0.05, 0.4], [0.5, 0.7], [0.95, 0.9]] }", P, 0.05, 0.4),
    ("{ quantiles = [[0.05, 0.4], [0.5, 0.7], [0.95, 0.9]] }", P, 0.5, 0.7),
    ("{ quantiles = [[0.1, 0.2], [0.9, 0.8]] }", P, 0.5, 0.5),
    ("{ quantiles = [[0.5, 1], [0.8413447460685429, 3]] }", R, 0.9772498680518208, 5.0),  # straight on
    ("{ quantiles = [[0.5, 1], [0.8413447460685429, 3]], log = true }", R, 0.9772498680518208, 9.0),
    ("{ experts = [{ credence = 0.2 }, { weight = 3, credence = 0.8 }] }", P, 0.24, 0.2),
    ("{ experts = [{ credence = 0.2 }, { weight = 3, credence = 0.8 }] }", P, 0.26, 0.8),
    (
        "{ experts = [{ credence = { uniform = [0, 0.5] } }, { credence = { uniform = [0.5, 1] } }] }",
        P,
        0.3,
        0.3,
    ),
    (
        "{ experts = [{ credence = { exponential = [2] } }, { credence = 9 }] }",
        R,
        (1 - math.exp(-1)) / 2,
        0.5,
    ),
    # published: the geometric mean of these reviewers' odds
    (f'{{ experts = [{EXPERTS}], pool = "odds" }}', P, 0.5, 0.45693),
]


@pytest.mark.parametrize(("raw", "scale", "level", "value"), LEVELS)
def test_distributions_have_the_quantiles_of_their_definition(raw, scale, level, value):
    # 5e-6 for the one that is printed to five digits; the others are exact
    assert level_of(raw, scale, level) == pytest.approx(value, abs=5e-6 if "odds" in raw else 1e-12)


def test_the_copula_gives_the_rank_correlation():
    doc = tomllib.loads("""
        [quantities]
        x = { value = { exponential = [1] } }
        y = { value = { uniform = [0, 1] } }
        z = { value = { normal = [0, 1] } }
        [[dependence]]
        between = ["quantities.z.value", "quantities.x.value"]
        rank_correlation = 0.6
    """)
    thetas = naive.sample_theta(doc, 4096, seed=1)
    x, y, z = (np.array([theta[f"quantities.{name}.value"] for theta in thetas]) for name in "xyz")
    # Independent points would err by 0.016 (one standard deviation) at most; these are more even.
    assert stats.spearmanr(x, z)[0] == pytest.approx(0.6, abs=0.02)
    assert stats.spearmanr(x, y)[0] == pytest.approx(0.0, abs=0.02)
    assert x.mean() == pytest.approx(1.0, abs=0.01)
