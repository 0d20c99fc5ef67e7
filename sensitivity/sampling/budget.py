"""The budget of an analysis: parameter values, and worlds at each of them."""

from dataclasses import dataclass

from sensa.engines.protocol import Engine
from sensa.sampling.settings import Settings

WORLDS = 64  # in a word
MEAN_BATCHES = 16  # independent runs of worlds with parameters at their means
MIN_WORDS = 64  # of a batch, computed together
COIN_NODES, PARAMETER_NODES = (
    2,
    40,
)  # cost of a coin's probability and of a parameter's value, in diagram nodes
WORD_NODES = 1.5  # cost of a row of 64 worlds, in diagram nodes
MAX_WORLDS = 1 << 25  # if no precision asks for more
WORLDS_WORK = 10  # sampled worlds may cost this many times the work of exact results


@dataclass(frozen=True)
class Effort:
    """The effort of an analysis: parameter values of a replicate, and words of worlds for each."""

    points: int
    words: int


BRIEF_EFFORT = Effort(64, 16)  # for the remaining results of an interrupted run


@dataclass(frozen=True)
class Budget:
    """The budget of analyses of a circuit under these settings."""

    settings: Settings
    coins: int
    parameters: int
    at_means: bool  # whether only the parameters' means matter for all means

    @property
    def replicates(self) -> int:
        """The number of replicates: one, with one sample, for a story without parameters."""
        return self.settings.replicates if self.parameters else 1

    @property
    def asked(self) -> int:
        """The requested number of points of a replicate."""
        return self.settings.points // self.settings.replicates

    def points_for(self, passes: int, size: int) -> int:
        """The number of points per replicate, a power of two, for an analysis of `passes` passes."""
        sample = passes * (size + COIN_NODES * self.coins) + PARAMETER_NODES * self.parameters + 1
        affordable = int(self.settings.work / (sample * self.settings.replicates))
        return max(min(self.asked, _power(affordable)), 2)

    def effort(self, engine: Engine, passes: int = 1, *, spread: bool = False) -> Effort:
        """The effort of an analysis of `passes` passes through an engine, for means or over the parameters.

        Means take one point if only the parameters' means matter and worlds are sampled.
        """
        if engine.way == "exact":
            return Effort(self.points_for(passes, engine.size), 0)
        at_means = self.at_means and not spread
        groups = MEAN_BATCHES if at_means else self.replicates
        words = int(WORLDS_WORK * self.settings.work / (WORD_NODES * passes * max(engine.size, 1) * groups))
        words = min(words, (self.settings.samples or MAX_WORLDS) // (WORLDS * groups))
        if at_means:
            return Effort(1, max(_power(words), MIN_WORDS))
        words = max(_power(words), 4)
        points = min(words // 2, _power(self.asked if self.parameters else 1))
        return Effort(points, words // points)


def _power(count: int) -> int:
    """The largest power of two up to `count`."""
    return 1 << max(count, 1).bit_length() - 1
