"""Many properties, and little time: what they share is done once, and what was judged in time stays."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest

from sensa.engines.exact.engine import ExactEngine
from sensa.interrupts import TimeUp, limited
from sensa.pipeline import prepare
from sensa.properties import property_verdict
from sensa.properties.judge import _Judge, judge
from sensa.properties.next_try import MORE_TIME
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from tests.properties.verdicts import TODAY
from tests.short_stories import ASSUMPTION, story

UNCERTAIN = "".join(
    ASSUMPTION.format(name=name, credence="{ beta = [8, 2] }") for name in "abc"
)  # three numbers: P(bad) is a polynomial in them
TEXT = story(UNCERTAIN, "not a and not b and not c")
KINDS = {
    "mean": 'require = "P(bad) <= {limit}"',
    "given": 'require = "P(bad | violated(a)) <= {limit}"',
    "cases": 'require = "P(bad) <= {limit}"\nforall = {{ violate = {{ max = 2 }} }}',
    "worst": 'require = "P(bad) <= {limit}"\nat = "worst"',
    "quantile": 'require = "P(bad) <= {limit}"\nquantile = 0.9',
}
LIBRARY = Path(__file__).parents[2] / "stories" / "library"


def asking(kinds: str, count: int) -> str:
    """The story with so many properties, all of different limits, of these kinds by turns."""
    names = kinds.split()
    stated = (KINDS[names[i % len(names)]].format(limit=0.99 + 1e-9 * i) for i in range(count))
    return TEXT + "".join(f"\n[properties.p{i}]\n{each}\n" for i, each in enumerate(stated))


@pytest.mark.parametrize("kind", KINDS)
def test_properties_of_one_measure_cost_the_diagrams_no_more_than_one(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[object] = []
    under = ExactEngine.under

    def counted(*args: object, **options: object) -> object:
        passes.append(args)
        return under(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ExactEngine, "under", counted)

    def cost(count: int) -> int:
        passes.clear()
        made = prepare(parse(asking(kind, count)), Settings(points=64, replicates=2))
        found = judge(made, today=TODAY, seconds=60.0)
        assert len(found.verdicts) == count
        return len(passes)

    assert cost(30) == cost(2)


def test_what_was_judged_before_the_time_was_up_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is up in the midst of the third of five."""
    made = prepare(parse(asking("mean given", 5)))
    search, begun = property_verdict.search, []

    def late(*args: object, **options: object) -> object:
        begun.append(args)
        if len(begun) == 3:
            raise TimeUp(1.0)
        return search(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(property_verdict, "search", late)
    found = judge(made, today=TODAY, seconds=60.0).verdicts
    assert [one.name for one in found] == ["p0", "p1", "p2", "p3", "p4"]
    assert [one.status for one in found] == ["pass"] * 2 + ["undecided"] * 3
    assert [one.complete for one in found] == [True] * 2 + [False] * 3
    assert {one.reason for one in found[2:]} == {f"the time was up; {MORE_TIME}"}


@pytest.mark.parametrize("place", ["late", "verdict"])
def test_an_alarm_that_comes_beside_the_end_of_the_time_is_no_matter(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alarm rings as soon as the time is up for the third of five, or in the midst of the third."""
    made = prepare(parse(asking("mean given", 5)))
    known, count = getattr(_Judge, place), []
    if place == "late":
        clock = iter([0.0, 0.0, 0.1, 9.0])
        monkeypatch.setattr("sensa.properties.judge.monotonic", lambda: next(clock, 9.0))

    def ringing(*arguments: object) -> object:
        count.append(arguments)
        if len(count) == (1 if place == "late" else 3):
            signal.raise_signal(signal.SIGALRM)
        return known(*arguments)

    monkeypatch.setattr(_Judge, place, ringing)
    with limited(60.0):
        found = judge(made, today=TODAY, seconds=1.0 if place == "late" else 60.0).verdicts
    assert [one.name for one in found] == ["p0", "p1", "p2", "p3", "p4"]
    assert [one.status for one in found] == ["pass"] * 2 + ["undecided"] * 3
    assert {one.reason for one in found[2:]} == {f"the time was up; {MORE_TIME}"}


def test_the_time_bounds_many_properties() -> None:
    """Of 400, some are judged in 0.4 s; the bound is for a machine five times slower.

    A second interrupt comes after half of the time again, and what is known must be said by then.
    """
    made = prepare(parse(asking("worst quantile cases given", 400)))
    start = monotonic()
    with limited(0.4):
        found = judge(made, today=TODAY, seconds=0.4).verdicts
    assert monotonic() - start < 2.0
    assert len(found) == 400
    assert {one.status for one in found} <= {"pass", "undecided"}


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [*KINDS, "mean given worst cases"])
def test_2999_properties_take_twice_the_seconds_at_most(kinds: str, tmp_path: Path) -> None:
    text, start = asking(kinds, 2999), monotonic()
    (document,) = told("check", text, tmp_path, "--no-cache")["stories"]
    assert monotonic() - start < 20.0
    verdicts = document["judgement"]["verdicts"]
    assert len(verdicts) == 2999
    assert {"pass"} <= {one["status"] for one in verdicts} <= {"pass", "undecided"}


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_phase_repeated_400_times_takes_twice_the_seconds_at_most(command: str, tmp_path: Path) -> None:
    text = (LIBRARY / "iterative_deployment.toml").read_text("utf-8").replace("repeat = 3", "repeat = 400")
    start = monotonic()
    (document,) = told(command, text, tmp_path)["stories"]
    assert monotonic() - start < 20.0
    assert document["exit_code"] == 3 or command == "check"


def told(command: str, text: str, folder: Path, *options: str) -> dict[str, list[dict[str, object]]]:
    """The JSON of a command on a story, with 10 seconds."""
    (folder / "story.toml").write_text(text, "utf-8")
    line = [
        sys.executable,
        "-P",
        "-c",
        "from sensa.cli import app; app()",
        command,
        "--seconds",
        "10",
        "--format",
        "json",
        *options,
    ]
    done = subprocess.run(
        [*line, str(folder / "story.toml")], capture_output=True, text=True, cwd=folder, check=False
    )
    found: dict[str, list[dict[str, object]]] = json.loads(done.stdout)
    return found
