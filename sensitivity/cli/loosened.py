"""Settings that loosen the verdicts, in words: a report names them."""

from collections.abc import Iterator
from datetime import date

import typer

from sensa.reviewing.review import Review
from sensa.stories import days

MAX_ALPHA = 0.05  # larger values count as loose


def loosened(context: typer.Context, today: date, review: Review) -> tuple[str, ...]:
    """A sentence for each setting of a command that loosens its verdicts, with its source."""
    return tuple(_loosened(context, today, review))


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
