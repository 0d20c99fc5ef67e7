"""A number need be valid only where it applies, and what applies may hang on numbers and on truths."""

import tomllib

import numpy as np
import pytest

from sensa.engines.exact.engine import compile_exact
from sensa.sampling.parameters import coin_probabilities
from tests import naive
from tests.compiled import compiled
from tests.short_stories import story

UNCERTAIN = "[quantities.q]\nvalue = { uniform = [0, 1] }\n"
RATE = UNCERTAIN + (
    '[events.e]\nclaim = "E"\nchance = 0.5\n'
    '[quantities.rate]\nvalue = "0.5 if e else 1 - q"\n'  # 0 where q is 1 and `e` is false
)


@pytest.mark.parametrize("q", [0.0, 0.4, 1.0])
@pytest.mark.parametrize(
    ("body", "bad"),
    [
        pytest.param(RATE, "(0.5 / rate if rate > 0.1 else 0) > 0.9", id="a condition within a number"),
        pytest.param(
            RATE + '[quantities.each]\nvalue = "0.05 / rate if rate >= 0.05 else 1"\n'
            '[events.b]\nclaim = "B"\nchance = "each"\n',
            "b", id="a number that a chance reads",
        ),
        pytest.param(
            RATE + '[events.b]\nclaim = "B"\nchance = 0.3\n'
            'given = [{ if = "rate > 0.1", chance = "0.1 / rate" }]\n',
            "b", id="the first case that applies",
        ),
        pytest.param(
            RATE + '[events.b]\nclaim = "B"\nchance = "0.1 / rate"\n'
            'given = [{ if = "rate <= 0.1 or e and q > 2", chance = 0.3 }]\n',
            "b", id="a case after others",
        ),
        pytest.param(
            RATE + '[choices.m]\nclaim = "M"\n[choices.m.options]\nx = { weight = 1 }\ny = { weight = 2 }\n'
            '[[choices.m.nudges]]\nif = "not rate <= 0.1"\nodds = { x = "1 / rate" }\n',
            "m == 'x'", id="a nudge",
        ),
        pytest.param(
            UNCERTAIN
            + '[choices.m]\nclaim = "M"\n[choices.m.options]\nx = { weight = 1 }\ny = { weight = 2 }\n'
            '[[choices.m.nudges]]\nif = "q > 0.3"\nodds = { x = "2 + log(q)" }\n',
            "m == 'x'", id="a nudge by a number alone",
        ),
    ],
)  # fmt: skip
def test_only_the_case_that_applies_counts(body: str, bad: str, q: float) -> None:
    text = story(body, bad)
    circuit = compiled(text)
    values = np.array([[q for _ in circuit.parameters]])
    found = compile_exact(circuit).probabilities(coin_probabilities(circuit, values))[0]
    wanted = naive.outcome_probabilities(tomllib.loads(text), {"quantities.q.value": q})
    for root, probability in zip(circuit.roots, found, strict=True):
        assert probability == pytest.approx(wanted.get((root.outcome, root.step), 0.0), abs=1e-12)
