import math
import re
from dataclasses import fields, replace

import pytest

from sensa.properties.verdicts import Judgement
from sensa.reports.layout import Paper, columns
from sensa.reports.result.answers import Factor
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import Context, render
from sensa.stories.problems import Place, Problem
from tests.reports.reviews import VERDICTS
from tests.reports.trees import hand_made, with_expectations

PLACE = Place("cat.toml", 1, 1)

AT_100 = """\
Cat classifier                                                                              cat.toml
0.14 % probability of catastrophe (90 % interval 0.0093 % to 0.48 %); 99.6 % of failures are safe.

How it ends              mean   90 % interval
▲ catastrophic         0.14 %   0.0093 % to 0.48 %      ▏
○ fail_safe           37 %      20 % to 56 %            █████████▓▓▓▓▓▓▓░░░░░░░░░
✓ success             63 %      44 % to 80 %            ███████████████████▓▓▓▓▓▓▓▓▓░░░░░░░
safe, if it fails     99.6 %    98.8 % to 99.98 %
expected loss          0.0088   0.0046 to 0.014

If violated        catastrophic    failing    Which unknown number moves  the risk  failing
not_dangerous               ×49   +4.2 pts    harmful_plan.chance             74 %     <1 %
heuristics_simple     no change   +6.4 pts    not_dangerous                   50 %    100 %
idle                  no change  no change

Criteria    goal alignment 98.0 % (95.0 % to 99.6 %); rationale alignment 24 % (8.0 % to 45 %)
Rests on    exact engine: worlds exact, by a diagram of 41 nodes; 2 uncertain numbers sampled at
            16,384 points; standard error of the catastrophic mean 1.2e-6; seed 0; 0.31 s
Warnings    2 unsupported-credence, 1 open-challenge (`sensa check` shows where)

Next
  - Look for evidence on harmful_plan.chance first: it explains 50 % of the risk's uncertainty.
  - Ask what would catch a violation of not_dangerous: it takes the risk to 6.9 %.
  - Answer the open challenge simplicity_is_misread.
"""


def warning(code: str, path: str) -> Problem:
    return Problem(code, "warning", PLACE, path, "a warning")


NOT_COMPUTED = {one.name: {} for one in fields(Factor) if one.name not in ("members", "placeholder")}
WARNINGS = [
    warning("unsupported-credence", "assumptions.idle.credence"),
    warning("unsupported-credence", "assumptions.not_dangerous.credence"),
    warning("open-challenge", "challenges.simplicity_is_misread.status"),
]


def test_the_whole_report_line_by_line() -> None:
    text = render(answers(hand_made()), Paper(100), Context(problems=WARNINGS, seconds=0.31))
    assert text == AT_100


def test_an_interval_that_is_mostly_sampling_error_is_said_so() -> None:
    """The interval of the first outcome is 0.0047 wide, of the second .36, of the third also."""
    errors = [[0.0, 0, 0, 0, 0.0025], [0.17, 0, 0.5, 0, 0.17], [0.19, 0, 0, 0, math.nan]]
    tree = hand_made()
    tree["outcomes"] = tree["outcomes"].dataset.assign(quantiles_error=(("outcome", "quantile"), errors))
    text = render(answers(tree), Paper(100))
    said = "the 90 % interval of catastrophic, success is mostly sampling error; a larger `--samples`"
    assert f"Note: {said} takes more worlds" in " ".join(text.split())
    assert text.splitlines()[1] == "0.14 % probability of catastrophe; 99.6 % of failures are safe."


@pytest.mark.parametrize("width", [10, 80, 81, 95, 96, 100, 120, 300])
@pytest.mark.parametrize("steps", [("",), ("pretraining", "deploy_and_curate", "deploy_and_curate")])
def test_no_line_is_wider_than_the_paper(width: int, steps: tuple[str, ...]) -> None:
    tree = hand_made(title="t" * 300, file="f" * 300, steps=steps, intervals=1)
    context = Context(problems=WARNINGS, unclaimed=["assumptions." + "n" * 90 + ".credence"] * 9)
    lines = render(answers(tree), Paper(width), context).splitlines()
    assert max(map(columns, lines)) <= min(max(width, 40), 120)
    assert len(lines) <= (38 if width >= 96 else 42 if width >= 80 else 75)


def test_bounds_only_is_said_first() -> None:
    context = Context(unclaimed=["assumptions.not_dangerous.credence"])
    lines = render(answers(hand_made(intervals=1)), Paper(120), context).splitlines()
    said = "Only bounds are given for 1 of 2 numbers (not_dangerous): the report takes them as uniform"
    assert lines[1].startswith(said)
    assert any("Claim a number for not_dangerous" in line for line in lines)


def test_what_is_not_defined_is_said_so() -> None:
    text = render(answers(hand_made(safely=math.nan)), Paper(100))
    assert "as it never fails, failing safely is not defined." in " ".join(text.split())
    assert "safe, if it fails  not defined: the story never fails" in text
    assert "nan" not in text


@pytest.mark.parametrize("width", [60, 80, 100])
def test_what_is_not_computed_is_said_to_its_end(width: int) -> None:
    """Of indices, the reason is never cut in its middle, nor called not defined as well."""
    why = (
        "not computed: sampling takes more work than the budget allows, and a draw reads"
        " `assumptions.not_dangerous.credence` and another parameter, and 12 other parameters move several"
    )
    found = answers(hand_made())
    none = {name: replace(factor, **NOT_COMPUTED) for name, factor in found.sobol_credence.items()}
    notes = {**found.notes, "sobol_credence": why}
    text = render(replace(found, sobol_credence=none, notes=notes, violations=None), Paper(width))
    assert why in " ".join(text.split())
    assert "not defined" not in text


def test_steps_are_shown_where_there_are_several() -> None:
    steps = ("pretraining", "deploy", "deploy")
    lines = render(answers(hand_made(steps=steps)), Paper(100)).splitlines()
    start = lines.index("When it ends, over 3 steps")
    assert lines[start + 1] == "▲ catastrophic  ███  most at step 1, pretraining: 0.047 %"
    assert lines[start + 2] == "○ fail_safe     █▁▁  most at step 1, pretraining: 37 %"


def test_verdicts_stand_with_the_numbers() -> None:
    text = render(answers(hand_made()), Paper(100), Context(judgement=Judgement(VERDICTS)))
    assert text.index("How it ends") < text.index("\nProperties\n") < text.index("✗ fail")


def test_expectations_that_are_not_met_are_said() -> None:
    lines = render(answers(with_expectations(hand_made())), Paper(100)).splitlines()
    assert "Expected    not met: P(fail_safe | failure) is 0.996; expected 0.9 within 0.001" in lines
    assert "Expected    not met: P(success | idle) is not defined; expected 0.5 within 0.1" in lines
    assert (
        "Expected    1 of 4 stated values can be checked only up to the sampling error; they agree so far"
        in lines
    )
    assert not any("P(catastrophic)" in line or "P(fail_safe)" in line for line in lines)


HOSTILE = ["\x1b[31mred\x1b[0m", "[bold]x[/bold] [link=file:///]", "a\x00b\rc", "\u202egnp.exe", "\x9b2J"]


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_and_file_names_come_out_as_text(title: str) -> None:
    text = render(answers(hand_made(title=title, file=title)), Paper(100), Context(problems=WARNINGS))
    assert all(line.isprintable() for line in text.splitlines())
    assert "\x1b" not in text
    if title.startswith("[bold]"):
        assert title in text


def test_colour_changes_no_character() -> None:
    plain = render(answers(hand_made()), Paper(100))
    coloured = render(answers(hand_made()), Paper(100, colour=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_every_row_where_everything_is_wanted() -> None:
    tree = hand_made()
    wide = tree["violations"].to_dataset()
    many = wide.isel(assumption=[0] * 10).assign_coords(assumption=[f"a{i}" for i in range(10)])
    tree["violations"].dataset = many
    short = render(answers(tree), Paper(100))
    long = render(answers(tree), Paper(100), Context(everything=True))
    assert "and 5 more" in short
    assert "a9" not in short
    assert "a9" in long


def test_analyses_that_were_not_asked_for_leave_no_trace() -> None:
    tree = hand_made().filter(lambda node: node.name in (None, "outcomes"))
    text = render(answers(tree), Paper(100))
    assert "If violated" not in text
    assert "Which unknown number" not in text
    assert "Criteria" not in text
    assert "How it ends" in text
