"""The value of knowing more, against closed forms and enumeration."""

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from scipy.integrate import dblquad
from scipy.special import betainc, ndtr

from sensa.analyses.value_of_facts import value_of_facts
from sensa.analyses.value_of_information import value_of_information
from sensa.analyses.violations import violations
from sensa.pipeline import prepare
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from tests import strategies
from tests.short_stories import ASSUMPTION, beta, model, story


def with_losses(text: str, bad: str, good: str = "0") -> str:
    text = text.replace('kind = "catastrophic"', f'kind = "catastrophic"\nloss = {bad}')
    return text.replace('kind = "success"', f'kind = "success"\nloss = {good}')


def worth(text: str, *, stop: float = 0.0, points: int = 4096) -> xr.Dataset:
    return value_of_information(model(text, points=points), stop=stop)


def uniform(name: str) -> str:
    return ASSUMPTION.format(name=name, credence="{ uniform = [0, 1] }")


def beta_beyond(t: float, a: float, b: float) -> float:
    """E (X - t)+ of Beta(a, b)."""
    return a / (a + b) * (1 - betainc(a + 1, b, t)) - t * (1 - betainc(a, b, t))


GAIN = with_losses(story(uniform("a"), "not a"), "1", "-0.25")


def test_one_parameter_and_one_fact() -> None:
    """L = 1 - 1.25 x, x uniform. E L = .375, so stop at 0; go on where x > .8: saves .025 on average.

    Knowing the truth itself: go on half the time and gain .25 each. At break-even stopping costs .375.
    """
    data = worth(GAIN)
    assert data.attrs == {"how": "exact"}
    assert float(data["loss"]) == pytest.approx(0.375, abs=1e-15)
    assert data["cost"].values.tolist() == pytest.approx([0.0, 0.375], abs=1e-15)
    np.testing.assert_allclose(data["evppi"].values, [[0.025, 0.15625]], rtol=0, atol=1e-12)
    np.testing.assert_allclose(data["evpi"].values, [0.125, 0.3125], rtol=0, atol=1e-12)
    assert data["exact"].values.all()
    facts = value_of_facts(model(GAIN))
    np.testing.assert_allclose(facts["value"].values, [[0.125, 0.3125]], rtol=0, atol=1e-12)
    assert facts["chance"].values.tolist() == pytest.approx([0.5], abs=1e-15)


def test_all_parameters_together_are_sampled() -> None:
    data = worth(GAIN)
    got, error = data["parameters"].values, data["parameters_error"].values
    # The single parameter again, over points: five errors of 8 replicates, a false alarm in 600 runs.
    assert (np.abs(got - [0.025, 0.15625]) < 5 * error + 1e-9).all()
    assert (error < 1e-4).all()


def test_a_chain_of_credences_has_partial_expectations_of_betas() -> None:
    """P(bad) = a b, at a cost of 10; stopping costs 5: the others' mean times E (X - 5 / 10 m)+."""
    text = with_losses(story(beta("a", 8, 2) + beta("b", 6, 4), "a and b"), "10")
    data = worth(text, stop=5.0).sel(stop="stated")
    want = [10 * 0.6 * beta_beyond(5 / 6, 8, 2), 10 * 0.8 * beta_beyond(5 / 8, 6, 4)]
    np.testing.assert_allclose(data["evppi"].values, want, rtol=1e-11)
    assert float(data["evpi"]) == pytest.approx(0.48 * 5, abs=1e-12)  # stop in the cases that are bad


def test_a_heavy_tailed_loss() -> None:
    """A lognormal loss X at P(bad) = .2: E (.2 X - c)+ is Black and Scholes' formula."""
    mu, sigma, chance, cost = 0.5, 1.2, 0.2, 1.5
    text = with_losses(
        story(ASSUMPTION.format(name="a", credence=1 - chance), "not a"),
        f"{{ lognormal = {{ mu = {mu}, sigma = {sigma} }} }}",
    )
    text = text.replace("{ lognormal = { mu = 0.5, sigma = 1.2 } }", "{ lognormal = [0.5, 1.2] }")
    data = worth(text, stop=cost).sel(stop="stated")
    turn = (math.log(cost / chance) - mu) / sigma
    want = chance * math.exp(mu + sigma**2 / 2) * ndtr(sigma - turn) - cost * ndtr(-turn)
    assert float(data["loss"]) == pytest.approx(chance * math.exp(mu + sigma**2 / 2), rel=1e-12)
    assert data["evppi"].values.tolist() == pytest.approx([want], rel=1e-10)


def test_pools_and_points_are_integrated_part_by_part() -> None:
    """Half Beta(8, 2), half a point at .3: E (X - .5)+ is half that of the Beta."""
    credence = '{ experts = [{ name = "A", credence = { beta = [8, 2] } }, { name = "B", credence = 0.3 }] }'
    text = with_losses(story(ASSUMPTION.format(name="a", credence=credence), "a"), "1")
    data = worth(text, stop=0.6).sel(stop="stated")
    assert float(data["loss"]) == pytest.approx(0.55, abs=1e-12)
    assert data["evppi"].values.tolist() == pytest.approx([beta_beyond(0.6, 8, 2) / 2], rel=1e-9)


def test_a_parameter_behind_two_draws_is_no_line_and_still_exact() -> None:
    """P(bad) = 1 - (1 - x)^2, x uniform, E = 2/3; E (1 - (1 - x)^2 - 2/3)+ = integral to sqrt(1/3)."""
    body = (
        '[[phases]]\nname = "p"\nrepeat = 2\n[events.e]\nevery_step = true\nchance = { uniform = [0, 1] }\n'
    )
    data = worth(with_losses(story(body, "e"), "1"), stop=2 / 3).sel(stop="stated")
    root = math.sqrt(1 / 3)
    assert data["exact"].values.tolist() == [True]
    assert data["evppi"].values.tolist() == pytest.approx([root / 3 - root**3 / 3], abs=1e-9)


def test_a_decision_that_no_credence_turns_is_worth_nothing() -> None:
    """L = .1 c + .75 (1 - c) lies above 0 for every c in (0, 1), so that stopping at 0 is always right."""
    text = story(
        ASSUMPTION.format(name="a", credence="{ low = 0.6, high = 0.9 }") + "[events.e]\nchance = 0.5\n",
        "not a and e",
        "not a",
    )
    text = text.replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = 1')
    text = text.replace('kind = "fail_safe"', 'kind = "fail_safe"\nloss = 0.5')
    text = text.replace('kind = "success"', 'kind = "success"\nloss = 0.1')
    for stop in (0.0, 2.0, 0.1, 0.75):  # beyond both ends, and at them
        data = worth(text, stop=stop).sel(stop="stated")
        assert data["evppi"].values.tolist() == pytest.approx([0.0], abs=1e-12)
    inside = worth(text, stop=0.3).sel(stop="stated")
    assert float(inside["evppi"].isel(factor=0)) > 0


def test_what_is_not_separate_is_regressed() -> None:
    """P(bad) = x y, uniform: E[L | x] = x / 2; at .25 E (x/2 - .25)+ = 1/16; both by integration."""
    body = (
        "[quantities.x]\nvalue = { uniform = [0, 1] }\n[quantities.y]\nvalue = { uniform = [0, 1] }\n"
        '[events.e]\nchance = "x * y"\n'
    )
    data = worth(with_losses(story(body, "e"), "1"), stop=0.25).sel(stop="stated")
    both, _ = dblquad(lambda y, x: max(x * y - 0.25, 0.0), 0, 1, 0, 1, epsabs=1e-8)
    error = data["evppi_error"].values
    # Five errors of 8 replicates (a false alarm in 300 runs for the two), and the regression's bias.
    assert (np.abs(data["evppi"].values - 1 / 16) < 5 * error + 2e-4).all()
    assert not data["exact"].values.any()
    assert abs(float(data["parameters"]) - both) < 5 * float(data["parameters_error"]) + 1e-6


def test_sampled_worlds_change_nothing_where_there_is_a_diagram() -> None:
    """The diagram decides; at an expected loss from worlds, break-even would be off by their error."""
    body = (
        "[quantities.x]\nvalue = { uniform = [0, 1] }\n[quantities.y]\nvalue = { uniform = [0, 1] }\n"
        '[events.e]\nchance = "x * y"\n[events.f]\nchance = "x"\n'
    )
    text = with_losses(story(body, "e and f"), "1")
    found = [
        value_of_information(model(text, engine=engine, points=1 << 10)) for engine in ("exact", "montecarlo")
    ]
    assert (found[0]["evppi"].sel(stop="break_even") > 0.001).all()
    for name in ("loss", "cost", "evpi", "parameters", "evppi"):
        assert np.array_equal(found[0][name].values, found[1][name].values), name


def test_what_does_not_touch_the_loss_is_worth_nothing() -> None:
    text = with_losses(
        story(uniform("a") + "[quantities.q]\nvalue = { normal = [0, 1] }\n", "not a"), "1", "-0.25"
    )
    idle = worth(text).sel(factor="quantities.q.value")
    assert idle["evppi"].values.tolist() == [0.0, 0.0]
    assert bool(idle["exact"])


def test_a_group_is_worth_more_than_its_members_and_less_than_all() -> None:
    """bad = a and b: knowing both credences is E (10 a b - 5)+, by integration over two Betas."""
    text = with_losses(story(beta("a", 8, 2) + beta("b", 6, 4), "a and b"), "10")
    paths = ["assumptions.a.credence", "assumptions.b.credence"]
    data = value_of_information(model(text), stop=5.0, groups={"both": paths}).sel(stop="stated")
    density = [
        lambda x: 72 * x**7 * (1 - x),  # 1 / B(8, 2)
        lambda x: 504 * x**5 * (1 - x) ** 3,  # 1 / B(6, 4)
    ]
    want, _ = dblquad(
        lambda y, x: max(10 * x * y - 5, 0.0) * density[0](x) * density[1](y), 0, 1, 0, 1, epsabs=1e-7
    )
    got = float(data["evppi_group"].sel(group="both"))
    assert abs(got - want) < 5 * float(data["evppi_group_error"].sel(group="both")) + 1e-3
    assert (data["evppi"].values < got).all()
    assert abs(float(data["parameters"]) - want) < 5 * float(data["parameters_error"]) + 1e-6


def test_tied_parameters_are_one_factor() -> None:
    tied = '["assumptions.a.credence", "assumptions.b.credence"]'
    body = uniform("a") + uniform("b") + f"[[dependence]]\nbetween = {tied}\nrank_correlation = 0.5\n"
    data = worth(with_losses(story(body, "not a or not b"), "1", "-0.25"))
    assert data["factor"].values.tolist() == ["assumptions.a.credence + assumptions.b.credence"]
    both = float(data["evppi"].sel(stop="break_even").item())
    assert both == pytest.approx(float(data["parameters"].sel(stop="break_even")), rel=0.02)


def test_facts_tell_of_what_they_depend_on() -> None:
    """A common cause c; a is violated with .5 or .1, b as well; bad is b's violation, L = 1 or -.45.

    P(not a) = .3, P(not a and not b) = .5 (.25 + .01) = .13; E L = .3 - .45 x .7 = -.015, so go on. Told that
    a is violated: E[L; not a] = .13 - .45 x .17 = .0535 > 0, so stop: saves that. c: .5 (.5 - .225).
    """
    given_ = '[[assumptions.{name}.given]]\nif = "c"\ncredence = 0.5\n'
    body = "[events.c]\nchance = 0.5\n" + "".join(
        ASSUMPTION.format(name=name, credence=0.9) + given_.format(name=name) for name in "ab"
    )
    facts = value_of_facts(model(with_losses(story(body, "not b"), "1", "-0.45")))
    stated = facts["value"].sel(stop="stated")
    assert facts.attrs == {"how": "exact"}
    assert float(stated.sel(fact="a")) == pytest.approx(0.0535, abs=1e-15)
    assert float(stated.sel(fact="b")) == pytest.approx(0.3, abs=1e-15)
    assert float(stated.sel(fact="c")) == pytest.approx(0.1375, abs=1e-15)
    assert float(facts["chance"].sel(fact="c")) == 0.5


def test_which_option_is_picked_is_a_fact_of_several_values() -> None:
    """Three options of 1/3 that cost 1, .2 and -.6 by way of three outcomes; E L = .2."""
    body = "[choices.m.options]\nx = { weight = 1 }\ny = { weight = 1 }\nz = { weight = 1 }\n"
    text = with_losses(story(body, r"m == \"x\"", r"m == \"y\""), "1", "-0.6")
    text = text.replace('kind = "fail_safe"', 'kind = "fail_safe"\nloss = 0.2')
    facts = value_of_facts(model(text), stop=0.1).sel(fact="m")
    assert float(facts["value"].sel(stop="stated")) == pytest.approx((0.1 + 0.6) / 3, abs=1e-15)


@pytest.mark.parametrize(("options", "start"), [(3, 0.1), (5, 0.3), (7, 0.3), (9, 0.1), (12, 0.2)])
def test_no_case_without_an_option_is_worth_anything(options: int, start: float) -> None:
    """No outcome is a gain, so that nothing is worth knowing; what rounding leaves of 1 is no case."""
    body = "[choices.m.options]\n" + "".join(
        f"o{i} = {{ weight = {i + start:.1f} }}\n" for i in range(options)
    )
    body += "[events.e]\nchance = 0.3\n[[events.e.given]]\nif = \"m == 'o1'\"\nchance = 0.7\n"
    text = with_losses(story(body, "e", "m in ('o0', 'o2')"), "0.3")
    facts = value_of_facts(model(text.replace('kind = "fail_safe"', 'kind = "fail_safe"\nloss = 0.07')))
    assert float(facts["value"].sel(fact="m", stop="stated")) == 0.0


def test_facts_of_every_step_nodes_are_of_steps_that_are_reached() -> None:
    """bad where e; the story ends there. P(e at a reached step) = P(bad) = 1 - .5^3."""
    body = '[[phases]]\nname = "p"\nrepeat = 3\n[events.e]\nevery_step = true\nchance = 0.5\n'
    body += '[events.f]\nevery_step = true\nwhen = "prev.e"\nchance = 0.5\n'
    facts = value_of_facts(model(with_losses(story(body, "e", "f"), "1", "-1")))
    assert float(facts["chance"].sel(fact="e")) == pytest.approx(0.875, abs=1e-15)
    assert float(facts["chance"].sel(fact="f")) == 0.0  # its condition ends the story first
    assert facts["value"].sel(stop="stated").values.tolist() == pytest.approx([0.125, 0.0], abs=1e-15)


def test_a_story_without_losses_has_no_values() -> None:
    for data in (worth(story(uniform("a"), "a")), value_of_facts(model(story(uniform("a"), "a")))):
        assert "no outcome states a loss" in data.attrs["note"]
        assert all(
            np.isnan(data[name].values).all()
            for name in data
            if data[name].dtype.kind == "f" and name != "cost"
        )


def test_losses_without_a_gain_make_stopping_right() -> None:
    data = worth(with_losses(story(uniform("a"), "a"), "1"))
    assert data["evppi"].sel(stop="stated").values.tolist() == [0.0]
    assert float(data["evppi"].sel(stop="break_even").item()) == pytest.approx(1 / 8, abs=1e-12)
    assert "no outcome has a negative loss" in data.attrs["note"]


@pytest.mark.parametrize("bad", ["a", "false and a"])
def test_without_parameters_only_facts_are_worth_something(bad: str) -> None:
    text = with_losses(story(ASSUMPTION.format(name="a", credence=0.25), bad), "1", "-1")
    data = worth(text)
    assert data.sizes["factor"] == 0
    assert float(data["parameters"].sel(stop="stated")) == 0.0
    assert float(data["evpi"].sel(stop="stated")) == (0.25 if bad == "a" else 0.0)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.stories())
def test_a_violation_as_a_fact_is_the_violation_that_is_observed(text: str) -> None:
    """Gates of facts are built from the graph, those of violations in lowering."""
    story_model = prepare(parse(text), Settings(points=64, replicates=2))
    if not story_model.circuit.losses or story_model.mean_p is None:
        return
    facts = value_of_facts(story_model)
    chances = dict(zip(facts["fact"].values.tolist(), facts["chance"].values.tolist(), strict=True))
    violated = violations(story_model)["violated"]
    for name in violated["assumption"].values.tolist():
        assert chances[name] == pytest.approx(1 - float(violated.sel(assumption=name)), abs=1e-12)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.stories())
def test_nothing_is_worth_more_than_everything(text: str) -> None:
    story_model = prepare(parse(text), Settings(points=512, replicates=2))
    data, facts = value_of_information(story_model), value_of_facts(story_model)
    if not story_model.circuit.losses:
        assert "note" in data.attrs
        return
    scale = 1e-9 + 1e-6 * abs(float(data["loss"]))
    every = data["evpi"].values
    rough = 6 * (data["evpi_error"].values + data["parameters_error"].values) + scale
    assert (data["parameters"].values <= every + rough).all()
    sampled = np.abs(facts["value_error"].values) * 6 + rough
    assert (facts["value"].values <= every + sampled + 0.05 * every).all()
    assert (data["evppi"].values >= 0).all()
