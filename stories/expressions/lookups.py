"""Look names up in a scope, and suggest what to write instead of those that are not allowed."""

import difflib
from collections.abc import Collection

from sensa.stories.expressions.errors import ExpressionError
from sensa.stories.expressions.printing import show
from sensa.stories.expressions.scope import Choice, Scope, Type
from sensa.stories.problems import did_you_mean, quoted
from sensa.stories.syntax import Name, Option, Tag

_EACH_STEP = "where `every_step = true`, and in outcomes"
_NO_PREV = "only every-step assumptions, choices, events and safeguards have a step before"
_MOST_COMPARED = 3_000  # names compared with unknown ones, per expression: spelling suggestions are slow
_LONGEST_GUESS = 60
_MOST_LISTED = 8


class Lookups:
    """The names of one expression; `problems` collects what is wrong with them."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.problems: list[ExpressionError] = []
        self.compared = 0

    def report(self, message: str, at: int, fix: str | None = None) -> None:
        """Add a problem."""
        self.problems.append(ExpressionError(message, at, fix))

    def name(self, name: Name) -> Type | None:
        """The type of a name, or None; reports a name that may not be read."""
        if name.prev:
            return self.name_before(name)
        if name.name in self.scope.forbidden:
            self.report(f"{quoted(name.name)} cannot be read here", name.at, self.scope.forbidden[name.name])
            return None
        if name.name in ("step", "round"):
            self.word(name.name, name.at)
            return "real"
        found: Type | None = self.scope.types.get(name.name, "bool" if name.name == "halted" else None)
        if found is None:
            self.report(f"unknown name {quoted(name.name)}", name.at, self.near_name(name.name))
        elif name.name in self.scope.every_step and not self.scope.step_words:
            message = f"{quoted(name.name)} is drawn at every step"
            self.report(message, name.at, f"it can be read only {_EACH_STEP}")
        return found

    def name_before(self, name: Name) -> Type | None:
        """The type of `prev.name`."""
        found = self.scope.types.get(name.name)
        if not self.word("prev", name.at) or name.name in self.scope.prev:
            return found
        known = {*self.scope.types, *self.scope.forbidden, "step", "round", "halted"}
        if name.name in known:
            self.report(f"{quoted(show(name))} has no value", name.at, _NO_PREV)
        else:
            fix = self.near(name.name, self.scope.prev, "prev.") or _NO_PREV
            self.report(f"unknown name {quoted(name.name)}", name.at, fix)
        return found

    def word(self, word: str, at: int) -> bool:
        """Whether a step word is allowed here; reports one that is not."""
        if word in self.scope.forbidden:
            self.report(f"`{word}` cannot be used here", at, self.scope.forbidden[word])
        elif not self.scope.step_words:
            self.report(f"`{word}` has no value here", at, f"it can be used only {_EACH_STEP}")
        else:
            return True
        return False

    def axis(self, name: str, at: int) -> None:
        """Check that some phase names the axis."""
        if self.word("axis", at) and name not in self.scope.axes:
            fix = self.near(name, self.scope.axes, "axis.")
            self.report(f"no phase names the axis {quoted(name)}", at, fix)

    def phase(self, name: str, at: int) -> None:
        """Check that the story has the phase."""
        if self.word("phase", at) and name not in self.scope.phases:
            self.report(f"no phase has the name {quoted(name)}", at, self.near(name, self.scope.phases))

    def tag(self, test: Tag) -> None:
        """Check that some option of the choice has the tag."""
        choice = self.choice(test.of, "tags")
        if choice is None or test.tag in choice.tags:
            return
        if test.tag in choice.options:
            fix: str | None = _write(Option(test.of, (test.tag,)))
        else:
            fix = self.near(test.tag, choice.tags, f"{show(test.of)}.") or _listed("tags", choice.tags)
        self.report(f"no option of {quoted(test.of.name)} has the tag {quoted(test.tag)}", test.at, fix)

    def option(self, test: Option) -> None:
        """Check that the choice has the options."""
        choice = self.choice(test.of, "options")
        for option in test.options:
            if choice is None or option in choice.options:
                continue
            if option in choice.tags:
                fix: str | None = _write(Tag(test.of, option))
            else:
                fix = self.near(option, choice.options) or _listed("options", choice.options)
            self.report(f"{quoted(test.of.name)} has no option {quoted(option)}", test.at, fix)

    def choice(self, of: Name, what: str) -> Choice | None:
        """The choice whose option or tag is tested; reports other names."""
        found = self.name(of)
        if found is None or isinstance(found, Choice):
            return found
        kind = "a number" if found == "real" else "true or false"
        self.report(f"{quoted(show(of))} is {kind}, not a choice", of.at, f"only a choice has {what}")
        return None

    def near_name(self, name: str) -> str | None:
        """A suggestion for an unknown name."""
        if self.compared > _MOST_COMPARED:
            return None
        self.compared += len(self.scope.types)
        for owner, type_ in self.scope.types.items():
            if isinstance(type_, Choice) and name in type_.options:
                return _write(Option(Name(owner), (name,)))
            if isinstance(type_, Choice) and name in type_.tags:
                return _write(Tag(Name(owner), name))
        if name in self.scope.axes and self.scope.step_words:
            return f"write {quoted(f'axis.{name}')}"
        words = {"halted", "step", "round"} if self.scope.step_words else {"halted"}
        return self.near(name, {*self.scope.types, *words})

    def near(self, name: str, known: Collection[str], before: str = "") -> str | None:
        """`did you mean …?` if a known name is similar."""
        if len(name) > _LONGEST_GUESS or self.compared > _MOST_COMPARED:
            return None
        self.compared += len(known)
        alike = sorted(k for k in known if abs(len(k) - len(name)) <= 3)
        found = difflib.get_close_matches(name, alike, n=1, cutoff=0.7)
        return did_you_mean(before + found[0]) if found else None


def _write(instead: Option | Tag) -> str:
    return f"write {quoted(show(instead))}"


def _listed(what: str, known: Collection[str]) -> str | None:
    """The known options or tags if there are few."""
    if not known:
        return f"it has no {what}"
    shown = sorted(known) if isinstance(known, frozenset) else known
    return f"its {what} are {', '.join(map(quoted, shown))}" if len(known) <= _MOST_LISTED else None
