"""Characters that Matplotlib's own font lacks: another installed font draws them, or a warning says so."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.text import Text

import sensa
from sensa.reports.plots import files
from sensa.reports.plots.asked import MissingGlyphs
from tests.short_stories import ASSUMPTION, result, story

PLAIN = story(ASSUMPTION.format(name="a", credence=0.75), "not a")


def font(path: Path, family: str, characters: str) -> None:
    """A font that draws each of these as a triangle."""
    names = [".notdef", *(f"g{i}" for i in range(len(characters)))]
    pen = TTGlyphPen(None)
    for move, *point in (("moveTo", 0, 0), ("lineTo", 400, 0), ("lineTo", 200, 700)):
        getattr(pen, move)(tuple(point))
    pen.closePath()
    triangle = pen.glyph()
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder(names)
    made.setupCharacterMap({ord(c): f"g{i}" for i, c in enumerate(characters)})
    made.setupGlyf(dict.fromkeys(names, triangle))
    made.setupHorizontalMetrics(dict.fromkeys(names, (500, 0)))
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": family, "styleName": "Regular"})
    made.setupOS2(usWeightClass=400)
    made.setupPost()
    made.save(path)


@pytest.fixture
def fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Only the usual font is installed, and those that a test adds."""
    own = [one for one in font_manager.fontManager.ttflist if one.name == "DejaVu Sans"]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    font_manager.fontManager._findfont_cached.cache_clear()  # type: ignore[attr-defined]
    yield tmp_path
    font_manager.fontManager._findfont_cached.cache_clear()  # type: ignore[attr-defined]


def installed(folder: Path, family: str, characters: str) -> None:
    font(folder / f"{family}.ttf", family, characters)
    font_manager.fontManager.addfont(folder / f"{family}.ttf")


def drawn(title: str) -> Axes:
    tree = result(PLAIN, "outcomes")
    tree.attrs["story"] = title
    return sensa.plot(tree, "outcomes")


def families(ax: Axes, words: str) -> list[str]:
    (text,) = (one for one in ax.figure.findobj(Text) if isinstance(one, Text) and words in one.get_text())
    return text.get_fontfamily()


def test_installed_fonts_draw_what_the_usual_one_lacks(fonts: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The font that has most comes first, and one for the rest; what each title needs, no more."""
    installed(fonts, "Some-Font", "猫犬")
    installed(fonts, "Most", "猫鳥魚")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = drawn("猫 鳥 犬 魚")
        assert families(ax, "猫") == ["DejaVu Sans", "Most", "Some-Font"]
        picture = files.encoded(ax, "svg")
    assert picture == files.encoded(ax, "svg")
    assert caplog.records == []
    assert families(ax, "probability") == ["sans-serif"]


def test_what_no_font_has_is_said_once(fonts: Path) -> None:
    installed(fonts, "Some", "猫")
    installed(fonts, "Last Resort High-Efficiency", "猫鳥犬")
    with pytest.warns(MissingGlyphs) as caught:
        ax = drawn("猫 鳥 犬 鳥")
    (warning,) = caught
    assert str(warning.message).startswith("no installed font has `犬` and `鳥`, drawn as boxes")
    assert files.encoded(ax, "png")


def test_a_usual_title_asks_no_font(fonts: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert families(drawn("é Ω ▲ 0.5 ≤ 1"), "Ω") == ["sans-serif"]
