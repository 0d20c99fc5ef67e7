"""What the format says of experts and of trials that are not independent, each against its closed form."""

import re
from itertools import product
from math import prod
from pathlib import Path

import numpy as np
import pytest
from scipy import special, stats

from sensa import run
from sensa.stories.checking.all_checks import check
from sensa.stories.numbers.canonical import declared
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.forms.beta import HeldTrials
from sensa.stories.reading import parse

FORMAT = (Path(__file__).parents[2] / "docs" / "story-format.md").read_text("utf-8")
HEAD = """
format = "training-story/1"
[story]
title = "A chain, as two reviewers see it"
[goal]
class = ["other"]
specification = "s"
desirability = "d"
[rationale]
class = ["other"]
constraints = ["c"]
nudges = ["n"]
[outcomes.harm]
kind = "catastrophic"
when = "{when}"
[outcomes.safe]
kind = "fail_safe"
when = "false"
[outcomes.fine]
kind = "success"
otherwise = true
"""
# Six claims of a chain; harm comes where none holds.
ANA = (0.35, 0.2, 0.6, 0.35, 0.6, 0.05)
BO = (0.1, 0.25, 0.75, 0.65, 0.7, 0.1)


def section(title: str) -> str:
    return FORMAT.split(f"### {title}\n", 1)[1].split("\n#", 1)[0]


def harm(more: str, when: str) -> float:
    tree = run(parse(HEAD.format(when=when) + more), analyses=["outcomes"])
    return float(tree["outcomes"].to_dataset()["mean"].sel(outcome="harm"))


def chain(credence: str) -> str:
    """The six claims, with `{a}` and `{b}` for what Ana and Bo say of each."""
    part = 'claim = "c"\npart = "rationale.nudges"\n'
    return "".join(
        f"[assumptions.p{i}]\n{part}{credence.format(a=a, b=b)}\n"
        for i, (a, b) in enumerate(zip(ANA, BO, strict=True))
    )


ANEW = chain(
    'credence = {{ experts = [{{ name = "Ana", credence = {a} }}, {{ name = "Bo", credence = {b} }}] }}'
)
TOGETHER = '[experts]\ndraw = "together"\n' + ANEW
WHOLE = "[quantities.who]\nvalue = { uniform = [0, 1] }\n" + chain(
    'credence = {b}\ngiven = [{{ if = "who < 0.5", credence = {a} }}]'
)
NONE = " and ".join(f"not p{i}" for i in range(6))


def test_each_number_draws_its_own_expert_or_one_expert_is_right_about_all() -> None:
    """By the sum over who is right about each claim, and over who is right about all."""
    each = [prod(1 - p for p in said) for said in product(*zip(ANA, BO, strict=True))]
    assert np.mean(each) == pytest.approx(0.0315985, abs=5e-8)
    assert harm(ANEW, NONE) == pytest.approx(np.mean(each), rel=1e-12)
    whole = np.mean([prod(1 - p for p in said) for said in (ANA, BO)])
    assert whole == pytest.approx(0.0336614375, abs=1e-15)
    assert harm(WHOLE, NONE) == pytest.approx(whole, rel=1e-12)
    assert harm(TOGETHER, NONE) == pytest.approx(whole, rel=1e-12)


def test_the_format_shows_both() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", section("Experts of several numbers"), re.DOTALL)
    when = "seeks_power and gets_power"
    blocks = [blocks[0], blocks[0] + blocks[1]]  # the second block adds its table to the first
    assert [harm(block, when) for block in blocks] == pytest.approx([0.36, 0.42], rel=1e-12)
    warned = ["shared-experts" in {p.code for p in check(parse(HEAD.format(when=when) + b))} for b in blocks]
    assert warned == [True, False]


def test_a_warning_says_that_each_number_draws_its_own_expert() -> None:
    def told(more: str, names: str = "p0 and p1") -> list[str]:
        problems = check(parse(HEAD.format(when=names) + more))
        assert not [str(p) for p in problems if p.severity == "error"]
        return [f"{p.path}: {p.message}" for p in problems if p.code == "shared-experts"]

    (one,) = told(ANEW)
    assert one == (
        "assumptions.p1.credence: `Ana` and `Bo` speak of `assumptions.p0.credence`, "
        "`assumptions.p1.credence`, `assumptions.p2.credence` and 3 more, and each of these draws its own "
        "expert: who is right about one says nothing about the others"
    )
    assert told(WHOLE) == []
    claim = '[assumptions.p{}]\nclaim = "c"\npart = "rationale.nudges"\ncredence = {{ experts = [{}]{} }}\n'
    ana, bo, cy, di = (f'{{ name = "{name}", credence = 0.5 }}' for name in ("Ana", "Bo", "Cy", "Di"))

    def two(first: list[str], second: list[str], pool: str = "") -> str:
        return "".join(claim.format(i, ", ".join(names), pool) for i, names in enumerate((first, second)))

    assert len(told(two([ana, bo], [bo, cy]))) == 1
    assert told(two([ana, bo], [cy, di])) == []
    assert told(two([ana, bo], [ana])) == []  # one expert is no draw
    assert told(two([ana, bo], [ana, bo], ', pool = "odds"')) == []  # no more is a pool of the odds
    link = "[[dependence]]\nbetween = ['assumptions.p0.credence', 'assumptions.p1.credence']\n"
    assert told(two([ana, bo], [ana, bo]) + link + "rank_correlation = 0.9\n") == []


# 20 questions, each asked 10 times; the answers to one hold with a chance that is drawn for it.
GROUPS, REPEATS, SHARE, ALIKE = 20, 10, 0.7, 0.25
ODDS = 1 / ALIKE - 1


def interval(held: float, trials: float) -> tuple[float, float]:
    """The central 90 % interval of what the format makes of trials."""
    found = declared(HeldTrials(held=held, trials=trials), "probability")
    assert isinstance(found, Distribution)
    low, high = special.betaincinv(*found.args, [0.05, 0.95])
    return float(low), float(high)


def covers(held: float, trials: float) -> bool:
    low, high = interval(held, trials)
    return low <= SHARE <= high


def effect(held: np.ndarray) -> float:
    """The design effect that the format gives, of groups of one size."""
    p = held.mean() / REPEATS
    if p in (0.0, 1.0):
        return float(REPEATS)
    squares = ((held - REPEATS * p) ** 2).sum() / (held.size * REPEATS * p * (1 - p))
    return max(1.0, held.size / (held.size - 1) * squares)


def test_trials_that_are_alike_cover_63_times_in_100_if_counted_as_independent() -> None:
    """No sample: the total is a sum of 20 beta-binomial counts, whose law is their convolution."""
    one = stats.betabinom(REPEATS, SHARE * ODDS, (1 - SHARE) * ODDS).pmf(np.arange(REPEATS + 1))
    law = np.ones(1)
    for _ in range(GROUPS):
        law = np.convolve(law, one)
    n, d = GROUPS * REPEATS, 1 + (REPEATS - 1) * ALIKE
    assert law @ [covers(k, n) for k in range(n + 1)] == pytest.approx(0.63, abs=0.005)
    assert law @ [covers(k / d, n / d) for k in range(n + 1)] == pytest.approx(0.90, abs=0.01)


@pytest.mark.parametrize(("groups", "nominal"), [(20, 0.89), (10, 0.87)])
def test_an_effective_number_from_the_groups_covers_nearly_as_said(groups: int, nominal: float) -> None:
    """Of 4,000 data sets: off by 0.025, 4.8 standard errors, with fewer than 1 of 10^5 seeds."""
    rng = np.random.default_rng(20261128)
    chances = rng.beta(SHARE * ODDS, (1 - SHARE) * ODDS, (4000, groups))
    covered = 0
    for held in rng.binomial(REPEATS, chances):
        d = effect(held)
        covered += covers(held.sum() / d, held.size * REPEATS / d)
    assert covered / 4000 == pytest.approx(nominal, abs=0.025)


def test_the_example_of_trials_that_are_alike() -> None:
    text = section("Trials that are alike")
    (listed,) = re.findall(r"held ((?:\d+, )+\d+ and \d+) times", text)
    held = np.array(re.findall(r"\d+", listed), float)
    d = effect(held)
    assert (held.size, held.sum()) == (20, 137)
    assert f"d is {d:.2f}" in text
    assert f"{{ held = {137 / d:.1f}, trials = {200 / d:.1f} }}" in text
    stated = [f"{low:.2f} to {high:.2f}" for low, high in (interval(137 / d, 200 / d), interval(137, 200))]
    assert f"interval {stated[0]}, and not {stated[1]}" in text


def test_one_power_for_two_targets_or_a_safeguard_for_each() -> None:
    """Both missed: E[(1 - p)^2] = (0.2^2 + 0.16 / 11) of Beta(8, 2), and E[1 - p]^2 = 0.04 apart."""
    there = "[events.x]\nchance = 1\n[events.y]\nchance = 1\n"
    safeguard = "[safeguards.{}]\nagainst = [{}]\npower = {{ beta = [8, 2] }}\naction = 'halt'\n"
    shared = there + safeguard.format("s", "'x', 'y'")
    apart = there + safeguard.format("s", "'x'") + safeguard.format("t", "'y'")
    assert harm(shared, "not halted") == pytest.approx(0.04 + 0.16 / 11, abs=2e-4)  # sampled, seed fixed
    assert harm(apart, "not halted") == pytest.approx(0.04, rel=1e-12)
    codes = [{p.code for p in check(parse(HEAD.format(when="not halted") + s))} for s in (shared, apart)]
    assert ["shared-power" in found for found in codes] == [True, False]
