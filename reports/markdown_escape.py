"""Markdown that is safe and fits: authors' texts without markup, and blocks within the room there is."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from sensa.stories.problems import cut, escaped

MAX_CHARACTERS = 60_000
MARK = "<!-- sensa -->"  # by which a pipeline finds its comment again
MAX_ROWS = 50
MAX_TEXT_CHARACTERS = 160
_MORE = 120  # what the words on what was left out may take
_BREAK = "\u200b"  # has no width, and ends a mention, a reference, a link
# What a page brings to life, also with our own `:`, `.` or digit right behind the text.
_LIVE = re.compile(
    r"(?<=[@#!~%$&])(?=[\w\"'])|(?<=:)(?=//|[\w+-]+(?::|$))|(?<=www)(?=\.|$)|(?<=GH-)(?=\d|$)", re.I
)
_MARKUP = re.compile(r"[&<>\\`*\[\]|~#$]|(?<![^\W_])_|_(?![^\W_])|^[-+=]")
_NUMBERED = re.compile(r"^\d(?=\d*([.)]|$))")


@dataclass(frozen=True)
class Block:
    """A piece of the comment; where room is short, those of the least `rank` stay, and lines are cut."""

    rank: int  # 0: the head of a story, without which nothing of it is shown; above 2: beside the point
    head: str
    lines: Callable[[], Iterable[str]] = tuple  # made when there is room for them
    count: int = 0  # of the lines
    tail: str = ""
    more: str = ""  # what stands for lines that were cut, with their number for %
    story: int = -1  # the number of its story


def text(words: str, most: int = MAX_TEXT_CHARACTERS) -> str:
    """An author's text as Markdown shows it and nothing more: no markup, no link, no mention, one line."""
    plain = _LIVE.sub(_BREAK, cut(escaped(" ".join(words.split())), most))
    plain = _MARKUP.sub(lambda found: f"&#{ord(found[0])};", plain)
    return _NUMBERED.sub(lambda found: f"&#{ord(found[0])};", plain)


def code(words: str, most: int = MAX_TEXT_CHARACTERS) -> str:
    """The same, set as code; a code span by backticks could not hold every text in a table."""
    return f"<code>{text(words, most)}</code>" if words else ""


def fitted(blocks: Sequence[Block]) -> str:
    """The blocks in their order; chosen are, of the worst stories first, what matters and then the rest."""
    room = MAX_CHARACTERS - len(MARK) - 1 - _MORE
    chosen: dict[int, str] = {}
    headed = {-1}
    for number, block in sorted(enumerate(blocks), key=_precedence):
        found = _cut(block, room) if block.rank == 0 or block.story in headed else None
        if found is not None:
            headed.add(block.story)
            chosen[number] = found
            room -= len(found)
    lacking = len(blocks) - len(chosen)
    said = f"\n*Left out for length: {lacking} more parts. `sensa check` shows all.*\n" if lacking else ""
    return f"{MARK}\n" + "".join(chosen[number] for number in sorted(chosen)) + said


def _precedence(item: tuple[int, Block]) -> tuple[bool, int, int, int]:
    number, block = item
    return block.rank > 2, block.story, block.rank, number


def _cut(block: Block, room: int) -> str | None:
    """As many of its lines as fit into half of the room; none where not even one does."""
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
