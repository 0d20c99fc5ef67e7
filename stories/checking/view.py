"""A story as the checks see it: parsed expressions and known names, in one frozen value."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from sensa.stories import traversal
from sensa.stories.dependencies import dependencies
from sensa.stories.expressions import NAME, ExpressionError, names, parse, snake_case
from sensa.stories.model import Frozen
from sensa.stories.numbers.canonical import Declared, declared
from sensa.stories.numbers.forms.odds import Odds
from sensa.stories.numbers.pooled_experts import drawn_together
from sensa.stories.numbers.rules import NumberError
from sensa.stories.numbers.slips import number_meant
from sensa.stories.problems import Path, Problem, path_text, quoted
from sensa.stories.schema.document import Document
from sensa.stories.syntax import Expression

if TYPE_CHECKING:
    from sensa.stories.story import Story

MAX_PROBLEMS = (
    50  # in expressions: spelling suggestions are slow, and a story this wrong needs other fixes first
)


@dataclass(frozen=True)
class View:
    """The data that the checks share."""

    story: "Story"
    texts: tuple[traversal.StatedText, ...]
    numbers: tuple[traversal.StatedNumber, ...]
    trees: dict[Path, Expression]  # of the texts that are expressions
    values: dict[Path, Declared]  # of the numbers that satisfy the rules of their form

    @property
    def document(self) -> Document:
        """The document itself."""
        return self.story.document

    @cached_property
    def tables(self) -> dict[str, str]:
        """The table of each name that expressions may read, without outcomes and properties."""
        quantities = dict.fromkeys(self.document.quantities, "quantities")
        return quantities | {name: table for table, name, _ in traversal.nodes(self.document)}

    @cached_property
    def corrected(self) -> dict[str, str]:
        """Names as they should be written -> as they are written: their readers are not reported again."""
        guesses = {snake_case(name): name for name in self.tables if not NAME.fullmatch(name)}
        return {guess: name for guess, name in guesses.items() if guess and guess not in self.tables}

    @cached_property
    def every_step(self) -> frozenset[str]:
        """The nodes drawn at every step."""
        each = {n for _, n, model in traversal.nodes(self.document) if traversal.is_every_step(model)}
        return frozenset(each | {guess for guess, name in self.corrected.items() if name in each})

    @cached_property
    def uses(self) -> dict[str, frozenset[str]]:
        """The dependencies of each node and quantity."""
        return dependencies(self.document, self.reads)

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The paths of all parameters: the numbers written as distributions, so not as odds, but for those of
        experts who are drawn for all numbers together.
        """
        return frozenset(
            path_text(number.path)
            for number in self.numbers
            if isinstance(number.form, Frozen)
            and not isinstance(number.form, Odds)
            and not drawn_together(self.document, number.form)
        )

    @cached_property
    def number_paths(self) -> frozenset[str]:
        """The paths of all numbers, parameters or not."""
        return frozenset(path_text(number.path) for number in self.numbers)

    def number(self, path: Path) -> Declared | None:
        """The number at a path, parsed; None if it is wrong."""
        return self.trees.get(path, self.values.get(path))

    def reads(self, text: traversal.StatedText) -> frozenset[tuple[str, bool]]:
        """The names that an expression reads, and whether one step before."""
        tree = self.trees.get(text.path)
        return names(tree) if tree is not None else frozenset()

    def error(
        self,
        code: str,
        path: Path,
        message: str,
        fix: str | None = None,
        *,
        offset: int | None = None,
        key: bool = False,
    ) -> Problem:
        """An error at a value, at a character of a string, or at a key."""
        place = self.story.key_place(path) if key else self.story.place(path, offset)
        return Problem(code, "error", place, path_text(path), message, fix)

    def warning(self, code: str, path: Path, message: str, fix: str | None = None) -> Problem:
        """A warning at a value, or at the header of a table."""
        return Problem(code, "warning", self.story.place(path), path_text(path), message, fix)


def view_of(story: "Story") -> View:
    """The view of a story, with nothing parsed yet."""
    stated = tuple(traversal.texts(story.document))
    return View(story, stated, tuple(traversal.numbers(story.document)), {}, {})


def filled(view: View) -> tuple[View, list[Problem]]:
    """The view with parsed expressions and canonical numbers, and the problems found."""
    view = replace(view, trees={}, values={})
    problems: list[Problem] = []
    for text in view.texts:
        try:
            view.trees[text.path] = parse(text.text)
        except ExpressionError as error:
            meant = number_meant(text.text) if text.want == "real" else None
            if meant is None:
                at = None if text.tabular else error.at
                wrong = view.error("bad-expression", text.path, error.message, error.fix, offset=at)
            else:
                message = f"{quoted(text.text)} is not an expression"
                wrong = view.error("bad-expression", text.path, message, meant)
            problems.append(wrong)
    for number in view.numbers:
        if isinstance(number.form, str):
            continue
        try:
            view.values[number.path] = declared(number.form, number.scale)
        except NumberError as wrong:
            problems.append(view.error(wrong.code, number.path + wrong.path, wrong.message))
    return view, problems
