"""What other nodes do, and what is claimed of numbers: by hand."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from scipy import stats

from sensa.analyses.nodes import nodes
from sensa.analyses.numbers import numbers
from sensa.analyses.violations import violations
from sensa.compiling import compile_story
from sensa.engines.exact.engine import compile_exact
from sensa.lowering import lower
from sensa.methods.settable_nodes import forced
from sensa.sampling.parameters import coin_probabilities
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.reading import parse
from tests import naive, strategies
from tests.short_stories import ASSUMPTION, beta, model, story

Analysis = Callable[[Session], xr.Dataset]
SLIP = '[events.slip]\nwhen = "not a"\nchance = 0.5\nleak = 0.1\nmode = "other"\n'
NET = '[safeguards.net]\nagainst = ["slip"]\npower = 0.75\nfalse_alarm = 0.2\naction = "warn"\n'
CAUGHT = story(ASSUMPTION.format(name="a", credence=0.8) + SLIP + NET, "slip and not net")


def row(data, variable: str, node: str) -> float:
    return float(data[variable].sel(node=node, outcome="bad"))


def test_an_event_seen_made_sure_and_kept_away() -> None:
    """It happens with .2 x .5 + .8 x .1 = .18, and is then missed with .25 x .8 = .2: P(bad) = .036. Where it
    happens wherever it can, the leak aside, .2 x .2 = .04."""
    data = nodes(model(CAUGHT))
    assert float(data["chance"].sel(node="slip")) == pytest.approx(0.18, abs=1e-12)
    assert row(data, "seen", "slip") == pytest.approx(0.2, abs=1e-12)
    assert row(data, "always", "slip") == pytest.approx(0.04, abs=1e-12)
    assert row(data, "never", "slip") == 0.0


@pytest.mark.parametrize("cause", ["leak", "false_alarm", "rebuts"])
def test_a_cause_is_a_cause_whatever_its_name(cause: str) -> None:
    """e comes of the cause (1/2) with 1/4, else of a leak of 1/10: P(bad) = 1 - 7/8 x 9/10. Where it happens
    wherever it can, leaks aside, 1/2."""
    events = f"[events.{cause}]\nchance = 0.5\n[events.e]\ncauses = {{ {cause} = 0.25 }}\nleak = 0.1\n"
    made = model(story(events, "e"))
    assert float(made.ended.mean[0]) == pytest.approx(1 - 7 / 8 * 9 / 10, abs=1e-12)
    assert row(nodes(made), "always", "e") == pytest.approx(0.5, abs=1e-12)
    assert row(nodes(made), "never", "e") == 0.0


def test_a_safeguard_with_all_its_power_and_with_none() -> None:
    """It fires with 1 - (1 - .18 x .75) (1 - .2) = .308; without it P(bad) = .18, with all of it 0."""
    data = nodes(model(CAUGHT))
    assert float(data["chance"].sel(node="net")) == pytest.approx(0.308, abs=1e-12)
    assert row(data, "seen", "net") == 0.0
    assert row(data, "always", "net") == pytest.approx(0.0, abs=1e-12)
    assert row(data, "never", "net") == pytest.approx(0.18, abs=1e-12)


def test_options_are_seen_and_a_challenge_stands_or_not() -> None:
    """a holds with .8, or .1 where the challenge (.5) stands; P(bad) = P(not a) = .55, .9 or .2."""
    body = ASSUMPTION.format(name="a", credence=0.8)
    body += '[challenges.c]\nagainst = "a"\nkind = "undercut"\nclaim = "c"\nstands = 0.5\nleaves = 0.1\n'
    body += "[choices.m.options]\nmany = { weight = 3 }\nfew = { weight = 1 }\n"
    data = nodes(model(story(body, 'not a or m == \\"few\\"')))
    assert row(data, "always", "c") == pytest.approx(1 - 0.1 * 0.75, abs=1e-12)
    assert row(data, "never", "c") == pytest.approx(1 - 0.8 * 0.75, abs=1e-12)
    assert row(data, "seen", "c") == pytest.approx(1 - 0.1 * 0.75, abs=1e-12)
    assert float(data["chance"].sel(node="m: many")) == pytest.approx(0.75, abs=1e-12)
    assert row(data, "seen", "m: many") == pytest.approx(0.55, abs=1e-12)
    assert row(data, "seen", "m: few") == pytest.approx(1.0, abs=1e-12)
    assert np.isnan(row(data, "always", "m: few"))


def test_what_never_happens_is_not_seen() -> None:
    event = '[events.e]\nchance = 0\nmode = "other"\n'
    data = nodes(model(story(ASSUMPTION.format(name="a", credence=0.5) + event, "not a or e")))
    assert np.isnan(row(data, "seen", "e"))
    assert data.attrs["note"] == "impossible, so never seen: e"


def test_what_is_stated_as_certain_is_set_from_outside_too() -> None:
    """P(bad) = P(not a or e): 1 where e happens, .5 where not, whether 0 or 1 is stated. A sure net lets
    nothing through, and without it slip ends it."""
    for chance in (0, 1):
        event = f'[events.e]\nchance = {chance}\nmode = "other"\n'
        data = nodes(model(story(ASSUMPTION.format(name="a", credence=0.5) + event, "not a or e")))
        assert row(data, "always", "e") == pytest.approx(1.0, abs=1e-12)
        assert row(data, "never", "e") == pytest.approx(0.5, abs=1e-12)
    data = nodes(model(CAUGHT.replace("power = 0.75", "power = 1")))
    assert row(data, "always", "net") == pytest.approx(0.0, abs=1e-12)
    assert row(data, "never", "net") == pytest.approx(0.18, abs=1e-12)


def rewritten(doc: dict[str, Any], name: str, value: float) -> dict[str, Any]:
    """The story with every chance of a node at 0 or 1, and no leak or false alarm."""
    doc = copy.deepcopy(doc)
    if name in doc.get("events", {}):
        event = doc["events"][name]
        event |= {"leak": 0} | ({} if "causes" in event else {"chance": value})
        event |= {"causes": dict.fromkeys(event["causes"], value)} if "causes" in event else {}
        for case in event.get("given", []):
            case["chance"] = value
        if "causes" in event:
            event.pop("leak")
    elif name in doc.get("safeguards", {}):
        doc["safeguards"][name] |= {"power": value, "false_alarm": 0}
    else:
        doc["challenges"][name]["stands"] = value
        for other in doc["challenges"].values():
            if other["against"] == name and "leaves" in other:
                other["leaves"] = value
    return doc


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
@given(strategies.cases())
def test_setting_a_node_is_writing_another_story(case: tuple[str, dict[str, Any], dict[str, float]]) -> None:
    """Against the naive interpreter of the story with the node's numbers written as 0 or 1."""
    text, doc, theta = case
    written = parse(text)
    graph = compile_story(written)
    made = Session(graph, lower(graph, opened=True), Settings())
    values = np.array([[theta[p.path] for p in made.circuit.parameters]])
    try:
        naive.outcome_probabilities(doc, theta)
    except naive.NaiveError:
        return
    engine, p = compile_exact(made.circuit), coin_probabilities(made.circuit, values)
    for name in (n for table in ("events", "safeguards", "challenges") for n in doc.get(table, {})):
        for value in (0.0, 1.0):
            found = engine.probabilities(p, forced(made.circuit, [name], value))[0]
            wanted = naive.outcome_probabilities(rewritten(doc, name, int(value)), theta)
            for root, probability in zip(made.circuit.roots, found, strict=True):
                assert probability == pytest.approx(wanted.get((root.outcome, root.step), 0.0), abs=1e-12)


def test_numbers_have_the_quantiles_that_scipy_gives_them() -> None:
    data = numbers(model(story(beta("a", 8, 2), "not a")))
    assert list(data["claimed"].values) == ["beta(8, 2)"]
    assert data["mean"].values == pytest.approx([0.8], abs=1e-12)
    wanted = stats.beta(8, 2).ppf(data["quantile"].values)
    assert data["quantiles"].values[0] == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize(("analysis", "names"), [
    (nodes, ("chance", "seen", "always", "never")),
    (violations, ("do_violated", "observed_violated", "violated_given", "violated", "all_hold")),
])  # fmt: skip
def test_sampled_worlds_are_within_their_errors(analysis: Analysis, names: Sequence[str]) -> None:
    """35 numbers beside the exact ones: P(|t| > 8) = 9e-7 for each, with 15 degrees of freedom."""
    sampled = analysis(model(CAUGHT, engine="montecarlo", samples=1 << 18))
    exact = analysis(model(CAUGHT))
    for name in names:
        error, known = sampled[f"{name}_error"].values, ~np.isnan(exact[name].values)
        assert (np.isnan(error) == ~known).all(), name
        off = np.abs(sampled[name] - exact[name]).values[known]
        assert (off <= 8 * error[known] + 1e-12).all(), (name, off, error)
        assert (error[known] < 0.02).all(), name
        assert not exact[f"{name}_error"].values[known].any(), name
    assert sampled[f"{names[1]}_error"].values.any()
