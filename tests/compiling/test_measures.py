"""What measures mean, against the naive interpreter on generated stories, and by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensa.circuit import Circuit
from sensa.compiling import compile_measures
from sensa.engines.exact.engine import compile_exact
from sensa.lowering import lower
from sensa.sampling.parameters import coin_probabilities
from sensa.stories.properties.measures import parse_measure
from sensa.stories.reading import parse
from sensa.testing.strategies.property_tables import event
from sensa.testing.strategies.toml_text import document_of
from sensa.verify import verify_circuit, verify_graph
from tests import naive, strategies
from tests.short_stories import ASSUMPTION, model, result, story

Case = tuple[str, dict[str, Any], dict[str, float]]
UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def circuit_of(text: str, measures: list[str]) -> Circuit:
    graph = compile_measures(parse(text), {one: parse_measure(one) for one in measures})
    return verify_circuit(lower(verify_graph(graph)))


def joint_and_given(circuit: Circuit, measure: str, theta: dict[str, float]) -> tuple[float, float]:
    gates = circuit.measures[measure]
    values = np.array([[theta[p.path] for p in circuit.parameters]])
    engine = compile_exact(circuit, roots=np.array([gates.joint, gates.given], np.int32))
    joint, condition = engine.probabilities(coin_probabilities(circuit, values))[0]
    return float(joint), float(condition)


def agree(case: Case, measures: list[str]) -> None:
    text, doc, theta = case
    circuit = circuit_of(text, measures)
    try:
        wanted = [naive.joint_and_given(doc, theta, one) for one in measures]
    except naive.NaiveError:
        return
    for measure, want in zip(measures, wanted, strict=True):
        assert joint_and_given(circuit, measure, theta) == pytest.approx(want, abs=1e-12), measure


def drawn_measures(data: st.DataObject, doc: dict[str, Any]) -> list[str]:
    document = document_of({key: table for key, table in doc.items() if table})
    return [f"P({event(data.draw, document)} | {event(data.draw, document)})" for _ in range(2)]


@settings(max_examples=40, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.cases(), st.data())
def test_measures_are_those_of_the_naive_interpreter(case: Case, data: st.DataObject) -> None:
    agree(case, drawn_measures(data, case[1]))


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.cases(), st.data())
def test_measures_are_those_of_the_naive_interpreter_on_many(case: Case, data: st.DataObject) -> None:
    agree(case, drawn_measures(data, case[1]))


STEPS = story(
    """
[[phases]]
name = "training"
repeat = 2
[[phases]]
name = "deployment"
[assumptions.calm]
claim = "c"
part = "goal.desirability"
credence = 0.8
every_step = true
[choices.model]
every_step = true
[choices.model.options]
planner = { weight = 1, tags = ["agentic"] }
lookup = { weight = 3 }
""",
    bad="model.agentic and not calm",
)


# At each step: the planner with 1/4, calm with 4/5, each by its own draw; it ends with 1/20.
@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("P(bad)", 1 - 0.95**3),
        ("P(round == 1)", 0.95),  # the second step of training is reached
        ("P(phase == 'deployment')", 0.95**2),
        ("P(model == 'planner')", 1 - 0.75**3),  # without it, it never ends early
        ("P(holds(calm))", 0.8**3),  # calm: it does not end, so all three steps are reached
        ("P(violated(calm))", 1 - 0.8**3),
        ("P(not calm)", 1 - 0.8**3),  # not calm at some step
        ("P(bad | holds(calm))", 0.0),
        ("P(holds(calm) | not bad)", 0.8**3 / 0.95**3),
        ("P(bad | violated(calm))", (1 - 0.95**3) / (1 - 0.8**3)),
        ("P(not calm and phase == 'deployment')", 0.95**2 * 0.2),
        ("P(prev.calm and not calm)", 0.8 * 0.2 + 0.95 * 0.8 * 0.2),
    ],
)
def test_what_is_drawn_at_every_step_counts_at_some_step_that_is_reached(measure: str, value: float) -> None:
    """`P(prev.calm and not calm)`: calm and then not, at steps 1 and 2, or (not both) at steps 2 and 3.

    After a calm step it goes on for certain; step 2 is reached with 0.95.
    """
    joint, condition = joint_and_given(circuit_of(STEPS, [measure]), measure, {})
    assert joint / condition == pytest.approx(value, abs=1e-12)


def test_words_about_the_end_go_before_nodes_of_their_name() -> None:
    """An event `failure` of probability 1/4; P(failure) is of all but success: not a, 2/5."""
    text = story(ASSUMPTION.format(name="a", credence=0.6) + "[events.failure]\nchance = 0.25\n", "not a")
    assert joint_and_given(circuit_of(text, ["P(failure)"]), "P(failure)", {})[0] == pytest.approx(0.4)


def test_an_observation_is_not_an_intervention() -> None:
    """The rain makes the alarm and the flood; hearing the alarm, the rain is likelier: 0.9 for 0.5."""
    body = ASSUMPTION.format(name="dry", credence=0.5)
    body += '[events.alarm]\nchance = 0.1\ngiven = [{ if = "not dry", chance = 0.9 }]\n'
    body += '[expect]\n"P(bad | alarm)" = { value = 0.9, within = 1e-12 }\n'
    tree = result(story(body, "not dry"), "expectations")
    assert bool(tree["expectations"]["met"].all())


WORLDS = """[expect]
"P(bad | e)" = { value = 0.72, within = 0 }
"P(e | bad)" = { value = 0.9, within = 0 }
"P(e and not a)" = { value = 0.36, within = 0 }
"""


def test_sampled_measures_are_within_their_errors() -> None:
    """P(bad | e) = .6 x .6 / .5 and so on; three values within 5 errors: false alarm below 1e-5."""
    body = ASSUMPTION.format(name="a", credence=0.4) + "[events.e]\nchance = 0.35\n"
    body += 'given = [{ if = "not a", chance = 0.6 }]\n' + WORLDS
    data = result(story(body, "not a"), "expectations", engine="montecarlo")["expectations"]
    exact = np.array([0.36 / (0.36 + 0.14), 0.6, 0.36])
    assert (data["error"].values > 0).all()
    assert (np.abs(data["value"].values - exact) < 5 * data["error"].values).all()


def test_the_sampling_error_may_leave_open_whether_a_value_is_met() -> None:
    """P(bad) = .6 x .6 = .36: what is stated within 1e-9 is not told from it by worlds."""
    body = ASSUMPTION.format(name="a", credence=0.4) + "[events.e]\nchance = 0.6\n[expect]\n"
    body += '"P(bad)" = { value = 0.36, within = 1e-9 }\n"P(good)" = { value = 0.5, within = 1e-9 }\n'
    body += '"P(failure)" = { value = 0.4, within = 0.3 }\n'
    for engine, decided in (("exact", True), ("montecarlo", False)):
        data = result(story(body, "e and not a"), "expectations", engine=engine)["expectations"]
        assert data["met"].values.tolist() == [decided, False, True]
        assert data["decided"].values.tolist() == [decided, True, True]


def test_an_impossible_condition_is_not_defined() -> None:
    body = ASSUMPTION.format(name="a", credence=0.4)
    body += '[expect]\n"P(bad | a and not a)" = { value = 0.5, within = 0.5 }\n'
    data = result(story(body, "not a"), "expectations")["expectations"]
    assert np.isnan(float(data["value"][0]))
    assert not bool(data["met"][0])


def test_properties_measure_nodes() -> None:
    """P(a | not bad) = 1 where bad is that a is violated; P(e | bad) is e's own chance."""
    body = ASSUMPTION.format(name="a", credence=0.4) + "[events.e]\nchance = 0.3\n"
    body += '[properties.p]\nrequire = "P(a | not bad) >= 1"\n[properties.q]\nrequire = "P(e | bad) <= 0.3"\n'
    body += '[properties.r]\nrequire = "P(e and bad) <= P(e) * P(bad)"\nat = "worst"\n'
    from datetime import date

    from sensa.properties.judge import judge

    verdicts = judge(model(story(body, "not a")), today=date(2026, 1, 1)).verdicts
    assert [verdict.status for verdict in verdicts] == ["pass", "pass", "pass"]
