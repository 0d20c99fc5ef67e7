"""The engine of diagrams around parts that have none: those are answered by elimination or by sampled worlds.

A part shares nothing with the rest but its inputs, so its heads are further independent coins of the
diagram above it, and roots are linear in each. Results at estimated heads are therefore unbiased.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, cast, runtime_checkable

import numpy as np
import numpy.typing as npt

from sensa.engines.exact.diagram_compiler import Assembled, Part, assemble
from sensa.engines.exact.engine import ExactEngine, Target, in_one_sweep, too_large
from sensa.engines.exact.network import Network, simplify
from sensa.engines.exact.order_search import Budget
from sensa.engines.protocol import (
    FAIR_COINS,
    FIRST_DRAWS,
    NO_FORCE,
    Draws,
    Engine,
    EngineInfo,
    Force,
    Twins,
    Way,
)
from sensa.kernels.program import Floats, Ints
from sensa.kernels.programs.interval_arithmetic import Range
from sensa.kernels.work_clock import clock


@dataclass(frozen=True)
class OpenPart:
    """A part that needs answers, of a network, and the columns of its leaves.

    Columns are the circuit's coins, then heads of parts, then further roots of the diagrams.
    """

    network: Network
    part: Part
    leaves: Ints


class Answers(Protocol):
    """The probabilities of a part's heads, by those of its leaves."""

    @property
    def size(self) -> int:
        """The cost of a sample, or of 64 worlds of it, in nodes of a diagram or operations on a word."""
        ...

    @property
    def sampled_gates(self) -> int:
        """The gates and draws that are sampled; 0 if the answers are exact."""
        ...

    @property
    def products(self) -> int:
        """The products of its arithmetic circuit; 0 if it has none."""
        ...

    def probabilities(self, p: Floats, draws: Draws) -> Floats:
        """The heads' probabilities (samples, heads) at the leaves' `p` (samples, leaves)."""
        ...

    def pulled_back(self, p: Floats, weights: Floats, draws: Draws) -> Floats:
        """Derivatives (samples, k, leaves) of combinations `weights` (samples, k, heads) by the leaves."""
        ...


@runtime_checkable
class ExactAnswers(Answers, Protocol):
    """The same without sampling."""

    @property
    def leaves_read(self) -> npt.NDArray[np.bool_]:
        """Whether the heads depend on each leaf (leaves,)."""
        ...

    def ranges(self, low: Floats, high: Floats) -> Range:
        """Bounds (samples, heads) where each leaf's probability lies between `low` and `high`."""
        ...


@runtime_checkable
class TwinAnswers(Answers, Protocol):
    """The same from worlds that can be compared one by one."""

    def twins(self, p: Floats, other: Floats, draws: Draws) -> Floats:
        """Shares (3, samples, heads) of worlds in which a head is true at `p`, at `other`, and at both."""
        ...


@dataclass(frozen=True, eq=False)
class AnsweredPart:
    """A part with its answers, the columns of its leaves, and of its heads from `first` on."""

    leaves: Ints
    first: int
    heads: int
    answers: Answers

    @property
    def sampled(self) -> bool:
        """Whether its answers are sampled."""
        return self.answers.sampled_gates > 0

    @property
    def columns(self) -> slice:
        """The columns of its heads."""
        return slice(self.first, self.first + self.heads)


class PartsEngine:
    """The engine of a circuit with exact diagrams around parts; see the module.

    Where worlds are sampled, results have an error, which only several replicates show.
    """

    def __init__(
        self,
        inner: ExactEngine,
        parts: Sequence[AnsweredPart],
        *,
        way: Way,
        coins: int,
        roots: int,
        reason: str,
        seconds: float,
    ) -> None:
        self.way: Way = way
        self.parts = tuple(parts)
        self.roots = roots
        self._reason = reason
        self._seconds = seconds
        self._inner = inner  # its coins: the circuit's, then the heads; its roots: ours, then what parts read
        self._coins = coins

    @property
    def size(self) -> int:
        """The cost of a sample, or of 64 worlds of it, with the nodes of the diagrams."""
        return sum(part.answers.size for part in self.parts) + self._inner.size

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Which roots are known to be the same in all worlds (roots,)."""
        return self._inner.constant[: self.roots]

    @property
    def info(self) -> EngineInfo:
        """How the engine was made."""
        return EngineInfo(
            self._reason,
            diagram_nodes=self._inner.size,
            circuit_products=sum(part.answers.products for part in self.parts),
            sampled_gates=sum(part.answers.sampled_gates for part in self.parts),
            order=self._inner.order,
            seconds=self._seconds,
        )

    def probabilities(self, p: Floats, force: Force = NO_FORCE, draws: Draws = FIRST_DRAWS) -> Floats:
        """The roots' probabilities (samples, roots); if sampled, each from `draws.words` x 64 worlds."""
        return self._inner.probabilities(self._with_heads(force.applied(p), draws))[:, : self.roots]

    def under(self, p: Floats, forces: Sequence[Force], draws: Draws = FIRST_DRAWS) -> Floats:
        """The same (forces, samples, roots) under each intervention; if sampled, in the same worlds."""
        if self.way == "exact":
            return in_one_sweep(self, p, forces)
        return np.stack([self.probabilities(p, force, draws) for force in forces])

    def gradients(
        self, p: Floats, combine: Floats | None = None, force: Force = NO_FORCE, draws: Draws = FIRST_DRAWS
    ) -> tuple[Floats, Floats]:
        """Combined roots (samples, k) and derivatives by coin (samples, k, coins).

        The chain rule carries the parts' derivatives by their inputs through the diagrams. Where worlds are
        sampled, both are from the same worlds, at least 2 words per sample.
        """
        roots = len(self._inner.diagram.roots)
        seeds = np.zeros((self.roots if combine is None else len(combine), roots))
        seeds[:, : self.roots] = np.eye(self.roots) if combine is None else combine
        columns = self._with_heads(force.applied(p), draws)
        values, slopes = self._inner.gradients(columns, seeds)
        read = self._inner.gradients(columns, np.eye(roots)[self.roots :])[1] if roots > self.roots else None
        for part in reversed(self.parts):
            leaves = self._leaves(part, columns)
            flow = part.answers.pulled_back(leaves, slopes[:, :, part.columns], draws)
            direct = part.leaves < columns.shape[1]
            slopes[:, :, part.leaves[direct]] += flow[:, :, direct]
            if read is not None and not direct.all():
                through = read[:, part.leaves[~direct] - columns.shape[1]]
                slopes += np.matmul(flow[:, :, ~direct], through)
        return values, slopes[:, :, : self._coins]

    def _with_heads(self, p: Floats, draws: Draws) -> Floats:
        """The coins' probabilities, followed by those of the parts' heads."""
        columns = np.zeros((len(p), self._inner.diagram.coins))
        columns[:, : self._coins] = p
        for part in self.parts:
            columns[:, part.columns] = part.answers.probabilities(self._leaves(part, columns), draws)
        return columns

    def _leaves(self, part: AnsweredPart, columns: Floats) -> Floats:
        """The probabilities (samples, leaves) of a part's leaves."""
        if (part.leaves < columns.shape[1]).all():
            return columns[:, part.leaves]
        read = self._inner.probabilities(columns)[:, self.roots :]
        return np.concatenate([columns, read], axis=1)[:, part.leaves]


class SampledPartsEngine(PartsEngine):
    """The same where every root is a draw or a sampled head, or its negation: worlds can be compared."""

    def twins(self, p: Floats, other: Floats, draws: Draws = FIRST_DRAWS) -> Twins:
        """The roots at `p` and at `other` (samples, coins), and how often they differ in the same worlds.

        A draw that is true at a probability is true at every larger one.
        """
        one, two = (np.zeros((len(p), self._inner.diagram.coins)) for _ in range(2))
        one[:, : self._coins], two[:, : self._coins] = p, other
        gained, lost = np.maximum(one - two, 0.0), np.maximum(two - one, 0.0)
        for part in self.parts:
            assert isinstance(part.answers, TwinAnswers)
            shares = part.answers.twins(self._leaves(part, one), self._leaves(part, two), draws)
            one[:, part.columns], two[:, part.columns], both = shares
            gained[:, part.columns], lost[:, part.columns] = shares[0] - both, shares[1] - both
        at_0, at_1 = (self._literals(np.full_like(one[:1], end)) for end in (0.0, 1.0))
        ours, theirs = (np.abs(self._literals(each) - at_0) for each in (gained, lost))
        negated = at_1 < at_0
        only, only_other = np.where(negated, theirs, ours), np.where(negated, ours, theirs)
        return Twins(self._literals(one), self._literals(two), only, only_other)

    def _literals(self, columns: Floats) -> Floats:
        return self._inner.probabilities(columns)[:, : self.roots]


class ExactPartsEngine(PartsEngine):
    """The same where no part is sampled: it also knows its coins, and bounds its answers over boxes."""

    @cached_property
    def coins_read(self) -> Ints:
        """The coins that any answer depends on, in ascending order."""
        direct = [part.leaves[answers.leaves_read] for part, answers in self._exact]
        read = np.unique(np.concatenate([self._inner.coins_read, *direct]))
        found: Ints = read[read < self._coins].astype(np.int32)
        return found

    def ranges(self, low: Floats, high: Floats) -> Range:
        """Bounds (samples, roots) where each coin's probability is between `low` and `high`."""
        ends = [np.zeros((len(low), self._inner.diagram.coins)) for _ in range(2)]
        ends[0][:, : self._coins], ends[1][:, : self._coins] = low, high
        for part, answers in self._exact:
            read = self._inner.ranges(*ends)
            least = np.concatenate([ends[0], read.low[:, self.roots :]], axis=1)[:, part.leaves]
            most = np.concatenate([ends[1], read.high[:, self.roots :]], axis=1)[:, part.leaves]
            ends[0][:, part.columns], ends[1][:, part.columns] = answers.ranges(least, most)
        found = self._inner.ranges(*ends)
        return Range(found.low[:, : self.roots], found.high[:, : self.roots])

    def is_false(self, root: int) -> bool:
        """Whether a root can never be true, whatever the coins' probabilities.

        It has then the probability 0 with fair coins; not known, so False, of more coins than that could
        need without vanishing.
        """
        return len(self.coins_read) <= FAIR_COINS and bool(self._fair[root] == 0)

    @cached_property
    def _fair(self) -> Floats:
        (found,) = self.probabilities(np.full((1, self._coins), 0.5))
        return np.asarray(found)

    @cached_property
    def _exact(self) -> list[tuple[AnsweredPart, ExactAnswers]]:
        answers = [part.answers for part in self.parts]
        assert all(isinstance(answer, ExactAnswers) for answer in answers)
        return list(zip(self.parts, cast("list[ExactAnswers]", answers), strict=True))


def compile_in_parts(
    wanted: Target,
    answering: Callable[[Network], Callable[[OpenPart], Answers]],
    *,
    asked: str,
    whole: Way,
    node_budget: int,
    seconds: float,
    progress: Callable[[int, int], None] | None = None,
) -> Engine:
    """The engine of `wanted`, by `answering` where there is no diagram; without such parts the exact one.

    With a budget of 0 nodes all is one part, since that was `asked`, of the way `whole` if it is empty.
    """
    begin = clock()
    network = simplify(wanted.gates, wanted.roots)
    budget = Budget(node_budget, begin + seconds)
    coins = len(wanted.coins)
    assembled = assemble(network, coins, list(wanted.steps), budget, progress, in_parts=True)
    if not assembled.parts and node_budget:
        return ExactEngine(network, assembled, wanted.labels, wanted.coins, clock() - begin)
    read, leaves = _read(assembled)
    answer = answering(network)
    parts = [
        AnsweredPart(columns, part.first, len(part.module.heads), answer(OpenPart(network, part, columns)))
        for part, columns in zip(assembled.parts, leaves, strict=True)
    ]
    sampled_first = sorted(zip(assembled.parts, parts, strict=True), key=lambda pair: not pair[1].sampled)
    stopped = [part.stopped for part, _ in sampled_first if part.stopped is not None]
    reason = asked if not stopped else too_large(network, wanted.labels, stopped[0], seconds)
    diagram = assembled.diagram
    diagram = diagram._replace(roots=np.concatenate([diagram.roots, read]).astype(np.int32))
    heads = [f"head {head} of a part" for head in range(diagram.coins - coins)]
    inner = ExactEngine(
        network,
        replace(assembled, diagram=diagram),
        wanted.labels,
        [*wanted.coins, *heads],
        clock() - begin,
    )
    way = _way(assembled, parts, whole)
    made: dict[Way, type[PartsEngine]]
    made = {"exact": ExactPartsEngine, "mixed": PartsEngine, "montecarlo": SampledPartsEngine}
    return made[way](
        inner,
        parts,
        way=way,
        coins=coins,
        roots=len(wanted.roots),
        reason=reason,
        seconds=clock() - begin,
    )


def _way(assembled: Assembled, parts: Sequence[AnsweredPart], whole: Way) -> Way:
    sampled = [part.sampled for part in parts]
    if not parts:
        return whole
    if not any(sampled):
        return "exact"
    return "montecarlo" if all(sampled) and not assembled.tops else "mixed"


def _read(assembled: Assembled) -> tuple[Ints, list[Ints]]:
    """The slots other than coins that parts read, and the columns of each part's leaves."""
    columns = assembled.diagram.coins
    read = np.unique(np.concatenate([part.leaves for part in assembled.parts] or [np.empty(0, np.int32)]))
    read = read[read >= 2 + columns]
    leaves = [
        np.where(part.leaves >= 2 + columns, columns + np.searchsorted(read, part.leaves), part.leaves - 2)
        for part in assembled.parts
    ]
    return read.astype(np.int32), [slots.astype(np.int32) for slots in leaves]
