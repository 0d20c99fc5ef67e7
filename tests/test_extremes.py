"""Stories that pass the checks and whose numbers are beyond all bounds: a clear word, or a right answer."""

import json

import numpy as np
import pytest

from sensa import pipeline
from sensa.reports.result import answers, from_tree
from sensa.reports.result.json import answered_story, dumps
from sensa.reports.result.text import headline
from sensa.sampling.parameters import RunError
from sensa.stories.loading import loads
from sensa.stories.numbers.limits import LOSS_TOO_LARGE
from sensa.stories.problems import StoryError
from sensa.stories.reading import parse

STORY = """
format = "training-story/1"
[story]
title = "Extremes"
[goal]
class = ["other"]
specification = "x"
desirability = "x"
[rationale]
class = ["other"]
constraints = ["x"]
nudges = ["x"]
{nodes}
[outcomes.catastrophic]
kind = "catastrophic"
when = "{when}"
{loss}
[outcomes.fail_safe]
kind = "fail_safe"
when = "{otherwise}"
[outcomes.success]
kind = "success"
otherwise = true
"""
NODE = '[assumptions.{name}]\nclaim = "x"\npart = "goal.specification"\ncredence = {credence}\n'
BEYOND = "its distribution, or its mean, reaches beyond the numbers that can be computed with"


def story(nodes: str = "", when: str = "false", *, otherwise: str = "false", loss: str = "") -> str:
    return STORY.format(nodes=nodes, when=when, otherwise=otherwise, loss=f"loss = {loss}" if loss else "")


def assumption(credence: str, name: str = "a") -> str:
    return NODE.format(name=name, credence=credence)


def quantity(value: str) -> str:
    return f"[quantities.x]\nvalue = {value}\n"


def found(text: str) -> answers.Answers:
    return from_tree.answers(pipeline.run(parse(text), points=128))


@pytest.mark.parametrize(
    "distribution",
    [
        "{ lognormal = [800, 1] }",
        "{ normal = [1e308, 1e308] }",
        "{ uniform = [-1.7e308, 1.7e308] }",
        "{ triangular = [-1e308, 0, 1e308] }",
        "{ pert = [-1e308, 0, 1e308] }",
        "{ gamma = [1e300, 1e300] }",
        "{ exponential = [1e-308] }",
        "{ low = -1e308, high = 1e308 }",
    ],
)
def test_a_quantity_that_doubles_do_not_hold_is_refused_by_name(distribution: str) -> None:
    text = story(quantity(distribution) + assumption('"logistic(x)"'), "a")
    with pytest.raises(RunError) as refused:
        found(text)
    assert str(refused.value) == f"quantities.x.value: {BEYOND}"


@pytest.mark.parametrize("distribution", ["{ lognormal = [0, 50] }", "{ exponential = [1e-308] }"])
def test_a_loss_without_a_finite_mean_is_refused_by_name(distribution: str) -> None:
    with pytest.raises(RunError) as refused:
        found(story(assumption("0.5"), "a", loss=distribution))
    assert str(refused.value) == f"outcomes.catastrophic.loss: {BEYOND}"


def test_a_loss_of_which_no_spread_can_be_told_is_refused_by_name() -> None:
    with pytest.raises(RunError) as refused:
        found(story(quantity("{ beta = [2, 2] }") + assumption("0.5"), "a", loss='"1e200 * x"'))
    assert str(refused.value) == f"outcomes.catastrophic.loss: {LOSS_TOO_LARGE}"


@pytest.mark.parametrize("loss", ["1e308", "-1e151", '"1e200 * (1 + x)"', "{ uniform = [1e151, 1e152] }"])
def test_a_loss_that_is_always_too_large_is_refused_before_a_run(loss: str) -> None:
    with pytest.raises(StoryError, match=r"a loss beyond 1e.150 is too large to compute with"):
        loads(story(quantity("{ beta = [2, 2] }") + assumption("0.5"), "a", loss=loss))


def test_a_spread_that_is_too_large_to_compute_is_said_without_a_warning_of_numpy() -> None:
    """Lognormal about 5e147: in the far tail the square is no number, at any of 128 points it is one."""
    text = story(quantity("{ low = 0.1, high = 3 }") + assumption("0.5"), "a", loss='"-x * 1e148"')
    answered = found(text)
    assert answered.notes["sobol_credence"] == "sampled, since a parameter has no finite variance"


def test_the_largest_loss_is_computed_with() -> None:
    loss = found(story(assumption("{ beta = [1, 1] }"), "a", loss="1e150")).loss
    assert loss is not None
    assert loss.mean == pytest.approx(
        0.5e150, rel=0.05
    )  # uniform: the mean of 128 points, to 6 of its errors
    assert np.isfinite([loss.error, loss.sd, *loss.quantiles.values()]).all()


@pytest.mark.parametrize(
    ("text", "catastrophic"),
    [
        (story(when="true"), 1.0),
        (story(), 0.0),
        (story(quantity("{ uniform = [0, 1] }"), "x > 2"), 0.0),
        (story(quantity("{ uniform = [0, 1] }"), "x < 2", otherwise="x > 0.5"), 1.0),
        (story(assumption("{ mean = 1e-300, concentration = 1e-8 }"), "a"), 0.0),
        (story(assumption("{ beta = [1e300, 1e300] }"), "a"), 0.5),
    ],
    ids=["certain", "impossible", "no coin, never", "no coin, always", "tiny beta", "huge beta"],
)
def test_certain_and_impossible_stories_are_answered_in_strict_json(text: str, catastrophic: float) -> None:
    answer = found(text)
    assert answer.outcomes["catastrophic"].probability.mean == pytest.approx(catastrophic, abs=1e-15)
    assert json.loads(dumps(answered_story(answer, exit_code=0)))["status"] == "answered"


def test_a_probability_that_came_out_as_0_is_not_called_never() -> None:
    """Product 1e-400, which no double holds; and P(x > 9) = 1e-19, which 128 points miss."""
    held = assumption("1e-200") + assumption("1e-200", "b")
    exact = headline(found(story(held, "a and b")))
    assert exact.startswith("0 % probability of catastrophe, at the numbers stated")
    missed = story(quantity("{ normal = [0, 1] }") + assumption('"logistic(x)"'), "a and x > 9")
    sampled = headline(found(missed))
    assert sampled.startswith("No catastrophe at the 128 points tried, which may miss what is rare")
