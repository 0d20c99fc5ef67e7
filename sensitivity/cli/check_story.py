"""The review of one story, for `sensa check`: computed, or from the cache."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sensa.cli.bases import rules_at
from sensa.cli.configuration import commit_of
from sensa.cli.exit_codes import Code
from sensa.cli.failing import Failure, failure
from sensa.cli.options import MAX_DIAGRAM_SECONDS, day_of, rules_from
from sensa.cli.standard_input import STDIN, require_file, written
from sensa.interrupts import TimeUp, limited
from sensa.reviewing.review import FailOn, Review
from sensa.stories.problems import quoted

if TYPE_CHECKING:
    from sensa.stories.reading import Written


@dataclass(frozen=True)
class Wanted:
    """The options of a check: everything besides the story that determines a review."""

    fail_on: FailOn
    today: date
    properties: str | None
    seed: int
    engine: Literal["auto", "exact", "elimination", "montecarlo"]
    alpha: float
    seconds: float
    against: str | None
    config_from: str | None
    endings: bool
    result: bool


def wanted_by(options: Mapping[str, Any], *, endings: bool, result: bool = False) -> Wanted:
    """The options of the command. Raises `typer.BadParameter`."""
    stated = {name: options[name] for name in Wanted.__dataclass_fields__ if name in options}
    return Wanted(**{**stated, "today": day_of(options["today"]), "endings": endings, "result": result})


def reviewed(file: str, wanted: Wanted, *, cached: bool) -> Review:
    """The review of a story, from the cache if nothing that determines it has changed.

    The cache holds no results.
    """
    from sensa.cli import caching

    place = caching.directory() if cached and not wanted.result else None
    name = _key(file, wanted) if place is not None else None
    if name is not None:
        known = caching.found(name, place)
        if known is not None:
            return replace(known, file=file)
    with limited(wanted.seconds):
        made = _made(file, wanted)
    if name is not None and name == _key(file, wanted):  # nothing has changed meanwhile
        caching.keep(name, made, place)
    return made


def reviewed_or_failed(
    file: str, wanted: Wanted, *, cached: bool, report_failure: Callable[[Failure], None]
) -> Review:
    """The review of a story; a failure becomes a review too, and goes to `report_failure`."""
    try:
        return reviewed(file, wanted, cached=cached)
    except TimeUp as up:
        return Review(file, "", "", "undecided", Code.UNDECIDED, f"{up} before there was an answer")
    except Exception as error:
        failed = failure(error)
        report_failure(failed)
        return failed_review(file, failed)


def failed_review(file: str, failed: Failure) -> Review:
    """The review of a story of which there is none."""
    state: Any = {Code.WRONG: "wrong", Code.UNDECIDED: "undecided"}.get(failed.code, "error")
    return Review(file, "", "", state, failed.code, failed.message, failed.problems)


def _key(file: str, wanted: Wanted) -> str | None:
    """The cache key; None if something that determines the review cannot be read."""
    from sensa.cli import caching

    options: dict[str, Any] = dict(vars(wanted))
    if file == STDIN or not os.path.isfile(file):  # a pipe can be read only once
        return None
    try:
        story = Path(file).read_bytes()
        options["logs"] = _logs(file, story)
        options["rules"] = _text(rules_from(wanted.properties, wanted.config_from))
        if wanted.against is not None:
            base = _base(file, wanted.against)
            options["base"] = [base.name, base.text, _text(rules_at(wanted.properties, wanted.against))]
    except (OSError, ValueError):
        return None
    return caching.key(story, {**options, "file": file})


def _logs(file: str, story: bytes) -> list[tuple[str, str]]:
    """The evaluation logs of a story, with their hashes. Raises `ValueError` if it is not TOML."""
    if b"log" not in story:
        return []
    import tomli

    from sensa.evidence.named_logs import digests

    return digests(file, tomli.loads(story.decode()))


def _text(rules: "Written | None") -> str | None:
    """The text of the rules. Raises `OSError` if it can be read only once."""
    if rules is None:
        return None
    if isinstance(rules, str | os.PathLike):
        if not os.path.isfile(rules):
            raise OSError(f"{rules} is not a file")
        return Path(rules).read_text("utf-8", "surrogateescape")
    return rules.data.decode("utf-8", "surrogateescape")


def _base(file: str, against: str) -> Any:
    from sensa.comparing.history import version

    require_file(file)
    return version(file, commit_of(against))


def _made(file: str, wanted: Wanted) -> Review:
    from sensa.reviewing.first_look import first_look

    source, rules = written(file), rules_from(wanted.properties, wanted.config_from)
    looked = first_look(source, wanted.today, rules)
    if isinstance(looked, Review):  # wrong: without the numeric stack
        if wanted.against is not None:
            _base(file, wanted.against)  # which must be there
        return looked
    from sensa.reviewing.pipeline import review
    from sensa.sampling.settings import Settings

    base = {} if wanted.against is None else _compared(file, wanted.against, wanted.properties)
    return review(
        looked,
        today=wanted.today,
        settings=Settings(
            seed=wanted.seed,
            engine=wanted.engine,
            seconds=min(MAX_DIAGRAM_SECONDS, wanted.seconds / 2),
        ),
        seconds=wanted.seconds,
        alpha=wanted.alpha,
        fail_on=wanted.fail_on,
        endings=wanted.endings,
        result=wanted.result,
        **base,
    )


def _compared(file: str, against: str, properties: str | None) -> Mapping[str, Any]:
    """The base of a review, its name and rules; no base if there was no story, or a wrong one."""
    from sensa import pipeline
    from sensa.comparing.history import at_commit
    from sensa.stories.policies import without_rules
    from sensa.stories.problems import StoryError
    from sensa.stories.reading import parse

    found = _base(file, against)
    if found.text is None:
        return {"base_said": f"no {quoted(file)} at {found.name} to compare with"}
    try:
        story = parse(found.text, at_commit(file, found.commit))
        pipeline.prepare(without_rules(story))
    except StoryError as error:
        first = str(error).splitlines()[0]
        return {"base_said": f"{quoted(file)} was a wrong story at {found.name}: {first}"}
    return {"base": story, "base_name": found.name, "base_rules": rules_at(properties, against)}
