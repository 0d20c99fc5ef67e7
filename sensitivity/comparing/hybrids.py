"""Hybrids of two stories: the first with some changes of the second, each evaluated once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sensa import pipeline
from sensa.comparing.differences import JUDGED
from sensa.comparing.path_values import Design, Family, family, plain, valued
from sensa.comparing.tree_alignment import Alignment
from sensa.engines.cache import EngineCache
from sensa.kernels.program import Floats
from sensa.sampling.parameters import RunError
from sensa.sampling.settings import Progress, Settings
from sensa.session import Session
from sensa.stories.loading import examine
from sensa.stories.positions import scan
from sensa.stories.problems import StoryError
from sensa.stories.story import story_of

Taken = frozenset[int]  # indices of differences
MAX_HYBRID_ENGINES = 64
MAX_KEPT_PROBABILITIES = 1 << 25  # probabilities cached for stories that differ only in numbers


class InfeasibleError(Exception):
    """These changes without the others are no story that can be run."""

    def __init__(self, taken: Taken, cause: StoryError | RunError) -> None:
        super().__init__(str(cause))
        self.taken = taken
        self.cause = cause


@dataclass
class Between:
    """Hybrids by the differences taken, with the probabilities of their outcomes.

    `numbers` are the indices of differences of plain numbers, which need no compiling.
    """

    alignment: Alignment
    file: str
    settings: Settings
    progress: Progress
    design: Design | None = None
    numbers: Taken = frozenset()
    _values: dict[Taken, Floats | StoryError | RunError] = field(default_factory=dict)
    _engines: EngineCache = field(default_factory=lambda: EngineCache(most=MAX_HYBRID_ENGINES))
    _families: dict[Taken, Family | None] = field(default_factory=dict)

    def session(self, taken: Taken) -> Session:
        """The hybrid with these differences, read, checked and compiled. Raises `StoryError`."""
        document = bare(self.alignment.mixed(taken))
        story, _ = examine(story_of(document, self.file, "", scan("")))
        session = pipeline.prepare(story, self.settings, self.progress)
        return replace(session, engines=self._engines)

    def value(self, taken: Taken) -> Floats:
        """The probabilities of the outcomes (replicates, outcomes); one replicate if exact.

        Raises `InfeasibleError` if the hybrid cannot be run, `EngineRefusal` if it is too large.
        """
        if taken not in self._values:
            try:
                self._values[taken] = self._value(taken)
            except (StoryError, RunError) as error:
                self._values[taken] = error
        found = self._values[taken]
        if isinstance(found, StoryError | RunError):
            raise InfeasibleError(taken, found)
        return found

    def refine(self, rare: tuple[str, ...], known: Mapping[Taken, Floats]) -> None:
        """Re-estimate these outcomes in all further hybrids; those in `known` have them already."""
        if rare and self.design is not None:
            self.design = replace(self.design, rare=rare)
            self._families.clear()
            self._values.clear()
            self._values.update(known)

    def feasible(self, taken: Taken) -> bool:
        """Whether the hybrid with these differences can be run."""
        try:
            self.value(taken)
        except InfeasibleError:
            return False
        return True

    def _value(self, taken: Taken) -> Floats:
        assert self.design is not None
        found = self._family(taken - self.numbers) if len(self.numbers) > 1 else None
        if found is not None:
            return found.value(sorted(taken & self.numbers))
        return valued(self.session(taken), self.design)

    def _family(self, structure: Taken) -> Family | None:
        """The hybrids with these differences and any of those of plain numbers."""
        if structure not in self._families:
            assert self.design is not None
            differences = {i: self.alignment.differences[i] for i in self.numbers}
            try:
                ends = self.session(structure), self.session(structure | self.numbers)
                self._families[structure] = family(*ends, self.design, differences)
            except (StoryError, RunError):
                self._families[structure] = None
            while (
                sum(one.size for one in self._families.values() if one is not None) > MAX_KEPT_PROBABILITIES
            ):
                del self._families[next(iter(self._families))]
        return self._families[structure]


def plain_numbers(alignment: Alignment, movers: Taken) -> Taken:
    """The differences of plain numbers among these."""
    return frozenset(i for i in movers if plain(alignment.differences[i]))


def bare(document: dict[str, Any]) -> dict[str, Any]:
    """A document without what affects no outcome's probability, as that may name things a hybrid lacks.

    This removes losses, their correlations and the weights of experts on losses alone too; the rest of a
    Gaussian copula stays the same.
    """
    kept = {key: value for key, value in document.items() if key not in JUDGED}
    if isinstance(kept.get("outcomes"), dict):
        kept["outcomes"] = {name: _without_loss(table) for name, table in kept["outcomes"].items()}
    if isinstance(kept.get("dependence"), list):
        kept["dependence"] = [pair for pair in kept["dependence"] if not _ties_loss(pair)]
    table = kept.get("experts")
    if isinstance(table, dict) and isinstance(table.get("weights"), dict):
        gone = _experts(document) - _experts(kept)
        weights = {name: weight for name, weight in table["weights"].items() if name not in gone}
        kept["experts"] = {**table, "weights": weights}
    return kept


def _experts(document: dict[str, Any]) -> set[str]:
    """The experts who gave a number somewhere."""
    found: set[str] = set()
    waiting: list[Any] = list(document.values())
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
            if isinstance(one.get("experts"), list):
                found |= {str(each["name"]) for each in one["experts"] if "name" in each}
        elif isinstance(one, list | tuple):
            waiting.extend(one)
    return found


def _ties_loss(pair: dict[str, Any]) -> bool:
    return any(str(path).startswith("outcomes.") for path in pair.get("between", ()))


def _without_loss(table: Any) -> Any:
    return {key: value for key, value in table.items() if key != "loss"} if isinstance(table, dict) else table
