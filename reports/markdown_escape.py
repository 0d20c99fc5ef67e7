"""Safe Markdown of bounded length: authors' texts without markup, and blocks chosen to fit."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from sensa.stories.problems import cut, escaped

MAX_CHARACTERS = 60_000
MARK = "<!-- sensa -->"  # a pipeline finds its comment by it
MAX_ROWS = 50
MAX_TEXT_CHARACTERS = 160
_MORE = 120  # characters for the note on what was left out
_BREAK = "\u200b"  # has no width; breaks mentions, references and links
# What a page would make live, also with our own `:`, `.` or digit right after the text.
_LIVE = re.compile(
    r"(?<=[@#!~%$&])(?=[\w\"'])|(?<=:)(?=//|[\w+-]+(?::|$))|(?<=www)(?=\.|$)|(?<=GH-)(?=\d|$)",
    re.I,
)
_MARKUP = re.compile(r"[&<>\\`*\[\]|~#$]|(?<![^\W_])_|_(?![^\W_])|^[-+=]")
_NUMBERED = re.compile(r"^\d(?=\d*([.)]|$))")


@dataclass(frozen=True)
class Block:
    """A piece of the comment; if room is short, the lowest `rank` stays and lines are cut."""

    rank: int  # 0: the head of a story, which the rest of it needs; above 2: secondary
    head: str
    lines: Callable[[], Iterable[str]] = tuple  # called only if there is room
    count: int = 0  # number of lines
    tail: str = ""
    more: str = ""  # replaces lines that were cut; % is their number
    story: int = -1  # index of its story


def text(words: str, most: int = MAX_TEXT_CHARACTERS) -> str:
    """An author's text as plain Markdown: no markup, no link, no mention, one line.

    A hash of a commit may become a link to that commit: it leads nowhere else and notifies nobody, while a
    break inside numbers and commands would make them wrong to copy.
    """
    plain = _LIVE.sub(_BREAK, cut(escaped(" ".join(words.split())), most))
    plain = _MARKUP.sub(lambda found: f"&#{ord(found[0])};", plain)
    return _NUMBERED.sub(lambda found: f"&#{ord(found[0])};", plain)


def code(words: str, most: int = MAX_TEXT_CHARACTERS) -> str:
    """The same, set as code: a span in backticks cannot hold every text inside a table."""
    return f"<code>{text(words, most)}</code>" if words else ""


def fitted(blocks: Sequence[Block]) -> str:
    """The blocks that fit, in order: chosen by importance, the worst stories first."""
    room = MAX_CHARACTERS - len(MARK) - 1 - _MORE
    chosen: dict[int, str] = {}
    headed = {-1}
    for number, block in sorted(enumerate(blocks), key=_precedence):
        found = _cut(block, room) if block.rank == 0 or block.story in headed else None
        if found is not None:
            headed.add(block.story)
            chosen[number] = found
            room -= len(found)
    left_out = len(blocks) - len(chosen)
    note = f"\n*Left out for length: {left_out} more parts. `sensa check` shows all.*\n" if left_out else ""
    return f"{MARK}\n" + "".join(chosen[number] for number in sorted(chosen)) + note


def _precedence(item: tuple[int, Block]) -> tuple[bool, int, int, int]:
    number, block = item
    return block.rank > 2, block.story, block.rank, number


def _cut(block: Block, room: int) -> str | None:
    """The block with as many lines as fit into half of the room; None if not even one fits."""
    most = room // 2 if block.count else room
    frame = len(block.head) + len(block.tail) + (_MORE if block.count else 0)
    if frame > most:
        return None
    kept: list[str] = []
    for line in islice(block.lines(), MAX_ROWS):
        frame += len(line) + 1
        if frame > most:
            break
        kept.append(line)
    if len(kept) < block.count:
        kept.append(block.more.replace("%", f"{block.count - len(kept)}"))
    return block.head + "".join(f"{line}\n" for line in kept) + block.tail
