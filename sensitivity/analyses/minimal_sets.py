"""Minimal violation sets: what has to go wrong together, whatever the probabilities."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from time import monotonic

import numpy as np
import xarray as xr

from sensa.circuit import Circuit
from sensa.engines.capabilities import SupportsMinimalSets, SupportsRanges
from sensa.engines.cut_sets.ends_without_assumptions import ends_without_assumptions
from sensa.engines.cut_sets.minimal_cut_sets import cut_sets as p_cuts
from sensa.engines.cut_sets.minimal_cut_sets import minimal_sets as of_draws
from sensa.engines.cut_sets.possible_ends import PossibleEnds, Way
from sensa.engines.cut_sets.read_signs import one_way
from sensa.engines.cut_sets.set_family import Fact, MinimalSets, chance_of
from sensa.engines.cut_sets.violation_sets import violations
from sensa.engines.protocol import EngineRefusal
from sensa.fact_circuit import joined
from sensa.kernels.program import Floats, Op, RealOp
from sensa.kernels.ties import above, largest
from sensa.results import UNDEFINED, described
from sensa.sampling.budget import Effort
from sensa.session import Session

WAYS: tuple[Way, ...] = ("possible", "certain")
MAX_SETS_LISTED = 20  # sets of one output, the likeliest first
MAX_TRIED_SETS = 5 * MAX_SETS_LISTED  # if as many are equally likely
MAX_COUNTED_SIZE = 12  # members: larger sets are counted together
MAX_DIAGRAM_NODES = 200_000  # for the sets of one output
MAX_SECONDS = 5.0  # for all outputs, for each method that is tried
MIN_SECONDS = 0.25  # for one output at least, whatever the others took
MAX_CUT_SET_NODES = 16_000_000  # created for the diagram of one output, and for its cut sets
MAX_CUT_SET_SECONDS = 60.0  # for all outputs
MAX_WHOLE_DIAGRAM = 5  # times `MAX_DIAGRAM_NODES`, for one diagram of all ends
NOT_COUNTED = -1.0  # where counting went beyond the budget
EMPTY_SET = "nothing"  # the set without members
Chosen = tuple[Fact, ...]
Texts = np.ndarray[tuple[int, ...], np.dtype[np.str_]]


def minimal_sets(session: Session) -> xr.Dataset:
    """The minimal sets of violated assumptions that make an end possible or certain: all are counted.

    `way`: `possible`, if with all other assumptions holding the end can occur for some values of the other
    draws, except those of unmodelled events; `certain`, if it must occur. `members` (output, way, set,
    assumption) has the likeliest sets, `sets` (output, way, set) the same by name; `chance`: the probability
    that all members are violated, if independent; `count` (output, way); `by_size` (output, way, size), the
    last size including all larger ones; `single` (output, way, assumption): whether it alone is a set, a
    single point of failure. An empty set means that nothing need be violated. No credence is needed. Beyond
    the budget counts are -1, and the sets come from sampled worlds: each is sufficient, but may not be
    minimal, and there may be more. Misleads if credences are what prevents an end: possible is not likely.
    """
    outputs, circuit, gates = _outputs(session)
    names = list(session.circuit.assumption_coins)
    violated = _violated(session)
    never = _unmodelled(session)
    search = _Search(session, circuit, never)
    shape = (len(outputs), len(WAYS))
    members = np.zeros((*shape, MAX_SETS_LISTED, len(names)), bool)
    single = np.zeros((*shape, len(names)), bool)
    tables = []
    for column, way in enumerate(WAYS):
        table = _results(
            outputs,
            gates,
            1.0 - violated,
            partial(search.exactly, way),
            partial(search.sampled, way, violated),
        )
        tables.append(table)
        for row, sets in enumerate(table.sets):
            for at, facts in enumerate(sets):
                members[row, column, at, [index for index, _ in facts]] = True
            single[row, column, [index for index, _ in table.single[row]]] = True
    data = xr.Dataset(
        {
            "count": (("output", "way"), np.stack([t.count for t in tables], axis=1)),
            "by_size": (("output", "way", "size"), np.stack([t.sizes for t in tables], axis=1)),
            "chance": (("output", "way", "set"), np.stack([t.chance for t in tables], axis=1)),
            "members": (("output", "way", "set", "assumption"), members),
            "sets": (("output", "way", "set"), np.stack([_named(t, names, names) for t in tables], axis=1)),
            "single": (("output", "way", "assumption"), single),
        },
        coords={
            "output": outputs,
            "way": list(WAYS),
            "size": np.arange(MAX_COUNTED_SIZE + 1),
            "assumption": names,
        },
    )
    beyond = {
        f"{output} ({way})": stopped
        for way, table in zip(WAYS, tables, strict=True)
        for output, stopped in table.stopped.items()
    }
    return described(data, how="worlds-sampled" if beyond else "exact", note=_note(beyond))


def cut_sets(session: Session) -> xr.Dataset:
    """The same over all draws: minimal cut sets if each draw works one way only, else prime implicants.

    `sets` (output, set) names the draws, with `not` before those that must be false; `coherent`
    (output): whether these are cut sets; `count`, `by_size`, `chance` as in `minimal_sets`. Draws of
    probability 0 or 1 are in no set. Prime implicants also name what must not happen for an end to
    occur, so there are many. Beyond the budget they give way to minimal p-cuts, and a note says so: what
    is enough if nothing else happens, where assumptions are violated and other draws come true.
    """
    outputs, circuit, gates = _outputs(session)
    circuit = _decided(circuit)
    p = _means(session)
    events = np.ones(len(p), bool)
    events[[coin for coins in circuit.assumption_coins.values() for coin in coins]] = False
    coherent: dict[int, bool] = {}
    without_implicants: dict[int, str] = {}
    until = monotonic() + MAX_CUT_SET_SECONDS

    def exactly(output: str, gate: int) -> MinimalSets:
        coherent[gate] = one_way(circuit.gates, gate)
        seconds = _left(until) * (1.0 if coherent[gate] else 0.5)
        try:
            found = of_draws(circuit.gates, gate, len(p), node_budget=MAX_CUT_SET_NODES, seconds=seconds)
        except EngineRefusal as stop:
            if coherent[gate]:
                raise
            found = p_cuts(
                circuit.gates, gate, events.tolist(), node_budget=MAX_CUT_SET_NODES, seconds=_left(until)
            )
            without_implicants[gate] = str(stop)
        else:
            coherent[gate] = found.coherent
        return found

    def sampled(output: str, gate: int) -> list[Chosen]:
        from sensa.engines.cut_sets.sampled_violation_sets import draw_sets

        return draw_sets(circuit.gates, gate, p, seed=session.settings.seed)

    table = _results(outputs, gates, p, exactly, sampled)
    draws = [coin.draw for coin in circuit.coins]
    data = xr.Dataset(
        {
            "count": ("output", table.count),
            "by_size": (("output", "size"), table.sizes),
            "chance": (("output", "set"), table.chance),
            "sets": (("output", "set"), _named(table, draws, [f"not {draw}" for draw in draws])),
            "coherent": ("output", np.array([coherent[gate] for gate in gates])),
        },
        coords={"output": outputs, "size": _sizes()},
    )
    others = {
        output: without_implicants[gate]
        for output, gate in zip(outputs, gates, strict=True)
        if gate in without_implicants
    }
    note = "; ".join(part for part in (_note(table.stopped), _p_cut_note(others)) if part)
    return described(data, how="worlds-sampled" if table.stopped else "exact", note=note)


def _p_cut_note(stopped: Mapping[str, str]) -> str:
    """The note on outputs with minimal p-cuts in place of prime implicants, with the reason of the first."""
    if not stopped:
        return ""
    reason = next(iter(stopped.values())).split("; use ")[0]
    return f"{', '.join(stopped)}: what is enough if nothing else happens; no prime implicants ({reason})"


def _decided(circuit: Circuit) -> Circuit:
    """The circuit with constants for draws whose probability is always 0 or always 1."""
    reals, op = circuit.reals, circuit.gates.op.copy()
    for gate in np.flatnonzero(op == Op.COIN):
        program = circuit.coins[circuit.gates.k[gate]].program
        if reals.op[program] == RealOp.CONST and reals.value[program] in (0.0, 1.0):
            op[gate] = Op.TRUE if reals.value[program] else Op.FALSE
    return replace(circuit, gates=circuit.gates._replace(op=op))


def _violated(session: Session) -> Floats:
    """The probability that each assumption is violated, at a step that the story reaches."""
    circuit = session.circuit
    place = {name: at for at, name in enumerate(circuit.assumption_coins)}
    several = [
        name
        for name, coins in circuit.assumption_coins.items()
        if len(coins) > 1 or circuit.coins[coins[0]].step is not None
    ]
    found = 1.0 - _means(session)[[coins[0] for coins in circuit.assumption_coins.values()]]
    if several:
        gates = [circuit.violated_and[name][outcome] for name in several for outcome in session.outcomes]
        joint = session.average(session.engine(gates)).mean.reshape(len(several), -1)
        found[[place[name] for name in several]] = joint.sum(axis=1)
    return np.clip(found, 0.0, 1.0)


def _means(session: Session) -> Floats:
    """The mean probability of each draw."""
    if session.mean_p is not None:
        decided: Floats = session.mean_p[0]
        return decided
    effort = Effort(session.budget.points_for(1, session.ends.size), 0)
    blocks = session.points.blocks(effort.points)
    each = session.executor.means(lambda block, draws: block.p.sum(axis=0), blocks, effort)
    means: Floats = each.mean(axis=0)
    return means


class _Search:
    """Minimal sets of violations: from the diagram of the ends, else gate by gate, else from worlds.

    Without assumptions any exact engine says whether an end is possible, and whether it is certain.
    """

    def __init__(self, session: Session, circuit: Circuit, never: list[int]) -> None:
        self.session, self.circuit, self.never = session, circuit, never
        self.outcomes = _groups(session)
        self.ends = self._ends()
        self.until = monotonic() + MAX_SECONDS

    def _ends(self) -> PossibleEnds | None:
        """From the engine of the run, else from one with a larger budget."""
        session, circuit = self.session, self.session.circuit
        if isinstance(session.ends, SupportsRanges):
            found = ends_without_assumptions(circuit, session.ends, never=self.never)
            if found is not None:
                return found
        engine = session.ends if isinstance(session.ends, SupportsMinimalSets) else self._larger()
        if engine is None:
            return None
        try:
            return engine.possible_ends(
                circuit, never=self.never, node_budget=MAX_DIAGRAM_NODES, seconds=MAX_SECONDS
            )
        except EngineRefusal:
            return None

    def _larger(self) -> SupportsMinimalSets | None:
        settings = replace(
            self.session.settings, node_budget=MAX_WHOLE_DIAGRAM * MAX_DIAGRAM_NODES, seconds=MAX_SECONDS
        )
        roots = [root.gate for root in self.session.circuit.roots]
        return replace(self.session, settings=settings).diagram(roots)

    def exactly(self, way: Way, output: str, gate: int) -> MinimalSets:
        left = _left(self.until)
        if self.ends is not None:
            return self.ends.sets(self.outcomes[output], way, node_budget=MAX_DIAGRAM_NODES, seconds=left)
        aside = self.never if way == "possible" else ()
        return violations(self.circuit, gate, way, never=aside, node_budget=MAX_DIAGRAM_NODES, seconds=left)

    def sampled(self, way: Way, violated: Floats, output: str, gate: int) -> list[Chosen]:
        from sensa.engines.cut_sets.sampled_violation_sets import violation_sets

        aside = self.never if way == "possible" else ()
        return violation_sets(
            self.circuit, gate, violated, _means(self.session), certain=way == "certain", never=aside,
            seed=self.session.settings.seed,
        )  # fmt: skip


def _left(until: float) -> float:
    """The seconds until then, but at least a few: simple cases need hardly any."""
    return max(until - monotonic(), MIN_SECONDS)


@dataclass
class _Results:
    """Counts, the likeliest sets and the single sets of every output, and why if they are incomplete."""

    count: Floats
    sizes: Floats
    chance: Floats
    sets: list[list[Chosen]]
    single: list[Chosen]
    stopped: dict[str, str] = field(default_factory=dict)


def _results(
    outputs: Sequence[str],
    gates: Sequence[int],
    p: Floats,
    exactly: Callable[[str, int], MinimalSets],
    sampled: Callable[[str, int], list[Chosen]],
) -> _Results:
    rows = len(outputs)
    results = _Results(
        count=np.full(rows, NOT_COUNTED),
        sizes=np.full((rows, MAX_COUNTED_SIZE + 1), NOT_COUNTED),
        chance=np.full((rows, MAX_SETS_LISTED), UNDEFINED),
        sets=[[] for _ in outputs],
        single=[() for _ in outputs],
    )
    first: dict[int, int] = {}  # a kind of one outcome is that outcome
    for row, (output, gate) in enumerate(zip(outputs, gates, strict=True)):
        same = first.setdefault(gate, row)
        if same != row:
            for array in (results.count, results.sizes, results.chance):
                array[row] = array[same]
            results.sets[row], results.single[row] = results.sets[same], results.single[same]
            if outputs[same] in results.stopped:
                results.stopped[output] = results.stopped[outputs[same]]
            continue
        try:
            found = exactly(output, gate)
            counted, single = found.by_size(), found.single()
            shown = _likeliest(found, p)
        except EngineRefusal as refusal:
            results.stopped[output] = str(refusal)
            sets = sampled(output, gate)
            shown = [(chance_of(facts, p), facts) for facts in sets[:MAX_SETS_LISTED]]
            single = tuple(facts[0] for facts in sets if len(facts) == 1)
        else:
            results.count[row] = _float(sum(counted))
            results.sizes[row] = [*_padded(counted), _float(sum(counted[MAX_COUNTED_SIZE:]))]
        results.single[row] = single
        results.sets[row] = [facts for _, facts in shown]
        results.chance[row, : len(shown)] = [chance for chance, _ in shown]
    return results


def _likeliest(found: MinimalSets, p: Floats) -> list[tuple[float, Chosen]]:
    """The sets shown, the likeliest first; equally likely ones in the order of their members."""
    sets: list[tuple[float, Chosen]] = []
    for chance, facts in islice(found.likeliest(p), MAX_TRIED_SETS):
        if len(sets) >= MAX_SETS_LISTED and above(sets[MAX_SETS_LISTED - 1][0], chance):
            break
        sets.append((chance, facts))
    sets.sort(key=lambda each: each[1])
    return [sets[i] for i in largest([chance for chance, _ in sets], MAX_SETS_LISTED)]


def _note(stopped: Mapping[str, str]) -> str:
    """The note on outputs that were not counted, with the reason of the first."""
    if not stopped:
        return ""
    reason = next(iter(stopped.values())).split("; use ")[0]
    note = f"not counted: {', '.join(stopped)} ({reason})"
    return f"{note}; the sets there are from sampled worlds: there may be more, and smaller ones"


def _groups(session: Session) -> dict[str, list[str]]:
    """The outcomes of each output: any failure, each kind of failure, each outcome."""
    ends = session.circuit.ends
    groups = {"failure": [end.name for end in ends if end.kind != "success"]}
    for kind in ("catastrophic", "fail_safe"):
        groups.setdefault(kind, [end.name for end in ends if end.kind == kind])
    for end in ends:
        groups.setdefault(end.name, [end.name])
    return {name: group for name, group in groups.items() if group}


def _outputs(session: Session) -> tuple[list[str], Circuit, list[int]]:
    """The names of the outputs, and their gates."""
    wanted = {
        name: tuple(session.circuit.ended[end] for end in group) for name, group in _groups(session).items()
    }
    distinct = list(dict.fromkeys(wanted.values()))
    circuit, gates = joined(session.circuit, Op.OR, distinct)
    return list(wanted), circuit, [int(gates[distinct.index(group)]) for group in wanted.values()]


def _unmodelled(session: Session) -> list[int]:
    return [i for i, coin in enumerate(session.circuit.coins) if session.graph.is_unmodelled(coin.node)]


def _sizes() -> list[int]:
    """The sizes by which sets are counted."""
    return list(range(MAX_COUNTED_SIZE + 1))


def _padded(counted: list[int]) -> Iterator[float]:
    for size in range(MAX_COUNTED_SIZE):
        yield _float(counted[size]) if size < len(counted) else 0.0


def _float(count: int) -> float:
    """The nearest float; infinite if too large."""
    try:
        return float(count)
    except OverflowError:
        return float("inf")


def _named(table: _Results, true: Sequence[str], false: Sequence[str]) -> Texts:
    """The sets (output, set) in words, by the names of each fact when true and when false."""
    sets = np.full((len(table.sets), MAX_SETS_LISTED), "", object)
    for row, each in enumerate(table.sets):
        for at, facts in enumerate(each):
            said = [true[index] if value else false[index] for index, value in facts]
            sets[row, at] = ", ".join(said) or EMPTY_SET
    return sets.astype(str)
