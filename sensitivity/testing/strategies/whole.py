"""Whole stories, valid by construction: a plan of nodes, then each node using the names before it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from sensa.stories import traversal
from sensa.stories.arguments import require_kind
from sensa.stories.loading import load
from sensa.stories.model import Frozen
from sensa.stories.numbers.forms.bounded import Interval
from sensa.stories.numbers.forms.experts import ProbabilityExperts, RealExperts
from sensa.stories.numbers.forms.extrapolate import Extrapolate
from sensa.stories.numbers.forms.odds import Odds
from sensa.stories.numbers.pooled_experts import stated_weights
from sensa.stories.problems import path_text
from sensa.stories.reading import parse
from sensa.stories.story import Story
from sensa.testing.strategies import node_tables, notes, property_tables
from sensa.testing.strategies.number_forms import real_distribution
from sensa.testing.strategies.toml_text import blocks_of, document_of
from sensa.testing.strategies.typed_expressions import Draw, Scope, latest, one_of, real, truth


@dataclass(frozen=True)
class Limits:
    """The size of a story, and what it has besides its nodes."""

    quantities: int = 3
    nodes: int = 6
    challenges: int = 2
    phases: int = 2
    steps: int = 4
    depth: int = 2
    properties: int = 0
    notes: bool = False  # evidence, owners, tags and the like, and expected totals


WHOLE = Limits(properties=2, notes=True)
SMALL = Limits(quantities=1, nodes=3, challenges=1, phases=0, steps=1, depth=1)
KINDS: list[dict[str, str]] = [{}, {"kind": "training"}, {"kind": "deployment"}]  # of a phase
LETTERS = {"assumptions": "a", "events": "e", "safeguards": "s", "choices": "m", "quantities": "d"}


@dataclass(frozen=True)
class Planned:
    """A planned node: what others need to know about it."""

    name: str
    kind: str
    every_step: bool = False
    action: str = ""
    options: dict[str, list[str]] = field(default_factory=dict)


def planned_node(draw: Draw, i: int, limits: Limits) -> Planned:
    """Plan a node; the first is an assumption, and every-step nodes are rare in a story of one step."""
    kind = draw(st.sampled_from((*LETTERS, "events"))) if i else "assumptions"
    every_step = kind != "quantities" and draw(st.integers(0, 7)) > (3 if limits.phases else 6)
    options = {}
    if kind == "choices":
        tags = st.sampled_from([[], ["agentic"], ["agentic", "narrow"], ["conforms"]])
        options = {f"o{k}": list(draw(tags)) for k in range(draw(st.integers(2, 3)))}
    action = draw(st.sampled_from(["halt", "halt", "warn"])) if kind == "safeguards" else ""
    return Planned(f"{LETTERS[kind]}{i}", kind, every_step, action, options)


@dataclass
class Author:
    """Writes the tables of one story; `once` and `stepwise` are the scopes of the next node."""

    draw: Draw
    limits: Limits
    plan: list[Planned]
    doc: dict[str, Any]
    once: Scope = field(default_factory=Scope)
    stepwise: Scope = field(default_factory=Scope)

    def number(self, low: int, high: int) -> int:
        """A whole number."""
        return int(self.draw(st.integers(low, high)))

    def quantities(self) -> None:
        """Write quantities; later ones may use earlier ones."""
        for i in range(self.number(0, self.limits.quantities)):
            value = one_of(
                self.draw,
                lambda: real_distribution(self.draw),
                lambda: self.number(-8, 8) / 4,
                lambda: real_distribution(self.draw),
                lambda: real(self.draw, self.once, 1),
            )
            self.doc.setdefault("quantities", {})[f"q{i}"] = {"value": value}
            self.add(Planned(f"q{i}", "quantities"))

    def phases(self) -> None:
        """Write phases with their axes, which may use quantities, step and round; axes are stepwise."""
        left, axes = (
            self.limits.steps,
            self.draw(st.sampled_from([(), ("real_world",), ("shift", "updating")])),
        )
        phases: list[dict[str, Any]] = []
        for name in ("training", "deployment")[: self.number(0, self.limits.phases)]:
            most = left - (len(phases) == 0)
            repeat = self.number(1, min(most, 3))
            left -= repeat
            seen = Scope(reals=[*self.once.reals, "step", "round"])
            values = {axis: self.axis(seen) for axis in axes if not phases or self.draw(st.booleans())}
            repeated = {"repeat": repeat} if repeat > 1 or self.draw(st.booleans()) else {}
            kind = self.draw(st.sampled_from(KINDS))
            phases.append({"name": name, **kind, **repeated, **({"axes": values} if values else {})})
        if phases:
            self.doc["phases"] = phases
        words = self.stepwise
        words.counters += ["step", "round"]
        words.phases += [phase["name"] for phase in phases]
        words.reals += [f"axis.{axis}" for axis in axes if phases] + ["step"]
        for node in self.remembered():
            self.name(words, f"prev.{node.name}", node)

    def remembered(self) -> list[Planned]:
        """At most two nodes that may be read with `prev`, as naive enumeration takes long with more."""
        nodes_of_steps = [node for node in self.plan if node.every_step]
        start = self.number(0, max(0, len(nodes_of_steps) - 2))
        return nodes_of_steps[start : start + 2]

    def axis(self, scope: Scope) -> Any:
        """The value of an axis."""
        return one_of(
            self.draw,
            lambda: self.number(0, 20) / 20,
            lambda: real_distribution(self.draw),
            lambda: real(self.draw, scope, 1),
        )

    def name(self, scope: Scope, name: str, node: Planned) -> None:
        """Add a name for a node to a scope."""
        match node.kind:
            case "quantities":
                scope.reals.append(name)
            case "choices":
                scope.options[name] = node.options
            case _:
                scope.bools.append(name)

    def add(self, node: Planned) -> None:
        """Let later nodes use this one."""
        self.name(self.stepwise, node.name, node)
        if not node.every_step:
            self.name(self.once, node.name, node)

    def node(self, planned: Planned) -> None:
        """Write one node, which may use earlier ones."""
        scope = self.stepwise if planned.every_step else self.once
        name, depth = planned.name, self.number(0, self.limits.depth)
        match planned.kind:
            case "assumptions":
                self.challenges(name)
                table = node_tables.assumption(self.draw, scope, depth)
            case "events":
                table = node_tables.event(self.draw, scope, depth)
            case "safeguards":
                table = node_tables.safeguard(self.draw, scope, depth, planned.action)
            case "choices":
                table = node_tables.choice(self.draw, scope, depth, planned.options)
            case _:
                table = {"value": real(self.draw, self.once, max(depth, 1))}
        if planned.every_step:
            table["every_step"] = True
            if self.draw(st.booleans()):
                initial = st.sampled_from(list(planned.options)) if planned.options else st.booleans()
                table["initial"] = self.draw(initial)
        self.doc.setdefault(planned.kind, {})[name] = table
        self.add(planned)

    def challenges(self, assumption: str) -> None:
        """Write challenges of the next assumption, and challenges of those."""
        targets = [assumption]
        written = self.doc.setdefault("challenges", {})
        while len(written) < self.limits.challenges and self.number(0, 2) == 2:
            against = latest(self.draw, targets)
            name = f"c{len(written)}"
            written[name] = node_tables.challenge(self.draw, self.once, against)
            targets.append(name)
        for name in targets[1:]:
            self.add(Planned(name, "challenges"))

    def let_use_halted(self, done: Iterable[str]) -> None:
        """Allow `halted` once every safeguard that halts is written."""
        halting = [n for n in self.plan if n.action == "halt"]
        if "halted" not in self.stepwise.bools and {n.name for n in halting} <= set(done):
            self.add(Planned("halted", "safeguards", any(n.every_step for n in halting)))

    def outcomes(self) -> None:
        """Write three or four outcomes, of all kinds that a story needs."""
        kinds = ["catastrophic", "fail_safe", "success"]
        names = list(kinds) if self.draw(st.booleans()) else ["takeover", "stopped", "done"]
        if self.draw(st.booleans()):
            kinds[2] = self.draw(st.sampled_from(kinds))
        if self.draw(st.booleans()):
            kinds.insert(2, self.draw(st.sampled_from(["success", "fail_safe", "catastrophic"])))
            names.insert(2, "fourth")
        outcomes: dict[str, Any] = {}
        for name, kind in zip(names, kinds, strict=True):
            table: dict[str, Any] = {"kind": kind}
            if name == names[-1]:
                table["otherwise"] = True
            else:
                table["when"] = truth(self.draw, self.stepwise, self.number(0, self.limits.depth))
            if self.draw(st.booleans()):
                table["loss"] = self.loss()
            outcomes[name] = table
        self.doc["outcomes"] = outcomes

    def loss(self) -> Any:
        """The loss of an outcome."""
        quantities = Scope(reals=[name for name in self.once.reals if name.startswith("q")])
        return one_of(
            self.draw,
            lambda: self.number(0, 20) / 20,
            lambda: real_distribution(self.draw),
            lambda: real(self.draw, quantities, 1),
        )

    def criteria(self) -> None:
        """Sometimes define a criterion by an expression."""
        assumptions = Scope(bools=list(self.doc["assumptions"]))
        if self.number(0, 3) == 3:
            criterion = self.draw(st.sampled_from(node_tables.CRITERIA))
            self.doc["criteria"] = {criterion: truth(self.draw, assumptions, 1)}

    def dependence(self) -> None:
        """Write at most two pairs, which are positive definite with |r| <= 0.6 whatever they share."""
        tied = ordinary_parameters(self.doc)
        if len(tied) >= 2 and self.number(0, 2) == 2:
            pairs = st.lists(st.sampled_from(tied), min_size=2, max_size=3, unique=True)
            first, *others = self.draw(pairs)
            self.doc["dependence"] = [
                {"between": [first, other], "rank_correlation": self.number(-6, 6) / 10} for other in others
            ]


def experts(draw: Draw, doc: dict[str, Any]) -> None:
    """Now and then, say whether one expert is right about all numbers."""
    weights = defaultdict[str, set[float]](set)
    for name, weight, _ in stated_weights(document_of(doc)):
        weights[name].add(weight)
    if not weights:
        return
    agreed = all(len(each) == 1 for each in weights.values())
    stated: dict[str, Any] = {"draw": "together", "weights": {"A": 2, "B": 1}}
    tables = [{}, {"draw": "separately"}, stated, {"draw": "together"} if agreed else stated]
    doc["experts"] = draw(st.sampled_from(tables))


def ordinary_parameters(doc: dict[str, Any]) -> list[str]:
    """The paths of plain distributions: neither points, nor bounds, nor pools, nor extrapolations."""
    special_forms = (Odds, Interval, ProbabilityExperts, RealExperts, Extrapolate)
    return [
        path_text(number.path)
        for number in traversal.numbers(document_of(doc))
        if isinstance(number.form, Frozen) and not isinstance(number.form, special_forms)
    ]


def header() -> dict[str, Any]:
    """The tables that every story has."""
    return {
        "story": {"title": "A story"},
        "goal": {"class": ["narrow-agent"], "specification": "What it does", "desirability": "Why"},
        "rationale": {"class": ["other"], "constraints": ["A constraint"], "nudges": ["A nudge"]},
    }


def tables(draw: Draw, limits: Limits) -> dict[str, Any]:
    """The tables of a valid story."""
    number = max(draw(st.integers(1, limits.nodes)), draw(st.integers(1, limits.nodes)))
    plan = [planned_node(draw, i, limits) for i in range(number)]
    author = Author(draw, limits, plan, header())
    author.quantities()
    author.phases()
    for i, planned in enumerate(plan):
        author.node(planned)
        if any(n.action == "halt" for n in plan):
            author.let_use_halted(n.name for n in plan[: i + 1])
    author.let_use_halted(n.name for n in plan)
    author.outcomes()
    author.criteria()
    author.dependence()
    experts(draw, author.doc)
    if limits.notes:
        notes.annotate(draw, author.doc)
    property_tables.add(draw, author.doc, limits.properties)
    return {key: table for key, table in author.doc.items() if table}


@st.composite
def texts(draw: Any, limits: Limits = Limits()) -> str:
    """The text of a valid story."""
    blocks = blocks_of(tables(draw, limits), inline=draw(st.booleans()))
    if draw(st.booleans()):
        start = draw(st.integers(0, len(blocks) - 1))
        blocks = blocks[start:] + blocks[:start]
        blocks = blocks[::-1] if draw(st.booleans()) else blocks
    return "\n\n".join(['format = "training-story/1"', *blocks]) + "\n"


def stories(limits: Limits = WHOLE) -> st.SearchStrategy[Story]:
    """Valid stories over the whole format, read and checked."""
    require_kind("a value of `Limits`", "`Limits(nodes=3)` makes one", limits, Limits)
    return texts(limits).map(lambda text: load(parse(text, "generated.toml")))
