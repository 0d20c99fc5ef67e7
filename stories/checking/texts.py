"""Expressions: all names are known where they are used, and all parts have the right type."""

from collections.abc import Iterator, Mapping

from sensa.stories.checking.view import MAX_PROBLEMS, View
from sensa.stories.dependencies import halting_safeguards
from sensa.stories.expressions import Choice, ExpressionError, Scope, type_problems
from sensa.stories.expressions.scope import Type
from sensa.stories.numbers.slips import number_meant
from sensa.stories.problems import Problem, did_you_mean, listed, near, quoted
from sensa.stories.properties.measures import CRITERIA, ENDS
from sensa.stories.syntax import Name
from sensa.stories.traversal import Role, StatedText

_ONLY_AXIS = "an axis may read quantities, `step` and `round` only"
_ONLY_ONCE = "a quantity is drawn once: it may read quantities and what is drawn once"


def problems(view: View) -> Iterator[Problem]:
    """Problems of expressions and of the names of causes."""
    scopes = Scopes(view)
    yield from _causes(view, scopes)
    count = 0
    for text in view.texts:
        tree = view.trees.get(text.path)
        if tree is None:
            continue
        for error in type_problems(tree, scopes.of(text), text.want):
            if text.tabular and _code(error) == "expression-type":
                continue  # said by `rows` in the words of a table
            alone = isinstance(tree, Name) and text.want == "real"
            fix = (number_meant(text.text) if alone else None) or error.fix
            at = None if text.tabular else error.at
            yield view.error(_code(error), text.path, error.message, fix, offset=at, key=text.tabular)
            count += 1
        if count >= MAX_PROBLEMS:
            message = f"{count} problems in expressions; those after this one were not looked at"
            yield view.error("too-many-problems", text.path, message)
            return


def _code(error: ExpressionError) -> str:
    """The code of a problem that the expression language found."""
    message = error.message
    if message.startswith(("unknown name", "no phase ")):
        return "unknown-name"
    if " has no option " in message or message.startswith("no option of"):
        return "unknown-option"
    if "cannot be read" in message or "drawn at every step" in message or "has no value" in message:
        return "out-of-reach"
    return "out-of-reach" if "cannot be used here" in message else "expression-type"


class Scopes:
    """The scopes of expressions: one for each role, drawn once or at every step."""

    def __init__(self, view: View) -> None:
        document = view.document
        self.types: dict[str, Type] = {}
        for name, table in view.tables.items():
            self.types[name] = "real" if table == "quantities" else "bool"
        for name, choice in document.choices.items():
            tags = frozenset(tag for option in choice.options.values() for tag in option.tags)
            self.types[name] = Choice(tuple(choice.options), tags)
        self.types |= {guess: self.types[name] for guess, name in view.corrected.items()}
        self.quantities: dict[str, Type] = {
            name: "real" for name, found in self.types.items() if found == "real"
        }
        halting = halting_safeguards(document)
        halts_each_step = any(name in view.every_step for name in halting)
        self.prev = view.every_step
        self.every_step = view.every_step | ({"halted"} if halts_each_step else frozenset())
        self.axes = frozenset(axis for phase in document.phases for axis in phase.axes)
        self.phases = frozenset(phase.name for phase in document.phases)
        self.outcomes = {
            name: "an outcome is how the story ends; no expression reads it"
            for name in document.outcomes
            if name not in self.types and name != "halted"
        }
        self._made: dict[tuple[Role, bool], Scope] = {}

    def of(self, text: StatedText) -> Scope:
        """The scope of an expression."""
        key = (text.role, text.every_step)
        if key not in self._made:
            self._made[key] = self._scope(*key)
        return self._made[key]

    def _scope(self, role: Role, every_step: bool) -> Scope:
        if role == "axis":
            return self._of_axis()
        forbidden: Mapping[str, str] = self.outcomes
        if role == "quantity":
            words = dict.fromkeys(("step", "round", "phase", "axis", "prev", *self.every_step), _ONLY_ONCE)
            forbidden = {**self.outcomes, **words}
        return Scope(
            types=self.types,
            every_step=self.every_step,
            step_words=every_step,
            prev=self.prev,
            axes=self.axes,
            phases=self.phases,
            forbidden=forbidden,
        )

    def measured(self) -> Scope:
        """The scope of what a measure is about: all names, and how the story ends."""
        ends: dict[str, Type] = dict.fromkeys((*self.outcomes, *CRITERIA, *ENDS), "bool")
        return Scope(
            types={**self.types, **ends},
            every_step=self.every_step,
            step_words=True,
            prev=self.prev,
            axes=self.axes,
            phases=self.phases,
        )

    def _of_axis(self) -> Scope:
        words = ("prev", "phase", "axis", "halted", *(n for n in self.types if n not in self.quantities))
        forbidden = {**self.outcomes, **dict.fromkeys(words, _ONLY_AXIS)}
        return Scope(types=self.quantities, step_words=True, forbidden=forbidden)


def _causes(view: View, scopes: Scopes) -> Iterator[Problem]:
    """Causes must be names of bools that the event may read."""
    bools = {name for name, found in scopes.types.items() if found == "bool"} | {"halted"}
    for event, model in view.document.events.items():
        for cause in model.causes or ():
            path = ("events", event, "causes", cause)
            if cause in bools and (model.every_step or cause not in scopes.every_step):
                continue
            if cause in bools:
                message = f"{quoted(cause)} is drawn at every step, and the event once"
                yield view.error(
                    "out-of-reach", path, message, "give the event `every_step = true`", key=True
                )
            elif cause in scopes.types:
                table = view.tables[view.corrected.get(cause, cause)]
                message = f"a cause must be true or false, and {quoted(cause)} is in `{table}`"
                yield view.error("expression-type", path, message, "make an event of it", key=True)
            else:
                fix = _of_choice(view, cause) or did_you_mean(near(cause, bools))
                yield view.error("unknown-name", path, f"unknown name {quoted(cause)}", fix, key=True)


def _of_choice(view: View, cause: str) -> str | None:
    """The fix for a cause that was meant as a test of a choice: an event for the test."""
    name, _, word = cause.partition(".")
    choice = view.document.choices.get(name)
    if choice is None or not word:
        return None
    options = tuple(choice.options)
    tagged = any(word in option.tags for option in choice.options.values())
    option = word if word in options else near(word, options)
    if not tagged and option is None:
        return f"the choice {quoted(name)} has the options {listed(options, 'and')}"
    test = f"{name}.{word}" if tagged else f'{name} == "{option}"'
    event = f"{name}_{word if tagged else option}"
    return (
        f"a cause is the name of an event: add `[events.{event}]` with `when = '{test}'`, and write `{event}`"
    )
