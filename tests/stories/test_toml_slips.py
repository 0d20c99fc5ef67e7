"""What people write who rarely write TOML, and what each is told."""

from datetime import date

import pytest

from sensa.stories.checking.all_checks import check
from sensa.stories.numbers.slips import number_meant
from sensa.stories.problems import StoryError
from sensa.stories.reading import parse
from sensa.stories.toml_slips import MAX_SLIPS


def told(text: str) -> list[str]:
    """The problems of a text, without the file."""
    with pytest.raises(StoryError) as caught:
        parse(text, "s")
    return [str(problem).removeprefix("s:").replace(" not TOML:", "", 1) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = True", "1:5: `True` is not a value (write `true`)"),
        ("a = no # never", "1:5: `no` is not a value (write `false`)"),
        ("a = null", "1:5: there is no `null`; leave the key out"),
        ("a = NaN", "1:5: `NaN` is not a number that a story can use"),
        ("a = .3", "1:5: `.3` is not a number (write `0.3`)"),
        ("a = -.3", "1:5: `-.3` is not a number (write `-0.3`)"),
        ("a = 3.", "1:5: `3.` is not a number (write `3.0`)"),
        ("a = 0,3", "1:5: `0,3` is not a number (write `0.3`)"),
        ("a = { low = 0,3, high = 1 }", "1:13: `0,3` is not a number (write `0.3`)"),
        ("a = 1,000,000", "1:5: `1,000,000` is not a number (write `1000000`)"),
        ("a = 1 000", "1:5: `1 000` is not a number (write `1000`)"),
        ("a = 007", "1:5: `007` is not a number (write `7`)"),
        ("a = −0.3", "1:5: `−0.3` is not a number (write `-0.3`)"),
        ("a = 30%", "1:5: `30%` is not a number (write `0.3`)"),
        ("a = 2.5 %", "1:5: `2.5 %` is not a number (write `0.025`)"),
        ("a = { p = 100% }", "1:11: `100%` is not a number (write `1`)"),
        ("a = 5 percent", "1:5: `5 percent` is not a number (write `0.05`)"),
        ("a = ~0.3", "1:5: `~0.3` is not a number; a range is `{ low = 0.2, high = 0.4 }`"),
        ("a = 0.3 .. 0.5", "1:5: `0.3 .. 0.5` is not a value (write `{ low = 0.3, high = 0.5 }`)"),
        ("a = (0.3, 0.5)", "1:5: `(0.3, 0.5)` is not a value (write `{ low = 0.3, high = 0.5 }`)"),
        ("a = 1/3", '1:5: an expression needs quotes (write `"1/3"`)'),
        ("a = 1 - 0.25", '1:5: an expression needs quotes (write `"1 - 0.25"`)'),
        ("a = 2027-6-3", "1:5: `2027-6-3` is not a date; write it as `2027-06-30`"),
        ("a = My story # new", '1:5: text needs quotes (write `"My story"`)'),
        ("a = not b or c", '1:5: text needs quotes (write `"not b or c"`)'),
        ("a = ‘x’", '1:5: `‘` is not a quotation mark of TOML (write `"x"`)'),
        ('a = "x”', '1:5: `”` is not a quotation mark of TOML (write `"x"`)'),
        ("a = `x`", '1:5: ` is not a quotation mark of TOML (write `"x"`)'),
        (
            'a = "the "best" one"',
            '1:11: the string ends before `best" one"` (write `\\"` for a quotation mark in a string)',
        ),
        ("a = 'it's'", "1:9: the string ends before `s'` (use double quotes around it)"),
        (
            'a = "C:\\data"',
            "1:8: `\\` has a meaning in a string (write `\\\\`, or put the text in single quotes)",
        ),
        ("a =", "1:4: a value is missing after `=`"),
        ("a == 1", "1:4: expected `=`, got `==`"),
        ("a := 1", "1:3: expected `=`, got `:=` (write `a = …`)"),
        ('a "x"', "1:3: `=` is missing after `a`"),
        ("my name = 1", "1:4: a key has no spaces (write `my_name`)"),
        ("a = 1;", "1:6: `;` after a value (leave it out)"),
        ("a = 1 // c", "1:7: comments start with `#`"),
        ("// c\na = 1", "1:1: comments start with `#`"),
        ("[t\na = 1", "1:3: the header is not closed (add `]`)"),
        ("[my table]\na = 1", "1:5: a name has no spaces (write `[my_table]`)"),
        ('{ "a": 1 }', "1:1: this looks like JSON; a story is written in TOML"),
        ("a\u00a0= 1", "1:2: a no-break space (U+00A0) (write a plain space)"),
        ("a = 1\nb = 2\na = 3", "3:1: `a` is set twice, first in line 1 (keep one of them)"),
        ("a = { x = 1, x = 2 }", "1:14: `a.x` is set twice, first in line 1 (keep one of them)"),
        (
            "a = 1\rb = 2",
            "1:6: a line ends with a carriage return alone (save the file with LF or CRLF line ends)",
        ),
    ],
)
def test_a_slip_and_what_to_write(text: str, message: str) -> None:
    assert told(text)[0] == message


def test_all_slips_come_at_once_each_at_its_place_in_the_file() -> None:
    text = "a = .5\nb = “x” # c\nc = { low = .1, high = 30% }\nd = True\n"
    assert told(text) == [
        "1:5: `.5` is not a number (write `0.5`)",
        '2:5: `“` is not a quotation mark of TOML (write `"x"`)',
        "3:13: `.1` is not a number (write `0.1`)",
        "3:24: `30%` is not a number (write `0.3`)",
        "4:5: `True` is not a value (write `true`)",
    ]


def test_a_text_full_of_slips_is_read_a_bounded_number_of_times() -> None:
    assert len(told("".join(f"a{i} = .5\n" for i in range(1000)))) == MAX_SLIPS


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30%", "write `0.3`"),
        ("0,3", "write `0.3`"),
        ("0.2 to 0.4", "write `{ low = 0.2, high = 0.4 }`"),
        ("very-likely", 'write `{ likelihood = "very likely" }`'),
        ("Unlikely", 'write `{ likelihood = "unlikely" }`'),
        ("a and b", None),
        ("0.3", None),
        ("", None),
    ],
)
def test_numbers_in_words(text: str, meant: str | None) -> None:
    assert number_meant(text) == meant


STORY = """format = "training-story/1"
[story]
title = "t"
[goal]
class = ["narrow-agent"]
specification = "s"
desirability = "d"
[rationale]
class = ["inductive-bias-analysis"]
constraints = ["c"]
nudges = ["n"]
[assumptions.sound]
claim = "c"
part = "goal.desirability"
credence = 0.9
because = "b"
[assumptions.Well_Fed]
claim = "c"
part = "goal.specification"
credence = likely_
because = "b"
[events.unforeseen]
mode = "unmodelled"
chance = 0.01
[outcomes.bad]
kind = "catastrophic"
when = "not sound or unforeseen"
[outcomes.meh]
kind = "fail_safe"
when = "not well_fed"
[outcomes.good]
kind = "success"
otherwise = true
"""


def problems(text: str) -> list[str]:
    return [f"{p.path}: {p.code}" for p in check(parse(text), date(2026, 11, 20))]


def test_a_name_that_is_written_wrong_is_one_mistake() -> None:
    """What reads it under the name it should have is right, and nothing seems idle."""
    assert problems(STORY.replace("likely_", "0.9")) == [
        "assumptions.Well_Fed: bad-name",
        "assumptions: empty-part",
    ]


def test_errors_come_before_warnings() -> None:
    text = (
        STORY.replace("likely_", "0.9").replace("not well_fed", "not wel_fed").replace("Well_Fed", "well_fed")
    )
    assert problems(text) == ["outcomes.meh.when: unknown-name", "assumptions: empty-part"]


@pytest.mark.parametrize("value", ["true", "[0.5]", '"2027"', "{ high = 0.5 }", "1.5", "nan"])
def test_a_wrong_value_hides_nothing_beside_it(value: str) -> None:
    """The other three mistakes, one of them in the same table, come with it."""
    text = STORY.replace("likely_", value).replace("Well_Fed", "well_fed")
    text = text.replace('because = "b"\n[events', "because = 3\n[events").replace("0.01", "-1.0")
    text = text.replace("not well_fed", "not well_red")
    with pytest.raises(StoryError) as caught:
        parse(text)
    found = [p.path for p in caught.value.problems]
    assert [path.removesuffix(".low") for path in found] == [
        "assumptions.well_fed.credence", "assumptions.well_fed.because", "events.unforeseen.chance",
        "outcomes.meh.when",
    ]  # fmt: skip
