"""Describe a case that breaks a property: its name, its parts, its path, and a fix."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from math import isfinite

import numpy as np

from sensa.kernels.program import Floats
from sensa.properties.case_search import Ask, Found, least
from sensa.properties.cases import Case
from sensa.properties.margins import MeteredRequirement
from sensa.properties.never_true import never_true
from sensa.properties.sides import Bools
from sensa.properties.verdicts import Counterexample, Move, Part
from sensa.stories import traversal
from sensa.stories.dependencies import edges, halting_safeguards, reads
from sensa.stories.expressions import names
from sensa.stories.properties.measures import tree_of
from sensa.stories.properties.requirements import SobolTotal
from sensa.stories.properties.scopes import movable
from sensa.stories.schema.document import Document

MAX_HALVINGS = 60  # when searching the value of a probability that fixes a case
NUMBERS_AT_ONCE = 256  # numbers tried at once
OVERSHOOT = 1e-9  # a fix goes beyond the limit by this share of the last interval, to be safe


def name_of(prop: str, case: Case) -> str:
    """A short name that depends only on the property's name and the case's parts."""
    change = (case.change.what, case.change.name) if case.change else ()
    text = "\n".join([prop, *sorted(case.violated), "", *change])
    return f"cx-{blake2b(text.encode(), digest_size=4).hexdigest()}"


@dataclass(frozen=True)
class CounterexampleBuilder:
    """Makes counterexamples of the cases found for one property."""

    prop: str
    asked: MeteredRequirement
    ask: Ask
    document: Document
    with_fix: bool  # whether to search for a fix
    theta: Mapping[Case, Floats] = field(default_factory=dict)  # the parameters' values in a case

    def counterexample(self, found: Found) -> Counterexample:
        """The counterexample with its names and values only."""
        case = found.case
        omitted = (case.change.name,) if case.change and case.change.what == "omit" else ()
        return Counterexample(
            name=name_of(self.prop, case),
            violated=case.violated,
            omitted=omitted,
            moves=tuple(self._moves(case)),
            left=_midpoint(found.left.low, found.left.high),
            right=_midpoint(found.right.low, found.right.high),
            margin=found.margin,
        )

    def whole(self, found: Found) -> Counterexample:
        """The counterexample with the need for each part, its path, and a fix."""
        return replace(
            self.counterexample(found),
            parts=self._parts(found.case),
            path=self._path(found.case),
            fix=self._fix(found.case) if self.with_fix else None,
        )

    def _moves(self, case: Case) -> Iterable[Move]:
        head = self.asked.head
        moved = head.moved(case)
        for parameter, to in moved.items():
            yield Move(head.session.circuit.parameters[parameter].path, head.stated(parameter), to)
        if case.change and case.change.what != "omit" and not moved:
            stated = _stated(self.asked, case.change.name)
            yield Move(case.change.name, stated, float(case.change.what == "raise"))
        theta = self.theta.get(case)
        if theta is not None:
            for parameter in head.relevant:
                if parameter not in moved and theta[parameter] != head.middle[parameter]:
                    path = head.session.circuit.parameters[parameter].path
                    yield Move(path, float(head.middle[parameter]), float(theta[parameter]))

    def _parts(self, case: Case) -> tuple[Part, ...]:
        names = [*case.violated, *((case.change.name,) if case.change else ())]
        if not names:
            return ()
        sides = self.ask([case.without(name) for name in names])
        vacuous = sides.vacuous
        open_ = ~(sides.holds | sides.breaks | vacuous)
        return tuple(
            Part(name, None if vacuous[i] else least(sides.margin, i), bool(open_[i]))
            for i, name in enumerate(names)
        )

    def _path(self, case: Case) -> tuple[str, ...]:
        """The shortest path of dependence from a violated node to an outcome that the requirement names.

        It passes no node that can never be true, as nothing depends on such a node.
        """
        starts = list(case.violated) or ([_node_of(case.change.name)] if case.change else [])
        circuit, document = self.asked.head.session.circuit, self.document
        readers, targets = _readers(document), _targets(self.asked, document)
        left_out: set[str] = set()
        while True:
            paths = [path for start in starts if (path := _shortest(start, targets, readers, left_out))]
            path = min(paths, key=lambda path: (len(path), path), default=())
            false = never_true(circuit, path[1:])
            if not false:
                return path
            left_out |= false

    def _fix(self, case: Case) -> Move | None:
        """The number that has to move least, in log-odds, for the requirement to hold in this case.

        Each is moved alone, in all its draws, with the others at their means. False alarms are only lowered:
        a safeguard that always acts prevents harm by preventing everything. None if means do not determine
        the requirement, or no single number suffices.
        """
        head = self.asked.head
        if not self.asked.exact or not self.asked.decided:
            return None
        if "before" in self.asked.versions and head.moved(case):
            return None  # before and after have different numbers
        coins = _numbers(self.asked, self.document)
        best: tuple[float, Move] | None = None
        paths = list(coins)
        for start in range(0, len(paths), NUMBERS_AT_ONCE):
            for move in _moved_until(
                self.asked, case, {p: coins[p] for p in paths[start : start + NUMBERS_AT_ONCE]}
            ):
                if move.parameter.endswith(".false_alarm") and move.to > move.stated:
                    continue
                far = abs(_logit(move.to) - _logit(move.stated))
                if best is None or (far, move.parameter) < (best[0], best[1].parameter):
                    best = far, move
        return best[1] if best else None


def _midpoint(low: float, high: float) -> float:
    if not (isfinite(low) and isfinite(high)):
        return low if isfinite(low) else high
    return low if low == high else (low + high) / 2


def _stated(asked: MeteredRequirement, path: str) -> float:
    head = asked.head
    p = head.session.points.sampler.probabilities(head.middle[None])
    for index, coin in enumerate(head.session.circuit.coins):
        if coin.path == path:
            return float(p[0, index])
    return float("nan")


def _numbers(asked: MeteredRequirement, document: Document) -> dict[str, list[int]]:
    """The draws of each probability that the story states as a number."""
    known = set(movable(document))
    coins: dict[str, list[int]] = {}
    for index, coin in enumerate(asked.head.session.circuit.coins):
        if coin.path in known:
            coins.setdefault(coin.path, []).append(index)
    return coins


def _moved_until(asked: MeteredRequirement, case: Case, coins: dict[str, list[int]]) -> Iterable[Move]:
    """The first value of each number, towards 0 or 1, at which the requirement holds."""
    paths, head = list(coins), asked.head
    theta = head.certain(case)
    start = head.session.points.sampler.probabilities(theta)[0]
    stated = np.array([start[coins[path][0]] for path in paths])

    def kept(values: Floats) -> Bools:
        p = np.repeat(start[None], len(paths), axis=0)
        for row, path in enumerate(paths):
            p[row, coins[path]] = values[row]
        found: Bools = asked.at_probabilities(case, p, np.repeat(theta, len(paths), axis=0)).holds[0]
        return found

    for end in (0.0, 1.0):
        there = kept(np.full(len(paths), end))
        if not there.any():
            continue
        near, far = stated.copy(), np.full(len(paths), end)
        for _ in range(MAX_HALVINGS):
            middle = (near + far) / 2
            enough = kept(middle)
            near, far = np.where(enough, near, middle), np.where(enough, middle, far)
        for row, path in enumerate(paths):
            if there[row] and stated[row] != end:
                to = far[row] + OVERSHOOT * (far[row] - near[row])
                yield Move(path, float(stated[row]), float(min(max(to, 0.0), 1.0)))


def _logit(p: float) -> float:
    if p in (0.0, 1.0):
        return float("inf") if p else float("-inf")
    return float(np.log(p / (1 - p)))


def _node_of(path: str) -> str:
    return path.split(".")[1] if "." in path else path


def _readers(document: Document) -> dict[str, list[str]]:
    """The nodes and outcomes that read each node."""
    halting = halting_safeguards(document)
    found: dict[str, dict[str, None]] = {}
    for owner, name, _, _ in edges(document):
        found.setdefault(name, {})[owner] = None
    for text in traversal.texts(document):
        if text.role == "outcome":
            for name, _ in sorted(reads(text)):
                for one in halting if name == "halted" else (name,):
                    found.setdefault(one, {})[text.owner] = None
    return {name: list(owners) for name, owners in found.items()}


def _targets(asked: MeteredRequirement, document: Document) -> set[str]:
    """The outcomes and nodes that the requirement measures."""
    found: set[str] = set()
    for one in asked.requirement.measured:
        if isinstance(one.measure, SobolTotal):
            continue
        of = one.measure.of
        words = {name for name, _ in names(tree_of(of))} if of is not None else {*document.outcomes}
        found |= words & {name for _, name, _ in traversal.nodes(document)}
        for name, end in document.outcomes.items():
            failed = "failure" in words and end.kind != "success"
            if failed or words & {name, end.kind}:
                found.add(name)
    return found


def _shortest(
    start: str, targets: set[str], readers: dict[str, list[str]], left_out: set[str]
) -> tuple[str, ...]:
    previous: dict[str, str | None] = {start: None}
    waiting: deque[str] = deque([start])
    while waiting:
        name = waiting.popleft()
        if name in targets:
            path: list[str] = []
            at: str | None = name
            while at is not None:
                path.append(at)
                at = previous[at]
            return tuple(reversed(path))
        for reader in readers.get(name, ()):
            if reader not in previous and reader not in left_out:
                previous[reader] = name
                waiting.append(reader)
    return ()
