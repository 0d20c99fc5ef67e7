"""The stories between two: the first with some changes taken from the second, each valued once.

Parameters and draws are addressed by the author's paths, so stories that have a part in common see the same
randomness there, and their difference has a small error.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sensa import running
from sensa.circuit import Circuit
from sensa.comparing.aligning import Alignment
from sensa.comparing.differences import JUDGED
from sensa.engines import Draws, Engine
from sensa.kernels.program import Floats
from sensa.model import Model, Progress, Settings
from sensa.parameters import BLOCK, RunError, Sampler
from sensa.stories.positions import scan
from sensa.stories.problems import Place, StoryError
from sensa.stories.reading import Story
from sensa.stories.shape import shaped

Taken = frozenset[int]  # numbers of differences
KEPT = 64  # engines
WORDS = 64  # of worlds at a point, where a story between two is the only one that samples them


class InfeasibleError(Exception):
    """These changes without the others make no story that can be run."""

    def __init__(self, taken: Taken) -> None:
        super().__init__()
        self.taken = taken


@dataclass(frozen=True)
class Design:
    """How all stories are valued, so that their differences mean something."""

    settings: Settings
    among: tuple[str, ...]  # the parameters of both stories, each with its own dimension
    outcomes: tuple[str, ...]  # of both
    at_means: bool  # both stories' means are decided by the parameters' means
    points: int
    words: int


def design(before: Model, after: Model, share: float) -> Design:
    """A design for two stories and those between, each with this share of the work of an analysis."""
    settings = replace(after.settings, work=after.settings.work * share)
    paths = [p.path for model in (after, before) for p in model.circuit.parameters]
    names = [name for model in (after, before) for name in model.outcomes]
    efforts = [replace(model, settings=settings).effort(model.ends) for model in (before, after)]
    words = [effort.words for effort in efforts if effort.words]
    at_means = before.mean_p is not None and after.mean_p is not None
    points = min(effort.points for effort in efforts)
    return Design(
        settings,
        tuple(dict.fromkeys(paths)),
        tuple(dict.fromkeys(names)),
        at_means,
        points,
        min(words, default=WORDS),
    )


def bare(document: dict[str, Any]) -> dict[str, Any]:
    """A document without what no outcome's probability depends on, and which may name what is not there.

    Without losses, and what ties them to other numbers: of a Gaussian copula the rest stays as it is.
    """
    kept = {key: value for key, value in document.items() if key not in JUDGED}
    if isinstance(kept.get("outcomes"), dict):
        kept["outcomes"] = {name: _without_loss(table) for name, table in kept["outcomes"].items()}
    if isinstance(kept.get("dependence"), list):
        kept["dependence"] = [pair for pair in kept["dependence"] if not _ties_loss(pair)]
    return kept


def _ties_loss(pair: dict[str, Any]) -> bool:
    return any(str(path).startswith("outcomes.") for path in pair.get("between", ()))


def _without_loss(table: Any) -> Any:
    return {key: value for key, value in table.items() if key != "loss"} if isinstance(table, dict) else table


def model_of(document: dict[str, Any], file: str, settings: Settings, progress: Progress) -> Model:
    """A document read, checked and compiled. Raises `StoryError`."""
    found, problems = shaped(document, lambda path, key: Place(file, 1, 1))
    if found is None:
        raise StoryError(problems)
    story, _ = running.examine(Story(file, "", "", found, scan("")))
    return running.prepare(story, settings, progress)


@dataclass
class Between:
    """Stories between two by the differences taken, and how likely each outcome is in them."""

    alignment: Alignment
    file: str
    settings: Settings
    progress: Progress
    design: Design | None = None
    _values: dict[Taken, Floats | None] = field(default_factory=dict)
    _engines: dict[bytes, dict[bytes, Engine]] = field(default_factory=dict)

    def model(self, taken: Taken) -> Model:
        """The story with these differences, ready for questions. Raises `StoryError`."""
        document = bare(self.alignment.mixed(taken))
        model = model_of(document, self.file, self.settings, self.progress)
        if len(self._engines) > KEPT:
            self._engines.clear()
        return replace(model, _engines=self._engines.setdefault(_shape(model.circuit), {}))

    def value(self, taken: Taken) -> Floats:
        """How likely each outcome is (replicates, outcomes), one replicate where that is exact.

        Raises `InfeasibleError` where the story cannot be run, `EngineRefusal` where it is too large.
        """
        if taken not in self._values:
            assert self.design is not None
            try:
                self._values[taken] = valued(self.model(taken), self.design)
            except (StoryError, RunError):
                self._values[taken] = None
        found = self._values[taken]
        if found is None:
            raise InfeasibleError(taken)
        return found

    def feasible(self, taken: Taken) -> bool:
        """Whether the story with these differences can be run."""
        try:
            self.value(taken)
        except InfeasibleError:
            return False
        return True


def valued(model: Model, design: Design) -> Floats:
    """How likely each outcome of the design is (replicates, outcomes), 0 where the story has none such."""
    by_root = _roots(model, design)
    values = by_root @ model.by_outcome[: by_root.shape[1]]
    found = np.zeros((len(values), len(design.outcomes)))
    for i, name in enumerate(model.outcomes):
        found[:, design.outcomes.index(name)] = values[:, i]
    return found


def _roots(model: Model, design: Design) -> Floats:
    engine, roots = model.ends, len(model.circuit.roots)
    replicates = range(design.settings.replicates)
    p = model.mean_p if design.at_means or not model.circuit.parameters else None
    if p is not None:
        if engine.way == "exact":
            return engine.probabilities(p)[:, :roots]
        words = design.points * design.words
        each = [engine.probabilities(p, draws=Draws(r, 0, words))[0, :roots] for r in replicates]
        return np.stack(each)
    among = (*design.among, *_others(model.circuit, design.among))
    sampler = Sampler(model.circuit, design.settings.seed, among)
    sums = np.zeros((len(replicates), roots))
    block = max(min(BLOCK, (1 << 22) // model.width), 1)
    for part in sampler.blocks(replicates=len(replicates), points=design.points, block=block):
        draws = Draws(part.replicate, part.start, design.words)
        sums[part.replicate] += engine.probabilities(part.p, draws=draws)[:, :roots].sum(axis=0)
    return sums / design.points


def _others(circuit: Circuit, among: Sequence[str]) -> list[str]:
    """Parameters that only a story between two has, as where a case stands at an index of its own."""
    return [parameter.path for parameter in circuit.parameters if parameter.path not in among]


def _shape(circuit: Circuit) -> bytes:
    """What an engine is made of: stories that differ in numbers alone have it in common."""
    draws = "\n".join(coin.draw for coin in circuit.coins).encode()
    roots = repr([(root.outcome, root.step, root.gate) for root in circuit.roots]).encode()
    losses = repr([loss.gate for loss in circuit.losses]).encode()
    return b"\0".join([*(array.tobytes() for array in circuit.gates), draws, roots, losses])
