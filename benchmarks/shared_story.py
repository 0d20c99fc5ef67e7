"""A story that no diagram fits: thousands of events, each read by several others far away.

`python benchmarks/shared_story.py --nodes 20000 > shared.toml` writes it; then, as a user would,
`sensa run shared.toml --precision 1e-4`. A node is an assumption or an event; with parameters (`--uncertain`)
some credences are uncertain, else worlds alone are.
"""

import argparse
import random
from collections.abc import Iterator

HEAD = """format = "training-story/1"
[story]
title = "Shared causes of {nodes} nodes"
[goal]
class = ["other"]
specification = "A story that no diagram fits."
desirability = "None."
[rationale]
class = ["other"]
constraints = ["None."]
nudges = ["None."]
"""
ENDS = """
[outcomes.catastrophic]
kind = "catastrophic"
when = "at_least({few}, {last})"
[outcomes.fail_safe]
kind = "fail_safe"
when = "{any}"
[outcomes.success]
kind = "success"
otherwise = true
"""


def shared_story(nodes: int, *, uncertain: bool = False, seed: int = 0) -> str:
    """A fifth of the nodes are assumptions, the rest events that each need one of three others, at random."""
    rng = random.Random(seed)
    assumptions = nodes // 5
    lines = [HEAD.format(nodes=nodes)]
    for i in range(assumptions):
        credence = "{ beta = [18, 2] }" if uncertain and i % 10 == 0 else f"{0.8 + 0.19 * rng.random():.4f}"
        head = f'[assumptions.a{i}]\nclaim = "Claim {i}"\npart = "rationale.constraints"\n'
        lines.append(f"{head}credence = {credence}\n")
    lines.extend(_events(nodes - assumptions, assumptions, rng))
    last = [f"e{i}" for i in range(nodes - assumptions - 9, nodes - assumptions)]
    lines.append(ENDS.format(few=5, last=", ".join(last), any=" or ".join(last[:3])))
    return "\n".join(lines)


def _events(count: int, assumptions: int, rng: random.Random) -> Iterator[str]:
    for i in range(count):
        first, second = rng.sample(range(assumptions), 2)
        if i < 10:
            when = f"not a{first} or not a{second}"
        else:
            x, y = (rng.randrange(max(0, i - 2000), i) for _ in range(2))
            when = (
                f"e{x} and not a{first} or e{y}"
                if rng.random() < 0.5
                else f"e{x} and (e{y} or not a{second})"
            )
        yield f'[events.e{i}]\nwhen = "{when}"\nchance = {0.6 + 0.4 * rng.random():.4f}\nleak = 0.05\n'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=20_000)
    parser.add_argument("--uncertain", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(shared_story(asked.nodes, uncertain=asked.uncertain, seed=asked.seed))


if __name__ == "__main__":
    main()
