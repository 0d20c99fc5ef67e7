"""`sensa run`: analyse stories and report."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sensa.cli import outputs
from sensa.cli.codes import Code, worst
from sensa.cli.failing import Failure, failure, guarded, report
from sensa.cli.options import (
    ConfigFrom,
    EngineOption,
    NoColour,
    Properties,
    Quiet,
    ReportFormat,
    Seed,
    Stories,
    Today,
    Verbose,
    day_of,
)
from sensa.cli.printing import note, paper, printed
from sensa.cli.run_options import (
    Analyses,
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
from sensa.cli.run_story import Answered, Wanted, answer
from sensa.stories.problems import escaped

if TYPE_CHECKING:
    import xarray as xr

    from sensa.reports.result.answers import Answers

EPILOG = "Examples: `sensa run story.toml`; `sensa run a.toml b.toml --format json --output nc={name}.nc`"
STORY_SECONDS = 300.0  # for a story, where nothing else is asked for


def run(
    stories: Stories,
    seed: Seed = 0,
    points: Points = 16384,
    engine: EngineOption = "auto",
    precision: PrecisionOption = None,
    samples: Samples = None,
    seconds: Seconds = None,
    analyses: Analyses = None,
    format: ReportFormat = "text",
    method: Methods = None,
    properties: Properties = None,
    config_from: ConfigFrom = None,
    fail_on: RunFailOn = "error",
    today: Today = None,
    output: ResultOutputs = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    no_color: NoColour = False,
) -> None:
    """Analyse stories and report: how they end, what matters most, what the numbers rest on.

    Results go to standard output, problems, notes and progress to standard error. After a wrong story the
    others are still run; the worst exit code counts: 4 (our error), then 2 (wrong story or usage), 1, 3
    (undecided), 0.
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
            properties=properties,
            fail_on=fail_on,
            today=day_of(today),
            seconds=STORY_SECONDS if seconds is None and not unlimited else seconds,
            config_from=config_from,
        )
        code = _run(stories, wanted, output or [], format, quiet=quiet, verbose=verbose, colour=not no_color)
        raise typer.Exit(code)


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
    from sensa.reports.result.from_tree import answers

    places = outputs.parsed(output, stories, wanted.properties)
    outputs.require_places(places, stories)
    as_json = format == "json" or any(place.kind == "json" for place in places)
    codes: list[Code] = []
    documents: list[dict[str, Any]] = []
    for file in stories:
        try:
            answered = answer(file, wanted, shown=not quiet)
            found = answers(answered.tree)
            document = _document(answered, found) if as_json else {}
            text = _text(answered, found, verbose=verbose, colour=colour) if format == "text" else ""
        except (KeyboardInterrupt, Exception) as error:
            failed = failure(error)
            report(failed, file, verbose=verbose)
            codes.append(failed.code)
            documents.append(_unanswered(file, failed))
            if failed.code == Code.INTERRUPTED:
                break
            continue
        codes += [answered.code, _stored(answered.tree, places, file)]
        if text:
            codes.append(printed(("\n" if documents else "") + text))
        documents.append(document)
        if answered.code == Code.INTERRUPTED:
            note("interrupted")
            break
    return worst([*codes, _finish(documents, worst(codes), places, stories, format)])


def _text(answered: Answered, found: "Answers", *, verbose: bool, colour: bool) -> str:
    from sensa.reports.result.text import Context, render

    context = Context(
        problems=answered.problems,
        allowed=answered.allowed,
        unclaimed=answered.unclaimed,
        judgement=answered.judgement,
        seconds=answered.seconds,
        everything=verbose,
    )
    return render(found, paper(colour=colour), context)


def _document(answered: Answered, found: "Answers") -> dict[str, Any]:
    from sensa.reports.result.json import answered_story

    return answered_story(
        found,
        exit_code=answered.code,
        problems=answered.problems,
        turned_off=answered.allowed,
        unclaimed=answered.unclaimed,
        judgement=answered.judgement,
    )


def _unanswered(file: str, failed: Failure) -> dict[str, Any]:
    from sensa.reports.result.json import unanswered_story

    return unanswered_story(
        file,
        status=failed.status,
        message=failed.message,
        exit_code=failed.code,
        problems=failed.problems,
    )


def _stored(tree: "xr.DataTree", places: Sequence[outputs.Output], file: str) -> Code:
    """Writes the result to its places; a place that fails does not keep the others from being written."""
    from sensa import store

    code = Code.WELL
    for place in places:
        if place.kind != "json":
            try:
                store.write(tree, place.place(file), place.kind)
            except store.StoreError as error:
                note(f"sensa: {escaped(str(error))}")
                code = Code.WRONG
    return code


def _finish(
    documents: Sequence[dict[str, Any]],
    code: Code,
    places: Sequence[outputs.Output],
    stories: Sequence[str],
    format: str,
) -> Code:
    """The JSON of all stories, where it is wanted."""
    written = [place for place in places if place.kind == "json"]
    if format != "json" and not written:
        return Code.WELL
    from sensa.reports.result.json import dumps, run_document

    text = dumps(run_document(documents, code))
    codes = [_kept(text, place.place(stories[0])) for place in written]
    if format == "json":
        codes.append(printed(text))
    return worst(codes)


def _kept(text: str, place: Path) -> Code:
    from sensa import store

    try:
        store.write_bytes(text.encode(), place)
    except store.StoreError as error:
        note(f"sensa: {escaped(str(error))}")
        return Code.WRONG
    return Code.WELL
