"""`sensa run`: analyse stories and report."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sensa.analyses import ANALYSES, DEFAULT, TABLE
from sensa.cli import outputs
from sensa.cli.codes import Code, worst
from sensa.cli.failing import Failure, failure, guarded, report
from sensa.cli.options import (
    ConfigFrom,
    NoColour,
    Properties,
    Quiet,
    Stories,
    Today,
    Verbose,
    day_of,
    rules_from,
)
from sensa.cli.printing import note, paper, printed
from sensa.cli.progress import ShownProgress
from sensa.interrupts import TimeUp, limited
from sensa.properties.verdicts import Judgement
from sensa.reviewing.review import FailOn
from sensa.stories.days import today as day_now
from sensa.stories.problems import Problem, escaped, unknown

if TYPE_CHECKING:
    import xarray as xr

    from sensa.engines.choice import Choice
    from sensa.reports.result.answers import Answers
    from sensa.sampling.estimates import Precision
    from sensa.session import Session
    from sensa.stories.story import Story

EPILOG = "Examples: `sensa run story.toml`; `sensa run a.toml b.toml --format json --output nc={name}.nc`"


SECONDS = 300.0  # for a story, where nothing else is asked for
DIAGRAMS = 60.0  # for one engine's diagrams, or half of the time: worlds answer in what is left
CUT_SHORT = ("seconds", "interrupted")


@dataclass(frozen=True)
class Wanted:
    """What a run was asked for."""

    seed: int
    points: int
    engine: "Choice"
    precision: "Precision | None"
    samples: int | None
    analyses: tuple[str, ...] | None
    methods: tuple[str, ...] = ()
    properties: str | None = None
    fail_on: FailOn = "error"
    today: date | None = None
    seconds: float | None = None  # none: no end
    config_from: str | None = None


@dataclass(frozen=True)
class Answered:
    """A story's result and what is said beside it."""

    file: str
    tree: "xr.DataTree"
    problems: tuple[Problem, ...]
    allowed: int  # warnings that the story turns off
    unclaimed: tuple[str, ...]
    judgement: Judgement
    code: Code
    seconds: float


def run(
    stories: Stories,
    seed: Annotated[
        int, typer.Option(min=0, max=2**64 - 1, envvar="SENSA_SEED", help="Of the sampled parameters.")
    ] = 0,
    points: Annotated[
        int, typer.Option(min=16, envvar="SENSA_POINTS", help="Parameter values to sample, in all.")
    ] = 16384,
    engine: Annotated[
        Literal["auto", "exact", "montecarlo"],
        typer.Option(
            envvar="SENSA_ENGINE",
            help="What computes probabilities: diagrams (exact), sampled worlds (montecarlo), or of each part"
            " of the story what suffices (auto).",
        ),
    ] = "auto",
    precision: Annotated[
        str | None,
        typer.Option(
            metavar="X|X%",
            envvar="SENSA_PRECISION",
            help="How close the outcomes' probabilities are wanted, as half of a 95 % interval: 1e-4, or 5% "
            "of each. Sampling goes on until then.",
        ),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            min=4096,
            envvar="SENSA_SAMPLES",
            help="At most so many worlds (where they are exact: parameter values).",
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            envvar="SENSA_SECONDS",
            help="How long a story may take in all. Left out: 300, and no end where a precision or samples "
            "are asked for. What is not done by then is left out, and said.",
        ),
    ] = None,
    analyses: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            envvar="SENSA_ANALYSES",
            help="Only these; how the story ends is always there. Left out, the usual ones: "
            + ", ".join(DEFAULT)
            + "; there are also "
            + ", ".join(row.name for row in TABLE if not row.usual)
            + ".",
        ),
    ] = None,
    format: Annotated[
        Literal["text", "json"], typer.Option(envvar="SENSA_FORMAT", help="For people or for machines.")
    ] = "text",
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Also one of SALib's methods: morris, fast, rbd_fast, delta, pawn, dgsm, hdmr, rsa, "
            "discrepancy, shapley, sobol. Each evaluates the story at `--points` values, or "
            "the fewest that it needs. Repeatable.",
        ),
    ] = None,
    properties: Properties = None,
    config_from: ConfigFrom = None,
    fail_on: Annotated[
        FailOn,
        typer.Option(
            envvar="SENSA_FAIL_ON", help="Which properties decide the exit code; with `warning` all."
        ),
    ] = "error",
    today: Today = None,
    output: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=PATH",
            help="Also write the result: nc (NetCDF), zarr or json. Repeatable; {name} in the path is the"
            " story's file name.",
        ),
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    no_color: NoColour = False,
) -> None:
    """Analyse stories and report: how they end, what matters most, what the numbers rest on.

    Results go to standard output, problems, notes and progress to standard error. After a wrong story the
    others are still run; the worst exit code counts: 4 (our error), then 2 (wrong story or usage), 1, 3
    (undecided), 0.
    """
    with guarded(verbose=verbose):
        wanted = Wanted(
            seed,
            points,
            engine,
            _precision(precision),
            samples,
            _names(analyses),
            _methods(method),
            properties,
            fail_on,
            day_of(today),
            SECONDS if seconds is None and precision is None and samples is None else seconds,
            config_from,
        )
        code = _run(stories, wanted, output or [], format, quiet=quiet, verbose=verbose, colour=not no_color)
        raise typer.Exit(code)


def _precision(text: str | None) -> "Precision | None":
    """A precision as it is written: `1e-4`, or `5%` of each probability."""
    if text is None:
        return None
    from sensa.sampling.estimates import Precision

    try:
        return Precision.of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--precision") from None


def _names(analyses: str | None) -> tuple[str, ...] | None:
    """The analyses asked for. How the story ends is always among them: every report needs it."""
    if analyses is None:
        return None
    names = [name.strip() for name in analyses.split(",") if name.strip()]
    strange = [name for name in names if name not in ANALYSES]
    if strange or not names:
        none = f"no analysis named; there are {', '.join(ANALYSES)}"
        said = unknown("analysis", strange[0], ANALYSES) if strange else none
        raise typer.BadParameter(said, param_hint="--analyses")
    return tuple(dict.fromkeys(["outcomes", *names]))


def _methods(names: Sequence[str] | None) -> tuple[str, ...]:
    """The methods of SALib asked for."""
    if not names:
        return ()
    from sensa.analyses.salib_methods import METHODS

    strange = [name for name in names if name not in METHODS]
    if strange:
        raise typer.BadParameter(unknown("method", strange[0], METHODS), param_hint="--method")
    return tuple(dict.fromkeys(names))


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


def answer(file: str, wanted: Wanted, *, shown: bool) -> Answered:
    """A story read, checked and analysed; raises as `sensa.pipeline`, run errors with their place."""
    from sensa import pipeline

    start = time.monotonic()
    with limited(wanted.seconds):
        story, ruled, warnings = _examined(file, wanted)
        with pipeline.located(story):
            return _analysed(story, ruled, warnings, wanted, start, shown=shown)


def _analysed(
    story: "Story",
    ruled: "Story | None",
    warnings: tuple[Problem, ...],
    wanted: Wanted,
    start: float,
    *,
    shown: bool,
) -> Answered:
    from sensa import pipeline
    from sensa.sampling.settings import Settings
    from sensa.stories.checking import allowances, turned_off

    most = float("inf") if wanted.seconds is None else wanted.seconds
    settings = Settings(
        seed=wanted.seed,
        points=wanted.points,
        engine=wanted.engine,
        precision=wanted.precision,
        samples=wanted.samples,
        seconds=min(DIAGRAMS, most / 2),
    )
    with ShownProgress(wanted=shown) as progress:
        session = pipeline.prepare(story, settings, progress)
        tree = pipeline.analyse(session, wanted.analyses, wanted.methods)
        judgement = _judged(session, ruled, wanted, tree, start + most - time.monotonic())
        cut = tree.attrs["stopped"] in CUT_SHORT
        late, off = allowances.split(story.document, () if cut else _late(session))
    unclaimed = tuple(p.path for p in session.circuit.parameters if p.distribution.family == "interval")
    seconds = time.monotonic() - start
    code = _code(tree, judgement, wanted.fail_on)
    allowed = len(turned_off(story, wanted.today)) + len(off)
    return Answered(story.file, tree, (*warnings, *late), allowed, unclaimed, judgement, code, seconds)


def _examined(file: str, wanted: Wanted) -> "tuple[Story, Story | None, tuple[Problem, ...]]":
    """The story, the rules that it is held to beside its own, and its warnings."""
    from sensa import pipeline

    rules = rules_from(wanted.properties, wanted.config_from)
    if rules is None:
        story, problems = pipeline.examine(file)
        return story, None, problems
    from sensa.reviewing.pipeline import examined

    return examined(file, wanted.today or day_now(), rules)


def _late(session: "Session") -> tuple[Problem, ...]:
    """The warnings that only the circuit shows, if there is time for them."""
    from sensa import pipeline

    try:
        return pipeline.late_warnings(session)
    except TimeUp:
        return ()


def _judged(
    session: "Session", ruled: "Story | None", wanted: Wanted, tree: "xr.DataTree", left: float
) -> Judgement:
    """The verdicts on what the story and the rules require, in the time left; of an interrupted run, none."""
    document = session.story.document
    if not (document.properties or document.waivers or ruled) or tree.attrs["stopped"] == "interrupted":
        return Judgement()
    from sensa.properties.judge import judge, stated

    further = () if ruled is None else stated(ruled)
    return judge(session, today=wanted.today or day_now(), properties=further, seconds=left)


def _code(tree: "xr.DataTree", judgement: Judgement, fail_on: FailOn) -> Code:
    if tree.attrs["stopped"] == "interrupted":
        return Code.INTERRUPTED
    from sensa.reviewing.review import CODES, state_of

    late = Code.UNDECIDED if tree.attrs["stopped"] == "seconds" else Code.WELL
    return worst([Code(CODES[state_of(judgement, (), fail_on)]), late])


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
