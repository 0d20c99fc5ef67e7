"""Paths of generated stories: everything again from the list of all paths."""

import tomllib
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, assume, given, settings

from tests import strategies
from tests.analyses.path_groups import at, group
from tests.naive.expressions import NaiveError
from tests.naive.paths import Path, paths

UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def shares(found: list[Path], key: Any) -> dict[Any, float]:
    sums: dict[Any, float] = defaultdict(float)
    for path in found:
        sums[key(path)] += path.probability
    return sums


def agree(text: str) -> None:
    doc = tomllib.loads(text)
    steps = sum(each.get("repeat", 1) for each in doc.get("phases", [])) or 1
    assume(steps > 1)
    try:
        found = paths(doc, {})
    except NaiveError:
        assume(False)
    assume(len(found) < 20_000)
    data = group(text)
    ends = shares(found, lambda path: path.outcome)
    happens = {*doc.get("choices", {}), *doc.get("events", {})}
    ways = shares(found, lambda path: (path.outcome, path.seen(happens)))
    for outcome in doc["outcomes"]:
        best = max((p for (end, _), p in ways.items() if end == outcome), default=0.0)
        ours = float(at(data, "path_chance", outcome=outcome))
        if ends.get(outcome, 0.0) > 1e-9:
            assert ours == pytest.approx(best, rel=1e-9), outcome
    passages(doc, data, found, steps)
    look_alikes(doc, data, found, steps)
    dependence(data, found, ends, steps)


def passages(doc: dict[str, Any], data: xr.Dataset, found: list[Path], steps: int) -> None:
    for value in data["value"].values.tolist() if "value" in data.coords else ():
        name, _, option = value.removeprefix("not ").partition(": ")
        wanted: Any = option or not value.startswith("not ")

        def when(path: Path, name: str = name, wanted: Any = wanted) -> int:
            return next((t for t in range(len(path.steps)) if path.values(t)[name] == wanted), steps)

        first = shares(found, when)
        want = np.cumsum([first.get(t, 0.0) for t in range(steps)])
        assert at(data, "occurred", value=value) == pytest.approx(want, abs=1e-9), value


def likeliest(of: dict[Any, float]) -> Any:
    """The key with the largest value; none where another comes as near as rounding."""
    (key, most), *others = sorted(of.items(), key=lambda item: -item[1]) or [(None, 0.0)]
    return None if others and others[0][1] > (1 - 1e-9) * most else key


def look_alikes(doc: dict[str, Any], data: xr.Dataset, found: list[Path], steps: int) -> None:
    """How many paths to each end have the likeliest record of the likeliest path to success, by step."""
    happens, watch = {*doc.get("choices", {}), *doc.get("events", {})}, set(doc.get("safeguards", {}))
    success = [path for path in found if doc["outcomes"][path.outcome]["kind"] == "success"]
    way = likeliest(shares(success, lambda path: (path.outcome, path.seen(happens))))
    if not watch or way is None:
        return
    on_it = [path for path in success if (path.outcome, path.seen(happens)) == way]
    record = likeliest(shares(on_it, lambda path: path.seen(watch)))
    if record is None:
        return
    for outcome, ended in shares(found, lambda path: path.outcome).items():
        if ended < 1e-9:
            continue
        paths_ = [path for path in found if path.outcome == outcome]
        for step in range(steps):
            alike = sum(
                path.probability
                for path in paths_
                if len(path.steps) > step
                and path.seen(watch)[: step + 1][: len(record)] == record[: step + 1]
            )
            got = float(at(data, "looks_wanted", outcome=outcome)[step])
            assert got == pytest.approx(alike / ended, abs=1e-7), (outcome, step)
        kept = sum(
            path.probability
            for path in paths_
            if path.seen(watch)[: len(record)] == record[: len(path.steps)]
        )
        assert float(at(data, "unseen", outcome=outcome)) == pytest.approx(kept / ended, abs=1e-7), outcome


def dependence(data: xr.Dataset, found: list[Path], ends: dict[str, float], steps: int) -> None:
    """Var(E[Y | all values up to step t]) / Var(Y): given the values, the future depends on no draw."""
    if "set_by" not in data:
        return
    for outcome, p in ends.items():
        if not 1e-6 < p < 1 - 1e-6:
            continue
        last = 0.0
        for t in range(steps):
            whole = shares(found, lambda path, t=t: path.steps[: t + 1])
            part = shares(
                [path for path in found if path.outcome == outcome], lambda path, t=t: path.steps[: t + 1]
            )
            between = sum(part.get(key, 0.0) ** 2 / q for key, q in whole.items()) - p**2
            share = float(at(data, "set_by", outcome=outcome)[t])
            assert share == pytest.approx(between / (p * (1 - p)), abs=1e-6), (outcome, t)
            assert share >= last - 1e-9
            last = share
        assert last == pytest.approx(1.0, abs=1e-9)


@settings(max_examples=25, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.pointed_stories())
def test_paths_are_those_of_the_enumeration(text: str) -> None:
    agree(text)


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=UNHURRIED)
@given(strategies.pointed_stories())
def test_paths_are_those_of_the_enumeration_on_many(text: str) -> None:
    agree(text)
