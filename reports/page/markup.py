"""HTML and SVG from parts, in which every text that is not already markup is escaped."""

from collections.abc import Iterable
from html import escape

VOID = {"meta", "br", "wbr", "input"}  # HTML elements that have no end tag


class Html(str):
    """Markup: `tag` puts it into a document as it is. Any other string is text, and is escaped."""

    __slots__ = ()


Part = str | None
EMPTY = Html("")


def tag(name: str, /, *parts: Part, **attributes: str | float | bool | None) -> Html:
    """An element with these attributes and parts; parts and attributes that are None are left out.

    A trailing underscore is dropped from an attribute's name (`class_`), the others become hyphens
    (`aria_label`); `viewBox` and its like keep their letters. An attribute that is true has no value.
    """
    opened = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Html(opened if name in VOID else f"{opened}{join(parts)}</{name}>")


def join(parts: Iterable[Part], between: str = "") -> Html:
    """Parts one after the other."""
    return Html(between.join(_escaped(part) for part in parts if part is not None))


def authored(text: str) -> Html:
    """An author's text, isolated so that no bidirectional mark in it moves what is around it."""
    return tag("bdi", text)


def _escaped(part: str) -> str:
    return part if isinstance(part, Html) else escape(_printable(part))


def _attribute(key: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f' {name}="{escape(_printable(text))}"'


def _printable(text: str) -> str:
    """The text without what no HTML document may hold: controls other than white space, and surrogates."""
    if text.isprintable():
        return text
    return "".join("\N{REPLACEMENT CHARACTER}" if _forbidden(ord(letter)) else letter for letter in text)


def _forbidden(code: int) -> bool:
    control = (code < 0x20 and code not in (0x9, 0xA, 0xD)) or 0x7F <= code < 0xA0
    return control or 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code < 0xFDF0
