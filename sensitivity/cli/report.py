"""`sensa report`: reports of stored results, without running the stories again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from sensa import file_kinds
from sensa.cli import output_files
from sensa.cli.exit_codes import Code, worst
from sensa.cli.failing import guarded
from sensa.cli.options import NoColour, ResultFormatOption, Today, Verbose, day_of
from sensa.cli.run_options import ResultOutputs
from sensa.cli.run_reports import Parts, Reports
from sensa.cli.stored_results import fitting, result_at
from sensa.cli.terminal import note, paper
from sensa.reports import formats
from sensa.store import StoreError
from sensa.stories.problems import escaped

if TYPE_CHECKING:
    from datetime import date

    from sensa.engines.choice import Choice
    from sensa.reports.result.answers import Answers
    from sensa.reports.result.story_result import StoryResult
    from sensa.session import Session

T = TypeVar("T")
EPILOG = "Example: `sensa report result.nc --output report.html`"


def report(
    results: Annotated[
        list[str],
        typer.Argument(metavar="RESULT", help="Results: NetCDF, Zarr or JSON.", show_default=False),
    ],
    story: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The story of the result, for what shows its text; by default the file that it was run on, "
            "if that is unchanged.",
        ),
    ] = None,
    format: ResultFormatOption = "text",
    today: Today = None,
    output: ResultOutputs = None,
    verbose: Verbose = False,
    no_color: NoColour = False,
) -> None:
    """Report stored results, without running the stories again.

    Where the story is at hand and unchanged, its properties are judged again, and a page has its text, its
    argument and the what-if.
    """
    with guarded(verbose=verbose):
        places = output_files.parsed("result", output or [], results, [] if story is None else [story])
        for place in places:
            if place.format.binary:
                raise typer.BadParameter(f"{place}: a report is text", param_hint="--output")
        output_files.require_places(places, results)
        shown = Reports(formats.found("result", format), paper(colour=not no_color), places, verbose)
        found = [(path, *one) for path in results for one in _results(path, verbose=verbose)]
        if story is not None and len(found) > 1:
            raise typer.BadParameter("it goes with one result", param_hint="--story")
        rendered: list[Parts] = []
        for path, one, judged in found:
            with fitting(path, verbose=verbose):
                complete = _with_story(one, story, day_of(today), judged=judged, page=shown.with_source)
                rendered.append(shown.parts(complete))
        codes = [shown.print_part(parts, first=not i) for i, parts in enumerate(rendered)]
        with fitting(", ".join(results), verbose=verbose):
            codes.append(shown.finish(rendered, worst(codes), results[0]))
        raise typer.Exit(worst(codes))


def _results(path: str, *, verbose: bool) -> "tuple[tuple[StoryResult, bool], ...]":
    """The results in a file, and whether they have verdicts and warnings. Raises `StoreError` without any."""
    place = Path(path)
    if place.is_file() and not any(row.holds(place) for row in file_kinds.FILE_KINDS):
        from sensa.reports.result.from_json import results

        try:
            return tuple((one, True) for one in results(place.read_bytes()))
        except ValueError as error:
            raise StoreError(f"{path}: does not hold a readable result ({error})") from None
    from sensa.reports.result.from_tree import answers
    from sensa.reports.result.story_result import StoryResult

    tree = result_at(path, f"{path}: ")
    if "outcomes" not in tree:
        raise StoreError(f"{path}: does not hold a whole result (it has no group `outcomes`)")
    with fitting(path, verbose=verbose):
        return ((StoryResult(str(tree.attrs["file"]), Code.WELL, answers(tree)), False),)


def _with_story(
    result: "StoryResult", story: str | None, today: "date | None", *, judged: bool, page: bool
) -> "StoryResult":
    """The result with all that a run would say of its story, if that is at hand."""
    if result.answers is None:
        return result
    session = _session(result.answers, story)
    if session is None:
        return result
    from sensa.reports.result.story_result import source_of
    from sensa.reviewing.shown import shown
    from sensa.stories.days import today as day_now

    day = today or day_now()
    source = source_of(shown(session, day)) if page else None
    result = replace(result, answers=_in_order(result.answers, session), source=source)
    return result if judged else _judged(result, session, day)


def _judged(result: "StoryResult", session: "Session", day: "date") -> "StoryResult":
    """The result with verdicts and warnings, which NetCDF and Zarr do not hold."""
    from sensa import pipeline
    from sensa.properties.judge import judge
    from sensa.stories.checking import allowances
    from sensa.stories.checking.all_checks import check, turned_off

    late, off = allowances.split(session.story.document, pipeline.late_warnings(session))
    return replace(
        result,
        problems=(*check(session.story, day), *late),
        turned_off=len(turned_off(session.story, day)) + len(off),
        unclaimed=tuple(p.path for p in session.circuit.parameters if p.distribution.family == "interval"),
        judgement=judge(session, today=day),
    )


def _in_order(answers: "Answers", session: "Session") -> "Answers":
    """The answers in the order of the story, which JSON does not keep."""
    measures = [expected.measure for expected in session.graph.expectations]
    return replace(
        answers,
        outcomes=_sorted(answers.outcomes, session.outcomes),
        criteria=_sorted(answers.criteria, list(session.circuit.criteria)),
        expectations=_sorted(answers.expectations, measures),
    )


def _sorted(found: Mapping[str, T], names: Sequence[str]) -> dict[str, T]:
    return {name: found[name] for name in names if name in found}


def _session(answers: "Answers", story: str | None) -> "Session | None":
    """The session of a result's story; None without one. Raises `StoreError` if a named story is another."""
    from sensa import pipeline
    from sensa.sampling.settings import Settings
    from sensa.stories.policies import without_rules
    from sensa.stories.problems import StoryError

    about = answers.provenance
    file = about.file if story is None else story
    try:
        found = without_rules(file)
    except StoryError:
        if story is not None:
            raise
        note(f"the story is not shown: {escaped(file)} cannot be read")
        return None
    if found.digest == about.digest:
        engine: Choice = "montecarlo" if about.engine == "montecarlo" else "auto"
        settings = Settings(
            seed=about.seed,
            points=max(about.points, 2 * about.replicates),
            replicates=about.replicates,
            engine=engine,
        )
        return pipeline.prepare(found, settings)
    said = f"{escaped(file)} is not the story that the result is of (digest {about.digest[:12]})"
    if story is not None:
        raise StoreError(f"--story: {said}")
    note(f"the story is not shown: {said}")
    return None
