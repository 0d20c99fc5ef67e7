"""Story to Graph: resolve names, declare numbers as parameters, unroll steps."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import TopologicalSorter
from typing import Any, get_args

from sensa import folding
from sensa.compiling import expert_draws
from sensa.compiling.catastrophe_limits import limits
from sensa.compiling.declared_numbers import Expressions, Parameters
from sensa.compiling.laws import assumption_law, challenge_law, choice_law, event_law, safeguard_law
from sensa.compiling.measures import measured
from sensa.compiling.memberships import counted, evidence, memberships, signed_entries
from sensa.compiling.resolving import ChoiceValue, Context, Value, resolve_bool, resolve_real
from sensa.defects import Deadline
from sensa.graph import (
    FALSE,
    TRUE,
    ZERO,
    Apply,
    Axis,
    Bool,
    Case,
    Choose,
    Dependence,
    Derived,
    Ends,
    Expectation,
    ExpertDraw,
    FirstCase,
    Graph,
    Holds,
    Law,
    Measured,
    NecessaryCondition,
    Node,
    NodeKind,
    Origin,
    Outcome,
    Quantity,
    Real,
    RedTeam,
    Scale,
    StatedResult,
)
from sensa.stories import traversal
from sensa.stories.dependencies import dependencies
from sensa.stories.expressions.printing import show
from sensa.stories.expressions.trees import conjuncts
from sensa.stories.problems import path_text
from sensa.stories.properties.measures import FAILURE, Measure, parse_measure
from sensa.stories.schema.document import Document
from sensa.stories.schema.vocabulary import Criterion, Kind
from sensa.stories.story import Story

_TABLES: dict[str, NodeKind] = {
    "assumptions": "assumption",
    "challenges": "challenge",
    "choices": "choice",
    "events": "event",
    "safeguards": "safeguard",
}
_LAWS = {
    "assumption": assumption_law,
    "challenge": challenge_law,
    "choice": choice_law,
    "event": event_law,
    "safeguard": safeguard_law,
}
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)


def compile_story(
    story: Story,
    deadline: Deadline | None = None,
    free: Collection[str] = (),
    first: Sequence[str] = (),
    *,
    apart: bool = False,
) -> Graph:
    """Compile a checked story without errors to its assumption graph.

    Nodes drawn once come first, then the every-step nodes of each step, so that every node comes after its
    dependencies. An `every_step` node has one node per step in the graph, others have one. The numbers at the
    paths in `free` become free parameters, whatever the story states there; the parameters at the paths in
    `first` come before all others, and so keep their columns in a sample. With `apart`, every axis has a
    derived quantity at each step (`Graph.axes`), so that it can be replaced; its value is not folded then.
    """
    origin = Origin(story.document.story.title, story.file, story.digest)
    return replace(
        Compiler(story.document, deadline or Deadline(math.inf), free, first, apart=apart).graph(),
        origin=origin,
        signed=tuple(signed_entries(story)),
    )


def compile_measures(
    story: Story, measures: Mapping[str, Measure], free: Collection[str] = (), first: Sequence[str] = ()
) -> Graph:
    """The graph of a checked story, with these measures, by a text of each, in place of its own.

    `free` and `first` are as in `compile_story`.
    """
    compiler = Compiler(story.document, Deadline(math.inf), free, first)
    graph = compiler.graph()
    return replace(graph, measures=compiler.measures(measures.values(), measures), expectations=(), stated=())


class Compiler:
    """One compilation: tables of everything resolved so far, in the order of the graph."""

    def __init__(
        self,
        document: Document,
        deadline: Deadline,
        free: Collection[str] = (),
        first: Sequence[str] = (),
        *,
        apart: bool = False,
    ) -> None:
        self.apart = apart
        self.document = document
        self.deadline = deadline
        self.parameters = Parameters(free, first)
        self.expressions = Expressions()
        self.nodes: list[Node] = []
        self.quantities: list[Quantity] = []
        self.draws: list[ExpertDraw] = []
        self.index: dict[tuple[str, int | None], int] = {}
        self.reals: dict[str, Real] = {}
        self.declarations: dict[str, tuple[NodeKind, str, Any]] = {
            name: (kind, f"{table}.{name}", model)
            for table, kind in _TABLES.items()
            for name, model in getattr(document, table).items()
        }
        self.halting = [n for n, s in document.safeguards.items() if s.action == "halt"]
        self.steps: list[tuple[int | None, int]] = [
            (phase, round_)
            for phase, declared in enumerate(document.phases)
            for round_ in range(declared.repeat)
        ] or [(None, 0)]
        self._axes: dict[tuple[str, int], Real] = {}
        self._contexts: dict[int | None, Context] = {}

    def graph(self) -> Graph:
        """The graph: once-only names in the order of dependence, then each step likewise."""
        uses = dependencies(self.document)
        self._draw_experts()
        names = list(TopologicalSorter({name: sorted(read) for name, read in uses.items()}).static_order())
        once = [n for n in names if not self._every_step(n)]
        each = [n for n in names if self._every_step(n)]
        for name in once:
            self._add(name, None)
        axes = list(dict.fromkeys(axis for phase in self.document.phases for axis in phase.axes))
        for step, (phase, _) in enumerate(self.steps):
            stated = () if phase is None else self.document.phases[phase].axes
            for axis in dict.fromkeys([*stated, *axes]) if self.apart else stated:
                self._axis(axis, step)
            for name in each:
                self._add(name, step)
        outcomes = tuple(self._outcome(name) for name in self.document.outcomes)
        texts = list(dict.fromkeys((*self.document.expect, *self.document.stated)))
        criteria = {c: self._criterion(c) for c in CRITERIA}
        team = self.document.red_team
        return Graph(
            parameters=tuple(self.parameters.found),
            quantities=tuple(self.quantities),
            nodes=tuple(self.nodes),
            steps=tuple("" if p is None else self.document.phases[p].name for p, _ in self.steps),
            outcomes=outcomes,
            dependence=tuple(self._dependence(i) for i in range(len(self.document.dependence))),
            criteria={name: value for name, value in criteria.items() if value is not None},
            draws=tuple(self.draws),
            measures=self.measures(map(parse_measure, texts), texts),
            expectations=tuple(
                Expectation(text, stated.value, stated.within)
                for text, stated in self.document.expect.items()
            ),
            stated=tuple(
                StatedResult(text, stated.value, stated.source)
                for text, stated in self.document.stated.items()
            ),
            modes={name: e.mode for name, e in self.document.events.items() if e.mode is not None},
            limits=limits(self.document),
            red_team=None if team is None else RedTeam(team.trials, dict(team.findings)),
            memberships=memberships(self.document),
            necessary=tuple(self._necessary()),
            evidence=evidence(self.document),
            counted=tuple(counted(self.document)),
            axes=tuple(Axis(name, self._quantities_of(name)) for name in axes),
            training=tuple(self._is_training(phase) for phase, _ in self.steps if phase is not None),
            numbers=tuple(path_text(number.path) for number in traversal.numbers(self.document)),
        )

    def _is_training(self, phase: int) -> bool:
        """Whether a phase is one of training: as it says, else the first phase alone."""
        kind = self.document.phases[phase].kind
        return phase == 0 if kind is None else kind == "training"

    def _draw_experts(self) -> None:
        """The nodes that say which expert is right, where one is drawn for all numbers."""
        if self.document.experts.draw == "separately":
            return
        draws = expert_draws.draws(self.document, self.parameters.free)
        for i, draw in enumerate(draws.draws):
            path = f"experts.draw[{i}]" if len(draws.draws) > 1 else "experts.draw"
            chance = self.parameters.drawn(path, draw.share)
            law = FirstCase((Case(TRUE, chance, path, path),))
            self.nodes.append(Node(path, "expert", "experts", law))
            self.draws.append(ExpertDraw(chance.parameter, draw.first, draw.others, draw.weights))
        self.parameters.first_of = draws.first_of

    def _every_step(self, name: str) -> bool:
        return name in self.declarations and getattr(self.declarations[name][2], "every_step", False)

    def _add(self, name: str, step: int | None) -> None:
        if name in self.document.quantities:
            self.reals[name] = self._quantity(name)
            return
        kind, path, model = self.declarations[name]
        self.deadline.check(path)
        law: Law = _LAWS[kind](self, name, model, path, step)  # type: ignore[operator]
        self.index[name, step] = len(self.nodes)
        self.nodes.append(Node(name, kind, path, law, step))

    def _quantity(self, name: str) -> Real:
        path = f"quantities.{name}"
        value = self.number(self.document.quantities[name].value, f"{path}.value", "real", None)
        if not isinstance(value, Apply | Choose):
            return value
        return self._derived(name, path, value)

    def _derived(self, name: str, path: str, value: Real) -> Derived:
        self.quantities.append(Quantity(name, path, value, after=len(self.nodes)))
        return Derived(len(self.quantities) - 1)

    def number(self, raw: Any, path: str, scale: Scale, step: int | None) -> Real:
        """The real of a declared number at a step."""
        context = self.context(step)
        return self.parameters.number(raw, path, scale, lambda e: resolve_real(e, context))

    def condition(self, text: str | bool | None, step: int | None) -> Bool:
        """The condition of a text at a step; true if it is left out."""
        if text is None or isinstance(text, bool):
            return TRUE if text in (None, True) else FALSE
        return resolve_bool(self.expressions.parse(text), self.context(step))

    def context(self, step: int | None) -> Context:
        """The meaning of names at a step."""
        if step not in self._contexts:
            words: Mapping[str, float] = {}
            phase = ""
            if step is not None:
                at, round_ = self.steps[step]
                words = {"step": float(step), "round": float(round_)}
                phase = "" if at is None else self.document.phases[at].name
            self._contexts[step] = Context(
                value=lambda name, prev: self._value(name, step, prev),
                axis=lambda name: self._axis(name, step),
                words=words,
                phase=phase,
            )
        return self._contexts[step]

    def _value(self, name: str, step: int | None, prev: bool) -> Value:
        if name in self.reals:
            return self.reals[name]
        if name == "halted":
            return folding.disjunction([self._bool(s, step) for s in self.halting])
        kind, _, model = self.declarations[name]
        at = step if self._every_step(name) else None
        if prev:
            at = None if not step else step - 1
        node = self.index.get((name, at)) if not prev or step else None
        if kind == "choice":
            options = model.options
            tags = tuple(frozenset(option.tags) for option in options.values())
            return ChoiceValue(node, tuple(options), tags, model.initial)
        if node is None:
            return TRUE if model.initial else FALSE
        return Holds(node)

    def _bool(self, name: str, step: int | None) -> Bool:
        return Holds(self.index[name, step if self._every_step(name) else None])

    def _axis(self, name: str, step: int | None) -> Real:
        assert step is not None
        if (name, step) not in self._axes:
            phase = self.steps[step][0]
            axes = {} if phase is None else self.document.phases[phase].axes
            path = f"phases[{phase}].axes.{name}"
            value = self.number(axes[name], path, "real", step) if name in axes else ZERO
            self._axes[name, step] = (
                self._derived(f"axis.{name}@{step + 1}", path, value) if self.apart else value
            )
        return self._axes[name, step]

    def _quantities_of(self, axis: str) -> tuple[int, ...]:
        """The derived quantities of an axis that is kept apart, step by step."""
        values = [self._axes[axis, step] for step in range(len(self.steps) if self.apart else 0)]
        return tuple(value.quantity for value in values if isinstance(value, Derived))

    def _outcome(self, name: str) -> Outcome:
        model = self.document.outcomes[name]
        path, steps = f"outcomes.{name}", range(len(self.steps))
        rules = () if model.otherwise else (self.condition(model.when, step) for step in steps)
        stated = () if model.loss is None else steps
        losses = (self.number(model.loss, f"{path}.loss", "real", step) for step in stated)
        return Outcome(name, model.kind, path, tuple(rules), tuple(losses))

    def _criterion(self, criterion: Criterion) -> Bool | None:
        steps: list[int | None] = list(range(len(self.steps)))
        text = self.document.criteria.get(criterion)
        if text is not None:
            return folding.conjunction([self.condition(text, step) for step in steps])
        members = [n for n, a in self.document.assumptions.items() if traversal.criterion_of(a) == criterion]
        if not members:
            return None
        return folding.conjunction(
            [self._bool(n, step) for n in members for step in (steps if self._every_step(n) else steps[:1])]
        )

    def measures(self, wanted: Iterable[Measure], texts: Iterable[str]) -> dict[str, Measured]:
        """What each measure is of, once all nodes are there."""
        wanted = tuple(wanted)
        if not wanted:
            return {}
        steps = [self.context(step) for step in range(len(self.steps))]
        ends = self._ends()
        return {text: measured(one, steps, ends) for text, one in zip(texts, wanted, strict=True)}

    def _ends(self) -> dict[str, Bool]:
        """Words about the whole story; a criterion without assumptions is true."""
        ends: dict[str, Bool] = {criterion: self._criterion(criterion) or TRUE for criterion in CRITERIA}
        kinds = [model.kind for model in self.document.outcomes.values()]
        ends |= {name: Ends((i,)) for i, name in enumerate(self.document.outcomes)}
        ends |= {word: Ends(tuple(i for i, k in enumerate(kinds) if k == word)) for word in get_args(Kind)}
        return ends | {FAILURE: Ends(tuple(i for i, kind in enumerate(kinds) if kind != "success"))}

    def _necessary(self) -> Iterator[NecessaryCondition]:
        """What each event requires, and what its `when` joins by `and`."""
        for name, event in self.document.events.items():
            steps = [*range(len(self.steps))] if event.every_step else [None]
            stated = {show(self.expressions.parse(text)): True for text in event.requires}
            joined = conjuncts(self.expressions.parse(event.when)) if event.when is not None else ()
            stated = {show(one): False for one in joined} | stated
            for text, required in stated.items():
                when = tuple(self.condition(text, step) for step in steps)
                yield NecessaryCondition(name, text, when, required)

    def _dependence(self, position: int) -> Dependence:
        model = self.document.dependence[position]
        first, second = (self.parameters.index[path] for path in model.between)
        return Dependence(first, second, model.rank_correlation, f"dependence[{position}]")
