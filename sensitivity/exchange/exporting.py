"""A prepared story as a file of another tool."""

from sensa.exchange.errors import ExchangeError
from sensa.exchange.formats import WRITERS
from sensa.pipeline import analyse, prepare
from sensa.sampling.parameters import at_means
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.arguments import require_number
from sensa.stories.loading import Source, load
from sensa.stories.problems import unknown
from sensa.stories.story import Story


def export_story(story: Source, format: str, *, samples: int = 1024, settings: Settings | None = None) -> str:
    """A story as the text of another tool's file (docs/exchange.md).

    `format` is one of `open-psa`, `bif`, `xdsl`, `gsn`, `csv` and `samples`. A fault tree or a network gives
    the same probabilities of a catastrophic and of a fail-safe end as the story at the means of its uncertain
    numbers. `csv` has every number of the result, `samples` that many rows. Misleads where a number is read
    twice: the probability at its mean is not the mean probability. Raises `ExchangeError` for what cannot be
    carried, and `ValueError` for an unknown format.
    """
    names = [known.name for known in WRITERS]
    if format not in names:
        raise ValueError(unknown("format", format, names))
    require_number("samples", samples, whole=True)
    if samples < 1:
        raise ValueError("`samples`: at least one")
    loaded = load(story)
    return exported(loaded, prepare(loaded, settings), format, samples)


def exported(story: Story, session: Session, name: str, samples: int = 1024) -> str:
    """The text of the file in the format `name`, a row of `formats.WRITERS`.

    Fault trees and networks have the story at the means of its uncertain numbers; the argument (`gsn`) has
    no numbers but credences as written. Raises `ExchangeError` for what cannot be carried.
    """
    if name == "gsn":
        from sensa.exchange import gsn_writing

        return gsn_writing.written(story.document, story.values)
    if name == "csv":
        from sensa.exchange import csv_writing

        return csv_writing.answers(analyse(session))
    if name == "samples":
        return _samples(session, samples)
    from sensa.exchange import bif_writing, open_psa_writing, xdsl_writing
    from sensa.exchange.circuit_tree import fault_tree
    from sensa.exchange.fault_tree_network import network_of
    from sensa.exchange.names import story_names

    (title,) = story_names([story.document.story.title]).values()
    tree = fault_tree(session.circuit, at_means(session.circuit).p[0].tolist(), title)
    if name == "open-psa":
        return open_psa_writing.written(tree)
    network = network_of(tree)
    return xdsl_writing.written(network) if name == "xdsl" else bif_writing.written(network)


def risks(session: Session) -> tuple[float, float] | None:
    """P(catastrophic) at the means of the uncertain numbers, as in a file, and the story's own.

    None where there is no diagram within the budget, or where they differ by no more than two errors.
    """
    engine = session.exact_ends
    if engine is None:
        return None
    catastrophic = session.circuit.by_kind[:, session.circuit.kinds.index("catastrophic")]
    ends = (engine.probabilities(at_means(session.circuit).p) @ session.by_outcome)[0]
    at_the_means, own = float(ends @ catastrophic), float(session.ended.mean @ catastrophic)
    differ = abs(at_the_means - own) > 2.0 * float(session.ended.error @ catastrophic)
    return (at_the_means, own) if differ else None


def _samples(session: Session, count: int) -> str:
    from sensa.exchange import csv_writing

    engine = session.exact_ends
    if engine is None:
        raise ExchangeError("samples need a diagram, and this story has none within the budget")
    block = session.points.sampler.block(replicate=0, start=0, count=count)
    q = engine.probabilities(block.p) @ session.by_outcome
    paths = [parameter.path for parameter in session.circuit.parameters]
    return csv_writing.samples(paths, block.theta, session.outcomes, q)
