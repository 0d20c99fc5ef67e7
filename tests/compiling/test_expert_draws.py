"""Experts who are drawn for all numbers together, by enumerating the orders of trust."""

import math
import tomllib
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.pipeline import prepare
from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.json import answered_story
from sensa.reports.result.text import render
from sensa.stories.checking.all_checks import check
from sensa.stories.reading import parse
from tests import naive
from tests.short_stories import ASSUMPTION, model, result, story

TOGETHER = '[experts]\ndraw = "together"\n'
NUMBERS = {  # of two reviewers, C and S, six assumptions that all must fail
    "p1": (0.35, 0.1), "p2": (0.2, 0.25), "p3": (0.6, 0.75), "p4": (0.35, 0.65), "p5": (0.6, 0.7),
    "p6": (0.05, 0.1),
}  # fmt: skip


def experts(*answers: tuple[str, float, float]) -> str:
    each = (f'{{ name = "{name}", weight = {weight}, credence = {p} }}' for name, weight, p in answers)
    return f"{{ experts = [{', '.join(each)}] }}"


def chain(table: str = TOGETHER) -> str:
    body = "".join(
        ASSUMPTION.format(name=name, credence=experts(("C", 1, c), ("S", 1, s)))
        for name, (c, s) in NUMBERS.items()
    )
    return story(table + body, " and ".join(f"not {name}" for name in NUMBERS))


def test_reviewers_who_are_right_about_a_whole_chain() -> None:
    """C: .65 x .8 x .4 x .65 x .4 x .95 = 0.051376; S: .9 x .75 x .25 x .35 x .3 x .9 = 0.015946875.

    Half of each: 0.0336614375, exactly. Each number for itself: the product of the means of the failures,
    .775 x .775 x .325 x .5 x .35 x .925 = 0.0315985...
    """
    tree = result(chain(), "outcomes", "sobol_credence", "experts")
    outcomes = tree["outcomes"]
    assert outcomes.attrs["how"] == "exact"
    assert float(outcomes["mean"].sel(outcome="bad")) == pytest.approx(0.0336614375, abs=1e-15)
    assert float(outcomes["sd"].sel(outcome="bad")) == pytest.approx((0.051376 - 0.015946875) / 2, rel=1e-3)
    apart = result(chain('[experts]\ndraw = "separately"\n'), "outcomes")["outcomes"]
    product = 0.775 * 0.775 * 0.325 * 0.5 * 0.35 * 0.925
    assert float(apart["mean"].sel(outcome="bad")) == pytest.approx(product, abs=1e-15)


def test_who_is_right_is_the_only_uncertain_number() -> None:
    tree = result(chain(), "sobol_credence", "experts")
    indices = tree["sobol_credence"]
    assert list(indices["factor"].values) == ["experts.draw"]
    assert float(indices["first"].sel(outcome="bad")[0]) == pytest.approx(1.0, abs=1e-12)
    by = tree["experts"]
    assert by["alone"].sel(expert="C", output="bad").item() == pytest.approx(0.051376, abs=1e-15)
    assert by["without"].sel(expert="C", output="bad").item() == pytest.approx(0.015946875, abs=1e-15)
    assert by["disagreement_together"].sel(output="bad").item() == pytest.approx(1.0, abs=1e-3)


def enumerated(doc: dict[str, Any], weights: dict[str, float]) -> float:
    """P(bad): each order of trust with its probability, every number by the first in it who gave one."""
    total = 0.0
    for order in permutations(weights):
        left, chance = list(weights.values()), 1.0
        for name in order:
            chance *= weights[name] / math.fsum(left)
            left.remove(weights[name])
        plain = {**doc, "assumptions": {}}
        for assumption, table in doc["assumptions"].items():
            answers = {one["name"]: one["credence"] for one in table["credence"]["experts"]}
            right = next(name for name in order if name in answers)
            plain["assumptions"][assumption] = {**table, "credence": answers[right]}
        outcomes = naive.outcome_probabilities(plain, {})
        total += chance * sum(p for (name, _), p in outcomes.items() if name == "bad")
    return total


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 4), min_size=4, max_size=4),
    st.lists(
        st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 10)), min_size=1, max_size=4,
                 unique_by=lambda pair: pair[0]),
        min_size=1, max_size=4,
    ),
)  # fmt: skip
def test_an_order_of_trust_is_drawn(weights: list[int], numbers: list[list[tuple[str, int]]]) -> None:
    """Whoever is missing in some numbers, and whatever the weights: the mean is that over all orders."""
    by_name = dict(zip("ABCD", map(float, weights), strict=True))
    body = "".join(
        ASSUMPTION.format(name=f"a{i}", credence=experts(*((n, by_name[n], p / 10) for n, p in answers)))
        for i, answers in enumerate(numbers)
    )
    bad = " and ".join(f"not a{i}" for i in range(len(numbers)))
    text = story(TOGETHER + body, bad)
    tree = result(text, "outcomes")["outcomes"]
    assert tree.attrs["how"] == "exact"
    expected = enumerated(tomllib.loads(text), by_name)
    assert float(tree["mean"].sel(outcome="bad")) == pytest.approx(expected, abs=1e-13)


def test_uncertain_answers_stay_uncertain() -> None:
    """A says Beta(3, 1) for both, B 1/2: E bad = (1/4 x 1/4 + 1/2 x 1/2) / 2, as the two betas differ."""
    each = '{ experts = [{ name = "A", credence = { beta = [3, 1] } }, { name = "B", credence = 0.5 }] }'
    body = TOGETHER + "".join(ASSUMPTION.format(name=name, credence=each) for name in "ab")
    session = model(story(body, "not a and not b"))
    paths = [parameter.path for parameter in session.circuit.parameters]
    assert paths == [
        "experts.draw", "assumptions.a.credence.experts[0].credence",
        "assumptions.b.credence.experts[0].credence",
    ]  # fmt: skip
    mean = session.ended.mean[session.outcomes.index("bad")]
    assert mean == pytest.approx((1 / 16 + 1 / 4) / 2, abs=1e-14)


def test_real_numbers_draw_the_same_expert() -> None:
    """A: rate 2 and credence 0.9; B: rate 6, 0.5. P(late) = rate / 10; bad = late and not a."""
    rate = experts(("A", 1, 2), ("B", 3, 6))
    body = TOGETHER + f"[quantities.rate]\nvalue = {rate}\n"
    body += ASSUMPTION.format(name="a", credence=experts(("A", 1, 0.9), ("B", 3, 0.5)))
    body += '[events.late]\nchance = "rate / 10"\n'
    mean = float(result(story(body, "late and not a"), "outcomes")["outcomes"]["mean"][0])
    assert mean == pytest.approx(0.25 * 0.2 * 0.1 + 0.75 * 0.6 * 0.5, abs=1e-14)


def test_numbers_pooled_in_odds_draw_no_expert() -> None:
    """Odds 9 and 1 pooled: 3, so 3/4 whoever is right; the other number is 0.9 or 0.5."""
    pooled = experts(("A", 1, 0.9), ("B", 1, 0.5))
    odds = pooled.replace("] }", '], pool = "odds" }')
    body = (
        TOGETHER + ASSUMPTION.format(name="a", credence=pooled) + ASSUMPTION.format(name="b", credence=odds)
    )
    mean = float(result(story(body, "not a and not b"), "outcomes")["outcomes"]["mean"][0])
    assert mean == pytest.approx(0.3 * 0.25, abs=1e-12)


def test_a_number_that_is_set_draws_no_expert() -> None:
    """`at` p1 = 0: C .8 x .4 x .65 x .4 x .95 = 0.07904; S .75 x .25 x .35 x .3 x .9 = 0.01771875."""
    data = prepare(model(chain()).story).at({"assumptions.p1.credence": 0.0})
    assert float(data["mean"].sel(output="bad")) == pytest.approx((0.07904 + 0.01771875) / 2, abs=1e-14)


@pytest.mark.parametrize(("table", "word"), [(TOGETHER, "together"), ("", "separately")])
def test_the_report_says_which(table: str, word: str) -> None:
    found = answers(result(chain(table), "outcomes"))
    assert found.provenance.experts == word
    line = next(line for line in render(found, Paper()).splitlines() if line.startswith("Experts"))
    assert line.startswith(f"Experts     drawn {word}: ")
    assert answered_story(found, exit_code=0)["experts"] == word
    warned = "shared-experts" in {problem.code for problem in check(parse(chain(table)))}
    assert warned == (word == "separately")


def test_common_weights_go_before_those_of_the_numbers() -> None:
    """C counts three times as much: (3 x 0.051376 + 0.015946875) / 4."""
    table = TOGETHER + "weights = { C = 3, S = 1 }\n"
    mean = result(chain(table), "outcomes")["outcomes"]["mean"].sel(outcome="bad")
    assert float(mean) == pytest.approx((3 * 0.051376 + 0.015946875) / 4, abs=1e-15)
