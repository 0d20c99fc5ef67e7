"""`--store DIR` and `--resume` of `sensa run`."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sensa.cli.terminal import note
from sensa.store import StoreError, located
from sensa.stories.problems import escaped

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sensa.checkpoints.block_store import BlockStore
    from sensa.portfolios.plan import Plan
    from sensa.sampling.settings import Settings
    from sensa.stories.story import Story


def require_store(store: str | None, *, resume: bool) -> None:
    """Raise `typer.BadParameter` for `--resume` without `--store`."""
    if resume and store is None:
        raise typer.BadParameter("name the directory of the run: `--store DIR`", param_hint="--resume")


def require_outside(store: str | None, places: Iterable[Path]) -> None:
    """Raise `typer.BadParameter` for an output in the store's directory."""
    inside = None if store is None else located(store)
    for place in places:
        if inside is not None and inside in located(place).parents:
            raise typer.BadParameter(f"{place}: is in the store", param_hint="--output")


def kept_in(store: "BlockStore") -> str:
    """How a run that has not come to its end can go on."""
    one = store.blocks == 1
    return f"{store.blocks:,} {'block is' if one else 'blocks are'} kept, and `--resume` goes on"


def of_portfolio(
    store: str | None, plan: "Plan", *, resume: bool, quiet: bool
) -> "AbstractContextManager[BlockStore | None]":
    """The store of a portfolio, if one is wanted."""
    if store is None:
        return nullcontext()
    from sensa.checkpoints.manifest import manifest

    stories = [(entry.file, entry.digest) for entry in plan.entries]
    return _opened(store, manifest("portfolio", stories, plan.decided_by), resume=resume, quiet=quiet)


def of_story(
    store: str | None, story: "Story", settings: "Settings", *, resume: bool, quiet: bool
) -> "AbstractContextManager[BlockStore | None]":
    """The store of the run of one story, if one is wanted."""
    if store is None:
        return nullcontext()
    from sensa.checkpoints.manifest import manifest, of_settings

    run = manifest("story", [(story.file, story.digest)], of_settings(settings))
    return _opened(store, run, resume=resume, quiet=quiet)


@contextmanager
def _opened(path: str, run: Any, *, resume: bool, quiet: bool) -> "Iterator[BlockStore]":
    """The store; at the end, notes say what was damaged, and how to go on if the run was ended."""
    from sensa.checkpoints.block_store import opened

    with opened(path, run, resume=resume) as store:
        try:
            yield store
        except BaseException as error:
            if store.blocks and not isinstance(error, StoreError):  # which says so itself
                note(kept_in(store))
            raise
        finally:
            if store.damaged and not quiet:
                one = store.damaged == 1
                blocks = "1 damaged block" if one else f"{store.damaged:,} damaged blocks"
                note(f"{blocks} in {escaped(path)} {'was' if one else 'were'} computed again")
