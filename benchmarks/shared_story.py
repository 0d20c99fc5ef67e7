"""A story that no diagram fits: at every step each event reads others of this step and of the one before.

`python benchmarks/shared_story.py > shared.toml` writes one of 20,000 nodes over 100 steps; then, as a user
would, `sensa run shared.toml --precision 1e-4`. With `--uncertain` some credences are uncertain too.
"""

import argparse
import random
from collections.abc import Iterator

HEAD = """format = "training-story/1"
[story]
title = "Shared causes of {nodes} nodes over {steps} steps"
[goal]
class = ["other"]
specification = "A story that no diagram fits."
desirability = "None."
[rationale]
class = ["other"]
constraints = ["None."]
nudges = ["None."]
[[phases]]
name = "deploy"
repeat = {steps}
"""
ENDS = """
[outcomes.catastrophic]
kind = "catastrophic"
when = "at_least(5, {last})"
[outcomes.fail_safe]
kind = "fail_safe"
when = "{all}"
[outcomes.success]
kind = "success"
otherwise = true
"""


def shared_story(nodes: int, steps: int, *, uncertain: bool = False, seed: int = 0) -> str:
    """`nodes` in all: at each step a fifth are assumptions, the rest events that read others at random."""
    rng = random.Random(seed)
    each = nodes // steps
    assumptions = each // 5
    lines = [HEAD.format(nodes=nodes, steps=steps)]
    for i in range(assumptions):
        credence = "{ beta = [38, 2] }" if uncertain and i % 10 == 0 else f"{0.9 + 0.09 * rng.random():.4f}"
        head = f'[assumptions.a{i}]\nclaim = "Claim {i}"\npart = "rationale.constraints"\nevery_step = true\n'
        lines.append(f"{head}credence = {credence}\n")
    lines.extend(_events(each - assumptions, assumptions, rng))
    last = [f"e{i}" for i in range(each - assumptions - 9, each - assumptions)]
    lines.append(ENDS.format(last=", ".join(last), all=" and ".join(last[:3])))
    return "\n".join(lines)


def _events(count: int, assumptions: int, rng: random.Random) -> Iterator[str]:
    for i in range(count):
        first, second = rng.sample(range(assumptions), 2)
        before, other = rng.sample(range(count), 2)
        when = f"prev.e{before} and not a{first} or prev.e{other} and not a{second}"
        if i >= 10:
            x, y = rng.sample(range(i), 2)
            when += f" or e{x} and e{y}"
        chance = 0.5 + 0.5 * rng.random()
        yield f'[events.e{i}]\nevery_step = true\nwhen = "{when}"\nchance = {chance:.4f}\nleak = 0.1\n'


def main() -> None:
    """Print the story that the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--uncertain", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(shared_story(asked.nodes, asked.steps, uncertain=asked.uncertain, seed=asked.seed))


if __name__ == "__main__":
    main()
