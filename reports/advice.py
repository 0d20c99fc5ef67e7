"""What to do next, as the result itself suggests it: at most three steps, the most useful first."""

from collections.abc import Sequence

from sensa.reports import ranking
from sensa.reports.answers import Answers
from sensa.reports.layout import listed, shown
from sensa.reports.numbers import defined, percent
from sensa.reports.numbers import share as percentage
from sensa.stories.problems import Problem

MOST = 3
LONGEST = 40  # columns of a name
LARGE_SHARE = 0.1  # of the variance; below it, no number is worth being named
LARGE_RATIO = 2.0
LARGE_DIFFERENCE = 0.05


def advice(answers: Answers, problems: Sequence[Problem], unclaimed: Sequence[str]) -> list[str]:
    """Steps in words; empty where the result suggests none."""
    steps = [
        *_claim(answers, unclaimed),
        *_evidence(answers, unclaimed),
        *_dependence(answers),
        *_challenges(problems),
    ]
    return steps[:MOST]


def _claim(answers: Answers, unclaimed: Sequence[str]) -> list[str]:
    if not unclaimed:
        return []
    order = [driver.path for driver in ranking.drivers(answers)]
    first = min(unclaimed, key=lambda path: order.index(path) if path in order else len(order))
    return [f"Claim a number for {shown(ranking.short(first), LONGEST)}, of which only bounds are given."]


def _evidence(answers: Answers, unclaimed: Sequence[str]) -> list[str]:
    claimed = [driver for driver in ranking.drivers(answers) if driver.path not in unclaimed]
    if not claimed or (claimed[0].catastrophic or 0.0) < LARGE_SHARE:
        return []
    name = shown(ranking.short(claimed[0].path), LONGEST)
    share = min(claimed[0].catastrophic or 0.0, 1.0)
    return [
        f"Look for evidence on {name} first: {percentage(share)} of the uncertainty of the risk involves it."
    ]


def _dependence(answers: Answers) -> list[str]:
    """The assumption whose violation does most, if it does much."""
    effects, before = ranking.effects(answers), ranking.base(answers)
    if not effects:
        return []
    worst = max(effects, key=lambda effect: effect.catastrophic or 0.0)
    if defined(worst.catastrophic) and defined(before.catastrophic):
        grows = worst.catastrophic - before.catastrophic
        if grows > 0 and worst.catastrophic >= LARGE_RATIO * before.catastrophic:
            return [
                f"Ask what would catch a violation of {shown(worst.assumption, LONGEST)}: "
                f"it takes the catastrophic risk to {percent(worst.catastrophic)}."
            ]
    worst = max(effects, key=lambda effect: effect.failing or 0.0)
    if defined(worst.failing) and defined(before.failing):
        name, failing = shown(worst.assumption, LONGEST), percent(worst.failing)
        if worst.failing - before.failing > LARGE_DIFFERENCE:
            return [f"Guard {name}: where it is violated the plan fails with probability {failing}."]
    return []


def _challenges(problems: Sequence[Problem]) -> list[str]:
    names = [
        shown(problem.path.split(".")[1], LONGEST) for problem in problems if problem.code == "open-challenge"
    ]
    if not names:
        return []
    more = [f"{len(names) - 2} more"] if len(names) > 2 else []
    return [f"Answer the open challenge{'s' if len(names) > 1 else ''} {listed([*names[:2], *more])}."]
