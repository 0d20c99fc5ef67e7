"""Compare two stories: how each ends, and what each change moved."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from sensa import pipeline
from sensa.comparing import shapley_attribution
from sensa.comparing.changes import Change, Comparison, Effect, Moved
from sensa.comparing.differences import aligned, change, moves
from sensa.comparing.hybrids import Between, InfeasibleError, Taken, plain_numbers
from sensa.comparing.losses import moved_loss
from sensa.comparing.path_values import design, valued
from sensa.comparing.sides import Sides, refinable, side
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.program import Floats
from sensa.methods.rare_numbers_note import rare_numbers_note
from sensa.sampling.parameters import RunError
from sensa.sampling.settings import Progress, Settings, no_progress
from sensa.session import Session
from sensa.stories.arguments import require_kind
from sensa.stories.loading import require_story
from sensa.stories.problems import StoryError
from sensa.stories.story import Story

MAX_SECONDS = 30.0
MAX_REFINED_CHANGES = 3  # whose combinations have rare outcomes by importance sampling, each in a second
MAX_RELATIVE_WORK = 20.0  # total work of all coalitions, relative to one analysis,
MAX_COALITIONS = 512  # for at most this many coalitions
NO_BASE_STORY = "the base has no such story: everything is new"
ONE_SIDED = "an outcome that only one side has counts as 0 on the other"
ORDER_SEED = 0x5EA5  # combined with the run's seed, for the orders


@dataclass(frozen=True)
class _Shared:
    """The players, which are sets of changes, and the share of each."""

    players: tuple[Taken, ...]
    shares: shapley_attribution.Shares | None
    note: str


def compare(
    base: Story | None,
    head: Story,
    name: str = "",
    settings: Settings | None = None,
    *,
    seconds: float = MAX_SECONDS,
    progress: Progress = no_progress,
    prepared: tuple[Session, Session] | None = None,
) -> Comparison:
    """Compare two checked stories: what changed, how each ends and what it costs, what each change moves.

    Both use the same random numbers where they are the same, so the error is that of the difference; it is 0
    if both are exact. Effects are Shapley values over the changes that could move an outcome: exact for up to
    12 changes, sampled from random orders for more, or if all combinations would take longer than `seconds`.
    Changes that are no valid story apart are one player: one of them has its share, and `told_with` of the
    others names that one. An outcome that one side lacks counts as 0 there. The expected loss is not
    attributed. If worlds are sampled, rare outcomes are by importance sampling, as in a run; NaN is what no
    world met, and what a change moves of that. Without a base everything is new and nothing is attributed.
    `prepared` are the two stories as sessions with these settings, if available, to avoid computing them
    again.

    Raises `StoryError` and `EngineRefusal` for the two stories as `pipeline` does, and `StoryError` if a
    parameter value breaks one, at its number; failures of stories between the two become a note.
    """
    settings, start = settings or Settings(), monotonic()
    for story in (head,) if base is None else (base, head):
        require_story(story)
    require_kind("the name of the base", "settings come after it", name, str)
    alignment = aligned(base, head)
    found = [change(one, base, head) for one in alignment.differences]
    if base is None:
        return _without_base(name, found, pipeline.prepare(head, settings, progress))
    movers = [i for i, one in enumerate(alignment.differences) if moves(one)]
    between = Between(alignment, head.file, settings, progress)
    nothing, everything = frozenset[int](), frozenset(movers)
    before, after = between.session(nothing), between.session(everything)
    share = min(1.0, MAX_RELATIVE_WORK / min(2 ** len(movers), MAX_COALITIONS))
    between.design = design(before, after, share)
    between.numbers = plain_numbers(alignment, everything)
    plan = between.design
    first = side(before, plan, _end(between, nothing, base))
    second = side(after, plan, _end(between, everything, head))
    if len(movers) <= MAX_REFINED_CHANGES:
        between.refine(refinable(plan, first, second), {nothing: first.values, everything: second.values})
    sessions = prepared or (
        pipeline.prepare(base, settings, progress),
        pipeline.prepare(head, settings, progress),
    )
    loss, said = moved_loss(*sessions)
    shared = _attributed(between, movers, settings.seed, start + seconds, progress)
    one_sided = ONE_SIDED if _alone(before, after) else ""
    sides = Sides(plan.outcomes, first, second, same=not movers)
    rare = rare_numbers_note(*sessions)
    notes = (shared.note, *_other_kinds(before, after), one_sided, *said, *sides.notes(), rare)
    return Comparison(
        name or base.file,
        tuple(_with_effects(found, shared, sides, between.design.rare)),
        sides.moved(before, after),
        "none" if shared.shares is None else "sampled" if shared.shares.orders else "exact",
        "; ".join(note for note in notes if note),
        loss,
    )


def _without_base(name: str, found: Sequence[Change], session: Session) -> Comparison:
    """Everything is new, and nothing is attributed."""
    new = tuple(one for one in found if one.path != "format")
    loss, said = moved_loss(None, session)
    outcomes, unseen = _all_new(session)
    notes = (NO_BASE_STORY, *said, *unseen, rare_numbers_note(session))
    return Comparison(name, new, outcomes, "none", "; ".join(note for note in notes if note), loss)


def _all_new(session: Session) -> tuple[tuple[Moved, ...], Iterator[str]]:
    """The outcomes of a story without a base, and notes on them."""
    plan = design(session, session, 1.0)
    found = side(session, plan, valued(session, plan))
    sides = Sides(plan.outcomes, found, found, same=True)
    return sides.moved(None, session), sides.notes(before=False)


def _end(between: Between, taken: Taken, story: Story) -> Floats:
    """The values of one of the two stories themselves: its errors are its own."""
    try:
        return between.value(taken)
    except InfeasibleError as error:
        if isinstance(error.cause, RunError) and error.cause.path:
            raise StoryError((pipeline.broken(story, error.cause),)) from None
        raise error.cause from None


def _other_kinds(before: Session, after: Session) -> Iterator[str]:
    """Notes on outcomes that changed kind: the kinds' probabilities move though no outcome's does."""
    were = {end.name: end.kind for end in before.circuit.ends}
    for end in after.circuit.ends:
        was = were.get(end.name, end.kind)
        if was != end.kind:
            yield f"`{end.name}` counts as {end.kind} now, and as {was} before"


def _alone(before: Session, after: Session) -> bool:
    return set(before.outcomes) != set(after.outcomes)


def _attributed(
    between: Between, movers: Sequence[int], seed: int, deadline: float, progress: Progress
) -> _Shared:
    """What each change moves; changes that are no valid story without others are joined first."""
    players = [frozenset({i}) for i in movers]
    outcomes = len(between.design.outcomes) if between.design is not None else 0
    if not players:
        nothing = np.zeros((0, outcomes))
        return _Shared((), shapley_attribution.Shares(nothing, nothing, 0), "")
    late = "there was no time to find which change moved what"
    while True:
        try:
            shares = _shares(between, players, seed, deadline, progress)
        except InfeasibleError as error:
            joined = _joined(between, players, error.taken, deadline)
            if joined is None:
                return _Shared(tuple(players), None, f"{late}, as some make sense only together")
            players = joined
        except EngineRefusal as refusal:
            said = f"a story between the two is beyond the budget, so nothing is attributed: {refusal}"
            return _Shared(tuple(players), None, said)
        else:
            return _Shared(tuple(players), shares, late if shares is None else _how(shares, len(players)))


def _shares(
    between: Between, players: Sequence[Taken], seed: int, deadline: float, progress: Progress
) -> shapley_attribution.Shares | None:
    known = set[Taken]()
    expected = min(2 ** len(players), 2 * shapley_attribution.MAX_PAIRS * len(players))

    def value(coalition: shapley_attribution.Coalition) -> Floats:
        known.add(coalition)
        progress("attributing the difference", min(len(known) / expected, 1.0))
        return between.value(frozenset[int]().union(*(players[i] for i in coalition)))

    found = (
        shapley_attribution.exact(len(players), value, deadline)
        if len(players) <= shapley_attribution.MAX_EXACT_PLAYERS
        else None
    )
    return found or shapley_attribution.sampled(len(players), value, seed ^ ORDER_SEED, deadline)


def _joined(between: Between, players: Sequence[Taken], taken: Taken, deadline: float) -> list[Taken] | None:
    """Join the players that a story which cannot be run shows to belong together.

    These are a minimal set of its changes that still fails, and a minimal set of further ones that fixes it.
    None if time is up.
    """
    inside = [player for player in players if player <= taken]
    for player in list(inside):
        if monotonic() > deadline:
            return None
        rest = [one for one in inside if one != player]
        if not between.feasible(_union(rest)):
            inside = rest
    together = _completed(between, players, inside, deadline)
    if together is None:
        return None
    joined = _union(together)
    return sorted([*(one for one in players if not one <= joined), joined], key=min)


def _completed(
    between: Between, players: Sequence[Taken], inside: list[Taken], deadline: float
) -> list[Taken] | None:
    """These players with one more that makes them a valid story, or with as few more as possible."""
    for player in players:
        if player not in inside and between.feasible(_union([*inside, player])):
            return [*inside, player]
    whole, before = list(players), len(players) + 1
    while len(whole) < before:
        before = len(whole)
        for player in [one for one in whole if one not in inside]:
            if monotonic() > deadline:
                return None
            rest = [one for one in whole if one != player]
            if between.feasible(_union(rest)):
                whole = rest
    return whole


def _union(players: Sequence[Taken]) -> Taken:
    return frozenset[int]().union(*players)


def _how(shares: shapley_attribution.Shares, players: int) -> str:
    if not shares.orders:
        return ""
    why = (
        f"{players} changes"
        if players > shapley_attribution.MAX_EXACT_PLAYERS
        else "all combinations would have taken too long"
    )
    return f"what each change moved is sampled, from {shares.orders} random orders ({why})"


def _with_effects(
    found_changes: Sequence[Change], shared: _Shared, sides: Sides, refined: Collection[str]
) -> list[Change]:
    """The changes with their effects; of joined ones, the first that is not a removal has the effects."""
    found = list(found_changes)
    seen = None if shared.shares is None else sides.as_seen(shared.shares, refined)
    for number, player in enumerate(shared.players):
        first = min(player, key=lambda i: (found_changes[i].what == "removed", i))
        for i in player - {first}:
            found[i] = replace(found[i], told_with=found_changes[first].path)
        if seen is not None:
            parts = zip(sides.outcomes, seen.mean[number].tolist(), seen.error[number].tolist(), strict=True)
            effects = tuple(Effect(name, share, error) for name, share, error in parts)
            found[first] = replace(found[first], effects=effects)
    return found
