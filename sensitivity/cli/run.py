"""`sensa run`: analyse stories and report."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from sensa.cli import output_files
from sensa.cli.exit_codes import Code, worst
from sensa.cli.failing import Failure, failure, guarded, report
from sensa.cli.options import (
    ConfigFrom,
    EngineOption,
    NoColour,
    Properties,
    Quiet,
    ResultFormatOption,
    Seed,
    Stories,
    Today,
    Verbose,
    day_of,
)
from sensa.cli.portfolio_options import (
    MeansOnly,
    Portfolio,
    PortfolioWanted,
    Resume,
    Store,
    Sweep,
    VariantsFile,
)
from sensa.cli.run_options import (
    Analyses,
    Given,
    Methods,
    Points,
    PrecisionOption,
    ResultOutputs,
    RunFailOn,
    Samples,
    Seconds,
    analyses_of,
    methods_of,
    precision_of,
)
from sensa.cli.run_reports import Parts, Reports
from sensa.cli.run_story import Answered, Wanted, answer
from sensa.cli.scheduling import Scheduler, WorkerCount, require_scheduler
from sensa.cli.storing import require_outside, require_store
from sensa.cli.terminal import note, paper
from sensa.reports import formats

if TYPE_CHECKING:
    from sensa.reports.result.story_result import Source, StoryResult

EPILOG = "Examples: `sensa run story.toml`; `sensa run a.toml b.toml --format json --output {name}.nc`"
STORY_SECONDS = 300.0  # for a story, by default


def run(
    stories: Stories,
    seed: Seed = 0,
    points: Points = 16384,
    engine: EngineOption = "auto",
    precision: PrecisionOption = None,
    samples: Samples = None,
    seconds: Seconds = None,
    analyses: Analyses = None,
    format: ResultFormatOption = "text",
    method: Methods = None,
    given: Given = None,
    properties: Properties = None,
    config_from: ConfigFrom = None,
    fail_on: RunFailOn = "error",
    today: Today = None,
    portfolio: Portfolio = False,
    sweep: Sweep = None,
    variants: VariantsFile = None,
    means_only: MeansOnly = False,
    store: Store = None,
    resume: Resume = False,
    scheduler: Scheduler = "local",
    workers: WorkerCount = None,
    output: ResultOutputs = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    no_color: NoColour = False,
) -> None:
    """Analyse stories and report: how they end, what matters most, how it was computed.

    Results go to standard output; problems, notes and progress go to standard error. After a wrong story the
    others are still run. A pattern in quotes, or --sweep, gives one table of all. The first exit code that
    applies counts: 4 (internal error), 2 (wrong story or usage), 1, 3 (undecided), 0.
    """
    unlimited = precision is not None or samples is not None
    with guarded(verbose=verbose):
        wanted = Wanted(
            seed=seed,
            points=points,
            engine=engine,
            precision=precision_of(precision),
            samples=samples,
            analyses=analyses_of(analyses),
            methods=methods_of(method),
            given=given,
            properties=properties,
            fail_on=fail_on,
            today=day_of(today),
            seconds=STORY_SECONDS if seconds is None and not unlimited else seconds,
            config_from=config_from,
            store=store,
            resume=resume,
            scheduler=scheduler,
            workers=workers,
        )
        require_scheduler(scheduler, workers)
        require_store(store, resume=resume)
        of = PortfolioWanted(portfolio, sweep or (), variants, means_only)
        shown = {"quiet": quiet, "verbose": verbose, "colour": not no_color}
        if of.of(stories):
            from sensa.cli.portfolio import run_portfolio

            raise typer.Exit(run_portfolio(stories, wanted, of, output or [], format, **shown))
        raise typer.Exit(_run(stories, wanted, output or [], format, **shown))


def _run(
    stories: Sequence[str],
    wanted: Wanted,
    output: Sequence[str],
    format: str,
    *,
    quiet: bool,
    verbose: bool,
    colour: bool,
) -> Code:
    if wanted.store is not None and len(stories) > 1:
        raise typer.BadParameter("one story, or with `--portfolio` several", param_hint="--store")
    rules = [] if wanted.properties is None else [wanted.properties]
    places = output_files.parsed("result", output, stories, rules)
    require_outside(wanted.store, [place.place(stories[0]) for place in places])
    output_files.require_places(places, stories)
    reports = Reports(formats.found("result", format), paper(colour=colour), places, verbose)
    codes: list[Code] = []
    rendered: list[Parts] = []
    for file in stories:
        try:
            answered = answer(file, wanted, shown=not quiet)
            parts = reports.parts(
                _story_result(answered, _source(answered, wanted) if reports.with_source else None)
            )
        except (KeyboardInterrupt, Exception) as error:
            failed = failure(error)
            report(failed, file, verbose=verbose)
            codes.append(failed.code)
            rendered.append(reports.parts(_failed_result(file, failed)))
            if failed.code == Code.INTERRUPTED:
                break
            continue
        codes += [answered.code, reports.store(answered.tree, file)]
        codes.append(reports.print_part(parts, first=not rendered))
        rendered.append(parts)
        if answered.code == Code.INTERRUPTED:
            note("interrupted")
            break
    return worst([*codes, reports.finish(rendered, worst(codes), stories[0])])


def _source(answered: Answered, wanted: Wanted) -> "Source":
    from sensa.reports.result.story_result import source_of
    from sensa.reviewing.shown import shown
    from sensa.stories.days import today

    return source_of(shown(answered.session, wanted.today or today()))


def _story_result(answered: Answered, source: "Source | None") -> "StoryResult":
    from sensa.reports.result.from_tree import answers
    from sensa.reports.result.story_result import StoryResult

    return StoryResult(
        answered.file,
        answered.code,
        answers(answered.tree),
        problems=answered.problems,
        turned_off=answered.allowed,
        unclaimed=answered.unclaimed,
        judgement=answered.judgement,
        seconds=answered.seconds,
        source=source,
    )


def _failed_result(file: str, failed: Failure) -> "StoryResult":
    from sensa.reports.result.story_result import StoryResult

    return StoryResult(
        file, failed.code, problems=failed.problems, status=failed.status, message=failed.message
    )
