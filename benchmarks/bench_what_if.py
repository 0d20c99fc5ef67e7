"""How long a move of the page's what-if takes in Chromium: from the slider's event to what it shows.

    python benchmarks/bench_what_if.py

Stories of the library, and a random ordered diagram of 10,000 nodes in place of one of theirs. Each slider is
moved 48 times, at rest in between after every fourth; all at once is a sweep at all points, as after a rest.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from sensa.methods.what_if import WhatIf  # noqa: E402
from sensa.reports.page.document import page  # noqa: E402
from sensa.reports.result.story_result import StoryResult  # noqa: E402
from tests.reports.page.browser import CHROMIUM, Tab, browser  # noqa: E402
from tests.reports.page.pages import LIBRARY, result_of  # noqa: E402

STORIES = ("cat_classifier", "microscope_ai", "generations", "iterative_deployment", "sticky_path")
RANDOM = "generations"  # whose draws and levers the random diagram has
NODES, POINTS = 10_000, 256
TARGET = 5.0  # ms, of 95 % of the moves
ANALYSES = ("outcomes", "kinds", "violations", "tipping_points")
MOVES = """(async () => {
  const inputs = [...document.querySelectorAll(".lever input")].filter(one => !one.disabled), times = [];
  let seed = 1;
  const random = () => { seed = (seed * 16807) % 2147483647; return seed / 2147483647; };
  for (let round = 0; round < 6; round++) for (const input of inputs) {
    input.dispatchEvent(new Event("pointerdown"));
    for (let move = 0; move < 8; move++) {
      input.value = 100 * random();
      const start = performance.now();
      input.dispatchEvent(new Event("input"));
      times.push(performance.now() - start);
      await new Promise(done => setTimeout(done, move % 4 === 3 ? 120 : 4));
    }
  }
  times.sort((a, b) => a - b);
  const start = performance.now();
  for (let i = 0; i < 5; i++) sensaWhatIf[0]({});
  return [times[times.length >> 1], times[Math.floor(0.95 * times.length)], (performance.now() - start) / 5];
})()"""


def result(name: str) -> StoryResult:
    """The result of a story of the library with its what-if."""
    text = (LIBRARY / f"{name}.toml").read_text("utf-8")
    return result_of(text, f"{name}.toml", ANALYSES, points=16_384)


def model(of: StoryResult) -> WhatIf:
    """The what-if of a result."""
    assert of.source is not None
    assert isinstance(of.source.what_if, WhatIf)
    return of.source.what_if


def with_random_diagram(of: StoryResult) -> StoryResult:
    """The result with an ordered diagram of 10,000 nodes whose children are any of the levels below."""
    found, rng = model(of), np.random.default_rng(0)
    level = np.sort(rng.integers(0, found.draws, NODES))[::-1]
    below = np.searchsorted(-level, -level)  # how many nodes are on deeper levels
    children = rng.integers(0, below + 2, (2, NODES))
    low, high = np.where(children < 2, children, children + found.draws).astype(np.int32)
    ends = (
        found.draws
        + 2
        + rng.integers(NODES - 50, NODES, len(found.roots) + len(found.measured)).astype(np.int32)
    )
    made = replace(
        found,
        variable=(2 + level).astype(np.int32),
        low=low,
        high=high,
        roots=ends[: len(found.roots)],
        measured=ends[len(found.roots) :],
        p=found.p[:POINTS],
    )
    assert of.source is not None
    return replace(of, source=replace(of.source, what_if=made))


def measured(tab: Tab, of: StoryResult, folder: Path) -> tuple[float, float, float]:
    """Milliseconds of a move, median and 95 %, and of all points at once."""
    file = folder / "page.html"
    file.write_text(page([of]), "utf-8")
    tab.open(file.as_uri())
    median, most, whole = tab.value(MOVES)
    return median, most, whole


def main() -> None:
    """Prints the table; exits with 1 where a move takes too long."""
    if CHROMIUM is None:
        sys.exit("there is no Chromium")
    print("| story | nodes | points | a move, median | 95 % | all at once |\n|---|--:|--:|--:|--:|--:|")
    slow = False
    with tempfile.TemporaryDirectory() as name, browser(Path(name) / "profile") as tab:
        rows = [
            *((story, result(story)) for story in STORIES),
            ("random", with_random_diagram(result(RANDOM))),
        ]
        for story, of in rows:
            found = model(of)
            median, most, whole = measured(tab, of, Path(name))
            slow |= most > TARGET
            cells = f"{found.nodes:,} | {len(found.p):,} | {median:.1f} | {most:.1f} | {whole:.1f}"
            print(f"| `{story}` | {cells} |")
    print(f"\nMilliseconds; target: at most {TARGET:g} for 95 % of the moves.")
    sys.exit(slow)


if __name__ == "__main__":
    main()
