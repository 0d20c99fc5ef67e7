"""Fonts for characters that the usual one lacks, as those of Chinese, Japanese and Korean."""

import warnings
from collections.abc import Collection, Iterator
from functools import cache

from matplotlib.axes import Axes
from matplotlib.font_manager import FontEntry, FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text

from sensa.reports.plots.asked import MissingGlyphs
from sensa.stories.problems import listed

USUAL = "DejaVu Sans"  # comes with Matplotlib, so that nothing is clipped elsewhere
LAST_RESORT = ("Last Resort", "LastResort")  # how fonts that draw a box for each character begin
REGULAR = (400, "normal", "regular", "book", "roman")  # weights
MAX_NAMED = 8


def complete(ax: Axes) -> None:
    """Set a figure's texts that the usual font cannot draw in installed ones too; warn of what no font has.

    The fonts are those with most of the missing characters, so texts of one script get one font. Warns with
    `MissingGlyphs`; what no font has is drawn as boxes.
    """
    texts = [text for text in ax.figure.findobj(Text) if isinstance(text, Text)]
    missing = {character for text in texts for character in _drawn(text)} - _characters(findfont(USUAL))
    if not missing:
        return
    families = list(_families(missing))
    left = missing.difference(
        *(_characters(findfont(FontProperties(family=[family]))) for family in families)
    )
    for text in texts:
        if missing.intersection(_drawn(text)):
            text.set_fontfamily([USUAL, *families])
    if left:
        which = listed(sorted(left), "and", MAX_NAMED)
        said = f"no installed font has {which}, drawn as boxes; install one that has, as Noto Sans CJK"
        warnings.warn(MissingGlyphs(said), stacklevel=2)


def _drawn(text: Text) -> Iterator[str]:
    return (character for character in text.get_text() if character.isprintable())


def _families(missing: Collection[str]) -> Iterator[str]:
    """Installed families, each with most of what those before it lack."""
    left = set(missing)
    regular = {font.name: font.fname for font in fontManager.ttflist if _is_regular(font)}
    names = sorted(name for name in regular if name != USUAL and not name.startswith(LAST_RESORT))
    while names:
        best = max(names, key=lambda name: len(left & _characters(regular[name])))
        found = left & _characters(regular[best])
        if not found:
            return
        left -= found
        yield best


def _is_regular(font: FontEntry) -> bool:
    """Whether it is neither bold nor light, slanted nor narrow."""
    return font.style == "normal" and font.stretch == "normal" and font.weight in REGULAR


@cache
def _characters(path: str) -> frozenset[str]:
    """The characters that a font has; none of a font that cannot be read."""
    try:
        return frozenset(map(chr, get_font(path).get_charmap()))
    except (OSError, RuntimeError):
        return frozenset()
