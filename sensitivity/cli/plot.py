"""`sensa plot`: draw a story's result, or a stored one, as a picture for a paper."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sensa.cli.failing import failure, guarded, report
from sensa.cli.options import EngineOption, Quiet, Seed, Verbose
from sensa.cli.output_files import require_no_input
from sensa.cli.progress import ShownProgress
from sensa.cli.run_options import Points
from sensa.cli.standard_input import written
from sensa.cli.stored_results import fitting, result_at
from sensa.cli.terminal import note
from sensa.cli.text_output import STDOUT, named
from sensa.reports.plots import TABLE, Plot, require_matplotlib
from sensa.reports.plots.asked import MissingGlyphs, NotDrawn
from sensa.store import require_writable, write_bytes
from sensa.stories.problems import escaped, listed, quoted

if TYPE_CHECKING:
    import xarray as xr

    from sensa.graph import Graph

    Kind = str
else:
    Kind = Literal[tuple(row.name for row in TABLE)]

EPILOG = (
    "Examples: `sensa plot story.toml tornado -o tornado.pdf`;"
    " `sensa plot result.nc outcomes -o outcomes.svg`;"
    " `sensa plot story.toml sobol --of failure -o sobol.png`"
)
FORMATS = ("svg", "png", "pdf")
SAMPLED_BY = ("seed", "points", "engine")  # options of a run, which a stored result has behind it


def plot(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="STORY|RESULT",
            help="A story, of which what is drawn is computed; or a result that `sensa run --output PATH.nc`,"
            " or PATH.zarr, wrote.",
            show_default=False,
        ),
    ],
    kind: Annotated[
        Kind,
        typer.Argument(
            metavar="KIND",
            help="; ".join(f"{row.name}: {row.shows}" for row in TABLE) + ".",
            show_default=False,
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="The file to write; its ending says the format: .svg, .png or .pdf.",
            show_default=False,
            callback=named,
        ),
    ],
    of: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="For "
            + listed([row.name for row in TABLE if row.of])
            + ": the outcome, or kind of outcome, to draw (or failure). By default catastrophic.",
        ),
    ] = None,
    seed: Seed = 0,
    points: Points = 16384,
    engine: EngineOption = "auto",
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Draw a result: how it ends, what moves it, when it ends.

    Needs Matplotlib (`pip install 'sensa-stories[plots]'`). The same result gives the same file.
    """
    with guarded(verbose=verbose):
        try:
            row = next(row for row in TABLE if row.name == kind)
            require_matplotlib()
            format = _format(output, source)
            if of is not None and not row.of:
                raise typer.BadParameter(f"`{kind}` draws all outcomes", param_hint="--of")
            _require_datasets(source)
            if _stored(source):
                _require_untouched(context)
                result = result_at(source)
                with fitting(verbose=verbose):
                    picture = _drawn(row, result, None, of, format)
            else:
                picture = _computed(source, row, of, format, (seed, points, engine), shown=not quiet)
            write_bytes(picture, output)
        except typer.BadParameter:
            raise
        except NotDrawn as error:
            raise typer.BadParameter(str(error), param_hint=kind) from None
        except Exception as error:
            failed = failure(error)
            report(failed, source, verbose=verbose)
            raise typer.Exit(failed.code) from None


def _format(output: str, source: str) -> str:
    """The format that a path's ending says; raises if the path cannot be written, before anything is done."""
    format = Path(output).suffix.lower().removeprefix(".")
    if format not in FORMATS:
        endings = listed([f".{name}" for name in FORMATS])
        if output == STDOUT:
            said = f"a picture is not written to standard output; name a file that ends in {endings}"
            raise typer.BadParameter(said, param_hint="--output")
        raise typer.BadParameter(f"{quoted(output)} does not end in one of {endings}", param_hint="--output")
    require_no_input(output, source)
    require_writable(Path(output), format)
    return format


def _stored(source: str) -> bool:
    """Whether there is a result at the path, not a story."""
    from sensa import file_kinds

    kind = file_kinds.at(Path(source))
    return kind is not None and kind.holds(Path(source))


def _require_datasets(source: str) -> None:
    """Refuse a result as JSON, which is a summary: a story in TOML never begins with a brace."""
    from sensa import file_kinds

    path = Path(source)
    if path.is_file():
        with path.open("rb") as stream:
            if stream.read(64).lstrip()[:1] != b"{":
                return
        kinds = listed([f"--output {row.kind}=PATH" for row in file_kinds.FILE_KINDS])
        said = f"{source}: JSON does not hold all that is drawn; draw the story, or what {kinds} wrote"
        raise typer.BadParameter(said, param_hint="STORY|RESULT")


def _require_untouched(context: typer.Context) -> None:
    """Refuse options that a stored result cannot follow any more."""
    for name in SAMPLED_BY:
        origin = context.get_parameter_source(name)
        if origin is not None and origin.name == "COMMANDLINE":
            raise typer.BadParameter("a stored result is drawn as it is", param_hint=f"--{name}")


def _computed(
    file: str, row: Plot, of: str | None, format: str, settings: tuple[int, int, str], *, shown: bool
) -> bytes:
    """The picture of a story, with no more computed than is drawn."""
    from sensa.stories.policies import without_rules

    story = without_rules(written(file))
    from sensa import pipeline
    from sensa.sampling.settings import Settings

    seed, points, engine = settings
    with ShownProgress(wanted=shown) as progress, pipeline.located(story):
        session = pipeline.prepare(story, Settings(seed=seed, points=points, engine=engine), progress)  # type: ignore[arg-type]
        tree = pipeline.analyse(session, row.analyses)
        if tree.attrs["stopped"] == "interrupted":
            raise KeyboardInterrupt
        return _drawn(row, tree, session.graph, of, format)


def _drawn(row: Plot, result: "xr.DataTree", graph: "Graph | None", of: str | None, format: str) -> bytes:
    from sensa.reports.plots import plot as drawn
    from sensa.reports.plots.files import encoded

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MissingGlyphs)
        ax = drawn(result, row.name, of=of, graph=graph)
    for warning in caught:
        if issubclass(warning.category, MissingGlyphs):
            note(f"sensa: {escaped(str(warning.message))}")
    return encoded(ax, format)
