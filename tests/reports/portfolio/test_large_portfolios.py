"""Formats of portfolios at sizes where one must not look at each cell, or hold all of the text."""

import csv
import io
import json
import time

import numpy as np
import pytest
import xarray as xr

from sensa.portfolios.dataset import dataset, unanswered
from sensa.portfolios.dimensions import of_number
from sensa.portfolios.plan import OUTPUTS, Entry, Options, Plan
from sensa.reports import formats
from sensa.reports.layout import Paper
from sensa.reports.portfolio.rows import TOGETHER
from sensa.results import QUANTILES

A, B = "assumptions.a.credence", "assumptions.b.credence"
PLACES = Options(outcomes=("bad",)).places


def of(first: int, second: int, answered: float, stories: int = 2) -> xr.Dataset:
    """Two stories at a grid of values; the cells up to a share are answered, with numbers of their place."""
    dimensions = (of_number(A, range(first)), of_number(B, range(second)))
    entries = tuple(Entry(f"{number}.toml", "") for number in range(stories))
    plan = Plan(entries, dimensions, Options(outcomes=("bad",)))
    values = unanswered(plan)
    done = int(answered * plan.cells)
    values[:done] = np.arange(done)[:, None] + np.arange(plan.options.width) / 64
    values[:done, PLACES["status"]] = values[:done, PLACES["how"]] = 0
    return dataset(plan, values, {}, stopped="interrupted")


def pieces(data: xr.Dataset, name: str) -> list[str]:
    module = formats.module("portfolio", formats.found("portfolio", name))
    return list(module.render(data, Paper(100), 130))


@pytest.mark.parametrize("name", ["text", "html"])
@pytest.mark.parametrize("answered", [0.0, 0.5])
def test_cells_that_are_not_shown_take_no_time(name: str, answered: float) -> None:
    """Of 200,000 cells, within 3 seconds of the processor; a line for each would take 25."""
    data = of(500, 200, answered)
    start = time.process_time()
    text = "".join(pieces(data, name))
    assert time.process_time() - start < 3
    assert len(text) < 1e6
    assert "not run (100,000 times)" in text


def test_csv_and_json_have_every_cell_in_pieces() -> None:
    """Of 2 x 40 x 40 cells, two in three answered: each number is that of its place."""
    data = of(40, 40, 2 / 3)
    done = int(3200 * 2 / 3)
    rows, cells = pieces(data, "csv"), pieces(data, "json")
    assert len(rows) == -(-3200 // TOGETHER)
    table = list(csv.DictReader(io.StringIO("".join(rows))))
    found = json.loads("".join(cells))["cells"]
    assert len(table) == len(found) == 3200
    for place, (row, cell) in enumerate(zip(table, found, strict=True)):
        at = {A: place // 40 % 40, B: place % 40}
        assert row["story"] == cell["story"] == f"{place // 1600}.toml"
        assert {name: float(row[name]) for name in at} == cell["at"] == at
        assert row["status"] == cell["status"] == ("answered" if place < done else "not run")
        assert (row["catastrophic"] != "") == ("mean" in cell) == (place < done)
        if place < done:
            column = PLACES["mean"].start + OUTPUTS.index("catastrophic")
            assert float(row["catastrophic"]) == cell["mean"]["catastrophic"] == place + column / 64
            column = PLACES["quantiles"].start + len(QUANTILES) * OUTPUTS.index("loss") + 1
            level = QUANTILES[1]
            assert float(row[f"loss_q{100 * level:02.0f}"]) == place + column / 64
            assert cell["quantiles"]["loss"][f"{level:g}"] == place + column / 64
            column = PLACES["outcome_error"].start
            assert float(row["outcome.bad_error"]) == place + column / 64
