"""The expected loss of two stories side by side, by figures that are known by hand.

Sampled values are held to 6 standard errors of 8 replicates: by Student's t with 7 degrees of freedom a false
alarm has the chance 5e-4, and seeds are fixed.
"""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from sensa import pipeline
from sensa.comparing.changes import Comparison, MovedLoss
from sensa.comparing.comparison import compare
from sensa.comparing.losses import ONLY_BEFORE, ONLY_NOW, moved_loss
from sensa.methods.expected_loss import HEAVY
from sensa.sampling.settings import Settings
from sensa.stories.loading import load
from sensa.stories.problems import StoryError
from sensa.stories.reading import parse
from tests import naive
from tests.comparing.stories import PLAIN, changed

STAGED = (files("sensa.stories") / "library" / "staged_release.toml").read_text("utf-8")
DEARER = STAGED.replace("loss = 0.05", "loss = 0.10")
COSTLY = PLAIN.replace('"not narrow and not seen"', '"not narrow and not seen"\nloss = 10.0').replace(
    '"not narrow"\n', '"not narrow"\nloss = 1.0\n'
)
WIDER = ("credence = 0.8", "credence = 0.6")
WORLDS = Settings(engine="montecarlo", samples=1 << 17)


def loss_of(found: Comparison) -> MovedLoss:
    assert found.loss is not None
    return found.loss


def at_means(text: str) -> tuple[dict[str, Any], dict[str, float]]:
    """A story of betas and constants as the naive interpreter takes it, every parameter at its mean."""
    doc = tomllib.loads(text)
    betas = {path: raw["beta"] for path, _, raw in naive.declarations(doc) if isinstance(raw, dict)}
    return doc, {path: a / (a + b) for path, (a, b) in betas.items()}


def test_a_library_story_by_hand_and_by_the_naive_interpreter() -> None:
    """The story's own arithmetic, as in its comments: E loss = P(harm) + .05 P(withdrawn).

    Linear in every number, so that the naive interpreter at the means gives it too.
    """
    b = 1 - 0.95 * 0.74 * 0.9
    harm = 0.001 + 0.999 * b * 0.091021651875
    withdrawn = 1 - harm - 0.999 * (b * 0.518503528125 + (1 - b) * 0.970299)
    before, after = harm + 0.05 * withdrawn, harm + 0.10 * withdrawn
    assert (before, after) == (pytest.approx(0.042501371, abs=1e-9), pytest.approx(0.050603921, abs=1e-9))
    assert naive.expected_loss(*at_means(STAGED)) == pytest.approx(before, abs=1e-12)
    assert naive.expected_loss(*at_means(DEARER)) == pytest.approx(after, abs=1e-12)

    found = loss_of(compare(parse(STAGED), parse(DEARER)))
    assert found.before == pytest.approx(before, abs=2e-5)  # sampled at 16,384 points
    assert found.after == pytest.approx(after, abs=2e-5)
    assert found.change == pytest.approx(after - before, abs=6 * found.error)
    assert after - before == pytest.approx(0.008102551, abs=1e-9)
    assert 0 < found.error < 1e-6


def test_what_is_exact_has_no_error() -> None:
    """10 x .1 + 1 x .1 = 1.1, and twice that once `narrow` has .6."""
    found = compare(parse(COSTLY), changed(WIDER, text=COSTLY))
    assert found.loss == MovedLoss(
        pytest.approx(1.1, abs=1e-12),
        pytest.approx(2.2, abs=1e-12),
        pytest.approx(1.1, abs=1e-12),
        0.0,
    )
    assert found.note == ""


def test_a_loss_alone_that_changes_moves_the_expected_loss() -> None:
    """No outcome moves; .1 x 10 becomes .1 x 20."""
    found = compare(parse(COSTLY), changed(("loss = 10.0", "loss = 20.0"), text=COSTLY))
    assert loss_of(found).change == pytest.approx(1.0, abs=1e-12)
    assert all(one.before == one.after for one in found.outcomes)
    assert [change.effects for change in found.changes] == [()]


def test_rounding_is_no_change() -> None:
    """The same loss, written as .1 + .2, which is no double, and as .3."""
    one = changed(("loss = 10.0", 'loss = "0.1 + 0.2"'), text=COSTLY)
    other = changed(("loss = 10.0", "loss = 0.3"), text=COSTLY)
    assert loss_of(compare(one, other)).change == 0.0


def test_one_side_without_losses() -> None:
    found = compare(parse(PLAIN), parse(COSTLY))
    assert found.loss == MovedLoss(None, pytest.approx(1.1), None, 0.0)
    assert found.note == ONLY_NOW
    found = compare(parse(COSTLY), parse(PLAIN))
    assert found.loss == MovedLoss(pytest.approx(1.1), None, None, 0.0)
    assert found.note == ONLY_BEFORE
    free = STAGED.replace("\nloss = 0.05", "").replace("\nloss = 1.0", "")
    sampled = loss_of(compare(parse(free), parse(STAGED)))
    assert sampled.after == pytest.approx(0.042501371, abs=6 * sampled.error)
    assert sampled.error > 0


def test_no_losses_and_no_base() -> None:
    assert compare(parse(PLAIN), changed(WIDER)).loss is None
    assert compare(None, parse(PLAIN), "v1").loss is None
    found = compare(None, parse(COSTLY), "v1")
    assert found.loss == MovedLoss(None, pytest.approx(1.1), None, 0.0)
    assert found.note == "the base has no such story: everything is new"


def test_words_move_no_sampled_loss() -> None:
    """The same points on both sides: what is sampled of either is not the error of the change."""
    found = loss_of(compare(parse(STAGED), parse(STAGED.replace("It is tested before release.", "Tested."))))
    assert (found.change, found.error) == (0.0, 0.0)


def test_what_no_world_met_costs_what_it_is_estimated_to() -> None:
    """1e-12 x 1e9 = .001 and twice that, which no world of some 100,000 meets."""
    rare = COSTLY.replace("credence = 0.8", "credence = 0.999999").replace("{ beta = [5, 5] }", "0.999999")
    rare = rare.replace("loss = 10.0", "loss = 1e9").replace("loss = 1.0\n", "")
    found = loss_of(compare(parse(rare), parse(rare.replace("1e9", "2e9")), "", WORLDS))
    assert 0 < found.before_error < found.after_error < found.error < 1e-4
    assert found.before == pytest.approx(0.001, abs=6 * found.before_error)
    assert found.after == pytest.approx(0.002, abs=6 * found.after_error)
    assert found.change == pytest.approx(0.001, abs=6 * found.error)
    alone, _ = moved_loss(None, pipeline.prepare(load(parse(rare)), WORLDS))
    assert alone is not None
    assert (alone.after, alone.error) == (found.before, found.before_error)


def test_replicates_without_partners() -> None:
    """16 batches of worlds where means decide, 8 scramblings where a number moves two draws.

    E = 10 E q^2 / 2 + E q (1 - q / 2) with q uniform over [0, .4]: 10 x .16 / 6 + .2 - .16 / 6 = .44.
    """
    shared = "[quantities.q]\nvalue = { uniform = [0, 0.4] }\n[assumptions.narrow]"
    head = changed(
        ("[assumptions.narrow]", shared),
        ("credence = 0.8", 'credence = "1 - q"'),
        ("{ beta = [5, 5] }", '"1 - q / 2"'),
        text=COSTLY,
    )
    found = loss_of(compare(parse(COSTLY), head, "", WORLDS))
    expected = 10 * 0.16 / 6 + 0.2 - 0.16 / 6
    sides = [moved_loss(None, pipeline.prepare(one, WORLDS))[0] for one in (parse(COSTLY), head)]
    errors = [one.error for one in sides if one is not None]
    assert found.error == pytest.approx(sum(errors))
    assert found.change == pytest.approx(expected - 1.1, abs=6 * found.error)
    assert found.error < 0.05


def test_a_heavy_tail_is_told() -> None:
    number = "[quantities.x]\nvalue = { lognormal = [0, 1] }\n[assumptions.narrow]"
    heavy = changed(("[assumptions.narrow]", number), ("loss = 10.0", 'loss = "x ** 2"'), text=COSTLY)
    assert HEAVY in compare(parse(COSTLY), heavy).note
    assert HEAVY in compare(None, heavy, "v1").note


def test_a_loss_that_cannot_be_had_is_told_at_its_number() -> None:
    """The mean of lognormal(0, 40) is exp(800), which no double holds."""
    number = "[quantities.x]\nvalue = { lognormal = [0, 40] }\n[assumptions.narrow]"
    wild = changed(("[assumptions.narrow]", number), ("loss = 10.0", 'loss = "x"'), text=COSTLY)
    for base, head in ((wild, parse(COSTLY)), (parse(COSTLY), wild)):
        with pytest.raises(StoryError) as told:
            compare(base, head)
        (problem,) = told.value.problems
        assert problem.place == wild.place("quantities.x.value")
