"""Laws of nodes to gates: the draws of a node, and when each counts."""

import math
from collections.abc import Callable, Iterable, Iterator

from sensa import graph as g
from sensa.circuit import Coin, EmptyCase, Requirement
from sensa.circuit import Rule as RequiredRule
from sensa.kernels.program import RealOp
from sensa.lowering.expressions import MAX_CASES, Expressions, Piece, TooManyCases
from sensa.lowering.gate_builder import GateBuilder
from sensa.lowering.program_builder import RealBuilder
from sensa.lowering.switches import EVERYWHERE, NO_SWITCHES, Switches, off, on

EXCLUDED = -1
_SATISFIES: dict[RequiredRule, Callable[[float], bool]] = {
    "probability": lambda value: 0 <= value <= 1,
    "weight": lambda value: 0 <= value < math.inf,
    "total": lambda value: 0 < value < math.inf,
    "number": math.isfinite,
}


class Nodes:
    """Lowers the nodes of a graph one after another."""

    def __init__(self, graph: g.Graph, *, opened: bool = False, switches: Switches = NO_SWITCHES) -> None:
        self.graph = graph
        self.opened = opened
        self.switches = switches
        self._reader = EVERYWHERE
        switched = self._switched if switches.conditions else None
        self.expressions = Expressions(graph, self._comparison_coin, switched)
        self.gates = self.expressions.gates
        self.reals = self.expressions.reals
        self.coins: list[Coin] = []
        self.requirements: dict[tuple[int, RequiredRule], Requirement] = {}
        self.empty: list[EmptyCase] = []
        self._comparisons: dict[int, int] = {}
        self._switch_coins: dict[str, int] = {}

    def add(self, index: int) -> None:
        """Give the node its gates."""
        node, before = self.graph.nodes[index], len(self.coins)
        self._reader = node.name
        self._add(index, node)
        self._reader = EVERYWHERE
        if index in self.expressions.truths and any(coin.node for coin in self.coins[before:]):
            self.expressions.possible.drawn(self.expressions.truths[index])

    def _add(self, index: int, node: g.Node) -> None:
        match node.law:
            case g.FirstCase(cases):
                self.expressions.truths[index] = self._first_case(node, cases)
            case g.AnyCause(causes):
                self.expressions.truths[index] = self.gates.disjunction(
                    self.gates.conjunction([self.expressions.gate(case.when), self._draw(node, case)])
                    for case in causes
                )
            case g.Pick() as law:
                self.expressions.options[index] = self._pick(node, law)
                self.expressions.possible.choice(index, self.expressions.options[index])

    def _switched(self, condition: g.Bool, gate: int) -> int:
        """The gate of a condition under its switches: that of its reader decides last."""
        for reader in dict.fromkeys((EVERYWHERE, self._reader)):
            name = self.switches.conditions.get((reader, condition))
            if name is not None:
                is_off = self.gates.negation(self._switch(off(name)))
                gate = self.gates.conjunction(
                    [self.gates.disjunction([gate, self._switch(on(name))]), is_off]
                )
        return gate

    def _switch(self, draw: str) -> int:
        if draw not in self._switch_coins:
            self._switch_coins[draw] = len(self.coins)
            self.coins.append(Coin(draw=draw, path="", node="", program=RealBuilder.ZERO))
        return self.gates.coin(self._switch_coins[draw])

    def _comparison_coin(self, program: int, label: str) -> int:
        if program not in self._comparisons:
            self._comparisons[program] = len(self.coins)
            self.coins.append(Coin(draw=label, path="", node="", program=program))
            self.require(program, "probability", label)
        return self._comparisons[program]

    def require(self, program: int, rule: RequiredRule, path: str) -> None:
        """Require that an instruction satisfies a rule at every parameter value."""
        value = self.reals.value(program)
        if value is None or not _SATISFIES[rule](value):
            self.requirements.setdefault((program, rule), Requirement(program, rule, path))

    def _first_case(self, node: g.Node, cases: tuple[g.Case, ...]) -> int:
        lowered = [
            (self.expressions.gate(case.when), self._draw(node, case, cases[:i]))
            for i, case in enumerate(cases)
        ]
        truth = GateBuilder.FALSE
        for when, draw in reversed(lowered):
            truth = self.gates.select(when, draw, truth)
        return truth

    def _draw(self, node: g.Node, case: g.Case, before: tuple[g.Case, ...] = ()) -> int:
        """The gate of a draw where no case before it applies: a coin for each case of its chance."""
        pieces = self.expressions.pieces(case.chance)
        applies = [*((earlier.when, False) for earlier in before), (case.when, True)]
        drawn = []
        for i, piece in enumerate(pieces):
            draw = case.draw if len(pieces) == 1 else f"{case.draw}/{i}"
            program = self.reals.guarded(self._guard(piece, applies), piece.values[0])
            self.require(program, "probability", case.path)
            coin = self._coin(program, draw, case.path, node, case.kind)
            drawn.append(self.gates.conjunction([piece.gate, coin]))
        return self.gates.disjunction(drawn)

    def _guard(self, piece: Piece, conditions: Iterable[tuple[g.Bool, bool]]) -> int:
        """The instruction that is 0 if the parameters exclude a case in which conditions are so."""
        could = [self.expressions.could_be(when, value, piece.gate) for when, value in conditions]
        return self.reals.conjunction([*could, piece.guard])

    def _coin(self, program: int, draw: str, path: str, node: g.Node, kind: g.CaseKind = "caused") -> int:
        """The gate of a coin; a certain one is folded unless interventions can set it."""
        if program in (RealBuilder.ZERO, RealBuilder.ONE) and not self._can_be_set(node, kind, program):
            return GateBuilder.TRUE if program == RealBuilder.ONE else GateBuilder.FALSE
        address = draw if node.step is None else f"{draw}@{node.step + 1}"
        self.coins.append(Coin(address, path, node.name, program, node.step, kind == "alone"))
        return self.gates.coin(len(self.coins) - 1)

    def _can_be_set(self, node: g.Node, kind: g.CaseKind, program: int) -> bool:
        """Whether a certain draw is kept; no intervention causes a leak that does not exist."""
        if node.kind == "assumption":
            return True
        if program == RealBuilder.ZERO and kind != "caused":
            return kind == "alone" and node.name in self.switches.leaks
        return self.graph.is_unmodelled(node.name) or (self.opened and node.kind != "choice")

    # Choices

    def _pick(self, node: g.Node, law: g.Pick) -> tuple[int, ...]:
        """The options' gates: in a row, each taken if its draw succeeds and no option before it is taken.

        An option has one draw, which is a coin in each case, so that no option repeats the cases of those
        before it: engines can keep that small.
        """
        self._require_misses(law, node.path)
        if law.rows:
            return self._pick_by_rows(node, law)
        drawn: list[list[int]] = [[] for _ in law.options]
        whens = [self.expressions.gate(rule.when) for rule in law.rules]
        count, empty = 0, len(self.empty)
        for active, gate in self._active_rules(law, whens):
            case = ", ".join(_key(law.rules[i]) for i in active)
            pieces = self._weights(law, active, gate)
            count += len(pieces)
            if count > MAX_CASES:
                raise TooManyCases(count, "the choice", (_key(rule) for rule in law.rules))
            for i, piece in enumerate(pieces):
                draw = f"{law.draw}({case})" if len(pieces) == 1 else f"{law.draw}({case}/{i})"
                if piece.gate == GateBuilder.FALSE:
                    continue
                found = self._stick_breaking(node, law, piece.values, piece.guard, draw, law.weight_paths)
                for option, coin in found:
                    drawn[option].append(self.gates.conjunction([piece.gate, coin]))
                if not found:
                    self.empty.append(EmptyCase(piece.gate, node.path, case))
        if len(self.empty) == empty:
            drawn[-1] = [GateBuilder.TRUE]  # some option is taken, so the last one if none before it
        return tuple(self._in_a_row(self.gates.disjunction(gates) for gates in drawn))

    def _pick_by_rows(self, node: g.Node, law: g.Pick) -> tuple[int, ...]:
        """The same by a table. Its rows exclude each other and leave no case out, so none is split."""
        drawn: list[list[tuple[int, ...]]] = [[] for _ in law.options]
        tests = [tuple(map(self._row_test, row.tests)) for row in law.rows]
        rest = self.gates.negation(self.gates.factored(gates for gates in tests if gates))
        for row, gates in zip(law.rows, tests, strict=True):
            pieces = self.expressions.combine(row.chances)
            for i, piece in enumerate(pieces):
                for value, path in zip(piece.values, row.paths, strict=True):
                    chance = self.reals.select(piece.guard, value, RealBuilder.ZERO)
                    self.require(chance, "probability", path)
                case = _key(row) if len(pieces) == 1 else f"{_key(row)}/{i}"
                draw = f"{law.draw}({case})"
                for option, coin in self._stick_breaking(
                    node, law, piece.values, piece.guard, draw, row.paths
                ):
                    product = (*(gates or (rest,)), piece.gate, coin)
                    drawn[option].append(tuple(gate for gate in product if gate != GateBuilder.TRUE))
        return tuple(self._in_a_row([*map(self.gates.factored, drawn[:-1]), GateBuilder.TRUE]))

    def _row_test(self, test: g.Bool) -> int:
        """The gate of a row's test. A switch of what a choice took leaves its value, which rows read."""
        if isinstance(test, g.Picks):
            return self.gates.disjunction(self.expressions.options[test.node][o] for o in test.options)
        return self.expressions.gate(test)

    def _in_a_row(self, draws: Iterable[int]) -> Iterator[int]:
        rest = GateBuilder.TRUE
        for draw in draws:
            yield self.gates.conjunction([rest, draw])
            rest = self.gates.conjunction([rest, self.gates.negation(draw)])

    def _active_rules(self, law: g.Pick, whens: list[int]) -> Iterator[tuple[tuple[int, ...], int]]:
        """The rules that apply in each possible case; decisions of earlier rules are not repeated."""
        cases: list[tuple[tuple[int, ...], int]] = [((), GateBuilder.TRUE)]
        for i, when in enumerate(whens):
            split: list[tuple[tuple[int, ...], int]] = []
            for active, gate in cases:
                yes = self.expressions.both(gate, when)
                no = self.expressions.both(gate, self.gates.negation(when))
                decided = GateBuilder.FALSE in (yes, no)
                for holds, both in ((True, yes), (False, no)):
                    if both != GateBuilder.FALSE:
                        split.append(((*active, i) if holds else active, gate if decided else both))
            cases = split
            if len(cases) > MAX_CASES:
                raise TooManyCases(len(cases), "the choice", (_key(rule) for rule in law.rules[: i + 1]))
        yield from cases

    def _weights(self, law: g.Pick, active: tuple[int, ...], within: int) -> tuple[Piece, ...]:
        """Weights of the options, case by case; `EXCLUDED` for options that a constraint excludes.

        `within` is the gate of the case in which the active rules, and no others, apply.
        """
        excluded = {option for i in active for option in law.rules[i].excludes}
        left = [o for o in range(len(law.options)) if o not in excluded]
        reals = [law.weights[o] for o in left]
        factors = [(o, f, p) for i in active for o, f, p in law.rules[i].factors if o in left]
        applies = [(rule.when, i in active) for i, rule in enumerate(law.rules)]
        pieces = []
        for found in self.expressions.combine([*reals, *(f for _, f, _ in factors)]):
            piece = Piece(self.gates.conjunction([within, found.gate]), found.guard, found.values)
            guard = self._guard(piece, applies)
            weights = dict(zip(left, piece.values, strict=False))
            for option in left:
                self._require_weight(guard, weights[option], law.weight_paths[option])
            for (option, _, path), factor in zip(factors, piece.values[len(left) :], strict=True):
                self._require_weight(guard, factor, path)
                weights[option] = self._times(weights[option], factor)
            values = tuple(weights.get(o, EXCLUDED) for o in range(len(law.options)))
            pieces.append(Piece(piece.gate, guard, values))
        return tuple(pieces)

    def _require_weight(self, guard: int, weight: int, path: str) -> None:
        self.require(self.reals.select(guard, weight, RealBuilder.ONE), "weight", path)

    def _require_misses(self, law: g.Pick, path: str) -> None:
        for option, miss in zip(law.options, law.misses, strict=False):
            for piece in self.expressions.pieces(miss):
                program = self.reals.select(piece.guard, piece.values[0], RealBuilder.ZERO)
                self.require(program, "probability", f"{path}.options.{option}.miss")

    def _times(self, a: int, b: int) -> int:
        if RealBuilder.ZERO in (a, b):
            return RealBuilder.ZERO
        if RealBuilder.ONE in (a, b):
            return b if a == RealBuilder.ONE else a
        return self.reals.apply(RealOp.MUL, a, b)

    def _stick_breaking(
        self,
        node: g.Node,
        law: g.Pick,
        weights: tuple[int, ...],
        guard: int,
        draw: str,
        paths: tuple[str, ...],
    ) -> list[tuple[int, int]]:
        """A case's draws: of each option left but the last a coin, this or one after it; none if none is."""
        left = [o for o, w in enumerate(weights) if w not in (EXCLUDED, RealBuilder.ZERO)]
        if not left:
            return []
        totals = [weights[left[-1]]]
        for option in reversed(left[:-1]):
            totals.append(self.reals.apply(RealOp.ADD, weights[option], totals[-1]))
        totals.reverse()
        self.require(self.reals.select(guard, totals[0], RealBuilder.ONE), "total", node.path)
        drawn = []
        for option, total in zip(left[:-1], totals, strict=False):
            share = self.reals.apply(RealOp.SHARE, weights[option], total)
            program = self.reals.select(guard, share, RealBuilder.ZERO)
            drawn.append((option, self._coin(program, f"{draw}.{law.options[option]}", paths[option], node)))
        return [*drawn, (left[-1], GateBuilder.TRUE)]


def _key(rule: g.Rule | g.Row) -> str:
    """The key of a rule or row in its choice: `nudges[0]`."""
    return rule.path.rsplit(".", 1)[-1]
