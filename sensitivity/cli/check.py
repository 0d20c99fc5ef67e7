"""`sensa check`: errors and warnings of stories, and whether their properties hold."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from sensa.cli.check_story import Wanted, wanted_by
from sensa.cli.configuration import commit_of
from sensa.cli.exit_codes import Code, worst
from sensa.cli.failing import failure, guarded, report
from sensa.cli.loosened import loosened
from sensa.cli.many_checks import Checks
from sensa.cli.options import (
    ConfigFrom,
    EngineOption,
    Properties,
    Quiet,
    ReviewFormatOption,
    ReviewOutputs,
    Seed,
    SomeStories,
    Today,
    Verbose,
    named,
)
from sensa.cli.output_files import Output, keep_reviews, parsed
from sensa.cli.terminal import note, paper, printed
from sensa.reports.formats import found
from sensa.reports.layout import SCROLL
from sensa.reviewing.review import FailOn, Review
from sensa.stories.problems import escaped

EPILOG = (
    "Examples: `sensa check story.toml`; `sensa check --fail-on warning stories/*.toml`; `sensa check"
    " story.toml --against origin/main --format markdown --output sensa.sarif`"
)
Against = Annotated[
    str | None,
    typer.Option(
        metavar="REF",
        envvar="SENSA_AGAINST",
        help="Also compare with the story at a commit; `merge-base`: where the branch left the main branch.",
    ),
]
CheckFailOn = Annotated[
    FailOn,
    typer.Option(
        envvar="SENSA_FAIL_ON",
        help="With `warning`, warnings exit with 1 too; with `suspect`, those about sign-offs and logs; with"
        " `never`, properties never do.",
    ),
]
Alpha = Annotated[
    float,
    typer.Option(
        min=1e-9,
        max=0.5,
        envvar="SENSA_ALPHA",
        help="The chance that any statistical verdict of a story is wrong.",
    ),
]
Seconds = Annotated[
    float,
    typer.Option(
        min=0.0, envvar="SENSA_SECONDS", help="Time limit for a story; what is left then is undecided."
    ),
]
Cache = Annotated[
    bool,
    typer.Option(
        "--cache/--no-cache", envvar="SENSA_USE_CACHE", help="Keep results, and reuse earlier ones."
    ),
]


def check(
    context: typer.Context,
    stories: SomeStories = None,
    format: ReviewFormatOption = "text",
    output: ReviewOutputs = None,
    fail_on: CheckFailOn = "error",
    properties: Properties = None,
    against: Against = None,
    config_from: ConfigFrom = None,
    engine: EngineOption = "auto",
    seed: Seed = 0,
    alpha: Alpha = 1e-3,
    seconds: Seconds = 60.0,
    today: Today = None,
    cache: Cache = True,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Report all problems of stories and judge their properties, without the full analysis.

    One problem a line, as FILE:LINE:COLUMN: KEY: what is wrong (how to fix it). Exits with 2 if a story is
    wrong, 1 if a property fails, 3 if one is undecided or vacuous.
    """
    with guarded(verbose=verbose):
        files = named(stories, config_from)
        outputs = parsed("review", output or [], files, [] if properties is None else [properties])
        formats = [found("review", format), *(output.format for output in outputs)]
        endings, result = any(one.endings for one in formats), any(one.source for one in formats)
        wanted = wanted_by(context.params, endings=endings, result=result)
        raise typer.Exit(_check(context, files, format, wanted, outputs, cached=cache, verbose=verbose))


def _check(
    context: typer.Context,
    files: Sequence[str],
    format: str,
    wanted: Wanted,
    outputs: Sequence[Output],
    *,
    cached: bool,
    verbose: bool,
) -> Code:
    from sensa.reports.formats import render
    from sensa.reports.review.json import worst as worst_of

    reviews: list[Review] = []
    codes: list[Code] = []
    streamed = found("review", format).streamed
    laid = paper(colour=False, piped=SCROLL)

    def take(made: Review) -> None:
        reviews.append(replace(made, notes=(*loosened(context, wanted.today, made), *made.notes)))
        if streamed:
            codes.append(printed(render(reviews[-1:], format, laid)))

    for made in Checks(wanted, cached and believed(), verbose).reviews(files):
        take(made)
        if made.state == "interrupted":
            note("interrupted")
            break
    else:
        for made in _gone(files, wanted, reviews, verbose=verbose):
            take(made)
    codes.append(keep_reviews(reviews, outputs, files[0]))
    if not streamed:
        codes.append(printed(render(reviews, format, laid)))
    return worst([Code(worst_of(reviews)), *codes])


def _gone(files: Sequence[str], wanted: Wanted, made: Sequence[Review], *, verbose: bool) -> Iterator[Review]:
    """Reviews of the base's stories that the check does not cover, in addition to those made."""
    if wanted.against is None:
        return
    from sensa.cli.removals import removals
    from sensa.comparing.history import HistoryError

    try:
        yield from removals(files, commit_of(wanted.against), wanted.fail_on)
    except HistoryError as error:
        if all(one.exit_code != Code.WRONG for one in made):  # otherwise a story has reported it
            failed = failure(error)
            report(failed, files[0], verbose=verbose)
            yield Review(files[0], "", "", "wrong", Code.WRONG, failed.message)


def believed() -> bool:
    """Whether only the user can have written the cached reviews; prints a note if not."""
    from sensa.cli import caching

    place = caching.directory()
    reason = None if place is None else caching.refusal(place)
    if reason is not None:
        note(f"sensa: earlier results are not used: `{escaped(str(place))}`: {reason}")
    return reason is None
