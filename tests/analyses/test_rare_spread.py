"""How rare outcomes of sampled worlds vary over the parameters: not at all without any, else not known.

Estimates are within five of their errors: once in a million.
"""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from sensa.methods.expected_loss import HEAVY
from sensa.pipeline import analyse
from sensa.portfolios.plan import OUTPUTS, Options, plan
from sensa.portfolios.rows import row
from sensa.portfolios.running import run
from sensa.reports import formats
from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from sensa.sampling.settings import Settings
from tests.properties.verdicts import point
from tests.short_stories import ASSUMPTION, beta, losing, model, result, story

NAMES = [f"a{i}" for i in range(5)]
ALL_FIVE = " and ".join(f"not {name}" for name in NAMES)
FOUR_ONLY = f"{' and '.join(f'not {name}' for name in NAMES[:4])} and a4"
WORLDS = {"engine": "montecarlo", "work": 1e7, "points": 256}
NAMED = ["outcomes", "kinds", "failing_safely", "distributions", "criteria"]


def rare(body: str, **losses: str) -> str:
    return losing(story(body, ALL_FIVE, FOUR_ONLY), **losses)


STATED = rare("".join(ASSUMPTION.format(name=n, credence=0.99) for n in NAMES), bad="1e10", good="1e-3")
UNCERTAIN = rare("".join(beta(n, 99, 1) for n in NAMES), bad="1e10", good="1e-3")


@pytest.fixture(scope="module")
def stated() -> xr.DataTree:
    return analyse(model(STATED, **WORLDS), NAMED)


@pytest.fixture(scope="module")
def uncertain() -> xr.DataTree:
    return analyse(model(UNCERTAIN, **WORLDS), NAMED)


def test_without_parameters_each_quantile_is_the_mean(stated: xr.DataTree) -> None:
    """Bad with .01^5, which no world meets; at its only step."""
    found = stated["outcomes"]
    bad = found.sel(outcome="bad")
    assert bool(bad["refined"])
    assert abs(float(bad["mean"]) - 1e-10) < 5 * float(bad["error"])
    np.testing.assert_array_equal(found["quantiles"], np.repeat(found["mean"].values[:, None], 5, axis=1))
    np.testing.assert_array_equal(found["sd"], 0.0)
    np.testing.assert_array_equal(found["by_step"].sum("step"), found["mean"])
    np.testing.assert_array_equal(found["loss_quantiles"], float(found["loss"]))
    assert float(found["loss_sd"]) == 0.0
    together = stated["kinds"].sel(kind="catastrophic")
    for values in (together["quantiles"], together["cumulative"], stated["distributions"]["kinds"][0]):
        np.testing.assert_array_equal(values, float(bad["mean"]))
    np.testing.assert_array_equal(stated["distributions"]["loss"], float(found["loss"]))


def test_over_parameters_rare_outcomes_are_not_known_to_vary(uncertain: xr.DataTree) -> None:
    """The exact 5 and 95 % quantiles of bad are far apart, and neither is 0."""
    exact = analyse(model(UNCERTAIN, points=256), ["outcomes"])["outcomes"].sel(outcome="bad")["quantiles"]
    assert 0 < 100 * float(exact[0]) < float(exact[-1])
    found = uncertain["outcomes"]
    bad = found.sel(outcome="bad")
    assert abs(float(bad["mean"]) - 1e-10) < 5 * float(bad["error"])
    assert np.isnan(bad["quantiles"]).all()
    assert np.isnan(bad["sd"])
    assert np.isnan(found["loss_quantiles"]).all()
    assert np.isnan(found["loss_sd"])
    assert "bad, poor, good: too near 0 or 1 for the worlds" in found.attrs["note"]
    assert np.isnan(uncertain["kinds"]["quantiles"]).all()
    assert np.isnan(uncertain["distributions"]["outcomes"]).all()


def test_rare_failures_are_as_safe_as_they_are_estimated(stated: xr.DataTree, uncertain: xr.DataTree) -> None:
    """Poor with .01^4 x .99 and bad with .01^5: of the failures, .99 are safe."""
    for tree in (stated, uncertain):
        found = tree["failing_safely"]
        assert 0 < float(found["error"]) < 0.01
        assert abs(float(found["fail_safe_given_failure"]) - 0.99) < 5 * float(found["error"])
    assert np.isnan(uncertain["failing_safely"]["quantiles"]).all()


def test_the_report_says_what_is_not_estimated(uncertain: xr.DataTree) -> None:
    lines = render(answers(uncertain), Paper(100)).splitlines()
    for name in ("bad", "expected loss", "safe, if it fails"):
        assert "not estimated" in next(line for line in lines if name in line)


def test_a_rare_outcome_beside_a_common_one_of_its_kind_hides_nothing() -> None:
    """Catastrophes with Beta(1, 9) and some 1e-10 more: its quantiles, with an sd of 0.09."""
    text = story(beta("b", 9, 1) + "".join(beta(n, 99, 1) for n in NAMES), ALL_FIVE, "false")
    text += '[outcomes.worse]\nkind = "catastrophic"\nwhen = "not b"\n'
    found = analyse(model(text, **WORLDS), ["outcomes", "kinds"])
    assert np.isnan(found["outcomes"]["quantiles"].sel(outcome="bad")).all()
    exact = stats.beta(1, 9).ppf(found["kinds"]["quantile"])
    np.testing.assert_allclose(found["kinds"]["quantiles"].sel(kind="catastrophic"), exact, atol=0.03)


def test_a_rare_loss_is_exceeded_as_it_is_estimated() -> None:
    """1e10 with .01^5, which no world meets, and .001 or more in nearly all."""
    found = analyse(model(STATED, **WORLDS), ["exceedance"])["exceedance"]
    assert found["size"].values.tolist() == [1e-3, 1e10]
    chance, error = float(found["chance"][1]), float(found["error"][1])
    assert 0 < error < 1e-11
    assert abs(chance - 1e-10) < 5 * error
    varied = losing(STATED, bad="{ lognormal = [0, 1] }").replace("loss = 1e10\n", "")
    note = analyse(model(varied, **WORLDS), ["exceedance"])["exceedance"].attrs["note"]
    assert note == "bad: left out, as too rare for the sampled worlds"


def test_a_portfolio_has_the_same() -> None:
    """NaN for the rare ways to end, in place of quantiles of 0."""
    options = Options()
    found = row(model(UNCERTAIN, **WORLDS), options)[options.places["quantiles"]]
    assert np.isnan(found).all()
    sure = row(model(STATED, **WORLDS), options)
    catastrophic = OUTPUTS.index("catastrophic")
    by_output = sure[options.places["quantiles"]].reshape(len(OUTPUTS), -1)
    np.testing.assert_array_equal(by_output[catastrophic], sure[options.places["mean"]][catastrophic])


def test_failures_that_no_world_meets_are_not_said_to_be_impossible() -> None:
    """Draws share a number, so nothing is estimated again; E[x^4] = 4! / (100 x 101 x 102 x 103) = 2.3e-7.

    One of the 65,536 worlds meets it for one seed in 70.
    """
    body = "[quantities.x]\nvalue = { beta = [1, 99] }\n"
    body += "".join(ASSUMPTION.format(name=n, credence='"1 - x"') for n in NAMES[:4])
    text = story(body, " and ".join(f"not {n}" for n in NAMES[:4]))
    assert float(result(text, "outcomes")["outcomes"]["mean"][0]) == pytest.approx(2.26e-7, rel=0.1)
    found = analyse(model(text, **WORLDS, samples=1 << 16), ["outcomes", "kinds", "failing_safely"])
    assert float(found["outcomes"]["mean"][0]) == 0.0
    assert np.isnan(found["outcomes"]["quantiles"].sel(outcome="bad")).all()
    assert "no sampled world fails" in found["failing_safely"].attrs["note"]
    assert "as no sampled world fails, failing safely is not known." in " ".join(
        render(answers(found), Paper(100)).split()
    )


def test_a_sampled_loss_that_rare_costs_may_dominate_is_not_to_be_trusted() -> None:
    """1e-10 x E[x^8] = 7.9e3 of a lognormal x, while no sampled world has lost anything but 1.

    The power keeps rare outcomes from being estimated again, so all that 256 parameter values show is that
    P(bad) is at most .0143; at a cost of at most .1, that is less than a hundredth.
    """
    body = "[quantities.x]\nvalue = { lognormal = [0, 1] }\n"
    body += "".join(ASSUMPTION.format(name=n, credence=0.99) for n in NAMES)
    for cost, doubtful in (('"x ** 8"', True), ('"min(x ** 8, 0.1)"', False)):
        text = losing(story(body, ALL_FIVE), bad=cost, good="1")
        found = analyse(model(text, **WORLDS), ["outcomes"])["outcomes"]
        assert (HEAVY in found.attrs["note"]) == doubtful
        assert np.isnan(found["loss_quantiles"]).all() == doubtful


@pytest.mark.parametrize(("cost", "doubtful"), [("1e6", True), ("1e-3", False)])
def test_a_fixed_cost_that_no_sampled_world_has_is_not_left_out(cost: str, doubtful: bool) -> None:
    """2.3e-7 x 10^6 is a fifth of the exact loss, 1.2, while no sampled world lost anything but 1.

    Draws share a number, so bad is not estimated again. It may be as probable as 1e-4; at a cost of .001
    that is next to nothing. One of the 65,536 worlds meets it for one seed in 70.
    """
    body = "[quantities.x]\nvalue = { beta = [1, 99] }\n"
    body += "".join(ASSUMPTION.format(name=n, credence='"1 - x"') for n in NAMES[:4])
    text = losing(story(body, " and ".join(f"not {n}" for n in NAMES[:4])), bad=cost, good="1")
    found = analyse(model(text, **WORLDS, samples=1 << 16), ["outcomes"])["outcomes"]
    assert float(found["loss"]) == pytest.approx(1.0, abs=1e-6)
    assert (HEAVY in found.attrs["note"]) == doubtful


def test_the_steps_of_a_rare_outcome_add_up_to_it() -> None:
    """Bad at the first of five steps with a violation, 1e-5 each: shares as of a geometric law, nearly equal.

    Some 1,600 worlds of 33 million meet it, so shares have errors of .01; worse, with 5e-9, is met by none.
    """
    step = ASSUMPTION.format(name="a", credence=1 - 1e-5) + "every_step = true\n"
    text = story(step + point("b", 1 - 1e-4), "not a and b").replace(
        "[outcomes.poor]", '[outcomes.worse]\nkind = "catastrophic"\nwhen = "not a"\n[outcomes.poor]'
    )
    text = text.replace("[assumptions.a]", '[[phases]]\nname = "use"\nrepeat = 5\n[assumptions.a]')
    found = analyse(model(text, engine="montecarlo"), ["outcomes"])["outcomes"]
    assert found["refined"].values[:2].all()
    bad, worse = (found.sel(outcome=name) for name in ("bad", "worse"))
    assert float(bad["by_step"].sum()) == pytest.approx(float(bad["mean"]), rel=1e-12)
    np.testing.assert_allclose(bad["by_step"] / bad["mean"], 0.2, atol=0.05)
    assert np.isnan(worse["by_step"]).all()


def test_quantiles_are_no_finer_than_shares_of_worlds() -> None:
    """P(bad) is uniform on [.001, .009]; each of 1,024 values has 1,024 worlds, so that shares are coarse."""
    text = story(ASSUMPTION.format(name="a", credence="{ uniform = [0.991, 0.999] }"), "not a and e")
    text = text.replace("[outcomes.bad]", "[events.e]\nchance = 1\n[outcomes.bad]")
    data = result(text, "outcomes", engine="montecarlo", points=1 << 10, samples=1 << 20)["outcomes"]
    found = data.to_dataset().sel(outcome="bad")
    error = found["quantiles_error"].values
    assert (error >= 1 / 1024 / 2).all()
    wanted = 0.001 + 0.008 * found["quantile"].values
    assert (np.abs(found["quantiles"].values - wanted) < 3 * error).all()


def test_what_no_world_met_is_not_said_to_stay_as_it_is() -> None:
    """P(bad) = 1e-11 becomes 1e-10 where `a` is violated; sampled worlds meet neither."""
    text = ASSUMPTION.format(name="a", credence=0.9) + "".join(
        f'[events.{name}]\nwhen = "not a"\nchance = 1e-5\nmode = "other"\n' for name in "ef"
    )
    made = result(story(text, "e and f"), engine="montecarlo", samples=1 << 14)
    found = made["violations"].to_dataset().sel(assumption="a")
    for name in ("do_violated", "change", "change_error", "do_holds"):
        assert np.isnan(found[name].sel(outcome="bad").item()), name
    assert np.isnan([found["risk_change"].item(), found["failing_change"].item()]).all()
    assert found["do_violated"].sel(outcome="good").item() == 1.0
    tipping = made["tipping_points"].to_dataset().sel(assumption="a")
    for name in ("risk_violated", "risk_holds", "risk_violated_error", "risk_holds_error"):
        assert np.isnan(tipping[name].item()), name
    assert np.isnan(tipping["credence"]).all()
    shown = render(answers(made), Paper(100))
    row = next(line for line in shown.splitlines() if line.startswith("a "))
    assert row.split()[:5] == ["a", "not", "seen", "not", "seen"], row


SHARED = "[quantities.x]\nvalue = {{ uniform = [{low}, {high}] }}\n" + "".join(
    ASSUMPTION.format(name=n, credence='"1 - x"').replace("{", "{{").replace("}", "}}") for n in NAMES[:4]
)
ALL_FOUR = " and ".join(f"not {name}" for name in NAMES[:4])


def test_nothing_is_ruled_out_where_importance_sampling_does_not_help() -> None:
    """P(bad) = E x^4 < 1e-14 becomes E x^3 < 1e-10, and no world meets it; draws share a number.

    The exact engine has both, so neither is 0.
    """
    text = story(SHARED.format(low=1e-4, high=3e-4), ALL_FOUR)
    exact = result(text, "violations")["violations"]["do_violated"].sel(outcome="bad")
    np.testing.assert_allclose(exact, (3**4 - 1) * 1e-12 / (4 * 2), rtol=1e-3)  # the mean of x^3
    names = ("outcomes", "kinds", "violations", "pairs", "tipping_points")
    made = result(text, *names, engine="montecarlo", samples=1 << 14)
    found = made["violations"].to_dataset()
    for name in ("do_violated", "change", "all_hold"):
        assert np.isnan(found[name].sel(outcome="bad")).all(), name
    assert (found["all_violated"].sel(outcome="bad") == 1.0).all()
    for name in ("do_both_violated", "change", "joint_change", "change_error"):
        assert np.isnan(made["pairs"][name].sel(outcome="bad")).all(), name
        assert not np.isnan(made["pairs"][name].sel(outcome="good")).any(), name
    assert np.isnan(made["tipping_points"]["risk_violated"]).all()
    bad = next(line for line in render(answers(made), Paper(100)).splitlines() if line.startswith("▲ bad"))
    assert bad.split()[2:6] == ["not", "seen", "at", "most"], bad


def test_failures_are_not_surely_safe_where_unsafe_ones_may_not_be_seen() -> None:
    """P(bad) = E x^4 < 1e-14, which worlds leave as possible as its upper limit; poor with .1."""
    text = story(
        SHARED.format(low=1e-4, high=3e-4) + '[events.e]\nchance = 0.1\nmode = "other"\n', ALL_FOUR, "e"
    )
    made = result(text, "outcomes", "kinds", "failing_safely", engine="montecarlo", samples=1 << 14)
    high = float(made["outcomes"]["high"].sel(outcome="bad"))
    safely = made["failing_safely"]
    assert float(safely["fail_safe_given_failure"]) == 1.0
    assert float(safely["error"]) == pytest.approx(high / 1.96 / 0.1, rel=0.2)  # of 16,384 worlds for .1
    assert "standard error of the catastrophic" not in render(answers(made), Paper(100))


def test_an_outcome_that_no_number_moves_has_quantiles_as_doubtful_as_its_mean() -> None:
    """Both are shares of the same worlds, where P(bad) = .25; 8 errors miss it for one seed in 10,000."""
    text = story(ASSUMPTION.format(name="a", credence=0.75), "not a")
    found = analyse(model(text, engine="montecarlo", samples=1 << 18), ["outcomes", "kinds"])
    for group, name in (("outcomes", "bad"), ("kinds", "catastrophic")):
        one = found[group].sel({group[:-1]: name})
        assert (one["quantiles_error"] >= one["error"]).all()
        assert (np.abs(one["quantiles"] - 0.25) <= 8 * one["quantiles_error"]).all()


def test_a_portfolio_says_what_no_world_met(tmp_path: Path) -> None:
    """P(bad) = E x^4 < 1e-14: 0 with the error of its upper limit, and not seen in print."""
    file = tmp_path / "shared.toml"
    file.write_text(story(SHARED.format(low=1e-4, high=3e-4), ALL_FOUR))
    settings = Settings(engine="montecarlo", samples=1 << 14)
    data = run(plan([str(file)], (), Options(settings)))
    found = data.isel(story=0).sel(output="catastrophic")
    assert float(found["mean"]) == 0.0
    assert float(found["error"]) > 1e-5  # three worlds of 16,384 at least, at 1.96 errors
    for kind in ("text", "html"):
        printed = formats.module("portfolio", formats.found("portfolio", kind)).render(data, Paper(100), 0)
        assert "not seen" in "".join(printed).replace("\xa0", " "), kind


def test_quantiles_in_the_noise_of_worlds_have_its_error() -> None:
    """P(a and b and c) is .504 or .28: its ends lie in the noise of a point's worlds, 1.3 errors off."""
    experts = '{ experts = [{ name = "A", credence = 0.9 }, { name = "B", credence = 0.5 }] }'
    text = story(
        "".join(ASSUMPTION.format(name=n, credence=c) for n, c in (("a", experts), ("b", 0.8), ("c", 0.7))),
        "not (a and b and c)",
    )
    found = analyse(model(text, engine="montecarlo", samples=1 << 22), ["outcomes", "kinds"])
    for one in (found["outcomes"].sel(outcome="good"), found["kinds"].sel(kind="success")):
        ends = one.sel(quantile=[0.05, 0.25, 0.75, 0.95])
        off = np.abs(ends["quantiles"] - [0.28, 0.28, 0.504, 0.504])
        assert (off <= 3 * ends["quantiles_error"]).all()
