"""`sensa diff`: what changed in a story, how much each outcome moved, and which change moved it."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from sensa.cli.bases import rules_at, story_at
from sensa.cli.configuration import MERGE_BASE
from sensa.cli.exit_codes import Code, worst
from sensa.cli.failing import failure, guarded, report
from sensa.cli.loosened import loosened
from sensa.cli.options import (
    ConfigFrom,
    EngineOption,
    Properties,
    Quiet,
    ReviewFormatOption,
    ReviewOutputs,
    Seed,
    Today,
    Verbose,
    day_of,
    rules_from,
)
from sensa.cli.output_files import keep_reviews, parsed
from sensa.cli.progress import ShownProgress
from sensa.cli.standard_input import written
from sensa.cli.terminal import note, paper, printed
from sensa.reports.formats import found, render
from sensa.reports.layout import SCROLL
from sensa.reviewing.review import FailOn, Review
from sensa.stories.problems import escaped

if TYPE_CHECKING:
    from sensa.engines.choice import Choice
    from sensa.stories.reading import Written

EPILOG = (
    "Examples: `sensa diff old.toml new.toml`; `sensa diff story.toml` (against its merge base with main);"
    " `sensa diff story.toml --against v1.2 --format markdown`;"
    " `sensa diff story.toml --output page.html`; `sensa diff ours.toml theirs.toml --discriminate`"
)


def diff(
    context: typer.Context,
    base: Annotated[
        str,
        typer.Argument(metavar="BASE", help="The story before; if alone, the story now.", show_default=False),
    ],
    head: Annotated[
        str | None, typer.Argument(metavar="[HEAD]", help="The story now.", show_default=False)
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            envvar="SENSA_AGAINST",
            help="Compare one file with itself at a commit; by default, the merge base with the main branch.",
        ),
    ] = None,
    format: ReviewFormatOption = "text",
    output: ReviewOutputs = None,
    fail_on: Annotated[
        FailOn,
        typer.Option(envvar="SENSA_FAIL_ON", help="Which properties of the story now affect the exit code."),
    ] = "error",
    properties: Properties = None,
    config_from: ConfigFrom = None,
    seed: Seed = 0,
    engine: EngineOption = "auto",
    seconds: Annotated[
        float,
        typer.Option(min=0.0, envvar="SENSA_SECONDS", help="Time limit for attributing the difference."),
    ] = 30.0,
    discriminate: Annotated[
        bool,
        typer.Option(
            "--discriminate",
            help="Also say which facts would tell which of the two is right (text, JSON and Markdown).",
        ),
    ] = False,
    today: Today = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Compare two versions of a story: what changed, what that moved, and the verdicts before and after.

    Each change's share of the difference is its Shapley value: what it adds, averaged over the orders in
    which the changes could have been made. The exit code is that of `sensa check` on the story now.
    """
    with guarded(verbose=verbose):
        if head is not None and against is not None:
            raise typer.BadParameter("two files, or one file and --against")
        read = [one for one in (base, properties) if one is not None]
        outputs = parsed("review", output or [], [head or base], read)
        try:
            with ShownProgress(wanted=not quiet) as progress:
                rules = rules_from(properties, config_from)
                base_rules = rules if head is not None else rules_at(properties, against or MERGE_BASE)
                shown = [found("review", format), *(one.format for one in outputs)]
                made = _made(
                    base, head, against, rules, base_rules, seed, engine, seconds, day_of(today), fail_on,
                    progress,
                    result=any(one.source for one in shown), discriminate=discriminate,
                )  # fmt: skip
            made = replace(made, notes=(*loosened(context, day_of(today), made), *made.notes))
        except typer.BadParameter:
            raise
        except Exception as error:
            failed = _failure(error, head or base, verbose=verbose)
            raise typer.Exit(failed) from None
        from sensa.reports.review.comparison_text import render as compared

        laid = paper(colour=False, piped=SCROLL)
        written = keep_reviews([made], outputs, head or base)
        said = printed(compared(made, laid) if format == "text" else render([made], format))
        raise typer.Exit(worst([Code(made.exit_code), written, said]))


def _failure(error: Exception, file: str, *, verbose: bool) -> Code:
    from sensa.comparing.history import HistoryError

    if isinstance(error, HistoryError):
        note(f"sensa: {escaped(str(error))}")
        return Code.WRONG
    failed = failure(error)
    where = failed.problems[0].place.file if failed.problems else file  # the error may be in the base
    report(failed, where, verbose=verbose)
    return failed.code


def _made(
    base: str,
    head: str | None,
    against: str | None,
    properties: "Written | None",
    base_rules: "Written | None",
    seed: int,
    engine: "Choice",
    seconds: float,
    today: date,
    fail_on: FailOn,
    progress: ShownProgress,
    *,
    result: bool,
    discriminate: bool,
) -> Review:
    from sensa.stories.policies import examined, without_rules

    now, _, _ = examined(written(head or base), today, properties)
    before, name = (without_rules(written(base)), base) if head is not None else story_at(base, against)
    from sensa.comparing.comparison import compare
    from sensa.reviewing.pipeline import review
    from sensa.sampling.settings import Settings

    settings = Settings(seed=seed, engine=engine)
    made = review(
        now,
        today=today,
        settings=settings,
        properties=properties,
        fail_on=fail_on,
        endings=True,
        result=result,
        base=before,
        base_name=name,
        base_rules=base_rules,
        attribution=seconds,
        progress=progress,
    )
    if before is None and made.state != "wrong":
        made = replace(made, comparison=compare(None, now, name, settings))
    if discriminate and made.comparison is not None:
        from sensa.reviewing.told_apart import told_apart

        made = replace(made, comparison=told_apart(made.comparison, before, now, settings))
    return made
