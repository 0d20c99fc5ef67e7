"""Common mistakes in TOML, and what to write instead.

`tomli` says where it stopped; the mistakes of people who rarely write TOML (`.3`, `30%`, `True`, curly
quotes, text without quotes) are recognised there. A mistake with a certain replacement has it attached, so
that reading can continue after it and report the next one too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import tomli

from sensa.stories.positions import Positions, scan
from sensa.stories.problems import path_text, quoted

_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_DECLARED = re.compile(r"\(((?:'[^']*'(?:, )?)+),?\)")
_CURLY = "“”„‟‘’‚‛«»‹›`"
_SPACES = {"\u00a0": "no-break space", "\u202f": "narrow no-break space", "\u3000": "wide space",
           "\u2009": "thin space", "\ufeff": "byte order mark", "\u200b": "zero-width space"}  # fmt: skip
_LINE_ENDS = {"\r": "carriage return", "\u2028": "line separator (U+2028)", "\x85": "next line (U+0085)"}
_CONFLICT = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: |$)")
_COMMENT = re.compile(r"(?://|;|--|%|/\*)")
_END = r"(?=[ \t]*(?:$|[#\r\n,}\]]))"


MAX_SLIPS = 20  # reported at once
LARGEST_REREAD = 100_000  # characters of a text that is read again after each slip


@dataclass(frozen=True)
class Slip:
    """A mistake, and what to write instead."""

    at: int
    message: str
    fix: str | None = None
    replaced: tuple[int, int, str] | None = None  # start, end and the text to read there instead


def slip_at(text: str, at: int, message: str, positions: Positions) -> Slip:
    """The slip behind the parser's `message` about the offset `at`; the message itself if none is known."""
    found = (
        _line_end(text, at)
        or _space(text, at)
        or _repeated(at, message, positions)
        or _around(text, at)
        or _key(text, at, message)
        or _value(text, at, message, positions)
    )
    return found or Slip(at, message)


def slips(text: str, at: int, message: str, positions: Positions) -> list[Slip]:
    """The first slip, and later ones while each can be skipped; offsets are those of `text`."""
    found, longer = [], 0
    while True:
        slip = slip_at(text, at, message, positions)
        found.append(replace(slip, at=slip.at - longer))
        if slip.replaced is None or len(found) == MAX_SLIPS or len(text) > LARGEST_REREAD:
            return found
        start, end, meant = slip.replaced
        text, longer = text[:start] + meant + text[end:], longer + len(meant) - (end - start)
        try:
            tomli.loads(text)
            return found
        except tomli.TOMLDecodeError as error:
            at, message = error.pos, plain(error)
        except (ValueError, RecursionError, OverflowError):
            return found
        positions = scan(text)


def plain(error: tomli.TOMLDecodeError) -> str:
    """The parser's message without its place, with a lower-case first letter."""
    message = _DECLARED.sub(_path_in_words, error.msg)
    return message[:1].lower() + message[1:]


def _path_in_words(found: re.Match[str]) -> str:
    """A tuple of keys in a message of the parser, as a path."""
    return quoted(path_text(tuple(re.findall(r"'([^']*)'", found[1]))))


def _line_end(text: str, at: int) -> Slip | None:
    name = _LINE_ENDS.get(text[at : at + 1])
    if name is None or text[at : at + 2] == "\r\n":
        return None
    return Slip(at, f"a line ends with a {name} alone", "save the file with LF or CRLF line ends")


def _space(text: str, at: int) -> Slip | None:
    name = _SPACES.get(text[at : at + 1])
    if name is None:
        return None
    return Slip(at, f"a {name} (U+{ord(text[at]):04X})", "write a plain space", (at, at + 1, " "))


def _repeated(at: int, message: str, positions: Positions) -> Slip | None:
    """A key that is set twice, at the second place."""
    if not message.startswith(("cannot overwrite", "duplicate inline table key")):
        return None
    before = [(second, path) for path, second in positions.repeated.items() if second <= at]
    if not before:
        return None
    second, path = max(before)
    line, _ = positions.line_column(positions.keys[path])
    return Slip(second, f"{quoted(path_text(path))} is set twice, first in line {line}", "keep one of them")


def _around(text: str, at: int) -> Slip | None:
    """A whole line that is not TOML."""
    start, end = _line(text, at)
    line = text[start:end]
    bare = line.lstrip()
    first = start + len(line) - len(bare)
    if _CONFLICT.match(line):
        return Slip(start, "a merge conflict is left in the file", "resolve it")
    if first == at and _COMMENT.match(bare):
        return Slip(at, "comments start with `#`", None, (at, end, "#"))
    if first == at and bare.startswith(("{", "[{")) and not text[:at].strip():
        return Slip(at, "this looks like JSON; a story is written in TOML")
    return None


def _key(text: str, at: int, message: str) -> Slip | None:
    """A key or a header that is followed by the wrong thing."""
    start, end = _line(text, at)
    before, rest = text[start:at], text[at:end]
    if message.startswith("expected '=' after a key"):
        key = re.search(r"[\w.\"'-]+[ \t]*$", before)
        sign = re.match(r":=|:", rest)
        if key is None or re.search(r"=[ \t]*[\d.]+[ \t]*,[ \t]*\d+[ \t]*$", before):
            return None
        if sign is not None:
            return Slip(
                at,
                f"expected `=`, got {quoted(sign[0])}",
                f"write `{key[0].strip()} = …`",
                (at, at + len(sign[0]), " ="),
            )
        words = re.match(r"(\w+(?:[ \t]+\w+)*)[ \t]*=", rest)
        if words is not None:
            joined = "_".join((key[0].strip() + " " + words[1]).split())
            return Slip(at, "a key has no spaces", f"write {quoted(joined)}")
        return Slip(at, f"`=` is missing after {quoted(key[0].strip())}")
    if message.startswith("expected ']' at the end of a table"):
        whole = re.match(r"[ \t]*(\[\[?)([^\]\r\n]*)\]", text[start:end])
        if whole is None:
            return Slip(at, "the header is not closed", "add `]`")
        joined = "_".join(whole[2].split())
        if re.fullmatch(r"[A-Za-z0-9_.-]+", joined):
            return Slip(at, "a name has no spaces", f"write `[{joined}]`")
    return None


def _value(text: str, at: int, message: str, positions: Positions) -> Slip | None:
    """A value that is written differently in TOML."""
    start, end = _line(text, at)
    begun = max((offset for offset in positions.values.values() if start <= offset <= at), default=None)
    if begun is None:
        return None
    rest = text[begun:end]
    if not rest.strip() or rest.lstrip().startswith("#"):
        return Slip(begun, "a value is missing after `=`")
    for pattern, explained in _VALUES:
        match = pattern.match(rest)
        if match is not None and begun + match.end() >= at:
            said, meant = explained(match)
            replaced = None if meant is None else (begun, begun + match.end(), meant)
            return Slip(begun, said, None if meant is None else f"write {quoted(meant)}", replaced)
    return _string(text, at, end, rest, message) or _behind(text, at, end, message) or _unquoted(rest, begun)


def _string(text: str, at: int, end: int, rest: str, message: str) -> Slip | None:
    """A string with an unescaped special character."""
    if message.startswith("unescaped '\\'"):
        at = text.rfind("\\", 0, at)
        return Slip(at, "`\\` has a meaning in a string", "write `\\\\`, or put the text in single quotes")
    if message.startswith(("illegal character '\\n'", "unterminated string", 'expected "\'"')):
        if any(mark in rest for mark in _CURLY):
            return _curly(rest, end - len(rest))
        return Slip(at, "a string is not closed on its line", "close it, or put the text in triple quotes")
    quote, tail = rest[:1], text[at:end]
    if not message.startswith("expected newline"):
        return None
    if quote in ("'", '"') and quote in tail and tail[:1] not in ",;+#" and tail[:1] != quote:
        inside = (
            'write `\\"` for a quotation mark in a string' if quote == '"' else "use double quotes around it"
        )
        return Slip(at, f"the string ends before {quoted(tail.strip()[:20])}", inside)
    return None


def _behind(text: str, at: int, end: int, message: str) -> Slip | None:
    """Extra text after a valid value."""
    tail = text[at:end]
    if not message.startswith("expected newline") or not tail:
        return None
    if re.fullmatch(r"[,;][ \t]*(?:#.*)?", tail):
        return Slip(at, f"{quoted(tail[0])} after a value", "leave it out", (at, at + 1, ""))
    if _COMMENT.match(tail) and text[at - 1 : at].isspace():
        return Slip(at, "comments start with `#`", None, (at, end, "#"))
    return None


def _unquoted(rest: str, begun: int) -> Slip | None:
    """Text without quotes, or in other quotes."""
    if rest[0] in _CURLY:
        return _curly(rest, begun)
    shown = re.match(r"[^\W\d_][^#\r\n\"]*|\([^#\r\n\"]*", rest)
    if shown is None:
        return None
    words = shown[0].strip()
    return Slip(begun, "text needs quotes", f'write `"{words}"`', (begun, begun + len(shown[0]), '"" '))


def _curly(rest: str, begun: int) -> Slip | None:
    mark = next(mark for mark in rest if mark in _CURLY)
    inner = rest.split("#", maxsplit=1)[0].strip().strip(_CURLY + "\"'")
    whole = (begun, begun + len(rest), '""')
    shown = mark if mark == "`" else f"`{mark}`"
    return Slip(begun, f"{shown} is not a quotation mark of TOML", f'write `"{inner}"`', whole)


def _line(text: str, at: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return start, len(text) if end < 0 else end


def _share(match: re.Match[str]) -> tuple[str, str]:
    return f"{quoted(match[0].strip())} is not a number", share(match[1])


def share(percent: str) -> str:
    """A percentage as a share: `30` is `0.3`."""
    return format((Decimal(percent.replace(",", ".")) / 100).normalize(), "f")


def _otherwise(meant: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], tuple[str, str]]:
    return lambda match: (f"{quoted(match[0].strip())} is not a number", meant(match))


def _word(word: str) -> Callable[[re.Match[str]], tuple[str, str]]:
    return lambda match: (f"{quoted(match[0].strip())} is not a value", word)


def _range(match: re.Match[str]) -> tuple[str, str]:
    low, high = (bound.replace("−", "-") for bound in (match[1], match[2]))
    return f"{quoted(match[0].strip())} is not a value", f"{{ low = {low}, high = {high} }}"


_VALUES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, str | None]]], ...] = tuple(
    (re.compile(pattern), explained)
    for pattern, explained in (
        (r"(?:True|TRUE|[Yy]es|YES|[Oo]n|ON)" + _END, _word("true")),
        (r"(?:False|FALSE|[Nn]o|NO|[Oo]ff|OFF)" + _END, _word("false")),
        (
            r"(?:null|nil|none|None|NULL|NA)" + _END,
            lambda match: (f"there is no {quoted(match[0])}; leave the key out", None),
        ),
        (r"=", lambda match: ("expected `=`, got `==`", None)),
        (
            r"[+-]?(?:Inf|INF|Infinity|infinity|NaN|NAN)" + _END,
            lambda match: (f"{quoted(match[0])} is not a number that a story can use", None),
        ),
        (
            r"\d{4}-\d{1,2}-\d{1,2}",
            lambda match: (f"{quoted(match[0])} is not a date; write it as `2027-06-30`", None),
        ),
        (
            r"[~≈<>≤≥±]=?[ \t]*[.\d]+",
            lambda match: (
                f"{quoted(match[0])} is not a number; a range is `{{ low = 0.2, high = 0.4 }}`",
                None,
            ),
        ),
        (rf"({_NUMBER}|\.\d+)[ \t]*(?:%|percent\b)", _share),
        (r"([+-]?)(\.\d+(?:[eE][+-]?\d+)?)" + _END, _otherwise(lambda m: f"{m[1]}0{m[2]}")),
        (r"([+-]?\d+\.)" + _END, _otherwise(lambda m: m[1] + "0")),
        (r"([+-]?[1-9]\d{0,2}(?:,\d{3})+)" + _END, _otherwise(lambda m: m[1].replace(",", ""))),
        (r"([+-]?\d+),(\d+)", _otherwise(lambda m: f"{m[1]}.{m[2]}")),
        (r"([1-9]\d{0,2}(?: \d{3})+)" + _END, _otherwise(lambda m: m[1].replace(" ", ""))),
        (r"([+-]?)0+(\d+(?:\.\d+)?)" + _END, _otherwise(lambda m: m[1] + m[2])),
        (r"[−–](\d+(?:\.\d+)?)" + _END, _otherwise(lambda m: "-" + m[1])),
        (r"(0?\.\d+)[ \t]*-[ \t]*([01]?\.\d+)" + _END, _range),
        (
            rf"({_NUMBER}(?:[ \t]*[*/+-][ \t]*{_NUMBER})+)" + _END,
            lambda match: ("an expression needs quotes", f'"{match[1]}"'),
        ),
        (rf"\(?[ \t]*({_NUMBER})[ \t]*(?:\.\.\.?|–|—|−|to|,)[ \t]*({_NUMBER})[ \t]*\)?" + _END, _range),
    )
)
