"""Run a portfolio: every story at every combination of the swept values."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from os import PathLike, fspath
from typing import TYPE_CHECKING

import xarray as xr

from sensa.engines.choice import Choice
from sensa.portfolios.cells import Cells, packed, unpacked
from sensa.portfolios.dataset import dataset, unanswered
from sensa.portfolios.dimensions import VARIANT, Dimension, of_number, require_apart
from sensa.portfolios.plan import Judging, Options, Plan, plan
from sensa.sampling.estimates import Precision
from sensa.sampling.executor import Executor
from sensa.sampling.journal import Journal, Kept
from sensa.sampling.settings import Progress, Settings, no_progress
from sensa.sampling.workers import Workers
from sensa.store import StoreError
from sensa.stories import days

if TYPE_CHECKING:
    import pandas as pd

LOOP = "cells"  # the name of the loop over blocks


def portfolio(
    stories: Sequence[str | PathLike[str]] | str | PathLike[str],
    *,
    sweep: Mapping[str, Sequence[float]] | None = None,
    variants: "pd.DataFrame | Mapping[str, Sequence[float]] | None" = None,
    seed: int = 0,
    points: int = Settings.points,
    engine: Choice = "auto",
    precision: Precision | float | str | None = None,
    samples: int | None = None,
    means_only: bool = False,
    today: date | None = None,
    progress: Progress = no_progress,
) -> xr.Dataset:
    """How every story ends, at every combination of the swept values, as one labelled dataset.

    `sweep` maps paths of numbers to values, one dimension each; `variants` has a column of values for each
    path, which change together along the dimension `variant`. With `means_only` there are no quantiles, and
    the variants of a story with a diagram are computed thousands at a time, and no property is judged; else
    properties are judged as on `today`, on which waivers turn. See
    `sensa.portfolios.dataset.dataset` for the variables. Swept numbers are set from outside: numbers that a
    `[[dependence]]` ties to them keep their distributions.

    A story that fails has its `status` and `message`, and undefined numbers; it stops no other. Raises
    `ValueError` for a sweep that is not one.
    """
    files = [stories] if isinstance(stories, str | PathLike) else stories
    dimensions = [of_number(path, values) for path, values in (sweep or {}).items()]
    if variants is not None:
        dimensions.append(_together(variants))
    settings = Settings(
        seed=seed,
        points=points,
        engine=engine,
        precision=None if precision is None else Precision.of(precision),
        samples=samples,
    )
    judging = None if means_only else Judging(days.today() if today is None else today)
    wanted = Options(settings, means_only=means_only, judging=judging)
    return run(plan([fspath(file) for file in files], require_apart(dimensions), wanted), progress)


def _together(variants: "pd.DataFrame | Mapping[str, Sequence[float]]") -> Dimension:
    values = {str(path): tuple(float(value) for value in column) for path, column in variants.items()}
    labels = getattr(variants, "index", None)
    count = len(next(iter(values.values()), ()))
    names = tuple(map(str, range(count) if labels is None else labels))
    return Dimension(VARIANT, values, names, origin="variants")


def run(
    wanted: Plan,
    progress: Progress = no_progress,
    journal: Journal | None = None,
    workers: Workers | None = None,
) -> xr.Dataset:
    """The dataset of a plan; if interrupted, of the blocks that are done. A journal keeps the blocks."""
    values, stopped = unanswered(wanted), ""
    messages: dict[int, str] = {}
    reasons: dict[int, Mapping[str, str]] = {}
    cells = Cells(wanted.options)
    executor = Executor(progress, workers=workers)
    tasks = wanted.tasks() if workers is None else (task.with_texts() for task in wanted.tasks())
    kept = None if journal is None else Kept(journal, LOOP, packed, partial(unpacked, wanted.options))
    try:
        for task, found in executor.map(
            cells,
            tasks,
            what="cells",
            share=lambda task: (task.index + 1) / wanted.blocks,
            kept=kept,
        ):
            if len(found.values) != task.cells:  # from a store that somebody else has made
                raise StoreError(f"block {task.index} has {len(found.values)} cells in place of {task.cells}")
            first = task.index * wanted.size
            values[first : first + task.cells] = found.values
            messages |= {first + place: message for place, message in found.messages.items()}
            reasons |= {first + place: names for place, names in found.reasons.items()}
    except KeyboardInterrupt:
        stopped = "interrupted"
    return dataset(wanted, values, messages, reasons, stopped=stopped)
