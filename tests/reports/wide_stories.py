"""Stories with many assumptions with long names, for what must fit into pictures and pages."""

import itertools

from tests.short_stories import beta, story


def wide(factors: int) -> str:
    """A story that fails where its first assumptions do, and is catastrophic where two in a row do."""
    names = [f"assumption_with_a_rather_long_name_number_{i}" for i in range(factors)]
    body = "".join(beta(name, 90 + i, 3 + i % 7) for i, name in enumerate(names))
    bad = " or ".join(f"not {a} and not {b}" for a, b in itertools.pairwise(names))
    poor = " or ".join(f"not {name}" for name in names[: factors // 2])
    return story(body, bad or f"not {names[0]}", poor)
