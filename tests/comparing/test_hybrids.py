"""Stories between two: differing in plain numbers alone, valued without compiling, and the same."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sensa.comparing.differences import aligned, moves
from sensa.comparing.hybrids import Between, InfeasibleError, plain_numbers
from sensa.comparing.path_values import design
from sensa.sampling.settings import Settings, no_progress
from sensa.stories.problems import StoryError
from sensa.stories.reading import parse, read
from sensa.stories.story import Story
from tests.comparing.stories import PLAIN, changed
from tests.strategies import SMALL, stories

LIBRARY = Path(__file__).parents[2] / "stories" / "library"
FEW = Settings(points=64, work=1e6)


def both_ways(base: Story, head: Story, asked: Settings = FEW) -> tuple[Between, Between, list[int]]:
    """The stories between two, with and without the way for plain numbers."""
    alignment = aligned(base, head)
    movers = [i for i, one in enumerate(alignment.differences) if moves(one)]
    made = [Between(alignment, "head.toml", asked, no_progress) for _ in range(2)]
    plan = design(made[0].session(frozenset()), made[0].session(frozenset(movers)), 1.0)
    for one in made:
        one.design = plan
    made[0].numbers = plain_numbers(alignment, frozenset(movers))
    return made[0], made[1], movers


def agree(quick: Between, slow: Between, taken: frozenset[int]) -> None:
    try:
        wanted = slow.value(taken)
    except InfeasibleError:
        assert not quick.feasible(taken)
        return
    np.testing.assert_allclose(quick.value(taken), wanted, atol=1e-13)


def test_the_cat_classifier_with_numbers_a_case_and_an_option_changed() -> None:
    text = (LIBRARY / "cat_classifier.toml").read_text()
    head = changed(
        ("credence = { beta = [19, 1] }", "credence = 0.9"),
        ("stands = { beta = [4, 1] }", "stands = { low = 0.5, high = 0.9 }"),
        ("leaves = 0.05", "leaves = 0.07"),
        ("power = { beta = [7, 3] }", "power = { beta = [6, 4] }"),
        ("rough_guess = { weight = 4 }", "rough_guess = { weight = 5 }"),
        ("false_alarm = 0.02", "false_alarm = 0"),
        text=text,
    )
    quick, slow, movers = both_ways(read(LIBRARY / "cat_classifier.toml"), head)
    assert len(quick.numbers) == 5
    for size in range(len(movers) + 1):
        for taken in combinations(movers, size):
            agree(quick, slow, frozenset(taken))


@pytest.mark.parametrize("asked", [FEW, Settings(points=64, engine="montecarlo", samples=1 << 14)])
def test_sampled_parameters_and_worlds(asked: Settings) -> None:
    """Two assumptions of one quantity: their mean is sampled; numbers beside it change."""
    text = PLAIN.replace(
        "[assumptions.narrow]", "[quantities.q]\nvalue = { uniform = [0, 1] }\n[assumptions.narrow]"
    )
    text = text.replace(
        "credence = 0.8", 'credence = "q"\n[[assumptions.narrow.given]]\nif = "seen"\ncredence = 0.3'
    )
    slip = "[events.slip]\nwhen = 'not seen'\nchance = 0.2\nleak = 0.1\n[outcomes.harm]"
    text = text.replace("[outcomes.harm]", slip).replace("not narrow and not seen", "not narrow and slip")
    head = changed(
        ("beta = [5, 5]", "beta = [6, 4]"),
        ("chance = 0.2", "chance = { beta = [3, 7] }"),
        ("leak = 0.1", "leak = 0.15"),
        ("credence = 0.3", "credence = 0.4"),
        ('"q"', '"q ** 2"'),
        text=text,
    )
    quick, slow, movers = both_ways(parse(text), head, asked)
    assert len(quick.numbers) == 4
    for size in range(len(movers) + 1):
        for taken in combinations(movers, size):
            agree(quick, slow, frozenset(taken))
    assert any(family is not None for family in quick._families.values())


def test_a_case_that_moves_to_another_index_is_not_taken_for_another() -> None:
    cases = "".join(
        f'[[assumptions.narrow.given]]\nif = "{condition}"\ncredence = {credence}\n'
        for condition, credence in (("seen", 0.1), ("late", 0.2), ("early", 0.3), ("not late", 0.4))
    )
    extra = "".join(
        f'[assumptions.{name}]\nclaim = "x"\npart = "rationale.nudges"\ncredence = 0.5\n'
        for name in ("late", "early")
    )
    text = PLAIN.replace("[outcomes.harm]", cases + extra + "[outcomes.harm]")
    first = '[[assumptions.narrow.given]]\nif = "seen"\ncredence = 0.1\n'
    new = '[[assumptions.narrow.given]]\nif = "early and seen"\ncredence = 0.9\n'
    head = changed(
        (first, new + first), ('[[assumptions.narrow.given]]\nif = "late"\ncredence = 0.2\n', ""),
        ("credence = 0.3", "credence = 0.35"), ("credence = 0.4", "credence = 0.45"), text=text,
    )  # fmt: skip
    quick, slow, movers = both_ways(parse(text), head)
    for size in range(len(movers) + 1):
        for taken in combinations(movers, size):
            agree(quick, slow, frozenset(taken))


@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(stories(SMALL), stories(SMALL), st.data())
def test_generated_stories(one: str, other: str, data: st.DataObject) -> None:
    try:
        quick, slow, movers = both_ways(parse(one), parse(other))
    except StoryError:
        return
    for _ in range(4):
        agree(quick, slow, data.draw(st.frozensets(st.sampled_from(movers))) if movers else frozenset())
