"""Report and draw stored results that were edited at random.

    python benchmarks/fuzz_results.py --edits 300 --seed 1
    python benchmarks/fuzz_results.py --story stories/library/staged_release.toml --only 17

Whatever a stored result holds, `sensa report` and `sensa plot` give a report, a picture, or a message that
says what is wrong. A crash is an internal error, a Python warning, the end of the process or more than
`--limit` seconds for one edit. Crashes are shown and counted; the exit code is 1 if there is one.

An edit depends on nothing but the seed and its number, so `--only NUMBER` repeats it.
"""

import argparse
import copy
import json
import os
import random
import select
import signal
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from typer.testing import CliRunner

from sensa import store
from sensa.analyses import ANALYSES
from sensa.cli import app
from sensa.reports.plots import TABLE

LIBRARY = Path(__file__).resolve().parent.parent / "stories" / "library"
ODD: tuple[Any, ...] = (
    None, "", -1, 0, 1, 0.5, [], {}, True, "x", "é\u202e\x1b[1m", [[]], {"a": {}}, [None],
    10**9, 10**18, -1e300, 1e300,
)  # fmt: skip
NUMBERS = (np.nan, np.inf, -np.inf, -1.0, 0.0, 1.0, 2.0, 1e300, -1e300, 5e-324)
RAW = argparse.RawDescriptionHelpFormatter
FORMATS = ("text", "json", "html")


def edited_json(rng: random.Random, document: Any) -> Any:
    """With up to three parts left out, put elsewhere, given another name or value, or made longer."""
    found = copy.deepcopy(document)
    for _ in range(rng.randint(1, 3)):
        places = list(_places(found["stories"][0]))
        holder, key = rng.choice(places)
        other, from_key = rng.choice(places)
        match rng.randrange(6):
            case 0:
                del holder[key]
            case 1:
                holder[key] = rng.choice(ODD)
            case 2:
                holder[key] = copy.deepcopy(other[from_key])
            case 3 if isinstance(holder, dict):
                holder["renamed"] = holder.pop(key)
            case 4 if isinstance(holder[key], list):
                holder[key] = holder[key] * rng.choice((0, 2, 1000))
            case _ if isinstance(holder[key], int | float):
                holder[key] = rng.choice((0, 1, -1, 2, 1e300, -1e300, 5e-324, 10**15))
    return found


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in parts:
        yield value, key
        yield from _places(one)


def edited_tree(rng: random.Random, tree: xr.DataTree) -> xr.DataTree:
    """With up to three parts of groups left out, cut, transposed, or given other names or values."""
    groups = {node.path: node.to_dataset(inherit=False) for node in tree.subtree}
    for _ in range(rng.randint(1, 3)):
        path = rng.choice(sorted(groups))
        if path != "/" and rng.random() < 0.05:
            del groups[path]
            continue
        groups[path] = rng.choice(EDITS)(rng, groups[path])
    return xr.DataTree.from_dict(groups)


def _attribute(rng: random.Random, data: xr.Dataset) -> xr.Dataset:
    if not data.attrs:
        return data
    name = rng.choice(sorted(map(str, data.attrs)))
    attributes = {key: value for key, value in data.attrs.items() if key != name}
    return (
        data.copy()
        .drop_attrs()
        .assign_attrs(attributes if rng.random() < 0.3 else {**attributes, name: rng.choice(ODD)})
    )


def _left_out(rng: random.Random, data: xr.Dataset) -> xr.Dataset:
    names = sorted(map(str, data.variables))
    return data.drop_vars(rng.choice(names)) if names else data


def _cut(rng: random.Random, data: xr.Dataset) -> xr.Dataset:
    """A dimension without entries, with one, or with its entries twice."""
    dims = sorted(map(str, data.dims))
    if not dims:
        return data
    dim = rng.choice(dims)
    size = data.sizes[dim]
    return data.isel({dim: rng.choice(([], [0], list(range(size)) * 2, list(range(size))[::-1]))})


def _reduced(rng: random.Random, data: xr.Dataset) -> xr.Dataset:
    """A dimension left out of everything, or of one variable."""
    dims = sorted(map(str, data.dims))
    if not dims:
        return data
    dim = rng.choice(dims)
    if rng.random() < 0.5 or not data.data_vars:
        return data.isel({dim: 0}, drop=True)
    name = rng.choice(sorted(map(str, data.data_vars)))
    return data.assign({name: data[name].isel({dim: 0}, drop=True)}) if dim in data[name].dims else data


def _renamed(rng: random.Random, data: xr.Dataset) -> xr.Dataset:
    names = sorted(map(str, {*data.variables, *data.dims}))
    return data.rename({rng.choice(names): "renamed"}) if names else data


def _transposed(rng: random.Random, data: xr.Dataset) -> xr.Dataset:
    return data.transpose(*rng.sample(list(data.dims), len(data.dims)))


def _other_values(rng: random.Random, data: xr.Dataset) -> xr.Dataset:
    """One value or all, or values of another type."""
    names = sorted(map(str, data.variables))
    if not names:
        return data
    name = rng.choice(names)
    variable = data.variables[name]
    values = np.array(variable.values)
    if rng.random() < 0.3:
        numbers = np.arange(values.size, dtype=float).reshape(values.shape)
        values = values.astype(str) if values.dtype.kind in "fiub" else numbers
    elif values.size and values.dtype.kind == "f":
        at = tuple(rng.randrange(n) for n in values.shape)
        values[... if rng.random() < 0.5 else at] = rng.choice(NUMBERS)
    elif values.size and values.dtype.kind in "iu":
        values[...] = rng.choice((0, 1, -1, 10**9)) if values.dtype.kind == "i" else 1
    elif values.size and values.dtype.kind in "OU":
        values = values.astype(object)
        at = tuple(rng.randrange(n) for n in values.shape)
        values[... if rng.random() < 0.3 else at] = rng.choice(("", "x", "catastrophic", "a, b", "\x1b[1m"))
    changed = {name: (variable.dims, values)}
    return data.assign_coords(changed) if name in data.coords else data.assign(changed)


EDITS: tuple[Callable[[random.Random, xr.Dataset], xr.Dataset], ...] = (
    _attribute, _left_out, _cut, _cut, _reduced, _renamed, _transposed,
    _other_values, _other_values, _other_values,
)  # fmt: skip


def commands(rng: random.Random, folder: Path, document: Any, tree: xr.DataTree) -> list[list[str]]:
    """An edited result, written, and what is asked of it."""
    kind = rng.choice(("json", "nc", "nc", "zarr"))
    file = str(folder / f"edited.{kind}")
    if kind == "json":
        Path(file).write_text(json.dumps(edited_json(rng, document)), "utf-8")
    else:
        store.write(edited_tree(rng, tree), file, kind)
    reports = [["report", file, "--format", format] for format in FORMATS]
    if kind == "json":
        return rng.sample(reports, 2)
    of = rng.choice(("", "failure", "success", *tree["outcomes"].to_dataset()["outcome"].values.tolist()))
    plots = [
        ["plot", file, row.name, "-o", str(folder / "plot.svg"), *(["--of", of] if of and row.of else [])]
        for row in TABLE
    ]
    return [rng.choice(reports), *rng.sample(plots, 3)]


def tried(command: list[str], limit: float) -> str:
    """What a crash of a command says; "" without one. In a process of its own, whose end is waited for."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        said = "the end of its process"
        try:
            os.close(read_end)
            said = _crash(command)
        except BaseException:
            said = traceback.format_exc()
        finally:
            os.write(write_end, said.encode()[:30000])
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        if not select.select([pipe], [], [], limit)[0]:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return f"more than {limit:g} s"
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return said or (f"exit status {status}" if status else "")


def _crash(command: list[str]) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = CliRunner().invoke(app, [*command, "--verbose"])
    if result.exit_code in (0, 1, 2, 3):
        return ""
    return result.stderr or "".join(traceback.format_exception(result.exception))


def main() -> None:
    """Run the story, and edit and report its results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--edits", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--limit", type=float, default=120)
    parser.add_argument("--story", type=Path, default=LIBRARY / "cat_classifier.toml")
    parser.add_argument("--analyses", default=",".join(ANALYSES))
    asked = parser.parse_args()
    crashes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        story = asked.story.resolve()
        os.chdir(place)
        document, tree = whole(story, asked.analyses)
        for number in range(asked.edits) if asked.only is None else [asked.only]:
            rng = random.Random(f"{asked.seed} {number}")
            for command in commands(rng, Path(place), document, tree):
                if said := tried(command, asked.limit):
                    crashes[signature(command, said)] += 1
                    print(f"edit {number}: {signature(command, said)}", flush=True)
                    if asked.only is not None:
                        print(said)
    print(f"{sum(crashes.values())} crashes, {len(crashes)} kinds")
    sys.exit(bool(crashes))


def whole(story: Path, analyses: str) -> tuple[Any, xr.DataTree]:
    """The result of a story, as JSON and as a tree; all that shows it is imported then."""
    Path("story.toml").write_bytes(story.read_bytes())
    run = ["run", "story.toml", "--points", "64", "--analyses", analyses]
    reports = (["report", "whole.nc", "--format", format] for format in FORMATS)
    plots = (["plot", "whole.nc", row.name, "-o", "plot.svg"] for row in TABLE)
    for command in ([*run, "--output=nc=whole.nc", "--output=json=whole.json"], *reports, *plots):
        if said := _crash(command):
            sys.exit(said)
    return json.loads(Path("whole.json").read_text("utf-8")), store.read("whole.nc")


def signature(command: list[str], said: str) -> str:
    """The command, the error, and where it was raised."""
    lines = said.splitlines()
    where = [line.strip() for line in lines if 'File "' in line]
    return f"{' '.join(command[:1] + command[2:4])}: {lines[-1][:90]} {where[-1][-90:] if where else ''}"


if __name__ == "__main__":
    main()
