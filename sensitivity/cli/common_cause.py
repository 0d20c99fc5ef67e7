"""`sensa common-cause`: events of a story that fail together, as independent events."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sensa.cli.failing import guarded
from sensa.cli.options import Verbose
from sensa.cli.terminal import note, out, report_change
from sensa.stories.problems import escaped

if TYPE_CHECKING:
    from sensa.stories.story import Story

EPILOG = (
    "Examples: `sensa common-cause story.toml pumps --members pump_a,pump_b --factors 0.1`;"
    " `sensa common-cause story.toml pumps --members a,b,c --model MGL --factors 0.1,0.3 --write`"
)
Model = Literal["beta-factor", "MGL", "alpha-factor"]


def common_cause(
    story: Annotated[str, typer.Argument(metavar="STORY", help="A story file.", show_default=False)],
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name for the group.", show_default=False)],
    members: Annotated[
        str, typer.Option(metavar="A,B,…", help="The events that may fail together.", show_default=False)
    ],
    factors: Annotated[
        str,
        typer.Option(
            metavar="X,Y,…",
            help="beta; or the Greek letters from beta on; or alpha of 1, 2, … members.",
            show_default=False,
        ),
    ],
    model: Annotated[Model, typer.Option(help="How the group is stated.")] = "beta-factor",
    write: Annotated[
        bool, typer.Option("--write", help="Put it into the story; only printed if left out.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Expand a common-cause group: print its events, or put them into the story.

    The members are events of equal chance (a number or an expression). Each set of members that can fail
    together gets an event of its own, and a member then happens if one of its events does. Everything else in
    the story stays as it is.
    """
    with guarded(story, verbose=verbose):
        text, added = _expanded(story, name, members.split(","), factors, model, write=write)
        (report_change if write else out)(text)
        if write:
            note(f"{escaped(story)}: {added} events added")


def _expanded(
    file: str, name: str, members: list[str], factors: str, model: str, *, write: bool
) -> tuple[str, int]:
    """The tables of the members and of the new events as text, and how many are new."""
    from sensa.store import StoreError, write_bytes
    from sensa.stories.reading import parse, text_of
    from sensa.stories.writing import block

    try:
        numbers = [float(part) for part in factors.split(",")]
    except ValueError:
        said = f"`{escaped(factors)}` are no numbers; write 0.1 or 0.95,0.04,0.01"
        raise typer.BadParameter(said, param_hint="--factors") from None
    before = text_of(file)
    story = parse(before, file)
    tables = _events(story, name, [member.strip() for member in members], model, numbers)
    new = [key for key in tables if key not in story.document.events]
    after = _changed(story, tables, new)
    if write:
        if text_of(file) != before:
            raise StoreError(f"{file}: has changed meanwhile; nothing was written")
        write_bytes((("\ufeff" if before.startswith("\ufeff") else "") + after.to_toml()).encode(), file)
    return "\n".join(block(("events", key), table) for key, table in tables.items()), len(new)


def _changed(story: "Story", tables: Mapping[str, Mapping[str, Any]], new: list[str]) -> "Story":
    """The story with the tables."""
    for key in new:
        story = story.adding(("events", key), tables[key])
    for key in tables.keys() - set(new):
        story = story.with_value(("events", key, "when"), tables[key]["when"])
        if "chance" in story.values["events"][key]:
            story = story.without(("events", key, "chance"))
    return story


def _events(
    story: "Story", name: str, members: list[str], model: str, factors: list[float]
) -> dict[str, Mapping[str, Any]]:
    """The tables of the members, changed, and of the new events."""
    from sensa.exchange.common_cause import multipliers, subsets
    from sensa.exchange.errors import ExchangeError

    known: Mapping[str, Any] = story.values.get("events", {})
    for member in members:
        if member not in known or members.count(member) > 1:
            raise ExchangeError(f"`{member}` is no event of the story, or is named twice")
    chances = [known[member].get("chance", 1) for member in members]
    if any(chance != chances[0] for chance in chances) or isinstance(chances[0], dict):
        raise ExchangeError(
            "the members of a common-cause group need one chance, a number or an expression; "
            "make an uncertain one a quantity that each reads"
        )
    if any(key in known[member] for member in members for key in ("given", "causes", "leak")):
        raise ExchangeError("a member of a common-cause group has no `given`, `causes` or `leak`")
    found: dict[str, Mapping[str, Any]] = {}
    reads: dict[str, list[str]] = {member: [] for member in members}
    for subset, multiplier in subsets(members, multipliers(model, len(members), factors)):
        whole = len(subset) == len(members)
        event = f"{subset[0]}_alone" if len(subset) == 1 else f"{name}_{'_'.join(() if whole else subset)}"
        event = f"{name}_together" if whole else event
        claim = f"{' and '.join(subset)} fail together" if len(subset) > 1 else f"{subset[0]} fails by itself"
        found[event] = {"claim": f"{claim} ({name})", "chance": _product(multiplier, chances[0])}
        for member in subset:
            reads[member].append(event)
    if set(found) & set(story.values.get("events", {})):
        raise ExchangeError("the group is expanded already: an event of one of its names exists")
    changed = {member: _member(known[member], reads[member]) for member in members}
    return {**changed, **found}


def _product(multiplier: float, chance: Any) -> Any:
    return f"{multiplier!r} * ({chance})" if isinstance(chance, str) else multiplier * chance


def _member(table: Mapping[str, Any], events: list[str]) -> dict[str, Any]:
    """The event of a member: it happens if one of its events does, under its own condition."""
    together = " or ".join(events)
    kept = {key: value for key, value in table.items() if key not in ("when", "chance")}
    return {**kept, "when": f"({table['when']}) and ({together})" if "when" in table else together}
