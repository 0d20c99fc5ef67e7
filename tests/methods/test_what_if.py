"""The diagram that a page carries, swept as its script does, against enumerations of changed stories."""

import random
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensa.methods import what_if as module
from sensa.methods.what_if import WhatIf, what_if
from sensa.pipeline import prepare
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.loading import load
from tests import naive
from tests.swept_diagram import changed, swept

LIBRARY = Path(__file__).parents[2] / "stories" / "library"


def mean(raw: Any) -> float:
    """The mean of a number in the two forms that these stories use."""
    match raw:
        case {"beta": [a, b]}:
            return float(a / (a + b))
        case {"low": low, "high": high}:
            return (low + high) / 2  # type: ignore[no-any-return]
    raise AssertionError(raw)


def enumerated(doc: dict[str, Any]) -> dict[str, float]:
    declared = {path: raw for path, _, raw in naive.declarations(doc)}
    theta = {path: mean(declared[path]) for path in naive.parameters(doc)}
    found = dict.fromkeys(doc["outcomes"], 0.0)
    for (name, _), p in naive.outcome_probabilities(doc, theta).items():
        found[name] += p
    return found


def session_of(name: str, **settings: object) -> Session:
    return prepare(load(LIBRARY / f"{name}.toml"), Settings(points=64, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["red_doors", "cat_classifier"])
def test_levers_say_what_changed_stories_say(name: str) -> None:
    """Each lever at 0, and 12 random positions of several."""
    found = what_if(session_of(name))
    assert isinstance(found, WhatIf)
    assert found.exact
    rng = random.Random(name)
    sliding = [lever.name for lever in found.levers if lever.slides]
    states: list[dict[str, float]] = [{}, *({lever: 0.0} for lever in sliding)]
    states += [{lever: rng.random() for lever in rng.sample(sliding, 3)} for _ in range(12)]
    for state in states:
        doc = tomllib.loads((LIBRARY / f"{name}.toml").read_text("utf-8"))
        want = enumerated(changed(doc, found.levers, state))
        assert swept(found, state) == pytest.approx(want, abs=1e-12)


def test_a_violated_assumption_is_the_intervention() -> None:
    session = session_of("most_danger_in_training")
    found = what_if(session)
    assert isinstance(found, WhatIf)
    for lever in found.levers:
        if lever.kind == "assumption":
            data = session.at({}, violated=[lever.name])
            for outcome, p in swept(found, {lever.name: 0.0}).items():
                assert p == pytest.approx(float(data["mean"].sel(output=outcome)), abs=1e-12)


def test_points_are_of_the_run_and_rounded_as_the_page_stores_them() -> None:
    session = session_of("microscope_ai")
    found = what_if(session)
    assert isinstance(found, WhatIf)
    assert not found.exact
    assert len(found.p) % session.settings.replicates == 0
    np.testing.assert_array_equal(found.p, found.p.astype(np.float32).astype(float))
    assert session.exact_ends is not None
    means = swept(found, {})
    assert sum(means.values()) == pytest.approx(1, abs=1e-12)


def test_modes_are_switched_off_whole() -> None:
    """In the red doors, harm without outer-misalignment is the placeholder's 0.001."""
    found = what_if(session_of("red_doors"))
    assert isinstance(found, WhatIf)
    p = found.p.copy()
    p[:, list(found.modes["outer-misalignment"])] = 0.0
    off = WhatIf(**{**vars(found), "p": p})
    assert swept(off, {})["harm"] == pytest.approx(0.001, abs=1e-15)


def test_it_says_why_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert what_if(session_of("red_doors", engine="montecarlo")) == module.SAMPLED
    monkeypatch.setattr(module, "MAX_NODES", 10)
    said = what_if(session_of("red_doors"))
    assert isinstance(said, str)
    assert said.startswith("its diagram has ")
    assert said.endswith(" nodes, and a page carries at most 10")
