"""The expected loss: one number by one route, whoever tells it, and no error that is not to be trusted."""

import math
from datetime import date

import numpy as np
import pytest

from sensa.analyses.bounds import bounds
from sensa.analyses.expectations import expectations
from sensa.analyses.outcomes import outcomes
from sensa.analyses.value_of_information import value_of_information
from sensa.methods.expected_loss import HEAVY
from sensa.properties.judge import judge
from sensa.sampling.estimates import deviation, heavy_tailed
from sensa.sampling.parameters import RunError
from tests.short_stories import ASSUMPTION, beta, model, story

SIGMA = math.log(1e4) / (2 * 1.6448536269514722)  # of a lognormal from 1 to 10,000 between 5 % and 95 %
MEAN, SECOND = 100 * math.exp(SIGMA**2 / 2), 1e4 * math.exp(2 * SIGMA**2)
WIDE = "{ low = 1, high = 10000 }"
HELD = ASSUMPTION.format(name="a", credence=0.9)
TODAY = date(2026, 1, 1)
LIMITS = """
[expect]
loss = {{ value = {expected!r}, within = 1e-9 }}
[properties.cheap]
claim = "c"
require = "loss <= {low}"
[properties.dear]
claim = "c"
require = "loss >= {high}"
"""


def losing(body: str, loss: str, bad: str = "not a") -> str:
    text = story(body, bad)
    return text.replace('kind = "catastrophic"', f'kind = "catastrophic"\nloss = {loss}')


@pytest.mark.parametrize("credence", ["0.9", "{ beta = [9, 1] }"])
@pytest.mark.parametrize("seed", [0, 1])
def test_all_tell_the_same_exact_loss(credence: str, seed: int) -> None:
    """.1 exp(mu + sigma^2 / 2) = 503.644277524111."""
    expected = 0.1 * MEAN
    assert expected == pytest.approx(503.644277524111, rel=1e-12)
    text = losing(ASSUMPTION.format(name="a", credence=credence), WIDE)
    of = model(text + LIMITS.format(expected=expected, low=503, high=504), seed=seed, points=1024)
    data, verdicts = outcomes(of), judge(of, today=TODAY).verdicts
    assert (float(data["loss_error"]), data.attrs["how"]) == (0.0, "exact")
    told = [
        float(data["loss"]),
        float(expectations(of)["value"].values[0]),
        float(value_of_information(of)["loss"]),
        float(bounds(of)["upper"].sel(output="loss")),
        *(verdict.left.high for verdict in verdicts if verdict.left is not None),
    ]
    assert told == pytest.approx([expected] * 6, rel=1e-11)
    assert [verdict.status for verdict in verdicts] == ["fail", "fail"]
    assert bool(expectations(of)["met"].all())


def test_the_spread_of_a_wide_loss_is_exact() -> None:
    """Var((1 - a) L) = E (1 - a)^2 E L^2 - (.1 E L)^2; E (1 - a)^2 is .01, of a beta 1 x 2 / (10 x 11)."""
    for credence, square in ((HELD, 0.01), (beta("a", 9, 1), 2 / 110)):
        sd = math.sqrt(square * SECOND - (0.1 * MEAN) ** 2)
        assert float(outcomes(model(losing(credence, WIDE)))["loss_sd"]) == pytest.approx(sd, rel=1e-9)
    assert sd == pytest.approx(34199, abs=1)


def test_losses_linear_in_numbers_that_move_no_draw_are_exact() -> None:
    """E (2 x y + 3) = 2 E x E y + 3, with x lognormal(0, 1) and y uniform over [1, 3]."""
    numbers = "[quantities.x]\nvalue = { lognormal = [0, 1] }\n[quantities.y]\nvalue = { uniform = [1, 3] }\n"
    data = outcomes(model(losing(HELD + numbers, '"2 * x * y + 3"'), points=1024))
    assert float(data["loss"]) == pytest.approx(0.1 * (4 * math.exp(0.5) + 3), rel=1e-12)
    assert float(data["loss_error"]) == 0.0


def test_what_is_sampled_of_a_loss_is_its_chance_alone() -> None:
    """P(bad) = E x^2 = 1/3 is over points, as x moves two draws; the loss is 1/3 E L whatever L's tail."""
    body = "[quantities.x]\nvalue = { uniform = [0, 1] }\n" + "".join(
        f'[events.{name}]\nchance = "x"\n' for name in "ef"
    )
    of = model(losing(body, WIDE, "e and f") + LIMITS.format(expected=MEAN / 3, low=1690, high=1670))
    data = outcomes(of)
    assert float(data["loss"]) == pytest.approx(MEAN / 3, rel=1e-4)
    assert 0 < float(data["loss_error"]) < 1e-4 * MEAN
    assert data.attrs["how"] == "parameters-sampled"
    assert [verdict.status for verdict in judge(of, today=TODAY).verdicts] == ["pass", "pass"]


def test_a_sampled_loss_with_a_heavy_tail_is_not_trusted() -> None:
    """The log of x^2 has sigma 2: no error of 16,384 points tells how far its mean is off."""
    number = "[quantities.x]\nvalue = { lognormal = [0, 1] }\n"
    of = model(
        losing(HELD + number, '"x ** 2"') + LIMITS.format(expected=0.1 * math.exp(2), low=100, high=0.5)
    )
    for data in (outcomes(of), expectations(of)):
        assert (data.attrs["how"], data.attrs["note"]) == ("parameters-sampled", HEAVY)
    assert [verdict.status for verdict in judge(of, today=TODAY).verdicts] == ["undecided", "undecided"]
    light = outcomes(model(losing(HELD + number.replace("1]", "0.2]"), '"x ** 2"')))
    assert light.attrs["how"] == "parameters-sampled"
    assert "note" not in light.attrs


@pytest.mark.parametrize("loss", ["x", "2 * x", "x + x * y - 3", "x if a else 0"])
def test_a_loss_without_a_mean_is_refused_however_it_is_written(loss: str) -> None:
    """The mean of lognormal(0, 40) is exp(800), which no double holds."""
    numbers = "[quantities.x]\nvalue = { lognormal = [0, 40] }\n[quantities.y]\nvalue = { beta = [1, 1] }\n"
    of = model(losing(HELD + numbers, f'"{loss}"'), points=1024)
    with pytest.raises(
        RunError, match=r"quantities\.x\.value: its distribution, or its mean, reaches beyond"
    ):
        outcomes(of)


def test_tails_are_told_apart_by_their_index() -> None:
    """Of exp(s E), E exponential, the index is s. Hill's estimate over 384 values has a relative error of
    5 %, so 1 and .3 are more than 8 errors from a half: 40 tries have false alarms below 1e-12."""
    for seed in range(20):
        far = np.random.default_rng(seed).exponential(size=16384)
        assert heavy_tailed(np.exp(far))
        assert not heavy_tailed(np.exp(0.3 * far))
    assert not heavy_tailed(np.ones(100))


def test_rounding_is_no_spread() -> None:
    values = np.array([0.3, 0.1 + 0.2, 0.3, 0.3])
    assert values.std() > 0
    assert float(deviation(values)) == 0.0
    assert float(deviation(1e-20 * np.array([1.0, 3.0]))) == pytest.approx(1e-20, rel=1e-12)
    alike = '[events.e]\nchance = "0.3 if a else 0.3"\n[events.f]\nchance = 0.3\n'
    data = outcomes(model(story(beta("a", 2, 2) + alike, "a and e or not a and f")))
    assert float(data["sd"].sel(outcome="bad")) == 0.0
