"""Names of other formats as names of a story."""

from collections.abc import Iterable, Sequence

from sensa.stories.expressions import NAME, RESERVED, snake_case

LONGEST = 90  # characters, so that a number fits behind it


def story_names(originals: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """A different name for each different original."""
    different = list(dict.fromkeys(originals))
    return dict(zip(different, different_names(different, taken), strict=True))


def different_names(originals: Sequence[str], taken: Iterable[str] = ()) -> list[str]:
    """A name for each original: in snake case, with a number where two would be the same."""
    used = set(taken)
    numbers: dict[str, int] = {}
    found = []
    for original in originals:
        name = free = _nearest(original)
        while free in used:
            numbers[name] = numbers.get(name, 1) + 1
            free = f"{name}_{numbers[name]}"
        used.add(free)
        found.append(free)
    return found


def _nearest(original: str) -> str:
    for guess in (original, f"n_{original}", f"{original}_"):
        if NAME.fullmatch(guess) and guess not in RESERVED and len(guess) <= LONGEST:
            return guess
        name = snake_case(guess)
        if name is not None:
            return name[:LONGEST]
    return "unnamed"
