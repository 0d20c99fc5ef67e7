"""What an analysis can afford: parameter values, and worlds at each of them."""

from dataclasses import dataclass

from sensa.engines.protocol import Engine
from sensa.sampling.settings import Settings

WORLDS = 64  # in a word
MEAN_BATCHES = 16  # independent runs of worlds where parameters stand at their means
MIN_WORDS = 64  # of a batch, which are worked through together
COIN_NODES, PARAMETER_NODES = (
    2,
    40,
)  # what a coin's probability and a parameter's value cost, in diagram nodes
WORD_NODES = 1.5  # what a row of 64 worlds costs, in diagram nodes
MAX_WORLDS = 1 << 25  # if no precision asks for more
WORLDS_WORK = 10  # times the work of exact answers that sampled worlds may cost, to be of use


@dataclass(frozen=True)
class Effort:
    """What an analysis can afford: parameter values of a replicate, and words of worlds for each of them."""

    points: int
    words: int


BRIEF_EFFORT = Effort(64, 16)  # for what else is needed of a run that was interrupted


@dataclass(frozen=True)
class Budget:
    """What analyses of a circuit can afford under these settings."""

    settings: Settings
    coins: int
    parameters: int
    at_means: bool  # whether the parameters' means decide all means

    @property
    def replicates(self) -> int:
        """How many replicates there are: one, of one sample, for a story without parameters."""
        return self.settings.replicates if self.parameters else 1

    @property
    def asked(self) -> int:
        """How many points a replicate were asked for."""
        return self.settings.points // self.settings.replicates

    def points_for(self, passes: int, size: int) -> int:
        """How many points (a power of two a replicate) an analysis of so many passes can afford."""
        sample = passes * (size + COIN_NODES * self.coins) + PARAMETER_NODES * self.parameters + 1
        affordable = int(self.settings.work / (sample * self.settings.replicates))
        return max(min(self.asked, _power(affordable)), 2)

    def effort(self, engine: Engine, passes: int = 1, *, spread: bool = False) -> Effort:
        """What an analysis of so many passes through an engine can afford, for means or over the parameters.

        Means take one point, where the parameters' means decide them and worlds are sampled.
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
    """The largest power of two that is not larger."""
    return 1 << max(count, 1).bit_length() - 1
