"""Properties judged from the diagram that a page carries, against verdicts on stories that are changed."""

import random
import tomllib
from datetime import date
from pathlib import Path

import pytest

from sensa.methods.what_if import WhatIf
from sensa.pipeline import prepare
from sensa.properties.judge import judge
from sensa.properties.recomputed import Recomputed, recomputed
from sensa.properties.verdicts import Verdict
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.loading import load, loads
from sensa.stories.writing import written
from tests.short_stories import ASSUMPTION, beta, losing, model, story
from tests.swept_diagram import changed, sides

LIBRARY = Path(__file__).parents[2] / "stories" / "library"
TODAY = date(2026, 11, 28)
TEXT = story(beta("a", 9, 2) + beta("b", 3, 1), "not a and not b", "not b")


def _parts(session: Session) -> tuple[WhatIf, dict[str, Recomputed]]:
    found, properties = recomputed(session)
    assert isinstance(found, WhatIf)
    return found, {one.property: one for one in properties}


def _worst(one: Recomputed, found: WhatIf, values: dict[str, float]) -> float:
    """The smallest margin over the cases; positive or 0 where it holds."""
    sign = 1 if one.sign.startswith("<") else -1
    pairs = [sides(one, found, values, case) for case in one.cases]
    return min(sign * (right - left) for left, right in pairs)


@pytest.mark.parametrize("name", ["red_doors", "assistance_game", "stem_ai", "approval"])
def test_verdicts_are_those_on_the_story_that_says_so(name: str) -> None:
    """`judge`, on a story with other credences: every case, conditions, moves; the smallest margin."""
    file = LIBRARY / f"{name}.toml"
    found, properties = _parts(prepare(load(file), Settings(points=64)))
    assert found.exact
    assert properties
    rng = random.Random(name)
    sliding = [lever.name for lever in found.levers if lever.slides]
    states: list[dict[str, float]] = [{}]
    states += [{lever: rng.uniform(0.01, 1) for lever in rng.sample(sliding, 2)} for _ in range(4)]
    for state in states:
        doc = changed(tomllib.loads(file.read_text("utf-8")), found.levers, state)
        session = prepare(loads(written(doc)), Settings(points=64))
        verdicts = {verdict.name: verdict for verdict in judge(session, today=TODAY).verdicts}
        for property_, one in properties.items():
            verdict: Verdict = verdicts[property_]
            assert not one.why_not
            margin = _worst(one, found, state)
            assert verdict.status in ("pass", "fail")
            assert verdict.margin == pytest.approx(margin, abs=1e-9)
            assert (verdict.status == "pass") == (margin > -1e-12)


def _one(require: str, more: str = "", text: str = TEXT) -> tuple[Recomputed, WhatIf]:
    session = model(f"{text}\n[properties.p]\nrequire = {require!r}\n{more}")
    found, properties = _parts(session)
    return properties["p"], found


def test_the_expected_loss() -> None:
    """10 P(bad) - P(good), with a at 0.5 and b at its mean 0.75: 10 x 0.5 x 0.25 - 0.75."""
    text = losing(TEXT, bad="10", good="-1")
    one, found = _one("loss <= 1", text=text)
    (case,) = one.cases
    assert sides(one, found, {"a": 0.5}, case) == pytest.approx((10 * 0.5 * 0.25 - 0.75, 1.0), abs=1e-12)


def test_a_condition_is_a_ratio_of_means() -> None:
    """P(catastrophic | failure) = 1 - a, whatever b."""
    one, found = _one("P(catastrophic | failure) <= 0.3", "forall = { violate = { max = 1 } }")
    names = {case.names: sides(one, found, {"a": 0.6}, case)[0] for case in one.cases}
    assert names == {(): pytest.approx(0.4), ("a",): pytest.approx(1.0), ("b",): pytest.approx(0.4)}


@pytest.mark.parametrize(
    ("require", "more", "why"),
    [
        ("P(failure) <= base.P(failure)", "", "it compares with a base"),
        ("sobol_total(assumptions.a.credence) <= 0.5", "", "it is about a Sobol’ index"),
        ("P(failure) <= 0.5", 'at = "worst"', "it is about the worst values of the uncertain numbers"),
        (
            "after.P(failure) <= before.P(failure)",
            'forall = { raise = ["assumptions.a.credence"] }',
            "it moves numbers of the story",
        ),
        ("P(failure) <= 0.5", "quantile = 0.9", "it is about a share of what the uncertain numbers may be"),
    ],
)
def test_what_the_diagram_does_not_say_is_left_out_with_the_reason(require: str, more: str, why: str) -> None:
    one, _ = _one(require, more)
    assert (one.why_not, one.cases) == (why, ())


def test_many_cases_are_left_to_a_run() -> None:
    text = story(
        "".join(ASSUMPTION.format(name=f"a{i}", credence=0.9) for i in range(12)),
        " or ".join(f"not a{i}" for i in range(12)),
    )
    one, _ = _one("P(failure) <= 0.5", "forall = { violate = { max = 2 } }", text=text)
    assert one.why_not == "it has more than 64 cases"
    one, _ = _one("P(failure) <= 0.5", "forall = { violate = { max = 1 } }", text=text)
    assert len(one.cases) == 13


def test_sampled_worlds_are_left_to_a_run() -> None:
    text = f"{TEXT}\n[properties.p]\nrequire = 'P(failure) <= 0.5'\n"
    found, (one,) = recomputed(model(text, engine="montecarlo"))
    assert isinstance(found, str)
    assert one.why_not == "worlds were sampled"


def test_uncertain_losses_are_left_to_a_run() -> None:
    one, _ = _one("loss <= 1", text=losing(TEXT, bad="{ uniform = [1, 2] }"))
    assert one.why_not == "its losses are uncertain"
