"""The cache of engines: one key for all that decides an engine, so that nothing leaks from one to another."""

from dataclasses import replace

import numpy as np
import pytest

from sensa.engines.cache import EngineCache
from sensa.engines.exact.engine import ExactEngine
from sensa.methods.settable_nodes import opened
from sensa.sampling.settings import Settings
from sensa.session import Session
from tests.short_stories import ASSUMPTION, model, story

TEXT = story(ASSUMPTION.format(name="a", credence="{ beta = [8, 2] }"), "not a")
OTHERS = [Settings(engine="montecarlo"), Settings(seed=1), Settings(node_budget=7), Settings(seconds=3.0)]


@pytest.mark.parametrize("settings", OTHERS)
def test_other_settings_have_other_engines(settings: Settings) -> None:
    whole = model(TEXT)
    other = replace(whole, settings=settings)
    assert other.engines is whole.engines
    assert whole.ends is whole.engine([root.gate for root in whole.circuit.roots])
    assert other.ends is not whole.ends
    assert (other.ends.way == "exact") == (settings.engine != "montecarlo")


def test_a_wider_circuit_leaves_the_engines_of_the_first_alone() -> None:
    body = ASSUMPTION.format(name="a", credence=0.8) + "[events.e]\nchance = 1\n"
    whole = model(story(body, "not a and e"))
    before = whole.ends
    wider = opened(whole)
    assert wider.circuit.structure != whole.circuit.structure
    assert wider.ends is not before
    assert replace(whole).ends is before


def test_circuits_that_differ_in_numbers_alone_share_their_engines() -> None:
    one, other = (model(story(ASSUMPTION.format(name="a", credence=q), "not a")) for q in (0.8, 0.3))
    shared = replace(other, engines=one.engines)
    assert shared.ends is one.ends
    assert [float(each.average(each.ends).mean[0, 0]) for each in (one, shared)] == pytest.approx([0.2, 0.7])


def test_other_names_are_another_structure() -> None:
    one, other = (model(story(ASSUMPTION.format(name=n, credence=0.8), f"not {n}")) for n in "ab")
    assert one.circuit.structure != other.circuit.structure


def test_no_more_engines_are_kept_than_a_limit() -> None:
    whole = replace(model(TEXT), engines=EngineCache(most=2))
    gates = np.arange(3, dtype=np.int32)
    first, second, _ = [whole.engine(gates[: n + 1]) for n in range(3)]
    assert whole.engine(gates[:2]) is second
    assert whole.engine(gates[:1]) is not first


def test_a_diagram_is_the_engine_where_that_is_exact() -> None:
    whole: Session = model(TEXT)
    ends = whole.ends
    assert whole.exact_ends is ends
    sampled = replace(whole, settings=Settings(engine="montecarlo"))
    assert sampled.ends.way == "montecarlo"
    assert isinstance(sampled.exact_ends, ExactEngine)
    assert sampled.exact_ends is sampled.exact_ends
