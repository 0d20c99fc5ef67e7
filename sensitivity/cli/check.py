"""`sensa check`: what is wrong with stories, what is worth a warning, and whether their properties hold."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sensa.cli.codes import Code, worst
from sensa.cli.configuration import commit_of
from sensa.cli.failing import failure, guarded, report
from sensa.cli.loosened import loosened
from sensa.cli.options import (
    ConfigFrom,
    Properties,
    Quiet,
    ReviewFormat,
    ReviewOutputs,
    SomeStories,
    Today,
    Verbose,
    day_of,
    named,
    rules_from,
)
from sensa.cli.printing import note, printed
from sensa.cli.review_outputs import Place, places, write
from sensa.interrupts import TimeUp, limited
from sensa.reports.formats import found
from sensa.reviewing.review import FailOn, Review
from sensa.stories.problems import escaped, quoted

if TYPE_CHECKING:
    from sensa.stories.reading import Contents, Written

EPILOG = (
    "Examples: `sensa check story.toml`; `sensa check --fail-on warning stories/*.toml`; `sensa check"
    " story.toml --against origin/main --format markdown --output sarif=sensa.sarif`"
)
Against = Annotated[
    str | None,
    typer.Option(
        metavar="REF",
        envvar="SENSA_AGAINST",
        help="Also compare with the story at a commit; `merge-base`: where the branch left the main one.",
    ),
]
STDIN = "-"
DIAGRAMS = 60.0  # for one engine's diagrams, or half of the time: worlds answer in what is left
MANY, LONG = 20, 1.5  # stories left, and seconds spent: from there on compiled code is worth loading


@dataclass(frozen=True)
class Wanted:
    """What a check was asked for; all that decides a review beside the story."""

    fail_on: FailOn
    today: date
    properties: str | None
    seed: int
    engine: Literal["auto", "exact", "montecarlo"]
    alpha: float
    seconds: float
    against: str | None
    config_from: str | None
    endings: bool


def check(
    context: typer.Context,
    stories: SomeStories = None,
    format: Annotated[
        ReviewFormat, typer.Option(envvar="SENSA_FORMAT", help="For people, pipelines, or pull requests.")
    ] = "text",
    output: ReviewOutputs = None,
    fail_on: Annotated[
        FailOn,
        typer.Option(
            envvar="SENSA_FAIL_ON",
            help="With `warning`, warnings exit with 1 too; with `never`, properties decide nothing.",
        ),
    ] = "error",
    properties: Properties = None,
    against: Against = None,
    config_from: ConfigFrom = None,
    engine: Annotated[
        Literal["auto", "exact", "montecarlo"], typer.Option(envvar="SENSA_ENGINE", help="As of `sensa run`.")
    ] = "auto",
    seed: Annotated[
        int, typer.Option(min=0, max=2**64 - 1, envvar="SENSA_SEED", help="Of what is sampled.")
    ] = 0,
    alpha: Annotated[
        float,
        typer.Option(
            min=1e-9,
            max=0.5,
            envvar="SENSA_ALPHA",
            help="The chance that any statistical verdict of a story is wrong.",
        ),
    ] = 1e-3,
    seconds: Annotated[
        float,
        typer.Option(
            min=0.0, envvar="SENSA_SECONDS", help="How long a story may take; what is left then is undecided."
        ),
    ] = 60.0,
    today: Today = None,
    cache: Annotated[
        bool,
        typer.Option("--cache/--no-cache", envvar="SENSA_USE_CACHE", help="Keep and use earlier answers."),
    ] = True,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Say what is wrong with stories, all at once, and judge their properties, without the whole analysis.

    One problem a line, as FILE:LINE:COLUMN: KEY: what is wrong (what would be right). Exits with 2 where a
    story is wrong, 1 where a property fails, 3 where one is undecided or vacuous.
    """
    with guarded(verbose=verbose):
        files = named(stories, config_from)
        kinds = places(output or [], [*files, *([] if properties is None else [properties])])
        wanted = Wanted(
            fail_on=fail_on,
            today=day_of(today),
            properties=properties,
            seed=seed,
            engine=engine,
            alpha=alpha,
            seconds=seconds,
            against=against,
            config_from=config_from,
            endings=any(found(each).endings for each in (format, *(kind.kind for kind in kinds))),
        )
        raise typer.Exit(_check(context, files, format, wanted, kinds, cached=cache, verbose=verbose))


def _check(
    context: typer.Context,
    files: Sequence[str],
    format: str,
    wanted: Wanted,
    kinds: Sequence[Place],
    *,
    cached: bool,
    verbose: bool,
) -> Code:
    from sensa.reports.formats import render
    from sensa.reports.review.json import worst as worst_of

    reviews: list[Review] = []
    codes: list[Code] = []

    def take(made: Review) -> None:
        reviews.append(replace(made, notes=(*loosened(context, wanted.today, made), *made.notes)))
        if format == "text":
            codes.append(printed(render(reviews[-1:], "text")))

    cached = cached and _believed()
    start = monotonic()
    for file in files:
        if len(files) - len(reviews) >= MANY and monotonic() - start > LONG:
            from sensa.engines.exact.order_search import expect_much

            expect_much()
        try:
            made = reviewed(file, wanted, cached=cached)
        except TimeUp as up:
            said = f"{up} before there was an answer"
            made = Review(file, "", "", "undecided", Code.UNDECIDED, said)
        except KeyboardInterrupt:
            made = Review(file, "", "", "interrupted", Code.INTERRUPTED, "interrupted")
        except Exception as error:
            failed = failure(error)
            report(failed, file, verbose=verbose)
            state: Any = {Code.WRONG: "wrong", Code.UNDECIDED: "undecided"}.get(failed.code, "error")
            made = Review(file, "", "", state, failed.code, failed.message, failed.problems)
        take(made)
        if made.state == "interrupted":
            note("interrupted")
            break
    else:
        for made in _gone(files, wanted, reviews, verbose=verbose):
            take(made)
    codes.append(write(reviews, kinds))
    if format != "text":
        codes.append(printed(render(reviews, format)))
    return worst([Code(worst_of(reviews)), *codes])


def _gone(files: Sequence[str], wanted: Wanted, made: Sequence[Review], *, verbose: bool) -> Iterator[Review]:
    """Reviews of stories that the base has and the check does not cover, beside those already made."""
    if wanted.against is None:
        return
    from sensa.cli.removals import removals
    from sensa.comparing.history import HistoryError

    try:
        yield from removals(files, commit_of(wanted.against), wanted.fail_on)
    except HistoryError as error:
        if all(one.exit_code != Code.WRONG for one in made):  # else it was said of a story
            failed = failure(error)
            report(failed, files[0], verbose=verbose)
            yield Review(files[0], "", "", "wrong", Code.WRONG, failed.message)


def reviewed(file: str, wanted: Wanted, *, cached: bool) -> Review:
    """The review of a story, as it was made before where nothing that decides it has changed."""
    from sensa.cli import caching

    place = caching.directory() if cached else None
    name = _key(file, wanted) if place is not None else None
    if name is not None:
        known = caching.found(name, place)
        if known is not None:
            return replace(known, file=file)
    with limited(wanted.seconds):
        made = _made(file, wanted)
    if name is not None and name == _key(file, wanted):  # nothing was changed meanwhile
        caching.keep(name, made, place)
    return made


def _believed() -> bool:
    """Whether earlier reviews are where only the user can have put them; says so where they are not."""
    from sensa.cli import caching

    place = caching.directory()
    reason = None if place is None else caching.refusal(place)
    if reason is not None:
        note(f"sensa: earlier answers are not used: `{escaped(str(place))}`: {reason}")
    return reason is None


def _key(file: str, wanted: Wanted) -> str | None:
    """None where something that decides the review cannot be read."""
    from sensa.cli import caching

    options: dict[str, Any] = dict(vars(wanted))
    if file == STDIN or not os.path.isfile(file):  # a pipe can be read only once
        return None
    try:
        story = Path(file).read_bytes()
        options["rules"] = _text(rules_from(wanted.properties, wanted.config_from))
        if wanted.against is not None:
            base = _base(file, wanted.against)
            options["base"] = [base.name, base.text, _text(_base_rules(wanted.properties, wanted.against))]
    except (OSError, ValueError):
        return None
    return caching.key(story, {**options, "file": file})


def _text(rules: "Written | None") -> str | None:
    """Raises `OSError` where it can be read only once."""
    if rules is None:
        return None
    if isinstance(rules, str | os.PathLike):
        if not os.path.isfile(rules):
            raise OSError(f"{rules} is no file")
        return Path(rules).read_text("utf-8", "surrogateescape")
    return rules.data.decode("utf-8", "surrogateescape")


def _base(file: str, against: str) -> Any:
    from sensa.comparing.history import HistoryError, version

    if file == STDIN:
        raise HistoryError("standard input is at no commit; name the file")
    return version(file, commit_of(against))


def _made(file: str, wanted: Wanted) -> Review:
    from sensa.sampling.settings import Settings

    base = {} if wanted.against is None else _compared(file, wanted.against, wanted.properties)
    from sensa.reviewing.pipeline import review

    return review(
        _standard_input() if file == STDIN else file,
        today=wanted.today,
        settings=Settings(
            seed=wanted.seed,
            engine=wanted.engine,
            seconds=min(DIAGRAMS, wanted.seconds / 2),
        ),
        properties=rules_from(wanted.properties, wanted.config_from),
        seconds=wanted.seconds,
        alpha=wanted.alpha,
        fail_on=wanted.fail_on,
        endings=wanted.endings,
        **base,
    )


def _standard_input() -> "Contents":
    """What is written to the command; nothing where it has no standard input."""
    from sensa.stories.reading import LARGEST, Contents

    data = b"" if sys.stdin is None else sys.stdin.buffer.read(LARGEST + 1)
    return Contents(STDIN, data)


def _base_rules(path: str | None, against: str) -> "Written | None":
    """The file of properties as it was; none where the base had no such file."""
    from sensa.comparing.history import HistoryError

    try:
        return rules_from(path, against)
    except HistoryError:
        return None


def _compared(file: str, against: str, properties: str | None) -> Mapping[str, Any]:
    """The base of a review, its name and rules; no base where there was no story, or a wrong one."""
    from sensa import pipeline
    from sensa.comparing.history import at_commit
    from sensa.stories.problems import StoryError
    from sensa.stories.reading import parse

    found = _base(file, against)
    if found.text is None:
        return {"base_said": f"no {quoted(file)} at {found.name} to compare with"}
    try:
        story = parse(found.text, at_commit(file, found.commit))
        pipeline.prepare(pipeline.load(story))
    except StoryError as error:
        first = str(error).splitlines()[0]
        return {"base_said": f"{quoted(file)} was a wrong story at {found.name}: {first}"}
    return {"base": story, "base_name": found.name, "base_rules": _base_rules(properties, against)}
