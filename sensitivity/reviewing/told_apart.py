"""Which facts would tell two versions of a story apart, as part of their comparison."""

from dataclasses import replace

from sensa import pipeline
from sensa.analyses.settling_facts import QUESTIONS, discrimination
from sensa.comparing.changes import Apart, Comparison, Telling
from sensa.methods.outputs import FAILURE
from sensa.sampling.settings import Settings
from sensa.stories.story import Story

NOTHING = "without a base there is nothing to tell apart"


def told_apart(comparison: Comparison, base: Story | None, head: Story, settings: Settings) -> Comparison:
    """The comparison with the facts that would tell the two apart, or a note of why there are none.

    The values are those of `sensa.discrimination`.
    """
    if base is None:
        return _noted(comparison, NOTHING)
    try:
        data = discrimination(pipeline.prepare(base, settings), pipeline.prepare(head, settings))
    except ValueError as error:
        return _noted(comparison, f"which facts tell the two apart is not known: {error}")
    catastrophic, failing = (QUESTIONS.index(question) for question in ("catastrophic", FAILURE))
    chance, tells, closes = (data[name].values for name in ("chance", "tells_apart", "closes"))
    apart = data["apart"].values
    facts = tuple(
        Telling(
            str(fact),
            None if kind == "choice" else float(chance[0, i]),
            None if kind == "choice" else float(chance[1, i]),
            float(tells[i]),
            float(closes[i, catastrophic]),
        )
        for i, (fact, kind) in enumerate(zip(data["fact"].values, data["kind"].values, strict=True))
    )
    return replace(comparison, apart=Apart(float(apart[catastrophic]), float(apart[failing]), facts))


def _noted(comparison: Comparison, note: str) -> Comparison:
    return replace(comparison, note="; ".join(filter(None, (comparison.note, note))))
