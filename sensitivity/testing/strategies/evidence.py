"""What a number rests on: sources, evaluation logs, and their counts."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from sensa.stories.counts import COUNTED_KEYS
from sensa.testing.strategies.typed_expressions import Draw, one_of

DAY = date(2024, 2, 29)
SHA256 = "0" * 64
SOURCES: list[dict[str, Any]] = [
    {"source": "A paper"},
    {"source": "A paper", "kind": "paper", "date": DAY, "note": "It was *seen* <twice>\n#1"},
]
SUCCESSES = ("C", ">= 0.5", 1, 0.25, False)
OF_RUNS = {"task": "probe", "model": "lab/model-1", "revision": "4f1c2aa", "date": DAY}


def annotate(draw: Draw, kind: str, table: dict[str, Any]) -> None:
    """Give an entry evidence, now and then with the counts of its number, whatever that was before."""
    if kind not in COUNTED_KEYS or draw(st.integers(0, 2)) < 2:
        return
    entries = draw(st.lists(st.sampled_from(SOURCES), max_size=2))
    logs = [log(draw, i) for i in range(draw(st.integers(0, 2)))]
    key = COUNTED_KEYS[kind]
    if key in table and draw(st.booleans()):
        table[key] = {"from": "evidence", **draw(st.sampled_from([{}, {"prior": [1, 1]}]))}
        entries.append({"source": "A count", **counts(draw)})
        logs = [one | of_log(draw) if draw(st.booleans()) else one for one in logs]
    if entries or logs:
        table["evidence"] = [*entries, *logs]


def counts(draw: Draw) -> dict[str, Any]:
    """In how many trials something held; samples that ran several times hold in part."""
    trials = draw(st.integers(1, 5))
    return {"held": draw(st.integers(0, 2 * trials)) / 2, "trials": trials}


def of_log(draw: Draw) -> dict[str, Any]:
    """What was counted in a log."""
    unscored = {"unscored": draw(st.integers(1, 3))} if draw(st.booleans()) else {}
    return {**counts(draw), **unscored, "sha256": SHA256}


def log(draw: Draw, i: int) -> dict[str, Any]:
    """A log with what it says of its runs, and which of its samples and scores count."""
    found: dict[str, Any] = one_of(
        draw,
        lambda: {"log": f"runs/{i}.eval", "scorer": "match"},
        lambda: {"log": f"runs/{i}.json", "scorer": "match", "key": "correct"},
        lambda: {"log": f"runs/{i}.csv", "scorer": "score", "sample": "task_id"},
        lambda: {"log": f"runs/{i}.jsonl", "where": {"alias": "m1", "task family": "x"}},
    )
    if draw(st.booleans()):
        found["success"] = draw(st.sampled_from(SUCCESSES))
    if draw(st.booleans()):
        found |= {"source": "A log", **OF_RUNS}
    return found | ({"subset": "the first 10 samples"} if draw(st.booleans()) else {})
