"""How a story ends given an observation, by hand and against the naive interpreter's worlds."""

import tomllib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensa.defects import WrongObservation
from sensa.pipeline import analyse
from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from sensa.testing.strategies.property_tables import event
from sensa.testing.strategies.toml_text import document_of
from tests import naive, strategies
from tests.short_stories import ASSUMPTION, beta, model, story

# The rain makes the alarm and the flood: P(alarm) = 1/2 x 0.9 + 1/2 x 0.1; P(flood | alarm) = 0.45 / 0.5.
FLOOD = story(
    ASSUMPTION.format(name="dry", credence=0.5)
    + '[events.alarm]\nchance = 0.1\ngiven = [{ if = "not dry", chance = 0.9 }]\n',
    "not dry",
)


def test_an_alarm_is_evidence_of_the_flood() -> None:
    data = analyse(model(FLOOD), given="alarm")["given"]
    assert float(data["mean"].sel(output="bad")) == pytest.approx(0.9, abs=1e-14)
    assert float(data["mean"].sel(output="success")) == pytest.approx(0.1, abs=1e-14)
    assert float(data["before"].sel(output="failure")) == pytest.approx(0.5, abs=1e-14)
    assert float(data["probability"]) == pytest.approx(0.5, abs=1e-14)
    assert not data["error"].values.any()
    assert data.attrs["how"] == "exact"


def test_sampled_worlds_give_it_with_errors() -> None:
    """0.9 within 5 errors: false alarm below 1e-5 (15 degrees of freedom: below 2e-4)."""
    data = analyse(model(FLOOD, engine="montecarlo"), given="alarm")["given"].sel(output="bad")
    assert 0 < float(data["error"]) < 0.01
    assert abs(float(data["mean"]) - 0.9) < 5 * float(data["error"])


def test_an_observation_is_evidence_about_the_numbers() -> None:
    """A credence Beta(2, 2) read twice: given that a fails, b fails with E[(1-p)^2] / E[1-p] = 3/5.

    E[(1-p)^2] = 2 x 3 / (4 x 5) = 3/10. Over points, so within five errors (7 degrees of freedom: 0.2 %).
    """
    body = "[quantities.p]\nvalue = { beta = [2, 2] }\n"
    body += "".join(ASSUMPTION.format(name=name, credence='"p"') for name in "ab")
    data = analyse(model(story(body, "not b")), given="not a")["given"].sel(output="bad")
    assert abs(float(data["mean"]) - 0.6) < 5 * float(data["error"]) < 0.01


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alarm and not alarm", "`alarm and not alarm` is impossible in this story"),
        ("alarmed", "unknown name `alarmed` (did you mean `alarm`?)"),
        ("alarm | dry", "`P(true | alarm | dry)` has more than one `|` (join conditions by `and`, as in "
                        "`P(X | Y and Z)`)"),
    ],
)  # fmt: skip
def test_what_cannot_be_given(text: str, message: str) -> None:
    with pytest.raises(WrongObservation) as wrong:
        analyse(model(FLOOD), given=text)
    assert str(wrong.value) == message


def test_only_how_it_ends_is_computed_beside_it() -> None:
    assert set(analyse(model(beta_story()), given="not a").children) == {
        "outcomes", "kinds", "failing_safely", "given",
    }  # fmt: skip


def beta_story() -> str:
    return story(beta("a", 2, 3), "not a")


UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=25, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.pointed_stories(), st.data())
def test_it_is_the_naive_interpreters(text: str, data: st.DataObject) -> None:
    doc = tomllib.loads(text)
    observed = event(data.draw, document_of({key: table for key, table in doc.items() if key != "format"}))
    try:
        wanted = {name: naive.joint_and_given(doc, {}, f"P({name} | {observed})") for name in doc["outcomes"]}
    except naive.NaiveError:
        return
    if not max(condition for _, condition in wanted.values()) > 0:
        return
    found = analyse(model(text), given=observed)["given"]
    for name, (joint, condition) in wanted.items():
        if name not in ("success", "fail_safe", "catastrophic", "failure"):
            assert float(found["mean"].sel(output=name)) == pytest.approx(joint / condition, abs=1e-11)
    assert np.isclose(found["mean"].values[: len(doc["outcomes"])].sum(), 1.0)


def test_what_varies_by_rounding_only_has_no_error() -> None:
    """A number that moves the observation alone: P(bad | b fails) = P(a fails) = 0.3 at every point."""
    body = ASSUMPTION.format(name="a", credence=0.7) + ASSUMPTION.format(name="b", credence='"p * p"')
    text = story("[quantities.p]\nvalue = { beta = [2, 2] }\n" + body, "not a")
    data = analyse(model(text), given="not b")["given"].sel(output="bad")
    assert float(data["mean"]) == pytest.approx(0.3, abs=1e-14)
    assert float(data["error"]) == 0.0


def test_the_report_shows_both() -> None:
    lines = render(answers(analyse(model(FLOOD), given="alarm")), Paper()).splitlines()
    start = lines.index("Given alarm (50 %): an observation, not an intervention")
    assert lines[start + 1].split() == ["given", "in", "all"]
    assert lines[start + 2].split() == ["▲", "bad", "90", "%", "50", "%"]
