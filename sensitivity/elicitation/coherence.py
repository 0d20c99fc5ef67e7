"""Whether an expert's answers can hold together: P(U), P(c), P(U given c) and P(U given not c)."""

from collections.abc import Iterator, Mapping

from sensa.elicitation.sheets import CHECK, Answer, questions
from sensa.stories.story import Story

TOLERANCE = 0.05  # by which answers that are judged may miss each other


def complaints(story: Story, given: Mapping[str, Answer]) -> Iterator[str]:
    """What does not fit together, by the best guesses; nothing where an answer is missing.

    P(U) = P(U given c) P(c) + P(U given not c) (1 - P(c)). Without P(U given not c), which may be anything,
    P(U) is between P(U given c) P(c) and that plus 1 - P(c).
    """
    for question in questions(story.document):
        name = question.id.removeprefix(CHECK)
        if question.id.startswith(CHECK) and not name.endswith(".if"):
            yield from _of(name, given)


def _of(name: str, given: Mapping[str, Answer]) -> Iterator[str]:
    def best(key: str) -> float | None:
        return given[key].best if key in given else None

    whole, case = best(f"{CHECK}{name}"), best(f"{CHECK}{name}.if")
    inside = best(f"assumptions.{name}.given[0].credence")
    outside = best(f"assumptions.{name}.credence")
    if whole is None or case is None or inside is None:
        return
    if outside is not None:
        implied = inside * case + outside * (1 - case)
        if abs(implied - whole) > TOLERANCE:
            yield (
                f"{name}: {whole:g} in all, but {inside:g} in the case ({case:g}) and {outside:g} otherwise "
                f"give {implied:.3g}"
            )
        return
    least, most = inside * case, inside * case + 1 - case
    if not least - TOLERANCE <= whole <= most + TOLERANCE:
        yield (
            f"{name}: {whole:g} in all, but {inside:g} in the case ({case:g}) leaves only "
            f"{least:.3g} to {most:.3g}"
        )
