"""Errors about options in our own words, with the nearest of what there is."""

import re
from collections.abc import Iterable
from typing import Any

import typer
from typer.core import TyperGroup

from sensa.stories.problems import did_you_mean, listed, near, quoted

_NOT_ONE_OF = re.compile(r"(?:Value error, )?'(?P<value>.*)' is not one of (?P<known>'.*')\.?", re.DOTALL)


def plain(message: str) -> str:
    """A library's complaint about the value of an option as we would say it."""
    found = _NOT_ONE_OF.fullmatch(message)
    if found is None:
        return message.removeprefix("Value error, ")
    known = found["known"].strip("'").split("', '")
    fix = did_you_mean(near(found["value"], known))
    return f"{quoted(found['value'])} is not one of {listed(known)}" + (f" ({fix})" if fix else "")


def no_kind(text: str, kinds: Iterable[str]) -> str:
    """What is said of an output that is not `KIND=PATH`."""
    known = list(kinds)
    fix = did_you_mean(near(text.partition("=")[0], known))
    message = f"{quoted(text)} is not KIND=PATH with KIND one of {', '.join(known)}"
    return message + (f" ({fix})" if fix else "")


class Commands(TyperGroup):
    """The commands; what is wrong with their options is said plainly."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that is named."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = plain(error.message)
            raise
