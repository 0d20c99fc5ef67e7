"""How the exact engine's cost grows: phased chains of many steps, and trees of many modules.

Both should be linear: the last columns give each cost per step or per gate. Run it with
`python benchmarks/growth.py`; figures are CPU times, medians of `REPEATS`
runs in this process, so the first lines are plain code and the later ones compiled.
"""

from collections.abc import Callable
from statistics import median
from time import thread_time

import numpy as np

from sensa.engines.exact.engine import ExactEngine, compile_gates
from sensa.kernels.program import Gates, Ints, Op

REPEATS = 3
SAMPLES = 256


class Program:
    """Gates while they are written."""

    def __init__(self) -> None:
        self.op: list[int] = []
        self.k: list[int] = []
        self.start = [0]
        self.args: list[int] = []
        self.steps: list[int] = []

    def gate(self, op: Op, *args: int, k: int = 0) -> int:
        """Append a gate, and give its number."""
        self.op.append(op)
        self.k.append(k)
        self.args.extend(args)
        self.start.append(len(self.args))
        return len(self.op) - 1

    def coin(self, step: int = -1) -> int:
        """Append a coin of a step, and give its gate."""
        self.steps.append(step)
        return self.gate(Op.COIN, k=len(self.steps) - 1)

    def case(self, condition: int, then: int, otherwise: int) -> int:
        """A table of two rows, as an assumption with one `given` has it."""
        one = self.gate(Op.AND, condition, then)
        return self.gate(Op.OR, one, self.gate(Op.AND, self.gate(Op.NOT, condition), otherwise))

    def gates(self) -> Gates:
        """The gates as the engines take them."""
        return Gates(
            np.array(self.op, np.int8),
            np.array(self.k, np.int32),
            np.array(self.start, np.int32),
            np.array(self.args, np.int32),
        )


def chain(steps: int) -> tuple[Program, Ints]:
    """A story of `steps` steps and four outcomes at each, with a state that goes on from step to step.

    Once for the story: oversight is sound or not, and the goal is robust or not. At each step the model
    drifts (more likely where it had drifted before and where the goal is not robust), a check may see it
    (less likely where oversight is unsound), and what is not seen may do harm.
    """
    program = Program()
    sound, robust = program.coin(), program.coin()
    drifted, going = program.gate(Op.FALSE), program.gate(Op.TRUE)
    roots = []
    for step in range(steps):
        fresh = program.case(robust, program.coin(step), program.coin(step))
        drifted = program.case(drifted, program.coin(step), fresh)
        power = program.case(sound, program.coin(step), program.coin(step))
        halted = program.gate(Op.OR, program.gate(Op.AND, drifted, power), program.coin(step))
        harm = program.gate(Op.AND, drifted, program.coin(step))
        warned = program.coin(step)
        rules = [
            program.gate(Op.AND, harm, program.gate(Op.NOT, halted)),
            halted,
            program.gate(Op.AND, harm, warned),
        ]
        for rule in rules:
            roots.append(program.gate(Op.AND, going, rule))
            going = program.gate(Op.AND, going, program.gate(Op.NOT, rule))
        roots.append(going)
    return program, np.array(roots, np.int32)


def tree(gates: int, seed: int = 0) -> tuple[Program, Ints]:
    """About `gates` gates, in parts of some fifteen that share draws within and nothing between."""
    rng = np.random.default_rng(seed)
    program = Program()
    heads: list[int] = []
    while len(program.op) < gates or len(heads) > 1:
        joined = [heads.pop(0) for _ in range(min(3, len(heads)))] if len(program.op) >= gates else []
        leaves = joined + [program.coin() for _ in range(6 - len(joined))]
        for _ in range(7):
            op = Op(rng.choice([Op.AND, Op.OR, Op.AT_LEAST]))
            chosen = rng.choice(len(leaves), 3, replace=False)
            leaves.append(program.gate(op, *(leaves[i] for i in chosen), k=2))
        heads.append(program.gate(Op.OR, *leaves[-4:], *joined))
    return program, np.array(heads, np.int32)


def seconds(job: Callable[[], object]) -> float:
    """The median CPU time of a job."""
    times = []
    for _ in range(REPEATS):
        begin = thread_time()
        job()
        times.append(thread_time() - begin)
    return median(times)


def measure(name: str, size: int, program: Program, roots: Ints) -> str:
    """A line of the table: nodes of the diagrams, the build and a sweep each way."""
    gates, coins = program.gates(), len(program.steps)
    steps = program.steps if max(program.steps) > 0 else []

    def compile_it() -> ExactEngine:
        return compile_gates(gates, roots, coins=coins, steps=steps)

    build = seconds(compile_it)
    engine = compile_it()
    p = np.asfortranarray(np.random.default_rng(1).uniform(size=(SAMPLES, coins)))
    combine = np.zeros((1, len(roots)))
    combine[0, :: max(1, min(4, len(roots)))] = 1.0
    engine.gradients(p, combine)
    forward = seconds(lambda: engine.probabilities(p))
    backward = seconds(lambda: engine.gradients(p, combine))
    return (
        f"| {name} | {size:,} | {gates.size:,} | {len(roots):,} | {engine.size:,} | {engine.modules:,} | "
        f"{engine.order} | {build * 1e3:.1f} | {forward * 1e3:.2f} | {backward * 1e3:.2f} | "
        f"{engine.size / size:.2f} | {build / size * 1e6:.0f} | {forward / size / SAMPLES * 1e9:.1f} |"
    )


def main() -> None:
    """Print the table of circuits."""
    columns = (
        "circuit",
        "size",
        "gates",
        "roots",
        "nodes",
        "modules",
        "order",
        "build, ms",
        "forward, ms",
        "gradients, ms",
        "nodes each",
        "build each, us",
        "forward each, ns a sample",
    )
    print(f"| {' | '.join(columns)} |")
    print("|---" * len(columns) + "|")
    for steps in (10, 30, 100, 300, 1000):
        print(measure("chain of steps", steps, *chain(steps)), flush=True)
    for gates in (100, 300, 1000, 3000, 10000):
        print(measure("tree of modules", gates, *tree(gates)), flush=True)


if __name__ == "__main__":
    main()
