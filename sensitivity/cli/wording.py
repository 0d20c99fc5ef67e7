"""Plain error messages about options, with the closest known value."""

import re
from collections.abc import Iterable
from typing import Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from sensa.stories.problems import did_you_mean, listed, near, quoted

_TYPES = {
    "int_parsing": "a whole number",
    "float_parsing": "a number",
    "bool_parsing": "`true` or `false`",
}
_LIMITS = {"ge": "at least", "le": "at most"}
_ALSO_CALLED = {
    "analyse": "run", "analyze": "run", "simulate": "run", "lint": "check", "validate": "check",
    "verify": "check", "compare": "diff", "init": "new", "draw": "plot", "graph": "show",
    "version": "--version",
}  # fmt: skip
_NOT_ONE_OF = re.compile(r"(?:Value error, )?'(?P<value>.*)' is not one of (?P<known>'.*')\.?", re.DOTALL)


def plain(message: str) -> str:
    """A library's error message about an option's value, reworded."""
    found = _NOT_ONE_OF.fullmatch(message)
    if found is None:
        return message.removeprefix("Value error, ")
    known = found["known"].strip("'").split("', '")
    fix = did_you_mean(near(found["value"], known))
    return f"{quoted(found['value'])} is not one of {listed(known)}" + (f" ({fix})" if fix else "")


def out_of_range(error: ValidationError) -> str | None:
    """The message for a number that is none, or beyond its limits; None for another error."""
    first = error.errors()[0]
    wanted = _TYPES.get(first["type"])
    for limit, value in first.get("ctx", {}).items():
        if limit in _LIMITS:
            wanted = f"a number of {_LIMITS[limit]} {value}"
    return None if wanted is None else f"expected {wanted}, got {quoted(first['input'])}"


def invalid_output(text: str, kinds: Iterable[str]) -> str:
    """The message for an output that is not `KIND=PATH`, and whose path does not say its kind."""
    known = list(kinds)
    kind, equals, path = text.partition("=")
    fix = did_you_mean(near(kind, known) if equals and path else None)
    message = f"{quoted(text)} is not KIND=PATH with KIND one of {', '.join(known)}, nor does it end in one"
    return message + (f" ({fix})" if fix else "")


def unknown_command(name: str, known: Iterable[str]) -> str:
    """The message for a command that does not exist; `run` is meant where a story is named."""
    story = f"run {name}" if name.endswith(".toml") else None
    meant = story or _ALSO_CALLED.get(name) or near(name, known)
    fix = did_you_mean(f"sensa {meant}" if meant else None)
    return f"unknown command {quoted(name)}" + (f" ({fix})" if fix else "")


class Commands(TyperGroup):
    """The commands, with plain error messages about them and their options."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments begin with."""
        if self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            ctx.fail(unknown_command(args[0], self.commands))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the named command."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            cause = error.__cause__ or error.__context__
            ranged = out_of_range(cause) if isinstance(cause, ValidationError) else None
            error.message = ranged or plain(error.message)
            raise
