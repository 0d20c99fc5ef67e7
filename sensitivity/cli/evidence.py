"""`sensa evidence add` and `refresh`: write what evaluation logs say into a story."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from sensa.cli.failing import counted, failure, guarded, report
from sensa.cli.options import OneStory, Verbose
from sensa.cli.terminal import note, report_change
from sensa.cli.wording import Commands
from sensa.store import StoreError, write_bytes
from sensa.stories.problems import StoryError, escaped, path_text, quoted

if TYPE_CHECKING:
    from sensa.evidence.counting import Count
    from sensa.evidence.refreshing import Refreshed
    from sensa.stories.schema.bookkeeping import Evidence
    from sensa.stories.story import Story

evidence = typer.Typer(
    name="evidence",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Count evaluation logs for the credences of a story.",
)
ADD_EPILOG = (
    "Examples: `sensa evidence add story.toml refuses runs/probe.eval --use`; `sensa evidence add story.toml"
    ' monitor_sees runs/scores.csv --scorer suspicion --success ">= 0.8" --where model=m1`'
)
REFRESH_EPILOG = "Examples: `sensa evidence refresh story.toml`; `sensa evidence refresh story.toml refuses`"
Node = Annotated[
    str,
    typer.Argument(metavar="NAME", help="An assumption, challenge, event or safeguard.", show_default=False),
]


def add(
    story: OneStory,
    name: Node,
    log: Annotated[
        str,
        typer.Argument(
            metavar="LOG",
            help="An evaluation log (.eval, .json, .csv, .jsonl), as a path within the story's folder.",
            show_default=False,
        ),
    ],
    scorer: Annotated[
        str | None, typer.Option(metavar="NAME", help="The scorer, or the column of a table, that counts.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="NAME", help="The value that counts, where a score has several.")
    ] = None,
    success: Annotated[
        str | None,
        typer.Option(metavar="SCORE", help='Which scores held: one, as C, or a limit, as ">= 0.5".'),
    ] = None,
    sample: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column of a table that names the sample.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=VALUE", help="Only these rows of a table. Repeatable."),
    ] = None,
    use: Annotated[
        bool, typer.Option("--use", help='Also let the number come from it: `{ from = "evidence" }`.')
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Add an evaluation log to the evidence of a node, with its counts.

    Writes how many samples held, of how many, with the hash of the log and where it is from. Everything else
    in the file stays as it is. Nothing is written if the log cannot be counted or the story is wrong.
    """
    stated = {"log": log, "scorer": scorer, "key": key, "success": success, "sample": sample}
    with guarded(verbose=verbose), _refused(story, verbose=verbose):
        from sensa.evidence.refreshing import added
        from sensa.evidence.refusal import in_options
        from sensa.stories.schema.bookkeeping import Evidence

        values: dict[str, object] = {key: value for key, value in stated.items() if value is not None}
        if where:
            values["where"] = dict(map(_condition, where))
        item = Evidence.model_validate(values)
        try:
            found = _rewritten(story, lambda read: _one(*added(read, name, item, use=use)))
        except StoryError as error:
            raise StoryError(
                replace(one, message=in_options(one.message)) if one.code == "refused-log" else one
                for one in error.problems
            ) from None
        for one in found:
            report_change(f"{path_text(one.path)}: {_said(one.count)}\n")
        if not use:
            _hint(story, name)


def refresh(
    story: OneStory,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Only of these nodes; by default, of all.", show_default=False),
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Count the evaluation logs of a story again, and write their counts and hashes.

    Everything else in the file stays as it is. Nothing is written if a log is missing or cannot be counted.
    """
    with guarded(verbose=verbose), _refused(story, verbose=verbose):
        from sensa.evidence.refreshing import refreshed

        found = _rewritten(story, lambda read: refreshed(read, names or ()))
        for one in found:
            was = "" if _before(one.item) in ("", _said(one.count)) else f" (was {_before(one.item)})"
            report_change(f"{path_text(one.path)}: {_said(one.count)}{was}\n")
        if not found:
            note("no evidence in the story names a log")


def _one(story: "Story", one: "Refreshed") -> "tuple[Story, tuple[Refreshed, ...]]":
    return story, (one,)


def _condition(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not (column and equals):
        raise typer.BadParameter(f"{quoted(text)} is not COLUMN=VALUE", param_hint="--where")
    return column, value


@contextmanager
def _refused(story: str, *, verbose: bool) -> Iterator[None]:
    """Report what is wrong with a story or its logs, with its exit code."""
    try:
        yield
    except (typer.Exit, typer.BadParameter):
        raise
    except Exception as error:
        if type(error) is ValueError:  # an unknown name
            raise typer.BadParameter(str(error), param_hint="NAME") from None
        failed = failure(error)
        report(failed, story, verbose=verbose)
        raise typer.Exit(failed.code) from None


def _rewritten(
    file: str, edit: "Callable[[Story], tuple[Story, tuple[Refreshed, ...]]]"
) -> "tuple[Refreshed, ...]":
    """Edit the story in a file."""
    from sensa.stories.reading import parse, text_of

    before = text_of(file)
    story, found = edit(parse(before, file))
    mark = "\ufeff" if before.startswith("\ufeff") else ""
    text = mark + story.to_toml()
    if text_of(file) != before:
        raise StoreError(f"{file}: has changed meanwhile; nothing was written")
    if text != before:
        write_bytes(text.encode(), file)
    return found


def _said(found: "Count") -> str:
    """`298 of 300 held`, what was left out, and where the log is from."""
    parts = [f"{found.held:g} of {found.trials:g} held"]
    parts += [counted(found.unscored, "unscored sample")] if found.unscored else []
    parts += [f"limited: {escaped(found.subset)}"] if found.subset else []
    return ", ".join(parts)


def _before(item: "Evidence") -> str:
    """What an entry said before, in the same words."""
    from sensa.evidence.counting import Count

    if item.held is None or item.trials is None:
        return ""
    return _said(Count(item.held, int(item.trials), item.unscored or 0, item.subset))


def _hint(file: str, name: str) -> None:
    """Say how the number of a node can come from its evidence, if it does not."""
    from sensa.evidence.refreshing import table_of
    from sensa.stories.counts import COUNTED_KEYS
    from sensa.stories.numbers.forms.from_evidence import FromEvidence
    from sensa.stories.reading import read

    story = read(file)
    table = table_of(story, name)
    number = getattr(getattr(story.document, table)[name], COUNTED_KEYS[table])
    if not isinstance(number, FromEvidence):
        note(
            f"`{table}.{name}.{COUNTED_KEYS[table]}` does not come from it; that needs "
            f'`{COUNTED_KEYS[table]} = {{ from = "evidence" }}`, which `--use` writes'
        )


evidence.command(name="add", short_help="Add an evaluation log, counted.", epilog=ADD_EPILOG)(add)
evidence.command(name="refresh", short_help="Count the logs again.", epilog=REFRESH_EPILOG)(refresh)
