"""Which values of numbers break a story: all are tried, unless none can."""

import pytest

from sensa.kernels.program import Floats
from sensa.methods.broken_values import require_values
from sensa.sampling.parameters import RunError, Sampler
from tests.short_stories import ASSUMPTION, losing, model, story

BODY = ASSUMPTION.format(name="a", credence="{ beta = [9, 1] }")
QUANTITY = "[quantities.q]\nvalue = { uniform = [0, 1] }\n"


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many values were looked at in each call."""
    found: list[int] = []
    probabilities = Sampler.probabilities

    def counted(self: Sampler, theta: Floats) -> Floats:
        found.append(len(theta))
        return probabilities(self, theta)

    monkeypatch.setattr(Sampler, "probabilities", counted)
    return found


@pytest.mark.parametrize("loss", ["2.0", "{ uniform = [1, 3] }", '"q"'])
def test_few_values_are_enough_where_none_can_break_a_number(loss: str, tried: list[int]) -> None:
    require_values(model(losing(story(BODY + QUANTITY, "not a"), bad=loss), points=1024, replicates=4))
    assert sum(tried) <= 64


def test_a_loss_that_few_values_break_is_found() -> None:
    """For q below 1/200, which each net of 256 points has."""
    text = losing(story(BODY + QUANTITY, "not a"), bad='"log(q - 0.005)"')
    with pytest.raises(RunError, match=r"outcomes\.bad\.loss"):
        require_values(model(text, points=1024, replicates=4))


def test_what_is_unbounded_is_tried_in_full(tried: list[int]) -> None:
    text = losing(story(BODY, "not a"), bad="{ normal = [10, 1] }")
    require_values(model(text, points=1024, replicates=4))
    assert sum(tried) >= 1024
