"""How the numbers were computed, how to replay them, and what the words mean."""

import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath

from sensa.reports.number_format import compact, count, defined
from sensa.reports.page.markup import EMPTY, Html, authored, join, tag
from sensa.reports.page.report import Report
from sensa.reports.result.answers import Asked, Expectation, Provenance
from sensa.reports.result.exact_by import exact_by
from sensa.stories.problems import Problem

DIGEST_LENGTH = 12
ASKED = {"worlds were asked for": "montecarlo", "elimination was asked for": "elimination"}  # reasons
METHOD = "salib_"  # precedes the names of SALib's methods
GLOSSARY = (
    ("Catastrophic", "An end that the story’s author calls catastrophic."),
    ("Safe failure", "The plan does not give what it should, and no catastrophe follows."),
    (
        "Violated",
        "The assumption is false. Numbers “if violated” set it to false from outside and leave everything "
        "else as it is.",
    ),
    (
        "90 % interval",
        "Where the probability lies with credence 90 %, given that the story’s numbers are uncertain.",
    ),
    ("Credence", "How likely the author holds a claim to be."),
    (
        "Total Sobol’ index",
        "The share of a result’s variance that remains while the number is unknown, interactions included.",
    ),
    ("Tipping point", "The credence at which the risk just reaches a limit, all other numbers as they are."),
    ("Undercut, rebut", "A challenge to the reason for a claim; a challenge to the claim itself."),
    ("Property", "A limit that the story sets itself, judged in every case that it names."),
    ("Waiver", "A property that fails and is knowingly let pass until a date."),
)
UNKNOWN = " (with the same analyses, precision and samples, if they were named)"
STOPPED = {"interrupted": "Interrupted: a partial result. ", "seconds": "Out of time: a partial result. "}


def brief(report: Report) -> Html:
    """How it was computed, in a few words."""
    about = report.answers.provenance
    worlds = f"{count(about.worlds)} worlds sampled" if about.worlds else "Worlds exact"
    means = "; means exact" if report.answers.how.get("outcomes") == "exact" else ""
    return join(
        [f"{worlds}{means}; {_uncertain(report)}. ", tag("a", "Method", href=f"#{report.id('method')}")]
    )


def _uncertain(report: Report) -> str:
    n = report.answers.provenance.parameters
    return {0: "no number is uncertain", 1: "1 uncertain number"}.get(n, f"{n} uncertain numbers")


def how(report: Report) -> Html:
    """How it was computed, in a paragraph."""
    about = report.answers.provenance
    measure = report.catastrophic
    error = None if measure is None else measure.error
    sampled = (
        f", standard error of the risk {compact(100 * error)} points" if defined(error) and error else ""
    )
    left_out = f" Left out: {about.left_out}." if about.left_out else ""
    return join(
        [
            STOPPED.get(about.stopped, ""),
            f"{_worlds(report)}; {_parameters(report)}{sampled}; seed {about.seed}; sensa "
            f"{about.versions['sensa']}; story ",
            tag("span", about.digest[:DIGEST_LENGTH], class_="id"),
            f".{left_out} The numbers say nothing about what the story leaves out.",
        ]
    )


def _worlds(report: Report) -> str:
    about = report.answers.provenance
    if about.worlds:
        return f"{count(about.worlds)} worlds sampled ({about.engine} engine)"
    return f"Worlds exact, by {exact_by(about, 'a decision diagram')}"


def _parameters(report: Report) -> str:
    about = report.answers.provenance
    number = _uncertain(report)
    if not about.parameters:
        return number
    if report.answers.how.get("outcomes") == "exact":
        return f"{number}: means exact, spread at {count(about.points)} points"
    return f"{number} sampled at {count(about.points)} points"


def method(report: Report) -> Html:
    """The section: the paragraph, the engine's reason, the command, warnings, expectations."""
    about = report.answers.provenance
    intervals = (
        tag(
            "p",
            f"Only bounds are given for {about.intervals} numbers: taken as uniform between them.",
            class_="sub",
        )
        if about.intervals
        else None
    )
    return tag(
        "section",
        tag("h2", "How it was computed"),
        tag("p", how(report), class_="sub"),
        tag("p", f"The {about.engine} engine was chosen because {about.engine_reason}.", class_="sub"),
        intervals,
        tag("p", f"To replay it{'' if about.asked else UNKNOWN}:"),
        tag("pre", shlex.join(_command(report))),
        _expectations(report),
        _warnings(report.result.problems, report.result.turned_off),
        id=report.id("method"),
    )


def _expectations(report: Report) -> Html:
    """Whether the story gives what its author says that it must."""
    expected = report.answers.expectations
    if not expected:
        return EMPTY
    rows = [
        tag(
            "tr",
            tag("td", authored(name), class_="id"),
            tag("td", compact(one.value, 4), class_="n"),
            tag("td", f"{one.stated:.12g} within {one.within:g}", class_="n"),
            tag("td", _whether_met(one), class_="t-good" if one.met else "t-bad"),
        )
        for name, one in expected.items()
    ]
    heads = [
        tag("th", "Expected"),
        tag("th", "computed", class_="n"),
        tag("th", "stated", class_="n"),
        tag("td"),
    ]
    table = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows), class_="expected")
    return report.region("Expected values", table)


def _whether_met(one: Expectation) -> str:
    return ("✓ met" if one.met else "✗ not met") + ("" if one.decided else " (up to the error)")


def _command(report: Report) -> Iterator[str]:
    """The words of the command that computes the numbers again, as far as the result says what was asked."""
    about = report.answers.provenance
    yield from ("sensa", "run", PurePath(about.file).name or "story.toml")
    yield from _before_asked(about) if about.asked is None else _asked(about.asked)
    for name in report.answers.how:
        if name.startswith(METHOD):
            yield from ("--method", name.removeprefix(METHOD))
    if about.seed:
        yield from ("--seed", str(about.seed))
    given = report.answers.others.get("given")
    if given is not None:
        yield from ("--given", str(given["coordinates"]["given"]["values"]))


def _asked(asked: Asked) -> Iterator[str]:
    """The options of a run that are not the usual ones."""
    usual = Asked()
    named = [name for name in asked.analyses if name != "outcomes"] or asked.analyses
    for option, value, other in (
        ("--analyses", ",".join(named), ""),
        ("--engine", asked.engine, usual.engine),
        ("--points", str(asked.points), str(usual.points)),
        ("--precision", asked.precision, usual.precision),
        ("--samples", str(asked.samples), str(usual.samples)),
    ):
        if value != other:
            yield from (option, value)


def _before_asked(about: Provenance) -> Iterator[str]:
    """The options as far as a result says that does not store what was asked for."""
    if about.engine_reason in ASKED:
        yield from ("--engine", ASKED[about.engine_reason])
    if about.parameters and not about.worlds and about.points != Asked().points:
        yield from ("--points", str(about.points))


def _warnings(problems: tuple[Problem, ...], turned_off: int) -> Html:
    codes = Counter(problem.code for problem in problems if problem.severity == "warning")
    said = [f"{n} {code}" for code, n in sorted(codes.items(), key=lambda item: (-item[1], item[0]))]
    said += [f"{turned_off} turned off"] if turned_off else []
    if not said:
        return EMPTY
    return tag("p", f"Warnings: {', '.join(said)}; `sensa check` shows where.", class_="sub")


def glossary() -> Html:
    """The words that the page uses."""
    rows = [tag("div", tag("dt", word), tag("dd", meaning)) for word, meaning in GLOSSARY]
    return tag("section", tag("h2", "Words"), tag("dl", *rows, class_="gl"), id="words")
