"""`sensa export`: a story as the file of another tool."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sensa.cli.failing import failure, guarded, report
from sensa.cli.options import OneStory, Seed, Verbose
from sensa.cli.output_files import require_no_input
from sensa.cli.standard_input import written
from sensa.cli.terminal import note, out
from sensa.cli.text_output import place
from sensa.exchange.formats import WRITERS
from sensa.stories.problems import escaped

EPILOG = "Examples: `sensa export story.toml --to bif -o story.bif`; `sensa export story.toml --to csv`"
if TYPE_CHECKING:
    from sensa.session import Session

    Target = str
else:
    Target = Literal[tuple(known.name for known in WRITERS)]
AT_MEANS = ("open-psa", "bif", "xdsl")


def export(
    story: OneStory,
    target: Annotated[Target, typer.Option("--to", help="The format.", show_default=False)],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="The file to write; printed if left out, or `-`.",
            callback=place,
        ),
    ] = None,
    samples: Annotated[int, typer.Option(min=1, max=2**20, help="Rows of `--to samples`.")] = 1024,
    seed: Seed = 0,
    verbose: Verbose = False,
) -> None:
    """Write a story for another tool: as a fault tree, a Bayesian network, a goal structure, or tables.

    A fault tree or a network gives the same probabilities of a catastrophic and of a fail-safe end as the
    story at the means of its uncertain numbers. `csv` has every number of the result, `samples` a row for
    each sample of the uncertain numbers, with the probability of each outcome.
    """
    if output is not None:
        require_no_input(output, story)
    with guarded(verbose=verbose):
        try:
            text, said = _exported(story, target, samples, seed)
            if output is not None:
                from sensa.store import write_bytes

                write_bytes(text.encode(), output)
        except Exception as error:
            failed = failure(error)
            report(failed, story, verbose=verbose)
            raise typer.Exit(failed.code) from None
        if said:
            note(f"{escaped(story)}: {said}")
        if output is None:
            out(text)


def _exported(file: str, target: str, samples: int, seed: int) -> tuple[str, str]:
    """The text, and what it leaves out."""
    from sensa.stories.policies import without_rules

    story = without_rules(written(file))
    from sensa import pipeline
    from sensa.exchange.exporting import exported
    from sensa.sampling.settings import Settings

    session = pipeline.prepare(story, Settings(seed=seed))
    text = exported(story, session, target, samples)
    return text, _left_out(session) if target in AT_MEANS else ""


def _left_out(session: "Session") -> str:
    """That numbers are at their means, and what that does to the risk where a reader would see it."""
    from sensa.exchange.exporting import risks
    from sensa.reports.number_format import percent

    many = len(session.circuit.parameters)
    if many == 0:
        return ""
    said = (
        "one uncertain number is at its mean" if many == 1 else f"{many} uncertain numbers are at their means"
    )
    found = risks(session)
    if found is None or percent(found[0]) == percent(found[1]):
        return said
    return f"{said}; there the catastrophic risk is {percent(found[0])}, and {percent(found[1])} in the story"
