"""Outcomes at other values of a story's numbers: against closed forms, and against the story written so."""

import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import sensa
from sensa.methods import variants
from sensa.pipeline import prepare
from sensa.sampling.settings import Settings
from sensa.session import Session, World
from sensa.stories.loading import load
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, beta, story

A, B = "assumptions.a.credence", "assumptions.b.credence"
TWO = story(beta("a", 8, 2) + beta("b", 6, 4), "not a", "not b")
Q = "[quantities.q]\nvalue = 0.4\n"
EVENT = '[events.e]\nwhen = "not a"\nchance = 0.25\nmode = "other"\n'
# one number moves two draws, and a loss reads another
SHARED = (
    story(
        '[quantities.q]\nvalue = { uniform = [0, 1] }\n'
        + ASSUMPTION.format(name="a", credence='"q"')
        + ASSUMPTION.format(name="b", credence='"q"')
        + beta("c", 2, 3),
        "not a and not b",
        "not c",
    )
)  # fmt: skip


def session(text: str, **settings: object) -> Session:
    return prepare(load(parse(text)), Settings(**settings))  # type: ignore[arg-type]


def of(data: xr.Dataset, output: str) -> np.ndarray:
    return data["mean"].sel(output=output).values


def test_many_values_of_two_numbers_by_hand() -> None:
    """P(bad) = 1 - a, P(poor) = a (1 - b)."""
    a, b = np.linspace(0, 1, 11), np.linspace(1, 0, 11)
    found = session(TWO).at({A: a, B: b})
    assert of(found, "bad") == pytest.approx(1 - a, abs=1e-12)
    assert of(found, "poor") == pytest.approx(a * (1 - b), abs=1e-12)
    assert of(found, "failure") == pytest.approx(1 - a * b, abs=1e-12)
    assert of(found, "catastrophic") == pytest.approx(of(found, "bad"))
    assert (found["error"].values == 0).all()
    assert found.attrs["how"] == "exact"
    assert (found[A].values == a).all()
    assert found["of"].sel(output=["bad", "catastrophic", "failure"]).values.tolist() == [
        "outcome",
        "kind",
        "kind",
    ]


def test_the_other_numbers_stay_uncertain() -> None:
    """E b = 0.6 beside a = 0.5."""
    found = session(TWO).at({A: 0.5})
    assert found["mean"].dims == ("output",)
    assert of(found, "poor") == pytest.approx(0.5 * 0.4, abs=1e-12)


def test_no_change_is_the_story_as_it_is() -> None:
    assert of(session(TWO).at({}), "bad") == pytest.approx(0.2, abs=1e-12)


def test_numbers_that_are_stated_as_points_are_opened_once() -> None:
    """P(bad) = (1 - a) e; the story states e = 0.25."""
    ready = session(story(beta("a", 8, 2) + EVENT, "e"))
    first, again = (ready.at({"events.e.chance": np.array([0.0, 0.5, 1.0])}) for _ in range(2))
    assert of(first, "bad") == pytest.approx([0.0, 0.1, 0.2], abs=1e-12)
    assert (first.attrs["compiled"], again.attrs["compiled"]) == (1, 0)
    assert first.attrs["note"] == "compiled once for `events.e.chance`"
    assert "note" not in again.attrs


@pytest.mark.parametrize("stated", ["0.0", "1.0", '"0.5 * q"'])
def test_a_number_that_shapes_the_circuit_as_it_is_stated(stated: str) -> None:
    """Credences of 0 and 1, and expressions, are given other values too."""
    text = story(Q + ASSUMPTION.format(name="a", credence=stated), "not a")
    assert of(session(text).at({A: [0.25, 0.75]}), "bad") == pytest.approx([0.75, 0.25], abs=1e-12)


def test_what_an_expression_reads_is_given_another_value() -> None:
    """a = q / 2, where q is stated as 0.4."""
    text = story(Q + ASSUMPTION.format(name="a", credence='"0.5 * q"'), "not a")
    found = session(text).at({"quantities.q.value": [0.0, 0.4, 2.0]})
    assert of(found, "bad") == pytest.approx([1.0, 0.8, 0.0], abs=1e-12)


def test_one_number_of_several_draws_beside_a_sampled_one() -> None:
    """P(bad) = (1 - q)^2 at a given q; P(poor) = (1 - (1 - q)^2) (1 - E c), E c = 0.4."""
    q = np.linspace(0, 1, 100)
    found = session(SHARED).at({"quantities.q.value": q})
    assert of(found, "bad") == pytest.approx((1 - q) ** 2, abs=1e-12)
    assert of(found, "poor") == pytest.approx(0.6 * (1 - (1 - q) ** 2), abs=1e-12)


def test_means_over_the_others_are_sampled_where_they_must_be() -> None:
    """c is given and q is not: P(bad) = E (1 - q)^2 = 1/3, P(poor) = 2/3 (1 - c). False alarm < 1e-6:
    eight replicates of 256 scrambled points each, within 30 standard errors."""
    c = np.linspace(0, 1, 100)
    found = session(SHARED).at({"assumptions.c.credence": c})
    error = found["error"].sel(output="poor").values
    assert found.attrs["how"] == "parameters-sampled"
    assert (np.abs(of(found, "poor") - 2 / 3 * (1 - c)) <= 30 * error + 1e-12).all()
    assert 0 < error.max() < 1e-3


def test_corners_give_what_each_variant_by_itself_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Means are multilinear in the draws that the given numbers decide: by corners, and row by row."""
    file = "stories/library/staged_release.toml"
    paths = {
        "safeguards.monitor.power": [0.1, 0.5, 0.99],
        A.replace(".a.", ".sees_consequences."): [0.0, 0.4, 1.0],
    }
    corners = sensa.prepare(sensa.load(file)).at(paths)
    monkeypatch.setattr(variants, "MIN_CORNERS", 0)
    each = sensa.prepare(sensa.load(file)).at(paths)
    np.testing.assert_allclose(corners["mean"].values, each["mean"].values, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(corners["error"].values, each["error"].values, atol=1e-15)


def test_a_variant_is_the_same_alone_and_among_others() -> None:
    ready = sensa.prepare(sensa.load("stories/library/staged_release.toml"))
    path = "safeguards.monitor.power"
    many = ready.at({path: np.linspace(0.1, 0.9, 1001)})
    alone = ready.at({path: 0.5})
    np.testing.assert_allclose(many["mean"].isel(variant=500).values, alone["mean"].values, rtol=1e-12)


def test_assumptions_are_set_beside_numbers() -> None:
    """e needs a to be violated: P(bad | do(not a)) = e."""
    ready = session(story(beta("a", 8, 2) + EVENT, "e"))
    assert of(ready.at({"events.e.chance": [0.3, 0.6]}, violated=["a"]), "bad") == pytest.approx([0.3, 0.6])
    assert of(ready.at({A: 0.1}, violated=["a"]), "bad") == pytest.approx(0.25)
    assert of(ready.at({A: 0.1}, holds=["a"]), "bad") == pytest.approx(0.0)
    world = World(violated=("a",), credences={"events.e.chance": 0.3})
    assert of(ready.evaluate(world), "bad") == pytest.approx(0.3)
    assert of(ready.evaluate(world.restore("a")), "bad") == pytest.approx(0.06)
    assert of(ready.evaluate(World(holds=("a",)).violate("a")), "bad") == pytest.approx(0.25)


def test_losses_that_read_a_given_number() -> None:
    """loss = 10 P(bad) where it is stated, and 2 P(bad) where it is given as 2."""
    text = TWO.replace('kind = "catastrophic"\n', 'kind = "catastrophic"\nloss = 10\n')
    found = session(text).at({"outcomes.bad.loss": [10.0, 2.0], A: [0.8, 0.5]})
    assert of(found, "loss") == pytest.approx([2.0, 1.0], abs=1e-12)


def test_a_weight_beside_options_that_are_excluded() -> None:
    """Where `a` excludes the other option nothing but this weight is left, so it may not be 0 anywhere."""
    text = story(
        ASSUMPTION.format(name="a", credence="0.5")
        + '[choices.m]\nclaim = "M"\n[choices.m.options]\nx = { weight = 0.5 }\ny = { weight = 0.5 }\n'
        '[[choices.m.constraints]]\nif = "a"\nexcludes = ["y"]\n',
        "m == 'x'",
    )
    given = {"choices.m.options.x.weight": 1.5}
    assert of(session(text).at(given), "bad") == pytest.approx(0.5 + 0.5 * 1.5 / (1.5 + 0.5), abs=1e-12)


def test_a_number_whose_experts_are_drawn_together() -> None:
    """Nothing draws an expert where the only number that did has another value."""
    experts = '{ experts = [{ name = "A", credence = 0.9 }, { name = "B", credence = 0.5 }] }'
    text = story(ASSUMPTION.format(name="a", credence=experts) + beta("b", 6, 4), "not a and not b")
    both = session(text + '[experts]\ndraw = "together"\n')
    assert of(both.at({}), "bad") == pytest.approx(0.3 * 0.4, abs=1e-12)
    assert of(both.at({A: 0.75}), "bad") == pytest.approx(0.25 * 0.4, abs=1e-12)


def test_no_variant_at_all() -> None:
    assert session(TWO).at({A: np.empty(0)}).sizes["variant"] == 0


def test_a_data_frame_of_variants_keeps_its_index() -> None:
    frame = pd.DataFrame({A: [0.1, 0.9], B: [0.5, 0.5]}, index=["low", "high"])
    found = session(TWO).at(frame)
    assert found["variant"].values.tolist() == ["low", "high"]
    assert float(found["mean"].sel(variant="high", output="bad")) == pytest.approx(0.1)


def test_a_tied_number_is_set_and_its_partner_keeps_its_own_distribution() -> None:
    """a and b are tied; at a = 0.5, E b stays 0.5. False alarm < 1e-6, as above."""
    uniform = "{ uniform = [0, 1] }"
    text = story(
        ASSUMPTION.format(name="a", credence=uniform) + ASSUMPTION.format(name="b", credence=uniform),
        "not a and not b",
    ) + f'[[dependence]]\nbetween = ["{A}", "{B}"]\nrank_correlation = 0.9\n'  # fmt: skip
    found = session(text).at({A: 0.5})
    assert of(found, "bad") == pytest.approx(0.25, abs=30 * float(found["error"].sel(output="bad")) + 1e-12)


@pytest.mark.parametrize(
    ("changes", "more", "error", "said"),
    [
        (
            {"assumptions.c.credence": 0.5},
            {},
            ValueError,
            "unknown number `assumptions.c.credence` (did you mean",
        ),
        ({A: "high"}, {}, TypeError, f"expected a number or an array of numbers for `{A}`, got `high`;"),
        ({A: {"beta": [1, 2]}}, {}, TypeError, f"expected a number or an array of numbers for `{A}`, got"),
        ({A: [[0.5]]}, {}, ValueError, f"expected a number or an array of numbers for `{A}`, got one of 2"),
        ({A: [0.5, np.nan]}, {}, ValueError, f"expected a number or an array of numbers for `{A}`; not all"),
        ({A: [0.5, 0.6], B: [0.1]}, {}, ValueError, "expected arrays of one length, got `1` and `2`"),
        ({}, {"violated": ["c"]}, ValueError, "unknown assumption `c`; expected one of a, b"),
        ({}, {"violated": ["a"], "holds": ["a"]}, ValueError, "`a` is to be violated and to hold"),
        ({A: [0.5, 1.5]}, {}, sensa.StoryError, "assumptions.a.credence: `1.5` is not a probability"),
    ],
)
def test_what_no_variant_is(
    changes: dict[str, object], more: dict[str, list[str]], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=re.escape(said)):
        session(TWO).at(changes, **more)


def test_a_value_is_held_to_what_the_story_requires_of_it() -> None:
    """A weight to be at least 0, although its share of the total is a probability too."""
    options = '[choices.m]\nclaim = "c"\n[choices.m.options]\nx = { weight = 1 }\ny = { weight = 2 }\n'
    ready = session(story(options, 'm == \\"x\\"'))
    assert of(ready.at({"choices.m.options.x.weight": [0.0, 2.0]}), "bad") == pytest.approx([0.0, 0.5])
    with pytest.raises(sensa.StoryError, match=r"choices\.m\.options\.x\.weight: `-1` is not a weight"):
        ready.at({"choices.m.options.x.weight": -1.0})
    shared = session(SHARED)
    with pytest.raises(sensa.StoryError, match=r"`1\.5` is not a probability"):
        shared.at({"quantities.q.value": 1.5})


def test_a_story_without_a_diagram_is_refused() -> None:
    ready = session(TWO, node_budget=1)
    with pytest.raises(sensa.EngineRefusal, match="variants need a diagram"):
        ready.at({A: 0.5})


def test_probabilities_are_read_from_variants() -> None:
    ready = sensa.prepare(sensa.loads(TWO))  # which loads `.sensa`
    assert ready.at({A: 0.25}).sensa.P("bad") == pytest.approx(0.75)
    found = ready.at({A: [0.25, 0.5]}).sensa.P("failure")
    assert (found.dims, found.name) == (("variant",), "P(failure)")
    assert found.values == pytest.approx([1 - 0.25 * 0.6, 1 - 0.5 * 0.6])
    with pytest.raises(ValueError, match="unknown outcome or kind `badd`"):
        ready.at({A: 0.25}).sensa.P("badd")


@pytest.mark.parametrize("points", [256, 512])
def test_an_opened_weight_needs_no_valid_value_of_its_own(points: int) -> None:
    """Whatever the number of points: it was drawn from all numbers where that was the session's own, 256.

    P(m == "x") = w / (w + 1 / 2 + 2^-b) over b uniform on [.05, .1], by the midpoint rule.
    """
    options = "x = { weight = 0.5 }\ny = { weight = 0.5 }\nz = { bits = { uniform = [0.05, 0.1] } }\n"
    text = story(f'[choices.m]\nclaim = "c"\n[choices.m.options]\n{options}', "m == 'x'", "m == 'y'")
    found = session(text, points=256).at({"choices.m.options.x.weight": [0.0, 0.25]}, points=points)
    b = 0.05 + 0.05 * (np.arange(1000) + 0.5) / 1000
    assert of(found, "bad") == pytest.approx([0.0, np.mean(0.25 / (0.75 + 2.0**-b))], abs=1e-6)
