"""Ask experts by a sheet, and put what they answer into the story."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sensa.elicitation import coherence, sheets
from sensa.elicitation.classical_model import Score, scores
from sensa.elicitation.sheets import CHECK, SEED, Answer, Seed
from sensa.exchange.errors import ExchangeError
from sensa.exchange.spreadsheets import MAX_BYTES
from sensa.ordinary_files import opened
from sensa.stories.arguments import require_kind, require_number
from sensa.stories.story import Story

FilePath = str | os.PathLike[str]


@dataclass(frozen=True)
class Answered:
    """What one expert's sheet gave."""

    numbers: int  # of the story
    complaints: tuple[str, ...]  # what does not hold together in it
    score: Score | None  # on the seed questions; None without them


class Elicited(NamedTuple):
    """A story with the answers of experts, and what their sheets gave, by name."""

    story: Story
    experts: Mapping[str, Answered]


def elicitation_sheet(story: Story, *, seeds: FilePath | None = None) -> str:
    """The sheet of a story's numbers for experts to fill in, as CSV (docs/elicitation.md).

    A row for each number that can be judged, with empty cells for low, mid and high (5 %, 50 % and 95 %) and
    for why. `seeds` is a table of questions with known answers (`id`, `question`, `value`), which are asked
    too, without the answers. Raises `ExchangeError` for what is no such table.
    """
    _require_story(story)
    return sheets.sheet(story, _seeds(seeds))


def with_answers(
    story: Story, answers: Mapping[str, FilePath], *, seeds: FilePath | None = None, cutoff: float = 0.0
) -> Elicited:
    """The story with what experts answered, from the sheets that they filled in, by their names.

    Each answer becomes an entry of `experts`, or replaces the expert's earlier one; all else in the text
    stays. With `seeds` experts are weighed by how well they did on them (Cooke's classical model); those of a
    calibration below `cutoff` are left out. Misleads with few seeds, which hardly tell experts apart, and
    says nothing of whether the seeds are like the story's questions. Raises `ExchangeError`, with the row,
    for what a sheet cannot mean.
    """
    _require_story(story)
    require_kind("sheets by the names of experts", '`{"Ana": "ana.csv"}`, say', answers, Mapping)
    require_number("cutoff", cutoff)
    known = _seeds(seeds)
    given = {}
    for name, path in answers.items():
        try:
            given[name] = sheets.answers(_bytes(path), story, known)
        except ExchangeError as error:
            said = str(error)
            raise ExchangeError(said if os.fspath(path) in said else f"{os.fspath(path)}: {said}") from None
    scored = _scores(given, known, cutoff)
    experts = {}
    for name, of in given.items():
        score = scored.get(name)
        numbers = sum(not key.startswith((CHECK, SEED)) for key in of)
        experts[name] = Answered(numbers, tuple(coherence.complaints(story, of)), score)
        if score is None or score.weight:
            weight = None if score is None else float(f"{score.weight:.4g}")
            story = sheets.with_answers(story, name, weight, of)
    return Elicited(story, experts)


def _require_story(story: object) -> None:
    require_kind("a loaded story", "`sensa.load(path)` loads one", story, Story)


def _seeds(path: FilePath | None) -> tuple[Seed, ...]:
    return () if path is None else sheets.seeds_of(_bytes(path))


def _bytes(path: FilePath) -> bytes:
    try:
        with opened(path) as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ExchangeError(f"{os.fspath(path)}: {(error.strerror or str(error)).lower()}") from None


def _scores(
    given: Mapping[str, Mapping[str, Answer]], seeds: tuple[Seed, ...], cutoff: float
) -> dict[str, Score]:
    """How each expert did on the seeds; none without seeds."""
    if not seeds:
        return {}
    rows = {name: [_quantiles(name, of, seed) for seed in seeds] for name, of in given.items()}
    found = scores(rows, [seed.value for seed in seeds], cutoff=cutoff)
    if not any(score.weight for score in found.values()):
        raise ExchangeError(f"no expert has a calibration of {cutoff:g} or more; nobody has weight")
    return found


def _quantiles(name: str, of: Mapping[str, Answer], seed: Seed) -> tuple[float, float, float]:
    answer = of.get(f"{SEED}{seed.id}")
    if answer is None or answer.low is None or answer.mid is None or answer.high is None:
        raise ExchangeError(f"{name} left out the seed `{seed.id}`: it needs low, mid and high")
    return answer.low, answer.mid, answer.high
