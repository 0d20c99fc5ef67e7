"""The models that training may give: odds, entropies and misses by hand, and against enumeration."""

import re
from math import log, log2
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

import sensa
from sensa.analyses.specification_audit import with_catastrophes
from sensa.compiling import compile_story
from sensa.engines.exact.engine import compile_exact
from sensa.lowering import lower
from sensa.model_circuit import choices, goal_graph
from sensa.pipeline import prepare
from sensa.sampling.parameters import coin_probabilities
from sensa.stories.reading import parse
from tests import naive, strategies
from tests.short_stories import ASSUMPTION, model, result, story

STORIES = Path(__file__).parents[2] / "stories"
A = ASSUMPTION.format(name="a", credence=0.8)
B = ASSUMPTION.format(name="b", credence=0.9)
TWO = """[choices.m.options]
good = { weight = 1, tags = ["conforms"] }
bad = { weight = 3, miss = 0.5 }
[[choices.m.nudges]]
if = "a"
odds = { good = 6 }
"""
GOOD = 0.8 * 6 / 9 + 0.2 * 1 / 4  # .58333
THREE = """[choices.m.options]
good = { weight = 1, tags = ["conforms"] }
bad = { weight = 1 }
worse = { weight = 2 }
[[choices.m.constraints]]
if = "b"
excludes = ["worse"]
[[choices.m.nudges]]
if = "a"
odds = { good = 3 }
"""


def quoted(text: str) -> str:
    """As it stands within quotation marks."""
    return text.replace('"', '\\"')


def space(body: str, bad: str = 'm == "bad"') -> Any:
    return result(story(body, quoted(bad)), "model_space")["model_space"].to_dataset()


def test_the_odds_of_two_options() -> None:
    """Odds 1 : 3 by weight, GOOD : 1 - GOOD with the nudge; bits are log2 of their ratio."""
    data = space(A + TWO)
    assert data["posterior"].values == pytest.approx([GOOD, 1 - GOOD], abs=1e-12)
    assert data["prior"].values == pytest.approx([0.25, 0.75], abs=1e-12)
    bits = log2(GOOD / (1 - GOOD)) - log2(1 / 3)
    assert data["bits"].values == pytest.approx([bits], abs=1e-12)
    assert data["bits_in_order"].values == pytest.approx([bits], abs=1e-12)
    divergence = GOOD * log2(GOOD / 0.25) + (1 - GOOD) * log2((1 - GOOD) / 0.75)
    assert data["divergence"].values == pytest.approx([divergence], abs=1e-12)
    entropy = -GOOD * log2(GOOD) - (1 - GOOD) * log2(1 - GOOD)
    assert float(data["entropy"][0]) == pytest.approx(entropy, abs=1e-12)
    assert float(data["effective"][0]) == pytest.approx(2**entropy, abs=1e-12)
    assert data["without"].sel(outcome="bad").values == pytest.approx([0.75], abs=1e-12)


def test_the_expected_miss_and_what_violating_an_assumption_adds() -> None:
    """Half of P(bad): 1 - GOOD now, 3/4 where a is violated."""
    data = space(A + TWO)
    assert float(data["expected_miss"][0]) == pytest.approx((1 - GOOD) / 2, abs=1e-12)
    assert data["without_miss"].values == pytest.approx([0.375], abs=1e-12)
    assert data["miss_change"].values.tolist() == [[pytest.approx(0.375 - (1 - GOOD) / 2, abs=1e-12)]]


def test_bits_in_order_add_up_to_the_move_from_the_weights() -> None:
    """good: .9 (.8 3/4 + .2 1/2) + .1 (.8 3/6 + .2 1/4) = .675; without b .45, without a .475."""
    data = space(A + B + THREE)
    good, no_b, no_a = 0.675, 0.45, 0.475

    def bits(p: float, q: float) -> float:
        return log2(p / (1 - p)) - log2(q / (1 - q))

    assert data["bits"].values == pytest.approx([bits(good, no_b), bits(good, no_a)], abs=1e-12)
    assert data["bits_in_order"].values == pytest.approx([bits(no_a, 0.25), bits(good, no_a)], abs=1e-12)
    assert data["bits_in_order"].values.sum() == pytest.approx(bits(good, 0.25), abs=1e-12)


def test_options_that_no_constraint_tells_apart() -> None:
    """`bad`: .9 (.8 1/4 + .2 1/2) + .1 (.8 1/6 + .2 1/4) = .27 + .055 / 3."""
    data = space(A + B + THREE)
    assert data["alike"].values.tolist() == ["good", "good", "worse"]
    bad = 0.9 * (0.8 / 4 + 0.2 / 2) + 0.1 * (0.8 / 6 + 0.2 / 4)
    worse = 0.1 * (0.8 / 3 + 0.2 / 2)
    assert data["alike_off_goal"].values == pytest.approx([bad, bad, worse], abs=1e-12)


def test_a_choice_that_says_nothing_of_the_goal_has_no_bits() -> None:
    body = TWO.replace(', tags = ["conforms"]', "").replace(", miss = 0.5", "")
    data = space(A + body)
    for name in ("bits", "expected_miss", "on_goal", "without_miss", "miss_change"):
        assert np.isnan(data[name].values).all(), name
    assert data["divergence"].values[0] > 0


@pytest.mark.parametrize("credence", ["0.8", "{ beta = [8, 2] }"])
def test_sampled_worlds_give_the_exact_values_within_their_errors(credence: str) -> None:
    """34 numbers by hand, each within 6 errors; another seed would fail with a probability of 9e-4 at most.

    Errors are from 16 replicates: P(|t| > 6) = 2.4e-5 for each number, with 15 degrees of freedom. The means
    depend on the credence's mean alone, 0.8 in both stories.
    """
    body = story(A.replace("0.8", credence) + B + THREE, quoted('m == "bad"'))
    data = result(body, "model_space", engine="montecarlo", samples=1 << 18, seed=5)["model_space"]
    assert data.attrs["how"] == "worlds-sampled"
    good, bad, worse = 0.675, 0.27 + 0.055 / 3, 0.1 * (0.8 / 3 + 0.2 / 2)
    p = np.array([good, bad, worse])
    entropy = float(-(p * np.log2(p)).sum())
    no_a = np.array([0.475, 0.475, 0.05])
    no_b = np.array([0.45, 0.8 / 6 + 0.2 / 4, 0.8 / 3 + 0.2 / 2])
    held_by = {"good": 0.9 * 0.75 + 0.1 * 0.5, "violated": 0.9 * 0.5 + 0.1 * 0.25}
    odds = {name: log2(q[0] / (1 - q[0])) for name, q in {"p": p, "a": no_a, "b": no_b}.items()}
    without = [[no_b[1], 0, 1 - no_b[1]], [no_a[1], 0, 1 - no_a[1]]]
    wanted = {
        "posterior": p,
        "prior": [0.25, 0.25, 0.5],
        "catastrophic": [0.0, bad, 0.0],
        "alike_off_goal": [bad, bad, worse],
        "on_goal": [good],
        "expected_miss": [1 - good],
        "entropy": [entropy],
        "effective": [2**entropy],
        "bits": [odds["p"] - odds["b"], odds["p"] - odds["a"]],
        "bits_in_order": [odds["a"] - log2(1 / 3), odds["p"] - odds["a"]],
        "divergence": [(p * np.log2(p / no_b)).sum(), (p * np.log2(p / no_a)).sum()],
        "without": without,
        "without_on_goal": [no_b[0], no_a[0]],
        "without_miss": [1 - no_b[0], 1 - no_a[0]],
        "miss_change": [[good - held_by["violated"], good - (0.8 * 0.5 + 0.2 * 0.25)]],
    }
    for name, values in wanted.items():
        off = np.abs(data[name].values - np.array(values))
        error = data[f"{name}_error"].values
        assert (off <= 6 * error + 1e-12).all(), (name, off, error)
        assert (error < 0.02).all(), name
    assert (data["posterior_error"].values > 0).all()


def test_an_uncertain_weight_has_an_error() -> None:
    """E w/(w + 1) = 1 - log(2)/2 for w uniform on [1, 3], within 6 errors of 8 scrambled replicates.

    P(|t| > 6) = 5e-4 with 7 degrees of freedom.
    """
    body = (
        TWO.split("[[", maxsplit=1)[0]
        .replace("weight = 3", "weight = 1")
        .replace("weight = 1,", "weight = { uniform = [1, 3] },", 1)
    )
    data = space(body)
    assert data.attrs["how"] == "parameters-sampled"
    off = abs(float(data["posterior"][0]) - (1 - np.log(2) / 2))
    assert 0 < off <= 6 * float(data["posterior_error"][0]) < 1e-3


def test_a_single_uncertain_number_has_all_of_the_variance_of_the_miss() -> None:
    for body in (
        A.replace("0.8", "{ beta = [8, 2] }") + TWO,
        A + TWO.replace("weight = 3", "weight = { uniform = [1, 5] }"),
        A + TWO.replace("miss = 0.5", "miss = { uniform = [0.2, 0.9] }"),
    ):
        data = space(body)
        for name in ("miss_first", "miss_total"):
            off = np.abs(data[name].values - 1.0)
            assert (off <= 6 * data[f"{name}_error"].values + 1e-9).all()
            assert (data[f"{name}_error"].values < 0.02).all()
        assert data["miss_total"].shape == (1, 1)


APART = """[choices.m.options]
good = { weight = 1, tags = ["conforms"] }
bad = { weight = 1, miss = 0.5 }
worse = { weight = 2, miss = { beta = [3, 3] } }
"""


def test_variances_that_add_up_are_shared_as_they_are_added() -> None:
    """E[miss] = u/4 + v/2, u on [0, 1] uniform (variance 1/12), v beta(3, 3) (variance 1/28)."""
    data = space(APART.replace("miss = 0.5", "miss = { uniform = [0, 1] }"))
    one, other = 1 / 12 / 16, 1 / 28 / 4
    shares = [one / (one + other), other / (one + other)]
    assert data["factor"].values.tolist() == [
        "choices.m.options.bad.miss",
        "choices.m.options.worse.miss",
    ]
    assert data["miss_first"].values[:, 0] == pytest.approx(shares, abs=1e-9)
    assert data["miss_total"].values[:, 0] == pytest.approx(shares, abs=1e-9)
    assert data.attrs["how"] == "exact"


@pytest.mark.parametrize("budget", [{}, {"engine": "montecarlo", "node_budget": 2}])
def test_two_numbers_that_interact_have_more_in_total_than_at_first(budget: dict[str, Any]) -> None:
    """E[miss] = c v / 2 with c = P(not a), since a excludes `bad`: indices by the moments.

    With means m, n and variances s, t: V = n^2 s + m^2 t + s t, whose last part is the interaction. Without
    a diagram within 6 errors, of 7 degrees of freedom: another seed would fail with 2.2e-3 at most.
    """
    body = (
        A.replace("0.8", "{ beta = [4, 2] }")
        + """[choices.m.options]
good = { weight = 1, tags = ["conforms"] }
bad = { weight = 1, miss = { uniform = [0, 1] } }
[[choices.m.constraints]]
if = "a"
excludes = ["bad"]
"""
    )
    data = result(story(body, quoted('m == "bad"')), "model_space", **budget)["model_space"]
    m, s, n, t = 2 / 6, 8 / (36 * 7), 1 / 2, 1 / 12
    whole = n * n * s + m * m * t + s * t
    first = np.array([n * n * s / whole, m * m * t / whole])
    for name, values in (("miss_first", first), ("miss_total", first + s * t / whole)):
        error = data[f"{name}_error"].values[:, 0]
        assert (error > 0).all() == bool(budget)
        assert (np.abs(data[name].values[:, 0] - values) <= 6 * error + 1e-9).all(), name
        assert (error < 0.02).all()


def test_the_catastrophes_of_each_option() -> None:
    """`bad` (1 - GOOD) ends badly where `hurts` (.3); `good` never does; together they are the risk."""
    event = '[events.hurts]\nclaim = "c"\nchance = 0.3\n'
    tree = result(story(A + event + TWO, quoted('m == "bad" and hurts')), "outcomes", "model_space")
    data = tree["model_space"]
    assert data["catastrophic"].values == pytest.approx([0.0, 0.3 * (1 - GOOD)], abs=1e-12)
    risk = float(tree["outcomes"]["mean"].sel(outcome="bad"))
    assert float(data["catastrophic"].sum()) == pytest.approx(risk, abs=1e-12)


def test_a_story_without_choices() -> None:
    data = space(A, "not a")
    assert data.attrs["note"] == "the story has no choice among models"


EVERY = """[[phases]]
name = "p"
repeat = 2
[choices.m]
every_step = true
[choices.m.options]
good = { weight = 1, tags = ["conforms"] }
bad = { weight = 1 }
[[choices.m.constraints]]
if = 'prev.m == "bad"'
excludes = ["good"]
"""


def test_an_every_step_choice_counts_at_the_step_at_which_the_story_ends() -> None:
    """It ends at once where good (1/2), else at the second step, where bad is kept for sure."""
    data = result(story(EVERY, quoted('m == "good"')), "model_space")["model_space"]
    assert data["posterior"].values == pytest.approx([0.5, 0.5], abs=1e-12)
    data = result(story(EVERY, "false"), "model_space")["model_space"]
    assert data["posterior"].values == pytest.approx([0.25, 0.75], abs=1e-12)


def test_a_choice_of_a_long_story_is_left_out_and_named() -> None:
    long = EVERY.replace("repeat = 2", "repeat = 51")
    data = result(story(long, quoted('m == "good"')), "model_space")["model_space"]
    assert "posterior" not in data
    assert data.attrs["note"] == "drawn at each of more than 50 steps, so left out: m"
    both = long + TWO.replace("choices.m", "choices.n").replace('if = "a"', 'if = "true"')
    data = result(story(both, quoted('m == "good"')), "model_space")["model_space"]
    assert data["choice"].values.tolist() == ["n"]
    assert data.attrs["note"] == "drawn at each of more than 50 steps, so left out: m"


UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=30, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.cases())
def test_options_and_misses_are_those_of_the_naive_interpreter(case: Any) -> None:
    text, doc, theta = case
    assume(doc.get("choices"))
    session = prepare(parse(text))
    graph = compile_story(parse(text))
    for name, law in choices(graph).items():
        try:
            naive.outcome_probabilities(doc, theta)
            want = naive.options_at_the_end(doc, theta, name)
        except naive.NaiveError:
            continue
        circuit = lower(goal_graph(graph, name))
        values = np.array([[theta[p.path] for p in circuit.parameters]])
        q = compile_exact(circuit).probabilities(coin_probabilities(circuit, values))[0]
        got = dict.fromkeys((end.name for end in circuit.ends), 0.0)
        for root, value in zip(circuit.roots, q, strict=True):
            got[root.outcome] += value
        missed = {o: got[f"{o}, missed"] for o in law.options}
        for option in law.options:
            p = sum(p for (o, _, _), p in want.items() if o == option)
            assert abs(got[option] + missed[option] - p) < 1e-12
        if law.misses:
            miss = sum(p * miss for (_, miss, _), p in want.items())
            assert abs(sum(missed.values()) - miss) < 1e-12
        if law.conforms:
            asked = [(name, o) for o in sorted(law.conforms)]
            made, gates = with_catastrophes(session, asked)
            p = coin_probabilities(made.circuit, values)
            joint = compile_exact(made.circuit, roots=np.array(gates, np.int32)).probabilities(p)[0]
            bad = {n for n, o in doc["outcomes"].items() if o["kind"] == "catastrophic"}
            for (_, o), value in zip(asked, joint, strict=True):
                sought = sum(p for (picked, _, e), p in want.items() if picked == law.options[o] and e in bad)
                assert abs(value - sought) < 1e-12


def test_the_maze_s_models_are_those_of_the_comment_in_its_story() -> None:
    """Worked out there by hand: the arrow and the end have no constraint between them."""
    data = sensa.run(STORIES / "library" / "maze_green_arrow.toml", analyses=["model_space"])["model_space"]
    posterior = [0.3947483191, 0.5686634046, 0.0266691910, 0.0099190852]
    assert data["posterior"].values == pytest.approx(posterior, abs=1e-10)
    assert float(data["expected_miss"][0]) == pytest.approx(0.3724524808, abs=1e-10)
    assert data["alike"].values.tolist()[:2] == ["maze_end", "maze_end"]


def test_the_section_says_what_is_likeliest_and_what_the_rules_do() -> None:
    from sensa.pipeline import analyse
    from sensa.reports.layout import Paper
    from sensa.reports.result.from_tree import answers
    from sensa.reports.result.text import render

    body = A.replace("0.8", "{ beta = [8, 2] }") + TWO
    tree = analyse(model(story(body, quoted('m == "bad"'))), ("outcomes", "kinds", "model_space"))
    printed = " ".join(render(answers(tree), Paper(100)).split())
    assert "Likeliest good 58 % (conforms) and bad 42 %" in printed
    assert "m.nudges[0] +2.1" in printed  # log2 4.2 = 2.07
    assert "the catastrophic risk is 75 % without m.nudges[0]" in printed
    assert "m misses the goal by 0.208; violating adds most: a +0.17" in printed
    assert "the miss of m varies with a (100 %)" in printed


def test_the_section_names_the_choice_of_an_option_where_there_are_several() -> None:
    from sensa.pipeline import analyse
    from sensa.reports.layout import Paper
    from sensa.reports.result.from_tree import answers
    from sensa.reports.result.text import render

    body = A + TWO + TWO.replace("choices.m", "choices.n")
    tree = analyse(model(story(body, quoted('m == "bad"'))), ("outcomes", "kinds", "model_space"))
    printed = " ".join(render(answers(tree), Paper(100)).split())
    for name in ("m: good", "n: good"):
        assert f"{name} 58 % (conforms)" in printed


def test_a_miss_that_leaves_the_unit_interval_stops_the_run() -> None:
    """2 q with q on [0.2, 0.9] is no probability from q = 1/2 on; the message names option and number."""
    body = "[quantities.q]\nvalue = { uniform = [0.2, 0.9] }\n" + TWO.replace("miss = 0.5", 'miss = "2 * q"')
    with pytest.raises(sensa.RunError) as refused:
        result(story(A + body, quoted('m == "bad"')), "outcomes")
    found = re.fullmatch(
        r"choices\.m\.options\.bad\.miss: `([\d.]+)` is not a probability \(from 0 to 1; `clip` would keep "
        r"it there\) where quantities\.q\.value = ([\d.]+)",
        str(refused.value),
    )
    assert found is not None, str(refused.value)
    assert float(found[1]) > 1
    assert float(found[1]) == pytest.approx(2 * float(found[2]), rel=1e-5)
    assert space(A + body.replace("2 * q", "clip(2 * q, 0, 1)")).attrs["how"] == "parameters-sampled"


def test_a_rule_without_whose_number_the_means_decide() -> None:
    """Odds uniform on [4, 8]: E o / (o + 3) = 1 - 3/4 ln(11/7). Only without the nudge do means decide all.

    So the two are of different numbers of replicates. 2 numbers within 8 errors: P(|t| > 8) = 9e-5 for each,
    with 7 degrees of freedom.
    """
    body = story(A + TWO.replace("good = 6", "good = { uniform = [4, 8] }"), quoted('m == "bad"'))
    good = 0.8 * (1 - 0.75 * log(11 / 7)) + 0.2 * 0.25
    bits = log2(good / (1 - good)) - log2(1 / 3)
    divergence = good * log2(good / 0.25) + (1 - good) * log2((1 - good) / 0.75)
    data = result(body, "model_space", engine="montecarlo", seed=3)["model_space"]
    for name, value in (("bits", bits), ("divergence", divergence)):
        error = data[f"{name}_error"].item()
        assert 0 < error < 0.01
        assert abs(data[name].item() - value) <= 8 * error
