"""Probabilities of outcomes by a sampling design that all stories of a comparison share.

Parameters and draws are addressed by the author's paths, so stories use the same random numbers for what they
have in common, and their difference has a small error. Stories that differ only in plain numbers differ only
in the probabilities of those numbers' coins: once both ends are compiled, all hybrids are computed from the
same engine with coins of either end.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sensa.comparing.tree_alignment import NOTHING, Difference
from sensa.engines.protocol import Draws
from sensa.kernels.program import Floats, Ints
from sensa.sampling.budget import WORLDS, Effort
from sensa.sampling.estimates import Worlds
from sensa.sampling.parameter_blocks import BLOCK_NUMBERS, BLOCK_POINTS
from sensa.sampling.parameters import Block, Sampler, at_means
from sensa.sampling.rare_outcomes import in_replicates
from sensa.sampling.run import RARE_PROBABILITY
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.problems import path_text

HYBRID_WORDS = 64  # words of 64 worlds at a point, if only a hybrid samples worlds
MAX_KEPT_PROBABILITIES = 1 << 23  # probabilities cached for one story
PLAIN = ("credence", "stands", "leaves", "chance", "leak", "power", "false_alarm")


@dataclass(frozen=True)
class Design:
    """How all stories of a comparison are evaluated, so that their differences are meaningful."""

    settings: Settings
    among: tuple[str, ...]  # the parameters of both stories, each with its own dimension
    outcomes: tuple[str, ...]  # of both
    at_means: bool  # the parameters' means determine both stories' means
    points: int
    words: int
    rare: tuple[str, ...] = ()  # outcomes that hybrids re-estimate by importance sampling where they are rare

    @property
    def least_error(self) -> float:
        """The smallest error of sampled worlds, one world."""
        return 1 / (WORLDS * self.words * self.points * self.settings.replicates)


def design(before: Session, after: Session, share: float) -> Design:
    """A design for two stories and their hybrids, each with this share of the work of an analysis."""
    settings = replace(after.settings, work=after.settings.work * share)
    paths = [p.path for session in (after, before) for p in session.circuit.parameters]
    names = [name for session in (after, before) for name in session.outcomes]
    efforts = [replace(session, settings=settings).budget.effort(session.ends) for session in (before, after)]
    words = [effort.words for effort in efforts if effort.words]
    return Design(
        settings,
        tuple(dict.fromkeys(paths)),
        tuple(dict.fromkeys(names)),
        before.mean_p is not None and after.mean_p is not None,
        min(effort.points for effort in efforts),
        min(words, default=HYBRID_WORDS),
    )


def valued(session: Session, plan: Design) -> Floats:
    """The probabilities of the design's outcomes (replicates, outcomes), 0 for those the story lacks.

    One replicate if exact. Raises `RunError`.
    """
    return averaged(session, blocks(session, plan), plan)


def blocks(session: Session, plan: Design) -> Iterator[Block]:
    """The samples at which a story is evaluated."""
    p = _means(session, plan)
    if p is not None:
        theta = at_means(session.circuit).theta
        replicates = 1 if session.ends.way == "exact" else plan.settings.replicates
        yield from (Block(replicate, 0, theta, p) for replicate in range(replicates))
        return
    others = [one.path for one in session.circuit.parameters if one.path not in plan.among]
    sampler = Sampler(session.circuit, plan.settings.seed, (*plan.among, *others))
    block = max(min(BLOCK_POINTS, BLOCK_NUMBERS // session.points.width), 1)
    yield from sampler.blocks(replicates=plan.settings.replicates, points=plan.points, block=block)


def at_one_point(session: Session, plan: Design) -> bool:
    """Whether a story is evaluated at the means of its numbers only."""
    return _means(session, plan) is not None


def design_worlds(session: Session, plan: Design) -> Worlds:
    """The sampled worlds behind the means of a story."""
    points = plan.points * plan.settings.replicates
    count = WORLDS * plan.words * points
    at_one = at_one_point(session, plan)
    return Worlds(count, count if at_one else points, at_one and session.ends.way == "montecarlo")


def _means(session: Session, plan: Design) -> Floats | None:
    """The coins' means, if they determine this story and all it is compared with."""
    return session.mean_p if plan.at_means or not session.circuit.parameters else None


def averaged(session: Session, samples: Iterable[Block], plan: Design) -> Floats:
    """The means of a story's outcomes (replicates, outcomes) over samples."""
    engine, roots = session.ends, len(session.circuit.roots)
    at_one = _means(session, plan) is not None
    effort = Effort(1, plan.points * plan.words) if at_one else Effort(plan.points, plan.words)

    def summed(block: Block, draws: Draws) -> Floats:
        total: Floats = engine.probabilities(block.p, draws=draws)[:, :roots].sum(axis=0)
        return total

    evaluated = list(samples) if at_one else samples
    values = session.executor.means(summed, evaluated, effort) @ session.by_outcome[:roots]
    found = np.zeros((len(values), len(plan.outcomes)))
    for i, name in enumerate(session.outcomes):
        found[:, plan.outcomes.index(name)] = values[:, i]
    if at_one and isinstance(evaluated, list) and engine.way != "exact":
        _re_estimate(session, plan, evaluated[0].p[0], found)
    return found


def _re_estimate(session: Session, plan: Design, p: Floats, found: Floats) -> None:
    """Replace rare outcomes of a story at its coins' probabilities `p` (coins,); NaN where that fails."""
    for name in possible(session):
        at = plan.outcomes.index(name)
        if name in plan.rare and found[:, at].mean() < RARE_PROBABILITY:
            again = by_importance(session, plan, name, p)
            found[:, at] = np.nan if again is None else again


def by_importance(session: Session, plan: Design, name: str, p: Floats) -> Floats | None:
    """A rare outcome at the coins' probabilities `p` (coins,) in each replicate; None if that fails."""
    settings = plan.settings
    return in_replicates(
        session.circuit, name, p, session.ends, seed=settings.seed, replicates=settings.replicates
    )


def possible(session: Session) -> list[str]:
    """The outcomes that are not known to be the same in all worlds."""
    roots = len(session.circuit.roots)
    open_roots = ~session.ends.constant[:roots] @ session.by_outcome[:roots]
    return [name for name, count in zip(session.outcomes, open_roots, strict=True) if count]


def plain(difference: Difference) -> bool:
    """Whether a difference is of one plain number, not an expression, that nothing else reads."""
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
    """Hybrids that differ only in plain numbers, by the indices of their differences."""

    session: Session
    plan: Design
    without: tuple[Block, ...]
    with_all: tuple[Block, ...]
    coins: Mapping[int, Ints]

    @property
    def size(self) -> int:
        """The number of cached probabilities."""
        return sum(block.p.size for block in (*self.without, *self.with_all))

    def value(self, taken: Sequence[int]) -> Floats:
        """The same as `valued` of the hybrid with these differences."""
        columns = np.concatenate([np.empty(0, np.int32), *(self.coins[i] for i in taken)])
        return averaged(self.session, self._mixed(columns.astype(np.int32)), self.plan)

    def _mixed(self, columns: Ints) -> Iterator[Block]:
        for one, other in zip(self.without, self.with_all, strict=True):
            p = one.p.copy(order="K")
            p[:, columns] = other.p[:, columns]
            yield replace(one, p=p)


def family(
    without: Session, with_all: Session, plan: Design, differences: Mapping[int, Difference]
) -> Family | None:
    """The hybrids of two stories that differ in these numbers; None if more than their coins differs."""
    means = plan.at_means and without.mean_p is not None and with_all.mean_p is not None
    samples = plan.settings.replicates * (1 if means else plan.points)
    if (
        without.circuit.structure != with_all.circuit.structure
        or samples * without.points.width > MAX_KEPT_PROBABILITIES
    ):
        return None
    at: dict[str, list[int]] = {}
    for column, coin in enumerate(without.circuit.coins):
        at.setdefault(coin.path, []).append(column)
    coins = {
        number: np.array(at.get(path_text(one.after_path), []), np.int32)
        for number, one in differences.items()
    }
    ends = tuple(blocks(without, plan)), tuple(blocks(with_all, plan))
    if [_place(block) for block in ends[0]] != [_place(block) for block in ends[1]]:
        return None
    same = np.ones(len(without.circuit.coins), np.bool_)
    same[np.concatenate([np.empty(0, np.int32), *coins.values()]).astype(np.int32)] = False
    if not all(np.array_equal(a.p[:, same], b.p[:, same]) for a, b in zip(*ends, strict=True)):
        return None
    return Family(without, plan, *ends, coins)


def _place(block: Block) -> tuple[int, int, tuple[int, ...]]:
    return block.replicate, block.start, block.p.shape
