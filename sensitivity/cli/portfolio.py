"""`sensa run` of a portfolio: one table of many stories, or of many values of their numbers."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sensa.cli import output_files
from sensa.cli.exit_codes import Code, worst
from sensa.cli.options import rules_from
from sensa.cli.portfolio_options import PortfolioWanted, dimensions_of, expanded
from sensa.cli.progress import ShownProgress
from sensa.cli.run_story import Wanted
from sensa.cli.scheduling import workers_of
from sensa.cli.standard_input import written
from sensa.cli.storing import kept_in, of_portfolio, require_outside
from sensa.cli.terminal import note, paper, printed_pieces
from sensa.reports import formats
from sensa.stories.problems import escaped

if TYPE_CHECKING:
    import xarray as xr

    from sensa.checkpoints.block_store import BlockStore
    from sensa.portfolios.plan import Judging, Plan

MIN_LONG_CELLS = 50_000  # from which on writing them takes a while
STATES = {"passed": Code.WELL, "failed": Code.FAILS, "undecided": Code.UNDECIDED}
CODES = {"wrong": Code.WRONG, "refused": Code.UNDECIDED, "internal": Code.INTERNAL}


def run_portfolio(
    stories: Sequence[str],
    wanted: Wanted,
    of: PortfolioWanted,
    output: Sequence[str],
    format: str,
    *,
    quiet: bool,
    verbose: bool,
    colour: bool,
) -> Code:
    """Run all stories at all values, and report them in one table."""
    _require_supported(wanted, of)
    files = expanded(stories)
    rules = [name for name in (of.variants, *of.sweeps) if name is not None and "=" not in name]
    places = output_files.parsed("portfolio", output, files, rules)
    require_outside(wanted.store, [place.place(files[0]) for place in places])
    output_files.require_places(places, files[:1])
    plan = _plan(files, wanted, of)
    from sensa.portfolios.running import run

    with (
        of_portfolio(wanted.store, plan, resume=wanted.resume, quiet=quiet) as store,
        workers_of(wanted.scheduler, wanted.workers) as workers,
        ShownProgress(wanted=not quiet, of=plan.cells, things="cells") as progress,
    ):
        data = run(plan, progress, store, workers)
    code = worst(CODES.get(str(status), Code.WELL) for status in set(data["status"].values.ravel()))
    if "state" in data:
        code = worst([code, *(STATES[str(state)] for state in set(data["state"].values.ravel()) if state)])
    if data.attrs["stopped"]:
        places = places if _done(data) else []  # nothing is no reason to replace a file
        _say_interrupted(data, store, files=bool(places))
        code = Code.INTERRUPTED
    return worst(
        [
            code,
            *_written(data, places, files[0], code, verbose=verbose, quiet=quiet),
            _shown(data, format, code, verbose=verbose, colour=colour),
        ]
    )


def _say_interrupted(data: "xr.Dataset", store: "BlockStore | None", *, files: bool) -> None:
    """How much is done, how to go on, and what may take a while now."""
    if store is None:
        done, size = _done(data), data["status"].size
        note(f"interrupted: {done:,} of {size:,} cells are done; with `--store DIR` they would be kept")
    else:
        note(f"interrupted: {kept_in(store)}")
    if files:
        note("what is done is being written; a second interrupt leaves that out")


def _done(data: "xr.Dataset") -> int:
    from sensa.portfolios.plan import NOT_RUN

    return int((data["status"].values != NOT_RUN).sum())


def _plan(files: Sequence[str], wanted: Wanted, of: PortfolioWanted) -> "Plan":
    from sensa.portfolios.plan import Options, plan

    dimensions = dimensions_of(of.sweeps, of.variants)
    judging = None if of.means_only else _judging(wanted)
    options = Options(wanted.settings(), wanted.seconds, of.means_only, judging=judging)
    return plan([written(file) for file in files], dimensions, options)


def _judging(wanted: Wanted) -> "Judging":
    """How properties are judged. Raises `StoryError` for rules that cannot be read."""
    from sensa.portfolios.plan import Judging
    from sensa.stories.days import today
    from sensa.stories.reading import Contents, text_of

    rules = rules_from(wanted.properties, wanted.config_from)
    read = None if rules is None else Contents(str(rules), text_of(rules).encode())
    return Judging(wanted.today or today(), wanted.fail_on, read)


def _require_supported(wanted: Wanted, of: PortfolioWanted) -> None:
    """Raise `typer.BadParameter` for what a portfolio does not compute."""
    if of.means_only and wanted.properties is not None:
        raise typer.BadParameter("no property is judged with `--means-only`", param_hint="--properties")
    asked = {"--analyses": wanted.analyses, "--method": wanted.methods, "--given": wanted.given}
    for option, value in asked.items():
        if value:
            raise typer.BadParameter("a portfolio only says how stories end", param_hint=option)


def _shown(data: "xr.Dataset", format: str, code: Code, *, verbose: bool, colour: bool) -> Code:
    return printed_pieces(_rendered(data, format, code, verbose=verbose, colour=colour))


def _rendered(data: "xr.Dataset", format: str, code: Code, *, verbose: bool, colour: bool) -> Iterator[str]:
    row = formats.found("portfolio", format)
    pieces: Iterator[str] = formats.module("portfolio", row).render(
        data, paper(colour=colour), code, everything=verbose
    )
    return pieces


def _written(
    data: "xr.Dataset",
    places: Sequence[output_files.Output],
    first: str,
    code: Code,
    *,
    verbose: bool,
    quiet: bool,
) -> list[Code]:
    """Write the files, with progress if there are many cells; one that fails does not stop the others."""
    codes = []
    long = data["status"].size >= MIN_LONG_CELLS
    with ShownProgress(wanted=long and not quiet, patience=0.0) as progress:
        for place in places:
            file = place.place(first)
            writing = f"writing {escaped(file.name)}"
            progress(writing, 0.0)
            if place.format.binary:
                codes.append(_stored(data, file, place.kind))
                continue
            pieces = _rendered(data, place.kind, code, verbose=verbose, colour=False)
            shown = _watched(pieces, data["status"].size, partial(progress, writing))
            codes.append(output_files.kept_pieces(shown, file))
    return codes


def _stored(data: "xr.Dataset", file: Path, kind: str) -> Code:
    import xarray as xr

    from sensa import store

    try:
        store.write(xr.DataTree(data), file, kind)
    except store.StoreError as error:
        note(f"sensa: {escaped(str(error))}")
        return Code.WRONG
    return Code.WELL


def _watched(pieces: Iterator[str], cells: int, progress: Callable[[float], None]) -> Iterator[str]:
    """The pieces of a text, each of so many cells."""
    from sensa.reports.portfolio.rows import TOGETHER

    for number, piece in enumerate(pieces, start=1):
        yield piece
        progress(number * TOGETHER / cells)
