"""Compute blocks of cells: each a story at some values of its numbers."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

import numpy as np

from sensa.engines.cache import EngineCache
from sensa.engines.protocol import FIRST_DRAWS, Draws, EngineRefusal
from sensa.interrupts import TimeUp, limited
from sensa.kernels.program import Floats
from sensa.methods.fixed_numbers import fixed
from sensa.methods.variants import require_numbers
from sensa.pipeline import located, opened, prepare
from sensa.portfolios.judging import Judged, read
from sensa.portfolios.plan import STATES, STATUSES, VERDICTS, Options, Part, Task, hashed
from sensa.portfolios.rows import WAYS, by_variant, row
from sensa.sampling.journal import Stored
from sensa.sampling.parameters import MAX_NAMED, RunError
from sensa.sampling.rules import CLIP, WHATEVER
from sensa.session import Session
from sensa.stories.loading import loads
from sensa.stories.problems import StoryError, cut, escaped, quoted
from sensa.stories.reading import text_of

MAX_ENGINES = 32  # kept for stories that differ in numbers only
MAX_MESSAGE = 400  # characters

T = TypeVar("T")


@dataclass(frozen=True)
class Failed:
    """Why there are no numbers."""

    status: str
    message: str


@dataclass(frozen=True)
class Answered:
    """A row of numbers, and why properties neither pass nor fail, by name."""

    values: Floats
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """A block: the matrix (cells, columns), and by a cell's place in it the words that belong to it.

    `messages` say why a cell has no numbers, `reasons` why its properties neither pass nor fail.
    """

    values: Floats
    messages: Mapping[int, str]
    reasons: Mapping[int, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Cells:
    """The computation of blocks. Stories of one structure share their engines."""

    options: Options
    engines: EngineCache = field(default_factory=lambda: EngineCache(MAX_ENGINES), repr=False, compare=False)

    def __reduce__(self) -> "tuple[type[Cells], tuple[Options]]":
        """Without the engines, which each process makes for itself."""
        return Cells, (self.options,)

    def __call__(self, task: Task, draws: Draws = FIRST_DRAWS) -> Found:
        """All cells of a block. A cell that fails has its reason; only an interrupt ends the block."""
        values = np.full((task.cells, self.options.width), np.nan)
        messages: dict[int, str] = {}
        reasons: dict[int, Mapping[str, str]] = {}
        for place, found in enumerate(found for part in task.parts for found in self._part(part)):
            if isinstance(found, Failed):
                values[place, 0] = STATUSES.index(found.status)
                messages[place] = found.message
            else:
                values[place] = found.values
                if found.reasons:
                    reasons[place] = found.reasons
        return Found(values, messages, reasons)

    def _part(self, part: Part) -> Iterator[Answered | Failed]:
        """The rows of a story's cells in order, or why there is none."""
        story = self._tried(partial(self._session, part))
        if isinstance(story, Failed):
            yield from [story] * len(part.rows)
            return
        session, judged = story
        if self.options.means_only and part.paths:
            rows = self._tried(partial(by_variant, session, part.paths, part.rows, self.options))
            if not isinstance(rows, Failed):
                yield from map(Answered, rows)
                return
        for cell in range(len(part.rows)):
            yield self._tried(partial(self._cell, session, judged, part, cell))

    def _session(self, part: Part) -> tuple[Session, Judged | None]:
        """The story, compiled, with the swept numbers as parameters, and its properties, to be judged."""
        text = text_of(part.entry.file) if part.text is None else part.text
        if hashed(text) != part.entry.digest:
            raise RunError("the story was changed during the run")
        judged, judging = None, self.options.judging
        if judging is None:
            story = loads(text, part.entry.file)
        else:
            story, judged = read(text, part.entry.file, judging)
        session = replace(prepare(story, self.options.settings), engines=self.engines)
        for path, (origin, _) in zip(part.paths, part.origins, strict=True):
            try:
                require_numbers(session, [path])
            except ValueError as error:
                raise RunError(f"{origin}: {error}") from None
        free = require_numbers(session, part.paths)
        session = opened(session, part.paths) if part.paths else session
        return session, None if judged is None else judged.opened(session, free)

    def _cell(self, session: Session, judged: Judged | None, part: Part, cell: int) -> Answered:
        place = {parameter.path: i for i, parameter in enumerate(session.circuit.parameters)}
        given = {
            place[path]: float(value)
            for path, value in zip(part.paths, part.rows[cell], strict=True)
            if path in place
        }
        with located(session.source), _naming_the_sweep(part, cell):
            at = replace(session, circuit=fixed(session.circuit, given) if given else session.circuit)
            found, reasons = row(at, self.options), {}
            if judged is not None and at.cut_by is None:
                values = dict(zip(part.paths, map(float, part.rows[cell]), strict=True))
                reasons = judged.fill(found, at, values, self.options)
        if at.cut_by is not None:
            raise KeyboardInterrupt if at.cut_by == "interrupted" else TimeUp(self.options.seconds or 0.0)
        return Answered(found, reasons)

    def _tried(self, work: Callable[[], T]) -> "T | Failed":
        """What the work gives within the time limit, or why it gives nothing."""
        try:
            with limited(self.options.seconds):
                return work()
        except TimeUp as error:
            return Failed("refused", f"{error}; allow more `--seconds`")
        except Exception as error:
            return _failed(error)


@contextmanager
def _naming_the_sweep(part: Part, cell: int) -> Iterator[None]:
    """Convert the error of a number that is swept, or that swept values alone break, to one that says so."""
    try:
        yield
    except RunError as error:
        if error.path in part.paths:
            said = error.said.replace(CLIP, "")
            raise RunError(f"{part.origin(error.path, cell)}: {quoted(error.path)}: {said}") from None
        if error.where != WHATEVER or not part.paths:
            raise
        at = zip(part.paths[:MAX_NAMED], part.rows[cell], strict=False)
        values = ", ".join(f"{path} = {float(value):.6g}" for path, value in at)
        more = f" and {len(part.paths) - MAX_NAMED} more" if len(part.paths) > MAX_NAMED else ""
        raise RunError(error.said, error.path, f" where {values}{more}") from None


def packed(found: Found) -> Stored:
    """A block as it is kept."""
    words = {"messages": found.messages, "reasons": found.reasons}
    return Stored(found.values, json.dumps(words))


def unpacked(options: Options, stored: Stored) -> Found:
    """A block from what is kept, which may be anybody's: raises `ValueError` unless it is a block."""
    values, (messages, reasons) = stored.values, _words(json.loads(stored.note))
    if values.shape[1] != options.width:
        raise ValueError("not a block of cells")
    named = (("status", STATUSES), ("how", WAYS), ("state", STATES), ("verdict", VERDICTS))
    for part, names in named:
        codes = values[:, options.places[part]]
        if not (np.isnan(codes) | np.isin(codes, range(len(names)))).all():
            raise ValueError(f"no {part} of a cell")
    if not all(0 <= place < len(values) for place in (*messages, *reasons)):
        raise ValueError("a message of no cell")
    if not all(names.keys() <= set(options.properties) for names in reasons.values()):
        raise ValueError("a reason of no property")
    return Found(values, messages, reasons)


def _words(kept: object) -> tuple[dict[int, str], dict[int, dict[str, str]]]:
    """The messages and the reasons of a block. Raises `ValueError` unless it has both."""
    match kept:
        case {"messages": dict(messages), "reasons": dict(reasons)}:
            pass
        case _:
            raise ValueError("not a block of cells")
    if not all(isinstance(names, dict) for names in reasons.values()):
        raise ValueError("not the reasons of a cell")
    texts = {int(place): _message(str(text)) for place, text in messages.items()}
    why = {
        int(place): {str(name): _message(str(text)) for name, text in names.items()}
        for place, names in reasons.items()
    }
    return texts, why


def _failed(error: Exception) -> Failed:
    if isinstance(error, StoryError):
        problems = [problem for problem in error.problems if problem.severity == "error"]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return Failed("wrong", _message(f"{problems[0]}{more}"))
    if isinstance(error, EngineRefusal):
        return Failed("refused", _message(str(error)))
    if isinstance(error, RunError):
        return Failed("wrong", _message(str(error)))
    return Failed("internal", _message(f"{type(error).__name__}: {error}"))


def _message(text: str) -> str:
    return cut(escaped(" ".join(text.split())), MAX_MESSAGE)
