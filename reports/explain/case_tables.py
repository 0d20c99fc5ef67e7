"""Tables about a counterexample that is replayed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sensa.properties.replay import Replay
from sensa.properties.verdicts import Counterexample, Verdict
from sensa.reports.explain.effect_tables import CHANGE, ERROR, Table
from sensa.stories.schema.document import Document

MAX_STEPS = 12
WAYS = {
    "exact": "exactly, for the cases the property covers; the rest stays uncertain",
    "parameters-sampled": "worlds exactly, uncertain numbers at sampled points; the rest stays uncertain",
    "worlds-sampled": "in sampled worlds",
}
NOTE = "there: in this case, set from outside; change: difference from the story as it is"


def tables(played: Replay, document: Document) -> Iterator[Table]:
    """Tables: outcomes now and in the case, also by step; each part restored; each safeguard."""
    sampled = any(played.change_error.values())
    rows = [
        (
            name,
            (
                played.now[name],
                played.there[name],
                played.change[name],
                *([played.change_error[name]] if sampled else []),
            ),
        )
        for name in played.now
    ]
    yield Table("outcome", ("now", "there", CHANGE, *([ERROR] if sampled else [])), rows, note=NOTE)
    yield from _steps(played, document)
    ends = ("catastrophic", "failing")
    if played.restored:
        parts = [("nothing", played.there), *played.restored.items()]
        yield Table(
            "restored",
            ends,
            [(part, _ends(row, document)) for part, row in parts],
            note="without one part of the case; an assumption is then as uncertain as stated, not certain",
        )
    if played.safeguards:
        yield Table(
            "safeguard",
            ("power", "fires now", "fires there", "risk", "if perfect", "without"),
            [
                (
                    name,
                    (
                        one.power,
                        one.fires_now,
                        one.fires,
                        _ends(played.there, document)[0],
                        _ends(one.perfect, document)[0],
                        _ends(one.without, document)[0],
                    ),
                )
                for name, one in played.safeguards.items()
            ],
            note="risk: of a catastrophe in this case; if perfect: if it caught all it is against",
        )


def _steps(played: Replay, document: Document) -> Iterator[Table]:
    """If there are several steps: those at which the case changes most."""
    steps = max(map(len, played.by_step.values()), default=0)
    if steps < 2:
        return
    phases = [phase.name for phase in document.phases for _ in range(phase.repeat)]
    rows = []
    for step in range(steps):
        ends = [
            _ends({name: values[step][side] for name, values in played.by_step.items()}, document)
            for side in (0, 1)
        ]
        rows.append((f"{step + 1} {phases[step]}", tuple(end[i] for i in (0, 1) for end in ends)))
    kept = sorted(range(steps), key=lambda i: (-abs(rows[i][1][1] - rows[i][1][0]), i))[:MAX_STEPS]
    columns = ("risk now", "there", "failing now", "there")
    yield Table("step", columns, [rows[i] for i in sorted(kept)], more=steps - len(kept))


def _ends(row: Mapping[str, float], document: Document) -> tuple[float, float]:
    """P(catastrophic) and P(failure)."""
    kinds = {name: outcome.kind for name, outcome in document.outcomes.items()}
    return (
        sum(value for name, value in row.items() if kinds[name] == "catastrophic"),
        sum(value for name, value in row.items() if kinds[name] != "success"),
    )


def counterexamples(verdicts: Iterable[Verdict]) -> Iterator[tuple[Verdict, Counterexample]]:
    """Every counterexample of some verdicts."""
    for verdict in verdicts:
        cases: Sequence[Counterexample | None] = (verdict.nearest, verdict.worst, *verdict.minimal)
        yield from ((verdict, one) for one in cases if one is not None)
