"""Feed broken stories and expressions to the reader, the checks and the expression language.

    python benchmarks/fuzz_stories.py --seconds 120 --seed 1
    python benchmarks/fuzz_stories.py --seconds 300 --run --limit 30

With `--run`, stories that pass the checks are also run, at few points: they are answered in strict JSON and
in text, or refused as a story, a number or a size may be.

Whatever an author writes, a story is read or refused with a place and a reason, soon. A crash is any
other exception, a Python warning, a broken promise (a place outside of the text, a message of two lines,
an expression that does not survive printing) or more than `--limit` seconds of processor time for one
input. Crashes are shrunk, shown, saved and counted; the exit code is 1 if there is one.

An input depends on nothing but the seed, its number and the corpus, so `--only NUMBER` repeats it.
"""

import argparse
import itertools
import re
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from story_mutations import Fuzzed, corpus

from sensa import pipeline
from sensa.engines.protocol import EngineRefusal
from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.json import answered_story, dumps
from sensa.reports.result.text import render
from sensa.sampling.parameters import RunError
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories import expressions
from sensa.stories.checking.all_checks import check
from sensa.stories.expressions import Choice, ExpressionError, Scope
from sensa.stories.problems import Problem, StoryError
from sensa.stories.reading import parse as read

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2027, 1, 1)
SCOPE = Scope(
    types={
        "a": "bool",
        "b": "bool",
        "x": "real",
        "model": Choice(("planner", "texture"), frozenset({"agentic"})),
    },
    every_step=frozenset({"b"}),
    step_words=True,
    prev=frozenset({"b", "model"}),
    axes=frozenset({"shift"}),
    phases=frozenset({"pretraining"}),
    forbidden={"failed": "an outcome is read last"},
)
RANGES = {"x": (-1.0, 2.0), "axis.shift": (0.0, 1.0), "step": (0.0, 5.0)}


class Crash(NamedTuple):
    """What went wrong; two crashes with one `signature` are taken for the same defect."""

    signature: str
    details: str


class TooSlowError(BaseException):
    """An input took more processor time than it may."""


class BrokenPromiseError(Exception):
    """The answer is not what its reader may rely on."""


def promise(kept: bool, what: str) -> None:
    """Raise `BrokenPromiseError` unless it is kept."""
    if not kept:
        raise BrokenPromiseError(what)


def try_expression(text: str) -> str:
    """Parse, print, type and bound; the name of the result, for the count."""
    try:
        tree = expressions.parse(text)
    except ExpressionError as error:
        _promise_error(error, text)
        return "refused"
    printed = expressions.show(tree)
    again = expressions.show(expressions.parse(printed))
    promise(again == printed, f"prints as {printed!r}, and that as {again!r}")
    problems = {want: expressions.type_problems(tree, SCOPE, want) for want in ("bool", "real")}
    for problem in (*problems["bool"], *problems["real"]):
        _promise_error(problem, text)
    low, high = expressions.bounds(tree, RANGES)
    promise(low <= high, f"bounds {low}, {high}")
    promise({type(name) for name, _ in expressions.names(tree)} <= {str}, "names that are none")
    return "of wrong type" if all(problems.values()) else "right"


def _promise_error(error: ExpressionError, text: str) -> None:
    promise(0 <= error.at <= len(text), f"at {error.at} of {len(text)} characters")
    promise(0 < len(str(error)) < 1000, f"a message of {len(str(error))} characters")
    promise(str(error).isprintable(), f"an unprintable message {str(error)!r}")


def try_story(text: str) -> str:
    """Read and check; the name of the result, for the count."""
    try:
        story = read(text)
    except StoryError as error:
        promise(bool(error.problems), "a refusal without a reason")
        _promise_problems(error.problems, text)
        return "refused"
    problems = check(story, TODAY)
    _promise_problems(problems, text)
    return "wrong" if any(problem.severity == "error" for problem in problems) else "right"


def run_story(text: str) -> str:
    """Read, check and run; the name of the result, for the count."""
    result = try_story(text)
    if result != "right":
        return result
    # The budgets are of seconds of the clock, which a busy machine stretches: less than `--limit`.
    settings = Settings(points=64, node_budget=20_000, seconds=5.0)
    try:
        model: Session = pipeline.prepare(read(text), settings)
        tree = pipeline.analyse(model)
    except StoryError as error:
        _promise_problems(error.problems, text)
        return "refused when compiled"
    except (RunError, EngineRefusal) as error:
        promise(str(error).isprintable(), f"an unprintable message {str(error)!r}")
        return f"stopped by {type(error).__name__}"
    found = answers(tree)
    dumps(answered_story(found, exit_code=0))
    promise("nan" not in render(found, Paper(100)).split(), "a number that is none in the report")
    return "answered"


def _promise_problems(problems: tuple[Problem, ...], text: str) -> None:
    lines = len(re.findall("\n", text)) + 1
    for problem in problems:
        inside = 1 <= problem.place.line <= lines and problem.place.column >= 1
        promise(inside, f"a place outside of {lines} lines: {problem}")
        promise(str(problem).isprintable(), f"an unprintable message: {str(problem)!r}")
        promise(len(str(problem)) < 3000, f"a message of {len(str(problem))} characters")


TARGETS: dict[str, Callable[[str], str]] = {"expression": try_expression, "story": try_story}
PLURALS = {"expression": "expressions", "story": "stories"}


def attempt(fuzzed: Fuzzed, limit: float) -> str | Crash:
    """The name of the result, or the crash."""
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, limit)
        return TARGETS[fuzzed.kind](fuzzed.text)
    except (Exception, TooSlowError) as error:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        trace = traceback.extract_tb(error.__traceback__)
        promised = isinstance(error, TooSlowError | BrokenPromiseError)
        where = "" if promised else f" at {Path(trace[-1].filename).name}:{trace[-1].name}"
        what = re.sub(r"\d+", "0", str(error))[:20] if isinstance(error, BrokenPromiseError) else ""
        details = "".join(traceback.format_exception(error, limit=-8))
        return Crash(f"{fuzzed.kind}: {type(error).__name__}{where} {what}".rstrip(), details)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def shrunk(fuzzed: Fuzzed, signature: str, limit: float, seconds: float = 20) -> Fuzzed:
    """A shorter input with the same crash: ever smaller runs of lines left out, then of characters."""
    end = time.monotonic() + seconds
    text = fuzzed.text
    for pattern in (r"[^\n]*\n|[^\n]+", r"(?s)."):
        kept = re.findall(pattern, text)
        size = len(kept) // 2
        while size:
            at = 0
            while at < len(kept) and time.monotonic() < end:
                shorter = kept[:at] + kept[at + size :]
                found = attempt(Fuzzed(fuzzed.kind, "".join(shorter)), limit)
                if isinstance(found, Crash) and found.signature == signature:
                    kept = shorter
                else:
                    at += size
            size //= 2
        text = "".join(kept)
    return Fuzzed(fuzzed.kind, text)


def tell(crash: Crash, shortest: Fuzzed, seed: int, number: int, folder: Path) -> None:
    """Save and show a crash."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{shortest.kind}-{seed}-{number}.txt"
    path.write_bytes(shortest.text.encode("utf-8", "surrogatepass"))
    print(f"crash: {crash.signature}; --seed {seed} --only {number}; shrunk in {path}")
    print(crash.details, f"{shortest.text[:1000]!r}", sep="\n", flush=True)


def fuzz(asked: argparse.Namespace) -> int:
    """Try inputs until the time is over; how many different crashes there were."""
    source = corpus(asked.corpus)
    print(
        f"{len(source.stories)} stories, {len(source.snippets)} expressions to start from; seed {asked.seed}"
    )
    started, results, slowest = time.monotonic(), Counter[str](), (0.0, -1)
    crashes: dict[str, int] = {}
    for number in itertools.count() if asked.only is None else [asked.only]:
        if time.monotonic() - started > asked.seconds or number == asked.inputs:
            break
        fuzzed, before = source.input(asked.seed, number), time.process_time()
        found = attempt(fuzzed, asked.limit)
        slowest = max(slowest, (time.process_time() - before, number))
        results[f"{PLURALS[fuzzed.kind]} {found}" if isinstance(found, str) else "crashed"] += 1
        if isinstance(found, Crash) and crashes.setdefault(found.signature, number) == number:
            tell(found, shrunk(fuzzed, found.signature, asked.limit), asked.seed, number, asked.crashes)
    print(f"{results.total()} inputs in {time.monotonic() - started:.0f} s", end="; ")
    print(", ".join(f"{count} {result}" for result, count in sorted(results.items())))
    print(f"slowest: number {slowest[1]}, {slowest[0]:.2f} s of processor time")
    print(f"{len(crashes)} different crashes" + "".join(f"\n  {n}: {s}" for s, n in crashes.items()))
    return len(crashes)


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError


def main() -> int:
    """Fuzz for the given time."""
    options = argparse.ArgumentParser(description="Fuzz the reading and checking of stories.")
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--inputs", type=int, help="stop after so many inputs")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--run", action="store_true", help="also run the stories that pass the checks")
    options.add_argument("--only", type=int, help="the number of one input to try again")
    options.add_argument("--limit", type=float, default=5, help="seconds of processor time for one input")
    options.add_argument("--corpus", type=Path, nargs="*", default=[ROOT / "stories", ROOT / "tests"])
    options.add_argument("--crashes", type=Path, default=ROOT / ".benchmarks" / "fuzz")
    warnings.simplefilter("error")
    signal.signal(signal.SIGVTALRM, _too_slow)
    asked = options.parse_args()
    if asked.run:
        TARGETS["story"] = run_story
    return 1 if fuzz(asked) else 0


if __name__ == "__main__":
    sys.exit(main())
