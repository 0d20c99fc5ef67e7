"""Settings that loosen what a gate holds, in words: whoever reads a verdict sees by what it was had."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import click
from click.core import ParameterSource

from sensa.stories import days

MOST_ALPHA = 0.05
SAMPLED = ("seed",)  # what loosens a verdict only where it was sampled


def loosened(today: date) -> dict[str, str]:
    """A sentence for each setting of the command that is running and that loosens it, by the setting."""
    context = click.get_current_context()
    return dict(_loosened(context, context.params, today))


def _loosened(context: click.Context, given: dict[str, Any], today: date) -> Iterator[tuple[str, str]]:
    if given.get("alpha", 0.0) > MOST_ALPHA:
        said = f"a verdict from samples is wrong with chance {given['alpha']:g}"
        yield "alpha", f"`alpha = {given['alpha']:g}` {_by(context, 'alpha')}: {said}"
    if given.get("fail_on") == "never":
        yield "fail_on", f"`fail-on = never` {_by(context, 'fail_on')}: no property decides anything"
    if given.get("engine") == "montecarlo":
        yield (
            "engine",
            f"`engine = montecarlo` {_by(context, 'engine')}: nothing is exact, verdicts are sampled",
        )
    if given.get("seed"):
        said = "who chooses a seed may have chosen the verdict"
        yield "seed", f"`seed = {given['seed']}` {_by(context, 'seed')}: {said}"
    if today != days.today():
        by = _by(context, "today")
        yield "today", f"the day is {today} {by}, not {days.today()}: waivers and credences go by it"


def _by(context: click.Context, name: str) -> str:
    """Who says so."""
    option = name.replace("_", "-")
    match context.get_parameter_source(name):
        case ParameterSource.COMMANDLINE:
            return f"(--{option})"
        case ParameterSource.ENVIRONMENT:
            return f"(SENSA_{name.upper()})"
    return "([tool.sensa])"
