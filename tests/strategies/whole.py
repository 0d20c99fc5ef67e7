"""Stories put together: a plan of the nodes first, then each node over the names before it."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from sensa.stories.problems import path_of
from tests.naive.parameters import declarations, is_parameter
from tests.naive.sampling import marginal
from tests.strategies import nodes
from tests.strategies.expressions import Draw, Scope, latest, one_of, real, truth
from tests.strategies.numbers import real_distribution
from tests.strategies.toml_text import blocks_of


@dataclass(frozen=True)
class Limits:
    """How large a story may get."""

    quantities: int = 3
    nodes: int = 6
    challenges: int = 2
    phases: int = 2
    steps: int = 4
    depth: int = 2


SMALL = Limits(quantities=1, nodes=3, challenges=1, phases=0, steps=1, depth=1)
LETTERS = {"assumptions": "a", "events": "e", "safeguards": "s", "choices": "m", "quantities": "d"}


@dataclass(frozen=True)
class Planned:
    """A node before it is written: what others need to know of it."""

    name: str
    kind: str
    every_step: bool = False
    action: str = ""
    options: dict[str, list[str]] = field(default_factory=dict)


def planned_node(draw: Draw, i: int, limits: Limits) -> Planned:
    """The first node is an assumption; a node for each step is rare in a story of one step."""
    kind = draw(st.sampled_from((*LETTERS, "events"))) if i else "assumptions"
    every_step = kind != "quantities" and draw(st.integers(0, 7)) > (3 if limits.phases else 6)
    options = {}
    if kind == "choices":
        tags = st.sampled_from([[], ["agentic"], ["agentic", "narrow"]])
        options = {f"o{k}": list(draw(tags)) for k in range(draw(st.integers(2, 3)))}
    action = draw(st.sampled_from(["halt", "halt", "warn"])) if kind == "safeguards" else ""
    return Planned(f"{LETTERS[kind]}{i}", kind, every_step, action, options)


@dataclass
class Author:
    """Writes the tables of one story; `once` and `stepwise` are what the next node may use."""

    draw: Draw
    limits: Limits
    plan: list[Planned]
    doc: dict[str, Any]
    once: Scope = field(default_factory=Scope)
    stepwise: Scope = field(default_factory=Scope)

    def number(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    def quantities(self) -> None:
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
        """Phases with their axes, which see quantities, step and round; what they give is stepwise."""
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
            phases.append({"name": name, **repeated, **({"axes": values} if values else {})})
        if phases:
            self.doc["phases"] = phases
        words = self.stepwise
        words.counters += ["step", "round"]
        words.phases += [phase["name"] for phase in phases]
        words.reals += [f"axis.{axis}" for axis in axes if phases] + ["step"]
        for node in self.remembered():
            self.name(words, f"prev.{node.name}", node)

    def remembered(self) -> list[Planned]:
        """At most two nodes that may be looked back at: with more, naive enumeration takes long."""
        nodes_of_steps = [node for node in self.plan if node.every_step]
        start = self.number(0, max(0, len(nodes_of_steps) - 2))
        return nodes_of_steps[start : start + 2]

    def axis(self, scope: Scope) -> Any:
        return one_of(
            self.draw,
            lambda: self.number(0, 20) / 20,
            lambda: real_distribution(self.draw),
            lambda: real(self.draw, scope, 1),
        )

    def name(self, scope: Scope, name: str, node: Planned) -> None:
        """Let a scope use a name for a node."""
        match node.kind:
            case "quantities":
                scope.reals.append(name)
            case "choices":
                scope.options[name] = node.options
            case _:
                scope.bools.append(name)

    def add(self, node: Planned) -> None:
        """Let the nodes to come use this one."""
        self.name(self.stepwise, node.name, node)
        if not node.every_step:
            self.name(self.once, node.name, node)

    def node(self, planned: Planned) -> None:
        scope = self.stepwise if planned.every_step else self.once
        name, depth = planned.name, self.number(0, self.limits.depth)
        match planned.kind:
            case "assumptions":
                self.challenges(name)
                table = nodes.assumption(self.draw, scope, depth)
            case "events":
                table = nodes.event(self.draw, scope, depth)
            case "safeguards":
                table = nodes.safeguard(self.draw, scope, depth, planned.action)
            case "choices":
                table = nodes.choice(self.draw, scope, depth, planned.options)
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
        """Challenges of an assumption that is to be written next, and challenges of those."""
        targets = [assumption]
        written = self.doc.setdefault("challenges", {})
        while len(written) < self.limits.challenges and self.number(0, 2) == 2:
            against = latest(self.draw, targets)
            name = f"c{len(written)}"
            written[name] = nodes.challenge(self.draw, self.once, against)
            targets.append(name)
        for name in targets[1:]:
            self.add(Planned(name, "challenges"))

    def let_use_halted(self, done: Iterable[str]) -> None:
        """`halted` may be used where every safeguard that halts is written."""
        halting = [n for n in self.plan if n.action == "halt"]
        if "halted" not in self.stepwise.bools and {n.name for n in halting} <= set(done):
            self.add(Planned("halted", "safeguards", any(n.every_step for n in halting)))

    def outcomes(self) -> None:
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
        quantities = Scope(reals=[name for name in self.once.reals if name.startswith("q")])
        return one_of(
            self.draw,
            lambda: self.number(0, 20) / 20,
            lambda: real_distribution(self.draw),
            lambda: real(self.draw, quantities, 1),
        )

    def criteria(self) -> None:
        assumptions = Scope(bools=list(self.doc["assumptions"]))
        if self.number(0, 3) == 3:
            criterion = self.draw(st.sampled_from(nodes.CRITERIA))
            self.doc["criteria"] = {criterion: truth(self.draw, assumptions, 1)}

    def dependence(self) -> None:
        """At most two pairs, which with |r| <= 0.6 are positive definite whatever they share."""
        tied = [path for path, _, raw in declarations(self.doc) if is_parameter(raw) and ordinary(raw)]
        if len(tied) >= 2 and self.number(0, 2) == 2:
            pairs = st.lists(st.sampled_from(tied), min_size=2, max_size=3, unique=True)
            first, *others = self.draw(pairs)
            self.doc["dependence"] = [
                {"between": [first, other], "rank_correlation": self.number(-6, 6) / 10} for other in others
            ]


def ordinary(raw: Any) -> bool:
    """A distribution in the plain sense: neither mere bounds, nor pooled, nor worked out."""
    return raw is not None and not raw.keys() & {"interval", "experts", "extrapolate"}


def header() -> dict[str, Any]:
    return {
        "story": {"title": "A story"},
        "goal": {"class": ["narrow-agent"], "specification": "What it does", "desirability": "Why"},
        "rationale": {"class": ["other"], "constraints": ["A constraint"], "nudges": ["A nudge"]},
    }


def written_doc(draw: Draw, limits: Limits) -> dict[str, Any]:
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
    return {key: table for key, table in author.doc.items() if table}


@st.composite
def stories(draw: Any, limits: Limits = Limits()) -> str:
    """The text of a valid story."""
    doc = written_doc(draw, limits)
    blocks = blocks_of(doc, inline=draw(st.booleans()))
    if draw(st.booleans()):
        start = draw(st.integers(0, len(blocks) - 1))
        blocks = blocks[start:] + blocks[:start]
        blocks = blocks[::-1] if draw(st.booleans()) else blocks
    return "\n\n".join(['format = "training-story/1"', *blocks]) + "\n"


def small_stories() -> st.SearchStrategy[str]:
    """Stories of one step and few nodes."""
    return stories(SMALL)


@st.composite
def thetas(draw: Any, doc: dict[str, Any]) -> dict[str, float]:
    """Values of a story's parameters, within their support, now and then at an end of it."""
    theta = {}
    for path, scale, raw in declarations(doc):
        if is_parameter(raw):
            bounded = raw is None or bool(raw.keys() & {"interval", "uniform", "likelihood"})
            k = draw(st.integers(-8, 8) if bounded else st.integers(-7, 7)) + 8
            worked_out = raw is not None and "extrapolate" in raw
            theta[path] = k / 16 if worked_out else float(marginal(raw, scale).ppf(k / 16))
    return theta


@st.composite
def pointed_stories(draw: Any, limits: Limits = Limits()) -> str:
    """The text of a valid story in which no number is uncertain."""
    doc = tomllib.loads(draw(stories(limits)))
    for path, value in draw(thetas(doc)).items():
        *way, last = path_of(path)
        at: Any = doc
        for step in way:
            at = at[step]
        at[last] = value
    doc.pop("dependence", None)
    return "\n\n".join(['format = "training-story/1"', *blocks_of(doc, inline=True)]) + "\n"


@st.composite
def cases(draw: Any, limits: Limits = Limits()) -> tuple[str, dict[str, Any], dict[str, float]]:
    """The text of a story, what it says (the raw dictionary), and values of its parameters."""
    text = draw(stories(limits))
    doc = tomllib.loads(text)
    return text, doc, draw(thetas(doc))
