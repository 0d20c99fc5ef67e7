"""Are reported counterexamples truly minimal? On generated stories with a planted failure among distractors.

Each story has nine assumptions. Two or three of them, violated together, are the end of it; the others are
distractors: each violation makes harm a little likelier. What the native search and Hypothesis alone (its
`find` over `sensa.testing.worlds`) report is held against brute force by the naive interpreter of the tests,
which shares no code with the engines: the case breaks the requirement, and no smaller set of violations does.

    python benchmarks/shrinking.py [--stories 50] [--seed 0] [--examples 2000]
"""

import argparse
import sys
import time
import tomllib
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, find, settings
from hypothesis.errors import NoSuchExample

import sensa
from sensa.stories.story import Story
from sensa.testing import PropertyFailed, World, assert_holds, worlds

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests import naive

ASSUMPTIONS = 9
MOST = 5  # violated together
LIMIT = 0.4
HEAD = """format = "training-story/1"
[story]
title = "Planted"
[goal]
class = ["narrow-agent"]
specification = "s"
desirability = "d"
[rationale]
class = ["other"]
constraints = ["c"]
nudges = ["n"]
"""


def planted(rng: np.random.Generator) -> tuple[str, frozenset[str]]:
    """A story, and the violations that break it."""
    names = [f"a{i}" for i in range(ASSUMPTIONS)]
    needed = frozenset(rng.choice(names, size=int(rng.integers(2, 4)), replace=False).tolist())
    blocks = [HEAD]
    for name in names:
        credence = 0.9 + 0.09 * rng.random()
        given = ""
        if name != names[0] and rng.random() < 0.3:
            other = names[int(rng.integers(0, int(name[1:])))]
            given = f'given = [{{ if = "not {other}", credence = {credence - 0.1:.3f} }}]\n'
        claimed = 'claim = "c"\npart = "goal.desirability"'
        blocks.append(f"[assumptions.{name}]\n{claimed}\ncredence = {credence:.3f}\n{given}")
    ways = []
    for i, name in enumerate(names):
        if name not in needed:
            when = f"not {name}" if rng.random() < 0.6 else f"not {name} or not {names[i - 1]}"
            blocks.append(f'[events.slip{i}]\nwhen = "{when}"\nchance = {0.01 + 0.02 * rng.random():.3f}\n')
            ways.append(f"slip{i}")
    end = " and ".join(f"not {name}" for name in sorted(needed))
    blocks.append(
        f'[outcomes.harm]\nkind = "catastrophic"\nwhen = "({end}) or {" or ".join(ways)}"\n'
        '[outcomes.stopped]\nkind = "fail_safe"\nwhen = "not a0"\n'
        '[outcomes.works]\nkind = "success"\notherwise = true\n'
    )
    return "\n".join(blocks), needed


def brute_force(text: str) -> Callable[[frozenset[str]], bool]:
    """Whether a set of violations breaks the limit, by going through all worlds."""
    doc = tomllib.loads(text)

    @cache
    def breaks(violated: frozenset[str]) -> bool:
        ended = naive.outcome_probabilities(doc, {}, do=dict.fromkeys(violated, False))
        return sum(chance for (outcome, _), chance in ended.items() if outcome == "harm") > LIMIT

    return breaks


def minimal(found: frozenset[str] | None, breaks: Callable[[frozenset[str]], bool]) -> bool:
    """Whether a set breaks the limit and none with fewer violations does."""
    if found is None or not breaks(found):
        return False
    names = [f"a{i}" for i in range(ASSUMPTIONS)]
    smaller = (frozenset(c) for size in range(len(found)) for c in combinations(names, size))
    return not any(map(breaks, smaller))


def natively(plan: Story) -> frozenset[str] | None:
    """What `assert_holds` reports."""
    try:
        assert_holds(plan, f"P(harm) <= {LIMIT}", violate=MOST)
    except PropertyFailed as error:
        return None if error.case is None else frozenset(error.case.violated)
    return None


def by_hypothesis(plan: Story, examples: int) -> frozenset[str] | None:
    """What Hypothesis finds and shrinks by itself."""
    session = sensa.prepare(plan)

    @cache
    def harm(violated: tuple[str, ...]) -> float:
        return float(session.evaluate(World(violated=violated))["mean"].sel(output="harm"))

    quiet = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    strategy = worlds(session, violate=(0, MOST), credences="stated")
    try:
        return frozenset(find(strategy, lambda w: harm(w.violated) > LIMIT, settings=quiet).violated)
    except NoSuchExample:
        return None


def main() -> None:
    """Print how many counterexamples are truly minimal, in either way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--examples", type=int, default=2000)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    good = {"native search": 0, "Hypothesis alone": 0}
    spent = dict.fromkeys(good, 0.0)
    for _ in range(asked.stories):
        text, needed = planted(rng)
        plan, breaks = sensa.loads(text), brute_force(text)
        assert breaks(needed)
        ways = {
            "native search": lambda plan=plan: natively(plan),
            "Hypothesis alone": lambda plan=plan: by_hypothesis(plan, asked.examples),
        }
        for way, search in ways.items():
            start = time.perf_counter()
            found = search()
            spent[way] += time.perf_counter() - start
            right = minimal(found, breaks)
            good[way] += right
            if not right:
                print(f"{way}: {found} where {needed} is planted", file=sys.stderr)
    print("| | truly minimal | seconds a story |\n|---|--:|--:|")
    for way, count in good.items():
        print(f"| {way} | {count} of {asked.stories} | {spent[way] / asked.stories:.2f} |")


if __name__ == "__main__":
    main()
