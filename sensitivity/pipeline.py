"""From a story to a result: prepare, analyse."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import combinations
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from sensa import circuit_diagnostics
from sensa.circuit import Circuit
from sensa.compiling import compile_measures, compile_story
from sensa.defects import Deadline, Defect, DefectiveStory, OutOfTime, WrongObservation
from sensa.engines.choice import Choice
from sensa.engines.protocol import Engine, EngineRefusal
from sensa.graph import Graph
from sensa.lowering import lower
from sensa.methods.rare_numbers_note import rare_numbers_note
from sensa.results import FORMAT, without_empty
from sensa.sampling.estimates import Precision
from sensa.sampling.parameters import RunError
from sensa.sampling.run import Stopped, stopped_by
from sensa.sampling.settings import Progress, Settings, no_progress
from sensa.session import AnswersVariants, Session
from sensa.stories.arguments import require_kind, require_names
from sensa.stories.checking import allowances
from sensa.stories.loading import Source, examine, load, require_story
from sensa.stories.problems import Place, Problem, Severity, StoryError, told_apart, unknown
from sensa.stories.properties.measures import parse_measure
from sensa.stories.story import Story
from sensa.verify import verify_circuit, verify_graph
from sensa.version import __version__

if TYPE_CHECKING:
    from sensa.methods.variants import Variants

PARTIAL_RESULT_ANALYSES = {
    "outcomes",
    "kinds",
    "failing_safely",
}  # analyses that are still available if a run is interrupted
GIVEN = ("outcomes", "kinds", "failing_safely")  # analyses beside an observation, by default
OBSERVATION = "given"  # the group of an observation
WITHOUT_RARE_NUMBERS = {
    "failing_safely",
    "carried_by",
    "violations",
    "pairs",
    "criteria",
    "tipping_points",
    "importance",
    "nodes",
    "distributions",
    "expectations",
}  # analyses with errors that do not count values of numbers too rare for the sample
CONTRADICTION_ERRORS = 3.0  # standard errors beyond a stated value that count as a contradiction
EXPECTATION_POINTS = 1024  # parameter values to check totals: enough to find large errors
Compiled = Callable[[Settings, Collection[str], Sequence[str]], tuple[Graph, Circuit]]


def check(source: Source, *, today: date | None = None) -> tuple[Problem, ...]:
    """All errors and warnings of a story; does not raise for a wrong story.

    Raises `EngineRefusal` if it cannot be compiled within the default time limit.
    """
    try:
        story, problems = examine(source, today=today)
        session = prepare(story)
    except StoryError as error:
        return tuple(error.problems)
    kept, _ = allowances.split(story.document, said_of(session))
    return (*problems, *kept)


def said_of(session: Session) -> tuple[Problem, ...]:
    """The warnings that need a compiled story, including contradicted totals.

    Warnings that the story turns off are included; `allowances.split` separates them.
    """
    return (*late_warnings(session), *_warnings(session, contradictions(session)))


def late_warnings(session: Session) -> tuple[Problem, ...]:
    """The warnings that need the circuit; none if it is too large for an exact engine.

    Warnings that the story turns off are included.
    """
    ends: Engine | None = vars(session).get("ends")  # if there already
    if ends is not None and ends.way != "exact":
        return ()
    return _warnings(session, circuit_diagnostics.warnings(session.circuit, ends))


def _warnings(session: Session, defects: Iterable[Defect]) -> tuple[Problem, ...]:
    return tuple(_problem(session.source or session.graph, defect, "warning") for defect in defects)


def contradictions(session: Session) -> Iterator[Defect]:
    """The values in `[expect]` that the story contradicts; none if the budget is too small."""
    if not session.graph.expectations:
        return
    from sensa.analyses.expectations import expectations

    settings = session.settings
    points = min(settings.points, max(EXPECTATION_POINTS, 2 * settings.replicates))
    brief = replace(session, settings=replace(settings, points=points))
    try:
        found = expectations(brief)
    except EngineRefusal:
        return
    for measure in found["measure"].values:
        row = found.sel(measure=measure)
        value, stated, within, error = (float(row[name]) for name in ("value", "stated", "within", "error"))
        if abs(value - stated) <= within + CONTRADICTION_ERRORS * error:
            continue
        given = told_apart(value, stated, digits=6)
        message = f"the story gives {given}, not {stated:.12g} within {within:.2g}"
        if isnan(value):
            message = f"not defined in this story, so not {stated:.12g}"
        yield Defect("contradicted-total", f'expect."{measure}"', message, "fix the parts, or the total")


def prepare(
    story: Story | Graph, settings: Settings | None = None, progress: Progress = no_progress
) -> Session:
    """Compile a checked story, or a graph from elsewhere, into a session.

    Raises `StoryError` for errors that only compiling shows, `BrokenStage` for an invalid graph, and
    `EngineRefusal` if compiling takes longer than `settings.seconds` (this depends on the machine, so it is
    no error of the story).
    """
    settings = Settings() if settings is None else settings
    require_kind("a value of `sensa.Settings`", "`sensa.Settings(seed=1)` makes one", settings, Settings)
    if not isinstance(story, Graph):
        require_story(story)
    try:
        graph, circuit = _compiled(story, settings)
        defects = tuple(circuit_diagnostics.errors(circuit))
    except DefectiveStory as error:
        defects = error.defects
    if defects:
        raise StoryError(tuple(_problem(story, defect, "error") for defect in defects))
    source = story if isinstance(story, Story) else None
    return Session(
        graph,
        circuit,
        settings,
        progress,
        source,
        variants=_variants(partial(_compiled, story)),
        axes_apart=None if source is None else partial(compile_story, source, apart=True),
    )


def _compiled(
    story: Story | Graph, settings: Settings, free: Collection[str] = (), first: Sequence[str] = ()
) -> tuple[Graph, Circuit]:
    """A model's graph and circuit, the numbers in `free` as parameters.

    Raises `DefectiveStory`, and `EngineRefusal` if it takes too long.
    """
    deadline = Deadline(settings.seconds)
    try:
        graph = story if isinstance(story, Graph) else compile_story(story, deadline, free, first)
        graph = verify_graph(graph)
        return graph, verify_circuit(lower(graph, deadline))
    except OutOfTime as error:
        raise EngineRefusal(str(error)) from None


def opened(session: Session, paths: Sequence[str]) -> Session:
    """The same story with the numbers at these paths as parameters, after all others, whose points stay.

    Raises `ValueError` for a path that is not a number of the story, and `EngineRefusal` as `prepare`.
    """
    from sensa.methods.variants import require_numbers

    free = require_numbers(session, paths)
    if not free:
        return session
    known = [parameter.path for parameter in session.circuit.parameters]
    graph, circuit = _compiled(session.story, session.settings, free, known)
    return replace(session, graph=graph, circuit=circuit)


def _variants(compiled: Compiled) -> AnswersVariants:
    """The implementation of `Session.at`, created on first use."""
    found: list[Variants] = []

    def answer(session: Session, changes: Mapping[str, object], **options: Any) -> xr.Dataset:
        from sensa.methods.variants import Variants

        if not found:
            found.append(Variants(compiled))
        with located(session.source):
            return found[0](session, changes, **options)

    return answer


def broken(story: Story, error: RunError) -> Problem:
    """The problem for a run that a parameter value breaks, at the number that it breaks."""
    return Problem("broken-number", "error", story.place(error.path), error.path, error.message)


@contextmanager
def located(story: Story | None) -> Iterator[None]:
    """Convert a `RunError` to a `StoryError` with file, line, column and number.

    Without a story it is raised unchanged.
    """
    try:
        yield
    except RunError as error:
        if story is None or not error.path:
            raise
        raise StoryError((broken(story, error),)) from None


def _problem(of: Story | Graph, defect: Defect, severity: Severity) -> Problem:
    place = of.place(defect.path) if isinstance(of, Story) else Place(of.origin.file or "graph", 1, 1)
    return Problem(defect.code, severity, place, defect.path, defect.message, defect.fix)


def run(
    source: Source,
    *,
    seed: int = 0,
    points: int = Settings.points,
    replicates: int = Settings.replicates,
    engine: Choice = "auto",
    precision: Precision | float | str | None = None,
    samples: int | None = None,
    analyses: Sequence[str] | None = None,
    given: str | None = None,
    progress: Progress = no_progress,
) -> xr.DataTree:
    """Run analyses of a story, as one tree of datasets, which `sensa.results` describes.

    `precision` is that of the outcomes' probabilities: `1e-4`, or `"5%"` of each; `given` is an observation,
    as in `analyse`. The result depends only on the story, the seed and the options. Raises `StoryError` for
    a wrong story, `RunError` if a parameter value breaks it, `EngineRefusal` beyond the budget.
    """
    settings = Settings(
        seed=seed,
        points=points,
        replicates=replicates,
        engine=engine,
        precision=None if precision is None else Precision.of(precision),
        samples=samples,
    )
    session = prepare(load(source), settings, progress)
    return analyse(session, analyses, given=given)


def analyse(
    session: Session,
    names: Sequence[str] | None = None,
    methods: Sequence[str] = (),
    *,
    given: str | None = None,
) -> xr.DataTree:
    """Run analyses (by default, those of `DEFAULT`) and SALib methods on a prepared story or graph.

    `given` is an observation, as `"deployed and not overseen"`: the group `given` has how the story ends
    under it, and by default only how it ends otherwise is computed beside that. Raises `WrongObservation`, a
    `ValueError`, if it is no expression over the story, or impossible.

    If interrupted or out of time (`sensa.interrupts.limited`), it returns what is done so far, if anything,
    and the attributes `stopped` and `left_out` show that.
    """
    from sensa.analyses import ANALYSES, DEFAULT, further

    require_kind("a prepared story", "`sensa.prepare(story)` makes one", session, Session)
    require_names("analyses", () if names is None else names)
    require_names("methods", methods)
    usual = DEFAULT if given is None else GIVEN
    chosen = list(usual if names is None else names)
    unknown_names = [name for name in chosen if name not in ANALYSES]
    if unknown_names:
        raise ValueError(unknown("analysis", unknown_names[0], ANALYSES))
    if methods:
        from sensa.analyses import salib_methods

        unknown_methods = [name for name in methods if name not in salib_methods.METHODS]
        if unknown_methods:
            raise ValueError(unknown("method", unknown_methods[0], salib_methods.METHODS))
    chosen += [f"salib_{name}" for name in methods]
    observing = None if given is None else _observing(session, given)
    chosen += [OBSERVATION] * (observing is not None)
    groups: dict[str, xr.Dataset] = {}
    waiting = chosen[:]
    cut_by: Stopped | None = None
    try:
        while waiting:
            session.progress(waiting[0], len(groups) / len(chosen))
            if waiting[0] == OBSERVATION and observing is not None:
                groups[OBSERVATION] = observing()
            elif waiting[0] in ANALYSES:
                groups[waiting[0]] = _noted(session, waiting[0], ANALYSES[waiting[0]](session))
            else:
                groups[waiting[0]] = salib_methods.run(session, waiting[0].removeprefix("salib_"))
            cut_by = session.cut_by
            waiting = [name for name in waiting[1:] if cut_by is None or name in PARTIAL_RESULT_ANALYSES]
    except KeyboardInterrupt as stop:
        if not groups:
            raise
        cut_by = stopped_by(stop)
    tree = xr.DataTree.from_dict({name: without_empty(data) for name, data in groups.items()})
    left = [name for name in chosen if name not in groups]
    suited = further(session.graph, {*chosen}) if names is None else []
    asked = [] if names is None else [name for name in chosen if name in names]
    tree.attrs = dict(_attributes(session, asked, left, suited, cut_by))
    return tree


def _noted(session: Session, name: str, data: xr.Dataset) -> xr.Dataset:
    """The group of an analysis with a note of the numbers whose rare values its errors do not count."""
    counted = name not in WITHOUT_RARE_NUMBERS or data.attrs.get("how") == "exact"
    if counted or not data.data_vars or session.cut_by is not None:
        return data
    notes = data.attrs.get("note", ""), rare_numbers_note(session)
    said = "; ".join(note for note in notes if note)
    return data.assign_attrs(note=said) if said else data


def _observing(session: Session, text: str) -> Callable[[], xr.Dataset]:
    """What computes the group `given`. Raises `WrongObservation` if the text is no observation."""
    from sensa.analyses.given import given
    from sensa.stories.checking.measures import measure_problems
    from sensa.stories.checking.view import view_of

    measure = f"P(true | {text})"
    wrong = measure_problems(view_of(session.story), measure)
    if wrong:
        raise WrongObservation("; ".join(map(str, wrong)))
    graph = compile_measures(session.story, {OBSERVATION: parse_measure(measure)})
    return partial(given, replace(session, graph=graph, circuit=lower(graph)), text)


def _drawing(session: Session) -> str:
    """How the experts of several numbers are drawn: together, separately, or empty if none are shared."""
    if session.graph.draws:
        return "together"
    pools = [set(p.distribution.experts) for p in session.circuit.parameters]
    shared = any(one & other for one, other in combinations(pools, 2))
    return "separately" if shared else ""


def _attributes(
    session: Session,
    asked: Sequence[str],
    left: Sequence[str],
    suited: Sequence[str],
    cut_by: Stopped | None,
) -> Iterator[tuple[str, str | int]]:
    circuit, settings, ends, origin = session.circuit, session.settings, session.ends, session.graph.origin
    yield "format", FORMAT
    yield "story", origin.title
    yield "file", origin.file
    yield "digest", origin.digest or circuit.digest
    yield "engine", ends.way
    yield "engine_reason", ends.info.reason
    yield "diagram_nodes", ends.info.diagram_nodes
    yield "circuit_products", ends.info.circuit_products
    yield "order", ends.info.order
    yield "sampled_gates", ends.info.sampled_gates
    yield "worlds", session.totals.worlds.count
    yield "stopped", cut_by or session.totals.stopped
    yield "left_out", ", ".join(left)
    yield "further", ", ".join(suited)
    yield "asked_analyses", ", ".join(asked)
    yield "asked_engine", settings.engine
    yield "asked_points", settings.points
    yield "asked_precision", "" if settings.precision is None else str(settings.precision)
    yield "asked_samples", settings.samples or 0
    yield "seed", settings.seed
    yield "replicates", settings.replicates
    yield "points", session.samples.points
    yield "spread_points", len(session.samples.replicate)
    yield "parameters", len(circuit.parameters)
    yield "intervals", sum(p.distribution.family == "interval" for p in circuit.parameters)
    yield "experts", _drawing(session)
    yield "sensa", __version__
    yield "numpy", np.__version__
