"""A story followed step by step through every world, each with its probability."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.naive.expressions import NaiveError, real, truth
from tests.naive.parameters import drawn_together, is_parameter

Theta = Mapping[str, float]
CRITERIA = ("goal_alignment", "goal_competitiveness", "rationale_alignment", "rationale_competitiveness")


class Split(Exception):
    """The world goes on in several ways: a node was looked at for the first time."""

    def __init__(self, name: str, chances: dict[Any, float]) -> None:
        self.name, self.chances = name, chances


class Story:
    """The raw tables with the values of the parameters and the interventions."""

    def __init__(self, doc: dict[str, Any], theta: Theta, do: Mapping[str, bool] | None = None) -> None:
        self.doc, self.theta, self.do = doc, theta, dict(do or {})
        self.kind_of = {
            name: kind
            for kind in ("quantities", "assumptions", "challenges", "events", "choices", "safeguards")
            for name in doc.get(kind, {})
        }
        self.phases = doc.get("phases", [])
        self.steps = [(i, r) for i, phase in enumerate(self.phases) for r in range(phase.get("repeat", 1))]
        self.steps = self.steps or [(-1, 0)]
        self.halting = [n for n, s in doc.get("safeguards", {}).items() if s.get("action", "halt") == "halt"]
        self.stepwise = {name for name in self.kind_of if self.table(name).get("every_step")}
        self.stepwise |= {"halted"} if self.stepwise & set(self.halting) else set()
        looked_back_at = set(re.findall(r"\bprev\.(\w+)", repr(doc)))
        self.remembered = sorted(looked_back_at & self.stepwise)

    def table(self, name: str) -> dict[str, Any]:
        table: dict[str, Any] = self.doc[self.kind_of[name]][name]
        return table


class World:
    """One step in one world: what is known of it, from before and from now."""

    def __init__(self, story: Story, step: int, before: dict[str, Any], values: dict[str, Any]) -> None:
        self.story, self.step, self.before, self.values = story, step, before, values
        self.phase, self.round = story.steps[step]
        self.busy: list[str] = []

    # What expressions ask for.

    def look(self, name: str) -> Any:
        """The value of a name; where more than one is possible, the world splits."""
        if name in ("step", "round", "phase"):
            self.must_be_every_step(name)
            if name == "phase":
                return self.story.phases[self.phase]["name"]
            return float(self.step if name == "step" else self.round)
        if name in self.story.stepwise:
            self.must_be_every_step(name)
        if name not in self.values:
            if name in self.busy:
                raise NaiveError(f"a cycle: {self.busy} {name}")
            self.busy.append(name)
            chances = {value: chance for value, chance in self.chances(name).items() if chance > 0}
            self.busy.pop()
            if len(chances) > 1:
                raise Split(name, chances)
            (self.values[name],) = chances
        return self.values[name]

    def must_be_every_step(self, word: str) -> None:
        """What is drawn once may not look at what differs from step to step."""
        for name in self.busy:
            if name not in self.story.stepwise and name != "halted":
                raise NaiveError(f"{name} is drawn once and may not use {word}")

    def axis(self, name: str) -> float:
        if not any(name in phase.get("axes", {}) for phase in self.story.phases):
            raise NaiveError(f"no phase names axis.{name}")
        self.must_be_every_step(f"axis.{name}")
        axes = self.story.phases[self.phase].get("axes", {})
        return self.number(f"phases[{self.phase}].axes.{name}", axes[name]) if name in axes else 0.0

    def prev(self, name: str) -> Any:
        if name not in self.story.stepwise or name == "halted":
            raise NaiveError(f"prev.{name} is not an every-step node")
        self.must_be_every_step(f"prev.{name}")
        if self.step > 0:
            return self.before[name]
        none = None if self.story.kind_of[name] == "choices" else False
        return self.story.table(name).get("initial", none)

    def has_tag(self, choice: str, option: str | None, tag: str) -> bool:
        options = self.story.table(choice)["options"]
        if not any(tag in fields.get("tags", []) for fields in options.values()):
            raise NaiveError(f"no option of {choice} has the tag {tag}")
        return option is not None and tag in options[option].get("tags", [])

    # Numbers.

    def number(self, path: str, raw: Any) -> float:
        if drawn_together(self.story.doc, raw):
            right = "A" if self.story.theta["experts.draw"] > 0.5 else "B"
            (i,) = [i for i, expert in enumerate(raw["experts"]) if expert["name"] == right]
            return self.number(f"{path}.experts[{i}].credence", raw["experts"][i]["credence"])
        if is_parameter(raw):
            return float(self.story.theta[path])
        if isinstance(raw, dict):
            on, against = raw["odds"]
            return float(on / (on + against))
        return real(raw, self) if isinstance(raw, str) else float(raw)

    def probability(self, path: str, raw: Any) -> float:
        p = self.number(path, raw)
        if not 0 <= p <= 1:
            raise NaiveError(f"{path} = {p} is no probability")
        return p

    # The chances of each value of a node, given what it looks at. Each of its draws is looked at by
    # this node alone and once in a world (at a step), so draws need no names here: "some draw succeeds"
    # is 1 minus the product of the probabilities that each fails.

    def chances(self, name: str) -> dict[Any, float]:
        match self.story.kind_of.get(name, name):
            case "halted":
                return {any(self.look(safeguard) for safeguard in self.story.halting): 1.0}
            case "quantities":
                return {self.number(f"quantities.{name}.value", self.story.table(name)["value"]): 1.0}
            case "choices":
                return self.of_choice(name, self.story.table(name))
            case "assumptions":
                p = self.of_assumption(name, self.story.table(name))
            case "challenges":
                p = self.of_challenge(name, self.story.table(name))
            case "events":
                p = self.of_event(name, self.story.table(name))
            case "safeguards":
                p = self.of_safeguard(name, self.story.table(name))
            case _:
                raise NaiveError(f"unknown name {name}")
        return {True: p, False: 1 - p}

    def of_assumption(self, name: str, table: dict[str, Any]) -> float:
        if name in self.story.do:
            return float(self.story.do[name])
        challenged = self.challenged(name)
        if challenged is not None:
            return challenged
        for i, case in enumerate(table.get("given", [])):
            if truth(case.get("if", True), self):
                return self.probability(f"assumptions.{name}.given[{i}].credence", case["credence"])
        return self.probability(f"assumptions.{name}.credence", table.get("credence"))

    def of_challenge(self, name: str, table: dict[str, Any]) -> float:
        challenged = self.challenged(name)
        if challenged is not None:
            return challenged
        return self.probability(f"challenges.{name}.stands", table.get("stands"))

    def challenged(self, target: str) -> float | None:
        """The probability of what is challenged where some challenge stands, else none."""
        challenges = self.story.doc.get("challenges", {})
        against = {n: c for n, c in challenges.items() if c["against"] == target}
        for name, challenge in against.items():
            if challenge["kind"] == "rebut" and self.look(name):
                return 0.0
        for name, challenge in against.items():
            if challenge["kind"] == "undercut" and self.look(name):
                return self.probability(f"challenges.{name}.leaves", challenge["leaves"])
        return None

    def of_event(self, name: str, table: dict[str, Any]) -> float:
        required = all(truth(one, self) for one in table.get("requires", []))
        if "causes" in table:
            spared = 1 - self.probability(f"events.{name}.leak", table.get("leak", 0.0))
            for cause, raw in table["causes"].items():
                if required and truth(cause, self):
                    spared *= 1 - self.probability(f"events.{name}.causes.{cause}", raw)
            return 1 - spared
        if not (required and truth(table.get("when", True), self)):
            return self.probability(f"events.{name}.leak", table.get("leak", 0.0))
        for i, case in enumerate(table.get("given", [])):
            if truth(case.get("if", True), self):
                return self.probability(f"events.{name}.given[{i}].chance", case["chance"])
        return self.probability(f"events.{name}.chance", table.get("chance", 1.0))

    def of_choice(self, name: str, table: dict[str, Any]) -> dict[Any, float]:
        weights = {}
        for option, fields in table["options"].items():
            path = f"choices.{name}.options.{option}"
            weights[option] = 0.0
            if "bits" in fields:
                weights[option] = 2.0 ** -self.number(f"{path}.bits", fields["bits"])
            elif "rows" not in table:
                weights[option] = self.number(f"{path}.weight", fields.get("weight", 1.0))
            if "miss" in fields:  # it changes no probability, but it must be one
                self.probability(f"{path}.miss", fields["miss"])
        for i in self.applying(table.get("rows", [])):
            for option, raw in table["rows"][i]["chances"].items():
                weights[option] = self.probability(f"choices.{name}.rows[{i}].chances.{option}", raw)
        for i, nudge in enumerate(table.get("nudges", [])):
            if truth(nudge.get("if", True), self):
                for option, raw in nudge["odds"].items():
                    weights[option] *= self.number(f"choices.{name}.nudges[{i}].odds.{option}", raw)
        for constraint in table.get("constraints", []):
            if truth(constraint.get("if", True), self):
                weights.update(dict.fromkeys(constraint["excludes"], 0.0))
        total = sum(weights.values())
        if min(weights.values()) < 0 or not total > 0:
            raise NaiveError(f"no option of {name} is left: {weights}")
        return {option: weight / total for option, weight in weights.items()}

    def applying(self, rows: list[dict[str, Any]]) -> list[int]:
        """The one row of which all values are so, or else the one without `if`; none without rows."""

        def applies(row: dict[str, Any]) -> bool:
            given = row.get("if", {})
            return all(
                self.look(name) in (value if isinstance(value, list) else [value])
                for name, value in given.items()
            )

        so = [i for i, row in enumerate(rows) if "if" in row and applies(row)]
        found = so or [i for i, row in enumerate(rows) if "if" not in row]
        if len(found) != bool(rows):
            raise NaiveError(f"rows {found} apply")
        return found

    def of_safeguard(self, name: str, table: dict[str, Any]) -> float:
        if not truth(table.get("when", True), self):
            return 0.0
        silent = 1 - self.probability(f"safeguards.{name}.false_alarm", table.get("false_alarm", 0.0))
        for target in table["against"]:
            if truth(target, self):
                silent *= 1 - self.probability(f"safeguards.{name}.power", table["power"])
        return 1 - silent


def worlds(
    story: Story, step: int, before: dict[str, Any], once: dict[str, Any], ask: Callable[[World], Any]
) -> Iterator[tuple[Any, float]]:
    """What is answered in each world of a step, and its probability: ask, split where it must, ask again."""
    open_worlds = [(once, 1.0)]
    while open_worlds:
        values, probability = open_worlds.pop()
        try:
            yield ask(World(story, step, before, dict(values))), probability
        except Split as split:
            for value, chance in split.chances.items():
                open_worlds.append(({**values, split.name: value}, probability * chance))


def follow(
    story: Story,
    read: Callable[[World], Any],
    notice: Callable[[World], Any] = lambda world: False,
    nothing: Any = False,
) -> dict[tuple[Any, int, Any], float]:
    """P(how the story ends, at which step, whether anything was noticed at a step that it reached).

    What is noticed may also be a set, with the empty one as `nothing`: then all that was noticed is kept.

    `read` says at each step how the story ends there, or none where it goes on. Between steps, worlds
    that agree in what a later step can look at are one.
    """
    ends: dict[tuple[Any, int, Any], float] = defaultdict(float)
    states: dict[Any, float] = {(frozenset(), frozenset(), nothing): 1.0}
    for step in range(len(story.steps)):
        later: dict[Any, float] = defaultdict(float)
        for (once, before, noticed), probability in states.items():

            def ask(world: World) -> Any:
                end, seen = read(world), notice(world)
                if end is not None:
                    return end, seen, None, None
                remembered = frozenset((name, world.look(name)) for name in story.remembered)
                return None, seen, known_for_good(world), remembered

            for answer, chance in worlds(story, step, dict(before), dict(once), ask):
                end, seen, known, remembered = answer
                if end is not None:
                    ends[end, step, noticed | seen] += probability * chance
                else:
                    later[known, remembered, noticed | seen] += probability * chance
        states = later
    if states:
        raise AssertionError("a story that does not end")
    return dict(ends)


def known_for_good(world: World) -> frozenset[tuple[str, Any]]:
    """What was drawn once and looked at; quantities follow from it."""
    story = world.story
    return frozenset(
        (name, value)
        for name, value in world.values.items()
        if name not in story.stepwise and story.kind_of.get(name) not in (None, "quantities")
    )


def ending(world: World) -> str | None:
    """The outcome of which the rule is the first to be true; after the last step, what remains."""
    outcomes = world.story.doc["outcomes"]
    for name, outcome in outcomes.items():
        if "when" in outcome and truth(outcome["when"], world):
            return str(name)
    if world.step + 1 < len(world.story.steps):
        return None
    (remains,) = [name for name, outcome in outcomes.items() if outcome.get("otherwise")]
    return str(remains)


def outcome_probabilities(
    doc: dict[str, Any], theta: Theta, do: Mapping[str, bool] | None = None
) -> dict[tuple[str, int], float]:
    """P(the story ends with this outcome at this step), of all outcomes and steps; `do` intervenes."""
    story = Story(doc, theta, do)
    answer = {(name, step): 0.0 for name in doc["outcomes"] for step in range(len(story.steps))}
    for (name, step, _), probability in follow(story, ending).items():
        answer[name, step] += probability
    return answer


def violates(assumption: str) -> Callable[[World], bool]:
    return lambda world: not world.look(assumption)


def joint_violated(doc: dict[str, Any], theta: Theta) -> dict[tuple[str, str], float]:
    """P(the assumption is violated at a step that the story reached, and the story ends so)."""
    story = Story(doc, theta)
    answer = {(a, o): 0.0 for a in doc.get("assumptions", {}) for o in doc["outcomes"]}
    for assumption in doc.get("assumptions", {}):
        ends = follow(story, ending, violates(assumption))
        for (outcome, _, was_violated), probability in ends.items():
            if was_violated:
                answer[assumption, outcome] += probability
    return answer


def violated(doc: dict[str, Any], theta: Theta) -> dict[str, float]:
    """P(the assumption is violated at a step that the story reached)."""
    joint = joint_violated(doc, theta)
    return {a: sum(joint[a, o] for o in doc["outcomes"]) for a in doc.get("assumptions", {})}


def criteria(doc: dict[str, Any], theta: Theta) -> dict[str, float]:
    """P(all that a criterion asks holds, at every step of the story, reached or not).

    A criterion that has neither an assumption nor an expression is left out.
    """
    story = Story(doc, theta)
    members: dict[str, list[str]] = {criterion: [] for criterion in CRITERIA}
    for name, table in doc.get("assumptions", {}).items():
        members[table.get("criterion", table["part"].split(".")[0] + "_alignment")].append(name)
    asked = {criterion: " and ".join(names) for criterion, names in members.items() if names}
    asked |= doc.get("criteria", {})

    def failing(expression: str) -> Callable[[World], str | None]:
        def read(world: World) -> str | None:
            if not truth(expression, world):
                return "fails"
            return None if world.step + 1 < len(story.steps) else "holds"

        return read

    answer = {}
    for criterion, expression in asked.items():
        ends = follow(story, failing(expression))
        answer[criterion] = sum(p for (end, _, _), p in ends.items() if end == "holds")
    return answer


def expected_loss(doc: dict[str, Any], theta: Theta) -> float:
    """The mean loss of how the story ends; an outcome without `loss` counts 0."""

    def read(world: World) -> float | None:
        name = ending(world)
        if name is None:
            return None
        return world.number(f"outcomes.{name}.loss", doc["outcomes"][name].get("loss", 0.0))

    losses = follow(Story(doc, theta), read).items()
    return float(sum(loss * probability for (loss, _, _), probability in losses))


def options_at_the_end(doc: dict[str, Any], theta: Theta, choice: str) -> dict[tuple[str, float, str], float]:
    """P(option at the step at which the story ends, how far it misses the goal, outcome)."""
    options = doc["choices"][choice]["options"]

    def read(world: World) -> tuple[str, float, str] | None:
        name = ending(world)
        if name is None:
            return None
        option = world.look(choice)
        left_out = 0.0 if "conforms" in options[option].get("tags", []) else 1.0
        path = f"choices.{choice}.options.{option}.miss"
        return option, world.probability(path, options[option].get("miss", left_out)), name

    answer: dict[tuple[str, float, str], float] = defaultdict(float)
    for (end, _, _), probability in follow(Story(doc, theta), read).items():
        answer[end] += probability
    return dict(answer)
