"""The plan of a portfolio: which stories, at which values of their numbers, in which blocks."""

import hashlib
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import accumulate
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import tomli

from sensa.checkpoints.manifest import of_settings
from sensa.kernels.program import Floats
from sensa.portfolios.dimensions import Dimension
from sensa.properties.verdicts import Status
from sensa.results import QUANTILES
from sensa.reviewing.review import FailOn
from sensa.sampling.settings import Settings
from sensa.stories.problems import StoryError
from sensa.stories.reading import Contents, Written, text_of

MAX_NAMES = 64  # of outcomes, or of properties, over all stories; with more, there is no column for each
CELLS = 8  # in a block, each a run
ROWS = 1 << 14  # in a block where only means are computed
OUTPUTS = ("success", "fail_safe", "catastrophic", "failure", "loss")
STATES = ("passed", "failed", "undecided")
VERDICTS: tuple[Status, ...] = get_args(Status)
STATUSES = ("answered", "wrong", "refused", "internal")
NOT_RUN = "not run"
Places = tuple[npt.NDArray[np.intp], ...]  # of variants along each dimension


@dataclass(frozen=True)
class Entry:
    """A story of the portfolio: its file, and the hash of its text; empty if it cannot be read.

    Standard input can be read only once: `text` is then the story's.
    """

    file: str
    digest: str
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Judging:
    """How properties are judged: on which day, by which rules of an organisation, and what fails a story."""

    today: date
    fail_on: FailOn = "error"
    rules: Contents | None = None

    def decided_by(self, *, waived: bool) -> dict[str, Any]:
        """What of it decides verdicts, as JSON; the day does where there are waivers."""
        found: dict[str, Any] = {} if self.fail_on == "error" else {"fail_on": self.fail_on}
        if waived:
            found["today"] = self.today.isoformat()
        if self.rules is not None:
            found["properties"] = hashlib.sha256(self.rules.data).hexdigest()
        return found


@dataclass(frozen=True)
class Options:
    """What, with a story and the values of its numbers, decides the numbers of a cell."""

    settings: Settings = field(default_factory=Settings)
    seconds: float | None = None  # for a cell
    means_only: bool = False
    outcomes: tuple[str, ...] = ()  # the outcomes that have columns of their own
    judging: Judging | None = None
    properties: tuple[str, ...] = ()  # the properties that have columns of their own

    @cached_property
    def places(self) -> dict[str, slice]:
        """Where the parts of a cell are in its row of numbers."""
        quantiles = 0 if self.means_only else len(OUTPUTS) * len(QUANTILES)
        sizes = {
            "status": 1,
            "how": 1,
            "mean": len(OUTPUTS),
            "error": len(OUTPUTS),
            "share": 1,
            "quantiles": quantiles,
            "outcome_mean": len(self.outcomes),
            "outcome_error": len(self.outcomes),
            "state": 0 if self.judging is None else 1,
            "verdict": len(self.properties),
            "margin": len(self.properties),
        }
        ends = list(accumulate(sizes.values()))
        return {name: slice(end - sizes[name], end) for name, end in zip(sizes, ends, strict=True)}

    @property
    def width(self) -> int:
        """The number of values in a row."""
        return max(int(place.stop) for place in self.places.values())


@dataclass(frozen=True)
class Part:
    """Cells of one story: its file, and the values (cells, paths) of its numbers.

    `origins` has for each path where its values are written, and the line for each cell if there is one.
    """

    entry: Entry
    paths: tuple[str, ...]
    rows: Floats
    text: str | None = None  # of the story, where the file may be out of reach
    origins: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def origin(self, path: str, cell: int) -> str:
        """Where the value of a number in a cell is written."""
        origin, lines = self.origins[self.paths.index(path)]
        return f"{origin}:{lines[cell]}" if lines else origin

    def with_text(self) -> "Part":
        """The same with the story's text, if the file can be read."""
        with suppress(StoryError):
            return self if self.text is not None else replace(self, text=text_of(self.entry.file))
        return self


@dataclass(frozen=True)
class Task:
    """A block of cells: a place in the loop over blocks, as the executor wants it."""

    index: int
    parts: tuple[Part, ...]
    replicate: int = 0

    @property
    def start(self) -> int:
        """The place of the block."""
        return self.index

    def with_texts(self) -> "Task":
        """The same with the texts of its stories, for another machine."""
        return replace(self, parts=tuple(part.with_text() for part in self.parts))

    @property
    def cells(self) -> int:
        """The number of cells."""
        return sum(len(part.rows) for part in self.parts)


@dataclass(frozen=True)
class Plan:
    """The stories, the dimensions of the sweep and the options; cells are in row-major order."""

    entries: tuple[Entry, ...]
    dimensions: tuple[Dimension, ...]
    options: Options
    size: int = CELLS  # cells of a block
    waived: bool = False  # whether any story has waivers

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of stories, and of values of each dimension."""
        return (len(self.entries), *(dimension.size for dimension in self.dimensions))

    @property
    def cells(self) -> int:
        """The number of cells."""
        return math.prod(self.shape)

    @property
    def blocks(self) -> int:
        """The number of blocks."""
        return -(-self.cells // self.size)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of all swept numbers."""
        return tuple(path for dimension in self.dimensions for path in dimension.values)

    @property
    def decided_by(self) -> dict[str, Any]:
        """What, besides the stories and versions, decides the cells, as JSON."""
        options = self.options
        swept = {
            f"sweep {dimension.name}": f"{dimension.size} values, {_hash_of(dimension)}"
            for dimension in self.dimensions
        }
        judging = options.judging.decided_by(waived=self.waived) if options.judging else {"judged": False}
        return {
            **of_settings(options.settings),
            **judging,
            "limit": options.seconds,
            "means_only": options.means_only,
            "outcomes": list(options.outcomes),
            "columns of properties": list(options.properties),
            "cells": self.size,
            **swept,
        }

    def tasks(self) -> Iterator[Task]:
        """The blocks, in order; nothing is read yet."""
        for index in range(self.blocks):
            first = index * self.size
            yield Task(index, tuple(self._parts(first, min(first + self.size, self.cells))))

    def _parts(self, first: int, end: int) -> Iterator[Part]:
        variants = math.prod(self.shape[1:])
        for story in range(first // variants, (end - 1) // variants + 1):
            begin, stop = max(first - story * variants, 0), min(end - story * variants, variants)
            places = np.unravel_index(np.arange(begin, stop), self.shape[1:]) if self.dimensions else ()
            yield Part(
                self.entries[story],
                self.paths,
                self._rows(places, stop - begin),
                self.entries[story].text,
                origins=self._origins(places),
            )

    @cached_property
    def _columns(self) -> list[Floats]:
        """The values (values, paths) of each dimension."""
        return [
            np.array(list(dimension.values.values()), float).T.reshape(dimension.size, -1)
            for dimension in self.dimensions
        ]

    def _rows(self, places: Places, variants: int) -> Floats:
        """The values (variants, paths) of the swept numbers, by the places along each dimension."""
        if not self.dimensions:
            return np.empty((variants, 0))
        return np.hstack([values[at] for at, values in zip(places, self._columns, strict=True)])

    def _origins(self, places: Places) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Where the values of each path are written, with the lines of its variants."""
        found = []
        for at, dimension in zip(places, self.dimensions, strict=True):
            lines = tuple(dimension.lines[place] for place in at) if dimension.lines else ()
            found += [(dimension.origin, lines)] * len(dimension.values)
        return tuple(found)


def plan(files: Sequence[Written], dimensions: tuple[Dimension, ...], options: Options) -> Plan:
    """The plan for these files, each read once for its hash and the names of outcomes and properties."""
    entries, waived = [], False
    outcomes, properties = dict[str, None](), dict[str, None]()
    for file in files:
        text, raw = _looked_at(file)
        digest = "" if text is None else hashed(text)
        entries.append(Entry(str(file), digest, text if isinstance(file, Contents) else None))
        outcomes |= _names(raw, "outcomes", outcomes)
        properties |= _names(raw, "properties", properties)
        waived |= bool(raw.get("waivers"))
    if options.judging is not None and options.judging.rules is not None:
        properties |= _names(_looked_at(options.judging.rules)[1], "properties", properties)
    whole = replace(
        options,
        outcomes=tuple(outcomes) if len(outcomes) <= MAX_NAMES else (),
        properties=tuple(properties) if options.judging and len(properties) <= MAX_NAMES else (),
    )
    return Plan(tuple(entries), dimensions, whole, ROWS if options.means_only else CELLS, waived)


def _looked_at(file: Written) -> tuple[str | None, dict[str, Any]]:
    """A story's text, and its tables, as far as they can be read."""
    try:
        text = text_of(file)
    except StoryError:
        return None, {}
    with suppress(ValueError, RecursionError):
        return text, tomli.loads(text.removeprefix("\ufeff"))
    return text, {}


def _names(raw: Mapping[str, Any], table: str, known: Collection[str]) -> dict[str, None]:
    """The names in a table, unless there are too many already."""
    found = raw.get(table)
    return dict.fromkeys(found) if isinstance(found, dict) and len(known) <= MAX_NAMES else {}


def _hash_of(dimension: Dimension) -> str:
    """A short hash of a dimension's values and labels."""
    return hashed(repr((sorted(dimension.values.items()), dimension.labels)))[:16]


def hashed(text: str) -> str:
    """The sha256 of a text as hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()
