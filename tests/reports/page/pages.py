"""Pages of stories, and pages read back by Python's own parser."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

from sensa import pipeline
from sensa.properties.judge import judge
from sensa.reports.page.document import page
from sensa.reports.result.from_tree import answers
from sensa.reports.result.story_result import StoryResult, source_of
from sensa.reviewing.shown import shown
from sensa.sampling.settings import Settings
from sensa.stories.loading import loads

LIBRARY = Path(__file__).parents[3] / "stories" / "library"
TODAY = date(2026, 11, 28)
VOID = {"meta", "br", "wbr", "input"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    parent: "Element | None" = None
    children: "list[Element | str]" = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text within, with single spaces."""
        return " ".join("".join(self.pieces()).split())

    def pieces(self) -> list[str]:
        found: list[str] = []
        for child in self.children:
            found += [child] if isinstance(child, str) else child.pieces()
        return found

    def all(self, tag: str = "", style: str = "") -> "list[Element]":
        """Every element within with this tag and this class."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                fits = not style or style in (child.attributes.get("class") or "").split()
                found += [child] if fits and tag in ("", child.tag) else []
                found += child.all(tag, style)
        return found

    def by_id(self, name: str) -> "Element":
        (found,) = [one for one in self.all() if one.attributes.get("id") == name]
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.open = Element("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice: {attrs}"
        element = Element(tag, dict(attrs), self.open)
        self.open.children.append(element)
        if tag not in VOID:
            self.open = element

    def handle_endtag(self, tag: str) -> None:
        assert self.open.tag == tag, f"</{tag}> closes <{self.open.tag}>"
        assert self.open.parent is not None
        self.open = self.open.parent

    def handle_data(self, data: str) -> None:
        self.open.children.append(data)


def read(html: str) -> Element:
    """The document, every element of which must be closed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open is reader.root
    return reader.root


def result_of(
    text: str, file: str = "story.toml", analyses: Sequence[str] | None = None, **settings: object
) -> StoryResult:
    """A story's result with all that a run gives to the page."""
    session = pipeline.prepare(loads(text, file), Settings(**{"points": 64, **settings}))  # type: ignore[arg-type]
    tree = pipeline.analyse(session, analyses)
    return StoryResult(
        file,
        0,
        answers(tree),
        judgement=judge(session, today=TODAY),
        source=source_of(shown(session, TODAY)),
    )


def library(name: str, analyses: Sequence[str] | None = None) -> StoryResult:
    """The result of a story of the library."""
    return result_of((LIBRARY / f"{name}.toml").read_text("utf-8"), f"{name}.toml", analyses)


def page_of(*results: StoryResult) -> tuple[str, Element]:
    """The page of results, as it is and read."""
    html = page(results)
    return html, read(html)
