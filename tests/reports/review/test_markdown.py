"""The comment of a pull request: what a reviewer needs, within its length, and no markup but our own.

It is read back by markdown-it, which `rich` brings along, as CommonMark with HTML and tables.
"""

import math
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sensa.comparing.changes import Change, Comparison
from sensa.properties.verdicts import Judgement, Move
from sensa.reports.markdown_escape import MARK, MAX_CHARACTERS, code, text
from sensa.reports.review.markdown import render
from sensa.reviewing.review import Ending, Review, Violated
from sensa.stories.problems import Place, Problem, cut, escaped
from tests.reports.any_reviews import REVIEWS, TEXTS
from tests.reports.reviews import COMPARISON, HOSTILE, VERDICTS, counterexample, hostile, review, use, verdict

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = re.compile(
    r"<!-- sensa -->|</?code>|</?sub>|</details>|<details><summary>\d+ [a-z ]+</summary>", re.ASCII
)
BLOCKS = {
    "html_block", "inline", "heading_open", "heading_close", "paragraph_open", "paragraph_close",
    "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close",
    *(f"{part}_{end}" for part in ("table", "thead", "tbody", "tr", "th", "td") for end in ("open", "close")),
}  # fmt: skip
INLINES = {"text", "html_inline", "strong_open", "strong_close", "em_open", "em_close", "code_inline"}
LIVE = re.compile(r"@\w|#\d|://|\bwww\.|GH-\d|:[\w+-]+:", re.IGNORECASE)


def shown(token: Token) -> str:
    """The text of an inline token as a page shows it, without the signs that have no width."""
    parts = [child.content for child in token.children or [] if child.type in ("text", "code_inline")]
    return "".join(parts).replace("\u200b", "")


def tables(markdown: str) -> list[list[list[str]]]:
    """Every table as rows of cells."""
    found: list[list[list[str]]] = []
    for token, following in zip(tokens := READER.parse(markdown), tokens[1:], strict=False):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("td_open", "th_open"):
            found[-1][-1].append(shown(following))
    return found


def items(markdown: str) -> list[str]:
    """Every item of a list."""
    tokens = READER.parse(markdown)
    return [
        shown(tokens[number + 2]) for number, token in enumerate(tokens) if token.type == "list_item_open"
    ]


def only_ours(markdown: str) -> None:
    """No markup in it but what the format writes itself; nothing that a page brings to life."""
    for token in READER.parse(markdown):
        assert token.type in BLOCKS, token
        assert token.level < 7
        assert token.tag not in ("h1", "h3", "h4", "h5", "h6")
        if token.type == "html_block":
            assert not OURS.sub("", token.content).strip(), token.content
        for child in token.children or []:
            assert child.type in INLINES, child
            if child.type == "html_inline":
                assert OURS.fullmatch(child.content), child.content
            assert child.type != "em_open" or "*Left out for length" in markdown
        whole = "".join(child.content for child in token.children or [] if child.type == "text")
        assert LIVE.search(whole) is None, whole


def written(words: str, most: int = 160) -> str:
    """What an author's text comes to, on one line."""
    return cut(escaped(" ".join(words.split())), most).replace("\u200b", "")


def test_a_pipeline_finds_its_comment_again() -> None:
    assert render([review()]).startswith(f"{MARK}\n")
    assert MARK == "<!-- sensa -->"
    assert render([review()]).count(MARK) == 1
    assert render([hostile()]).count(MARK) == 1


def test_a_comment_has_what_a_reviewer_needs() -> None:
    found = render([review()])
    assert "## Two ways: ✗ fails\n" in found
    assert (
        "Of 6 properties: 1 passes, 1 fails, 1 undecided, 1 vacuous, 1 waived, 1 inactive "
        "(<code>fail</code>). <code>harm</code> was moved most by <code>events.plans.chance</code> "
        "(line 30): +6 pts.\n" in found
    )
    outcomes, violated, properties = tables(found)
    assert outcomes == [
        ["outcome", "kind", "main (1a2b3c4)", "now", "change", ""],
        ["harm", "catastrophic", "1 %", "7 %", "+6 pts", "▓"],
        ["works", "success", "90 %", "84 %", "-6 pts ± 0.2", "█" * 17 + "░"],
    ]
    assert violated == [
        ["if violated", "catastrophic", "change", ""],
        ["narrow", "56 %", "×8.0", "█" * 20],
        ["seen", "14 %", "×2.0", "█" * 5],
    ]
    assert properties[2] == [
        "✗ fail (was pass)", "fail", "P(catastrophic) <= 0.2",
        "0.35 > 0.2 (margin -0.15); exact; 2 of 4 cases break it",
    ]  # fmt: skip
    assert [row[0] for row in properties[1:]] == [
        "✓ pass", "✗ fail (was pass)", "? undecided", "∅ vacuous", "~ waived", "– inactive",
    ]  # fmt: skip
    said = items(found)
    assert "events.plans.chance (line 30): 0.1 → 0.5; moves harm +6 pts, works -6 pts" in said
    assert "nearest case cx-0a1b2c3d: narrow violated, 0.35 > 0.2" in said
    assert "without narrow it holds, by 0.13" in said
    assert "narrow → plans → harm" in said
    assert "fixed by: events.plans.chance from 0.5 to 0.28" in said
    assert "worst case cx-ffffffff: narrow and seen violated, 0.5 > 0.2" in said
    assert "replay: sensa explain plans/story.toml cx-0a1b2c3d" in said
    assert sum("drill booked" in item for item in said) == 2 - (use("used").place == use("lapsed").place)
    assert found.count("<details>") == found.count("</details>") == 3


def test_without_a_base_it_says_how_the_story_ends() -> None:
    endings, _ = tables(render([review(comparison=None, before=None, judgement=Judgement())]))
    assert endings[1] == ["harm", "catastrophic", "7 %", "1 % to 20 %", "▓░░░"]


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    """20 blocks for a certainty: 0.1, 0.25 and 0.5 are 2, 5 and 10; what is not finite has none."""
    ends = (Ending("a", "catastrophic", 0.25, 0.1, 0.5), Ending("b", "success", math.nan, 0.1, math.inf))
    found = tables(render([review(comparison=None, endings=ends, violated=())]))[0]
    assert [row[-1] for row in found[1:]] == ["██▓▓▓░░░░░", ""]


def test_of_many_properties_those_that_pass_are_folded() -> None:
    passing = tuple(verdict("pass", name=f"p{n}") for n in range(6))
    one = review(judgement=Judgement((*passing, VERDICTS[1])), before=None, comparison=None)
    found = render([one])
    shown, folded = found.split("<details><summary>6 properties pass</summary>")
    assert [row[1] for row in tables(shown)[-1][1:]] == ["fail"]
    assert [row[1] for row in tables(folded)[0][1:]] == [f"p{n}" for n in range(6)]
    newly = replace(one, before=Judgement(tuple(verdict("fail", name=f"p{n}") for n in range(6))))
    assert "<summary>6 properties" not in render([newly])


def test_waivers_that_no_longer_hold_are_not_folded() -> None:
    uses = (use("used"), use("unused", place=Place("s", 9, 9)), use("lapsed", days_left=-3))
    found = render([review(judgement=Judgement((), uses))])
    assert "1 waiver in force" not in found
    assert "<summary>2 waivers in force</summary>" in found
    assert "lapsed 3 days ago" in found.split("<details>")[0]


def test_cases_beside_the_nearest_are_folded() -> None:
    more = replace(
        VERDICTS[1], minimal=(counterexample(), counterexample("cx-11111111", violated=("seen", "a_b")))
    )
    found = render([review(judgement=Judgement((more,)))])
    assert "<summary>1 more minimal case</summary>" in found
    assert "fail: seen and a_b violated, 0.35 > 0.2, cx-11111111" in items(found)


def test_changes_that_move_nothing_and_parts_that_are_gone() -> None:
    place = Place("s.toml", 7, 1)
    changes = (
        Change("a.x", "removed", "1", None, place, False),
        Change("a.y", "added", None, "2", place, False, told_with="a.x"),
    )
    found = render([review(comparison=Comparison("main", changes, (), "none", "too many"))])
    assert "a.x (was line 7): removed 1" in items(found)
    assert "a.y (line 7): added 2; together with a.x" in items(found)
    assert "**What changed**" in found
    assert "\ntoo many.\n" in found
    silent = Comparison("main", COMPARISON.changes[1:], COMPARISON.outcomes, "exact")
    assert "Nothing that affects a number has changed." in render([review(comparison=silent)])


@pytest.mark.parametrize(("state", "code"), [("error", 4), ("wrong", 2), ("interrupted", 130)])
def test_what_was_not_judged_is_not_green(state: str, code: int) -> None:
    one = review(state=state, exit_code=code, message="it broke", judgement=Judgement(), problems=())
    found = render([one])
    assert "✓" not in found
    assert "it broke" in found


def test_the_worst_story_comes_first_and_all_are_counted() -> None:
    well = review(file="well.toml", title="Well", state="passed", exit_code=0, judgement=Judgement(),
                  problems=(), comparison=None, before=None)  # fmt: skip
    wrong = review(file="wrong.toml", title="", state="wrong", exit_code=2, judgement=Judgement(),
                   problems=(Problem("not-toml", "error", Place("w", 3, 1), "", "no TOML"),))  # fmt: skip
    found = render([well, review(), wrong])
    assert "## ✗ 1 of 3 stories pass\n" in found
    assert [row[1] for row in tables(found)[0]] == ["story", "wrong.toml", "plans/story.toml", "well.toml"]
    assert re.findall("^## (.*)$", found, re.MULTILINE) == [
        "✗ 1 of 3 stories pass", "<code>wrong.toml</code>: ✗ cannot be judged", "Two ways: ✗ fails",
    ]  # fmt: skip
    assert "line 3: no TOML" in items(found)


ATTACKS = [
    HOSTILE, "<img src=x onerror=alert(1)>", "<!-- -->", "</details><script>", "[a](javascript:alert(1))",
    "![x](http://evil.example/p.png)", "<http://evil.example>", "http://evil.example", "www.evil.example",
    "@octocat", "a@b.example", "#1", "octo/cat#1", "GH-1", ":tada:", "`code`", "``` x", "~~~",
    "**b** __i__ _i_",
    "~~s~~", "|a|b|", "a\\|b", "\\", "&lt;b&gt;", "&#64;octocat", "- x", "* x", "+ x", "1. x", "12) x",
    "# x", "> x",
    "---", "===", "    indented", "a\n\n# b", "a\r\n- b", "[^1]", "[x]: http://evil.example", "[ ] task",
    "$x$",
    "a_b_c", "_a", "a_", "\u2028# x", "\u202etxt.exe", "\x1b[31m", "{% raw %}", "[[wiki]]", "snake__case",
    "mailto:a@b.example", "HTTPS://evil.example", "WWW.evil.example", "\ud800", "\x00", "\u200b@octocat",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_words_are_words_wherever_they_stand(attack: str) -> None:
    place = Place(attack, 3, 4)
    bad = counterexample(
        violated=(attack,), omitted=(attack,), path=(attack, attack), moves=(Move(attack, 0.1, 0.2),)
    )
    one = review(
        file=attack,
        title=attack,
        problems=(Problem(attack, "error", place, attack, attack, attack),
                  Problem(attack, "warning", place, attack, attack, attack)),
        judgement=Judgement(
            (replace(VERDICTS[1], name=attack, claim=attack, require=attack, at=attack, reason=attack,
                     nearest=bad, worst=bad, minimal=(bad, bad)),),
            (use("used", reason=attack, owner=attack, property=attack, witness=(attack,)),),
        ),
        comparison=Comparison(
            attack, (Change(attack, "changed", attack, attack, place, False, COMPARISON.changes[0].effects),
                     replace(COMPARISON.changes[1], path=attack, before=attack)),
            (replace(COMPARISON.outcomes[0], outcome=attack, kind=attack),), "exact", attack,
        ),
        engine=attack, violated=(Violated(attack, 0.5, 0.4),),
    )  # fmt: skip
    found = render([one, replace(one, message=attack)])
    only_ours(found)
    assert [len(table) for table in tables(found)] == [3, 2, 2, 2, 2, 2, 2]
    assert all(len(set(map(len, table))) == 1 for table in tables(found))
    assert {table[1][0] for table in tables(found)[2::3]} == {written(attack)}
    assert {table[1][1] for table in tables(found)[3::3]} == {written(attack)}


@settings(deadline=None, max_examples=150)
@given(TEXTS)
@example("a\u200b@b")
def test_any_text_is_read_back_as_it_was(words: str) -> None:
    for found in (text(words), code(words)):
        (_, token, _) = READER.parse(f"x {found}")
        assert shown(token).removeprefix("x").strip() == written(words).strip()
        only_ours(found)
        only_ours(f"- {found}\n- {found}\n")


@pytest.mark.parametrize("title", [":0", "see :smile", "www", "GH-", "a: b:+1", "http:", "1:2"])
def test_words_of_ours_right_behind_a_text_bring_nothing_to_life(title: str) -> None:
    """Our `:` after a title would close an emoji code, our `.` after a message open a link."""
    only_ours(render([review(title=title)]))
    only_ours(render([review(title=title, message=title, exit_code=4, state="error")]))
    for sign in (":", ".", "1"):
        only_ours(f"{text(title)}{sign} x")


@settings(deadline=None, max_examples=25)
@given(REVIEWS)
def test_any_review_has_no_markup_but_ours(one: Review) -> None:
    only_ours(render([one]))


LONG = "|_*`<@#" * 30


def _huge() -> list[tuple[str, list[Review]]]:
    bad = counterexample(violated=(LONG,) * 20, omitted=(LONG,) * 20, path=(LONG,) * 40)
    broken: Any = replace(
        VERDICTS[1], claim=LONG, require=LONG, reason=LONG, nearest=bad, minimal=(bad,) * 20
    )
    changes = tuple(replace(COMPARISON.changes[0], path=f"{n}{LONG}", after=LONG) for n in range(300))
    outcomes = tuple(replace(COMPARISON.outcomes[0], outcome=f"{n}{LONG}") for n in range(500))
    problems = tuple(Problem(LONG, "error", Place(LONG, n, 1), LONG, LONG * 3, LONG) for n in range(1, 200))
    waivers = tuple(use("used", reason=LONG, place=Place("s", n, 1)) for n in range(1, 300))
    verdicts = tuple(replace(broken, name=f"{n}{LONG}") for n in range(300))
    big = review(
        title=LONG, problems=problems, judgement=Judgement(verdicts, waivers),
        comparison=Comparison(LONG, changes, outcomes, "sampled", LONG * 9),
    )  # fmt: skip
    plain = [review(file=f"{n}.toml", title=f"Story {n}") for n in range(300)]
    return [
        ("one", [big]),
        ("several", [big] * 10),
        ("many", plain),
        ("mixed", [*plain, big]),
        ("path", [review(judgement=Judgement((replace(broken, nearest=replace(bad, path=(LONG,) * 900)),)))]),
        ("properties", [review(judgement=Judgement((verdict("pass"),) * 2000))]),
    ]


@pytest.mark.parametrize(
    ("name", "reviews"), _huge(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_comment_always_fits_and_says_what_it_left_out(name: str, reviews: list[Review]) -> None:
    found = render(reviews)
    assert len(found) <= MAX_CHARACTERS == 60_000
    assert found.startswith(MARK)
    assert "Left out for length" in found or re.search(r"and \d+ more", found)
    assert found.count("<details>") == found.count("</details>")
    only_ours(found)


def test_the_worst_story_is_told_best_where_there_is_no_room() -> None:
    worst = review(file="worst.toml", title="Worst", exit_code=2, state="wrong")
    found = render([*(review(file=f"{n}.toml", title=f"Story {n}") for n in range(500)), worst])
    assert "## Worst: ✗ cannot be judged" in found
    assert found.index("## Worst") < found.index("## Story 0:")
    assert "fixed by:" in found[found.index("## Worst") : found.index("## Story 0:")]
    assert "| and 451 more | | |" in found


def test_commands_and_numbers_can_be_copied() -> None:
    """No invisible character stands in them, long hexadecimal words among them."""
    command = "sensa explain plan.toml cx-35f01700 --against 7c1fd020"
    assert code(command) == f"<code>{command}</code>"
    assert text("1234567890 against main (cd2ae33d)") == "1234567890 against main (cd2ae33d)"
