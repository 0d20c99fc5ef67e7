"""Minimal violation sets: what has to go wrong together, before anything is counted."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Literal

import numpy as np
import xarray as xr

from sensa.analyses.effects import JOINT, effects
from sensa.circuit import Circuit
from sensa.engines import EngineRefusal
from sensa.engines import minimal_sets as families
from sensa.engines.minimal_sets import MinimalSets
from sensa.facts import joined
from sensa.kernels.program import Floats, Op
from sensa.model import Model
from sensa.parameters import at_means
from sensa.results import UNDEFINED, described

WAYS: tuple[Literal["possible", "certain"], ...] = ("possible", "certain")
SHOWN = 20  # sets that are told, the most probable first
SIZES = 12  # of which sets are counted one by one; larger ones together
NODES, SECONDS = 200_000, 5.0  # for the sets of one output
UNKNOWN = -1.0


def minimal_sets(model: Model) -> xr.Dataset:
    """The minimal sets of violated assumptions that let the story end so, or make it: all are counted.

    `way`: `possible`, the sets with which, all other assumptions holding, the end can come about as the
    other draws may fall, those of unmodelled events aside; `certain`, those with which it must. `members`
    (output, way, set, assumption) has the likeliest sets; `chance`: that all members are violated, taken as
    independent; `count` (output, way), -1 beyond the budget; `by_size` (output, way, size), the last size
    being all larger ones. A set of one is a single point of failure; an empty one says that nothing need be
    violated. No credence is needed for it. Misleads where credences are what keeps an end away: possible is
    not likely.
    """
    outputs, circuit, gates = _outputs(model)
    names = list(model.circuit.assumption_coins)
    violated = effects(model, names).mean[JOINT].sum(axis=1)
    never = _unmodelled(model)

    def of(way: Literal["possible", "certain"], row: int) -> MinimalSets:
        aside = never if way == "possible" else []
        return families.violations(circuit, gates[row], way, never=aside, node_budget=NODES, seconds=SECONDS)

    tables = [_told(outputs, gates, partial(of, way), 1.0 - violated) for way in WAYS]
    members = np.zeros((len(outputs), len(WAYS), SHOWN, len(names)), bool)
    for column, table in enumerate(tables):
        for row, sets in enumerate(table.sets):
            for at, facts in enumerate(sets):
                members[row, column, at, [index for index, _ in facts]] = True
    data = xr.Dataset(
        {
            "count": (("output", "way"), np.stack([t.count for t in tables], axis=1)),
            "by_size": (("output", "way", "size"), np.stack([t.sizes for t in tables], axis=1)),
            "chance": (("output", "way", "set"), np.stack([t.chance for t in tables], axis=1)),
            "members": (("output", "way", "set", "assumption"), members),
        },
        coords={"output": outputs, "way": list(WAYS), "size": np.arange(SIZES + 1), "assumption": names},
    )
    return described(data, exact=True, note="; ".join(note for t in tables for note in t.notes))


def cut_sets(model: Model) -> xr.Dataset:
    """The same over all draws: minimal cut sets where each draw works one way only, else prime implicants.

    `sets` (output, set) names the draws that fall so, `not` before those that do not come true; `coherent`
    (output): whether these are cut sets; `count`, `by_size`, `chance` as in `minimal_sets`. Prime implicants
    name also what must not happen for an end to come about, and so are many.
    """
    outputs, circuit, gates = _outputs(model)
    p = (model.mean_p if model.mean_p is not None else at_means(model.circuit).p)[0]
    coherent = np.ones(len(outputs), bool)

    def of(row: int) -> MinimalSets:
        found = families.minimal_sets(
            circuit.gates, gates[row], len(circuit.coins), node_budget=NODES, seconds=SECONDS
        )
        coherent[row] = found.coherent
        return found

    table = _told(outputs, gates, of, p)
    coherent = coherent[[gates.index(gate) for gate in gates]]
    sets = np.full((len(outputs), SHOWN), "", object)
    for row, each in enumerate(table.sets):
        for at, facts in enumerate(each):
            sets[row, at] = ", ".join(_fact(circuit, *fact) for fact in facts) or "nothing"
    data = xr.Dataset(
        {
            "count": ("output", table.count),
            "by_size": (("output", "size"), table.sizes),
            "chance": (("output", "set"), table.chance),
            "sets": (("output", "set"), sets.astype(str)),
            "coherent": ("output", coherent),
        },
        coords={"output": outputs, "size": np.arange(SIZES + 1)},
    )
    return described(data, exact=True, note="; ".join(table.notes))


def single_points(data: xr.Dataset, output: str, way: str = "possible") -> tuple[str, ...]:
    """The assumptions whose violation alone lets the story end so (`certain`: makes it)."""
    rows = data["members"].sel(output=output, way=way).values
    alone = rows[rows.sum(axis=1) == 1].any(axis=0)
    return tuple(str(name) for name in data["assumption"].values[alone])


class _Told:
    """Counts and the likeliest sets of every output."""

    def __init__(self, outputs: int) -> None:
        self.count = np.full(outputs, UNKNOWN)
        self.sizes = np.full((outputs, SIZES + 1), UNKNOWN)
        self.chance = np.full((outputs, SHOWN), UNDEFINED)
        self.sets: list[list[tuple[families.Fact, ...]]] = [[] for _ in range(outputs)]
        self.notes: list[str] = []


def _told(outputs: Sequence[str], gates: Sequence[int], of: Callable[[int], MinimalSets], p: Floats) -> _Told:
    told = _Told(len(outputs))
    first: dict[int, int] = {}  # a kind of one outcome is that outcome
    for row, output in enumerate(outputs):
        same = first.setdefault(gates[row], row)
        if same != row:
            told.count[row], told.sizes[row], told.chance[row] = (
                told.count[same], told.sizes[same], told.chance[same],
            )  # fmt: skip
            told.sets[row] = told.sets[same]
            continue
        try:
            found = of(row)
            counted = found.by_size()
        except EngineRefusal as refusal:
            told.notes.append(f"{output}: {refusal}")
            continue
        told.count[row] = float(sum(counted))
        told.sizes[row] = [*_padded(counted), float(sum(counted[SIZES:]))]
        for at, (chance, facts) in enumerate(islice(found.likeliest(p), SHOWN)):
            told.chance[row, at] = chance
            told.sets[row].append(facts)
    return told


def _outputs(model: Model) -> tuple[list[str], Circuit, list[int]]:
    """What is asked of: any failure, each kind of failure, each outcome; and their gates."""
    ends = model.circuit.ends
    groups = {"failure": [end.name for end in ends if end.kind != "success"]}
    for kind in ("catastrophic", "fail_safe"):
        groups.setdefault(kind, [end.name for end in ends if end.kind == kind])
    for end in ends:
        groups.setdefault(end.name, [end.name])
    wanted = {
        name: tuple(model.circuit.ended[end] for end in group) for name, group in groups.items() if group
    }
    distinct = list(dict.fromkeys(wanted.values()))
    circuit, gates = joined(model.circuit, Op.OR, distinct)
    return list(wanted), circuit, [int(gates[distinct.index(group)]) for group in wanted.values()]


def _unmodelled(model: Model) -> list[int]:
    events = model.story.document.events
    modes = {name for name, event in events.items() if event.mode == "unmodelled"}
    return [i for i, coin in enumerate(model.circuit.coins) if coin.node in modes]


def _padded(counted: list[int]) -> Iterator[float]:
    for size in range(SIZES):
        yield float(counted[size]) if size < len(counted) else 0.0


def _fact(circuit: Circuit, coin: int, value: bool) -> str:
    """A draw in the author's words, and whether it comes true."""
    draw = circuit.coins[coin].draw
    return draw if value else f"not {draw}"
