"""What to try next where sampled worlds leave a property undecided."""

from dataclasses import replace
from time import monotonic

from sensa.engines.montecarlo.engine import MAX_TRIED_NODES
from sensa.properties.evaluate import Meter
from sensa.properties.margins import MeteredRequirement

MAX_TRYING_SECONDS = 5.0  # only a safety net, since it depends on the machine
MORE_TIME = "give it more `--seconds`"
EXACT = "try `--engine exact`, which samples no worlds"
LONGER = "try `--engine exact` with more `--seconds`, which may find a diagram"
MORE_SAMPLES = "take more `--samples`"


def next_try(asked: MeteredRequirement, until: float) -> str:
    """What may decide a requirement that worlds are sampled for, by a time of `time.monotonic`; else empty.

    An exact engine if there are diagrams within a small budget, or more samples if the settings allow fewer
    than there is work for; else more time for diagrams.
    """
    sampled = [meter for meter in (asked.head, asked.base) if meter is not None and not meter.exact]
    if not sampled:
        return ""
    if all(_has_diagram(meter, until) for meter in sampled):
        return EXACT
    return MORE_SAMPLES if any(map(_takes_more, sampled)) else LONGER


def _has_diagram(meter: Meter, until: float) -> bool:
    """Whether worlds are sampled by choice, and a diagram is soon found."""
    session, seconds = meter.session, min(until - monotonic(), MAX_TRYING_SECONDS)
    if session.settings.engine != "montecarlo" or seconds <= 0:
        return False
    nodes = min(session.settings.node_budget, MAX_TRIED_NODES)
    tried = replace(session, settings=replace(session.settings, node_budget=nodes, seconds=seconds))
    return tried.diagram(meter.engine_gates) is not None


def _takes_more(meter: Meter) -> bool:
    """Whether the settings ask for fewer samples than the work of an analysis allows."""
    budget = meter.session.budget
    freely = replace(budget, settings=replace(budget.settings, samples=None))
    asked, most = budget.effort(meter.engine), freely.effort(meter.engine)
    return asked.points * asked.words < most.points * most.words
