"""`sensa show`: print a stage of a story on its way to numbers."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sensa.cli.failing import escaped_lines, failure, guarded, report
from sensa.cli.options import OneStory, Verbose
from sensa.cli.standard_input import written
from sensa.cli.terminal import out
from sensa.reports.plots import require_matplotlib
from sensa.reports.plots.asked import NotDrawn

if TYPE_CHECKING:
    from sensa.graph import Graph

EPILOG = "Examples: `sensa show story.toml`; `sensa show story.toml --stage graph --format mermaid`"


def show(
    story: OneStory,
    stage: Annotated[
        Literal["story", "graph", "circuit", "diagram"],
        typer.Option(help="As read; with names resolved; as coins and gates; as a decision diagram."),
    ] = "story",
    format: Annotated[
        Literal["text", "mermaid", "dot", "svg"],
        typer.Option(help="`mermaid`, `dot` and `svg` draw the graph; `svg` needs Matplotlib."),
    ] = "text",
    verbose: Verbose = False,
) -> None:
    """Print a stage of a story: as read, the assumption graph, the circuit, or the diagram."""
    if format != "text" and stage != "graph":
        raise typer.BadParameter(f"only the graph can be drawn: --stage graph --format {format}")
    with guarded(verbose=verbose):
        try:
            if format == "svg":
                require_matplotlib()
            text = _shown(story, stage, format)
        except NotDrawn as error:
            raise typer.BadParameter(str(error), param_hint="--format") from None
        except Exception as error:
            failed = failure(error)
            report(failed, story, verbose=verbose)
            raise typer.Exit(failed.code) from None
        out(text if format == "svg" else escaped_lines(text) + "\n")


def _shown(file: str, stage: str, format: str) -> str:
    if stage == "story":
        from sensa.reports.result.story_lines import show_story
        from sensa.stories.reading import read

        return show_story(read(written(file)))
    from sensa.stories.policies import without_rules

    story = without_rules(written(file))
    from sensa import pipeline
    from sensa.showing.circuit_text import show_circuit
    from sensa.showing.graph_text import show_dot, show_graph, show_mermaid

    session = pipeline.prepare(story)
    if format == "svg":
        return _svg(session.graph)
    if stage == "graph":
        return {"text": show_graph, "mermaid": show_mermaid, "dot": show_dot}[format](session.graph)
    if stage == "circuit":
        return show_circuit(session.circuit)
    from sensa.engines.exact.engine import compile_exact
    from sensa.reports.result.diagram import show_diagram

    return show_diagram(session.circuit, compile_exact(session.circuit))


def _svg(graph: "Graph") -> str:
    """The argument in layers, without results; `sensa plot STORY argument` has them."""
    from sensa.reports.plots import drawn_argument
    from sensa.reports.plots.files import encoded

    return encoded(drawn_argument(graph), "svg").decode()
