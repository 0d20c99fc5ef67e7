"""What to do next, as the result suggests: at most three steps, the most useful first."""

from collections.abc import Iterator, Sequence

from sensa.properties.verdicts import Judgement, Verdict
from sensa.reports.layout import listed, named, shown
from sensa.reports.number_format import ROUNDING, defined, percent
from sensa.reports.number_format import share as percentage
from sensa.reports.result import ranking
from sensa.reports.result.answers import Answers, JointMove, Pair
from sensa.reports.review import verdict_lines as judged
from sensa.stories.problems import Problem

MAX_STEPS = 3
MAX_NAME_COLUMNS = 40  # columns of a name
LARGE_SHARE = 0.1  # of the variance; numbers below it are not named
MIN_SHARE = 0.005  # of the variance; less counts as nothing
LARGE_RATIO = 2.0
LARGE_DIFFERENCE = 0.05
MAX_MOVES = 3
NEAR_LIMIT_SHARE = 0.9  # of a limit, taken up by risk that no assumption removes
SMALL_MOVE = 0.005  # of a probability; smaller moves are not named


def advice(
    answers: Answers,
    problems: Sequence[Problem],
    unclaimed: Sequence[str],
    judgement: Judgement | None = None,
) -> list[str]:
    """Steps in words; empty if the result suggests none."""
    steps = [
        *_limits(answers, judgement or Judgement()),
        *_claim(answers, unclaimed),
        *_evidence(answers, unclaimed),
        *_dependence(answers),
        *_challenges(problems),
    ]
    further = list(_further(answers))
    return steps[: MAX_STEPS - len(further)] + further


def _further(answers: Answers) -> Iterator[str]:
    """The analyses that suit the story and were not run."""
    if answers.provenance.further:
        yield f"Look closer with `--analyses {','.join(answers.provenance.further)}`."


def _limits(answers: Answers, judgement: Judgement) -> list[str]:
    """How to meet the first property that fails: by all credences together, else by one number."""
    failing = [verdict for verdict in judgement.verdicts if verdict.status == "fail"]
    moves = {name: move for move in answers.meeting for name in move.properties}
    failing.sort(key=lambda verdict: (verdict.severity == "warning", verdict.name not in moves))
    return [_meet(verdict, moves.get(verdict.name)) for verdict in failing[:1]]


def _meet(verdict: Verdict, move: JointMove | None) -> str:
    name = named(verdict.name, MAX_NAME_COLUMNS)
    if move is not None and move.distance is not None:
        moved = [
            (assumption, now, to)
            for assumption, (now, to) in move.credences.items()
            if defined(now) and defined(to) and abs(to - now) >= SMALL_MOVE
        ]
        parts = [
            f"{named(assumption, MAX_NAME_COLUMNS)} from {percent(now)} to {percent(to)}"
            for assumption, now, to in moved[:MAX_MOVES]
        ]
        if len(moved) > MAX_MOVES:
            parts.append(f"{len(moved) - MAX_MOVES} more")
        if parts:
            return f"Meet {name}: the nearest joint move takes {listed(parts)}{_left(move)}."
    if move is not None:
        return f"Meet {name}: no change of the credences alone was found to be enough{_left(move)}."
    fix = None if verdict.nearest is None else verdict.nearest.fix
    if verdict.nearest is None or fix is None:
        return f"Meet {name}, which fails: `sensa explain` shows what breaks it."
    case = judged.parts(verdict.nearest)
    return f"Meet {name}: with {shown(case, 60)} it takes {shown(judged.moved(fix), 80)}."


def _left(move: JointMove) -> str:
    """The risk that no credence removes, if it is most of what the limit allows."""
    if not defined(move.all_hold) or move.all_hold < NEAR_LIMIT_SHARE * move.limit:
        return ""
    return f"; with every assumption holding, the risk is still {percent(move.all_hold)}"


def _claim(answers: Answers, unclaimed: Sequence[str]) -> list[str]:
    """Suggest claiming a number, among those that matter."""
    drivers = {driver.path: driver for driver in ranking.drivers(answers)}
    if "sobol_credence" in answers.how and not _still(answers):
        unclaimed = [path for path in unclaimed if _matters(drivers, path)]
    elif _still(answers):
        return []
    if not unclaimed:
        return []
    order = list(drivers)
    first = min(unclaimed, key=lambda path: order.index(path) if path in order else len(order))
    return [f"Claim a number for {named(ranking.short(first), MAX_NAME_COLUMNS)}, which has only bounds."]


def _matters(drivers: dict[str, ranking.Driver], path: str) -> bool:
    """Whether some index is large enough, or none is known."""
    driver = drivers.get(path)
    if driver is None or (driver.catastrophic is None and driver.failing is None):
        return True
    return max(driver.size) >= MIN_SHARE


def _still(answers: Answers) -> bool:
    """Whether no kind of outcome depends on the uncertain numbers."""
    measures = [answers.kinds[kind] for kind in answers.kinds]
    moved = [m for m in measures if defined(m.sd) and defined(m.mean) and m.sd > ROUNDING * m.mean]
    return bool(measures) and not moved


def _evidence(answers: Answers, unclaimed: Sequence[str]) -> list[str]:
    """The number, or pair of numbers, whose knowledge would remove most of the uncertainty."""
    alone = {path: ranking.learned(answers, path) or 0.0 for path in answers.sobol_credence}
    aside = {path for path, factor in answers.sobol_credence.items() if factor.placeholder}
    claimed = [path for path in alone if path not in unclaimed and path not in aside]
    best = max(claimed, key=lambda path: alone[path], default=None)
    pair = _together(answers, alone, claimed)
    if pair is not None and (best is None or (pair.both or 0.0) > alone[best]):
        names = listed(named(ranking.short(path), MAX_NAME_COLUMNS) for path in pair.numbers)
        return [
            f"Look for evidence on {names} together first: knowing both would remove "
            f"{percentage(pair.both or 0.0)} of the risk's uncertainty, far more than knowing either."
        ]
    if best is None:
        return []
    name, share = named(ranking.short(best), MAX_NAME_COLUMNS), min(alone[best], 1.0)
    if share >= LARGE_SHARE:
        return [
            f"Look for evidence on {name} first: it explains {percentage(share)} of the risk's uncertainty."
        ]
    left = 1.0 - sum(alone[path] for path in aside)
    if aside and share >= LARGE_SHARE * left > 0.0:
        return [f"Look for evidence on {name} first: besides the placeholder, it explains most of the risk."]
    return []


def _together(answers: Answers, alone: dict[str, float], claimed: Sequence[str]) -> Pair | None:
    """Of the pairs that explain more together than apart, the one that explains most."""
    pairs = [
        pair
        for pair in answers.pairs_of_numbers
        if all(path in claimed for path in pair.numbers)
        and (pair.together or 0.0) > max(LARGE_SHARE, sum(alone[path] for path in pair.numbers))
    ]
    return max(pairs, key=lambda pair: pair.both or 0.0, default=None)


def _dependence(answers: Answers) -> list[str]:
    """The assumption whose violation does most, if it does enough."""
    effects, before = ranking.effects(answers), ranking.base(answers)
    if not effects:
        return []
    worst = max(effects, key=lambda effect: effect.catastrophic or 0.0)
    if defined(worst.catastrophic) and defined(before.catastrophic):
        grows = worst.catastrophic - before.catastrophic
        if grows > 0 and worst.catastrophic >= LARGE_RATIO * before.catastrophic:
            return [
                f"Ask what would catch a violation of {named(worst.assumption, MAX_NAME_COLUMNS)}: "
                f"it takes the risk to {percent(worst.catastrophic)}."
            ]
    worst = max(effects, key=lambda effect: effect.failing or 0.0)
    if defined(worst.failing) and defined(before.failing):
        name, failing = named(worst.assumption, MAX_NAME_COLUMNS), percent(worst.failing)
        if worst.failing - before.failing > LARGE_DIFFERENCE:
            return [f"Guard {name}: if it is violated, the plan fails with probability {failing}."]
    return []


def _challenges(problems: Sequence[Problem]) -> list[str]:
    names = [
        named(problem.path.split(".")[1], MAX_NAME_COLUMNS)
        for problem in problems
        if problem.code == "open-challenge"
    ]
    if not names:
        return []
    more = [f"{len(names) - 2} more"] if len(names) > 2 else []
    return [f"Answer the open challenge{'s' if len(names) > 1 else ''} {listed([*names[:2], *more])}."]
