"""Which engine `auto` takes for long stories."""

import pytest

from sensa.engines import choice
from sensa.engines.parts import PartsEngine
from sensa.methods import interventions
from tests.short_stories import beta, model, story

STEPS = 60
LONG = story(
    "".join(beta(name, 8, 2) for name in "abcd")
    + f"""
[[phases]]
name = "deploy"
repeat = {STEPS}
[events.slips]
every_step = true
when = "not a or (not b and not c and not d)"
chance = 0.01
[events.slipped]
every_step = true
when = "prev.slipped or slips"
[events.seen]
every_step = true
when = "slipped"
chance = 0.2
""",
    "slipped and seen",
    "slips and not seen",
)


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a story of sixty steps were a thousand times as long."""
    monkeypatch.setattr(choice, "MAX_TRIED_NODES", 100)


@pytest.mark.usefixtures("small_budget")
def test_a_long_story_may_have_a_diagram_in_proportion() -> None:
    session = model(LONG)
    assert session.ends.way == "exact"
    assert session.ends.info.diagram_nodes > 100


def test_the_budget_grows_with_the_draws() -> None:
    assert choice.tried_nodes(10) == choice.MAX_TRIED_NODES
    assert choice.tried_nodes(20_000) == 2 * choice.tried_nodes(10_000) > choice.MAX_TRIED_NODES


def test_sampled_worlds_set_the_assumptions_of_a_long_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derivatives would meet each draw with the roots of each step, which takes longer."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("derivatives by all draws")

    monkeypatch.setattr(interventions, "MIN_WORDS", 1 << 40)  # else they are set in any case
    monkeypatch.setattr(PartsEngine, "gradients", refuse)
    session = model(LONG, engine="montecarlo", samples=1 << 16)
    found, exact = (interventions.paired(each, list("abcd")) for each in (session, model(LONG)))
    assert (abs(found.mean - exact.mean) <= 8 * (found.error + exact.error) + 1e-12).all()
