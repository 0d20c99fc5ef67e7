"""The terminal report: what a reviewer wants to know about a story, on one screen."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sensa.properties.verdicts import Judgement
from sensa.reports.layout import (
    NARROW,
    Paper,
    columns,
    ending,
    labelled,
    listed,
    named,
    shown,
    wrapped,
)
from sensa.reports.number_format import (
    UNDEFINED,
    compact,
    count,
    defined,
    interval,
    percent,
)
from sensa.reports.result import ranking
from sensa.reports.result.answers import Answers, Measure
from sensa.reports.result.axis_lines import axes
from sensa.reports.result.capability_lines import capabilities
from sensa.reports.result.carried_by import carrying
from sensa.reports.result.evidence_lines import counted_evidence
from sensa.reports.result.exact_by import exact_by
from sensa.reports.result.extrapolation_lines import extrapolation
from sensa.reports.result.given_lines import given
from sensa.reports.result.goal_lines import audited, model_space
from sensa.reports.result.mode_lines import modes
from sensa.reports.result.next_steps import advice
from sensa.reports.result.outcomes_table import outcomes, steps
from sensa.reports.result.path_lines import paths
from sensa.reports.result.plain_tables import tables
from sensa.reports.result.settling_lines import settling_facts
from sensa.reports.result.sign_off_lines import sign_offs
from sensa.reports.result.stated_lines import stated
from sensa.reports.result.story_result import StoryResult
from sensa.reports.result.trial_lines import value_of_trials
from sensa.reports.result.vulnerabilities import breaking
from sensa.reports.result.what_matters import matters
from sensa.reports.review import verdict_lines as judged
from sensa.stories.problems import Problem, told_apart

MAX_EXPECTED = 2
MAX_BROKEN = 2
_MAX_NAME_COLUMNS = 30
SECTIONS = {  # of analyses that have more than tables
    "axes": axes,
    "capabilities": capabilities,
    "extrapolation": extrapolation,
    "paths": paths,
    "given": given,
    "stated": stated,
    "counted_evidence": counted_evidence,
    "settling_facts": settling_facts,
    "sign_offs": sign_offs,
    "value_of_trials": value_of_trials,
    "specification_audit": audited,
    "model_space": model_space,
    "modes": modes,
}


@dataclass(frozen=True)
class Context:
    """What a report shows besides the result itself."""

    problems: Sequence[Problem] = ()
    allowed: int = 0  # warnings that the story turns off
    unclaimed: Sequence[str] = ()  # paths of the numbers with nothing but bounds
    judgement: Judgement = field(default_factory=Judgement)
    seconds: float | None = None
    everything: bool = False  # all rows, however many


def part(result: StoryResult, paper: Paper, *, everything: bool = False) -> str:
    """The report of one story of a run; empty for a story without a result."""
    if result.answers is None:
        return ""
    context = Context(
        problems=result.problems,
        allowed=result.turned_off,
        unclaimed=result.unclaimed,
        judgement=result.judgement,
        seconds=result.seconds,
        everything=everything,
    )
    return render(result.answers, paper, context)


def whole(parts: Sequence[str], exit_code: int) -> str:
    """The reports, one after the other; `exit_code` is not shown."""
    return "\n".join(parts)


def render(answers: Answers, paper: Paper, context: Context | None = None) -> str:
    """Render one result, in lines of at most `paper.width` columns (40 to 120).

    Only what must be copied whole, a word of a command, may be longer.
    """
    context = context or Context()
    paper = paper.bounded()
    sections = [
        list(_head(answers, paper, context)),
        list(_breaks(answers, paper)) if _mostly_bounds(answers) else [],
        list(outcomes(answers, paper, context.everything)),
        list(steps(answers, paper)),
        list(matters(answers, paper, context.everything)),
        *(
            list(SECTIONS[name](answers, data, paper, context.everything))
            if name in SECTIONS
            else list(tables(name, data, paper, everything=context.everything))
            for name, data in answers.others.items()
        ),
        list(_properties(answers, paper, context)),
        list(_rest(answers, paper, context)),
        list(_next(answers, paper, context)),
    ]
    lines = [line for section in sections if section for line in [*section, ""]][:-1]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def headline(answers: Answers) -> str:
    """The result in one sentence, fit to quote."""
    names = ranking.of_kind(answers, "catastrophic")
    risk = ranking.total(ranking.means(answers), names)
    text = f"{percent(risk)} probability of catastrophe"
    if not defined(risk):
        text = "The probability of catastrophe is not defined"
    elif risk == 0.0:
        text = _none(answers)
    else:
        measure = answers.kinds.get("catastrophic") or answers.outcomes[names[0]].probability
        known = (len(names) == 1 or answers.kinds) and not measure.blurred
        ends = interval(*measure.between()) if known else ""
        text += f" (90 % interval {ends})" if ends else ""
    safely = answers.failing_safely
    if safely is None:
        return f"{text}."
    if not defined(safely.mean):
        return f"{text}; {_no_safety(answers)}."
    return f"{text}; {percent(safely.mean)} of failures are safe."


def _no_safety(answers: Answers) -> str:
    """Why no share of the failures is safe: there is none, or no sampled world has met one."""
    failing = [one.probability.bounds for one in answers.outcomes.values() if one.kind != "success"]
    if any(high for _, high in filter(None, failing)):
        return "as no sampled world fails, failing safely is not known"
    return "as it never fails, failing safely is not defined"


def _none(answers: Answers) -> str:
    """The headline for a risk of 0, which may be too small to represent or to have been sampled."""
    if answers.provenance.worlds:
        below = [
            answers.outcomes[name].probability.bounds for name in ranking.of_kind(answers, "catastrophic")
        ]
        most = max((high or 0.0 for _, high in filter(None, below)), default=1.0)
        worlds = count(answers.provenance.worlds)
        return f"No catastrophe in {worlds} worlds (at most {percent(most)}, at 95 %)"
    if answers.how.get("outcomes") == "parameters-sampled":
        tried = count(answers.provenance.points)
        return f"No catastrophe at the {tried} points tried, which may miss what is rare"
    return "0 % probability of catastrophe, at the numbers stated"


def _head(answers: Answers, paper: Paper, context: Context) -> Iterator[str]:
    provenance = answers.provenance
    if paper.width < NARROW:
        yield paper.paint(shown(provenance.story, paper.width), "head")
        yield paper.paint(ending(provenance.file, paper.width), "dim")
    else:
        file = ending(provenance.file, paper.width // 3)
        title = shown(provenance.story, paper.width - columns(file) - 3)
        gap = " " * (paper.width - columns(title) - columns(file))
        yield paper.paint(title, "head") + gap + paper.paint(file, "dim")
    if provenance.intervals:
        names = [named(ranking.short(path), _MAX_NAME_COLUMNS) for path in context.unclaimed]
        which = listed(
            names if context.everything else [*names[:3], *([f"{len(names) - 3} more"] * (len(names) > 3))]
        )
        which = f" ({which})" if which else ""
        yield from wrapped(
            f"Only bounds are given for {provenance.intervals} of {provenance.parameters} numbers"
            f"{which}: the report takes them as uniform between their bounds.",
            paper.width,
        )
    if provenance.stopped in _CUT_SHORT:
        said = f"{_CUT_SHORT[provenance.stopped]}: a partial result, of what was computed until then."
        left_out = f" Left out: {provenance.left_out}." if provenance.left_out else ""
        yield from wrapped(said + left_out, paper.width)
    if answers.outcomes:
        sentences = [headline(answers), *_broken(context)]
        yield from wrapped(" ".join(filter(None, sentences)), paper.width)


def _broken(context: Context) -> Iterator[str]:
    """Which of the story's own limits it fails."""
    failing = [verdict for verdict in context.judgement.verdicts if verdict.status == "fail"]
    if not failing:
        return
    limits = [
        f"{named(one.name, _MAX_NAME_COLUMNS)} ({shown(one.require, 60)})" for one in failing[:MAX_BROKEN]
    ]
    more = [f"{len(failing) - MAX_BROKEN} more"] if len(failing) > MAX_BROKEN else []
    every = len(context.judgement.verdicts)
    of = "its own limit" if every == 1 else f"{len(failing)} of its own {every} limits"
    yield f"It fails {of}: {listed([*limits, *more])}."


def _properties(answers: Answers, paper: Paper, context: Context) -> Iterator[str]:
    """The verdicts, what breaks the properties that fail, and all waivers."""
    if context.judgement.verdicts or context.judgement.waivers:
        yield paper.paint("Properties", "head")
        for line in judged.lines(context.judgement, answers.provenance.file):
            yield from judged.wrapped(line, paper.width)


def _mostly_bounds(answers: Answers) -> bool:
    """Whether most numbers have only bounds: then structure is reported before numbers."""
    return 2 * answers.provenance.intervals > answers.provenance.parameters


def _breaks(answers: Answers, paper: Paper) -> Iterator[str]:
    for label, text in breaking(answers):
        yield from labelled(label, text, paper)


def _rest(answers: Answers, paper: Paper, context: Context) -> Iterator[str]:
    """What carries the risk and what breaks the plan, criteria, how it was computed, warnings."""
    for label, text in carrying(answers):
        yield from labelled(label, text, paper)
    if not _mostly_bounds(answers):
        yield from _breaks(answers, paper)
    if answers.criteria:
        parts = [f"{name.replace('_', ' ')} {_with(measure)}" for name, measure in answers.criteria.items()]
        yield from labelled("Criteria", "; ".join(parts), paper)
    if answers.provenance.experts:
        yield from labelled("Experts", _EXPERTS[answers.provenance.experts], paper)
    yield from labelled("Rests on", _basis(answers, context), paper)
    yield from _expectations(answers, paper, context)
    warnings = Counter(problem.code for problem in context.problems if problem.severity == "warning")
    parts = [f"{n} {code}" for code, n in sorted(warnings.items(), key=lambda item: (-item[1], item[0]))]
    shown = [f"{', '.join(parts)} (`sensa check` shows where)"] if parts else []
    shown += [f"{context.allowed} turned off"] if context.allowed else []
    if shown:
        yield from labelled("Warnings", "; ".join(shown), paper)


def _expectations(answers: Answers, paper: Paper, context: Context) -> Iterator[str]:
    """Expectations that the result does not meet, except where the sampling error leaves it open."""
    missed = {name: expected for name, expected in answers.expectations.items() if not expected.met}
    blurred = [name for name, expected in missed.items() if ranking.blurred(expected)]
    clear = [name for name in missed if name not in blurred]
    most = len(clear) if context.everything else MAX_EXPECTED
    for name in clear[:most]:
        expected = missed[name]
        value = expected.value
        computed = told_apart(value, expected.stated, digits=3) if defined(value) else UNDEFINED
        stated = f"expected {expected.stated:.12g} within {expected.within:g}"
        yield from labelled("Expected", f"not met: {shown(name, 40)} is {computed}; {stated}", paper)
    if len(clear) > most:
        yield from labelled("", f"and {len(clear) - most} more not met", paper)
    if blurred:
        which = f"{len(blurred)} of {len(answers.expectations)} stated values"
        said = f"{which} can be checked only up to the sampling error; they agree so far"
        yield from labelled("Expected", said, paper)


def _with(measure: Measure) -> str:
    ends = interval(*measure.between())
    return percent(measure.mean) + (f" ({ends})" if ends else "")


_EXPERTS = {
    "together": "drawn together: whoever is right is right about every number that they gave",
    "separately": "drawn separately: each number has an expert of its own, whoever is right about the others",
}
_CUT_SHORT = {"interrupted": "INTERRUPTED", "seconds": "OUT OF TIME"}
_STOPPED = {
    "precision": ", until the outcomes had the requested precision (changes have the errors shown)",
    "samples": ", as many as the budget allows",
    "interrupted": ", until interrupted",
    "seconds": ", until the time was up",
}


def _basis(answers: Answers, context: Context) -> str:
    """How the numbers were computed."""
    provenance = answers.provenance
    sampled = answers.how.get("outcomes") != "exact"
    worlds = f"worlds exact, by {exact_by(provenance)}"
    if provenance.worlds:
        worlds = f"{count(provenance.worlds)} worlds of {count(provenance.sampled_gates)} gates and draws"
        if provenance.diagram_nodes or provenance.circuit_products:
            worlds += f", the rest exact by {exact_by(provenance, 'diagrams')}"
        worlds += _STOPPED.get(provenance.stopped, "")
    if not provenance.parameters:
        parts = [worlds, "no number is uncertain"]
    else:
        how = " sampled at" if sampled else ": means exact, spread at"
        uncertain = (
            "1 uncertain number"
            if provenance.parameters == 1
            else f"{provenance.parameters} uncertain numbers"
        )
        kept = provenance.spread_points
        first = f", spread at the first {count(kept)}" if sampled and kept < provenance.points else ""
        parts = [worlds, f"{uncertain}{how} {count(provenance.points)} points{first}"]
    risks = [answers.outcomes[name].probability for name in ranking.of_kind(answers, "catastrophic")]
    errors = [one.error for one in risks]
    if sampled and errors and all(map(defined, errors)) and not any(one.unseen for one in risks):
        worst = max(error for error in errors if error is not None)
        parts.append(f"standard error of the catastrophic mean {percent(worst)}")
    if context.everything:
        parts.append(f"this engine because {provenance.engine_reason}")
    parts.append(f"seed {provenance.seed}")
    if context.seconds is not None:
        parts.append(f"{compact(context.seconds)} s")
    return f"{provenance.engine} engine: " + "; ".join(parts)


def _next(answers: Answers, paper: Paper, context: Context) -> Iterator[str]:
    steps = advice(answers, context.problems, context.unclaimed, context.judgement)
    if steps:
        yield paper.paint("Next", "head")
    for step in steps:
        yield from wrapped(step, paper.width, "    ", "  - ")
