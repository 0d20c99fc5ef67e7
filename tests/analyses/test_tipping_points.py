"""Tipping points start at today's risk, and the story with the moved credences has the limit as its risk."""

import json
import re
import tomllib

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from scipy.special import expit, logit
from scipy.stats import beta as beta_law
from scipy.stats import norm

from sensa.analyses.tipping_points import tipping_points
from sensa.pipeline import prepare
from sensa.sampling.parameters import RunError
from sensa.sampling.settings import Settings
from sensa.stories.loading import load
from sensa.stories.problems import StoryError
from sensa.stories.reading import parse
from tests import naive, strategies
from tests.naive.parameters import declarations, is_parameter
from tests.short_stories import ASSUMPTION, beta, story

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
HELD = '[events.s]\nchance = 0.5\nmode = "other"\n'
CASES = HELD + ASSUMPTION.format(name="a", credence=0.99) + 'given = [{ if = "s", credence = 0.7 }]\n'
SHARED = (
    "[quantities.x]\nvalue = { uniform = [0, 1] }\n"
    + ASSUMPTION.format(name="a", credence='"x"')
    + '[events.e]\nchance = "1 - x"\nmode = "other"\n'
)


def found(text: str, limits: tuple[float, ...], **options: object):  # type: ignore[no-untyped-def]
    return tipping_points(prepare(load(parse(text)), Settings(**options)), limits)  # type: ignore[arg-type]


def test_a_claim_with_cases_is_believed_less_in_all_of_them() -> None:
    """P(bad) = .5 P(not a | s) = .15 reaches .2 where .7 becomes .6; .99 with it, alike in log-odds."""
    data = found(story(CASES, "not a and s"), (0.2, 0.15, 0.6))
    change = logit(0.6) - logit(0.7)
    held = (0.6 + expit(logit(0.99) + change)) / 2
    assert float(data["risk"]) == pytest.approx(0.15, abs=1e-12)
    np.testing.assert_allclose(data["move"].sel(assumption="a")[:2], [change, 0.0], atol=1e-9)
    np.testing.assert_allclose(data["credence"].sel(assumption="a"), [held, 0.845, np.nan], atol=1e-9)
    assert held == pytest.approx(0.792, abs=5e-4)


def test_a_number_that_is_read_elsewhere_too_has_no_tipping_point() -> None:
    """P(bad) = E x (1 - x) = 1/6; with a set from outside it goes from 0 to 1/2 and passes 1/4 at x = 1/2."""
    data = found(story(SHARED, "a and e", "e"), (0.1, 0.2, 0.3))
    assert np.isnan(data["credence"]).all()
    assert "also read elsewhere: a" in data.attrs["note"]


def test_tied_credences_move_at_every_value() -> None:
    """Two credences tied by rank: after the move the risk is the limit, by Gauss-Hermite quadrature of the
    copula (a line between what setting it does would start at 1/25, and today's risk is .065)."""
    tie = (
        "[[dependence]]\nbetween = ['assumptions.a.credence', 'assumptions.b.credence']\n"
        "rank_correlation = 0.9\n"
    )
    text = story(beta("a", 8, 2) + beta("b", 8, 2), "not a and not b") + tie
    data = found(text, (0.1,))
    move = float(data["move"].sel(assumption="a", limit=0.1))
    x, w = np.polynomial.hermite_e.hermegauss(80)
    pearson = 2 * np.sin(np.pi * 0.9 / 6)
    first, second = np.meshgrid(x, x, indexing="ij")
    a = beta_law(8, 2).ppf(norm.cdf(first))
    b = beta_law(8, 2).ppf(norm.cdf(pearson * first + np.sqrt(1 - pearson**2) * second))
    weight = np.outer(w, w) / w.sum() ** 2

    def risk(change: float) -> float:
        return float((weight * (1 - expit(logit(a) + change)) * (1 - b)).sum())

    assert float(data["risk"]) == pytest.approx(risk(0.0), rel=1e-3)
    assert risk(move) == pytest.approx(0.1, rel=1e-2)


def test_where_nothing_has_to_move_the_credence_is_todays() -> None:
    """The limit at the risk itself, of claims that depend on nothing."""
    text = story(beta("a", 8, 2) + beta("b", 6, 4), "not a and not b")
    data = found(text, (0.2 * 0.4,))
    np.testing.assert_allclose(data["credence"][:, 0], data["now"], atol=1e-12)


def moved(text: str, name: str, change: float) -> str:
    """A story with all credences of an assumption moved, in the text itself."""
    doc = tomllib.loads(text)
    lines, inside = [], False
    written = doc["assumptions"][name]
    plain = re.compile(r"(credence\s*=\s*)([0-9.eE+-]+)")
    header = re.compile(rf"\[+assumptions\.(?:{re.escape(name)}|{re.escape(json.dumps(name))})(\.given)?\]+")
    for line in text.splitlines():
        if line.startswith("["):
            inside = header.fullmatch(line.strip()) is not None
        if inside:
            line = plain.sub(lambda m: f"{m[1]}{float(expit(logit(float(m[2])) + change))!r}", line)
        lines.append(line)
    assert written is not None
    return "\n".join(lines) + "\n"


def at_the_limit(text: str) -> int:
    """Of each assumption of a story of points: the risk after the move, by enumeration. How many had one."""
    doc = tomllib.loads(text)
    assume(doc.get("assumptions") and not any(is_parameter(raw) for _, _, raw in declarations(doc)))

    def risk(of: str) -> float:
        again = tomllib.loads(of)
        kinds = {name: table["kind"] for name, table in again["outcomes"].items()}
        ended = naive.outcome_probabilities(again, {})
        return sum(chance for (outcome, _), chance in ended.items() if kinds[outcome] == "catastrophic")

    today = risk(text)
    assume(0.0 < today < 1.0)
    limits = (today, 0.8 * today, min(1.2 * today, 0.5 + today / 2))
    data = found(text, limits)
    assert float(data["risk"]) == pytest.approx(today, abs=1e-12)
    tipped = 0
    for name in map(str, data["assumption"].values):
        raw = doc["assumptions"][name].get("credence")
        if not isinstance(raw, int | float) or "given" in doc["assumptions"][name] or not 0 < raw < 1:
            continue  # only what the text above can be moved by
        if any(challenge["against"] == name for challenge in doc.get("challenges", {}).values()):
            continue  # what a challenge leaves of it moves too, and stands in the challenge
        here = data.sel(assumption=name)
        for limit, move in zip(limits, here["move"].values, strict=True):
            if np.isfinite(move):
                tipped += 1
                assert risk(moved(text, name, float(move))) == pytest.approx(limit, rel=1e-6)
    return tipped


def test_what_an_undercut_leaves_moves_alike() -> None:
    """P(bad) = P(a) = c / 2 + l / 2 with c = l = .5: .4 where both are .4."""
    undercut = '[challenges.x]\nagainst = "a"\nkind = "undercut"\nclaim = "c"\nstands = 0.5\nleaves = 0.5\n'
    data = found(story(ASSUMPTION.format(name="a", credence=0.5) + undercut, "a"), (0.4,))
    assert float(data["move"].sel(assumption="a", limit=0.4)) == pytest.approx(float(logit(0.4)), abs=1e-6)


def test_generated_stories_have_the_limit_as_their_risk_after_the_move() -> None:
    tipped = []

    @settings(max_examples=60, deadline=None, suppress_health_check=CHECKS)
    @given(strategies.pointed_stories())
    def check(text: str) -> None:
        try:
            tipped.append(at_the_limit(text))
        except (naive.NaiveError, RunError, StoryError):
            assume(False)

    check()
    assert sum(tipped) > 0


def test_a_story_with_cases_after_the_move() -> None:
    """The naive interpreter, with every case moved by hand."""
    text = story(CASES, "not a and s")
    data = found(text, (0.2, 0.1))
    for limit, move in zip((0.2, 0.1), data["move"].sel(assumption="a").values, strict=True):
        after = moved(text, "a", float(move))
        ended = naive.outcome_probabilities(tomllib.loads(after), {})
        assert sum(p for (outcome, _), p in ended.items() if outcome == "bad") == pytest.approx(limit)


def test_a_sampled_crossing_has_its_error() -> None:
    """P(bad) = (1 - c) / 2 is .05 at c = .9, of c = .8 in the story: within 8 errors, P(|t| > 8) = 9e-7."""
    text = story(HELD + ASSUMPTION.format(name="a", credence=0.8), "not a and s")
    exact, sampled = found(text, (0.05,)), found(text, (0.05,), engine="montecarlo", samples=1 << 18)
    assert exact["credence"].item() == pytest.approx(0.9, abs=1e-12)
    assert exact["credence_error"].item() == 0.0
    error = sampled["credence_error"].item()
    assert 0.0 < error < 0.01
    assert abs(sampled["credence"].item() - 0.9) < 8 * error
    assert exact["move_error"].item() == 0.0
    assert error / 0.09 == pytest.approx(sampled["move_error"].item(), rel=0.1)  # d logit(c) = dc / .09
    assert abs(sampled["move"].item() - (logit(0.9) - logit(0.8))) < 8 * sampled["move_error"].item()
    for name, value in (("risk_violated", 0.5), ("risk_holds", 0.0), ("now", 0.8)):
        assert abs(sampled[name].item() - value) <= 8 * sampled[f"{name}_error"].item()
        assert exact[f"{name}_error"].item() == 0.0
    searched = found(story(CASES, "not a"), (0.1,))
    assert np.isnan(searched[["credence_error", "move_error"]].to_array()).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_sampled_crossing_is_as_near_as_its_error_says(seed: int) -> None:
    """The risk is .0002 + .4 (1 - .0002) c: .001 at c = .0020004, which 8 errors miss once in 10,000."""
    body = ASSUMPTION.format(name="a", credence=0.6)
    body += '[events.x]\nclaim = "x"\nwhen = "a"\nchance = 0.4\nmode = "other"\n'
    body += '[events.w]\nclaim = "w"\nchance = 0.0002\nmode = "unmodelled"\n'
    session = prepare(parse(story(body, "x or w")), Settings(engine="montecarlo", seed=seed))
    one = tipping_points(session).sel(assumption="a", limit=0.001)
    assert float(one["now"]) == 0.6
    assert 0 < float(one["credence_error"]) < 2e-5
    assert abs(float(one["credence"]) - 0.0008 / 0.4 / 0.9998) <= 8 * float(one["credence_error"])
