"""`sensa waive`: let a failing property of a story pass for a time, with a reason."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sensa.cli.failing import guarded
from sensa.cli.options import Properties, Today, Verbose, day_of
from sensa.cli.standard_input import STDIN
from sensa.cli.terminal import note, report_change
from sensa.store import StoreError, write_bytes
from sensa.stories.problems import did_you_mean, escaped, near, quoted

if TYPE_CHECKING:
    from sensa.stories.problems import Problem
    from sensa.stories.story import Story

EPILOG = (
    'Examples: `sensa waive story.toml budget --reason "drill booked" --expires 2027-03-31`; `sensa waive'
    ' story.toml no_single_point --witness rollback_works --ceiling 0.02 --reason "drill booked" --owner Ana'
    " --expires 2027-03-31`"
)
BOM = "\ufeff"
MAX_TRIES = 50  # lines tried after the last waiver, before the end of the file


def waive(
    story: Annotated[str, typer.Argument(metavar="STORY", help="A story file.", show_default=False)],
    name: Annotated[
        str, typer.Argument(metavar="PROPERTY", help="The property that may fail.", show_default=False)
    ],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why it may fail.", show_default=False)],
    expires: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="The last day of the waiver.", show_default=False)
    ],
    witness: Annotated[
        str | None,
        typer.Option(
            metavar="A,B", help="Only for this minimal set, of what is violated or left out together."
        ),
    ] = None,
    ceiling: Annotated[
        float | None,
        typer.Option(help="Limit of the left side of the requirement; beyond it, the property fails again."),
    ] = None,
    owner: Annotated[str | None, typer.Option(metavar="NAME", help="Who is responsible.")] = None,
    properties: Properties = None,
    today: Today = None,
    verbose: Verbose = False,
) -> None:
    """Add a waiver to a story: a property, or one case of it, passes until a day.

    Everything else in the file stays as it is, comments and order included. Nothing is written if the story
    is wrong, has no such property, or the day is past.
    """
    with guarded(story, verbose=verbose):
        if story == STDIN:
            raise typer.BadParameter("a waiver is written into its story; name the file", param_hint="STORY")
        day = day_of(today)
        entry = _entry(name, reason, _last_day(expires, day), witness, ceiling, owner)
        place = _waived(story, entry, properties, day)
        case = "" if witness is None else f" where {', '.join(entry['witness']) or 'nothing'} fails"
        report_change(f"{place}: {quoted(name)} is waived{escaped(case)} until {entry['expires']}\n")


def _last_day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        said = f"`{escaped(text)}` is not a date; write 2027-06-30"
        raise typer.BadParameter(said, param_hint="--expires") from None
    if day < today:
        raise typer.BadParameter(f"{day} is past; today is {today}", param_hint="--expires")
    return day


def _entry(
    name: str, reason: str, expires: date, witness: str | None, ceiling: float | None, owner: str | None
) -> dict[str, Any]:
    """The waiver's table, its keys in the order best to read."""
    if not reason.strip():
        raise typer.BadParameter("a waiver needs a reason", param_hint="--reason")
    if ceiling is not None and not isfinite(ceiling):
        raise typer.BadParameter(f"`{ceiling}` is not a finite number", param_hint="--ceiling")
    entry: dict[str, Any] = {"property": name}
    if witness is not None:
        entry["witness"] = [part.strip() for part in witness.split(",") if part.strip()]
    if ceiling is not None:
        entry["ceiling"] = ceiling
    entry["reason"] = reason
    if owner is not None:
        entry["owner"] = owner
    return {**entry, "expires": expires}


def _waived(file: str, entry: Mapping[str, Any], properties: str | None, today: date) -> str:
    """Write the story with the entry, and return its place."""
    from sensa.stories.reading import parse, text_of

    before = text_of(file)
    story = parse(before, file)
    _checked(story, properties, today)
    _require_property(story, entry["property"], properties)
    text = with_entry(before, entry)
    after = parse(text, file)
    index = len(story.document.waivers)
    place = after.key_place(("waivers", index))
    for problem in _checked(after, properties, today):
        if problem.path.startswith(f"waivers[{index}]"):
            if problem.code == "idle-waiver":
                raise typer.BadParameter(
                    problem.message + (f" ({problem.fix})" if problem.fix else ""), param_hint="--witness"
                )
            note(f"{problem} [warning: {problem.code}]")
    if text_of(file) != before:
        raise StoreError(f"{file}: has changed meanwhile; nothing was written")
    write_bytes(text.encode(), file)
    return str(place)


def _checked(story: "Story", properties: str | None, today: date) -> "Sequence[Problem]":
    """The warnings of a story; raises `StoryError` if it or the file of rules is wrong."""
    from sensa.stories.checking.all_checks import check
    from sensa.stories.policies import rules, waives
    from sensa.stories.problems import StoryError

    problems: Sequence[Problem] = check(story, today)
    if properties is not None:
        ruled = rules(properties, story)
        problems = tuple(problem for problem in problems if not waives(problem, story, ruled))
    if any(problem.severity == "error" for problem in problems):
        raise StoryError(problems)
    return problems


def _require_property(story: "Story", name: str, properties: str | None) -> None:
    from sensa.stories.policies import rules

    known = dict(story.document.properties)
    if properties is not None:
        known.update(rules(properties, story).document.properties)
    if name not in known:
        fix = did_you_mean(near(name, known)) or (
            f"it has {', '.join(map(escaped, known))}" if known else "it has none"
        )
        raise typer.BadParameter(f"the story has no property {quoted(name)}: {fix}", param_hint="PROPERTY")


def with_entry(text: str, entry: Mapping[str, Any]) -> str:
    """A story's text with one more waiver, and everything else unchanged.

    Raises `StoryError` if the text is not TOML, and `StoreError` if there is no place for the waiver.
    """
    mark = BOM if text.startswith(BOM) else ""
    written = text.removeprefix(BOM)
    for result in _candidates(written, entry):
        if _keeps(written, result, entry):
            return mark + result
    raise StoreError("found no place for the waiver in the file; add it by hand:\n" + _block(entry).strip())


def _candidates(text: str, entry: Mapping[str, Any]) -> Iterator[str]:
    """The text with the waiver as close after the last one as possible, or at the end.

    tomlkit would put tables of one name together, and so move what the author wrote between them.
    """
    import tomlkit
    from tomlkit.items import AoT, Array

    document = tomlkit.parse(text)
    waivers = document.get("waivers")
    if isinstance(waivers, Array):
        inline = tomlkit.inline_table()
        inline.update(entry)
        waivers.append(inline)
        yield tomlkit.dumps(document)
        return
    end = "\r\n" if "\r\n" in text else "\n"
    lines = [f"{line}\n" for line in text.split("\n")[:-1]]  # complete lines; the rest has no line end
    rest = text[sum(map(len, lines)) :]
    block = _block(entry).replace("\n", end)
    if isinstance(waivers, AoT):
        from sensa.stories.positions import scan

        last = len(waivers) - 1
        positions = scan(text)
        start = max(positions.value(("waivers", last, key))[0] for key in waivers[last])
        for at in range(start, min(start + MAX_TRIES, len(lines))):
            gap = "" if not lines[at].strip() else end
            yield "".join([*lines[:at], end, block, gap, *lines[at:], rest])
    closed = end if rest else ""
    blank = end if rest.strip() or (lines and lines[-1].strip()) else ""
    yield text + closed + blank + block


def _block(entry: Mapping[str, Any]) -> str:
    """The waiver as a table of its own."""
    import tomlkit

    table = tomlkit.table()
    table.update(entry)
    return "[[waivers]]\n" + tomlkit.dumps(table)


def _keeps(before: str, after: str, entry: Mapping[str, Any]) -> bool:
    """Whether `after` is `before` with only the entry added, both as text and as values."""
    import tomli

    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    if not after.endswith(before[same:]):
        return False
    values = tomli.loads(before)
    try:
        return tomli.loads(after) == {**values, "waivers": [*values.get("waivers", ()), dict(entry)]}
    except tomli.TOMLDecodeError:
        return False
