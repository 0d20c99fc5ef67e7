"""Settings that loosen the verdicts, in words: a report names them."""

import json
from collections.abc import Iterator
from datetime import date

import typer

from sensa.cli.configuration import MERGE_BASE, ConfigurationError, configuration
from sensa.reviewing.review import Review
from sensa.stories import days

GATING = ("stories", "properties", "fail-on", "alpha", "engine", "seed", "seconds")
NAMED = ("COMMANDLINE", "ENVIRONMENT")  # sources that are not the configuration
CHANGED = "sensa.changed_settings"
MAX_ALPHA = 0.05  # larger values count as loose


def loosened(context: typer.Context, today: date, review: Review) -> tuple[str, ...]:
    """A sentence for each setting of a command that loosens its verdicts, with its source.

    Those that a change took from the configuration of its base are among them.
    """
    if CHANGED not in context.meta:  # the same for all stories
        context.meta[CHANGED] = tuple(_changed(context))
    return (*_loosened(context, today, review), *context.meta[CHANGED])


def _changed(context: typer.Context) -> Iterator[str]:
    """The settings that the configuration of the base has otherwise, where no flag or variable decides."""
    given = context.params
    against = given.get("against") or (MERGE_BASE if context.info_name == "diff" else None)
    if against is None or given.get("config_from") is not None or given.get("head") is not None:
        return
    try:
        now, then = configuration().values, configuration(reference=against).values
    except ConfigurationError:  # there is no such commit, which the story's own base says
        return
    for key in (key for key in GATING if key in then and now.get(key) != then[key]):
        name = key.replace("-", "_")
        source = context.get_parameter_source(name)
        by_name = bool(given.get(name)) if key == "stories" else source is not None and source.name in NAMED
        if name in given and not by_name:
            is_now = f"is {json.dumps(now[key])}" if key in now else "is not set"
            yield f"`{key}` of [tool.sensa] {is_now}, and was {json.dumps(then[key])} at {against}"


def _loosened(context: typer.Context, today: date, review: Review) -> Iterator[str]:
    given = context.params
    if today != days.today():
        yield (
            f"the day is {today} {_by(context, 'today')}, not that of the clock; waivers and stale credences"
            " depend on it"
        )
    if given["fail_on"] == "never":
        yield f"`fail-on = never` {_by(context, 'fail_on')}: no property affects the exit code"
    alpha = given.get("alpha", 0.0)
    if alpha > MAX_ALPHA:
        by = _by(context, "alpha")
        yield f"`alpha = {alpha:g}` {by}: above {MAX_ALPHA:g}, so a sampled verdict may well be wrong"
    forced = given["engine"] == "montecarlo"
    sampled = any(verdict.certainty == "statistical" for verdict in review.judgement.verdicts)
    if given["seed"] != 0 and (forced or sampled):
        engine = f"`engine = montecarlo` {_by(context, 'engine')} with " if forced else ""
        seed = f"`seed = {given['seed']}` {_by(context, 'seed')}"
        yield f"{engine}{seed}: verdicts are sampled, and another seed may give others"


def _by(context: typer.Context, name: str) -> str:
    source = context.get_parameter_source(name)
    words = {"COMMANDLINE": f"--{name.replace('_', '-')}", "ENVIRONMENT": f"SENSA_{name.upper()}"}
    return f"({words.get('' if source is None else source.name, '[tool.sensa]')})"
