"""The page as one HTML document: style, script and data within it, and a policy that allows no more."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from sensa.reports.page import (
    argument,
    carried,
    criteria,
    distributions,
    effects,
    ladder,
    method,
    numbers,
    opening,
    pairs,
    parts,
    properties,
    sets,
    since,
    split,
    stated,
    steps,
    tipping,
    ways,
    what_if,
)
from sensa.reports.page.comparison import comparison
from sensa.reports.page.markup import EMPTY, Html, authored, join, tag
from sensa.reports.page.report import Report
from sensa.reports.result.story_result import StoryResult

STYLE, SCRIPTS = "page.css", ("argument.js", "what_if.js")
FOOTER = (
    "This file asks nothing of any network. Its numbers are the author’s judgements, worked out; they are no "
    "evidence by themselves."
)


def page(results: Sequence[StoryResult], *, everything: bool = False) -> str:
    """The HTML page of one or several stories; those without a result are named with the reason."""
    several = len(results) > 1
    reports = [
        Report(result, result.answers, f"s{i}-" if several else "", everything)
        for i, result in enumerate(results, 1)
        if result.answers is not None
    ]
    failed = [result for result in results if result.answers is None]
    style, script = file_text(STYLE), "".join(map(file_text, SCRIPTS))
    title = _title(results)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy(style, script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{title}: how it ends"),
        tag("style", Html(style)),
    )
    body = tag(
        "body",
        tag("a", "To the result", class_="skip", href="#main"),
        _navigation(reports),
        tag(
            "main",
            _together(reports, title) if several else None,
            *(_failed(result, f"f{i}-", only=not several) for i, result in enumerate(failed, 1)),
            *(_story(report, only=not several) for report in reports),
            tag("div", method.glossary(), _footer(reports), class_="wrap"),
            id="main",
        ),
        tag("script", Html(script)),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _title(results: Sequence[StoryResult]) -> str:
    """The name of the one story, else how many there are."""
    if len(results) != 1:
        return f"{len(results)} training stories"
    (result,) = results
    return result.file if result.answers is None else result.answers.provenance.story


def _together(reports: Sequence[Report], title: str) -> Html:
    """The stories side by side; their number alone if fewer than two have a result."""
    return comparison(reports) or tag("h1", title, class_="title wrap")


@cache
def file_text(name: str) -> str:
    """A file beside this module: its text goes into the page as it is."""
    return files("sensa.reports.page").joinpath(name).read_text("utf-8")


def policy(style: str, script: str) -> str:
    """The content security policy: this style and this script, and nothing else from anywhere."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _navigation(reports: Sequence[Report]) -> Html:
    """Links to the sections of the one story, or to each story."""
    if len(reports) == 1:
        (report,) = reports
        links = [
            tag("a", said, href=f"#{report.id(name)}", hidden=name == "what-if" and what_if.scripted(report))
            for name, said in SECTIONS
            if _has(report, name)
        ]
    else:
        links = [tag("a", authored(report.title), href=f"#{report.id('story-start')}") for report in reports]
    row = tag("div", tag("b", "Sensa"), tag("a", "Result", href="#main"), *links, class_="wrap")
    return tag("nav", row, aria_label="Sections")


SECTIONS = (
    ("since", "Since the base"),
    ("what-if", "What if"),
    ("argument", "Argument"),
    ("story", "Story"),
    ("steps", "Steps"),
    ("numbers", "Numbers"),
    ("method", "Method"),
)


def _has(report: Report, section: str) -> bool:
    """Whether the page has a section."""
    answers = report.answers
    return {
        "since": since.changed(report.result.since),
        "what-if": what_if.shown(report),
        "argument": report.result.source is not None,
        "steps": len(answers.phases) > 1,
        "numbers": bool(answers.sobol_credence),
    }.get(section, True)


def _story(report: Report, *, only: bool) -> Html:
    """All sections of a story."""
    return tag(
        "article",
        tag("section", tag("div", *_first_screen(report, only=only), class_="wrap"), class_="first"),
        tag(
            "div",
            since.section(report.result.since, report.result.judgement, report.id("since")),
            what_if.what_if(report),
            argument.section(report),
            parts.story(report),
            steps.steps(report),
            distributions.distributions(report),
            numbers.numbers(report),
            pairs.pairs(report),
            criteria.criteria(report),
            ways.ways(report),
            method.method(report),
            class_="wrap",
        ),
        id=report.id("story-start"),
    )


def _first_screen(report: Report, *, only: bool) -> list[Html]:
    """What a reader sees first."""
    title = tag("h1" if only else "h2", authored(report.title), " — a training story", class_="title")
    columns = [tag("div", part) for part in (split.ends(report), ladder.ladder(report)) if part]
    notes = [carried.carried, tipping.tipping, numbers.find_out_first, sets.smallest_sets]
    below = [tag("div", part) for part in (make(report) for make in notes) if part]
    matters = effects.matters(report)
    return [
        tag("div", title, _state(report.result), tag("p", method.brief(report)), class_="top"),
        opening.opening(report),
        tag("div", *columns, class_="two"),
        since.brief(report.result.since, report.result.judgement, report.id("since")),
        properties.properties(report.result.judgement, report.id("properties")),
        stated.given(report),
        tag("div", matters, class_="block") if matters else EMPTY,
        tag("div", *below, class_="four") if below else EMPTY,
        stated.stated(report),
        tag(
            "p",
            method.how(report),
            " ",
            tag("a", "How to replay it", href=f"#{report.id('method')}"),
            class_="how",
        ),
    ]


def _state(result: StoryResult) -> Html | None:
    """The verdict of a review: `✓ passes`."""
    if not result.state:
        return None
    tone = {"✓": "good", "✗": "bad"}.get(result.state[0], "safe")
    return tag("span", result.state, class_=f"pill t-{tone}")


def _failed(result: StoryResult, prefix: str, *, only: bool) -> Html:
    """A story without a result, and why; of a review, what it says besides."""
    problems = [tag("li", authored(str(problem))) for problem in result.problems]
    link = f"{prefix}since"
    return tag(
        "article",
        tag(
            "section",
            tag(
                "h1" if only else "h2",
                authored(result.file),
                f": {result.state or result.status}",
                class_="title",
            ),
            tag("p", authored(result.message), class_="t-bad") if result.message else None,
            tag("ul", *problems) if problems else None,
            since.brief(result.since, result.judgement, link),
            properties.properties(result.judgement, f"{prefix}properties"),
            class_="wrap",
        ),
        tag("div", since.section(result.since, result.judgement, link), class_="wrap"),
    )


def _footer(reports: Sequence[Report]) -> Html:
    if not reports:
        return EMPTY
    version = reports[0].answers.provenance.versions["sensa"]
    made = join([f"Made by sensa {version} from ", _files(reports), ". ", FOOTER])
    return tag("footer", made)


def _files(reports: Sequence[Report]) -> Html:
    return join([authored(report.answers.provenance.file) for report in reports], between=", ")
