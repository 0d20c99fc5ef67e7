"""Variants of a story a second: `session.at`, running the story again, and a numpy function of it.

Run `python benchmarks/bench_variants.py`. Three credences of the cat classifier take 100,000 values at once.
Peers are `sensa.run` of the story with other numbers, all analyses or the outcomes alone, and the closed form
that the story's own file works out by hand, written as a numpy function. All are timed in turns in this
process; figures are medians.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

import sensa

STORY = Path(__file__).parents[1] / "stories" / "library" / "cat_classifier.toml"
SIMPLE, SUFFICE, PLAN = (
    f"assumptions.{name}.credence" for name in ("prefers_simple", "cues_suffice", "cues_cannot_plan")
)
VARIANTS, ROUNDS, TARGET = 100_000, 7, 1000.0
Floats = npt.NDArray[np.float64]


def by_hand(s: Floats, e: Floats, c: Floats) -> Floats:
    """P(harm) at credences of the three claims, all other numbers at their means."""
    h = 0.8 * 0.05 + 0.2 * 0.6
    human, planner = np.zeros_like(s), np.zeros_like(s)
    for fitted, guess in ((0.99, 0.0), (0.01, 4.0)):
        for chance, cues, table, bits in (
            (s * h, 8.0, 0.2, 2.0**-12),
            (s * (1 - h), 1.0, 0.2, 2.0**-12),
            (1 - s, 1.0, 2.0, 2.0**-10),
        ):
            total = cues + 3 + table + bits + guess
            human += fitted * chance * cues / total
            planner += fitted * chance * bits / total
    goes_on = 0.98 * (1 - 0.7 * 0.6)
    fails = e * 0.03 + (1 - e) * 0.6
    plans = 0.05 * (1 - c)
    return 1 - 0.999 * (
        human * (1 - plans * 0.98 * (1 - 0.7 * fails))
        + (1 - human - planner) * (1 - plans * goes_on)
        + planner * (1 - 0.05 * goes_on)
    )


def seconds(job: Callable[[], object]) -> float:
    """How long one call takes."""
    before = time.perf_counter()
    job()
    return time.perf_counter() - before


def main() -> None:
    """Prints the table; exits with 1 where the ratio misses its target or the answers differ."""
    story = sensa.load(STORY)
    session = sensa.prepare(story)
    s, e, c = np.random.default_rng(0).random((3, VARIANTS))
    changes = {SIMPLE: s, SUFFICE: e, PLAN: c}
    found = session.at(changes)["mean"].sel(output="harm").values
    apart = float(np.abs(found - by_hand(s, e, c)).max())
    jobs: dict[str, tuple[int, Callable[[], object]]] = {
        "`session.at`, 100,000 at once": (VARIANTS, lambda: session.at(changes)),
        "`session.at`, one at a time": (1, lambda: session.at({SIMPLE: 0.7, SUFFICE: 0.9, PLAN: 0.9})),
        "a numpy function of the story": (VARIANTS, lambda: by_hand(s, e, c)),
        "`sensa.run`, outcomes alone": (1, lambda: sensa.run(story, analyses=["outcomes"])),
        "`sensa.run`": (1, lambda: sensa.run(story)),
    }
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for round_ in range(ROUNDS + 1):
        for name, (count, job) in jobs.items():
            spent = seconds(job) / count
            if round_:
                taken[name].append(spent)
    each = {name: statistics.median(values) for name, values in taken.items()}
    ours, *_, brief, whole = each.values()
    print("| way | variants a second | times as long as `session.at` |\n|---|---|---|")
    for name, value in each.items():
        print(f"| {name} | {1 / value:,.0f} | {value / ours:,.2f} |")
    print(
        f"\n{whole / ours:,.0f} times as many as running again, {brief / ours:,.0f} with the outcomes alone"
    )
    print(f"(target: at least {TARGET:,.0f}); the answers differ from the function's by {apart:.0e} at most.")
    raise SystemExit(whole / ours < TARGET or apart > 1e-12)


if __name__ == "__main__":
    main()
