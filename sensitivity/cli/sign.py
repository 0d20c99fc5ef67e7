"""`sensa sign`: record that somebody looked at entries of a story, and stands by them as they are."""

from typing import TYPE_CHECKING, Annotated

import typer

from sensa.cli.failing import guarded
from sensa.cli.options import OneStory, Today, Verbose, day_of
from sensa.cli.terminal import note, report_change
from sensa.store import StoreError, write_bytes
from sensa.stories.problems import did_you_mean, escaped, near, quoted, story_has

if TYPE_CHECKING:
    from sensa.stories.story import Story

EPILOG = (
    "Examples: `sensa sign story.toml refuses --by Ana`; `sensa sign story.toml --suspect --by 'Ana, Bo'`"
)


def sign(
    story: OneStory,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who signs.", show_default=False)],
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME", help="Quantities, assumptions, events, outcomes and the like.", show_default=False
        ),
    ] = None,
    suspect: Annotated[
        bool, typer.Option("--suspect", help="All that were edited since they were signed.")
    ] = False,
    today: Today = None,
    verbose: Verbose = False,
) -> None:
    """Sign entries of a story: record a hash of their claim, reasons, numbers and evidence.

    An edit makes a signed entry suspect, and what rests on it, until it is signed again. Everything else in
    the file stays as it is. Nothing is written if the story is wrong or a name is unknown.
    """
    with guarded(story, verbose=verbose):
        if not by.strip():
            raise typer.BadParameter("name who signs", param_hint="--by")
        if not names and not suspect:
            raise typer.BadParameter("name what to sign, or use `--suspect`", param_hint="NAME")
        paths = _signed(story, names or (), by.strip(), suspect=suspect, today=today)
        for path in paths:
            report_change(f"{path}: signed by {escaped(by.strip())} on {day_of(today)}\n")
        if not paths:
            note("nothing was edited since it was signed")


def _signed(
    file: str, names: "list[str] | tuple[()]", by: str, *, suspect: bool, today: str | None
) -> list[str]:
    """Sign the entries in a file, and return their paths."""
    from sensa.stories.problems import path_of
    from sensa.stories.reading import parse, text_of
    from sensa.stories.sign_offs import digest, sign_offs

    day = day_of(today)
    before = text_of(file)
    story = parse(before, file)
    paths = [_path(story, name) for name in names]
    if suspect:
        paths += [one.path for one in sign_offs(story.document, story.values) if one.edited]
    values: dict[str, object] = {}
    for path in dict.fromkeys(paths):
        table, name = path.split(".")
        _warn(story, path)
        values[f"{path}.signed"] = {"by": by, "date": day, "digest": digest(story.values[table][name])}
    if values:
        text = story.with_values({path_of(path): value for path, value in values.items()}).to_toml()
        if text_of(file) != before:
            raise StoreError(f"{file}: has changed meanwhile; nothing was written")
        write_bytes((("\ufeff" if before.startswith("\ufeff") else "") + text).encode(), file)
    return list(dict.fromkeys(paths))


def _path(story: "Story", name: str) -> str:
    from sensa.stories.sign_offs import SIGNED_TABLES

    known = {each: table for table in SIGNED_TABLES for each in getattr(story.document, table)}
    bare = name.split(".", 1)[-1]
    if bare not in known or name not in (bare, f"{known[bare]}.{bare}"):
        message = _unsigned(story, name)
        if not message:
            fix = did_you_mean(near(bare, known)) or story_has(bare, known)
            message = f"the story has no {quoted(name)} to sign" + (f" ({fix})" if fix else "")
        raise typer.BadParameter(message, param_hint="NAME")
    return f"{known[bare]}.{bare}"


def _unsigned(story: "Story", name: str) -> str:
    """What to sign in place of what has no signature of its own; empty for a name that is not there."""
    if name in ("phases", *(phase.name for phase in story.document.phases)):
        return f"{quoted(name)} has no signature: sign the entries that differ between phases"
    if name == "experts":
        return "`experts` has no signature: what they say is signed with the numbers that they judge"
    if name == "dependence":
        return "`dependence` has no signature: its correlations are in no entry, so look for them in review"
    if name in type(story.document).model_fields:
        return f"{quoted(name)} is no entry: quantities, nodes and outcomes are signed, each by its name"
    return ""


def _warn(story: "Story", path: str) -> None:
    """Say which logs of an entry are not those that were counted: what is signed is the counts."""
    from sensa.evidence.agreement import agreement

    for problem in agreement(story).problems:
        if problem.path.startswith(f"{path}."):
            note(f"{problem} [warning: {problem.code}]")
