"""`sensa explain`: all about one name of a story, or one case that breaks a property."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sensa.cli.failing import failure, guarded, report
from sensa.cli.options import NoColour, OneStory, Quiet, Verbose
from sensa.cli.printing import out, paper
from sensa.cli.progress import ShownProgress
from sensa.stories.days import today
from sensa.stories.problems import did_you_mean, escaped, near

if TYPE_CHECKING:
    from sensa.model import Model
    from sensa.properties.verdicts import Verdict

EPILOG = (
    "Examples: `sensa explain story.toml oversight_works`; `sensa explain story.toml events.slip.chance`;"
    " `sensa explain story.toml cx-1f00a2b3` (a witness, by the name that a verdict gives it)"
)
USUAL = ("outcomes", "kinds", "sobol_credence", "numbers")
VIOLATED = ("violations", "pairs", "minimal_sets", "tipping_points", "importance", "sobol_truth")
ASKED = {  # beside the usual ones, by what the name is; of a number nothing more
    "assumption": VIOLATED,
    "outcome": ("violations", "minimal_sets"),
    **dict.fromkeys(("challenge", "choice", "event", "safeguard"), ("nodes", "sobol_truth")),
}
WITNESS = "cx-"
SECONDS = 5.0  # for the verdicts that a name is held against


def explain(
    story: OneStory,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="An assumption, another node, an outcome, the path of a number, a property, or a witness.",
            show_default=False,
        ),
    ],
    format: Annotated[
        Literal["text", "json"], typer.Option(envvar="SENSA_FORMAT", help="For people or for machines.")
    ] = "text",
    seed: Annotated[
        int, typer.Option(min=0, max=2**64 - 1, envvar="SENSA_SEED", help="Of the sampled parameters.")
    ] = 0,
    quiet: Quiet = False,
    verbose: Verbose = False,
    no_color: NoColour = False,
) -> None:
    """Tell all about one name: what it says, who reads it, what its violation does, where it tips."""
    with guarded(verbose=verbose):
        try:
            out(_explained(story, name, format, seed, shown=not quiet, colour=not no_color))
        except typer.BadParameter:
            raise
        except Exception as error:
            failed = failure(error)
            report(failed, story, verbose=verbose)
            raise typer.Exit(failed.code) from None


def _explained(file: str, name: str, format: str, seed: int, *, shown: bool, colour: bool) -> str:
    from sensa import running
    from sensa.model import Settings
    from sensa.reports import explaining
    from sensa.reports.json import dumps

    story = running.load(file)
    known = explaining.names(story)
    judged = name.startswith(WITNESS) or name in story.document.properties
    if name not in known and not judged:
        every = [*known, *story.document.properties]
        fix = (
            did_you_mean(near(name, every)) or "it is the name of a node, an outcome, a number or a property"
        )
        raise typer.BadParameter(f"the story has no `{escaped(name)}`: {fix}", param_hint="NAME")
    with ShownProgress(wanted=shown) as progress:
        model = running.prepare(story, Settings(seed=seed), progress)
        with running.located(story):
            if judged:
                return _judged(model, name, format)
            tree = running.analyse(model, _asked(model, known[name]))
            verdicts = _verdicts(model) if story.document.properties else ()
    found = explaining.explanation(story, tree, name, verdicts)
    return (
        dumps(explaining.plain(found)) if format == "json" else explaining.render(found, paper(colour=colour))
    )


def _asked(model: "Model", kind: str) -> tuple[str, ...]:
    """What is computed of a name: with losses, what knowing it would be worth too."""
    asked = (*USUAL, *ASKED.get(kind, ()))
    if not model.circuit.losses or kind == "outcome":
        return asked
    truths = ("value_of_facts",) if kind in ASKED else ()
    return (*asked, "value_of_information", *truths)


def _verdicts(model: "Model") -> "tuple[Verdict, ...]":
    from sensa.properties.judging import judge

    return judge(model, today=today(), seconds=SECONDS).verdicts


def _judged(model: "Model", name: str, format: str) -> str:
    """A property's verdict, or a case that breaks one, by searching for it again."""
    from dataclasses import asdict

    from sensa.properties.judging import judge
    from sensa.reports import judged
    from sensa.reports.json import dumps

    file = model.story.file
    verdicts = judge(model, today=today()).verdicts
    for verdict in verdicts:
        if verdict.name == name:
            if format == "json":
                return dumps({"format": "sensa-explanation/1", "verdict": asdict(verdict)})
            return "".join(f"{line}\n" for line in judged.of_verdict(verdict, file))
        told = [one for one in (verdict.nearest, verdict.worst, *verdict.minimal) if one is not None]
        for witness in told:
            if witness.name == name:
                if format == "json":
                    return dumps({"format": "sensa-explanation/1", "witness": asdict(witness)})
                lines = [f"{verdict.name}: {verdict.require}", *judged.of_witness(witness, "case", file)]
                return "".join(f"{line}\n" for line in lines)
    raise typer.BadParameter(
        f"no property of the story is broken by `{escaped(name)}` now", param_hint="NAME"
    )
