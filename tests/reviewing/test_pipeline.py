"""How a review comes about: who gets how much time, what is left out, and what no review survives."""

import json
from collections.abc import Callable
from math import isnan
from pathlib import Path
from typing import Any

import pytest

from sensa.engines.protocol import EngineRefusal
from sensa.interrupts import TimeUp
from sensa.reports.review import json as review_json
from sensa.reports.review import markdown
from sensa.reviewing import later, pipeline
from sensa.reviewing.pipeline import review
from sensa.reviewing.review import Review
from sensa.sampling.settings import Settings
from sensa.stories.loading import load
from sensa.stories.reading import parse
from sensa.stories.story import Story
from tests.comparing.stories import PLAIN, changed, story
from tests.properties.verdicts import TODAY
from tests.short_stories import ASSUMPTION
from tests.short_stories import story as short_story

NOW = 1000.0  # what the clock shows all the time
BUDGET = '\n[properties.budget]\nrequire = "P(harm) <= 0.2"\n'


def held(text: str = "") -> Story:
    return story(f"{PLAIN}{BUDGET}{text}")


def reviewed(source: Story | str | None = None, **options: Any) -> Review:
    return review(source or held(), today=TODAY, **options)


def show(monkeypatch: pytest.MonkeyPatch, clock: Callable[[], float]) -> None:
    """Let the clock of reviews show this."""
    for module in (pipeline, later):
        monkeypatch.setattr(module, "monotonic", clock)


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """What each part was given, while the clock stands still."""
    given: list[tuple[str, float]] = []

    def spied(name: str) -> Callable[..., Any]:
        real = getattr(pipeline, name)

        def call(*args: Any, **options: Any) -> Any:
            given.append((name, options["seconds"]))
            return real(*args, **{**options, "seconds": 60.0})

        return call

    for name in ("judge", "compare", "lost"):
        monkeypatch.setattr(pipeline, name, spied(name))
    show(monkeypatch, lambda: NOW)
    return given


def test_all_the_time_is_for_the_properties_where_there_is_no_base(seconds: list[tuple[str, float]]) -> None:
    assert reviewed().seconds == 0.0
    reviewed(seconds=7.0)
    assert seconds == [("judge", 60.0), ("judge", 7.0)]


def test_time_is_shared_where_there_is_a_base(seconds: list[tuple[str, float]]) -> None:
    """0.6 of it for the story, half of what is left for the base, half for the changes, up to their own."""
    reviewed(base=story(), base_name="main", seconds=10.0)
    assert seconds == [("judge", 6.0), ("judge", 5.0), ("compare", 5.0), ("lost", 10.0)]
    seconds.clear()
    reviewed(base=story(), base_name="main", seconds=10.0, attribution=2.0)
    assert seconds[2] == ("compare", 2.0)


def late(monkeypatch: pytest.MonkeyPatch, after: str) -> None:
    """The clock runs out once a part of the review is done."""
    clock, real = [NOW], getattr(pipeline, after)

    def slow(*args: Any, **options: Any) -> Any:
        found = real(*args, **options)
        clock[0] = NOW + 61.0
        return found

    show(monkeypatch, lambda: clock[0])
    monkeypatch.setattr(pipeline, after, slow)


def test_what_there_is_no_time_for_is_left_out_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is green then, though all that was judged passes."""
    late(monkeypatch, "judge")
    found = reviewed(base=story(), base_name="main", endings=True)
    assert [verdict.status for verdict in found.judgement.verdicts] == ["pass"]
    assert (found.state, found.exit_code) == ("undecided", 3)
    assert found.message == (
        "the time was up; left out: warnings that need compiling, how the story ends, "
        "what violations do, the properties of the base, the comparison, requirements of the base, "
        "what counts as a catastrophe"
    )
    assert (found.endings, found.violated, found.before, found.comparison) == ((), (), None, None)


def test_violations_come_with_the_endings() -> None:
    """P(not a and not b) is 0.25 x 0.5; 0.5 without `a`, 0.25 without `b`; `c` has no part in it."""
    text = short_story(
        "".join(ASSUMPTION.format(name=n, credence=p) for n, p in (("a", 0.75), ("b", 0.5), ("c", 0.5))),
        "not a and not b",
        "not c",
    )
    found = review(load(parse(text)), today=TODAY, endings=True)
    said = {one.assumption: (one.risk, one.change) for one in found.violated}
    assert said == {
        "a": pytest.approx((0.5, 0.375), abs=1e-12),
        "b": pytest.approx((0.25, 0.125), abs=1e-12),
        "c": pytest.approx((0.125, 0.0), abs=1e-12),
    }
    assert review(load(parse(text)), today=TODAY).violated == ()


def test_what_no_sampled_world_met_is_not_said_to_be_impossible() -> None:
    """P(bad) = E x^4 < 1e-14, and E x^3 < 1e-10 with a violation; draws share a number."""
    names = ("a", "b", "c", "d")
    text = short_story(
        "[quantities.x]\nvalue = { uniform = [1e-4, 3e-4] }\n"
        + "".join(ASSUMPTION.format(name=n, credence='"1 - x"') for n in names),
        " and ".join(f"not {name}" for name in names),
    )
    settings = Settings(engine="montecarlo", samples=1 << 14)
    found = review(load(parse(text)), today=TODAY, endings=True, settings=settings)
    assert [(one.assumption, isnan(one.risk), isnan(one.change)) for one in found.violated] == [
        (name, True, True) for name in names
    ]
    assert isnan(found.endings[0].mean)
    assert [one.mean for one in found.endings[1:]] == [0.0, 1.0]  # `poor` is impossible as written
    said = markdown.render([found])
    assert "| not seen | not estimated |" in said
    assert "what a violation does is not seen: <code>a</code>" in said
    stored = json.loads(review_json.render([found]))["stories"][0]
    assert stored["violated"][0] == {"assumption": "a", "risk": "nan", "change": "nan"}
    assert stored["endings"][0]["mean"] == "nan"


def test_after_what_was_cut_short_nothing_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*args: Any, **options: Any) -> Any:
        raise TimeUp(1.0)

    monkeypatch.setattr(pipeline, "compare", cut)
    found = reviewed(base=story(), base_name="main")
    assert found.message == (
        "the time was up; left out: the comparison, requirements of the base, what counts as a catastrophe"
    )
    assert found.before is not None


def test_a_property_that_fails_counts_more_than_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """P(harm) is .1."""
    late(monkeypatch, "judge")
    found = reviewed(story(PLAIN + BUDGET.replace("0.2", "0.05")))
    assert (found.state, found.exit_code) == ("failed", 1)
    assert found.message == "the time was up; left out: warnings that need compiling"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (TimeUp(3.0), "the time (3 s) was up before there was an answer"),
        (EngineRefusal("too large"), "too large"),
    ],
)
def test_no_answer_at_all_is_undecided(
    error: BaseException, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **options: Any) -> Any:
        raise error

    monkeypatch.setattr(pipeline, "judge", broken)
    found = reviewed()
    assert (found.state, found.exit_code, found.message) == ("undecided", 3, message)
    assert found.title == "Two ways"


def test_a_wrong_story_is_reviewed_as_wrong(tmp_path: Path) -> None:
    file = tmp_path / "story.toml"
    file.write_text(PLAIN.replace("[goal]", "[gaol]"), "utf-8")
    found = review(file)
    assert (found.file, found.state, found.exit_code) == (str(file), "wrong", 2)
    assert any("gaol" in problem.message for problem in found.problems)
    found = reviewed(story(PLAIN.replace("not narrow and", "not narow and")))
    assert (found.title, found.state, found.exit_code) == ("Two ways", "wrong", 2)


@pytest.mark.parametrize("where", ["base", "head"])
def test_a_number_that_breaks_is_placed_in_its_own_version(where: str) -> None:
    """A credence that is beyond 1 at times: in the base where that breaks by itself."""
    uncertain = "[quantities.q]\nvalue = { lognormal = [0, 1] }\n"
    text = PLAIN.replace("credence = 0.8", 'credence = "q"')
    broken = parse(text + uncertain, f"{where}.toml")
    sound = parse(PLAIN, "other.toml")
    found = reviewed(*((sound,) if where == "base" else (broken,)), base=broken if where == "base" else sound)
    assert (found.state, found.exit_code) == ("wrong", 2)
    (problem,) = (one for one in found.problems if one.code == "broken-number")
    assert problem.place.file == f"{where}.toml"


def test_warnings_turned_off_are_counted_together() -> None:
    """One that reading finds, and one that only the circuit shows: an outcome that another takes whole."""
    allow = '[[allow]]\nwarning = "{}"\nitem = "{}"\nreason = "later"\n'
    whole = PLAIN.replace(
        "[outcomes.works]", '[outcomes.no]\nkind = "fail_safe"\nwhen = "not narrow"\n[outcomes.works]'
    )
    whole += "[events.idle]\nchance = 0.1\n[events.more]\nchance = 0.1\n"
    found = reviewed(
        story(
            whole + allow.format("idle-event", "events") + allow.format("impossible-outcome", "outcomes.no")
        )
    )
    assert found.turned_off == 3
    assert not {"idle-event", "impossible-outcome"} & {one.code for one in found.problems}


def test_a_base_that_is_missing_is_said_once() -> None:
    """As a warning where a property needs it, else as a note."""
    assert reviewed(base_said="no base").notes == ("no base",)
    text = f'{BUDGET}[properties.same]\nrequire = "P(harm) <= base.P(harm)"\n'
    found = reviewed(story(PLAIN + text), base_said="no base")
    assert found.notes == ()
    assert [one.message for one in found.problems if one.code == "no-base"] == [
        "no base; one property is inactive: `same`"
    ]
    for fail_on, count in (("error", 0), ("inactive", 1)):
        found = reviewed(story(PLAIN + text), fail_on=fail_on)
        assert [one.code for one in found.problems].count("inactive-property") == count
        assert found.notes == ()


def test_what_was_lost_since_the_base() -> None:
    """P(harm) is .1 at the base and .2 now: the limit of .15 fails; of what is a warning, nothing is said."""
    former = '\n[properties.tight]\nrequire = "P(harm) <= 0.15"\n'
    mild = '[properties.mild]\nrequire = "P(harm) <= 0.15"\nseverity = "warning"\n'
    riskier = ("credence = 0.8", "credence = 0.6")
    base = story(PLAIN + former + mild)
    gone = reviewed(changed(riskier), base=base, base_name="main")
    assert [(one.code, one.message) for one in gone.problems if one.code.startswith("property-")] == [
        ("property-removed", f"`{name}` is gone: it required `P(harm) <= 0.15` at main, which fails now")
        for name in ("mild", "tight")
    ]
    text = PLAIN + former + mild
    for more, codes in (
        ((former, former.replace("0.15", "0.25")), ["property-loosened"]),
        ((former, former + 'severity = "warning"\n'), ["property-loosened"]),
        ((mild, mild.replace("0.15", "0.25")), []),
        ((former, former.replace("0.15", "0.14")), []),
    ):
        found = reviewed(changed(riskier, more, text=text), base=base, base_name="main")
        assert [one.code for one in found.problems if one.code.startswith("property-")] == codes, more
