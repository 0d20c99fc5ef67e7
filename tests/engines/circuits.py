"""Circuits for tests, and their probabilities by going through all assignments of the coins."""

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from sensa.kernels.program import Floats, Gates, Ints, Op


class Writer:
    """Gates while they are written."""

    def __init__(self) -> None:
        self.op: list[int] = []
        self.k: list[int] = []
        self.start = [0]
        self.args: list[int] = []
        self.coins = 0

    def gate(self, op: Op, *args: int, k: int = 0) -> int:
        self.op.append(op)
        self.k.append(k)
        self.args.extend(args)
        self.start.append(len(self.args))
        return len(self.op) - 1

    def coin(self) -> int:
        self.coins += 1
        return self.gate(Op.COIN, k=self.coins - 1)

    def gates(self) -> Gates:
        return Gates(
            np.array(self.op, np.int8),
            np.array(self.k, np.int32),
            np.array(self.start, np.int32),
            np.array(self.args, np.int32),
        )


def ints(*numbers: int) -> Ints:
    return np.array(numbers, np.int32)


def truth(gates: Gates, coins: int) -> npt.NDArray[np.bool_]:
    """Each gate in each of the 2^coins worlds; coin i is bit i of the world's number."""
    worlds = np.arange(1 << coins)
    table = np.zeros((gates.size, len(worlds)), bool)
    for gate in range(gates.size):
        args = table[gates.args[gates.start[gate] : gates.start[gate + 1]]]
        match int(gates.op[gate]):
            case Op.TRUE:
                table[gate] = True
            case Op.COIN:
                table[gate] = worlds >> gates.k[gate] & 1 == 1
            case Op.NOT:
                table[gate] = ~args[0]
            case Op.AND:
                table[gate] = args.all(axis=0)
            case Op.OR:
                table[gate] = args.any(axis=0)
            case Op.AT_LEAST:
                table[gate] = args.sum(axis=0) >= gates.k[gate]
    return table


def enumerated(gates: Gates, roots: Ints, p: Floats) -> Floats:
    """The roots' probabilities (samples, roots): the sum of the weights of the worlds in which they hold."""
    weight = np.ones((len(p), 1))
    for coin in range(p.shape[1]):
        chance = p[:, coin : coin + 1]
        weight = np.concatenate([weight * (1 - chance), weight * chance], axis=1)
    holds = truth(gates, p.shape[1])[roots].reshape(len(roots), weight.shape[1])
    return weight @ holds.T.astype(float)


def random_gates(rng: np.random.Generator, coins: int, size: int) -> Gates:
    """`size` gates of all kinds over earlier ones, arguments repeated at will, after the coins."""
    writer = Writer()
    for _ in range(coins):
        writer.coin()
    kinds = [Op.FALSE, Op.TRUE, Op.NOT, Op.AND, Op.OR, Op.AT_LEAST]
    for _ in range(size):
        op = Op(rng.choice(kinds, p=[0.02, 0.02, 0.16, 0.3, 0.3, 0.2]))
        many = 1 if op == Op.NOT else 0 if op in (Op.FALSE, Op.TRUE) else int(rng.integers(0, 5))
        args = rng.integers(0, len(writer.op), many).tolist()
        writer.gate(op, *args, k=int(rng.integers(-1, 5)) if op == Op.AT_LEAST else 0)
    return writer.gates()


@st.composite
def circuits(draw: st.DrawFn, coins: int = 12, size: int = 40) -> tuple[Gates, Ints, int]:
    """Gates, roots (none, several, repeated) and how many coins there are."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, coins))
    gates = random_gates(rng, count, draw(st.integers(0, size)))
    chosen = draw(st.lists(st.integers(0, gates.size - 1), max_size=5))
    last = gates.size - 1  # the last gate has the most below it
    return gates, ints(*chosen, *([last] if draw(st.booleans()) else [])), count


def chain(steps: int) -> tuple[Gates, Ints, list[int], int]:
    """A state that goes on from step to step and ends the story in one of two ways; roots of all steps.

    drifted[t] = (drifted[t-1] and a[t]) or b[t]; harm[t] = drifted[t] and c[t]; halt[t] = d[t].
    """
    writer = Writer()
    drifted, going = writer.gate(Op.FALSE), writer.gate(Op.TRUE)
    roots: list[int] = []
    for _ in range(steps):
        a, b, c, d = (writer.coin() for _ in range(4))
        drifted = writer.gate(Op.OR, writer.gate(Op.AND, drifted, a), b)
        harm = writer.gate(Op.AND, drifted, c)
        roots.append(writer.gate(Op.AND, going, harm))
        going = writer.gate(Op.AND, going, writer.gate(Op.NOT, harm))
        roots.append(writer.gate(Op.AND, going, d))
        going = writer.gate(Op.AND, going, writer.gate(Op.NOT, d))
    roots.append(going)
    return writer.gates(), ints(*roots), [coin // 4 for coin in range(writer.coins)], writer.coins


def chain_probabilities(steps: int, a: float, b: float, c: float, d: float) -> Floats:
    """The chain's roots by its two-state Markov chain: the mass that goes on, drifted or not."""
    clean, drifted = 1.0, 0.0
    result: list[float] = []
    for _ in range(steps):
        clean, drifted = (
            clean * (1 - b) + drifted * (1 - a) * (1 - b),
            clean * b + drifted * (1 - (1 - a) * (1 - b)),
        )
        result.append(drifted * c)
        drifted *= 1 - c
        result.append((clean + drifted) * d)
        clean, drifted = clean * (1 - d), drifted * (1 - d)
    return np.array([*result, clean + drifted])
