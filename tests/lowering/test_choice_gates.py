"""A choice over many rows stays small: its options are a row of draws, whatever the number of cases."""

from sensa.compiling import compile_story
from sensa.lowering import lower
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, story

OPTIONS = 6


def gates(rows: int) -> int:
    """How many gates a choice of six options has, with a nudge for each option of another."""
    lines = ["[choices.p]", 'claim = "p"', "[choices.p.options]"]
    lines += [f"v{row} = {{ weight = {row + 1} }}" for row in range(rows)]
    lines += ["[choices.c]", 'claim = "c"', "[choices.c.options]"]
    lines += [f"o{option} = {{ weight = 1 }}" for option in range(OPTIONS)]
    for row in range(rows):
        odds = ", ".join(f"o{option} = {1 + (row * option) % 5}" for option in range(OPTIONS))
        lines += ["[[choices.c.nudges]]", f"if = \"p == 'v{row}'\"", f"odds = {{ {odds} }}"]
    lines += [ASSUMPTION.format(name=f"a{option}", credence=0.5) for option in range(OPTIONS)]
    ends = " or ".join(f"(c == 'o{option}' and a{option})" for option in range(OPTIONS))
    return lower(compile_story(parse(story("\n".join(lines) + "\n", ends)))).gates.size


def test_a_row_more_costs_a_draw_and_a_case_for_each_option() -> None:
    """That is 2 gates for each of the first five, where 3 would repeat the case; few for the row itself."""
    assert gates(9) - gates(8) < 3 * (OPTIONS - 1) + 4
