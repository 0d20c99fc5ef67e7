"""Verdicts on one property of a short story."""

from datetime import date

from sensa.pipeline import prepare
from sensa.properties.judge import judge
from sensa.properties.verdicts import Verdict
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, story

TODAY = date(2026, 11, 21)


EVENT = '[events.{name}]\nchance = {chance}\n{when}mode = "other"\n'


def verdict(text: str, prop: str, base: str | None = None, **settings: object) -> Verdict:
    options = Settings(**settings)  # type: ignore[arg-type]
    made = prepare(parse(f"{text}\n[properties.p]\n{prop}\n"), options)
    other = None if base is None else prepare(parse(base), options)
    return judge(made, today=TODAY, base=other, seconds=20.0).verdicts[0]


def point(name: str, p: float) -> str:
    return ASSUMPTION.format(name=name, credence=p)


AB = story(point("a", 0.8) + point("b", 0.5), "not a and not b", "not a")
