"""The text of a story from the file of another tool."""

import os
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from sensa.exchange import bayesdown, bif, fault_tree_story, gsn_story, network_story, open_psa, xdsl
from sensa.exchange.ends import Ends
from sensa.exchange.errors import MAX_BYTES, ExchangeError
from sensa.exchange.formats import READERS, Format
from sensa.exchange.networks import Network
from sensa.ordinary_files import opened
from sensa.stories.checking.all_checks import check
from sensa.stories.problems import StoryError, escaped
from sensa.stories.reading import MAX_BYTES as LARGEST_STORY
from sensa.stories.reading import parse
from sensa.stories.schema.vocabulary import FORMAT
from sensa.stories.story import Story
from sensa.stories.writing import written

Tables = Mapping[str, Any]


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


NETWORKS: dict[str, Callable[[bytes], Network]] = {
    "bif": lambda data: bif.read(_text(data)),
    "xdsl": xdsl.read,
    "bayesdown": lambda data: bayesdown.read(_text(data)),
}


NOT_SAID = Ends()
SAY_SO = "say so by `format`"
PRUNE = "leave out what no end depends on with `prune`"


def format_of(file: str, name: str | None) -> Format:
    """The format of a name, or by the name of the file; raises `ExchangeError` if there is none."""
    for known in READERS:
        if known.name == name or (name is None and file.lower().endswith(known.suffixes)):
            return known
    names = ", ".join(known.name for known in READERS)
    if name is not None:
        raise ExchangeError(f"no format `{name}` is imported; those are {names}")
    raise ExchangeError(f"its name does not say what it is; {SAY_SO} ({names})")


def imported(
    data: bytes,
    file: str,
    name: str | None = None,
    ends: Ends = NOT_SAID,
    mission_time: float | None = None,
    *,
    prune: bool = False,
) -> str:
    """The text of a story from a file of another tool, which is checked and can be run.

    Raises `ExchangeError` for what cannot be carried.
    """
    if len(data) > MAX_BYTES:
        raise ExchangeError(f"has more than {MAX_BYTES >> 20} MiB")
    known = format_of(file, name)
    tables = _tables(data, known, ends, mission_time, prune)
    text = _header(file, known) + written(_whole(tables, file, known))
    less = f"; {PRUNE}" if known.name in NETWORKS and not prune else ""
    if len(text.encode()) > LARGEST_STORY:
        size = f"the story would have {len(text.encode()) / 2**20:.1f} MiB"
        raise ExchangeError(f"{size}; a story has at most {LARGEST_STORY >> 20} MiB{less}")
    try:
        problems = [problem for problem in check(parse(text, "story")) if problem.severity == "error"]
    except StoryError as error:
        problems = list(error.problems)
    if problems:
        at = f"{problems[0].path}: " if problems[0].path else ""
        less = less if problems[0].code.startswith("too-") else ""
        raise ExchangeError(f"the story would be wrong: {at}{problems[0].message}{less}")
    return text


def _tables(data: bytes, known: Format, ends: Ends, mission_time: float | None, prune: bool) -> Tables:
    if mission_time is not None and known.name != "open-psa":
        raise ExchangeError(f"{known.about} knows no mission time")
    if known.name in NETWORKS:
        return network_story.tables(NETWORKS[known.name](data), ends, prune=prune)
    if prune:
        raise ExchangeError(f"{known.about} is read whole; only networks are pruned")
    if known.name == "open-psa":
        return fault_tree_story.tables(open_psa.read(data, mission_time), ends)
    return gsn_story.tables(data, ends)


def import_story(
    file: str | os.PathLike[str],
    format: str | None = None,
    *,
    catastrophe: str | None = None,
    fail_safe: str | None = None,
    mission_time: float | None = None,
    prune: bool = False,
) -> Story:
    """A story from the file of another tool, with the same probabilities (docs/exchange.md).

    `format` is one of `bif`, `xdsl`, `open-psa`, `gsn` and `bayesdown`; by the name of the file if left out.
    `catastrophe` and `fail_safe` are `NAME` or `NAME=STATE` in the file's words; without the first the top
    gate, or the last variable without children. `mission_time` is the value of `system-mission-time` in a
    fault tree. `prune` leaves out the variables of a network that neither end depends on. What the source
    does not state (goal, rationale, reasons) is left to be written: `story.to_toml()` is the text. Warns of
    what the file says that no story carries. Raises `ExchangeError` for what cannot be carried, and
    `OSError`.
    """
    with opened(file) as stream:
        data = stream.read(MAX_BYTES + 1)
    name = os.path.basename(os.fspath(file))
    text = imported(data, name, format, Ends(catastrophe, fail_safe), mission_time, prune=prune)
    unread = left_out(data, name, format)
    if unread:
        warnings.warn(f"{escaped(name)}: left out: {'; '.join(unread)}", stacklevel=2)
    return parse(text, f"{name.partition('.')[0]}.toml")


def left_out(data: bytes, file: str, name: str | None = None) -> tuple[str, ...]:
    """What a file says that no story carries, by name; of goal structures only."""
    return gsn_story.left_out(data) if format_of(file, name).name == "gsn" else ()


def _header(file: str, known: Format) -> str:
    return (
        f"# From {escaped(file)}, {known.about}. Say below what it is about, and what each part rests on.\n"
    )


def _whole(tables: Tables, file: str, known: Format) -> dict[str, Any]:
    """The tables that every story has, with those that are imported."""
    own = {key: value for key, value in tables.items() if value}
    allow = []
    if not any(outcome["kind"] == "fail_safe" for outcome in own["outcomes"].values()):
        reason = f"{known.about[0].upper()}{known.about[1:]} knows no fail-safe end"
        allow.append({"warning": "no-fail-safe", "item": "outcomes", "reason": reason})
    return {
        "format": FORMAT,
        "story": {"title": file, "summary": f"Imported from {known.about}."},
        "goal": {
            "class": ["other"],
            "specification": "Not stated by the source.",
            "desirability": "Not stated by the source.",
        },
        "rationale": {
            "class": ["other"],
            "constraints": ["Not stated by the source."],
            "nudges": ["Not stated by the source."],
        },
        **own,
        **({"allow": allow} if allow else {}),
    }
