"""How the cost of a whole run grows, stage by stage, with steps and with nodes.

`python benchmarks/growth_stories.py` runs every size in a process of its own (as a user would) and prints a
Markdown table of CPU seconds, medians of three. The last column says what the size costs beside ten times
less: 10 is linear.
"""

import argparse
import itertools
import json
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from time import process_time

STEPS = (10, 100, 1_000)
NODES = (100, 1_000, 10_000)
REPEATS = 3
STAGES = ("read", "check", "compile", "lower", "diagrams", "answers")

HEAD = """format = "training-story/1"
[story]
title = "Growth"
[goal]
class = ["other"]
specification = "A story as large as it is asked to be."
desirability = "None."
[rationale]
class = ["other"]
constraints = ["None."]
nudges = ["None."]
"""
ENDS = """
[outcomes.success]
kind = "success"
otherwise = true
"""


def steps(count: int) -> str:
    """Iterative deployment over `count` steps: drift that stays, a monitor, four ways to end."""
    return (
        HEAD
        + f"""
[[phases]]
name = "pretraining"
axes = {{ real_world = 0.0, shift = 0.2 }}
[[phases]]
name = "deploy"
repeat = {count - 1}
axes = {{ real_world = {{ low = 0.1, high = 0.8 }}, shift = "0.2 + 0.3 * round / {count}" }}
[assumptions.intent]
claim = "What is kept is what was meant"
part = "rationale.nudges"
credence = {{ low = 0.5, high = 0.9 }}
[assumptions.narrow]
claim = "Skill stays in its domain"
part = "goal.desirability"
credence = {{ low = 0.6, high = 0.97 }}
[assumptions.keeps_up]
claim = "Curators keep up"
part = "rationale.constraints"
every_step = true
credence = "clip(0.98 - 0.25 * axis.shift, 0, 1)"
[events.drifts]
every_step = true
when = "not intent or not keeps_up"
chance = {{ beta = [3, 70] }}
leak = 0.001
[events.drifted]
every_step = true
when = "prev.drifted or drifts"
[events.acts]
every_step = true
when = "drifted and not narrow"
chance = "within(axis.real_world, 0.1)"
[events.useless]
every_step = true
when = "drifted"
chance = 0.015
[safeguards.monitor]
every_step = true
against = ["drifts", "acts"]
power = {{ low = 0.3, high = 0.7 }}
false_alarm = 0.0001
[outcomes.catastrophic]
kind = "catastrophic"
when = "acts and not halted"
[outcomes.halted]
kind = "fail_safe"
when = "halted"
[outcomes.useless_plans]
kind = "fail_safe"
when = "useless"
"""
        + ENDS
    )


def nodes(count: int) -> str:
    """`count` nodes in modules of ten, joined by a tree of alternatives."""
    modules = count // 10
    tables = [HEAD]
    for m in range(modules):
        for i in range(5):
            credence = "{ beta = [8, 2] }" if i == 0 else "0.8"
            tables.append(
                f'[assumptions.a{m}_{i}]\nclaim = "c"\npart = "goal.desirability"\ncredence = {credence}'
            )
        tables += [
            f'[events.e{m}_{i}]\nwhen = "not a{m}_{i} or not a{m}_{i + 1}"\nchance = 0.2' for i in range(3)
        ]
        tables.append(f'[events.f{m}]\nwhen = "at_least(2, e{m}_0, e{m}_1, e{m}_2)"\nchance = 0.01')
        tables.append(f'[safeguards.s{m}]\nagainst = ["f{m}"]\npower = 0.9\naction = "warn"')
    level = [f"f{m} and not s{m}" for m in range(modules)]
    joined = 0
    while len(level) > 20:
        above = []
        for start in range(0, len(level), 20):
            tables.append(f'[events.g{joined}]\nwhen = "{" or ".join(level[start : start + 20])}"')
            above.append(f"g{joined}")
            joined += 1
        level = above
    tables.append(f'[outcomes.catastrophic]\nkind = "catastrophic"\nwhen = "{" or ".join(level)}"')
    tables.append('[outcomes.fail_safe]\nkind = "fail_safe"\nwhen = "not a0_0"')
    return "\n".join(tables) + ENDS


def measured(kind: str, size: int) -> dict[str, float]:
    """CPU seconds of each stage in this process, and what was made."""
    from sensa import pipeline
    from sensa.compiling import compile_story
    from sensa.lowering import lower
    from sensa.sampling.settings import Settings
    from sensa.session import Session
    from sensa.stories.checking.all_checks import check
    from sensa.stories.reading import parse

    text = (steps if kind == "steps" else nodes)(size)
    clock = [process_time()]

    def lap() -> None:
        clock.append(process_time())

    story = parse(text)
    lap()
    check(story)
    lap()
    graph = compile_story(story)
    lap()
    circuit = lower(graph)
    lap()
    model = Session(graph, circuit, Settings())
    diagram = model.ends.size
    lap()
    pipeline.analyse(model)
    lap()
    taken = dict(zip(STAGES, (b - a for a, b in itertools.pairwise(clock)), strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        **taken,
        "nodes": len(graph.nodes),
        "diagram": diagram,
        "points": len(model.samples.q),
        "MB": peak,
    }


def medians(kind: str, size: int) -> dict[str, float]:
    """Medians over fresh processes."""
    runs = []
    for _ in range(REPEATS):
        command = [sys.executable, __file__, "--one", kind, str(size)]
        runs.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def rows() -> Iterator[str]:
    """The table."""
    yield f"| story | nodes | diagram | points | {' | '.join(STAGES)} | all | peak MB | for 10 times more |"
    yield "|---|" + "---:|" * (len(STAGES) + 6)
    for kind, sizes in (("steps", STEPS), ("nodes", NODES)):
        before = None
        for size in sizes:
            found = medians(kind, size)
            total = sum(found[stage] for stage in STAGES)
            times = " | ".join(f"{found[stage]:.2f}" for stage in STAGES)
            grown = "" if before is None else f"{total / before:.1f} times"
            yield (
                f"| {size:,} {kind} | {found['nodes']:,.0f} | {found['diagram']:,.0f}"
                f" | {found['points']:,.0f}"
                f" | {times} | {total:.2f} | {found['MB']:.0f} | {grown} |"
            )
            before = total


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=2, metavar=("KIND", "SIZE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measured(arguments.one[0], int(arguments.one[1]))))
        return
    for line in rows():
        print(line, flush=True)


if __name__ == "__main__":
    main()
