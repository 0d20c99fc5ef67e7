"""What an undecided property says to try next, and that this decides it."""

import pytest

from sensa.properties.judge import judge
from sensa.properties.next_try import EXACT, LONGER, MORE_SAMPLES, MORE_TIME
from sensa.properties.verdicts import Verdict
from sensa.reports.review.verdict_lines import sentence
from tests.properties.verdicts import TODAY
from tests.short_stories import ASSUMPTION, model, story

NAMES = "abc"
RARE = story(
    "".join(ASSUMPTION.format(name=name, credence=0.999) for name in NAMES),
    " and ".join(f"not {name}" for name in NAMES),
)  # P(bad) = 1e-9
SIX = [f"a{i}" for i in range(6)]


def most(credence: float, count: int = 6) -> str:
    """At least three are violated; with a budget of 2 nodes there is no diagram."""
    body = "".join(ASSUMPTION.format(name=name, credence=credence) for name in SIX[:count])
    return story(body, f"at_least(3, {', '.join(f'not {name}' for name in SIX[:count])})")


def judged(text: str, rules: str, seconds: float = 60.0, **settings: object) -> Verdict:
    made = model(f"{text}[properties.p]\n{rules}\n", **settings)
    return judge(made, today=TODAY, seconds=seconds).verdicts[0]


@pytest.mark.parametrize(("limit", "status"), [("1e-8", "pass"), ("1e-10", "fail")])
def test_an_exact_engine_is_named_where_there_is_a_diagram(limit: str, status: str) -> None:
    rules = f'require = "P(bad) <= {limit}"'
    found = judged(RARE, rules, engine="montecarlo")
    assert found.status == "undecided"
    assert found.reason.endswith(f"; {EXACT}")
    assert sentence(found).endswith(EXACT)
    assert judged(RARE, rules, engine="exact").status == status


@pytest.mark.parametrize("rest", ["quantile = 0.9", 'at = "worst"'])
def test_so_it_is_where_worlds_cannot_answer(rest: str) -> None:
    rules = f'require = "P(bad) <= 0.1"\n{rest}'
    found = judged(RARE, rules, engine="montecarlo", samples=4096)
    assert found.reason.endswith(f"; {EXACT}")
    assert judged(RARE, rules).status == "pass"


def test_more_samples_are_named_where_few_were_asked_for() -> None:
    """P(bad) = 1/2 <= .502: of 65,536 worlds, the fewest, the error is .002, of four million it is .00024.

    At a level of .001 the former decide it once in 80 runs, and the latter do not once in a million.
    """
    rules = 'require = "P(bad) <= 0.502"'
    found = judged(most(0.5, 5), rules, engine="montecarlo", samples=4096, node_budget=2)
    assert (found.status, found.reason.rpartition("; ")[2]) == ("undecided", MORE_SAMPLES)
    found = judged(most(0.5, 5), rules, engine="montecarlo", samples=1 << 22, node_budget=2)
    assert (found.status, found.certainty) == ("pass", "statistical")


@pytest.mark.parametrize("engine", ["auto", "montecarlo"])
def test_more_time_for_a_diagram_is_named_else(engine: str) -> None:
    """P(bad) = 2e-11, and a run with a larger budget says so."""
    rules = 'require = "P(bad) <= 1e-10"'
    found = judged(most(0.9999), rules, engine=engine, node_budget=2)
    assert (found.status, found.reason.rpartition("; ")[2]) == ("undecided", LONGER)
    assert judged(most(0.9999), rules, engine="exact").status == "pass"


def test_more_time_is_named_where_it_was_up() -> None:
    rules = 'require = "P(bad) <= 0.5"\nforall = { violate = { max = 2 } }'
    found = judged(RARE, rules, seconds=0.0)
    assert not found.complete
    assert found.reason.endswith(f"; {MORE_TIME}")
    assert judged(RARE, rules).status == "pass"
