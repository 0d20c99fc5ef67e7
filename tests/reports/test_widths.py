"""Reports at any width: no line is wider than the paper, no name is lost, and colour changes no character."""

import re
import shlex
from functools import cache

import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.analyses import DEFAULT
from sensa.pipeline import analyse, prepare
from sensa.properties.verdicts import Judgement
from sensa.reports.explain import text as explained
from sensa.reports.explain.names import find, names
from sensa.reports.explain.report import explanation
from sensa.reports.layout import Paper, aligned, columns, command, ending, named, named_apart, shown, wrapped
from sensa.reports.result.answers import Answers
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import Context, render
from sensa.reports.review import comparison_text
from sensa.reports.review import text as review_text
from sensa.reports.table import Column, Table
from sensa.reviewing.review import Review
from sensa.sampling.settings import Settings
from sensa.stories.loading import load
from sensa.stories.reading import parse
from tests.reports.any_reviews import REVIEWS
from tests.reports.reviews import VERDICTS
from tests.reports.trees import hand_made, with_expectations
from tests.reports.wide_stories import wide

WIDTHS = (40, 60, 80, 120, 200)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LETTERS = ["a", "b", "_", ".", "猫", "한", "é", "e\u0301", "ก็", "ｶ", "Ω", " ", "\u200b", "📦"]
NAMES = st.lists(st.sampled_from(LETTERS), min_size=1, max_size=90).map("".join)
ASKED = ["outcomes", "violations", "sobol_credence", "cut_sets", "importance", "pairs", "numbers", "nodes"]


def held(found: Answers, context: Context) -> None:
    for width in WIDTHS:
        plain = render(found, Paper(width), context).splitlines()
        assert max(map(columns, plain)) <= width, width
        coloured = COLOUR.sub("", render(found, Paper(width, colour=True), context)).splitlines()
        assert [line.rstrip() for line in coloured] == plain


@cache
def library(name: str) -> Answers:
    model = prepare(load(f"stories/library/{name}.toml"), Settings(points=256))
    return answers(analyse(model))


@cache
def wide_story() -> Answers:
    return answers(analyse(prepare(load(parse(wide(20))), Settings(points=256)), ASKED))


@pytest.mark.parametrize(
    "name",
    ["cat_classifier", "staged_release"]
    + [pytest.param(name, marks=pytest.mark.slow) for name in ("sticky_path", "red_doors", "generations")],
)
def test_library_stories_fit(name: str) -> None:
    for everything in (False, True):
        held(library(name), Context(everything=everything))


def test_a_story_of_long_names_fits() -> None:
    for everything in (False, True):
        held(wide_story(), Context(everything=everything))


def test_narrow_reports_stack_a_name_above_its_numbers() -> None:
    lines = render(library("cat_classifier"), Paper(40)).splitlines()
    at = lines.index("○ withheld")
    assert lines[at + 1].split()[:2] == ["33", "%"]
    assert lines[lines.index("cues_cannot_plan") + 1].split() == ["×21", "+2.7", "pts"]
    assert lines[lines.index("Carried by") + 1].startswith("  60 % your own placeholder")


def renamed(tree: xr.DataTree, names: dict[str, str]) -> xr.DataTree:
    """The result with other names in all coordinates, also within the paths of numbers."""

    def other(label: object) -> object:
        if not isinstance(label, str):
            return label
        return re.sub(r"\w+", lambda found: names.get(found[0], found[0]), label)

    return tree.map_over_datasets(
        lambda data: data.assign_coords(
            {
                name: (at.dims, [other(label) for label in at.values.tolist()])
                for name, at in data.coords.items()
                if at.dims and at.dtype.kind in "UO" and name != "kind"
            }
        )
    )


@settings(max_examples=25)
@given(
    st.lists(NAMES.filter(str.strip), min_size=5, max_size=5, unique_by=lambda name: " ".join(name.split()))
)
def test_any_names_fit(some: list[str]) -> None:
    """Names of 1 to some 180 columns: wide, combining, without width, with spaces, of one word."""
    known = ["not_dangerous", "heuristics_simple", "idle", "harmful_plan", "success"]
    made = with_expectations(hand_made(title=some[0], file=some[1]))
    tree = renamed(made, dict(zip(known, some, strict=True)))
    held(answers(tree), Context(unclaimed=[f"assumptions.{some[2]}.credence"]))


WORD = r""" +(replay: )?(\S|'[^']*'|"[^"]*")+( \\)?|.*replay: sensa \\"""


def too_wide(lines: list[str], width: int) -> list[str]:
    """Lines that are wider than the paper, apart from a word of a command that is."""
    return [line for line in lines if columns(line) > width and not re.fullmatch(WORD, line)]


@settings(max_examples=40)
@given(REVIEWS, st.sampled_from(WIDTHS))
def test_reviews_and_comparisons_fit(one: Review, width: int) -> None:
    for text in (review_text.render([one], Paper(width)), comparison_text.render(one, Paper(width))):
        assert too_wide(text.splitlines(), width) == []


def test_explanations_fit() -> None:
    story = load("stories/library/cat_classifier.toml")
    tree = analyse(prepare(story, Settings(points=256)), [*DEFAULT, "nodes"])
    known = names(story)
    for name in ("cues_cannot_plan", "plans", "harm", "catastrophic", "plans.chance", "model: human_cues"):
        found = find(known, name)
        assert found is not None
        said = explanation(story, tree, found)
        for width in WIDTHS:
            assert max(map(columns, explained.of_name(said, Paper(width)).splitlines())) <= width
    for width in WIDTHS:
        for verdict in VERDICTS:
            lines = explained.of_verdict(verdict, "a.toml", Paper(width)).splitlines()
            assert too_wide(lines, width) == []


def test_commands_stay_commands() -> None:
    context = Context(judgement=Judgement(VERDICTS))
    for width in WIDTHS:
        lines = render(answers(hand_made()), Paper(width), context).splitlines()
        said = "\n".join(lines)
        at = said.index("replay: ") + len("replay: ")
        words = shlex.split(re.split(r"(?<!\\)\n", said[at:])[0].replace("\\\n", " "))
        assert words[:2] == ["sensa", "explain"]
        assert all(line.endswith(" \\") or columns(line) <= width for line in lines)


@given(NAMES, st.integers(1, 60))
def test_a_name_keeps_both_ends(name: str, most: int) -> None:
    cut = named(name, most)
    assert columns(cut) <= most
    whole = named(name, 1000)
    head, dots, tail = cut.partition("…")
    assert whole == cut or (dots and whole.startswith(head) and whole.endswith(tail))
    if columns(whole) > most > 12:
        assert columns(cut) > most // 2


@given(st.lists(NAMES, max_size=6), st.integers(3, 40))
def test_names_that_differ_read_differently(names: list[str], most: int) -> None:
    whole = [named(name, 1000) for name in names]
    cut = named_apart(names, most)
    assert all((cut[i] == cut[j]) == (whole[i] == whole[j]) for i in range(len(cut)) for j in range(i))


def test_names_are_cut_at_a_joint() -> None:
    assert named("assumption_with_a_rather_long_name_number_3", 30) == "assumption_…_name_number_3"
    assert named("pasted_backgrounds.power", 20) == "pasted_….power"
    assert shown("a plan that is longer than its line", 20) == "a plan that is…"


@given(st.text(st.sampled_from("ab 猫\u0301\x1b"), max_size=60), st.integers(1, 30))
def test_words_and_paths_fit(text: str, most: int) -> None:
    for cut in (shown(text, most), ending(text, most)):
        assert columns(cut) <= most
        assert "\x1b" not in cut


@given(st.lists(NAMES.filter(str.strip), max_size=8), st.integers(12, 80))
def test_no_wrapped_line_is_too_wide(words: list[str], width: int) -> None:
    for indent, first in (("", ""), ("    ", "  - "), ("  ", "Label       ")):
        lines = wrapped(" ".join(words), width, indent, first)
        assert all(columns(line) <= width for line in lines)


WORDS = st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=12), min_size=1)


@given(WORDS, st.integers(20, 60))
def test_a_command_can_be_copied(words: list[str], width: int) -> None:
    lines = list(command(shlex.join(words), width, "    ", "  "))
    assert shlex.split("\n".join(lines).replace("\\\n", " ")) == words
    longest = max(columns(shlex.quote(word)) for word in words)
    assert all(columns(line) <= max(width, longest + 6) for line in lines)


CELLS = st.sampled_from(
    ["0.17 %", "33 %", "100 %", "99.95 %", "2.3e-7", "×21", "↓ ×0.94", "+15 pts", "no change", "-", "1,234.5"]
)


@given(st.lists(CELLS, min_size=1, max_size=8))
def test_decimal_points_are_in_one_place(cells: list[str]) -> None:
    """Right-aligned to the longest, as tables are."""
    lines = Column("head", cells, 40).lines()[1:]
    assert [line.strip() for line in lines] == cells
    ends = {found.end() for line in lines if (found := re.search(r"\d[\d,]*", line))}
    assert len(ends) <= 1
    assert {len(line) for line in lines} == {40}
    assert [cell.rstrip() for cell in aligned(cells)] == cells


@settings(max_examples=60)
@given(
    st.lists(st.tuples(NAMES, CELLS, CELLS, CELLS), min_size=1, max_size=5),
    st.sampled_from(WIDTHS),
    st.booleans(),
    st.sampled_from([0, 17, 34]),
)
def test_a_table_holds_all_that_is_in_it(
    rows: list[tuple[str, str, str, str]], width: int, whole: bool, least: int
) -> None:
    names, *cells = zip(*rows, strict=True)
    table = Table(
        "title",
        names,
        [Column(f"column {i}", column, 9) for i, column in enumerate(cells)],
        bars=[(0.2, 0.4, 0.6)] * len(names),
        whole=whole,
        least=least,
        most=34,
    )
    lines = list(table.lines(Paper(width)))
    assert all(columns(line) <= width for line in lines)
    found = " ".join(" ".join(lines).split())
    for cell in {cell for column in cells for cell in column}:
        assert found.count(cell) >= sum(column.count(cell) for column in cells)
    assert all(f"column {i}" in found for i in range(3))
