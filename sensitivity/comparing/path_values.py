"""How likely each outcome is in a story, by a design that all stories of a comparison share.

Parameters and draws are addressed by the author's paths, so stories that have a part in common see the same
randomness there, and their difference has a small error. Stories that differ in plain numbers alone differ
in the probabilities of those numbers' coins alone: once both ends are compiled, all between are had from
the same engine with some coins of either end.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sensa.circuit import Circuit
from sensa.comparing.tree_alignment import NOTHING, Difference
from sensa.engines.protocol import Draws, Engine
from sensa.kernels.program import Floats, Ints
from sensa.sampling.parameters import BLOCK, Sampler
from sensa.session import Model, Settings
from sensa.stories.problems import path_text

WORDS = 64  # of worlds at a point, where a story between two is the only one that samples them
LARGEST = 1 << 23  # probabilities that are kept of one story
PLAIN = ("credence", "stands", "leaves", "chance", "leak", "power", "false_alarm")


@dataclass(frozen=True)
class Design:
    """How all stories are valued, so that their differences mean something."""

    settings: Settings
    among: tuple[str, ...]  # the parameters of both stories, each with its own dimension
    outcomes: tuple[str, ...]  # of both
    at_means: bool  # both stories' means are decided by the parameters' means
    points: int
    words: int


@dataclass(frozen=True)
class Part:
    """Some samples: the coins' probabilities (samples, coins) and the worlds of each."""

    draws: Draws
    p: Floats


def design(before: Model, after: Model, share: float) -> Design:
    """A design for two stories and those between, each with this share of the work of an analysis."""
    settings = replace(after.settings, work=after.settings.work * share)
    paths = [p.path for model in (after, before) for p in model.circuit.parameters]
    names = [name for model in (after, before) for name in model.outcomes]
    efforts = [replace(model, settings=settings).effort(model.ends) for model in (before, after)]
    words = [effort.words for effort in efforts if effort.words]
    return Design(
        settings,
        tuple(dict.fromkeys(paths)),
        tuple(dict.fromkeys(names)),
        before.mean_p is not None and after.mean_p is not None,
        min(effort.points for effort in efforts),
        min(words, default=WORDS),
    )


def valued(model: Model, plan: Design) -> Floats:
    """How likely each outcome of the design is (replicates, outcomes), 0 where the story has none such.

    One replicate where that is exact. Raises `RunError`.
    """
    return averaged(model, parts(model, plan), plan)


def parts(model: Model, plan: Design) -> Iterator[Part]:
    """The samples that a story is valued at."""
    replicates = range(plan.settings.replicates)
    p = model.mean_p if plan.at_means or not model.circuit.parameters else None
    if p is not None:
        exact = model.ends.way == "exact"
        words = 1 if exact else plan.points * plan.words
        yield from (Part(Draws(r, 0, words), p) for r in (replicates[:1] if exact else replicates))
        return
    others = [one.path for one in model.circuit.parameters if one.path not in plan.among]
    sampler = Sampler(model.circuit, plan.settings.seed, (*plan.among, *others))
    block = max(min(BLOCK, (1 << 22) // model.width), 1)
    for found in sampler.blocks(replicates=len(replicates), points=plan.points, block=block):
        yield Part(Draws(found.replicate, found.start, plan.words), found.p)


def averaged(model: Model, samples: Iterator[Part], plan: Design) -> Floats:
    """The means of a story's outcomes (replicates, outcomes) over samples."""
    engine: Engine = model.ends
    roots = len(model.circuit.roots)
    sums = np.zeros((plan.settings.replicates, roots))
    counts = np.zeros(plan.settings.replicates)
    for part in samples:
        q = engine.probabilities(part.p, draws=part.draws)[:, :roots]
        sums[part.draws.replicate] += q.sum(axis=0)
        counts[part.draws.replicate] += len(q)
    there = counts > 0
    values = sums[there] / counts[there, None] @ model.by_outcome[:roots]
    found = np.zeros((len(values), len(plan.outcomes)))
    for i, name in enumerate(model.outcomes):
        found[:, plan.outcomes.index(name)] = values[:, i]
    return found


def plain(difference: Difference) -> bool:
    """Whether a difference is of one number that nothing else reads, written without an expression."""
    path = difference.after_path
    if path != difference.before_path or path[0] not in ("assumptions", "challenges", "events", "safeguards"):
        return False
    at_end = (len(path) == 3 or (len(path) == 5 and path[2] == "given")) and path[-1] in PLAIN
    cause = len(path) == 4 and path[2] == "causes"
    values = (difference.before, difference.after)
    there = all(one is NOTHING or isinstance(one, int | float | dict) for one in values)
    return there and (at_end or (cause and NOTHING not in values))


@dataclass(frozen=True)
class Family:
    """Stories that differ in plain numbers alone, by the numbers of their differences."""

    model: Model
    plan: Design
    without: tuple[Part, ...]
    with_all: tuple[Part, ...]
    coins: Mapping[int, Ints]

    @property
    def size(self) -> int:
        """Probabilities that are kept."""
        return sum(part.p.size for part in self.without) + sum(part.p.size for part in self.with_all)

    def value(self, taken: Sequence[int]) -> Floats:
        """As `valued` of the story with these differences."""
        columns = np.concatenate([np.empty(0, np.int32), *(self.coins[i] for i in taken)])
        return averaged(self.model, self._mixed(columns.astype(np.int32)), self.plan)

    def _mixed(self, columns: Ints) -> Iterator[Part]:
        for one, other in zip(self.without, self.with_all, strict=True):
            p = one.p.copy(order="K")
            p[:, columns] = other.p[:, columns]
            yield Part(one.draws, p)


def family(
    without: Model, with_all: Model, plan: Design, differences: Mapping[int, Difference]
) -> Family | None:
    """The stories between two that differ in these numbers; none where more than their coins differs."""
    means = plan.at_means and without.mean_p is not None and with_all.mean_p is not None
    samples = plan.settings.replicates * (1 if means else plan.points)
    if shape(without.circuit) != shape(with_all.circuit) or samples * without.width > LARGEST:
        return None
    at: dict[str, list[int]] = {}
    for column, coin in enumerate(without.circuit.coins):
        at.setdefault(coin.path, []).append(column)
    coins = {
        number: np.array(at.get(path_text(one.after_path), []), np.int32)
        for number, one in differences.items()
    }
    ends = tuple(parts(without, plan)), tuple(parts(with_all, plan))
    if [(part.draws, part.p.shape) for part in ends[0]] != [(part.draws, part.p.shape) for part in ends[1]]:
        return None
    same = np.ones(len(without.circuit.coins), np.bool_)
    same[np.concatenate([np.empty(0, np.int32), *coins.values()]).astype(np.int32)] = False
    if not all(np.array_equal(a.p[:, same], b.p[:, same]) for a, b in zip(*ends, strict=True)):
        return None
    return Family(without, plan, *ends, coins)


def shape(circuit: Circuit) -> bytes:
    """What an engine is made of: stories that differ in numbers alone have it in common."""
    draws = "\n".join(f"{coin.draw} {coin.path}" for coin in circuit.coins).encode()
    roots = repr([(root.outcome, root.step, root.gate) for root in circuit.roots]).encode()
    losses = repr([loss.gate for loss in circuit.losses]).encode()
    return b"\0".join([*(array.tobytes() for array in circuit.gates), draws, roots, losses])
