"""Names of other formats as names of a story."""

from collections.abc import Iterable

from sensa.stories.expressions import NAME, RESERVED, snake_case

LONGEST = 90  # characters, so that a number fits behind it


def story_names(originals: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """A different name for each original: in snake case, with a number where two would be the same."""
    used = set(taken)
    found: dict[str, str] = {}
    for original in originals:
        name = _nearest(original)
        free, number = name, 2
        while free in used:
            free, number = f"{name}_{number}", number + 1
        used.add(free)
        found[original] = free
    return found


def _nearest(original: str) -> str:
    for guess in (original, f"n_{original}", f"{original}_"):
        if NAME.fullmatch(guess) and guess not in RESERVED and len(guess) <= LONGEST:
            return guess
        name = snake_case(guess)
        if name is not None:
            return name[:LONGEST]
    return "unnamed"
