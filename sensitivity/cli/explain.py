"""`sensa explain`: explain one name of a story, or one case that breaks a property."""

from typing import TYPE_CHECKING, Annotated

import typer

from sensa.cli.bases import story_at
from sensa.cli.failing import guarded
from sensa.cli.options import (
    ConfigFrom,
    ExplanationFormatOption,
    NoColour,
    OneStory,
    Properties,
    Quiet,
    Seed,
    Verbose,
    rules_from,
)
from sensa.cli.progress import ShownProgress
from sensa.cli.standard_input import written
from sensa.cli.terminal import out, paper
from sensa.reports.formats import found as named_format
from sensa.reports.formats import module
from sensa.reports.layout import SCROLL
from sensa.stories.days import today
from sensa.stories.problems import did_you_mean, escaped, near, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sensa.properties.declared import DeclaredProperty
    from sensa.properties.verdicts import Verdict
    from sensa.reports.layout import Paper
    from sensa.session import Session
    from sensa.stories.reading import Written
    from sensa.stories.story import Story

EPILOG = (
    "Examples: `sensa explain story.toml oversight_works`; `sensa explain story.toml events.slip.chance`;"
    " `sensa explain story.toml cx-1f00a2b3` (a counterexample, by the name that a verdict gives it)"
)
USUAL = ("outcomes", "kinds", "sobol_credence", "numbers")
VIOLATED = ("violations", "pairs", "minimal_sets", "tipping_points", "importance", "sobol_truth")
ANALYSES_BY_KIND = {  # in addition to the usual ones, by kind of name
    "assumption": VIOLATED,
    "outcome": ("violations", "minimal_sets"),
    "kind": ("violations", "minimal_sets", "failing_safely", "carried_by"),
    "option": ("nodes",),
    **dict.fromkeys(("challenge", "choice", "event", "safeguard"), ("nodes", "sobol_truth")),
}
WRITTEN_KINDS = {  # explained by what the story states, with little computed
    **dict.fromkeys(("tag", "part", "code", "property"), ("outcomes",)),
    **dict.fromkeys(("measure",), ("outcomes", "failing_safely")),
    **dict.fromkeys(("mode",), ("outcomes", "carried_by")),
    **dict.fromkeys(("phase",), ("outcomes", "kinds")),
    **dict.fromkeys(("criterion",), ("outcomes", "criteria")),
    **dict.fromkeys(("expectation",), ("outcomes", "expectations")),
    **dict.fromkeys(("experts",), ("outcomes", "experts")),
    **dict.fromkeys(("stated result",), ("outcomes", "stated")),
}
VIOLABLE = ("assumption", "challenge", "event", "safeguard", "number", "numbers", "choice", "quantity")
WORTH = (*VIOLABLE, "axis")
COUNTEREXAMPLE = "cx-"
MAX_JUDGING_SECONDS = 5.0  # for the verdicts shown with a name


def explain(
    story: OneStory,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Any name that a report prints: an assumption, another node, an outcome or kind, a number,"
            " an option, a phase, a property, a case that breaks one, a tag, the code of a warning.",
            show_default=False,
        ),
    ],
    format: ExplanationFormatOption = "text",
    seed: Seed = 0,
    properties: Properties = None,
    config_from: ConfigFrom = None,
    property: Annotated[
        str | None,
        typer.Option(
            metavar="TOML",
            help="A property that the story does not state, by its keys:"
            ' `require = "P(failure) <= 0.1", forall = { violate = { max = 1 } }`.',
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            envvar="SENSA_AGAINST",
            help="Judge properties about the base against the story at a commit; `merge-base`: where the"
            " branch left the main branch.",
        ),
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    no_color: NoColour = False,
) -> None:
    """Explain one name: what it states, what reads it, what its violation does, where it tips."""
    with guarded(story, verbose=verbose):
        rules = rules_from(properties, config_from)
        text = _explained(
            story, name, format, seed, rules, property, against, shown=not quiet, colour=not no_color
        )
        out(text)


def _explained(
    file: str,
    name: str,
    format: str,
    seed: int,
    properties: "Written | None",
    property: str | None,
    against: str | None,
    *,
    shown: bool,
    colour: bool,
) -> str:
    from sensa.stories.policies import examined

    story, ruled, _ = examined(written(file), today(), properties)
    from sensa import pipeline
    from sensa.properties.declared import declared
    from sensa.reports.explain import names as explaining_names
    from sensa.reports.explain import report as explaining
    from sensa.sampling.settings import Settings

    rules = (*(() if ruled is None else declared(ruled)), *_asserted(story, property))
    known = explaining_names.names(story)
    named = explaining_names.find(known, name)
    judged = name.startswith(COUNTEREXAMPLE) or name in {rule.name for rule in rules}
    judged = judged or (named is not None and named.kind == "property")
    if named is None and not judged:
        fix = (
            did_you_mean(near(name, known))
            or "any name that a report prints is known; quote it if it has several words"
        )
        raise typer.BadParameter(f"the story has no `{escaped(name)}`: {fix}", param_hint="NAME")
    with ShownProgress(wanted=shown) as progress:
        session = pipeline.prepare(story, Settings(seed=seed), progress)
        with pipeline.located(story):
            if named is None or judged:
                name = name if named is None else named.name
                asserted = property if property and _asserted(story, property) else ""
                base = _base(session, against)
                laid = paper(colour=colour, piped=SCROLL)
                return _judged(session, base, name, format, rules, asserted, laid)
            tree = pipeline.analyse(session, _asked(session, named.kind))
            if tree.attrs["stopped"] == "interrupted":  # a partial result explains too little
                raise KeyboardInterrupt
            asked = story.document.properties and named.kind in VIOLABLE
            verdicts = _verdicts(session, _base(session, against)) if asked else ()
    found = explaining.explanation(story, tree, named, verdicts, explaining_names.also(known, named))
    text: str = module("explain", named_format("explain", format)).of_name(found, paper(colour=colour))
    return text


def _asserted(story: "Story", property: str | None) -> "tuple[DeclaredProperty, ...]":
    """The property given on the command line, unless the story states it itself."""
    if property is None:
        return ()
    from sensa.properties.asserting import asserted, from_toml

    try:
        one = asserted(story, from_toml(property))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--property") from None
    return () if one.name in story.document.properties else (one,)


def _asked(session: "Session", kind: str) -> tuple[str, ...]:
    """The analyses for a kind of name; with losses, the value of information too."""
    if kind in WRITTEN_KINDS:
        return WRITTEN_KINDS[kind]
    asked = (*USUAL, *ANALYSES_BY_KIND.get(kind, ()))
    if not session.circuit.losses or kind not in WORTH:
        return asked
    truths = ("value_of_facts",) if kind in ANALYSES_BY_KIND else ()
    return (*asked, "value_of_information", *truths)


def _base(session: "Session", against: str | None) -> "Session | None":
    """The story at the base, prepared like the story now; None if no commit is named."""
    if against is None:
        return None
    from sensa import pipeline

    story, name = story_at(session.story.file, against)
    if story is None:
        said = f"no {quoted(session.story.file)} at {name} to compare with"
        raise typer.BadParameter(said, param_hint="--against")
    return pipeline.prepare(story, session.settings, session.progress)


def _verdicts(session: "Session", base: "Session | None") -> "tuple[Verdict, ...]":
    from sensa.properties.judge import judge

    return judge(session, today=today(), base=base, seconds=MAX_JUDGING_SECONDS).verdicts


def _judged(
    session: "Session",
    base: "Session | None",
    name: str,
    format: str,
    rules: "Sequence[DeclaredProperty]",
    asserted: str,
    paper: "Paper",
) -> str:
    """A property's verdict, or a case that breaks one, searched for again and replayed."""
    from sensa.properties.asserting import NAME
    from sensa.properties.judge import judge
    from sensa.properties.replay import replay
    from sensa.reports.explain.case_tables import counterexamples

    explained = module("explain", named_format("explain", format))
    verdicts = judge(session, today=today(), base=base, properties=rules).verdicts
    for verdict in verdicts:
        if verdict.name == name:
            stated = asserted if verdict.name == NAME else ""
            text: str = explained.of_verdict(verdict, session.story.file, paper, stated)
            return text
    for verdict, case in counterexamples(verdicts):
        if case.name == name:
            text = explained.of_case(verdict, case, replay(session, case), session.story, paper)
            return text
    raise typer.BadParameter(
        f"`{escaped(name)}` does not break any property of the story now", param_hint="NAME"
    )
