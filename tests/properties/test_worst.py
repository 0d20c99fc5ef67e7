"""The worst over the parameters' boxes against closed forms, dense grids by enumeration, and `bounds`."""

import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import uniform

from sensa.analyses.bounds import bounds
from sensa.pipeline import prepare
from sensa.properties.cases import Case
from sensa.properties.judge import judge
from sensa.properties.margins import MeteredRequirement
from sensa.properties.meters import measures
from sensa.properties.verdicts import Verdict
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.properties.requirements import parse_requirement
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, story

NUMBERS = (
    "[quantities.x]\nvalue = {{ interval = [{}, {}] }}\n[quantities.y]\nvalue = {{ interval = [{}, {}] }}\n"
)
EVENT = '[events.{name}]\nchance = {chance}\nmode = "other"\n'


def judged(text: str, require: str) -> tuple[Session, Verdict]:
    made = prepare(parse(f'{text}\n[properties.p]\nrequire = "{require}"\nat = "worst"\n'), Settings())
    return made, judge(made, today=date(2026, 11, 21)).verdicts[0]


def test_the_worst_in_the_middle_is_proven_as_bounds_prove_it() -> None:
    """P(bad) = x (1 - x) y is at most .15, at x = 1/2 and y = .6; the other case's number is not read."""
    text = story(
        NUMBERS.format(0.1, 0.9, 0.2, 0.6)
        + ASSUMPTION.format(name="a", credence='"x"')
        + EVENT.format(name="e", chance='"1 - x"')
        + EVENT.format(name="f", chance="{ beta = [2, 8] }")
        + 'given = [{ if = "a", chance = "y" }]\n',
        "a and e and f",
        "f",
    )
    made, found = judged(text, "P(bad) <= 0.1501")
    assert (found.status, found.certainty) == ("pass", "exact")
    assert found.margin == pytest.approx(0.0001, abs=1e-9)
    assert float(bounds(made)["upper"].sel(output="bad")) == pytest.approx(0.15, abs=1e-9)
    assert judged(text, "P(bad) <= 0.15")[1].status == "pass"
    _, broken = judged(text, "P(bad) <= 0.14")
    assert broken.nearest is not None
    moves = {move.parameter: move.to for move in broken.nearest.moves}
    assert moves == pytest.approx({"quantities.y.value": 0.6}, abs=1e-6)  # x is stated at 1/2


def test_a_safeguard_against_two_events_is_worst_at_its_weakest() -> None:
    """P(bad) = 1 - (1 - e (1 - s)) (1 - f (1 - s)) with e = .15, f = .4, where s is not one draw for both."""
    text = story(
        ASSUMPTION.format(name="a", credence=0.7)
        + EVENT.format(name="e", chance=0.5)
        + 'when = "not a"\n'
        + EVENT.format(name="f", chance=0.4)
        + '[safeguards.s]\nagainst = ["e", "f"]\npower = { uniform = [0, 0.2] }\naction = "halt"\n',
        "(e or f) and not halted",
        "halted",
    )
    weakest = float(uniform(0, 0.2).ppf(0.05))
    happens = 1 - (1 - 0.15) * (1 - 0.4)
    both = 0.15 * 0.4
    bad = (1 - weakest) * (happens - both) + (1 - weakest) ** 2 * both
    _, found = judged(text, "P(catastrophic) <= 0.3")
    assert (found.status, found.certainty) == ("fail", "exact")
    assert found.margin == pytest.approx(0.3 - bad, abs=1e-9)
    assert found.margin == pytest.approx(-0.184506, abs=1e-12)


SHAPES = [
    "a and e and f",
    "not a and (e or not f)",
    "(a or e) and not f",
    "not a and not e or e and f",
]
CHANCES = {
    "x": lambda x, y: x,
    "1 - x": lambda x, y: 1 - x,
    "x * y": lambda x, y: x * y,
    "y": lambda x, y: y,
    "x / (x + y)": lambda x, y: x / (x + y),
    "min(x, 1 - y)": lambda x, y: np.minimum(x, 1 - y),
    "4 * x * (1 - x)": lambda x, y: 4 * x * (1 - x),
}
CURVED = {"x / (x + y)", "min(x, 1 - y)"}
REQUIRED = {
    "P(bad) <= {}": lambda bad, poor, k: k - bad,
    "P(bad) >= {}": lambda bad, poor, k: bad - k,
    "P(bad) * P(bad) - P(poor) / 2 <= {}": lambda bad, poor, k: k - bad**2 + poor / 2,
    "P(bad | failure) <= {}": lambda bad, poor, k: k - bad / (bad + poor),
    "P(bad) + 1e12 <= {} + 1e12": lambda bad, poor, k: k - bad,
}


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(SHAPES),
    st.lists(st.sampled_from(sorted(CHANCES)), min_size=3, max_size=3),
    st.lists(st.sampled_from([0.05, 0.2, 0.35, 0.6, 0.75, 0.95]), min_size=2, max_size=2, unique=True),
    st.lists(st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]), min_size=2, max_size=2, unique=True),
    st.sampled_from(sorted(REQUIRED)),
    st.sampled_from([0.05, 0.15, 0.3, 0.45, 0.7]),
)
def test_the_worst_is_that_of_a_dense_grid(
    shape: str, chances: list[str], xs: list[float], ys: list[float], require: str, limit: float
) -> None:
    """What passes holds over the grid, what fails breaks at its counterexample; the margin is the least."""
    a, e, f = chances
    text = story(
        NUMBERS.format(*sorted(xs), *sorted(ys))
        + ASSUMPTION.format(name="a", credence=f'"{a}"')
        + EVENT.format(name="e", chance=f'"{e}"')
        + EVENT.format(name="f", chance=f'"{f}"'),
        shape,
        "f or not a",
    )
    made, found = judged(text, require.format(limit))

    def margin(x, y):  # type: ignore[no-untyped-def]
        """By enumeration of the eight worlds."""
        p = [np.broadcast_to(CHANCES[name](x, y), np.shape(x)) for name in chances]
        bad = poor = np.zeros(np.shape(x))
        for world in itertools.product((True, False), repeat=3):
            weight = np.prod([q if so else 1 - q for q, so in zip(p, world, strict=True)], axis=0)
            named = dict(zip("aef", world, strict=True))
            if eval(shape, named):
                bad = bad + weight
            elif named["f"] or not named["a"]:
                poor = poor + weight
        return REQUIRED[require](bad, poor, limit)

    grid = np.meshgrid(np.linspace(*sorted(xs), 81), np.linspace(*sorted(ys), 81))
    least = float(margin(*grid).min())
    assert found.margin is not None
    assert np.isfinite(found.margin)
    assert found.margin <= least + (1e-9 if found.status != "fail" else 5e-3)
    polynomial = not CURVED & set(chances) and "|" not in require
    if found.status == "pass":
        assert least >= 0 <= found.margin
    elif found.status == "fail":
        assert found.margin < 0
        assert found.nearest is not None
        at = {"quantities.x.value": sum(xs) / 2, "quantities.y.value": sum(ys) / 2}
        at |= {move.parameter: move.to for move in found.nearest.moves}
        there = margin(*(np.array([value]) for value in at.values()))
        assert float(there[0]) == pytest.approx(found.nearest.margin, abs=1e-9)
    else:
        assert found.margin < 0
        assert not polynomial
    if polynomial or found.status == "fail":
        assert found.margin == pytest.approx(least, abs=5e-3)
    if polynomial:
        assert found.margin <= least + 1e-9
        if require.startswith("P(bad) <="):
            upper = float(bounds(made)["upper"].sel(output="bad"))
            assert limit - found.margin == pytest.approx(upper, abs=1e-9)


def test_the_worst_loss_whose_size_is_no_polynomial() -> None:
    """E loss = y e^x, at most .2 e = .5436564 at x = 1, y = .2."""
    text = story(NUMBERS.format(0, 1, 0.1, 0.2) + EVENT.format(name="e", chance='"y"'), "e")
    text = text.replace("[outcomes.bad]", '[outcomes.bad]\nloss = "exp(x)"')
    assert judged(text, "loss <= 0.5437")[1].status == "pass"
    broken = judged(text, "loss <= 0.5436")[1]
    assert (broken.status, broken.margin) == ("fail", pytest.approx(0.5436 - 0.2 * np.e, abs=1e-9))


@pytest.mark.parametrize("require", ["P(bad) <= 1", "P(bad | failure) <= 1", "1 - P(bad) / P(poor) >= -9"])
def test_bounds_over_a_box_hold_at_all_points_of_it(require: str) -> None:
    """P(bad) = exp(-x) y / 2 and P(poor) = 1 - y / 2, at random points of random boxes."""
    text = story(
        NUMBERS.format(0.1, 2.0, 0.2, 0.6)
        + EVENT.format(name="e", chance='"exp(-x)"')
        + EVENT.format(name="f", chance='"y / 2"'),
        "e and f",
        "not f",
    )
    made, requirement = prepare(parse(text)), parse_requirement(require)
    wanted = [one.measure for one in requirement.measured]
    asked = MeteredRequirement(requirement, measures(made, wanted).meter(wanted), None, {}, 0.99)  # type: ignore[arg-type]
    random = np.random.default_rng(0)
    ends = np.sort(random.uniform([0.1, 0.2], [2.0, 0.6], (2, 50, 2)), axis=0)
    found = asked.enclosed(Case(), *ends)
    for share in random.random((20, 1, 2)):
        points = ends[0] + share * (ends[1] - ends[0])
        x, y = points.T
        bad, poor = np.exp(-x) * y / 2, 1 - y / 2
        want = {"P(bad) <= 1": bad, "P(bad | failure) <= 1": bad / (bad + poor)}.get(require, 1 - bad / poor)
        exact = asked.at([Case()], points)
        np.testing.assert_allclose(exact.left.low[0], want, rtol=1e-12)
        for side, value in ((found.left, exact.left), (found.margin, exact.margin)):
            assert (side.low <= value.low[0] + 1e-15).all()
            assert (side.high >= value.high[0] - 1e-15).all()
    alone = asked.enclosed(Case(), ends[0], ends[0])
    np.testing.assert_allclose(alone.left.low, asked.at([Case()], ends[0]).left.low[0], rtol=1e-12)
    np.testing.assert_allclose(alone.left.high, alone.left.low, rtol=1e-12)
