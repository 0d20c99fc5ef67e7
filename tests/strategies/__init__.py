"""Generated stories with what the tests say of them: their raw tables, and values of their parameters.

The stories are those of `sensa.testing`, without properties; values of parameters are by scipy's
distributions. `pointed_stories()` are stories without parameters, and `cases()` a text, what it says, and
such values.
"""

import tomllib
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from sensa.stories.problems import path_of
from sensa.testing.strategies.toml_text import blocks_of
from sensa.testing.strategies.whole import SMALL, Limits
from sensa.testing.strategies.whole import texts as stories
from tests.naive.parameters import declarations, is_parameter
from tests.naive.sampling import marginal

__all__ = ["NOTED", "SMALL", "Limits", "cases", "pointed_stories", "small_stories", "stories", "thetas"]


USUAL = Limits()
NOTED = Limits(notes=True)  # with counted evidence, signatures and all else that a story may state


def small_stories() -> st.SearchStrategy[str]:
    """Stories of one step and few nodes."""
    return stories(SMALL)


@st.composite
def thetas(draw: Any, doc: dict[str, Any]) -> dict[str, float]:
    """Values of a story's parameters, within their support, now and then at an end of it."""
    theta = {}
    for path, scale, raw in declarations(doc):
        if is_parameter(raw):
            bounded = raw is None or bool(raw.keys() & {"interval", "uniform", "likelihood"})
            k = draw(st.integers(-8, 8) if bounded else st.integers(-7, 7)) + 8
            worked_out = raw is not None and bool(raw.keys() & {"extrapolate", "groups"})
            theta[path] = k / 16 if worked_out else float(marginal(raw, scale).ppf(k / 16))
    return theta


@st.composite
def pointed_stories(draw: Any, limits: Limits = USUAL) -> str:
    """The text of a valid story in which no number is uncertain."""
    doc = tomllib.loads(draw(stories(limits)))
    doc.pop("experts", None)
    for path, value in draw(thetas(doc)).items():
        *way, last = path_of(path)
        at: Any = doc
        for step in way:
            at = at[step]
        at[last] = value
    doc.pop("dependence", None)
    for choice in doc.get("choices", {}).values():
        for row in choice.get("rows", ()):
            row["chances"] = summing_to_1(row["chances"])
    return "\n\n".join(['format = "training-story/1"', *blocks_of(doc, inline=True)]) + "\n"


def summing_to_1(chances: dict[str, Any]) -> dict[str, Any]:
    """Chances as they are scaled, which those of points must be as written."""
    points = {
        name: raw["odds"][0] / sum(raw["odds"]) if isinstance(raw, dict) else raw
        for name, raw in chances.items()
    }
    if any(isinstance(point, str) for point in points.values()):
        return chances
    total = sum(points.values())
    assume(total > 0)
    return {name: point / total for name, point in points.items()}


@st.composite
def cases(draw: Any, limits: Limits = USUAL) -> tuple[str, dict[str, Any], dict[str, float]]:
    """The text of a story, what it says (the raw dictionary), and values of its parameters."""
    text = draw(stories(limits))
    doc = tomllib.loads(text)
    return text, doc, draw(thetas(doc))
