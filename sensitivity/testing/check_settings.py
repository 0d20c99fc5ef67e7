"""Settings for judging stories in pytest: those of `sensa check`, from the same variables and files."""

from dataclasses import dataclass, replace
from functools import cache

import pytest
import typer
from typer.core import TyperGroup

from sensa.cli import app
from sensa.cli.check_story import Wanted, wanted_by
from sensa.cli.configuration import ConfigurationError, configuration
from sensa.cli.loosened import loosened
from sensa.reviewing.review import Review

COMMAND = "check"


@dataclass(frozen=True)
class Settings:
    """The options of `sensa check`, from variables, the configuration and pytest's option."""

    context: typer.Context

    @property
    def wanted(self) -> Wanted:
        """Everything besides the story that determines a review."""
        return wanted_by(self.context.params, endings=False)

    @property
    def cached(self) -> bool:
        """Whether earlier results are used."""
        return bool(self.context.params["cache"])

    def noted(self, review: Review) -> Review:
        """The review with notes on settings that loosen its verdicts."""
        return replace(review, notes=(*loosened(self.context, self.wanted.today, review), *review.notes))


@cache
def settings(config: pytest.Config) -> Settings:
    """The settings in pytest's root directory. Raises `pytest.UsageError`."""
    against = config.getoption("sensa_against")
    try:
        defaults = configuration(config.rootpath).defaults(COMMAND)
        command = typer.main.get_command(app)
        assert isinstance(command, TyperGroup)
        flags = [] if against is None else ["--against", against]
        context = command.commands[COMMAND].make_context(COMMAND, flags, default_map=defaults)
        found = Settings(context)  # type: ignore[arg-type]
        found.wanted  # noqa: B018
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None
    except typer.BadParameter as error:
        raise pytest.UsageError(f"sensa: {error.format_message()}") from None
    except typer.Exit:  # it has printed the reason
        raise pytest.UsageError("sensa: the configuration cannot be used") from None
    return found
